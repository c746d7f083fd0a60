"""Recognition begins in the silence behind an utterance, before it is certain that the utterance is over.

The end of speech is known only when it has been silent for 0.4 s, and recognition takes half as long as that. So what
was said is recognised while the silence lasts, and if the user does not go on, the words are there when it ends.
A guess that turns out to be none is thrown away; it is made only while nobody else wants the recogniser.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import attrs
import trio

from voice_actors.offline.hearing.detector import SECOND, SileroDetector, windows_of
from voice_actors.offline.native import outlived
from voice_actors.offline.parts import Activity, Heard, Overheard, SpeechEnded, Wishes

if TYPE_CHECKING:
    from outcome import Outcome

LEAD_MS = 220
"""A guess begins so long before the silence is long enough: a recognition takes less on one core."""
SOONEST_MS = 160
"""Silence before a guess; shorter pauses are within words and between them."""
LONGEST = 14 * SECOND
"""Bytes; more is recognised in several windows, and only when it is asked for."""
INTERIM_MS = 600
"""More speech that is needed for another guess while the user still speaks."""
KEPT = 16
"""Guesses that wait to be asked for; each utterance that ended has at most one."""

Hear: TypeAlias = Callable[[bytes, Wishes], Heard]


@attrs.define(eq=False)
class Guess:
    """What is understood of an utterance that may be over."""

    pcm: bytes
    offset: float
    """Where its speech ends, seconds after the stream's start."""
    wishes: Wishes
    done: trio.Event = attrs.field(factory=trio.Event)
    heard: Heard | None = None
    """None until `done`, and after it where the recogniser failed."""


@attrs.define(eq=False)
class Guesses:
    """Makes guesses, and keeps those of utterances that ended until they are asked for."""

    hear: Hear
    limiter: trio.CapacityLimiter
    """Shared with the recognitions that were asked for."""
    _kept: dict[tuple[bytes, Wishes], Guess] = attrs.field(factory=dict[tuple[bytes, Wishes], Guess], init=False)

    def begin(self, pcm: bytes, offset: float, wishes: Wishes) -> Guess | None:
        """Recognise in a thread; None while somebody else does."""
        guess = Guess(pcm, offset, wishes)
        try:
            self.limiter.acquire_on_behalf_of_nowait(guess)
        except trio.WouldBlock:
            return None
        token = trio.lowlevel.current_trio_token()
        trio.lowlevel.start_thread_soon(
            outlived(partial(self.hear, pcm, wishes)), partial(self._deliver, token, guess), "guess"
        )
        return guess

    def keep(self, pcm: bytes, guess: Guess) -> None:
        """The utterance did end: its whole audio is `pcm`."""
        self._kept[pcm, guess.wishes] = guess
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]

    async def made_of(self, pcm: bytes, wishes: Wishes) -> Heard | None:
        """What was guessed of an utterance; None where nothing was."""
        guess = self._kept.pop((pcm, wishes), None)
        if guess is None:
            return None
        await guess.done.wait()
        return guess.heard

    def _deliver(self, token: trio.lowlevel.TrioToken, guess: Guess, result: Outcome[Heard]) -> None:
        # In the thread. Where the run is over, nobody waits any more, but the place must be free for the next run.
        try:
            token.run_sync_soon(self._finish, guess, result)
        except trio.RunFinishedError:
            self.limiter.release_on_behalf_of(guess)

    def _finish(self, guess: Guess, result: Outcome[Heard]) -> None:
        self.limiter.release_on_behalf_of(guess)
        guess.done.set()
        with contextlib.suppress(Exception):  # it fails again where the words are asked for, and is told there
            guess.heard = result.unwrap()


@attrs.define(eq=False)
class EagerListener:
    """A `Listener` that has guesses made while an utterance's last silence lasts, and before where that is wished."""

    _detector: SileroDetector
    _guesses: Guesses
    _wishes: Wishes = attrs.field(factory=Wishes)
    _guess: Guess | None = attrs.field(default=None, init=False)
    _interim: Guess | None = attrs.field(default=None, init=False)
    """The latest guess that was made while the user still spoke."""
    _told: Guess | None = attrs.field(default=None, init=False)
    _patience: int = attrs.field(init=False)
    """Windows of silence before a guess."""

    def __attrs_post_init__(self) -> None:
        """Leave the guess its time before the silence is long enough; with a shorter silence there is none."""
        silence = windows_of(self._detector.settings.silence_ms)
        self._patience = max(windows_of(SOONEST_MS), silence - windows_of(LEAD_MS))

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        """See `Listener`."""
        found = self._settled(self._detector.feed(pcm))
        if self._detector.silent_windows >= self._patience:
            self._wonder()
        elif self._wishes.interim and self._detector.speaking and not self._detector.silent_windows:
            self._overhear()
        return [*self._overheard(), *found]

    def finish(self) -> Sequence[Activity]:
        """See `Listener`."""
        return self._settled(self._detector.finish())

    def _settled(self, found: Sequence[Activity]) -> Sequence[Activity]:
        for activity in found:
            if isinstance(activity, SpeechEnded):
                self._settle(activity)
        return found

    def _settle(self, ended: SpeechEnded) -> None:
        guess, self._guess, self._interim = self._guess, None, None
        if guess is not None and guess.offset == ended.offset and ended.pcm.startswith(guess.pcm):
            self._guesses.keep(ended.pcm, guess)

    def _wonder(self) -> None:
        so_far = self._detector.so_far()
        if self._guess is not None and self._guess.offset == so_far.offset:
            return
        self._guess = self._begin(so_far)

    def _begin(self, so_far: SpeechEnded) -> Guess | None:
        short = len(so_far.pcm) <= LONGEST
        return self._guesses.begin(so_far.pcm, so_far.offset, self._wishes) if short else None

    # ---- while the user speaks -----------------------------------------------------------------------------------

    def _overhear(self) -> None:
        """Have the utterance recognised as far as it is there, now and then, where nobody else wants to be heard."""
        so_far = self._detector.so_far()
        last = 0 if self._interim is None else len(self._interim.pcm)
        busy = self._interim is not None and not self._interim.done.is_set()
        if not busy and len(so_far.pcm) - last >= INTERIM_MS * SECOND // 1000:
            self._interim = self._begin(so_far) or self._interim

    def _overheard(self) -> Sequence[Overheard]:
        guess = self._interim
        if guess is None or guess is self._told or not guess.done.is_set():
            return ()
        self._told = guess
        text = guess.heard.text if guess.heard is not None else ""
        return (Overheard(guess.offset, text),) if text else ()
