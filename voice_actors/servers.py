"""The MCP servers of a conversation, up before its first message and gone after its last."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs

from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.supervision import Supervisor
from voice_actors.toolbox.decorator import Said, opened, tool
from voice_actors.toolbox.mcp_server import McpKeeper, McpServer


@asynccontextmanager
async def with_servers(config: AgentConfig) -> AsyncGenerator[AgentConfig]:
    """The settings with the servers' tools in place of the servers, which are kept up for as long as the block lasts.

    Raises:
        ConfigError: a server does not come up. What the block raises comes out as it is.
    """
    keepers = {place: McpKeeper(one) for place, one in enumerate(_bare(config)) if isinstance(one, McpServer)}
    if not keepers:
        yield config
        return
    async with Supervisor.open() as supervisor:
        try:
            for keeper in keepers.values():
                await supervisor.start(f"keeper of {keeper.server}", keeper.run)
            with supervisor.body():
                yield attrs.evolve(config, tools=_tools(config, keepers))
        finally:
            supervisor.cancel("the conversation is over")


def _bare(config: AgentConfig) -> list[Any]:
    return [opened(one)[0] for one in config.tools]


def _tools(config: AgentConfig, keepers: Mapping[int, McpKeeper]) -> list[Any]:
    found: list[Any] = []
    for place, one in enumerate(config.tools):
        if place in keepers:
            found += _configured(keepers[place], opened(one)[1])
        else:
            found.append(one)
    return found


def _configured(keeper: McpKeeper, said: Said) -> list[Any]:
    if said.name is not None or said.description is not None:
        raise ConfigError(f"the MCP server {keeper.server} names and describes its tools; McpServer has a prefix")
    return [tool(one, **said.options) for one in keeper.tools]
