"""Speech whose every chunk carries a number, and ears that say which of them they were given."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

import attrs

from voice_actors.offline.parts import Activity, ActivitySettings, Listener
from voice_actors.testing.fakes import FakeEars

_MARK = 20_000
"""The first sample of a numbered chunk; its number follows in two, then a hum."""
_BASE, _STEP = 1_000, 8_192
_HUM = 500


def numbered(number: int, size: int) -> bytes:
    """A chunk of speech: 16-bit mono, `size` bytes, at least 6."""
    head = (_MARK, _BASE + number % _STEP, _BASE + number // _STEP)
    return array("h", [*head, *(_HUM,) * (size // 2 - len(head))]).tobytes()


def numbers_in(pcm: bytes) -> Iterator[int]:
    """The numbers of the chunks that begin in this audio."""
    samples = array("h", pcm[: len(pcm) - len(pcm) % 2])
    at = -1
    for _ in range(samples.count(_MARK)):
        at = samples.index(_MARK, at + 1)
        if at + 2 < len(samples):
            yield samples[at + 1] - _BASE + (samples[at + 2] - _BASE) * _STEP


@attrs.define(eq=False)
class NumberedEars:
    """Fake ears that note what reaches them, in `heard`."""

    heard: set[int] = attrs.field(factory=set[int], init=False)
    _ears: FakeEars = attrs.field(factory=FakeEars, init=False)

    def listen(self, settings: ActivitySettings) -> Listener:
        """A detector for one stream."""
        return _NotingListener(self._ears.listen(settings), self.heard)

    async def recognise(self, pcm: bytes) -> str:
        """The numbers, as words."""
        said = list(numbers_in(pcm))
        return f"spoken {said[0]} to {said[-1]}" if said else ""


@attrs.define(eq=False)
class _NotingListener:
    _listener: Listener
    _heard: set[int]

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        self._heard.update(numbers_in(pcm))
        return self._listener.feed(pcm)

    def finish(self) -> Sequence[Activity]:
        return self._listener.finish()
