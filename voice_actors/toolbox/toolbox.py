"""The tools of one conversation, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import attrs

from voice_actors.errors import ConfigError
from voice_actors.toolbox.declare import Behavior, Tool, declare
from voice_actors.toolbox.llama_index import declare_llama_index, is_llama_index


@attrs.frozen(eq=False)
class Toolbox:
    """Everything that the model may ask for: our functions, and the service's own tools."""

    _tools: Mapping[str, Tool] = attrs.field(factory=dict[str, Tool])
    service_tools: Sequence[Any] = ()
    """`google.genai.types.Tool` objects and dicts such as `{"google_search": {}}`, untouched; the service runs them."""

    @classmethod
    def of(cls, tools: Sequence[Any]) -> Self:
        """Take functions, `Tool`s, LlamaIndex tools, and the service's own tools, in any order.

        Raises:
            ConfigError: something is none of these, cannot be declared, or has the name of another.
        """
        ours: dict[str, Tool] = {}
        service: list[Any] = []
        for one in tools:
            if _is_service_tool(one):
                service.append(one)
                continue
            tool = _tool_of(one)
            if tool.name in ours:
                raise ConfigError(
                    f"two tools are named {tool.name!r}; give one another name: declare(function, name=...)"
                )
            ours[tool.name] = tool
        return cls(ours, tuple(service))

    def get(self, name: str) -> Tool | None:
        """The tool of this name."""
        return self._tools.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        return tuple(self._tools)

    def declarations(self, default_behavior: Behavior | None = None) -> list[dict[str, Any]]:
        """Function declarations for setup, wire names; `default_behavior` is for tools that do not say."""
        return [tool.declaration(default_behavior) for tool in self._tools.values()]


def _is_service_tool(one: object) -> bool:
    """By where its class comes from, so that google-genai need not be imported to find out."""
    if isinstance(one, Mapping):
        return True
    return type(one).__module__.startswith("google.genai.") and type(one).__name__ == "Tool"


def _tool_of(one: Any) -> Tool:
    if isinstance(one, Tool):
        return one
    if is_llama_index(one):
        return declare_llama_index(one)
    if callable(one):
        return declare(one)
    raise ConfigError(f"a {type(one).__name__} is not a tool; {_taken()}")


def _taken() -> str:
    taken: Iterable[str] = ("functions", "Tool", "LlamaIndex tools", "google.genai.types.Tool")
    return "what is taken: " + ", ".join(taken)
