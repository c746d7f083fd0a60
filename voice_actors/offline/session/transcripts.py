"""What a client's transcripts hold: the words, and where it asks for them their times, voices and language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import attrs

from voice_actors.gemini import wire
from voice_actors.gemini.events import InputTranscription, InterimInputTranscription, Json, OutputTranscription
from voice_actors.offline.parts import Heard, Wishes, Word
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal, object_in

DELTA = 3
"""Words of a transcript that come in one message."""
FILLERS: Final = re.compile(r"\b(?:u+h+m*|u+m+|e+r+m*|h+m+|m+h+m+)\b[,.…]*\s*", re.IGNORECASE)
REPEATED: Final = re.compile(r"\b(\w+(?:'\w+)?)(?:[,…]*\s+\1\b)+", re.IGNORECASE)


@attrs.frozen
class InputTranscript:
    """How what the user says is written down."""

    wishes: Wishes = attrs.field(factory=Wishes)
    smart: bool = False
    """Without fillers and repeated words."""

    def deltas(
        self, heard: Heard, span: tuple[float, float], speaker: str | None, *, goes_on: bool
    ) -> list[InputTranscription]:
        """An utterance in the portions in which the service sends one, a few words each, with the space before them.

        `span` is where it was spoken, seconds after the audio stream's start; `heard.words` are on that axis too.
        """
        text = tidied(heard.text) if self.smart else heard.text
        words = heard.words if self.wishes.words and heard.words else spread(text, *span)
        common = self._common(heard.language, speaker)
        return [
            InputTranscription(portion, details={**common, **(details_of(some) if self.wishes.words else {})})
            for portion, some in _portions(f" {text}" if goes_on else text, words)
        ]

    def _common(self, language: str | None, speaker: str | None) -> dict[str, Any]:
        hints = [hint for hint in self.wishes.languages if language and hint.lower().startswith(language)]
        found = hints[0] if hints else language if self.wishes.languages else None
        return {key: value for key, value in (("languageCode", found), ("speakerLabel", speaker)) if value}


@attrs.frozen
class OutputTranscript:
    """How what the model says is written down."""

    words: bool = False
    """When each word is heard."""

    def delta(self, text: str, start: float, end: float) -> OutputTranscription:
        """The words of a stretch of the reply, `start` and `end` seconds after the first sample of its turn."""
        return OutputTranscription(text, details=details_of(spread(text, start, end)) if self.words else {})


def input_transcript(setup: Json) -> InputTranscript | None:
    """What a setup asks for; None where it asks for none.

    Interim transcripts are asked for by `interimTranscriptTimestampEnabled` here: what switches them on at the service
    is not documented.

    Raises:
        Refusal: what it asks for does not go together, or is not to be had in a conversation.

    """
    if "inputAudioTranscription" not in setup:
        return None
    asked = object_in(setup, "inputAudioTranscription")
    smart = asked.get("mode") == "SMART"
    if smart and (asked.get("wordTimestamp") or asked.get("diarization")):
        raise Refusal(f"{INVALID_ARGUMENT} Timestamps and diarization are incompatible with mode SMART.")
    if asked.get("sourceText") is not None:
        raise Refusal(f"{INVALID_ARGUMENT} sourceText is not for live conversations.")
    wishes = Wishes(
        vocabulary=_texts(asked, "customVocabulary") or _texts(asked, "adaptationPhrases"),
        languages=_texts(asked, "languageCodes") or _texts(object_in(asked, "languageHints"), "languageCodes"),
        words=bool(asked.get("wordTimestamp")),
        voices=bool(asked.get("diarization")),
        interim=bool(object_in(setup, "realtimeInputConfig").get("interimTranscriptTimestampEnabled")),
    )
    return InputTranscript(wishes, smart)


def output_transcript(setup: Json) -> OutputTranscript | None:
    """What a setup asks for; None where it asks for none."""
    if "outputAudioTranscription" not in setup:
        return None
    return OutputTranscript(bool(object_in(setup, "outputAudioTranscription").get("wordTimestamp")))


def interim(text: str, start: float, end: float) -> InterimInputTranscription:
    """What is understood so far of what is said, between these seconds after the audio stream's start."""
    return InterimInputTranscription(text, _span(start, end))


def tidied(text: str) -> str:
    """What is left of a sentence without "um" and without words that are said twice in a row."""
    plain = REPEATED.sub(r"\1", FILLERS.sub("", text)).strip()
    return plain[:1].upper() + plain[1:] if plain else text


def spread(text: str, start: float, end: float) -> tuple[Word, ...]:
    """The words of a stretch of speech, each as long beside the others as its letters are many."""
    words = text.split()
    letters = sum(map(len, words)) or 1
    spoken, found = 0, list[Word]()
    for word in words:
        began, spoken = spoken, spoken + len(word)
        found.append(Word(word, *(start + (end - start) * at / letters for at in (began, spoken))))
    return tuple(found)


def details_of(words: Sequence[Word]) -> dict[str, Any]:
    """The fields of a transcription that say when its words are heard."""
    if not words:
        return {}
    listed = [{"word": word.text, **_span(word.start, word.end)} for word in words]
    return {"words": listed, **_span(words[0].start, words[-1].end)}


def _span(start: float, end: float) -> dict[str, str]:
    start = max(0.0, start)
    return {"startOffset": wire.duration(round(start, 3)), "endOffset": wire.duration(round(max(start, end), 3))}


def _portions(text: str, words: Sequence[Word]) -> list[tuple[str, Sequence[Word]]]:
    spaced = re.findall(r"\s*\S+", text)
    return [("".join(spaced[at : at + DELTA]), words[at : at + DELTA]) for at in range(0, len(spaced), DELTA)]


def _texts(asked: Json, key: str) -> tuple[str, ...]:
    value = asked.get(key)
    if value is None:
        return ()
    listed = cast("list[object]", value) if isinstance(value, list) else [None]
    texts = [text for text in listed if isinstance(text, str)]
    if len(texts) < len(listed):
        raise Refusal(f"{INVALID_ARGUMENT} {key} is not a list of strings.")
    return tuple(text for text in texts if text.strip())
