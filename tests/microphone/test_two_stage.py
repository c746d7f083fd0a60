"""Barge-in in two stages: what a cough does, what words do, and that no reply stays quiet for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors import messages as m
from voice_actors.config import Activity, AgentConfig, Cleaning
from voice_actors.errors import ConfigError
from voice_actors.microphone.listening import Voice
from voice_actors.microphone.two_stage import GRACE, LONGEST, TwoStage

CHUNK = 0.032


class Room:
    """A voice, a reply, and the loudspeaker's state as the orders make it."""

    def __init__(self) -> None:
        self.voice = Voice(lambda window: float(any(window)))
        self.two_stage = TwoStage(450.0)
        self.now = 0.0
        self.ducked = False
        self.history: list[tuple[float, bool]] = []

    def obey(self, order: m.SpeakerOrder | None) -> None:
        if order is not None:
            self.ducked = isinstance(order, m.Duck)
            self.history.append((round(self.now, 3), self.ducked))

    def hear(self, pattern: str) -> None:
        for kind in pattern:
            self.now += CHUNK
            self.voice.hear(m.AudioChunk((b"\x01\x01" if kind == "x" else b"\0\0") * 512, self.now))
            self.obey(self.two_stage.hear(self.now, self.voice))


@pytest.fixture
def room():
    """In which a reply plays."""
    room = Room()
    room.two_stage.begin()
    return room


def test_a_cough_ducks_the_reply_and_lets_it_go_on(room):
    """200 ms of it: quiet from its second window on, and back as soon as it is certain that it is over."""
    room.hear("..." + "x" * 6 + "." * 30)
    (began, _), (ended, _) = room.history
    assert (0.16, False) == (began, room.ducked)
    (verdict,) = room.two_stage.verdicts()
    assert not verdict.confirmed
    assert verdict.ducked_ms == pytest.approx((ended - began) * 1000)
    print(f"ducked for {verdict.ducked_ms:.0f} ms")
    assert verdict.ducked_ms <= 400


def test_words_keep_it_ducked_until_the_server_cuts_it(room):
    """And the next reply is heard as usual."""
    room.hear("x" * 20)
    assert room.ducked
    room.obey(room.two_stage.end(room.now, cut=True))
    assert [True] == [verdict.confirmed for verdict in room.two_stage.verdicts()]
    assert not room.ducked
    assert (1, 0) == (room.two_stage.decided[True], room.two_stage.decided[False])


def test_a_server_that_does_not_cut_gets_time_and_then_the_reply_goes_on(room):
    """What it heard was enough for words: it is given GRACE after the last of them."""
    room.hear("x" * 20 + "." * 40)
    (_, _), (ended, _) = room.history
    assert 20 * CHUNK + GRACE <= ended <= 20 * CHUNK + GRACE + 0.2
    room = Room()
    room.two_stage.begin()
    room.hear("x" * 400)  # a television
    (began, _), (ended, _) = room.history
    assert LONGEST <= ended - began <= LONGEST + CHUNK
    assert not room.ducked


def test_nothing_is_ducked_where_nothing_plays():
    """The user may talk; a reply that begins while they do is ducked at once."""
    room = Room()
    room.hear("x" * 30)
    assert [] == room.history
    room.two_stage.begin()
    room.hear("x")
    assert room.ducked


def test_a_muted_microphone_holds_nothing_back(room):
    """Or one that was unplugged."""
    room.hear("x" * 5)
    room.obey(room.two_stage.stop(room.now))
    assert not room.ducked


STEPS = st.lists(
    st.one_of(st.text("x.", min_size=1, max_size=40), st.sampled_from(["begin", "end", "cut", "mute"])), max_size=40
)


@given(STEPS)
def test_no_reply_is_ducked_for_longer_than_it_may_be_and_verdicts_match(steps):
    """Whatever comes in whatever order: each duck has one verdict, and none outlasts LONGEST and its grace."""
    room = Room()
    verdicts = 0
    for step in steps:
        match step:
            case "begin":
                room.two_stage.begin()
            case "end" | "cut":
                room.obey(room.two_stage.end(room.now, cut=step == "cut"))
            case "mute":
                room.voice.forget()
                room.obey(room.two_stage.stop(room.now))
            case _:
                room.hear(step)
        verdicts += len(room.two_stage.verdicts())
    room.hear("." * 40)
    verdicts += len(room.two_stage.verdicts())
    assert not room.ducked
    ducks = [at for at, ducked in room.history if ducked]
    backs = [at for at, ducked in room.history if not ducked]
    assert len(ducks) == len(backs) == verdicts == room.two_stage.decided.total()
    assert all(back - duck <= LONGEST + CHUNK for duck, back in zip(ducks, backs, strict=True))


def test_a_microphone_that_is_silent_meanwhile_cannot_notice_anything():
    """Half duplex and two stages exclude each other."""
    with pytest.raises(ConfigError, match="leave out it or barge_in"):
        AgentConfig(cleaning=Cleaning("half-duplex"), activity=Activity(barge_in="two-stage"))
