"""What the session reads from a link: each message as events, and how much that nobody understands is put up with."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini.events import ServerEvent
from voice_actors.gemini.link import Link
from voice_actors.gemini.wire import Oddities
from voice_actors.lanes import SendLane
from voice_actors.messages import Event, Oddity

GARBAGE = (5, 10.0)
"""So many messages that nobody understands within so many seconds, and the link is given up."""


@attrs.define(eq=False, repr=False)
class Reading:
    """From one link to the next."""

    facts: SendLane[Event]
    heard: Callable[[], None]
    """Told of each message, whatever it is."""
    oddities: Oddities = attrs.field(factory=Oddities, init=False)
    _garbage: list[float] = attrs.field(factory=list[float], init=False)
    """When it came."""

    async def events(self, link: Link) -> tuple[ServerEvent, ...]:
        """What the next message says: nothing, where it cannot be understood.

        Raises:
            LinkLost: the link is gone.
            RemoteProtocolError: too many in a short time could not be understood.
        """
        frame = await link.receive()
        self.heard()
        try:
            return client.decode(frame, self.oddities)
        except RemoteProtocolError as error:
            await self.facts.send(Oddity(what=f"a message was skipped: {error}"))
            self._count_garbage(error)
            return ()

    def _count_garbage(self, error: RemoteProtocolError) -> None:
        most, within = GARBAGE
        self._garbage = [at for at in self._garbage if at > trio.current_time() - within] + [trio.current_time()]
        if len(self._garbage) >= most:
            raise error
