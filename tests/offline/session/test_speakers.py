"""Voices are told apart by their distance, and labelled as they come."""

from __future__ import annotations

from voice_actors.offline.session.speakers import MOST, Speakers


def test_like_voices_share_a_label():
    """And a voice is known again after another one."""
    speakers = Speakers(far=1.0)
    said = [(0.0, 0.0), (0.4, 0.0), (5.0, 0.0), (0.2, 0.3), (5.2, 0.1)]
    assert ["spk_1", "spk_1", "spk_2", "spk_1", "spk_2"] == [speakers.label(voice) for voice in said]


def test_a_label_follows_its_voice():
    """It is the middle of what was heard, so a voice that drifts stays itself."""
    speakers = Speakers(far=1.0)
    assert {"spk_1"} == {speakers.label((at * 0.3,)) for at in range(5)}


def test_a_voice_that_is_not_known_has_no_label():
    """Nor does it count as a speaker."""
    speakers = Speakers()
    assert speakers.label(()) is None
    assert "spk_1" == speakers.label((0.0,))


def test_there_are_no_more_than_a_room_full():
    """Later voices are taken for the nearest."""
    speakers = Speakers(far=1.0)
    labels = [speakers.label((at * 10.0,)) for at in range(MOST + 3)]
    assert f"spk_{MOST}" == labels[MOST - 1] == labels[-1]
