"""Virtual environments for other people's packages: made once, kept in the output folder, weighed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs

from benchmarks.job import Job
from benchmarks.processes import ROOT, BenchmarkError

FOLDER = ROOT / "benchmarks" / "out" / "peers"
_OWN = {"pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "distutils"}
"""What every environment has."""


@attrs.frozen
class Peer:
    """Somebody's voice agent, and the program that puts it to work."""

    name: str
    packages: tuple[str, ...]
    statement: str
    """The import that a program of its users begins with."""

    @property
    def module(self) -> str:
        """Our program for it."""
        return f"benchmarks.peers.{self.name.replace('-', '_')}"


PEERS = {
    peer.name: peer
    for peer in (
        Peer(
            "llama-index",
            ("llama-index-voice-agents-gemini-live>=0.5,<0.6",),
            "from llama_index.voice_agents.gemini_live import GeminiLiveVoiceAgent",
        ),
        Peer(
            "pipecat",
            ("pipecat-ai[google]<2",),
            "from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService",
        ),
        Peer(
            "livekit",
            ("livekit-agents[google]>=1,<2",),
            "from livekit.plugins.google.realtime import RealtimeModel",
        ),
        Peer("adk", ("google-adk>=1,<3",), "from google.adk.runners import InMemoryRunner"),
        Peer(
            "pydantic-ai",
            ("pydantic-ai-slim[google]>=1",),
            "from pydantic_ai.realtime.google import GoogleRealtimeModel",
        ),
        Peer("autourgos", ("autourgos-live<1",), "from autourgos_live import GeminiLiveSession"),
    )
}
OURS = Peer("voice_actors", (str(ROOT),), "from voice_actors import open_voice_agent")
GOOGLE = Peer("google-genai", ("google-genai>=2.30,<4",), "from google import genai")


@attrs.frozen
class Environment:
    """One that is ready."""

    python: Path
    distributions: int
    megabytes: float

    @classmethod
    def of(cls, peer: Peer) -> Environment:
        """Make it, or take the one that is there.

        Raises:
            BenchmarkError: the packages cannot be installed; says pip's last word.
        """
        home = FOLDER / peer.name
        python = home / "bin" / "python"
        if not is_current(peer, home / "installed"):
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            _pip(python, "install", "--quiet", *peer.packages)
            (home / "installed").touch()
        weight = _megabytes(home), _distributions(home)
        _pip(python, "install", "--quiet", "attrs")  # our programs want it; most have it anyway
        return cls(python, weight[1], weight[0])


def is_current(peer: Peer, mark: Path) -> bool:
    """The environment that left this mark is there, and holds what its folders hold now: ours changes."""
    if not mark.exists():
        return False
    folders = [folder for folder in map(Path, peer.packages) if folder.is_dir()]
    files = [file for folder in folders for file in (folder / "pyproject.toml", *(folder / peer.name).rglob("*.py"))]
    return all(file.stat().st_mtime <= mark.stat().st_mtime for file in files if file.exists())


def surroundings(job: Job) -> Mapping[str, str]:
    """What a peer's program finds in its environment."""
    return {
        "PYTHONPATH": str(ROOT),
        "SSL_CERT_FILE": job.ca_file,
        "GOOGLE_GEMINI_BASE_URL": f"https://127.0.0.1:{job.port}",
        "GOOGLE_API_KEY": "benchmark",
    }


def _pip(python: Path, *arguments: str) -> None:
    done = subprocess.run([str(python), "-m", "pip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"it cannot be installed: {reason_in(done.stderr)}")


def reason_in(said: str) -> str:
    """Why pip did not install something: its last error, since notes and hints may follow it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip said nothing"])[-1][:200]


def _site(home: Path) -> Path:
    return next((home / "lib").glob("python3*/site-packages"))


def _distributions(home: Path) -> int:
    names = {path.name.split("-")[0].lower() for path in _site(home).glob("*.dist-info")}
    return len(names - _OWN)


def _megabytes(home: Path) -> float:
    """Files as they were installed: without bytecode, and without what every environment has."""
    return (
        sum(
            path.stat().st_size
            for path in _site(home).rglob("*")
            if path.is_file()
            and path.suffix != ".pyc"
            and path.relative_to(_site(home)).parts[0].split("-")[0] not in _OWN
        )
        / 1e6
    )
