"""Types that pydantic does not know, said in types that it knows; the function still gets what it asks for."""

from __future__ import annotations

import collections.abc
import sys
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, cast

import attrs

from voice_actors.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

_STREAMS = (collections.abc.Iterable, collections.abc.Iterator, collections.abc.Generator)
"""pydantic checks these while they are read, in the middle of the tool; a list is checked before."""


def readable(hint: Any, within: tuple[type, ...] = ()) -> Any:
    """The same type for pydantic: attrs classes, TypedDicts of older Pythons and iterables are replaced, at any depth.

    Raises:
        ConfigError: an attrs class or TypedDict contains itself, or one of its annotations cannot be read.
    """
    if isinstance(hint, type) and (attrs.has(hint) or _is_old_typed_dict(hint)):
        return _replaced(hint, within)
    origin: Any = typing.get_origin(hint)
    arguments: tuple[Any, ...] = typing.get_args(hint)
    if origin is typing.Literal or not arguments:
        return list[Any] if hint in _STREAMS else hint
    if origin is Annotated:
        return Annotated[(readable(arguments[0], within), *arguments[1:])]
    inner: tuple[Any, ...] = tuple(readable(one, within) for one in arguments)
    if origin in _STREAMS:
        return list[inner[0]]  # type: ignore[valid-type]
    if inner == arguments:
        return hint
    return typing.Union[inner] if origin in {typing.Union, types.UnionType} else origin[inner]  # noqa: UP007


def _replaced(hint: type, within: tuple[type, ...]) -> Any:
    if hint in within:
        raise ConfigError(f"{hint.__name__} contains itself, which only pydantic models and dataclasses may here")
    try:
        hints = typing.get_type_hints(hint, include_extras=True)
    except (NameError, TypeError) as error:
        raise ConfigError(f"an annotation of {hint.__name__} cannot be read: {error}") from error
    read = {name: readable(one, (*within, hint)) for name, one in hints.items()}
    return Annotated[hint, _Fields(hint, _attrs_keys(hint, read))] if attrs.has(hint) else _dictionary(hint, read)


def _attrs_keys(hint: Any, read: dict[str, Any]) -> dict[str, Any]:
    return {
        one.alias or one.name: read.get(one.name, Any)
        if one.default is attrs.NOTHING
        else typing.NotRequired[_with_default(read.get(one.name, Any), one.default)]
        for one in attrs.fields(hint)
        if one.init
    }


def _with_default(hint: Any, default: Any) -> Any:
    from pydantic import Field
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return Annotated[hint, Field(json_schema_extra={"default": to_jsonable_python(default)})]
    except (PydanticSerializationError, ValueError):
        return hint  # a factory; the model need not know it


def _dictionary(hint: Any, read: dict[str, Any]) -> Any:
    """The keys say themselves whether they are required, or the class as a whole does."""
    from typing_extensions import TypedDict

    wrapped: dict[str, Any] = {
        name: typing.NotRequired[_bare(one)] if _may_be_missing(hint, name, one) else _bare(one)
        for name, one in read.items()
    }
    made = cast("Any", TypedDict)(hint.__name__, wrapped)
    made.__doc__ = hint.__doc__
    return made


def _may_be_missing(holder: Any, name: str, hint: Any) -> bool:
    """What the key itself says counts; the class has not read it where annotations are text."""
    said = typing.get_origin(hint)
    return said is typing.NotRequired or (said is not typing.Required and name in holder.__optional_keys__)


def _bare(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) in {typing.Required, typing.NotRequired} else hint


def _is_old_typed_dict(hint: type) -> bool:
    return sys.version_info < (3, 12) and typing.is_typeddict(hint) and type(hint).__module__ == "typing"


@attrs.frozen(eq=False, repr=False)
class _Fields:
    """Tells pydantic how an attrs class is made from an object of JSON."""

    made: type
    keys: dict[str, Any]

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic import ConfigDict
        from pydantic_core import core_schema
        from typing_extensions import TypedDict

        fields = cast("Any", TypedDict)(self.made.__name__, self.keys)
        fields.__pydantic_config__ = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
        return core_schema.no_info_after_validator_function(self._make, handler.generate_schema(fields))

    def _make(self, given: dict[str, Any]) -> Any:
        """The class may refuse what fits its types; a TypeError would look like a bug of ours."""
        try:
            return self.made(**given)
        except TypeError as error:
            raise ValueError(str(error)) from error
