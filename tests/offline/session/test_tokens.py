"""Token counts, of which nothing is lost to rounding."""

from __future__ import annotations

from voice_actors.offline.session.tokens import TokenCounts


def usage(counts):
    body = counts.end_turn().body
    sides = (body["promptTokensDetails"], body["responseTokensDetails"])
    assert body["promptTokenCount"] + body["responseTokenCount"] == body["totalTokenCount"]
    return tuple({detail["modality"]: detail["tokenCount"] for detail in details} for details in sides)


def test_small_pieces_count_as_much_as_one_large():
    """Fifty chunks of 20 ms are a second; what is begun counts as one."""
    counts = TokenCounts()
    for _ in range(50):
        counts.heard_audio(0.02)
        counts.spoke(0.02)
    assert ({"AUDIO": 25}, {"AUDIO": 25}) == usage(counts)
    counts.heard_audio(0.001)
    assert ({"AUDIO": 51}, {}) == usage(counts)


def test_a_reply_becomes_context_once():
    """It is counted as the response of its own turn, and as the prompt of each later one."""
    counts = TokenCounts()
    counts.read_text("12345")
    counts.saw_image()
    counts.wrote("1234")
    counts.spoke(2)
    assert ({"IMAGE": 258, "TEXT": 2}, {"AUDIO": 50, "TEXT": 1}) == usage(counts)
    for _ in range(2):
        assert ({"AUDIO": 50, "IMAGE": 258, "TEXT": 3}, {}) == usage(counts)


def test_a_copy_goes_its_own_way():
    """With the context and without the reply that was being made; silence is no modality."""
    counts = TokenCounts()
    counts.read_text("word")
    counts.wrote("reply")
    other = counts.copy()
    other.read_text("more")
    other.heard_audio(0)
    assert ({"TEXT": 2}, {}) == usage(other)
    assert ({"TEXT": 1}, {"TEXT": 2}) == usage(counts)
