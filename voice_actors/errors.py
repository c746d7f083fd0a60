"""Everything that voice_actors raises on purpose, as one tree.

A caller can tell apart whose fault it was and whether another try makes sense: `LinkLost` may be retried, `Refused` may
not; `LocalProtocolError` is our bug, `RemoteProtocolError` theirs; `ConfigError` is mended by the person who reads it.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

LinkFault: TypeAlias = Literal[
    "network",
    "unavailable",
    "ended",
    "aborted",
    "authentication",
    "quota",
    "session",
    "model",
    "argument",
    "size",
    "endpoint",
    "portal",
    "trust",
    "other",
]
"""What was wrong with a connection; `LinkError` says what each of them means."""


class VoiceActorsError(Exception):
    """The root of every error of this package. All of them can be copied and pickled, to leave a worker process."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are otherwise made anew from their message alone, which is not enough for those that need more.
        return _bare, (type(self), self.args), vars(self)


class ConfigError(VoiceActorsError):
    """A setting cannot work; the message names it and the way out in one line."""


class UnsupportedByModelError(ConfigError):
    """The chosen model refuses a setting; found before connecting.

    `field` is the setting's name as in `google.genai.types.LiveConnectConfig`.
    """

    def __init__(self, message: str, *, field: str, model: str) -> None:
        super().__init__(message)
        self.field = field
        self.model = model


class MissingPartError(VoiceActorsError):
    """A package, a system library or a model file is not there; the message says how to get it."""


class ProtocolError(VoiceActorsError):
    """A message broke the rules of the wire; never raised itself, see its two kinds."""

    def __init__(self, message: str) -> None:
        if type(self) is ProtocolError:
            raise TypeError("raise LocalProtocolError or RemoteProtocolError, which say whose fault it was")
        super().__init__(message)


class LocalProtocolError(ProtocolError):
    """We were about to send something that the wire does not allow: a bug on this side."""


class RemoteProtocolError(ProtocolError):
    """The other side sent something that cannot be understood."""


class LinkError(VoiceActorsError):
    """The connection failed.

    `code` is the WebSocket close code (1006 where none was sent), `status` the HTTP status of a refused upgrade. `kind`
    says what was wrong: the *network*; a server that is *unavailable* now; a connection whose time has *ended*; one
    that the server *aborted* without a reason that we know; *authentication*; *quota*; a *session* that is not known
    any more; a *model* that is not offered; an invalid *argument*; the *size* of a message; an *endpoint* that is none;
    a *portal*, where another server answers because the network wants a sign-in first; *trust* in a certificate; or
    something *other*.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        reason: str = "",
        status: int | None = None,
        kind: LinkFault = "other",
    ) -> None:
        super().__init__(message)
        self.kind: LinkFault = kind
        self.code = code
        self.reason = reason
        self.status = status


class LinkLost(LinkError):  # noqa: N818 - a name from the field, and nobody's program error
    """The connection went away or could not be made; trying again may help."""

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        reason: str = "",
        status: int | None = None,
        kind: LinkFault = "network",
    ) -> None:
        super().__init__(message, code=code, reason=reason, status=status, kind=kind)


class LinkGivenUp(LinkError):  # noqa: N818 - as above
    """Every new try failed until the budget for trying was spent; `__cause__` is the last failure."""

    def __init__(self, message: str, last: LinkError) -> None:
        super().__init__(message, code=last.code, reason=last.reason, status=last.status, kind=last.kind)


class Refused(LinkError):  # noqa: N818 - as above
    """The server said no (credentials, model, a setting, quota); the same request again will not help."""


class DeviceError(VoiceActorsError):
    """A sound device or audio file cannot be used; `device` names it."""

    def __init__(self, message: str, *, device: str) -> None:
        super().__init__(message)
        self.device = device


class AgentFailed(VoiceActorsError):  # noqa: N818 - reads as what happened
    """The conversation ended by a failure of ours; `__cause__` is that failure, `actor` the part that failed."""

    def __init__(self, message: str, *, actor: str) -> None:
        super().__init__(message)
        self.actor = actor


def _bare(kind: type[VoiceActorsError], args: tuple[Any, ...]) -> VoiceActorsError:
    """An error with its message, and without its attributes."""
    return kind.__new__(kind, *args)
