"""One session on one connection: the client's events go in, the service's events come out.

One task reads the client's events and acts at once, without ever waiting, so that whoever reads the socket never waits
for the client to read; a second one recognises utterances in their order; the reply has its own (see `floor`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import attrs
import trio

from voice_actors.gemini.events import (
    INPUT_RATE,
    ActivityEnd,
    ActivityStart,
    AudioIn,
    AudioStreamEnd,
    ClientContent,
    ClientEvent,
    ContextUpdate,
    Json,
    SessionResumptionUpdate,
    Setup,
    TextIn,
    ToolResponse,
    VideoIn,
    VoiceActivity,
)
from voice_actors.lanes import Overflow, ReceiveLane, SendLane, open_lane
from voice_actors.offline.complaints import Complaints
from voice_actors.offline.parts import (
    Activity,
    AgentTurn,
    Ears,
    Entry,
    Mind,
    Mouth,
    Overheard,
    Sight,
    SpeechEnded,
    SpeechStarted,
    UserTurn,
    Wishes,
)
from voice_actors.offline.session.calls import Calls
from voice_actors.offline.session.content import functions_of, sights_of, text_of
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal
from voice_actors.offline.session.floor import Floor
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.recognition import Recognition, Utterance
from voice_actors.offline.session.terms import Terms
from voice_actors.offline.session.tokens import TokenCounts
from voice_actors.offline.session.transcripts import interim
from voice_actors.offline.session.user_voice import Hearing, RateChange, hearing
from voice_actors.offline.settings import Pace

logger = logging.getLogger("voice_actors.offline")

UTTERANCES = 16
"""Utterances that may wait to be recognised; at thirty seconds each, minutes of talk."""


@attrs.define(eq=False)
class Conversation:
    """What a client and the offline service say to each other from setup on."""

    terms: Terms
    ears: Ears
    mind: Mind
    mouth: Mouth
    heard: ReceiveLane[ClientEvent]
    """What the client says after its setup; the conversation ends with it."""
    outbox: Outbox
    history: History = attrs.field(factory=History)
    tokens: TokenCounts = attrs.field(factory=TokenCounts)
    pace: Pace = attrs.field(factory=Pace)
    calls: Calls = attrs.field(factory=Calls)
    remember: Callable[[Sequence[Entry], TokenCounts], str] | None = None
    """Keeps the history for a client that comes back, and returns the handle to come back by."""
    complaints: Complaints = attrs.field(factory=Complaints)

    _floor: Floor = attrs.field(init=False)
    _voice: Hearing = attrs.field(init=False)
    _rate_change: RateChange = attrs.field(factory=RateChange, init=False)
    _utterances: SendLane[Utterance] = attrs.field(init=False)
    _seeding: bool = attrs.field(init=False)
    _in_view: Sight | None = attrs.field(default=None, init=False)
    """The last frame that belongs to no turn so far."""
    _began: float = attrs.field(default=0.0, init=False)
    """Where the latest utterance began, seconds after the audio stream's start."""
    _consumed: int = attrs.field(default=0, init=False)

    async def run(self) -> None:
        """Serve the client until it leaves.

        Raises:
            Refusal: the client broke the rules of its session; the message says how.

        """
        wishes = self.terms.input_transcription.wishes if self.terms.input_transcription else Wishes()
        self._voice = hearing(self.ears, self.terms.activity, wishes)
        self._seeding = self.terms.seeding
        self.history.compression = self.terms.compression
        self.history.tokens = self.tokens
        self.tokens.instructed(self.terms.instructions)
        self._utterances, to_recognise = open_lane(
            "utterances", UTTERANCES, Overflow.DROP_OLDEST, on_drop=self._utterance_dropped
        )
        with self.heard, self._utterances, to_recognise:
            async with trio.open_nursery() as nursery:
                self._floor = self._open_floor(nursery)
                recognition = Recognition(self.ears, self.terms.input_transcription, self.outbox, self._floor)
                nursery.start_soon(recognition.run, to_recognise, name="recogniser")
                self._update_handle()
                refusal = await self._listen()
                nursery.cancel_scope.cancel("the client has left" if refusal is None else "the client is refused")
        if refusal is not None:
            raise refusal

    async def _listen(self) -> Refusal | None:
        try:
            async for event in self.heard:
                self._take(event)
                self._consumed += 1
        except Refusal as refusal:
            return refusal  # raised outside of the nursery, which would wrap it in a group
        return None

    def _open_floor(self, nursery: trio.Nursery) -> Floor:
        return Floor(
            nursery,
            self.terms,
            self.mind,
            self.mouth,
            self.outbox,
            self.history,
            self.tokens,
            self.pace,
            self.calls,
            rest=self._update_handle,
            complaints=self.complaints,
        )

    # ---- what the client says ------------------------------------------------------------------------------------

    def _take(self, event: ClientEvent) -> None:
        match event:
            case AudioIn(pcm, rate):
                self._hear(pcm, rate)
            case AudioStreamEnd():
                self._notice(self._voice.finish())
            case ActivityStart():
                self._notice(self._voice.start())
            case ActivityEnd():
                self._notice(self._voice.stop())
            case TextIn(text):
                self._keep_in_view()
                self.tokens.read_text(text)
                self._floor.typed(text)
            case VideoIn(data, mime_type):
                self._see(Sight(mime_type, len(data)))
            case ClientContent(turns, complete):
                self._take_content(turns, complete=complete)
            case ToolResponse(responses):
                for response in responses:
                    self._floor.answer(response)
            case ContextUpdate(instructions, tools):
                self._change_context(instructions, tools)
            case Setup():
                raise Refusal("setup must be the first message, and the only one of its kind.")

    def _take_content(self, turns: Sequence[Json], *, complete: bool) -> None:
        entries = [entry for turn in turns for entry in self._entries_of(turn)]
        if self.terms.only_seeded and not self._seeding:
            raise Refusal(f"{INVALID_ARGUMENT} This model takes clientContent as initial history only.")
        if self._seeding:
            self.history.add(*entries)
            self._seeding = not complete
        else:
            self._floor.put(entries, complete=complete)

    def _entries_of(self, turn: Json) -> list[Entry]:
        text = text_of(turn)
        if turn.get("role") == "system":  # Vertex: replaces the system instruction
            self._instruct(text)
            return []
        self.tokens.read_text(text)
        entries: list[Entry] = [*sights_of(turn)]
        for _ in entries:
            self.tokens.saw_image(self.terms.image_tokens)
        if text:
            entries.append(AgentTurn(text) if turn.get("role") == "model" else UserTurn(text))
        return entries

    def _see(self, sight: Sight) -> None:
        """Where only activity belongs to the user's turn, a frame does that is in view while the user speaks."""
        if self.terms.coverage != "ONLY_ACTIVITY" or self._floor.user_speaks:
            self.tokens.saw_image(self.terms.image_tokens)
            self.history.add(sight)
        else:
            self._in_view = sight

    def _keep_in_view(self) -> None:
        sight, self._in_view = self._in_view, None
        if sight is not None:
            self.tokens.saw_image(self.terms.image_tokens)
            self.history.add(sight)

    def _change_context(self, instructions: Json | None, tools: Sequence[Json] | None) -> None:
        if not self.terms.capabilities.context_update:
            raise Refusal(f"{INVALID_ARGUMENT} contextUpdate is not supported for this model.")
        if instructions is not None:
            self._instruct(text_of(instructions))
        if tools is not None:
            self.terms = attrs.evolve(self.terms, functions=functions_of(tools, self.terms.capabilities))
        self._floor.terms = self.terms

    def _instruct(self, instructions: str) -> None:
        self.terms = attrs.evolve(self.terms, instructions=instructions)
        self.tokens.instructed(instructions)
        self._floor.terms = self.terms

    # ---- the user's voice ----------------------------------------------------------------------------------------

    def _hear(self, pcm: bytes, rate: int) -> None:
        pcm = self._rate_change.feed(pcm, rate)
        if self.terms.coverage == "ALL_INPUT":
            self.tokens.heard_audio(len(pcm) / 2 / INPUT_RATE)
        self._notice(self._voice.feed(pcm))

    def _notice(self, activities: Sequence[Activity]) -> None:
        for activity in activities:
            match activity:
                case SpeechStarted(offset):
                    self._began = offset
                    self._tell("ACTIVITY_START", offset)
                    self._keep_in_view()
                    self._floor.speech_started()
                case Overheard(offset, text):
                    self.outbox.post(interim(text, self._began, offset))
                case SpeechEnded(offset, pcm):
                    self._tell("ACTIVITY_END", offset)
                    if self.terms.coverage != "ALL_INPUT":
                        self.tokens.heard_audio(len(pcm) / 2 / INPUT_RATE)
                    self._floor.speech_ended()
                    self._utterances.send_nowait(Utterance(self._began, activity))

    def _tell(self, kind: str, offset: float) -> None:
        if self.terms.voice_activity:  # in both forms in which the service says it: clients know either
            self.outbox.post(VoiceActivity(kind, offset))
            self.outbox.post(VoiceActivity(kind, signal=True))

    def _utterance_dropped(self, dropped: Utterance) -> None:
        logger.warning("recognition cannot keep up: an utterance was dropped", extra={"bytes": len(dropped.ended.pcm)})
        self._floor.understood("")

    # ---- coming back ---------------------------------------------------------------------------------------------

    def _update_handle(self) -> None:
        resumption = self.terms.resumption
        if resumption is None or self.remember is None:
            return
        index = self._consumed - 1 if resumption.transparent and self._consumed else None
        handle = self.remember(tuple(self.history.entries), self.tokens)
        self.outbox.post(SessionResumptionUpdate(handle, resumable=True, last_consumed_index=index))
