"""What travels between the processes of a benchmark."""

import json
import time

import pytest
import trio

from benchmarks.job import (
    INPUT_BYTES,
    Job,
    Meter,
    Script,
    age_ms,
    instruction_of,
    job_of,
    monotonic,
    script_of,
    stamped,
)


def test_a_job_survives_its_command_line():
    """With its script."""
    job = Job(8443, "bundle.pem", 100, Script(turns=(10, 20), interrupt_after_ms=500.0))
    assert job == job_of(["side", *job.arguments()])


def test_a_script_survives_the_system_instruction():
    """It is how the server gets to know it."""
    script = Script(turns=(5,), tools=3)
    assert script == script_of(json.loads(instruction_of(script)))


def test_a_stamped_chunk_tells_its_age():
    """From the clock that all processes share."""
    chunk = stamped()
    assert INPUT_BYTES == len(chunk)
    assert 0 <= age_ms(chunk)
    assert 1_000 == pytest.approx(age_ms(chunk, time.monotonic() + 1) - age_ms(chunk, time.monotonic()), abs=50)


async def test_times_of_trios_clock_can_be_compared_between_processes():
    """To the resolution of the clocks."""
    before = time.monotonic()
    at = monotonic(trio.current_time())
    assert before - 0.001 <= at <= time.monotonic() + 0.001


def test_a_meter_reports_in_one_line(capsys):
    """CPU, duration, memory, and what else the side has to say."""
    meter = Meter()
    meter.begin()
    meter.down_ms.append(1.5)
    meter.report(more=[1])
    report = json.loads(capsys.readouterr().out)
    assert {"cpu", "wall", "rss_mb", "down_ms", "more"} == set(report)
    assert [1.5] == report["down_ms"]
    assert 5 < report["rss_mb"] < 10_000
