"""The command line: `voice-actors talk`, `demo`, `devices`, `doctor`, `recover`, `transcript`, `bench`, `offline`.

Everything that is for people only lives here: printing, exit codes, signals, and the sentences that errors become.
Exit codes: 0 it worked, 1 the conversation failed, 2 something asked for cannot be, 128 + N ended by signal N.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `argv` defaults to the process's own arguments."""
    try:
        return _parse_and_run(argv)
    except SystemExit as leaving:  # argparse's way to say --help (0) or a wrong argument (2)
        return leaving.code if isinstance(leaving.code, int) else 2
    except KeyboardInterrupt:  # while still importing; later ones are signals.py's
        return 130


def _parse_and_run(argv: Sequence[str] | None) -> int:
    from voice_actors.cli.arguments import build_parser

    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a caption in Norwegian must not kill a call on a Latin-1 terminal
    args = build_parser().parse_args(argv)
    _log_to_stderr(args)
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    import functools

    import trio

    from voice_actors.cli.errors import explain
    from voice_actors.cli.signals import leave_now, until_signalled

    try:
        # A program that runs inside `offline -- COMMAND` leaves at its own pace.
        hurry = not getattr(args, "argv", None)
        code = trio.run(functools.partial(until_signalled, functools.partial(args.run, args), hurry=hurry))
    except Exception as error:  # noqa: BLE001 - the last stop before a person: a sentence, never a traceback
        if args.debug:
            sys.excepthook(type(error), error, error.__traceback__)
        code, sentence = explain(error)
        _say_last_words(sentence)
    if code > 128:
        leave_now(code)
    return code


def _say_last_words(sentence: str) -> None:
    if not sentence:  # the reader of our output went away: say nothing, and let no flush at exit complain either
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    print(f"voice-actors: {sentence}", file=sys.stderr)


def _log_to_stderr(args: argparse.Namespace) -> None:
    import logging

    level = logging.DEBUG if args.debug else logging.ERROR
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s: %(message)s")
    logging.getLogger().setLevel(level)
    if not args.debug:  # what is missing, and what takes its place: people want to know
        logging.getLogger("voice_actors.offline.parts").setLevel(logging.WARNING)
