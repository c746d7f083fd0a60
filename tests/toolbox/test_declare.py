"""A function becomes a tool: its name, its words, and where it runs."""

from __future__ import annotations

import contextvars
import functools
import threading

import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.toolbox.arguments import BadArguments
from voice_actors.toolbox.declare import Tool, declare
from voice_actors.toolbox.options import ToolOptions
from voice_actors.toolbox.room import Room

MOOD: contextvars.ContextVar[str] = contextvars.ContextVar("mood", default="none")


async def call(tool, **args):
    return (await tool.run(args, Room(trio.CapacityLimiter(4)))).response


def weather(city: str, days: int = 1) -> dict[str, object]:  # noqa: D417 - one parameter is left without words
    """Say the weather
    in a city.

    Not for the model.

    Args:
        city: where
    """
    return {"city": city, "days": days, "main": threading.current_thread() is threading.main_thread()}


async def async_weather(city: str) -> str:
    """Say the weather, slowly."""
    await trio.sleep(0)
    return f"{city}: {threading.current_thread() is threading.main_thread()}"


class Station:
    """A weather station."""

    def __init__(self, name):
        self.name = name

    def read(self, day: int) -> str:
        """Read the thermometer."""
        return f"{self.name} {day}"

    @classmethod
    def count(cls, day: int) -> str:
        """Count stations."""
        return f"{cls.__name__} {day}"


class Callable:
    """Documented at the class."""

    def __call__(self, city: str) -> str:
        return city


class AsyncCallable:
    async def __call__(self, city: str) -> str:
        """Documented at the call."""
        return f"async {city}"


def test_a_function_is_declared_on_the_wire_in_camel_case():
    """Name, first paragraph, JSON Schema; behaviour only where somebody said one."""
    wire = declare(weather).declaration()
    assert {
        "name": "weather",
        "description": "Say the weather in a city.",
        "parametersJsonSchema": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "where"},
                "days": {"type": "integer", "default": 1},
            },
            "required": ["city"],
        },
    } == wire


def test_nothing_to_say_is_left_out():
    """No parameters: no schema, which an empty object would make the service refuse. No docstring: no description."""

    def ping(): ...

    assert {"name": "ping"} == declare(ping).declaration()

    def accept(**rest: int): ...

    assert "parametersJsonSchema" in declare(accept).declaration()


@pytest.mark.parametrize(
    ("options", "wire"),
    [
        ({}, None),
        ({"behavior": "blocking"}, "BLOCKING"),
        ({"behavior": "non-blocking"}, "NON_BLOCKING"),
        ({"scheduling": "SILENT"}, "NON_BLOCKING"),
    ],
)
def test_behavior_is_declared_where_somebody_said_it(options, wire):
    """An answer that is scheduled is one that the model does not wait for."""
    assert wire == declare(weather, options=ToolOptions(**options)).declaration().get("behavior")


async def test_where_a_tool_runs_can_be_said():
    """A plain function that takes no time is spared the thread."""
    assert (await call(declare(weather, options=ToolOptions(run="loop")), city="Oslo"))["main"]
    assert not (await call(declare(weather, options=ToolOptions(run="thread")), city="Oslo"))["main"]
    with pytest.raises(ConfigError, match="tool 'async_weather' is async, which runs on the loop; leave out run"):
        declare(async_weather, options=ToolOptions(run="thread"))


def test_a_tool_can_be_renamed_and_described_anew():
    """What the model reads need not be what the code is called."""
    tool = declare(lambda city: city, name="get_weather", description="Weather.")
    assert {"name": "get_weather", "description": "Weather."}.items() <= tool.declaration().items()
    assert not declare(weather, description="").description


@pytest.mark.parametrize(
    ("function", "name", "description"),
    [
        (weather, "weather", "Say the weather in a city."),
        (async_weather, "async_weather", "Say the weather, slowly."),
        (Station("x").read, "read", "Read the thermometer."),
        (Station.count, "count", "Count stations."),
        (functools.partial(weather, days=3), "weather", "Say the weather in a city."),
        (functools.partial(functools.partial(Station("x").read), day=1), "read", "Read the thermometer."),
        (Callable(), "Callable", "Documented at the class."),
        (AsyncCallable(), "AsyncCallable", "Documented at the call."),
        (functools.partial(Callable()), "Callable", "Documented at the class."),
        (Station, "Station", "A weather station."),
    ],
)
def test_every_kind_of_callable_has_a_name_and_words(function, name, description):
    """Methods, partials, callable objects and classes are named and described as their author would."""
    tool = declare(function)
    assert (name, description) == (tool.name, tool.description)


@pytest.mark.parametrize(
    ("function", "args", "response"),
    [
        (weather, {"city": "Oslo"}, {"city": "Oslo", "days": 1, "main": False}),
        (async_weather, {"city": "Oslo"}, {"output": "Oslo: True"}),
        (Station("x").read, {"day": "2"}, {"output": "x 2"}),
        (Station.count, {"day": 2}, {"output": "Station 2"}),
        (functools.partial(weather, days=3), {"city": "A"}, {"city": "A", "days": 3, "main": False}),
        (functools.partial(weather, "B"), {}, {"city": "B", "days": 1, "main": False}),
        (functools.partial(async_weather, "B"), {}, {"output": "B: True"}),
        (Callable(), {"city": "A"}, {"output": "A"}),
        (AsyncCallable(), {"city": "A"}, {"output": "async A"}),
    ],
)
async def test_every_kind_of_callable_runs_where_it_should(function, args, response):
    """Async functions run on the loop, all others in a thread, and each gets what it asks for."""
    assert response == await call(declare(function), **args)


async def test_a_plain_function_around_an_async_one_is_awaited():
    """A decorator without `async` gives a coroutine; the tool's answer is what the coroutine returns."""

    @functools.wraps(async_weather)
    def decorated(*args, **kwargs):
        return async_weather(*args, **kwargs)

    assert {"output": "A: True"} == await call(declare(decorated), city="A")


async def test_context_variables_reach_the_thread():
    """A plain function sees the context of the call."""

    def mood() -> str:
        return MOOD.get()

    MOOD.set("sunny")
    assert {"output": "sunny"} == await call(declare(mood))


async def test_arguments_are_checked_before_the_function_runs():
    """A function never sees arguments that do not fit, and its own ValidationError is not taken for theirs."""
    ran = []

    def book(seats: int) -> None:
        ran.append(seats)
        declare(weather).parameters["nothing"]

    with pytest.raises(BadArguments, match="^seats: "):
        await call(declare(book), seats="many")
    assert [] == ran
    with pytest.raises(KeyError):
        await call(declare(book), seats="2")
    assert [2] == ran


async def test_a_slow_plain_function_can_be_left():
    """The thread is not waited for when the call is cancelled."""
    release = threading.Event()
    began = threading.Event()

    def slow() -> None:
        began.set()
        release.wait(10)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call, declare(slow))
        await trio.to_thread.run_sync(began.wait)
        nursery.cancel_scope.cancel("enough")
    assert not release.is_set()
    release.set()


async def test_a_plain_function_that_raises_stop_iteration_fails_as_any_other():
    """StopIteration means something to coroutines; from a tool it is an error like others."""

    def empty() -> None:
        next(iter(()))

    with pytest.raises(RuntimeError):
        await call(declare(empty))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda: 1, "'<lambda>' cannot be a tool's name"),
        (functools.partial(Callable(), 1, 2), "has no signature|too many"),
    ],
)
def test_what_cannot_be_a_tool_is_refused(function, says):
    """The message says what to change."""
    with pytest.raises(ConfigError, match=says):
        declare(function)


@pytest.mark.parametrize("name", ["", "1st", "get weather", "wetter_für", "a" * 129, "a\n"])
def test_names_that_the_service_refuses_are_refused_here(name):
    """Before anything connects."""
    with pytest.raises(ConfigError, match="cannot be a tool's name"):
        declare(weather, name=name)


@pytest.mark.parametrize("name", ["a", "_a", "a.b:c-d_1", "a" * 128])
def test_names_that_the_service_takes(name):
    """Letters, digits and four signs, up to 128."""
    assert name == declare(weather, name=name).name


def test_a_tools_repr_shows_no_function():
    """What is bound into a tool, a key for one, is not printed."""
    tool = declare(functools.partial(weather, "secret"))
    assert isinstance(tool, Tool)
    assert "secret" not in repr(tool)
