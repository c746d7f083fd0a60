"""Where to connect and with which headers."""

from __future__ import annotations

import threading
from typing import Any

import google.auth
import google.auth.exceptions
import pytest

from voice_actors.config import Connection
from voice_actors.errors import ConfigError, LinkLost, Refused
from voice_actors.gemini.endpoint import Endpoint, endpoint, is_loopback

DEVELOPER = "wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"


class Credentials:
    """google-auth credentials that remember where they were refreshed."""

    def __init__(self, error: Exception | None = None, quota: str | None = None) -> None:
        self.valid = False
        self.token: str | None = None
        self.quota_project_id = quota
        self.error = error
        self.thread: threading.Thread | None = None

    def refresh(self, request: Any) -> None:
        self.thread = threading.current_thread()
        if self.error is not None:
            raise self.error
        self.token, self.valid = "oauth", True


def credentials_of(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in {"user-agent", "x-goog-api-client"}}


async def test_api_key_goes_into_a_header():
    """The Developer API at its explicit version; the key is in no URL."""
    found = await endpoint(Connection(api_key="secret\n"))
    assert found.url == f"{DEVELOPER}.BidiGenerateContent"
    assert credentials_of(found.headers) == {"x-goog-api-key": "secret"}
    assert found.headers["user-agent"].startswith("voice-actors")


async def test_ephemeral_token():
    """A token has its own method and header."""
    found = await endpoint(Connection(api_key="auth_tokens/abc", api_version="v1alpha"))
    assert found.url == f"{DEVELOPER}.BidiGenerateContentConstrained".replace("v1beta", "v1alpha")
    assert credentials_of(found.headers) == {"authorization": "Token auth_tokens/abc"}


@pytest.mark.parametrize(
    ("location", "host"),
    [
        (None, "aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("us-central1", "us-central1-aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
    ],
)
async def test_vertex_hosts(location, host):
    """Regional, multi-regional and global hosts."""
    credentials = Credentials()
    found = await endpoint(Connection(vertexai=True, project="p", location=location, credentials=credentials))
    assert found.url == f"wss://{host}{VERTEX}"
    assert credentials_of(found.headers) == {"authorization": "Bearer oauth"}


async def test_vertex_token_is_fetched_in_a_thread():
    """google-auth blocks; the event loop does not. The quota project is said where there is one."""
    credentials = Credentials(quota="q")
    found = await endpoint(Connection(vertexai=True, project="p", credentials=credentials))
    assert credentials.thread is not threading.current_thread()
    assert credentials_of(found.headers) == {"authorization": "Bearer oauth", "x-goog-user-project": "q"}


async def test_valid_credentials_are_not_refreshed():
    """A token that still holds is used again."""
    credentials = Credentials()
    credentials.token, credentials.valid = "kept", True
    found = await endpoint(Connection(vertexai=True, project="p", credentials=credentials))
    assert found.headers["authorization"] == "Bearer kept"
    assert credentials.thread is None


async def test_application_default_credentials(monkeypatch):
    """Without credentials of one's own, google-auth looks for the default ones, with the scope of Vertex AI."""
    asked: list[Any] = []
    credentials = Credentials()
    monkeypatch.setattr(google.auth, "default", lambda **kw: asked.append(kw) or (credentials, "p"))
    found = await endpoint(Connection(vertexai=True, project="p"))
    assert found.headers["authorization"] == "Bearer oauth"
    assert asked == [{"scopes": ["https://www.googleapis.com/auth/cloud-platform"]}]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (google.auth.exceptions.DefaultCredentialsError("x"), ConfigError),
        (google.auth.exceptions.TransportError("x"), LinkLost),
        (google.auth.exceptions.RefreshError("x", retryable=True), LinkLost),
        (google.auth.exceptions.RefreshError("x"), Refused),
    ],
)
async def test_what_goes_wrong_with_credentials(error, expected):
    """google-auth's errors become ours, by what can be done about them."""
    with pytest.raises(expected) as raised:
        await endpoint(Connection(vertexai=True, project="p", credentials=Credentials(error)))
    assert raised.value.__cause__ is error


async def test_express_mode():
    """Vertex AI by API key: no location, no project."""
    found = await endpoint(Connection(vertexai=True, api_key="k", location="us-central1"))
    assert found.url == f"wss://aiplatform.googleapis.com{VERTEX}"
    assert credentials_of(found.headers) == {"x-goog-api-key": "k"}


async def test_a_project_wins_over_a_key():
    """As between google-genai's environment variables."""
    connection = Connection(vertexai=True, api_key="k", project="p", credentials=Credentials())
    assert credentials_of((await endpoint(connection)).headers) == {"authorization": "Bearer oauth"}


@pytest.mark.parametrize(
    ("base_url", "start"),
    [
        ("https://gate.example/", "wss://gate.example/ws/"),
        ("https://gate.example:8443/prefix/", "wss://gate.example:8443/prefix/ws/"),
        ("wss://gate.example", "wss://gate.example/ws/"),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws/"),
        ("ws://localhost:8080", "ws://localhost:8080/ws/"),
        ("http://[::1]:8080", "ws://[::1]:8080/ws/"),
        ("https://127.0.0.1:8080", "wss://127.0.0.1:8080/ws/"),
    ],
)
async def test_another_server(base_url, start):
    """Plain text on loopback only, no key where there is none."""
    found = await endpoint(Connection(base_url=base_url))
    assert found.url.startswith(start)
    assert found.url.endswith(".BidiGenerateContent")
    assert credentials_of(found.headers) == {}
    assert credentials_of((await endpoint(Connection(base_url=base_url, api_key="k"))).headers) == {
        "x-goog-api-key": "k"
    }


async def test_a_whole_url_is_taken_as_it_is():
    """A gateway's URL that names the method already gets no path."""
    url = "wss://gate.example/x/GenerativeService.BidiGenerateContent"
    assert (await endpoint(Connection(base_url=url))).url == url


async def test_google_credentials_stay_at_google(monkeypatch):
    """A server of one's own is not sent the machine's Google credentials."""
    monkeypatch.setattr(google.auth, "default", lambda **_: pytest.fail("asked for credentials"))
    found = await endpoint(Connection(vertexai=True, project="p", base_url="http://localhost:1"))
    assert found.url == f"ws://localhost:1{VERTEX}"
    assert credentials_of(found.headers) == {}


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (Connection(), "set GEMINI_API_KEY, or use --offline"),
        (Connection(api_key=" "), "set GEMINI_API_KEY, or use --offline"),
        (Connection(vertexai=True), "set GOOGLE_CLOUD_PROJECT, or use --offline"),
        (Connection(api_key="a b"), "the API key holds characters"),
        (Connection(api_key="k\r\nx: y"), "the API key holds characters"),
        (Connection(api_key="schlüssel"), "the API key holds characters"),
        (Connection(base_url="http://example.org"), "not encrypted"),
        (Connection(base_url="ws://10.0.0.1"), "not encrypted"),
        (Connection(base_url="ftp://127.0.0.1"), "base_url is no https://"),
        (Connection(base_url="127.0.0.1:80"), "base_url is no"),
        (Connection(base_url="https://"), "base_url is no"),
        (Connection(base_url="https://a:99999"), "base_url is no URL"),
        (Connection(base_url="https://[x"), "base_url is no URL"),
        (Connection(base_url="https://a b"), "base_url holds characters"),
        (Connection(base_url="https://user:secret@a"), "credentials go into headers"),
        (Connection(base_url="https://a/?key=secret"), "credentials go into headers"),
        (Connection(api_key="k", api_version="v1/../x"), "api_version"),
        (Connection(vertexai=True, project="p", location="evil.example/"), "location"),
        (Connection(api_key="k", headers={"x y": "z"}), "header 'x y'"),
        (Connection(api_key="k", headers={"x": "secret\n"}), "header 'x'"),
    ],
)
async def test_what_cannot_be_is_said_before_connecting(connection, said):
    """Each message names the setting, and none a secret."""
    with pytest.raises(ConfigError) as error:
        await endpoint(connection)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


async def test_own_headers_win():
    """A gateway's own authorization replaces ours, in whatever case it is written."""
    connection = Connection(vertexai=True, project="p", headers={"Authorization": "Bearer mine", "X-Team": "t"})
    found = await endpoint(connection)
    assert credentials_of(found.headers) == {"authorization": "Bearer mine", "x-team": "t"}


def test_secrets_are_not_shown():
    """What an Endpoint looks like in a log or a traceback."""
    shown = repr(Endpoint("wss://x", {"x-goog-api-key": "secret"}))
    assert "secret" not in shown
    assert "x-goog-api-key" in shown


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.evil.example", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback(host, expected):
    """By name or address, without asking a name server."""
    assert is_loopback(host) is expected


# ---- credentials that are asked for ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "settings", "headers"),
    [
        ("k-3141\n", {}, {"x-goog-api-key": "k-3141"}),
        ("auth_tokens/t", {}, {"authorization": "Token auth_tokens/t"}),
        ("oauth", {"vertexai": True, "project": "p"}, {"authorization": "Bearer oauth"}),
        ("k-3141", {"vertexai": True}, {"x-goog-api-key": "k-3141"}),
    ],
)
async def test_credentials_are_asked_for_at_each_dial(given, settings, headers):
    """Faults, row 10: a token for one use is minted anew for each connection. It goes into a header, by its kind."""
    asked = []

    async def mint() -> str:
        asked.append(given)
        return given

    connection = Connection(credentials=mint, **settings)
    for _ in range(3):
        found = await endpoint(connection)
        assert headers == credentials_of(found.headers)
        assert given.strip() not in found.url + repr(found) + repr(connection)
    assert 3 == len(asked)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(OSError("no network, secret"), LinkLost), (Refused("signed out", kind="authentication"), Refused)],
)
async def test_credentials_that_cannot_be_had(error, raised):
    """A stranger's exception may pass and is kept as the cause; one of ours says itself what it means."""

    async def mint() -> str:
        raise error

    with pytest.raises(raised) as caught:
        await endpoint(Connection(credentials=mint))
    assert error in (caught.value, caught.value.__cause__)
    assert "secret" not in str(caught.value)


async def _nothing() -> str:
    return " "


async def _number() -> int:
    return 3


@pytest.mark.parametrize("credentials", [_nothing, _number, lambda: "not async"])
async def test_a_credentials_function_that_cannot_work(credentials):
    """Is a setting to be mended."""
    with pytest.raises(ConfigError, match="must be async, and give a key or token"):
        await endpoint(Connection(credentials=credentials))
