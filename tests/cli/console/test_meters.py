"""How loud a side is."""

from __future__ import annotations

import math

from voice_actors.cli.console.meters import Meter


def test_a_meter_rises_at_once_and_falls_slowly():
    """Also where nobody tells it that it has become silent."""
    meter = Meter()
    assert (0.0, False) == (meter.share(0), meter.speaking(0))
    meter.set(-30, 1)
    assert (0.5, True) == (meter.share(1), meter.speaking(1))
    meter.set(-math.inf, 1.25)
    assert -40 == meter.level(1.25)
    assert (0.0, False) == (meter.share(2), meter.speaking(2))
    meter.set(0, 3)
    assert 1.0 == meter.share(3)
