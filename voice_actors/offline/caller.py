"""One client of the offline server, from its first message to its end.

Three tasks beside the conversation's own: one reads the socket, one writes it, one watches the connection's age. What a
client does wrong ends as a WebSocket close with the code and words of the real service.
"""

from __future__ import annotations

import logging

import attrs
import trio

from voice_actors.errors import LinkError, RemoteProtocolError
from voice_actors.gemini import server as wire
from voice_actors.gemini._stream import Allowance
from voice_actors.gemini.events import AudioOut, ClientEvent, GoAway, OutputTranscription, Setup, SetupComplete
from voice_actors.gemini.link import ServerLink
from voice_actors.gemini.wire import Oddities
from voice_actors.lanes import SendLane, open_lane
from voice_actors.offline.auth_tokens import EXPIRED, AuthToken, AuthTokens
from voice_actors.offline.complaints import BEFORE_SETUP, REFUSED, STAYED, TWO_SOCKETS, UNANSWERED, Complaints
from voice_actors.offline.faults.misbehaviour import Misbehaviour
from voice_actors.offline.parts import Parts
from voice_actors.offline.session.conversation import Conversation
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import Message, Outbox
from voice_actors.offline.session.sessions import InUse, Session, Sessions
from voice_actors.offline.session.terms import Terms, terms_of
from voice_actors.offline.settings import OfflineSettings

logger = logging.getLogger("voice_actors.offline")

HEARD = 256
"""Client messages between socket and conversation; the conversation never waits, so few ever stand there."""
DRAIN = 2.0
"""Seconds that a client has to take what was said before the goodbye."""
BURST = 4.0
"""Seconds' worth of what a client may send that it may send at once."""
IDLE = "The session was idle for too long."
AGED = (
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the "
    "session duration expired"
)
REASON_BYTES = 123
"""The longest reason that a close frame can hold."""


@attrs.define(eq=False)
class Caller:
    """A client that is connected."""

    link: ServerLink
    parts: Parts
    sessions: Sessions
    settings: OfflineSettings
    tokens: AuthTokens = attrs.field(factory=AuthTokens)
    _token: AuthToken | None = attrs.field(default=None, init=False)
    misbehaviour: Misbehaviour | None = None
    """What goes wrong on this connection."""
    complaints: Complaints = attrs.field(factory=Complaints)
    _oddities: Oddities = attrs.field(factory=Oddities, init=False)
    _media_chunks: bool = attrs.field(default=True, init=False)
    _answered: bool = attrs.field(default=False, init=False)
    _dismissal: RemoteProtocolError | None = attrs.field(default=None, init=False)
    _heard_at: float = attrs.field(factory=trio.current_time, init=False)
    """When the client's last message came."""
    _messages: Allowance = attrs.field(init=False)
    _bytes: Allowance = attrs.field(init=False)
    _left: bool = attrs.field(default=False, init=False)
    """Nothing more comes from the client."""
    _talk: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)

    def __attrs_post_init__(self) -> None:
        """Set the limits."""
        rates = self.settings.messages_per_second, self.settings.bytes_per_second
        self._messages, self._bytes = (Allowance(rate, rate * BURST) for rate in rates)

    async def serve(self) -> None:
        """Return when the client has left, or was dismissed for what it did."""
        try:
            await self._serve()
            for name in self._oddities.counts:
                self.complaints.note(f"sent the unknown field {name}")
        except RemoteProtocolError as error:
            if (what := _complaint(error)) is not None:
                self.complaints.note(what)
            code = error.code if isinstance(error, Refusal) else 1007
            await self.link.close(code, str(error).encode()[:REASON_BYTES].decode(errors="ignore"))
        except LinkError:
            logger.debug("a client left", exc_info=True)

    async def _serve(self) -> None:
        self._token = self.tokens.token_of(self.link.upgrade)
        setup = self._admit(await self._receive_setup())
        vertex = "LlmBidiService" in self.link.upgrade.path
        terms = terms_of(setup, self.settings.model_profile, strict=self.settings.strict, vertex=vertex)
        self._media_chunks = terms.takes_media_chunks
        session = self._session(terms)
        session.parted = lambda: self._left or (self.misbehaviour is not None and self.misbehaviour.hung_up)
        try:
            await self._converse(terms, session)
        finally:
            self.sessions.leave(session)
        if self._dismissal is not None:
            raise self._dismissal

    async def _receive_setup(self) -> Setup:
        with trio.move_on_after(self.settings.setup_within):
            event = self._decode(await self.link.receive())
            if isinstance(event, Setup):
                return event
            raise Refusal("setup must be the first message and only the first")
        raise Refusal("Deadline expired before operation could complete.", code=1011)

    def _admit(self, setup: Setup) -> Setup:
        return setup if self._token is None else self._token.admit(setup)

    def _decode(self, frame: str | bytes) -> ClientEvent:
        return wire.decode(frame, strict=self.settings.strict, media_chunks=self._media_chunks, oddities=self._oddities)

    def _session(self, terms: Terms) -> Session:
        if terms.resumption is not None and terms.resumption.handle is not None:
            return self.sessions.resume(terms.resumption.handle, terms.model)
        return self.sessions.begin(terms.model)

    # ---- a conversation ------------------------------------------------------------------------------------------

    async def _converse(self, terms: Terms, session: Session) -> None:
        outbox = Outbox()
        outbox.post(SetupComplete(session.id))
        to_conversation, heard = open_lane[ClientEvent]("heard", HEARD)
        conversation = Conversation(
            terms,
            self.parts.ears,
            self.parts.mind,
            self.parts.mouth,
            heard,
            outbox,
            History(list(session.start.entries)),
            session.start.tokens.copy(),
            self.settings.pace,
            remember=lambda entries, tokens: self.sessions.keep(session, entries, tokens),
            complaints=self.complaints,
        )
        async with trio.open_nursery() as writing:
            if self.misbehaviour is not None:
                self.misbehaviour.begin(self.link, writing, resumed=bool(terms.resumption and terms.resumption.handle))
            writing.start_soon(self._write, outbox, writing.cancel_scope, name="writer")
            with self._talk:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._read, to_conversation, name="reader")
                    nursery.start_soon(self._watch_age, outbox, name="age")
                    nursery.start_soon(self._watch_token, name="token")
                    nursery.start_soon(self._watch_idleness, name="idleness")
                    await self._run(conversation)
                    self._note_unanswered(conversation)
                    nursery.cancel_scope.cancel("the session is over")
            outbox.close()
            writing.cancel_scope.deadline = trio.current_time() + DRAIN

    async def _run(self, conversation: Conversation) -> None:
        try:
            await conversation.run()
        except Refusal as refusal:
            self._dismiss(refusal)

    def _note_unanswered(self, conversation: Conversation) -> None:
        """Of a client that left by itself."""
        invented = 0 if self.misbehaviour is None else self.misbehaviour.unanswered
        broke_off = self.misbehaviour is not None and self.misbehaviour.broke_off
        for _ in range(0 if broke_off else len(conversation.calls) + invented):
            self.complaints.note(UNANSWERED)

    async def _read(self, to_conversation: SendLane[ClientEvent]) -> None:
        with to_conversation:
            try:
                while True:
                    frame = await self.link.receive()
                    self._heard_at = trio.current_time()
                    await self._messages.take()
                    await self._bytes.take(len(frame))
                    event = self._decode(frame)
                    if not self._is_set_up:
                        self.complaints.note(BEFORE_SETUP)
                    taken = event if self.misbehaviour is None else self.misbehaviour.hear(event)
                    if taken is not None:
                        await to_conversation.send(taken)
            except RemoteProtocolError as error:
                self._dismiss(error)
            except LinkError:
                self._left = True
            except trio.BrokenResourceError:
                return  # the conversation has ended

    async def _write(self, outbox: Outbox, writing: trio.CancelScope) -> None:
        try:
            while True:
                await self._send(await outbox.take())
        except trio.EndOfChannel:
            writing.cancel("all is said")
        except LinkError:
            writing.cancel("the client is gone")

    async def _send(self, message: Message) -> None:
        if self.misbehaviour is None:
            await self.link.send(encoded(message))
            self._answered = True
        else:
            for part in apart(message):
                await self.misbehaviour.deliver(part, encoded(part))

    @property
    def _is_set_up(self) -> bool:
        """Whether the client's setup was answered."""
        return self._answered if self.misbehaviour is None else self.misbehaviour.answered_setup

    async def _watch_age(self, outbox: Outbox) -> None:
        age = self.settings.connection_max_age
        if age is None:
            return
        notice = min(age, self.settings.go_away_notice)
        await trio.sleep(age - notice)
        outbox.post(GoAway(notice))
        await trio.sleep(notice)
        self._dismiss(Refusal(AGED, code=1008))

    async def _watch_token(self) -> None:
        if self._token is not None:
            await trio.sleep_until(self._token.expires_at)
            self._dismiss(Refusal(EXPIRED, code=1011))

    async def _watch_idleness(self) -> None:
        while (due := self._heard_at + self.settings.idle_within) > trio.current_time():  # noqa: ASYNC110 - a deadline
            await trio.sleep_until(due)
        self._dismiss(Refusal(IDLE, code=1008))

    def _dismiss(self, why: RemoteProtocolError) -> None:
        self._dismissal = why
        self._talk.cancel("the client is dismissed")


def _complaint(error: RemoteProtocolError) -> str | None:
    """None where it is not the client's fault."""
    if isinstance(error, InUse):
        return None if error.parted else TWO_SOCKETS
    match str(error):
        case words if words == AGED:
            return STAYED
        case words:
            return f"{REFUSED}: {words}"


def apart(message: Message) -> list[Message]:
    """Speech and its words in messages of their own, so that a fault can strike one of them."""
    if all(isinstance(event, AudioOut | OutputTranscription) for event in message):
        return [(event,) for event in message]
    return [message]


def encoded(message: Message) -> bytes:
    """One frame."""
    if len(message) == 1 and isinstance(audio := message[0], AudioOut):
        return wire.encode_audio(audio.pcm, audio.rate)
    return wire.encode(*message)
