"""The tools of one conversation, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import attrs

from voice_actors.errors import ConfigError
from voice_actors.gemini.models import Capabilities
from voice_actors.toolbox.declare import Tool, checked_name, declare
from voice_actors.toolbox.decorator import Said, opened
from voice_actors.toolbox.llama_index import declare_llama_index, is_llama_index
from voice_actors.toolbox.options import checked
from voice_actors.values import Shown

SERVICE_TOOLS = ("google_search", "code_execution", "url_context", "google_maps")
"""What the service runs itself and needs no settings for; fields of `google.genai.types.Tool`."""


@attrs.frozen(eq=False, repr=False)
class Toolbox(Shown):
    """Everything that the model may ask for: our functions, and the service's own tools."""

    _tools: Mapping[str, Tool] = attrs.field(factory=dict[str, Tool])
    service_tools: Sequence[Any] = ()
    """`google.genai.types.Tool` objects and dicts such as `{"google_search": {}}`; the service runs them."""

    @classmethod
    def of(cls, tools: Sequence[Any]) -> Self:
        """Take functions, `Tool`s, LlamaIndex tools, and the service's own tools, in any order, configured or not.

        Those of the service that need no settings can be given by their names: `"google_search"`.

        Raises:
            ConfigError: something is none of these, cannot be declared, or has the name of another.
        """
        ours: dict[str, Tool] = {}
        service: list[Any] = []
        for one, said in map(opened, tools):
            if isinstance(one, str) or _is_service_tool(one):
                service.append(_unconfigured(_named(one) if isinstance(one, str) else one, said))
                continue
            tool = _tool_of(one, said)
            if tool.name in ours:
                raise ConfigError(f"two tools are named {tool.name!r}; give one another name: tool(function, name=...)")
            ours[tool.name] = tool
        return cls(ours, tuple(service))

    def get(self, name: str) -> Tool | None:
        """The tool of this name."""
        return self._tools.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        return tuple(self._tools)

    def declarations(self) -> list[dict[str, Any]]:
        """Function declarations for setup, wire names."""
        return [tool.declaration() for tool in self._tools.values()]

    def fitted(self, model: Capabilities, *, vertexai: bool = False) -> Self:
        """The same tools for this model: an answer that it waits for has no schedule, and nothing comes before it.

        Vertex AI takes one answer a call.
        """
        tools = {name: _fitted(tool, model, reports=not vertexai) for name, tool in self._tools.items()}
        return attrs.evolve(self, tools=tools)


def _fitted(tool: Tool, model: Capabilities, *, reports: bool) -> Tool:
    if not tool.options.waits(model):
        return attrs.evolve(tool, reports=reports)
    return attrs.evolve(tool, reports=False, options=attrs.evolve(tool.options, scheduling=None))


def _is_service_tool(one: object) -> bool:
    """By where its class comes from, so that google-genai need not be imported to find out."""
    if isinstance(one, Mapping):
        return True
    return type(one).__module__.startswith("google.genai.") and type(one).__name__ == "Tool"


def _named(name: str) -> dict[str, Any]:
    if name in SERVICE_TOOLS:
        return {name: {}}
    import difflib  # here, as only a wrong name needs it

    close = difflib.get_close_matches(name, SERVICE_TOOLS, n=1)
    hint = f"did you mean {close[0]!r}" if close else f"there are {', '.join(SERVICE_TOOLS)}"
    raise ConfigError(f"the service has no tool named {name!r}; {hint}? A function is given itself, not its name")


def _unconfigured(one: Any, said: Said) -> Any:
    if said == Said():
        return one
    raise ConfigError("a tool of the service runs there and has no options here; hand it over without tool(...)")


def _tool_of(one: Any, said: Said) -> Tool:
    if isinstance(one, Tool):
        return one if said == Said() else _said_anew(one, said)
    if is_llama_index(one):
        return declare_llama_index(one, said)
    if callable(one):
        name = said.name or str(getattr(one, "__name__", type(one).__name__))
        return declare(one, name=said.name, description=said.description, options=checked(name, said.options))
    raise ConfigError(f"a {type(one).__name__} is not a tool; {_taken()}")


def _said_anew(tool: Tool, said: Said) -> Tool:
    changed = {key: value for key, value in said.options.items() if value != getattr(tool.options, key)}
    if "run" in changed:
        raise ConfigError(f"tool {tool.name!r} is declared, so its place is chosen; give run where it is made")
    return attrs.evolve(
        tool,
        name=tool.name if said.name is None else checked_name(said.name),
        description=tool.description if said.description is None else said.description,
        options=checked(tool.name, attrs.asdict(tool.options) | changed),
    )


def _taken() -> str:
    taken: Iterable[str] = (
        "functions",
        "Tool",
        "LlamaIndex tools",
        "google.genai.types.Tool",
        "names of the service's own",
    )
    return "what is taken: " + ", ".join(taken)
