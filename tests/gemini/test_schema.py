"""The table of what a client may send, compared with google-genai's public models."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import pydantic
import pytest
from google.genai import types

from voice_actors.gemini.names import camel
from voice_actors.gemini.schema import messages, unknown_fields

ROOTS = [
    (types.Content, "Content"),
    (types.Tool, "Tool"),
    (types.FunctionResponse, "FunctionResponse"),
    (types.GenerationConfig, "GenerationConfig"),
]


def models_in(annotation: Any) -> list[type[pydantic.BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, pydantic.BaseModel):
        return [annotation]
    return [found for inner in typing.get_args(annotation) for found in models_in(inner)]


def gaps(model: type[pydantic.BaseModel], message: str, seen: set[str]) -> list[str]:
    """Fields of a model, and of those inside it, that the table does not have."""
    if model.__name__ in seen:
        return []
    seen.add(model.__name__)
    missing: list[str] = []
    for name, field in model.model_fields.items():
        kind = messages()[message].get(camel(name))
        if kind is None:
            missing.append(f"{message}.{name}")
        for inner in models_in(field.annotation):
            if kind and kind != "*":
                missing += gaps(inner, kind.rstrip("[]{}"), seen)
    return missing


@pytest.mark.parametrize(("model", "message"), ROOTS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_field_of_the_installed_release_is_known(model, message):
    """What google-genai can send must not be refused by a strict server."""
    assert gaps(model, message, set()) == []


def test_every_setting_of_a_live_connection_is_known():
    """Flat settings stand under generationConfig on the wire, the others under setup."""
    setup, generation = messages()["Setup"], messages()["GenerationConfig"]
    missing: list[str] = []
    for name, field in types.LiveConnectConfig.model_fields.items():
        kind = setup.get(camel(name), generation.get(camel(name)))
        if name == "http_options":
            continue
        assert kind is not None, name
        for inner in models_in(field.annotation) if kind and kind != "*" else []:
            if inner not in (types.File, types.Part):
                missing += gaps(inner, kind.rstrip("[]{}"), set())
    assert missing == []


def test_the_table_is_closed():
    """Every message that a field refers to exists, and every message is referred to."""
    kinds = {kind.rstrip("[]{}") for fields in messages().values() for kind in fields.values()} - {"", "*"}
    assert kinds == set(messages()) - {"ClientMessage"}


def test_free_form_objects_may_hold_anything():
    """Arguments, answers, labels and JSON Schemas have no table."""
    message = {
        "setup": {"labels": {"a_b": "c"}, "tools": [{"functionDeclarations": [{"parametersJsonSchema": {"x": 1}}]}]},
        "toolResponse": {"functionResponses": [{"response": {"anything": {"at": "all"}}}]},
    }
    assert list(unknown_fields(message)) == []


def test_wrong_types_are_left_to_the_decoder():
    """A list where an object should be is another mistake than an unknown name."""
    assert list(unknown_fields({"setup": [], "clientContent": {"turns": {"x": 1}}, "toolResponse": 5})) == []
