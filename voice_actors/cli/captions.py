"""What is said, called and cut, as lines for people.

Theory of operation: `Captions` turns events into finished lines and one line in progress; it does no I/O. A reply's
words arrive long before its audio is heard, so a line in progress shows only the words whose audio has left the
loudspeaker; where a reply is cut, its line ends with what was heard. `Screen` prints:
line by line into a file or pipe, with the line in progress rewritten in place on a terminal.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TextIO

import attrs

from voice_actors.cli.budget import amounts
from voice_actors.loudspeaker.words import Unfolding
from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    AgentSaid,
    AudioHeard,
    AudioLost,
    AudioReceived,
    BudgetSpent,
    BudgetWarning,
    Connected,
    ConsentAsked,
    ConsentGiven,
    ConsentRefused,
    DeviceBack,
    DeviceLost,
    Disconnected,
    Event,
    FillerHeard,
    Lagged,
    Muted,
    ReplyDucked,
    TextReceived,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    ToolWithdrawn,
    TurnEnded,
    TurnGenerated,
    TurnInterrupted,
    TurnStarted,
    UserSaid,
)
from voice_actors.turns import BYTES_PER_MS

LONGEST_VALUE = 200
"""Characters of a tool's answer that fit on a screen."""


def clean(text: str) -> str:
    """Text without control characters: what a model writes must not steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def _short(value: Any) -> str:
    text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def describe_call(name: str, args: Mapping[str, Any]) -> str:
    """A call as one would write it, such as `weather(city="Oslo")`."""
    return f"{clean(name)}({', '.join(f'{clean(k)}={_short_json(v)}' for k, v in args.items())})"


def _short_json(value: Any) -> str:
    return _short(json.dumps(value, ensure_ascii=False, default=str))


def describe_answer(response: Mapping[str, Any]) -> str:
    """A tool's answer on one line; the envelope `{"output": …}` is left out."""
    return _short(response["output"] if set(response) == {"output"} else dict(response))


@attrs.define(eq=False)
class Captions:
    """Lines for one conversation, in the order in which things were heard."""

    echo_typed: bool = True
    """False where the terminal already shows what is typed."""
    _you: str = attrs.field(default="", init=False)
    _last_done: int = attrs.field(default=0, init=False)
    """The turn that ended last; words that trail behind it were never heard."""
    _replies: dict[int, Unfolding] = attrs.field(factory=dict[int, Unfolding], init=False)

    def current(self) -> str:
        """The line in progress, "" where there is none."""
        if self._you.strip():
            return f"you: {clean(self._you.strip())}"
        for reply in self._replies.values():
            if words := reply.so_far().strip():
                return f"agent: {clean(words)}"
        return ""

    def feed(self, event: Event) -> list[str]:
        """The lines that this event finishes."""
        match event:
            case UserSaid(text=text):
                self._you += text
                return []
            case AudioReceived(turn=turn, pcm=pcm):
                self._reply(turn).received_ms += len(pcm) / BYTES_PER_MS
                return []
            case AudioHeard(turn=0):
                return []
            case AudioHeard(turn=turn, pcm=pcm):
                self._reply(turn).heard_ms += len(pcm) / BYTES_PER_MS
                return []
            case AgentSaid(turn=turn, text=text, audio_ms=audio_ms) if turn > self._last_done:
                self._reply(turn).words.add(text, audio_ms)
                return self._user_done()
            case TextReceived(turn=turn, text=text, thought=False) if turn > self._last_done:
                self._reply(turn).words.add(text, None)
                return self._user_done()
            case TurnEnded():
                return self._reply_done(event)
            case TextSent() if not self.echo_typed:
                return self._user_done()
            case TurnStarted() | ToolCalled() | TextSent():
                return [*self._user_done(), *note_on(event)]
            case _:
                return note_on(event)

    def finish(self) -> list[str]:
        """What was still in progress when the conversation ended."""
        rest = [reply.at_the_end().strip() for reply in self._replies.values()]
        self._replies.clear()
        return [*self._user_done(), *(f"agent: {clean(words)}" for words in rest if words)]

    def _reply(self, turn: int) -> Unfolding:
        return self._replies.setdefault(turn, Unfolding())

    def _user_done(self) -> list[str]:
        said, self._you = clean(self._you.strip()), ""
        return [f"you: {said}"] if said else []

    def _reply_done(self, event: TurnEnded) -> list[str]:
        self._last_done = event.turn
        reply = self._replies.pop(event.turn, None)
        if reply is None or not reply.words.text.strip():
            return []
        if not event.interrupted:
            return [f"agent: {clean(reply.words.text.strip())}"]
        heard, _ = reply.words.split(event.heard_ms, event.heard_ms + event.dropped_ms)
        unheard = f", {event.dropped_ms / 1000:.1f} s never heard" if event.dropped_ms else ""
        cut = f"[interrupted after {event.heard_ms / 1000:.1f} s{unheard}]"
        return [" ".join(filter(None, ("agent:", clean(heard.strip()), "--", cut)))]


def note_on(event: Event) -> list[str]:
    """What is worth a line of its own, besides what was said."""
    match event:
        case TextSent(text=text):
            return [f"you (typed): {clean(text)}"]
        case ToolCalled(name=name, args=args):
            return [f"tool: {describe_call(name, args)}"]
        case ConsentAsked(name=name, args=args):
            return [f"[may it run {describe_call(name, args)}? /allow or /deny]"]
        case ConsentGiven(name=name, by=by):
            return [f"[{clean(name)} was allowed by {clean(by)}]"]
        case ConsentRefused(name=name, by=by):
            return [f"[{clean(name)} was not allowed, by {clean(by)}]"]
        case ToolReported(name=name, report=report):
            return [f"tool: {clean(name)}: {describe_answer(report)} …"]
        case ToolAnswered(name=name, response=response, outcome=outcome, took_ms=took):
            failed = "" if outcome == "ok" else f" [{outcome}]"
            return [f"tool: {clean(name)} -> {describe_answer(response)}{failed} ({took:.0f} ms)"]
        case FillerHeard(heard_ms=heard_ms, words=words):
            return [f"[filler{f': {clean(words)}' if words else ''} ({heard_ms / 1000:.1f} s)]"]
        case ToolWithdrawn(name=name):
            return [f"[the model withdrew its call of {clean(name)}]"]
        case Connected(model=model, resumed=resumed):
            return [f"[{'back in the session with' if resumed else 'connected to'} {clean(model)}]"]
        case Disconnected(reason=reason, retry_in=retry) if retry is not None:
            return [f"[connection lost ({clean(reason)}); trying again in {retry:.1f} s]"]
        case ActivityStarted(by="key"):
            return ["[listening]"]
        case ActivityEnded(by="key"):
            return ["[sent]"]
        case TurnGenerated(reason=str(reason)):
            return [f"[the model ended its turn: {clean(reason)}]"]
        case TurnInterrupted(by="program"):
            return ["[reply silenced]"]
        case ReplyDucked(confirmed=False, ducked_ms=ms):
            return [f"[no interruption: the reply stepped back for {ms / 1000:.1f} s and went on]"]
        case AudioLost(where=where, ms=ms):
            return [f"[{ms:.0f} ms of audio lost at {where}]"]
        case DeviceLost(device=device):
            return [f"[{clean(device)} is lost; waiting for it]"]
        case DeviceBack(device=device, away=away):
            return [f"[{clean(device)} is back after {away:.0f} s]"]
        case Muted(muted=muted):
            return [f"[microphone {'muted' if muted else 'on'}]"]
        case BudgetWarning():
            return [f"[{event.spent / event.limit:.0%} of the budget is spent: {amounts(event)}]"]
        case BudgetSpent():
            return [f"[the budget is spent: {amounts(event)}; the call ends]"]
        case Lagged(count=count):
            return [f"[these captions were late and missed {count} events]"]
        case _:
            return []


class Display(Protocol):
    """Where a conversation is shown to a person."""

    @property
    def stream(self) -> TextIO:
        """What it is written to."""
        ...

    def show(self, event: Event) -> None:
        """Take an event."""

    def note(self, text: str) -> None:
        """Show a line of our own between the captions."""

    def close(self) -> None:
        """Finish what is in progress."""


@attrs.define(eq=False)
class Screen:
    """Prints captions to a stream: `live` rewrites the line in progress, as a terminal can."""

    stream: TextIO
    live: bool
    echo_typed: bool = True
    width: Callable[[], int] = lambda: shutil.get_terminal_size().columns
    _captions: Captions = attrs.field(init=False)
    _drawn: str = attrs.field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        self._captions = Captions(self.echo_typed)

    def show(self, event: Event) -> None:
        """Take an event. Raises BrokenPipeError where the reader of the stream is gone."""
        self._lines(self._captions.feed(event))

    def note(self, text: str) -> None:
        """Print a line of our own between the captions."""
        self._lines([text])

    def close(self) -> None:
        """Finish the line in progress."""
        self._lines(self._captions.finish())

    def _lines(self, lines: list[str]) -> None:
        current = self._fitting(self._captions.current()) if self.live else ""
        if not lines and current == self._drawn:
            return
        erase = "\r\x1b[K" if self._drawn else ""
        self.stream.write(erase + "".join(line + "\n" for line in lines) + current)
        self.stream.flush()
        self._drawn = current

    def _fitting(self, line: str) -> str:
        """The end of a line that is too long: the newest words matter."""
        room = max(self.width() - 1, 20)
        return line if len(line) <= room else "... " + line[4 - room :]
