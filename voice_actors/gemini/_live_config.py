"""What google-genai's own objects say, as plain JSON with the names of the wire: `LiveConnectConfig` and `Tool`.

google-genai is imported only where one of them, or a dict like it, is given: that takes half a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, cast

from voice_actors.errors import ConfigError
from voice_actors.gemini import names, schema, wire


def fields_of(live: Any) -> dict[str, Any]:
    """Everything that is set in a `LiveConnectConfig`, or a dict like it, by canonical name and in plain JSON.

    Raises:
        ConfigError: it cannot be read, or sets what is not used here.
    """
    import pydantic
    from google.genai import types

    try:
        config: Any = live if isinstance(live, types.LiveConnectConfig) else types.LiveConnectConfig(**live)
        instruction = _content(config.system_instruction)
        given: Sequence[Any] = config.tools or ()
        tools = [types.Tool.model_validate(tool) if isinstance(tool, dict) else tool for tool in given]
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(names.snake(str(step)) for step in ("live", *first["loc"]))
        raise ConfigError(f"{place}: {first['msg']}") from error
    except (AttributeError, TypeError) as error:  # google-genai's enums on a number, a key that is no string
        raise ConfigError(f"live cannot be read: {error}") from error
    if config.http_options is not None:
        raise ConfigError("live.http_options is not used here; set connection (base_url, api_version, headers)")
    kept = config.model_dump(exclude_none=True, exclude={"http_options", "system_instruction", "tools"})
    fields = names.canonical(_plain(kept))
    if instruction is not None:
        fields["systemInstruction"] = instruction
    if tools:
        fields["tools"] = [tool for tool in map(service_tool, tools) if tool]
    return fields


def _content(instruction: Any) -> dict[str, Any] | None:
    """A system instruction in any of its forms, as a Content object."""
    from google.genai import types

    if instruction is None:
        return None
    try:
        if isinstance(instruction, types.Content):
            content = instruction
        elif isinstance(instruction, types.Part) and instruction.function_call:
            content = types.ModelContent(parts=[instruction])
        else:
            content = types.UserContent(parts=instruction)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"live.system_instruction: {error}") from error
    return names.canonical(_plain(content.model_dump(exclude_none=True)))


def _plain(value: Any) -> Any:
    """Plain JSON: enums by their names, bytes in base64."""
    match value:
        case Enum():
            return value.value
        case bytes():
            return wire.base64(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return {key: _plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
        case list() | tuple():
            return [_plain(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value


def service_tool(tool: Any) -> dict[str, Any]:
    """One of the service's own tools on the wire, from `google.genai.types.Tool` or a dict like it.

    Raises:
        ConfigError: it is neither, or has a field that no tool has.
    """
    if isinstance(tool, Mapping):
        try:
            found = names.canonical(_plain(tool))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"a tool of the service cannot be read: {error}") from error
        for name, path in schema.unknown_fields(found, "Tool"):
            raise ConfigError(f"a tool of the service has no field {name!r}{f' in {path}' if path else ''}")
        return found
    if dump := getattr(tool, "model_dump", None):
        return names.canonical(_plain(dump(exclude_none=True)))
    if callable(tool):
        name = getattr(tool, "__name__", type(tool).__name__)
        raise ConfigError(f"live.tools holds the function {name}; give functions as AgentConfig.tools, which runs them")
    raise ConfigError(f"live.tools holds a {type(tool).__name__}, which is no google.genai.types.Tool")
