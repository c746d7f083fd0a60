"""Which of a reply's words were heard: its transcript laid along its audio."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs

UNSPACED = (("\u0e00", "\u0eff"), ("\u2e80", "\uabff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
"""Letters of languages that put no spaces between words: Thai and Lao, Chinese and Japanese."""


@attrs.define(eq=False, repr=False)
class Words:
    """The words of one reply as they arrived, and how much of its audio had arrived before each piece of them.

    Theory of operation: the service sends a reply's transcript in pieces between pieces of its audio, which both come
    faster than they are heard. Where a piece stands in that stream, and not when it came, says where it is spoken. Some
    servers send words in front of their audio, some behind it; the first piece tells which. Between two such places
    words are as long as their letters are many. A transcript that comes as a whole, or runs far ahead of its audio,
    places nothing: then this holds for the reply as a whole.

    An estimate, to about a word where the transcript comes with the audio; a word that was cut counts as not heard.
    """

    _pieces: list[tuple[str, float | None]] = attrs.field(factory=list[tuple[str, float | None]], init=False)

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, float | None]]) -> Self:
        """Words and the ms of audio before them, None where that is not known."""
        words = cls()
        for text, audio_ms in pieces:
            words.add(text, audio_ms)
        return words

    def add(self, text: str, audio_ms: float | None) -> None:
        """The next words; `audio_ms` of the reply's audio had arrived before them."""
        self._pieces.append((text, audio_ms))

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(text for text, _ in self._pieces)

    def split(self, heard_ms: float, total_ms: float) -> tuple[str, str]:
        """The words that were heard and those that were not, where `heard_ms` of `total_ms` of audio were."""
        text = self.text
        if heard_ms >= total_ms:
            return text, ""
        end = self._characters(heard_ms, len(text), total_ms)
        if end < len(text) and not any(first <= text[end] <= last for first, last in UNSPACED):
            end = max(text.rfind(" ", 0, end + 1), 0)
        return text[:end], text[end:]

    def _characters(self, heard_ms: float, count: int, total_ms: float) -> int:
        """How many of `count` characters fit into so much audio."""
        before, after = (0.0, 0), (total_ms, count)
        for place in self._places(count, total_ms):
            if place[0] <= heard_ms:
                before = place
            else:
                after = place
                break
        share = (heard_ms - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 1.0
        return int(before[1] + share * (after[1] - before[1]))

    def _places(self, count: int, total_ms: float) -> list[tuple[float, int]]:
        """Moments of the audio, ms, each with the number of characters before it; none where nothing can be told."""
        pieces = [(text, at) for text, at in self._pieces if text and at is not None]
        if len(pieces) < len([text for text, _ in self._pieces if text]) or not pieces or pieces[-1][1] < total_ms / 2:
            return []
        text, at = pieces[0]
        trails = at >= len(text) / count * total_ms / 2
        places: dict[float, int] = {}
        spoken = 0
        for text, at in pieces:
            if trails:
                places[at] = spoken + len(text)  # of several at one moment the last tells how far it got
            else:
                places.setdefault(at, spoken)  # and here the first, from where it goes on
            spoken += len(text)
        return sorted(places.items())


@attrs.define(eq=False, repr=False)
class Unfolding:
    """The words of a reply that is being spoken, as they are heard: none before its first sound."""

    words: Words = attrs.field(factory=Words)
    received_ms: float = 0.0
    """Of its audio."""
    heard_ms: float = 0.0
    _shown: int = attrs.field(default=0, init=False)

    def so_far(self) -> str:
        """The words heard so far; never fewer than a moment ago, though more audio may have arrived since."""
        if self.heard_ms > 0:
            self._shown = max(self._shown, len(self.words.split(self.heard_ms, self.received_ms)[0]))
        return self.words.text[: self._shown]

    def at_the_end(self) -> str:
        """The same where nothing more comes; a reply without any sound was there to be read."""
        return self.so_far() if self.received_ms else self.words.text
