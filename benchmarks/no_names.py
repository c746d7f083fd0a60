"""Imported as a tool: from then on no name server answers."""

from __future__ import annotations

import socket
import time
from typing import Any


def look_up(name: str) -> str:
    """Look up a name."""
    return name


_numeric = socket.getaddrinfo


def _hang(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:  # noqa: A002 - socket's names
    if flags & socket.AI_NUMERICHOST:
        return _numeric(host, port, family, type, proto, flags)
    print('{"event":"NameAsked"}', flush=True)
    time.sleep(1e6)  # a name server that never answers
    return []


socket.getaddrinfo = _hang
