"""An MCP server whose only tool never answers, and that does not leave when it is asked to."""

from __future__ import annotations

import signal

import anyio
from mcp.server.mcpserver import MCPServer

server = MCPServer("hung")


@server.tool()
async def open_bridge() -> str:
    """Open the bridge."""
    await anyio.sleep_forever()
    return ""


def main() -> None:
    """Serve by standard input and output."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server.run()


if __name__ == "__main__":
    main()
