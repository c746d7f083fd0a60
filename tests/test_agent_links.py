"""A lost link in the whole agent: replaced, resumed, begun anew with what was said, or given up."""

from __future__ import annotations

import pytest
import trio

from tests.facts import MS, kinds
from voice_actors import messages as m
from voice_actors.errors import AgentFailed, LinkGivenUp, LinkLost, Refused
from voice_actors.gemini import events as wire
from voice_actors.gemini.link import classify_close, classify_http
from voice_actors.testing import ScriptedLink


async def test_a_lost_link_is_replaced_and_the_session_resumed(rig, autojump_clock):
    """The newest resumable handle is used; what was received is played out; events tell."""

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await link.say(wire.SessionResumptionUpdate(None, resumable=False))
            await trio.sleep(10)
            await link.speak(1_000)
            link.end()
        else:
            assert {"handle": "h1"} == setup.body["sessionResumption"]
            await link.speak(500)
            await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await trio.sleep(11)
        await r.agent.wait_idle()
        seen = kinds(r.agent.export_events())
        assert 1 == r.agent.statistics().reconnects

    assert 1_500 * MS == len(r.speaker.pcm())
    assert ["Connected", "Disconnected", "Connected"] == [
        kind for kind in seen if kind in {"Connected", "Disconnected"}
    ]


async def test_go_away_is_left_at_a_quiet_moment(rig, autojump_clock):
    """The reply that is playing ends first; then the link is replaced, before the server's deadline."""
    left: list[float] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await link.speak(4_000)
            await link.say(wire.GoAway(50.0))
            await link.say(wire.TurnComplete())
            try:
                while True:
                    await link.hear()
            finally:
                left.append(trio.current_time())

    async with rig(script) as r:
        await trio.sleep(20)
        assert 2 == len(r.server.links)

    assert 4_000 * MS == len(r.speaker.pcm())
    assert 4.0 <= left[0] <= 6.0


async def test_go_away_is_obeyed_by_its_own_timer(rig, autojump_clock):
    """A reply that does not end, and a server that says nothing more: we leave before the deadline all the same."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if link.number == 0:
            await link.speak(100_000)
            await link.say(wire.GoAway(50.0))
            await trio.sleep_forever()

    async with rig(script) as r:
        await trio.sleep(44)
        assert 1 == len(r.server.links)
        await trio.sleep(2)
        assert 2 == len(r.server.links)


async def test_a_server_that_never_comes_back_is_given_up(rig, autojump_clock):
    """After the budget of 60 s the conversation fails with the last cause; it does not try for ever."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 0:
            await link.accept_setup()
            await trio.sleep(10)
        link.end(lambda: LinkLost("connection reset", code=1006))

    with pytest.raises(AgentFailed, match="the session failed: gave up after 60 s") as caught:
        async with rig(script) as r:
            await trio.sleep_forever()

    assert isinstance(caught.value.__cause__, LinkGivenUp)
    assert 6 <= len(r.server.links) <= 60
    assert trio.current_time() <= 75


UNKNOWN = "BidiGenerateContent session not found"
INVALID = "Request contains an invalid argument."


@pytest.mark.parametrize(
    ("code", "reason", "told"), [(1008, UNKNOWN, "no longer knows this session"), (1007, INVALID, INVALID)]
)
async def test_a_refused_handle_begins_a_new_session(code, reason, told, rig, autojump_clock):
    """Faults, rows 3 and 8: one fresh attempt without the handle, and the program is told why."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 1:
            await link.hear()
            link.end(lambda: classify_close(code, reason))
            return
        setup = await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("old", resumable=True))
            await trio.sleep(10)
            link.end()
        else:
            assert {} == setup.body["sessionResumption"]

    async with rig(script) as r:
        await trio.sleep(30)
        connected = [e for e in r.agent.export_events() if isinstance(e, m.Connected)]
        oddities = [e.what for e in r.agent.export_events() if isinstance(e, m.Oddity)]

    assert [False, False] == [e.resumed for e in connected]
    assert any(told in what and "a new one begins" in what for what in oddities)


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-2.5-flash-native-audio-preview-12-2025"])
async def test_a_new_session_is_told_what_was_said(model, rig, autojump_clock):
    """Faults, row 8: the conversation so far, from the transcript, within the rules of the model; and an event says so."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 1:
            await link.hear()
            link.end(lambda: classify_close(1008, UNKNOWN))
            return
        setups.append((await link.accept_setup()).body)
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("old", resumable=True))
            await link.say(wire.InputTranscription("My name is Ada."))
            await link.say(wire.OutputTranscription("Hello Ada."))
            await link.speak(500)
            await link.say(wire.TurnComplete())
            await trio.sleep(10)
            link.end()
        told.append(await link.hear_until(wire.ClientContent))
        await link.speak(500)
        await link.say(wire.TurnComplete())

    setups: list[dict[str, object]] = []
    told: list[wire.ClientContent] = []
    async with rig(script, model=model) as r:
        await trio.sleep(30)
        connected = [e for e in r.agent.export_events() if isinstance(e, m.Connected)]
    assert [(False, False), (False, True)] == [(e.resumed, e.restored) for e in connected]
    said = [(turn["role"], turn["parts"][0]["text"]) for turn in told[0].turns]
    assert [("user", "My name is Ada."), ("model", "Hello Ada.")] == said[:2]
    if model == "gemini-3.8-live":
        assert {"initialHistoryInClientContent": True} == setups[1]["historyConfig"]
        assert (2, True) == (len(said), told[0].turn_complete)
    else:
        assert "historyConfig" not in setups[1]
        assert ("user", False) == (said[-1][0], told[0].turn_complete)


async def test_a_history_that_the_server_finds_invalid_is_not_told_again(rig, autojump_clock):
    """Faults, row 3: 1007 after the conversation so far was told begins a session without it, and no storm."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 1:
            await link.hear()
            link.end(lambda: classify_close(1008, UNKNOWN))
            return
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("old", resumable=True))
            await link.say(wire.InputTranscription("My name is Ada."))
            await trio.sleep(10)
            link.end()
        await link.hear_until(wire.ClientContent)
        link.end(lambda: classify_close(1007, INVALID))

    async with rig(script) as r:
        await trio.sleep(30)
        restored = [e.restored for e in r.agent.export_events() if isinstance(e, m.Connected)]
        assert 4 == len(r.server.links)
    assert [False, True, False] == restored


@pytest.mark.parametrize(
    ("refusal", "tries"),
    [
        (classify_close(1011, "You exceeded your current quota"), 1),
        (classify_close(1008, "API key not valid. Please pass a valid API key."), 2),
        (classify_http(401, ""), 2),
        (classify_close(1008, "models/x is not found for API version v1beta"), 1),
    ],
    ids=str,
)
async def test_a_refusal_at_a_resume_does_not_throw_the_session_away(refusal, tries, rig, autojump_clock):
    """Faults, row 33: a quota that is used up or a key that is bad ends the call with that error, untouched. The same
    authentication error twice stops; before, credentials are looked up anew.
    """

    async def script(link: ScriptedLink) -> None:
        if link.number == 0:
            await link.accept_setup()
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await trio.sleep(10)
            link.end()
            return
        handles.append((await link.hear_until(wire.Setup)).body["sessionResumption"])
        link.end(lambda: type(refusal)(str(refusal), code=refusal.code, reason=refusal.reason, kind=refusal.kind))

    handles: list[object] = []
    with pytest.raises(AgentFailed) as caught:
        async with rig(script) as r:
            await trio.sleep_forever()

    assert (Refused, refusal.kind) == (type(caught.value.__cause__), caught.value.__cause__.kind)
    assert [{"handle": "h1"}] * tries == handles
    events = r.agent.export_events()
    assert not [e for e in events if isinstance(e, m.Oddity)]
    assert [e.retry_in for e in events if isinstance(e, m.Disconnected)][-1] is None


async def test_nothing_dials_after_the_end(rig, autojump_clock):
    """Faults, row 14: a conversation that is left while it waits for its next try does not come back."""

    async def script(link: ScriptedLink) -> None:
        if link.number == 0:
            await link.accept_setup()
            await trio.sleep(10)
        link.end(lambda: LinkLost("connection reset", code=1006))

    async with rig(script) as r:
        await trio.sleep(30)
        during = len(r.server.links)
    await trio.sleep(1_000)
    assert 2 < during == len(r.server.links)


async def test_garbage_is_skipped_and_too_much_of_it_ends_the_call(rig, autojump_clock):
    """One bad message costs that message; five within ten seconds, the conversation, with a typed cause."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say_raw(b"\xff{")
        await link.speak(100)
        await link.say(wire.TurnComplete())
        await trio.sleep(20)
        for _ in range(5):
            await link.say_raw("[" * 50)

    with pytest.raises(AgentFailed) as caught:
        async with rig(script) as r:
            await trio.sleep(10)
            assert 100 * MS == len(r.speaker.pcm())
            await trio.sleep_forever()

    assert "RemoteProtocolError" == type(caught.value.__cause__).__name__
