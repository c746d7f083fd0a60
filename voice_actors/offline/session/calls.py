"""Function calls that wait for their answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from voice_actors.gemini.events import FunctionResponse
from voice_actors.offline.complaints import GUESSED, TWICE, UNKNOWN_CALL, WITHDRAWN
from voice_actors.offline.parts import Answered
from voice_actors.offline.session.content import sights_of

REMEMBERED = 1_000
"""Calls that are over and still told from those that never were."""


def new_call_id() -> str:
    """An id that no other session uses either, since clients run each id once only."""
    return f"function-call-{uuid.uuid4().int % 10**18}"


@attrs.frozen
class PendingCall:
    """The client was asked for this and has not answered for the last time."""

    id: str
    name: str
    args: Mapping[str, Any]
    blocking: bool
    turn: int
    """The turn that asked for it."""

    def answered_by(self, response: FunctionResponse) -> Answered:
        """What the mind is told of the answer."""
        return Answered(self.id, self.name, response.response, tuple(sights_of({"parts": response.parts})))


@attrs.define(eq=False)
class Calls:
    """All calls of one session that wait for an answer, and what became of the latest others."""

    _new_id: Callable[[], str] = new_call_id
    _pending: dict[str, PendingCall] = attrs.field(factory=dict[str, PendingCall], init=False)
    _over: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    """Why an answer is not waited for any more, by id."""

    def open(self, name: str, args: Mapping[str, Any], *, blocking: bool, turn: int) -> PendingCall:
        """Ask for a function."""
        call = PendingCall(self._new_id(), name, dict(args), blocking, turn)
        self._pending[call.id] = call
        return call

    def answered(self, response: FunctionResponse) -> PendingCall | None:
        """The call that this answers, or None where nobody waits for it; it waits on where more will follow."""
        call = self._find(response)
        if call is not None and (call.blocking or not response.will_continue):
            self._end(call, GUESSED if response.id is None else TWICE)
        return call

    def objection(self, response: FunctionResponse) -> str:
        """Why nobody waits for this answer."""
        return self._over.get(response.id or "", UNKNOWN_CALL)

    def withdraw(self, turn: int, *, blocking_only: bool = False) -> list[PendingCall]:
        """Let go of what a turn asked for."""
        gone = [call for call in self._pending.values() if call.turn == turn and (call.blocking or not blocking_only)]
        for call in gone:
            self._end(call, WITHDRAWN)
        return gone

    def waiting_for(self, turn: int) -> bool:
        """Whether a turn cannot go on before an answer."""
        return any(call.blocking and call.turn == turn for call in self._pending.values())

    def __len__(self) -> int:
        return len(self._pending)

    def _end(self, call: PendingCall, why: str) -> None:
        del self._pending[call.id]
        self._over[call.id] = why
        if len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]

    def _find(self, response: FunctionResponse) -> PendingCall | None:
        if response.id is not None:
            return self._pending.get(response.id)
        # Vertex leaves ids out: the oldest call of that name is meant.
        return next((call for call in self._pending.values() if call.name == response.name), None)
