"""How late is the microphone while a tool is busy for two seconds?

A conversation with a scripted server in memory, in real time: the microphone gives a chunk every 20 ms, the model asks
for a tool, and what is measured is the longest time for which the server hears nothing, beyond a chunk's length. The
tool sleeps, computes in Python, or computes in C without letting go of the interpreter's lock; in a thread, in a
process, or on the loop, which is where a framework runs it that knows no better. Then the same beside others, see
`busy_beside`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import attrs
import trio

from benchmarks.busy_beside import beside
from benchmarks.harness import Figure, Result, Say, Target
from benchmarks.job import block
from benchmarks.processes import BenchmarkError
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.gemini import events as wire
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer
from voice_actors.toolbox import tool
from voice_actors.toolbox.options import Place

SECONDS = 2.0
CHUNK_MS = 20.0
BEYOND = 25.0
"""What the target allows, ms beyond a chunk's length."""
_STEP = 1_000_000


def compute(seconds: float) -> None:
    """Compute in Python, which lets go of the lock every few milliseconds."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(number * number for number in range(1_000))


def compute_in_c(seconds: float) -> None:
    """One call into C that keeps the lock to its end."""
    began = time.perf_counter()
    sum(range(_STEP))
    sum(range(int(_STEP * seconds / (time.perf_counter() - began))))


@attrs.frozen
class Case:
    """What the tool does, where, and how finely the interpreter shares its lock."""

    name: str
    function: Callable[[float], object]
    run: Place
    target: str | None = None
    switch_ms: float = 5.0


def nothing(seconds: float) -> None:
    """Answer at once: how late the microphone is on this machine by itself."""


CASES: Sequence[Case] = (
    Case("no work", nothing, "loop"),
    Case("sleeping, in a thread", block, "thread", "T12"),
    Case("Python, in a thread", compute, "thread"),
    Case("Python, in a thread, switch interval 0.5 ms", compute, "thread", switch_ms=0.5),
    Case("Python, in a process", compute, "process", "T12"),
    Case("C with the lock, in a thread", compute_in_c, "thread"),
    Case("C with the lock, in a process", compute_in_c, "process", "T12"),
    Case("sleeping, on the loop", block, "loop"),
)


def measure(quick: bool, say: Say, peers: Sequence[str] = ()) -> Result:
    """Each case in turn, again and again; then others, with tools that sleep."""
    rounds = 1 if quick else 5
    found: dict[str, list[float]] = {case.name: [] for case in CASES}
    for number in range(rounds):
        for case in CASES:
            say(f"{case.name}, {number + 1} of {rounds}")
            found[case.name].append(_with_interval(case))
    figures = [Figure(case.name, "ms without microphone beyond a chunk", found[case.name]) for case in CASES]
    targets = [
        Target(case.target, f"microphone, tool {case.name}, worst", BEYOND, max(found[case.name]), "ms", rounds)
        for case in CASES
        if case.target is not None
    ]
    others, more, notes = beside(quick, say, peers)
    return Result("a tool that is busy for two seconds", [*figures, *others], [*targets, *more], notes)


def _with_interval(case: Case) -> float:
    before = sys.getswitchinterval()
    sys.setswitchinterval(case.switch_ms / 1000)
    try:
        return trio.run(_converse, case)
    finally:
        sys.setswitchinterval(before)


async def _converse(case: Case) -> float:
    """One conversation: the longest gap in ms beyond a chunk's length."""
    heard: list[float] = []
    answered = trio.Event()

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for seconds in (0.01, SECONDS):  # the first starts what has to be started
            await link.say(wire.ToolCall((wire.FunctionCall(f"c{seconds}", "busy", {"seconds": seconds}),)))
            heard[:] = [time.perf_counter()]
            await _hear_answer(link, heard)
        answered.set()

    busy = tool(case.function, name="busy", run=case.run)
    config = AgentConfig(
        connection=Connection(api_key="none"), microphone=MemoryMicrophone(), speaker=MemorySpeaker(), tools=[busy]
    )
    with trio.move_on_after(60) as patience:
        async with open_voice_agent(config, dial=ScriptedServer(script).dial):
            await answered.wait()
    if patience.cancelled_caught or len(heard) < 2:
        raise BenchmarkError(f"{case.name}: the server heard {len(heard)} chunks and no answer within a minute")
    return max(1000 * (later - earlier) for earlier, later in pairwise(heard)) - CHUNK_MS


async def _hear_answer(link: ScriptedLink, heard: list[float]) -> None:
    """Note when chunks come, until a little after the answer has; after a quick one for as long as others take."""
    while not isinstance(event := await link.hear(), wire.ToolResponse):
        if isinstance(event, wire.AudioIn):
            heard.append(time.perf_counter())
    if "error" in event.responses[0].response:
        raise BenchmarkError(f"the tool failed: {event.responses[0].response['error']}")
    until = time.perf_counter() + 0.1 if len(heard) > 10 else time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        await link.hear_until(wire.AudioIn)
        heard.append(time.perf_counter())
