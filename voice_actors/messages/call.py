"""Events of the conversation itself: its recording, links and devices, and what else the server told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from voice_actors.messages.happened import Happened


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RecordingStarted(Happened):
    """Both voices are being recorded; the recording's first sample lies at `at`."""

    path: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RecordingEnded(Happened):
    """Nothing more is recorded; how well the two voices lay on one clock."""

    lost_ms: float
    """Of audio that came too late for its place."""
    user_drift_ppm: float | None
    """Millionths by which the microphone's clock is slower than ours; None where it was not heard for long enough. The
    voices are kept in step all the same."""
    agent_drift_ppm: float | None
    """The loudspeaker's."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Connected(Happened):
    """The session is ready for audio."""

    model: str
    session_id: str | None = None
    resumed: bool = False
    """True where an earlier session goes on by its resumption handle."""
    restored: bool = False
    """True where a new session was told from the transcript what was said in an earlier one."""
    away: float = 0.0
    """Seconds since the conversation had a link; 0 for the first."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Disconnected(Happened):
    """The link is gone; `retry_in` says when the next try starts, None where there is none."""

    code: int | None
    reason: str
    retry_in: float | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class GoingAway(Happened):
    """The server will close the connection in `time_left` seconds; the session moves to a new one before."""

    time_left: float


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Updated(Happened):
    """The model has other tools or instructions from here on."""

    tools: Sequence[str] | None = None
    """Names of all tools that there are now; None where they are as before."""
    instructions: str | None = None
    """None where they are as before."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Muted(Happened):
    """The microphone was muted or unmuted."""

    muted: bool


@attrs.frozen(kw_only=True, eq=False, repr=False)
class DeviceLost(Happened):
    """A sound device is gone; it is opened again as soon as it is back, and the conversation goes on."""

    device: str
    reason: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class DeviceBack(Happened):
    """A lost sound device works again."""

    device: str
    away: float
    """Seconds for which it was gone."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class MicrophoneEnded(Happened):
    """The microphone's source came to its end (a file, a pipe)."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AudioLost(Happened):
    """Audio was dropped at a named place because its reader was late."""

    where: str
    ms: float


@attrs.frozen(kw_only=True, eq=False, repr=False)
class UsageReported(Happened):
    """Token counts as the server sent them, Developer API names; `TurnUsage` tells what they add to the bill."""

    usage: Mapping[str, Any]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ServerNotice(Happened):
    """Something the server said that has no event of its own: grounding, media parts, waiting for input."""

    kind: str
    body: Mapping[str, Any]


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Oddity(Happened):
    """A message could not be understood and was skipped, or something else went wrong that the call survives."""

    what: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Ended(Happened):
    """The conversation is over; the last event of all."""

    reason: str


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Lagged(Happened):
    """A subscriber read too slowly and missed `count` events. Seen by that subscriber only."""

    count: int
