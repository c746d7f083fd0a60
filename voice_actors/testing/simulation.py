"""A whole agent and a whole server in one process, in virtual time, with everything going wrong that a seed says."""

from __future__ import annotations

import math
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import attrs
import trio
import trio.testing

from voice_actors.agent import open_voice_agent
from voice_actors.broadcast import Subscription
from voice_actors.config import AgentConfig, Cleaning, Connection
from voice_actors.conversation.handle import VoiceAgent
from voice_actors.messages import Event
from voice_actors.offline.parts import Mind
from voice_actors.record.journal import Journal, read
from voice_actors.testing.clock import run_in_virtual_time
from voice_actors.testing.dice_mind import DiceMind
from voice_actors.testing.fakes import FakeMouth
from voice_actors.testing.fragile import FragileDisk, FragileMicrophone, FragileSpeaker, unreliable
from voice_actors.testing.invariants import INVARIANTS
from voice_actors.testing.mishaps import Absence, Mishaps, Step
from voice_actors.testing.numbered import NumberedEars
from voice_actors.testing.offline import MemoryServer, open_offline_server
from voice_actors.testing.witness import ErrorLog, Simulated

SETTLING = 75.0
"""Virtual seconds that the end of a call may wait for what was typed to be out: longer than any outage lasts."""
LONGEST = 1_000.0
"""Virtual seconds after which a call is taken to hang, beside those that the user takes."""
EVENTS = 1_000_000
"""Room for a call's events, audio included."""
SHOWN = 5
"""Broken calls that are told in full."""


@attrs.define
class Report:
    """What simulated calls went through."""

    calls: int = 0
    seconds: float = 0.0
    """Virtual ones."""
    links: int = 0
    events: Counter[str] = attrs.field(factory=Counter[str])
    """By their names."""
    failed: Counter[str] = attrs.field(factory=Counter[str])
    """Calls that ended with an error, as they may, by its name."""

    def add(self, call: Simulated) -> None:
        """Count one call."""
        self.calls, self.seconds, self.links = self.calls + 1, self.seconds + call.lasted, self.links + call.links
        self.events.update(type(event).__name__ for event in call.events)
        if call.error is not None:
            self.failed[type(call.error.__cause__ or call.error).__name__] += 1

    def __add__(self, other: Report) -> Report:
        """Both."""
        return Report(
            self.calls + other.calls,
            self.seconds + other.seconds,
            self.links + other.links,
            self.events + other.events,
            self.failed + other.failed,
        )

    def __str__(self) -> str:
        """For a person, in one line."""
        told = ("TurnEnded", "TurnInterrupted", "ToolCalled", "TextSent", "Disconnected", "DeviceLost")
        counts = ", ".join(f"{self.events[name]} {name}" for name in told)
        ends = f"; ended with {dict(self.failed)}" if self.failed else ""
        return f"{self.calls} calls, {self.seconds / 3600:.1f} hours, {self.links} links: {counts}{ends}"


class SimulationFailed(AssertionError):  # noqa: N818 - it is what a test says
    """Promises were broken; the message names the seeds, and how to run one of them again."""

    def __init__(self, message: str, report: Report) -> None:
        """`report` is of all calls, the broken ones among them."""
        super().__init__(message)
        self.report = report


def simulate(
    agent: AgentConfig | Callable[[], AgentConfig] | None = None,
    *,
    seeds: Iterable[int] = range(100),
    check: Callable[[Simulated], object] | None = None,
) -> Report:
    """Put an agent through simulated calls, one for each seed, and see whether what is promised holds in every one.

    In a call a user speaks, types, interrupts and mutes; the server's mind answers and calls the agent's tools at
    random; links break, stall and are refused, messages are lost, late or nonsense, devices go away, the disk fills up,
    and tools fail or hang. A seed always gives the same call. Nothing takes real time: call this from plain code.

    Args:
        agent: the settings, or a function that makes them anew for each call. Its tools run, in the loop and as they
            are: give it stand-ins for what must not happen a hundred times. Devices, server, transcript and
            recording are replaced.
        seeds: one call each.
        check: looks at a call, too, and raises AssertionError where something is wrong.

    Raises:
        SimulationFailed: something promised did not hold; see `voice_actors.testing.invariants`.

    """
    report, broken = Report(), list[Simulated]()
    make = agent if callable(agent) else lambda: agent if isinstance(agent, AgentConfig) else AgentConfig()
    for seed in seeds:
        call = run_seed(make(), seed, check)
        report.add(call)
        if call.broken:
            broken.append(call)
    if broken:
        raise SimulationFailed(_told(broken, report.calls, _again(agent)), report)
    return report


def run_seed(config: AgentConfig, seed: int, check: Callable[[Simulated], object] | None = None) -> Simulated:
    """The simulated call of this seed, looked at: `broken` is what did not hold."""
    call = run_call(config, Mishaps.of(seed))
    call.broken = [sentence for invariant in INVARIANTS for sentence in invariant(call)]
    try:
        if check is not None:
            check(call)
    except AssertionError as error:
        call.broken.append(f"check: {error}")
    return call


def run_call(config: AgentConfig, mishaps: Mishaps, mind: Mind | None = None) -> Simulated:
    """One simulated call, not yet looked at. Without a `mind` the server's throws dice, and tools are unreliable."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.jsonl"
        call = run_in_virtual_time(partial(_converse, config, mishaps, path, mind), seed=mishaps.seed)
        call.transcript = read(path) if path.exists() and path.stat().st_size else None
    return call


def _again(agent: object) -> str:
    module, name = getattr(agent, "__module__", ""), getattr(agent, "__qualname__", "")
    if agent is None:
        return "python -m voice_actors.testing --seed {}"
    if callable(agent) and "<" not in name:
        return f"python -m voice_actors.testing --agent {module}:{name} --seed {{}}"
    return "simulate(…, seeds=[{}])"


def _told(broken: list[Simulated], calls: int, again: str) -> str:
    lines = [f"{len(broken)} of {calls} simulated calls broke a promise"]
    for call in broken[:SHOWN]:
        lines += [f"seed {call.mishaps.seed}: {call.mishaps}", *(f"  - {sentence}" for sentence in call.broken)]
        lines.append(f"  again: {again.format(call.mishaps.seed)}")
    if others := [call.mishaps.seed for call in broken[SHOWN:]]:
        lines.append(f"and seeds {others}")
    return "\n".join(lines)


# ---- one call ----------------------------------------------------------------------------------------------------


def _prepare(config: AgentConfig, mishaps: Mishaps, path: Path, connection: Connection) -> Simulated:
    microphone, speaker = FragileMicrophone(), FragileSpeaker()
    settings = attrs.evolve(
        config,
        microphone=microphone,
        speaker=speaker,
        connection=connection,
        transcript=path,
        transcript_sync="none",  # a thread would not run the same way every time
        recording=None,
        archive=None,
        cleaning=Cleaning(),
    )
    return Simulated(mishaps, settings, microphone, speaker)


async def _converse(config: AgentConfig, mishaps: Mishaps, path: Path, mind: Mind | None) -> Simulated:
    ears = NumberedEars()
    if mind is None:
        config = attrs.evolve(config, tools=unreliable(config.tools, random.Random(f"tools {mishaps.seed}")))
        mind = DiceMind(random.Random(f"mind {mishaps.seed}"))
    async with open_offline_server(script=mishaps.script, ears=ears, mouth=FakeMouth(), mind=mind) as server:
        call = _prepare(config, mishaps, path, server.connection)
        call.heard = ears.heard
        with ErrorLog(call.server_errors):
            before, began = _tasks(), trio.current_time()
            await _run_agent(call, server)
            call.lasted = trio.current_time() - began
            with trio.move_on_after(SETTLING):
                await _until(lambda: not server.clients)
            await trio.testing.wait_all_tasks_blocked()
            call.tasks_left, call.complaints = _tasks() - before, dict(server.complaints)
    return call


def _tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


async def _run_agent(call: Simulated, server: MemoryServer) -> None:
    journal = partial(Journal, put=FragileDisk(call.mishaps.disk_room).put)
    agent: VoiceAgent | None = None
    rest: Subscription[Event] | None = None
    left = trio.current_time()
    try:
        async with open_voice_agent(call.config, dial=call.witnessed(server.dial), open_journal=journal) as agent:
            call.opened, call.events = True, agent.export_events()
            rest = agent.events(audio=True, capacity=EVENTS)
            agent.events(capacity=1)  # a subscriber who never reads
            try:
                with trio.fail_after(LONGEST + call.mishaps.lasts), trio.move_on_after(call.mishaps.leaves_after):
                    await _live(call, agent)
            finally:
                left = trio.current_time()
    except Exception as error:  # noqa: BLE001 - that only ours come out is one of the things that are looked at
        call.error = error
    if agent is not None and rest is not None:
        call.closing_took = trio.current_time() - left
        call.events += [event async for event in rest]
        call.statistics, call.kept = agent.statistics(), len(agent.export_events())


async def _live(call: Simulated, agent: VoiceAgent) -> None:
    async with trio.open_nursery() as nursery:
        for absence in call.mishaps.absences:
            nursery.start_soon(_lose, call, absence, name="a device goes away")
        for step in call.mishaps.steps:
            await _do(step, call, agent)
            await trio.sleep(step.then_wait)
        await _settle(call, agent)
        nursery.cancel_scope.cancel("the call is over")


async def _lose(call: Simulated, absence: Absence) -> None:
    device = call.microphone if absence.device == "microphone" else call.speaker
    await trio.sleep(absence.at)
    if absence.seconds == math.inf:
        device.fail()
    else:
        await device.lose_for(absence.seconds)


async def _do(step: Step, call: Simulated, agent: VoiceAgent) -> None:
    match step.deed:
        case "speak":
            await _speak(step.seconds, call, agent)
        case "type":
            call.typed.append(f"{step.text} {len(call.typed)}")
            await agent.say(call.typed[-1])
        case "interrupt":
            await agent.interrupt()
        case "rotate":
            await agent.rotate()
        case "mute":
            await agent.mute()
            await trio.sleep(step.seconds)
            await agent.unmute()
        case "wait":
            await trio.sleep(step.seconds)


async def _speak(seconds: float, call: Simulated, agent: VoiceAgent) -> None:
    """Aloud, until it is said, with the key pressed where there is one."""
    by_key = call.config.activity.mode == "push-to-talk"
    if by_key:
        await agent.start_activity()
    call.microphone.speak(seconds * 1000)
    await _until(lambda: not call.microphone.speaking)
    if by_key:
        await agent.end_activity()


async def _settle(call: Simulated, agent: VoiceAgent) -> None:
    """Until what was said and typed is out, as far as it can be."""
    await trio.sleep(2)
    with trio.move_on_after(SETTLING):
        await _until(lambda: all(call.texts[text] for text in call.typed))
        await agent.wait_idle(quiet=1.0, patience=2.0)


async def _until(so: Callable[[], bool]) -> None:
    while not so():  # noqa: ASYNC110 - a simulation looks on, and nothing in the agent knows that it does
        await trio.sleep(0.05)
