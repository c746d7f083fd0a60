"""What a setup asks of transcripts, and how words are written down."""

from __future__ import annotations

import pytest

from voice_actors.offline.parts import Heard, Wishes, Word
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.transcripts import (
    InputTranscript,
    details_of,
    input_transcript,
    output_transcript,
    spread,
    tidied,
)


def test_every_wish_is_read():
    """Also in the deprecated forms; nothing is wished where nothing is asked."""
    asked = {
        "customVocabulary": ["Kaelyn", " "],
        "languageCodes": ["en-US"],
        "wordTimestamp": True,
        "diarization": True,
    }
    setup = {
        "inputAudioTranscription": asked,
        "realtimeInputConfig": {"interimTranscriptTimestampEnabled": True},
    }
    everything = Wishes(("Kaelyn",), ("en-US",), words=True, voices=True, interim=True)
    assert InputTranscript(everything) == input_transcript(setup)
    old = {"adaptationPhrases": ["Kaelyn"], "languageHints": {"languageCodes": ["en-US"]}}
    assert InputTranscript(Wishes(("Kaelyn",), ("en-US",))) == input_transcript({"inputAudioTranscription": old})
    assert InputTranscript() == input_transcript({"inputAudioTranscription": {}})
    assert input_transcript({}) is None
    assert output_transcript({}) is None


@pytest.mark.parametrize(
    "asked",
    [
        {"mode": "SMART", "wordTimestamp": True},
        {"mode": "SMART", "diarization": True},
        {"sourceText": "Dear Sir"},
        {"customVocabulary": "Kaelyn"},
        {"customVocabulary": [1]},
    ],
)
def test_what_does_not_go_together_is_refused(asked):
    """With the service's words for an invalid argument."""
    with pytest.raises(Refusal, match="Request contains an invalid argument"):
        input_transcript({"inputAudioTranscription": asked})


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Um, what is, uh, two and two?", "What is, two and two?"),
        ("I I want want to to go.", "I want to go."),
        ("hmm", "hmm"),
        ("The hummer is hers.", "The hummer is hers."),
        ("That that is is.", "That is."),
    ],
)
def test_smart_transcripts_leave_out_what_nobody_means(said, written):
    """Fillers and repeated words; a sentence of nothing else stays as it is."""
    assert written == tidied(said)
    [delta, *_] = InputTranscript(smart=True).deltas(Heard(said), (0, 1), None, goes_on=False)
    assert written.startswith(delta.text)


def test_words_are_spread_by_their_letters():
    """Over the whole stretch, without gaps."""
    assert (Word("a", 1.0, 1.25), Word("bcd", 1.25, 2.0)) == spread("a bcd", 1, 2)
    assert () == spread("", 0, 1)


def test_times_are_written_as_durations():
    """To the millisecond, and never backwards."""
    assert {
        "words": [{"word": "a", "startOffset": "0s", "endOffset": "0.333s"}],
        "startOffset": "0s",
        "endOffset": "0.333s",
    } == details_of((Word("a", -0.1, 1 / 3),))
    assert {} == details_of(())
