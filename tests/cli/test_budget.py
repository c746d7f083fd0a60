"""`talk --budget`."""

from __future__ import annotations

import pytest

from voice_actors.cli.budget import SPENT, amounts, parse_budget
from voice_actors.cli.captions import note_on
from voice_actors.errors import ConfigError
from voice_actors.messages import BudgetSpent, BudgetWarning
from voice_actors.record.budget import Budget
from voice_actors.record.prices import Prices

EUROS = Prices({}, "EUR")


def test_what_it_takes():
    """Tokens, or money of the table's currency."""
    assert Budget(tokens=20_000) == parse_budget("20000", None)
    assert Budget(money=0.5) == parse_budget("0.50eur", EUROS) == parse_budget("0.5 EUR", EUROS)


@pytest.mark.parametrize(
    ("text", "prices", "way_out"),
    [
        ("much", None, "such as 20000"),
        ("0.5", None, "such as 0.5USD"),
        ("0.5USD", None, "give --prices FILE"),
        ("0.5USD", EUROS, "the prices are in EUR"),
        ("0", None, "more than 0"),
        ("-3", None, "such as 20000"),
    ],
)
def test_what_it_does_not_take(text, prices, way_out):
    """One line with the way out."""
    with pytest.raises(ConfigError) as refused:
        parse_budget(text, prices)
    print(refused.value)
    assert way_out in str(refused.value)


def test_how_it_is_told():
    """In captions and the console, in tokens or money."""
    warning = BudgetWarning(spent=16_500, limit=20_000, unit="tokens", at=1.0)
    assert ["[82% of the budget is spent: 16,500 of 20,000 tokens]"] == note_on(warning)
    spent = BudgetSpent(spent=0.51234, limit=0.5, unit="EUR", at=1.0)
    assert "0.5123 of 0.5000 EUR" == amounts(spent)
    assert ["[the budget is spent: 0.5123 of 0.5000 EUR; the call ends]"] == note_on(spent)


def test_a_call_that_its_budget_ends(voice_actors, tmp_path):
    """A goodbye is said, the line tells, and so do the exit code and the transcript."""
    transcript = tmp_path / "call.jsonl"
    sound = ("--mic", "null", "--speaker", "null", "--transcript", str(transcript))
    lines = "What is 6 times 7?\n" * 20
    result = voice_actors("talk", "--offline", *sound, "--budget", "100", stdin=lines)
    print(result.stdout, result.stderr)
    assert SPENT == result.returncode
    assert result.stderr.startswith("voice-actors: the budget is spent: ")
    assert "[the budget is spent: " in result.stdout
    said = [line for line in result.stdout.splitlines() if line.startswith("agent: ")]
    assert "bye" in said[-1].lower() or "see you" in said[-1].lower()
    assert "the budget of the call is spent" in transcript.read_text()


def test_bad_budgets_are_one_line(voice_actors):
    """Exit code 2, no traceback."""
    result = voice_actors("talk", "--offline", "--mic", "null", "--speaker", "null", "--budget", "lots")
    assert (2, 1) == (result.returncode, len(result.stderr.splitlines()))
