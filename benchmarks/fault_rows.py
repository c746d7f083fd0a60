"""Everything that is known to go wrong with a realtime voice link: a row each, with what is promised of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs

from benchmarks.fault_promises import (
    Check,
    counts_what_is_missing,
    dropped_as_stale,
    grows_its_waits,
    never_alone,
    one_link,
    plays_out,
    restored,
    resumed,
    rotated,
    said_once,
    says_much,
    timed_out,
    told_at_once,
    was_withdrawn,
    within,
    without,
)
from benchmarks.fault_talk import hang, look_up, look_up_slowly
from voice_actors.errors import LinkError, LinkGivenUp, LinkLost, Refused
from voice_actors.offline.complaints import UNANSWERED, WITHDRAWN
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.catalogue import find_script
from voice_actors.offline.faults.script import Fault, Script


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
