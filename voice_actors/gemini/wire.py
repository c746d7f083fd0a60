"""The JSON that both sides of the wire are written in: names, numbers, bytes, durations, and what is wrong with them.

Everything here is strict about nonsense and lenient about spelling, as proto3's JSON mapping is: a field may be called
`mimeType` or `mime_type`, bytes may be in either base64 alphabet with or without padding, a 64-bit number may be a
string. Whatever cannot be understood is a `RemoteProtocolError`, and nothing else is ever raised by reading.

Source of the rules: the JSON mapping of Protocol Buffers 3, and frames captured from google-genai 3.4.0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, cast

import attrs
import pybase64

from voice_actors.errors import LocalProtocolError, RemoteProtocolError
from voice_actors.gemini.names import MAX_DEPTH, canonical

MAX_DIGITS = 64
"""How long an integer may be; Python's own parser takes time in the square of the length."""

_DURATION = re.compile(r"(-?\d{1,12}(?:\.\d{1,9})?)s", re.ASCII)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_UNDERSCORE_IN_KEY = re.compile(r'_[^"]{0,64}"\s*:')
"""No known field ends so long after its last underscore; without a limit, underscores would cost the square of them."""


# ---- reading -----------------------------------------------------------------------------------------------------


@attrs.define(eq=False, repr=False)
class Oddities:
    """What a decoder passed over, by name and how often: fields and kinds that this version does not know."""

    limit: int = 100
    """How many different names are kept; the peer chooses the names, so there must be an end."""
    counts: dict[str, int] = attrs.field(factory=dict[str, int])
    total: int = 0
    """All of them, also those whose name was not kept."""

    def note(self, name: str) -> None:
        """Count one. Names longer than 80 characters are cut."""
        self.total += 1
        name = name[:80]
        if name in self.counts or len(self.counts) < self.limit:
            self.counts[name] = self.counts.get(name, 0) + 1

    def note_unknown(self, found: Mapping[str, Any], known: frozenset[str], where: str) -> None:
        """Count every key of `found` that is not in `known`."""
        for key in found.keys() - known:
            self.note(f"{where}.{key}" if where else key)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, parse_int=_short)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def parse(frame: str | bytes) -> dict[str, Any]:
    """Read one frame, text or binary, into an object with canonical lowerCamelCase names and no nulls.

    Raises:
        RemoteProtocolError: it is not one JSON object in UTF-8, or nests deeper than `MAX_DEPTH`.
    """
    try:
        text = frame if isinstance(frame, str) else frame.decode()
        value = _decoder.decode(text)
        if not isinstance(value, dict):
            raise RemoteProtocolError(f"a message is {_kind(value)}, not an object")
        message = cast("dict[str, Any]", value)
        if not _is_canonical(text):
            message = canonical(message)
        if not text.isascii() or "\\u" in text:
            _encoder.encode(message).encode()  # half a surrogate pair would fail later, in somebody's file
    except UnicodeError:
        raise RemoteProtocolError("a message is not in UTF-8") from None
    except RecursionError:
        raise RemoteProtocolError("a message nests too deep") from None
    except ValueError as error:
        raise RemoteProtocolError(f"a message is not JSON: {error}") from None
    return message


def _is_canonical(text: str) -> bool:
    """An object written so is what `canonical` would make of it; True for nearly all that the service sends.

    False may be wrong. An escape could hide an underscore.
    """
    return not (
        "\\" in text
        or "null" in text
        or text.count("{") + text.count("[") > MAX_DEPTH
        or _UNDERSCORE_IN_KEY.search(text)
    )


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def wrong(value: object, expected: str, where: str) -> RemoteProtocolError:
    """The error that says what stands at `where` instead of what was expected. Never quotes the value."""
    return RemoteProtocolError(f"{where} is {_kind(value)}, not {expected}")


def as_object(value: object, where: str) -> dict[str, Any]:
    """Read an object.

    Raises:
        RemoteProtocolError: it is something else.
    """
    if not isinstance(value, dict):
        raise wrong(value, "an object", where)
    return cast("dict[str, Any]", value)


def as_objects(value: object, where: str) -> Iterator[dict[str, Any]]:
    """Read a list of objects, one after another; `RemoteProtocolError` where it is something else."""
    if not isinstance(value, list):
        raise wrong(value, "a list", where)
    for index, item in enumerate(cast("list[object]", value)):
        yield as_object(item, f"{where}[{index}]")


def as_text(value: object, where: str) -> str:
    """Read a string, or an enum's name; `RemoteProtocolError` where it is something else."""
    if not isinstance(value, str):
        raise wrong(value, "a string", where)
    return value


def as_texts(value: object, where: str) -> tuple[str, ...]:
    """Read a list of strings; `RemoteProtocolError` where it is something else."""
    if not isinstance(value, list):
        raise wrong(value, "a list", where)
    return tuple(as_text(item, where) for item in cast("list[object]", value))


def as_flag(value: object, where: str) -> bool:
    """Read a boolean; `RemoteProtocolError` where it is something else."""
    if not isinstance(value, bool):
        raise wrong(value, "a boolean", where)
    return value


def as_integer(value: object, where: str) -> int:
    """Read a whole number, which proto3 writes as a number or, for 64 bits, as a string of digits.

    Raises:
        RemoteProtocolError: it is something else.
    """
    if isinstance(value, str) and len(value) <= MAX_DIGITS and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, "a whole number", where)
    return value


def as_seconds(value: object, where: str) -> float:
    """Read a duration such as `"50s"` or `"9.5s"` as seconds; `RemoteProtocolError` where it is something else."""
    found = _DURATION.fullmatch(as_text(value, where))
    if found is None:
        raise RemoteProtocolError(f"{where} is not a duration such as 9.5s")
    return float(found[1])


def as_bytes(value: object, where: str) -> bytes:
    """Read base64 in either alphabet, with or without padding; `RemoteProtocolError` where it is something else."""
    text = as_text(value, where)
    try:
        return unbase64(text.encode("ascii"))
    except ValueError:
        raise RemoteProtocolError(f"{where} is not base64") from None


def unbase64(data: bytes) -> bytes:
    """Read base64 in either alphabet, with or without padding.

    Raises:
        ValueError: anything else is in it, newlines too.
    """
    if b"-" in data or b"_" in data:
        data = data.translate(_STANDARD)
    if short := len(data) % 4:
        data += b"=" * (4 - short)
    return pybase64.b64decode(data, validate=True)


# ---- writing -----------------------------------------------------------------------------------------------------


def dump(message: Mapping[str, Any]) -> str:
    """Write one message: canonical names, no nulls outside free-form objects, as short as JSON can be.

    Half of a surrogate pair, which some terminals and file names give and UTF-8 cannot carry, becomes U+FFFD.

    Raises:
        LocalProtocolError: something in it has no place in JSON.
    """
    try:
        text = _encoder.encode(canonical(message))
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise LocalProtocolError(f"a message cannot be written as JSON: {error}") from error
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def base64(data: bytes) -> str:
    """Write bytes as the service does: standard alphabet, padded."""
    return pybase64.b64encode_as_string(data)


def duration(seconds: float) -> str:
    """Write seconds as proto3 does, such as `"9.5s"`.

    Raises:
        LocalProtocolError: it is negative or not finite.
    """
    if not 0 <= seconds < 1e12:
        raise LocalProtocolError(f"{seconds} is no duration in seconds")
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


# ---- sound -------------------------------------------------------------------------------------------------------


def pcm_rate(mime_type: str, default: int) -> int | None:
    """The sample rate in Hz that a MIME type of raw 16-bit PCM names, `default` where it names none.

    None where the type is something else than raw PCM.

    Raises:
        RemoteProtocolError: the rate is not a number of Hz.
    """
    kind, *parameters = mime_type.lower().replace(" ", "").split(";")
    if kind not in {"audio/pcm", "audio/l16"}:
        return None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "rate":
            if not (value.isascii() and value.isdigit() and 0 < len(value) < 7 and int(value)):
                raise RemoteProtocolError("an audio rate is not a number of Hz")
            return int(value)
    return default


def check_pcm(pcm: bytes, rate: int) -> None:
    """Raise `LocalProtocolError` unless these are whole 16-bit samples at a rate in Hz."""
    if len(pcm) & 1:
        raise LocalProtocolError(f"{len(pcm)} bytes of audio end in half a sample")
    if not 0 < rate < 1_000_000:
        raise LocalProtocolError(f"{rate} Hz is no sample rate")
