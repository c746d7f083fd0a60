"""What a model is told of a reply that was cut: how far it was heard, once, and never so that it answers or falls silent."""

from __future__ import annotations

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import LinkLost
from voice_actors.gemini.events import (
    AudioOut,
    ClientContent,
    Interrupted,
    OutputTranscription,
    SessionResumptionUpdate,
    TextIn,
    TurnComplete,
)
from voice_actors.gemini.models import capabilities
from voice_actors.lanes import open_lane
from voice_actors.offline.parts import Say, UserTurn
from voice_actors.session.replies import Replies
from voice_actors.session.retelling import LONGEST, Retelling, quoted
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, utter

LIVE_25 = "gemini-2.5-flash-native-audio-preview-12-2025"
LIVE_31 = "gemini-3.1-flash-live-preview"
LIVE_38 = "gemini-3.8-live"
THINKING_38 = "gemini-3.8-live-extended-thinking"
OPEN = [LIVE_25, LIVE_38, THINKING_38]
"""Models that take a context message within a session."""
WORDS = "one two three four five six seven eight nine ten".split()
NOTE = '(I interrupted you; of your last reply I heard only: "one two three four")'


async def count(link, words=WORDS):
    """A reply of a word each 100 ms, told as it is sent."""
    for word in words:
        await link.say(AudioOut(b"\x00\x10" * 2_400), OutputTranscription(f"{word} "))


def said(link):
    """What the client wrote since its setup: the texts, and whether an answer was asked for."""
    found = []
    for event in link.heard[1:]:
        if isinstance(event, ClientContent):
            found.append(([part["text"] for turn in event.turns for part in turn["parts"]], event.turn_complete))
            assert {"user"} >= {turn["role"] for turn in event.turns}
        elif isinstance(event, TextIn):
            found.append(([event.text], True))
    return found


async def listen(link):
    """Hear whatever comes."""
    while True:
        await link.hear()


@pytest.fixture
def talk(rig):
    """A conversation in which the model has begun to count; it is interrupted after 450 ms."""

    def begin(model, **settings):
        async def script(link):
            await link.accept_setup()
            await link.say(SessionResumptionUpdate("handle", resumable=True))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(listen, link)
                if link.number == 0:
                    await count(link)

        return rig(script, model=model, **{"tell_model_what_was_heard": True, **settings})

    return begin


@pytest.mark.parametrize("model", OPEN)
async def test_a_model_that_was_interrupted_by_voice_is_told_at_once(talk, model, autojump_clock):
    """While the user still speaks, without asking for an answer; and once."""
    async with talk(model) as r:
        await trio.sleep(0.45)
        began = trio.current_time()
        await r.server.links[0].say(Interrupted(), TurnComplete())
        await trio.sleep(0.1)
        assert [([NOTE], False)] == said(r.server.links[0])
        await trio.sleep(60)
        assert [([NOTE], False)] == said(r.server.links[0])
        told = [event for event in r.agent.export_events() if isinstance(event, m.HeardTold)]
    print(f"told {1000 * (told[0].at - began):.0f} ms after the interruption")
    assert [(1, "one two three four")] == [(event.turn, event.text) for event in told]


@pytest.mark.parametrize("model", [*OPEN, LIVE_31])
async def test_typed_text_takes_it_along(talk, model, autojump_clock):
    """In one message, which asks for the one answer: on its own it would stop that."""
    async with talk(model) as r:
        await trio.sleep(0.45)
        await r.agent.say("Which number was that?")
        await trio.sleep(5)
        apart = [([NOTE, "Which number was that?"], True)]
        together = [([f"{NOTE}\nWhich number was that?"], True)]
        assert (together if model == LIVE_31 else apart) == said(r.server.links[0])
        assert ["Which number was that?"] == [
            event.text for event in r.agent.export_events() if isinstance(event, m.TextSent)
        ]
        assert 1 == sum(isinstance(event, m.HeardTold) for event in r.agent.export_events())
        await r.agent.say("And now?")
        await trio.sleep(1)
        assert (["And now?"], True) == said(r.server.links[0])[-1]


@pytest.mark.parametrize("model", OPEN)
async def test_a_model_that_the_program_stopped_is_told_after_that(talk, model, autojump_clock):
    """First the order to stop, then how far it came."""
    async with talk(model) as r:
        await trio.sleep(0.45)
        await r.agent.interrupt()
        await trio.sleep(1)
        assert [([], False), ([NOTE], False)] == said(r.server.links[0])


async def test_a_model_that_takes_no_context_is_told_nothing_but_with_typed_text(talk, autojump_clock):
    """Anything else would end the session, or be answered; the limit is said when the conversation begins."""
    async with talk(LIVE_31) as r:
        await trio.sleep(0.45)
        await r.server.links[0].say(Interrupted(), TurnComplete())
        await trio.sleep(60)
        assert [] == said(r.server.links[0])
        oddities = [event.what for event in r.agent.export_events() if isinstance(event, m.Oddity)]
        await r.agent.say("Go on.")
        await trio.sleep(1)
        assert [([f"{NOTE}\nGo on."], True)] == said(r.server.links[0])
    assert [f"{LIVE_31} can be told what was heard of a reply only together with typed text."] == oddities


async def test_unasked_nothing_is_told(talk, autojump_clock):
    """Neither alone nor beside typed text."""
    async with talk(LIVE_38, tell_model_what_was_heard=False) as r:
        await trio.sleep(0.45)
        await r.agent.say("Wait.")
        await trio.sleep(60)
        assert [(["Wait."], True)] == said(r.server.links[0])


async def test_what_was_heard_to_its_end_is_not_told(talk, autojump_clock):
    """The server interrupts when everything has been heard: nothing was cut."""
    async with talk(LIVE_38) as r:
        await r.server.links[0].say(TurnComplete())
        await trio.sleep(5)
        await r.server.links[0].say(Interrupted())
        await r.agent.say("Thanks.")
        await trio.sleep(60)
        assert [(["Thanks."], True)] == said(r.server.links[0])


async def test_an_answer_that_has_begun_is_not_stopped(talk, autojump_clock):
    """A server that answers in the very moment of the interruption finishes, and is told then."""
    async with talk(LIVE_38) as r:
        await trio.sleep(0.45)
        link = r.server.links[0]
        await link.say(Interrupted(), TurnComplete())
        await count(link)
        await trio.sleep(0.9)
        assert [] == said(link)
        await link.say(TurnComplete())
        await trio.sleep(0.5)
        assert [([NOTE], False)] == said(link)


@pytest.mark.parametrize("typed", [True, False])
async def test_a_reply_that_is_cut_without_a_link_is_told_to_the_next(talk, typed, autojump_clock):
    """To the same session, once, before or beside what was typed."""
    async with talk(LIVE_38) as r:
        await trio.sleep(0.4)
        r.server.links[0].end()
        await trio.sleep(0.05)
        await (r.agent.say("Wait.") if typed else r.agent.interrupt())
        await trio.sleep(5)
        assert [] == said(r.server.links[0])
        texts, asked = zip(*said(r.server.links[1]), strict=True)
        assert [NOTE, *(["Wait."] if typed else [])] == [text for one in texts for text in one]
        assert [typed] == [asks for one, asks in zip(texts, asked, strict=True) if one][-1:]


def test_a_quotation_is_short_and_is_data():
    """The end of it, in whole words, quoted; nothing heard is said so."""
    assert "(I interrupted you before I heard a word of your last reply.)" == quoted(" \n")
    assert r'"She said \"no\"."' in quoted('She said "no".')
    long = quoted(" ".join(f"w{number}" for number in range(500)))
    assert long.endswith('w498 w499")')
    assert len(long) < LONGEST + 60
    assert '"… w' in long


@pytest.fixture
def retelling():
    """By itself, with room for what it tells."""
    facts, told = open_lane[m.Event]("facts", 16)
    yield Retelling(Replies(3.0), capabilities(LIVE_38), facts)
    told.close()


async def cut(retelling):
    """A reply that was cut before a word of it was heard."""
    reply, _ = retelling.replies.current()
    await reply.say(bytes(1_000 * 48))
    reply.add_words("one two three")
    retelling.replies.interrupt("by the user")
    reply.turn.heard_ms = 0.0
    reply.turn.ended.set()
    retelling.cut(reply.turn)


async def test_what_a_broken_link_did_not_take_is_told_to_the_next(retelling, autojump_clock):
    """Before what was cut after it; and then not again."""
    told: list[str] = []

    async def broken(frame):
        await trio.lowlevel.checkpoint()
        raise LinkLost("reset", code=1006)

    async def whole(frame):
        await trio.lowlevel.checkpoint()
        told.append(frame)

    await cut(retelling)
    with pytest.raises(LinkLost):
        await retelling.tell(broken)
    for seconds in (1, 2):
        with trio.move_on_after(seconds):
            await retelling.tell(whole)
    assert 1 == len(told)
    assert "before I heard a word" in told[0]


async def test_typed_words_take_it_along_until_they_are_out(retelling, autojump_clock):
    """Once more on the next link; after that, and in a new session, they go alone."""
    await cut(retelling)
    first = await retelling.typed("Go on.")
    assert "before I heard a word" in first
    assert first == await retelling.typed("Go on.")
    await retelling.sent()
    alone = await retelling.typed("Go on.")
    assert "before I heard a word" not in alone
    await cut(retelling)
    await retelling.typed("Go on.")
    await cut(retelling)
    retelling.forget()
    assert alone == await retelling.typed("Go on.")


class Listening:
    """A mind that counts, and remembers what it knew of the conversation each time."""

    def __init__(self):
        self.knew = []

    async def respond(self, dialogue):
        self.knew.append([entry.text for entry in dialogue.entries if isinstance(entry, UserTurn)])
        await trio.lowlevel.checkpoint()
        yield Say(" ".join(WORDS))


@pytest.mark.parametrize("model", OPEN)
async def test_the_offline_mind_knows_it_before_the_users_next_words(model, autojump_clock):
    """Interrupted by voice, it knows how far it was heard when it answers what the user said; and it does answer."""
    mind, microphone = Listening(), MemoryMicrophone()
    async with open_offline_server(mind=mind) as server:
        config = AgentConfig(
            model=model,
            connection=server.connection,
            microphone=microphone,
            speaker=MemorySpeaker(),
            tell_model_what_was_heard=True,
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            await agent.say("Count, please.")
            await trio.sleep(1.6)
            microphone.feed(utter("stop there now please"))
            await trio.sleep(10)
            heard = next(event for event in agent.export_events() if isinstance(event, m.HeardTold))
        complaints = dict(server.complaints)
    print(mind.knew)
    assert 0 < len(heard.text.split()) < 10
    assert [["Count, please."], ["Count, please.", quoted(heard.text), "stop there now please"]] == mind.knew
    assert {} == complaints
    assert capabilities(model).client_content == "any"
