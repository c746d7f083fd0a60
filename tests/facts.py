"""What tests of the whole agent measure by: how much audio a millisecond is, and which events there were."""

from __future__ import annotations

from voice_actors import messages as m

MS = 48  # bytes of 24 kHz audio in a millisecond


def kinds(events: list[m.Event]) -> list[str]:
    return [type(event).__name__ for event in events]
