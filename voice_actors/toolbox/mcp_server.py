"""Where an MCP server is, among the tools of a conversation; `mcp_keeper` talks to it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

import attrs

from voice_actors.config import shown_address
from voice_actors.errors import ConfigError
from voice_actors.values import Value


def _without_options(command: Sequence[str]) -> str:
    """A program and what it is given first: what follows may be a key."""
    return shlex.join(command[:2]) + (" …" if len(command) > 2 else "")


def _names(value: Mapping[str, str]) -> str:
    return repr(sorted(value))


@attrs.frozen(eq=False, repr=False)
class McpServer(Value):
    """Where tools come from: a program that is started and spoken to by its standard input and output, or a URL.

    Goes into `AgentConfig.tools`; `tool(McpServer(...), consent="ask")` gives options to all of its tools.

    Raises:
        ConfigError: neither a command nor a URL, or both.
    """

    command: Sequence[str] = attrs.field(default=(), repr=lambda command: repr(_without_options(command)))
    """The program and its arguments, such as `("uvx", "mcp-server-time")`."""
    url: str | None = attrs.field(default=None, repr=lambda url: repr(url and shown_address(url)))
    """Of a server that speaks streamable HTTP."""
    env: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=_names)
    """More environment variables for the program."""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=_names)
    """For the URL: an Authorization, for one."""
    prefix: str = ""
    """Stands in front of the tools' names, where two servers have the same."""
    only: Collection[str] | None = None
    """These of its tools, by the server's own names; None takes all."""

    def __attrs_post_init__(self) -> None:
        if isinstance(self.command, str):
            raise ConfigError(f"McpServer: give the command in parts, command={tuple(shlex.split(self.command))!r}")
        if bool(self.command) == (self.url is not None):
            raise ConfigError("McpServer: give either a command or a url")

    def __str__(self) -> str:
        """For messages."""
        return _without_options(self.command) if self.url is None else shown_address(self.url)
