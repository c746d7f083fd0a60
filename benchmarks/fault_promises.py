"""What is promised where something goes wrong, each as a check of a simulated call: it yields what does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from benchmarks.fault_talk import WORDS
from voice_actors import messages as m
from voice_actors.audio.pcm import ms_of
from voice_actors.deadlines import Deadlines
from voice_actors.testing.fragile import BLOCK_MS
from voice_actors.testing.witness import Simulated

AT_ONCE = 0.1
"""Seconds."""
Check = Callable[[Simulated], Iterator[str]]


def resumed(call: Simulated) -> Iterator[str]:
    """The session went on by its handle."""
    if not any(isinstance(event, m.Connected) and event.resumed for event in call.events):
        yield "no session was resumed"


def told_at_once(call: Simulated) -> Iterator[str]:
    """Whoever watches learns within a tenth of a second that a link is gone, and when the next try is."""
    told = [event.at for event in call.events if isinstance(event, m.Disconnected) and event.retry_in is not None]
    if not call.broke:
        yield "no link broke"
    for at in call.broke:
        if not any(at <= when <= at + AT_ONCE for when in told):
            yield f"nobody was told within {AT_ONCE:g} s that the link was gone at {at:.3f} s; told at {told}"


def plays_out(call: Simulated) -> Iterator[str]:
    """What had arrived of a reply when its link broke is heard to its end, unless somebody cuts it."""
    ends = {event.turn: event for event in call.events if isinstance(event, m.TurnEnded)}
    broken_off = [event for event in ends.values() if not event.interrupted]
    yield from (f"turn {event.turn} lost {event.dropped_ms:.0f} ms" for event in broken_off if event.dropped_ms > 1)


def within(seconds: float) -> Check:
    """The call is over by then."""

    def check(call: Simulated) -> Iterator[str]:
        if call.lasted > seconds:
            yield f"it took {call.lasted:.1f} s, not {seconds:g}"

    return check


def grows_its_waits(call: Simulated) -> Iterator[str]:
    """Drawn from ever longer spans: the mean of the later waits is longer than that of the first ones."""
    waits = [e.retry_in for e in call.events if isinstance(e, m.Disconnected) and e.retry_in is not None]
    first, later = waits[:3], waits[-3:]
    if len(waits) < 6 or sum(later) <= sum(first):
        yield f"waits of {[round(wait, 2) for wait in waits]}"


def rotated(times: int) -> Check:
    """So many times at least a new link took over."""

    def check(call: Simulated) -> Iterator[str]:
        taken = sum(isinstance(event, m.Connected) and event.resumed for event in call.events)
        if taken < times:
            yield f"{taken} new links, not {times}"

    return check


def says_much(turns: int) -> Check:
    """So many replies at least were heard."""

    def check(call: Simulated) -> Iterator[str]:
        heard = sum(isinstance(event, m.TurnEnded) and event.heard_ms > 0 for event in call.events)
        if heard < turns:
            yield f"{heard} replies, not {turns}"

    return check


def restored(call: Simulated) -> Iterator[str]:
    """A new session was told what was said in the old one."""
    if not any(isinstance(event, m.Connected) and event.restored for event in call.events):
        yield "no session was told what had been said"


def never_alone(call: Simulated) -> Iterator[str]:
    """Left before the server closed it: no link broke."""
    if any(isinstance(event, m.Disconnected) for event in call.events):
        yield "a link was left too late"


def one_link(call: Simulated) -> Iterator[str]:
    """Nothing was worth a new link."""
    if call.links != 1:
        yield f"{call.links} links"


def timed_out(call: Simulated) -> Iterator[str]:
    """The model is told that the tool takes too long, once, when the time is over that every tool has."""
    called = [event.at for event in call.events if isinstance(event, m.ToolCalled)]
    answers = [(e.outcome, round(e.at - called[0], 1)) for e in call.events if isinstance(e, m.ToolAnswered)]
    if answers != [("timeout", Deadlines().tool)]:
        yield f"the tool's answers, and after how many seconds: {answers}"


def was_withdrawn(call: Simulated) -> Iterator[str]:
    """The model took the call back, and the tool was stopped."""
    if not any(isinstance(event, m.ToolWithdrawn) for event in call.events):
        yield "no call was withdrawn"


def without(*complaints: str) -> Check:
    """The server has none of these complaints."""

    def check(call: Simulated) -> Iterator[str]:
        yield from (f"the agent {what}" for what in complaints if call.complaints.get(what))

    return check


def said_once(call: Simulated) -> Iterator[str]:
    """No reply is longer than its words."""
    longest = max((e.heard_ms + e.dropped_ms for e in call.events if isinstance(e, m.TurnEnded)), default=0)
    if longest > len(WORDS.split()) * 250 + 1:
        yield f"a reply of {longest:.0f} ms"


def dropped_as_stale(call: Simulated) -> Iterator[str]:
    """Late audio of a cut reply was counted, and not played."""
    if call.statistics is None or not call.statistics.stale_bytes:
        yield "no late audio was dropped"


def counts_what_is_missing(call: Simulated) -> Iterator[str]:
    """A reply that nobody cut is heard whole; where it paused, that is told, and where it did not, it is not."""
    heard = dict[int, list[tuple[float, float]]]()
    for event in call.events:
        if isinstance(event, m.AudioHeard):
            heard.setdefault(event.turn, []).append((event.at - ms_of(event.pcm, 24_000) / 1000, event.at))
    for turn in (event for event in call.events if isinstance(event, m.TurnEnded) and not event.interrupted):
        blocks = heard.get(turn.turn, [])
        pause = max([(later - earlier) * 1000 for (_, earlier), (later, _) in pairwise(blocks)], default=0.0)
        if turn.dropped_ms > 1:
            yield f"turn {turn.turn} lost {turn.dropped_ms:.0f} ms"
        if (pause > 2 * BLOCK_MS and not turn.underruns) or (turn.underruns and pause < BLOCK_MS):
            yield f"turn {turn.turn}: a pause of {pause:.0f} ms, {turn.underruns} told"
