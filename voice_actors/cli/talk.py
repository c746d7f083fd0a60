"""`voice-actors talk`: one conversation, by microphone, file, pipe or keyboard."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from voice_actors.agent import open_voice_agent
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.cli.budget import SPENT, amounts, budget_spent, parse_budget
from voice_actors.cli.captions import Display, clean
from voice_actors.cli.checks import check_archive, check_files, check_push_to_talk, spelled_voice
from voice_actors.cli.cleaning import chosen_cleaning
from voice_actors.cli.console import open_display
from voice_actors.cli.keyboard import obey, typed_lines
from voice_actors.cli.signals import saved_when
from voice_actors.cli.sound import Hurried, NoMicrophone, look_for_sound
from voice_actors.cli.tools_option import load_tools
from voice_actors.cli.usage import final_lines
from voice_actors.config import (
    DEFAULT_MODEL,
    Activity,
    AgentConfig,
    Archive,
    Connection,
    connection_from_environment,
)
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.deadlines import Deadlines
from voice_actors.errors import ConfigError, DeviceError
from voice_actors.loudspeaker.filler import Filler
from voice_actors.messages import Ended, Event, MicrophoneEnded, TurnStarted
from voice_actors.record.prices import Prices
from voice_actors.record.transcripts import line_of

if TYPE_CHECKING:
    from voice_actors.cli.console.run import Console

PATIENCE = 10.0
"""Seconds after the end of a file in which its last words may get a reply."""
QUIET = 2.0
"""Seconds without anything new after which a conversation from a file is over."""
LAST_EVENTS = 0.5
"""Seconds in which the events of a conversation's end come, once it is over."""
CLOSING = 0.06
"""Seconds for the goodbye to the server: whoever pressed Ctrl-C is not waiting for it."""
SAVING = 0.08
"""Seconds in which whoever has something to say has to have said it, before the transcript gets its last line: a tool
that cannot be stopped, or a device that hangs, does not keep it open."""


async def run(args: argparse.Namespace) -> int:
    """Talk as the arguments say; the exit code is 1 where a file or pipe got no reply, 3 at a budget's end."""
    config = await _config(args)
    output = sys.stderr if args.speaker == "-" else sys.stdout
    keyboard = _keyboard(args)
    async with _connection(args) as connection:
        config = attrs.evolve(config, connection=connection)
        with open_display(args, config, output, keyboard) as (screen, console), ExitStack() as leaving:
            async with open_voice_agent(config) as agent:
                leaving.enter_context(saved_when(agent.saved.is_set))  # for as long as it closes
                if console is None and not args.json:
                    key = "Enter begins what you say and ends it; " if args.ptt else ""
                    screen.note(f"[talking with {clean(config.model)}; {key}/help lists commands, Ctrl-C leaves]")
                if args.archive is not None and not args.json:
                    screen.note(f"[kept in {agent.config.transcript}]")
                replied = await Call(agent, screen, args.json, None if console else keyboard, console).run()
                for line in () if args.json or console else final_lines(agent):
                    screen.note(line)
            if (spent := budget_spent(agent.export_events())) is not None:
                _tell(f"the budget is spent: {amounts(spent)}")
                return SPENT
    if not replied:
        _tell(f"no reply came within {PATIENCE:.0f} s of the end of the microphone's audio")
    return 0 if replied else 1


def _keyboard(args: argparse.Namespace) -> int | None:
    """The file descriptor on which lines are typed; None where there is none, or stdin is the microphone."""
    if args.mic == "-":
        return None
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError):  # started without a stdin, or with one that is no file
        return None


def _tell(text: str) -> None:
    print(f"voice-actors: {text}", file=sys.stderr)


# ---- settings ----------------------------------------------------------------------------------------------------


async def _config(args: argparse.Namespace) -> AgentConfig:
    check_files(args)
    check_archive(args)
    check_push_to_talk(args)
    voice, instructions, tools = spelled_voice(args.voice), _system(args.system), load_tools(args.tools)
    prices = None if args.prices is None else Prices.load(args.prices)
    microphone, speaker = await _sound(args)
    cleaning = await chosen_cleaning(args, microphone, speaker)
    return AgentConfig(
        model=args.model or DEFAULT_MODEL,
        instructions=instructions,
        voice=voice,
        language=args.language,
        tools=tools,
        prices=prices,
        budget=None if args.budget is None else parse_budget(args.budget, prices),
        microphone=microphone,
        speaker=speaker,
        transcript=args.transcript,
        recording=args.record,
        archive=None if args.archive is None else Archive(args.archive, args.keep_days, sound=True),
        cleaning=cleaning,
        activity=_activity(args),
        filler=None if args.filler is None else Filler(args.filler or None),
        tell_model_what_was_heard=args.tell_heard,
        deadlines=Deadlines(close=CLOSING, recorder=SAVING),
    )


def _activity(args: argparse.Namespace) -> Activity:
    """In two stages the server must not cut a reply before we have decided, so we find the speech ourselves."""
    if args.ptt:
        return Activity("push-to-talk", barge_in=args.barge_in)
    return Activity(args.listen or ("local" if args.barge_in == "two-stage" else "server"), barge_in=args.barge_in)


def _system(given: str | None) -> str | None:
    if given is None or not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--system {given}: cannot read the file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"--system {given}: the file is not UTF-8 text") from error


async def _sound(args: argparse.Namespace) -> tuple[Microphone, Loudspeaker]:
    """The ends that were asked for; without a wish the machine's own, and a way out where it has none."""
    from voice_actors.audio.choose import choose_microphone, choose_speaker

    chosen_speaker = args.speaker
    if args.mic is None or args.speaker is None:
        sound = await look_for_sound()
        if args.mic is None and not sound.microphone:
            way = "give `--mic FILE.wav`, or `--mic null` to type; `voice-actors demo` needs no sound device"
            raise DeviceError(f"no microphone: {sound.why_not}; {way}", device="default")
        if args.speaker is None and not sound.loudspeaker:
            _tell("no loudspeaker here: replies are shown, not heard (`--speaker FILE.wav` keeps them)")
            chosen_speaker = "null"
    paced = not args.fast
    microphone = NoMicrophone() if args.mic == "null" else choose_microphone(args.mic, paced=paced)
    speaker = choose_speaker(chosen_speaker, paced=paced)
    return (microphone if paced else Hurried(microphone)), speaker


@asynccontextmanager
async def _connection(args: argparse.Namespace) -> AsyncGenerator[Connection]:
    """Where the model is: by the environment, or in this process."""
    found = connection_from_environment()
    if not args.offline and (found.api_key or found.vertexai or found.base_url):
        yield found
        return
    if not args.offline:
        _tell("no GEMINI_API_KEY is set: talking to the embedded offline server (--offline asks for it)")
    from voice_actors.offline.server import open_offline_server

    async with open_offline_server() as server:
        yield server.connection


# ---- the call ----------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Call:
    """A running conversation and the person at the terminal.

    It ends when they type /quit, when the conversation is over, or, where the microphone is a file or a pipe, when the
    last reply to it has been played.
    """

    agent: VoiceAgent
    screen: Display
    as_json: bool = False
    keyboard: int | None = None
    """The file descriptor on which lines are typed."""
    console: Console | None = None
    """The screen, where it reads the keyboard itself and wants to know everything."""
    wall_clock: Callable[[], float] = time.time
    _replied: bool = attrs.field(default=True, init=False)
    _shown: trio.Event = attrs.field(factory=trio.Event, init=False)
    """The last event was shown."""

    async def run(self) -> bool:
        """Until its end; False where the microphone came to its end and nothing was ever answered."""
        shown = self.agent.events(audio=not self.as_json, capacity=16_384)
        # No wait between: none is missing, none double.
        before = self.agent.export_events() if self.as_json or self.console is not None else []
        watched = self.agent.events()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._show, shown, before)
                nursery.start_soon(self._leave_after_the_last_reply, watched, nursery.cancel_scope)
                if self.keyboard is not None:
                    nursery.start_soon(self._type, self.keyboard, nursery.cancel_scope)
                if self.console is not None:
                    nursery.start_soon(self.console.run, self.agent, nursery.cancel_scope)
                await self.agent.wait_ended()
                with trio.move_on_after(LAST_EVENTS):
                    await self._shown.wait()
                nursery.cancel_scope.cancel("the conversation is over")
        finally:
            shown.close()
            watched.close()
            self.screen.close()
        return self._replied

    async def _show(self, events: AsyncIterator[Event], before: Sequence[Event]) -> None:
        numbers = itertools.count(1)
        for event in before:
            self._show_one(event, next(numbers))
        async for event in events:
            self._show_one(event, next(numbers))
        self._shown.set()

    def _show_one(self, event: Event, number: int) -> None:
        if not self.as_json:
            self.screen.show(event)
            return
        self.screen.stream.write(line_of(event, seq=number, wall=self.wall_clock()).decode())
        self.screen.stream.flush()

    async def _leave_after_the_last_reply(self, events: AsyncIterator[Event], scope: trio.CancelScope) -> None:
        replied = False
        async for event in events:
            replied = replied or isinstance(event, TurnStarted)
            if isinstance(event, Ended):
                return  # the conversation is over anyway, and says so itself
            if isinstance(event, MicrophoneEnded):
                break
        if not replied:
            replied = await _reply_comes(events)
        if replied:
            await self.agent.wait_idle(quiet=QUIET, patience=PATIENCE)
        self._replied = replied
        scope.cancel("the last reply has been played")

    async def _type(self, keyboard: int, scope: trio.CancelScope) -> None:
        """Lines as they come; without a microphone each waits for the reply to the one before, and the last ends it."""
        by_hand = os.isatty(keyboard)
        silent = isinstance(self.agent.config.microphone, NoMicrophone)
        async with aclosing(typed_lines(keyboard)) as lines:
            async for line in lines:
                if not await obey(line, self.agent, self.screen):
                    scope.cancel("asked to leave")
                    return
                if silent and not by_hand and line:
                    await self.agent.wait_idle(quiet=QUIET, patience=PATIENCE)
        if silent:
            await self.agent.wait_idle(quiet=QUIET, patience=PATIENCE)
            scope.cancel("nothing more will be typed")


async def _reply_comes(events: AsyncIterator[Event]) -> bool:
    with trio.move_on_after(PATIENCE):
        async for event in events:
            if isinstance(event, TurnStarted):
                return True
    return False
