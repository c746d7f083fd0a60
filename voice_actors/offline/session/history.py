"""What was said in a session so far, kept within bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import attrs

from voice_actors.offline.parts import AgentTurn, Entry, Sight, UserTurn
from voice_actors.offline.session.terms import Compression
from voice_actors.offline.session.tokens import IMAGE_TOKENS, TokenCounts, text_tokens

LIMIT = 5_000
"""Entries: hours of talk; older turns are let go, so that no session grows for ever."""
SIGHTS = 60
"""Still frames remembered in a row, a minute at the advised one a second."""


@attrs.define(eq=False)
class History:
    """The entries of a session, oldest first."""

    entries: list[Entry] = attrs.field(factory=list[Entry])
    compression: Compression | None = None
    tokens: TokenCounts = attrs.field(factory=TokenCounts)
    """What the entries cost; speech costs more than its words, so a turn that is let go takes its share of them."""

    def add(self, *entries: Entry) -> None:
        """These came last."""
        for entry in entries:
            if isinstance(entry, Sight) and _is_sights(self.entries[-SIGHTS:]):
                del self.entries[-SIGHTS]
            self.entries.append(entry)
        self._shrink()

    def take_back(self) -> UserTurn | None:
        """Remove the last entry where it is the user's and was not answered."""
        if self.entries and isinstance(last := self.entries[-1], UserTurn):
            self.entries.pop()
            return last
        return None

    def _shrink(self) -> None:
        if len(self.entries) > LIMIT:
            self._drop_turns(until=lambda: len(self.entries) <= LIMIT * 9 // 10)
        if self.compression is not None and self.tokens.of_prompt > self.compression.trigger:
            target = self.compression.target
            self._drop_turns(until=lambda: self.tokens.of_prompt <= target)

    def _drop_turns(self, until: Callable[[], bool]) -> None:
        """Turns are let go whole, and with them their share of the tokens; the one that is going on stays."""
        while not until():
            start = next((at for at, entry in enumerate(self.entries) if at and isinstance(entry, UserTurn)), None)
            if start is None:
                return
            self.tokens.forget(tokens_of(self.entries[:start]) / max(1, tokens_of(self.entries)))
            del self.entries[:start]


def tokens_of(entries: Iterable[Entry]) -> int:
    """How heavy the entries are beside one another; what was spoken counts as its words."""
    return sum(_tokens(entry) for entry in entries)


def _tokens(entry: Entry) -> int:
    match entry:
        case UserTurn(text) | AgentTurn(text):
            return text_tokens(text)
        case Sight():
            return IMAGE_TOKENS
        case _:
            return text_tokens(json.dumps(attrs.asdict(entry), default=str))


def _is_sights(entries: list[Entry]) -> bool:
    return len(entries) == SIGHTS and all(isinstance(entry, Sight) for entry in entries)
