"""What is said while something goes wrong: the user's questions, the mind that answers, and the tool that it calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from voice_actors.offline.parts import Answered, Call, Dialogue, Say, Thought, UserTurn

WORDS = "one two three four five six seven eight"
TOOL = "look_up"
QUESTIONS = ("tell me something", "use the tool", "are you there")
"""Typed by the user; the last one when everything that goes wrong has gone wrong."""


class QuestionMind:
    """Calls the tool when that is asked for, and else says eight words."""

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """A call, or a sentence of two seconds."""
        last = dialogue.entries[-1]
        asked = isinstance(last, UserTurn) and "tool" in last.text
        yield Call(TOOL, {}) if asked and not isinstance(last, Answered) else Say(WORDS)


async def look_up() -> str:
    """Look something up."""
    await trio.sleep(0.5)
    return "found"


async def hang() -> str:
    """Look something up, which never ends."""
    await trio.Event().wait()
    return ""


async def look_up_slowly() -> str:
    """Look something up, which takes a while."""
    await trio.sleep(4)
    return "found"


look_up_slowly.__name__ = look_up_slowly.__qualname__ = TOOL
hang.__name__ = hang.__qualname__ = TOOL
