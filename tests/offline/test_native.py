"""A process that is left while its recogniser or its voice works ends with the exit code that it should have."""

from __future__ import annotations

import subprocess
import sys

import pytest

EARS = """
import trio
async def main():
    from voice_actors.offline.hearing.ears import ready_ears
    ears = await ready_ears(None)
    with trio.move_on_after(0.02) as scope:
        await ears.recognise(bytes(range(1, 251)) * 800)
    assert scope.cancelled_caught
trio.run(main)
"""
GUESS = """
import trio
async def main():
    from voice_actors.offline.hearing.ears import ready_ears
    from voice_actors.offline.parts import Wishes
    ears = await ready_ears(None)
    assert ears._guesses.begin(bytes(range(1, 251)) * 800, 0.0, Wishes()) is not None
trio.run(main)
"""
MOUTH = """
import trio
async def main():
    from voice_actors.offline.speaking.mouth import ready_mouth
    mouth = await ready_mouth(None)
    with trio.move_on_after(0.02) as scope:
        async for piece in mouth.speak("Once upon a time a ferry left Bergen in the rain and nobody knew where to.", None):
            ...
    assert scope.cancelled_caught
trio.run(main)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [EARS, GUESS, MOUTH], ids=["asked", "guessing", "speaking"])
def test_leaving_in_the_middle_is_no_crash(program):
    """Not SIGABRT, not SIGSEGV, no word; with a code of its own, too."""
    for code in (0, 3):
        ended = subprocess.run(
            [sys.executable, "-c", f"{program}\nraise SystemExit({code})"], capture_output=True, text=True, check=False
        )
        assert (code, "") == (ended.returncode, ended.stderr)


LATE = """
from voice_actors.offline.native import _inside, outlived
assert 5 == outlived(len)("hello")
_inside.wait()
try:
    outlived(len)("hello")
except RuntimeError as error:
    print(error)
"""


def test_nobody_goes_in_when_the_interpreter_ends():
    """A thread that comes late is turned away before it is inside."""
    ended = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert "the interpreter is ending\n" == ended.stdout
