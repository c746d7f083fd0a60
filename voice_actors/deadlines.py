"""How long we wait for others before we act."""

from __future__ import annotations

import attrs

from voice_actors.checks import seconds
from voice_actors.values import Value


@attrs.frozen(eq=False, repr=False)
class Deadlines(Value):
    """How long we wait, in seconds, before we act. All of them are ours; the server's own are obeyed as they come."""

    connect: float = 10.0
    """TCP, TLS, proxy and WebSocket upgrade together."""
    setup: float = 10.0
    """From setup to setupComplete."""
    close: float = 2.0
    """The WebSocket's closing handshake, before the socket is closed anyway."""
    tool: float = 30.0
    """One tool call, before the model is told that it took too long."""
    consent: float = 30.0
    """How long a call may wait for somebody to allow it; then it is not run."""
    farewell: float = 30.0
    """How long the end of a call that somebody wants to end waits for what is being said."""
    stale: float = 3.0
    """After an interruption, how long late audio of the cut reply is ignored if no turnComplete follows."""
    recorder: float = 2.0
    """At the end, how long the recorder may take to write what was said on the way down."""
    reconnect: float = 60.0
    """The whole budget for getting back after a lost link."""
    go_away: float = 5.0
    """How long before the announced end of a connection we leave it in any case."""
    link_age: float = 540.0
    """When a connection is replaced by a new one unasked; some services close theirs without a warning."""
    silent: float = 20.0
    """How long words may wait for an answer from a server that says nothing at all, before it is nudged; and once more
    as long, before the connection is replaced.
    """
    quiet: float = 60.0
    """How long such a replacement waits for a quiet moment."""

    def __attrs_post_init__(self) -> None:
        """Refuse what is no time.

        Raises:
            ConfigError: which of them, and what it may be.
        """
        for deadline in attrs.fields(Deadlines):
            seconds(self, deadline, getattr(self, deadline.name))
