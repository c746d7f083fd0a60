"""A recorded session, served again frame for frame to whoever connects.

The clock starts with the client's setup. A frame that the service sent after an answer of the client's to a tool call
waits for that answer, and everything behind it is as much later; nothing else of what the client says matters.
"""

from __future__ import annotations

import base64
import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import trio

from voice_actors.errors import ConfigError, LinkError, RemoteProtocolError
from voice_actors.gemini import server as wire
from voice_actors.gemini.events import ClientEvent, FunctionResponse, Setup, ToolResponse
from voice_actors.gemini.link import ServerLink
from voice_actors.offline.session.fields import Refusal

logger = logging.getLogger("voice_actors.offline")

REASON_BYTES = 123
"""The longest reason that a close frame can hold."""


@attrs.frozen
class Say:
    """A frame that the service sent."""

    seconds: float
    """Since the client's setup."""
    frame: str | bytes


@attrs.frozen
class AwaitAnswers:
    """The client answered tool calls; None is the id of an answer without one."""

    seconds: float
    ids: tuple[str | None, ...]


@attrs.frozen
class HangUp:
    """The service closed the connection."""

    seconds: float
    code: int
    reason: str


Step: TypeAlias = Say | AwaitAnswers | HangUp


@attrs.frozen
class Replay:
    """A recorded session from its setup on, without what the client said but for its answers."""

    steps: tuple[Step, ...] = attrs.field(repr=lambda steps: f"{len(steps)} steps")


# ---- reading -----------------------------------------------------------------------------------------------------


def load_replay(path: Path) -> Replay:
    """Read what `--record` wrote: a `wire.jsonl`, the folder that holds it, or the folder of a single session. Blocks.

    A last line that is cut short is left out: the recorder died in the middle of it.

    Raises:
        ConfigError: there is no such file, or it is no recording of a session.

    """
    file = _wire_of(path)
    try:
        with file.open("rb") as lines:
            return Replay(tuple(_steps(lines, file)))
    except OSError as error:
        raise ConfigError(f"{file} cannot be replayed: {error.strerror}") from error


def _wire_of(path: Path) -> Path:
    if not path.is_dir() or (path / "wire.jsonl").exists():
        return path / "wire.jsonl" if path.is_dir() else path
    found = sorted(path.glob("*/wire.jsonl"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(f"{path} holds no recorded session (no wire.jsonl)")
    raise ConfigError(f"{path} holds {len(found)} recorded sessions: name one, such as {found[-1].parent}")


def _steps(lines: Iterable[bytes], file: Path) -> Iterator[Step]:
    begun: float | None = None
    for number, text in enumerate(lines, 1):
        if not text.endswith(b"\n"):
            break
        try:
            entry = json.loads(text)
            seconds, to_server = float(entry["seconds"]), _is_to_server(entry["direction"])
            if begun is not None:
                yield from _step(entry, max(0.0, seconds - begun), to_server=to_server)
            elif to_server and isinstance(_client_event(entry), Setup):
                begun = seconds
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{file}, line {number}: this is no line of a recording ({error!r})") from error
    if begun is None:
        raise ConfigError(f"{file} holds no session: nobody sent a setup")


def _is_to_server(direction: str) -> bool:
    return {"to_server": True, "to_client": False}[direction]


def _step(entry: dict[str, Any], seconds: float, *, to_server: bool) -> Iterator[Step]:
    if to_server:
        event = _client_event(entry)
        if isinstance(event, ToolResponse):
            yield AwaitAnswers(seconds, tuple(_id_of(response) for response in event.responses))
    elif "close" in entry:
        yield HangUp(seconds, int(entry["close"]["code"]), str(entry["close"]["reason"]))
    else:
        yield Say(seconds, _frame_of(entry))


def _client_event(entry: dict[str, Any]) -> ClientEvent | None:
    message = entry.get("message")
    if not isinstance(message, dict) or not _REMEMBERED & message.keys():
        return None  # audio, most of it: not worth reading again
    try:
        return wire.decode(json.dumps(message))
    except RemoteProtocolError:
        return None


_REMEMBERED = frozenset({"setup", "toolResponse", "tool_response"})


def _frame_of(entry: dict[str, Any]) -> str | bytes:
    if "base64" in entry:
        return base64.b64decode(entry["base64"], validate=True)
    text = entry["raw"] if "raw" in entry else json.dumps(entry["message"], ensure_ascii=False, separators=(",", ":"))
    return str(text) if entry["type"] == "text" else str(text).encode()


def _id_of(response: FunctionResponse) -> str | None:
    return response.id or None


# ---- serving -----------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Answers:
    """What a client has answered so far."""

    _counts: Counter[str | None] = attrs.field(factory=Counter[str | None], init=False)
    _wanted: Counter[str | None] = attrs.field(factory=Counter[str | None], init=False)
    _finished: set[str | None] = attrs.field(factory=set[str | None], init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    def take(self, responses: Sequence[FunctionResponse]) -> None:
        """The client has answered."""
        for response in responses:
            name = _id_of(response)
            self._counts[name] += 1
            if name is not None and not response.will_continue:
                self._finished.add(name)
        self._changed.set()
        self._changed = trio.Event()

    async def wait_for(self, ids: Sequence[str | None]) -> None:
        """Return when the client has given these answers too, beside those that were waited for before.

        An answer that says that no more will follow stands for all parts that it had in the recording.
        """
        self._wanted.update(ids)
        while any(self._counts[name] < self._wanted[name] and name not in self._finished for name in ids):
            await self._changed.wait()


@attrs.define(eq=False)
class Replayer:
    """A client that hears a recorded session."""

    link: ServerLink
    replay: Replay
    setup_within: float = 10.0
    """Seconds from the connection to its first message."""
    instant: bool = False
    """Send as fast as the client reads, instead of in the recording's time."""
    _answers: Answers = attrs.field(factory=Answers, init=False)
    _refusal: RemoteProtocolError | None = attrs.field(default=None, init=False)

    async def serve(self) -> None:
        """Return when the client has left, was hung up on as recorded, or was dismissed for what it did."""
        try:
            await self._receive_setup()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen, nursery.cancel_scope, name="reader")
                await self._play(nursery.cancel_scope)
            if self._refusal is not None:
                raise self._refusal
        except RemoteProtocolError as error:
            logger.info("a client was dismissed", extra={"reason": str(error)})
            code = error.code if isinstance(error, Refusal) else 1007
            await self.link.close(code, str(error).encode()[:REASON_BYTES].decode(errors="ignore"))
        except LinkError:
            logger.debug("a client left", exc_info=True)

    async def _receive_setup(self) -> None:
        with trio.move_on_after(self.setup_within):
            if not isinstance(wire.decode(await self.link.receive()), Setup):
                raise Refusal("setup must be the first message and only the first")
            return
        raise Refusal("Deadline expired before operation could complete.", code=1011)

    async def _listen(self, session: trio.CancelScope) -> None:
        try:
            while True:
                event = wire.decode(await self.link.receive())
                if isinstance(event, ToolResponse):
                    self._answers.take(event.responses)
        except RemoteProtocolError as error:
            self._refusal = error
            session.cancel("the client is dismissed")
        except LinkError:
            session.cancel("the client has left")

    async def _play(self, session: trio.CancelScope) -> None:
        origin = trio.current_time()
        for step in self.replay.steps:
            if isinstance(step, AwaitAnswers):
                await self._answers.wait_for(step.ids)
                origin = max(origin, trio.current_time() - step.seconds)
                continue
            if not self.instant:
                await trio.sleep_until(origin + step.seconds)
            if isinstance(step, HangUp):
                await self.link.close(step.code, step.reason)
                session.cancel("the service hung up")
                return
            try:
                await self.link.send(step.frame)
            except LinkError:
                session.cancel("the client has left")
                return
