"""Does the built-in mind call the function that is meant, with the arguments that were said?

Two hundred conversations over 47 declared functions, in six sets as an application would declare them. They were
written before the mind was worked on; half of them were held out, and only the held-out half is a finding. A choice is
right when exactly the expected functions are called (none, where nothing fits); arguments are right when the choice
is, and every argument is as expected, with no other beside it.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from benchmarks.harness import Figure, Result, Say, Target, printed
from benchmarks.mind_sentences import NOW, Case, Either, Right, cases
from benchmarks.mind_tools import KITS
from voice_actors.offline.mind import BuiltinMind
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Entry, UserTurn
from voice_actors.offline.parts import Say as Saying

HALVES = ("development", "held out")
WRONG = {"choice": 10.0, "arguments": 20.0}
"""Per cent of the held-out sentences that may go wrong."""
BEFORE = "before the mind was worked on, held out, all: choice right 68, arguments right 53, of 103"
"""Measured with this benchmark on the mind as it was when the sentences were written (at commit fcf8063)."""


@attrs.frozen
class Outcome:
    """What the mind made of a case."""

    case: Case
    calls: Sequence[Call]
    early: bool
    """Whether something was called before the last turn."""
    said: str
    milliseconds: Sequence[float]

    @property
    def choice(self) -> bool:
        """Whether exactly the right functions were called."""
        return not self.early and [one.name for one in self.calls] == [one.name for one in self.case.calls]

    @property
    def arguments(self) -> bool:
        """Whether they were called as they should be."""
        return self.choice and all(map(same, self.calls, self.case.calls))


def measure(quick: bool, say: Say) -> Result:
    """All sentences; there is nothing to be saved."""
    del quick
    found: list[Outcome] = []
    targets: list[Target] = []
    notes: list[str] = []
    for half, name in enumerate(HALVES):
        say(name)
        outcomes = [hear(case) for case in cases(half)]
        found += outcomes
        notes += _lines(name, outcomes)
        targets += _targets(outcomes) if half else []
    latency = Figure("thinking, a turn", "ms", [one for outcome in found for one in outcome.milliseconds])
    return Result("calls of declared functions", [latency], targets, [*notes, BEFORE])


def hear(case: Case) -> Outcome:
    """Say the turns of a case to the mind, and answer its calls."""
    mind = BuiltinMind(now=lambda: NOW)
    entries: list[Entry] = []
    calls: list[Call] = []
    spent: list[float] = []
    early, said = False, ""
    for number, text in enumerate(case.turns, 1):
        entries.append(UserTurn(text))
        began = time.perf_counter()
        thoughts = mind.think(Dialogue(entries, functions=KITS[case.kit]))
        spent.append((time.perf_counter() - began) * 1000)
        made = [one for one in thoughts if isinstance(one, Call)]
        said = " ".join(one.text for one in thoughts if isinstance(one, Saying))
        early = early or bool(made and number < len(case.turns))
        entries += [Called(f"{number}.{at}", one.name, one.args) for at, one in enumerate(made)]
        entries += [Answered(f"{number}.{at}", one.name, {"result": "ok"}) for at, one in enumerate(made)]
        entries.append(AgentTurn(said))
        calls += made
    return Outcome(case, calls, early, said, spent)


def same(made: Call, right: Right) -> bool:
    """Whether a call has the right arguments, and no others."""
    return made.name == right.name and _same_fields(made.args, right.args)


def _same_fields(made: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    return all(_same_value(made.get(key), right.get(key)) for key in {*made, *right})


def _same_value(made: Any, right: Any) -> bool:
    match right:
        case Either(values):
            return any(_same_value(made, one) for one in values)
        case str():
            same_moment = re.fullmatch(r"[\d-]*T?\d\d:\d\d", right) and str(made).startswith(right)
            return isinstance(made, str) and bool(same_moment or _plain(made) == _plain(right))
        case dict():
            return isinstance(made, dict) and _same_fields(made, right)  # pyright: ignore[reportUnknownArgumentType]
        case list():
            return isinstance(made, list) and [_plain(one) for one in made] == [_plain(one) for one in right]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return isinstance(made, bool) == isinstance(right, bool) and bool(made == right)


def _plain(value: Any) -> str:
    return re.sub(r"^(the|a|an) ", "", str(value).casefold().strip(" .,!?"))


def _wrong(outcomes: Sequence[Outcome], what: str) -> float:
    return 100 - 100 * sum(bool(getattr(one, what)) for one in outcomes) / len(outcomes)


def _targets(outcomes: Sequence[Outcome]) -> list[Target]:
    return [
        Target("mind", f"wrong {what}, held out", most, _wrong(outcomes, what), "%", len(outcomes))
        for what, most in WRONG.items()
    ]


def _lines(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    groups: dict[str, list[Outcome]] = {"all": list(outcomes)}
    for one in outcomes:
        groups.setdefault(one.case.group, []).append(one)
    return [
        f"{name}, {group}: choice right {sum(one.choice for one in some)}, arguments right"
        f" {sum(one.arguments for one in some)}, of {len(some)}"
        for group, some in groups.items()
    ]


def main() -> None:
    """Print the findings; with `--failures` also what went wrong in the half that is for development."""
    parser = argparse.ArgumentParser("python -m benchmarks.mind", description=__doc__)
    parser.add_argument("--failures", action="store_true", help="show the development half's failures")
    if parser.parse_args().failures:
        for one in filter(lambda one: not one.arguments, map(hear, cases(0))):
            made = [(call.name, dict(call.args)) for call in one.calls]
            wanted = [(call.name, dict(call.args)) for call in one.case.calls]
            print(f"{one.case.kit}: {' / '.join(one.case.turns)}\n   wanted {wanted}\n   made   {made}  {one.said}")
    print(printed(measure(quick=False, say=lambda _: None)))


if __name__ == "__main__":
    main()
