"""The short way through the frames says what the long way says, however the bytes come, whatever is wrong with them."""

from __future__ import annotations

import os
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from voice_actors.gemini._frames import Cutter, Rest, framed, mask, mask_in_python

LONGEST = 70_000
SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, LONGEST, LONGEST + 1)


def frame(first: int, payload: bytes, *, masked: bool, width: int | None = None) -> bytes:
    """A frame by hand, right or wrong; `width` forces the bytes of its length."""
    size = len(payload)
    width = (0 if size < 126 else 2 if size < 65_536 else 8) if width is None else width
    second = size if width == 0 else 126 if width == 2 else 127
    head = bytes([first, second & 0x7F | (0x80 if masked else 0)]) + (size.to_bytes(width, "big") if width else b"")
    key = os.urandom(4) if masked else b""
    return head + key + (mask(payload, key) if masked else payload)


class Reader:
    """One side's end, with the short way or without."""

    def __init__(self, *, short: bool, server: bool) -> None:
        self.long = Connection(ConnectionType.SERVER if server else ConnectionType.CLIENT)
        self.cutter = Cutter(masked=server, longest=LONGEST) if short else None
        self.said: list[object] = []
        self.shortened = 0
        self._parts: list[str | bytes] = []

    def feed(self, data: bytes) -> None:
        """What was read."""
        for piece in [Rest(data)] if self.cutter is None else self.cutter.cut(data):
            if isinstance(piece, Rest):
                self.long.receive_data(bytes(piece.data))
                for event in self.long.events():
                    self._hear(event)
            elif not self.over:
                self.shortened += 1
                self.said.append(piece)

    @property
    def over(self) -> bool:
        """Nobody reads after a close."""
        return any(isinstance(said, tuple) for said in self.said)

    def _hear(self, event: Event) -> None:
        match event:
            case TextMessage() | BytesMessage():
                data = event.data if isinstance(event.data, str) else bytes(event.data)
                self._parts.append(data)
                if event.message_finished:
                    self.said.append((type(data)()).join(self._parts))  # type: ignore[arg-type]
                    self._parts = []
            case Ping() | Pong():
                self.said.append([type(event).__name__, bytes(event.payload)])
            case CloseConnection():
                self.said.append((event.code, re.sub(r"in position [-0-9]+", "", event.reason or "")))  # of its piece
            case _:
                raise AssertionError(event)


def both(data: bytes, cuts: list[int], *, server: bool) -> tuple[Reader, Reader]:
    """The same bytes in the same pieces, by either way."""
    readers = Reader(short=True, server=server), Reader(short=False, server=server)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for reader in readers:
        for start, end in zip(places, places[1:], strict=False):
            if not reader.over:
                reader.feed(data[start:end])
    return readers


PAYLOADS = st.one_of(
    st.binary(max_size=200), st.text(max_size=60).map(str.encode), st.sampled_from(SIZES).map(lambda size: b"x" * size)
)
RIGHT = st.sampled_from((0x81, 0x82, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8A))
FIRST = st.one_of(RIGHT, RIGHT, RIGHT, st.integers(0, 255))
WIDTHS = st.sampled_from((None, None, None, None, None, 0, 2, 8))


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, bool]:
    """Frames of which most are right."""
    server = draw(st.booleans())
    data = bytearray()
    for _ in range(draw(st.integers(1, 6))):
        payload, width = draw(PAYLOADS), draw(WIDTHS)
        if width == 0 and len(payload) > 127:
            width = None
        if width == 2 and len(payload) > 65_535:
            width = 8
        data += frame(draw(FIRST), payload, masked=draw(st.booleans()) if draw(st.booleans()) else server, width=width)
    return bytes(data), server


@given(conversations(), st.lists(st.integers(0, 10**6), max_size=8))
@example((b"\x81\x02\x00\x80", False), [3])
def test_both_ways_say_the_same(conversation, cuts):
    """Messages, pings, closes and the rule that was broken, in one order."""
    data, server = conversation
    short, long = both(data, cuts, server=server)
    assert long.said == short.said


@pytest.mark.parametrize("server", [True, False])
def test_every_place_to_cut_a_conversation(server):
    """One byte at a time, and in two at each place; pings between the messages, and a message in three frames."""
    plain = [
        (0x81, "é wide".encode()),
        (0x89, b"ping"),
        (0x82, b"\x00\xff"),
        (0x01, b"in "),
        (0x8A, b""),
        (0x00, b"three "),
    ]
    plain += [(0x80, b"frames"), (0x81, b""), (0x82, b"y" * 300), (0x88, b"\x03\xe8bye")]
    data = b"".join(frame(first, payload, masked=server) for first, payload in plain)
    wanted = ["é wide", ["Ping", b"ping"], b"\x00\xff", ["Pong", b""], "in three frames", "", b"y" * 300, (1000, "bye")]
    for cuts in ([], list(range(len(data))), *([place] for place in range(len(data)))):
        short, long = both(data, cuts, server=server)
        assert wanted == short.said == long.said
        assert short.shortened == 4, "whole messages take the short way"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [str, bytes])
@pytest.mark.parametrize("masked", [True, False])
def test_what_we_write_is_read_by_the_long_way(size, kind, masked):
    """At every width of the length; only what is longer than allowed is not taken out."""
    message = "x" * size if kind is str else b"\xfe" * size
    data = framed(message, masked=masked)
    short, long = both(data, [], server=masked)
    assert [message] == long.said == short.said
    assert short.shortened == (size <= LONGEST)
    assert framed(message, masked=True) != framed(message, masked=True) or size < 1, "each frame has its own key"


def test_a_mask_is_the_same_with_the_extension_and_without():
    """At every length up to a few words, and at a long one; for both kinds of bytes."""
    dice = random.Random(7)
    for size in [*range(20), 6_501]:
        payload, key = dice.randbytes(size), dice.randbytes(4)
        masked = mask(payload, key)
        assert masked == mask_in_python(payload, key) == mask(bytearray(payload), key)
        assert payload == mask(masked, key) == mask_in_python(masked, key)
    assert mask is not mask_in_python, "websockets' extension is there, where these tests run"


def test_a_frame_in_many_pieces_is_joined_once():
    """A peer that sends a long message byte by byte must not cost its length again with each byte."""
    cutter = Cutter(masked=False, longest=2**20)
    data = framed(b"z" * 2**20, masked=False)
    pieces = [data[at : at + 64] for at in range(0, len(data), 64)]
    found = [cut for piece in pieces for cut in cutter.cut(piece)]
    assert [b"z" * 2**20] == found
