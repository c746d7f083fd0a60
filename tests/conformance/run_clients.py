"""Other people's voice agents, unmodified, in a spoken conversation with the offline server.

`python tests/conformance/run_clients.py [NAME...]` makes a virtual environment for each, installs the client, asks it a
question aloud over `voice-actors offline -- ...`, and listens to the answer: the tool has to be called with what was said,
and what the tool answered has to be understood in the voice that comes back. Exit code 0 means that all of them did.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import attrs
import trio

from voice_actors.audio.resample import Resampler
from voice_actors.offline.hearing.ears import best_ears
from voice_actors.offline.speaking.mouth import best_mouth

CLIENTS = Path(__file__).parent / "clients"
QUESTION = "What is the weather in Oslo?"
CITY = "Oslo"
WANTED = ("light rain", "nine", "9")
"""The answer has the first, and one of the others."""


@attrs.frozen
class Client:
    """A program in `clients`, and what it needs."""

    program: str
    packages: tuple[str, ...]


KNOWN = {
    "llama-index": Client("llama_index_agent.py", ("llama-index-voice-agents-gemini-live>=0.5,<0.6",)),
    "pydantic-ai": Client("pydantic_ai_realtime.py", ("pydantic-ai-slim[google]>=1",)),
    "google-adk": Client("adk_run_live.py", ("google-adk>=1,<3",)),
    "pipecat": Client("pipecat_service.py", ("pipecat-ai[google]<2",)),
    "livekit": Client("livekit_realtime.py", ("livekit-agents[google]>=1,<2",)),
}


@attrs.frozen
class Verdict:
    """What became of one of them."""

    name: str
    trouble: str
    heard: str = ""
    seconds: float = 0.0


async def try_client(name: str, client: Client, folder: Path, python: str) -> Verdict:
    """Install it, let it talk, and listen."""
    began = time.monotonic()
    program = CLIENTS / client.program
    if not program.exists():
        return Verdict(name, "there is no program for it yet")
    home = folder / name
    await trio.run_process([python, "-m", "venv", home])
    installed = await trio.run_process(
        [home / "bin" / "pip", "install", "--quiet", *client.packages], check=False, capture_stderr=True
    )
    if installed.returncode:
        return Verdict(name, "it cannot be installed: " + _last_line(installed.stderr))
    answer = home / "answer.pcm"
    command = [sys.executable, "-m", "voice_actors", "offline", "--", home / "bin" / "python", program]
    terminal, ours = os.pipe()  # LlamaIndex's agent wants something to read a line from
    with open(ours, "wb"), open(terminal, "rb") as stdin:
        done = await trio.run_process(
            [*command, folder / "question.pcm", answer],
            stdin=stdin,
            env={**os.environ, "GOOGLE_API_KEY": "offline"},  # LiveKit's plugin reads no other
            check=False,
            capture_stdout=True,
            capture_stderr=True,
        )
    if done.returncode:
        return Verdict(name, f"exit code {done.returncode}: " + _last_line(done.stderr))
    called = json.loads(done.stdout.splitlines()[-1])["called"]
    heard = await _understood(answer.read_bytes())
    return Verdict(name, _trouble(called, heard), heard, time.monotonic() - began)


def _trouble(called: list[str], heard: str) -> str:
    if called != [CITY]:
        return f"the tool was called with {called}"
    first, *others = WANTED
    said = heard.lower()
    return "" if first in said and any(other in said for other in others) else "the answer was not understood"


def _last_line(text: bytes) -> str:
    lines = text.decode(errors="replace").strip().splitlines() or ["nothing was said"]
    return lines[-1][:200]


async def _question() -> bytes:
    mouth = await best_mouth()
    pcm = b"".join([piece.pcm async for piece in mouth.speak(QUESTION, None)])
    return bytes(16_000) + _at_16_khz(pcm)


async def _understood(pcm: bytes) -> str:
    ears = await best_ears()
    return await ears.recognise(_at_16_khz(pcm))


def _at_16_khz(pcm: bytes) -> bytes:
    resampler = Resampler(24_000, 16_000)
    return resampler.feed(pcm) + resampler.flush()


async def run(names: list[str], python: str) -> int:
    """All of them, one after the other; how many failed."""
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "question.pcm").write_bytes(await _question())
        for name in names:
            verdict = await try_client(name, KNOWN[name], Path(folder), python)
            print(f"{name:12} {verdict.trouble or 'passed'} ({verdict.seconds:.0f} s): {verdict.heard!r}", flush=True)
            verdicts.append(verdict)
    return sum(1 for verdict in verdicts if verdict.trouble)


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(KNOWN)}; all if left out")
    parser.add_argument("--python", default=sys.executable, help="the interpreter for the virtual environments")
    options = parser.parse_args()
    if unknown := set(options.names) - set(KNOWN):
        parser.error(f"there is no {', '.join(sorted(unknown))}; known are {', '.join(KNOWN)}")
    return int(trio.run(partial(run, options.names or list(KNOWN), options.python)) > 0)


if __name__ == "__main__":
    sys.exit(main())
