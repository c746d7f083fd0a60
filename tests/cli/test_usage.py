"""What a call spent, as tables and lines."""

from __future__ import annotations

from voice_actors.cli import main
from voice_actors.cli.usage import usage_lines, usage_table
from voice_actors.messages import Ended, TurnUsage
from voice_actors.record.journal import header, sealed
from voice_actors.record.metering import Usage, usage_of
from voice_actors.record.transcripts import line_of

SPENT = (
    TurnUsage(turn=None, input={"TEXT": 100}, output={}, call_tokens=100, cost=0.25, at=1.0),
    TurnUsage(turn=1, input={"TEXT": 900, "AUDIO": 500}, output={"AUDIO": 60}, call_tokens=1_560, cost=0.5, at=2.0),
    TurnUsage(turn=1, input={}, output={"AUDIO": 40}, call_tokens=1_600, cost=0.25, at=3.0),
)


def test_a_row_for_each_reply_and_the_sum_below():
    """A reply that was counted twice has one row."""
    lines = usage_table(SPENT, "EUR").splitlines()
    print("\n".join(lines))
    assert ["-", "100", "0", "0.2500"] == lines[2].split()
    assert ["1", "1,400", "100", "0.7500"] == lines[3].split()
    assert ["all", "1,500", "100", "1.0000"] == lines[5].split()
    assert "tokens: 1,600: 1,500 in (audio 500, text 1,000); 100 out (audio 100), 1.0000 EUR" == lines[-1]


def test_a_call_without_counts_or_prices():
    """No line where nothing was counted, and no money where nothing is priced."""
    assert [] == usage_lines(Usage())
    assert ["tokens: 3: 3 in (text 3)"] == usage_lines(Usage({"TEXT": 3}))
    lines = usage_table([TurnUsage(turn=1, input={"TEXT": 1}, output={}, call_tokens=1, at=1.0)]).splitlines()
    assert ["1", "1", "0", "-"] == lines[2].split()


def test_the_table_of_a_transcript(tmp_path, capsys):
    """Lines come back as they were written; a file without counts says so in one line."""
    for name, events in (
        ("call", (*SPENT, Ended(reason="closed", at=4.0))),
        ("old", (Ended(reason="closed", at=4.0),)),
    ):
        lines = [sealed(line_of(event, seq=seq, wall=0.0)) for seq, event in enumerate(events, start=1)]
        (tmp_path / f"{name}.jsonl").write_bytes(header(at=0.0, wall=0.0, program="test") + b"".join(lines))
    assert 0 == main(["transcript", str(tmp_path / "call.jsonl"), "--usage"])
    assert usage_table(SPENT) + "\n" == capsys.readouterr().out
    assert 1_600 == usage_of(SPENT).tokens
    assert 2 == main(["transcript", str(tmp_path / "old.jsonl"), "--usage"])
    assert "nothing was counted" in capsys.readouterr().err
