"""trio-websocket 0.12.2, mended: what makes its reader hang, crash or stay silent is overridden here.

It uses private names of that release on purpose, which is why the dependency is pinned; tests/faults holds it to that.
"""

from __future__ import annotations

import itertools
from typing import NoReturn

import trio
from trio_websocket import CloseReason, ConnectionClosed, ConnectionRejected, WebSocketConnection
from wsproto.connection import ConnectionState
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

from voice_actors.errors import LinkLost, LocalProtocolError, Refused
from voice_actors.gemini._frames import Cutter, framed
from voice_actors.gemini._parts import Parts, TooLong
from voice_actors.gemini._route import Request as Asked
from voice_actors.gemini._short_way import ShortWay
from voice_actors.gemini._stream import Allowance, WatchedStream
from voice_actors.gemini._verdict import classify_http, redact
from voice_actors.gemini._write_lock import WriteLock
from voice_actors.gemini._wsproto import Wire

_QUEUE = 64
"""Messages read ahead, so that pings are answered while the application is busy."""
_AT_ONCE = 8
"""Messages that are given between two visits to the scheduler."""
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


class Socket(WebSocketConnection):
    """A WebSocketConnection whose reader ends when there is nothing left to read, and says why."""

    def __init__(
        self,
        stream: WatchedStream,
        wire: Wire,
        max_message_bytes: int,
        request: Asked | None = None,
    ) -> None:
        self._short_way = ShortWay(stream, self._hand_over)
        super().__init__(
            self._short_way,
            wire,
            host=request.host if request else None,
            path=request.target if request else None,
            client_extra_headers=request.headers if request else None,
            message_queue_size=_QUEUE,
            max_message_size=max_message_bytes,
            receive_buffer_size=None,  # trio's choice of 64 KiB: 4 KiB costs three times as much on large messages
        )
        self.watched = stream
        self._writing = WriteLock()
        self._wire = wire
        self._parts = Parts(max_message_bytes)
        self._in_a_row = 0
        self._ahead = 0
        """Messages that were read and not given."""
        self._awaited = False
        """Somebody waits for the next one."""
        self._pongs_allowed = Allowance(*_PINGS)
        self.settled = trio.Event()
        """Set when the upgrade has been answered (client) or asked for (server), or will never be."""
        self.opened = False
        self.request: Request | None = None
        self.round_trip: float | None = None
        self._pinged: tuple[bytes, float] | None = None
        """What the newest ping said and when, until it is answered."""
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

    async def get_message(self) -> str | bytes:
        """The next message; a few that have come already are given without a visit to the scheduler.

        Raises:
            ConnectionClosed: there are no more.
        """
        if self._in_a_row < _AT_ONCE:
            self._in_a_row += 1
            await trio.lowlevel.checkpoint_if_cancelled()
        else:
            self._in_a_row = 0
            await trio.lowlevel.checkpoint()
        if self._ahead and self._wsproto.state is ConnectionState.OPEN:
            self._ahead -= 1
            return self._recv_channel.receive_nowait()
        message = self._short_way.cut_already() if self._close_reason is None else None
        if message is None and self._may_borrow():
            message = await self._short_way.read_message()
        return await self._wait_for_message() if message is None else message

    def _may_borrow(self) -> bool:
        """A client's message may be read by whoever waits for it; who accepts links may close them meanwhile."""
        return self.is_client and self._close_reason is None and self._wsproto.state is ConnectionState.OPEN

    async def _wait_for_message(self) -> str | bytes:
        self._awaited = True
        try:
            message = await super().get_message()
        finally:
            self._awaited = False
        self._ahead -= 1
        return message

    async def keep_alive(self, every: float) -> None:
        """Ping soon, and then each `every` seconds, until the end. Any byte received counts as an answer; the newest
        pong tells the round trip.

        trio-websocket's own `ping()` waits for its pong even after the connection is gone.
        """
        await trio.sleep(min(every, _FIRST_PING))
        for number in itertools.count():
            if self._wsproto.state is not ConnectionState.OPEN:
                return
            self._pinged = b"voice %d" % number, trio.current_time()
            try:
                await self._send(Ping(payload=self._pinged[0]))
            except ConnectionClosed:
                return
            await trio.sleep(every)

    async def send_message(self, message: str | bytes) -> None:
        """Send one message, in one frame.

        Raises:
            ConnectionClosed: the connection is closed, or being closed.
        """
        if self._close_reason is not None or self._wsproto.state is not ConnectionState.OPEN:
            await super().send_message(message)  # which raises
            return
        await self._write(framed(message, masked=self.is_client))

    async def _send(self, event: Event) -> None:
        data = self._wsproto.send(event)
        if isinstance(event, AcceptConnection):
            self._take_short_way()  # at once: the first frames may come while this is being written
        await self._write(data)

    async def _write(self, data: bytes) -> None:
        # As trio-websocket's, but a lock that is free is taken without a visit to the scheduler: at fifty chunks a
        # second those visits are what an idle conversation costs. What is cancelled before its first byte has done no
        # harm below.
        await self._writing.acquire()
        try:
            await self.watched.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            await self._abort_web_socket()  # noqa: ASYNC120 - being cancelled matters more
            raise ConnectionClosed(self._close_reason) from None
        finally:
            self._writing.release()

    def read_on(self) -> None:
        """From here on nobody receives: what comes is read all the same."""
        self._short_way.give_back()

    async def written(self) -> None:
        """Wait until nobody writes any more: the reader may still be answering a Close."""
        await self._writing.acquire()
        self._writing.release()

    async def _handle_accept_connection_event(self, event: AcceptConnection) -> None:
        await super()._handle_accept_connection_event(event)
        self.watched.budget = float("inf")
        self._take_short_way()
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

    def _take_short_way(self) -> None:
        if self._wire.upgraded_exactly():
            self._short_way.begin(Cutter(masked=not self.is_client, longest=self._max_message_size))

    async def reject_request(self, status: int, body: bytes) -> None:
        """Say no to the upgrade that was asked for, with an HTTP status and a JSON body."""
        await self._reject(status, [(b"Content-Type", b"application/json"), (b"Connection", b"close")], body)

    async def _handle_ping_event(self, event: Ping) -> None:
        await self._pongs_allowed.take()
        if self._wsproto.state is ConnectionState.OPEN:  # while closing, wsproto takes no pong and raises
            await super()._handle_ping_event(event)

    async def _handle_pong_event(self, event: Pong) -> None:
        if self._pinged is not None and self._pinged[0] == bytes(event.payload):
            self.round_trip, self._pinged = trio.current_time() - self._pinged[1], None

    async def _handle_message_event(self, event: BytesMessage | TextMessage) -> None:
        try:
            message = self._parts.add(event.data, finished=event.message_finished)
        except TooLong as error:
            self.oversize = True
            await self._leave(1009, str(error))  # noqa: ASYNC120 - which ends the reader
        if message is not None:
            await self._hand_over(message)
        else:
            await trio.lowlevel.checkpoint()  # one read may hold ten thousand fragments, and others want to live, too

    async def _hand_over(self, message: str | bytes) -> None:
        try:
            self._send_channel.send_nowait(message)  # the read that brought it was a checkpoint
        except trio.WouldBlock:
            await self._wait_for_room(message)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return  # we are closing, and read on only for the peer's Close
        else:
            self._ahead += 1
            if self._awaited and self._may_borrow():
                self._short_way.borrow()

    async def _wait_for_room(self, message: str | bytes) -> None:
        try:
            await self._send_channel.send(message)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return  # we are closing, and read on only for the peer's Close
        self._ahead += 1

    async def _handle_close_connection_event(self, event: CloseConnection) -> None:
        if self._wsproto.state in {ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING}:
            self.violation = redact(event.reason or "") or "a frame that breaks the rules"  # wsproto's finding
        await self._leave(event.code, event.reason or "")

    async def _leave(self, code: int, reason: str) -> NoReturn:
        """Tell whoever receives, then the peer, and end the reader."""
        if self._close_reason is None:
            self._close_reason = CloseReason(code, reason)
        self._send_channel.close()
        self._close_handshake.set()
        if self._wsproto.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            with trio.move_on_after(_LAST_WORD_WITHIN):
                await self._send(CloseConnection(code=code, reason=reason))
        raise _Over
