"""`python -m benchmarks`, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def benchmarks(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_an_unknown_question_gets_one_line():
    """And exit code 2."""
    result = benchmarks("--only", "idle_cpu,nonsense")
    assert 2 == result.returncode
    assert "no such question: nonsense" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_starting_up_is_measured_and_written(tmp_path):
    """A table for people, every sample for programs."""
    result = benchmarks("--quick", "--only", "start_up", "--json", str(tmp_path / "found.json"))
    assert 0 == result.returncode, result.stderr
    print(result.stdout)
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert {"machine", "targets", "questions"} == set(found)
    figures = {(figure["name"], figure["unit"]): figure for figure in found["questions"]["start_up"]["figures"]}
    imported = figures["import voice_actors", "ms"]["samples"]
    assert 5 == len(imported)
    # The package's own import is next to nothing beside google-genai's: it must have stayed lazy.
    assert sorted(imported)[2] < 0.25 * sorted(figures["import google.genai", "ms"]["samples"])[2]
    assert {"met", "short"} & set(result.stdout.split())
