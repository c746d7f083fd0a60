"""Ctrl-C on a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from voice_actors.cli.signals import STANDSTILL

TALK = "from voice_actors.cli import main; import sys; sys.exit(main(['talk', '--offline', '--mic', 'null', '--speaker', 'null']))"
STUBBORN = """
import functools, sys, trio
from voice_actors.cli.signals import leave_now, until_signalled
async def command():
    print("ready", flush=True)
    try:
        await trio.sleep_forever()
    finally:
        print("leaving", flush=True)
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()
async def main():
    return await until_signalled(command, hurry=%s)
leave_now(trio.run(main))
"""


def start(code, environment):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_call_with_its_exit_code_and_nothing_on_stderr(environment, number, code):
    """Ctrl-C, or a polite kill, is no error, even while a thread waits for a line that nobody types."""
    with start(TALK, environment) as process:
        assert "talking with" in process.stdout.readline()
        process.send_signal(number)
        assert code == process.wait(20)
        assert "" == process.stderr.read()


def test_the_second_ctrl_c_ends_at_once_what_does_not_end(environment):
    """A clean-up that hangs is not waited for."""
    with start(STUBBORN % "False", environment) as process:
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert "leaving\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(20)


def test_one_ctrl_c_is_enough_in_a_hurry(environment):
    """Where a clean-up takes longer than LEAVING, the process goes anyway."""
    with start(STUBBORN % "True", environment) as process:
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(20)


STUCK = """
import sys, time, trio
from voice_actors.cli.signals import leave_now, saved_when, until_signalled
async def command():
    print("ready", flush=True)
    %s
async def main():
    return await until_signalled(command)
leave_now(trio.run(main))
"""
SAVED = """
    with saved_when(lambda: print("asked", flush=True) or True), trio.CancelScope(shield=True):
        await trio.sleep_forever()
"""


STANDS_STILL = "while True: time.sleep(0.01)"
"""A program's mistake, which the child makes: it blocks its loop."""


@pytest.mark.parametrize(("stuck", "said"), [(STANDS_STILL, ""), (SAVED, "asked\n")])
def test_nothing_is_waited_for_that_saves_nothing(environment, stuck, said):
    """A loop that stands still (the child blocks it), or what goes on after all is saved: one Ctrl-C, and it is gone."""
    with start(STUCK % stuck.strip(), environment) as process:
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(20)
        assert said == process.stdout.read()


STOPPED = """
import os, signal, time, trio
from voice_actors.cli.signals import leave_now, until_signalled
async def command():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(0.05)  # what the loop was at
        await trio.sleep_forever()
    finally:
        print("saved", flush=True)
leave_now(trio.run(until_signalled, command))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_machine_that_gives_the_process_no_time_costs_nothing(environment):
    """It is stopped for twice the time in which its loop has to turn, and leaves in good order all the same."""
    with start(STOPPED, environment) as process:
        os.waitpid(process.pid, os.WUNTRACED)
        time.sleep(2 * STANDSTILL)  # a process that is stopped has no clock but the real one
        process.send_signal(signal.SIGCONT)
        assert "saved\n" == process.stdout.read()
        assert 130 == process.wait(20)


async def test_without_a_signal_the_commands_own_code_counts():
    """And the handlers are what they were."""
    from voice_actors.cli.signals import until_signalled

    async def command():
        return 7

    before = signal.getsignal(signal.SIGTERM)
    assert 7 == await until_signalled(command)
    assert before is signal.getsignal(signal.SIGTERM)


@pytest.mark.slow
def test_a_last_act_is_done_even_where_the_process_ends_at_once(environment):
    """A terminal outlives the process that hangs; what fails meanwhile does not hold it up."""
    program = (
        "import os, sys, signal, time, trio\n"
        "from voice_actors.cli.signals import last_act, until_signalled\n"
        "async def hang():\n"
        "    with last_act(lambda: os.write(1, b'restored')), last_act(lambda: 1 / 0):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(60)  # the loop hangs, in the child\n"
        "trio.run(until_signalled, hang)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert (143, "restored") == (result.returncode, result.stdout)
