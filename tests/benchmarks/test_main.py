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
    written, drawn = tmp_path / "found.json", tmp_path / "found.svg"
    result = benchmarks("--quick", "--only", "T9", "--json", str(written), "--chart", str(drawn))
    assert 0 == result.returncode, result.stderr
    print(result.stdout)
    assert "targets met" in result.stdout
    assert "import voice_actors" in drawn.read_text("utf-8")
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert {"machine", "targets", "questions"} == set(found)
    figures = {(figure["name"], figure["unit"]): figure for figure in found["questions"]["start_up"]["figures"]}
    imported = figures["import voice_actors", "ms"]["samples"]
    assert 3 == len(imported)
    # The package's own import is next to nothing beside google-genai's: it must have stayed lazy.
    assert sorted(imported)[1] < 0.25 * sorted(figures["import google.genai", "ms"]["samples"])[1]
    assert {"met", "short"} & set(result.stdout.split())


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"questions": 1}', None])
def test_nothing_to_compare_with_gets_one_line(tmp_path, content):
    """And exit code 2, before anything is measured."""
    earlier = tmp_path / "earlier.json"
    if content is not None:
        earlier.write_text(content)
    result = benchmarks("--compare", str(earlier))
    assert 2 == result.returncode
    assert "is nothing that --json wrote" in result.stderr
    assert "Traceback" not in result.stderr


def test_every_target_has_a_question():
    """T1 to T17 but for those that no part of this project can be measured by yet."""
    from benchmarks.__main__ import QUESTIONS

    answered = {target for targets in QUESTIONS.values() for target in targets}
    print(sorted(answered, key=lambda target: int(target[1:])))
    assert {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T13", "T15", "T16", "T17"} <= answered
    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for name in QUESTIONS)
