"""`--tools module:function`: the user's own Python functions, found by name."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from voice_actors.errors import ConfigError
from voice_actors.toolbox.mcp_server import McpServer


def load_tools(specs: Sequence[str], folder: Path | None = None) -> list[Any]:
    """The functions and MCP servers that `module:name` and `module` name, in order.

    A bare module stands for all its public functions that have a docstring. Modules in `folder` (the current one if
    None) can be imported.

    Raises:
        ConfigError: a module cannot be imported or has no such function; the message names the option's value.
    """
    if specs and (place := str(folder or Path.cwd())) not in sys.path:
        sys.path.insert(0, place)
    return [tool for spec in specs for tool in _load(spec)]


def _load(spec: str) -> list[Any]:
    name, colon, attribute = spec.partition(":")
    if name.endswith(".py") or "/" in name:
        better = f"{Path(name).stem}{colon}{attribute}"
        raise ConfigError(f"--tools {spec}: give a module, not a file, as in `--tools {better}`")
    module = _import(spec, name)
    return [_find(spec, module, attribute)] if colon else _documented(spec, module)


def _import(spec: str, name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise ConfigError(f"--tools {spec}: {name!r} is no module name; write module:function")
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        if isinstance(error, ModuleNotFoundError) and error.name == name.partition(".")[0]:
            raise ConfigError(f"--tools {spec}: {error}; looked for in this folder and in what is installed") from error
        at = "" if "importlib" in where.filename else f" ({Path(where.filename).name}, line {where.lineno})"
        raise ConfigError(f"--tools {spec}: importing {name!r} failed: {type(error).__name__}: {error}{at}") from error


def _find(spec: str, module: ModuleType, attribute: str) -> Any:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            close = difflib.get_close_matches(part, [n for n in dir(found) if not n.startswith("_")], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else _what_it_has(found)
            raise ConfigError(f"--tools {spec}: module {module.__name__!r} has no {attribute!r}{hint}")
        found = getattr(found, part)
    if not callable(found) and not isinstance(found, McpServer):
        raise ConfigError(f"--tools {spec}: {attribute!r} is a {type(found).__name__}, no function and no McpServer")
    return found


def _what_it_has(found: Any) -> str:
    """The first few functions that could have been meant, those that a module only imports left out."""
    home = found.__name__ if inspect.ismodule(found) else getattr(found, "__module__", None)
    own = inspect.getmembers(found, lambda member: inspect.isfunction(member) and member.__module__ == home)
    names = [repr(name) for name, function in own if not name.startswith("_") and inspect.getdoc(function)]
    return f"; it has {', '.join(names[:5])}" if names else ""


def _documented(spec: str, module: ModuleType) -> list[Callable[..., Any]]:
    chosen = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__ and inspect.getdoc(function)
    ]
    if not chosen:
        raise ConfigError(f"--tools {spec}: module {module.__name__!r} has no public function with a docstring")
    return sorted(chosen, key=lambda function: function.__code__.co_firstlineno)
