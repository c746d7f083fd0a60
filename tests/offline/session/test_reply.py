"""One turn of the model, taken apart."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.gemini import events as e
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Say, Spoken, Thought, UserTurn
from voice_actors.offline.session.calls import Calls
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.reply import BYTES_PER_SECOND, ROUNDS, Reply, chunked
from voice_actors.offline.session.terms import terms_of
from voice_actors.offline.session.tokens import TokenCounts
from voice_actors.offline.settings import Pace

MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
ASKED = (UserTurn("go"),)


@attrs.define
class Mind:
    think: Callable[[Dialogue], Sequence[Thought]]
    left: int = 0

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        try:
            for thought in self.think(dialogue):
                await trio.sleep(0.1)
                yield thought
        finally:
            self.left += 1


class Mouth:
    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        for word in text.split():
            await trio.sleep(0.1)
            yield Spoken(word, bytes(BYTES_PER_SECOND))  # a second a word


class StubbornMouth:
    """A part whose result is there at the very moment of the cut."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self.cut = cut

    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        yield Spoken("heard", bytes(BYTES_PER_SECOND))
        self.cut()
        yield Spoken("late", bytes(BYTES_PER_SECOND))


def make(think: Callable[[Dialogue], Sequence[Thought]], **more: Any) -> tuple[Reply, Outbox, Mind]:
    body = {"model": MODEL, "outputAudioTranscription": {}, "tools": [{"functionDeclarations": [{"name": "f"}]}]}
    numbers = iter(range(1000))
    outbox, mind = Outbox(), Mind(think)
    reply = Reply(
        **{
            "number": 1,
            "history": ASKED,
            "terms": terms_of(e.Setup(body)),
            "mind": mind,
            "mouth": Mouth(),
            "outbox": outbox,
            "calls": Calls(lambda: f"id-{next(numbers)}"),
            "tokens": TokenCounts(),
            "pace": Pace(),
            **more,
        }
    )
    return reply, outbox, mind


def kinds(outbox: Outbox) -> list[str]:
    return [type(event).__name__ for message in outbox.waiting() for event in message]


async def test_it_ends_when_everything_can_have_been_heard(autojump_clock):
    """Three words of a second each that come in a burst: the turn lasts until the last has sounded."""
    reply, outbox, mind = make(lambda _: [Say("one two three")])
    await reply.run()
    assert trio.current_time() == pytest.approx(0.1 + 0.1 + 3.0, abs=0.001)
    assert kinds(outbox)[-1] == "GenerationComplete"
    assert reply.entries() == [AgentTurn("one two three")]
    assert mind.left == 1


@pytest.mark.parametrize("at", [0.05, 0.15, 0.25, 1.0, 2.9])
async def test_a_cut_leaves_what_was_heard(autojump_clock, at):
    """Whenever it comes: the words that had begun to sound, marked as interrupted where more was made."""
    reply, outbox, mind = make(lambda _: [Say("one two three")])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reply.run)
        await trio.sleep(at)
        reply.cut("the test")
    begun = ["one", "two", "three"][: max(0, -int((0.2 - at) // 1))]
    [*said] = reply.entries(until=trio.current_time())
    made = [event.text for message in outbox.waiting() for event in message if isinstance(event, e.OutputTranscription)]
    assert [entry.text for entry in said] == ([" ".join(begun)] if begun else [])
    assert all(entry.interrupted == (len(made) > len(begun)) for entry in said)
    assert mind.left == 1
    assert reply.was_cut


async def test_nothing_is_posted_after_a_cut_even_if_a_part_was_just_done(autojump_clock):
    """The part's late result is dropped, and the tokens of it are not counted."""
    reply, outbox, _ = make(
        lambda _: [Say("x"), Say("y"), Call("f", {})], mouth=StubbornMouth(lambda: reply.cut("now"))
    )
    await reply.run()
    assert kinds(outbox) == ["OutputTranscription", *["AudioOut"] * 5]
    assert reply.tokens.end_turn().body["responseTokenCount"] == 25


async def test_answers_that_come_while_it_still_thinks_are_told_in_the_same_turn(autojump_clock):
    """The mind is asked again with them at the end, although it went on speaking after the call."""
    seen: list[Dialogue] = []

    def think(dialogue: Dialogue) -> Sequence[Thought]:
        seen.append(dialogue)
        return [Call("f", {"a": 1}), Say("one two")] if len(seen) == 1 else [Say("done")]

    reply, outbox, _ = make(think)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(reply.run)
        await trio.sleep(0.25)
        [call] = [event.calls[0] for [event] in outbox.waiting() if isinstance(event, e.ToolCall)]
        response = e.FunctionResponse(call.id, "f", {"output": 2})
        pending = reply.calls.answered(response)
        assert pending is not None
        reply.answer(pending.answered_by(response))
    assert seen[1].entries == (
        *ASKED,
        Called("id-0", "f", {"a": 1}),
        AgentTurn("one two"),
        Answered("id-0", "f", {"output": 2}),
    )
    assert reply.entries()[-1] == AgentTurn("done")


async def test_a_mind_that_never_stops_asking_is_stopped(autojump_clock, caplog):
    """After some rounds the turn ends, so that the session is not held for ever."""
    reply, outbox, _ = make(lambda _: [Call("f", {})])

    async def answer_all() -> None:
        while True:
            await trio.sleep(0.01)
            for message in outbox.waiting():
                if isinstance(message[0], e.ToolCall):
                    response = e.FunctionResponse(message[0].calls[0].id, "f", {"output": 1})
                    if pending := reply.calls.answered(response):
                        reply.answer(pending.answered_by(response))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer_all)
        await reply.run()
        nursery.cancel_scope.cancel()
    assert kinds(outbox) == ["ToolCall"] * ROUNDS + ["GenerationComplete"]
    assert "too often" in caplog.text


async def test_a_cancelled_turn_closes_its_parts(autojump_clock):
    """No generator is left to the garbage collector."""
    closed: list[str] = []

    class Careful:
        async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
            try:
                while True:
                    yield Spoken("on and on", bytes(BYTES_PER_SECOND))
            finally:
                closed.append("mouth")

    reply, _, mind = make(lambda _: [Say("x")], mouth=Careful())
    with trio.move_on_after(3):
        await reply.run()
    assert closed == ["mouth"]
    assert mind.left == 1


async def test_iterators_that_are_no_generators_will_do(autojump_clock):
    """A part may return any asynchronous iterator."""

    class Once:
        def __init__(self) -> None:
            self.left = [Say("one")]

        def respond(self, dialogue: Dialogue) -> Once:
            return self

        def __aiter__(self) -> Once:
            return self

        async def __anext__(self) -> Thought:
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    reply, _, _ = make(lambda _: [], mind=Once())
    await reply.run()
    assert reply.entries() == [AgentTurn("one")]
    assert not inspect.isasyncgen(Once())


@given(words=st.lists(st.sampled_from(["a", "bc", "def"]), max_size=30), samples=st.integers(0, 100_000))
def test_chunks_hold_all_of_a_piece_in_order(words, samples):
    """No sample and no word is lost, none is longer than asked, and the first word comes with the first chunk."""
    pcm = bytes(range(256)) * (samples * 2 // 256 + 1)
    pcm = pcm[: samples * 2]
    chunks = list(chunked(Spoken(" ".join(words), pcm), 9_600))
    assert b"".join(chunk for chunk, _ in chunks) == pcm
    assert " ".join(text for _, text in chunks if text).split() == words
    assert all(len(chunk) <= 9_600 for chunk, _ in chunks)
    assert bool(chunks[0][1]) == bool(words)
