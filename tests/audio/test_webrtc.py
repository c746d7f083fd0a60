"""WebRTC's audio processing: found without being loaded, and no thread of it calls Python while Python ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from voice_actors.audio.webrtc import can_cancel

LOADS = """
from voice_actors.audio.webrtc import audio_processing
audio_processing(echo=True, noise=False, gain=False)
"""
LOADS_IN_FORK = f"""
import os
{LOADS}
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0, "the child did not end well"
"""
LOGGED = "disposing ffi server"


def ended(program):
    """What it wrote to stderr, where livekit's native part logs what it does not take to Python."""
    told = os.environ | {"RUST_LOG": "livekit_ffi=debug"}
    run = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=False)
    assert 0 == run.returncode, run.stderr
    return run.stderr


def test_the_package_is_found_without_loading_it():
    """Here it is installed."""
    assert can_cancel()


def test_nothing_is_logged_to_python_as_the_process_ends():
    """What livekit logs as it is disposed of goes to stderr, if asked for; a call of Python would abort at times."""
    assert LOGGED in ended(LOADS)
    print("livekit's record of its end went to stderr, not to Python")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_child_leaves_livekit_alone():
    """It has none of livekit's threads, so nothing may be asked of it there; the parent is disposed of as ever."""
    assert 1 == ended(LOADS_IN_FORK).count(LOGGED)
