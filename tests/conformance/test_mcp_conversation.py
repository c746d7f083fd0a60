"""A real MCP server over standard input and output, used by voice in a conversation with the offline server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, utter, words_in
from voice_actors.toolbox import tool
from voice_actors.toolbox.mcp_server import McpServer

pytest.importorskip("mcp")
pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent.parent / "toolbox" / "mcp_clockwork.py"


async def test_its_tool_is_called_by_voice(tmp_path):
    """Asked aloud, answered by the server, told aloud; the server is gone with the conversation."""
    notes, speaker, microphone = tmp_path / "notes", MemorySpeaker(), MemoryMicrophone()
    server = tool(McpServer((sys.executable, str(PROGRAM), str(notes)), only={"get_weather"}), timeout=10)
    with trio.fail_after(60):
        async with open_offline_server() as offline:
            config = AgentConfig(connection=offline.connection, tools=[server], microphone=microphone, speaker=speaker)
            async with open_voice_agent(config, dial=offline.dial) as agent:
                events, answered = agent.events(), None
                microphone.feed(utter("what is the weather in Oslo?"))
                async for event in events:
                    if isinstance(event, m.ToolAnswered):
                        answered = event
                    if isinstance(event, m.TurnEnded) and answered:
                        break
    print(f"the server answered in {answered.took_ms:.0f} ms; heard: {words_in(speaker.pcm())}")
    assert ("get_weather", "ok", {"result": "light rain"}) == (answered.name, answered.outcome, answered.response)
    assert "light rain" in words_in(speaker.pcm())
    assert 1 == notes.read_text().count("up")


async def test_a_server_that_does_not_come_up_ends_the_opening_bare():
    """The embedding program gets the one error."""
    config = AgentConfig(
        tools=[McpServer((sys.executable, "-c", "1"))], microphone=MemoryMicrophone(), speaker=MemorySpeaker()
    )
    with trio.fail_after(60), pytest.raises(ConfigError, match="does not come up"):
        async with open_voice_agent(config):
            raise AssertionError("it came up")


async def test_the_blocks_own_exception_comes_out_bare(tmp_path):
    """As without a server."""
    async with open_offline_server() as offline:
        config = AgentConfig(
            connection=offline.connection,
            tools=[McpServer((sys.executable, str(PROGRAM), str(tmp_path / "notes")))],
            microphone=MemoryMicrophone(),
            speaker=MemorySpeaker(),
        )
        with trio.fail_after(60), pytest.raises(LookupError, match="mine"):
            async with open_voice_agent(config, dial=offline.dial):
                raise LookupError("mine")
