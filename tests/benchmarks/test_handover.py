"""What a new connection costs: the accounts, and the whole of it once."""

import pytest

from benchmarks import handover
from benchmarks.handover import Call, Side, calls_of, targets
from benchmarks.handover_job import CALL_MS, CASES, HandoverJob, Heard, Line, heard, numbered, numbers
from benchmarks.handover_server import REPLY_MS
from benchmarks.harness import Result, printed
from benchmarks.peers import environments
from benchmarks.processes import BenchmarkError, serving


def call(case, heard=range(CALL_MS), **more):
    return Call(case, **{"heard": list(heard), "twice_ms": 0, "links": 2, "answers": 0, "away_ms": 400.0} | more)


def test_a_millisecond_is_known_in_whatever_pieces_it_comes():
    """Some clients cut the microphone anew, into 50 ms; what is not ours is refused, and all of it is silent."""
    said = numbered(0, CALL_MS)
    pieces = [said[at : at + 1_600] for at in range(0, len(said), 1_600)]
    assert list(range(CALL_MS)) == [ms for piece in pieces for ms in numbers(piece)]
    assert max(said) <= 32
    for strange in (said[:33], bytes(32)):
        with pytest.raises(ValueError, match="not numbered"):
            numbers(strange)


def test_what_was_not_heard_is_lost_and_a_reply_counts_where_there_is_one():
    """Nothing of a second's end heard: that session has ended."""
    found = call("goAway in a reply", range(CALL_MS - 100), played_ms=REPLY_MS - 30.0)
    assert (100, 30.0, False) == (found.lost_ms, found.reply_lost_ms, found.ended)
    assert 0 == call("a break in silence").reply_lost_ms
    assert call("a break in silence", range(CALL_MS - 1_000)).ended


def test_pieces_of_a_reply_are_counted_and_their_pauses():
    """The longest pause is between two pieces."""
    assert Heard(1, 300.0, 50.0) == heard(1, [(0.0, 0.1), (0.11, 0.21), (0.26, 0.36)])
    assert Heard(1, trouble="x") == heard(1, [], "x")


def test_both_halves_of_a_call_find_each_other():
    """By the port; a job travels as JSON."""
    job = HandoverJob("ca.pem", (Line(CASES[0], 7), Line(CASES[1], 8)))
    assert job == HandoverJob.of(["program", *job.arguments()])
    seen = {"heard": [1], "twice_ms": 2, "links": 2, "answers": 0, "away_ms": 3.0, "handles": ["h0"]}
    said = [{"port": 8, "played_ms": 5.0, "pause_ms": 0.0, "trouble": "gone"}, {"port": 7}]
    first, second = calls_of(job.lines, {"7": seen, "8": seen}, said)
    assert (CASES[0], 0.0, "") == (first.case, first.played_ms, first.trouble)
    assert (CASES[1], 5.0, "gone") == (second.case, second.played_ms, second.trouble)


def test_a_side_whose_sessions_end_has_no_figures_and_notes_say_why():
    """Half of them are enough; of the others in a case only those that went on count."""
    ended = call("a break in silence", range(3_000), links=1, trouble="APIError: 1006")
    some = [call("goAway in silence"), call("goAway in silence"), call("goAway in silence", range(9_000))]
    side = Side("theirs", "x", calls=[ended, call("a break in silence", handles=[None]), *some])
    figures = {figure.name: figure.samples for figure in side.figures()}
    assert [] == figures["a break in silence: microphone lost, theirs"]
    assert [0, 0] == figures["goAway in silence: microphone lost, theirs"]
    notes = side.notes()
    print(printed(Result("short", side.figures(), (), notes)))
    assert [
        "theirs, goAway in silence: 1 of 3 sessions ended",
        "theirs, a break in silence: 1 of 2 sessions ended; 1 of 2 came back without a handle; APIError: 1006",
    ] == notes


def test_targets_are_of_all_our_calls():
    """One bad call misses its target."""
    good = [call(case, answers=case.endswith("tool"), played_ms=0 if "silence" in case else REPLY_MS) for case in CASES]
    assert all(target.ok for target in targets(Side("ours", "x", calls=good)))
    bad = [call("goAway in a reply", range(20, CALL_MS)), call("a break in silence", range(40, CALL_MS), played_ms=1)]
    assert {"T14", "H1", "H2"} == {t.id for t in targets(Side("ours", "x", calls=[*good, *bad])) if not t.ok}


def test_a_peer_that_is_not_measured_is_told():
    """Rather than missing without a word."""
    sides, notes = handover._sides(("llama-index",), print)
    assert ["ours", "google-genai"] == list(sides)
    assert ["llama-index: left out, this question has no program for it"] == notes


def test_every_peer_that_is_measured_has_a_program():
    """Run where its package is; here it is Python, at least."""
    for name in handover.MEASURED:
        path = environments.ROOT / (handover._module(environments.PEERS[name].module).replace(".", "/") + ".py")
        compile(path.read_text("utf-8"), str(path), "exec")
        print(path.name)


@pytest.fixture
def server():
    with serving("benchmarks.handover_server", "1") as served:
        yield served


@pytest.mark.slow
@pytest.mark.parametrize(
    "side", [Side("ours", "benchmarks.sides.handover"), handover._sides((), print)[0]["google-genai"]]
)
def test_every_case_once(server, side):
    """No announced hand-over loses anything, the tool is answered once, and after a break the session goes on."""
    handover._round(server, side.name, side)
    print(printed(Result(side.name, side.figures(), (), side.notes())))
    assert [] == side.notes()
    assert list(CASES) == [one.case for one in side.calls]
    assert all(2 == one.links and not one.forgetful for one in side.calls)
    announced = [one for one in side.calls if one.case.startswith("goAway")]
    assert [(0, 0.0)] * 3 == [(one.lost_ms, one.reply_lost_ms) for one in announced]


def test_a_side_of_ours_that_does_not_get_through_is_no_measurement(monkeypatch):
    """Rather than a table without it."""

    def fails(*_arguments):
        raise BenchmarkError("1 connections")

    monkeypatch.setattr(handover, "_round", fails)
    with pytest.raises(BenchmarkError, match="ours: left out, 1 connections"):
        handover.measure(True, print)
