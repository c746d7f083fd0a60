"""Every fault that can be made to happen here: whether each promise holds, and what the usual loop makes of it.

Ours: whole calls in virtual time at several seeds. The other column: google-genai's client with the loop that its
documentation shows, over TLS on loopback, against the same offline server with the same script.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.fault_calls import run_row
from benchmarks.fault_rows import ROWS, Row
from benchmarks.fault_talk import QuestionMind, hang
from benchmarks.harness import Result, Say, Target, machine
from benchmarks.processes import ROOT, run
from voice_actors.testing.offline import offline_server_in_thread

SEEDS = 5
AT_ONCE = 6
"""Sessions of the other client; each waits most of the time."""
FOUND = ROOT / "benchmarks" / "results" / "faults.json"
"""What was found last; the README's table is made of it."""
README = ROOT / "README.md"
BEGIN, END = "<!-- faults: made by `python -m benchmarks --readme` -->\n", "<!-- /faults -->\n"
GOES_ON = "goes on"
FOOT = """\
*Kept*: calls in which the promise held, and with it every invariant of `voice_actors.testing.invariants`; unless the
promise is an end, each of the three typed questions is answered aloud before the next is asked (but one where the
server falls silent after goAway: it has taken that question). *Goes on*, in the last column: the same of one call,
with no exception; where the last question is answered and an earlier one is not, it says so. *Ends* is the exception
that the loop raised, *falls silent* a call without one in which the last question has no answer, *hangs* one that
never began. Nothing stands there where the other client has no such thing, or would need an hour."""
"""Under the table."""


def measure(quick: bool, say: Say) -> Result:
    """Each row's scripts at one seed, or at five; then the other client. Written to the results, for the README."""
    logging.getLogger("voice_actors").addHandler(logging.NullHandler())
    seeds = 1 if quick else SEEDS
    ours = {row.number: _ours(row, seeds, say) for row in ROWS}
    say("google-genai's client")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        theirs = dict(zip((row.number for row in ROWS), pool.map(_theirs, ROWS), strict=True))
    rows = [_found(row, ours[row.number], theirs[row.number]) for row in ROWS]
    if not quick:
        _write({"packages": machine()["packages"], "seeds": seeds, "rows": rows})
    calls, kept = sum(row["calls"] for row in rows), sum(row["kept"] for row in rows)
    others = [row["peer"] for row in rows if row["peer"] is not None]
    survived = sum(verdict == GOES_ON for verdict in others)
    notes = [f"{row['fault']}: {'; '.join(row['broken'])}" for row in rows if row["broken"]]
    notes.append(f"google-genai's client goes on in {survived} of {len(others)} rows")
    target = Target("F1", "calls in which a promise is broken", 0, calls - kept, "calls", calls)
    return Result("what goes wrong, and what is promised", (), (target,), notes)


def _ours(row: Row, seeds: int, say: Say) -> list[list[str]]:
    say(row.fault)
    return [run_row(row, script, seed) for script in row.scripts.values() for seed in range(seeds)]


def _theirs(row: Row) -> str | None:
    if not row.for_peer:
        return None
    script = next(iter(row.scripts.values()))
    with offline_server_in_thread(script=script, real=False, mind=QuestionMind()) as server:
        said = run("benchmarks.sides.faults_google_genai", "hangs" if row.tool is hang else "", env=server.env).report
    return verdict_of(said)


def verdict_of(said: Mapping[str, Any]) -> str:
    """What became of a call, in a few words."""
    answered: Sequence[bool] = said["answered"]
    missing = answered.count(False)
    if answered[-1] and not said["error"]:
        return f"goes on, {missing} of {len(answered)} questions unanswered" if missing else GOES_ON
    if not said["error"] or said["error"].startswith("TimeoutError"):
        return "falls silent" if said["asked"] else "hangs"
    kind, _, why = str(said["error"]).partition(": ")
    code = why.split(maxsplit=1)[0].rstrip(".:") if why[:1].isdigit() else ""
    return f"ends: {kind} {code}".rstrip()


def _found(row: Row, broken: Sequence[Sequence[str]], peer: str | None) -> dict[str, Any]:
    return {
        "number": row.number,
        "fault": row.fault,
        "promise": row.promise,
        "scripts": list(row.scripts),
        "calls": len(broken),
        "kept": sum(not each for each in broken),
        "broken": sorted({sentence for each in broken for sentence in each})[:5],
        "peer": peer,
    }


def table(found: Mapping[str, Any]) -> str:
    """What was found, for the README."""
    head = f"| what goes wrong | promised | kept | google-genai {found['packages']['google-genai']}, the usual loop |"
    rows = [
        f"| {row['fault']} | {row['promise']} | {row['kept']}/{row['calls']} | {row['peer'] or ''} |"
        for row in found["rows"]
    ]
    return "\n".join([head, "|---|---|---|---|", *rows, "", FOOT]) + "\n"


def with_table(readme: str, found: Mapping[str, Any]) -> str:
    """The README with this table between its marks.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN.strip()} and {END.strip()}")
    return f"{before}{begin}\n{table(found)}\n{end}{after}"


def _write(found: Mapping[str, Any]) -> None:
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_readme() -> None:
    """Write README.md's table anew, of what was found last."""
    README.write_text(with_table(README.read_text("utf-8"), last_found()), "utf-8")


def last_found(path: Path = FOUND) -> Mapping[str, Any]:
    """What the last run wrote."""
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return found
