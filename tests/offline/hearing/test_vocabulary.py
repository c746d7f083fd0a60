"""Phrases become the tokens that Whisper's own tokeniser makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_actors import weights
from voice_actors.errors import MissingPartError
from voice_actors.offline import models
from voice_actors.offline.hearing.recogniser import load_ids, words_of
from voice_actors.offline.hearing.vocabulary import MOST, PREVIOUS, load_merges, prompt_of


@pytest.fixture(scope="module")
def folder() -> Path:
    return weights.locate(models.WHISPER[0]).parent


def test_phrases_are_cut_as_the_model_cuts_them(folder: Path):
    """Common words are one token, rare ones several; every token is one that the model has."""
    tokens = prompt_of(["Good  morning", "Kaelyn", "Ærøskøbing"], load_merges(folder / "tokenizer.json"))
    assert [PREVIOUS, "ĠGood", "Ġmorning", ",", "ĠK"] == tokens[:5]
    assert "." == tokens[-1]
    assert "Good morning, Kaelyn, Ærøskøbing." == words_of(tokens)
    assert set(tokens) <= set(load_ids(folder))


def test_there_is_no_more_than_the_model_has_room_for(folder: Path):
    """What finds none is left out, whole."""
    merges = load_merges(folder / "tokenizer.json")
    tokens = prompt_of([f"Phrase{n}" for n in range(500)], merges)
    assert MOST - 10 < len(tokens) <= MOST + 2
    assert [] == prompt_of([], merges)


def test_a_model_without_its_tokeniser_is_named(tmp_path: Path):
    """So that one knows why words stay unknown."""
    with pytest.raises(MissingPartError, match=r"tokenizer\.json does not tell"):
        load_merges(tmp_path / "tokenizer.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(MissingPartError, match=r"other\.json does not tell"):
        load_merges(tmp_path / "other.json")
