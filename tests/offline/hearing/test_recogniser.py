"""From the model's tokens to words, and which models can take the shipped one's place."""

from __future__ import annotations

import pytest

from voice_actors.offline.hearing.recogniser import timed, words_of
from voice_actors.offline.parts import Word


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["<|notimestamps|>", "ĠWhat", "Ġis", "Ġ12", "?", "<|endoftext|>"], "What is 12?"),
        (["ĠcafÃ", "©"], "café"),
        (["Ġ[", "BL", "ANK", "_", "AUDIO", "]"], ""),
        (["Ġ(", "music", ")", "Ġ", "Hello", "Ċ", "there"], "Hello there"),
        (["Ġ...", "."], ""),
        (["Ġ>>", "ĠYes", "."], "Yes."),
        ([], ""),
    ],
)
def test_tokens_become_text_for_people(tokens: list[str], text: str):
    """Bytes are put together, special tokens and notes are dropped, spaces are tidied."""
    assert text == words_of(tokens)


def test_words_have_the_times_of_their_tokens():
    """A word begins with its first token and ends where the next begins; without all its words there are no times."""
    tokens = ["ĠWhat", "Ġis", "Ġsea", "som", "?"]
    assert (Word("What", 0.0, 0.5), Word("is", 0.5, 0.7), Word("seasom?", 0.7, 2.0)) == timed(
        tokens, [0.0, 0.5, 0.7, 0.8, 0.9], 2.0
    )
    assert () == timed(["Ġ[", "BLANK", "]", "ĠHi"], [0.0, 0.1, 0.2, 0.3], 1.0)
    assert () == timed([], [], 1.0)
