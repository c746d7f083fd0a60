"""The loudspeaker's thread beside tools: the short way."""

import sys

import pytest

from benchmarks import audio_thread
from benchmarks.harness import printed


@pytest.mark.slow
def test_every_case_is_measured(monkeypatch):
    """Each block counts, and the interpreter is as it was."""
    pytest.importorskip("trio_parallel")
    monkeypatch.setattr(audio_thread, "SECONDS", 0.5)
    before = sys.getswitchinterval()
    result = audio_thread.measure(True, print)
    print(printed(result))
    assert [case.name for case in audio_thread.CASES] == [figure.name for figure in result.figures]
    assert all(figure.samples for figure in result.figures)
    assert all(late >= 0 for figure in result.figures for late in figure.samples)
    assert ["T18", "T18"] == [target.id for target in result.targets]
    assert before == sys.getswitchinterval()
