"""The wiring of a conversation, on one page: its lanes, its five actors, and who holds which end.

microphone --> MicActor --> SessionActor <==> Gemini Live, or the offline server
loudspeaker <-- SpeakerActor <-- SessionActor <--> ToolExecutor
everyone --> TranscriptRecorder --> file, memory, `agent.events()`
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs
import trio

from voice_actors.actors.mic import MicActor
from voice_actors.actors.session import SessionActor
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.actors.tools import ToolExecutor
from voice_actors.actors.transcript import TranscriptRecorder
from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.broadcast import Broadcast, Tap, Wanted
from voice_actors.config import AgentConfig
from voice_actors.conversation.chosen import attention_of, cleaner_of, ends_of, filling_of
from voice_actors.conversation.farewell import Farewell
from voice_actors.conversation.handle import AgentStatistics, VoiceAgent
from voice_actors.conversation.lanes import ConversationLanes
from voice_actors.conversation.model import Dial, connection_of, dial_model, setup_builder
from voice_actors.conversation.servers import Servers
from voice_actors.conversation.supervision import Startable, Supervisor
from voice_actors.gemini.events import Setup
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import SendLane
from voice_actors.messages import Ended, Event, Lagged, Oddity, ToolOrder
from voice_actors.record.budget import Budget, Watch
from voice_actors.record.journal import Journal
from voice_actors.record.latency import LatencyLedger
from voice_actors.record.metering import Meter
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import messages_of
from voice_actors.session.activity import gate_for
from voice_actors.session.reception import Reception
from voice_actors.session.replies import Replies
from voice_actors.toolbox import Toolbox
from voice_actors.values import Value

if TYPE_CHECKING:
    from voice_actors.audio.echo import Cleaner


class _Closable(Protocol):
    def close(self) -> None: ...


@attrs.frozen(eq=False, repr=False)
class _Role(Value):
    """An actor that has not begun: from its beginning on it closes its ends itself."""

    name: str
    run: Startable
    ends: Sequence[_Closable]


def _given(*ends: _Closable | None) -> tuple[_Closable, ...]:
    return tuple(end for end in ends if end is not None)


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
        self._config, self._pulse, self._wanted = config, Pulse(), Wanted()
        self._broadcast = Broadcast[Event](lambda count: Lagged(count=count))
        self._farewell = Farewell(self._pulse, self._broadcast, config.deadlines.farewell)
        toolbox = Toolbox.of(self._farewell.tools_of(config))
        setup, self._notes = setup_builder(config, toolbox)
        microphone, speaker = ends_of(config)
        self._history: deque[Event] = deque(maxlen=config.keep_events)
        self._watch, self._ledger = Watch.over(config.budget, config.prices), LatencyLedger()
        self._meter = Meter(None if config.prices is None else config.prices.of(config.model))

        self._lanes = lanes = ConversationLanes(config)
        self._tap = Tap(lanes.heard.into, self._wanted)
        self._to_start: list[_Role] = []
        """In this order: the microphone last, so that nothing it hears is late."""
        cleaner = cleaner_of(config)
        self._recorder = self._make_recorder(open_journal)
        self._speaker = self._make_speaker(speaker, echo_matters=cleaner is not None)
        self._tools = self._make_tools(toolbox)
        self._session = self._make_session(dial or dial_model(config), setup, sound)
        self._microphone = self._make_microphone(microphone, cleaner)
        lanes.ducks.into.close()  # whoever may have something to say there has an end of their own
        self._own = (
            lanes.facts.into,
            lanes.commands.into,
            lanes.to_microphone.into,
            consents := lanes.calls.into.clone(),
        )
        self.agent = self._make_handle(consents, servers)

    def _make_recorder(self, open_journal: Callable[[Path], Journal]) -> TranscriptRecorder:
        config = self._config
        return TranscriptRecorder(
            facts=self._lanes.facts.out,
            audio=self._lanes.heard.out,
            broadcast=self._broadcast,
            history=self._history,
            pulse=self._pulse,
            wanted=self._wanted,
            transcript=config.transcript,
            recording=config.recording,
            patience=config.deadlines.recorder,
            sync=config.transcript_sync,
            redact=config.redact,
            ledger=self._ledger,
            meter=self._meter,
            watch=self._watch,
            open_journal=open_journal,
        )

    def _make_speaker(self, device: Loudspeaker, *, echo_matters: bool) -> SpeakerActor:
        lanes, told, tap = self._lanes, self._lanes.facts.into.clone(), self._tap.clone()
        two_stage = self._config.activity.barge_in == "two-stage"
        playing = lanes.to_microphone.into.clone() if two_stage else None
        actor = SpeakerActor(
            device,
            lanes.turns.out,
            told,
            tap,
            lanes.played.into,
            lanes.ducks.out,
            echo_matters=echo_matters,
            playing=playing,
        )
        self._to_start.append(_Role("speaker", actor.run, _given(told, tap, lanes.played.into, playing)))
        return actor

    def _make_tools(self, toolbox: Toolbox) -> ToolExecutor:
        config, lanes, told = self._config, self._lanes, self._lanes.facts.into.clone()
        known = capabilities(config.model)
        actor = ToolExecutor(
            lanes.calls.out,
            lanes.results.into,
            told,
            toolbox.fitted(known, vertexai=connection_of(config).vertexai),
            config.deadlines.tool,
            config.consent,
            config.deadlines.consent,
            known,
        )
        self._to_start.append(_Role("tool executor", actor.run, (told, lanes.results.into)))
        return actor

    def _make_session(self, dial: Dial, setup: Callable[[str | None], Setup], sound: bytes | None) -> SessionActor:
        config, lanes, told = self._config, self._lanes, self._lanes.facts.into.clone()
        filling = filling_of(config, sound, self._tools.answers_aloud, lanes.ducks.into, self._broadcast)
        stops = () if filling is None else (lanes.ducks.into.clone(),)
        replies = Replies(config.deadlines.stale)
        actor = SessionActor(
            dial=dial,
            setup=setup,
            capabilities=capabilities(config.model),
            model=config.model,
            microphone=lanes.audio.out,
            commands=lanes.commands.out,
            results=lanes.results.out,
            reception=Reception(replies, lanes.turns.into, lanes.calls.into, told, self._tap, *stops),
            facts=told,
            audio=self._tap,
            pulse=self._pulse,
            deadlines=config.deadlines,
            tell_heard=config.tell_model_what_was_heard,
            recall=lambda: messages_of(self._history),
        )
        ends = (told, self._tap, lanes.turns.into, lanes.calls.into, *stops)
        self._to_start.append(_Role("session", actor.run, ends))
        if filling is not None:
            self._to_start.append(_Role("filling", filling.run, (filling.orders,)))
        return actor

    def _make_microphone(self, device: Microphone, cleaner: Callable[[], Awaitable[Cleaner]] | None) -> MicActor:
        config, lanes, told = self._config, self._lanes, self._lanes.facts.into.clone()
        attention = attention_of(config, lanes.ducks.into)
        actor = MicActor(
            device,
            config.chunk_ms,
            lanes.to_microphone.out,
            lanes.audio.into,
            told,
            lanes.played.out,
            cleaner,
            gate_for(config.activity, config.chunk_ms, attention),
            attention,
        )
        self._to_start.append(_Role("microphone", actor.run, _given(told, lanes.audio.into, attention)))
        return actor

    def _make_handle(self, consents: SendLane[ToolOrder], servers: Servers) -> VoiceAgent:
        return VoiceAgent(
            self._config,
            self._lanes.commands.into,
            self._lanes.to_microphone.into,
            self._broadcast,
            self._history,
            self._pulse,
            self._wanted,
            self._statistics,
            self._speaker.level,
            consents,
            self._ledger.summary.percentiles,
            self._microphone.level,
            self._farewell,
            self._meter,
            servers,
            self._recorder.saved,
        )

    async def start(self, supervisor: Supervisor) -> None:
        """The recorder first, so that nothing goes unwritten; the microphone last, so that nothing it hears is late."""
        await supervisor.start("transcript recorder", self._recorder.run)
        for note in self._notes:
            await self._lanes.facts.into.send(Oddity(what=note))
        while self._to_start:
            role = self._to_start.pop(0)
            await supervisor.start(role.name, role.run)
        self._farewell.when_wanted(partial(self._begin_farewell, supervisor))
        if (budget := self.agent.config.budget) is not None:
            await supervisor.start("budget", partial(self._keep_to, budget))

    async def _keep_to(self, budget: Budget, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        task_status.started()
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):  # over by itself meanwhile
            await self._farewell.want_when(self._watch.spent, self.agent.say, budget.goodbye)

    def _begin_farewell(self, supervisor: Supervisor) -> None:
        if not self.agent.ended.is_set():  # else there is nothing left to end
            supervisor.begin("farewell", partial(self._say_farewell, supervisor))

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
            self._lanes.facts.into.send_nowait(Ended(reason=reason))
        unclosed: list[_Closable] = [*self._own, *(end for role in self._to_start for end in role.ends)]
        for end in unclosed:
            end.close()
        self.agent.ended.set()

    def _statistics(self) -> AgentStatistics:
        return AgentStatistics(
            lanes=self._lanes.statistics(),
            microphone=self._microphone.statistics(),
            speaker=self._speaker.statistics(),
            reconnects=self._session.reconnects,
            stale_bytes=self._session.reception.replies.stale_bytes,
            oddities=self._session.oddities.total,
            barge_ins=self._microphone.barge_ins(confirmed=True),
            false_barge_ins=self._microphone.barge_ins(confirmed=False),
        )
