"""The MCP servers of a conversation: up before the model knows their tools, gone when nobody wants them any more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

import attrs
import trio

from voice_actors.conversation.supervision import Supervisor
from voice_actors.errors import ConfigError
from voice_actors.toolbox.decorator import Said, opened, tool
from voice_actors.toolbox.mcp_server import McpServer

if TYPE_CHECKING:
    from voice_actors.toolbox.mcp_keeper import McpKeeper


@attrs.define(eq=False, repr=False)
class _Kept:
    keeper: McpKeeper
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:  # noqa: ASYNC128 - the keeper says when
        with self.scope:
            await self.keeper.run(task_status=task_status)

    def serves(self, tools: Sequence[Any]) -> bool:
        """One of these tools is a tool of this server, however it was renamed or configured since."""
        mine = [each.run for each in self.keeper.tools]
        return any(getattr(opened(one)[0], "run", None) in mine for one in tools)


@attrs.define(eq=False, repr=False)
class Servers:
    """Theory of operation: a server is started when it is first named among the tools, and kept for as long as one of
    its tools is. One that is let go of ends when the model knows that and the calls under way have ended. Named again
    after that, it is started anew.
    """

    _supervisor: Supervisor
    _kept: list[_Kept] = attrs.field(factory=list[_Kept], init=False)
    """Those that are not being let go of."""

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncGenerator[Self]:
        """None yet. What the block raises comes out as it is; at its end all are stopped."""
        async with Supervisor.open() as supervisor:
            try:
                with supervisor.body():
                    yield cls(supervisor)
            finally:
                supervisor.cancel("the conversation is over")

    async def start(self, tools: Sequence[Any]) -> list[Any]:
        """The same with the servers' tools in place of the servers, which are up.

        Raises:
            ConfigError: a server does not come up; then those that were started for this are stopped.
        """
        before, found = list(self._kept), list[Any]()
        try:
            for one in tools:
                bare, said = opened(one)
                found += _configured(await self._up(bare), said) if isinstance(bare, McpServer) else [one]
        except BaseException:
            self._stop([kept for kept in self._kept if kept not in before])
            raise
        return found

    async def _up(self, server: McpServer) -> McpKeeper:
        for kept in self._kept:
            if kept.keeper.server == server:
                return kept.keeper
        from voice_actors.toolbox.mcp_keeper import McpKeeper

        kept = _Kept(McpKeeper(server))
        await self._supervisor.start(f"keeper of {server}", kept.run)
        self._kept.append(kept)
        return kept.keeper

    def keep(self, tools: Sequence[Any], after: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Let go of the servers that none of these tools is of: at once, or `after` that, and after their calls.

        False where there are none, and `after` is not called.
        """
        left = [kept for kept in self._kept if not kept.serves(tools)]
        if after is None:
            self._stop(left)
        elif left:
            self._kept = [kept for kept in self._kept if kept not in left]
            self._supervisor.start_soon(_let_go, left, after)
        return bool(left)

    def _stop(self, stopped: Sequence[_Kept]) -> None:
        self._kept = [kept for kept in self._kept if kept not in stopped]
        for kept in stopped:
            kept.scope.cancel("its tools are not wanted any more")


async def _let_go(left: Sequence[_Kept], after: Callable[[], Awaitable[None]]) -> None:
    await after()
    for kept in left:
        await kept.keeper.retire()
        kept.scope.cancel("its tools are not wanted any more")


def _configured(keeper: McpKeeper, said: Said) -> list[Any]:
    if said.name is not None or said.description is not None:
        raise ConfigError(f"the MCP server {keeper.server} names and describes its tools; McpServer has a prefix")
    return [tool(one, **said.options) for one in keeper.tools]
