"""What every event has."""

from __future__ import annotations

import attrs
import trio

from voice_actors.values import Value


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Happened(Value):
    """Something that happened."""

    at: float = attrs.field(factory=trio.current_time)
    """Seconds on trio's clock."""
