"""Who speaks in a session: each new voice gets a label, in the order in which they are heard."""

from __future__ import annotations

import math

import attrs

FAR = 1.4
"""Between two utterances of the shipped ears' voiceprints: 99 of 100 of the same voice are nearer."""
MOST = 16
"""Voices that are told apart; later ones are taken for the nearest."""


@attrs.define(eq=False)
class _Speaker:
    """The middle of the utterances that are taken for one person's."""

    middle: tuple[float, ...]
    heard: int = 1

    def add(self, voice: tuple[float, ...]) -> None:
        self.heard += 1
        self.middle = tuple(old + (new - old) / self.heard for old, new in zip(self.middle, voice, strict=True))


@attrs.define(eq=False)
class Speakers:
    """Puts utterances with like voices together."""

    far: float = FAR
    _known: list[_Speaker] = attrs.field(factory=list[_Speaker], init=False)

    def label(self, voice: tuple[float, ...]) -> str | None:
        """`spk_1`, `spk_2` and so on, as Google's reference writes them; None where the voice is not known."""
        if not voice:
            return None
        near = [math.dist(voice, speaker.middle) for speaker in self._known]
        nearest = min(range(len(near)), key=near.__getitem__, default=None)
        if nearest is None or (near[nearest] > self.far and len(near) < MOST):
            self._known.append(_Speaker(voice))
            return f"spk_{len(self._known)}"
        self._known[nearest].add(voice)
        return f"spk_{nearest + 1}"
