"""Why a link is over, in words: what of all that is known says most."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from voice_actors.errors import LinkLost, RemoteProtocolError
from voice_actors.gemini._link import WebSocketLink

BROKEN = OSError("reset")
CRASH = ValueError("what is this")


def verdict(*, failure="", cause=None, **known):
    watched = SimpleNamespace(failure=failure, cause=cause)
    socket = SimpleNamespace(
        **{"violation": "", "crash": None, "oversize": False, "closed": None, "watched": watched, **known}
    )
    return WebSocketLink(socket, ping_every=None).verdict()


@pytest.mark.parametrize(
    ("known", "kind", "words", "cause"),
    [
        ({"violation": "a masked frame"}, RemoteProtocolError, "rules: a masked frame", None),
        ({"crash": CRASH}, RemoteProtocolError, "rules: data that cannot be read", CRASH),
        (
            {"violation": "a masked frame", "crash": CRASH, "oversize": True},
            RemoteProtocolError,
            "a masked frame",
            CRASH,
        ),
        ({"oversize": True, "failure": "stalled"}, LinkLost, "longer than we take", None),
        ({"failure": "stalled", "cause": BROKEN}, LinkLost, "stalled", BROKEN),
        ({"closed": SimpleNamespace(code=1006, reason=None), "failure": "stalled"}, LinkLost, "stalled", None),
        ({"closed": SimpleNamespace(code=1011, reason="busy"), "failure": "stalled"}, LinkLost, "busy", None),
    ],
)
def test_the_most_telling_reason_counts(known, kind, words, cause):
    """A broken rule before a size, a size before a close, a close with a code before a broken stream."""
    error = verdict(**known)
    assert kind is type(error)
    assert words in str(error)
    assert cause is error.__cause__


def test_the_code_tells_programs_the_same():
    """1009 and 1006 where nobody said any."""
    assert (1009, "size") == ((too_long := verdict(oversize=True)).code, too_long.kind)
    assert 1006 == verdict(failure="stalled").code
    assert 1006 == verdict().code
