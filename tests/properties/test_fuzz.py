"""Messages that nobody meant to send: whatever the bytes are, the client raises its own error or none.

Each is a message of the protocol reference that was cut, spliced with another, or had bytes, numbers and structure
changed. Seeded, so that a failing one can be had again: it is printed with its number.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini import client, server
from voice_actors.gemini import events as wire
from voice_actors.gemini.wire import Oddities

COUNT = int(os.environ.get("VOICE_ACTORS_FUZZ", "100000"))
"""How many messages; CI asks for 1,000,000."""
SEED = 2026
CALL = wire.FunctionCall("7", "look", {"where": ["here", {"deep": 1.5}], "when": None})
SAID: list[tuple[wire.ServerEvent, ...]] = [
    (wire.SetupComplete("s1"),),
    (wire.AudioOut(bytes(range(40)), 24_000),),
    (wire.TextOut("well", thought=True), wire.MediaOut({"inlineData": {"mimeType": "image/png", "data": "iVBO"}})),
    (wire.InputTranscription("What is it?", finished=True, details={"languageCode": "en"}),),
    (wire.OutputTranscription("It is é", details={"words": [{"word": "It", "startOffset": "0.5s"}]}),),
    (wire.InterimInputTranscription("What"),),
    (wire.Interrupted(), wire.TurnComplete("NEED_MORE_INPUT", "IDLE"), wire.Usage({"totalTokenCount": 17})),
    (wire.GenerationComplete(), wire.WaitingForInput()),
    (wire.ToolCall((CALL, CALL)),),
    (wire.ToolCallCancellation(("7", "8")),),
    (wire.GoAway(9.5),),
    (wire.SessionResumptionUpdate("handle", resumable=True, last_consumed_index=12),),
    (wire.VoiceActivity("ACTIVITY_START", 1.25),),
    (wire.VoiceActivity("ACTIVITY_END", signal=True),),
    (wire.Grounding("groundingMetadata", {"webSearchQueries": ["x"], "groundingChunks": [{"web": {"uri": "u"}}]}),),
]
BYTES = [server.encode(*events) for events in SAID]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1e308,
    "",
    "NaN",
    "0s",
    "-3s",
    [],
    {},
    [[]],
    {"": {}},
    "\ud800",
    "A" * 300,
    b"=".decode(),
]
TOKENS = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"1e999",
    b"NaN",
    b"\xff",
    b"\x00",
    b"\\ud800",
    b'"data"',
    b"==",
]


def cut(dice: random.Random) -> bytes:
    frame = dice.choice(BYTES)
    return frame[: dice.randrange(len(frame))]


def splice(dice: random.Random) -> bytes:
    one, other = dice.choice(BYTES), dice.choice(BYTES)
    return one[: dice.randrange(len(one))] + other[dice.randrange(len(other)) :]


def change_bytes(dice: random.Random) -> bytes:
    frame = bytearray(dice.choice(BYTES))
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(frame) + 1)
        frame[at : at + dice.randrange(4)] = dice.choice(TOKENS) if dice.random() < 0.7 else dice.randbytes(2)
    return bytes(frame)


def change_structure(dice: random.Random) -> bytes:
    message = json.loads(dice.choice(BYTES))
    for _ in range(dice.randrange(1, 4)):
        change_one(message, dice)
    if dice.random() < 0.2:
        message.update(json.loads(dice.choice(BYTES)))
    return json.dumps(message, separators=(",", ":")).encode()


def change_one(node: Any, dice: random.Random) -> None:
    """A walk down to somewhere, and an odd value there; or a name that is taken away, or doubled in another spelling."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = dice.choice(keys)
        if isinstance(node[key], (dict, list)) and node[key] and dice.random() < 0.7:
            node = node[key]
            continue
        chance = dice.random()
        if chance < 0.7:
            node[key] = dice.choice(ODD)
        elif chance < 0.85:
            del node[key]
        elif isinstance(node, dict):
            node["".join(f"_{c.lower()}" if c.isupper() else c for c in key)] = node[key]
        return


KINDS: tuple[Callable[[random.Random], bytes], ...] = (cut, splice, change_bytes, change_structure)


def messages(count: int) -> Iterator[tuple[int, bytes]]:
    for number in range(count):
        dice = random.Random(SEED * 10_000_019 + number)
        yield number, dice.choice(KINDS)(dice)


@pytest.mark.slow
def test_whatever_the_bytes_are_only_the_typed_error_is_raised():
    """And of those that are understood, what is odd is counted."""
    refused = understood = 0
    for number, frame in messages(COUNT):
        try:
            client.decode(frame, Oddities())
        except RemoteProtocolError as error:
            refused += 1
            assert len(str(error)) < 400
        except BaseException:
            print(f"message {number}: {frame!r}", file=sys.stderr)
            raise
        else:
            understood += 1
    print(f"{COUNT} messages: {refused} refused by the typed error, {understood} understood, nothing else raised")
    assert min(refused, understood) > COUNT / 20
