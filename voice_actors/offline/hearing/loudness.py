"""Speech told from silence by loudness alone, where Silero is not installed: quick, and taken in by any noise."""

from __future__ import annotations

import math

import attrs

MARGIN_DB = 12.0
"""So much louder than the room is half a chance of speech..."""
SLOPE_DB = 2.0
"""...and this much more makes it likely."""
SILENT_DB = -55.0
"""Relative to full scale; no speech is quieter."""
RISE_DB = 0.1
"""How fast the idea of the room's loudness follows upwards, each 32 ms: 3 dB a second. Downwards it jumps."""


@attrs.define(eq=False)
class LoudnessScorer:
    """How likely the next window is speech, by how far it stands out of the quietest that was heard lately."""

    _room: float = 0.0
    """Decibels of full scale; the first window sets it."""

    def __call__(self, window: bytes) -> float:
        """Take the next 1024 bytes; a probability."""
        import numpy as np

        samples = np.frombuffer(window, "<i2").astype(np.float32) / 32768
        level = 10 * math.log10(max(float((samples**2).mean()), 1e-10))
        self._room = max(min(self._room + RISE_DB, level), SILENT_DB)
        return 1 / (1 + math.exp(-(level - self._room - MARGIN_DB) / SLOPE_DB))
