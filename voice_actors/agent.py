"""A conversation as an embedding program has it: opened, running as long as a block lasts, and let go.

How it is made is in `conversation.wiring`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from voice_actors.config import AgentConfig
from voice_actors.conversation.chosen import filler_sound_of, with_files_of
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.conversation.model import Dial
from voice_actors.conversation.servers import Servers
from voice_actors.conversation.supervision import Supervisor
from voice_actors.conversation.wiring import Actors
from voice_actors.record.journal import Journal


@asynccontextmanager
async def open_voice_agent(
    config: AgentConfig | None = None, *, dial: Dial | None = None, open_journal: Callable[[Path], Journal] = Journal
) -> AsyncGenerator[VoiceAgent]:
    """Run a conversation for as long as the block lasts.

    `dial` replaces the connection to the model: anything that opens a `Link`. `open_journal` replaces the transcript's
    file.

    Raises:
        ConfigError: a setting cannot work; before anything is opened.
        DeviceError, MissingPartError: the microphone or loudspeaker cannot be opened.
        LinkLost, Refused: the model cannot be reached, or says no.
        AgentFailed: the running conversation failed; `__cause__` says how. An exception of the block itself comes out
            as it is, and so does a surrounding cancellation.
    """
    async with Servers.open() as servers:
        ready = await with_files_of(config or AgentConfig())
        ready = attrs.evolve(ready, tools=await servers.start(ready.tools))
        async with _conversation(ready, dial, open_journal, servers) as agent:
            yield agent


@asynccontextmanager
async def _conversation(
    config: AgentConfig, dial: Dial | None, open_journal: Callable[[Path], Journal], servers: Servers
) -> AsyncGenerator[VoiceAgent]:
    actors = Actors(config, dial, open_journal, servers, await filler_sound_of(config))
    async with Supervisor.open() as supervisor:
        try:
            await actors.start(supervisor)
            with supervisor.body():
                yield actors.agent
        finally:
            actors.say_goodbye(supervisor.reason())
            supervisor.stop("the conversation is over")  # each by itself: the nursery would keep all their tracebacks


async def run_voice_agent(
    config: AgentConfig | None = None,
    *,
    dial: Dial | None = None,
    task_status: trio.TaskStatus[VoiceAgent] = trio.TASK_STATUS_IGNORED,
) -> None:
    """`open_voice_agent` for `await nursery.start(run_voice_agent, config)`, which returns the agent when ready."""
    async with open_voice_agent(config, dial=dial) as agent:
        task_status.started(agent)
        await agent.wait_ended()
