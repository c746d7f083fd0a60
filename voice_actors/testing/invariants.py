"""What holds of every call, whatever goes wrong in it. Each of these says in a sentence what does not."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from voice_actors.audio.pcm import ms_of
from voice_actors.errors import AgentFailed, DeviceError, LinkError, VoiceActorsError
from voice_actors.messages import (
    ActivityEnded,
    ActivityStarted,
    AudioHeard,
    AudioLost,
    Disconnected,
    Ended,
    Lagged,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolWithdrawn,
    TurnEnded,
    TurnInterrupted,
    TurnStarted,
)
from voice_actors.offline.complaints import BEFORE_SETUP, TWICE, TWO_SOCKETS
from voice_actors.record.transcripts import is_audio
from voice_actors.testing.fragile import BLOCK_MS
from voice_actors.testing.witness import Simulated

Invariant: TypeAlias = Callable[[Simulated], Iterator[str]]
NEVER: Final = (BEFORE_SETUP, TWICE, TWO_SOCKETS)
"""What a server has never to complain of."""


def it_ends_by_its_own_errors(call: Simulated) -> Iterator[str]:
    """No foreign exception; a link error only where the server was the one to say no, a device's where that broke."""
    error = call.error
    if error is None:
        return
    cause = error.__cause__ if isinstance(error, AgentFailed) else error
    if not isinstance(error, VoiceActorsError) or not isinstance(cause, VoiceActorsError):
        yield f"it ended with {error!r}, caused by {cause!r}"
    elif isinstance(cause, DeviceError) and not call.mishaps.ends_by_itself:
        yield f"it ended for a device that came back: {cause}"
    elif isinstance(cause, LinkError) and not call.mishaps.may_be_refused:
        yield f"it ended for a link, and others could be had: {error}"
    elif not isinstance(cause, DeviceError | LinkError):
        yield f"it ended with {cause!r}"


def nothing_is_left(call: Simulated) -> Iterator[str]:
    """No task, and no long goodbye."""
    if call.tasks_left:
        yield f"{call.tasks_left} tasks are left"
    deadlines = call.config.deadlines
    if call.closing_took > deadlines.close + deadlines.recorder + 1:
        yield f"closing took {call.closing_took:.1f} s"


def events_tell_one_story(call: Simulated) -> Iterator[str]:
    """In the order of time, with one end; turns that start end, once each."""
    told = [event for event in call.events if not is_audio(event)]
    if any(isinstance(event, Lagged) for event in told):
        yield "the simulation itself reads too slowly"
    if call.opened and [type(event) for event in told if isinstance(event, Ended)] != [type(told[-1])]:
        yield f"the last event is {told[-1]}"
    started, ended = (
        Counter(event.turn for event in told if isinstance(event, kind)) for kind in (TurnStarted, TurnEnded)
    )
    if started != ended or any(count > 1 for count in started.values()):
        yield f"turns started {dict(started)}, ended {dict(ended)}"


def every_call_has_one_answer(call: Simulated) -> Iterator[str]:
    """Answered once or withdrawn; on one link never answered twice."""
    called, answered, withdrawn = (
        Counter(event.id for event in call.events if isinstance(event, kind))
        for kind in (ToolCalled, ToolAnswered, ToolWithdrawn)
    )
    for id_, times in called.items():
        if answered[id_] > times or not answered[id_] + withdrawn[id_]:
            yield f"the call {id_} was answered {answered[id_]} times and withdrawn {withdrawn[id_]} times"
    yield from (f"nobody called {id_}" for id_ in (answered | withdrawn) - called)
    yield from (
        f"{id_} was answered {times} times on link {link}" for (link, id_), times in call.answers.items() if times > 1
    )


def text_is_sent_once(call: Simulated) -> Iterator[str]:
    """What was typed is sent exactly once, in order, and told; at most once where the call failed."""
    told = [event.text for event in call.events if isinstance(event, TextSent)]
    if told != call.typed[: len(told)]:
        yield f"typed {call.typed}, told as sent {told}"
    whole = call.error is None and call.mishaps.leaves_after == math.inf
    for text in call.typed:
        if call.texts[text] > 1 or (whole and call.texts[text] + told.count(text) != 2):
            yield f"{text!r} was sent {call.texts[text]} times and told {told.count(text)} times"


def the_user_is_heard(call: Simulated) -> Iterator[str]:
    """No more of the user's voice is missing than was told as lost, and a chunk for each link that broke."""
    if call.error is not None or not call.opened or call.mishaps.leaves_after < math.inf:
        return
    server_detects = call.config.activity.mode == "server"
    said = call.microphone.said if server_detects else _within_activities(call)
    missing = set(said) - (call.heard if server_detects else call.sent)
    told = sum(event.ms for event in call.events if isinstance(event, AudioLost)) / call.config.chunk_ms
    breaks = sum(isinstance(event, Disconnected) for event in call.events)
    if len(missing) > told + breaks:
        yield (
            f"{len(missing)} of {len(said)} chunks of {call.config.chunk_ms} ms never arrived "
            f"({sorted(missing)[:9]} …); {told:g} were told as lost, {breaks} links broke"
        )


def _within_activities(call: Simulated) -> list[int]:
    """What was said while the key was held: a microphone that is lost lets go of it."""
    began = [event.at for event in call.events if isinstance(event, ActivityStarted)]
    ended = [event.at for event in call.events if isinstance(event, ActivityEnded)]
    spans = list(zip(began, ended, strict=False))
    return [number for number, at in call.microphone.said.items() if any(a <= at <= b for a, b in spans)]


def a_cut_reply_is_silent(call: Simulated) -> Iterator[str]:
    """After an interruption nothing more of that reply is heard, but the block that was playing.

    Where the loudspeaker goes away, what was heard is told late: such calls say nothing here.
    """
    if any(absence.device == "speaker" for absence in call.mishaps.absences):
        return
    cut = {event.turn: event.at for event in call.events if isinstance(event, TurnInterrupted)}
    for event in call.events:
        if isinstance(event, AudioHeard) and event.turn in cut:
            began = event.at - ms_of(event.pcm, 24_000) / 1000
            if began > cut[event.turn] + BLOCK_MS / 1000:
                yield f"turn {event.turn} was cut at {cut[event.turn]:.3f} and heard at {began:.3f}"
                return


def the_transcript_is_whole(call: Simulated) -> Iterator[str]:
    """Every line good, no number missing, and all events in it; on a full disk those before it was full."""
    if call.transcript is None:
        return
    if call.transcript.bad or call.transcript.missing:
        yield f"transcript: bad lines {call.transcript.bad}, missing {call.transcript.missing}"
    if call.config.redact is not None or not call.opened:
        return
    written = [row["event"] for row in call.transcript.rows[1:]]
    told = [type(event).__name__ for event in call.events if not is_audio(event)]
    whole = written == told[: len(written)] and (call.mishaps.disk_room < math.inf or len(written) == len(told))
    if not whole:
        yield f"transcript: {len(written)} lines for {len(told)} events, the last {written[-1:]}, {told[-1:]}"


def memory_is_bounded(call: Simulated) -> Iterator[str]:
    """No lane ever held more than it may, nor does the memory of events."""
    if call.kept > call.config.keep_events:
        yield f"{call.kept} events are kept, of {call.config.keep_events}"
    for lane in call.statistics.lanes.values() if call.statistics else ():
        if lane.peak > lane.capacity:
            yield f"{lane.name} held {lane.peak}, of {lane.capacity}"


def the_server_is_content(call: Simulated) -> Iterator[str]:
    """It has no grave complaint about the agent, and no failure of its own."""
    yield from (f"the agent {what} ({times})" for what, times in call.complaints.items() if what in NEVER)
    yield from call.server_errors


INVARIANTS: Final[tuple[Invariant, ...]] = (
    it_ends_by_its_own_errors,
    nothing_is_left,
    events_tell_one_story,
    every_call_has_one_answer,
    text_is_sent_once,
    the_user_is_heard,
    a_cut_reply_is_silent,
    the_transcript_is_whole,
    memory_is_bounded,
    the_server_is_content,
)
"""All that is looked at."""
