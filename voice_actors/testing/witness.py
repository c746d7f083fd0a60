"""What is seen of a simulated call, on the wire and off it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Self

import attrs
import trio

from voice_actors.config import AgentConfig
from voice_actors.conversation.handle import AgentStatistics
from voice_actors.errors import LinkError
from voice_actors.gemini import server as wire
from voice_actors.gemini.events import AudioIn, ClientContent, TextIn, ToolResponse
from voice_actors.gemini.link import Link
from voice_actors.messages import Event
from voice_actors.record.journal import Reading
from voice_actors.testing.fragile import FragileMicrophone, FragileSpeaker
from voice_actors.testing.mishaps import Mishaps
from voice_actors.testing.numbered import numbers_in


@attrs.define(eq=False)
class Simulated:
    """One simulated call: what was meant to happen, and what did."""

    mishaps: Mishaps
    config: AgentConfig
    """The agent's own, with devices, server and transcript of the simulation."""
    microphone: FragileMicrophone
    speaker: FragileSpeaker
    events: list[Event] = attrs.field(factory=list[Event])
    """All of them in order, audio included."""
    error: BaseException | None = None
    """What the call ended with."""
    opened: bool = False
    """Whether the call began."""
    typed: list[str] = attrs.field(factory=list[str])
    """What the user typed, in order."""
    heard: set[int] = attrs.field(factory=set[int])
    """Numbers of the chunks of speech (see `FragileMicrophone.said`) that the server's ears were given."""
    sent: set[int] = attrs.field(factory=set[int])
    """Those that were sent on some link."""
    texts: Counter[str] = attrs.field(factory=Counter[str])
    """What was sent as typed, and how often."""
    answers: Counter[tuple[int, str]] = attrs.field(factory=Counter[tuple[int, str]])
    """Final answers of calls by link and id, and how often they were sent."""
    links: int = 0
    broke: list[float] = attrs.field(factory=list[float])
    """When a link told whoever read from it that it was over."""
    statistics: AgentStatistics | None = None
    """At the end."""
    kept: int = 0
    """Events in the agent's memory at the end."""
    transcript: Reading | None = None
    complaints: Mapping[str, int] = attrs.field(factory=dict[str, int])
    """Of the server about the agent."""
    server_errors: list[str] = attrs.field(factory=list[str])
    """What the server logged as its own failures."""
    tasks_left: int = 0
    """That were not there before."""
    lasted: float = 0.0
    """Virtual seconds from the opening to the end."""
    closing_took: float = 0.0
    """Virtual seconds."""
    broken: list[str] = attrs.field(factory=list[str])
    """What was promised and did not hold, a sentence each."""

    def witnessed(
        self, dial: Callable[[], AbstractAsyncContextManager[Link]]
    ) -> Callable[[], AbstractAsyncContextManager[Link]]:
        """The same way to the server, watched."""

        @asynccontextmanager
        async def watched() -> AsyncGenerator[Link]:
            self.links += 1
            number = self.links
            async with dial() as link:
                yield _WitnessedLink(link, number, self)

        return watched

    def note(self, frame: str | bytes, link: int) -> None:
        """The agent has sent this."""
        match wire.decode(frame):
            case AudioIn(pcm=pcm):
                self.sent.update(numbers_in(pcm))
            case TextIn(text=text):
                self.texts[text] += 1
            case ClientContent(turns=turns, turn_complete=True) if len(turns) == 1:
                self.texts["".join(part.get("text", "") for part in turns[0].get("parts", ()))] += 1
            case ToolResponse(responses=responses):
                self.answers.update((link, each.id) for each in responses if each.id and not each.will_continue)
            case _:
                ...


@attrs.define(eq=False)
class _WitnessedLink:
    _link: Link
    _number: int
    _witness: Simulated

    async def send(self, frame: str | bytes) -> None:
        await self._link.send(frame)
        self._witness.note(frame, self._number)

    async def receive(self) -> str | bytes:
        try:
            return await self._link.receive()
        except LinkError:
            self._witness.broke.append(trio.current_time())
            raise


class ErrorLog(logging.Handler):
    """Collects what is logged as an error of the offline server, as long as it is open."""

    def __init__(self, errors: list[str]) -> None:
        """`errors` is where they go."""
        super().__init__(logging.ERROR)
        self._errors = errors
        self._logger = logging.getLogger("voice_actors.offline")

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        why = record.exc_info[1] if record.exc_info else None
        self._errors.append(f"{record.getMessage()}: {why!r}")

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
