"""Carrying a fault script out, on one connection."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import assert_never

import attrs
import trio

from voice_actors.errors import LinkError
from voice_actors.gemini import server as wire
from voice_actors.gemini.events import (
    ClientEvent,
    FunctionCall,
    GenerationComplete,
    GoAway,
    Interrupted,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    TurnComplete,
)
from voice_actors.gemini.link import Rejection, ServerLink
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults import bending, garbage
from voice_actors.offline.faults.garbage import Frame
from voice_actors.offline.faults.script import CLIENT_MESSAGES, CONNECTION, SERVER_MESSAGES, Fault, Script
from voice_actors.offline.faults.stream import FaultyStream
from voice_actors.offline.session.calls import new_call_id
from voice_actors.offline.session.outbox import Message

_STATUS = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
_PORTAL = "<!doctype html><title>Welcome</title><p>%s"


@attrs.define(eq=False)
class Mischief:
    """A script in a server: counts its connections."""

    script: Script
    _connections: int = attrs.field(default=0, init=False)

    def connection(self, stream: trio.abc.Stream) -> Misbehaviour:
        """What will go wrong on a new connection."""
        return Misbehaviour(self.script, self, FaultyStream(stream))

    def count(self) -> int:
        """The number of a connection that asks for the upgrade, from 1 on."""
        self._connections += 1
        return self._connections


@attrs.define(eq=False)
class Misbehaviour:
    """Theory of operation: every message on its way out passes `deliver`, where the faults that wait for it strike in
    their order: each turns the frames that would be sent into others, or does something to the connection. Faults that
    wait for a client's message or for a time strike in tasks of their own. Afterwards the frames go out, unless the
    connection has fallen silent, stalls, or holds a reply back.
    """

    script: Script
    mischief: Mischief
    stream: FaultyStream
    """To serve the client on."""
    _faults: Sequence[Fault] = attrs.field(default=(), init=False)
    _number: int = attrs.field(default=0, init=False)
    _dice: random.Random = attrs.field(factory=random.Random, init=False)
    _counts: Counter[tuple[str, bool | None]] = attrs.field(factory=Counter[tuple[str, bool | None]], init=False)
    """Messages of each kind so far: all of them, those during a call, and those during none."""
    _calls: dict[str | None, str] = attrs.field(factory=dict[str | None, str], init=False)
    """The functions that are unanswered, by the ids of their calls."""
    _invented: set[str | None] = attrs.field(factory=set[str | None], init=False)
    """Calls of functions that nobody declared, unanswered so far."""
    broke_off: bool = attrs.field(default=False, init=False)
    """Whether it was this side that ended the connection, or no longer spoke."""
    hung_up: bool = attrs.field(default=False, init=False)
    """Whether it was this side that ended the connection, so that the client knows."""
    answered_setup: bool = attrs.field(default=False, init=False)
    """Whether the answer to the client's setup was sent."""
    _link: ServerLink = attrs.field(init=False)
    _nursery: trio.Nursery = attrs.field(init=False)
    _silent: bool = attrs.field(default=False, init=False)
    _stalled_until: float = attrs.field(default=float("-inf"), init=False)
    _held: list[Frame] | None = attrs.field(default=None, init=False)

    def refusal(self) -> Rejection | None:
        """The client asks for the upgrade."""
        self._number = self.mischief.count()
        self._dice.seed(f"{self.script.seed}:{self._number}")
        self._faults = [
            fault for fault in self.script.faults if not fault.connections or self._number in fault.connections
        ]
        for fault in self._due(CONNECTION):
            if isinstance(fault.do, f.Refuse):
                status, reason = fault.do.status, fault.do.reason
                return Rejection(status, wire_error(status, reason))
        return None

    def begin(self, link: ServerLink, nursery: trio.Nursery, *, resumed: bool) -> None:
        """The client's setup has come; `nursery` lasts as long as the connection."""
        self._link, self._nursery = link, nursery
        self._faults = [fault for fault in self._faults if fault.resumed in {None, resumed}]
        nursery.start_soon(self._safely_send_pongs, name="late pongs")
        for fault in self._faults:
            if not isinstance(fault.at, str) and self._dice.random() < fault.chance:
                nursery.start_soon(self._strike_all, [fault], fault.at, name="a fault in time")

    def hear(self, event: ClientEvent) -> ClientEvent | None:
        """The client has said this; what of it is taken."""
        if isinstance(event, ToolResponse):
            self._forget_calls(event)
        taken: ClientEvent | None = event
        for name, kind in CLIENT_MESSAGES.items():
            if isinstance(event, kind) and (due := self._due(name)):
                others = [fault for fault in due if not isinstance(fault.do, f.Ignore)]
                self._nursery.start_soon(self._strike_all, others, 0.0, name="faults after a client's message")
                for fault in due:
                    taken = bending.ignored(fault.do, taken) if isinstance(fault.do, f.Ignore) else taken
        return self._without_invented(taken) if isinstance(taken, ToolResponse) else taken

    @property
    def unanswered(self) -> int:
        """How many calls that were made up here wait for an answer."""
        return len(self._invented)

    def _without_invented(self, answers: ToolResponse) -> ToolResponse | None:
        """Nobody in the session waits for the answers of functions that were made up here."""
        left = tuple(answer for answer in answers.responses if answer.id not in self._invented)
        self._invented -= {answer.id for answer in answers.responses}
        return attrs.evolve(answers, responses=left) if left else None

    def _invent(self, name: str) -> bytes:
        call = FunctionCall(new_call_id(), name)
        self._invented.add(call.id)
        return wire.encode(ToolCall((call,)))

    async def deliver(self, message: Message, frame: bytes) -> None:
        """Send a message, `frame` on the wire, or what has become of it.

        Raises:
            LinkLost: the client is gone.

        """
        frames: list[Frame] = [frame]
        for name, kind in SERVER_MESSAGES.items():
            if any(isinstance(event, kind) for event in message):
                for fault in self._due(name):
                    frames = await self._strike(fault, frames)
        for each in frames:
            await self._send(each)
        self._remember_calls(message)
        if self._held and any(isinstance(event, GenerationComplete | Interrupted | TurnComplete) for event in message):
            await self._release()

    # ---- when ----------------------------------------------------------------------------------------------------

    def _due(self, name: str) -> list[Fault]:
        during_call = bool(self._calls)
        self._counts.update(((name, None), (name, during_call)))
        return [
            fault
            for fault in self._faults
            if fault.at == name
            and fault.during_call in {None, during_call}
            and fault.strikes(self._counts[name, fault.during_call])
            and self._dice.random() < fault.chance
        ]

    def _remember_calls(self, message: Message) -> None:
        for event in message:
            match event:
                case ToolCall(calls):
                    self._calls.update((call.id, call.name) for call in calls)
                case ToolCallCancellation(ids):
                    for each in ids:
                        self._calls.pop(each, None)
                case _:
                    continue

    def _forget_calls(self, answers: ToolResponse) -> None:
        for answer in answers.responses:
            by_name = (each for each, name in self._calls.items() if answer.id is None and name == answer.name)
            if not answer.will_continue:
                self._calls.pop(next(by_name, answer.id), None)

    async def _strike_all(self, due: Sequence[Fault], wait: float) -> None:
        await trio.sleep(wait)
        try:
            for fault in due:
                await self._strike(fault, [])
        except LinkError:
            return  # whoever reads from the client notices, too

    async def _strike(self, fault: Fault, frames: list[Frame]) -> list[Frame]:
        if fault.after:
            self._nursery.start_soon(self._strike_all, [attrs.evolve(fault, after=0.0)], fault.after, name="a fault")
            return frames
        action = fault.do
        if isinstance(action, f.ON_MESSAGE):
            return self._change(action, frames)
        for frame in await self._act(action):
            await self._send(frame)
        return frames

    # ---- what ----------------------------------------------------------------------------------------------------

    def _change(self, action: f.OnMessage, frames: list[Frame]) -> list[Frame]:
        match action:
            case f.Drop():
                return []
            case f.Delay(seconds):
                self._nursery.start_soon(self._send_later, frames, seconds, name="a late message")
                return []
            case f.Duplicate(count):
                return frames * count
            case _:
                return [bent for frame in frames for bent in bending.bent(action, frame)]

    async def _act(self, action: f.Refuse | f.Ignore | f.OnConnection) -> list[Frame]:
        """Do it; what it says comes back."""
        match action:
            case f.Announce(time_left):
                return [wire.encode(GoAway(time_left))]
            case f.Send(text):
                return [text]
            case f.Garbage(form, count):
                return [garbage.FORMS[form](self._dice) for _ in range(count)]
            case f.Huge(size):
                return [garbage.huge(size)]
            case f.Speak(ms):
                return [wire.encode_audio(bending.HUM * ms)]
            case f.Invent(name):
                return [self._invent(name)]
            case f.Close(code, reason):
                self.broke_off = self.hung_up = True
                await self._link.close(code, reason)
            case f.Reset(mid_frame):
                self.broke_off = self.hung_up = True
                await self.stream.reset(mid_frame=mid_frame)
            case f.Silence():
                self.broke_off = self._silent = True
            case f.Deafness(seconds):
                self.broke_off = True
                self.stream.turn_deaf(seconds)
            case f.SlowPong(seconds):
                self.stream.pong_delay = seconds
            case f.Stall(seconds):
                self._stalled_until = trio.current_time() + seconds
            case f.Burst():
                self._held = [] if self._held is None else self._held
            case f.Refuse() | f.Ignore():
                ...  # they have moments of their own
            case _:
                assert_never(action)
        return []

    # ---- sending -------------------------------------------------------------------------------------------------

    async def _send(self, frame: Frame) -> None:
        if self._held is not None:
            self._held.append(frame)
            return
        if self._stalled_until > trio.current_time():
            await trio.sleep_until(self._stalled_until)
        if not self._silent:
            self.answered_setup |= is_setup_complete(frame)
            await self._link.send(frame)

    async def _send_later(self, frames: Sequence[Frame], seconds: float) -> None:
        await trio.sleep(seconds)
        try:
            for frame in frames:
                await self._send(frame)
        except LinkError:
            return

    async def _release(self) -> None:
        held, self._held = self._held or [], None
        for frame in held:
            await self._send(frame)

    async def _safely_send_pongs(self) -> None:
        try:
            await self.stream.send_late_pongs()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return


def is_setup_complete(frame: Frame) -> bool:
    """Whether this frame answers a setup."""
    begin = frame[:40] if isinstance(frame, str) else frame[:40].decode(errors="ignore")
    return "setupComplete" in begin


def wire_error(status: int, reason: str) -> str:
    """Google's error document, or somebody else's page."""
    import json

    if status < 400:
        return _PORTAL % reason

    name = _STATUS.get(status, "UNAVAILABLE")
    return json.dumps({"error": {"code": status, "message": reason, "status": name}})
