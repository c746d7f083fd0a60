"""The end of a call by the model's wish or the program's: politely, with everything heard that was said."""

from __future__ import annotations

import pytest
import trio

from voice_actors import end_call
from voice_actors import messages as m
from voice_actors.agent import run_voice_agent
from voice_actors.broadcast import Broadcast
from voice_actors.config import AgentConfig, Connection
from voice_actors.conversation.farewell import PATIENCE, QUIET, Farewell
from voice_actors.deadlines import Deadlines
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.record.pulse import Pulse
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedServer

FAREWELL_MS = 4_000
CALL = wire.ToolCall((wire.FunctionCall("bye", "end_call", {}),))


async def hears(link):
    while True:
        await link.hear()


async def listens(link):
    await link.accept_setup()
    await hears(link)


async def says_goodbye_then_calls(link):
    await link.accept_setup()
    await trio.sleep(1)
    await link.speak(FAREWELL_MS)
    await link.say(CALL)
    await link.hear_answer()
    await link.say(wire.TurnComplete())
    await hears(link)


async def calls_then_says_goodbye(link):
    await link.accept_setup()
    await trio.sleep(1)
    await link.say(CALL)
    await link.hear_answer()
    await trio.sleep(PATIENCE * 0.9)
    await link.speak(FAREWELL_MS)
    await link.say(wire.TurnComplete())
    await hears(link)


async def only_calls(link):
    await link.accept_setup()
    await trio.sleep(1)
    await link.say(CALL)
    await hears(link)


def heard_ms(r):
    return sum(event.heard_ms for event in r.agent.export_events() if isinstance(event, m.TurnEnded))


@pytest.mark.parametrize(
    ("script", "said_ms", "at_most"),
    [
        (says_goodbye_then_calls, FAREWELL_MS, 1 + FAREWELL_MS / 1000 + PATIENCE + 1),
        (calls_then_says_goodbye, FAREWELL_MS, 1 + PATIENCE + FAREWELL_MS / 1000 + QUIET + 1),
        (only_calls, 0, 1 + PATIENCE + 1),
    ],
)
@pytest.mark.parametrize("how", [{"end_call": True}, {"tools": [end_call]}], ids=["setting", "tool"])
async def test_the_model_ends_the_call_and_is_heard_to_the_end(script, said_ms, at_most, how, rig, autojump_clock):
    """The events end, the last one says why, the server is let go, and the program's block goes on."""
    async with rig(script, **how) as r:
        seen = [event async for event in r.agent.events()]
        assert r.agent.ended.is_set()
        assert trio.current_time() <= at_most
        assert said_ms == heard_ms(r)
        await trio.sleep(100)  # whatever the program still has to do
        with pytest.raises(trio.ClosedResourceError):
            await r.agent.say("hello?")
    assert m.Ended(reason="the agent ended the call", at=seen[-1].at) == seen[-1]
    assert 1 == len([event for event in r.agent.export_events() if isinstance(event, m.Ended)])
    assert 1 == len(r.server.links)
    [declared] = r.server.links[0].heard[0].body["tools"]
    assert ["end_call"] == [function["name"] for function in declared["functionDeclarations"]]


async def test_a_user_who_interrupts_the_farewell_calls_it_off(rig, autojump_clock):
    """There is more to say; the model may end the call later all the same."""

    async def script(link):
        await link.accept_setup()
        await link.say(CALL)
        await link.hear_answer()
        await link.speak(FAREWELL_MS)
        await trio.sleep(1)
        await link.say(wire.Interrupted(), wire.TurnComplete())
        await trio.sleep(60)
        assert [] == reasons
        await link.say(wire.ToolCall((wire.FunctionCall("again", "end_call", {}),)))
        await hears(link)

    reasons = []
    async with rig(script, end_call=True) as r:
        reasons.extend([event.reason async for event in r.agent.events() if isinstance(event, m.Ended)])
    assert ["the agent ended the call"] == reasons
    assert trio.current_time() > 60


async def test_the_program_ends_the_call(rig, autojump_clock):
    """What is being said is heard to its end, and the call is over when the program goes on; twice does no harm."""

    async def script(link):
        await link.accept_setup()
        await link.speak(FAREWELL_MS)
        await link.say(wire.TurnComplete())
        await hears(link)

    async with rig(script) as r:
        await trio.sleep(1)
        await r.agent.end_call()
        await r.agent.end_call()
    assert FAREWELL_MS == heard_ms(r)
    assert trio.current_time() < FAREWELL_MS / 1000 + QUIET + 1
    assert "the program ended the call" == r.agent.export_events()[-1].reason


async def test_the_programs_word_stands(rig, autojump_clock):
    """A user who interrupts does not call it off, nor does the model make it its own."""

    async def script(link):
        await link.accept_setup()
        await link.speak(FAREWELL_MS)
        await trio.sleep(2)
        await link.say(wire.Interrupted())
        await link.say(CALL)
        await hears(link)

    async with rig(script, end_call=True) as r:
        await trio.sleep(1)
        await r.agent.end_call()
        assert trio.current_time() < 2 + PATIENCE + 1
    assert "the program ended the call" == r.agent.export_events()[-1].reason


async def test_a_tool_that_hangs_holds_up_the_end_for_so_long_only(rig, autojump_clock):
    """`Deadlines.farewell`; the record has an end for its call."""

    async def hang() -> None:
        """Hang."""
        await trio.sleep_forever()

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("a", "hang", {}),)))
        await hears(link)

    async with rig(script, tools=[hang], deadlines=Deadlines(tool=1_000, farewell=20)) as r:
        await trio.sleep(1)
        await r.agent.end_call()
        assert pytest.approx(21, abs=0.1) == trio.current_time()
    assert ["a"] == [event.id for event in r.agent.export_events() if isinstance(event, m.ToolWithdrawn)]


async def test_run_voice_agent_returns(autojump_clock):
    """And its nursery with it."""
    config = AgentConfig(
        connection=Connection(api_key="test"), microphone=MemoryMicrophone(), speaker=MemorySpeaker(), end_call=True
    )
    server = ScriptedServer(only_calls)

    async def run(*, task_status):
        await run_voice_agent(config, dial=server.dial, task_status=task_status)

    with trio.fail_after(100):
        async with trio.open_nursery() as nursery:
            agent = await nursery.start(run)
    assert agent.ended.is_set()


async def test_tools_may_be_changed_with_it_among_them(rig, autojump_clock):
    """It is given once, however it was asked for; the setting keeps it."""

    async def f() -> None:
        """F."""

    async with rig(listens, tools=[end_call], end_call=True) as r:
        await r.agent.update(tools=[f, end_call])
        await r.agent.update(tools=[f])
        await trio.sleep(1)
        told = [event.tools for event in r.agent.export_events() if isinstance(event, m.Updated)]
    assert [("f", "end_call"), ("f", "end_call")] == told


async def test_a_tool_of_that_name_is_one_too_many():
    """Said before anything is opened."""

    async def mine() -> None:
        """Mine."""

    mine.__name__ = "end_call"
    config = AgentConfig(tools=[mine], end_call=True, connection=Connection(api_key="x"), microphone=MemoryMicrophone())
    with pytest.raises(ConfigError, match="end_call"):
        await run_voice_agent(config)


async def test_a_call_that_is_over_may_be_ended_once_more(rig, autojump_clock):
    """There is nothing left to do, and it returns."""
    async with rig(listens) as r:
        pass
    with trio.fail_after(1):
        await r.agent.end_call()


async def test_an_end_that_is_wanted_before_all_has_begun_is_not_forgotten(autojump_clock):
    """The model may call while the microphone is still being opened."""
    begun = []
    for wanted_first in (True, False):
        farewell = Farewell(Pulse(), Broadcast(lambda count: m.Lagged(count=count)), 10.0)
        if wanted_first:
            farewell.want("agent")
        farewell.when_wanted(lambda: begun.append(1))
        farewell.want("program")
    assert 2 == len(begun), "each began once"
