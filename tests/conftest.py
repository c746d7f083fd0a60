"""What many tests share: a conversation in memory, in virtual time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, settings

from tests.machine import machine

# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def _share_the_machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Of several workers (`-n`), the others wait while a test runs that is marked `alone`."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    with machine(tmp_path_factory.getbasetemp().parent, alone=request.node.get_closest_marker("alone") is not None):
        yield


@attrs.define
class Rig:
    """An agent whose server, microphone and loudspeaker are in memory."""

    agent: Any
    server: Any
    microphone: Any
    speaker: Any


def _take_nothing(link: Any) -> None:
    below = link._socket.watched._inner.send_stream
    closed = trio.Event()

    async def full() -> None:
        await closed.wait()
        raise trio.ClosedResourceError("closed while writing")

    below.send_all_hook, below.close_hook = full, closed.set


@pytest.fixture
def take_nothing() -> Callable[[Any], None]:
    """From now on the peer of this link takes no data; as with a socket, closing it wakes whoever waits to write."""
    return _take_nothing


@pytest.fixture
def clock_beside_threads() -> Generator[trio.testing.MockClock, None, None]:
    """Virtual time that waits for the threads that write a recording."""
    from voice_actors.testing import patient_clock

    with patient_clock() as clock:
        yield clock


@pytest.fixture
def rig() -> Callable[..., AbstractAsyncContextManager[Rig]]:
    """`async with rig(script, tools=[...]) as r:` runs a whole agent against a script."""
    from voice_actors.agent import open_voice_agent
    from voice_actors.config import AgentConfig, Connection
    from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedServer

    @asynccontextmanager
    async def open_rig(script: Any, *, microphone: Any = None, **settings: Any) -> AsyncGenerator[Rig]:
        server = ScriptedServer(script)
        mic, speaker = microphone or MemoryMicrophone(), MemorySpeaker()
        config = AgentConfig(
            **{"connection": Connection(api_key="test"), "microphone": mic, "speaker": speaker, **settings}
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            yield Rig(agent, server, mic, speaker)

    return open_rig
