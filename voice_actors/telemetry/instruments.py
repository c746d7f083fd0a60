"""The metrics that a conversation feeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
from opentelemetry import metrics

from voice_actors.telemetry.attributes import Attributes

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Bounds of a duration's buckets, as the conventions have them."""
TOKENS: Final = tuple(4**power for power in range(14))
"""Of token counts; likewise."""


@attrs.frozen
class Instruments:
    """Each is made when it is first fed."""

    _meter: metrics.Meter
    _made: dict[str, metrics.Histogram] = attrs.field(factory=dict[str, metrics.Histogram])
    _counters: dict[str, metrics.Counter] = attrs.field(factory=dict[str, metrics.Counter])

    def seconds(self, name: str, value: float | None, attributes: Attributes) -> None:
        """One more duration; None is none."""
        self._record(name, value, attributes, unit="s", bounds=SECONDS)

    def tokens(self, count: int, kind: str, attributes: Attributes) -> None:
        """Of one reply; `kind` is input or output."""
        attributes = {**attributes, "gen_ai.token.type": kind}
        self._record("gen_ai.client.token.usage", count, attributes, unit="{token}", bounds=TOKENS)

    def _record(
        self, name: str, value: float | None, attributes: Attributes, *, unit: str, bounds: Sequence[float]
    ) -> None:
        if value is None:
            return
        if name not in self._made:
            self._made[name] = self._meter.create_histogram(name, unit, explicit_bucket_boundaries_advisory=bounds)
        self._made[name].record(value, attributes)

    def count(self, name: str, by: float, attributes: Attributes, unit: str) -> None:
        """Add to a counter."""
        if name not in self._counters:
            self._counters[name] = self._meter.create_counter(name, unit)
        self._counters[name].add(by, attributes)
