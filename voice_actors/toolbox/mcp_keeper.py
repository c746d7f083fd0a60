"""An MCP server as tools of a conversation: started with it, kept up while it lasts, and stopped with it.

The package `mcp`, the extra of that name, speaks the protocol; it is written for anyio, so it runs on trio's loop.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import logging
import math
import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import attrs
import trio

from voice_actors.errors import ConfigError
from voice_actors.toolbox.arguments import checked_by_schema
from voice_actors.toolbox.declare import Tool, checked_name
from voice_actors.toolbox.mcp_connection import connected
from voice_actors.toolbox.mcp_server import McpServer
from voice_actors.toolbox.results import Result, ToolFailed, leaves_of, result_of
from voice_actors.toolbox.room import Room
from voice_actors.values import Value

START = 60.0
"""Seconds in which a server has to be up: it may have to be downloaded first."""
_PAUSES = (0.1, 10.0)
"""Seconds before a server that died is started again, the first time and at most; twice as long each time."""
_CLOSED = -32000
"""The code of `mcp.MCPError` where the connection is gone."""
_BROKEN = {"ClosedResourceError", "BrokenResourceError", "EndOfStream"}
"""anyio's names for it."""
_UNFIT = re.compile(r"[^A-Za-z0-9_.:\-]")

_log = logging.getLogger("voice_actors.tools")


@attrs.define(eq=False, repr=False)
class McpKeeper:
    """Theory of operation: one task holds the connection. When the connection ends, by itself or because a call met its
    end, the task opens another. A call that finds none waits for it, within its own time limit. A call that was under
    way fails: whether the server had done it already, nobody knows.
    """

    server: McpServer
    tools: Sequence[Tool] = attrs.field(default=(), init=False)
    """As the server told them when it first came up."""
    restarts: int = attrs.field(default=0, init=False)
    _client: Any = attrs.field(default=None, init=False)
    _up: trio.Event = attrs.field(factory=trio.Event, init=False)
    _gone: trio.Event = attrs.field(factory=trio.Event, init=False)
    _under_way: int = attrs.field(default=0, init=False)
    """Calls that have not ended."""
    _retired: bool = attrs.field(default=False, init=False)
    _idle: trio.Event = attrs.field(factory=trio.Event, init=False)

    async def retire(self) -> None:
        """Refuse further calls, and wait until those under way have ended."""
        self._retired = True
        while self._under_way:
            await self._idle.wait()

    async def run(  # noqa: ASYNC128 - a connection says when it is ready
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Keep the server up; ready when it has told its tools.

        Raises:
            ConfigError: it does not come up at all, or a tool cannot be declared.
        """
        pause = _PAUSES[0]
        while True:
            began = trio.current_time()
            try:
                await self._hold(task_status)
            except Exception as error:
                reason = self._without_url("; ".join(f"{type(one).__name__}: {one}" for one in leaves_of(error)))
                if not self.tools:
                    raise self._never_up(error, reason) from error
                _log.warning("an MCP server went away", extra={"server": str(self.server), "error": reason})
            self._lose(self._gone)
            pause = _PAUSES[0] if trio.current_time() - began > _PAUSES[1] else min(pause * 2, _PAUSES[1])
            await trio.sleep(pause)
            self.restarts += 1

    def _without_url(self, text: str) -> str:
        return text if self.server.url is None else text.replace(self.server.url, str(self.server))

    def _never_up(self, error: Exception, reason: str) -> ConfigError:
        if isinstance(error, ConfigError):
            return error
        return ConfigError(f"the MCP server {self.server} does not come up: {reason}; does it run by itself?")

    async def _hold(self, task_status: trio.TaskStatus[None]) -> None:
        """One connection, until it is gone."""
        self._gone = trio.Event()
        with trio.fail_after(START) as patience:
            async with connected(self.server, functools.partial(self._lose, self._gone)) as client:
                first = not self.tools
                if first:
                    self.tools = await self._declared(client)
                patience.deadline = math.inf
                self._client = client
                self._up.set()
                if first:
                    task_status.started()
                await self._gone.wait()

    def _lose(self, gone: trio.Event) -> None:
        """The connection that `gone` belongs to has ended; from now on calls wait for the next."""
        gone.set()
        if gone is self._gone and self._up.is_set():
            self._client, self._up = None, trio.Event()

    async def _declared(self, client: Any) -> Sequence[Tool]:
        found: list[Any] = []
        page = await client.list_tools()
        found.extend(page.tools)
        while page.next_cursor:
            page = await client.list_tools(cursor=page.next_cursor)
            found.extend(page.tools)
        wanted = self.server.only
        if wanted is not None and (unknown := set(wanted) - {one.name for one in found}):
            names = ", ".join(one.name for one in found)
            raise ConfigError(f"the MCP server {self.server} has no {', '.join(sorted(unknown))}; it has {names}")
        if not found:
            raise ConfigError(f"the MCP server {self.server} has no tools")
        return tuple(self._tool(one) for one in found if wanted is None or one.name in wanted)

    def _tool(self, one: Any) -> Tool:
        name = checked_name(self.server.prefix + _UNFIT.sub("_", one.name))
        schema = {key: value for key, value in one.input_schema.items() if key not in {"$schema", "title"}}
        return Tool(name, one.description or "", schema, functools.partial(self._call, one.name, schema))

    async def _call(self, name: str, schema: Mapping[str, Any], args: Mapping[str, Any], room: Room) -> Result:
        ready = checked_by_schema(schema, args)
        async with room.turn():
            if self._retired:
                raise ToolFailed(f"{name} is not there any more")
            with self._counted():
                return await self._ask(name, ready)

    @contextlib.contextmanager
    def _counted(self) -> Generator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
                self._idle = trio.Event()

    async def _ask(self, name: str, ready: Mapping[str, Any]) -> Result:
        while (client := self._client) is None:
            await self._up.wait()
        gone = self._gone
        try:
            answer = await client.call_tool(name, ready)
        except Exception as error:
            if not _is_lost(error):
                raise
            self._lose(gone)
            raise ToolFailed(f"the server of {name} went away in the middle of it; it is started again") from error
        return _result(answer)


def _is_lost(error: Exception) -> bool:
    """Whether the connection is at fault, and not what was asked for."""
    return getattr(error, "code", None) == _CLOSED or type(error).__name__ in _BROKEN or isinstance(error, OSError)


def _result(answer: Any) -> Result:
    """The structured answer where there is one, else its texts; pictures and sound beside it."""
    blocks = [_block(one) for one in answer.content]
    texts = [one for one in blocks if isinstance(one, str)]
    if answer.is_error:
        raise ToolFailed("\n".join(texts) or "the tool failed")
    media = [one for one in blocks if not isinstance(one, str)]
    said = answer.structured_content if answer.structured_content is not None else "\n".join(texts)
    if not media:
        return result_of(said)
    return result_of({"output": said, "media": media})


@attrs.frozen(eq=False, repr=False)
class _Blob(Value):
    """As `google.genai.types.Blob`."""

    data: bytes
    mime_type: str


def _block(block: Any) -> str | _Blob:
    match block.type:
        case "text":
            return str(block.text)
        case "image" | "audio":
            return _Blob(base64.b64decode(block.data), block.mime_type)
        case "resource" if hasattr(block.resource, "text"):
            return str(block.resource.text)
        case "resource":
            return _Blob(base64.b64decode(block.resource.blob), block.resource.mime_type or "application/octet-stream")
        case _:
            return f"{block.type}: {getattr(block, 'uri', '')}"
