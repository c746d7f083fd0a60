"""The thirty voices."""

from __future__ import annotations

from itertools import combinations

from voice_actors.gemini.models import VOICES as NAMES
from voice_actors.offline.speaking.voices import VOICES, Timbre, listed, timbre


def test_voices_are_known_in_any_case_and_unknown_ones_speak_too():
    """PUCK is Puck; a name nobody knows, or none, is Kore."""
    assert VOICES["puck"] == timbre("PUCK")
    assert VOICES["kore"] == timbre(None) == timbre("nobody")


def test_every_voice_of_the_service_can_be_told_from_every_other():
    """All thirty are there, 3 % apart in pitch or 6 % in pace, and none is bent further than words can take."""
    assert {name.lower() for name in NAMES} == set(VOICES)
    for one, other in combinations(VOICES.values(), 2):
        assert abs(one.pitch - other.pitch) > 0.029 or abs(one.pace - other.pace) > 0.049, (one, other)
    assert all(0.8 <= t.pitch <= 1.2 and 0.9 <= t.pace <= 1.2 for t in VOICES.values())


def test_voices_stay_what_they_are():
    """What somebody has chosen sounds the same in the next release."""
    assert VOICES["kore"] == Timbre(1.0, 1.0, "firm")
    assert VOICES["charon"] == Timbre(0.8, 0.99, "informative")
    assert VOICES["puck"] == Timbre(0.89, 1.11, "upbeat")
    assert VOICES["zephyr"] == Timbre(1.1, 1.05, "bright")


def test_the_list_says_what_each_sounds_like():
    """One line for each, in the service's order and spelling."""
    lines = listed().splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert lines[0].split(None, 1)[1] == "bright          10 % higher, 5 % faster"
    assert lines[3].split(None, 1)[1] == "firm            as it was recorded"
