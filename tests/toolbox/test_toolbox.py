"""The tools of one conversation."""

from __future__ import annotations

import subprocess
import sys

import pytest
from google.genai import types as genai

from voice_actors.errors import ConfigError
from voice_actors.toolbox import Tool, Toolbox, declare


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
    tool = declare(weather, name="get_weather")
    toolbox = Toolbox.of([tool, news])
    assert tool is toolbox.get("get_weather")
    assert isinstance(toolbox.get("news"), Tool)
    assert toolbox.get("weather") is None


def test_no_tools():
    """A conversation without tools has an empty toolbox."""
    toolbox = Toolbox.of([])
    assert ([], (), ()) == (toolbox.declarations(), toolbox.names, tuple(toolbox.service_tools))


def test_a_default_behavior_reaches_every_declaration_that_has_none():
    """Models differ in whether they wait for a tool; the caller knows which model it is."""
    toolbox = Toolbox.of([weather, declare(news, behavior="BLOCKING")])
    assert ["NON_BLOCKING", "BLOCKING"] == [one["behavior"] for one in toolbox.declarations("NON_BLOCKING")]


def test_two_tools_of_one_name_are_refused():
    """The model could not say which it wants."""
    with pytest.raises(ConfigError, match="two tools are named 'weather'"):
        Toolbox.of([weather, news, declare(news, name="weather")])


@pytest.mark.parametrize("one", [3, "weather", None, genai.GoogleSearch()])
def test_what_is_no_tool_is_refused(one):
    """With the list of what is taken."""
    with pytest.raises(ConfigError, match="is not a tool; what is taken: functions"):
        Toolbox.of([one])


def test_the_package_is_light_to_import():
    """pydantic, google-genai and asyncio are loaded when a tool is declared, not before."""
    code = "import sys, voice_actors.toolbox; print({'pydantic', 'google.genai', 'asyncio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()" == done.stdout.strip()
