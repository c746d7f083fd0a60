"""A call that may spend so much: it is warned, and ends politely."""

from __future__ import annotations

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.audio.pcm import ms_of
from voice_actors.config import AgentConfig
from voice_actors.conversation.farewell import PATIENCE, QUIET
from voice_actors.deadlines import Deadlines
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.record.budget import GOODBYE, Budget, Watch
from voice_actors.record.prices import ModelPrices, Prices
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server

PRICES = Prices({"gemini-3.8-live": ModelPrices(input={"TEXT": 1.0}, output={"TEXT": 1.0})}, "EUR")
REASON = "the budget of the call is spent"
LONG_MS = 12_000


def counted(tokens):
    return wire.Usage({"promptTokenCount": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]})


def usage(tokens, cost=None):
    return m.TurnUsage(turn=1, input={}, output={}, call_tokens=tokens, call_cost=cost, at=3.0)


def told(watch, *events):
    return [found for event in events if (found := watch.observe(event)) is not None]


def test_each_step_is_told_once():
    """A warning from four fifths on, the end at the limit or over it, and nothing after that."""
    watch = Watch.over(Budget(tokens=100), None)
    found = told(watch, usage(79), usage(80), usage(99), usage(100), usage(300))
    assert [
        m.BudgetWarning(spent=80, limit=100, unit="tokens", at=3.0),
        m.BudgetSpent(spent=100, limit=100, unit="tokens", at=3.0),
    ] == found
    assert watch.spent.is_set()
    assert [m.BudgetSpent(spent=500, limit=100, unit="tokens", at=3.0)] == told(Watch(Budget(tokens=100)), usage(500))
    assert [] == told(Watch(Budget(tokens=100, warn_at=1)), usage(99))
    assert [] == told(Watch(), usage(10**9))


def test_of_two_limits_the_nearer_counts():
    """Money is told in its currency."""
    watch = Watch.over(Budget(tokens=1_000, money=2.0), PRICES)
    assert [
        m.BudgetWarning(spent=1.9, limit=2.0, unit="EUR", at=3.0),
        m.BudgetSpent(spent=1_000, limit=1_000, unit="tokens", at=3.0),
    ] == told(watch, usage(500, 1.9), usage(1_000, 1.95))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "more than 0"),
        ({"tokens": 0}, "more than 0"),
        ({"money": -1.0}, "more than 0"),
        ({"money": float("nan")}, "more than 0"),
        ({"tokens": 5, "warn_at": 0}, "warn_at is 0"),
        ({"tokens": 5, "warn_at": 1.1}, "warn_at is 1.1"),
        ({"tokens": 5, "goodbye": " "}, "goodbye is empty"),
    ],
)
def test_what_bounds_nothing_is_refused(settings, said):
    """When it is made."""
    with pytest.raises(ConfigError, match=said):
        Budget(**settings)


async def test_money_without_prices_is_refused_before_anything_is_opened(rig):
    """And so is a model that the table does not have."""
    with pytest.raises(ConfigError, match="needs AgentConfig.prices"):
        async with rig(None, budget=Budget(money=1.0)):
            pytest.fail("it was opened")
    with pytest.raises(ConfigError, match="has no model gemini-3.8-live"):
        async with rig(None, prices=Prices({}), budget=Budget(tokens=1)):
            pytest.fail("it was opened")


def of(r, kind):
    return [event for event in r.agent.export_events() if isinstance(event, kind)]


async def test_a_spent_budget_ends_the_call_with_a_goodbye_and_cuts_nothing(rig, autojump_clock):
    """The reply goes on for ten seconds after its tokens were counted, and is heard; then the goodbye, and the end."""

    async def script(link):
        await link.accept_setup()
        await link.speak(LONG_MS)
        await trio.sleep(1)
        await link.say(wire.TurnComplete(), counted(900))
        asked = await link.hear_until(wire.ClientContent)
        assert GOODBYE == asked.turns[0]["parts"][0]["text"]
        asked_at.append(trio.current_time())
        await trio.sleep(1)
        await link.speak(2_000)
        await link.say(wire.TurnComplete(), counted(50))
        await link.hear_until(wire.Setup)

    asked_at = []
    async with rig(script, budget=Budget(tokens=900)) as r:
        await r.agent.wait_ended()
        ended_at = trio.current_time()
        first, goodbye = of(r, m.TurnEnded)
        assert [False, False] == [first.interrupted, goodbye.interrupted]
        assert (LONG_MS, 2_000) == (first.heard_ms, goodbye.heard_ms)
        assert LONG_MS + 2_000 == ms_of(r.speaker.pcm(), 24_000)
        assert [first.at] == [pytest.approx(at, abs=0.1) for at in asked_at]
        assert pytest.approx(goodbye.at + QUIET, abs=0.2) == ended_at
        assert [900] == [event.spent for event in of(r, m.BudgetSpent)]
        assert 950 == r.agent.usage.tokens
    print(f"counted at 1 s, asked for a goodbye at {asked_at[0]:.2f} s, over at {ended_at:.2f} s")
    assert [REASON] == [event.reason for event in of(r, m.Ended)]


async def test_a_model_that_says_no_goodbye_is_not_waited_for(rig, autojump_clock):
    """As long as for any reply."""

    async def script(link):
        await link.accept_setup()
        await link.say(wire.TurnComplete(), counted(900))
        await link.hear_until(wire.Setup)

    async with rig(script, budget=Budget(money=0.0001), prices=PRICES) as r:
        await r.agent.wait_ended()
        assert trio.current_time() < PATIENCE + 1
    assert ["EUR"] == [event.unit for event in of(r, m.BudgetSpent)]
    assert REASON == of(r, m.Ended)[0].reason


async def test_a_user_who_goes_on_talking_does_not_call_it_off(rig, autojump_clock):
    """What is spent is spent; the end comes within its deadline."""

    async def script(link):
        await link.accept_setup()
        await link.say(wire.TurnComplete(), counted(900))
        await link.hear_until(wire.ClientContent)
        while True:
            await link.speak(5_000)
            await trio.sleep(0.4)
            await link.say(wire.Interrupted(), wire.TurnComplete())

    async with rig(script, budget=Budget(tokens=1), deadlines=Deadlines(farewell=20)) as r:
        await r.agent.wait_ended()
        assert pytest.approx(20, abs=1) == trio.current_time()
    assert REASON == of(r, m.Ended)[0].reason


async def test_without_a_link_the_call_ends_within_its_deadline(rig, autojump_clock):
    """Nobody is there to say goodbye."""

    async def script(link):
        setup = await link.accept_setup() if not r_links else await trio.sleep_forever()
        r_links.append(setup)
        await link.say(wire.TurnComplete(), counted(900))
        link.end()

    r_links = []
    async with rig(script, budget=Budget(tokens=1), deadlines=Deadlines(farewell=5, setup=100)) as r:
        await r.agent.wait_ended()
        assert 5 <= trio.current_time() < 5 + PATIENCE + 1
    assert REASON == of(r, m.Ended)[0].reason


async def test_the_offline_server_counts_and_says_goodbye(autojump_clock):
    """A whole call: typed questions until the budget is spent, and the last words are a goodbye."""
    async with open_offline_server() as server:
        config = AgentConfig(
            connection=server.connection,
            microphone=MemoryMicrophone(),
            speaker=MemorySpeaker(),
            budget=Budget(tokens=300),
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            with trio.move_on_after(300):
                while not agent.ended.is_set():
                    await agent.say("What is six times seven?")
                    await agent.wait_idle()
            said = agent.export_messages()
            warned = [e for e in agent.export_events() if isinstance(e, m.BudgetWarning | m.BudgetSpent | m.Ended)]
    print(*[(event, getattr(event, "spent", "")) for event in warned], said[-1].text, sep="\n")
    assert REASON == warned[-1].reason
    assert isinstance(warned[-2], m.BudgetSpent)
    assert any(word in said[-1].text.lower() for word in ("bye", "see you"))
    assert not said[-1].interrupted
