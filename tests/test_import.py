"""What importing the package costs: nothing that a plain conversation does without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import voice_actors

_LATER = ("asyncio", "difflib", "google.genai", "mcp", "numpy", "pickle", "pydantic", "tomllib")
"""For prices, for tools in processes, for a wrong name, for devices, and so on."""


def test_whoever_opens_a_conversation_waits_for_nothing_that_it_does_without():
    """What the dependencies themselves import is not ours to choose."""
    code = (
        "import sys, trio, trio_websocket, attrs\n"
        "theirs = set(sys.modules)\n"
        "from voice_actors import open_voice_agent\n"
        f"print([name for name in {_LATER} if name in sys.modules and name not in theirs])\n"
    )
    root = Path(voice_actors.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"
