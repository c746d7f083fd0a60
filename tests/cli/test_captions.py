"""From events to lines for people."""

from __future__ import annotations

import io

import pytest

from voice_actors.cli.captions import Captions, Screen, clean, describe_answer, describe_call
from voice_actors.messages import (
    AgentSaid,
    AudioHeard,
    AudioLost,
    AudioReceived,
    Connected,
    ConsentAsked,
    ConsentGiven,
    ConsentRefused,
    DeviceBack,
    DeviceLost,
    Disconnected,
    Lagged,
    Muted,
    SpeechDetected,
    TextReceived,
    TextSent,
    ToolAnswered,
    ToolCalled,
    ToolWithdrawn,
    TurnEnded,
    TurnGenerated,
    TurnInterrupted,
    TurnStarted,
    UserSaid,
)


def ended(turn=1, heard=1000.0, dropped=0.0, interrupted=False):
    return TurnEnded(at=0, turn=turn, heard_ms=heard, dropped_ms=dropped, interrupted=interrupted)


def lines(*events, **options):
    captions = Captions(**options)
    return [line for event in events for line in captions.feed(event)] + captions.finish()


def test_a_conversation_reads_like_a_script():
    """Deltas become one line per speaker, in the order in which things were heard."""
    assert [
        "you: What is the weather?",
        'tool: weather(city="Oslo")',
        'tool: weather -> {"sky": "rain"} (2 ms)',
        "agent: It rains.",
        "you: Thanks.",
        "agent: My pleasure.",
    ] == lines(
        UserSaid(at=0, text=" What is"),
        UserSaid(at=0, text=" the weather?"),
        ToolCalled(at=0, id="a", name="weather", args={"city": "Oslo"}),
        ToolAnswered(at=0, id="a", name="weather", response={"sky": "rain"}, outcome="ok", took_ms=2.1),
        TurnStarted(at=0, turn=1),
        AgentSaid(at=0, turn=1, text="It"),
        AgentSaid(at=0, turn=1, text=" rains."),
        ended(1),
        UserSaid(at=0, text="Thanks."),
        TurnStarted(at=0, turn=2),
        AgentSaid(at=0, turn=2, text="My pleasure."),
        ended(2),
    )


def test_an_interrupted_reply_shows_what_was_heard_and_how_much_was_not():
    """The words of audio that nobody heard are not put into the agent's mouth."""
    assert ["agent: one two -- [interrupted after 2.0 s, 2.0 s never heard]"] == lines(
        TurnStarted(at=0, turn=1),
        AgentSaid(at=0, turn=1, text="one two three four"),
        TurnInterrupted(at=0, turn=1, by="user"),
        ended(1, heard=2000, dropped=2000, interrupted=True),
    )


def test_a_reply_cut_before_its_first_sound():
    """Nothing was heard, so nothing is shown but that."""
    assert ["agent: -- [interrupted after 0.0 s, 4.0 s never heard]"] == lines(
        AgentSaid(at=0, turn=1, text="one two"), ended(1, heard=0, dropped=4000, interrupted=True)
    )


def test_words_in_progress_follow_the_loudspeaker():
    """A reply arrives in a burst; its line grows as it is heard."""
    captions, seen = Captions(), []
    captions.feed(AudioReceived(at=0, turn=1, pcm=bytes(400)))
    captions.feed(AgentSaid(at=0, turn=1, text="one two three four"))
    for _ in range(4):
        seen.append(captions.current())
        captions.feed(AudioHeard(at=0, turn=1, pcm=bytes(100)))
    assert ["", "agent: one", "agent: one two", "agent: one two three"] == seen
    assert "agent: one two three four" == captions.current()


def test_words_that_trail_behind_a_cut_reply_are_not_shown():
    """Nobody heard them."""
    captions = Captions()
    captions.feed(AgentSaid(at=0, turn=1, text="one two", audio_ms=0.0))
    captions.feed(ended(heard=1_000, dropped=1_000, interrupted=True))
    assert [] == captions.feed(AgentSaid(at=0, turn=1, text=" three", audio_ms=2_000.0))
    assert ("", []) == (captions.current(), captions.finish())


def test_words_never_disappear_again():
    """More audio may arrive than its words have been heard; what was shown stays."""
    captions = Captions()
    captions.feed(AudioReceived(at=0, turn=1, pcm=bytes(100)))
    captions.feed(AgentSaid(at=0, turn=1, text="one two"))
    captions.feed(AudioHeard(at=0, turn=1, pcm=bytes(100)))
    assert "agent: one two" == captions.current()
    captions.feed(AudioReceived(at=0, turn=1, pcm=bytes(900)))
    assert "agent: one two" == captions.current()


def test_text_replies_and_thoughts():
    """A model that writes is shown as it writes; what it thinks is not."""
    assert ["agent: Hello."] == lines(
        TextReceived(at=0, turn=1, text="hmm", thought=True),
        TextReceived(at=0, turn=1, text="Hello."),
        ended(1, heard=0),
    )


def test_typed_lines_are_echoed_unless_the_terminal_did():
    """Who types sees it already."""
    assert ["you: spoken", "you (typed): hi"] == lines(UserSaid(at=0, text="spoken"), TextSent(at=0, text="hi"))
    assert ["you: spoken"] == lines(UserSaid(at=0, text="spoken"), TextSent(at=0, text="hi"), echo_typed=False)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Connected(at=0, model="m"), "[connected to m]"),
        (Connected(at=0, model="m", resumed=True), "[back in the session with m]"),
        (Disconnected(at=0, code=1006, reason="gone", retry_in=1.5), "[connection lost (gone); trying again in 1.5 s]"),
        (
            ConsentAsked(at=0, id="a", name="w", args={"x": "\x1b\n/allow"}),
            '[may it run w(x="\\u001b\\n/allow")? /allow or /deny]',
        ),
        (ConsentGiven(at=0, id="a", name="w", by="me"), "[w was allowed by me]"),
        (ConsentRefused(at=0, id="a", name="w", by="me"), "[w was not allowed, by me]"),
        (ToolWithdrawn(at=0, id="a", name="w"), "[the model withdrew its call of w]"),
        (TurnGenerated(at=0, turn=1, reason="RESPONSE_REJECTED"), "[the model ended its turn: RESPONSE_REJECTED]"),
        (TurnInterrupted(at=0, turn=1, by="program"), "[reply silenced]"),
        (AudioLost(at=0, where="mic", ms=40), "[40 ms of audio lost at mic]"),
        (DeviceLost(at=0, device="the headset", reason="gone"), "[the headset is lost; waiting for it]"),
        (DeviceBack(at=0, device="the headset", away=3.2), "[the headset is back after 3 s]"),
        (Muted(at=0, muted=True), "[microphone muted]"),
        (Muted(at=0, muted=False), "[microphone on]"),
        (Lagged(at=0, count=3), "[these captions were late and missed 3 events]"),
        (
            ToolAnswered(at=0, id="a", name="w", response={"error": "no"}, outcome="timeout", took_ms=30_000),
            'tool: w -> {"error": "no"} [timeout] (30000 ms)',
        ),
    ],
)
def test_other_things_that_happen(event, line):
    """One bracketed line each."""
    assert [line] == lines(event)


@pytest.mark.parametrize(
    "event",
    [
        Disconnected(at=0, code=1000, reason="bye"),
        TurnGenerated(at=0, turn=1),
        SpeechDetected(at=0, started=True),
        TurnInterrupted(at=0, turn=1, by="user"),
        ended(9),
    ],
)
def test_what_people_need_not_read(event):
    """Not every event is a line."""
    assert [] == lines(event)


def test_a_conversation_that_stops_in_the_middle_keeps_its_words():
    """The end finishes the line in progress."""
    assert ["you: I was", "agent: and I"] == lines(AgentSaid(at=0, turn=1, text="and I"), UserSaid(at=0, text="I was"))


def test_words_cannot_steer_a_terminal():
    """Escape sequences in what a model or a tool says are taken apart."""
    assert ["agent: a [2J b"] == lines(AgentSaid(at=0, turn=1, text="a\x1b[2J\nb"), ended(1))
    assert "a  b" == clean("a\r\nb")


def test_calls_and_answers_are_short():
    """A tool may answer with a book; a screen shows its beginning."""
    assert 'f(a=1, b="x")' == describe_call("f", {"a": 1, "b": "x"})
    assert "plain" == describe_answer({"output": "plain"})
    assert 200 == len(describe_answer({"output": "x" * 999}))


def test_a_file_gets_whole_lines_and_no_escapes():
    """Captions in a pipe can be read by programs."""
    stream = io.StringIO()
    screen = Screen(stream, live=False)
    screen.show(UserSaid(at=0, text="hello"))
    screen.show(TurnStarted(at=0, turn=1))
    screen.note("[a note]")
    screen.close()
    assert "you: hello\n[a note]\n" == stream.getvalue()


def test_a_terminal_sees_the_line_in_progress_rewritten_in_place():
    """Carriage return, erase, and the newest end of a line that is too long."""
    stream = io.StringIO()
    screen = Screen(stream, live=True, width=lambda: 24)
    screen.show(UserSaid(at=0, text="hello"))
    screen.show(UserSaid(at=0, text=" and a very good evening"))
    screen.show(SpeechDetected(at=0, started=False))
    screen.show(TurnStarted(at=0, turn=1))
    assert "you: hello\r\x1b[K... a very good evening\r\x1b[Kyou: hello and a very good evening\n" == stream.getvalue()
