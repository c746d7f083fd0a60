"""The tools of one conversation."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys

import pytest
from google.genai import types as genai

from voice_actors.errors import ConfigError
from voice_actors.gemini.adapting import adapt
from voice_actors.gemini.models import capabilities
from voice_actors.gemini.setup import build_setup
from voice_actors.toolbox import Tool, Toolbox, ToolOptions, declare, tool
from voice_actors.toolbox.toolbox import SERVICE_TOOLS


def weather(city: str) -> str: ...
async def news() -> str: ...


def test_functions_and_the_services_own_tools_are_told_apart():
    """Ours are declared, in order; the service's are handed on untouched."""
    search = genai.Tool(google_search=genai.GoogleSearch())
    execution = {"code_execution": {}}
    toolbox = Toolbox.of([weather, search, news, execution])
    assert ["weather", "news"] == [one["name"] for one in toolbox.declarations()]
    assert ("weather", "news") == toolbox.names
    assert search is toolbox.service_tools[0]
    assert execution is toolbox.service_tools[1]


def test_tools_are_found_by_name():
    """A name that nobody has gives None: the model made it up."""
    declared = declare(weather, name="get_weather")
    toolbox = Toolbox.of([declared, news])
    assert declared is toolbox.get("get_weather")
    assert isinstance(toolbox.get("news"), Tool)
    assert toolbox.get("weather") is None


def test_no_tools():
    """A conversation without tools has an empty toolbox."""
    toolbox = Toolbox.of([])
    assert ([], (), ()) == (toolbox.declarations(), toolbox.names, tuple(toolbox.service_tools))


@pytest.mark.parametrize(
    ("model", "wire", "scheduling"),
    [
        ("gemini-3.8-live", ("NON_BLOCKING", "BLOCKING", None), ("SILENT", None, None)),
        ("gemini-2.5-flash-native-audio-preview-12-2025", ("NON_BLOCKING", "BLOCKING", None), ("SILENT", None, None)),
        ("gemini-3.1-flash-live-preview", (None, "BLOCKING", None), (None, None, None)),
        ("gemini-3.8-live-extended-thinking", ("NON_BLOCKING", None, None), ("SILENT", None, None)),
    ],
)
def test_behavior_and_scheduling_reach_the_models_that_know_them(model, wire, scheduling):
    """In the first message and in the answers; a model that knows one way only is told nothing, and a note says so."""
    tools = [tool(weather, scheduling="SILENT"), tool(news, behavior="blocking"), tool(news, name="plain")]
    toolbox = Toolbox.of(tools)
    setup, notes = adapt(build_setup(model, declarations=toolbox.declarations()), capabilities(model))
    declared = setup.body["tools"][0]["functionDeclarations"]
    print(model, notes)
    toolbox = toolbox.fitted(capabilities(model))
    assert wire == tuple(one.get("behavior") for one in declared)
    assert scheduling == tuple(toolbox.get(name).options.scheduling for name in toolbox.names)
    assert bool(notes) == (wire != ("NON_BLOCKING", "BLOCKING", None))


def test_options_reach_whatever_is_a_tool():
    """Functions, methods, partials, callable objects, declared tools: each as it is handed over."""

    class Station:
        def read(self, day: int) -> str: ...

        def __call__(self, day: int) -> str: ...

    ones = [weather, Station().read, functools.partial(weather, city="Oslo"), Station(), declare(news)]
    toolbox = Toolbox.of([tool(one, name=f"t{n}", timeout=n + 1) for n, one in enumerate(ones)])
    assert ("t0", "t1", "t2", "t3", "t4") == toolbox.names
    assert [1, 2, 3, 4, 5] == [toolbox.get(name).options.timeout for name in toolbox.names]


def test_a_declared_tool_keeps_what_is_not_said_anew():
    """And its place, which was chosen when it was declared."""
    declared = declare(news, description="News.", options=ToolOptions(timeout=3, consent="deny"))
    found = Toolbox.of([tool(declared, concurrency=2)]).get("news")
    assert ("News.", 3, "deny", 2) == (
        found.description,
        found.options.timeout,
        found.options.consent,
        found.options.concurrency,
    )
    with pytest.raises(ConfigError, match="'news' is declared, so its place is chosen; give run where it is made"):
        Toolbox.of([tool(declared, run="loop")])


def test_the_services_own_tools_take_no_options():
    """They run where we have no say."""
    with pytest.raises(ConfigError, match="hand it over without"):
        Toolbox.of([tool({"google_search": {}}, timeout=3)])


def test_two_tools_of_one_name_are_refused():
    """The model could not say which it wants."""
    with pytest.raises(ConfigError, match="two tools are named 'weather'"):
        Toolbox.of([weather, news, declare(news, name="weather")])


def test_the_services_own_tools_by_name():
    """They are what google-genai's fields of that name are."""
    toolbox = Toolbox.of(["google_search", weather, "url_context"])
    assert ({"google_search": {}}, {"url_context": {}}) == tuple(toolbox.service_tools)
    for name in SERVICE_TOOLS:
        assert genai.Tool.model_validate({name: {}}).model_dump(exclude_none=True) == {name: {}}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("google_serach", "no tool named 'google_serach'; did you mean 'google_search'"),
        ("googleSearch", "did you mean 'google_search'"),
        ("weather", "there are google_search, code_execution, url_context, google_maps"),
    ],
)
def test_a_name_that_the_service_does_not_have_is_refused(name, says):
    """With the nearest that it has, or all."""
    with pytest.raises(ConfigError, match=says):
        Toolbox.of([name])


@pytest.mark.parametrize(
    ("model", "name", "refused"),
    [
        ("gemini-3.8-live", "url_context", False),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "google_search", False),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "code_execution", True),
        ("gemini-3.1-flash-live-preview", "url_context", True),
        ("gemini-2.0-flash-live-001", "code_execution", False),
        ("some-model-of-mine", "google_maps", False),
    ],
)
def test_a_model_without_one_refuses_it_before_connecting(model, name, refused):
    """By the tables of Google's own pages; what they do not say is not refused."""
    setup = build_setup(model, service_tools=Toolbox.of([name]).service_tools)
    with pytest.raises(ConfigError, match=f"{name}") if refused else contextlib.nullcontext():
        adapt(setup, capabilities(model))


@pytest.mark.parametrize("one", [3, None, genai.GoogleSearch()])
def test_what_is_no_tool_is_refused(one):
    """With the list of what is taken."""
    with pytest.raises(ConfigError, match="is not a tool; what is taken: functions"):
        Toolbox.of([one])


def test_the_package_is_light_to_import():
    """pydantic, google-genai and asyncio are loaded when a tool is declared, not before."""
    code = "import sys, voice_actors.toolbox; print({'pydantic', 'google.genai', 'asyncio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()" == done.stdout.strip()
