"""A realtime voice-agent runtime: a conversation with a Gemini Live model as five trio actors in one nursery.

    async with open_voice_agent(AgentConfig(tools=[weather])) as agent:
        await agent.say("Greet me.")
        async for event in agent.events():
            print(event)

Names load when they are first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Activity": "config",
    "AgentConfig": "config",
    "Archive": "config",
    "AgentFailed": "errors",
    "AgentStatistics": "conversation.handle",
    "Budget": "record.budget",
    "Compression": "compression",
    "ConfigError": "errors",
    "Connection": "config",
    "Deadlines": "deadlines",
    "DeviceError": "errors",
    "Filler": "loudspeaker.filler",
    "LinkError": "errors",
    "LinkGivenUp": "errors",
    "LinkLost": "errors",
    "LocalProtocolError": "errors",
    "Loudspeaker": "audio.ends",
    "McpServer": "toolbox.mcp_server",
    "Message": "record.transcripts",
    "Microphone": "audio.ends",
    "MissingPartError": "errors",
    "ModelPrices": "record.prices",
    "Percentiles": "record.latency",
    "Prices": "record.prices",
    "Refused": "errors",
    "RemoteProtocolError": "errors",
    "ToolFailed": "toolbox.results",
    "ToolOptions": "toolbox.options",
    "Transcript": "record.saved",
    "UnsupportedByModelError": "errors",
    "Usage": "record.metering",
    "VoiceActorsError": "errors",
    "VoiceAgent": "conversation.handle",
    "end_call": "conversation.farewell",
    "messages": "",
    "open_voice_agent": "agent",
    "run_voice_agent": "agent",
    "tool": "toolbox.decorator",
}

if TYPE_CHECKING:
    from voice_actors import messages
    from voice_actors.agent import open_voice_agent, run_voice_agent
    from voice_actors.audio.ends import Loudspeaker, Microphone
    from voice_actors.compression import Compression
    from voice_actors.config import Activity, AgentConfig, Archive, Connection
    from voice_actors.conversation.farewell import end_call
    from voice_actors.conversation.handle import AgentStatistics, VoiceAgent
    from voice_actors.deadlines import Deadlines
    from voice_actors.errors import (
        AgentFailed,
        ConfigError,
        DeviceError,
        LinkError,
        LinkGivenUp,
        LinkLost,
        LocalProtocolError,
        MissingPartError,
        Refused,
        RemoteProtocolError,
        UnsupportedByModelError,
        VoiceActorsError,
    )
    from voice_actors.loudspeaker.filler import Filler
    from voice_actors.record.budget import Budget
    from voice_actors.record.latency import Percentiles
    from voice_actors.record.metering import Usage
    from voice_actors.record.prices import ModelPrices, Prices
    from voice_actors.record.saved import Transcript
    from voice_actors.record.transcripts import Message
    from voice_actors.toolbox.decorator import tool
    from voice_actors.toolbox.mcp_server import McpServer
    from voice_actors.toolbox.options import ToolOptions
    from voice_actors.toolbox.results import ToolFailed

__all__ = [
    "Activity",
    "AgentConfig",
    "AgentFailed",
    "AgentStatistics",
    "Archive",
    "Budget",
    "Compression",
    "ConfigError",
    "Connection",
    "Deadlines",
    "DeviceError",
    "Filler",
    "LinkError",
    "LinkGivenUp",
    "LinkLost",
    "LocalProtocolError",
    "Loudspeaker",
    "McpServer",
    "Message",
    "Microphone",
    "MissingPartError",
    "ModelPrices",
    "Percentiles",
    "Prices",
    "Refused",
    "RemoteProtocolError",
    "ToolFailed",
    "ToolOptions",
    "Transcript",
    "UnsupportedByModelError",
    "Usage",
    "VoiceActorsError",
    "VoiceAgent",
    "__version__",
    "end_call",
    "messages",
    "open_voice_agent",
    "run_voice_agent",
    "tool",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home:
        return import_module(f"{__name__}.{name}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__
