"""TLS for a client over a byte stream: all the records that one read brings at once, and a write before anybody else.

`trio.SSLStream` gives one record for each visit to the scheduler, and a record is one message of speech.
"""

from __future__ import annotations

import ssl

import trio
import trio.abc

from voice_actors.gemini._write_lock import WriteLock

_AT_ONCE = 8
"""Writes between two visits to the scheduler, for the sake of which a task that only writes lets others run."""
_RECORD = 16 * 1024
"""Bytes of plain text that a TLS record holds at most."""


class TlsStream(trio.abc.Stream):
    """Theory of operation: OpenSSL works between two buffers in memory. Who reads fills the one and deciphers from it.
    Whatever OpenSSL says stands in the other one, and is sent in that order, under a lock. There is one reader; writers
    queue up. A write that was cut off, and every error of TLS, break the stream for good.

    The end of the stream below counts as an end also where the peer did not announce it, and closing announces nothing,
    as is usual with HTTPS: frames tell by themselves whether they are whole.
    """

    def __init__(self, stream: trio.abc.Stream, context: ssl.SSLContext, host: str) -> None:
        """`host` is the name that the peer's certificate must have.

        Raises:
            ValueError: no certificate can have it.
        """
        self._stream = stream
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._writing = WriteLock()
        self._in_a_row = 0
        self._broken: BaseException | None = None
        self._ended = False

    async def do_handshake(self) -> None:
        """Agree on keys; must come first.

        Raises:
            trio.BrokenResourceError: the connection broke, or its cause says what is wrong with the peer.
        """
        done = False
        while not done:
            try:
                self._tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                raise self._break(error) from error
            await self._flush()
            if not done:
                await self._fill()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Read what there is, the plain text of one record or of several; b"" is the end.

        Raises:
            trio.BrokenResourceError: the connection broke.
        """
        if max_bytes is not None and max_bytes < 1:
            raise ValueError("max_bytes must be >= 1")
        await trio.lowlevel.checkpoint_if_cancelled()
        waited = False
        while True:
            self._check()
            data = self._decipher(max_bytes)
            if self._outgoing.pending:  # the peer has changed its key, and wants to hear of ours
                await self._flush()
            if data or self._ended:
                break
            await self._fill()
            waited = True
        if not waited:
            await trio.lowlevel.cancel_shielded_checkpoint()
        return data

    def _decipher(self, most: int | None) -> bytes:
        """Everything that has come whole, `most` bytes of it; nothing more will come once `_ended` is set."""
        parts: list[bytes] = []
        size = 0
        while (self._incoming.pending or self._incoming.eof or self._tls.pending()) and (most is None or size < most):
            try:
                part = self._tls.read(_RECORD if most is None else min(_RECORD, most - size))
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError as error:
                self._outgoing.read()  # its own complaint, for which there is nobody
                if not parts and not _is_end(error):
                    raise self._break(error) from error
                part = b""  # what was read before comes first; then this is found again
            if not part:
                self._ended = not parts
                break
            parts.append(part)
            size += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write everything.

        Raises:
            trio.BrokenResourceError: the connection broke.
        """
        await self._begin_writing()
        try:
            self._check()
            self._encipher(data)
            await self._send_outgoing()
        finally:
            self._writing.release()
        self._in_a_row += 1
        if self._in_a_row >= _AT_ONCE:
            self._in_a_row = 0
            await trio.lowlevel.cancel_shielded_checkpoint()

    def _encipher(self, data: bytes | bytearray | memoryview) -> None:
        rest: bytes | bytearray | memoryview = data
        try:
            while rest:  # an empty write is an error to OpenSSL
                written = self._tls.write(rest)
                rest = memoryview(rest)[written:] if written < len(rest) else b""
        except ssl.SSLError as error:
            raise self._break(error) from error

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until nobody else writes, and the stream below has room."""
        self._check()
        await self._begin_writing()
        try:
            await self._stream.wait_send_all_might_not_block()
        finally:
            self._writing.release()

    async def _flush(self) -> None:
        await self._begin_writing()
        try:
            await self._send_outgoing()
        finally:
            self._writing.release()

    async def _begin_writing(self) -> None:
        """Take the lock, without a visit to the scheduler where it is free."""
        await trio.lowlevel.checkpoint_if_cancelled()
        await self._writing.acquire()

    async def _send_outgoing(self) -> None:
        whole = False
        try:
            while self._outgoing.pending:
                await self._stream.send_all(self._outgoing.read())
            whole = True
        finally:
            if not whole:
                self._break(trio.BrokenResourceError("a write was cut off"))  # nobody knows how much of a record is out

    async def _fill(self) -> None:
        if data := await self._stream.receive_some():
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _check(self) -> None:
        if isinstance(self._broken, trio.ClosedResourceError):
            raise trio.ClosedResourceError
        if self._broken is not None:
            raise trio.BrokenResourceError from self._broken

    def _break(self, error: BaseException) -> trio.BrokenResourceError:
        self._broken = self._broken or error
        return trio.BrokenResourceError(str(error))

    async def aclose(self) -> None:
        """Close the stream below."""
        self._broken = trio.ClosedResourceError()
        await self._stream.aclose()


def _is_end(error: ssl.SSLError) -> bool:
    # OpenSSL 3 has an error of its own for it, which older Pythons do not know
    return isinstance(error, ssl.SSLEOFError) or "UNEXPECTED_EOF_WHILE_READING" in (error.strerror or "")
