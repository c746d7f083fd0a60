"""The whole agent against a server in memory, in virtual time."""

from __future__ import annotations

import json
import math
import stat

import attrs
import pytest
import trio
import trio.testing

from voice_actors import Transcript
from voice_actors import messages as m
from voice_actors.agent import run_voice_agent
from voice_actors.cli.captions import Captions
from voice_actors.config import AgentConfig, Connection
from voice_actors.errors import AgentFailed, ConfigError, LinkGivenUp, LinkLost, Refused
from voice_actors.gemini import events as wire
from voice_actors.gemini.link import classify_close, classify_http
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, ScriptedLink, ScriptedServer

MS = 48  # bytes of 24 kHz audio in a millisecond


async def accepts(link: ScriptedLink) -> None:
    await link.accept_setup("s1")
    while True:
        await link.hear()


def kinds(events: list[m.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_a_reply_is_played_to_its_last_sample_although_turn_complete_came_at_once(rig, autojump_clock):
    """5 s of audio in a burst, turnComplete in the next message: all of it is heard (LlamaIndex: 2-10 %)."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(5_000)
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]

    assert 5_000 * MS == len(r.speaker.pcm())
    assert [(5_000.0, 0.0, False)] == [(e.heard_ms, e.dropped_ms, e.interrupted) for e in ended]
    print(f"played {len(r.speaker.pcm()) / MS:.0f} of 5000 ms")


async def test_interrupted_is_acted_on_at_the_message(rig, autojump_clock):
    """10 s in a burst, `interrupted` after 1 s of it was played: nothing is heard after the message."""
    at: list[float] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(10_000)
        await trio.sleep(1)
        at.append(trio.current_time())
        await link.say(wire.Interrupted())
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)][0]

    assert [] == [played for when, played in r.speaker.played if when >= at[0] + 1e-9]
    assert ended.interrupted
    assert len(r.speaker.pcm()) / MS == ended.heard_ms
    assert 10_000 == ended.heard_ms + ended.dropped_ms


async def test_a_late_interruption_cuts_a_reply_that_the_server_has_completed(rig, autojump_clock):
    """TurnComplete first, interrupted after: what still plays is cut, and the next reply is heard whole."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(3_000)
        await link.say(wire.TurnComplete())
        await trio.sleep(1)
        await link.say(wire.Interrupted())
        await link.speak(500, sample=b"\x01\x20")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        ended = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]

    assert [True, False] == [e.interrupted for e in ended]
    assert 500.0 == ended[1].heard_ms
    assert r.speaker.pcm().endswith(b"\x01\x20" * (500 * 24))


async def test_audio_after_an_interruption_is_stale_until_turn_complete(rig, autojump_clock):
    """Late chunks of the cut reply are dropped and counted; the next turn's are not."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(1_000)
        await trio.sleep(0.2)
        await link.say(wire.Interrupted())
        await link.speak(400, sample=b"\x02\x02")
        await link.say(wire.TurnComplete())
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()
        assert 400 * MS == r.agent.statistics().stale_bytes

    assert b"\x02\x02" not in r.speaker.pcm()
    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_a_missing_turn_complete_does_not_deafen(rig, autojump_clock):
    """`interrupted` without turnComplete: after 3 s what arrives is a new reply."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(1_000)
        await trio.sleep(0.2)
        await link.say(wire.Interrupted())
        await trio.sleep(3.01)
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle(quiet=5)

    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_the_program_interrupts(rig, autojump_clock):
    """`agent.interrupt()` silences at once, tells the model, and what the model still sends is not heard."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.speak(10_000)
        stop = await link.hear_until(wire.ClientContent)
        assert (False, ()) == (stop.turn_complete, tuple(stop.turns))
        await link.speak(1_000, sample=b"\x02\x02")
        await link.say(wire.Interrupted())
        await link.say(wire.TurnComplete())
        await link.speak(100, sample=b"\x03\x03")
        await link.say(wire.TurnComplete())

    async with rig(script, model="gemini-2.5-flash-native-audio-preview-12-2025") as r:
        await trio.sleep(1)
        await r.agent.interrupt()
        await r.agent.wait_idle()
        interrupted = [e for e in r.agent.export_events() if isinstance(e, m.TurnInterrupted)]

    assert [(1, "program")] == [(e.turn, e.by) for e in interrupted]
    assert b"\x02\x02" not in r.speaker.pcm()
    assert 100 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_the_program_can_show_how_loud_the_agent_is(rig, autojump_clock):
    """A level while it speaks, silence before and after."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep(0.1)
        await link.speak(500, sample=b"\x00\x40")
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        levels = [r.agent.speaker_level.peak_dbfs]
        await trio.sleep(0.4)
        levels.append(r.agent.speaker_level.peak_dbfs)
        await r.agent.wait_idle()
        levels.append(r.agent.speaker_level.peak_dbfs)

    assert [-math.inf, pytest.approx(-6.02, abs=0.01), -math.inf] == levels


async def test_events_transcript_file_and_captions_agree_on_the_words_that_were_heard(rig, autojump_clock, tmp_path):
    """Eight words of half a second each, in a burst, silenced after 2.2 s; the transcript's end trails behind."""
    words = ["It", " is", " seven", " degrees", " in", " Oslo", " this", " morning."]

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for word in words:
            await link.say(wire.OutputTranscription(word))
            await link.speak(500)
        await trio.sleep(2.2)
        await link.say(wire.Interrupted())
        await trio.sleep(0.1)
        await link.say(wire.OutputTranscription(" And sunny."))
        await link.say(wire.TurnComplete())

    captions, path = Captions(), tmp_path / "t.jsonl"
    async with rig(script, transcript=path) as r:
        await r.agent.wait_idle()
        lines = [line for e in r.agent.export_events() for line in captions.feed(e)]
        [ended] = [e for e in r.agent.export_events() if isinstance(e, m.TurnEnded)]
        [message] = r.agent.export_messages()

    assert ("It is seven degrees", " in Oslo this morning.") == (ended.heard_text, ended.unheard_text)
    assert ("It is seven degrees", "in Oslo this morning. And sunny.") == (message.heard_text, message.unheard_text)
    loaded = Transcript.load(path)
    assert [message] == [attrs.evolve(one, at=message.at) for one in loaded.export_messages()]
    [again] = [e for e in loaded.events if isinstance(e, m.TurnEnded)]
    assert ended == attrs.evolve(again, at=ended.at)
    [line] = [line for line in lines if line.startswith("agent:")]
    assert line.startswith("agent: It is seven degrees -- [interrupted after 2.2 s")


async def test_what_the_user_types_interrupts(rig, autojump_clock):
    """Silence begins when the text is handed over, not when the server has said so; its answer is heard whole, also
    where the server confirms, and where nothing of the old reply was left to send.
    """
    typed: list[float] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        for confirmed in (True, False):
            await link.speak(10_000)
            if not confirmed:
                await link.say(wire.TurnComplete())
            await link.hear_until(wire.ClientContent)
            await trio.sleep(0.2)
            if confirmed:
                await link.speak(1_000, sample=b"\x02\x02")
                await link.say(wire.Interrupted())
                await link.say(wire.TurnComplete())
            await link.speak(100, sample=b"\x03\x03")
            await link.say(wire.TurnComplete())
            await trio.sleep(0.5)

    async with rig(script, model="gemini-2.5-flash-native-audio-preview-12-2025") as r:
        for _ in range(2):
            await trio.sleep(0.35)
            typed.append(trio.current_time())
            await r.agent.say("Something else.")
            await trio.sleep(0.6)
        await r.agent.wait_idle()
        interrupted = [e for e in r.agent.export_events() if isinstance(e, m.TurnInterrupted)]

    assert [(1, "user"), (3, "user")] == [(e.turn, e.by) for e in interrupted]
    for at in typed:
        assert [] == [played for when, played in r.speaker.played if at <= when < at + 0.19]
    assert b"\x02\x02" not in r.speaker.pcm()
    assert 200 * 24 == r.speaker.pcm().count(b"\x03\x03")


async def test_the_microphone_reaches_the_model(rig, autojump_clock):
    """Every sample, in order, in chunks of the chosen length; its end is told to the server and to the program."""
    voice = bytes(range(250)) * 128  # 1 s at 16 kHz
    heard = bytearray()

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        while not isinstance(event := await link.hear(), wire.AudioStreamEnd):
            assert isinstance(event, wire.AudioIn)
            assert 640 == len(event.pcm)
            heard.extend(event.pcm)

    async with rig(script, microphone=MemoryMicrophone(voice)) as r:
        async for event in r.agent.events():
            if isinstance(event, m.MicrophoneEnded):
                break

    assert voice == bytes(heard)


async def test_muting(rig, autojump_clock):
    """Muted, nothing is sent and the server is told to finish; unmuted, the voice goes on."""
    microphone = MemoryMicrophone(b"\x01\x00" * 16_000 * 3, paced=True)

    async with rig(accepts, microphone=microphone) as r:
        await trio.sleep(1)
        await r.agent.mute()
        await trio.sleep(1)
        during = len(r.server.links[0].heard)
        assert isinstance(r.server.links[0].heard[-1], wire.AudioStreamEnd)
        await r.agent.unmute()
        await trio.sleep(0.5)
        assert during + 20 < len(r.server.links[0].heard)
        await trio.sleep(2)
        await r.agent.mute()  # its source has ended
        assert r.agent.muted


async def test_typed_text_goes_the_way_that_the_model_takes(rig, autojump_clock):
    """RealtimeInput for 3.1, clientContent for others; and the program sees what was sent."""
    for model, kind in (
        ("gemini-3.1-flash-live-preview", wire.TextIn),
        ("gemini-2.5-flash-native-audio-preview-12-2025", wire.ClientContent),
    ):
        async with rig(accepts, model=model) as r:
            await r.agent.say("hello there")
            await trio.sleep(0.1)
            assert 1 == sum(isinstance(event, kind) for event in r.server.links[0].heard)
            assert ["hello there"] == [e.text for e in r.agent.export_events() if isinstance(e, m.TextSent)]


async def test_a_tool_is_called_and_answered(rig, autojump_clock):
    """The call's arguments reach the function and its result reaches the model, while the microphone goes on."""
    answers: list[wire.FunctionResponse] = []

    async def weather(city: str) -> dict[str, str]:
        """Current weather in a city."""
        await trio.sleep(2)
        return {"sky": f"clear over {city}"}

    async def script(link: ScriptedLink) -> None:
        setup = await link.accept_setup()
        declared = setup.body["tools"][-1]["functionDeclarations"]
        assert ["weather"] == [function["name"] for function in declared]
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "weather", {"city": "Oslo"}),)))
        answers.extend((await link.hear_answer()).responses)

    async with rig(script, tools=[weather], microphone=MemoryMicrophone(b"\0\0" * 16_000 * 4)) as r:
        await trio.sleep(3)
        heard = r.server.links[0].heard
        audio_before_answer = sum(isinstance(event, wire.AudioIn) for event in heard)

    assert [("c1", "weather", {"sky": "clear over Oslo"})] == [(a.id, a.name, dict(a.response)) for a in answers]
    assert 99 <= audio_before_answer
    print(f"{audio_before_answer} chunks of 20 ms passed while the tool worked for 2 s")


async def test_an_unknown_tool_is_answered_with_an_error(rig, autojump_clock):
    """Nothing dies: the model is told, and the conversation goes on."""
    answers: list[wire.FunctionResponse] = []

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "nonsense", {}),)))
        answers.extend((await link.hear_answer()).responses)
        await link.speak(100)
        await link.say(wire.TurnComplete())

    async with rig(script) as r:
        await r.agent.wait_idle()

    assert "error" in answers[0].response
    assert 100 * MS == len(r.speaker.pcm())


async def test_a_call_sent_twice_is_executed_and_answered_once(rig, autojump_clock):
    """Mirrored in modelTurn, or sent again after its answer: one execution, one answer, and no lasting business."""
    ran: list[int] = []

    def count() -> int:
        """Count."""
        ran.append(1)
        return len(ran)

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        call = wire.ToolCall((wire.FunctionCall("c1", "count", {}),))
        await link.say(call)
        await link.say(call)
        await link.hear_answer()
        await link.say(call)
        while True:
            await link.hear()

    async with rig(script, tools=[count]) as r:
        with trio.fail_after(100):
            await r.agent.wait_idle()
        answers = [e for e in r.server.links[0].heard if isinstance(e, wire.ToolResponse)]

    assert [1] == ran
    assert 1 == len(answers)


async def test_a_withdrawn_call_is_stopped_and_not_answered(rig, autojump_clock):
    """ToolCallCancellation cancels the tool's own scope; the server never sees that id again."""
    stopped: list[float] = []

    async def slow() -> str:
        """Take long."""
        try:
            await trio.sleep(60)
        finally:
            stopped.append(trio.current_time())
        return "never"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
        await trio.sleep(1)
        await link.say(wire.ToolCallCancellation(("c1",)))
        while True:
            await link.hear()

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(100)
        heard = r.server.links[0].heard

    assert [1.0] == [round(at, 3) for at in stopped]
    assert [] == [event for event in heard if isinstance(event, wire.ToolResponse)]


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


async def test_a_tool_result_outlives_its_link(rig, autojump_clock):
    """The link is lost while the tool works: a session that knows the call gets the answer, once."""
    answers: list[str | None] = []

    async def slow() -> str:
        """Take five seconds."""
        await trio.sleep(5)
        return "done"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await trio.sleep(2)
            link.end()
        while True:
            answers.extend(a.id for a in (await link.hear_answer()).responses)

    async with rig(script, tools=[slow]):
        await trio.sleep(30)

    assert ["c1"] == answers


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_result_whose_session_is_gone_is_told_in_words(rig, autojump_clock, forgotten):
    """The handle is older than the call, or no longer good: an answer would meet a session that never saw the id."""

    async def slow() -> str:
        """Take five seconds."""
        await trio.sleep(5)
        return "done"

    async def script(link: ScriptedLink) -> None:
        if forgotten and link.number == 1:
            await link.hear()
            link.end(lambda: classify_close(1008, "BidiGenerateContent session not found"))
            return
        await link.accept_setup()
        if link.number == 0:
            await link.say(wire.SessionResumptionUpdate("h1", resumable=True))
            await link.say(wire.ToolCall((wire.FunctionCall("c1", "slow", {}),)))
            if forgotten:
                await link.say(wire.SessionResumptionUpdate("h2", resumable=True))
            await trio.sleep(2)
            link.end()
        while True:
            await link.hear()

    async with rig(script, tools=[slow]) as r:
        await trio.sleep(30)
        heard = [event for link in r.server.links for event in link.heard]
        facts = kinds(r.agent.export_events())

    [told] = [event for event in heard if isinstance(event, wire.ClientContent)]
    assert "done" in told.turns[0]["parts"][0]["text"]
    assert [] == [event for event in heard if isinstance(event, wire.ToolResponse)]
    assert 1 == facts.count("ToolToldInWords")


async def test_no_answer_to_the_setup_is_a_typed_error_within_its_deadline(autojump_clock):
    """A server that accepts and says nothing (google-genai hangs)."""

    async def silent(link: ScriptedLink) -> None:
        await trio.sleep_forever()

    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with pytest.raises(LinkLost, match="did not answer the setup within 10 s"):
        async with _open(config, silent):
            raise AssertionError("never ready")
    assert 10.0 == trio.current_time()


def _open(config: AgentConfig, script):
    from voice_actors.agent import open_voice_agent

    return open_voice_agent(config, dial=ScriptedServer(script).dial)


async def test_a_refusal_at_the_start_is_told_as_it_is(autojump_clock):
    """A wrong model or setting: `Refused`, bare, with the server's reason."""

    async def refuses(link: ScriptedLink) -> None:
        await link.hear()
        link.end(
            lambda: Refused(
                "1007 Request contains an invalid argument.", code=1007, reason="Request contains an invalid argument."
            )
        )

    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with pytest.raises(Refused, match="invalid argument") as caught:
        async with _open(config, refuses):
            raise AssertionError("never ready")
    assert 1007 == caught.value.code


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


async def test_the_transcript_has_every_line_and_the_last_says_why(rig, autojump_clock, tmp_path):
    """One file, numbered without gaps, private, ending in `Ended`; what is said on the way down is in it."""
    path = tmp_path / "t.jsonl"

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup("s1")
        await link.say(wire.InputTranscription("hello"))
        await link.say(
            wire.OutputTranscription("Hi."),
        )
        await link.speak(60_000)

    async with rig(script, transcript=path) as r:
        await trio.sleep(1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert list(range(len(lines))) == [line["seq"] for line in lines]
    assert "Ended" == lines[-1]["event"]
    assert "closed" == lines[-1]["reason"]
    (ended,) = [line for line in lines if line["event"] == "TurnEnded"]
    assert 60_000 == ended["heard_ms"] + ended["dropped_ms"]
    assert len(r.speaker.pcm()) / MS == ended["heard_ms"]
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


async def test_a_transcript_that_cannot_be_written_is_said_at_once(tmp_path):
    """A bad path is a setting that cannot work, before anything is connected."""
    config = AgentConfig(
        connection=Connection(api_key="k"),
        microphone=MemoryMicrophone(),
        speaker=MemorySpeaker(),
        transcript=tmp_path / "no" / "t",
    )
    with pytest.raises(ConfigError, match="cannot write the transcript"):
        async with _open(config, accepts):
            raise AssertionError("never ready")


async def test_nursery_start_returns_the_agent(autojump_clock):
    """`await nursery.start(run_voice_agent, config)` is the other way in."""
    server = ScriptedServer(accepts)
    config = AgentConfig(connection=Connection(api_key="k"), microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    async with trio.open_nursery() as nursery:
        agent = await nursery.start(
            lambda *, task_status: run_voice_agent(config, dial=server.dial, task_status=task_status)
        )
        await agent.say("hi")
        await trio.sleep(0.1)
        assert any(isinstance(event, wire.ClientContent) for event in server.links[0].heard)
        nursery.cancel_scope.cancel()
    await agent.wait_ended()


async def test_events_audio_only_for_those_who_ask(rig, autojump_clock):
    """Sent, received and heard audio for one subscriber, none for the other, and none kept in memory."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep(0.1)
        await link.speak(200)
        await link.say(wire.TurnComplete())
        while True:
            await link.hear()

    async with rig(script, microphone=MemoryMicrophone(b"\x01\x01" * 16_000)) as r:
        plain, loud = r.agent.events(), r.agent.events(audio=True)
        await r.agent.wait_idle()
        kept = kinds(r.agent.export_events())
    with loud:
        heard = [event async for event in loud]
    seen = kinds([event async for event in plain])

    assert not {"AudioSent", "AudioReceived", "AudioHeard"} & set(seen + kept)
    assert 200 * MS == sum(len(e.pcm) for e in heard if isinstance(e, m.AudioReceived))
    assert 200 * MS == sum(len(e.pcm) for e in heard if isinstance(e, m.AudioHeard))
    assert 0 < sum(isinstance(e, m.AudioSent) for e in heard)
    assert "Ended" == seen[-1]


async def test_a_user_s_exception_leaves_bare_and_a_timeout_passes(rig, autojump_clock):
    """ValueError is ValueError; `move_on_after` around the block works."""
    with pytest.raises(ValueError, match="mine"):
        async with rig(accepts):
            raise ValueError("mine")
    with trio.move_on_after(5) as scope:
        async with rig(accepts):
            await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_every_turn_is_timed_from_the_users_last_sound_to_the_replys_first(rig, autojump_clock, tmp_path):
    """A spoken question, one in writing that is cut, in events, percentiles and the transcript alike."""

    async def script(link: ScriptedLink) -> None:
        await link.accept_setup()
        await trio.sleep_until(began + 1.5)
        await link.say(wire.VoiceActivity("ACTIVITY_END"))
        await trio.sleep(0.25)
        await link.speak(500)
        await link.say(wire.TurnComplete())
        await link.hear_until((wire.TextIn, wire.ClientContent))
        await trio.sleep(0.3)
        await link.speak(5_000)
        await trio.sleep(1)
        await link.say(wire.Interrupted(), wire.TurnComplete())

    began, path = trio.current_time(), tmp_path / "t.jsonl"
    question = bytes(16_000) + b"\x00\x10\x00\xf0" * 4_000 + bytes(64_000)  # loud from 0.5 s to 1 s
    async with rig(script, microphone=MemoryMicrophone(question), transcript=path) as r:
        await r.agent.wait_idle(quiet=3)
        await r.agent.say("And now?")
        await r.agent.wait_idle()
        spoken, typed = [e for e in r.agent.export_events() if isinstance(e, m.TurnLatency)]
        figures = r.agent.latency()

    print(spoken, typed, figures, sep="\n")
    assert ("voice", None) == (spoken.by, spoken.silence_ms)
    assert pytest.approx(500, abs=25) == spoken.end_of_speech_ms
    assert pytest.approx(250, abs=1) == spoken.first_byte_ms
    assert 0 <= spoken.playout_ms <= 10
    assert ("text", None) == (typed.by, typed.end_of_speech_ms)
    assert pytest.approx(300, abs=1) == typed.first_byte_ms
    assert 0 <= typed.silence_ms <= 10
    assert (2, max(spoken.response_ms, typed.response_ms)) >= (
        figures["response_ms"].count,
        figures["response_ms"].p95,
    )
    assert [spoken, typed] == [
        attrs.evolve(e, tool_ms=tuple(e.tool_ms), at=pytest.approx(e.at, abs=1e-5))
        for e in Transcript.load(path).events
        if isinstance(e, m.TurnLatency)
    ]
