"""Declarations as people and libraries write them."""

from __future__ import annotations

import pytest

from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.schema import Shape


def one(schema, **root):
    """The shape of a parameter x with this schema."""
    (tool,) = read_tools([{"name": "f", "parameters": {"type": "object", "properties": {"x": schema}, **root}}])
    return tool.parameters[0].shape


def test_reads_names_descriptions_and_what_is_required():
    """A declaration is a name, a description and parameters, some of which must be given."""
    schema = {
        "type": "OBJECT",
        "properties": {"a": {"type": "STRING", "description": "an a"}, "b": {"type": "INTEGER"}},
        "required": ["b"],
    }
    (tool,) = read_tools([{"name": "fn", "description": "does", "parameters": schema}])
    assert ("fn", "does") == (tool.name, tool.description)
    assert [("a", "string", False), ("b", "integer", True)] == [
        (p.name, p.shape.kind, p.required) for p in tool.parameters
    ]
    assert ["b"] == [p.name for p in tool.required]


@pytest.mark.parametrize("key", ["parameters", "parametersJsonSchema", "parameters_json_schema"])
def test_finds_the_schema_under_each_of_its_names(key):
    """OpenAPI's parameters and the two spellings of the JSON Schema field say the same."""
    (tool,) = read_tools([{"name": "f", key: {"properties": {"x": {"type": "number"}}}}])
    assert ["number"] == [p.shape.kind for p in tool.parameters]


def test_what_has_no_name_is_left_out():
    """A declaration without a usable name cannot be called."""
    assert [] == read_tools([{}, {"name": ""}, {"name": 5}, "text", None])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("schema", "kind", "nullable"),
    [({"type": "STRING"}, "string", False), ({"type": ["null", "integer"]}, "integer", True), ({"type": "string", "nullable": True}, "string", True),
     ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean", True), ({"oneOf": [{"type": "number"}, {"type": "string"}]}, "number", False),
     ({"properties": {}}, "object", False), ({"items": {}}, "array", False), ({"enum": ["a"]}, "string", False), ({}, "any", False),
     ({"type": "null"}, "null", True), ({"anyOf": [{"type": "null"}]}, "null", True), ({"$ref": "#/$defs/nowhere"}, "any", False),
     ({"$ref": "https://elsewhere.example/schema"}, "any", False), ({"type": "thing"}, "any", False), ("odd", "any", False)],
)  # fmt: skip
def test_reads_types_in_all_their_spellings(schema, kind, nullable):
    """Upper case, lists of types, unions with null, and types that only the other keywords tell."""
    shape = one(schema)
    assert (kind, nullable) == (shape.kind, shape.nullable)


def test_follows_references_also_into_themselves():
    """`$ref` and `$defs` are followed; what refers to itself ends in depth, and what is only itself lets nothing through."""
    defs = {"City": {"type": "string", "enum": ["Oslo"]}, "Tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}}}, "Loop": {"$ref": "#/$defs/Loop"}, "a/b": {"type": "integer"}}  # fmt: skip
    assert ("Oslo",) == one({"$ref": "#/$defs/City", "description": "where"}, **{"$defs": defs}).choices
    assert one({"$ref": "#/$defs/Tree"}, **{"$defs": defs}).kind == "object"
    assert one({"$ref": "#/$defs/a~1b"}, **{"$defs": defs}).kind == "integer"
    assert not one({"$ref": "#/$defs/Loop"}, **{"$defs": defs}).allows("x")


def test_unions_of_constants_are_choices():
    """Several `const` in an `anyOf`, as some libraries write a Literal, are one enum."""
    shape = one({"anyOf": [{"const": "a"}, {"const": "b"}, {"type": "null"}]})
    assert ("a", "b") == shape.choices
    assert shape.allows("a")
    assert not shape.allows("c")
    assert shape.allows(None)


def test_all_of_means_every_one():
    """A value must fit each part of an `allOf`, and fields of all parts are known."""
    shape = one(
        {
            "allOf": [
                {"properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer"}}},
            ]
        }
    )
    assert {"a", "b"} == {field.name for field in shape.fields}
    assert shape.allows({"a": "x", "b": 1})
    assert not shape.allows({"b": 1})
    assert not one({"allOf": [{"type": "string"}, {"type": "integer"}]}).allows("x")


def test_a_required_name_without_a_schema_is_asked_for_as_text():
    """What is required must be given, even where nothing else is said of it."""
    (tool,) = read_tools([{"name": "f", "parameters": {"type": "object", "required": ["who"]}}])
    assert [("who", "string", True)] == [(p.name, p.shape.kind, p.required) for p in tool.parameters]


ALLOWED = [
    ({"type": "integer"}, 5, True), ({"type": "integer"}, True, False), ({"type": "integer"}, 5.0, False), ({"type": "number"}, 5.5, True),
    ({"type": "number"}, float("inf"), False), ({"type": "boolean"}, False, True), ({"type": "string"}, 5, False), ({"enum": [1, 2]}, 1, True),
    ({"enum": [1]}, True, False), ({"type": "integer", "enum": ["1"]}, "1", False), ({"enum": [None]}, "x", False), ({"enum": [None]}, None, True),
    ({"type": "integer", "minimum": 3, "maximum": 5}, 3, True), ({"type": "integer", "minimum": 3}, 2, False), ({"type": "integer", "maximum": "5"}, 6, False),
    ({"type": "integer", "exclusiveMinimum": 3}, 3, False), ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 3, False),
    ({"type": "integer", "exclusiveMaximum": 3}, 3, False), ({"type": "integer", "maximum": 3, "exclusiveMaximum": False}, 3, True),
    ({"type": "number", "multipleOf": 0.5}, 2.5, True), ({"type": "number", "multipleOf": 0.5}, 2.3, False),
    ({"type": "string", "minLength": "2"}, "x", False), ({"type": "string", "maxLength": 2}, "xyz", False), ({"type": "string", "pattern": "^a"}, "abc", True),
    ({"type": "string", "pattern": "^a"}, "bcd", False), ({"type": "string", "pattern": "("}, "bcd", False), ({"type": "string", "pattern": 5}, "bcd", True),
    ({"type": "array", "items": {"type": "integer"}}, [1, 2], True), ({"type": "array", "items": {"type": "integer"}}, ["1"], False), ({"type": "array", "minItems": 2}, [1], False),
    ({"type": "array", "uniqueItems": True}, [1, 1], False), ({"type": "array", "uniqueItems": True}, [{"a": 1}, {"a": 2}], True),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, {"a": "x", "b": 2}, True), ({"type": "object", "required": ["a"]}, {}, False),
    ({"type": "object", "properties": {"a": {"type": "string"}}}, {"a": 5}, False), ({"type": "null"}, None, True), ({"type": "null"}, "x", False), ({}, "x", True),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "allowed"), ALLOWED)
def test_lets_through_what_the_schema_allows(schema, value, allowed):
    """Types, choices, limits in both generations of JSON Schema, and what is inside."""
    assert allowed == one(schema).allows(value)


def test_an_unknown_limit_is_no_limit():
    """A limit that is no number does not limit."""
    assert Shape("integer", limits={"minimum": "low", "maximum": True}).allows(7)
