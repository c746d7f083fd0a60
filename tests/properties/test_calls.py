"""The life of a tool call under ten thousand random schedules: one answer, or none where it was withdrawn.

A schedule is a seed. To see one again, with all that happened: `python tests/properties/test_calls.py Schedule SEED`.
"""

from __future__ import annotations

import collections
import contextlib
import logging
import random
import re
import sys
from collections import deque

import attrs
import pytest
import trio
import trio.testing

from voice_actors import messages as m
from voice_actors.actors.tools import ToolExecutor
from voice_actors.actors.transcript import TranscriptRecorder
from voice_actors.agent import open_voice_agent
from voice_actors.broadcast import Broadcast, Tap, Wanted
from voice_actors.calls.consents import waiting_for_consent
from voice_actors.config import AgentConfig, Connection
from voice_actors.deadlines import Deadlines
from voice_actors.errors import LinkLost
from voice_actors.gemini import events as wire
from voice_actors.gemini import server
from voice_actors.gemini.link import classify_close
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import Overflow, open_lane
from voice_actors.record.pulse import Pulse
from voice_actors.session.answers import Answers
from voice_actors.session.reception import Reception
from voice_actors.session.replies import Replies
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedServer
from voice_actors.testing.clock import run_in_virtual_time
from voice_actors.toolbox import Toolbox, tool
from voice_actors.turns import Turn

TIMEOUT = 3.0
SETTLED = 60.0
"""Virtual seconds after which nothing may be on its way any more."""
ACTIONS = (
    *("call",) * 5, *("cancel",) * 2, "duplicate", "duplicate", "handle", "stray", "reply", "interrupt", "break", "leave",
    "forget", "shutdown", "consent", "consent",
)  # fmt: skip
ENDINGS = {
    ("ToolAnswered",): "answered",
    ("ToolWithdrawn",): "withdrawn",
    ("ToolAnswered", "ToolWithdrawn"): "answered too late",
    ("ToolAnswered", "ToolToldInWords"): "told in words",
}
"""What the facts about a call may be, after `ToolCalled`; where lanes are full they may change places."""


@attrs.define(eq=False)
class Books:
    """What the server knows: the truth that ours are held against."""

    waiting: set = attrs.field(factory=set)
    """Calls that this session has no answer to."""
    withdrawn: set = attrs.field(factory=set)
    asked: dict = attrs.field(factory=dict)
    here: list = attrs.field(factory=list)
    """Ids that this session knows."""
    accepted: collections.Counter = attrs.field(factory=collections.Counter)
    reopened: collections.Counter = attrs.field(factory=collections.Counter)
    words: collections.Counter = attrs.field(factory=collections.Counter)
    crossed: int = 0
    """Answers that were being sent when the withdrawal came."""

    def ask(self, id_, name, args):
        self.asked[id_] = wire.FunctionCall(id_, name, args)
        self.waiting.add(id_)
        self.here.append(id_)

    def withdraw(self, id_):
        self.waiting.discard(id_)
        self.withdrawn.add(id_)

    def lose(self, kept):
        """The next link goes on from a handle that stands for these, or from nothing."""
        self.reopened.update(id_ for id_ in kept - self.waiting if id_ not in self.withdrawn)
        self.waiting = set(kept) - self.withdrawn
        self.here = [id_ for id_ in self.here if id_ in kept]

    def hear(self, event, withdrawn_before):
        """Take what the client said, and be strict about it."""
        match event:
            case wire.ToolResponse(responses=responses):
                for response in responses:
                    id_ = response.id
                    assert id_ in self.asked, f"{id_}: answered, and nobody asked"
                    assert id_ not in withdrawn_before, f"{id_}: answered after it was withdrawn"
                    self.crossed += id_ in self.withdrawn
                    assert id_ in self.waiting or id_ in self.withdrawn, f"{id_}: answered twice, or to a stranger"
                    self.waiting.discard(id_)
                    self.accepted[id_] += 1
            case wire.ClientContent(turns=turns):
                self.words.update(re.findall(r'which you called with {"id": "(\d+)"', turns[0]["parts"][0]["text"]))
            case _:
                ...


@attrs.define(eq=False)
class Tools:
    """What the model may ask for, and how often each call ran."""

    ran: collections.Counter = attrs.field(factory=collections.Counter)
    inside: int = 0

    @contextlib.contextmanager
    def _running(self, id_):
        self.ran[id_] += 1
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def work(self, id: str, seconds: float) -> str:
        """Take a while."""
        with self._running(id):
            await trio.sleep(seconds)
        return id

    async def crash(self, id: str, seconds: float) -> None:
        """Fail after a while."""
        with self._running(id):
            await trio.sleep(seconds)
            raise OSError(id)

    async def stubborn(self, id: str, seconds: float) -> str:
        """Answer even when stopped."""
        with self._running(id), contextlib.suppress(trio.Cancelled):
            await trio.sleep(seconds)
        return id

    def all(self):
        """Each of them, and one for each thing that an interruption or a person may mean to a call."""
        return [
            self.work,
            self.crash,
            self.stubborn,
            tool(self.work, name="hasty", on_barge_in="cancel"),
            tool(self.stubborn, name="loyal", on_barge_in="tell-when-idle"),
            tool(self.work, name="guarded", consent="ask"),
        ]


def random_call(chance, books):
    """A new id, the name of a tool, and arguments that fit or do not."""
    id_ = str(len(books.asked))
    name = chance.choice(("work", "work", "crash", "stubborn", "hasty", "loyal", "guarded", "nobody"))
    seconds = chance.choice((0, 0, 0.5, 1, 2.5, 5)) if chance.random() < 0.9 else "soon"
    books.ask(id_, name, {"id": id_, "seconds": seconds})
    return books.asked[id_]


@attrs.define(eq=False, slots=False)
class Checked:
    """What both kinds of schedules come to."""

    seed: int
    log: object = None

    def __attrs_post_init__(self):
        self.chance, self.books, self.tools = random.Random(self.seed), Books(), Tools()
        self.history, self.reached_the_end = [], False

    def note(self, *what):
        if self.log is not None:
            self.log(f"{trio.current_time():6.2f}", *what)

    def check(self):
        """Facts, runs and the server's books say the same of every call; gives how each ended."""
        return [ending for id_ in self.books.asked if (ending := self._ending(id_)) is not None]

    def _ending(self, id_):
        named = [type(fact).__name__ for fact in self.history if getattr(fact, "id", None) == id_]
        ran, guarded = self.tools.ran[id_], self.books.asked[id_].name == "guarded"
        assert not (ran and guarded) or "ConsentGiven" in named, f"{id_}: ran unallowed"
        facts = [name for name in named if not name.startswith("Consent")]
        if not facts and not self.reached_the_end:
            return None  # it was not even heard of
        assert facts.count("ToolCalled") == 1, f"{id_}: {facts}"
        assert len(facts) == len(set(facts)), f"{id_}: {facts}"
        rest = tuple(sorted(set(facts) - {"ToolCalled"}))
        assert rest in ENDINGS, f"{id_}: {facts}"
        ending, accepted = ENDINGS[rest], self.books.accepted[id_]
        assert ran <= 1, f"{id_}: ran twice"
        assert accepted <= 1 + self.books.reopened[id_], f"{id_}: {accepted} answers"
        assert self.books.words[id_] <= 1, f"{id_}: told twice"
        if self.reached_the_end:
            assert ending in ("answered", "told in words") or id_ in self.books.withdrawn, f"{id_}: {ending}"
        return ending


@attrs.define(eq=False, slots=False)
class Schedule(Checked):
    """The executor, the books, the writers and the recorder of an agent, and a server that does what a seed says."""

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        chance, self.pulse, self.history = self.chance, Pulse(), deque()
        self.broken, self.saved, self.allowed = False, frozenset(), set()
        room = chance.choice((1, 4, 64))
        facts, told = open_lane[m.Event]("facts", room)
        heard, audio = open_lane[m.AudioEvent]("audio", 1, Overflow.DROP_OLDEST)
        orders, to_tools = open_lane[m.ToolOrder]("orders", chance.choice((1, 16)))
        results, from_tools = open_lane[m.ToolResult]("results", chance.choice((1, 16)))
        turns, self.turns = open_lane[Turn]("turns", 64)
        tap = Tap(heard, Wanted())
        self.lanes = (facts, results, orders)
        self.recorder = TranscriptRecorder(told, audio, Broadcast(lambda n: m.Lagged(count=n)), self.history,
                                           self.pulse, Wanted())  # fmt: skip
        self.executor = ToolExecutor(to_tools, results, facts.clone(), Toolbox.of(self.tools.all()), TIMEOUT)
        self.reception = Reception(Replies(3.0), turns, orders, facts.clone(), tap)
        self.facts, self.results, self.orders = facts, from_tools, orders
        self.answers = Answers(
            from_tools, self.reception.calls, self.facts, self.pulse, capabilities("gemini-3.8-live")
        )

    async def run(self):
        async with trio.open_nursery() as outlives:
            await outlives.start(self.recorder.run)
            async with trio.open_nursery() as nursery:
                self.scope = nursery.cancel_scope
                if self.chance.random() < 0.2:
                    self.scope.deadline = trio.current_time() + self.chance.random() * 10
                nursery.start_soon(self.executor.run)
                await self.converse()
                nursery.cancel_scope.cancel("over")
        assert 0 == self.tools.inside
        assert all(lane.statistics().waiting == 0 for lane in self.lanes)
        for id_, call in self.books.asked.items():
            self.check_arrival(id_)
            assert call.name != "guarded" or not self.tools.ran[id_] or id_ in self.allowed, f"{id_}: ran unallowed"
        return self.check()

    def check_arrival(self, id_):
        """What is recorded as answered or told has arrived, and nothing else."""
        facts = {type(fact).__name__ for fact in self.history if getattr(fact, "id", None) == id_}
        words, accepted = self.books.words[id_], self.books.accepted[id_]
        assert ("ToolToldInWords" in facts) == (words == 1), f"{id_}: {facts}, and {words} messages told it"
        answered = "ToolAnswered" in facts and not facts & {"ToolToldInWords", "ToolWithdrawn"}
        assert answered == (accepted > 0), f"{id_}: {facts}, and {accepted} answers arrived"

    async def converse(self):
        with self.results, self.reception, self.facts:
            try:
                while await self.one_link():
                    ...
                self.reached_the_end = True
            finally:
                self.note("shutdown")
                await self.answers.leave()

    async def one_link(self):
        """False where it was the last, and everything has come to rest."""
        how = "end"
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.answers.send, self.send, nursery)
                how = await self.act()
                if how != "break":
                    nursery.cancel_scope.cancel(how)
                await trio.sleep(self.chance.random())  # until a writer finds out
                nursery.cancel_scope.cancel("the reader found out")
        except* LinkLost:
            ...
        if how == "end":
            return False
        self.broken = False
        self.reception.link_gone()
        if how == "forget":
            self.reception.forget_session()
            self.saved = frozenset()
        self.books.lose(self.saved)
        self.note(how, "- the server waits for", sorted(self.books.waiting))
        return True

    async def act(self):
        for _ in range(self.chance.randrange(1, 9)):
            await trio.sleep(self.chance.choice((0, 0, 0.1, 0.5, 1.0)))
            if (action := self.chance.choice(ACTIONS)) in ("break", "leave", "forget"):
                self.broken = action == "break"
                return action
            await getattr(self, action)()
        await self.interrupt()
        await trio.sleep(SETTLED)
        assert not self.books.waiting, f"{sorted(self.books.waiting)}: never answered"
        return "end"

    async def take(self, event):
        if not isinstance(event, wire.AudioOut):
            self.note(event)
        await self.reception.take(event)

    async def call(self):
        await self.take(wire.ToolCall((random_call(self.chance, self.books),)))

    async def duplicate(self):
        if self.books.here:
            id_ = self.chance.choice(self.books.here)
            await self.take(wire.ToolCall((self.books.asked[id_],) * self.chance.choice((1, 2))))

    async def cancel(self):
        if self.books.waiting:
            id_ = self.chance.choice(sorted(self.books.waiting))
            self.books.withdraw(id_)
            await self.take(wire.ToolCallCancellation((id_,)))

    async def stray(self):
        """A withdrawal of what nobody waits for."""
        await self.take(wire.ToolCallCancellation((self.chance.choice(["x", *sorted(self.books.withdrawn)]),)))

    async def handle(self):
        self.saved = frozenset(self.books.waiting)
        await self.take(wire.SessionResumptionUpdate("h", resumable=True))

    async def shutdown(self):
        """With all that was said just before."""
        for _ in range(self.chance.randrange(3)):
            await self.call()
        self.scope.cancel("shutdown")

    async def consent(self):
        """Of somebody who does not always look what for."""
        asked = [call.id for call in waiting_for_consent(self.history)] or ["x"]
        answer = m.AnswerConsent(self.chance.choice([*asked, "x"]), self.chance.random() < 0.7, by="me")
        self.allowed.update([answer.id] if answer.allow else [])
        self.note(answer)
        with contextlib.suppress(trio.BrokenResourceError):  # the executor has gone
            await self.orders.send(answer)

    async def reply(self):
        await self.take(wire.AudioOut(b"\1\1" * 480))

    async def interrupt(self):
        await self.take(wire.Interrupted())
        for turn in drained(self.turns):
            await self.facts.send(m.TurnEnded(turn=turn.number, heard_ms=1.0, dropped_ms=1.0, interrupted=True))

    async def send(self, frame):
        """A socket that takes its time, and takes a frame as a whole or not at all."""
        before = set(self.books.withdrawn)
        await trio.sleep(self.chance.choice((0, 0, 0, 0.02, 0.5)))
        if self.broken:
            raise LinkLost("reset", code=1006)
        event = server.decode(frame, strict=True)
        self.note("sent", event)
        self.books.hear(event, before)


@attrs.define(eq=False, slots=False)
class WholeCall(Checked):
    """A whole agent, and a server that does what a seed says, link after link."""

    async def run(self):
        self.handles, self.withdrawn_at, self.refused, self.last_link = {}, {}, False, trio.Event()
        server = ScriptedServer(self.script)
        config = AgentConfig(
            connection=Connection(api_key="test"),
            microphone=MemoryMicrophone(),
            speaker=MemorySpeaker(),
            tools=self.tools.all(),
            deadlines=Deadlines(tool=TIMEOUT, consent=TIMEOUT, silent=1e6),
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            if self.chance.random() < 0.5:
                await trio.sleep(self.chance.random() * 10)
            else:
                await self.last_link.wait()
                await trio.sleep(10)
                self.reached_the_end = True
                assert not self.books.waiting, f"{sorted(self.books.waiting)}: never answered"
        self.history = agent.export_events()
        assert 0 == self.tools.inside
        return self.check()

    async def script(self, link):
        if link.number > 3:
            self.note("the last link")
        elif link.number and not self.refused and self.chance.random() < 0.3:
            self.refused = True
            return link.end(lambda: classify_close(1008, "BidiGenerateContent session not found"))
        self.refused = False
        setup = await link.accept_setup()
        self.books.lose(self.handles.get(setup.body["sessionResumption"].get("handle"), frozenset()))
        self.note("link", link.number, "- the server waits for", sorted(self.books.waiting))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.hear, link)
            for _ in range(self.chance.randrange(2, 8)):
                await trio.sleep(self.chance.choice((0, 0, 0.1, 0.5, 1.0)))
                await self.act(link)
            if link.number > 3:
                self.last_link.set()
                await trio.sleep_forever()
            await trio.sleep(self.chance.random() * 4)
            nursery.cancel_scope.cancel("the link breaks")
        link.end()

    async def hear(self, link):
        while True:
            event = await link.hear()
            now = trio.current_time()
            self.note("heard", event)
            self.books.hear(event, {id_ for id_, at in self.withdrawn_at.items() if at < now})

    async def act(self, link):
        match self.chance.choice(("call", "call", "call", "duplicate", "cancel", "handle", "reply", "interrupt")):
            case "call":
                await self.say(link, wire.ToolCall((random_call(self.chance, self.books),)))
            case "duplicate" if self.books.here:
                await self.say(link, wire.ToolCall((self.books.asked[self.chance.choice(self.books.here)],)))
            case "cancel" if self.books.waiting:
                id_ = self.chance.choice(sorted(self.books.waiting))
                self.books.withdraw(id_)
                self.withdrawn_at[id_] = trio.current_time()
                await self.say(link, wire.ToolCallCancellation((id_,)))
            case "handle":
                await trio.testing.wait_all_tasks_blocked()  # no answer crosses it: nobody could tell what it covers
                handle = f"handle {len(self.handles)}"
                self.handles[handle] = frozenset(self.books.waiting)
                await self.say(link, wire.SessionResumptionUpdate(handle, resumable=True))
            case "reply":
                await link.say(wire.AudioOut(b"\1\1" * 4_800))
                await link.say(wire.TurnComplete())
            case "interrupt":
                await self.say(link, wire.Interrupted())
            case _:
                ...

    async def say(self, link, event):
        self.note(event)
        await link.say(event)


def drained(lane):
    found = []
    with contextlib.suppress(trio.WouldBlock):
        while True:
            found.append(lane.receive_nowait())
    return found


def play(kind, seed, log=None):
    """One schedule, and how its calls ended."""
    schedules = []

    async def main():
        schedules.append(kind(seed, log))
        return await schedules[0].run()

    try:
        return schedules, run_in_virtual_time(main, seed=seed)
    except BaseException as error:
        error.add_note(f"see it again: python tests/properties/test_calls.py {kind.__name__} {seed}")
        raise


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "seeds"),
    [
        *((Schedule, range(first, first + 1_000)) for first in range(0, 10_000, 1_000)),
        (WholeCall, range(60)),
    ],
    ids=str,
)
def test_random_schedules_answer_each_call_once_or_withdraw_it(kind, seeds, caplog):
    """Calls, duplicates, withdrawals, results, crashes, timeouts, lost links and the end: all books say the same."""
    caplog.set_level(logging.ERROR, "voice_actors")
    endings, crossed, reopened = collections.Counter(), 0, 0
    for seed in seeds:
        (schedule,), found = play(kind, seed)
        endings.update(found)
        crossed += schedule.books.crossed
        reopened += schedule.books.reopened.total()
    print(
        f"{len(seeds)} schedules, {endings.total()} calls: {dict(endings)}; {reopened} open once more in a resumed session"
    )
    print(f"0 answered twice, 0 left open, 0 after a withdrawal ({crossed} were being sent when it came)")
    assert set(ENDINGS.values()) == set(endings)
    assert min(endings.values()) > len(seeds) / 100 / 2


if __name__ == "__main__":
    print(*play({"Schedule": Schedule, "WholeCall": WholeCall}[sys.argv[1]], int(sys.argv[2]), print)[1])
