"""Other people's packages: what is installed is weighed, and what fails is told."""

import json
import os

import pytest

from benchmarks import footprint
from benchmarks.harness import printed
from benchmarks.peers import environments
from benchmarks.peers.environments import Environment, Peer, is_current
from benchmarks.processes import BenchmarkError, Ran, run_python


def test_an_environment_is_made_once_and_weighed(tmp_path, monkeypatch):
    """Distributions are those that the packages brought, pip left out; a second look installs nothing."""
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    peer = Peer("one", ("attrs",), "import attrs")
    made = Environment.of(peer)
    assert 1 == made.distributions
    assert 0.05 < made.megabytes < 1
    stamp = (tmp_path / "one" / "installed").stat().st_mtime_ns
    assert made == Environment.of(peer)
    assert stamp == (tmp_path / "one" / "installed").stat().st_mtime_ns


def test_ours_is_made_anew_where_it_has_changed(tmp_path):
    """Else an older one would be weighed; packages of an index are kept."""
    module = tmp_path / "project" / "ours" / "module.py"
    module.parent.mkdir(parents=True)
    module.touch()
    ours, mark = Peer("ours", (str(tmp_path / "project"),), "import ours"), tmp_path / "installed"
    assert not is_current(ours, mark)
    mark.touch()
    assert is_current(ours, mark)
    later = mark.stat().st_mtime + 1
    os.utime(module, (later, later))
    assert not is_current(ours, mark)
    assert is_current(Peer("ours", ("attrs",), "import attrs"), mark)


def test_a_peer_that_cannot_be_installed_is_told(tmp_path, monkeypatch):
    """By pip's own word, and the others go on."""
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    broken = Peer("broken", (str(tmp_path / "no-such-folder-or-package"),), "import nothing")
    with pytest.raises(BenchmarkError, match="cannot be installed"):
        Environment.of(broken)
    monkeypatch.setattr(footprint, "OURS", broken)
    monkeypatch.setattr(footprint, "GOOGLE", broken)
    monkeypatch.setattr(footprint, "PEERS", {"broken": broken})
    found, notes = footprint._environments(["broken"], lambda _what: None)
    assert not found
    assert ["broken: left out"] * 3 == [note.partition(",")[0] for note in notes]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "ERROR: No matching distribution found for x\n\n[notice] A new release of pip\n",
            "ERROR: No matching distribution",
        ),
        (
            "  error: subprocess\nERROR: Failed to build x\n  note: not a problem with pip.\n",
            "ERROR: Failed to build x",
        ),
        ("killed\n", "killed"),
        ("", "pip said nothing"),
    ],
)
def test_the_reason_is_pips_last_error(said, told):
    """And not the note or the advertisement that follows it."""
    assert environments.reason_in(said).startswith(told)


def test_a_program_that_hangs_is_ended():
    """And is no measurement; one that waits for a line that nobody types is not at its input's end."""
    with pytest.raises(BenchmarkError, match="exit code -9"):
        run_python(["-c", "import time; time.sleep(600)"], timeout=0.2)  # a program that hangs, and is killed
    waits = "import json, select, sys; print(json.dumps(select.select([sys.stdin], [], [], 0.2)[0] == []))"
    assert run_python(["-c", waits], typing=True).report is True
    assert run_python(["-c", waits]).report is False


def test_every_peer_has_a_program_and_a_target():
    """And what it is asked to import is Python."""
    for peer in environments.PEERS.values():
        path = environments.ROOT / (peer.module.replace(".", "/") + ".py")
        compile(path.read_text("utf-8"), str(path), "exec")
        compile(peer.statement, peer.name, "exec")
    print(json.dumps(sorted(environments.PEERS)))


def test_the_floor_stands_beside_and_is_not_weighed():
    """Its packages are among ours; and no target compares with it."""
    here, ran = Environment("python", 1, 1.0), Ran({"ms": 1.0, "cpu": 1.0, "wall": 2.0, "rss_mb": 3.0}, 1.0, 2.0)
    found = {
        peer.name: footprint.Footprint(peer, here, [ran], [ran], [1.0], [1.0])
        for peer in (environments.OURS, footprint.FLOOR)
    }
    named = {figure.name: figure.samples for figure in footprint._figures(found)}
    assert [500.0] == named["bare trio: session"] == named["voice_actors: session"]
    assert "voice_actors: installed" in named
    assert "bare trio: installed" not in named
    assert [] == footprint._targets(found)


@pytest.mark.slow
def test_our_own_side_is_measured_as_the_others_are(monkeypatch):
    """In this environment in place of one of its own: a session, its chunks and its messages."""
    import sys
    from pathlib import Path

    here = Environment(Path(sys.executable), 1, 1.0)
    monkeypatch.setattr(Environment, "of", classmethod(lambda cls, peer: here))
    result = footprint.measure(True, lambda _what: None)
    print(printed(result))
    figures = {figure.name: figure for figure in result.figures}
    assert 1 == len(figures["voice_actors: session"].samples) == len(figures["google-genai: session"].samples)
    assert not result.notes
