"""`python -m voice_actors.testing`: simulated calls, many of them, or one of them again."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.testing.simulation import Report, SimulationFailed, run_seed, simulate

BATCH = 100
"""Calls between two lines about how it goes."""


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m voice_actors.testing", description=__doc__)
    parser.add_argument("--seeds", type=_count, default=100, metavar="N", help="so many calls (100)")
    parser.add_argument("--first", type=_count, default=0, metavar="SEED", help="the seed of the first (0)")
    parser.add_argument("--seed", type=_count, metavar="SEED", help="this call only, with every event")
    parser.add_argument("--agent", metavar="MODULE:NAME", help="an AgentConfig, or a function that makes one")
    return parser.parse_args(argv)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return int(text)


def find_agent(name: str | None) -> AgentConfig | Callable[[], AgentConfig] | None:
    """What `module:name` names.

    Raises:
        ConfigError: there is no such thing, or it is no agent.
    """
    if name is None:
        return None
    module, _, attribute = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"--agent {name}: {error}; it is MODULE:NAME, as in my_program:make_config") from error
    if isinstance(found, AgentConfig) or callable(found):
        return found  # type: ignore[no-any-return]
    raise ConfigError(
        f"--agent {name} is a {type(found).__name__}; an AgentConfig is wanted, or a function that makes one"
    )


def _one(agent: AgentConfig | Callable[[], AgentConfig] | None, seed: int) -> int:
    config = agent if isinstance(agent, AgentConfig) else agent() if agent is not None else AgentConfig()
    call = run_seed(config, seed)
    print(f"seed {seed}: {call.mishaps}")
    for event in call.events:
        print(f"{event.at:9.3f} {event}")
    print(f"ended with {call.error!r}; the server complains of {dict(call.complaints)}")
    for sentence in call.broken:
        print(f"broken: {sentence}")
    return 1 if call.broken else 0


def _many(agent: AgentConfig | Callable[[], AgentConfig] | None, first: int, count: int) -> int:
    began, whole, code = time.monotonic(), Report(), 0
    for start in range(first, first + count, BATCH):
        try:
            whole += simulate(agent, seeds=range(start, min(start + BATCH, first + count)))
        except SimulationFailed as failed:
            print(failed)
            code, whole = 1, whole + failed.report
        print(f"{time.monotonic() - began:6.0f} s: {whole}", flush=True)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run, and return 0, 1 where a promise was broken, or 2 where something asked for cannot be."""
    asked = _parse(argv)
    logging.getLogger("voice_actors").addHandler(logging.NullHandler())  # that tools fail is what is wanted here
    try:
        agent = find_agent(asked.agent)
        return _many(agent, asked.first, asked.seeds) if asked.seed is None else _one(agent, asked.seed)
    except ConfigError as error:
        print(f"voice_actors.testing: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
