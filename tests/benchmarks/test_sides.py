"""The programs that are compared: each does the same job against the same server, and says what it measured."""

import pytest

from benchmarks import flood, sessions
from benchmarks.idle_cpu import SIDES
from benchmarks.job import Job, Script
from benchmarks.processes import BenchmarkError, run, run_python, serving


@pytest.fixture(scope="module")
def server():
    with serving("benchmarks.scripted_server") as served:
        yield served


@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
def test_a_side_sends_every_chunk_and_takes_every_message(server, side):
    """Otherwise its CPU time says nothing."""
    chunks, script = 60, Script(turns=(10, 25), turn_ms=400, message_ms=100)
    job = Job(server.ready["port"], server.ready["ca_file"], chunks, script)
    ran = run(SIDES[side], *job.arguments(), env={"SSL_CERT_FILE": job.ca_file})
    seen = server.next_line()
    assert chunks - 2 <= len(seen["up_ms"]) <= chunks  # the last may be cut off by the client's leaving
    assert all(age >= 0 for age in seen["up_ms"])
    assert 0 < ran.report["cpu"] <= ran.cpu
    if side != "ours":  # whose loudspeaker re-chunks
        assert 8 == len(ran.report["down_ms"])


@pytest.mark.slow
def test_interruptions_are_timed(server):
    """Each of them: when it was sent, when it was acted on, and what was heard after it."""
    script = Script(turns=(10, 60), turn_ms=3_000, speed=0, interrupt_after_ms=500)
    job = Job(server.ready["port"], server.ready["ca_file"], 120, script)
    report = run(SIDES["ours"], *job.arguments()).report
    server.next_line()
    assert 2 == len(report["acted_ms"]) == len(report["stale_ms"])
    assert all(took > 0 for took in report["acted_ms"])
    assert all(0 <= stale < 2_500 for stale in report["stale_ms"])  # and not the 2.5 s that were left


@pytest.mark.slow
@pytest.mark.parametrize("side", flood.SIDES)
@pytest.mark.parametrize("kind", flood.FLOODS, ids=lambda kind: kind.name)
def test_a_flood_loses_nothing(server, side, kind):
    """Neither a chunk nor a message, or its cost would be that of another work; a loss is an error."""
    assert flood._cost(server, kind, side, 50) > 0


@pytest.mark.slow
@pytest.mark.parametrize("side", sessions.SIDES | sessions.FLOOR)
def test_many_sessions_are_whole(server, side):
    """Three sessions in one process: every chunk and every message of each of them is measured."""
    found = sessions._crowd(server, side, 3, 180)
    assert 3 == found.sessions
    assert 0 < found.up_p99
    assert 0 < found.down_p99
    assert 0 < found.cpu_us


def test_a_server_that_says_much_is_read_all_the_time(tmp_path, monkeypatch):
    """More than a pipe holds, while nobody asks: a server that had to wait for us would not serve."""
    chatter = (
        "import json, sys\nfor n in range(4000): print(json.dumps([n, 'x' * 100]), flush=True)\nsys.stdin.read()\n"
    )
    (tmp_path / "chatter.py").write_text(chatter)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with serving("chatter") as served:
        said = [served.ready, *(served.next_line() for _ in range(3999))]
    assert list(range(4000)) == [n for n, _ in said]
    with pytest.raises(BenchmarkError, match="has ended"):
        served.next_line()


def test_a_program_that_fails_is_no_measurement():
    """Nor is one that says nothing."""
    with pytest.raises(BenchmarkError, match="exit code 3"):
        run_python(["-c", "raise SystemExit(3)"])
    with pytest.raises(BenchmarkError):
        run_python(["-c", ""])
