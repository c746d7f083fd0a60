"""Autobahn's fuzzing client against the WebSocket layer of the offline server: `python tests/conformance/autobahn.py`.

The fuzzing client wants its messages back, which a Gemini Live server has no reason to do. So what is tried is exactly
what stands between a client and a session, `accept_link` on a TCP listener, and an echo in the place of the session.

The client (autobahntestsuite 0.8.2) runs on Python 2.7 only; a virtual environment of its own is made for it. Where no
Python 2.7 can be found, this says so and fails. Exit code 0 means that every case of groups 1 to 10 was run and none
has failed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import trio

from voice_actors.errors import LinkError, RemoteProtocolError
from voice_actors.gemini.link import NotAnUpgrade, accept_link

GROUPS = range(1, 11)
EXPECTED = 301
"""Cases that version 0.8.2 has in these groups; fewer means that something was left out."""
PACKAGES = ("autobahntestsuite==0.8.2", "autobahn==0.10.9", "Twisted==20.3.0")
VIRTUALENV = "virtualenv==20.15.1"
"""The last that makes environments for Python 2.7."""
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}


def main() -> int:
    """Run it; the number of failed cases decides."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python2", help="a Python 2.7 with pip; otherwise one is looked for")
    parser.add_argument(
        "--possible", action="store_true", help="only say, by the exit code, whether it can be run here"
    )
    parser.add_argument("--keep", type=Path, help="keep Autobahn's report in this folder")
    options = parser.parse_args()
    python2 = options.python2 or next(pythons(), None)
    if options.possible:
        return int(python2 is None)
    if python2 is None:
        print("Autobahn's fuzzing client needs Python 2.7, and there is none on this machine: give one with --python2")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        client = install(python2, Path(folder))
        report = trio.run(fuzz, client, Path(folder))
        if options.keep:
            shutil.copytree(Path(folder) / "report", options.keep, dirs_exist_ok=True)
    return judge(report)


def pythons() -> Iterator[str]:
    """Where a Python 2.7 may be, the likeliest first; only those that run and have pip."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = (shutil.which("python2.7"), *map(str, sorted(versions.glob("2.7*/bin/python2.7"))), shutil.which("python2"))
    for python in filter(None, found):
        probe = [python, "-c", "import sys, pip; sys.exit(sys.version_info[:2] != (2, 7))"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            yield python


def install(python2: str, folder: Path) -> Path:
    """Make an environment with the fuzzing client in it."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
    subprocess.run([python2, "-m", "pip", "install", "--target", folder / "tools", VIRTUALENV], **quiet)
    tools = {**os.environ, "PYTHONPATH": str(folder / "tools")}
    subprocess.run([python2, "-m", "virtualenv", folder / "env"], env=tools, **quiet)
    subprocess.run([folder / "env" / "bin" / "pip", "install", *PACKAGES], **quiet)
    return folder / "env" / "bin" / "wstest"


async def fuzz(client: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Let the client loose on an echo; what it says of each case."""
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, echo, 0, host="127.0.0.1"))
        port = listener.socket.getsockname()[1]
        spec = {
            "outdir": str(folder / "report"),
            "servers": [{"agent": "voice_actors", "url": f"ws://127.0.0.1:{port}"}],
            "cases": [f"{group}.*" for group in GROUPS],
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        command = [client, "--mode", "fuzzingclient", "--spec", folder / "spec.json"]
        await trio.run_process(command, cwd=folder, stdout=subprocess.DEVNULL)
        nursery.cancel_scope.cancel("the client is done")
    report: dict[str, dict[str, Any]] = json.loads((folder / "report" / "index.json").read_text())["voice_actors"]
    return report


async def echo(stream: trio.SocketStream) -> None:
    """Send every message back, as the kind that it was."""
    try:
        async with accept_link(stream) as link:
            while True:
                await link.send(await link.receive())
    except (LinkError, RemoteProtocolError, NotAnUpgrade):
        return  # that is how cases end


def judge(report: dict[str, dict[str, Any]]) -> int:
    """Print what was found; 1 where a case failed or was left out."""
    for of, field in (("cases", "behavior"), ("closes", "behaviorClose")):
        counts = Counter(case[field] for case in report.values())
        print(f"{of}: " + ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    failed = [name for name, case in report.items() if {case["behavior"], case["behaviorClose"]} - GOOD]
    if failed:
        print(f"failed: {' '.join(sorted(failed))}")
    if len(report) != EXPECTED:
        print(f"{len(report)} cases were run, not {EXPECTED}")
    return int(bool(failed) or len(report) != EXPECTED)


if __name__ == "__main__":
    sys.exit(main())
