"""How soon is it silent, and how long does a tool take?

The server interrupts replies of five seconds that it has sent at once, and notes when: what the loudspeaker still plays
after that is stale. And it asks for a tool, dozens of times: ours is a coroutine run by the tool executor, the other
the answer of a bare receive loop; a bare trio program with trio-websocket shows what is left without any client, and
the same with five bare actors in it what it takes to pass a call through three of them. Then it withdraws as many calls
of a tool that never answers: the figure ends where the tool's own `finally` runs.
"""

from __future__ import annotations

from benchmarks.harness import Figure, Result, Say, Target, paired, percentile
from benchmarks.job import Job, Script
from benchmarks.processes import BenchmarkError, Served, run, serving

REPLY_MS = 5_000
BLOCK_MS = 10.0
"""The least that the loudspeaker takes at once."""
CHUNKS = 6
"""Of the microphone in a session, for each call of a tool in it."""
SIDES = {"ours": "benchmarks.sides.agent", "google-genai": "benchmarks.sides.google_genai"}
FLOOR = {"bare trio": "benchmarks.sides.floor", "bare actors": "benchmarks.sides.bare_actors"}
"""Where there is time."""


def measure(quick: bool, say: Say) -> Result:
    """One long session of interruptions, then sessions of tool calls, in turn."""
    interruptions, rounds, calls = (2, 1, 6) if quick else (40, 5, 50)
    with serving("benchmarks.scripted_server") as server:
        say(f"{interruptions} interruptions")
        acted, stale = _interrupt(server, interruptions)
        sides = SIDES if quick else SIDES | FLOOR
        tools: dict[str, list[float]] = {side: [] for side in sides}
        for number in range(rounds):
            say(f"tools, round {number + 1} of {rounds}")
            for side in sides if number % 2 else reversed(sides):
                tools[side].append(_call_tools(server, sides[side], calls))
        say("withdrawn tools")
        stopped = _withdraw(server, calls)
    return Result(
        "interruption and tools, over loopback TLS",
        [
            Figure("`interrupted` sent to acted on", "ms", acted),
            Figure("stale audio after `interrupted`", "ms", stale),
            Figure("toolCallCancellation sent to the tool's finally", "ms", stopped),
            *(Figure(f"tool call sent to answer received, {side}, medians", "ms", tools[side]) for side in sides),
        ],
        [
            Target("T10", "stale audio, p99", BLOCK_MS + 2, percentile(stale, 99), "ms", len(stale)),
            Target(
                "T13",
                "toolCallCancellation to the tool's finally, p99",
                10,
                percentile(stopped, 99),
                "ms",
                len(stopped),
            ),
            paired("T13", "tool round trip against google-genai", 0.9, tools["ours"], tools["google-genai"]),
        ],
    )


def _interrupt(server: Served, count: int) -> tuple[list[float], list[float]]:
    every = 75  # chunks, so that each reply has been quiet for half a second when the next one comes
    script = Script(
        turns=tuple(10 + every * number for number in range(count)),
        turn_ms=REPLY_MS,
        speed=0,
        interrupt_after_ms=800,
    )
    job = Job(server.ready["port"], server.ready["ca_file"], every * count + 50, script)
    report = run(SIDES["ours"], *job.arguments()).report
    server.next_line()
    if len(report["stale_ms"]) != count:
        raise BenchmarkError(f"of {count} interruptions {len(report['stale_ms'])} were noticed")
    return report["acted_ms"], report["stale_ms"]


def _withdraw(server: Served, calls: int) -> list[float]:
    job = Job(server.ready["port"], server.ready["ca_file"], CHUNKS * calls, Script(tools=calls, withdraw_after_ms=50))
    stopped: list[float] = run(SIDES["ours"], *job.arguments()).report["stopped"]
    line = server.next_line()
    withdrawn: list[float] = line["withdrawn"]
    if len(stopped) != len(withdrawn) or line["tool_ms"]:
        raise BenchmarkError(
            f"of {len(withdrawn)} withdrawn calls {len(stopped)} were stopped, {len(line['tool_ms'])} answered"
        )
    return [(end - sent) * 1000 for sent, end in zip(withdrawn, stopped, strict=True)]


def _call_tools(server: Served, module: str, calls: int) -> float:
    job = Job(server.ready["port"], server.ready["ca_file"], CHUNKS * calls, Script(tools=calls))
    run(module, *job.arguments(), env={"SSL_CERT_FILE": job.ca_file})
    answered: list[float] = server.next_line()["tool_ms"]
    if len(answered) < calls:
        raise BenchmarkError(f"of {calls} tool calls {len(answered)} were answered")
    return percentile(answered, 50)
