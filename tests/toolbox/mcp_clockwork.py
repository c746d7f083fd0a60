"""A real MCP server, run as a program by the tests: `python mcp_clockwork.py FILE [http PORT]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
from mcp.server.mcpserver import Image, MCPServer

NOTES = Path(sys.argv[1])
"""Where it leaves word: a line at each start, and when a call was withdrawn."""

server = MCPServer("clockwork")


@server.tool()
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "light rain" if city == "Oslo" else "unknown"


@server.tool()
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def draw() -> Image:
    """Draw."""
    return Image(data=b"\x89PNG\r\n\x1a\n", format="png")


@server.tool()
def refuse() -> str:
    """Refuse."""
    raise ValueError("closed today")


@server.tool()
def die() -> str:
    """Die."""
    os._exit(3)


@server.tool()
async def wait() -> str:
    """Take an hour."""
    note("waiting")
    try:
        await anyio.sleep(3600)
    finally:
        note("withdrawn")
    return "never"


def note(word: str) -> None:
    with NOTES.open("a") as file:
        file.write(f"{word}\n")


if __name__ == "__main__":
    note(f"up {os.getpid()}")
    if sys.argv[2:3] == ["http"]:
        server.run("streamable-http", port=int(sys.argv[3]))
    else:
        server.run("stdio")
