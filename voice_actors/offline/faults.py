"""What can be made to go wrong, and when: a script of faults, in Python or in a TOML file.

```toml
seed = 7

[[fault]]
at = "reply-audio"   # a moment: a kind of message, or a number of seconds after setup
nth = 3              # the third such message of a connection
do = "close"         # what happens there, with fields of its own
code = 1011
reason = "Internal error encountered."
```

A fault strikes just before the message that it waits for would be sent; several that wait for the same message strike
in the order in which they stand. The messages and codes are those of the real service (BidiGenerateContent, v1beta).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import attrs

from voice_actors.errors import ConfigError
from voice_actors.gemini import events as e

SERVER_MESSAGES: Final[dict[str, type]] = {
    "setup": e.SetupComplete,
    "reply-audio": e.AudioOut,
    "reply-words": e.OutputTranscription,
    "user-words": e.InputTranscription,
    "tool-call": e.ToolCall,
    "tool-cancel": e.ToolCallCancellation,
    "interrupted": e.Interrupted,
    "generation-complete": e.GenerationComplete,
    "turn-complete": e.TurnComplete,
    "resumption": e.SessionResumptionUpdate,
    "go-away": e.GoAway,
    "usage": e.Usage,
}
"""What the server is about to say; `setup` is its answer to the client's."""
CLIENT_MESSAGES: Final[dict[str, type | tuple[type, ...]]] = {
    "client-audio": e.AudioIn,
    "client-video": e.VideoIn,
    "client-text": (e.TextIn, e.ClientContent),
    "tool-response": e.ToolResponse,
}
"""What the client has said."""
CONNECTION: Final = "connection"
"""The client asks for the upgrade."""
_NEVER_SENT = frozenset({1004, 1005, 1006, 1015})
_FORMS = ("malformed", "scalar", "binary", "deep", "long-number", "bad-base64", "unknown-kind", "half-sample")


def _is_code(_action: object, _field: object, code: int) -> None:
    if not 1000 <= code <= 4999 or code in _NEVER_SENT:
        raise ConfigError(f'code is {code}; a close says 1000 to 4999 without 1004 to 1006 and 1015 (see do = "reset")')


def _is_reason(_action: object, _field: object, reason: str) -> None:
    if len(reason.encode()) > 123:
        raise ConfigError(f"reason has {len(reason.encode())} bytes; a close frame holds 123")


def _is_status(_action: object, _field: object, status: int) -> None:
    if not 400 <= status <= 599:
        raise ConfigError(f"status is {status}; a refusal is 400 to 599")


def _is_form(_action: object, _field: object, form: str) -> None:
    if form not in _FORMS:
        raise ConfigError(f"form is {form!r}; known are {', '.join(_FORMS)}")


def _not_negative(_action: object, field: attrs.Attribute[Any], value: float) -> None:
    if not 0 <= value < float("inf"):
        raise ConfigError(f"{field.name} is {value:g}; it has to be 0 or more")


def _positive_seconds(_action: object, field: attrs.Attribute[Any], value: float) -> None:
    if not 0 < value < float("inf"):
        raise ConfigError(f"{field.name} is {value:g}; it has to be more than 0")


def _positive(_action: object, field: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise ConfigError(f"{field.name} is {value}; it has to be 1 or more")


# ---- what happens to the connection ------------------------------------------------------------------------------


@attrs.frozen
class Refuse:
    """Answer the upgrade with an HTTP status."""

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

    seconds: float = attrs.field(default=30.0, validator=_not_negative)


@attrs.frozen
class Stall:
    """Send nothing for so many seconds, then everything that has piled up."""

    seconds: float = attrs.field(default=2.0, validator=_not_negative)


@attrs.frozen
class Burst:
    """Hold the reply back until it is complete or cut, then send all of it at once."""


# ---- what is said besides ----------------------------------------------------------------------------------------


@attrs.frozen
class Announce:
    """Say goAway; what follows is up to the faults after it."""

    time_left: float = attrs.field(default=10.0, validator=_not_negative)
    """Seconds."""


@attrs.frozen
class Send:
    """Send this text as a message, whatever it says."""

    text: str


@attrs.frozen
class Garbage:
    """Send something that is no message: see `voice_actors.offline.garbage`."""

    form: str = attrs.field(default="malformed", validator=_is_form)
    count: int = attrs.field(default=1, validator=_positive)


@attrs.frozen
class Huge:
    """Send a message of so many bytes that says nothing."""

    size: int = attrs.field(default=20 * 2**20, validator=_positive)


# ---- what happens to the message that is waited for --------------------------------------------------------------


@attrs.frozen
class Drop:
    """It is never sent."""


@attrs.frozen
class Delay:
    """It is sent so many seconds later; others overtake it."""

    seconds: float = attrs.field(default=1.0, validator=_not_negative)


@attrs.frozen
class Duplicate:
    """It is sent `count` times."""

    count: int = attrs.field(default=2, validator=_positive)


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
class WithAudio:
    """Some speech stands in the same message."""

    ms: int = attrs.field(default=100, validator=_positive)


OnMessage: TypeAlias = Drop | Delay | Duplicate | Truncate | UnknownFields | StripIds | Mirror | WithAudio
OnConnection: TypeAlias = (
    Close | Reset | Silence | Deafness | SlowPong | Stall | Burst | Announce | Send | Garbage | Huge
)
Action: TypeAlias = Refuse | OnConnection | OnMessage
ON_MESSAGE: Final = (Drop, Delay, Duplicate, Truncate, UnknownFields, StripIds, Mirror, WithAudio)


@attrs.frozen
class Fault:
    """One thing that goes wrong."""

    at: str | float
    """A key of `SERVER_MESSAGES` or `CLIENT_MESSAGES`, `connection`, or seconds after setup."""
    do: Action
    nth: int = attrs.field(default=1, validator=_positive)
    """Which of the messages of that kind, counted in each connection."""
    times: int = attrs.field(default=1, validator=_not_negative)
    """How many of them, from that one on; 0 is all."""
    connections: Sequence[int] = ()
    """Which connections, counted from 1 since the server opened; empty is every one."""
    resumed: bool | None = None
    """Only where an earlier session goes on (true), or only where a new one begins (false)."""
    during_call: bool | None = None
    """Only while a function call is unanswered (true), or only while none is (false)."""
    after: float = attrs.field(default=0.0, validator=_not_negative)
    """Seconds from the moment to the action."""
    chance: float = 1.0
    """How likely it is to strike, from 0 to 1; the script's seed decides."""

    def __attrs_post_init__(self) -> None:
        """Refuse what could never strike."""
        if isinstance(self.at, str) and self.at not in (*SERVER_MESSAGES, *CLIENT_MESSAGES, CONNECTION):
            known = ", ".join((CONNECTION, *SERVER_MESSAGES, *CLIENT_MESSAGES))
            raise ConfigError(f"at is {self.at!r}; known are {known}, and a number of seconds after setup")
        if isinstance(self.at, float | int) and not 0 <= self.at < float("inf"):
            raise ConfigError(f"at is {self.at:g}; it has to be 0 s or more")
        if not 0 <= self.chance <= 1:
            raise ConfigError(f"chance is {self.chance:g}; it goes from 0 to 1")
        if any(number < 1 for number in self.connections):
            raise ConfigError("connections are counted from 1")
        self._check_fit()

    def _check_fit(self) -> None:
        if (self.at == CONNECTION) is not isinstance(self.do, Refuse):
            raise ConfigError(
                'at = "connection" and do = "refuse" belong together: what follows comes after the upgrade'
            )
        said_before = (self.resumed, self.during_call, self.after or None, None if self.nth == 1 else self.nth)
        if self.at == CONNECTION and any(each is not None for each in said_before):
            raise ConfigError(
                'resumed, during_call, after and nth mean nothing at = "connection": nothing has been said yet'
            )
        if self.during_call is not None and not isinstance(self.at, str):
            raise ConfigError("during_call goes with a kind of message, not with a time")
        if isinstance(self.do, ON_MESSAGE) and self.at not in SERVER_MESSAGES:
            raise ConfigError(f"at is {self.at!r}; a message can only be changed where the server sends one")
        if isinstance(self.do, ON_MESSAGE) and self.after:
            raise ConfigError('after cannot be set for what changes a message; do = "delay" sends it later')

    def strikes(self, count: int) -> bool:
        """Whether it is meant for the `count`-th message of its kind."""
        return count >= self.nth and (self.times == 0 or count < self.nth + self.times)


@attrs.frozen
class Script:
    """Everything that goes wrong in a server; the same seed gives the same faults."""

    faults: Sequence[Fault] = attrs.field(default=(), converter=tuple[Any, ...])
    seed: int = 0

    def __add__(self, other: Script) -> Script:
        """Both, this one's faults first, under its seed."""
        return Script((*self.faults, *other.faults), self.seed or other.seed)
