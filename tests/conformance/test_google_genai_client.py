"""The official google-genai client, unmodified, talks to `voice-actors offline` by two environment variables alone.

Everything is real: the command that starts the server, TLS with its own authority, the client in a process of its own
on asyncio, speech made by our mouth and heard by our ears.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from voice_actors.audio.resample import Resampler
from voice_actors.offline.speaking.mouth import best_mouth

pytestmark = pytest.mark.slow

CLIENT = """
import asyncio, json, sys
from google import genai
from google.genai import types

QUESTION, OTHER = (open(path, "rb").read() for path in sys.argv[1:3])
WEATHER = {"name": "get_weather", "description": "Get the weather in a city", "behavior": sys.argv[3],
           "parameters_json_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


async def speak(session, pcm, silence=1.2):
    pcm += bytes(int(silence * 32000))
    for at in range(0, len(pcm), 1600):
        await session.send_realtime_input(audio=types.Blob(data=pcm[at:at + 1600], mime_type="audio/pcm;rate=16000"))
        await asyncio.sleep(0.05)


class Turn:
    def __init__(self):
        self.heard, self.said, self.audio, self.events, self.calls, self.tokens = "", "", 0, [], [], 0

    def take(self, message):
        if message.tool_call:
            self.events.append("tool_call")
            self.calls += [(call.name, call.args) for call in message.tool_call.function_calls]
        if message.usage_metadata:
            self.tokens = message.usage_metadata.total_token_count
        content = message.server_content
        if not content:
            return
        if content.model_turn:
            for part in content.model_turn.parts:
                if part.inline_data:
                    assert part.inline_data.mime_type == "audio/pcm;rate=24000", part.inline_data.mime_type
                    self.audio += len(part.inline_data.data)
        self.heard += content.input_transcription.text if content.input_transcription else ""
        self.said += content.output_transcription.text if content.output_transcription else ""
        for name in ("interrupted", "generation_complete", "turn_complete"):
            if getattr(content, name):
                self.events.append(name)


async def turn(session, answer=None, on_audio=None):
    one = Turn()
    async for message in session.receive():
        one.take(message)
        if message.tool_call and answer is not None:
            await session.send_tool_response(function_responses=[
                types.FunctionResponse(id=call.id, name=call.name, response=answer)
                for call in message.tool_call.function_calls])
        if one.audio and on_audio is not None:
            on_audio()
            on_audio = None
    return vars(one)


async def main():
    client = genai.Client()
    told = {}
    config = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}, "output_audio_transcription": {},
              "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Puck"}}},
              "session_resumption": {}}
    async with client.aio.live.connect(model="gemini-3.8-live", config=config) as session:
        speaking = asyncio.create_task(speak(session, QUESTION))
        told["spoken"] = await turn(session)
        await speaking
        await session.send_client_content(turns={"role": "user", "parts": [{"text": "My name is Ada."}]})
        told["typed"] = await turn(session)
        await session.send_realtime_input(text="What is my name?")
        told["remembered"] = await turn(session)
        tasks = []
        await session.send_realtime_input(text="Tell me a long story.")
        told["cut"] = await turn(session, on_audio=lambda: tasks.append(asyncio.create_task(speak(session, OTHER))))
        told["after the cut"] = await turn(session)
        await tasks[0]
    tools = {**config, "tools": [{"function_declarations": [WEATHER]}]}
    async with client.aio.live.connect(model="gemini-2.5-flash-native-audio-preview-12-2025", config=tools) as session:
        await session.send_realtime_input(text="What is the weather in Oslo?")
        told["tool"] = await turn(session, answer={"output": "rain and 7 degrees"})
        if sys.argv[3] == "NON_BLOCKING":
            told["tool later"] = await turn(session)
    print(json.dumps(told))


asyncio.run(main())
"""


async def speech(text: str) -> bytes:
    """16 kHz speech, in another voice than the one that answers."""
    mouth, resampler = await best_mouth(), Resampler(24_000, 16_000)
    pcm = b""
    async for spoken in mouth.speak(text, "Kore"):
        pcm += resampler.feed(spoken.pcm)
    return pcm + resampler.flush()


def hold_conversation(folder: Path, behavior: str) -> dict[str, Any]:
    """Start the server and the client as a user would, and return what the client saw."""
    paths = []
    for number, text in enumerate(("What is seventeen plus twenty five?", "Stop. What is nine times six?")):
        paths.append(folder / f"{number}.pcm")
        paths[-1].write_bytes(trio.run(speech, text))
    script = folder / "client.py"
    script.write_text(CLIENT)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE", "SSL_"))}
    done = subprocess.run(
        [sys.executable, "-m", "voice_actors", "offline", "--", sys.executable, script, *paths, behavior],
        env={**kept, "GEMINI_API_KEY": "any", "XDG_CACHE_HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=["BLOCKING", "NON_BLOCKING"])
def conversation(request, tmp_path_factory) -> tuple[str, dict[str, Any]]:
    """One conversation for all tests, with each behaviour of the function that is called in it."""
    return request.param, hold_conversation(tmp_path_factory.mktemp("genai"), request.param)


def test_a_spoken_question_is_transcribed_and_answered_aloud(conversation):
    """Words in, words and audio out, generationComplete before turnComplete, and the tokens counted."""
    turn = conversation[1]["spoken"]
    assert "17 plus 25" in turn["heard"].lower().replace("+", "plus").replace("seventeen", "17")
    assert "42" in turn["said"]
    assert turn["audio"] > 24_000
    assert turn["events"] == ["generation_complete", "turn_complete"]
    assert turn["tokens"] > 50


def test_a_typed_turn_is_answered_and_remembered(conversation):
    """send_client_content and send_realtime_input(text=...), in one session with one memory."""
    for name in ("typed", "remembered"):
        turn = conversation[1][name]
        assert turn["audio"] > 0
        assert turn["events"] == ["generation_complete", "turn_complete"]
    assert "Ada" in conversation[1]["remembered"]["said"]


def test_speech_cuts_the_reply_and_is_answered(conversation):
    """interrupted and turnComplete, then a turn that answers what was said."""
    cut, after = conversation[1]["cut"], conversation[1]["after the cut"]
    assert cut["events"][-2:] == ["interrupted", "turn_complete"]
    assert "54" in after["said"]
    assert after["events"] == ["generation_complete", "turn_complete"]


def test_a_function_is_called_and_its_answer_told(conversation):
    """The model calls with the right argument, and speaks the answer: in the same turn, or in a later one."""
    behavior, turns = conversation
    assert turns["tool"]["calls"] == [["get_weather", {"city": "Oslo"}]]
    assert turns["tool"]["events"] == ["tool_call", "generation_complete", "turn_complete"]
    told = turns["tool" if behavior == "BLOCKING" else "tool later"]["said"].lower()
    assert "rain" in told
    assert "7" in told
