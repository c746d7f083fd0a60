"""Where that is asked for, the model is told how far a reply that was cut was heard: it believes it said all of it."""

from __future__ import annotations

import json
from collections import deque

import attrs
import trio

from voice_actors.gemini import client
from voice_actors.gemini.events import ClientContent, TextIn
from voice_actors.gemini.models import Capabilities
from voice_actors.lanes import SendLane
from voice_actors.messages import Event, HeardTold
from voice_actors.session.activity import Send
from voice_actors.session.replies import Replies
from voice_actors.turns import Turn

CUT_TURNS = 8
"""Cut replies that wait to be told; the oldest makes room."""
PATIENCE = 0.5
"""Seconds that typed words wait to learn how far the reply was heard that they cut; a device takes a tenth of that."""
LONGEST = 200
"""Characters of what was heard that are quoted: its end, which is where the model goes on."""


def quoted(heard: str) -> str:
    """In the user's words, to the model, how far they heard it; the quotation is JSON, as data."""
    heard = " ".join(heard.split())
    if not heard:
        return "(I interrupted you before I heard a word of your last reply.)"
    if len(heard) > LONGEST:
        heard = f"… {heard[-LONGEST:].partition(' ')[2]}"
    return f"(I interrupted you; of your last reply I heard only: {json.dumps(heard, ensure_ascii=False)})"


@attrs.define(eq=False, repr=False)
class Retelling:
    """Theory of operation: a reply that was cut is told as soon as the loudspeaker is silent, which is while the user
    still speaks. That goes into the history and asks for no answer; since it would stop an answer under way, it waits
    for the end of one. Words that the user types take it along instead. Models whose history is closed once the session
    has begun can be told no other way than that.
    """

    replies: Replies
    capabilities: Capabilities
    facts: SendLane[Event]
    _cut: deque[Turn] = attrs.field(factory=lambda: deque[Turn](maxlen=CUT_TURNS), init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _beside: list[Turn] = attrs.field(factory=list[Turn], init=False)
    """What typed words take along that are not known to be sent."""

    def cut(self, turn: Turn) -> None:
        """Take note of a reply that was cut."""
        self._cut.append(turn)
        self._news.set()

    def forget(self) -> None:
        """A new session begins, which has not said any of it."""
        self._cut.clear()
        self._beside.clear()

    async def tell(self, send: Send) -> None:
        """Tell what is not told together with typed words, as long as there is a link."""
        while self.capabilities.client_content == "any":
            if not self._cut:
                self._news = trio.Event()
                await self._news.wait()
                continue
            turn = self._cut[0]
            await turn.ended.wait()
            await self.replies.until_none_is_open()
            if self._cut and self._cut[0] is turn:
                await self._tell(send, self._cut.popleft())

    async def _tell(self, send: Send, turn: Turn) -> None:
        is_out = False
        try:
            if _missed(turn):
                await send(client.encode(ClientContent((_said(_note(turn)),), turn_complete=False)))
            is_out = True
        finally:
            if not is_out:
                self._cut.appendleft(turn)
        await self._told(turn)

    async def typed(self, text: str) -> str:
        """Typed words as a message that asks for an answer, and with them what has not been told of cut replies.

        The same is taken along again until `sent`.
        """
        self._beside += self._cut
        self._cut.clear()
        with trio.move_on_after(PATIENCE):
            for turn in self._beside:
                await turn.ended.wait()
        texts = [*(_note(turn) for turn in self._beside if _missed(turn)), text]
        if self.capabilities.text_via == "realtimeInput":
            return client.encode(TextIn("\n".join(texts)))
        return client.encode(ClientContent(tuple(_said(one) for one in texts), turn_complete=True))

    async def sent(self) -> None:
        """The typed words are out."""
        while self._beside:
            await self._told(self._beside.pop(0))

    async def _told(self, turn: Turn) -> None:
        if _missed(turn):
            await self.facts.send(HeardTold(turn=turn.number, text=turn.heard_and_not()[0].strip()))


def _missed(turn: Turn) -> bool:
    """Words of it were not heard, and it is known which."""
    return bool(turn.heard_and_not()[1].strip())


def _note(turn: Turn) -> str:
    return quoted(turn.heard_and_not()[0])


def _said(text: str) -> dict[str, object]:
    return {"role": "user", "parts": [{"text": text}]}
