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
from typing import Any, Final

import attrs

from voice_actors.errors import ConfigError
from voice_actors.gemini import events as e
from voice_actors.offline.faults.actions import ON_MESSAGE, Action, Ignore, Refuse, not_negative, positive

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


@attrs.frozen
class Fault:
    """One thing that goes wrong."""

    at: str | float
    """A key of `SERVER_MESSAGES` or `CLIENT_MESSAGES`, `connection`, or seconds after setup."""
    do: Action
    nth: int = attrs.field(default=1, validator=positive)
    """Which of the messages of that kind, counted in each connection."""
    times: int = attrs.field(default=1, validator=not_negative)
    """How many of them, from that one on; 0 is all."""
    connections: Sequence[int] = ()
    """Which connections, counted from 1 since the server opened; empty is every one."""
    resumed: bool | None = None
    """Only where an earlier session goes on (true), or only where a new one begins (false)."""
    during_call: bool | None = None
    """Only while a function call is unanswered (true), or only while none is (false)."""
    after: float = attrs.field(default=0.0, validator=not_negative)
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
        if isinstance(self.do, Ignore) and (self.at not in CLIENT_MESSAGES or self.after):
            raise ConfigError(f'at is {self.at!r}; do = "ignore" goes with a message of the client, at once')
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
