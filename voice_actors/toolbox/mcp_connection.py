"""The connection to an MCP server, as the package `mcp` makes it: over standard input and output, or over HTTP."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import trio

from voice_actors.errors import ConfigError

if TYPE_CHECKING:
    from voice_actors.toolbox.mcp_server import McpServer

_BY_PIPES = ("mcp", "anyio", "mcp.client.stdio", "jsonschema.validators")
"""What is needed. The last one `mcp` itself loads at the first answer, for which nobody would be heard for 40 ms."""
_OVER_HTTP = ("mcp", "mcp.client.streamable_http", "mcp.shared._httpx_utils", "jsonschema.validators")


def _load(names: Sequence[str]) -> None:
    """In a thread: people may be talking."""
    for name in names:
        _package(name)


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigError("an MCP server needs an extra: pip install 'voice-actors[mcp]'") from error


@asynccontextmanager
async def connected(server: McpServer, gone: Callable[[], None]) -> AsyncGenerator[Any]:
    """A client of the package; `gone` is called when the connection ends.

    Raises:
        ConfigError: the package is not installed.
    """
    await trio.to_thread.run_sync(_load, _BY_PIPES if server.url is None else _OVER_HTTP)
    client = _package("mcp").Client
    transport = _over_http(server) if server.url is not None else _by_pipes(server, gone)
    async with client(transport) as connected:
        yield connected


@asynccontextmanager
async def _over_http(server: McpServer) -> AsyncGenerator[Any]:
    streamable = _package("mcp.client.streamable_http")
    http = _package("mcp.shared._httpx_utils").create_mcp_http_client(headers=dict(server.headers))
    async with http, streamable.streamable_http_client(server.url, http_client=http) as streams:
        yield streams


@asynccontextmanager
async def _by_pipes(server: McpServer, gone: Callable[[], None]) -> AsyncGenerator[Any]:
    """The streams of a program of ours; `gone` is called when it ends, also while nobody asks it for anything."""
    program, *args = server.command
    parameters = _package("mcp").StdioServerParameters(command=program, args=args, env=dict(server.env))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: ASYNC230, PTH123 - it never blocks
        pipes: AbstractAsyncContextManager[Any] = _package("mcp.client.stdio").stdio_client(parameters, errlog=nowhere)
        async with pipes as (read, write), trio.open_nursery() as nursery:
            send, receive = _package("anyio").create_memory_object_stream(0)
            nursery.start_soon(_forward, read, send, gone)
            yield receive, write
            nursery.cancel_scope.cancel("the connection is closed")


async def _forward(read: Any, send: Any, gone: Callable[[], None]) -> None:
    try:
        async with send:
            with contextlib.suppress(trio.BrokenResourceError):
                async for message in read:
                    await send.send(message)
    finally:
        gone()
