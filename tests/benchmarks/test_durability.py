"""What the recorder's ways to the disk cost, as the benchmark counts it."""

from __future__ import annotations

import pytest

from benchmarks.sides.durability import A_TURN, MODES, record
from voice_actors.record.journal import read


@pytest.mark.parametrize("mode", MODES)
async def test_each_mode_writes_what_it_says(mode, tmp_path):
    """All events are in the file, or there is none; the figures are of work that was done."""
    path = tmp_path / "transcript.jsonl"
    cost = await record(mode, 3, path)
    assert all(value > 0 for value in cost.values())
    if mode == "no transcript":
        assert not path.exists()
        return
    names = [row["event"] for row in read(path).rows]
    assert {"UserSaid": 3 * (A_TURN - 1), "TurnEnded": 3} == {
        name: names.count(name) for name in ("UserSaid", "TurnEnded")
    }
