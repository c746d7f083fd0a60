"""`voice-actors talk` in a terminal: who speaks, how loud, what was said and heard, and keys.

Theory of operation: `state` is fed with events, `view` makes rows of it, `drawer` writes those that changed, `keys` and
`editor` turn bytes into a line, and `run` does it all while the conversation lasts. This package is imported only where
a console is wanted; what is here decides that, without importing `rich`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from voice_actors.cli.captions import Display, Screen

if TYPE_CHECKING:
    from voice_actors.cli.console.run import Console
    from voice_actors.config import AgentConfig

HINT = 'captions come as plain lines; `pip install "voice-actors[console]"` brings meters and keys'
NO_TERMIOS = "captions come as plain lines: the console needs a Unix terminal"


def console_wanted(
    args: argparse.Namespace, output: TextIO, keyboard: int | None, environment: Mapping[str, str]
) -> bool:
    """Somebody looks at a terminal that can be drawn on, types into it, and did not ask for plain lines."""
    if args.plain or args.json or args.debug or environment.get("TERM", "dumb") in {"", "dumb"}:
        return False
    return keyboard is not None and output.isatty() and os.isatty(keyboard)


def why_not() -> str:
    """What a console lacks on this machine, and how to get it; "" where nothing."""
    if importlib.util.find_spec("termios") is None:
        return NO_TERMIOS
    return "" if importlib.util.find_spec("rich") else HINT


@contextmanager
def open_display(
    args: argparse.Namespace, config: AgentConfig, output: TextIO, keyboard: int | None
) -> Generator[tuple[Display, Console | None]]:
    """Where the conversation is shown, and the console if it is one; it reads the keyboard itself."""
    wanted = console_wanted(args, output, keyboard, os.environ)
    if wanted and (why := why_not()):
        print(f"voice-actors: {why}", file=sys.stderr)
        wanted = False
    if wanted and keyboard is not None:
        with open_console(config, output, keyboard, push_to_talk=args.ptt) as console:
            yield console, console
        return
    live = output.isatty() and not args.json
    yield Screen(output, live, echo_typed=keyboard is None or not os.isatty(keyboard)), None


@contextmanager
def open_console(config: AgentConfig, output: TextIO, keyboard: int, *, push_to_talk: bool) -> Generator[Console]:
    """Take the terminal over until the block is left, by whichever way."""
    import trio

    from voice_actors.cli.console.glyphs import glyphs_for
    from voice_actors.cli.console.run import Console, logs_noted
    from voice_actors.cli.console.state import State
    from voice_actors.cli.console.terminal import RealTerminal
    from voice_actors.cli.sound import NoMicrophone

    microphone = not isinstance(config.microphone, NoMicrophone)
    state = State(trio.current_time, config.model, microphone=microphone, push_to_talk=push_to_talk)
    terminal = RealTerminal(keyboard, output)
    console = Console(state, terminal, glyphs_for(output.encoding), colours=not os.environ.get("NO_COLOR"))
    with terminal.taken(), logs_noted(console):
        try:
            console.draw()
            yield console
        finally:
            console.close()
