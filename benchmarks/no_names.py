"""Imported as a tool: from then on no name server answers."""

from __future__ import annotations

import socket
import time
from typing import Any


def look_up(name: str) -> str:
    """Look up a name."""
    return name


_numeric = socket.getaddrinfo


def _hang(*asked: Any, **_named: Any) -> list[Any]:
    *_, flags = asked  # trio gives all six by their places
    if flags & socket.AI_NUMERICHOST:
        return _numeric(*asked)
    print('{"event":"NameAsked"}', flush=True)
    time.sleep(1e6)  # a name server that never answers
    return []


socket.getaddrinfo = _hang
