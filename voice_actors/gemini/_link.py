"""The links over a WebSocket: what is sent and received, and why it is over."""

from __future__ import annotations

from typing import TypeVar

import trio
from trio_websocket import ConnectionClosed
from wsproto.utilities import LocalProtocolError as WsprotoLocalError

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini._request import Rejection, Upgrade
from voice_actors.gemini._verdict import classify_close
from voice_actors.gemini._websocket import Socket

_OurError = TypeVar("_OurError", LinkLost, RemoteProtocolError)


class WebSocketLink:
    """The one Link over a real byte stream, for both sides."""

    def __init__(self, socket: Socket, *, ping_every: float | None) -> None:
        self._socket = socket
        self._ping_every = ping_every
        self._closed_here = False
        # Shielded: a cancelled conversation still wants to close properly, and that needs the reader.
        self._life = trio.CancelScope(shield=True)

    async def send(self, frame: str | bytes) -> None:
        """Send one frame; see `Link`."""
        try:
            await self._socket.send_message(frame)
        except (ConnectionClosed, WsprotoLocalError):
            pass  # the reason is kept in the socket, and told below
        else:
            return
        raise self.verdict()

    async def receive(self) -> str | bytes:
        """The next frame; see `Link`."""
        try:
            return await self._socket.get_message()
        except ConnectionClosed:
            pass
        raise self.verdict()

    @property
    def round_trip(self) -> float | None:
        """See `KnowsRoundTrip`."""
        return self._socket.round_trip

    def verdict(self) -> LinkLost | Refused | RemoteProtocolError:
        """Why the link is over, as an error with its `__cause__`."""
        socket = self._socket
        if socket.violation or socket.crash:
            what = socket.violation or "data that cannot be read"
            return _caused(RemoteProtocolError(f"the other side broke the WebSocket rules: {what}"), socket.crash)
        if socket.oversize:
            return LinkLost("the other side sent a message longer than we take (1009)", code=1009, kind="size")
        if self._closed_here:
            return LinkLost("the link was closed on this side", code=1000, kind="ended")
        reason = socket.closed
        if reason is not None and reason.code != 1006:
            return classify_close(reason.code, reason.reason or "")
        if socket.watched.failure:
            return _caused(LinkLost(socket.watched.failure, code=1006), socket.watched.cause)
        return classify_close(1006, "")

    async def run(self) -> None:
        """Read, ping and watch until the link is over or `stop`."""
        with self._life:
            async with trio.open_nursery() as watching:
                watching.start_soon(self._socket.watched.watch)  # longer than the reader: a writer may still be stuck
                await self._read_and_ping()

    async def _read_and_ping(self) -> None:
        async with trio.open_nursery() as nursery:
            if self._ping_every is not None:
                nursery.start_soon(self._socket.keep_alive, self._ping_every)
            await self._socket.read()
            nursery.cancel_scope.cancel(reason="the reader has ended")

    async def wait_upgraded(self) -> None:
        """Wait until the upgrade is through (client), or asked for (server).

        Raises:
            LinkLost, Refused, RemoteProtocolError: it never will be.
        """
        await self._socket.settled.wait()
        if not self._socket.opened and self._socket.request is None:
            raise self._socket.rejection() or self.verdict()

    async def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, wait for the answer, and close the stream. May wait for ever; callers bound it."""
        if self._socket.closed is None:
            self._closed_here = True
        self._socket.read_on()
        await self._socket.aclose(code, reason or None)
        await self._socket.written()
        await self._socket.watched.aclose()

    def stop(self) -> None:
        """End `run` at once."""
        self._life.cancel(reason="the link is left")


class AcceptedLink(WebSocketLink):
    """The server's side of it."""

    def __init__(self, socket: Socket, upgrade: Upgrade, close_within: float, ping_every: float | None) -> None:
        super().__init__(socket, ping_every=ping_every)
        self._upgrade = upgrade
        self._close_within = close_within

    @property
    def upgrade(self) -> Upgrade:
        """What the client asked for."""
        return self._upgrade

    async def answer(self, rejection: Rejection | None) -> None:
        """Grant the upgrade, or refuse it.

        Raises:
            Refused: it was refused.
            LinkLost: the client is gone.
        """
        try:
            if rejection is None:
                await self._socket.accept_request()
                return
            await self._socket.reject_request(rejection.status, rejection.body.encode())
        except ConnectionClosed as error:
            raise self.verdict() from error
        raise Refused(f"the upgrade was refused with HTTP {rejection.status}", status=rejection.status)

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason; see `ServerLink`."""
        with trio.move_on_after(self._close_within):
            await self.hang_up(code, reason)


def _caused(error: _OurError, cause: BaseException | None) -> _OurError:
    error.__cause__ = cause
    return error
