"""`voice-actors talk`: when a call ends, what it prints, and one real one."""

from __future__ import annotations

import argparse
import io
import json
import os
import wave

import pytest
import trio

from voice_actors.audio.resample import Resampler
from voice_actors.cli.arguments import build_parser
from voice_actors.cli.captions import Screen
from voice_actors.cli.sound import Hurried, NoMicrophone, Sound
from voice_actors.cli.talk import PATIENCE, Call, _activity, _config, _connection, _sound, _system
from voice_actors.errors import ConfigError, DeviceError
from voice_actors.gemini.events import InputTranscription, OutputTranscription, TextIn, TurnComplete
from voice_actors.loudspeaker.filler import Filler
from voice_actors.testing import MemoryMicrophone

SECOND = bytes(32_000)


async def silent(link):
    await link.accept_setup()


async def polite(link):
    """Answers the first typed line and, without one, what it pretends to have heard after two seconds."""
    await link.accept_setup()
    with trio.move_on_after(2):
        await link.hear_until(TextIn)
    await link.say(InputTranscription("Hello?"))
    await link.say(OutputTranscription("Hello!"))
    await link.speak(1_000)
    await link.say(TurnComplete())


def call(agent, **options):
    stream = io.StringIO()
    return Call(agent, Screen(stream, live=False), **options), stream


async def test_a_file_that_is_answered_ends_the_call_when_the_reply_was_played(rig, autojump_clock):
    """The reply to the last words comes after the end of the file, and is heard to its end."""
    async with rig(polite, microphone=MemoryMicrophone(SECOND)) as r:
        running, stream = call(r.agent)
        assert await running.run()
        assert 1_000 == len(r.speaker.pcm()) / 48
        assert trio.current_time() < 6
    assert "you: Hello?\nagent: Hello!\n" == stream.getvalue()


async def test_a_file_that_is_never_answered_is_waited_for_and_then_told(rig, autojump_clock):
    """Ten seconds of patience, and the caller learns that nothing came."""
    async with rig(silent, microphone=MemoryMicrophone(SECOND)) as r:
        started = trio.current_time()
        running, _ = call(r.agent)
        assert not await running.run()
        assert pytest.approx(1 + PATIENCE, abs=0.5) == trio.current_time() - started


async def test_a_real_microphone_never_ends_a_call(rig, autojump_clock):
    """Only leaving does."""
    async with rig(polite) as r:
        running, _ = call(r.agent)
        with trio.move_on_after(3_600) as hour:
            await running.run()
    assert hour.cancelled_caught


async def test_json_is_the_transcript_s_lines(rig, autojump_clock):
    """One event a line, counted, without audio."""
    async with rig(polite, microphone=MemoryMicrophone(SECOND)) as r:
        running, stream = call(r.agent, as_json=True, wall_clock=lambda: 5.0)
        await running.run()
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert list(range(1, len(rows) + 1)) == [row["seq"] for row in rows]
    assert {"UserSaid", "AgentSaid", "TurnEnded", "MicrophoneEnded"} <= {row["event"] for row in rows}
    assert not {"AudioSent", "AudioReceived", "AudioHeard"} & {row["event"] for row in rows}
    assert {5.0} == {row["wall"] for row in rows}


async def test_json_begins_with_the_opening(rig, autojump_clock):
    """What happened before anybody could subscribe comes first, and once: the transcript has the same events."""
    async with rig(polite, microphone=MemoryMicrophone(SECOND)) as r:
        running, stream = call(r.agent, as_json=True, wall_clock=lambda: 5.0)
        await running.run()
        kept = [type(event).__name__ for event in r.agent.export_events()]
    printed = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert "Connected" == printed[0]
    assert kept[: len(printed)] == printed
    assert {"Connected": 1, "MicrophoneEnded": 1} == {n: printed.count(n) for n in ("Connected", "MicrophoneEnded")}


async def test_json_ends_with_the_end_of_a_conversation_that_ends_itself(rig, autojump_clock):
    """The line that says why is the last."""
    async with rig(silent) as r:
        running, stream = call(r.agent, as_json=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await trio.sleep(1)
            await r.agent.end_call()
    last = json.loads(stream.getvalue().splitlines()[-1])
    assert ("Ended", "the program ended the call") == (last["event"], last["reason"])


async def test_quit_leaves_at_once(rig):
    """Typed on a keyboard that stays open; the clock is the real one, because a thread reads."""
    reading, writing = os.pipe()
    os.write(writing, b"/nonsense\n/quit\n")
    try:
        async with rig(silent) as r:
            running, stream = call(r.agent, keyboard=reading)
            with trio.fail_after(20):
                assert await running.run()
        assert "no such command: /nonsense" in stream.getvalue()
    finally:
        os.close(reading)
        os.close(writing)


async def test_a_conversation_that_is_over_ends_the_call(rig, autojump_clock):
    """There is nothing left to talk to."""
    async with rig(silent) as r:
        running, _ = call(r.agent)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.run)
            await trio.sleep(1)
            r.agent.ended.set()
            with trio.fail_after(1):
                while nursery.child_tasks:
                    await trio.sleep(0.1)


async def test_a_hurried_file_loses_nothing(rig, autojump_clock):
    """Four times as fast as life is slow enough for every chunk to be sent."""
    async with rig(silent, microphone=Hurried(MemoryMicrophone(SECOND * 8, paced=False))) as r:
        with trio.move_on_after(2.5):
            await trio.sleep_forever()
        statistics = r.agent.statistics()
    assert 0 == statistics.lanes["microphone to session"].dropped
    assert 8 * 16_000 == statistics.microphone.frames


def arguments(**given):
    return argparse.Namespace(**{"mic": None, "speaker": None, "fast": False, "offline": False, **given})


@pytest.fixture
def sound(monkeypatch):
    """What the machine has, as a test wishes."""
    from voice_actors.cli import talk

    def there_is(microphone, loudspeaker):
        async def look():
            return Sound(microphone, loudspeaker, "" if microphone and loudspeaker else "PortAudio is missing")

        monkeypatch.setattr(talk, "look_for_sound", look)

    return there_is


async def test_no_microphone_is_one_line_with_three_ways_out(sound):
    """A file, the keyboard, or the demo."""
    sound(False, True)
    with pytest.raises(DeviceError, match=r"no microphone: PortAudio is missing; .*--mic FILE.wav.*--mic null.*demo"):
        await _sound(arguments())


async def test_no_loudspeaker_is_silence_not_failure(sound, capsys):
    """Captions are enough, and it says so."""
    sound(True, False)
    microphone, speaker = await _sound(arguments(mic="null"))
    assert isinstance(microphone, NoMicrophone)
    assert "NullSpeaker" == type(speaker).__name__
    assert "no loudspeaker here" in capsys.readouterr().err


async def test_devices_are_taken_where_there_are_some(sound):
    """Without a wish, the system's own."""
    sound(True, True)
    microphone, speaker = await _sound(arguments())
    assert ("DeviceMicrophone", "DeviceSpeaker") == (type(microphone).__name__, type(speaker).__name__)


async def test_where_the_model_is(monkeypatch, capsys):
    """The environment decides; `--offline` and an environment without a key mean the embedded server."""
    for name in (
        "GOOGLE_API_KEY",
        "GOOGLE_GENAI_USE_VERTEXAI",
        "GOOGLE_GENAI_USE_ENTERPRISE",
        "GOOGLE_GEMINI_BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    async with _connection(arguments()) as connection:
        assert ("k", None) == (connection.api_key, connection.base_url)
    async with _connection(arguments(offline=True)) as connection:
        assert "127.0.0.1" in connection.base_url
    assert "" == capsys.readouterr().err
    monkeypatch.delenv("GEMINI_API_KEY")
    async with _connection(arguments()) as connection:
        assert "127.0.0.1" in connection.base_url
    assert "no GEMINI_API_KEY is set" in capsys.readouterr().err


def test_two_stages_need_our_own_ear():
    """Where nothing else is asked for: the server would cut the reply at once."""
    modes = [
        ((), "server"),
        (("--barge-in", "two-stage"), "local"),
        (("--barge-in", "two-stage", "--listen", "server"), "server"),
        (("--listen", "local"), "local"),
        (("--ptt",), "push-to-talk"),
    ]
    for options, mode in modes:
        args = build_parser().parse_args(["talk", *options])
        assert (mode, args.barge_in) == ((found := _activity(args)).mode, found.barge_in)


def test_the_system_instruction_may_stand_in_a_file(tmp_path):
    """`@FILE`, which has to be text."""
    (tmp_path / "p.txt").write_text("Be kind.", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\xff")
    assert (None, "Be brief.", "Be kind.") == (_system(None), _system("Be brief."), _system(f"@{tmp_path / 'p.txt'}"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        _system(f"@{tmp_path / 'b.txt'}")
    with pytest.raises(ConfigError, match="No such file"):
        _system(f"@{tmp_path / 'none.txt'}")


# ---- the real thing ----------------------------------------------------------------------------------------------


async def spoken(text, voice):
    from voice_actors.offline.speaking.mouth import best_mouth

    mouth = await best_mouth()
    return b"".join([piece.pcm async for piece in mouth.speak(text, voice)])


async def recognised(path):
    from voice_actors.offline.hearing.ears import best_ears

    with wave.open(str(path)) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    resampler = Resampler(rate, 16_000)
    return (await (await best_ears()).recognise(resampler.feed(pcm) + resampler.flush())).lower()


def write_wav(path, pcm):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(pcm)


@pytest.mark.slow
async def test_a_spoken_question_gets_a_spoken_answer(voice_actors, tmp_path):
    """Question in a WAV file, a tool of the user's own, answer in a WAV file, transcript beside it; typed lines too."""
    (tmp_path / "harbour.py").write_text(
        'def tide(place: str) -> str:\n    """The state of the tide at a place."""\n    return "falling until nine"\n'
    )
    write_wav(tmp_path / "q.wav", await spoken("When does the tide turn in Bergen?", "Fenrir"))
    result = await trio.to_thread.run_sync(
        lambda: voice_actors(
            *("talk", "--mic", "q.wav", "--speaker", "a.wav", "--transcript", "t.jsonl", "--record", "r.wav"),
            *("--tools", "harbour:tide"),
        )
    )
    assert 0 == result.returncode, result.stderr
    assert "no GEMINI_API_KEY" in result.stderr
    assert "tool: tide(" in result.stdout
    assert "falling" in await recognised(tmp_path / "a.wav")
    events = [json.loads(line)["event"] for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert ("TranscriptStarted", "RecordingStarted", "Connected", "Ended") == (*events[:3], events[-1])
    assert {"UserSaid", "ToolCalled", "ToolAnswered", "AgentSaid", "TurnEnded"} <= set(events)
    with wave.open(str(tmp_path / "r.wav")) as file:
        assert (2, 24_000) == (file.getnchannels(), file.getframerate())


@pytest.mark.slow
def test_a_typed_conversation_in_a_pipe(voice_actors):
    """Without a microphone each typed line waits for the answer to the one before, and the last ends the call."""
    result = voice_actors(
        "talk",
        "--offline",
        "--mic",
        "null",
        "--speaker",
        "null",
        "--system",
        "Answer briefly.",
        stdin="What is 6 times 7?\nbye\n",
    )
    assert (0, "") == (result.returncode, result.stderr)
    assert "you (typed): What is 6 times 7?" in result.stdout
    assert "agent: 6 times 7 is 42." in result.stdout
    assert result.stdout.index("42") < result.stdout.index("you (typed): bye")


@pytest.mark.parametrize(
    ("options", "filler"), [((), None), (("--filler",), Filler()), (("--filler", "a.wav"), Filler("a.wav"))]
)
async def test_a_filler_is_two_notes_or_a_file(options, filler):
    """Nothing where none is asked for."""
    ends = ("--mic", "null", "--speaker", "null")
    assert filler == (await _config(build_parser().parse_args(["talk", *ends, *options]))).filler
