"""What every event has."""

from __future__ import annotations

import attrs
import trio


@attrs.frozen(kw_only=True)
class Happened:
    """Something that happened."""

    at: float = attrs.field(factory=trio.current_time)
    """Seconds on trio's clock."""
