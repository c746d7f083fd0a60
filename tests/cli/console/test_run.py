"""A console at work: what is written, and what keys do."""

from __future__ import annotations

import logging

import pytest
import trio

from voice_actors.cli.console.glyphs import ASCII
from voice_actors.cli.console.run import ORDERS, REDRAWS, logs_noted
from voice_actors.cli.talk import Call
from voice_actors.config import Activity
from voice_actors.gemini.events import ClientContent, OutputTranscription, TurnComplete


async def polite(link):
    """Answers everything typed."""
    await link.accept_setup()
    while True:
        if not (await link.hear_until(ClientContent)).turns:
            continue  # an interruption
        await link.say(OutputTranscription("Certainly, with pleasure."))
        await link.speak(2_000)
        await link.say(TurnComplete())


@pytest.fixture
def at_work(rig, console):
    """Press these keys, one after another every second; what the console then is, and the agent."""

    async def run(*keys, script=polite, push_to_talk=False, **settings):
        if push_to_talk:
            settings["activity"] = Activity("push-to-talk")
        on = console(push_to_talk=push_to_talk, **settings.pop("look", {}))
        async with rig(script, **settings) as r, trio.open_nursery() as nursery:
            nursery.start_soon(Call(r.agent, on, console=on).run)
            for key in keys:
                on.terminal.press(key)
                await trio.sleep(1)
            still = bool(nursery.child_tasks)
            nursery.cancel_scope.cancel()
        return on, r.agent, still

    return run


async def test_a_typed_line_is_said_and_answered(at_work, autojump_clock):
    """However its bytes come."""
    on, agent, _ = await at_work("hei på".encode()[:-1], b"\xa5 deg\r", b"", b"")
    assert ["hei på deg", "Certainly, with pleasure."] == [message.text for message in agent.export_messages()]
    assert "you: hei på deg (typed)" in on.terminal.look()


async def test_escape_interrupts(at_work, autojump_clock):
    """A lone one, after a twentieth of a second."""
    on, agent, _ = await at_work(b"go on\r", b"\x1b", b"")
    assert any("TurnInterrupted" == type(event).__name__ for event in agent.export_events())
    assert "~" in on.terminal.look()


async def test_tab_mutes_and_unmutes(at_work, autojump_clock):
    """And the screen says so."""
    on, agent, _ = await at_work(b"\t")
    assert agent.muted
    assert "Tab unmute" in on.stream.getvalue().replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", "")
    _, agent, _ = await at_work(b"\t", b"\t")
    assert not agent.muted


async def test_push_to_talk_by_its_keys(at_work, autojump_clock):
    """^P, a space on an empty line, and Enter on one; a space inside a line is a space."""
    for key in (b"\x10", b" ", b"\r"):
        _, agent, _ = await at_work(key, push_to_talk=True)
        assert agent.pressed, key
        _, agent, _ = await at_work(key, key, push_to_talk=True)
        assert not agent.pressed, key
    on, agent, _ = await at_work(b"a b", push_to_talk=True)
    assert (False, "a b") == (agent.pressed, on.editor.text)
    on, agent, _ = await at_work(b"\x10 ")
    assert (False, " ") == (agent.pressed, on.editor.text)


async def test_push_to_talk_by_holding_the_key(at_work, autojump_clock):
    """Where the terminal tells when it is let go, which it is asked; and tapping goes on working."""
    down, repeats, up = b"\x1b[32;;32u", b"\x1b[32;1:2;32u", b"\x1b[32;1:3u"
    on, agent, _ = await at_work(b"\x1b[?0u", down, repeats, push_to_talk=True)
    assert (True, True, True) == (on.terminal.asked, on.terminal.tells, agent.pressed)
    on, agent, _ = await at_work(b"\x1b[?0u", down, repeats, up, push_to_talk=True)
    assert not agent.pressed
    _, agent, _ = await at_work(b"\x1b[?0u", down + up, push_to_talk=True)
    assert agent.pressed
    _, agent, _ = await at_work(b"\x1b[?0u", down + up, down + up, push_to_talk=True)
    assert not agent.pressed
    _, agent, _ = await at_work(b"\x1b[?0u", b"\x1b[112;5u", b"\x1b[112;1:3u", push_to_talk=True)
    assert not agent.pressed
    on, _, _ = await at_work(b"")
    assert not on.terminal.asked


@pytest.mark.parametrize("keys", [b"\x03", b"\x04", b"/quit\r", b"/exit\r"])
async def test_leaving(at_work, autojump_clock, keys):
    """By key or by command, at once, with the terminal given back."""
    on, _, still = await at_work(keys)
    assert not still
    assert 1 == on.terminal.restored


async def test_on_a_line_with_text_the_leaving_keys_only_edit(at_work, autojump_clock):
    """^C empties it."""
    on, _, still = await at_work(b"text\x04\x03")
    assert still
    assert "" == on.editor.text


async def test_a_terminal_that_hangs_up_ends_the_call(rig, console, autojump_clock):
    """Nobody is there any more."""
    on = console()
    on.terminal.hang_up()
    async with rig(polite) as r:
        with trio.fail_after(1):
            assert await Call(r.agent, on, console=on).run()


async def test_commands_go_on_working(at_work, autojump_clock):
    """The slash commands of plain captions, and what is none."""
    on, agent, _ = await at_work(b"/help\r", b"/mute\r", b"/dance\r")
    assert agent.muted
    assert "/interrupt silences" in on.terminal.look()
    assert "no such command: /dance" in on.terminal.look()


async def test_keys_never_wait_for_the_connection(at_work, autojump_clock):
    """Where commands pile up, it is told which are not done, and leaving works."""

    async def deaf(link):
        await link.accept_setup()
        link.end()
        await trio.sleep_forever()

    async def slow(link):
        if link.number == 0:
            await deaf(link)
        await trio.sleep_forever()

    on, _, still = await at_work(b"more\r" * (4 * ORDERS), b"\x04", script=slow)
    assert not still
    assert "too much waits for the connection; not done: more" in on.terminal.look()


async def test_nothing_is_written_where_nothing_changes(rig, console, autojump_clock):
    """A minute of silence costs no byte."""
    on = console(microphone=False)
    async with rig(polite) as r, trio.open_nursery() as nursery:
        nursery.start_soon(Call(r.agent, on, console=on).run)
        await trio.sleep(5)
        written = on.stream.writes
        await trio.sleep(60)
        assert written == on.stream.writes
        nursery.cancel_scope.cancel()


async def test_redraws_are_bounded_however_much_happens(rig, console, autojump_clock):
    """A thousand notes a second are a dozen pictures."""
    on = console()
    async with rig(polite) as r, trio.open_nursery() as nursery:
        nursery.start_soon(Call(r.agent, on, console=on).run)
        for number in range(3_000):
            on.note(f"note {number}")
            await trio.sleep(0.001)
        assert REDRAWS * 2 <= on.drawer.redraws <= REDRAWS * 3 + 1
        print(f"{on.drawer.redraws} redraws for 3000 notes in 3 s")
        nursery.cancel_scope.cancel()


async def test_a_new_size_is_a_new_picture(rig, console, autojump_clock):
    """Noticed with the next picture; nothing of the old one stays."""
    on = console()
    async with rig(polite) as r, trio.open_nursery() as nursery:
        nursery.start_soon(Call(r.agent, on, console=on).run)
        await trio.sleep(1)
        on.terminal.resize(40, 12)
        await trio.sleep(1)
        rows = on.terminal.look().splitlines()
        nursery.cancel_scope.cancel()
    assert (12, ">") == (len(rows), rows[-1])
    assert rows[-3] == "─" * 40


async def test_what_is_logged_becomes_a_note(console, autojump_clock):
    """Without the control characters of whatever it is about."""
    on = console(glyphs=ASCII)
    with logs_noted(on):
        logging.getLogger("voice_actors.test").error("no %s", "\x1b[2Jluck")
    on.draw()
    assert "[voice_actors.test: no  [2Jluck]" in on.terminal.look()
