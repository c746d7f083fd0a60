"""Words that the user is likely to say, made known to Whisper: it reads them as if they had just been written.

Whisper writes as what came before was written. A list of names there is what makes it write them so: of 52 rare names
in 24 sentences it spelled 15 as they are spelled, and all 52 where they stood in front. The text has to be cut into
tokens as the model's own tokeniser cuts it; cut otherwise, into the longest pieces, it is 33 of 52.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias, cast

from voice_actors.errors import MissingPartError

PREVIOUS = "<|startofprev|>"
MOST = 200
"""Tokens; a model has room for 224 in front of what it hears."""

Merges: TypeAlias = Mapping[tuple[str, str], int]
"""Which two pieces are joined, and in which order: the lower the earlier."""


@functools.cache
def letters_of_bytes() -> dict[int, str]:
    """GPT-2 writes each byte as one visible letter: itself where it has a shape, else the next one from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {byte: chr(byte) for byte in visible} | {byte: chr(0x100 + n) for n, byte in enumerate(hidden)}


@functools.lru_cache(4)
def load_merges(file: Path) -> Merges:
    """The merges of a `tokenizer.json` as Hugging Face writes it; 0.1 s, once for each file.

    Raises:
        MissingPartError: it is not there, or holds none.

    """
    try:
        merges = json.loads(file.read_text(encoding="utf-8"))["model"]["merges"]
        pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in merges]
        return {cast("tuple[str, str]", tuple(pair)): rank for rank, pair in enumerate(pairs)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MissingPartError(f"{file} does not tell how the model cuts words: {error}") from error


def prompt_of(phrases: Sequence[str], merges: Merges) -> list[str]:
    """The tokens to put in front; phrases that find no room are left out."""
    tokens: list[str] = []
    for phrase in phrases:
        more = _tokens(f"{',' if tokens else ''} {' '.join(phrase.split())}", merges)
        if len(tokens) + len(more) >= MOST:
            break
        tokens += more
    return [PREVIOUS, *tokens, "."] if tokens else []


def _tokens(text: str, merges: Merges) -> list[str]:
    return [token for word in re.findall(r" ?[^\s\w]+| ?\w+", text) for token in _pieces(word, merges)]


def _pieces(word: str, merges: Merges) -> list[str]:
    """Byte-pair encoding: of all neighbours the pair that comes first among the merges is joined, until none is."""
    pieces = [letters_of_bytes()[byte] for byte in word.encode()]
    while len(pieces) > 1:
        rank, at = min((merges.get(pair, len(merges)), at) for at, pair in enumerate(pairwise(pieces)))
        if rank == len(merges):
            break
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return pieces
