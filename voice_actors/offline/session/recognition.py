"""From utterances to what the user said, in their order, told to the client and to whoever has the floor."""

from __future__ import annotations

import logging

import attrs

from voice_actors.errors import MissingPartError
from voice_actors.lanes import ReceiveLane
from voice_actors.offline.parts import AttentiveEars, Ears, Heard, SpeechEnded, Wishes, Word
from voice_actors.offline.session.floor import Floor
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.speakers import Speakers
from voice_actors.offline.session.transcripts import InputTranscript

logger = logging.getLogger("voice_actors.offline")

DEAF = "Sorry, I cannot hear on this machine. Please write to me."
EARS_FAILED = "Sorry, I could not hear that: my ears have failed."


@attrs.frozen
class Utterance:
    """What waits to be recognised: it was spoken from `began`, seconds after the audio stream's start, to its end."""

    began: float
    ended: SpeechEnded


@attrs.define(eq=False)
class Recognition:
    """Hears for one session."""

    ears: Ears
    transcript: InputTranscript | None
    """How it is written down for the client; None where it is not."""
    outbox: Outbox
    floor: Floor
    _speakers: Speakers = attrs.field(factory=Speakers, init=False)

    async def run(self, utterances: ReceiveLane[Utterance]) -> None:
        """Recognise what comes. A failure of the ears is told the user, and the next utterance is heard again."""
        async for utterance in utterances:
            try:
                heard = await self._hear(utterance)
                speaker = self._speakers.label(heard.voice)
            except MissingPartError as error:
                logger.warning("the ears understood nothing", extra={"reason": str(error)})
                self.floor.misunderstood(DEAF)
                continue
            except Exception:
                logger.exception("the ears failed")
                self.floor.misunderstood(EARS_FAILED)
                continue
            if heard.text and self.transcript is not None:
                span = (utterance.began, utterance.ended.offset)
                goes_on = self.floor.user_said_more
                for delta in self.transcript.deltas(heard, span, speaker, goes_on=goes_on):
                    self.outbox.post(delta)
            self.floor.understood(heard.text)

    async def _hear(self, utterance: Utterance) -> Heard:
        wishes = self.transcript.wishes if self.transcript is not None else Wishes()
        pcm = utterance.ended.pcm
        if not isinstance(self.ears, AttentiveEars):
            return Heard((await self.ears.recognise(pcm)).strip())
        heard = await self.ears.transcribe(pcm, wishes)
        return attrs.evolve(heard, text=heard.text.strip(), words=_placed(heard.words, utterance))


def _placed(words: tuple[Word, ...], utterance: Utterance) -> tuple[Word, ...]:
    """The words on the axis of the audio stream, kept within what the detector took for speech."""
    start = utterance.began if utterance.ended.start is None else utterance.ended.start
    first, last = utterance.began, max(utterance.began, utterance.ended.offset)

    def place(at: float) -> float:
        return min(max(start + at, first), last)

    return tuple(Word(word.text, place(word.start), place(word.end)) for word in words)
