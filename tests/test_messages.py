"""What every message has in common."""

from __future__ import annotations

import attrs
import pytest
import trio

from voice_actors import messages as m


async def test_what_happened_is_dated_when_it_is_said(autojump_clock):
    """On trio's clock, so that virtual time is told as such; a time that is given stands."""
    await trio.sleep(12.5)
    assert (12.5, 3.0) == (m.UserSaid(text="x").at, m.UserSaid(text="x", at=3.0).at)


def test_outside_of_trio_nothing_happens_without_a_time():
    """An event made in a foreign thread would have a time of another clock."""
    with pytest.raises(RuntimeError):
        m.Oddity(what="x")
    assert 1.0 == m.Oddity(what="x", at=1.0).at


@pytest.mark.parametrize("kind", [m.AudioSent, m.AudioReceived, m.AudioHeard])
def test_audio_does_not_fill_the_logs(kind):
    """Its length is shown, and it is not."""
    more = {} if kind is m.AudioSent else {"turn": 1}
    shown = repr(kind(pcm=b"\x01" * 960, at=0.0, **more))
    assert "<960 bytes>" in shown
    assert "x01" not in shown


def test_messages_are_not_changed_on_their_way():
    """Actors share them."""
    kinds = [kind for kind in vars(m).values() if isinstance(kind, type) and attrs.has(kind)]
    assert len(kinds) > 30
    assert [] == [kind.__name__ for kind in kinds if kind.__setattr__ is object.__setattr__]
