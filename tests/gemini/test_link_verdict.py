"""Which ends of a connection are worth another try."""

from __future__ import annotations

import pytest

from voice_actors.errors import LinkLost, Refused
from voice_actors.gemini.link import classify_close, classify_http

CLOSES = [
    (None, "", LinkLost, "network"),
    (1000, "", LinkLost, "ended"),
    (1001, "", LinkLost, "ended"),
    (1005, "", LinkLost, "ended"),
    (1006, "", LinkLost, "network"),
    (1007, "Request contains an invalid argument.", Refused, "argument"),
    (1007, 'Invalid JSON payload received. Unknown name "x"', Refused, "argument"),
    (1007, "Cannot extract voices from a non-audio request.", Refused, "argument"),
    (
        1008,
        "models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.",
        Refused,
        "model",
    ),
    (1008, "Operation is not implemented, or supported, or enabled.", LinkLost, "aborted"),
    (1008, "BidiGenerateContent session not found", LinkLost, "session"),
    (1008, "client failed to close the connection after receiving a GoAway message", LinkLost, "ended"),
    (1008, "The operation was aborted", LinkLost, "aborted"),
    (1008, "API key not valid. Please pass a valid API key.", Refused, "authentication"),
    (1008, "Method doesn't allow unregistered callers", Refused, "authentication"),
    (1008, "Token has expired", Refused, "authentication"),
    (1009, "", Refused, "size"),
    (1011, "Internal error encountered.", LinkLost, "unavailable"),
    (1011, "The service is currently unavailable.", LinkLost, "unavailable"),
    (1011, "Deadline expired before operation could complete.", LinkLost, "ended"),
    (1011, "keepalive ping timeout", LinkLost, "unavailable"),
    (1011, "RESOURCE_EXHAUSTED", Refused, "quota"),
    (1011, "You exceeded your current quota, please check your plan and billing details.", Refused, "quota"),
    (1012, "", LinkLost, "unavailable"),
    (4321, "whatever", LinkLost, "unavailable"),
    (1003, "", Refused, "argument"),
    (1010, "", Refused, "endpoint"),
    (1013, "", LinkLost, "unavailable"),
    (1015, "", LinkLost, "network"),
    (
        1008,
        "Connection aborted because the client failed to close the connection after receiving a GoAway signal",
        LinkLost,
        "ended",
    ),
    (1008, "The caller does not have permission", Refused, "authentication"),
    (1008, "", LinkLost, "aborted"),
    (1011, "", LinkLost, "unavailable"),
]


@pytest.mark.parametrize(("code", "reason", "error_type", "kind"), CLOSES)
def test_close_codes(code, reason, error_type, kind):
    """Code and text as seen in the field, each with its kind; the error tells both."""
    error = classify_close(code, reason)
    assert (error_type, kind) == (type(error), error.kind)
    assert (code or 1006, reason) == (error.code, error.reason)
    assert reason in str(error)


STATUSES = [
    (200, Refused, "endpoint"),
    (400, Refused, "endpoint"),
    (401, Refused, "authentication"),
    (403, Refused, "authentication"),
    (404, Refused, "endpoint"),
    (408, LinkLost, "unavailable"),
    (429, LinkLost, "quota"),
    (500, LinkLost, "unavailable"),
    (501, Refused, "endpoint"),
    (502, LinkLost, "unavailable"),
    (503, LinkLost, "unavailable"),
]


@pytest.mark.parametrize(("status", "error_type", "kind"), STATUSES)
def test_http_statuses(status, error_type, kind):
    """What may pass is lost, what will not is refused; the server's words are kept."""
    error = classify_http(status, '{"error": {"code": 1, "message": "see  here\\n"}}')
    assert (error_type, kind) == (type(error), error.kind)
    assert (status, "see here") == (error.status, error.reason)


@pytest.mark.parametrize(
    ("status", "body", "portal"),
    [
        (302, "", True),
        (307, "Please accept our terms.", True),
        (511, "", True),
        (200, "<!DOCTYPE html><title>Hotel</title>", True),
        (200, " <HTML>", True),
        (200, "{}", False),
        (404, "<html>", False),
        (503, "<html>", False),
    ],
)
def test_a_network_that_wants_a_sign_in_first_is_named(status, body, portal):
    """Faults, row 33: nobody thinks of the hotel's page when told that a server opens no WebSocket."""
    error = classify_http(status, body)
    assert (portal, portal) == ("sign in" in str(error), error.kind == "portal")
    assert not portal or error.reason == ""  # whoever tells it tells that, and not what the page says


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
