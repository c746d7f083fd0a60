"""What is heard after the server's word, as the benchmark counts it."""

from __future__ import annotations

import pytest

from benchmarks.job import Script, stamped
from benchmarks.playout import Played, _figures, _session, _targets, stale_of
from benchmarks.processes import serving
from benchmarks.scripted_server import Session


def test_a_peers_stale_audio_is_what_its_device_still_played():
    """The piece that it was playing, and what came late; the next reply is none of it."""
    sent = {"interrupted": [10.0, 11.5, 13.0]}
    pieces = [(9.8, 9.9), (9.9, 10.04), (10.04, 10.08), (10.7, 10.8), (11.0, 11.4), (12.9, 13.1)]
    assert [pytest.approx(80), 0.0, pytest.approx(100)] == stale_of({"pieces": pieces}, sent)


def test_every_finding_is_a_line():
    """Against each peer that was measured, and ours alone."""
    ours, theirs = Played([[4.0, 5.0]], [0.0]), Played([[80.0, 90.0]], [90.0])
    found = {"voice_actors": ours, "llama-index": theirs}
    targets = {(target.id, target.what): target for target in _targets(found, {"after": 0, "interruptions": 500})}
    assert {"T10", "T11"} == {name for name, _ in targets}
    assert targets["T10", "stale audio, p50, against llama-index"].measured == pytest.approx(4.5 / 85)
    assert all(target.ok for target in targets.values())
    assert not any(t.ok for t in _targets({"voice_actors": theirs}, {"after": 2, "interruptions": 500}))
    assert 4 == len(_figures(found))


@pytest.mark.slow
def test_a_reply_whose_end_comes_early_is_heard_to_its_last_sample():
    """The server says turnComplete with the reply; a second of it takes a second to be heard."""
    script = Script(turns=(10,), turn_ms=1_000, speed=0)
    with serving("benchmarks.scripted_server") as server:
        ran, _ = _session(server, None, "voice_actors", script, 80)
    assert 1_000 == ran.report["heard_ms"]


def test_a_chunk_is_known_in_whatever_pieces_it_comes():
    """Some clients cut the microphone anew, into 50 ms."""
    session = Session(None, Script(), None)
    said = b"".join(stamped() for _ in range(10))
    for at in range(0, len(said), 1_600):
        session._hear(said[at : at + 1_600])
    assert 10 == len(session.up_ms)
    assert all(0 <= age < 10_000 for age in session.up_ms)
