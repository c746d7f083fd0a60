"""One turn of the model: from the first thought to the end of its assumed playback.

Theory of operation: `run` alternates between thinking (the mind's thoughts are spoken, or become function calls, as
they come) and waiting for the answers of blocking calls; then it says that generation is complete and stays until the
user can have heard everything. Audio leaves faster than it is heard, in chunks, a burst first. `cut` may come at any
moment: from then on nothing is posted, whatever the parts still deliver, and `entries` keeps only what was heard.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar, cast

import attrs
import trio

from voice_actors.errors import VoiceActorsError
from voice_actors.gemini.events import (
    OUTPUT_RATE,
    AudioOut,
    FunctionCall,
    GenerationComplete,
    OutputTranscription,
    ServerEvent,
    TextOut,
    ToolCall,
)
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Entry, Mind, Mouth, Ponder, Spoken
from voice_actors.offline.session.calls import Calls, PendingCall
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.playout import Piece, Playout, heard
from voice_actors.offline.session.terms import Terms
from voice_actors.offline.session.tokens import TokenCounts
from voice_actors.offline.settings import Pace

T = TypeVar("T")
logger = logging.getLogger("voice_actors.offline")

ROUNDS = 16
"""How often one turn may ask for functions before it is ended; a mind that never stops must not hold the session."""
MIND_FAILED = "Sorry, something went wrong while I was thinking."
VOICE_FAILED = "(My voice fails me, so this is in writing.)"
BYTES_PER_SECOND = OUTPUT_RATE * 2


@attrs.define(eq=False)
class _Passage:
    """What is said between two function calls."""

    pieces: list[Piece] = attrs.field(factory=list[Piece])


@attrs.define(eq=False)
class Reply:
    """The model's turn number `number`, prompted by `history`."""

    number: int
    history: Sequence[Entry]
    terms: Terms
    mind: Mind
    mouth: Mouth
    outbox: Outbox
    calls: Calls
    tokens: TokenCounts
    pace: Pace
    _made: list[_Passage | PendingCall | Answered] = attrs.field(
        factory=list[_Passage | PendingCall | Answered], init=False
    )
    _playout: Playout = attrs.field(factory=Playout, init=False)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _answers: list[Answered] = attrs.field(factory=list[Answered], init=False)
    _answers_came: trio.Event = attrs.field(factory=trio.Event, init=False)
    _began: float | None = attrs.field(default=None, init=False)
    _mute: bool = attrs.field(default=False, init=False)
    _cut: bool = attrs.field(default=False, init=False)

    @property
    def was_cut(self) -> bool:
        """Whether it was ended before its time."""
        return self._cut

    @property
    def silent(self) -> bool:
        """Whether nothing has come of it so far."""
        return not self._made

    async def run(self) -> None:
        """Return when the user can have heard all of it, or when it was cut. A part's failure is told, not raised."""
        with self._scope:
            await self._generate()
            self._post(GenerationComplete())
            if self.terms.capabilities.usage_alone:
                self._post(self.tokens.usage(vertex=self.terms.vertex))
            await trio.sleep_until(self._playout.ends)

    def cut(self, why: str) -> None:
        """End it here and now."""
        self._cut = True
        self._scope.cancel(why)

    def answer(self, answered: Answered) -> None:
        """A blocking call was answered; with the last one, the turn goes on."""
        self._answers.append(answered)
        if not self.calls.waiting_for(self.number):
            self._answers_came.set()

    def entries(self, until: float | None = None) -> list[Entry]:
        """What the history keeps of it: everything, or what the user had heard `until` then.

        A blocking call that was never answered is left out: it was withdrawn.
        """
        all_made = (*self._made, *self._answers)
        answered = {made.id for made in all_made if isinstance(made, Answered)}
        entries: list[Entry] = []
        for made in all_made:
            if isinstance(made, _Passage):
                words = heard(made.pieces, until)
                if words:
                    entries.append(AgentTurn(words, interrupted=until is not None and words != heard(made.pieces)))
            elif isinstance(made, Answered):
                entries.append(made)
            elif not made.blocking or made.id in answered or until is None:
                entries.append(Called(made.id, made.name, made.args))
        return entries

    # ---- thinking ------------------------------------------------------------------------------------------------

    async def _generate(self) -> None:
        for _ in range(ROUNDS):
            try:
                await self._think()
            except VoiceActorsError as error:
                logger.error("the mind failed: %s", error)  # noqa: TRY400 - known, and the message says it all
                await self._say(MIND_FAILED)
            except Exception:
                logger.exception("the mind failed")
                await self._say(MIND_FAILED)
            if self.calls.waiting_for(self.number):
                self._answers_came = trio.Event()
                await self._answers_came.wait()
            if not self._answers:
                return
            self._made.extend(self._answers)  # only now, so that they stand last in what the mind is asked
            self._answers.clear()
        logger.error("a turn asked for functions too often and was ended", extra={"rounds": ROUNDS})

    async def _think(self) -> None:
        batch: list[Call] = []
        async with _closing(self.mind.respond(self._dialogue())) as thoughts:
            async for thought in thoughts:
                if isinstance(thought, Call):
                    batch.append(thought)
                elif isinstance(thought, Ponder):
                    self._ponder(thought.text)
                else:
                    self._ask(batch)
                    await self._say(thought.text)
                if self._is_full():
                    return  # what would have been called or said is cut off, as on the service
        self._ask(batch)

    def _dialogue(self) -> Dialogue:
        entries = (*self.history, *self.entries())
        return Dialogue(entries, self.terms.instructions, self.terms.functions, self.terms.sampling)

    def _ask(self, batch: list[Call]) -> None:
        if not batch or self._cut:
            return
        asked = [
            self.calls.open(
                call.name, call.args, blocking=self.terms.behavior(call.name) == "BLOCKING", turn=self.number
            )
            for call in batch
        ]
        batch.clear()
        self._made.extend(asked)
        self._post(ToolCall(tuple(FunctionCall(call.id, call.name, call.args) for call in asked)))

    def _ponder(self, text: str) -> None:
        self.tokens.thought(text)
        if self.terms.include_thoughts:
            self._post(TextOut(text, thought=True))

    def _is_full(self) -> bool:
        most = self.terms.max_output_tokens
        return most is not None and self.tokens.of_reply >= most

    # ---- speaking ------------------------------------------------------------------------------------------------

    async def _say(self, text: str) -> None:
        if not text.strip():
            return
        if self.terms.modality == "TEXT" or self._mute:
            self._write(text)
            return
        try:
            async with _closing(self.mouth.speak(text, self.terms.voice)) as speech:
                async for spoken in speech:
                    if self._is_full():
                        return
                    if spoken.pcm:
                        await self._send(spoken)
                    else:
                        self._write(spoken.text.strip())
        except Exception:
            logger.exception("the mouth failed")
            self._mute = True
            self._write(f"{VOICE_FAILED} {text}")

    async def _send(self, spoken: Spoken) -> None:
        for pcm, words in chunked(spoken, self.pace.chunk_ms * BYTES_PER_SECOND // 1000):
            await self._wait_turn_to_send()
            if self._cut or self._is_full():
                return
            events: list[ServerEvent] = []
            seconds = len(pcm) / BYTES_PER_SECOND
            if words and self.terms.output_transcription:
                began = self._playout.seconds
                text = f" {words}" if self._said_something() else words
                events.append(self.terms.output_transcription.delta(text, began, began + seconds))
            if pcm:
                events.append(AudioOut(pcm))
            self._post_content(events)
            self.tokens.spoke(seconds)
            self._keep(seconds, words)

    async def _wait_turn_to_send(self) -> None:
        await self.outbox.wait_room()
        now = trio.current_time()
        if self._began is None:
            self._began = now
        due = self._began + (self._playout.seconds - self.pace.burst) / self.pace.speed
        if due > now:
            await trio.sleep_until(due)

    def _write(self, text: str) -> None:
        if self._cut:
            return
        text = f" {text}" if self._said_something() else text
        if self.terms.modality == "AUDIO" and self.terms.output_transcription:
            self._post(OutputTranscription(text))
        self._post(TextOut(text))
        self.tokens.wrote(text)
        self._keep(0.0, text.strip())

    def _said_something(self) -> bool:
        return any(piece.words for made in self._made if isinstance(made, _Passage) for piece in made.pieces)

    def _keep(self, seconds: float, words: str) -> None:
        passage = self._made[-1] if self._made else None
        if not isinstance(passage, _Passage):
            passage = _Passage()
            self._made.append(passage)
        passage.pieces.append(self._playout.add(trio.current_time(), seconds, words))

    def _post_content(self, events: Sequence[ServerEvent]) -> None:
        if self.terms.capabilities.joined_content and events:
            self._post(*events)
        else:
            for event in events:
                self._post(event)

    def _post(self, *events: ServerEvent) -> None:
        if not self._cut:  # a part that was just done when the cut came gets here once more
            self.outbox.post(*events)


def chunked(spoken: Spoken, size: int) -> Iterator[tuple[bytes, str]]:
    """Split a piece of speech into chunks of at most `size` bytes, its words spread over them as evenly as they are."""
    words = spoken.text.split()
    count = max(1, -(-len(spoken.pcm) // size))
    for index in range(count):
        pcm = spoken.pcm[index * size : (index + 1) * size]
        first, after = (-(-len(words) * at // count) for at in (index, index + 1))
        yield pcm, " ".join(words[first:after])


def _closing(iterator: AsyncIterator[T]) -> AbstractAsyncContextManager[AsyncIterator[T]]:
    """Close an asynchronous generator that is left early; other iterators have nothing to close."""
    if isinstance(iterator, AsyncGenerator):
        return contextlib.aclosing(cast("AsyncGenerator[T, None]", iterator))
    return contextlib.nullcontext(iterator)
