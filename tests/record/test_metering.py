"""What a call spends, added up from the service's reports."""

from __future__ import annotations

import pytest
import trio
from google.genai import types

from voice_actors import messages as m
from voice_actors.gemini import events as wire
from voice_actors.record.metering import Meter, Usage, usage_of
from voice_actors.record.prices import ModelPrices, Prices


def details(**counts):
    return [{"modality": modality, "tokenCount": count} for modality, count in counts.items()]


def report(prompt, said, **more):
    body = {
        "promptTokenCount": sum(prompt.values()),
        "promptTokensDetails": details(**prompt),
        "responseTokenCount": sum(said.values()),
        "responseTokensDetails": details(**said),
    }
    return m.UsageReported(usage={**body, **more}, at=1.0)


def fed(*events, prices=None):
    meter = Meter(prices)
    return meter, [spent for event in events if (spent := meter.observe(event)) is not None]


def test_every_reply_pays_for_the_whole_conversation_again():
    """Reports are a turn's, not running totals: figures of a real three-turn session (pydantic-ai#7269) are added."""
    turns = [(143, 19), (181, 24), (224, 24)]
    events = []
    for turn, (prompt, said) in enumerate(turns, start=1):
        started = m.TurnStarted(turn=turn, at=0.0)
        events += [started, m.TurnGenerated(turn=turn, at=0.5), report({"TEXT": prompt}, {"AUDIO": said})]
    meter, spent = fed(*events)
    assert [1, 2, 3] == [event.turn for event in spent]
    assert [162, 367, 615] == [event.call_tokens for event in spent]
    assert {"TEXT": 548} == meter.usage.input
    assert {"AUDIO": 67} == meter.usage.output
    assert meter.usage == usage_of(spent)
    assert (548, 67, 615) == (meter.usage.input_tokens, meter.usage.output_tokens, meter.usage.tokens)


def test_all_that_is_counted_has_a_place():
    """Tokens outside the details (25 of 522, as on the real service), thoughts, what tools fetched, and the cache."""
    body = {
        "promptTokenCount": 522,
        "promptTokensDetails": details(TEXT=332, AUDIO=165),
        "responseTokenCount": 42,
        "responseTokensDetails": details(AUDIO=42),
        "thoughtsTokenCount": 136,
        "toolUsePromptTokenCount": 7,
        "toolUsePromptTokensDetails": details(TEXT=7),
        "cachedContentTokenCount": 100,
    }
    meter, (spent,) = fed(m.UsageReported(usage=body, at=1.0))
    assert ({"TEXT": 339, "AUDIO": 165, "OTHER": 25}, {"AUDIO": 42, "THOUGHT": 136}) == (spent.input, spent.output)
    assert (None, 100, 707, None) == (spent.turn, spent.cached, meter.usage.tokens, spent.cost)


def test_every_modality_of_the_official_client_is_kept_by_its_name():
    """The names that it knows; what it calls unspecified is OTHER."""
    names = [modality.value for modality in types.MediaModality]
    _, (spent,) = fed(report(dict.fromkeys(names, 1), {"AUDIO": 1}))
    print(sorted(names))
    assert {"OTHER" if name.endswith("UNSPECIFIED") else name for name in names} == set(spent.input)


def test_two_reports_of_one_generation_are_counted_once():
    """Some models count within a reply, and once more at its end; after a tool's answer the model is prompted anew."""
    early, late = report({"AUDIO": 50}, {"AUDIO": 10}), report({"AUDIO": 50}, {"AUDIO": 30})
    meter, spent = fed(m.TurnStarted(turn=1, at=0.0), early, early, late)
    assert [({"AUDIO": 50}, {"AUDIO": 10}), ({}, {"AUDIO": 20})] == [(event.input, event.output) for event in spent]
    assert 80 == meter.usage.tokens
    answered = m.ToolAnswered(id="1", name="f", response={}, outcome="ok", took_ms=1.0, at=1.0)
    for between in (m.TurnStarted(turn=2, at=0.0), answered, m.Connected(model="m", at=0.0)):
        meter.observe(between)
        assert 80 == sum(meter.observe(late).input.values()) + 30
    assert 80 * 4 == meter.usage.tokens


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"promptTokenCount": -5, "responseTokenCount": True, "thoughtsTokenCount": None},
        {"promptTokensDetails": "none", "responseTokensDetails": [1, None, {}, {"modality": 3, "tokenCount": "x"}]},
    ],
)
def test_what_a_server_may_say_besides_is_nothing(body):
    """No count is negative, and no report an error."""
    assert [] == fed(m.UsageReported(usage=body, at=1.0))[1]


def test_a_price_table_tells_the_cost():
    """By modality, for the turn and the call."""
    prices = ModelPrices(input={"text": 1.0, "audio": 4.0}, output={"audio": 10.0, "text": 2.0})
    first = report({"TEXT": 1_000, "AUDIO": 500}, {"AUDIO": 100}, thoughtsTokenCount=50)
    meter, spent = fed(m.TurnStarted(turn=1, at=0.0), first, m.TurnStarted(turn=2, at=2.0), first, prices=prices)
    one = (1_000 * 1 + 500 * 4 + 100 * 10 + 50 * 2) / 1_000_000
    assert [pytest.approx(one)] * 2 == [event.cost for event in spent]
    assert [pytest.approx(one), pytest.approx(2 * one)] == [event.call_cost for event in spent]
    assert pytest.approx(2 * one) == meter.usage.cost
    assert Usage() == Meter(prices).usage


async def test_a_call_knows_what_it_spent_over_all_of_its_links(rig, autojump_clock):
    """Events, `agent.usage` and the transcript agree, and a lost link forgets nothing."""
    counts = wire.Usage(report({"TEXT": 100}, {"AUDIO": 10}).usage)

    async def answers(link):
        setup = await link.accept_setup()
        await link.say(wire.SessionResumptionUpdate("h", resumable=True))
        await link.speak(200)
        await link.say(wire.TurnComplete(), counts)
        await trio.sleep(5)
        if not setup.body["sessionResumption"]:
            link.end()
        await trio.sleep_forever()

    table = ModelPrices(input={"TEXT": 1.0}, output={"AUDIO": 2.0})
    async with rig(answers, prices=Prices({"gemini-3.8-live": table})) as r:
        await trio.sleep(30)
        usage = r.agent.usage
        events = [event for event in r.agent.export_events() if isinstance(event, m.TurnUsage)]
    assert 2 == len(r.server.links)
    assert 220 == usage.tokens
    assert pytest.approx(220e-6 + 20e-6) == usage.cost
    assert [(1, 110), (2, 220)] == [(event.turn, event.call_tokens) for event in events]
