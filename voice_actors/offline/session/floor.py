"""Who has the floor: the user, the model, or nobody.

Theory of operation. Every method decides at once and never waits; the reply alone runs beside, in a task of its own.
The state is whether the user speaks, how many utterances are being recognised, what the user said that has no reply
yet (`_unanswered`), answers of functions that wait for a quiet moment (`_answers`), and the reply. Whenever one of them
changes, `settle` begins a reply if there is something to reply to and nothing in its way.

    speech starts  -> the reply, if any, is cut          (unless NO_INTERRUPTION: then what is said waits for its end)
    understood     -> unanswered -> settle
    typed text     -> the reply is cut -> unanswered -> settle, even while the user speaks
    new content    -> the reply is cut -> history -> settle where the turn is complete
    tool response  -> the reply that waits for it goes on, or it is told when nobody speaks (or at once, or never)
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence

import attrs
import trio

from voice_actors.gemini.events import (
    FunctionResponse,
    Interrupted,
    SessionResumptionUpdate,
    ToolCallCancellation,
    TurnComplete,
    WaitingForInput,
)
from voice_actors.offline.complaints import Complaints
from voice_actors.offline.parts import Answered, Dialogue, Entry, Mind, Mouth, Say, Thought, UserTurn
from voice_actors.offline.session.calls import Calls
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.reply import Reply
from voice_actors.offline.session.terms import Terms
from voice_actors.offline.session.tokens import TokenCounts
from voice_actors.offline.settings import Pace

logger = logging.getLogger("voice_actors.offline")


@attrs.frozen
class Fixed:
    """A mind that thinks what it was given, whatever it is asked."""

    thoughts: Sequence[Thought] = ()

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:  # noqa: ARG002 - the contract of a mind
        """The thoughts, as they are."""
        for thought in self.thoughts:
            yield thought


@attrs.define(eq=False)
class Floor:
    """The turn-taking of one session."""

    nursery: trio.Nursery
    """Where replies run."""
    terms: Terms
    mind: Mind
    mouth: Mouth
    outbox: Outbox
    history: History
    tokens: TokenCounts
    pace: Pace
    calls: Calls
    rest: Callable[[], None]
    """Called when a turn has ended and nothing is left to be done: the moment to come back to."""
    complaints: Complaints = attrs.field(factory=Complaints)
    _reply: Reply | None = attrs.field(default=None, init=False)
    _turns: int = attrs.field(default=0, init=False)
    _speaking: bool = attrs.field(default=False, init=False)
    _recognising: int = attrs.field(default=0, init=False)
    _urgent: bool = attrs.field(default=False, init=False)
    _unanswered: list[str] = attrs.field(factory=list[str], init=False)
    _answers: list[Answered] = attrs.field(factory=list[Answered], init=False)
    _asides: list[Answered] = attrs.field(factory=list[Answered], init=False)

    @property
    def user_speaks(self) -> bool:
        """Whether the user is heard to speak now."""
        return self._speaking

    @property
    def user_said_more(self) -> bool:
        """Whether what is understood next continues something that has no reply yet."""
        return bool(self._unanswered)

    # ---- the user ------------------------------------------------------------------------------------------------

    def speech_started(self) -> None:
        """The user begins to speak."""
        self._speaking = True
        if not self.terms.interrupts or self._reply is None:
            return
        unheard = self._reply.silent
        self.interrupt("the user speaks")
        if unheard and (question := self.history.take_back()):
            self._unanswered.insert(0, question.text)  # that was a pause within a sentence, not its end

    def speech_ended(self) -> None:
        """The user stopped, and what was said is being recognised."""
        self._speaking = False
        self._recognising += 1

    def understood(self, text: str) -> None:
        """An utterance was recognised; "" where there were no words in it."""
        self._recognising -= 1
        if text:
            self._unanswered.append(text)
            if self.terms.interrupts:
                self.interrupt("the user has spoken")
        self.settle()
        if not text:
            self._say_that_it_waits()

    def misunderstood(self, apology: str) -> None:
        """An utterance could not be recognised, and the user is to know."""
        self._recognising -= 1
        if self._reply is None:
            self._begin(Fixed((Say(apology),)))

    def typed(self, text: str) -> None:
        """The user writes, which is answered even while someone speaks."""
        self._unanswered.append(text)
        if self.terms.interrupts:
            self.interrupt("the user writes")
        self._urgent = True
        self.settle()

    def put(self, entries: Sequence[Entry], *, complete: bool) -> None:
        """The client puts this into the history; `complete` asks for a reply to it, if the user has the last word."""
        self.interrupt("the client has new content")
        self.history.add(*entries)
        if not complete:
            self._say_that_it_waits()
            return
        if question := self.history.take_back():
            self._unanswered.append(question.text)
        self._urgent = True
        self.settle()
        if self._reply is None and not self._recognising:
            self._begin(Fixed())

    def _say_that_it_waits(self) -> None:
        """The user did or said something that has no reply, and there is none under way: more has to come."""
        if self._reply is None and not self._recognising and not self._speaking:
            self.outbox.post(WaitingForInput())

    # ---- functions -----------------------------------------------------------------------------------------------

    def answer(self, response: FunctionResponse) -> None:
        """A function answered."""
        call = self.calls.answered(response)
        if call is None:
            self.complaints.note(self.calls.objection(response))
            return
        self.tokens.read_text(str(response.response))
        answered = call.answered_by(response)
        for _ in answered.sights:
            self.tokens.saw_image(self.terms.image_tokens)
        if not call.blocking:
            self._answer_later(answered, response)
        elif self._reply is not None and self._reply.number == call.turn:
            self._reply.answer(answered)

    def _answer_later(self, answered: Answered, response: FunctionResponse) -> None:
        match self._scheduling(response):
            case "SILENT":
                if response.response or answered.sights:
                    self._asides.append(answered)
            case "INTERRUPT":
                self.interrupt("a function has news", blocking_only=True)
                self._answers.append(answered)
            case _:
                self._answers.append(answered)
        self.settle()

    def _scheduling(self, response: FunctionResponse) -> object:
        """When the answer is told. Google's guides put it into the response, its reference beside it.

        Clients of Vertex AI report that it makes no difference there.
        """
        return None if self.terms.vertex else response.scheduling or response.response.get("scheduling")

    # ---- the model -----------------------------------------------------------------------------------------------

    def interrupt(self, why: str, *, blocking_only: bool = False) -> None:
        """Cut the reply, if there is one, and withdraw the calls it waits for (or all it asked for)."""
        reply = self._reply
        if reply is None:
            return
        reply.cut(why)
        self.outbox.retract_speech()
        self.outbox.post(Interrupted())
        if withdrawn := self.calls.withdraw(reply.number, blocking_only=blocking_only):
            self.outbox.post(ToolCallCancellation(tuple(call.id for call in withdrawn)))
        self._close_turn(reply.entries(until=trio.current_time()))

    def settle(self) -> None:
        """Begin a reply if something waits for one and nothing is in its way."""
        if self._reply is not None or self._recognising or (self._speaking and not self._urgent):
            return
        if self._unanswered:
            question = UserTurn(" ".join(self._unanswered))
            self._unanswered.clear()
            self.history.add(question)
            self._begin(self.mind)
        elif self._answers:
            self.history.add(*self._answers)
            self._answers.clear()
            self._begin(self.mind)
        elif self._asides:
            self._rest()

    def _begin(self, mind: Mind) -> None:
        self._urgent = False
        self._turns += 1
        self._reply = Reply(
            self._turns,
            tuple(self.history.entries),
            self.terms,
            mind,
            self.mouth,
            self.outbox,
            self.calls,
            self.tokens,
            self.pace,
        )
        if self.terms.resumption is not None:
            self.outbox.post(SessionResumptionUpdate(resumable=False))
        self.nursery.start_soon(self._carry, self._reply, name=f"reply {self._turns}")

    async def _carry(self, reply: Reply) -> None:
        await reply.run()
        if not reply.was_cut:
            self._close_turn(reply.entries())
            self.settle()

    def _close_turn(self, entries: Sequence[Entry]) -> None:
        self._reply = None
        usage = self.tokens.end_turn(vertex=self.terms.vertex)
        self.history.add(*entries)
        status = self.terms.interaction_status(more=len(self.calls) > 0)
        self.outbox.post(TurnComplete(interaction_status=status), usage)
        self._rest()

    def _rest(self) -> None:
        self.history.add(*self._asides)
        self._asides.clear()
        if not (self._answers or self._unanswered or self.calls):
            self.rest()
