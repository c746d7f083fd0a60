"""Several conversations in one process: none notices another, and one that fails ends alone."""

from __future__ import annotations

import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import AgentFailed, DeviceError, Refused
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.script import Fault, Script
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, words_in
from voice_actors.testing.clock import run_in_virtual_time
from voice_actors.testing.fragile import FragileMicrophone

AGENTS = 6


async def converse(number: int, server, told: dict[int, list[m.Event]], config: AgentConfig | None = None) -> str:
    """Three sums by text; what was heard of the answers."""
    speaker = MemorySpeaker(block_ms=20)
    config = config or AgentConfig(connection=server.connection, microphone=MemoryMicrophone(), speaker=speaker)
    agent = None
    try:
        async with open_voice_agent(config, dial=server.dial) as agent:
            for other in range(3):
                await agent.say(f"what is {number} plus {other}?")
                await agent.wait_idle()
    finally:
        told[number] = agent.export_events() if agent is not None else []
    return words_in(speaker.pcm())


async def together(
    numbers: list[int], failing: bool
) -> tuple[dict[int, str], dict[int, list[m.Event]], list[Exception]]:
    """Some conversations at once, each with a nursery task of its own; those that fail beside them, too."""
    heard: dict[int, str] = {}
    told: dict[int, list[m.Event]] = {}
    errors: list[Exception] = []

    async def one(number: int, server) -> None:
        heard[number] = await converse(number, server, told)

    async def broken_device(server) -> None:
        microphone = FragileMicrophone()
        config = AgentConfig(connection=server.connection, microphone=microphone, speaker=MemorySpeaker())
        with trio.CancelScope():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fail_later, microphone)
                try:
                    await converse(-1, server, told, config)
                except AgentFailed as error:
                    errors.append(error)
                nursery.cancel_scope.cancel()

    async def fail_later(microphone: FragileMicrophone) -> None:
        await trio.sleep(3)
        microphone.fail()

    async def refused(strict) -> None:
        try:
            await converse(-2, strict, told)
        except (AgentFailed, Refused) as error:
            errors.append(error)

    no = Script((Fault("reply-audio", f.Close(1007, "Request contains an invalid argument."), times=0),))
    async with (
        open_offline_server() as server,
        open_offline_server(script=no) as strict,
        trio.open_nursery() as nursery,
    ):
        for number in numbers:
            nursery.start_soon(one, number, server)
        if failing:
            nursery.start_soon(broken_device, server)
            nursery.start_soon(refused, strict)
    return heard, told, errors


def story(events: list[m.Event]) -> list[str]:
    """What happened, without ids and times, which the scheduler may move by a message."""
    return [
        type(event).__name__
        for event in events
        if isinstance(event, m.TextSent | m.TurnStarted | m.TurnEnded | m.Ended)
    ]


def test_conversations_do_not_notice_those_that_fail_beside_them():
    """Each of six hears the same words and tells the same story as alone, while two others fail, each by its own error."""
    alone = [run_in_virtual_time(lambda n=number: together([n], failing=False)) for number in range(AGENTS)]
    heard, told, errors = run_in_virtual_time(lambda: together(list(range(AGENTS)), failing=True))
    for number, (own_heard, own_told, _) in enumerate(alone):
        assert own_heard[number] == heard[number]
        assert story(own_told[number]) == story(told[number])
        assert str(number + 2) in heard[number]
        assert not any(isinstance(event, m.Disconnected) for event in told[number])
    causes = {type(error.__cause__) for error in errors}
    print(f"{AGENTS} conversations, {len(errors)} beside them failed: {[str(error) for error in errors]}")
    assert {DeviceError, Refused} == causes
    assert all(isinstance(told[number][-1], m.Ended) for number in (-1, -2))
    assert "microphone failed" in told[-1][-1].reason
