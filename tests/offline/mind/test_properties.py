"""What holds of the mind for any words and any declarations."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice_actors.offline.mind import BuiltinMind
from voice_actors.offline.mind.arguments import fill, fill_answer, missing
from voice_actors.offline.mind.declarations import read_tools
from voice_actors.offline.mind.text import read
from voice_actors.offline.parts import AgentTurn, Answered, Call, Called, Dialogue, Say, Sight, UserTurn

NOW = datetime(2026, 7, 14, 14, 5, tzinfo=UTC)
MIND = BuiltinMind(now=lambda: NOW)

WORDS = """what is the weather in Oslo tomorrow and set a timer for five minutes turn on the kitchen light off order two
large pizzas with ham send message to Anna saying hello convert 10 miles to km 3.5 half past six on Friday at 5 pm yes no
my name Bob remember that plus times minus 7 percent of search for trio play some jazz call cancel never mind please um
1,000 2026-07-14 12:30 "quoted words" ( ) - % $ O'Neil's don't what's count tell me a story go on
twenty euros cents under at least most within a dozen half couple completely halfway weekdays every day without high priority
SPRING20 four 7 task: there bottles yes sure the left one quarter per hour from until next Friday returning the 15th""".split()
NAMES = [
    "get_weather",
    "setTimer",
    "turn_on",
    "x",
    "order_pizza",
    "send_message",
    "convert",
    "a.b-c",
    "search",
    "日本",
    "f1",
    "_",
]
FIELDS = [
    "city",
    "seconds",
    "on",
    "size",
    "recipient",
    "message",
    "date",
    "start_time",
    "items",
    "query",
    "count",
    "to_unit",
    "from_unit",
    "x",
    "state",
    "is_vegan",
    "last_four_digits",
    "code",
    "hours",
    "minutes",
    "max_price",
    "avoid",
    "days",
    "return_date",
    "priority",
    "",
]

spoken = st.one_of(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), st.text(max_size=60))
types = st.sampled_from(
    [
        "string",
        "integer",
        "number",
        "boolean",
        "array",
        "object",
        "STRING",
        "INTEGER",
        "NUMBER",
        "BOOLEAN",
        "ARRAY",
        "OBJECT",
    ]
)
limits = st.fixed_dictionaries({}, optional={"minimum": st.integers(-5, 10), "maximum": st.integers(-5, 1000), "maxLength": st.integers(0, 20), "pattern": st.sampled_from(["^[0-9]{4}$", "[A-Z]+", "("]), "minItems": st.integers(0, 3), "format": st.sampled_from(["date", "time", "date-time", "duration", "enum", "int32"]), "description": st.sampled_from(["", "duration in minutes", "ISO 8601 date and time", "USD code"]), "nullable": st.booleans(), "default": st.just(1)})  # fmt: skip
enums = st.one_of(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.lists(st.one_of(st.integers(0, 12), st.booleans(), st.none(), st.text(max_size=4)), min_size=1, max_size=4))  # fmt: skip


def _leaf() -> st.SearchStrategy[dict]:
    plain = st.builds(lambda kind, more: {"type": kind, **more}, types, limits)
    chosen = st.builds(lambda values, more: {"enum": values, **more}, enums, limits)
    typed = st.builds(lambda values, kind: {"type": kind, "enum": values}, enums, types)
    return st.one_of(
        plain,
        chosen,
        typed,
        st.just({"$ref": "#/$defs/Thing"}),
        st.sampled_from([{"$ref": "#/$defs/Loop"}, {"$ref": "#/$defs/Tree"}, {}]),
    )


def _deeper(inner: st.SearchStrategy[dict]) -> st.SearchStrategy[dict]:
    fields = st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    required = st.lists(st.sampled_from(FIELDS), max_size=3)
    return st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda one, must: {"type": "object", "properties": one, "required": must}, fields, required),
        st.builds(
            lambda some, key: {key: some},
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["anyOf", "oneOf", "allOf"]),
        ),
        st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner),
    )


schemas = st.recursive(_leaf(), _deeper, max_leaves=6)
DEFS = {"Thing": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}, "Loop": {"$ref": "#/$defs/Loop"}, "Tree": {"type": "object", "properties": {"to": {"type": "string"}, "count": {"type": "integer"}, "next": {"$ref": "#/$defs/Tree"}}}}  # fmt: skip
parameters = st.builds(
    lambda fields, must: {"type": "object", "properties": fields, "required": must, "$defs": DEFS},
    st.dictionaries(st.sampled_from(FIELDS), schemas, max_size=5),
    st.lists(st.sampled_from(FIELDS), max_size=3),
)
declarations = st.lists(
    st.builds(
        lambda name, text, inside: {"name": name, "description": text, "parameters": inside},
        st.sampled_from(NAMES), st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), parameters,
    ),
    max_size=5, unique_by=lambda one: one["name"],
)  # fmt: skip
junk = st.recursive(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8)), lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["type", "properties", "required", "items", "enum", "anyOf", "$ref", "name", "description", "parameters", "error", "result", "city"]), inner, max_size=4)), max_leaves=10)  # fmt: skip


def fits(value: object, schema: dict, root: dict, depth: int = 0) -> bool:
    """An own, plain reading of JSON Schema, as far as these schemas go."""
    if depth > 40:  # a tree is as deep as what was said is long; only a schema that never ends gets here
        return False
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return fits(value, root["$defs"][name], root, depth + 1)
    if value is None:
        return True  # never filled in; a null could only be a default
    if "allOf" in schema and not all(_shallow(value, one) for one in schema["allOf"]):
        return False
    for key in ("anyOf", "oneOf"):
        if key in schema and not any(fits(value, one, root, depth + 1) for one in schema[key]):
            return False
    return _shallow(value, schema) and _inside(value, schema, root, depth)


def _shallow(value: object, schema: dict) -> bool:
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    kind = schema.get("type", "").lower()
    if kind and (not isinstance(value, kinds[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return False
    if "enum" in schema and not any(type(one) is type(value) and one == value for one in schema["enum"]):
        return False
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return math.isfinite(value) and schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf)
    if (
        isinstance(value, str)
        and schema.get("pattern") in {"^[0-9]{4}$", "[A-Z]+"}
        and not re.search(schema["pattern"], value)
    ):
        return False
    return not isinstance(value, str) or len(value) <= schema.get("maxLength", math.inf)


def _inside(value: object, schema: dict, root: dict, depth: int) -> bool:
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(
            fits(one, schema.get("items", {}), root, depth + 1) for one in value
        )
    if isinstance(value, dict):
        known = schema.get("properties", {})
        whole = all(name in value for name in schema.get("required", ()))
        return whole and all(fits(one, known.get(name, {}), root, depth + 1) for name, one in value.items())
    return True


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(spoken, min_size=1, max_size=3), declarations)
def test_calls_only_with_arguments_that_the_schema_allows(turns: list[str], functions: list[dict]) -> None:
    """Whatever is said and declared, the mind does not fail, and what it calls with fits the declaration."""
    entries: list = []
    known = {one["name"]: one["parameters"] for one in functions}
    for text in turns:
        entries.append(UserTurn(text))
        thoughts = MIND.think(Dialogue(entries, functions=functions))
        for number, thought in enumerate(thoughts):
            if isinstance(thought, Call):
                schema = known[thought.name]
                assert fits(dict(thought.args), {"type": "object", **schema}, schema), (text, thought)
                assert set(thought.args) <= set(schema["properties"]) | set(schema["required"])
                json.dumps(dict(thought.args), allow_nan=False)
                entries.append(Called(str(number), thought.name, thought.args))
            else:
                assert isinstance(thought, Say)
                assert thought.text.strip()
                entries.append(AgentTurn(thought.text))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoken, spoken, parameters)
def test_fills_only_what_the_schema_allows(text: str, answer: str, schema: dict) -> None:
    """Each argument that is found, in a request or in the answer to a question, fits its own schema."""
    (tool,) = read_tools([{"name": "any_tool", "parameters": schema}])
    args = dict(fill(tool, read(text), NOW, frozenset()).args)
    for wanted in missing(tool, args):
        args = fill_answer(tool, wanted, answer, NOW, args)
    unfinished = {one.name for one in missing(tool, args)}  # objects of which only a part is known are asked for again
    for name, value in args.items():
        if name in unfinished:
            continue
        assert fits(value, schema["properties"].get(name, {}), schema), (name, value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoken, st.lists(junk, max_size=3), junk)
def test_bears_with_any_declaration_and_any_answer(text: str, functions: list, response: object) -> None:
    """Declarations and answers of any form are read as loosely as need be, and never make the mind fail."""
    MIND.think(Dialogue([UserTurn(text)], functions=functions))
    answer = response if isinstance(response, dict) else {"result": response}
    told = MIND.think(Dialogue([UserTurn(text), Called("1", "f", {}), Answered("1", "f", answer)], functions=functions))
    assert told
    assert all(isinstance(one, Say) and len(one.text) < 600 and not re.search(r"[\x00-\x1f]", one.text) for one in told)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(spoken.map(UserTurn), spoken.map(AgentTurn), st.just(Sight("image/jpeg", 9))), max_size=5),
    st.text(max_size=40),
)
def test_bears_with_any_history_and_instructions(entries: list, instructions: str) -> None:
    """Whatever stands in the dialogue, in whatever order, there is an answer or silence, never a failure."""
    thoughts = MIND.think(Dialogue(entries, instructions))
    assert bool(thoughts) == any(isinstance(entry, UserTurn) for entry in entries)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from("plus minus times divided by half of square root to the power 9 7 0 million 2.5 ( ) percent twice factorial cubed and".split()), max_size=25).map(" ".join))  # fmt: skip
def test_any_sum_is_answered_in_bounded_words(text: str) -> None:
    """Sums without end, roots of negatives, huge powers: each is answered, and shortly."""
    assert all(
        isinstance(one, Say) and len(one.text) < 400 for one in MIND.think(Dialogue([UserTurn(f"what is {text}")]))
    )


def test_deep_prefixes_do_not_exhaust_the_stack() -> None:
    """A sum of a thousand signs is no sum, not a crash."""
    assert MIND.think(Dialogue([UserTurn("what is " + "- " * 990 + "1")]))
