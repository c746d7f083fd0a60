"""What a session remembers, and how it forgets."""

from __future__ import annotations

from voice_actors.offline.parts import AgentTurn, Answered, Called, Sight, UserTurn
from voice_actors.offline.session.history import LIMIT, SIGHTS, History, tokens_of
from voice_actors.offline.session.terms import Compression
from voice_actors.offline.session.tokens import IMAGE_TOKENS, TokenCounts


def test_compression_drops_whole_turns_from_the_oldest_on():
    """Over the trigger it goes down to the target, and begins with the user; the instructions are never let go."""
    tokens = TokenCounts()
    tokens.instructed("x" * 40)
    history = History(compression=Compression(trigger=100, target=50), tokens=tokens)
    lowest = 100
    for number in range(20):
        tokens.heard_audio(0.4)
        tokens.read_text("y" * 20)
        history.add(UserTurn(f"question {number:02} " + "x" * 18), AgentTurn("y" * 20))
        assert 10 < tokens.of_prompt <= 100
        assert isinstance(history.entries[0], UserTurn)
        lowest = min(lowest, tokens.of_prompt) if number > 10 else 100
    assert 25 <= lowest <= 50
    assert history.entries[-2].text.startswith("question 19")
    assert tokens.instructions == 10


def test_one_turn_larger_than_the_window_stays():
    """What is being talked about is never cut in the middle."""
    tokens = TokenCounts()
    tokens.read_text("x" * 1000)
    history = History(compression=Compression(trigger=10, target=5), tokens=tokens)
    history.add(UserTurn("x" * 1000))
    assert len(history.entries) == 1


def test_without_compression_it_is_bounded_all_the_same():
    """A session of days does not fill the memory."""
    history = History()
    for _ in range(LIMIT):
        history.add(UserTurn("a"), AgentTurn("b"))
    assert LIMIT * 0.8 < len(history.entries) <= LIMIT
    assert isinstance(history.entries[0], UserTurn)


def test_a_film_leaves_its_last_minute():
    """Only frames in a row are let go; what was said between stays."""
    history = History()
    history.add(UserTurn("look"), *[Sight("image/jpeg", number) for number in range(SIGHTS * 3)], UserTurn("well?"))
    assert history.entries == [
        UserTurn("look"),
        *[Sight("image/jpeg", number) for number in range(SIGHTS * 2, SIGHTS * 3)],
        UserTurn("well?"),
    ]


def test_a_question_without_an_answer_can_be_taken_back():
    """And nothing else."""
    history = History()
    assert history.take_back() is None
    history.add(UserTurn("a"))
    assert history.take_back() == UserTurn("a")
    history.add(AgentTurn("b"))
    assert history.take_back() is None


def test_every_kind_of_entry_has_its_tokens():
    """Pictures at a flat rate, the rest by its letters."""
    assert tokens_of([Sight("image/png", 5)]) == IMAGE_TOKENS
    assert tokens_of([UserTurn("12345")]) == 2
    assert tokens_of([Called("i", "f", {"a": 1}), Answered("i", "f", {"output": object()})]) > 10
