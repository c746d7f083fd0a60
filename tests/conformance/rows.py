"""What the rows of LlamaIndex's voice agent are tested with: servers that listen or speak, and what was seen."""

from __future__ import annotations

import trio

from voice_actors import messages as m
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedLink


async def listens(link: ScriptedLink) -> None:
    await link.accept_setup("s1")
    while True:
        await link.hear()


def speaks(ms: float, words: str = "Hello there."):
    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.OutputTranscription(words))
        await link.speak(ms)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    return script


def seen(agent, kind):
    return [event for event in agent.export_events() if isinstance(event, kind)]


async def until_turn_ends(agent) -> None:
    with trio.fail_after(60):
        while not seen(agent, m.TurnEnded):
            await trio.sleep(0.05)


async def first(agent, kind):
    with trio.fail_after(60):
        while not seen(agent, kind):
            await trio.sleep(0.05)
    return seen(agent, kind)[0]
