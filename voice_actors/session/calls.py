"""The calls that the model waits for, as the server knows them: the books that say which answer may still go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.gemini.events import FunctionCall
from voice_actors.messages import CallTool, ToolResult
from voice_actors.values import Value

REMEMBERED_CALLS = 1_024
"""So many call ids are known again when the server sends them twice."""

Fate: TypeAlias = Literal["answer", "words", "nothing"]
"""What becomes of a result: the answer to its call, words of the conversation, or nothing."""


@attrs.frozen(eq=False, repr=False)
class Asked(Value):
    """What the model asked for."""

    wire_id: str | None
    """None where the server gave no id."""
    name: str
    args: Mapping[str, Any]


@attrs.define(eq=False, repr=False)
class OpenCalls:
    """Theory of operation. A call is *open* from the request to its answer, or until the server withdraws it.

    A session that is resumed goes on from the moment at which its handle was given. So a handle *covers* the calls that
    are open when it comes. With a link the calls that are not covered become *lost*: no later link knows their ids, an
    answer would be thrown away there, and what the tool found out must be told in words. A lost or covered call that
    the server asks for once more under its id is open, and is not run again. Where the server goes back to a handle,
    the answers that came after it are unheard: they are given once more to the calls that the handle covers.

    Whichever way a result takes, the call leaves these books with it, so no call is answered twice.
    """

    _open: dict[str, Asked] = attrs.field(factory=dict[str, Asked], init=False)
    _covered: set[str] = attrs.field(factory=set[str], init=False)
    _lost: dict[str, Asked] = attrs.field(factory=dict[str, Asked], init=False)
    _withdrawn: dict[str, Asked] = attrs.field(factory=dict[str, Asked], init=False)
    """The latest, for tools whose result is wanted all the same."""
    _known: dict[str, None] = attrs.field(factory=dict[str, None], init=False)
    _answered: dict[str, tuple[Asked, ToolResult]] = attrs.field(
        factory=dict[str, tuple[Asked, ToolResult]], init=False
    )
    """Covered calls that were answered since."""
    _unheard: dict[str, ToolResult] = attrs.field(factory=dict[str, ToolResult], init=False)
    """Answers for the next link that the last one carried after its newest handle."""
    _made_up: int = attrs.field(default=0, init=False)

    def ask(self, call: FunctionCall) -> CallTool | None:
        """A request of the server: the order for it, None where it has been taken before."""
        call_id = call.id
        if call_id is None:
            self._made_up += 1
            call_id = f"local-{self._made_up}"
        elif call_id in self._known:
            if (lost := self._lost.pop(call_id, None)) is not None:
                self._open[call_id] = lost
            return None  # mirrored in modelTurn or sent twice
        self._open[call_id] = Asked(call.id, call.name, call.args)
        self._known[call_id] = None
        _forget_oldest(self._known)
        return CallTool(call_id, call.name, call.args)

    def withdraw(self, call: str) -> bool:
        """The server wants no answer any more; False where it waited for none."""
        asked = self._open.pop(call, None) or self._lost.pop(call, None)
        if asked is None:
            return False
        self._withdrawn[call] = asked
        _forget_oldest(self._withdrawn)
        return True

    def fate(self, result: ToolResult) -> Fate:
        """What is to be done with a result now."""
        if result.id in self._open:
            return "answer"
        if result.will_continue:
            return "nothing"  # what a tool says on its way interests only who waits for it
        return (
            "words" if result.id in self._lost or (result.tell_anyway and result.id in self._withdrawn) else "nothing"
        )

    def expects(self, call: str) -> bool:
        """The server waits for an answer to this call."""
        return call in self._open

    @property
    def pending(self) -> bool:
        """A call has not been answered, whoever still waits for it."""
        return bool(self._open or self._lost)

    def wire_id(self, call: str) -> str | None:
        """The id of an open call as the server knows it; None where we made it up."""
        return self._open[call].wire_id

    def asked(self, call: str) -> Asked:
        """What was asked for, of a call whose result is told in words."""
        return self._lost.get(call) or self._withdrawn[call]

    def answered(self, result: ToolResult) -> None:
        """The answer is out; no second one may follow, unless it said that it will continue."""
        if result.will_continue:
            return
        self._unheard.pop(result.id, None)
        asked = self._open.pop(result.id, None)  # None where the server withdrew it while the answer was being sent
        if asked is not None and result.id in self._covered:
            self._answered[result.id] = asked, result

    def unheard(self) -> ToolResult | None:
        """An answer that this link must carry once more."""
        return next((result for result in self._unheard.values() if self.expects(result.id)), None)

    def told(self, call: str) -> None:
        """The result is out, in words."""
        self._lost.pop(call, None)
        self._withdrawn.pop(call, None)

    def handle_given(self) -> None:
        """The session can be resumed from here: with what is open now."""
        self._covered = set(self._open)
        self._answered.clear()

    def link_gone(self) -> None:
        """The next link goes on from the newest handle."""
        for call in [call for call in self._open if call not in self._covered]:
            self._lost[call] = self._open.pop(call)
        for call, (asked, result) in self._answered.items():
            self._open[call], self._unheard[call] = asked, result
        self._answered.clear()

    def forget_session(self) -> None:
        """No later link knows any of them; what was answered is told with the rest of the conversation."""
        for call in self._unheard:
            self._open.pop(call, None)
        self._unheard.clear()
        self._answered.clear()
        self._covered.clear()
        self.link_gone()


def _forget_oldest(books: dict[str, Any]) -> None:
    if len(books) > REMEMBERED_CALLS:
        del books[next(iter(books))]
