"""The settings of a filler."""

from __future__ import annotations

import pytest

from voice_actors.errors import ConfigError
from voice_actors.loudspeaker.filler import Filler


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"after_ms": 0}, "after_ms is 0; it is 100 to 60000 ms"),
        ({"again_ms": 90_000}, "again_ms is 90000"),
        ({"times": 0}, "times is 0; it is 1 to 20 times"),
    ],
)
def test_numbers_have_their_range(settings, says):
    """Nothing goes on for ever, and nothing begins at once."""
    with pytest.raises(ConfigError, match=says):
        Filler(**settings)


def test_a_sound_does_not_fill_the_logs():
    """Its length is shown."""
    assert "sound=<9600 bytes>" in repr(Filler(bytes(9_600)))
    assert "sound='moment.wav'" in repr(Filler("moment.wav"))
