"""`voice-actors bench`: what it measures, and that it is honest about what it could not."""

from __future__ import annotations

import json
from array import array

import pytest
import trio

from voice_actors import AgentConfig, Connection, open_voice_agent
from voice_actors.cli.bench import TimedMicrophone, Wire, trimmed
from voice_actors.cli.bench_report import findings_of, printed, written
from voice_actors.errors import ConfigError
from voice_actors.messages import AudioLost, ToolAnswered, ToolCalled, TurnEnded, TurnLatency
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedServer

WHOLE = (
    TurnLatency(turn=1, by="voice", response_ms=500.0, playout_ms=10.0, round_trip_ms=40.0, at=3.0),
    ToolCalled(id="c", name="weather", args={}, at=5.0),
    ToolAnswered(id="c", name="weather", response={}, outcome="ok", took_ms=2.0, at=5.003),
    TurnLatency(turn=2, by="voice", response_ms=900.0, playout_ms=10.0, tool_ms=(2.0,), at=8.0),
    TurnEnded(turn=3, heard_ms=1.0, dropped_ms=1.0, interrupted=True, at=10.25),
    TurnLatency(turn=3, by="voice", response_ms=600.0, playout_ms=20.0, silence_ms=9.0, at=10.25),
    TurnLatency(turn=4, by="voice", response_ms=700.0, playout_ms=20.0, at=14.0),
)


def test_the_figures_of_a_sound_run():
    """Each from the events that it stands for, and nothing to complain about."""
    findings = findings_of(WHOLE, [0.4, 0.6], [10.0], questions=1, tools=1, cuts=1)
    print(printed(findings, "here"))
    found = {figure.name.strip(): list(figure.samples) for figure in findings.figures}
    assert () == tuple(findings.faults)
    assert [500.0, 600.0, 700.0] == found["your last sound, to its first"]
    assert [490.0, 580.0, 680.0] == found["until the reply begins to arrive"]
    assert [900.0] == found["the same where a tool is needed"]
    assert [pytest.approx(3.0)] == found["tool: call received, to answer handed over"]
    assert [pytest.approx(250.0)] == found["you speak over it, to silence"]
    assert [9.0] == found["of it, after the interruption is told"]
    assert "end of speech is noticed" not in printed(findings, "here")


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        (WHOLE[1:6], "1 of 2 questions were answered"),
        (WHOLE[:3], "0 of 1 questions were answered with the tool"),
        (WHOLE[:4] + WHOLE[6:], "0 of 1 replies fell silent when spoken over"),
        ((*WHOLE, AudioLost(where="x", ms=40.0, at=1.0)), "40 ms of audio were lost"),
    ],
)
def test_what_did_not_happen_is_a_fault(events, fault):
    """A table of what is left does not pass for a sound run."""
    faults = findings_of(events, [], [10.0], questions=1, tools=1, cuts=1).faults
    print(faults)
    assert fault in faults


def test_every_sample_is_written(tmp_path):
    """For programs, with what it was measured on, and no names."""
    path = tmp_path / "found.json"
    written(findings_of(WHOLE, [0.4, 0.6], [10.0], 1, 1, 1), "here", "gemini-3.8-live", path)
    body = json.loads(path.read_text())
    assert {"when", "where", "model", "machine", "figures", "faults"} == set(body)
    first = body["figures"][0]
    assert (3, 600.0, [500.0, 600.0, 700.0]) == (first["n"], first["p50"], first["samples"])
    with pytest.raises(ConfigError, match="cannot write there"):
        written(findings_of((), [], [], 0, 0, 0), "here", "m", tmp_path / "no" / "folder.json")


def test_a_voice_is_trimmed_to_its_loud_part():
    """Silence around it would count as the person's time."""
    assert array("h", [400, 0, -400]).tobytes() == trimmed(array("h", [0, 9, 400, 0, -400, 5, 0]).tobytes())
    assert b"" == trimmed(bytes(100))


async def test_every_chunk_is_timed_from_the_microphone_to_the_wire(autojump_clock):
    """One figure for each, in virtual time none takes any."""

    async def script(link):
        await link.accept_setup()
        while True:
            heard.append(await link.hear())

    heard, wire = [], Wire()
    config = AgentConfig(
        connection=Connection(api_key="test"),
        microphone=TimedMicrophone(MemoryMicrophone(), wire),
        speaker=MemorySpeaker(),
    )
    async with open_voice_agent(config, dial=wire.timed(ScriptedServer(script).dial)):
        await trio.sleep(1.01)
    print(f"{len(wire.took_ms)} chunks timed, {len(heard)} heard")
    assert 1_000 / config.chunk_ms - 1 <= len(wire.took_ms) == len(heard)
    assert 0 == max(wire.took_ms)


def test_a_folder_that_is_not_there_is_one_line(voice_actors):
    """Before anything is measured; exit code 2."""
    result = voice_actors("bench", "--offline", "--json", "nowhere/found.json")
    assert (2, "voice-actors: --json nowhere/found.json: there is no such folder\n") == (
        result.returncode,
        result.stderr,
    )


@pytest.mark.slow
def test_a_whole_run_with_the_offline_server(voice_actors, tmp_path):
    """Real ears, mind, mouth and time; exit code 0 and a table."""
    result = voice_actors("bench", "--offline", "--quick", "--json", "found.json")
    print(result.stdout)
    assert 0 == result.returncode, result.stderr
    figures = {one["name"].strip(): one for one in json.loads((tmp_path / "found.json").read_text())["figures"]}
    assert 1 == figures["you speak over it, to silence"]["n"]
    assert 1 == figures["the same where a tool is needed"]["n"]
    assert 1_000 < figures["microphone to wire, a chunk"]["n"]
