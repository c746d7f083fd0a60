"""`tool` says what cannot be inferred, and leaves what it is put on as it was."""

from __future__ import annotations

import functools

import pytest

import voice_actors
from voice_actors.errors import ConfigError
from voice_actors.toolbox import Toolbox, declare, tool
from voice_actors.toolbox.decorator import Configured, opened


@tool(timeout=5, name="get_weather")
def weather(city: str) -> str:
    """Say the weather."""
    return f"sunny in {city}"


class Station:
    @tool(concurrency=1)
    def read(self, day: int) -> str:
        return f"day {day}"

    @tool(concurrency=2)
    @classmethod
    def count(cls) -> str:
        return cls.__name__

    @staticmethod
    @tool(concurrency=3)
    def name() -> str:
        return "station"


@tool(concurrency=4)
class Caller:
    def __call__(self, day: int) -> str:
        return f"day {day}"


def test_a_marked_function_is_still_that_function():
    """It can be called, read and pickled as before."""
    assert "sunny in Oslo" == weather("Oslo")
    assert ("weather", "Say the weather.") == (weather.__name__, weather.__doc__)
    found = Toolbox.of([weather]).get("get_weather")
    assert ("Say the weather.", 5) == (found.description, found.options.timeout)


def test_tool_alone_says_nothing():
    """`@tool` is for the reader of the code."""

    def news() -> str: ...

    assert news is tool(news)
    assert declare(news).options == Toolbox.of([tool(news)]).get("news").options


def test_marks_are_found_on_methods_and_classes():
    """As a method of an instance or a class, as a static one, and on objects that can be called."""
    toolbox = Toolbox.of([Station().read, Station.count, Station.name, Caller()])
    assert ("read", "count", "name", "Caller") == toolbox.names
    assert [1, 2, 3, 4] == [toolbox.get(name).options.concurrency for name in toolbox.names]
    assert ("day 1", "Station", "station", "day 2") == (
        Station().read(1),
        Station.count(),
        Station.name(),
        Caller()(2),
    )


def test_marks_are_found_under_partials_and_wrappers():
    """Whoever wraps a tool keeps what its author said."""

    @functools.wraps(weather)
    def wrapper(*args, **kwargs):
        return weather(*args, **kwargs)

    for one in (functools.partial(weather, city="Oslo"), functools.partial(functools.partial(weather)), wrapper):
        assert ("get_weather", 5) == (opened(one)[1].name, opened(one)[1].options["timeout"])


def test_the_last_word_counts_and_the_original_is_left_alone():
    """Two tools may be made of one function."""
    longer = tool(tool(weather, timeout=60, consent="ask"), name="slow_weather", consent="deny")
    toolbox = Toolbox.of([weather, longer])
    assert [5, 60] == [toolbox.get(name).options.timeout for name in ("get_weather", "slow_weather")]
    assert ("deny", "allow") == (
        toolbox.get("slow_weather").options.consent,
        toolbox.get("get_weather").options.consent,
    )
    assert isinstance(longer, Configured)
    assert "sunny in Oslo" == longer("Oslo")


def test_decorators_add_up():
    """Each says its own."""

    @tool(timeout=3)
    @tool(timeout=9, concurrency=2)
    def both() -> None: ...

    found = Toolbox.of([both]).get("both").options
    assert (3, 2) == (found.timeout, found.concurrency)


def test_what_cannot_be_marked_is_wrapped():
    """A function that is written in C has no room for marks."""
    marked = tool(timeout=3)(len)
    assert isinstance(marked, Configured)
    assert 2 == marked("ab")


@pytest.mark.parametrize(
    ("use", "says"),
    [
        (lambda: tool(timeout=-1), "timeout is -1; it is seconds above 0"),
        (lambda: tool(weather, behavior="blocking", scheduling="SILENT"), "leaves nothing to schedule"),
        (lambda: tool("get_weather"), r"write @tool\(name='get_weather'\)"),
        (
            lambda: Toolbox.of([tool(tool(weather, behavior="blocking"), scheduling="SILENT")]),
            "tool 'get_weather': behavior='blocking' leaves nothing to schedule",
        ),
    ],
)
def test_nonsense_is_refused_where_it_is_written(use, says):
    """With the way out; what only the sum of two words makes wrong, when a conversation is opened."""
    with pytest.raises(ConfigError, match=says):
        use()


def test_an_unknown_option_is_a_type_error():
    """As with any function of Python."""
    with pytest.raises(TypeError, match="time_out"):
        tool(time_out=3)


def test_it_is_a_name_of_the_package():
    """`voice_actors.tool`, with the class of its options."""
    assert tool is voice_actors.tool
    assert "ToolOptions" == voice_actors.ToolOptions.__name__
