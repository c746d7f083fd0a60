"""Keys out of bytes: any bytes, cut anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_actors.cli.console.keys import Key, Keyboard

PIECES = st.sampled_from(
    [
        b"\x1b",
        b"\x1b[",
        b"\x1bO",
        b"A",
        b"[",
        b"\x1b[A",
        b"\x1b[1;5C",
        b"\x1b[200~",
        b"\x1b[32;1:3u",
        b"\x1b[97;;97:98u",
        b"\x1b[?",
        b";5:",
        b"u",
        b"\x1b[201~",
        b"\x1b[3~",
        b"\n",
        b"\t",
    ]
    + ["å".encode(), "語".encode(), "🙂".encode(), b"\xff", b"\xe8\xaa", b"\x03", b"\x7f", b"hello", b"\x1b[[A"]
)
STREAMS = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=20).map(b"".join))


def keys_of(*reads: bytes) -> list[Key]:
    keyboard = Keyboard()
    return [key for read in reads for key in keyboard.feed(read)] + keyboard.settle()


def names_of(data: bytes) -> list[str]:
    return [key.text if key.name == "text" else f"<{key.name}>" for key in keys_of(data)]


@given(STREAMS, st.lists(st.integers(0, 60), max_size=8))
def test_how_the_bytes_are_cut_makes_no_difference(stream, cuts):
    """Nothing raises, either: these are any bytes."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    assert keys_of(stream) == keys_of(*(stream[a:b] for a, b in zip(places, places[1:], strict=False)))


@given(STREAMS)
def test_no_key_carries_what_could_steer_a_terminal(stream):
    """A letter is printable, and one character."""
    assert all(len(key.text) == 1 and key.text.isprintable() for key in keys_of(stream) if key.name == "text")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=30))
def test_text_is_the_text_that_was_typed(text):
    """Every letter of it, in any language; pasted, too."""
    assert text == "".join(key.text for key in keys_of(text.encode()))
    assert text == "".join(key.text for key in keys_of(b"\x1b[200~" + text.encode() + b"\x1b[201~"))


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"hi\r", ["h", "i", "<enter>"]),
        (b"\x1b", ["<escape>"]),
        (b"\x1b\x1b", ["<escape>", "<escape>"]),
        (b"\x1bh", ["<escape>", "h"]),
        (b"\x1b[D\x1b[C\x1bOH\x1b[4~\x1b[3~", ["<left>", "<right>", "<home>", "<end>", "<delete>"]),
        (b"\x1b[1;5D", ["<left>"]),
        (b"\x1b[15~\x1b[[Ax\x1bOPx", ["x", "x"]),
        (b"\x1b[200~two\r\nlines\x03\x1b[A\x1b[201~\r", [*"two  lines", "<enter>"]),
        (b"\x1b[99\x03", ["<interrupt>"]),
        (b"\xe8\xaa\r", ["\ufffd", "<enter>"]),
        (
            b"\t\x10\x04\x15\x17\x7f\x0c",
            ["<tab>", "<push>", "<end of input>", "<kill line>", "<kill word>", "<backspace>", "<redraw>"],
        ),
        (b"\x00\x1c\x1d", []),
        (b"\x1b[97;;97u\x1b[97;2;65u\x1b[229;;229u", ["a", "A", "å"]),
        (b"\x1b[97;1:2;97u\x1b[97;1:3u", ["a", "<let go>"]),
        (b"\x1b[13u\x1b[9u\x1b[127u\x1b[27u\x1b[57414u", ["<enter>", "<tab>", "<backspace>", "<escape>", "<enter>"]),
        (b"\x1b[112;5u\x1b[99;5:1u\x1b[100;69u", ["<push>", "<interrupt>", "<end of input>"]),
        (b"\x1b[1;1:3D\x1b[1;1:2D\x1b[3;1:3~\x1b[57441;2u\x1b[57441;1:3u", ["<left>", "<let go>"]),
        (b"\x1b[?0u\x1b[?27u", ["<tells releases>", "<tells releases>"]),
        (b"\x1b[u\x1b[;u\x1b[99999999999;;99999999999u\x1b[1:2:3;4:5:6;7:8u", []),
        (b"\x1b[32;;32u\x1b[32;1:3u", [" ", "<let go>"]),
    ],
)
def test_what_terminals_send(data, names):
    """Sequences of xterm, the Linux console and others; unknown ones are nothing."""
    assert names == names_of(data)


def test_only_time_tells_a_lone_escape():
    """Until then it could be the beginning of an arrow."""
    keyboard = Keyboard()
    assert [] == keyboard.feed(b"\x1b")
    assert keyboard.unsettled
    assert [Key("up")] == keyboard.feed(b"[A")
    assert not keyboard.unsettled
    assert [] == keyboard.settle()
