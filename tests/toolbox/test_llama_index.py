"""LlamaIndex tools are taken by their shape; tests/conformance/ holds the same against the real package."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import attrs
import pydantic
import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.toolbox import Toolbox, tool
from voice_actors.toolbox.arguments import BadArguments
from voice_actors.toolbox.llama_index import declare_llama_index, is_llama_index
from voice_actors.toolbox.results import ToolFailed
from voice_actors.toolbox.room import Room


class Point(pydantic.BaseModel):
    x: float


class Fields(pydantic.BaseModel):
    city: str
    at: Point | None = None


@attrs.define
class Metadata:
    name: str = "weather"
    description: str | None = "weather(city)\nSay the weather."
    fn_schema: Any = Fields

    def get_name(self):
        return self.name

    def get_parameters_dict(self):
        if self.fn_schema is None:
            return {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        return self.fn_schema.model_json_schema()


@attrs.define
class Output:
    raw_output: Any
    content: str = ""
    is_error: bool = False


@attrs.define(slots=False)
class Fake:
    """As `FunctionTool`: `real_fn` says whether the function is async; `acall` works under asyncio only."""

    real_fn: Any
    metadata: Metadata = attrs.field(factory=Metadata)

    def call(self, **kwargs):
        return self._output(self.real_fn(**kwargs))

    async def acall(self, **kwargs):
        asyncio.get_running_loop()
        return self._output(await self.real_fn(**kwargs))

    def _output(self, value):
        return value if isinstance(value, Output) else Output(value)


def main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


async def run(tool, **args):
    return (await tool.run(args, Room(trio.CapacityLimiter(1)))).response


def test_a_tool_is_known_by_its_shape():
    """Anything with such metadata and a `call`; no function has them."""
    assert is_llama_index(Fake(print))
    assert not is_llama_index(print)
    assert not is_llama_index(Metadata())


def test_its_declaration_comes_from_its_metadata():
    """References and all."""
    (wire,) = Toolbox.of([Fake(print)]).declarations()
    assert "weather" == wire["name"]
    assert "weather(city)\nSay the weather." == wire["description"]
    schema = wire["parametersJsonSchema"]
    assert "#/$defs/Point" == schema["properties"]["at"]["anyOf"][0]["$ref"]
    assert ["city"] == schema["required"]


def test_a_name_that_the_service_refuses_is_refused():
    """LlamaIndex allows any name."""
    with pytest.raises(ConfigError, match="cannot be a tool's name"):
        declare_llama_index(Fake(print, Metadata(name="my tool")))


def test_a_tool_whose_schema_cannot_be_made_is_named():
    """LlamaIndex finds out only when it is asked, and does not say which tool it was."""

    class Unfinished(Metadata):
        def get_parameters_dict(self):
            raise TypeError("not fully defined\nmore")

    with pytest.raises(ConfigError, match="^LlamaIndex tool 'weather' has no schema: not fully defined$"):
        declare_llama_index(Fake(print, Unfinished()))


async def test_a_plain_tool_runs_in_a_thread_and_answers_with_result():
    """The answer has LlamaIndex's own form; a dict is a result too."""
    tool = declare_llama_index(Fake(lambda city, at=None: {"city": city, "main": main_thread(), "at": at}))
    assert {"result": {"city": "A", "main": False, "at": {"x": 1.0}}} == await run(tool, city="A", at={"x": 1})
    assert {"result": {"city": "A", "main": False, "at": None}} == await run(tool, city="A")


async def test_an_async_tool_finds_an_asyncio_loop():
    """Its function may use asyncio, off our loop."""

    async def weather(city):
        await asyncio.sleep(0)
        return [city, main_thread()]

    assert {"result": ["A", False]} == await run(declare_llama_index(Fake(weather)), city="A")


async def test_an_async_generator_finds_one_too():
    """LlamaIndex gives what it yields last."""

    async def steps(city):
        yield "looking"
        await asyncio.sleep(0)
        yield [city, main_thread()]

    async def last(**kwargs):
        return Output([value async for value in steps(**kwargs)][-1])

    fake = Fake(steps)
    fake.acall = last
    assert {"result": ["A", False]} == await run(declare_llama_index(fake), city="A")


async def test_arguments_are_checked_first():
    """By the tool's own pydantic model, or by what its schema requires."""
    with pytest.raises(BadArguments, match="^city: missing$"):
        await run(declare_llama_index(Fake(print)), at=None)
    without_model = declare_llama_index(Fake(lambda **kwargs: kwargs, Metadata(fn_schema=None)))
    with pytest.raises(BadArguments, match="^city: missing$"):
        await run(without_model, x=1)
    assert {"result": {"city": "A", "x": 1}} == await run(without_model, city="A", x=1)


async def test_an_error_output_is_a_failure_with_its_own_words():
    """`is_error` with content, as tools from elsewhere report."""
    tool = declare_llama_index(Fake(lambda city: Output(None, "closed today", is_error=True)))
    with pytest.raises(ToolFailed, match="^closed today$"):
        await run(tool, city="A")
    silent = declare_llama_index(Fake(lambda city: Output(None, "", is_error=True)))
    with pytest.raises(ToolFailed, match="^the tool failed$"):
        await run(silent, city="A")


async def test_an_exception_is_passed_on_as_it_is():
    """From a plain tool and from an async one."""

    async def broken(city):
        raise ValueError(city)

    def plainly_broken(city):
        raise ValueError(city)

    for function in (broken, plainly_broken):
        with pytest.raises(ValueError, match="^A$"):
            await run(declare_llama_index(Fake(function)), city="A")


async def test_asyncio_cancellation_inside_a_tool_is_only_its_failure():
    """asyncio's CancelledError is no Exception; it must not end the conversation."""

    async def gives_up(city):
        raise asyncio.CancelledError

    with pytest.raises(ToolFailed, match="cancelled by its own code"):
        await run(declare_llama_index(Fake(gives_up)), city="A")


async def test_a_tool_without_raw_output_answers_with_what_it_returned():
    """Other frameworks' tools with the same shape return plain values."""

    class Plain:
        metadata = Metadata(description=None)

        def call(self, city):
            return city

    tool = declare_llama_index(Plain())
    assert not tool.description
    assert {"result": "A"} == await run(tool, city="A")


def test_a_tool_takes_options_where_it_is_handed_over():
    """Its name and words too; its place is a thread."""
    told = tool(Fake(print), name="forecast", description="Weather.", timeout=3)
    found = Toolbox.of([told]).get("forecast")
    assert ("Weather.", 3) == (found.description, found.options.timeout)
    with pytest.raises(ConfigError, match="LlamaIndex tool 'weather' runs where it is written for; leave out run"):
        Toolbox.of([tool(Fake(print), run="loop")])
