"""A tool: a function with a name, words and a schema for the model, and a way to run it that suits it."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import Any, TypeAlias, cast

import attrs

from voice_actors.errors import ConfigError
from voice_actors.toolbox import in_process, progress
from voice_actors.toolbox.arguments import validated
from voice_actors.toolbox.docstring import read_docstring
from voice_actors.toolbox.options import ToolOptions
from voice_actors.toolbox.results import Result, result_of
from voice_actors.toolbox.room import Room
from voice_actors.toolbox.schema import Parameters, parameters_of
from voice_actors.values import Shown

Run: TypeAlias = Callable[[Mapping[str, Any], Room], Awaitable[Result]]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-]{0,127}")
"""What the service takes as a function's name: `google.genai.types.FunctionDeclaration.name`."""


@attrs.frozen(eq=False, repr=False)
class Tool(Shown):
    """Something that the model can ask for."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of an object; `$ref` and `$defs` are kept."""
    run: Run = attrs.field(repr=False)
    """Takes the model's arguments and room to run in, and returns the answer.

    Raises BadArguments where the arguments do not fit, and whatever the tool itself raises.
    """
    options: ToolOptions = attrs.field(factory=ToolOptions)
    reports: bool = True
    """What it says on its way may be told: the model talks on meanwhile."""

    def declaration(self) -> dict[str, Any]:
        """How the tool is told to the service, wire names."""
        wire: dict[str, Any] = {"name": self.name}
        if self.description:
            wire["description"] = self.description
        if self.parameters.get("properties") or self.parameters.get("additionalProperties"):
            wire["parametersJsonSchema"] = dict(self.parameters)  # an empty object is refused, no schema is not
        if behavior := self.options.wire_behavior:
            wire["behavior"] = behavior
        return wire


def declare(
    function: Callable[..., object],
    *,
    name: str | None = None,
    description: str | None = None,
    options: ToolOptions | None = None,
) -> Tool:
    """Make a tool of a function: async, plain, a bound method, a `functools.partial`, an object that can be called.

    The name is the function's, the description its docstring's first paragraph, the schema comes from its annotations
    and from the docstring's lines about parameters. An async function runs on trio's loop; any other in a thread. What
    a generator yields is told to the model as it comes, and the model does not wait for such a tool unless told so.

    Raises:
        ConfigError: it cannot be told to a model; the message says what to change.
    """
    tool = checked_name(name if name is not None else _name_of(function))
    written = _written(function)
    documentation = read_docstring(_docstring_of(function))
    parameters = parameters_of(function, documentation, tool=tool)
    options = options or ToolOptions()
    run = _place(tool, options, written)
    if run is _in_process:
        in_process.check(tool, function)
    if run in {_yielding_on_loop, _yielding_in_thread} and options.behavior is None:
        options = attrs.evolve(options, behavior="non-blocking")
    words = documentation.description if description is None else description
    return Tool(tool, words, parameters.schema, functools.partial(run, function, parameters), options)


def checked_name(name: str) -> str:
    """`name`, if the service takes it.

    Raises:
        ConfigError: it does not.
    """
    if _NAME.fullmatch(name):
        return name
    raise ConfigError(
        f"{name!r} cannot be a tool's name: up to 128 letters, digits and _ . : - starting with a letter or _; "
        "use a function made with def, or tool(function, name=...)"
    )


_Runner: TypeAlias = Callable[[Callable[..., object], Parameters, Mapping[str, Any], Room], Awaitable[Result]]


def _place(tool: str, options: ToolOptions, written: Any) -> _Runner:
    is_async = inspect.iscoroutinefunction(written) or inspect.isasyncgenfunction(written)
    if is_async and options.run in {"thread", "process"}:
        raise ConfigError(f"tool {tool!r} is async, which runs on the loop; leave out run, or make it a plain function")
    if options.run == "asyncio":
        if not inspect.iscoroutinefunction(written):
            raise ConfigError(f"tool {tool!r} is no async function, which asyncio could await; leave out run")
        return _on_asyncio
    if inspect.isasyncgenfunction(written):
        return _yielding_on_loop
    if inspect.isgeneratorfunction(written):
        if options.run in {"loop", "process"}:
            raise ConfigError(
                f"tool {tool!r} is a plain generator, which runs in a thread; leave out run, or make it async"
            )
        return _yielding_in_thread
    if options.run == "process":
        return _in_process
    return _on_loop if is_async or options.run == "loop" else _in_thread


async def _on_loop(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    ready = validated(parameters.adapter, args)
    async with room.turn():
        value = function(**ready)
        return result_of(await cast("Awaitable[object]", value) if inspect.isawaitable(value) else value)


async def _on_asyncio(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    make = cast("Callable[..., Awaitable[object]]", function)
    return result_of(await room.on_asyncio(functools.partial(make, **validated(parameters.adapter, args))))


async def _in_thread(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    ready = validated(parameters.adapter, args)
    promised: list[Awaitable[object]] = []

    def call() -> Result:
        value = function(**ready)
        if inspect.isawaitable(value):
            promised.append(cast("Awaitable[object]", value))
            return Result({})
        return result_of(value)  # here too: a large answer takes its time

    result = await room.in_thread(call)
    # a plain function around an async one, a decorator without `async` for one
    return result_of(await promised[0]) if promised else result


async def _in_process(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    return await in_process.run(function, validated(parameters.adapter, args), room)


async def _yielding_on_loop(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    make = cast("Callable[..., AsyncGenerator[object]]", function)
    return await progress.on_loop(functools.partial(make, **validated(parameters.adapter, args)), room)


async def _yielding_in_thread(
    function: Callable[..., object], parameters: Parameters, args: Mapping[str, Any], room: Room
) -> Result:
    make = cast("Callable[..., Generator[object, None, object]]", function)
    return await progress.in_thread(functools.partial(make, **validated(parameters.adapter, args)), room)


def _written(function: Any) -> Any:
    """The function that somebody wrote, under partials, bound methods and callable objects."""
    while isinstance(function, functools.partial):
        function = cast("functools.partial[object]", function).func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return type(function).__call__


def _name_of(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = cast("functools.partial[object]", function).func
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _docstring_of(function: Any) -> str | None:
    """A callable object may be documented where it is called or at its class."""
    written = _written(function)
    while isinstance(function, functools.partial):
        function = cast("functools.partial[object]", function).func
    return inspect.getdoc(written) if written is function else inspect.getdoc(function) or inspect.getdoc(written)
