"""Sessions on disk: every frame with its time, and what both sides sounded like.

Each session has a folder of its own. `wire.jsonl` has one object per frame: `direction` ("to_server" or "to_client"),
`seconds` since the session began, `type` ("text" or "binary") and the `message`; a frame that is no JSON object has
its text as `raw`, or its bytes as `base64`. In place of a type and a message, a close has `close`: `code`, `reason`.
`input.wav` is what the client sent; `output.wav` is what it was sent as a player sounds that starts at once and falls
silent when it is interrupted. Second 0 of both is the session's.

A line is written whole and in order, so that a crash loses the end and nothing else. A disk that fails or cannot keep
up ends the recording, never the session.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import os
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import attrs
import trio

from voice_actors.errors import ConfigError, LinkError, RemoteProtocolError
from voice_actors.gemini import client, server
from voice_actors.gemini.events import INPUT_RATE, OUTPUT_RATE, AudioIn, AudioOut, Interrupted
from voice_actors.gemini.link import ServerLink, Upgrade
from voice_actors.offline.other_minds.lines import Close, Direction, Moment, line
from voice_actors.offline.recording.tracks import Track, private

logger = logging.getLogger("voice_actors.offline")

WAITING = 32 * 2**20
"""Bytes of frames that may wait for the disk."""
_SHORTEST_SECRET = 8
"""Characters; shorter keys are made up (`offline`), and words of the conversation."""


# ---- the files ---------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Folder:
    """The files of one session. Blocks on the disk: for threads. Whatever raises OSError, the disk did."""

    parent: Path
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    _began: dt.datetime = attrs.field(factory=lambda: dt.datetime.now(dt.UTC), init=False)
    _number: int = attrs.field(factory=itertools.count(1).__next__, init=False)
    _wire: BinaryIO | None = attrs.field(default=None, init=False)
    _input: Track | None = attrs.field(default=None, init=False)
    _output: Track | None = attrs.field(default=None, init=False)

    def write(self, moments: Sequence[Moment]) -> None:
        """Append to all files; the first time makes them."""
        if self._wire is None:
            self._open()
        for moment in moments:
            self._write_line(line(moment, self.secrets).encode())
            self._sound(moment)

    def close(self) -> None:
        """Close what is open."""
        for file in (self._wire, self._input, self._output):
            if file is not None:
                file.close()

    def _open(self) -> None:
        path = self._new()
        self._wire = private(path / "wire.jsonl")
        self._input = Track(path / "input.wav", INPUT_RATE)
        self._output = Track(path / "output.wav", OUTPUT_RATE)
        self._input.open()
        self._output.open()

    def _new(self) -> Path:
        """Folders sort as their sessions began, not as their first frames reached the disk."""
        self.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count(self._number):
            path = self.parent / f"{self._began:%Y%m%dT%H%M%SZ}-{number:04d}"
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
                return path
        raise AssertionError

    def _write_line(self, text: bytes) -> None:
        while text and self._wire is not None:
            text = text[self._wire.write(text) :]

    def _sound(self, moment: Moment) -> None:
        if isinstance(moment.what, Close) or self._input is None or self._output is None:
            return
        try:
            if moment.direction == "to_client":
                _play(self._output, moment.seconds, moment.what)
            elif isinstance(event := server.decode(moment.what), AudioIn):
                self._input.place(moment.seconds - len(event.pcm) / 2 / event.rate, event.pcm, event.rate)
        except RemoteProtocolError:
            return  # a frame that cannot be read has no sound


def _play(track: Track, now: float, frame: str | bytes) -> None:
    events = client.decode(frame)
    for event in events:
        if isinstance(event, AudioOut):
            track.place(now, event.pcm, event.rate)
    if any(isinstance(event, Interrupted) for event in events):
        track.cut(now)


# ---- while the session goes on -----------------------------------------------------------------------------------


@attrs.define(eq=False)
class Recording:
    """A session that is being recorded. Noting never waits."""

    folder: Folder
    limit: int = WAITING
    """Bytes that may wait for the disk."""
    _began: float = attrs.field(factory=trio.current_time, init=False)
    _waiting: deque[Moment] = attrs.field(factory=deque[Moment], init=False)
    _bytes: int = attrs.field(default=0, init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)
    _over: bool = attrs.field(default=False, init=False)

    def note(self, direction: Direction, what: str | bytes | Close) -> None:
        """A frame or a close, now."""
        if self._over:
            return
        moment = Moment(direction, trio.current_time() - self._began, what)
        if self._bytes + moment.size > self.limit:
            logger.error("a recording ends: the disk does not keep up", extra={"bytes": self._bytes})
            self.end()
            return
        self._waiting.append(moment)
        self._bytes += moment.size
        self._changed.set()

    def end(self) -> None:
        """Nothing more is noted; what waits is still written."""
        self._over = True
        self._changed.set()

    async def write(self) -> None:
        """Write until the end, and close the files, cancelled or not: a folder is never left without its last words."""
        with trio.CancelScope(shield=True):
            try:
                await self._write()
            except Exception:
                logger.exception("a recording ends: it cannot be written")
                self._over = True
                self._waiting.clear()
            try:
                await trio.to_thread.run_sync(self.folder.close)
            except OSError:
                logger.exception("a recording could not be closed")

    async def _write(self) -> None:
        while self._waiting or not self._over:
            await self._changed.wait()
            self._changed = trio.Event()
            moments = tuple(self._waiting)
            self._waiting.clear()
            if moments:
                await trio.to_thread.run_sync(self.folder.write, moments)
            self._bytes -= sum(moment.size for moment in moments)
            if self._waiting or self._over:
                self._changed.set()


@attrs.define(eq=False)
class RecordedLink:
    """A client's link whose frames are noted on their way; see `ServerLink`."""

    link: ServerLink
    recording: Recording

    @property
    def upgrade(self) -> Upgrade:
        """See `ServerLink`."""
        return self.link.upgrade

    async def send(self, frame: str | bytes) -> None:
        """See `Link`. Noted first, since the answer may be here before the sending returns."""
        self.recording.note("to_client", frame)
        await self.link.send(frame)

    async def receive(self) -> str | bytes:
        """See `Link`."""
        try:
            frame = await self.link.receive()
        except LinkError as error:
            self.recording.note("to_server", Close(error.code or 1006, error.reason))
            raise
        self.recording.note("to_server", frame)
        return frame

    async def close(self, code: int, reason: str) -> None:
        """See `ServerLink`."""
        self.recording.note("to_client", Close(code, reason))
        await self.link.close(code, reason)


def prepare(parent: Path) -> None:
    """Make the folder that sessions are to be kept in, and see that it can be written.

    Raises:
        ConfigError: it cannot.

    """
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=parent):
            return
    except OSError as error:
        raise ConfigError(f"sessions cannot be recorded in {parent}: {error.strerror or error}") from error


@asynccontextmanager
async def recorded(
    link: ServerLink, parent: str | os.PathLike[str] | None, secrets: Sequence[str] = ()
) -> AsyncGenerator[ServerLink]:
    """The link, recorded into a new folder in `parent`, where there is one, until the block ends.

    `secrets` are keys that are blotted out wherever they stand.
    """
    if parent is None:
        yield link
        return
    long_enough = tuple({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET})
    recording = Recording(Folder(Path(parent), long_enough))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recording.write, name="recorder")
        try:
            yield RecordedLink(link, recording)
        finally:
            recording.end()
