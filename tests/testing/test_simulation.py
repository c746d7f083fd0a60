"""Whole calls with everything going wrong that a seed says, and whether what is promised holds."""

from __future__ import annotations

import math
import os

import pytest
import trio

from voice_actors import messages as m
from voice_actors.actors.speaker import SpeakerActor
from voice_actors.config import Activity, AgentConfig
from voice_actors.session.uplink_ring import UplinkRing
from voice_actors.testing import Simulated, SimulationFailed, simulate
from voice_actors.testing.__main__ import main
from voice_actors.testing.simulation import run_seed

CALLS = int(os.environ.get("VOICE_ACTORS_CALLS", "150"))
"""Of all agents; CI asks for 1,000, each night 10,000."""
PIECE = 50
"""Calls of one test."""


async def look_up(city: str, days: int = 1) -> str:
    """Look something up."""
    await trio.sleep(0.5)
    return f"{days} days of rain in {city}"


def add(a: int, b: float) -> float:
    """Add two numbers; not async, so that it would run in a thread."""
    return a + b


def server_detects() -> AgentConfig:
    return AgentConfig(tools=[look_up, add], chunk_ms=60)


def push_to_talk() -> AgentConfig:
    return AgentConfig(tools=[look_up], chunk_ms=100, activity=Activity("push-to-talk"))


def older_model() -> AgentConfig:
    return AgentConfig(tools=[look_up], chunk_ms=100, model="gemini-2.5-flash-native-audio-preview-12-2025")


AGENTS = (server_detects, push_to_talk, older_model)
PIECES = range(math.ceil(CALLS / len(AGENTS) / PIECE))


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("agent", AGENTS)
def test_every_promise_holds_at_every_seed(agent, piece):
    """Links that break, stall and are refused, devices that go, a disk that fills up, tools that hang."""
    report = simulate(agent, seeds=range(piece * PIECE, (piece + 1) * PIECE))
    print(report)
    assert PIECE == report.calls
    # Not one of these may be a thing that the simulation never does.
    for name in ("TurnInterrupted", "ToolAnswered", "TextSent", "Disconnected", "DeviceBack", "UserSaid", "Muted"):
        assert report.events[name] >= 3, name


def test_a_seed_always_gives_the_same_call():
    """To the event and the microsecond; but for what the server names at random."""
    calls = [run_seed(server_detects(), 2) for _ in range(2)]
    first, second = ([(type(event).__name__, round(event.at, 6)) for event in call.events] for call in calls)
    print(f"{len(first)} events")
    assert first == second
    assert len(first) > 100


def broken(agent=server_detects, seeds=range(12)) -> str:
    with pytest.raises(SimulationFailed) as failed:
        simulate(agent, seeds=seeds)
    return str(failed.value)


def test_a_reply_that_goes_on_after_the_interruption_is_found(monkeypatch):
    """Here the speaker does not learn that a reply was cut."""
    from voice_actors.turns import Reply

    monkeypatch.setattr(Reply, "cut", lambda self, why: None)
    said = broken()
    assert "was cut at" in said or "turns started" in said


def test_lost_audio_is_found(monkeypatch):
    """Here the ring forgets every tenth chunk."""
    hear, heard = UplinkRing.hear, []

    def forgetful(self, message):
        heard.append(message)
        if len(heard) % 10:
            hear(self, message)

    monkeypatch.setattr(UplinkRing, "hear", forgetful)
    assert "never arrived" in broken()


def test_a_text_that_is_sent_twice_is_found(monkeypatch):
    """Here what is typed is put into the ring twice."""
    write = UplinkRing.write

    async def twice(self, command):
        await write(self, command)
        await write(self, command)

    monkeypatch.setattr(UplinkRing, "write", twice)
    assert "was sent 2 times" in broken()


def test_a_failure_says_how_to_see_it_again(monkeypatch):
    """In a line that can be pasted, and that then shows the same."""

    def check(call: Simulated) -> None:
        assert call.links == 1, f"{call.links} links"

    with pytest.raises(SimulationFailed) as failed:
        simulate(server_detects, seeds=range(6), check=check)
    lines = str(failed.value).splitlines()
    print(failed.value)
    assert "of 6 simulated calls broke a promise" in lines[0]
    again = next(line.split("again: ")[1] for line in lines if "again: " in line)
    assert again.startswith(f"python -m voice_actors.testing --agent {__name__}:server_detects --seed ")
    assert f"seed {again.split()[-1]}: " in lines[1]


def test_the_command_line_runs_seeds_and_shows_one(capsys, monkeypatch):
    """Many in a line; one with every event."""
    assert 0 == main(["--seeds", "3", "--first", "1"])
    assert "3 calls" in capsys.readouterr().out
    assert 0 == main(["--seed", "1"])
    shown = capsys.readouterr().out
    assert "seed 1: " in shown
    assert "Connected(" in shown
    assert "ended with None" in shown


@pytest.mark.parametrize("name", ["nowhere:agent", "voice_actors.testing", "json:no.such", "math:pi"])
def test_an_agent_that_is_none_is_one_line(capsys, name):
    """With the way out."""
    assert 2 == main(["--agent", name])
    said = capsys.readouterr().err
    assert 1 == said.count("\n")
    assert "--agent" in said


def test_a_seed_that_is_no_number_is_one_line(capsys):
    """As argparse says it."""
    with pytest.raises(SystemExit) as leaving:
        main(["--seed", "x"])
    assert 2 == leaving.value.code
    assert "'x' is no number" in capsys.readouterr().err


def test_an_agent_that_raises_something_foreign_is_found(monkeypatch):
    """Only errors of this package may end a call."""

    async def run(self, *, task_status):
        raise KeyError("oops")

    monkeypatch.setattr(SpeakerActor, "run", run)
    assert "KeyError" in broken(seeds=[0])


def test_events_of_a_call_are_there_for_checks():
    """A program's own promises are looked at beside ours."""
    seen = []

    def check(call: Simulated) -> None:
        seen.append(call.mishaps.seed)
        assert isinstance(call.events[-1], m.Ended)

    simulate(server_detects(), seeds=[3, 5], check=check)
    assert [3, 5] == seen
