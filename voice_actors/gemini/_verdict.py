"""What an end of the connection means: worth another try, or not.

The texts are those seen in the field (gemini-live-protocol, section 6); codes are RFC 6455, section 7.4.
"""

from __future__ import annotations

import json
import re

from voice_actors.errors import LinkFault, LinkLost, Refused

_LONGEST_REASON = 300

# Patterns of trouble, compiled once there is some: that takes a millisecond, which no beginning has to wait for.
_SECRET = (
    r"(?i)AIza[\w-]{8,}|ya29\.[\w.-]+|auth_tokens/[\w./=-]+|(?<=key=)[\w-]+"  # noqa: S105 - what one looks like
    r"|(?<=access_token=)[^&\s]+|(?<=bearer )[\w.~+/=-]+|(?<=basic )[\w+/=-]+"
)
_QUOTA = r"(?i)quota|resource[_ ]exhausted|billing"
_CREDENTIALS = (
    r"(?i)api[ _-]?key|permission|unauthenticated|credential|unregistered caller|unauthori[sz]ed|forbidden"
    r"|token.{0,30}(expired|invalid|not valid|revoked|used)|(expired|invalid).{0,10}token"
)
_WRONG_MODEL = r"(?i)models?/\S+ is not found|not supported for bidigeneratecontent"
_NO_SESSION = r"(?i)session (was )?not found|unknown session|session (has )?expired"
_TIME_IS_UP = r"(?i)goaway|deadline expired"
_PAGE = r"(?i)\s*<(!doctype )?html"

_REFUSING_CODES: dict[int, tuple[LinkFault, str]] = {
    1003: ("argument", "the server does not take this kind of message"),
    1007: ("argument", "the server finds a message or setting invalid"),
    1009: ("size", "the server finds a message too big"),
    1010: ("endpoint", "the server misses an extension"),
}
_ENDING_CODES = frozenset({1000, 1001, 1005})
_BROKEN_CODES = frozenset({1006, 1015})
_RETRYABLE_STATUS = frozenset({408, 425, 429})
_HOPELESS_STATUS = frozenset({501, 505})


_SIGN_IN = "another server answers, as in a network that wants you to sign in first: open a page in a browser"
_SIGN_IN_FIRST = 511


def redact(text: str) -> str:
    """`text` fit for an error or a log: no keys or tokens, no control characters, at most 300 characters."""
    clean = " ".join(re.sub(_SECRET, "***", text).split())
    printable = "".join(character for character in clean if character.isprintable())
    return printable if len(printable) <= _LONGEST_REASON else printable[: _LONGEST_REASON - 1] + "…"


def classify_close(code: int | None, reason: str) -> LinkLost | Refused:
    """What a WebSocket close says about another try; `code` None or 1006 means that there was no close at all.

    1007 is always about what we sent. 1008 and 1011 are used for many things: there the text decides, and where it
    names neither model, credentials nor quota, the next connection usually works.
    """
    told = redact(reason)
    number = 1006 if code is None else code
    said = f" ({number}: {told})" if told else f" ({number})"
    if (refusal := _refusal(number, reason)) is not None:
        kind, what = refusal
        return Refused(f"{what}{said}", code=number, reason=told, kind=kind)
    text = "the connection broke off" if number == 1006 else "the server closed the connection"
    return LinkLost(f"{text}{said}", code=number, reason=told, kind=_passing(number, reason))


def _refusal(code: int, reason: str) -> tuple[LinkFault, str] | None:
    """What the same request would meet again, and in words; None for what may pass."""
    if code in {1008, 1011} and re.search(_QUOTA, reason):
        return "quota", "the quota is used up"
    if code in {1008, 1011} and re.search(_CREDENTIALS, reason):
        return "authentication", "the server does not accept the credentials"
    if code == 1008 and re.search(_WRONG_MODEL, reason):
        return "model", "the server does not offer this model here"
    return _REFUSING_CODES.get(code)


def _passing(code: int, reason: str) -> LinkFault:
    if code in _BROKEN_CODES:
        return "network"
    if code in {1008, 1011} and re.search(_NO_SESSION, reason):
        return "session"
    if code in _ENDING_CODES or (code in {1008, 1011} and re.search(_TIME_IS_UP, reason)):
        return "ended"
    return "aborted" if code == 1008 else "unavailable"


def classify_http(status: int, body: str) -> LinkLost | Refused:
    """What an HTTP status in place of the upgrade says about another try: 408, 425, 429 and 5xx may pass, and so may a
    network that wants a sign-in first, though not by trying.
    """
    told = redact(_google_message(body))
    said = f"HTTP {status}: {told}" if told else f"HTTP {status}"
    if status == _SIGN_IN_FIRST or 300 <= status < 400 or (status == 200 and re.match(_PAGE, body)):
        return Refused(f"{_SIGN_IN} ({said})", status=status, kind="portal")  # a page's words are no server's reason
    if status in _RETRYABLE_STATUS or (500 <= status < 600 and status not in _HOPELESS_STATUS):
        kind: LinkFault = "quota" if status == 429 else "unavailable"
        return LinkLost(f"the server cannot take the connection now ({said})", status=status, reason=told, kind=kind)
    if status in {401, 403}:
        text = f"the server does not accept the credentials ({said})"
        return Refused(text, status=status, reason=told, kind="authentication")
    what = "there is no such endpoint" if status == 404 else "the server does not open a WebSocket here"
    return Refused(f"{what} ({said})", status=status, reason=told, kind="endpoint")


def _google_message(body: str) -> str:
    """The message in a Google error document (`{"error": {"message": ...}}`), or the body as it is."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        return body
    match document:
        case {"error": {"message": str(message)}}:
            return message
        case _:
            return body
