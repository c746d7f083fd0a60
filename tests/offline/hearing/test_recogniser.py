"""From the model's tokens to words, and which models can take the shipped one's place."""

from __future__ import annotations

import pytest

from voice_actors.offline.hearing.recogniser import words_of


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
