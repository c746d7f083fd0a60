"""One nursery, one for all: when one actor fails, the conversation ends, with one error that says which and why."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial
from typing import Protocol, Self

import attrs
import trio

from voice_actors.errors import AgentFailed


class Startable(Protocol):
    """An actor's `run` that says when it is ready."""

    def __call__(self, *, task_status: trio.TaskStatus[None]) -> Awaitable[None]:
        """Run."""
        ...


@attrs.define(eq=False, repr=False)
class Supervisor:
    """Theory of operation: an actor that fails before it is ready fails the opening with its own error. One that fails
    later is noted, once, and the nursery is cancelled; so the nursery itself sees only what the body raises, and the
    body's own exception can come out bare.
    """

    _nursery: trio.Nursery
    _scopes: list[trio.CancelScope] = attrs.field(factory=list[trio.CancelScope], init=False)
    """Of the actors."""
    _stopped: str | None = attrs.field(default=None, init=False)
    """Why all were let go, and whoever begins after that is."""
    _failure: AgentFailed | None = attrs.field(default=None, init=False)
    _opening_error: Exception | None = attrs.field(default=None, init=False)
    _body_error: BaseException | None = attrs.field(default=None, init=False)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncGenerator[Self]:
        """The nursery, for as long as the block lasts.

        Raises:
            AgentFailed: an actor failed. The block's own exception, or a surrounding cancellation, comes out as it is.
        """
        supervisor: Self | None = None
        try:
            async with trio.open_nursery() as nursery:
                supervisor = cls(nursery)
                yield supervisor
        except BaseExceptionGroup as group:
            one = supervisor._one_of(group) if supervisor else None
            if one is None:
                raise
        else:
            one = supervisor._failure
        if one is not None:
            raise one

    async def start(self, name: str, run: Startable) -> None:
        """Start an actor and wait until it is ready; raises what it raises before that."""
        try:
            await self._nursery.start(self._watch, name, run, name=name)
        except Exception as error:
            self._opening_error = error
            raise

    def begin(self, name: str, run: Startable) -> None:
        """Start an actor and do not wait; from the first checkpoint on, it must have said that it is ready."""
        self._nursery.start_soon(partial(self._watch, name, run, task_status=trio.TASK_STATUS_IGNORED), name=name)

    def start_soon(self, run: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Let something run beside the actors that is not waited for and does not fail."""
        self._nursery.start_soon(run, *arguments)

    async def _watch(  # noqa: ASYNC128 - run itself says when it is ready
        self, name: str, run: Startable, *, task_status: trio.TaskStatus[None]
    ) -> None:
        status = _Noted(task_status)
        del task_status
        with trio.CancelScope() as scope:
            self._scopes.append(scope)
            if self._stopped is not None:
                scope.cancel(self._stopped)
            try:
                await run(task_status=status)
            except Exception as error:
                if not status.ready:
                    raise
                self._fail(name, error)

    def _fail(self, name: str, error: Exception) -> None:
        if self._failure is None:
            self._failure = AgentFailed(f"the {name} failed: {error}", actor=name)
            self._failure.__cause__ = error
        self.cancel(f"the {name} failed")

    @contextlib.contextmanager
    def body(self) -> Generator[None]:
        """Around what the embedding program does: its exceptions are its own."""
        try:
            yield
        except BaseException as error:
            self._body_error = error
            raise

    def stop(self, reason: str) -> None:
        """Let all actors go; what the embedding program does goes on."""
        self._stopped = reason
        for scope in self._scopes:
            scope.cancel(reason)

    def cancel(self, reason: str) -> None:
        """Let all actors go, and stop the embedding program's block."""
        self._nursery.cancel_scope.cancel(reason)

    def reason(self) -> str:
        """Why the conversation ends, for its last event."""
        if self._failure is not None:
            return str(self._failure)
        if self._opening_error is not None:
            return f"it could not begin: {self._opening_error}"
        if isinstance(self._body_error, trio.Cancelled | KeyboardInterrupt):
            return "cancelled"
        return "closed" if self._body_error is None else "the embedding program raised an exception"

    def _one_of(self, group: BaseExceptionGroup[BaseException]) -> BaseException | None:
        if self._body_error is not None and not isinstance(self._body_error, trio.Cancelled):
            return self._body_error
        if group.subgroup(trio.Cancelled) is not None:
            return None
        if self._failure is not None:
            return self._failure
        return group.exceptions[0] if len(group.exceptions) == 1 else None


@attrs.define(eq=False, repr=False)
class _Noted:
    """A task status that remembers having been told, and forgets whom it told: trio's keeps a nursery and its scope."""

    _status: trio.TaskStatus[None]
    ready: bool = False

    def started(self, value: None = None) -> None:
        if not self.ready:
            self.ready = True
            status, self._status = self._status, trio.TASK_STATUS_IGNORED
            status.started(value)
