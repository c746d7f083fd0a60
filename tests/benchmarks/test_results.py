"""The committed figures, and that README.md says what they say."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import results
from benchmarks.harness import Figure, Result, Target, machine

HERE = {
    "when": "2026-01-02T00:00:00",
    "load": [1.0],
    "cpu": "one",
    "cores": 2,
    "system": "Linux",
    "python": "3.11",
    "packages": {"trio": "1", "gone": None},
}
FLOOD = Result(
    "flood",
    [
        Figure("microphone chunk of 20 ms: ours", "us CPU", [50.0, 60.0, 70.0]),
        Figure("microphone chunk of 20 ms: google-genai", "us CPU", [90.0]),
    ],
    [Target("T1", "speed", 1.0, 0.6, "x", 3)],
)


def test_the_readme_says_what_the_newest_file_says():
    """Its passage and its chart are what the generator makes of the committed file, to the letter."""
    path = results.newest()
    found = json.loads(path.read_text("utf-8"))
    readme = results.README.read_text("utf-8")
    text = results.passage(found, path.stem)
    print(text)
    assert results.with_passage(readme, text) == readme, "run `python -m benchmarks --readme`"
    assert results.drawing(found) == path.with_suffix(".svg").read_text("utf-8")
    assert {"when", "cpu", "python", "packages"} <= set(found["machine"])
    assert found["note"] in {results.QUIET, results.SHARED}


def test_the_chart_is_a_picture():
    """Every target has its bar."""
    path = results.newest()
    root = ET.fromstring(path.with_suffix(".svg").read_text("utf-8"))
    targets = [t for question in json.loads(path.read_text("utf-8"))["questions"].values() for t in question["targets"]]
    bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("x")]
    assert 5 < len(targets) == len(bars)


def test_a_question_is_put_beside_the_others(tmp_path):
    """Without its samples; measured again, it replaces itself only."""
    path = tmp_path / "new" / "2026-01-02.json"
    results.put(path, {"flood": FLOOD}, HERE)
    results.put(path, {"other": Result("other", [Figure("x", "ms", [1.0])])}, HERE)
    results.put(path, {"flood": Result("flood", FLOOD.figures[1:])}, HERE | {"load": [2.0]})
    found = json.loads(path.read_text("utf-8"))
    assert ["flood", "other"] == list(found["questions"])
    assert [2.0] == found["questions"]["flood"]["load"]
    (figure,) = found["questions"]["flood"]["figures"]
    assert (1, 90.0) == (figure["n"], figure["p50"])
    assert "samples" not in figure


def test_it_says_whether_the_machine_had_other_work(tmp_path):
    """One question that was asked beside other work is enough to say so; asked again in peace, it is not said."""
    path, notes = tmp_path / "2026-01-02.json", []
    for load in (0.3, 2.0, 0.2):
        results.put(path, {"flood": FLOOD}, HERE | {"load": [load]})
        notes.append(json.loads(path.read_text("utf-8"))["note"])
    assert [results.QUIET, results.SHARED, results.QUIET] == notes


def test_the_table_has_what_was_measured_and_nothing_else(tmp_path):
    """Two sides where there are two; a question that was not asked has no line."""
    path = tmp_path / "2026-01-02.json"
    results.put(path, {"flood": FLOOD}, HERE)
    text = results.passage(json.loads(path.read_text("utf-8")), "2026-01-02")
    print(text)
    assert "| CPU of a microphone chunk of 20 ms, in a flood | 60 µs CPU | 90 µs CPU |" in text
    assert 3 == text.count("\n|")
    assert "one, 2 cores, load 1.0 to 1.0, Linux, Python 3.11, trio 1; 2026-01-02." in text


def test_where_sessions_ended_the_table_says_so(tmp_path):
    """A peer's figure without samples is no blank, and no zero."""
    name = "a break in silence: microphone lost, "
    found = Result("handover", [Figure(f"{name}ours", "ms", [0.0]), Figure(f"{name}google-genai", "ms", [])])
    path = tmp_path / "2026-01-02.json"
    results.put(path, {"handover": found}, HERE)
    text = results.passage(json.loads(path.read_text("utf-8")), "2026-01-02")
    assert "| a broken connection, 80 ms away: microphone lost | 0 ms | the session ends |" in text


def test_a_readme_without_a_place_is_told():
    """Rather than written over."""
    with pytest.raises(ValueError, match="no place"):
        results.with_passage("# nothing", "x")
    marked = f"a\n{results.BEGIN}\nold\n{results.END}\nb"
    assert "a\nnew\nb" == results.with_passage(marked, "new")


def test_the_file_names_no_folder_and_no_host():
    """It is public."""
    text = results.newest().read_text("utf-8")
    assert str(Path.home()) not in text
    assert not [word for word in ("/work", "/opt", "/root", "/home") if word in text]
    assert set(machine()) >= {"cpu", "cores", "python"}
