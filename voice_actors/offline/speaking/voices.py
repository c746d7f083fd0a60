"""The service's thirty prebuilt voices, and how the one voice that is installed is made to sound like each."""

from __future__ import annotations

import attrs

from voice_actors.gemini.models import VOICES as NAMES


@attrs.frozen
class Timbre:
    """How the one voice is made to sound like another."""

    pitch: float = 1.0
    """The factor of all frequencies. Below 0.8 and above 1.2 words become hard to understand."""
    pace: float = 1.0
    """The factor of speed."""
    character: str = "firm"
    """Google's word for the voice that it stands for."""


VOICES = {
    "achernar": Timbre(1.05, 0.93, "soft"),
    "achird": Timbre(0.89, 1.05, "friendly"),
    "algenib": Timbre(0.8, 0.93, "gravelly"),
    "algieba": Timbre(0.83, 0.93, "smooth"),
    "alnilam": Timbre(0.83, 0.99, "firm"),
    "aoede": Timbre(1.0, 1.06, "breezy"),
    "autonoe": Timbre(1.1, 0.99, "bright"),
    "callirrhoe": Timbre(0.95, 1.05, "easy-going"),
    "charon": Timbre(0.8, 0.99, "informative"),
    "despina": Timbre(1.05, 0.99, "smooth"),
    "enceladus": Timbre(0.86, 0.93, "breathy"),
    "erinome": Timbre(1.05, 1.05, "clear"),
    "fenrir": Timbre(0.86, 1.11, "excitable"),
    "gacrux": Timbre(0.95, 0.93, "mature"),
    "iapetus": Timbre(0.89, 0.99, "clear"),
    "kore": Timbre(1.0, 1.0, "firm"),
    "laomedeia": Timbre(1.05, 1.11, "upbeat"),
    "leda": Timbre(1.1, 1.11, "youthful"),
    "orus": Timbre(0.83, 1.05, "firm"),
    "puck": Timbre(0.89, 1.11, "upbeat"),
    "pulcherrima": Timbre(1.0, 1.12, "forward"),
    "rasalgethi": Timbre(0.86, 0.99, "informative"),
    "sadachbia": Timbre(0.83, 1.11, "lively"),
    "sadaltager": Timbre(0.8, 1.05, "knowledgeable"),
    "schedar": Timbre(0.86, 1.05, "even"),
    "sulafat": Timbre(0.95, 0.99, "warm"),
    "umbriel": Timbre(0.89, 0.93, "easy-going"),
    "vindemiatrix": Timbre(1.0, 0.93, "gentle"),
    "zephyr": Timbre(1.1, 1.05, "bright"),
    "zubenelgenubi": Timbre(0.8, 1.11, "casual"),
}
"""By lower-case name; neighbours are 3 % apart in pitch or 6 % in pace, which one hears.

Which are men's and which women's, and what their characters are, is from Google's voice list.
"""


def timbre(voice: str | None) -> Timbre:
    """The rendering for a voice name, in any case; an unknown one sounds like Kore."""
    return VOICES.get((voice or "kore").lower(), VOICES["kore"])


def listed() -> str:
    """The voices for people to choose from, one a line, in the service's order."""
    return "\n".join(f"{name:<14}{_described(VOICES[name.lower()])}" for name in NAMES)


def _described(voice: Timbre) -> str:
    higher, faster = round(voice.pitch * 100) - 100, round(voice.pace * 100) - 100
    changes = [f"{abs(higher)} % {'higher' if higher > 0 else 'lower'}"] if higher else []
    changes += [f"{abs(faster)} % {'faster' if faster > 0 else 'slower'}"] if faster else []
    return f"{voice.character:<16}{', '.join(changes) or 'as it was recorded'}"
