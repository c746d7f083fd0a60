"""From settings to the model: the first message, and how to dial."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeAlias

import attrs

from voice_actors.compression import Compression
from voice_actors.config import Activity, AgentConfig, Connection, connection_from_environment, proxy_from_environment
from voice_actors.errors import ConfigError
from voice_actors.gemini.adapting import adapt
from voice_actors.gemini.endpoint import endpoint
from voice_actors.gemini.events import ContextUpdate, Setup
from voice_actors.gemini.link import Link, open_link
from voice_actors.gemini.models import Capabilities, capabilities
from voice_actors.gemini.setup import build_setup
from voice_actors.messages import UpdateSession
from voice_actors.toolbox import Tool, Toolbox

Dial: TypeAlias = Callable[[], AbstractAsyncContextManager[Link]]
"""Opens a link to the model; called anew for every connection."""

_DETECTION: Final = "realtime_input_config.automatic_activity_detection"


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
        setup = _compressing(setup, config.compression, known)
        return adapt(_detecting(setup, config.activity), known)

    _, notes = build(None)
    if config.tell_model_what_was_heard and known.client_content == "seed-only":
        notes = (*notes, f"{config.model} can be told what was heard of a reply only together with typed text.")
    return lambda handle: build(handle)[0], notes


def update_session(
    config: AgentConfig,
    tools: Sequence[Any] | None,
    instructions: str | None,
    tools_of: Callable[[AgentConfig], Sequence[Any]],
) -> tuple[AgentConfig, UpdateSession]:
    """The settings with other tools, instructions or both, and what the session must know of them.

    Raises:
        ConfigError: a setting cannot work.
        UnsupportedByModelError: this model refuses it.
    """
    if tools is not None:
        config = attrs.evolve(config, tools=tuple(tools))
    if instructions is not None:
        config = attrs.evolve(config, instructions=instructions)
    toolbox = Toolbox.of(tools_of(config))
    setup, notes = setup_builder(config, toolbox)
    body = setup(None).body
    told = None if instructions is None else body.get("systemInstruction")
    if tools is None:
        return config, UpdateSession(setup, ContextUpdate(told), None, None, instructions, notes)
    context = ContextUpdate(told, body.get("tools", []))
    return config, UpdateSession(setup, context, tools_to_run(config, toolbox), toolbox.names, instructions, notes)


def tools_to_run(config: AgentConfig, toolbox: Toolbox) -> list[Tool]:
    """Our own tools, as they suit the model and the backend."""
    fitted = toolbox.fitted(capabilities(config.model), vertexai=connection_of(config).vertexai)
    return [tool for name in fitted.names if (tool := fitted.get(name)) is not None]


def _compressing(setup: Setup, compression: Compression | None, known: Capabilities) -> Setup:
    """With the sliding window, where the model has one and `live` does not say it.

    Raises:
        ConfigError: both say it, and different things.
    """
    given, wanted = setup.body.get("contextWindowCompression"), compression or Compression()
    if given is not None:
        if wanted not in {Compression(), _read(given)}:
            raise ConfigError("compression and live.context_window_compression say different things; give one of them")
        return setup
    if compression is None or not known.sliding_window:
        return setup
    return Setup({**setup.body, "contextWindowCompression": compression.on_the_wire()})


def _read(given: Mapping[str, Any]) -> Compression:
    trigger, target = given.get("triggerTokens"), given.get("slidingWindow", {}).get("targetTokens")
    return Compression(*(None if count is None else int(count) for count in (trigger, target)))


def _detecting(setup: Setup, activity: Activity) -> Setup:
    """Where we mark the user's activities, the server must not look for them; where we don't, it has to.

    Raises:
        ConfigError: `live` says otherwise.
    """
    config: dict[str, Any] = dict(setup.body.get("realtimeInputConfig", {}))
    detection: dict[str, Any] = dict(config.get("automaticActivityDetection", {}))
    ours = activity.mode != "server"
    if ours and detection.keys() - {"disabled"}:
        raise ConfigError(f"activity={activity.mode!r} replaces the settings of live.{_DETECTION}; leave those out")
    if detection.get("disabled", ours) != ours:
        raise ConfigError(
            f'live.{_DETECTION}.disabled and activity say different things: Activity("push-to-talk") and '
            'Activity("local") disable the server\'s detection, and nothing else does'
        )
    if not ours:
        return setup
    config["automaticActivityDetection"] = {"disabled": True}
    return Setup({**setup.body, "realtimeInputConfig": config})


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
