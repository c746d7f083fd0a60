"""From settings to the model: the first message, and how to dial."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

from voice_actors.config import AgentConfig, Connection, connection_from_environment, proxy_from_environment
from voice_actors.gemini.endpoint import endpoint
from voice_actors.gemini.events import Setup
from voice_actors.gemini.link import Link, open_link
from voice_actors.gemini.models import adapt, capabilities
from voice_actors.gemini.setup import build_setup
from voice_actors.toolbox import Toolbox

Dial: TypeAlias = Callable[[], AbstractAsyncContextManager[Link]]
"""Opens a link to the model; called anew for every connection."""


def connection_of(config: AgentConfig) -> Connection:
    """Where the model is, by the settings or else by the environment."""
    return config.connection or connection_from_environment()


def setup_builder(config: AgentConfig, toolbox: Toolbox) -> tuple[Callable[[str | None], Setup], tuple[str, ...]]:
    """What makes the first message, to resume by a handle where there is one, and notes on what the model cannot do.

    Raises:
        ConfigError: a setting cannot work.
        UnsupportedByModelError: this model refuses it.
    """
    connection, known = connection_of(config), capabilities(config.model)

    def build(handle: str | None) -> tuple[Setup, tuple[str, ...]]:
        setup = build_setup(
            config.model,
            config.live,
            instructions=config.instructions,
            voice=config.voice,
            language=config.language,
            declarations=toolbox.declarations(),
            service_tools=toolbox.service_tools,
            transcriptions=True,
            resumption=handle,
            resumable=True,
            vertexai=connection.vertexai,
            project=connection.project,
            location=connection.location,
        )
        return adapt(setup, known)

    _, notes = build(None)
    return lambda handle: build(handle)[0], notes


def dial_model(config: AgentConfig) -> Dial:
    """Dial by the settings; credentials and proxy are looked up anew each time."""

    @asynccontextmanager
    async def dial() -> AsyncGenerator[Link]:
        connection = connection_of(config)
        where = await endpoint(connection)
        async with open_link(
            where.url,
            where.headers,
            connect_within=config.deadlines.connect,
            close_within=config.deadlines.close,
            ca_file=connection.ca_file,
            proxy=connection.proxy or proxy_from_environment(where.url),
        ) as link:
            yield link

    return dial
