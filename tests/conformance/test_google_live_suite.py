"""google-genai's own live tests, written for the real backend and shipped in its wheel, against the offline server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import google.genai
import pytest

pytest.importorskip("pytest_asyncio", reason="google-genai's live tests are written for pytest-asyncio")

SUITE = Path(google.genai.__file__).parent / "tests"
RESULTS = {"failure", "error", "skipped"}
KNOWN = {"test_text_input", "test_multi_turn", "test_function_calling", "test_send_tool_response_without_id_raises"}
"""Each for the Gemini API, and all but the last for Vertex AI."""


def test_the_official_live_tests_pass(tmp_path):
    """Every one of them, on both backends; none is skipped, and none is missing."""
    report = tmp_path / "report.xml"
    # Plugins of this environment stay out, but for the two that are needed; so does this project's configuration.
    pytest_command = [sys.executable, "-m", "pytest", "-p", "pytest_asyncio.plugin", "-p", "base_url_plugin", "-q"]
    pytest_command += ["-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={SUITE}", str(SUITE / "live_api")]
    pytest_command += ["--mode=api", f"--junit-xml={report}"]
    own = {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "google_suite"), *filter(None, sys.path)]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "GOOGLE_CLOUD_PROJECT": "offline",
        "GEMINI_API_KEY": "offline",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE", "GEMINI", "SSL_"))}
    command = [sys.executable, "-m", "voice_actors", "offline", "--", *pytest_command]
    done = subprocess.run(
        command, env={**inherited, **own}, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert report.exists(), done.stdout[-2_000:] + done.stderr[-2_000:]
    cases = ET.parse(report).getroot().iter("testcase")
    results = {case.get("name", ""): [part.tag for part in case if part.tag in RESULTS] for case in cases}
    print(f"google-genai {google.genai.__version__}: {len(results)} live tests: {sorted(results)}")
    assert {name: [] for name in results} == results, done.stdout[-5_000:]
    assert {name.partition("[")[0] for name in results} >= KNOWN
    assert len(results) >= 2 * len(KNOWN) - 1
