"""Whether a call may run: what its tool says, and where that is "ask", a person. Never the model."""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import attrs
import trio

from voice_actors.lanes import SendLane
from voice_actors.messages import (
    AnswerConsent,
    CallTool,
    ConsentAsked,
    ConsentGiven,
    ConsentRefused,
    Event,
    ToolAnswered,
    ToolWithdrawn,
)
from voice_actors.toolbox.options import Consent

Decide: TypeAlias = Callable[[ConsentAsked], Awaitable[bool]]

_log = logging.getLogger("voice_actors.consent")


@attrs.define(eq=False, repr=False)
class _Question:
    answered: trio.Event = attrs.field(factory=trio.Event)
    allow: bool = False
    by: str = ""

    def settle(self, *, allow: bool, by: str) -> None:
        if not self.answered.is_set():  # the first answer counts
            self.allow, self.by = allow, by
            self.answered.set()


@attrs.define(eq=False, repr=False)
class Consents:
    """Theory of operation: a question is open from `ConsentAsked` to its first answer, for one call with its arguments.
    Answers come from the embedding program only: from `decide` where there is one, else from whoever it lets answer.
    What answers no open question is forgotten at once, so nothing can be allowed before it was asked, or for longer.
    Everything that is not a plain yes in time is a no.
    """

    facts: SendLane[Event]
    decide: Decide | None = None
    patience: float = 30.0
    """Seconds for an answer."""
    _open: dict[str, _Question] = attrs.field(factory=dict[str, _Question], init=False)

    async def refusal(self, consent: Consent, call: CallTool) -> str | None:
        """None where the call may run, asking first where that is what its tool wants; else why not."""
        if consent == "allow":
            return None
        if consent == "deny" or call.id in self._open:
            return f"{call.name} was not run: nobody has allowed it"
        question = self._open[call.id] = _Question()
        try:
            with trio.move_on_after(self.patience):
                await self._ask(call, question)
        finally:
            del self._open[call.id]
        question.settle(allow=False, by=f"nobody, within {self.patience:g} s")
        fact = ConsentGiven if question.allow else ConsentRefused
        await self._tell(fact(id=call.id, name=call.name, by=question.by))
        return None if question.allow else f"{call.name} was not run: nobody has allowed it"

    def answer(self, answer: AnswerConsent) -> None:
        """Somebody says yes or no."""
        question = self._open.get(answer.id)
        if question is None or self.decide is not None:
            _log.info("an answer came to what was not asked")
        else:
            question.settle(allow=answer.allow is True, by=answer.by)

    async def _ask(self, call: CallTool, question: _Question) -> None:
        # a copy: who shows it may change it, and what runs is what was asked for
        asked = ConsentAsked(id=call.id, name=call.name, args=copy.deepcopy(dict(call.args)))
        await self._tell(asked)
        if self.decide is None:
            await question.answered.wait()
            return
        try:
            question.settle(allow=await self.decide(asked) is True, by="the program")
        except Exception as error:  # noqa: BLE001 - the embedding program's own code, which may raise anything
            _log.warning("asking for consent failed", extra={"tool": call.name, "error": type(error).__name__})
            question.settle(allow=False, by=f"the program, which failed with {type(error).__name__}")

    async def _tell(self, fact: Event) -> None:
        with contextlib.suppress(trio.BrokenResourceError):  # nobody records any more: the conversation is ending
            await self.facts.send(fact)


def waiting_for_consent(events: Iterable[Event]) -> list[ConsentAsked]:
    """The questions that nobody has answered yet, oldest first."""
    found: dict[str, ConsentAsked] = {}
    for event in events:
        match event:
            case ConsentAsked(id=call):
                found[call] = event
            case ConsentGiven(id=call) | ConsentRefused(id=call) | ToolAnswered(id=call) | ToolWithdrawn(id=call):
                found.pop(call, None)
            case _:
                ...
    return list(found.values())
