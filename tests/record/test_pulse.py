"""Whether anything is going on."""

from __future__ import annotations

import trio

from voice_actors import messages as m
from voice_actors.record.pulse import Pulse


async def test_silence_is_idle(autojump_clock):
    """Nothing ever happened: idle after `quiet` seconds."""
    pulse = Pulse()
    await pulse.wait_idle(quiet=1.5, patience=10)

    assert 1.5 == trio.current_time()


async def test_a_playing_reply_is_busy(autojump_clock):
    """Idle only when the reply has been heard, and some quiet has followed."""
    pulse = Pulse()
    pulse.observe(m.TurnStarted(turn=1))

    async def play() -> None:
        await trio.sleep(60)
        pulse.observe(m.TurnEnded(turn=1, heard_ms=1, dropped_ms=0, interrupted=False))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(play)
        await pulse.wait_idle(quiet=1, patience=10)

    assert 61 == trio.current_time()


async def test_words_expect_a_reply(autojump_clock):
    """After the user's words the reply gets `patience` seconds to begin, and no more."""
    pulse = Pulse()
    await trio.sleep(5)
    pulse.observe(m.UserSaid(text="hello"))
    await pulse.wait_idle(quiet=1, patience=10)

    assert 15 == trio.current_time()


async def test_a_tool_keeps_it_busy_and_its_answer_expects_a_reply(autojump_clock):
    """From call to answer, and then until the model speaks."""
    pulse = Pulse()
    pulse.observe(m.ToolCalled(id="1", name="f", args={}))

    async def work() -> None:
        await trio.sleep(20)
        pulse.observe(m.ToolAnswered(id="1", name="f", response={}, outcome="ok", took_ms=1))
        await trio.sleep(5)
        pulse.observe(m.TurnStarted(turn=1))
        pulse.observe(m.TurnEnded(turn=1, heard_ms=1, dropped_ms=0, interrupted=False))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        await pulse.wait_idle(quiet=1, patience=10)

    assert 26 == trio.current_time()


async def test_a_withdrawn_call_expects_nothing(autojump_clock):
    """The model changed its mind: quiet is enough."""
    pulse = Pulse()
    pulse.observe(m.ToolCalled(id="1", name="f", args={}))
    assert pulse.busy
    pulse.observe(m.ToolWithdrawn(id="1", name="f"))
    pulse.observe(m.Muted(muted=True))
    await pulse.wait_idle(quiet=1, patience=10)

    assert 1 == trio.current_time()


async def test_a_working_tool_may_be_left_out_of_account_and_a_reply_may_not(autojump_clock):
    """For what must not cut a reply; and what a tool's result told in words expects a reply as typed words do."""
    pulse = Pulse()
    pulse.observe(m.ToolCalled(id="1", name="f", args={}))
    await pulse.wait_idle(quiet=1, patience=10, calls=False)
    assert 1 == trio.current_time()
    pulse.observe(m.ToolToldInWords(id="0", name="f"))
    await pulse.wait_idle(quiet=1, patience=10, calls=False)
    assert 11 == trio.current_time()
    pulse.observe(m.TurnStarted(turn=1))
    with trio.move_on_after(50) as patience:
        await pulse.wait_idle(quiet=1, patience=10, calls=False)
    assert patience.cancelled_caught


async def test_the_user_s_own_activity_keeps_it_busy(autojump_clock):
    """As long as the key is held."""
    pulse = Pulse()
    pulse.observe(m.ActivityStarted(by="key"))

    async def talk() -> None:
        await trio.sleep(30)
        pulse.observe(m.ActivityEnded(by="key"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk)
        await pulse.wait_idle(quiet=1, patience=10)

    assert 31 == trio.current_time()
