"""Barge-in in two stages: the user's voice makes the reply step back at once, and only words cut it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

import attrs
import trio

from voice_actors.lanes import SendLane
from voice_actors.messages import AudioChunk, Duck, ReplyDucked, SetPlaying, SpeakerOrder, Unduck
from voice_actors.microphone.listening import BEGINS_MS, Scorer, Voice, VoiceGate
from voice_actors.values import Value

GRACE = 0.7
"""Seconds in which a server that heard enough may still say that it was an interruption."""
LONGEST = 3.0
"""Seconds for which a reply steps back; a server that has not said by then that it was interrupted will not."""


@attrs.frozen(eq=False, repr=False)
class Verdict(Value):
    """What an episode of the user's voice over a reply turned out to be."""

    confirmed: bool
    """The reply was cut."""
    ducked_ms: float
    """How long it had stepped back."""


@attrs.define(eq=False, repr=False)
class TwoStage:
    """Theory of operation: while a reply plays, a voice ducks it. A short episode (a cough, an "mm-hmm", a door) is
    over before it is long enough for words: the reply goes on from where it was. A longer one is left to the server,
    which cuts the reply or does not. Whatever happens, every `Duck` is followed by the end of the reply or an `Unduck`.
    """

    confirm_ms: float
    """Voice that can be words."""
    playing: bool = attrs.field(default=False, init=False)
    """A reply is being played."""
    decided: Counter[bool] = attrs.field(factory=Counter[bool], init=False)
    """How many were confirmed, and how many not."""
    _since: float | None = attrs.field(default=None, init=False)
    """Since when the reply is ducked."""
    _heard_at: float = attrs.field(default=0.0, init=False)
    _sure: bool = attrs.field(default=False, init=False)
    _spent: bool = attrs.field(default=False, init=False)
    """The present episode has ducked the reply for as long as it may."""
    _verdicts: list[Verdict] = attrs.field(factory=list[Verdict], init=False)

    @property
    def needed_ms(self) -> float:
        """Voice that begins an activity of the user's at this moment."""
        return self.confirm_ms if self.playing else BEGINS_MS

    def begin(self) -> None:
        """A reply begins to play."""
        self.playing = True

    def end(self, at: float, *, cut: bool) -> SpeakerOrder | None:
        """The reply is over, or was cut; the next one is to be heard as usual."""
        self.playing = False
        return None if self._since is None else self._decide(at, confirmed=cut)

    def hear(self, at: float, voice: Voice) -> SpeakerOrder | None:
        """The voice has heard another chunk, captured at `at`: what the loudspeaker is to do about it."""
        active = voice.onset is not None
        self._spent = self._spent and active
        if self._since is None:
            if not (self.playing and active) or self._spent or voice.voiced_ms < BEGINS_MS:
                return None
            self._since, self._sure = at, False
            self._heard_at = at
            return Duck()
        if active:
            self._heard_at = at
            self._sure = self._sure or voice.voiced_ms >= self.confirm_ms
        if at - self._since >= LONGEST:
            self._spent = active
            return self._decide(at, confirmed=False)
        if at - self._heard_at >= (GRACE if self._sure else 0) and not active:
            return self._decide(at, confirmed=False)
        return None

    def stop(self, at: float) -> SpeakerOrder | None:
        """The microphone hears nothing for a while."""
        return None if self._since is None else self._decide(at, confirmed=False)

    def verdicts(self) -> list[Verdict]:
        """Those since the last time."""
        found, self._verdicts = self._verdicts, []
        return found

    def _decide(self, at: float, *, confirmed: bool) -> SpeakerOrder:
        since, self._since = self._since, None
        self.decided[confirmed] += 1
        self._verdicts.append(Verdict(confirmed, 0.0 if since is None else (at - since) * 1000))
        return Unduck()


@attrs.define(eq=False, repr=False)
class Attention:
    """What the microphone's actor does besides handing on the audio: it listens for the user's voice."""

    voice: Voice
    load: Callable[[], Awaitable[Scorer]]
    """Gives what tells voice from anything else; loading takes a moment."""
    gate: VoiceGate | None = None
    """Opens by the voice."""
    two_stage: TwoStage | None = None
    ducks: SendLane[SpeakerOrder] | None = None
    """To the loudspeaker."""

    async def begin(self) -> None:
        """Before anything is heard.

        Raises:
            MissingPartError: a file of the detector was changed.
        """
        self.voice.scorer = await self.load()

    def hear(self, chunk: AudioChunk) -> None:
        """The microphone captured this, and it is not muted."""
        self.voice.hear(chunk)
        if self.two_stage is not None:
            self._order(self.two_stage.hear(chunk.captured_at, self.voice))
            if self.gate is not None:
                self.gate.needed_ms = self.two_stage.needed_ms

    def take(self, order: SetPlaying, at: float) -> None:
        """The loudspeaker began a reply, or has done with one."""
        if self.two_stage is None:
            return
        if order.playing:
            self.two_stage.begin()
        else:
            self._order(self.two_stage.end(at, cut=order.cut))

    def stop(self, at: float) -> None:
        """Nothing is captured for a while."""
        self.voice.forget()
        if self.two_stage is not None:
            self._order(self.two_stage.stop(at))

    def facts(self) -> list[ReplyDucked]:
        """What was decided since the last time."""
        verdicts = () if self.two_stage is None else self.two_stage.verdicts()
        return [ReplyDucked(confirmed=verdict.confirmed, ducked_ms=round(verdict.ducked_ms, 1)) for verdict in verdicts]

    def count(self, *, confirmed: bool) -> int:
        """Verdicts of this kind so far."""
        return 0 if self.two_stage is None else self.two_stage.decided[confirmed]

    def close(self) -> None:
        """Say nothing more to the loudspeaker. May be called twice."""
        if self.ducks is not None:
            self.ducks.close()

    def _order(self, order: SpeakerOrder | None) -> None:
        if order is not None and self.ducks is not None:
            with contextlib.suppress(trio.BrokenResourceError):  # the loudspeaker is gone, and with it the reply
                self.ducks.send_nowait(order)
