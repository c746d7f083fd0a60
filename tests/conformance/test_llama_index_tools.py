"""Real LlamaIndex tools, where llama-index-core is installed; tests/toolbox/test_llama_index.py has their shape by hand.

Without `from __future__ import annotations`: LlamaIndex does not read annotations that are strings.
"""

import asyncio
import threading
from typing import Literal

import pydantic
import pytest
import trio

from voice_actors.toolbox import BadArguments, Room, Toolbox

pytestmark = pytest.mark.filterwarnings("default")  # what LlamaIndex warns of while it is imported is its own affair

tools = pytest.importorskip("llama_index.core.tools", exc_type=ImportError)


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
