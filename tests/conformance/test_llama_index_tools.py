"""Real LlamaIndex tools, where llama-index-core is installed; tests/toolbox/test_llama_index.py has their shape by hand.

Without `from __future__ import annotations`: LlamaIndex does not read annotations that are strings.
"""

import asyncio
import contextvars
import datetime as dt
import threading
from typing import Annotated, Literal

import pydantic
import pytest
import trio

from voice_actors.toolbox import BadArguments, Room, Toolbox

pytestmark = pytest.mark.filterwarnings("default")  # what LlamaIndex warns of while it is imported is its own affair

tools = pytest.importorskip("llama_index.core.tools", exc_type=ImportError)
from llama_index.core.llms import TextBlock  # noqa: E402 - where the package is not, the line above has skipped
from llama_index.core.schema import Document  # noqa: E402
from llama_index.core.workflow import Context  # noqa: E402


class Place(pydantic.BaseModel):
    city: str
    country: str = "NO"


def weather(place: Place, unit: Literal["C", "F"] = "C") -> dict:
    """Say the weather."""
    return {"city": getattr(place, "city", place), "unit": unit, "main": is_main()}


async def forecast(city: str) -> list:
    """Say tomorrow's weather."""
    await asyncio.sleep(0)
    return [city, is_main()]


def is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def toolbox() -> Toolbox:
    made = tools.FunctionTool.from_defaults
    return Toolbox.of([made(weather), made(async_fn=forecast), made(weather, name="renamed", description="Words.")])


async def run(name: str, args: dict) -> dict:
    tool = toolbox().get(name)
    assert tool is not None
    return (await tool.run(args, Room(trio.CapacityLimiter(1)))).response


def test_declarations_come_from_the_metadata():
    """Nested parameters keep their references, which LlamaIndex's own agent could not send."""
    first, second, third = toolbox().declarations()
    assert ("weather", "forecast", "renamed") == (first["name"], second["name"], third["name"])
    assert "Say the weather." in first["description"]
    assert "Words." == third["description"]
    schema = first["parametersJsonSchema"]
    assert "#/$defs/Place" == schema["properties"]["place"]["$ref"]
    assert ["place"] == schema["required"]
    assert "country" in schema["$defs"]["Place"]["properties"]


async def test_a_plain_tool_answers_from_a_thread():
    """With LlamaIndex's form of answer; the nested argument arrives as the model that the function asks for."""
    response = await run("weather", {"place": {"city": "Oslo"}, "unit": "F"})
    assert {"result": {"city": "Oslo", "unit": "F", "main": False}} == response


async def test_an_async_tool_runs_under_asyncio():
    """Its function is written for asyncio and finds a loop."""
    assert {"result": ["Oslo", False]} == await run("forecast", {"city": "Oslo"})


async def test_arguments_are_checked_by_the_tools_own_model():
    """Before the function runs."""
    with pytest.raises(BadArguments, match=r"place\.city: missing.*unit: Input should be 'C' or 'F'"):
        await run("weather", {"place": {}, "unit": "K"})


# ---- what LlamaIndex's own tests say of its tools, said of the same tools in our hands ------------------------------

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def double(x: int) -> str:
    """Double it.

    :param x: the number
    :param y: nobody
    """
    return str(2 * x)


async def double_async(x: int) -> str:
    await asyncio.sleep(0)
    return f"async {2 * x}"


def pair(x: int, y: int) -> str:
    """Say both.

    Args:
        x (int): the first
        y (int): the second
    """
    return f"{x} and {y}"


async def pair_async(x: int, y: int) -> str:
    await asyncio.sleep(0)
    return f"{x} and {y}"


def javadoc(x: int, y: str) -> str:
    """Say both.

    @param x the first
    @param y the second
    """
    return f"{x} and {y}"


def with_context(x: int, ctx: Context) -> str:
    """Needs LlamaIndex's workflow."""
    return str(x)


class Holder:
    def say(self, ctx: Context, x: int) -> str:
        """Needs it too.

        :param x: the number
        """
        return str(x)

    def name(self, x: int) -> str:
        """A bound method."""
        return f"held {x}"


def born(
    day: Annotated[dt.date, pydantic.Field(description="the day", json_schema_extra={"example": "x"})],
) -> str:
    return f"{type(day).__name__} {day.year}"


def forecast_of(place: str | None = pydantic.Field(default="Berlin")) -> str:
    return f"sun in {place}"


def ping() -> str:
    return "pong"


class Wanted(pydantic.BaseModel):
    query: str
    client: str
    debug: bool = False


def look_up(query: str, client: str, debug: bool = False) -> str:
    return f"{client}: {query}: {debug}"


make = tools.FunctionTool.from_defaults
CONVERSIONS = [  # what, the tool, arguments, answer
    ("a lambda", make(lambda x: f"<{x}>", name="foo", description="bar"), {"x": "1"}, "<1>"),
    ("a typed function", make(double), {"x": 1}, "2"),
    ("text for a number", make(double), {"x": "2"}, "4"),
    ("an async function", make(async_fn=double_async), {"x": 2}, "async 4"),
    ("a part given before", make(pair, partial_params={"y": 2}), {"x": 1}, "1 and 2"),
    ("a part given before, async", make(async_fn=pair_async, partial_params={"y": 2}), {"x": 1}, "1 and 2"),
    ("a schema of its own", make(look_up, fn_schema=Wanted), {"query": "q", "client": "c"}, "c: q: False"),
    ("a docstring of Java's style", make(javadoc), {"x": 1, "y": "b"}, "1 and b"),
    ("a bound method", make(Holder().name), {"x": 3}, "held 3"),
    ("a field with a default", make(forecast_of), {}, "sun in Berlin"),
    ("the same, given", make(forecast_of), {"place": "Munich"}, "sun in Munich"),
    ("no parameters", make(ping), {}, "pong"),
    ("a date", make(born), {"day": "2000-01-31"}, "date 2000"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "one", "args", "answer"), CONVERSIONS, ids=[row[0] for row in CONVERSIONS])
async def test_a_conversion(what, one, args, answer):
    """What it declares is what its metadata says, to the letter; what it answers is what it returned."""
    toolbox = Toolbox.of([one])
    [declared] = toolbox.declarations()
    schema = one.metadata.get_parameters_dict()
    assert (one.metadata.name, one.metadata.description) == (declared["name"], declared["description"])
    assert (
        schema == declared["parametersJsonSchema"] if schema["properties"] else "parametersJsonSchema" not in declared
    )
    response = (await toolbox.get(declared["name"]).run(args, Room(trio.CapacityLimiter(1)))).response
    assert {"result": answer} == response


@pytest.mark.parametrize(
    ("one", "names", "descriptions"),
    [
        (make(double), {"x"}, {"x": "the number"}),
        (make(pair), {"x", "y"}, {"x": "the first", "y": "the second"}),
        (make(pair, partial_params={"y": 2}), {"x"}, {"x": "the first"}),
        (make(javadoc), {"x", "y"}, {"x": "the first", "y": "the second"}),
        (make(with_context), {"x"}, {}),
        (make(Holder.say), {"x"}, {"x": "the number"}),
        (make(Holder().say), {"x"}, {"x": "the number"}),
        (make(born), {"day"}, {"day": "the day"}),
    ],
)
def test_what_the_model_is_told_of_parameters(one, names, descriptions):
    """Neither `self`, nor the context, nor what was given before; words from the docstring."""
    [declared] = Toolbox.of([one]).declarations()
    properties = declared["parametersJsonSchema"]["properties"]
    assert names == set(properties)
    assert descriptions == {name: words for name in names if (words := properties[name].get("description"))}


async def test_a_tool_that_needs_a_workflow_says_so():
    """There is none in a voice conversation: the model gets LlamaIndex's own error, and the call its answer."""
    with pytest.raises(ValueError, match="[Cc]ontext"):
        await Toolbox.of([make(with_context)]).get("with_context").run({"x": 1}, Room(trio.CapacityLimiter(1)))


async def test_context_variables_reach_a_plain_tool():
    """As they do under LlamaIndex's own `acall`."""
    VARIABLE.set("expected")
    one = Toolbox.of([make(lambda: VARIABLE.get(), name="ask", description="Ask.")]).get("ask")
    assert {"result": "expected"} == (await one.run({}, Room(trio.CapacityLimiter(1)))).response


async def test_blocks_and_documents_are_answered_as_what_they_hold():
    """Their text is in the answer."""
    for made in (TextBlock(text="Hello"), [TextBlock(text="Hello"), TextBlock(text="World")], Document(text="Hello")):
        one = Toolbox.of([make(lambda made=made: made, name="get", description="Get.", fn_schema=Nothing)]).get("get")
        assert "Hello" in str((await one.run({}, Room(trio.CapacityLimiter(1)))).response["result"])


class Nothing(pydantic.BaseModel): ...
