"""Lines typed while talking."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import trio

from voice_actors.cli.captions import clean, describe_call
from voice_actors.cli.sound import NoMicrophone

if TYPE_CHECKING:
    from voice_actors.cli.captions import Display
    from voice_actors.conversation.handle import VoiceAgent

HELP = (
    "type to send text; /interrupt silences the reply, /allow and /deny answer a tool, "
    "/mute and /unmute the microphone, /quit leaves; //x sends /x"
)


async def typed_lines(descriptor: int) -> AsyncGenerator[str]:
    """Lines of a file descriptor, until its end.

    Read with os.read in a thread that is left behind when we leave: reading through `sys.stdin` would hold its lock,
    and the interpreter refuses to exit while a thread does.
    """
    limiter, rest = trio.CapacityLimiter(1), b""
    while got := await trio.to_thread.run_sync(os.read, descriptor, 4096, abandon_on_cancel=True, limiter=limiter):
        *lines, rest = (rest + got).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").strip()
    if rest.strip():
        yield rest.decode(errors="replace").strip()


async def obey(line: str, agent: VoiceAgent, screen: Display) -> bool:
    """Do what a typed line says; False where it asks to leave."""
    match line:
        case "" if agent.config.activity.mode == "push-to-talk":
            await (agent.end_activity() if agent.pressed else agent.start_activity())
        case "":
            ...
        case "/quit" | "/exit":
            return False
        case "/interrupt":
            await agent.interrupt()
        case "/mute" | "/unmute" if isinstance(agent.config.microphone, NoMicrophone):
            screen.note("there is no microphone in this conversation")
        case "/mute":
            await agent.mute()
        case "/unmute":
            await agent.unmute()
        case "/allow" | "/deny":
            await _answer(agent, screen, allow=line == "/allow")
        case _ if line.startswith(("/allow ", "/deny ")):
            await _answer(agent, screen, allow=line.startswith("/allow"), call=line.split(maxsplit=1)[1])
        case "/help":
            screen.note(HELP)
        case _ if line.startswith("/") and not line.startswith("//"):
            screen.note(f"no such command: {line.split(maxsplit=1)[0]}. {HELP}")
        case _:
            await agent.say(line[1:] if line.startswith("//") else line)
    return True


async def _answer(agent: VoiceAgent, screen: Display, *, allow: bool, call: str | None = None) -> None:
    """The one call that waits, or the one that is meant; a yes that could mean two is none."""
    waiting = [asked for asked in agent.consents_asked() if call in (None, asked.id)]
    if len(waiting) == 1:
        await agent.answer_consent(waiting[0].id, allow=allow, by="the keyboard")
    elif waiting:
        word = "/allow" if allow else "/deny"
        for asked in waiting:
            screen.note(f"[{word} {clean(asked.id)} for {describe_call(asked.name, asked.args)}]")
    else:
        screen.note("nothing waits to be allowed")
