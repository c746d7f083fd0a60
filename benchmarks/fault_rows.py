"""Everything that is known to go wrong with a realtime voice link: a row each, with what is promised of it."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import attrs
import trio

from voice_actors import messages as m
from voice_actors.audio.pcm import ms_of
from voice_actors.config import AgentConfig
from voice_actors.deadlines import Deadlines
from voice_actors.errors import AgentFailed, LinkError, LinkGivenUp, LinkLost, Refused
from voice_actors.offline.complaints import UNANSWERED, WITHDRAWN
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.catalogue import find_script
from voice_actors.offline.faults.script import Fault, Script
from voice_actors.offline.parts import Answered, Call, Dialogue, Say, Thought, UserTurn
from voice_actors.testing.fragile import BLOCK_MS
from voice_actors.testing.invariants import INVARIANTS, it_ends_by_its_own_errors
from voice_actors.testing.mishaps import Mishaps, Step
from voice_actors.testing.simulation import run_call
from voice_actors.testing.witness import Simulated

AT_ONCE = 0.1
"""Seconds."""
WORDS = "one two three four five six seven eight"
TOOL = "look_up"
QUESTIONS = ("tell me something", "use the tool", "are you there")
"""Typed by the user; the last one when everything that goes wrong has gone wrong."""


class QuestionMind:
    """Calls the tool when that is asked for, and else says eight words."""

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """A call, or a sentence of two seconds."""
        last = dialogue.entries[-1]
        asked = isinstance(last, UserTurn) and "tool" in last.text
        yield Call(TOOL, {}) if asked and not isinstance(last, Answered) else Say(WORDS)


async def look_up() -> str:
    """Look something up."""
    await trio.sleep(0.5)
    return "found"


async def hang() -> str:
    """Look something up, which never ends."""
    await trio.Event().wait()
    return ""


async def look_up_slowly() -> str:
    """Look something up, which takes a while."""
    await trio.sleep(4)
    return "found"


look_up_slowly.__name__ = look_up_slowly.__qualname__ = TOOL
hang.__name__ = hang.__qualname__ = TOOL

Check = Callable[[Simulated], Iterator[str]]


@attrs.frozen(kw_only=True)
class Row:
    """One fault."""

    number: int
    """As in the list of faults that this project keeps."""
    fault: str
    promise: str
    scripts: Mapping[str, Script]
    """Ways in which it happens, by name; a client of another kind meets the first."""
    ends: type[LinkError] | None = None
    """The call ends with this error, for a new try would be vain; None where it goes on."""
    checks: tuple[Check, ...] = ()
    config: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """Settings of the agent."""
    for_peer: bool = True
    """False where it is about something that the other client does not have."""
    tool: Callable[[], Awaitable[str]] = look_up
    impatient: bool = False
    """The user speaks while the tool works."""
    rounds: int = 1
    waits: float = 0.0
    """Seconds before the last question."""
    swallowed: int = 0
    """Questions that the server takes and never answers, whoever asks."""
    leaves: bool = False
    """The program leaves in the middle."""


def _scripts(*names: str) -> dict[str, Script]:
    return {name: find_script(name) for name in names}


# ---- what is promised of some rows only -----------------------------------------------------------------------------


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


_AGED = Script((Fault(600.0, f.Close(1011, "Deadline expired before operation could complete.")),))
"""Each link, ten minutes after its setup."""
_STALE = Script(
    (
        *(Fault("interrupted", f.Speak(200), after=after, times=0) for after in (0.05, 0.15)),
        Fault("turn-complete", f.Delay(0.5), times=0),
    )
)
HOUR = 3_600.0
_LONG = {"chunk_ms": 100}

ROWS = (
    Row(
        number=1,
        fault="closed with 1011 in the middle of a reply",
        promise="told at once; the session is resumed",
        scripts=_scripts("close-1011", "unavailable", "close-1000"),
        checks=(told_at_once, resumed, plays_out),
    ),
    Row(
        number=2,
        fault="gone without a close, also in the middle of a message",
        promise="told at once; the session is resumed",
        scripts=_scripts("drop", "drop-mid-frame"),
        checks=(told_at_once, resumed, plays_out),
    ),
    Row(
        number=3,
        fault="resuming is found invalid (1007)",
        promise="a fresh session that is told what was said, once",
        scripts=_scripts("reseed-1007"),
        checks=(restored,),
    ),
    Row(
        number=4,
        fault="the operation is aborted (1008), also on audio during a call",
        promise="resumed; the tool's answer arrives",
        scripts=_scripts("close-1008", "audio-during-call"),
        checks=(told_at_once,),
    ),
    Row(
        number=5,
        fault="goAway, then the close, also earlier than said",
        promise="left at a quiet moment before",
        scripts=_scripts("goaway", "goaway-during-call", "goaway-early", "goaway-now"),
        checks=(resumed,),
    ),
    Row(
        number=6,
        fault="goAway, then not a word more",
        promise="left by a timer of our own",
        scripts=_scripts("goaway-silent"),
        swallowed=1,
        checks=(resumed, never_alone),
    ),
    Row(
        number=7,
        fault="closed for its age without goAway",
        promise="left before, at a quiet moment",
        scripts={"aged": _AGED},
        config=_LONG,
        checks=(rotated(6), never_alone),
        waits=HOUR,
        for_peer=False,
    ),
    Row(
        number=8,
        fault="the handle is refused, or there is none",
        promise="a fresh session that is told what was said",
        scripts=_scripts("lost-session", "no-handle", "not-resumable"),
        checks=(restored,),
    ),
    Row(
        number=9,
        fault="a session is resumed while its old socket is open",
        promise="the old one is closed first",
        scripts=_scripts("goaway-during-call", "close-1011"),
    ),
    Row(
        number=10,
        fault="an ephemeral token is used up",
        promise="asked for anew at the next dial; refused twice, a typed end",
        scripts=_scripts("token-used-up"),
        ends=Refused,
    ),
    Row(
        number=11,
        fault="pings are answered 30 s late",
        promise="never fatal by itself",
        scripts=_scripts("slow-pong"),
        checks=(one_link,),
    ),
    Row(
        number=13,
        fault="every new connection is closed at once",
        promise="growing waits, then one typed end",
        scripts=_scripts("storm"),
        ends=LinkGivenUp,
        checks=(grows_its_waits, within(120)),
    ),
    Row(
        number=14,
        fault="the program leaves while a link is being made",
        promise="nothing dials afterwards",
        scripts=_scripts("http-503"),
        for_peer=False,
        leaves=True,
    ),
    Row(
        number=15,
        fault="the link breaks while the user speaks",
        promise="said again from a ring; what is typed waits",
        scripts={
            "break": Script((Fault("client-audio", f.Reset(), nth=30, resumed=False),)),
            **_scripts("audio-then-close"),
        },
        checks=(resumed,),
    ),
    Row(
        number=16,
        fault="setup is answered late",
        promise="nothing is sent before",
        scripts=_scripts("setup-late"),
        checks=(one_link,),
    ),
    Row(
        number=17,
        fault="setup is never answered",
        promise="a typed error within 10 s",
        scripts=_scripts("setup-never"),
        ends=LinkLost,
        checks=(within(10.5),),
    ),
    Row(
        number=18,
        fault="an interruption in one message with audio",
        promise="nothing of the cut reply is heard",
        scripts=_scripts("interrupted-with-audio"),
        checks=(one_link,),
    ),
    Row(
        number=19,
        fault="audio of a cut reply arrives late",
        promise="dropped and counted",
        scripts={"stale": _STALE},
        checks=(one_link, dropped_as_stale),
    ),
    Row(
        number=20,
        fault="turns are never complete, or interruptions come after them",
        promise="the next reply is heard all the same",
        scripts=_scripts("no-turn-complete", "interrupted-after-turn", "phantom-interrupted"),
        checks=(one_link,),
    ),
    Row(
        number=21,
        fault="a call is withdrawn by an interruption",
        promise="its tool is stopped, and nothing is answered",
        scripts={"withdrawn": Script()},
        config={"model": "gemini-2.5-flash-native-audio-preview-12-2025"},
        checks=(one_link, was_withdrawn, without(WITHDRAWN)),
        for_peer=False,
        tool=look_up_slowly,
        impatient=True,
    ),
    Row(
        number=22,
        fault="a tool hangs",
        promise="the model is told after a deadline",
        scripts={"hangs": Script()},
        checks=(timed_out, one_link, without(UNANSWERED)),
        tool=hang,
    ),
    Row(
        number=23,
        fault="a function is called that nobody declared",
        promise="answered with an error",
        scripts=_scripts("unknown-tool-call"),
        checks=(without(UNANSWERED),),
    ),
    Row(
        number=24,
        fault="answers that wait for a quiet moment are never told",
        promise="the call goes on",
        scripts=_scripts("never-idle"),
        checks=(one_link,),
    ),
    Row(
        number=25,
        fault="messages that cannot be understood",
        promise="skipped and told",
        scripts=_scripts("malformed-json", "deep-json", "odd-values", "binary-garbage"),
        checks=(one_link,),
    ),
    Row(
        number=26,
        fault="fields and messages that nobody knows",
        promise="ignored and counted",
        scripts=_scripts("unknown-fields", "unknown-kind"),
        checks=(one_link,),
    ),
    Row(
        number=27,
        fault="a message of 8 MiB",
        promise="taken, up to 16 MiB",
        scripts=_scripts("big-message"),
        checks=(one_link,),
    ),
    Row(
        number=28,
        fault="replies come in bursts and stalls",
        promise="held back as needed; what is missing is counted",
        scripts=_scripts("stall", "stutter", "burst"),
        checks=(one_link, counts_what_is_missing),
    ),
    Row(
        number=29,
        fault="a subscriber never reads",
        promise="nobody waits for it",
        scripts={"unread": Script()},
        checks=(one_link,),
        for_peer=False,
    ),
    Row(
        number=33,
        fault="refused: the key is wrong",
        promise="a typed error at once",
        scripts=_scripts("http-401", "http-403", "model-not-found"),
        ends=Refused,
        checks=(within(0.5),),
    ),
    Row(
        number=36,
        fault="a call goes on and on",
        promise="memory is bounded",
        scripts={"long": Script()},
        config={"keep_events": 20, **_LONG},
        checks=(says_much(40),),
        rounds=30,
        for_peer=False,
    ),
    Row(
        number=37,
        fault="audio under two spellings in one message",
        promise="heard once",
        scripts=_scripts("aliased-audio"),
        checks=(one_link, said_once),
    ),
)
"""Those that can be made to happen in one process, or by the offline server."""


# ---- one call of ours ----------------------------------------------------------------------------------------------


def run_row(row: Row, script: Script, seed: int) -> list[str]:
    """One simulated call with this fault; what was promised and did not hold."""
    settings: dict[str, Any] = {"chunk_ms": 40, "tools": [row.tool], **row.config}
    leaves_after = random.Random(seed).uniform(3, 10) if row.leaves else math.inf
    mishaps = Mishaps(seed, _steps(row, seed), script, leaves_after=leaves_after)
    call = run_call(AgentConfig(**settings), mishaps, QuestionMind())
    invariants = [each for each in INVARIANTS if each is not it_ends_by_its_own_errors]
    return [sentence for check in (*invariants, _end_of(row), *row.checks) for sentence in check(call)]


def _steps(row: Row, seed: int) -> tuple[Step, ...]:
    dice = random.Random(seed)
    some, tool, last = QUESTIONS
    return (
        Step("speak", dice.uniform(0.8, 1.5), dice.uniform(1.5, 5)),
        Step("type", 0, dice.uniform(2, 5), some),
        Step("type", 0, 0.6 if row.impatient else dice.uniform(4, 6), tool),
        Step("speak", dice.uniform(1.0, 2.0), dice.uniform(1.2, 2)),
        Step("speak", dice.uniform(0.5, 1.0), 25),
    ) * row.rounds + (Step("wait", row.waits, 0), Step("type", 0, 20, last))


def _end_of(row: Row) -> Check:
    def check(call: Simulated) -> Iterator[str]:
        cause = call.error.__cause__ if isinstance(call.error, AgentFailed) else call.error
        if row.ends is not None:
            if not isinstance(cause, row.ends):
                yield f"it ended with {cause!r}, not with {row.ends.__name__}"
        elif call.error is not None:
            yield f"it ended with {call.error!r}"
        elif not row.leaves:
            lacking = list(unanswered(call))
            yield from lacking if len(lacking) > row.swallowed else ()

    return check


def unanswered(call: Simulated) -> Iterator[str]:
    """Each typed question after which no reply was heard until the next, or the end."""
    asked = [(e.at, e.text) for e in call.events if isinstance(e, m.TextSent)]
    heard = [e.at for e in call.events if isinstance(e, m.AudioHeard)]
    for (at, text), until in zip(asked, [*(at for at, _ in asked[1:]), math.inf], strict=True):
        if not any(at < when < until for when in heard):
            yield f"{text!r} has no answer"
    if not asked or not asked[-1][1].startswith(QUESTIONS[-1]):
        yield "the last question was not sent"
