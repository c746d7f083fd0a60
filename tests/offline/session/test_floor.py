"""Who has the floor, decided step by step: mind and mouth take the time that the test gives them."""

from __future__ import annotations

from contextlib import asynccontextmanager

import attrs
import trio

from voice_actors.gemini import events as e
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Say, Spoken, UserTurn
from voice_actors.offline.session.calls import Calls
from voice_actors.offline.session.floor import Floor
from voice_actors.offline.session.history import History
from voice_actors.offline.session.outbox import Outbox
from voice_actors.offline.session.reply import BYTES_PER_SECOND
from voice_actors.offline.session.terms import terms_of
from voice_actors.offline.session.tokens import TokenCounts
from voice_actors.offline.settings import Pace

MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
TOOLS = [
    {"functionDeclarations": [{"name": "now"}, {"name": "later", "behavior": "NON_BLOCKING"}]},
]


@attrs.define
class Mind:
    """Thinks for a second, and answers with as many words; calls the functions that are named in the question."""

    asked: list[tuple] = attrs.field(factory=list)

    async def respond(self, dialogue):
        self.asked.append(dialogue.entries)
        await trio.sleep(1)
        last = dialogue.entries[-1]
        if isinstance(last, UserTurn):
            for word in last.text.split():
                if word in ("now", "later"):
                    yield Call(word, {})
        yield Say("well well")


class Mouth:
    async def speak(self, text, voice):
        for word in text.split():
            yield Spoken(word, bytes(BYTES_PER_SECOND * 2))  # two seconds a word


@attrs.define
class Room:
    floor: Floor
    mind: Mind
    rests: list[float]

    def sent(self):
        """The kinds of what was sent, audio left out; then it is gone."""
        kinds = [
            type(event).__name__
            for message in self.floor.outbox.waiting()
            for event in message
            if not isinstance(event, e.AudioOut | e.Usage)
        ]
        self.floor.outbox = self.floor.outbox.__class__()
        return kinds

    def questions(self):
        return [entries[-1].text for entries in self.mind.asked if isinstance(entries[-1], UserTurn)]


@asynccontextmanager
async def room(**setup):
    calls = iter(range(100))
    rests: list[float] = []
    async with trio.open_nursery() as nursery:
        floor = Floor(
            nursery,
            terms_of(e.Setup({"model": MODEL, "tools": TOOLS, **setup})),
            mind := Mind(),
            Mouth(),
            Outbox(),
            History(),
            TokenCounts(),
            Pace(),
            Calls(lambda: f"id-{next(calls)}"),
            lambda: rests.append(trio.current_time()),
        )
        yield Room(floor, mind, rests)
        nursery.cancel_scope.cancel("the session is over")


async def test_what_is_still_being_recognised_is_waited_for(autojump_clock):
    """Three utterances in quick succession, one of them noise, are one question."""
    async with room() as r:
        for _ in range(3):
            r.floor.speech_started()
            r.floor.speech_ended()
        r.floor.understood("first")
        await trio.sleep(10)
        assert not r.mind.asked
        assert r.floor.user_said_more
        r.floor.understood("")
        r.floor.understood("last")
        await trio.sleep(10)
        assert ["first last"] == r.questions()
        assert not r.floor.user_said_more


async def test_a_cough_before_the_reply_does_not_lose_the_question(autojump_clock):
    """The reply that had not begun to sound is begun again."""
    async with room() as r:
        r.floor.typed("a question")
        await trio.sleep(0.5)
        r.floor.speech_started()
        r.floor.speech_ended()
        r.floor.understood("")
        await trio.sleep(10)
        assert ["a question", "a question"] == r.questions()
        assert [UserTurn("a question"), AgentTurn("well well")] == r.floor.history.entries


async def test_what_is_written_is_answered_even_while_someone_speaks(autojump_clock):
    """Speech has to wait for its end, and then is answered after it."""
    async with room() as r:
        r.floor.speech_started()
        r.floor.typed("in writing")
        await trio.sleep(2.5)
        assert ["in writing"] == r.questions()
        r.floor.speech_ended()
        r.floor.understood("aloud")
        await trio.sleep(10)
        assert ["in writing", "aloud"] == r.questions()
        assert AgentTurn("well", interrupted=True) in r.floor.history.entries


async def test_where_nothing_interrupts_writing_does_not_either(autojump_clock):
    """All that comes meanwhile is one question, after the reply."""
    async with room(realtimeInputConfig={"activityHandling": "NO_INTERRUPTION"}) as r:
        r.floor.typed("one")
        await trio.sleep(2)
        r.floor.typed("two")
        r.floor.speech_started()
        r.floor.speech_ended()
        r.floor.understood("three")
        await trio.sleep(10)
        assert ["one", "two three"] == r.questions()
        assert "Interrupted" not in r.sent()


async def test_a_turn_without_a_question_is_ended_all_the_same(autojump_clock):
    """A client that asks for a reply to nothing gets an end of turn, and no more."""
    async with room() as r:
        r.floor.put([AgentTurn("I spoke last")], complete=True)
        await trio.sleep(1)
        assert ["GenerationComplete", "TurnComplete"] == r.sent()
        assert [AgentTurn("I spoke last")] == r.floor.history.entries
        assert not r.mind.asked


async def test_news_that_interrupt_leave_other_calls_open(autojump_clock):
    """Only what the cut turn itself waits for is withdrawn; the user's barge-in withdraws all that it asked for."""
    async with room() as r:
        r.floor.typed("later later now")
        await trio.sleep(2)
        r.floor.answer(e.FunctionResponse("id-0", "later", {"x": 1}, scheduling="INTERRUPT"))
        assert ["ToolCall", "Interrupted", "ToolCallCancellation", "TurnComplete"] == r.sent()
        assert ["id-1"] == [call.id for call in r.floor.calls.withdraw(1)]
        await trio.sleep(10)
        assert Answered("id-0", "later", {"x": 1}) == r.mind.asked[-1][-1]
        assert Called("id-2", "now", {}) not in r.mind.asked[-1]


async def test_rest_is_only_where_nothing_is_left_to_do(autojump_clock):
    """Not at the end of a turn whose call is still out; but after its answer was told, or kept in silence."""
    async with room() as r:
        r.floor.typed("later")
        await trio.sleep(20)
        assert [] == r.rests
        r.floor.answer(e.FunctionResponse("id-0", "later", {"x": 1}, scheduling="SILENT"))
        assert [20.0] == r.rests
        assert Answered("id-0", "later", {"x": 1}) == r.floor.history.entries[-1]
        r.floor.typed("later")
        await trio.sleep(20)
        r.sent()  # nobody else takes it away, and the outbox has room for some seconds only
        r.floor.answer(e.FunctionResponse("id-1", "later", {"x": 2}))
        assert [20.0] == r.rests
        await trio.sleep(20)
        assert 2 == len(r.rests)
        assert r.rests[-1] > 40.0
        assert 3 == len(r.mind.asked)


async def test_an_answer_that_comes_too_late_is_nobodys(autojump_clock):
    """The call was withdrawn with its turn; the turn that goes on now does not get it."""
    async with room() as r:
        r.floor.typed("now")
        await trio.sleep(2)
        r.floor.typed("something else")
        r.floor.answer(e.FunctionResponse("id-0", "now", {"x": 1}))
        await trio.sleep(20)
        assert not [entry for entry in r.floor.history.entries if isinstance(entry, Called | Answered)]
        assert 1 == len(r.rests)
        assert r.rests[0] > 2
