"""How long replies took, as tables."""

from __future__ import annotations

from voice_actors.cli import main
from voice_actors.cli.latency import latency_lines, latency_table
from voice_actors.messages import Ended, TurnLatency
from voice_actors.record.journal import header, sealed
from voice_actors.record.latency import LatencySummary
from voice_actors.record.transcripts import line_of

TURNS = (
    TurnLatency(
        turn=1,
        by="voice",
        response_ms=1_150.4,
        end_of_speech_ms=500.0,
        first_byte_ms=600.0,
        playout_ms=50.4,
        tool_ms=(300.0, 20.0),
        round_trip_ms=8.04,
        at=6.0,
    ),
    TurnLatency(turn=2, by="text", response_ms=450.0, first_byte_ms=400.0, playout_ms=0.0, silence_ms=12.3, at=9.0),
    TurnLatency(turn=3, at=10.0),
)


def test_a_row_for_each_turn_and_the_percentiles_below():
    """A part that is not known is a dash, one that took no time is not."""
    lines = latency_table(TURNS).splitlines()
    print("\n".join(lines))
    assert ["1", "voice", "1,150", "500", "600", "50", "-", "320", "8.0"] == lines[2].split()
    assert ["2", "text", "450", "-", "400", "0.0", "12", "-", "-"] == lines[3].split()
    assert ["3", *["-"] * 8] == lines[4].split()
    assert ["p50", "800", "500", "500", "25", "12", "160", "8.0"] == lines[6].split()
    assert ["p95", "1,115", "500", "590", "48", "12", "286", "8.0"] == lines[7].split()


def test_the_end_of_a_call_tells_the_percentiles():
    """And nothing where no reply came."""
    summary = LatencySummary()
    assert [] == latency_lines(summary.percentiles())
    for turn in TURNS:
        summary.add(turn)
    lines = latency_lines(summary.percentiles())
    print("\n".join(lines))
    assert ["response", "800", "1,115", "2"] == lines[2].split()


def write(path, *events):
    lines = [sealed(line_of(event, seq=seq, wall=0.0)) for seq, event in enumerate(events, start=1)]
    path.write_bytes(header(at=0.0, wall=0.0, program="test") + b"".join(lines))


def test_the_table_of_a_transcript(tmp_path, capsys):
    """By itself, without the conversation."""
    path = tmp_path / "call.jsonl"
    write(path, *TURNS, Ended(reason="closed", at=11.0))
    assert 0 == main(["transcript", str(path), "--latency"])
    assert latency_table(TURNS) + "\n" == capsys.readouterr().out


def test_a_transcript_without_figures_gets_one_line(tmp_path, capsys):
    """And exit code 2."""
    path = tmp_path / "call.jsonl"
    write(path, Ended(reason="closed", at=11.0))
    assert 2 == main(["transcript", str(path), "--latency"])
    error = capsys.readouterr().err
    assert 1 == error.count("\n")
    assert "no reply in" in error
