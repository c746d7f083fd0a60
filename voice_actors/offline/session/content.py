"""What a client's Content and Tool objects hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from voice_actors.gemini.events import Json
from voice_actors.gemini.models import Behavior, Capabilities
from voice_actors.offline.parts import Sight
from voice_actors.offline.session.fields import INVALID_ARGUMENT, Refusal, object_in, objects


def text_of(content: Json) -> str:
    """All text parts of a Content object, one a line."""
    parts = objects(content.get("parts"), "parts")
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str) and not part.get("thought"))


def sights_of(content: Json) -> list[Sight]:
    """Every picture among the parts of a Content object or of a function response."""
    found: list[Sight] = []
    for part in objects(content.get("parts"), "parts"):
        inline = object_in(part, "inlineData")
        mime_type, encoded = inline.get("mimeType"), inline.get("data")
        if isinstance(mime_type, str) and mime_type.startswith("image/") and isinstance(encoded, str):
            found.append(Sight(mime_type, len(encoded.rstrip("=")) * 3 // 4))
    return found


def functions_of(tools: Sequence[Json], known: Capabilities) -> tuple[Mapping[str, Any], ...]:
    """The function declarations of all tools, with `parameters` as JSON Schema and `behavior` filled in.

    Raises:
        Refusal: a declaration has no name.

    """
    return tuple(
        _function(declared, known)
        for tool in tools
        for declared in objects(tool.get("functionDeclarations"), "functionDeclarations")
    )


def _function(declared: Json, known: Capabilities) -> Mapping[str, Any]:
    name = declared.get("name")
    if not isinstance(name, str) or not name:
        raise Refusal(f"{INVALID_ARGUMENT} A function declaration has no name.")
    schema = declared.get("parametersJsonSchema")
    if not isinstance(schema, Mapping):
        schema = _json_schema(declared.get("parameters") or {"type": "object", "properties": {}})
    return {
        "name": name,
        "description": str(declared.get("description") or ""),
        "parameters": schema,
        "behavior": behavior_of(declared.get("behavior"), known),
    }


def _json_schema(schema: object) -> Any:
    """OpenAPI subset with upper-case type names -> JSON Schema; the keys of `properties` are names, not keywords."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in cast("list[object]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    done: dict[str, Any] = {}
    for key, value in cast("Mapping[str, Any]", schema).items():
        if key == "type" and isinstance(value, str):
            done[key] = value.lower()
        elif key == "properties" and isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            done[key] = {name: _json_schema(inner) for name, inner in named.items()}
        elif key in {"enum", "default", "example", "required"}:
            done[key] = value
        else:
            done[key] = _json_schema(value)
    return done


def behavior_of(asked: object, known: Capabilities) -> Behavior:
    """How a function runs on this model that was asked to run so; what the model cannot do it does its own way."""
    if asked == "BLOCKING" and known.blocking_tools:
        return "BLOCKING"
    if asked == "NON_BLOCKING" and known.async_tools:
        return "NON_BLOCKING"
    return known.default_behavior
