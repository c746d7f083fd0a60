"""Which ends of a connection are worth another try."""

from __future__ import annotations

import pytest

from voice_actors.errors import LinkLost, Refused
from voice_actors.gemini.link import classify_close, classify_http

CLOSES = [
    (None, "", LinkLost),
    (1000, "", LinkLost),
    (1001, "", LinkLost),
    (1005, "", LinkLost),
    (1006, "", LinkLost),
    (1007, "Request contains an invalid argument.", Refused),
    (1007, 'Invalid JSON payload received. Unknown name "x"', Refused),
    (1007, "Cannot extract voices from a non-audio request.", Refused),
    (1008, "models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.", Refused),
    (1008, "Operation is not implemented, or supported, or enabled.", LinkLost),
    (1008, "BidiGenerateContent session not found", LinkLost),
    (1008, "client failed to close the connection after receiving a GoAway message", LinkLost),
    (1008, "The operation was aborted", LinkLost),
    (1008, "API key not valid. Please pass a valid API key.", Refused),
    (1008, "Method doesn't allow unregistered callers", Refused),
    (1008, "Token has expired", Refused),
    (1009, "", Refused),
    (1011, "Internal error encountered.", LinkLost),
    (1011, "The service is currently unavailable.", LinkLost),
    (1011, "Deadline expired before operation could complete.", LinkLost),
    (1011, "keepalive ping timeout", LinkLost),
    (1011, "RESOURCE_EXHAUSTED", Refused),
    (1011, "You exceeded your current quota, please check your plan and billing details.", Refused),
    (1012, "", LinkLost),
    (4321, "whatever", LinkLost),
]


@pytest.mark.parametrize(("code", "reason", "kind"), CLOSES)
def test_close_codes(code, reason, kind):
    """Code and text as seen in the field, each with its kind; the error tells both."""
    error = classify_close(code, reason)
    assert kind is type(error)
    assert (code or 1006, reason) == (error.code, error.reason)
    assert reason in str(error)


STATUSES = [
    (301, Refused),
    (200, Refused),
    (400, Refused),
    (401, Refused),
    (403, Refused),
    (404, Refused),
    (408, LinkLost),
    (429, LinkLost),
    (500, LinkLost),
    (501, Refused),
    (502, LinkLost),
    (503, LinkLost),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_http_statuses(status, kind):
    """What may pass is lost, what will not is refused; the server's words are kept."""
    error = classify_http(status, '{"error": {"code": 1, "message": "see  here\\n"}}')
    assert kind is type(error)
    assert (status, "see here") == (error.status, error.reason)


@pytest.mark.parametrize("body", ["", "<html>", "[" * 100_000, "{}", '{"error": 3}', "\x00\x1b[31m\udcff"])
def test_any_body_will_do(body):
    """Pages of captive portals and worse: never longer than a line, never a control character."""
    error = classify_http(503, body)
    assert str(error).isprintable()
    assert len(str(error)) < 400


@pytest.mark.parametrize(
    "secret",
    [
        "AIzaSyD-0123456789abcdef",
        "auth_tokens/abc.def-123",
        "ya29.a0Af_xyz-12",
    ],
)
def test_secrets_that_the_server_repeats_are_masked(secret):
    """In the message and in the attributes, for both kinds."""
    for error in (classify_http(400, f"bad {secret}!"), classify_close(1008, f"API key {secret} was leaked")):
        assert secret not in str(error) + error.reason
        assert "***" in error.reason
    assert "hush" not in classify_http(400, "GET /?alt=1&key=hush&x=1").reason
