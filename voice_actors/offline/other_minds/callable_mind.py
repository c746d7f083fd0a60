"""Any Python callable as a mind."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, TypeAlias, cast

import attrs
import trio

from voice_actors.errors import ConfigError
from voice_actors.offline.parts import Call, Dialogue, Mind, Ponder, Say, Thought

Thoughts: TypeAlias = str | Thought | Iterable[str | Thought] | None
MindFunction: TypeAlias = Callable[[Dialogue], AsyncIterator[str | Thought] | Awaitable[Thoughts] | Thoughts]
"""An asynchronous generator, an asynchronous function, or a plain function or generator, which works in a thread.

What it returns or yields is a text to be spoken, a `Say`, a `Call`, a `Ponder`, or several of them; None is nothing.
"""


@attrs.frozen
class CallableMind:
    """Thinks what a function says."""

    function: MindFunction

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """The function's thoughts.

        Raises:
            TypeError: one of them is no thought.

        """
        if inspect.isasyncgenfunction(self.function):
            async with aclosing(self.function(dialogue)) as thoughts:
                async for thought in thoughts:
                    yield _thought(thought)  # noqa: ASYNC119 - whoever asks a mind closes its answer
            return
        for thought in await self._result(dialogue):
            yield thought

    async def _result(self, dialogue: Dialogue) -> list[Thought]:
        if inspect.iscoroutinefunction(self.function):
            return _listed(await self.function(dialogue))
        (result,) = await trio.to_thread.run_sync(self._call, dialogue, abandon_on_cancel=True)
        if inspect.isawaitable(result):  # a partial, or an object whose __call__ is a coroutine function
            return _listed(await result)
        if isinstance(result, AsyncIterator):
            return [_thought(thought) async for thought in cast("AsyncIterator[object]", result)]
        return cast("list[Thought]", result)

    def _call(self, dialogue: Dialogue) -> tuple[Any]:
        # In a tuple, since trio takes a bare awaitable for a mistake.
        result = self.function(dialogue)
        return (result if inspect.isawaitable(result) or isinstance(result, AsyncIterator) else _listed(result),)


def _listed(result: Any) -> list[Thought]:
    if result is None:
        return []
    if isinstance(result, str | Say | Call | Ponder):
        return [_thought(result)]
    if isinstance(result, Iterable):
        return [_thought(each) for each in cast("Iterable[object]", result)]
    raise TypeError(f"a mind says text, Say or Call, or several of them, not {type(result).__name__}")


def _thought(thought: Any) -> Thought:
    if isinstance(thought, str):
        return Say(thought)
    if isinstance(thought, Say | Call | Ponder):
        return thought
    raise TypeError(f"a mind says text, Say or Call, not {type(thought).__name__}")


def as_mind(what: Mind | MindFunction | object) -> Mind:
    """A mind as it is, anything else that can be called as a mind.

    Raises:
        ConfigError: it is neither.

    """
    if isinstance(what, type):
        what = cast("object", what())
    if hasattr(what, "respond"):
        return cast("Mind", what)
    if callable(what):
        return CallableMind(cast("MindFunction", what))
    raise ConfigError(f"mind is {type(what).__name__}; it has to have respond(dialogue), or to be callable")
