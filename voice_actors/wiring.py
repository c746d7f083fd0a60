"""The wiring of a conversation, on one page: its lanes, its five actors, and who holds which end.

microphone --> MicActor --> SessionActor <==> Gemini Live, or the offline server
loudspeaker <-- SpeakerActor <-- SessionActor <--> ToolExecutor
everyone --> TranscriptRecorder --> file, memory, `agent.events()`
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import attrs
import trio

from voice_actors.actors.mic import MicActor
from voice_actors.actors.session import SessionActor
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.actors.tools import ToolExecutor
from voice_actors.actors.transcript import TranscriptRecorder
from voice_actors.audio.echo import cleaner_for
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.audio.voice import attention_for
from voice_actors.broadcast import Broadcast, Tap, Wanted
from voice_actors.config import AgentConfig
from voice_actors.farewell import Farewell
from voice_actors.gemini.models import capabilities
from voice_actors.handle import AgentStatistics, VoiceAgent
from voice_actors.lanes import Overflow, SendLane, Turn, open_lane
from voice_actors.loudspeaker.filling import Filling
from voice_actors.messages import (
    AudioEvent,
    Command,
    Ended,
    Event,
    Lagged,
    MicMessage,
    MicOrder,
    Oddity,
    Played,
    SpeakerOrder,
    ToolOrder,
    ToolResult,
)
from voice_actors.model import Dial, connection_of, dial_model, setup_builder
from voice_actors.record.budget import Budget, Watch
from voice_actors.record.journal import Journal
from voice_actors.record.latency import LatencyLedger
from voice_actors.record.metering import Meter
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import messages_of
from voice_actors.servers import Servers
from voice_actors.session.activity import gate_for
from voice_actors.session.reception import Reception
from voice_actors.session.replies import Replies
from voice_actors.supervision import Startable, Supervisor
from voice_actors.toolbox import Toolbox

MICROPHONE_MS = 200
"""What the lane from microphone to session holds; older audio makes room."""
PLAYED_BLOCKS = 200
"""What the lane from loudspeaker to microphone holds: two seconds of what was just played; older makes room."""
AUDIO_EVENTS = 1_024
"""The lane of audio to the recorder: ten seconds of both voices at 20 ms; older audio makes room."""


def _ends(config: AgentConfig) -> tuple[Microphone, Loudspeaker]:
    microphone, speaker = config.microphone, config.speaker
    if isinstance(microphone, Microphone) and isinstance(speaker, Loudspeaker):
        return microphone, speaker
    from voice_actors.audio.choose import choose_microphone, choose_speaker  # what devices and files need

    return choose_microphone(microphone), choose_speaker(speaker)


def room_for(config: AgentConfig) -> int:
    """Chunks in the lane from microphone to session: an activity begins with all of its pre-roll at once."""
    activity = config.activity
    ahead = 0 if activity.mode == "server" and activity.send_silence else activity.pre_roll_ms
    ahead += activity.confirm_ms if activity.barge_in == "two-stage" else 0
    return max((MICROPHONE_MS + ahead) // config.chunk_ms, 2)


class _Closable(Protocol):
    def close(self) -> None: ...


@attrs.frozen
class _Role:
    """An actor that has not begun: from its beginning on it closes its ends itself."""

    name: str
    run: Startable
    ends: Sequence[_Closable]


class Actors:
    """The five, and the lanes between them."""

    def __init__(
        self,
        config: AgentConfig,
        dial: Dial | None,
        open_journal: Callable[[Path], Journal],
        servers: Servers,
        sound: bytes | None,
    ) -> None:
        self._pulse, wanted, broadcast = Pulse(), Wanted(), Broadcast[Event](lambda count: Lagged(count=count))
        self._farewell = Farewell(self._pulse, broadcast, config.deadlines.farewell)
        toolbox = Toolbox.of(self._farewell.tools_of(config))
        setup, notes = setup_builder(config, toolbox)
        microphone, speaker = _ends(config)
        history: deque[Event] = deque(maxlen=config.keep_events)
        self._watch = Watch.over(config.budget, config.prices)
        meter = Meter(None if config.prices is None else config.prices.of(config.model))

        facts, to_recorder = open_lane[Event]("facts to recorder", 1_024)
        heard, audio_to_recorder = open_lane[AudioEvent]("audio to recorder", AUDIO_EVENTS, Overflow.DROP_OLDEST)
        audio, from_microphone = open_lane[MicMessage]("microphone to session", room_for(config), Overflow.DROP_OLDEST)
        commands, to_session = open_lane[Command]("commands to session", 16)
        to_mic, to_microphone = open_lane[MicOrder]("orders to microphone", 16)
        played, echo = open_lane[Played]("played to microphone", PLAYED_BLOCKS, Overflow.DROP_OLDEST)
        turns, to_speaker = open_lane[Turn]("turns to speaker", 16)
        ducks, to_loudspeaker = open_lane[SpeakerOrder]("ducks to speaker", 16, Overflow.DROP_OLDEST)
        orders, to_tools = open_lane[ToolOrder]("calls to tools", 16)
        results, from_tools = open_lane[ToolResult]("results to session", 16)
        self._lanes = (facts, heard, audio, commands, to_mic, played, turns, ducks, orders, results)
        tap = Tap(heard, wanted)

        self._recorder = TranscriptRecorder(
            facts=to_recorder,
            audio=audio_to_recorder,
            broadcast=broadcast,
            history=history,
            pulse=self._pulse,
            wanted=wanted,
            transcript=config.transcript,
            recording=config.recording,
            patience=config.deadlines.recorder,
            sync=config.transcript_sync,
            redact=config.redact,
            ledger=(ledger := LatencyLedger()),
            meter=meter,
            watch=self._watch,
            open_journal=open_journal,
        )
        told = {name: facts.clone() for name in ("speaker", "tools", "session", "microphone")}
        cleaner = cleaner_for(config.cleaning, config.chunk_ms)
        playing = (to_mic.clone(),) if config.activity.barge_in == "two-stage" else ()
        self._speaker = SpeakerActor(
            speaker,
            to_speaker,
            told["speaker"],
            (heard_tap := tap.clone()),
            played,
            to_loudspeaker,
            echo_matters=cleaner is not None,
            playing=playing[0] if playing else None,
        )
        known = capabilities(config.model)
        self._tools = ToolExecutor(
            to_tools,
            results,
            told["tools"],
            toolbox.fitted(known, vertexai=connection_of(config).vertexai),
            config.deadlines.tool,
            config.consent,
            config.deadlines.consent,
            known,
        )
        attention = attention_for(config.activity, ducks)
        listening = () if attention is None else (attention,)
        gate = gate_for(config.activity, config.chunk_ms, attention)
        self._microphone = MicActor(
            microphone,
            config.chunk_ms,
            to_microphone,
            audio,
            told["microphone"],
            echo,
            cleaner,
            gate,
            attention,
        )
        filling: tuple[_Role, ...] = ()
        stops: tuple[SendLane[SpeakerOrder], ...] = ()
        if config.filler is not None and sound is not None:
            filler = Filling(config.filler, sound, self._tools.waits, ducks.clone(), broadcast)
            filling, stops = (_Role("filling", filler.run, (filler.orders,)),), (ducks.clone(),)
        self._session = SessionActor(
            dial=dial or dial_model(config),
            setup=setup,
            capabilities=capabilities(config.model),
            model=config.model,
            microphone=from_microphone,
            commands=to_session,
            results=from_tools,
            reception=Reception(Replies(config.deadlines.stale), turns, orders, told["session"], tap, *stops),
            facts=told["session"],
            audio=tap,
            pulse=self._pulse,
            deadlines=config.deadlines,
            tell_heard=config.tell_model_what_was_heard,
            recall=lambda: messages_of(history),
        )
        self._to_start = deque(
            (
                _Role("speaker", self._speaker.run, (told["speaker"], heard_tap, played, *playing)),
                _Role("tool executor", self._tools.run, (told["tools"], results)),
                _Role("session", self._session.run, (told["session"], tap, turns, orders, *stops)),
                *filling,
                _Role("microphone", self._microphone.run, (told["microphone"], audio, *listening)),
            )
        )
        self._facts, self._notes = facts, notes
        self._own = (facts, commands, to_mic, ducks, consents := orders.clone())
        self.agent = VoiceAgent(
            config,
            commands,
            to_mic,
            broadcast,
            history,
            self._pulse,
            wanted,
            self._statistics,
            self._speaker.level,
            consents,
            ledger.summary.percentiles,
            self._microphone.level,
            self._farewell,
            meter,
            servers,
            self._recorder.saved,
        )

    async def start(self, supervisor: Supervisor) -> None:
        """The recorder first, so that nothing goes unwritten; the microphone last, so that nothing it hears is late."""
        await supervisor.start("transcript recorder", self._recorder.run)
        for note in self._notes:
            await self._facts.send(Oddity(what=note))
        while self._to_start:
            role = self._to_start.popleft()
            await supervisor.start(role.name, role.run)
        await supervisor.start("farewell", partial(self._say_farewell, supervisor))
        if (budget := self.agent.config.budget) is not None:
            await supervisor.start("budget", partial(self._keep_to, budget))

    async def _keep_to(self, budget: Budget, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):  # over by itself meanwhile
            await self._farewell.want_when(self._watch.spent, self.agent.say, budget.goodbye)

    async def _say_farewell(
        self, supervisor: Supervisor, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Where the model or the program ends the call, the embedding program's block goes on and finds it ended."""
        task_status.started()
        self.say_goodbye(await self._farewell.wait())
        supervisor.stop("the call was ended")

    def say_goodbye(self, reason: str) -> None:
        """The last event, and every end of a lane that nobody else will close; nothing where that was done before."""
        if self.agent.ended.is_set():
            return
        with contextlib.suppress(trio.WouldBlock, trio.BrokenResourceError):  # a recorder that is full or gone says it
            self._facts.send_nowait(Ended(reason=reason))
        unclosed: list[_Closable] = [*self._own, *(end for role in self._to_start for end in role.ends)]
        for end in unclosed:
            end.close()
        self.agent.ended.set()

    def _statistics(self) -> AgentStatistics:
        return AgentStatistics(
            lanes={figures.name: figures for figures in (lane.statistics() for lane in self._lanes)},
            microphone=self._microphone.statistics(),
            speaker=self._speaker.statistics(),
            reconnects=self._session.reconnects,
            stale_bytes=self._session.reception.replies.stale_bytes,
            oddities=self._session.oddities.total,
            barge_ins=self._microphone.barge_ins(confirmed=True),
            false_barge_ins=self._microphone.barge_ins(confirmed=False),
        )
