"""`voice-actors doctor`, with the real ears and mouth."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from voice_actors.cli import doctor

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def named(requirements):
    return {re.split(r"[^\w-]", requirement, maxsplit=1)[0] for requirement in requirements}


def test_the_packages_it_looks_for_are_those_that_pyproject_asks_for():
    """One list in two places, held together here."""
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    assert named(project["dependencies"]) == set(doctor.CORE)
    assert named(project["optional-dependencies"]["offline"]) == set(doctor.OFFLINE)
    assert named(project["optional-dependencies"]["aec"]) == set(doctor.AEC)


@pytest.mark.slow
def test_on_a_machine_with_the_offline_extra_it_finds_a_conversation_possible(voice_actors):
    """It speaks, recognises what it spoke, and never shows a key."""
    result = voice_actors("doctor", GEMINI_API_KEY="top-secret-key")
    assert (0, "") == (result.returncode, result.stderr)
    assert re.search(r"^ok +offline voice: .*recognised in .*quick brown fox", result.stdout, re.MULTILINE)
    assert "a key is set in the environment" in result.stdout
    assert "top-secret-key" not in result.stdout


async def test_a_missing_package_is_told_with_its_remedy(monkeypatch):
    """And whether an offline conversation needs it."""
    monkeypatch.setattr(doctor, "CORE", ("no-such-package-anywhere",))
    monkeypatch.setattr(doctor, "OFFLINE", ("pillow-not-there",))
    monkeypatch.setattr(doctor, "DISPENSABLE", {"pillow-not-there", "no-canceller"})
    monkeypatch.setattr(doctor, "AEC", ("no-canceller",))
    core, offline, aec = await doctor._packages()
    assert ("missing", True) == (core.verdict, core.needed)
    assert ("missing", False) == (offline.verdict, offline.needed)
    assert "voice-actors[offline]" in offline.detail
    assert "note" == aec.verdict
    assert "voice-actors[aec]" in aec.detail


async def test_a_missing_part_makes_the_offline_voice_missing(monkeypatch):
    """The self-test does not fail, it reports."""
    from voice_actors.errors import MissingPartError
    from voice_actors.offline.speaking import mouth

    async def none():
        raise MissingPartError("no voice: pip install it")

    monkeypatch.setattr(mouth, "best_mouth", none)
    [finding] = await doctor._offline_voice()
    assert ("missing", "no voice: pip install it", True) == (finding.verdict, finding.detail, finding.needed)


@pytest.mark.parametrize(("heard", "share"), [(doctor.SENTENCE, 1.0), ("", 0.0), ("the quick brown dog", 5 / 9)])
def test_recognition_is_measured_in_words(heard, share):
    """Punctuation and case do not matter."""
    assert pytest.approx(share) == doctor.share_recognised(heard)


@pytest.mark.parametrize(
    ("variables", "verdict", "part"),
    [
        ({}, "note", "GEMINI_API_KEY"),
        ({"GEMINI_API_KEY": "k"}, "ok", "a key is set"),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "1"}, "ok", "Vertex AI"),
    ],
)
async def test_whether_there_is_a_key(monkeypatch, variables, verdict, part):
    """Told without telling it."""
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    [finding] = await doctor._key()
    assert verdict == finding.verdict
    assert part in finding.detail
