"""Events as lines of a transcript file, and as the messages of a conversation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import attrs

from voice_actors.loudspeaker.words import Words
from voice_actors.messages import (
    AgentSaid,
    AudioHeard,
    AudioReceived,
    AudioSent,
    ConsentGiven,
    Event,
    TextReceived,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolReported,
    TurnEnded,
    TurnInterrupted,
    TurnStarted,
    UserSaid,
)
from voice_actors.values import Value

T = TypeVar("T")

LIMIT_OF_A_VALUE = 100_000
"""Characters of one value in a transcript line; longer ones are cut, and say so."""


def is_audio(event: Event) -> bool:
    """Raw audio: never kept, never in a transcript, and only for subscribers that ask for it."""
    return isinstance(event, AudioSent | AudioReceived | AudioHeard)


def fields_of(event: Event) -> dict[str, Any]:
    """The event's name and fields, as a transcript line has them."""
    names = [field.name for field in attrs.fields(type(event)) if field.name != "at"]
    return {"event": type(event).__name__, **{name: getattr(event, name) for name in names}}


def line_of(event: Event, *, seq: int, wall: float) -> bytes:
    """One line of JSON: `seq` counts from 1, `at` is trio's clock and `wall` the time of day, both in seconds."""
    body = {"seq": seq, "at": round(event.at, 6), "wall": round(wall, 6), **fields_of(event)}
    return json.dumps(body, ensure_ascii=False, default=_plain, separators=(",", ":")).encode(errors="replace") + b"\n"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - any mapping will do
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= LIMIT_OF_A_VALUE else text[:LIMIT_OF_A_VALUE] + "…"


@attrs.frozen(eq=False, repr=False)
class Message(Value):
    """What one side said in one go."""

    role: Literal["user", "agent", "tool"]
    text: str
    at: float
    """When it began, seconds on trio's clock."""
    turn: int | None = None
    """The reply's number, for `agent`."""
    interrupted: bool = False
    """The reply was cut short."""
    name: str | None = None
    """The tool's name, for `tool`."""
    body: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Arguments, reports on the way and response of a tool call, and who allowed it."""
    unheard_text: str = ""
    """The end of `text` that nobody heard, for a reply that was cut short."""

    @property
    def heard_text(self) -> str:
        """`text` without its unheard end."""
        return self.text.removesuffix(self.unheard_text).rstrip()


@attrs.define(eq=False, repr=False)
class _Draft:
    role: Literal["user", "agent", "tool"]
    at: float
    turn: int | None = None
    name: str | None = None
    words: Words = attrs.field(factory=Words)
    interrupted: bool = False
    ended: TurnEnded | None = None
    body: dict[str, Any] = attrs.field(factory=dict[str, Any])

    def message(self) -> Message:
        text = self.words.text.strip()
        return Message(self.role, text, self.at, self.turn, self.interrupted, self.name, self.body, self._unheard())

    def _unheard(self) -> str:
        """By the words' places and not as `TurnEnded` has it: the last of them may have come after that."""
        if self.ended is None or not self.ended.interrupted:
            return ""
        heard_ms = self.ended.heard_ms
        return self.words.split(heard_ms, heard_ms + self.ended.dropped_ms)[1].strip()


@attrs.define(eq=False, repr=False)
class Conversation:
    """Folds events into messages, oldest first."""

    _drafts: list[_Draft] = attrs.field(factory=list[_Draft], init=False)
    _user: _Draft | None = attrs.field(default=None, init=False)
    _turns: dict[int, _Draft] = attrs.field(factory=dict[int, _Draft], init=False)
    _calls: dict[str, _Draft] = attrs.field(factory=dict[str, _Draft], init=False)

    def add(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case UserSaid(text=text, at=at):
                self._user = self._user or self._start(_Draft("user", at))
                self._user.words.add(text, None)
            case TextSent(text=text, at=at):
                self._user = None
                self._start(_Draft("user", at)).words.add(text, None)
            case TurnStarted(turn=turn, at=at):
                self._user = None
                self._turns[turn] = self._start(_Draft("agent", at, turn))
            case AgentSaid(turn=turn, text=text, audio_ms=audio_ms):
                if turn in self._turns:
                    self._turns[turn].words.add(text, audio_ms)
            case TextReceived(turn=turn, text=text, thought=False):
                if turn in self._turns:
                    self._turns[turn].words.add(text, None)
            case TurnInterrupted(turn=turn):
                if turn in self._turns:
                    self._turns[turn].interrupted = True
            case TurnEnded(turn=turn, interrupted=interrupted):
                if turn in self._turns:
                    self._turns[turn].ended = event
                    self._turns[turn].interrupted |= interrupted
            case ToolCalled(id=call, name=name, args=args, at=at):
                self._user = None
                draft = self._calls[call] = self._start(_Draft("tool", at, name=name))
                draft.body["args"] = dict(args)
            case ConsentGiven(id=call, by=by):
                if call in self._calls:
                    self._calls[call].body["allowed_by"] = by
            case ToolReported(id=call, report=report):
                if call in self._calls:
                    self._calls[call].body.setdefault("reports", []).append(dict(report))
            case ToolAnswered(id=call, response=response, outcome=outcome):
                if call in self._calls:
                    self._calls[call].body.update(response=dict(response), outcome=outcome)
            case _:
                ...

    def _start(self, draft: _Draft) -> _Draft:
        self._drafts.append(draft)
        return draft

    def messages(self) -> list[Message]:
        """So far; replies without words and tool calls without answer included once they have something to say."""
        return [draft.message() for draft in self._drafts if draft.role == "tool" or draft.words.text.strip()]


def messages_of(events: Iterable[Event]) -> list[Message]:
    """The messages that these events amount to, oldest first."""
    conversation = Conversation()
    for event in events:
        conversation.add(event)
    return conversation.messages()


def select(
    items: Iterable[T],
    *,
    limit: int | None = None,
    filter: Callable[[list[T]], Sequence[T]] | None = None,  # noqa: A002 - the name that users of such exports know
) -> list[T]:
    """A new list: filtered, then the newest `limit` of them, newest last; a limit of 0 means none."""
    chosen = list(items)
    if filter is not None:
        chosen = list(filter(chosen))
    if limit is None:
        return chosen
    if limit < 0:
        raise ValueError(f"limit is {limit}; it counts items, from 0")
    return chosen[len(chosen) - min(limit, len(chosen)) :]
