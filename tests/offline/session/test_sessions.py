"""Sessions that can be resumed."""

from __future__ import annotations

import attrs
import pytest

from voice_actors.offline.parts import AgentTurn, UserTurn
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.session.sessions import HANDLES, Sessions
from voice_actors.offline.session.tokens import TokenCounts

HELLO = (UserTurn("hello"),)


@attrs.define
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def refused(sessions: Sessions, handle: str, model: str = "m") -> int:
    with pytest.raises(Refusal) as caught:
        sessions.resume(handle, model)
    return caught.value.code


def test_each_handle_is_the_session_as_it_was_then():
    """An older handle loses what came later; tokens come back too, and later changes do not reach into the past."""
    sessions = Sessions(now=Clock())
    session = sessions.begin("m")
    tokens = TokenCounts()
    tokens.heard_audio(1.0)
    older = sessions.keep(session, HELLO, tokens)
    tokens.heard_audio(1.0)
    newer = sessions.keep(session, (*HELLO, AgentTurn("hi")), tokens)
    sessions.leave(session)
    assert sessions.resume(newer, "m").start.entries == (*HELLO, AgentTurn("hi"))
    sessions.leave(session)
    again = sessions.resume(older, "m")
    assert again is session
    assert again.start.entries == HELLO
    assert again.start.tokens.end_turn().body["promptTokenCount"] == 25


def test_a_session_has_one_connection_at_a_time():
    """A second is refused with 1011 until the first has left."""
    sessions = Sessions(now=Clock())
    session = sessions.begin("m")
    handle = sessions.keep(session, HELLO, TokenCounts())
    assert refused(sessions, handle) == 1011
    sessions.leave(session)
    sessions.resume(handle, "m")
    assert refused(sessions, handle) == 1011


def test_handles_live_two_hours_after_the_end_of_the_connection():
    """Counted from the last connection's end, then 1008."""
    clock = Clock()
    sessions = Sessions(now=clock)
    session = sessions.begin("m")
    handle = sessions.keep(session, HELLO, TokenCounts())
    clock.now = 50_000
    sessions.leave(session)
    clock.now += 7_200
    sessions.resume(handle, "m")
    sessions.leave(session)
    clock.now += 7_200.1
    assert refused(sessions, handle) == 1008
    assert len(sessions) == 0


def test_unknown_handles_and_other_models_are_refused():
    """1008 for what is not there, 1007 for a change of the model."""
    sessions = Sessions(now=Clock())
    session = sessions.begin("m")
    handle = sessions.keep(session, HELLO, TokenCounts())
    sessions.leave(session)
    assert refused(sessions, "nobody") == 1008
    assert refused(sessions, handle, "other") == 1007
    sessions.resume(handle, "m")


def test_memory_is_bounded():
    """Old handles of a session and sessions that ended first are forgotten."""
    sessions = Sessions(limit=2, now=Clock())
    kept = []
    for _ in range(3):
        session = sessions.begin("m")
        handles = [sessions.keep(session, HELLO, TokenCounts()) for _ in range(HANDLES + 1)]
        sessions.leave(session)
        kept.append(handles)
    assert len(sessions) == 2
    assert refused(sessions, kept[0][-1]) == 1008
    assert refused(sessions, kept[1][0]) == 1008
    sessions.resume(kept[1][1], "m")
    sessions.resume(kept[2][-1], "m")


def test_a_session_without_a_handle_leaves_no_trace():
    """Nobody can come back to it."""
    sessions = Sessions(now=Clock())
    sessions.leave(sessions.begin("m"))
    assert len(sessions) == 0


def test_the_handle_that_a_client_comes_back_by_is_forgotten_last():
    """However often its connection breaks before it is given another one."""
    sessions = Sessions(now=lambda: 0.0)
    session = sessions.begin("m")
    handle = sessions.keep(session, (), TokenCounts())
    for _ in range(3 * HANDLES):
        sessions.leave(session)
        session = sessions.resume(handle, "m")
        sessions.keep(session, (), TokenCounts())  # which the client never gets
    sessions.leave(session)
    assert sessions.resume(handle, "m") is session
