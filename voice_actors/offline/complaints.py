"""What clients of a server did that a good client does not do, for tests to look at."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

logger = logging.getLogger("voice_actors.offline")

BEFORE_SETUP: Final = "spoke before setupComplete"
WITHDRAWN: Final = "answered a call that was withdrawn"
"""It may have been on its way when the cancellation was said."""
TWICE: Final = "answered a call twice"
GUESSED: Final = "answered a call that an answer without an id was taken for"
"""Which of several calls of one function such an answer means, nobody can tell."""
UNKNOWN_CALL: Final = "answered a call that nobody made"
UNANSWERED: Final = "left a call unanswered"
TWO_SOCKETS: Final = "came back while its old connection was open"
STAYED: Final = "stayed until the deadline of goAway"
REFUSED: Final = "was refused"
"""With what the client was told behind a colon."""
KINDS: Final = 200
"""How many different ones are told apart; the words of some are chosen by clients."""


@attrs.define(eq=False)
class Complaints:
    """All of a server's, by what it was, and how often."""

    _counts: Counter[str] = attrs.field(factory=Counter[str], init=False)

    @property
    def counts(self) -> Mapping[str, int]:
        """As it is now; it goes on to be counted."""
        return MappingProxyType(self._counts)

    def note(self, what: str) -> None:
        """A client did this."""
        logger.info("a client %s", what)
        if what in self._counts or len(self._counts) < KINDS:
            self._counts[what] += 1
