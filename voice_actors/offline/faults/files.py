"""Fault scripts as TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast, get_type_hints

import attrs

from voice_actors.errors import ConfigError
from voice_actors.offline.faults import actions
from voice_actors.offline.faults.actions import Action
from voice_actors.offline.faults.script import Fault, Script

ACTIONS: Final[dict[str, type[Action]]] = {
    "refuse": actions.Refuse,
    "close": actions.Close,
    "reset": actions.Reset,
    "silence": actions.Silence,
    "deafness": actions.Deafness,
    "slow-pong": actions.SlowPong,
    "stall": actions.Stall,
    "burst": actions.Burst,
    "announce": actions.Announce,
    "send": actions.Send,
    "garbage": actions.Garbage,
    "huge": actions.Huge,
    "drop": actions.Drop,
    "delay": actions.Delay,
    "duplicate": actions.Duplicate,
    "truncate": actions.Truncate,
    "unknown-fields": actions.UnknownFields,
    "strip-ids": actions.StripIds,
    "mirror": actions.Mirror,
    "with-audio": actions.WithAudio,
    "alias": actions.Alias,
    "fragments": actions.Fragments,
    "speak": actions.Speak,
    "invent": actions.Invent,
    "ignore": actions.Ignore,
}
"""What stands after `do =`."""
_WHEN = ("nth", "times", "connections", "resumed", "during_call", "after", "chance")
_KINDS: Final[Mapping[Any, tuple[str, tuple[type, ...]]]] = {
    int: ("a whole number", (int,)),
    float: ("a number", (int, float)),
    str: ("a text", (str,)),
    bool: ("true or false", (bool,)),
    bool | None: ("true or false", (bool,)),
}


def load_script(path: Path) -> Script:
    """The script in a TOML file.

    Raises:
        ConfigError: the file cannot be read or means nothing; the message names file, fault and field.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}: the fault script cannot be read: {error}") from error
    return parse_script(text, str(path))


def parse_script(text: str, source: str = "fault script") -> Script:
    """The script in this TOML; `source` is its name in errors.

    Raises:
        ConfigError: it means nothing; the message names source, fault and field.

    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{source}: not TOML: {error}") from error
    try:
        return _script(document)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error


def _script(document: dict[str, Any]) -> Script:
    _no_others(document, ("seed", "fault"))
    entries = document.get("fault", [])
    if not isinstance(entries, list) or not entries:
        raise ConfigError("there is no [[fault]] in it")
    seed = _typed("seed", document.get("seed", 0), int)
    return Script([_numbered(number, entry) for number, entry in enumerate(cast("list[object]", entries), 1)], seed)


def _numbered(number: int, entry: Any) -> Fault:
    try:
        if not isinstance(entry, dict):
            raise ConfigError("is no table")
        return _fault(cast("dict[str, Any]", entry))
    except ConfigError as error:
        raise ConfigError(f"fault {number}: {error}") from error


def _fault(entry: dict[str, Any]) -> Fault:
    for key in ("at", "do"):
        if key not in entry:
            raise ConfigError(f"{key} is missing")
    name = entry["do"]
    if not isinstance(name, str) or name not in ACTIONS:
        raise ConfigError(f"do is {name!r}; known are {', '.join(ACTIONS)}")
    action = ACTIONS[name]
    hints = get_type_hints(action)
    _no_others(entry, ("at", "do", *_WHEN, *hints))
    for field in attrs.fields(action):
        if field.default is attrs.NOTHING and field.name not in entry:
            raise ConfigError(f'{field.name} is missing, which do = "{name}" needs')
    given = {key: _typed(key, entry[key], hints[key]) for key in hints if key in entry}
    return Fault(_moment(entry["at"]), action(**given), **_when(entry))


def _moment(at: Any) -> str | float:
    return at if isinstance(at, str) else float(_typed("at", at, float))


def _when(entry: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(Fault)
    return {
        key: _connections(entry[key]) if key == "connections" else _typed(key, entry[key], hints[key])
        for key in _WHEN
        if key in entry
    }


def _connections(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"connections is {value!r}; it has to be a list of whole numbers")
    return tuple(_typed("connections", each, int) for each in cast("list[object]", value))


def _typed(key: str, value: Any, kind: Any) -> Any:
    what, classes = _KINDS[kind]
    if not isinstance(value, classes) or (isinstance(value, bool) and bool not in classes):
        raise ConfigError(f"{key} is {value!r}; it has to be {what}")
    return value


def _no_others(table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{key} is no field here; known are {', '.join(known)}")
