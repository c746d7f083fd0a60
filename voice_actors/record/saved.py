"""Conversations from their transcript files: `Transcript.load(path)` for programs that come after the call."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args

import attrs

from voice_actors.messages import Event
from voice_actors.record import journal
from voice_actors.record.transcripts import Message, messages_of, select

_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


@attrs.frozen
class Transcript:
    """A recorded conversation: its events and what may be wrong with its file."""

    events: list[Event]
    """Oldest first; without those of kinds that this version does not know."""
    complete: bool
    """False where lines are torn, changed or missing, or the conversation's end was never written."""
    missing: list[tuple[int, int]]
    """First and last number of each run of lines that are not there."""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Transcript:
        """Read the newest conversation in a file, also one that a crash cut short. Blocks on the disk.

        Raises:
            ConfigError: it cannot be read, is no transcript, or was written by a later version.
        """
        reading = journal.read(path)
        rows = journal.newest(reading.rows)
        events = [event for event in map(_event, rows) if event is not None]
        whole = not reading.bad and bool(rows) and rows[-1]["event"] == "Ended"
        missing = journal.gaps(row["seq"] for row in rows)
        return cls(events, whole and not missing, missing)

    def export_events(
        self,
        *,
        limit: int | None = None,
        filter: Callable[[list[Event]], Sequence[Event]] | None = None,  # noqa: A002 - as `VoiceAgent.export_events`
    ) -> list[Event]:
        """As the agent's: the newest `limit` events that pass `filter`, newest last."""
        return select(self.events, limit=limit, filter=filter)

    def export_messages(
        self,
        *,
        limit: int | None = None,
        filter: Callable[[list[Message]], Sequence[Message]] | None = None,  # noqa: A002 - as above
    ) -> list[Message]:
        """As the agent's: what was said by either side and by tools."""
        return select(messages_of(self.events), limit=limit, filter=filter)


def _event(row: Mapping[str, Any]) -> Event | None:
    """The event that a line tells of; None for a later version's kind, and a line without a needed field."""
    kind = _KINDS.get(str(row["event"]))
    if kind is None:
        return None
    fields = {field.name: field for field in attrs.fields(kind)}
    if any(field.default is attrs.NOTHING and name not in row for name, field in fields.items()):
        return None
    make = cast("Callable[..., Event]", kind)
    return make(**{name: row[name] for name in fields if name in row})
