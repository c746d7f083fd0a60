"""LlamaIndex tools, taken as they are, by their shape: LlamaIndex itself is never imported.

The shape (llama-index-core 0.14): `metadata.get_name()`, `metadata.description`, `metadata.get_parameters_dict()`,
`metadata.fn_schema` (a pydantic model or None), `call(**kwargs)` and `await acall(**kwargs)`, both giving an object
with `raw_output`, `content` and `is_error`. `call` may block, so it runs in a thread; `acall` is written for asyncio,
and runs on a loop of that kind. For a function written for trio, pass the function itself.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from voice_actors.errors import ConfigError
from voice_actors.toolbox.arguments import checked_by_schema, validated
from voice_actors.toolbox.declare import Tool, checked_name
from voice_actors.toolbox.decorator import Said
from voice_actors.toolbox.options import checked
from voice_actors.toolbox.results import Result, ToolFailed, result_of
from voice_actors.toolbox.room import Room
from voice_actors.toolbox.schema import first_line


def is_llama_index(one: Any) -> bool:
    """Whether it has the shape of a LlamaIndex tool."""
    metadata = getattr(one, "metadata", None)
    return callable(getattr(metadata, "get_parameters_dict", None)) and callable(getattr(one, "call", None))


def declare_llama_index(one: Any, said: Said | None = None) -> Tool:
    """Make a tool of a LlamaIndex tool; its answer is `{"result": raw_output}`, as LlamaIndex's own agent gives.

    Raises:
        ConfigError: the service does not take its name, or its own schema cannot be made.
    """
    metadata, said = one.metadata, said or Said()
    name = checked_name(str(metadata.get_name()) if said.name is None else said.name)
    parameters, options = _parameters(metadata, name), checked(name, said.options)
    if options.run is not None:
        raise ConfigError(f"LlamaIndex tool {name!r} runs where it is written for; leave out run, or pass its function")
    words = str(metadata.description or "") if said.description is None else said.description
    return Tool(name, words, parameters, functools.partial(_run, one, parameters), options)


def _parameters(metadata: Any, name: str) -> dict[str, Any]:
    try:
        return dict(metadata.get_parameters_dict())
    except Exception as error:  # pydantic's or its own; LlamaIndex says with neither which tool it was
        raise ConfigError(f"LlamaIndex tool {name!r} has no schema: {first_line(error)}") from error


async def _run(one: Any, parameters: Mapping[str, Any], args: Mapping[str, Any], room: Room) -> Result:
    ready = _arguments(one, parameters, args)
    if _is_async(one):
        return _answer(await room.on_asyncio(functools.partial(one.acall, **ready)))
    return await room.in_thread(lambda: _answer(one.call(**ready)))


def _arguments(one: Any, parameters: Mapping[str, Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """Validated by the tool's pydantic model where it has one; only what the model gave is passed on."""
    model = getattr(one.metadata, "fn_schema", None)
    if model is None:
        return checked_by_schema(parameters, args)
    from pydantic import TypeAdapter

    instance = validated(TypeAdapter(model), args)
    given = instance.model_fields_set | set(instance.model_extra or ())
    return {name: getattr(instance, name) for name in given}


def _answer(output: Any) -> Result:
    if getattr(output, "is_error", False):
        raise ToolFailed(str(getattr(output, "content", "") or "the tool failed"))
    return result_of(getattr(output, "raw_output", output), key="result")


def _is_async(one: Any) -> bool:
    function = getattr(one, "real_fn", None)
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
