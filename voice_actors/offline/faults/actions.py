"""What can go wrong: the actions of a fault script, each with what it may be asked for."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import attrs

from voice_actors.errors import ConfigError

_NEVER_SENT = frozenset({1004, 1005, 1006, 1015})
_FORMS = ("malformed", "scalar", "binary", "deep", "long-number", "bad-base64", "unknown-kind", "half-sample")


def _is_code(_action: object, _field: object, code: int) -> None:
    if not 1000 <= code <= 4999 or code in _NEVER_SENT:
        raise ConfigError(f'code is {code}; a close says 1000 to 4999 without 1004 to 1006 and 1015 (see do = "reset")')


def _is_reason(_action: object, _field: object, reason: str) -> None:
    if len(reason.encode()) > 123:
        raise ConfigError(f"reason has {len(reason.encode())} bytes; a close frame holds 123")


def _is_status(_action: object, _field: object, status: int) -> None:
    if not 300 <= status <= 599:
        raise ConfigError(f"status is {status}; a refusal is 300 to 599")


def _is_form(_action: object, _field: object, form: str) -> None:
    if form not in _FORMS:
        raise ConfigError(f"form is {form!r}; known are {', '.join(_FORMS)}")


def _is_scheduling(_action: object, _field: object, scheduling: str) -> None:
    if scheduling not in {"", "INTERRUPT", "WHEN_IDLE", "SILENT"}:
        raise ConfigError(f"scheduling is {scheduling!r}; known are INTERRUPT, WHEN_IDLE, SILENT")


def not_negative(_action: object, field: attrs.Attribute[Any], value: float) -> None:
    """0 or more, for attrs."""
    if not 0 <= value < float("inf"):
        raise ConfigError(f"{field.name} is {value:g}; it has to be 0 or more")


def _positive_seconds(_action: object, field: attrs.Attribute[Any], value: float) -> None:
    if not 0 < value < float("inf"):
        raise ConfigError(f"{field.name} is {value:g}; it has to be more than 0")


def positive(_action: object, field: attrs.Attribute[int], value: int) -> None:
    """1 or more, for attrs."""
    if value < 1:
        raise ConfigError(f"{field.name} is {value}; it has to be 1 or more")


# ---- what happens to the connection ------------------------------------------------------------------------------


@attrs.frozen
class Refuse:
    """Answer the upgrade with an HTTP status; below 400 a page is sent, as from a hotel's network."""

    status: int = attrs.field(default=503, validator=_is_status)
    reason: str = "The service is currently unavailable."


@attrs.frozen
class Close:
    """Close properly, with a code and a reason."""

    code: int = attrs.field(default=1011, validator=_is_code)
    reason: str = attrs.field(default="Internal error encountered.", validator=_is_reason)


@attrs.frozen
class Reset:
    """Be gone without a close (the client sees 1006); on TCP with a RST, `mid_frame` after half a message."""

    mid_frame: bool = False


@attrs.frozen
class Silence:
    """Send no message any more, and go on reading and answering pings."""


@attrs.frozen
class Deafness:
    """Read no byte any more, so no ping is answered; messages still go out. Then the connection breaks."""

    seconds: float = attrs.field(default=120.0, validator=_positive_seconds)


@attrs.frozen
class SlowPong:
    """Answer every ping so many seconds late."""

    seconds: float = attrs.field(default=30.0, validator=not_negative)


@attrs.frozen
class Stall:
    """Send nothing for so many seconds, then everything that has piled up."""

    seconds: float = attrs.field(default=2.0, validator=not_negative)


@attrs.frozen
class Burst:
    """Hold the reply back until it is complete or cut, then send all of it at once."""


# ---- what is said besides ----------------------------------------------------------------------------------------


@attrs.frozen
class Announce:
    """Say goAway; what follows is up to the faults after it."""

    time_left: float = attrs.field(default=10.0, validator=not_negative)
    """Seconds."""


@attrs.frozen
class Send:
    """Send this text as a message, whatever it says."""

    text: str


@attrs.frozen
class Garbage:
    """Send something that is no message: see `voice_actors.offline.faults.garbage`."""

    form: str = attrs.field(default="malformed", validator=_is_form)
    count: int = attrs.field(default=1, validator=positive)


@attrs.frozen
class Speak:
    """Send some speech that belongs to no reply."""

    ms: int = attrs.field(default=200, validator=positive)


@attrs.frozen
class Invent:
    """Call a function that the client never declared."""

    name: str = "function_of_nobody"


@attrs.frozen
class Huge:
    """Send a message of so many bytes that says nothing."""

    size: int = attrs.field(default=20 * 2**20, validator=positive)


# ---- what happens to what the client has said ------------------------------------------------------------------


@attrs.frozen
class Ignore:
    """It is never taken, as if it had been lost on the way."""

    scheduling: str = attrs.field(default="", validator=_is_scheduling)
    """Only function responses that are to be told so: INTERRUPT, SILENT, or WHEN_IDLE, which is what is not said."""


# ---- what happens to the message that is waited for --------------------------------------------------------------


@attrs.frozen
class Drop:
    """It is never sent."""


@attrs.frozen
class Delay:
    """It is sent so many seconds later; others overtake it."""

    seconds: float = attrs.field(default=1.0, validator=not_negative)


@attrs.frozen
class Duplicate:
    """It is sent `count` times."""

    count: int = attrs.field(default=2, validator=positive)


@attrs.frozen
class Truncate:
    """Only its first half is sent."""


@attrs.frozen
class UnknownFields:
    """It has fields that nobody knows, at every level."""


@attrs.frozen
class StripIds:
    """Its function calls have no ids, as on Vertex AI."""


@attrs.frozen
class Mirror:
    """Its function calls are said once more, as parts of a model turn."""


@attrs.frozen
class Alias:
    """Its speech stands in it twice, under both spellings of the field."""


@attrs.frozen
class Fragments:
    """Its words come in messages of a few letters each."""

    letters: int = attrs.field(default=3, validator=positive)


@attrs.frozen
class WithAudio:
    """Some speech stands in the same message."""

    ms: int = attrs.field(default=100, validator=positive)


OnMessage: TypeAlias = (
    Drop | Delay | Duplicate | Truncate | UnknownFields | StripIds | Mirror | WithAudio | Alias | Fragments
)
OnConnection: TypeAlias = (
    Close | Reset | Silence | Deafness | SlowPong | Stall | Burst | Announce | Send | Speak | Invent | Garbage | Huge
)
Action: TypeAlias = Refuse | OnConnection | OnMessage | Ignore
ON_MESSAGE: Final = (Drop, Delay, Duplicate, Truncate, UnknownFields, StripIds, Mirror, WithAudio, Alias, Fragments)
