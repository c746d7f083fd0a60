"""What happens in a simulated call, all of it drawn from one seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import attrs

from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.garbage import FORMS
from voice_actors.offline.faults.script import Fault, Script

Deed: TypeAlias = Literal["speak", "type", "interrupt", "rotate", "mute", "wait"]
_DEEDS: tuple[Deed, ...] = ("speak", "speak", "speak", "type", "type", "interrupt", "rotate", "mute", "wait")
_UNKNOWN_SESSION = "BidiGenerateContent session not found"


@attrs.frozen
class Step:
    """What the user does, and what follows it."""

    deed: Deed
    seconds: float
    """How long it takes; speaking has no other measure."""
    then_wait: float
    """Seconds; short ones are how users interrupt."""
    text: str = "typed"
    """What is typed, before a number that makes each different."""


@attrs.frozen
class Absence:
    """A device is gone."""

    device: Literal["microphone", "speaker"]
    at: float
    """Seconds after the call began."""
    seconds: float
    """None of them is longer than 5; `inf` is for good."""


@attrs.frozen
class Mishaps:
    """One simulated call, before it happens."""

    seed: int
    steps: tuple[Step, ...]
    script: Script
    absences: tuple[Absence, ...] = ()
    disk_room: float = math.inf
    """Bytes until the transcript's disk is full."""
    leaves_after: float = math.inf
    """Seconds after which the program leaves, whatever goes on."""

    @classmethod
    def of(cls, seed: int) -> Mishaps:
        """Those of this seed."""
        dice = random.Random(f"mishaps {seed}")
        return cls(
            seed,
            tuple(_step(dice) for _ in range(dice.randint(3, 8))),
            Script([fault for _ in range(dice.choice((0, 1, 1, 2, 2, 3, 4))) for fault in _faults(dice)], seed),
            tuple(_absence(dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))),
            dice.randint(0, 12_000) if dice.random() < 0.15 else math.inf,
            dice.uniform(0, 15) if dice.random() < 0.1 else math.inf,
        )

    @property
    def lasts(self) -> float:
        """Seconds that the user takes, without waiting for anybody."""
        return sum(step.seconds + step.then_wait for step in self.steps)

    @property
    def ends_by_itself(self) -> bool:
        """A device breaks for good: the call ends by that."""
        return any(absence.seconds == math.inf for absence in self.absences)

    @property
    def may_be_refused(self) -> bool:
        """The server ends links in a way that a client may take for its last word, where it meets it again."""
        verdicts = [fault for fault in self.script.faults if isinstance(fault.do, f.Close) and fault.do.code == 1008]
        return len(verdicts) > 2

    def __str__(self) -> str:
        """For a person, in one line."""
        told = [_told(fault) for fault in self.script.faults]
        told += [f"{absence.device} gone at {absence.at:.1f} s" for absence in self.absences]
        if self.disk_room != math.inf:
            told.append(f"disk full after {self.disk_room} bytes")
        if self.leaves_after != math.inf:
            told.append(f"left after {self.leaves_after:.1f} s")
        return "; ".join([" ".join(step.deed for step in self.steps), *told])


def _told(fault: Fault) -> str:
    at = fault.at if isinstance(fault.at, str) else f"{fault.at:.1f} s"
    links = ", ".join(map(str, fault.connections)) or "any"
    return f"link {links}, {at} {fault.nth}: {fault.do}"


def _step(dice: random.Random) -> Step:
    return Step(dice.choice(_DEEDS), dice.uniform(0.2, 3.0), dice.choice((0.0, 0.3, 1.0, 3.0, 6.0)))


def _absence(dice: random.Random) -> Absence:
    seconds = math.inf if dice.random() < 0.05 else dice.uniform(0.1, 5.0)
    return Absence(dice.choice(("microphone", "speaker")), dice.uniform(1, 25), seconds)


def _faults(dice: random.Random) -> list[Fault]:
    at, action, more = dice.choice(_KINDS)(dice)
    on: dict[str, Any] = {"connections": [dice.choice((1, 1, 1, 2, 2, 3))], **more}
    faults = [Fault(at, action, **on)]
    if isinstance(action, f.Announce):
        faults.append(
            Fault(
                at,
                f.Close(1008, "The session duration expired."),
                **{**on, "after": action.time_left + on.get("after", 0.0)},
            )
        )
    return faults


_Drawn: TypeAlias = tuple[str | float, f.Action, dict[str, Any]]


def _end(dice: random.Random) -> f.Action:
    return dice.choice(
        (f.Close(1011), f.Close(1000, ""), f.Close(1008, "The operation was aborted."), f.Reset(), f.Reset(True))
    )


def _in_a_reply(dice: random.Random) -> _Drawn:
    action: f.Action = dice.choice((_end(dice), f.Stall(dice.uniform(0.2, 3)), f.Burst(), f.Announce(8.0)))
    return "reply-audio", action, {"nth": dice.randint(1, 6)}


def _at_a_time(dice: random.Random) -> _Drawn:
    hush = f.Silence() if dice.random() < 0.3 else f.Stall(dice.uniform(0.5, 5))
    announced = f.Announce(dice.choice((0.5, 6.0, 10.0)))
    return dice.uniform(0.1, 25), dice.choice((_end(dice), hush, announced)), {}


def _around_a_call(dice: random.Random) -> _Drawn:
    if dice.random() < 0.5:
        return "tool-call", dice.choice((_end(dice), f.Announce(6.0))), {"after": dice.choice((0.01, 0.2, 1.0))}
    return "tool-call", dice.choice((f.Duplicate(), f.Mirror(), f.StripIds(), f.UnknownFields())), {}


def _on_the_way_in(dice: random.Random) -> _Drawn:
    action: f.Action = dice.choice((f.Close(1011), f.Reset(), f.Delay(2.0), f.Close(1008, _UNKNOWN_SESSION)))
    return "setup", action, {"resumed": True}


def _at_the_door(dice: random.Random) -> _Drawn:
    return "connection", f.Refuse(dice.choice((429, 503))), {"connections": [2]}


def _from_the_client(dice: random.Random) -> _Drawn:
    at = dice.choice(("client-audio", "client-text", "tool-response"))
    return at, _end(dice), {"nth": dice.randint(1, 60 if at == "client-audio" else 2)}


def _bent_message(dice: random.Random) -> _Drawn:
    at = dice.choice(("reply-audio", "reply-words", "interrupted", "turn-complete", "generation-complete", "usage"))
    action: f.Action = dice.choice((f.Delay(dice.uniform(0.1, 3)), f.Duplicate(), f.UnknownFields(), f.WithAudio()))
    return at, action, {"nth": dice.randint(1, 3)}


def _lost_message(dice: random.Random) -> _Drawn:
    at = dice.choice(("reply-words", "interrupted", "turn-complete", "generation-complete", "usage", "resumption"))
    return at, f.Drop(), {"nth": dice.randint(1, 3)}


def _nonsense(dice: random.Random) -> _Drawn:
    form = dice.choice(sorted(FORMS))
    return dice.uniform(0.1, 25), dice.choice((f.Garbage(form), f.Invent(), f.Speak(300), f.SlowPong(30.0))), {}


_KINDS: tuple[Callable[[random.Random], _Drawn], ...] = (
    _in_a_reply,
    _at_a_time,
    _around_a_call,
    _on_the_way_in,
    _at_the_door,
    _from_the_client,
    _bent_message,
    _lost_message,
    _nonsense,
)
