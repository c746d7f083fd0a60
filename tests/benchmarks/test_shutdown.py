"""Ctrl-C in every state of a call: a real process, a real signal, its exit code and its files."""

from __future__ import annotations

import os

import pytest

from benchmarks.leaving import STATES
from benchmarks.shutdown import leave_once, lost_in, possible
from voice_actors.record.journal import header


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_it_leaves_and_nothing_is_lost(state):
    """With a signal's exit code; the transcript has its last line, and the recording its length."""
    if state not in possible() and not os.environ.get("CI"):
        pytest.skip("pulseaudio is not installed")
    print(f"{state.name}: {leave_once(state):.0f} ms")


def test_a_transcript_without_its_end_is_a_loss(tmp_path):
    """So that a green state means something."""
    (tmp_path / "t.jsonl").write_bytes(header(at=0.0, wall=0.0, program="x"))
    assert lost_in(tmp_path) == "the transcript ends with TranscriptStarted"
    (tmp_path / "t.jsonl").write_bytes(header(at=0.0, wall=0.0, program="x") + b"torn")
    assert "bad lines [2]" in lost_in(tmp_path)
