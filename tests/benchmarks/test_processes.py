"""How measured programs are run."""

from __future__ import annotations

import sys

import pytest

from benchmarks import processes

_TELL = """
import importlib.util, json, os
import benchmarks.job as job
kept = importlib.util.cache_from_source(job.__file__)
print(json.dumps({"kept": os.path.exists(kept), "where": kept}))
"""


@pytest.mark.parametrize("told_to_write_none", [True, False])
def test_a_measured_program_keeps_its_bytecode(tmp_path, monkeypatch, told_to_write_none):
    """As an installed one has it: from the second start on nothing is compiled, and no tree is written to that was not
    to be.
    """
    monkeypatch.setattr(sys, "dont_write_bytecode", told_to_write_none)
    monkeypatch.setattr(processes, "BYTECODE", tmp_path / "apart")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    if told_to_write_none:
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    else:
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "its own"))
    report = processes.run_python(["-c", _TELL]).report
    assert report["kept"]
    assert report["where"].startswith(str(tmp_path / ("apart" if told_to_write_none else "its own")))
