"""Real MCP servers over standard input and output, used by voice in a conversation with the offline server."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.resample import Resampler
from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.offline.hearing.ears import best_ears
from voice_actors.offline.speaking.mouth import best_mouth
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, utter, words_in
from voice_actors.toolbox import tool
from voice_actors.toolbox.mcp_server import McpServer

for package in ("mcp", "mcp_server_time"):  # the `test` extra has both; where it must, nothing is skipped
    import_module(package) if os.environ.get("CI") else pytest.importorskip(package)
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


async def test_a_server_of_the_package_index_is_used_by_voice():
    """mcp-server-time, as it is published: asked in a real voice, understood, called, and its answer understood again in
    the voice that comes back.
    """
    speaker, microphone, ears = MemorySpeaker(paced=False), MemoryMicrophone(), await best_ears()
    server = McpServer((sys.executable, "-m", "mcp_server_time"), only={"get_current_time"})
    with trio.fail_after(120):
        async with open_offline_server(real=True) as offline:
            config = AgentConfig(connection=offline.connection, tools=[server], microphone=microphone, speaker=speaker)
            async with open_voice_agent(config, dial=offline.dial) as agent:
                events, answered = agent.events(), None
                microphone.feed(await spoken("What is the current time in Japan?"))
                async for event in events:
                    answered = event if isinstance(event, m.ToolAnswered) else answered
                    if isinstance(event, m.TurnEnded) and answered:
                        break
                [called] = [event for event in agent.export_events() if isinstance(event, m.ToolCalled)]
        heard = (await ears.recognise(at_16_khz(speaker.pcm()[: 8 * 48_000]))).lower()
    print(f"{called.name}({dict(called.args)}) gave {answered.response} in {answered.took_ms:.0f} ms; heard: {heard}")
    assert ("get_current_time", {"timezone": "Japan"}, "ok") == (called.name, dict(called.args), answered.outcome)
    told = datetime.fromisoformat(answered.response["datetime"])
    assert abs(datetime.now().astimezone() - told).total_seconds() < 3_600
    assert "japan" in heard
    assert told.strftime("%A").lower() in heard


async def spoken(text):
    """In the offline server's own voice, after half a second of silence."""
    mouth = await best_mouth()
    return bytes(16_000) + at_16_khz(b"".join([piece.pcm async for piece in mouth.speak(text, None)]))


def at_16_khz(pcm):
    resampler = Resampler(24_000, 16_000)
    return resampler.feed(pcm) + resampler.flush()


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
