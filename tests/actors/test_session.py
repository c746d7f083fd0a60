"""SessionActor alone, between lanes and a scripted server: what it keeps across links, and when it tries again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from types import SimpleNamespace

import attrs
import pytest
import trio
import trio.testing

from voice_actors import messages as m
from voice_actors.actors.session import SessionActor
from voice_actors.broadcast import Tap, Wanted
from voice_actors.deadlines import Deadlines
from voice_actors.errors import LinkGivenUp, LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import events as wire
from voice_actors.gemini.link import classify_close, classify_http
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import Overflow, open_lane
from voice_actors.record.pulse import Pulse
from voice_actors.record.transcripts import Message
from voice_actors.session.reception import Reception
from voice_actors.session.recovery import BACKOFF
from voice_actors.session.replies import Replies
from voice_actors.testing import ScriptedServer
from voice_actors.turns import Turn

MODEL = "gemini-3.8-live"


@attrs.define(eq=False)
class Bench:
    """The session, and our ends of its lanes."""

    session: SessionActor
    microphone: object
    commands: object
    results: object
    orders: object
    facts: object
    server: ScriptedServer
    brittle: Brittle

    def told(self, kind):
        """The facts of one kind so far; others are lost."""
        found = []
        while True:
            try:
                fact = self.facts.receive_nowait()
            except (trio.WouldBlock, trio.EndOfChannel):
                return found
            if isinstance(fact, kind):
                found.append(fact)


@asynccontextmanager
async def bench(script, **settings):
    """A session that is ready, in a task of its own."""
    server = ScriptedServer(script)
    microphone, from_microphone = open_lane[m.MicMessage]("microphone", 10, Overflow.DROP_OLDEST)
    commands, to_session = open_lane[m.Command]("commands", 16)
    results, from_tools = open_lane[m.ToolResult]("results", 16)
    turns, _speaker = open_lane[Turn]("turns", 16)
    orders, to_tools = open_lane[m.ToolOrder]("orders", 16)
    facts, told = open_lane[m.Event]("facts", 1_000)
    audio, _heard = open_lane[m.AudioEvent]("audio", 10, Overflow.DROP_OLDEST)
    tap = Tap(audio, Wanted())
    session = SessionActor(
        dial=(brittle := Brittle(server)).dial,
        setup=lambda handle: wire.Setup(
            {"model": f"models/{MODEL}", "sessionResumption": {"handle": handle} if handle else {}}
        ),
        capabilities=capabilities(MODEL),
        model=MODEL,
        microphone=from_microphone,
        commands=to_session,
        results=from_tools,
        reception=Reception(Replies(3.0), turns, orders, facts.clone(), tap),
        facts=facts,
        audio=tap,
        pulse=Pulse(),
        seed=7.0,
        **settings,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(session.run)
        with microphone, commands, results:
            yield Bench(session, microphone, commands, results, to_tools, told, server, brittle)
        nursery.cancel_scope.cancel("done")


@attrs.define(eq=False)
class Brittle:
    """Dials a link that takes nothing more once it is broken, while its other direction still works."""

    server: ScriptedServer
    broken: bool = False

    @asynccontextmanager
    async def dial(self):
        async with self.server.dial() as link:
            whole, self.broken = link.send, False

            async def send(frame):
                await trio.lowlevel.checkpoint()
                if self.broken:
                    raise LinkLost("connection reset", code=1006)
                await whole(frame)

            yield SimpleNamespace(send=send, receive=link.receive)


async def stays(link):
    """A server that listens, and says nothing."""
    await link.accept_setup()
    while True:
        await link.hear()


@pytest.mark.parametrize("first", ["chunk", "text", "result"])
async def test_what_a_broken_link_did_not_take_goes_out_on_the_next_one(first, autojump_clock):
    """Once, and in its lane's order, whichever of the three writers finds out first that the link is broken."""

    async def script(link):
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "f", {}),)))
            await link.say(wire.SessionResumptionUpdate("h", resumable=True))  # a session that knows the call
        while True:
            await link.hear()

    async with bench(script) as b:
        await trio.sleep(1)
        b.brittle.broken = True
        says = {
            "chunk": lambda: [b.microphone.send_nowait(m.AudioChunk(bytes([n, 0]) * 320, 0.0)) for n in range(3)],
            "text": lambda: [b.commands.send_nowait(m.TypedText(f"text {n}")) for n in range(3)],
            "result": lambda: [b.results.send_nowait(m.ToolResult("c1", "f", {"result": n})) for n in range(2)],
        }
        says.pop(first)()
        await trio.testing.wait_all_tasks_blocked()
        for say in says.values():
            say()
        await trio.sleep(5)
    lost, found = (link.heard[1:] for link in b.server.links)
    assert [] == lost
    chunks, texts, answers = (
        [e for e in found if isinstance(e, kind)] for kind in (wire.AudioIn, wire.ClientContent, wire.ToolResponse)
    )
    assert [0, 1, 2] == [chunk.pcm[0] for chunk in chunks]
    assert ["text 0", "text 1", "text 2"] == [text.turns[0]["parts"][0]["text"] for text in texts]
    assert [{"result": 0}] == [answer.responses[0].response for answer in answers]  # one call, one answer


async def test_waits_between_tries_grow_within_their_bounds(autojump_clock):
    """Each is drawn from nothing up to twice the bound of the one before, and none is longer than the longest."""

    async def script(link):
        if link.number:
            link.end(lambda: LinkLost("unavailable", code=1013, reason="try again"))
            return
        await link.accept_setup()
        await trio.sleep(10)
        link.end()

    with pytest.RaisesGroup(LinkGivenUp) as caught:
        async with bench(script, deadlines=Deadlines(reconnect=40.0)) as b:
            await trio.sleep_forever()
    print(caught.value)
    waits = [fact.retry_in for fact in b.told(m.Disconnected)]
    assert 0.0 == waits[0]  # a link that had worked is dialled again at once
    assert waits[-1] is None
    assert 1 == b.session.statistics()["reconnects"]  # the conversations that were broken off, not the tries
    first, longest = BACKOFF
    for number, wait in enumerate(waits[1:-1]):
        assert 0 <= wait <= min(first * 2**number, longest)
    assert len(waits) >= 6
    assert 30 <= trio.current_time() <= 51


async def test_every_outage_has_the_whole_budget(autojump_clock):
    """A drop long ago leaves nothing behind: after goAway, a server that is away for most of the budget is waited for."""

    async def script(link):
        if link.number == 0:
            await link.accept_setup()
            await trio.sleep(10)
            link.end()
        elif link.number == 1:
            await link.accept_setup()
            await trio.sleep(600)
            went_away.append(trio.current_time())
            await link.say(wire.GoAway(50.0))
        elif trio.current_time() < went_away[0] + 45:
            link.end(lambda: LinkLost("unavailable", code=1013, reason="try again"))
        else:
            back.append(trio.current_time())
            await stays(link)

    went_away, back = [], []
    async with bench(script) as b:
        await trio.sleep(700)
        assert b.told(m.Connected)
    print(f"back {back[0] - went_away[0]:.0f} s after goAway, 600 s after a drop, {len(b.server.links) - 2} tries")
    assert 45 <= back[0] - went_away[0] <= 55


async def test_links_that_end_as_soon_as_they_are_made_share_one_budget(autojump_clock):
    """Whether they break or announce their end: waits grow between them, and they are given up."""

    async def script(link):
        dialled.append(trio.current_time())
        await link.accept_setup()
        if link.number == 0:
            await trio.sleep(10)
        if link.number % 2:
            await link.say(wire.GoAway(0.0))
        else:
            link.end()

    dialled = []
    with pytest.RaisesGroup(LinkGivenUp):
        async with bench(script, deadlines=Deadlines(reconnect=40.0)) as b:
            await trio.sleep_forever()
    print(f"{len(dialled)} links in {trio.current_time() - 10:.0f} s")
    assert 6 <= len(dialled) <= 30
    assert trio.current_time() <= 10 + 40 + BACKOFF[1]
    assert b.told(m.Disconnected)[-1].retry_in is None


async def test_a_lost_link_is_closed_before_the_wait_for_the_next(autojump_clock):
    """The server may refuse to resume a session whose old socket is still open."""

    async def script(link):
        await link.accept_setup()
        if link.number == 0:
            link.end()
            try:
                await trio.sleep_forever()
            finally:
                closed.append(trio.current_time())
        await stays(link)

    closed = []
    async with bench(script, deadlines=Deadlines()) as b:
        await trio.sleep(10)
        (wait,) = b.told(m.Disconnected)
    assert wait.retry_in > 0
    assert [0.0] == closed


async def speaks(b, seconds):
    """A voice whose every chunk of 20 ms is numbered, for so long."""
    for number in range(round(seconds * 50)):
        b.microphone.send_nowait(m.AudioChunk(number.to_bytes(2, "little") * 320, trio.current_time()))
        await trio.sleep(0.02)


def numbers(link):
    """The chunks that a link has heard."""
    return [int.from_bytes(event.pcm[:2], "little") for event in link.heard if isinstance(event, wire.AudioIn)]


@pytest.mark.parametrize(("away", "lost_ms"), [(0.0, 0), (0.5, 0), (1.5, 0), (4.0, 2_000)])
async def test_a_hand_over_keeps_the_microphone(away, lost_ms, autojump_clock):
    """Faults, row 15: what is said while the server takes its time over the new link is heard there, in order, none of
    it twice. Two seconds are kept; older audio is dropped, counted and told.
    """

    async def script(link):
        if link.number:
            await trio.sleep(away)
        await link.accept_setup()
        if not link.number:
            await trio.sleep(6)
            await link.say(wire.GoAway(20.0))
        while True:
            await link.hear()

    async with bench(script) as b:
        await speaks(b, 15)
        await trio.sleep(5)
        told = [(fact.where, round(fact.ms)) for fact in b.told(m.AudioLost)]
    first, second = (numbers(link) for link in b.server.links)
    assert list(range(len(first))) == first
    assert list(range(750 - len(second), 750)) == second
    lost = 20 * (750 - len(first) - len(second))
    print(f"{lost} ms lost of {away:g} s without a link")
    assert abs(lost - lost_ms) <= 20
    assert ([] if not lost else [("microphone to model", lost)]) == told


async def test_a_broken_link_costs_no_more_than_what_was_on_its_way(autojump_clock):
    """Faults, rows 2 and 15: the last 100 ms are said again, since nobody knows what a peer 80 ms away has read."""

    async def script(link):
        await link.accept_setup()
        if not link.number:
            while trio.current_time() < 6:
                await link.hear()
            await trio.sleep(0.08)
            link.end()
        while True:
            await link.hear()

    async with bench(script) as b:
        await speaks(b, 8)
        await trio.sleep(5)
        assert not b.told(m.AudioLost)
    first, second = (numbers(link) for link in b.server.links)
    assert list(range(len(first))) == first
    assert second == list(range(second[0], 400))
    repeated = 20 * (len(first) - second[0])
    print(f"{20 * max(0, second[0] - len(first))} ms lost, {max(repeated, 0)} ms heard twice")
    assert 0 <= repeated <= 100


async def test_voice_is_not_said_again_to_a_server_that_found_it_invalid(autojump_clock):
    """Faults, row 3: after 1007 the session is resumed without what it was told last."""

    async def script(link):
        await trio.sleep(link.number)
        await link.accept_setup()
        if not link.number:
            await trio.sleep(6)
            link.end(lambda: classify_close(1007, "Request contains an invalid argument."))
        while True:
            await link.hear()

    async with bench(script) as b:
        await speaks(b, 6)
        await trio.sleep(0.5)
        b.commands.send_nowait(m.TypedText("are you there?"))
        await trio.sleep(5)
    assert 2 == len(b.server.links)
    assert [] == numbers(b.server.links[1])
    assert "are you there?" in str(b.server.links[1].heard)


async def test_voice_and_writing_keep_their_order_across_links(autojump_clock):
    """What was typed after a sentence is read after it, on whichever link."""

    async def script(link):
        await link.accept_setup()
        if not link.number:
            await trio.sleep(6)
            link.end()
        while True:
            await link.hear()

    async with bench(script) as b:
        await trio.sleep(6.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speaks, b, 1.0)
            await trio.sleep(0.51)
            await b.commands.send(m.TypedText("this one"))
        await trio.sleep(5)
    after = [event for event in b.server.links[-1].heard[1:]]
    place = next(number for number, event in enumerate(after) if isinstance(event, wire.ClientContent))
    assert (26, 50) == (place, len(after) - 1)


async def test_a_new_link_resumes_with_the_newest_handle(autojump_clock):
    """And not with one that the server has taken back."""

    async def script(link):
        setup = await link.accept_setup()
        handles.append(setup.body["sessionResumption"].get("handle"))
        await link.say(wire.SessionResumptionUpdate(f"first of {link.number}", resumable=True))
        await link.say(wire.SessionResumptionUpdate(f"second of {link.number}", resumable=True))
        await link.say(wire.SessionResumptionUpdate(None, resumable=False))
        await trio.sleep(10)
        link.end()

    handles = []
    async with bench(script):
        await trio.sleep(25)
    assert [None, "second of 0", "second of 1"] == handles


async def test_what_comes_before_the_setup_is_complete_counts(autojump_clock):
    """A handle that comes first is a handle, and a message that nobody understands is told."""

    async def script(link):
        setup = await link.hear_until(wire.Setup)
        handles.append(setup.body["sessionResumption"].get("handle"))
        await link.say(wire.SessionResumptionUpdate("early", resumable=True))
        await link.say_raw("{")
        await link.say(wire.SetupComplete("the session"))
        await trio.sleep(10)
        link.end()

    handles = []
    async with bench(script) as b:
        await trio.sleep(15)
        events = b.told((m.Oddity, m.Connected))
    assert [None, "early"] == handles
    assert [m.Oddity, m.Connected] == [type(event) for event in events[:2]]
    assert "the session" == events[1].session_id


@pytest.mark.parametrize("said", [[], [Message("user", "My name is Ada.", 0.0)]], ids=["nothing", "something"])
async def test_a_new_link_says_what_its_session_knows(said, autojump_clock):
    """A new session that was told what was said, where anything was; then, by a handle, the same one."""

    async def script(link):
        await link.accept_setup()
        if link.number == 1:
            await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        if link.number < 2:
            await trio.sleep(10)
            link.end()
        while True:
            await link.hear()

    async with bench(script, recall=lambda: said) as b:
        await trio.sleep(30)
        connected = [(event.resumed, event.restored) for event in b.told(m.Connected)]
    assert [(False, False), (False, bool(said)), (True, False)] == connected


PORTALS = [
    (lambda: classify_http(302, "Please accept our terms."), "sign in first"),
    (lambda: Refused("the server's certificate is not trusted (self-signed)", kind="trust"), "not trusted"),
]


@pytest.mark.parametrize(("portal", "words"), PORTALS, ids=["a page", "a certificate"])
async def test_a_network_that_wants_a_sign_in_is_waited_for(portal, words, autojump_clock):
    """Faults, rows 33 and 34: the user takes the call to another network, and signs in; each try says what is wrong."""

    async def script(link):
        if link.number and trio.current_time() < 40:
            link.end(portal)
            return
        await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        if not link.number:
            await trio.sleep(10)
            link.end()
        while True:
            await link.hear()

    async with bench(script) as b:
        await trio.sleep(60)
        events = b.told((m.Connected, m.Disconnected))
    tries = [event for event in events[2:] if isinstance(event, m.Disconnected)]
    print(f"{len(tries)} tries in 30 s: {tries[0].reason}")
    assert all(words in event.reason and event.retry_in is not None for event in tries)
    assert 5 <= len(tries) <= 20
    assert (m.Connected, True) == (type(events[-1]), events[-1].resumed)


@pytest.mark.parametrize(("portal", "words"), PORTALS, ids=["a page", "a certificate"])
@pytest.mark.parametrize("first", [True, False])
async def test_a_sign_in_that_nobody_makes_is_said(portal, words, first, autojump_clock):
    """At once where there was no conversation yet; else when the time for new tries is over."""

    async def script(link):
        if first or link.number:
            link.end(portal)
            return
        await link.accept_setup()
        await trio.sleep(10)
        link.end()

    with pytest.RaisesGroup(Refused if first else LinkGivenUp) as caught:
        async with bench(script, deadlines=Deadlines(reconnect=40.0)):
            await trio.sleep_forever()
    assert words in str(caught.value.exceptions[0])
    assert (trio.current_time() == 0) if first else (40 <= trio.current_time() <= 51)


async def test_garbage_is_counted_in_a_window(autojump_clock):
    """Four messages that nobody understands in ten seconds are skipped, over and over; a fifth is too much."""

    async def script(link):
        await link.accept_setup()
        for _ in range(3):
            for _ in range(4):
                await link.say_raw("{")
            await trio.sleep(10.1)
        for _ in range(5):
            await link.say_raw("{")

    with pytest.RaisesGroup(RemoteProtocolError):
        async with bench(script) as b:
            await trio.sleep_forever()
    assert 30 < trio.current_time() < 31
    assert 17 == len(b.told(m.Oddity))


async def test_an_ended_microphone_is_told_to_both_sides(autojump_clock):
    """The server hears that the audio pauses; whoever listens to events, that it is over."""
    async with bench(stays) as b:
        b.microphone.send_nowait(m.AudioChunk(bytes(640), 0.0))
        b.microphone.send_nowait(m.MicrophonePaused(ended=True))
        await trio.sleep(1)
        assert 1 == len(b.told(m.MicrophoneEnded))
    assert [wire.AudioIn, wire.AudioStreamEnd] == [type(event) for event in b.server.links[0].heard[1:]]


async def test_a_result_that_has_not_left_at_the_end_is_recorded_so(autojump_clock):
    """Its link took nothing any more."""

    async def script(link):
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("a", "f", {}),)))
        await trio.sleep(1)
        link.end()
        await trio.sleep_forever()

    async with bench(script) as b:
        await trio.sleep(0.5)
        b.server.script = lambda _: trio.sleep_forever()  # the next link is never set up
        await trio.sleep(1)
        b.results.send_nowait(m.ToolResult("a", "f", {}))
        await trio.sleep(1)
    assert ["a"] == [fact.id for fact in b.told(m.ToolWithdrawn)]


async def test_all_lanes_end_with_it(autojump_clock):
    """Whoever sends to it, or waits for it, is told."""
    async with bench(stays) as b:
        await trio.sleep(1)
    for lane, message in ((b.commands, m.TypedText("x")), (b.results, m.ToolResult("c", "f", {}))):
        with pytest.raises((trio.ClosedResourceError, trio.BrokenResourceError)):
            lane.send_nowait(message)
    b.told(m.Event)
    with pytest.raises(trio.EndOfChannel):
        b.orders.receive_nowait()
