"""From a reply's audio to the device's format."""

from __future__ import annotations

from voice_actors.audio.playback import Playback
from voice_actors.audio.shaper import Shaper

SECOND = b"\1\0" * 24_000


def test_a_shaper_changes_format_reply_by_reply():
    """Two channels at twice the rate are four times the bytes; the held back end comes with `rest`, once, or never."""
    shaper, reply, other = Shaper(48_000, 2), Playback(), Playback()
    made = shaper.shape(SECOND, reply)
    made += shaper.rest(reply)
    assert 4 * len(SECOND) == len(made)
    assert b"" == shaper.rest(reply)
    shaper.shape(SECOND, reply)
    first = shaper.shape(bytes(480), other)
    assert bytes(len(first)) == first
    assert b"" == shaper.rest(reply)
