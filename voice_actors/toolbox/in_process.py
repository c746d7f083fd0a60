"""Tools in processes of their own: they compute beside the conversation, and a cancelled one is killed.

A thread that computes shares the interpreter with the audio; a process shares nothing. `trio-parallel`, the extra
`process`, starts one at a tool's first call and keeps it for the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

from voice_actors.errors import ConfigError
from voice_actors.toolbox.results import Result, ToolFailed, result_of
from voice_actors.toolbox.room import Room

_RunSync: TypeAlias = Callable[..., Awaitable[Result]]


def check(tool: str, function: Callable[..., object]) -> None:
    """Whether `function`, which is named `tool` in what we say about it, can run in a process.

    Raises:
        ConfigError: the extra is not installed, or another process could not find the function.
    """
    try:
        import_module("trio_parallel")
    except ImportError:
        raise ConfigError(
            f"tool {tool!r} runs in a process, which needs an extra: pip install 'voice-actors[process]'"
        ) from None
    try:
        _pickle().dumps(function)
    except Exception as error:
        raise ConfigError(
            f"tool {tool!r} cannot run in a process, which has to find it by its name: write it at a module's top level"
        ) from error


async def run(function: Callable[..., object], ready: Mapping[str, Any], room: Room) -> Result:
    """Call `function` in a process with arguments that are `ready`.

    Raises:
        trio_parallel.BrokenWorkerError: the process died; otherwise whatever the function raises.
    """
    run_sync: _RunSync = import_module("trio_parallel").run_sync
    async with room.turn():
        return await run_sync(_call, function, dict(ready), kill_on_cancel=True)


def _call(function: Callable[..., object], ready: dict[str, Any]) -> Result:
    """In the process."""
    try:
        return result_of(function(**ready))
    except Exception as error:
        if _can_travel(error):
            raise
        raise ToolFailed(f"{type(error).__name__}: {error}") from None


def _can_travel(error: Exception) -> bool:
    try:
        pickle = _pickle()
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # made one line above
    except Exception:  # noqa: BLE001 - a stranger's exception may do anything there
        return False


def _pickle() -> Any:
    """Loaded with the first tool that has a process, like `trio-parallel` itself."""
    return import_module("pickle")
