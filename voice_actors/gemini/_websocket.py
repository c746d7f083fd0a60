"""trio-websocket 0.12.2, mended: what makes its reader hang, crash or stay silent is overridden here.

It uses private names of that release on purpose, which is why the dependency is pinned; tests/faults holds it to that.
"""

from __future__ import annotations

import io

import trio
import wsproto
from trio_websocket import CloseReason, ConnectionClosed, ConnectionRejected, WebSocketConnection
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError as WsprotoRemoteError

from voice_actors.errors import LinkLost, LocalProtocolError, Refused
from voice_actors.gemini._dial import Request as Asked
from voice_actors.gemini._stream import Allowance, WatchedStream
from voice_actors.gemini._verdict import classify_http, redact

_QUEUE = 64
"""Messages read ahead, so that pings are answered while the application is busy."""
_PINGS = (50.0, 200.0)
"""A second, and at once, that are answered without delay; floods of them cost a reader nothing but its own time."""
_LONGEST_ANSWER = 64 * 1024
"""Bytes of an answer to an upgrade."""
_REJECTION_BODY_WITHIN = 1.0
"""Seconds to wait for the text of a refusal whose status is known already."""
_FIRST_PING = 0.2
"""Seconds from the upgrade to the first ping: what a link must do at once is done by then."""
_LAST_WORD_WITHIN = 1.0
"""Seconds to tell the peer which rule it broke."""


class _Over(Exception):  # noqa: N818 - ends the reader; trio-websocket would read on until the peer closes TCP
    """The reader has nothing left to do."""


class Wire(wsproto.WSConnection):
    """wsproto that remembers what was wrong, and takes a host name it cannot decode for a bad request."""

    violation = ""

    def receive_data(self, data: bytes | None) -> None:
        """Parse; what the peer did wrong is kept in `violation`.

        Raises:
            wsproto.utilities.RemoteProtocolError: the peer broke the rules.
        """
        try:
            super().receive_data(data)
        except UnicodeError as error:
            self.violation = "a header that is not text"
            raise WsprotoRemoteError(self.violation, event_hint=RejectConnection()) from error
        except WsprotoRemoteError as error:
            self.violation = str(error)
            if self.client:  # a client has nothing to reject; trio-websocket would try, and h11 crash
                error.event_hint = None
            raise


class Socket(WebSocketConnection):
    """A WebSocketConnection whose reader ends when there is nothing left to read, and says why."""

    def __init__(
        self,
        stream: WatchedStream,
        wire: Wire,
        max_message_bytes: int,
        request: Asked | None = None,
    ) -> None:
        super().__init__(
            stream,
            wire,
            host=request.host if request else None,
            path=request.target if request else None,
            client_extra_headers=request.headers if request else None,
            message_queue_size=_QUEUE,
            max_message_size=max_message_bytes,
            receive_buffer_size=None,  # trio's choice of 64 KiB: 4 KiB costs three times as much on large messages
        )
        self.watched = stream
        self._wire = wire
        self._text = io.StringIO()
        self._binary = bytearray()
        self._size = 0
        self._pongs_allowed = Allowance(*_PINGS)
        self.settled = trio.Event()
        """Set when the upgrade has been answered (client) or asked for (server), or will never be."""
        self.opened = False
        self.request: Request | None = None
        self.round_trip: float | None = None
        self._pings_sent, self._pinged_at = 0, 0.0
        self.oversize = False
        self.crash: Exception | None = None
        self.violation = ""

    async def read(self) -> None:
        """Run the reader to its end. Never raises but Cancelled: what went wrong is found in the attributes."""
        if self.is_client:
            self.watched.budget = _LONGEST_ANSWER
        try:
            await self._reader_task()
        except (_Over, ConnectionClosed, ConnectionRejected):
            pass  # each has left its mark: closed, or rejection()
        except Exception as error:  # noqa: BLE001 - a reader handles nothing but what the peer sent
            self.crash = error
            await self._abort_web_socket()
        finally:
            self.violation = self.violation or self._wire.violation
            self._close_handshake.set()  # or aclose() would wait for a Close that nobody reads
            self.settled.set()

    def rejection(self) -> LinkLost | Refused | None:
        """What the server answered in place of an upgrade."""
        if not self._reject_status:
            return None
        return classify_http(self._reject_status, bytes(self._reject_body).decode("utf-8", "replace"))

    async def keep_alive(self, every: float) -> None:
        """Ping soon, and then each `every` seconds, until the end. Any byte received counts as an answer; the newest
        pong tells the round trip.

        trio-websocket's own `ping()` waits for its pong even after the connection is gone.
        """
        await trio.sleep(min(every, _FIRST_PING))
        while self._wsproto.state is ConnectionState.OPEN:
            self._pings_sent, self._pinged_at = self._pings_sent + 1, trio.current_time()
            try:
                await self._send(Ping(payload=b"voice %d" % self._pings_sent))
            except ConnectionClosed:
                return
            await trio.sleep(every)

    async def _send(self, event: Event) -> None:
        # As trio-websocket's, but a lock that is free is taken without a visit to the scheduler: at fifty chunks a
        # second those visits are what an idle conversation costs. The streams below have one of their own.
        await trio.lowlevel.checkpoint_if_cancelled()  # before anything is written; later it would break the link
        data = self._wsproto.send(event)
        try:
            self._stream_lock.acquire_nowait()
        except trio.WouldBlock:
            await self._stream_lock.acquire()
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await self._abort_web_socket()  # noqa: ASYNC120 - being cancelled matters more
            raise ConnectionClosed(self._close_reason) from None
        finally:
            self._stream_lock.release()

    async def written(self) -> None:
        """Wait until nobody writes any more: the reader may still be answering a Close."""
        async with self._stream_lock:
            return

    async def _handle_accept_connection_event(self, event: AcceptConnection) -> None:
        await super()._handle_accept_connection_event(event)
        self.watched.budget = float("inf")
        self.opened = True
        self.settled.set()

    async def _handle_reject_connection_event(self, event: RejectConnection) -> None:
        self.watched.deadline = trio.current_time() + _REJECTION_BODY_WITHIN
        await super()._handle_reject_connection_event(event)

    async def _handle_request_event(self, event: Request) -> None:
        self.request = event
        self.settled.set()

    async def accept_request(self) -> None:
        """Say 101 to the upgrade that was asked for."""
        if self.request is None:
            raise LocalProtocolError("there is no upgrade to accept")
        await self._accept(self.request, None, [])
        self.opened = True

    async def reject_request(self, status: int, body: bytes) -> None:
        """Say no to the upgrade that was asked for, with an HTTP status and a JSON body."""
        await self._reject(status, [(b"Content-Type", b"application/json"), (b"Connection", b"close")], body)

    async def _handle_ping_event(self, event: Ping) -> None:
        await self._pongs_allowed.take()
        if self._wsproto.state is ConnectionState.OPEN:  # while closing, wsproto takes no pong and raises
            await super()._handle_ping_event(event)

    async def _handle_pong_event(self, event: Pong) -> None:
        if bytes(event.payload) == b"voice %d" % self._pings_sent:
            self.round_trip = trio.current_time() - self._pinged_at
        await super()._handle_pong_event(event)

    async def _handle_message_event(self, event: BytesMessage | TextMessage) -> None:
        # Parts are joined as they come: kept apart, a flood of two-byte fragments takes twenty times its size.
        data = event.data
        self._size += len(data) if not isinstance(data, str) or data.isascii() else len(data.encode())
        if self._size > self._max_message_size:
            self.oversize = True
            await self._leave(1009, f"message longer than {self._max_message_size} bytes")
        message = self._join(data, finished=event.message_finished)
        if message is not None:
            self._size = 0
            await self._hand_over(message)
        else:
            await trio.lowlevel.checkpoint()  # one read may hold ten thousand fragments, and others want to live, too

    def _join(self, data: str | bytes | bytearray, *, finished: bool) -> str | bytes | None:
        if isinstance(data, str):
            if finished and not self._text.tell():
                return data
            self._text.write(data)
            if not finished:
                return None
            text, self._text = self._text.getvalue(), io.StringIO()
            return text
        if finished and not self._binary:
            return bytes(data)
        self._binary += data
        if not finished:
            return None
        binary, self._binary = bytes(self._binary), bytearray()
        return binary

    async def _hand_over(self, message: str | bytes) -> None:
        try:
            await self._send_channel.send(message)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return  # we are closing, and read on only for the peer's Close

    async def _handle_close_connection_event(self, event: CloseConnection) -> None:
        if self._wsproto.state in {ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING}:
            self.violation = redact(event.reason or "") or "a frame that breaks the rules"  # wsproto's finding
        await self._leave(event.code, event.reason or "")

    async def _leave(self, code: int, reason: str) -> None:
        """Tell whoever receives, then the peer, and end the reader."""
        if self._close_reason is None:
            self._close_reason = CloseReason(code, reason)
        self._send_channel.close()
        self._close_handshake.set()
        if self._wsproto.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            with trio.move_on_after(_LAST_WORD_WITHIN):
                await self._send(CloseConnection(code=code, reason=reason))
        raise _Over


def client_wire() -> Wire:
    """The client's half of the protocol, without extensions."""
    return Wire(ConnectionType.CLIENT)


def server_wire() -> Wire:
    """The server's half of the protocol, without extensions."""
    return Wire(ConnectionType.SERVER)
