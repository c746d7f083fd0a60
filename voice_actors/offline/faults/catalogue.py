"""Ready fault scripts, by name: what the real service has been seen to do.

Most strike where a session begins and leave alone the connection that resumes it, so that one can see a client get
over it: each new session meets the fault again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from voice_actors.errors import ConfigError
from voice_actors.offline.auth_tokens import USED_UP
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.actions import Action
from voice_actors.offline.faults.script import SERVER_MESSAGES, Fault, Script


@attrs.frozen
class Entry:
    """A script that is ready to be used."""

    name: str
    what: str
    """For a person, in one line."""
    script: Script


def _entry(name: str, what: str, *faults: Fault) -> Entry:
    return Entry(name, what, Script(faults))


def _once(at: str | float, do: Action, **more: Any) -> Fault:
    """In a session that begins, not in one that goes on."""
    return Fault(at, do, resumed=False, **more)


def _always(at: str, do: Action, **more: Any) -> Fault:
    """With every message of that kind."""
    return Fault(at, do, times=0, **more)


_ABORTED = "The operation was aborted."
_UNKNOWN_SESSION = "BidiGenerateContent session not found"
_NOT_NOW = "Operation is not implemented, or supported, or enabled."
_INVALID = "Request contains an invalid argument."
_AWAY = "The service is currently unavailable."
_DEADLINE = "Deadline expired before operation could complete."
_NO_MODEL = "models/this is not found for API version v1beta, or is not supported for bidiGenerateContent."
_INTERRUPTED = '{"serverContent":{"interrupted":true}}'
_NEVER_IDLE = _always("tool-response", f.Ignore(scheduling="WHEN_IDLE"))

_ENTRIES: Final = (
    # ---- the connection ends
    _entry("close-1011", "an internal error in the middle of a reply", _once("reply-audio", f.Close(1011), nth=2)),
    _entry("close-1008", "the operation is aborted in mid reply", _once("reply-audio", f.Close(1008, _ABORTED), nth=2)),
    _entry("close-1000", "a polite close in the middle of a reply", _once("reply-audio", f.Close(1000, ""), nth=2)),
    _entry("close-1007", "a message is found invalid", _once("reply-audio", f.Close(1007, _INVALID), nth=2)),
    _entry(
        "quota", "the quota is used up in mid call", _once("reply-audio", f.Close(1011, "You exceeded your quota."))
    ),
    _entry("close-1009", "a message is found too big", _once("reply-audio", f.Close(1009, ""), nth=2)),
    _entry("unavailable", "the service goes away in mid reply", _once("reply-audio", f.Close(1011, _AWAY), nth=2)),
    _entry(
        "old-age",
        "closed at 58:00 without goAway, and resuming is invalid",
        _once(3_480.0, f.Close(1011, _DEADLINE)),
        Fault("setup", f.Close(1007, _INVALID), resumed=True),
    ),
    _entry("session-cap", "the operation is aborted after 150 s", _once(150.0, f.Close(1008, _ABORTED))),
    _entry("audio-then-close", "closed on the hundredth chunk of speech", _once("client-audio", f.Close(), nth=100)),
    _entry(
        "audio-during-call",
        "closed on speech that comes while a function works",
        _once("client-audio", f.Close(1008, _NOT_NOW), during_call=True),
    ),
    _entry("drop", "gone without a close in the middle of a reply", _once("reply-audio", f.Reset(), nth=2)),
    _entry("drop-mid-frame", "gone after half a message", _once("reply-audio", f.Reset(mid_frame=True), nth=2)),
    _entry(
        "input-lost",
        "two seconds of speech are not taken, then it drops",
        _once("client-audio", f.Ignore(), nth=100, times=100),
        _once("client-audio", f.Reset(), nth=200),
    ),
    _entry("drop-tool-call", "gone just after a tool was called", _once("tool-call", f.Reset(), after=0.05)),
    _entry(
        "storm",
        "every resumption is closed at once",
        _once("reply-audio", f.Close(), nth=2),
        Fault("setup", f.Close(), resumed=True),
    ),
    _entry(
        "lost-session",
        "the handle is refused",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("setup", f.Close(1008, _UNKNOWN_SESSION), resumed=True),
    ),
    _entry(
        "reseed-1007",
        "resuming is found invalid",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("setup", f.Close(1007, _INVALID), resumed=True),
    ),
    _entry(
        "no-handle",
        "no resumption handle, then an internal error",
        _always("resumption", f.Drop()),
        Fault("turn-complete", f.Close(), connections=[1]),
    ),
    _entry(
        "not-resumable",
        "no state is resumable, then an internal error",
        _always("resumption", f.Send('{"sessionResumptionUpdate":{"resumable":false}}')),
        _always("resumption", f.Drop()),
        Fault("turn-complete", f.Close(), connections=[1]),
    ),
    _entry(
        "token-used-up",
        "an ephemeral token does not let the client come back",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("setup", f.Close(1011, USED_UP), resumed=True),
    ),
    # ---- the way in
    _entry("model-not-found", "there is no such model", _once("setup", f.Close(1008, _NO_MODEL))),
    _entry(
        "captive-portal",
        "somebody else's page, on the second connection",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("connection", f.Refuse(302, "Please accept our terms."), connections=[2]),
    ),
    _entry("http-401", "the key is not accepted", Fault("connection", f.Refuse(401, "API key not valid."), times=0)),
    _entry("http-403", "the project may not use it", Fault("connection", f.Refuse(403, "Permission denied."), times=0)),
    _entry(
        "http-429",
        "too many requests, on the second connection",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("connection", f.Refuse(429, "Try again later."), connections=[2]),
    ),
    _entry(
        "http-503",
        "unavailable, on the second and third connection",
        _once("reply-audio", f.Reset(), nth=2),
        Fault("connection", f.Refuse(), connections=[2, 3]),
    ),
    _entry("setup-never", "the setup is never answered", _once("setup", f.Silence())),
    _entry("setup-late", "the setup is answered after 4 s", _once("setup", f.Delay(4.0))),
    _entry("setup-close", "the setup is answered with a close", _once("setup", f.Close(1011))),
    # ---- goAway
    _entry(
        "goaway",
        "announced 10 s before, then closed",
        _once("reply-audio", f.Announce(10.0)),
        _once("reply-audio", f.Close(1008, "The session duration expired."), after=10.0),
    ),
    _entry(
        "goaway-silent",
        "announced, then nothing more is said",
        _once("reply-audio", f.Announce(10.0), nth=2),
        _once("reply-audio", f.Silence(), nth=2),
    ),
    _entry(
        "goaway-early",
        "50 s announced, closed after 5",
        _once("reply-audio", f.Announce(50.0)),
        _once("reply-audio", f.Close(1011), after=5.0),
    ),
    _entry(
        "goaway-during-call",
        "announced while a function works",
        _once("tool-call", f.Announce(10.0), after=0.05),
        _once("tool-call", f.Close(1008, _ABORTED), after=10.0),
    ),
    _entry(
        "goaway-now",
        "announced with no time left, then closed",
        _once("reply-audio", f.Announce(0.0), nth=2),
        _once("reply-audio", f.Close(1008, _ABORTED), nth=2),
    ),
    # ---- silence and bad time
    _entry("silence", "not a word from the middle of a reply on", _once("reply-audio", f.Silence(), nth=2)),
    _entry(
        "half-open",
        "neither reads nor writes any more",
        _once("reply-audio", f.Silence(), nth=2),
        _once("reply-audio", f.Deafness(70.0), nth=2),
    ),
    _entry("slow-pong", "pings are answered 30 s late", Fault("setup", f.SlowPong(30.0))),
    _entry("stall", "a pause of 3 s in the middle of a reply", Fault("reply-audio", f.Stall(3.0), nth=2)),
    _entry("stutter", "a short pause before every third chunk or so", _always("reply-audio", f.Stall(0.4), chance=0.3)),
    _entry("burst", "a whole reply at once", _always("reply-audio", f.Burst())),
    # ---- messages missing, late, twice, together
    _entry("no-interrupted", "an interruption is never said", _always("interrupted", f.Drop())),
    _entry("late-interrupted", "an interruption is said 1 s late", _always("interrupted", f.Delay(1.0))),
    _entry(
        "interrupted-with-audio",
        "speech in the same message as the interruption",
        _always("interrupted", f.WithAudio(200)),
    ),
    _entry("phantom-interrupted", "interrupted by nobody", Fault("reply-audio", f.Send(_INTERRUPTED), nth=3)),
    _entry(
        "interrupted-after-turn",
        "interrupted 0.3 s after each turn",
        _always("turn-complete", f.Send(_INTERRUPTED), after=0.3),
    ),
    _entry(
        "audio-after-interrupted",
        "speech of the old reply goes on after an interruption",
        *(_always("interrupted", f.Speak(200), after=after) for after in (0.05, 0.1, 0.2)),
    ),
    _entry("no-turn-complete", "no turn is ever complete", _always("turn-complete", f.Drop())),
    _entry("late-turn-complete", "turns are complete 2 s late", _always("turn-complete", f.Delay(2.0))),
    _entry("no-generation-complete", "no generation is ever complete", _always("generation-complete", f.Drop())),
    _entry(
        "empty-turn",
        "a turn without a word before each reply",
        _always("reply-words", f.Send('{"serverContent":{"turnComplete":true}}'), chance=0.5),
    ),
    _entry("lost-words", "what the model says is not written", _always("reply-words", f.Drop())),
    _entry("late-words", "what the model says is written 1 s late", _always("reply-words", f.Delay(1.0))),
    _entry(
        "word-fragments",
        "transcripts in pieces of three letters",
        *(_always(kind, f.Fragments()) for kind in ("reply-words", "user-words")),
    ),
    _entry("aliased-audio", "speech under two spellings in one message", _always("reply-audio", f.Alias())),
    _entry("never-idle", "answers that wait for a quiet moment are never told", _NEVER_IDLE),
    _entry("unknown-tool-call", "a function is called that was not declared", Fault("reply-audio", f.Invent(), nth=2)),
    _entry("deaf", "not a word is heard from the third second on", _once("client-audio", f.Ignore(), nth=150, times=0)),
    _entry("duplicate-tool-call", "every call is said twice", _always("tool-call", f.Duplicate(2))),
    _entry("mirrored-tool-call", "every call is said again as a part of the turn", _always("tool-call", f.Mirror())),
    _entry("tool-call-without-id", "calls have no ids", _always("tool-call", f.StripIds())),
    # ---- what cannot be understood
    _entry("malformed-json", "a message that is not JSON", Fault("reply-audio", f.Garbage("malformed"), nth=2)),
    _entry("truncated-json", "a message cut in half", Fault("reply-audio", f.Truncate(), nth=2)),
    _entry("binary-garbage", "bytes that mean nothing", Fault("reply-audio", f.Garbage("binary"), nth=2)),
    _entry("deep-json", "brackets deeper than any stack", Fault("reply-audio", f.Garbage("deep"), nth=2)),
    _entry(
        "odd-values",
        "a scalar, a number too long, speech that is not base64",
        *(
            Fault("reply-audio", f.Garbage(form), nth=2)
            for form in ("scalar", "long-number", "bad-base64", "half-sample")
        ),
    ),
    _entry(
        "unknown-fields",
        "every message has fields that nobody knows",
        *(_always(kind, f.UnknownFields()) for kind in SERVER_MESSAGES),
    ),
    _entry("unknown-kind", "messages of a kind that nobody knows", _always("reply-audio", f.Garbage("unknown-kind"))),
    _entry("garbage-flood", "nothing but garbage", Fault("reply-audio", f.Garbage("malformed", 50), nth=2)),
    _entry("big-message", "a message of 8 MiB", Fault("reply-audio", f.Huge(8 * 2**20), nth=2)),
    _entry("gigantic-message", "a message of 20 MiB", _once("reply-audio", f.Huge(20 * 2**20), nth=2)),
)

CATALOGUE: Final[dict[str, Entry]] = {entry.name: entry for entry in _ENTRIES}
"""All of them, by name."""


def find_script(name: str) -> Script:
    """A script of the catalogue, or of a file whose name ends in .toml.

    Raises:
        ConfigError: there is none.

    """
    if name.endswith(".toml"):
        from voice_actors.offline.faults.files import load_script

        return load_script(Path(name))
    if name in CATALOGUE:
        return CATALOGUE[name].script
    from difflib import get_close_matches

    near = get_close_matches(name, CATALOGUE, 1)
    hint = f"did you mean {near[0]}?" if near else "`voice-actors offline --faults` lists them"
    raise ConfigError(f"there is no fault script {name}: {hint}")


def join_scripts(names: Sequence[str]) -> Script | None:
    """All of these at once; None where there are none.

    Raises:
        ConfigError: one cannot be found or read.

    """
    joined: Script | None = None
    for name in names:
        script = find_script(name)
        joined = script if joined is None else joined + script
    return joined
