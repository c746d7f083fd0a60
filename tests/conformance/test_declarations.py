"""Our declarations say what google-genai's own say for the same function, where it can read that function."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import Any, Literal

import pydantic
import pytest
from google.genai import types as genai

from voice_actors.toolbox import Toolbox, declare, tool


class Unit(enum.Enum):
    C = "celsius"
    F = "fahrenheit"


class Address(pydantic.BaseModel):
    street: str
    number: int = 1


class Person(pydantic.BaseModel):
    name: str
    homes: list[Address] = []


def nothing() -> str:
    """Say nothing."""


def text(city: str) -> str:
    """Say the weather."""


def scalars(a: str, b: int, c: float, d: bool) -> dict:
    """Take one of each."""


def defaults(a: str = "x", b: int = 0, c: float = 0.5, d: bool = False) -> None:
    """Need nothing."""


def mixed(city: str, days: int = 1, unit: str | None = None) -> None:
    """Need one."""


def lists(names: list[str], rows: list[list[int]]) -> None:
    """Take lists."""


def mapping(scores: dict[str, int]) -> None:
    """Take a mapping."""


def choice(size: Literal["s", "m"], again: Literal["x"] = "x") -> None:
    """Choose."""


def either(value: int | str) -> None:
    """Take either."""


def optional(value: int | None) -> None:
    """Take something or nothing."""


def enumeration(unit: Unit) -> None:
    """Take a unit."""


def model(who: Person) -> None:
    """Take a person."""


def models(everyone: list[Person], best: Person | None = None) -> None:
    """Take people."""


def keyword_only(*, city: str, days: int = 1) -> None:
    """Take keywords."""


def moment(at: dt.datetime) -> None:
    """Take a time."""


class Station:
    def read(self, day: int) -> None:
        """Read."""


FUNCTIONS = [
    nothing,
    text,
    scalars,
    defaults,
    mixed,
    lists,
    mapping,
    choice,
    either,
    optional,
    enumeration,
    model,
    models,
    keyword_only,
    moment,
    Station().read,
]


LEFT_OUT = {"title", "default", "additionalProperties", "$defs"}
"""What may differ between two writers of the same schema."""


def definitions(schema: Any) -> dict[str, Any]:
    """Every `$defs` in it: google-genai puts them beside the parameter, we at the top, where `#/$defs/` points."""
    found: dict[str, Any] = {}
    for one in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        found |= definitions(one)
    return found | schema.get("$defs", {}) if isinstance(schema, dict) else found


def shape(schema: Any, named: dict[str, Any]) -> Any:
    """A schema with its references filled in."""
    if isinstance(schema, list):
        return [shape(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return shape(named[schema["$ref"].rpartition("/")[2]], named)
    kept = {
        key: value for key, value in schema.items() if key not in LEFT_OUT or key == "additionalProperties" and value
    }
    if "anyOf" in kept:
        kept.pop("type", None)  # google-genai 2 says "object" beside alternatives that are none
    return {
        key: {name: shape(one, named) for name, one in value.items()} if key == "properties" else shape(value, named)
        for key, value in kept.items()
    }


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_our_declaration_says_what_google_genai_says(function):
    """Name, description, properties, their types and which are required agree."""
    ours = declare(function).declaration()
    declared = genai.FunctionDeclaration.from_callable_with_api_option(callable=function, use_json_schema=True)
    theirs = declared.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert theirs["name"] == ours["name"]
    assert theirs["description"] == ours["description"]
    empty = {"type": "object", "properties": {}}
    schema, mine = ({"required": [], **one.get("parametersJsonSchema", empty)} for one in (theirs, ours))
    assert shape(schema, definitions(schema)) == shape(mine, definitions(mine))


def test_a_parameter_without_a_default_is_required_whatever_its_type():
    """Here we differ on purpose: google-genai calls a parameter of type Any optional, and the call without it fails."""

    def anything(value: Any) -> None:
        """Take anything."""

    assert ["value"] == declare(anything).parameters["required"]


def test_google_genai_takes_all_declarations_as_one_tool():
    """The whole toolbox fits into its config, with the service's own tools beside it, and comes out unchanged."""
    search = genai.Tool(google_search=genai.GoogleSearch())
    toolbox = Toolbox.of([*(tool(one, behavior="non-blocking") for one in FUNCTIONS), search])
    declarations = toolbox.declarations()
    config = genai.LiveConnectConfig.model_validate(
        {"tools": [*toolbox.service_tools, {"functionDeclarations": declarations}]}
    )
    dumped = config.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert declarations == dumped["tools"][1]["functionDeclarations"]
    assert declarations == json.loads(json.dumps(declarations))
