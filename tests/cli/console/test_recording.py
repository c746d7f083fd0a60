"""What a person sees at several moments of a conversation, kept as pictures in text.

Set VOICE_ACTORS_RECORD=1 to take the pictures anew, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio

from voice_actors.cli.console.run import REDRAWS
from voice_actors.cli.talk import Call
from voice_actors.errors import LinkLost
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone
from voice_actors.testing.clock import run_in_virtual_time

RECORDINGS = Path(__file__).parent / "recordings"
LOUD = b"\x00\x10" * 16_000
STORY = "Once upon a time a ferry left Bergen in the rain and nobody on board knew where the captain had gone."


async def weather(city: str) -> dict[str, object]:
    """Current weather in a city."""
    await trio.sleep(2)
    return {"sky": "clear", "celsius": 7}


async def conversation(link):
    """A greeting, a story that is interrupted, a tool, a link that breaks; every step at its own second."""
    if link.number:
        await trio.sleep(1)
    await link.accept_setup()
    if link.number:
        await trio.sleep_forever()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen, link)
        await link.say(wire.OutputTranscription("Hello! Ask me anything."))
        await link.speak(1_500, sample=b"\x00\x20")
        await link.say(wire.TurnComplete())
        await trio.sleep(4)
        await link.say(wire.InputTranscription("Tell me a story."))
        await trio.sleep(0.5)
        for word in STORY.split(" "):
            await link.say(wire.OutputTranscription(f"{word} "))
            await link.speak(300)
        await trio.sleep(2.5)
        await link.say(wire.InputTranscription("Stop. How is the weather in Oslo?"))
        await link.say(wire.Interrupted())
        await link.say(wire.TurnComplete())
        await trio.sleep(0.5)
        await link.say(wire.ToolCall((wire.FunctionCall("1", "weather", {"city": "Oslo"}),)))
        await trio.sleep(2.6)
        await link.say(wire.OutputTranscription("Clear, at 7 degrees."))
        await link.speak(1_200)
        await link.say(wire.TurnComplete())
        await link.say(wire.SessionResumptionUpdate("handle", resumable=True))
        await trio.sleep(2)
        link.end(lambda: LinkLost("the network went away", code=1006))
        nursery.cancel_scope.cancel("lost")


async def listen(link):
    while True:
        await link.hear()


async def speak(microphone):
    """The user's voice: the question, and what interrupts the story."""
    await trio.sleep(2.5)
    microphone.feed(LOUD)
    await trio.sleep(4)
    microphone.feed(LOUD)


MOMENTS = (
    ("greeting", 0.9),
    ("the user speaks", 3.2),
    ("the agent thinks", 4.2),
    ("the agent replies", 6.0),
    ("interrupted, with words that nobody heard", 7.3),
    ("a tool works", 8.6),
    ("the tool has answered", 10.8),
    ("a line is being typed", 11.9),
    ("the connection is lost", 12.6),
    ("the session goes on", 16.0),
)


async def pictures_of(rig, console, width):
    """What is seen at every moment, and at the end on the terminal's own screen; and the console."""
    microphone = MemoryMicrophone()
    on = console(width, 24 if width > 60 else 22)
    seen = []
    async with rig(conversation, tools=[weather], microphone=microphone) as r:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak, microphone)
            nursery.start_soon(Call(r.agent, on, console=on).run)
            for name, at in MOMENTS:
                if "typed" in name:
                    on.terminal.press(b"Thanks. And tomorrow?")
                await trio.sleep_until(began + at)
                seen.append((f"{name} ({at:.1f} s)", on.terminal.look()))
            on.terminal.press(b"\x03\x04")
            await trio.sleep(1)
            assert not nursery.child_tasks
            seen.append(("left, on the terminal's own screen", on.terminal.look()))
    return seen, on, trio.current_time() - began


@pytest.mark.parametrize("width", [80, 40])
def test_a_conversation_as_it_is_seen(rig, console, width):
    """Eleven moments of it, with an interruption, a tool and a lost link; and never more than a dozen redraws a second."""
    seen, on, took = run_in_virtual_time(lambda: pictures_of(rig, console, width), seed=1)
    rule = "=" * width
    text = "".join(f"{rule}\n{name}\n{rule}\n{picture}\n" for name, picture in seen)
    path = RECORDINGS / f"conversation-{width}.txt"
    if os.environ.get("VOICE_ACTORS_RECORD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
    assert 1 == on.terminal.restored
    assert on.drawer.redraws <= took * REDRAWS + 1
    print(f"{on.drawer.redraws} redraws in {took:.1f} s, {len(on.stream.getvalue())} characters written")


def test_the_pictures_show_what_they_are_for():
    """The words that nobody heard are struck out, the tool has its time, the latency its reason; in both widths."""
    for width in (80, 40):
        text = (RECORDINGS / f"conversation-{width}.txt").read_text(encoding="utf-8")
        flat = " ".join(text.split())
        assert "captain had gone.~" in flat
        assert all(len(row.replace("~", "")) <= width for row in text.splitlines() if "(" not in row[:60])
        for sign in ("speaking", "reconnecting", "session resumed", "✓ 2000 ms", "after your words", "thinking"):
            assert sign in flat, (width, sign)
