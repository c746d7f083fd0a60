"""Lines typed while talking."""

from __future__ import annotations

import os
from contextlib import aclosing

import attrs
import pytest
import trio

from voice_actors.cli.keyboard import HELP, obey, typed_lines
from voice_actors.cli.sound import NoMicrophone
from voice_actors.config import Activity, AgentConfig
from voice_actors.messages import ConsentAsked


@attrs.define
class Notebook:
    """Stands where an agent and a screen stand, and writes down what it is asked for."""

    config: AgentConfig = attrs.field(factory=AgentConfig)
    asked: list[str] = attrs.field(factory=list)
    pressed: bool = False
    questions: list = attrs.field(factory=list)

    async def say(self, text):
        self.asked.append(f"say {text}")

    async def interrupt(self):
        self.asked.append("interrupt")

    async def mute(self):
        self.asked.append("mute")

    async def unmute(self):
        self.asked.append("unmute")

    async def start_activity(self):
        self.asked.append("start")
        self.pressed = True

    async def end_activity(self):
        self.asked.append("end")
        self.pressed = False

    def consents_asked(self):
        return self.questions

    async def answer_consent(self, call, *, allow, by):
        self.asked.append(f"{'allow' if allow else 'deny'} {call} by {by}")

    def note(self, text):
        self.asked.append(f"note {text}")


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        try:
            os.close(end)
        except OSError:
            pass


async def test_lines_come_whole_however_they_are_cut(pipe):
    """Half a line waits for its end; the last may lack one; letters beyond UTF-8 are replaced."""
    reading, writing = pipe
    os.write(writing, b"hel")
    os.write(writing, b"lo\n\n/qu")
    os.write(writing, b"it\r\nlast \xff")
    os.close(writing)
    async with aclosing(typed_lines(reading)) as lines:
        assert ["hello", "", "/quit", "last \ufffd"] == [line async for line in lines]


async def test_leaving_does_not_wait_for_a_line(pipe):
    """Nobody has to press Enter for a call to end."""
    reading, writing = pipe
    with trio.fail_after(20), trio.move_on_after(0.01) as scope:
        async with aclosing(typed_lines(reading)) as lines:
            async for _ in lines:
                raise AssertionError("nothing was typed")
    assert scope.cancelled_caught
    os.write(writing, b"the thread that was left behind reads this and ends\n")


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("hello there", ["say hello there"]),
        ("//quit", ["say /quit"]),
        ("/interrupt", ["interrupt"]),
        ("/mute", ["mute"]),
        ("/unmute", ["unmute"]),
        ("/help", [f"note {HELP}"]),
        ("/dance now", [f"note no such command: /dance. {HELP}"]),
        ("", []),
    ],
)
async def test_a_line_is_done(line, asked):
    """Commands start with a slash, two slashes say one."""
    notebook = Notebook()
    assert await obey(line, notebook, notebook)
    assert asked == notebook.asked


@pytest.mark.parametrize("line", ["/quit", "/exit"])
async def test_quit_is_told_to_the_caller(line):
    """Leaving is the call's business."""
    notebook = Notebook()
    assert not await obey(line, notebook, notebook)
    assert [] == notebook.asked


async def test_with_push_to_talk_an_empty_line_is_the_key():
    """It begins and ends; text is still sent as text."""
    notebook = Notebook(AgentConfig(activity=Activity("push-to-talk")))
    for line in ("", "hello", "", ""):
        assert await obey(line, notebook, notebook)
    assert ["start", "say hello", "end", "start"] == notebook.asked


async def test_without_a_microphone_there_is_nothing_to_mute():
    """It says so."""
    notebook = Notebook(AgentConfig(microphone=NoMicrophone()))
    assert await obey("/mute", notebook, notebook)
    assert ["note there is no microphone in this conversation"] == notebook.asked


def question(call):
    return ConsentAsked(id=call, name="wipe", args={"disk": call}, at=0.0)


@pytest.mark.parametrize(
    ("waiting", "line", "done"),
    [
        ("a", "/allow", "allow a by the keyboard"),
        ("a", "/deny", "deny a by the keyboard"),
        ("ab", "/allow b", "allow b by the keyboard"),
        ("ab", "/deny a", "deny a by the keyboard"),
        ("", "/allow", "note nothing waits to be allowed"),
        ("a", "/allow b", "note nothing waits to be allowed"),
        ("a", "/allowed", f"note no such command: /allowed. {HELP}"),
        ("a", "//allow", "say /allow"),
    ],
)
async def test_a_person_allows_one_call(waiting, line, done):
    """The one that waits, or the one that is named; what goes to the model allows nothing."""
    notebook = Notebook(questions=[question(call) for call in waiting])
    assert await obey(line, notebook, notebook)
    assert [done] == notebook.asked


async def test_a_yes_that_could_mean_two_calls_means_none():
    """They are listed."""
    notebook = Notebook(questions=[question("a"), question("b")])
    assert await obey("/allow", notebook, notebook)
    assert ['note [/allow a for wipe(disk="a")]', 'note [/allow b for wipe(disk="b")]'] == notebook.asked
