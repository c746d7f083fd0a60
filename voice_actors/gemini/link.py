"""The one place where a WebSocket is touched."""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """A connection that carries whole frames. One task may receive while others send; sends queue up in order."""

    async def send(self, frame: str | bytes) -> None:
        """Send one frame: text for `str`, binary for `bytes`.

        Cancelled in the middle of a write, the link is unusable from then on, since half a frame cannot be taken back.

        Raises:
            LinkLost: the connection is gone.
        """
        ...

    async def receive(self) -> str | bytes:
        """The next frame.

        Raises:
            LinkLost: the connection is gone, or was closed with a code that a new connection may mend.
            Refused: it was closed with a code that the same request would meet again.
            RemoteProtocolError: the peer broke the WebSocket rules.
        """
        ...
