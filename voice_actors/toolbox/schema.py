"""From a function's signature to the JSON Schema that the model sees, and to the types that its arguments must have.

pydantic does both, from one definition, so what is declared and what is accepted cannot drift apart. The parameters are
the keys of a TypedDict rather than the fields of a model: a parameter may then be called `schema`, `_id` or `copy`, and
one that is left out stays left out, so that the function's own default applies.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import attrs

from voice_actors.errors import ConfigError
from voice_actors.toolbox.docstring import Documentation
from voice_actors.toolbox.hints import readable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_MAPS = ("properties", "$defs", "patternProperties")
_LISTS = ("anyOf", "allOf", "oneOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "unevaluatedItems", "contains", "propertyNames")
_GUESSED = (bool, int, float, str)


@attrs.frozen(eq=False, repr=False)
class Parameters:
    """What a tool takes: for the model as JSON Schema, for us as the types to validate against."""

    schema: Mapping[str, Any]
    adapter: TypeAdapter[Any]


def parameters_of(function: Callable[..., object], documentation: Documentation, *, tool: str) -> Parameters:
    """Read the parameters of `function`, which is named `tool` in what we say about it.

    Raises:
        ConfigError: a parameter that cannot be declared: `*args`, positional-only, or of a type without JSON Schema.
    """
    wanted = _wanted(function, tool)
    hints = _hints(function, wanted, tool)
    keys = {name: _key(parameter, hints.get(name, parameter.empty), tool) for name, parameter in wanted.items()}
    adapter = _adapter(keys, tool, open_ended=_is_open_ended(function))
    schema = _schema(adapter, tool)
    for name, parameter in wanted.items():
        _complete(schema["properties"][name], parameter, documentation.parameters.get(name))
    return Parameters(schema, adapter)


def _wanted(function: Callable[..., object], tool: str) -> dict[str, inspect.Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"tool {tool!r} has no signature to read; wrap it in a function with annotations") from error
    wanted = {name: one for name, one in signature.parameters.items() if one.kind is not inspect.Parameter.VAR_KEYWORD}
    for name, parameter in wanted.items():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            raise ConfigError(f"tool {tool!r} takes *{name}, which a model cannot fill in; take a list instead")
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            raise ConfigError(
                f"tool {tool!r}: {name!r} is positional-only, but a model names its arguments; drop the '/'"
            )
        if type(parameter.default).__name__ == "FieldInfo":
            raise ConfigError(
                f"tool {tool!r}: write {name!r} as Annotated[..., Field(...)], not as a default of Field(...)"
            )
    return _without_bound(function, wanted)


def _without_bound(function: object, wanted: dict[str, inspect.Parameter]) -> dict[str, inspect.Parameter]:
    """Leave out what `functools.partial` has filled in: the programmer chose it, not the model."""
    bound: set[str] = set()
    while (inner := getattr(function, "func", None)) is not None and hasattr(function, "keywords"):
        bound |= set(typing.cast("Any", function).keywords)
        function = inner
    return {name: parameter for name, parameter in wanted.items() if name not in bound}


def _is_open_ended(function: Callable[..., object]) -> bool:
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    return inspect.Parameter.VAR_KEYWORD in kinds


def _hints(function: Callable[..., object], wanted: Mapping[str, inspect.Parameter], tool: str) -> dict[str, Any]:
    """Resolve annotations that are written as strings; the return type is not looked at and need not exist."""
    written = {name: one.annotation for name, one in wanted.items() if one.annotation is not one.empty}
    holder = types.SimpleNamespace(__annotations__=written)
    try:
        return typing.get_type_hints(holder, _names_seen_by(function), include_extras=True)
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        raise ConfigError(f"tool {tool!r}: an annotation cannot be read: {error}") from error


def _names_seen_by(function: object) -> dict[str, Any]:
    """The globals in which a function was written, under any number of wrappers."""
    while True:
        if hasattr(function, "__globals__"):
            inner = getattr(function, "__wrapped__", None)
            if inner is None:
                return typing.cast("dict[str, Any]", typing.cast("Any", function).__globals__)
        else:
            inner = next(
                (found for name in ("func", "__func__", "__wrapped__") if (found := getattr(function, name, None))),
                None,
            )
            inner = inner or _call_of(function)
            if inner is None:
                return {}
        function = inner


def _call_of(function: object) -> object:
    if inspect.isclass(function):
        return inspect.unwrap(function.__init__) if inspect.isfunction(function.__init__) else None
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the function itself is wanted
    return call if inspect.isfunction(call) else None


def _key(parameter: inspect.Parameter, hint: Any, tool: str) -> Any:
    """The TypedDict key's type for one parameter."""
    try:
        annotation = _described(readable(_annotation(parameter, hint)))
    except ConfigError as error:
        raise ConfigError(f"tool {tool!r}: parameter {parameter.name!r}: {error}") from error
    return annotation if parameter.default is parameter.empty else typing.NotRequired[annotation]


def _annotation(parameter: inspect.Parameter, hint: Any) -> Any:
    if hint is inspect.Parameter.empty:
        return next((kind for kind in _GUESSED if type(parameter.default) is kind), Any)
    if parameter.default is None and not _takes_none(hint):
        return _or_none(hint)
    return hint


def _takes_none(hint: Any) -> bool:
    if typing.get_origin(hint) is Annotated:
        return _takes_none(typing.get_args(hint)[0])
    return any(hint is one for one in (None, Any, object, type(None))) or type(None) in typing.get_args(hint)


def _or_none(hint: Any) -> Any:
    """`x: str = None`, as many write it; what `Annotated` says stays outermost, where pydantic finds it."""
    if typing.get_origin(hint) is Annotated:
        inner, *extras = typing.get_args(hint)
        return Annotated[(typing.Optional[inner], *extras)]  # noqa: UP045 - a value, not an annotation
    return typing.Optional[hint]  # noqa: UP045


def _described(annotation: Any) -> Any:
    """`Annotated[str, "a city"]`, as LlamaIndex reads it: a bare string describes the parameter."""
    from pydantic import Field

    words = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, str)]
    return Annotated[annotation, Field(description=words[0])] if words else annotation


def _adapter(keys: Mapping[str, Any], tool: str, *, open_ended: bool) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter
    from pydantic.errors import PydanticUserError
    from typing_extensions import TypedDict

    try:
        arguments = typing.cast("Any", TypedDict)(tool, dict(keys))
        arguments.__pydantic_config__ = ConfigDict(
            extra="allow" if open_ended else "forbid", coerce_numbers_to_str=True, title=tool
        )
        return TypeAdapter(arguments)
    except (PydanticUserError, TypeError, NameError) as error:
        raise ConfigError(
            f"tool {tool!r}: {_blamed(keys)} cannot be declared to a model: {first_line(error)}"
        ) from error


def _blamed(keys: Mapping[str, Any]) -> str:
    """Name the parameter whose type it is, found by trying each alone."""
    return next((f"parameter {name!r}" for name, key in keys.items() if not _is_declarable(key)), "its signature")


def _is_declarable(key: Any) -> bool:
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    optional = typing.get_origin(key) is typing.NotRequired
    try:
        TypeAdapter(typing.get_args(key)[0] if optional else key)
    except (PydanticUserError, TypeError, NameError):
        return False
    return True


def first_line(error: Exception) -> str:
    """What pydantic says first; its further lines are for other readers."""
    return str(error).strip().split("\n", 1)[0]


def _schema(adapter: TypeAdapter[Any], tool: str) -> dict[str, Any]:
    from pydantic.errors import PydanticUserError

    try:
        schema = adapter.json_schema(mode="validation")
    except PydanticUserError as error:
        raise ConfigError(f"tool {tool!r} takes a type that JSON cannot carry: {first_line(error)}") from error
    _strip_titles(schema)
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]  # told to the model in the error, where it ever matters
    schema.setdefault("properties", {})
    return schema


def _strip_titles(schema: Any) -> None:
    """Take out the titles that pydantic makes from names: tokens that tell the model nothing."""
    if not isinstance(schema, dict):
        return
    node = typing.cast("dict[str, Any]", schema)
    if isinstance(node.get("title"), str):
        del node["title"]
    for key in _MAPS:
        for inner in node.get(key, {}).values():
            _strip_titles(inner)
    for key in _LISTS:
        for inner in node.get(key, ()):
            _strip_titles(inner)
    for key in _SCHEMAS:
        _strip_titles(node.get(key))


def _complete(schema: dict[str, Any], parameter: inspect.Parameter, words: str | None) -> None:
    """Add what the signature and the docstring know and the type does not: the default and the description."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    if words and "description" not in schema:
        schema["description"] = words
    if parameter.default is not parameter.empty:
        try:
            schema["default"] = to_jsonable_python(parameter.default)
        except (PydanticSerializationError, ValueError):
            return  # a default that JSON cannot say, such as a sentinel object: the model need not know it
