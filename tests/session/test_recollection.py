"""What a new session is told of an earlier one: what was said and heard, the newest of it, in turns that alternate."""

from __future__ import annotations

import pytest

from voice_actors.gemini.events import Setup
from voice_actors.gemini.models import capabilities
from voice_actors.record.transcripts import Message
from voice_actors.session.recollection import INTERRUPTED, LONGEST, history_of, with_history

NEW, OLD = capabilities("gemini-3.8-live"), capabilities("gemini-2.5-flash-native-audio-preview-12-2025")
SAID = [
    Message("user", "What is the weather", 1.0),
    Message("user", "in Oslo?", 2.0),
    Message("tool", "", 3.0, name="weather", body={"args": {"city": "Oslo"}, "response": {"sky": "clear"}}),
    Message(
        "agent", "Clear, and it stays so all week.", 4.0, 1, interrupted=True, unheard_text="and it stays so all week."
    ),
    Message("tool", "", 5.0, name="weather", body={"args": {"city": "Bergen"}}),
]


def plain(content):
    return [(turn["role"], *(part["text"] for part in turn["parts"])) for turn in content.turns]


def test_what_was_said_and_heard():
    """Sides alternate; a cut reply ends where it was cut; a tool's answer is there, one that is to come is not."""
    told = history_of(SAID, NEW)
    print(plain(told))
    assert told.turn_complete
    tool = '(I called the tool weather with {"city": "Oslo"}; it answered {"sky": "clear"}.)'
    assert [("user", "What is the weather", "in Oslo?"), ("model", tool, "Clear,")] == plain(told)


def test_models_without_an_initial_history_wait_for_the_user():
    """Their history ends with the user, and asks for no answer."""
    told = history_of(SAID, OLD)
    assert not told.turn_complete
    assert ("user", INTERRUPTED) == plain(told)[-1]
    assert plain(history_of(SAID[:2], OLD)) == plain(history_of(SAID[:2], NEW))


@pytest.mark.parametrize("caps", [NEW, OLD])
def test_nothing_said_is_nothing_told(caps):
    """Neither for a tool that has not answered yet."""
    assert history_of([], caps) is None
    assert history_of(SAID[-1:], caps) is None


def test_a_long_conversation_is_told_from_its_end():
    """Within the bound, whatever the length of one message."""
    long = [Message("user" if number % 2 else "agent", f"{number} " * 50, number) for number in range(1_000)]
    told = plain(history_of(long, NEW))
    size = sum(len(text) for _, *texts in told for text in texts)
    print(f"{size} of {sum(len(message.text) for message in long)} characters")
    assert LONGEST / 2 < size <= LONGEST
    assert told[-1][1] == long[-1].text
    assert LONGEST == len(plain(history_of([Message("user", "x" * 10 * LONGEST, 0.0)], NEW))[0][1])


def test_the_setup_announces_a_history_where_the_model_has_one():
    """And is the same otherwise."""
    setup = Setup({"model": "m"})
    assert {"model": "m", "historyConfig": {"initialHistoryInClientContent": True}} == with_history(setup, NEW).body
    assert setup is with_history(setup, OLD)
