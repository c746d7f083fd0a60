"""The rules of the wire's JSON: numbers, bytes, durations, and what is refused."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini import names, wire

_KEYS = st.sampled_from([
    "a", "topP", "top_p", "mimeType", "mime_type", "args", "response", "properties", "functionDeclarations", "null",
    "_", "_a", "a__b", "t\u00e4_x", "a b_c", 'q"_r', "back\\_slash",
])  # fmt: skip
_TEXTS = st.one_of(_KEYS, st.just('_": "'), st.text(max_size=8))
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=4), st.sampled_from([None, 2]))
@example({"args": {"city_name": None}, "name": "get_weather"}, None)
@example({"a": "x" * 200 + "_" * 200}, None)
def test_a_message_that_is_canonical_already_is_found_out_without_reading_it_anew(
    message: dict[str, object], indent: int | None
):
    """However it is written: read, it is what `canonical` makes of it."""
    try:
        text = json.dumps(message, ensure_ascii=False, indent=indent)
        text.encode()
    except UnicodeEncodeError:
        return
    assert wire.parse(text) == names.canonical(message)
    escaped = json.dumps(message, indent=indent).replace("_", "\\u005f")
    assert wire.parse(escaped) == names.canonical(message), "an underscore can be written as an escape"


def test_a_flood_of_underscores_is_read_at_once():
    """What tells a canonical message must not take the square of its length: a million take as long as they should."""
    text = json.dumps({"a": "_" * 1_000_000})
    assert wire.parse(text) == {"a": "_" * 1_000_000}


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        "{",
        "[]",
        "1",
        '"text"',
        "null",
        "true",
        "{}{}",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": ' + "9" * 65 + "}",
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":' * 102 + "1" + "}" * 102,
        '{"args":' + "[" * 102 + "]" * 102 + "}",
        '{"a": "\\ud800"}',
        '{"a": "\ud800"}',
        '{"args": {"\\udc00": 1}}',
        "{'a': 1}",
        '{"a": "line\nbreak"}',
    ],
    ids=lambda frame: repr(frame[:20]),
)
def test_malformed_frames_are_one_error(frame):
    """Whatever is wrong with the JSON, it is a RemoteProtocolError."""
    with pytest.raises(RemoteProtocolError):
        wire.parse(frame)


def test_errors_do_not_quote_speech():
    """An error message says what is wrong and where, and not what somebody said."""
    with pytest.raises(RemoteProtocolError, match=r"^inputTranscription\.text is a number, not a string$"):
        wire.as_text(12345, "inputTranscription.text")
    for value in (None, True, 1, 1.5, [], {}):
        with pytest.raises(
            RemoteProtocolError, match="^x is (null|a boolean|a number|a list|an object), not a string$"
        ):
            wire.as_text(value, "x")


def test_text_and_binary_frames_read_alike():
    """A frame is the same message as text and as bytes, escaped or not."""
    expected = {"a": "Grüße 😀"}
    assert wire.parse('{"a": "Grüße 😀"}') == expected
    assert wire.parse('{"a": "Grüße 😀"}'.encode()) == expected
    assert wire.parse(json.dumps(expected)) == expected


@pytest.mark.parametrize("text", ["+/8AAQ==", "-_8AAQ==", "+/8AAQ", "-_8AAQ", "-/8AAQ="])
def test_base64_in_either_alphabet_with_or_without_padding(text):
    """google-genai writes the URL-safe alphabet, browsers and the service the standard one."""
    assert wire.as_bytes(text, "data") == b"\xfb\xff\x00\x01"


@pytest.mark.parametrize(
    "text", ["A", "A===", "====", "AB=C", "AAAA\n", " AAAA", "AA AA", "ÄÄÄÄ", "AA\\AA", "AAA,", "AAAAA"]
)
def test_garbage_is_not_base64(text):
    """Nothing is skipped: a wrong character would shift all audio after it."""
    with pytest.raises(RemoteProtocolError, match="^data is not base64$"):
        wire.as_bytes(text, "data")


@pytest.mark.parametrize(
    ("text", "seconds"), [("50s", 50.0), ("9.5s", 9.5), ("0s", 0.0), ("-1s", -1.0), ("1.240s", 1.24)]
)
def test_durations(text, seconds):
    """Durations are seconds with an s."""
    assert wire.as_seconds(text, "timeLeft") == seconds


@pytest.mark.parametrize("value", ["50", "s", "1e3s", "١s", "1.s", ".5s", " 5s", "nans", "9" * 13 + "s", 50, None, {}])
def test_what_is_no_duration(value):
    """Everything else is an error."""
    with pytest.raises(RemoteProtocolError):
        wire.as_seconds(value, "timeLeft")


def test_durations_are_written_as_they_are_read():
    """Whole nanoseconds survive; what is no duration is our mistake."""
    assert [wire.duration(x) for x in (50, 9.5, 0.0, 1.24, 1e-9, 100.0)] == [
        "50s",
        "9.5s",
        "0s",
        "1.24s",
        "0.000000001s",
        "100s",
    ]
    for bad in (-1.0, float("nan"), float("inf")):
        with pytest.raises(LocalProtocolError):
            wire.duration(bad)


def test_whole_numbers_may_be_strings():
    """64-bit numbers are strings in proto3's JSON."""
    assert [wire.as_integer(x, "n") for x in (12, "12", "-3", 12.0)] == [12, 12, -3, 12]
    for bad in (True, 1.5, "x", "", "-", "²", "9" * 65, None, []):
        with pytest.raises(RemoteProtocolError):
            wire.as_integer(bad, "n")


def test_lists_and_flags():
    """Wrong types are errors that say where."""
    assert list(wire.as_objects([{}, {"a": 1}], "x")) == [{}, {"a": 1}]
    assert wire.as_texts(["a"], "x") == ("a",)
    assert wire.as_flag(True, "x") is True
    with pytest.raises(RemoteProtocolError, match=r"^x\[1\] is a number"):
        list(wire.as_objects([{}, 1], "x"))
    for read, bad in (
        (wire.as_objects, {}),
        (wire.as_texts, "a"),
        (wire.as_texts, [1]),
        (wire.as_flag, "true"),
        (wire.as_object, []),
    ):
        with pytest.raises(RemoteProtocolError):
            list(read(bad, "x"))  # type: ignore[operator, arg-type]


def test_dump_writes_canonical_names_and_no_nulls():
    """Any mapping and sequence will do; nulls stay only where they mean something."""
    message = MappingProxyType(
        {"tool_response": {"id": None, "response": {"a_b": None}, "parts": ({"mime_type": "x"},)}}
    )
    assert wire.dump(message) == '{"toolResponse":{"response":{"a_b":null},"parts":[{"mimeType":"x"}]}}'


@pytest.mark.parametrize(
    "value", [{"x": object()}, {"x": b"bytes"}, {"x": float("nan")}, {"args": {(1, 2): 3}}, {1: 2}]
)
def test_what_is_no_json_is_our_mistake(value):
    """Bytes, NaN and objects have no place on the wire."""
    with pytest.raises(LocalProtocolError):
        wire.dump(value)


def test_endless_nesting_is_our_mistake():
    """An object that holds itself is refused."""
    loop: dict[str, object] = {}
    loop["a"] = loop
    for key in ("a", "args"):
        with pytest.raises(LocalProtocolError):
            wire.dump({key: loop})


def test_half_a_surrogate_pair_is_replaced():
    """A terminal or a file name can hold what UTF-8 cannot; the call does not end because of it."""
    assert wire.dump({"text": "a\udc80b😀"}) == '{"text":"a\ufffdb😀"}'


@pytest.mark.parametrize(
    ("mime_type", "rate"),
    [
        ("audio/pcm;rate=24000", 24000),
        ("audio/pcm; rate=16000", 16000),
        ("Audio/PCM", 8000),
        ("audio/L16;codec=pcm;rate=44100", 44100),
        ("audio/pcm;channels=1", 8000),
        ("audio/webm", None),
        ("image/png", None),
        ("", None),
    ],
)
def test_pcm_rate(mime_type, rate):
    """The rate stands in the MIME type; without one the default counts."""
    assert wire.pcm_rate(mime_type, 8000) == rate


@pytest.mark.parametrize("rate", ["", "0", "x", "-1", "²", "99999999"])
def test_a_rate_that_is_none(rate):
    """A rate must be a number of Hz."""
    with pytest.raises(RemoteProtocolError):
        wire.pcm_rate(f"audio/pcm;rate={rate}", 8000)


def test_oddities_are_counted_and_bounded():
    """A peer that sends ever new names cannot fill the memory."""
    oddities = wire.Oddities(limit=2)
    for name in ("a", "b", "c", "a", "x" * 200):
        oddities.note(name)
    assert oddities.counts == {"a": 2, "b": 1}
    assert oddities.total == 5
    oddities = wire.Oddities()
    oddities.note("x" * 200)
    oddities.note_unknown({"known": 1, "new": 2}, frozenset({"known"}), "place")
    oddities.note_unknown({"new": 2}, frozenset(), "")
    assert oddities.counts == {"x" * 80: 1, "place.new": 1, "new": 1}
