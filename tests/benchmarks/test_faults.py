"""The fault matrix: its rows keep their promises, its table is what was found, and what the other client said is read."""

from __future__ import annotations

import attrs
import pytest
import trio

from benchmarks.fault_calls import _steps, run_row, unanswered
from benchmarks.fault_promises import counts_what_is_missing
from benchmarks.fault_rows import ROWS
from benchmarks.fault_talk import QuestionMind
from benchmarks.faults import BEGIN, END, README, last_found, table, verdict_of, with_table
from voice_actors import messages as m
from voice_actors.actors.session import SessionActor
from voice_actors.config import AgentConfig
from voice_actors.deadlines import Deadlines
from voice_actors.offline.faults.script import Script
from voice_actors.testing.mishaps import Mishaps
from voice_actors.testing.simulation import run_call

CASES = [pytest.param(row, name, id=f"{row.number}-{name}") for row in ROWS for name in row.scripts]


@pytest.mark.slow
@pytest.mark.parametrize("row, name", CASES)
def test_what_is_promised_of_a_fault_holds(row, name):
    """The call goes on, or ends with the error that is named; and all that holds of every call."""
    broken = run_row(row, row.scripts[name], seed=100)
    print(f"{row.number} {row.fault} ({name}): {row.promise}: {broken or 'kept'}")
    assert [] == broken


def test_the_table_in_the_readme_is_what_was_found():
    """Made, not typed."""
    readme = README.read_text("utf-8")
    found = last_found()
    print(table(found))
    assert readme == with_table(readme, found)


def test_what_was_found_has_every_row_and_no_broken_promise():
    """A row that is added, renamed or promised anew wants a new run."""
    found = last_found()
    assert [(row.number, row.fault, row.promise, list(row.scripts)) for row in ROWS] == [
        (row["number"], row["fault"], row["promise"], row["scripts"]) for row in found["rows"]
    ]
    assert found["seeds"] >= 3
    assert all(row["kept"] == row["calls"] == found["seeds"] * len(row["scripts"]) for row in found["rows"])


def test_a_readme_without_marks_is_an_error():
    """It is not left as it is in silence."""
    with pytest.raises(ValueError, match="has no"):
        with_table("# nothing", {"rows": []})
    assert BEGIN.strip().startswith("<!--")
    assert END.strip().endswith("-->")


def test_an_agent_that_does_not_come_back_breaks_the_promise(monkeypatch):
    """So that a green row means something."""

    async def give_up(self, ended):
        raise ended.error

    monkeypatch.setattr(SessionActor, "_recover", give_up)
    row = ROWS[0]
    broken = run_row(row, row.scripts["close-1011"], seed=0)
    assert any("it ended with AgentFailed" in sentence for sentence in broken)


def test_a_loss_that_is_told_late_breaks_the_promise(monkeypatch):
    """A tenth of a second is what is promised."""
    recover = SessionActor._recover

    async def late(self, ended):
        await trio.sleep(0.2)
        await recover(self, ended)

    monkeypatch.setattr(SessionActor, "_recover", late)
    broken = run_row(ROWS[0], ROWS[0].scripts["close-1011"], seed=0)
    assert any("nobody was told within 0.1 s" in sentence for sentence in broken)


def test_a_pause_that_is_not_counted_breaks_the_promise(monkeypatch):
    """And so does a count without a pause: they are set beside what was heard."""
    row = next(row for row in ROWS if row.number == 28)
    call = run_call(AgentConfig(chunk_ms=40), Mishaps(0, _steps(row, 0), row.scripts["stutter"]), QuestionMind())
    assert [] == list(counts_what_is_missing(call))
    call.events = [attrs.evolve(e, underruns=0) if isinstance(e, m.TurnEnded) else e for e in call.events]
    assert any("0 told" in sentence for sentence in counts_what_is_missing(call))


def test_a_tool_that_is_waited_for_too_long_breaks_the_promise():
    """It is the deadline of every agent that is promised, and not one of this row's own."""
    row = next(row for row in ROWS if row.number == 22)
    assert [] == run_row(row, row.scripts["hangs"], seed=0)
    for seconds in (3.0, 31.0):
        patient = attrs.evolve(row, config={"deadlines": Deadlines(tool=seconds)})
        assert any(f"('timeout', {seconds})" in each for each in run_row(patient, row.scripts["hangs"], seed=0))


def test_a_question_without_an_answer_is_found():
    """Each has to be answered before the next."""
    call = run_call(AgentConfig(chunk_ms=40), Mishaps(0, _steps(ROWS[0], 0), Script()), QuestionMind())
    assert [] == list(unanswered(call))
    first = next(e.at for e in call.events if isinstance(e, m.TextSent))
    call.events = [e for e in call.events if not isinstance(e, m.AudioHeard) or e.at < first]
    assert 3 == len(list(unanswered(call)))


def test_a_row_whose_fault_never_strikes_is_not_green():
    """Without its script, the session is never resumed."""
    assert "no session was resumed" in run_row(ROWS[0], Script(), seed=0)


@pytest.mark.parametrize(
    "said, verdict",
    [
        ({"answered": [True] * 3, "asked": 3, "error": ""}, "goes on"),
        ({"answered": [False, True, True], "asked": 3, "error": ""}, "goes on, 1 of 3 questions unanswered"),
        ({"answered": [True, True, False], "asked": 3, "error": ""}, "falls silent"),
        ({"answered": [False] * 3, "asked": 0, "error": "TimeoutError"}, "hangs"),
        (
            {"answered": [False] * 3, "asked": 1, "error": "APIError: 1011 None. Internal error."},
            "ends: APIError 1011",
        ),
        ({"answered": [False] * 3, "asked": 1, "error": "KeyError: 'x'"}, "ends: KeyError"),
    ],
)
def test_the_other_client_is_judged_by_its_answers(said, verdict):
    """And by what ended it."""
    assert verdict == verdict_of(said)
