"""Where to connect, and with which headers.

Secrets go into headers and never into a URL, which ends up in logs. URLs and headers are those of Google's Live API
reference and of google-genai 3.4.0 (captured), with the API version always said: `v1beta`, or `v1beta1` on Vertex AI.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import SplitResult, urlsplit

import attrs
import trio

from voice_actors.errors import ConfigError, LinkLost, MissingPartError, Refused, VoiceActorsError
from voice_actors.values import Value

if TYPE_CHECKING:
    from voice_actors.config import Connection

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
EPHEMERAL: Final = "auth_tokens/"
"""How an ephemeral token begins."""
_MULTI_REGIONS: Final = frozenset({"us", "eu"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_METHOD: Final = "BidiGenerateContent"


@attrs.frozen(eq=False, repr=False)
class Endpoint(Value):
    """Where to connect, and with which headers."""

    url: str
    """`wss://…`, or `ws://…` on loopback."""
    headers: Mapping[str, str] = attrs.field(repr=lambda headers: repr(sorted(headers)))
    """Lower-case names; the values hold credentials and are not shown."""


async def endpoint(connection: Connection) -> Endpoint:
    """Work out where a connection goes, and get an access token where one is needed (Vertex AI without an API key).

    Credentials that are an async function are asked for anew each time. What that raises is a reason to try again,
    unless it is one of ours.

    Raises:
        ConfigError: something is missing or cannot be; the message says what to do.
        Refused: Google refuses the Vertex AI credentials.
        LinkLost: the access token could not be fetched now.
        MissingPartError: google-auth is not installed with what it needs.
    """
    if callable(connection.credentials):
        connection = await _asked(connection, connection.credentials)
    key = _key(connection)
    url = _vertex_url(connection, key) if connection.vertexai else _developer_url(connection, key)
    own = {str(name).lower(): _header(name, value) for name, value in connection.headers.items()}
    headers = _client_headers() | _key_headers(connection, key)
    if _needs_token(connection, key) and "authorization" not in own:
        headers |= await _token_headers(connection)
    return Endpoint(url, headers | own)


# ---- where -------------------------------------------------------------------------------------------------------


def _developer_url(connection: Connection, key: str | None) -> str:
    if key is None and connection.base_url is None:
        raise ConfigError("no API key: set GEMINI_API_KEY, or use --offline")
    method = f"{_METHOD}Constrained" if key is not None and key.startswith(EPHEMERAL) else _METHOD
    version = _name(connection.api_version or "v1beta", "api_version")
    base = connection.base_url or "https://generativelanguage.googleapis.com"
    return _joined(base, f"/ws/google.ai.generativelanguage.{version}.GenerativeService.{method}")


def _vertex_url(connection: Connection, key: str | None) -> str:
    if key is None and connection.base_url is None and connection.project is None:
        raise ConfigError("Vertex AI needs a project or an API key: set GOOGLE_CLOUD_PROJECT, or use --offline")
    version = _name(connection.api_version or "v1beta1", "api_version")
    base = connection.base_url or f"https://{_vertex_host(connection.location, express=_express(connection, key))}"
    return _joined(base, f"/ws/google.cloud.aiplatform.{version}.LlmBidiService/{_METHOD}")


def _vertex_host(location: str | None, *, express: bool) -> str:
    if location is None or location == "global" or express:
        return "aiplatform.googleapis.com"
    _name(location, "location")
    if location in _MULTI_REGIONS:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"


def _joined(base: str, path: str) -> str:
    """The URL of `path` on another server; where the base already names the method it is the whole URL."""
    parts = _split(base)
    scheme = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}.get(parts.scheme.lower())
    if scheme is None or not parts.hostname:
        raise ConfigError("base_url is no https://, wss://, http:// or ws:// URL")
    if scheme == "ws" and not is_loopback(parts.hostname):
        raise ConfigError("base_url is not encrypted: http:// and ws:// are for this machine only, use https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError("base_url holds more than scheme, host, port and path; credentials go into headers")
    prefix = parts.path.rstrip("/")
    return f"{scheme}://{parts.netloc}{prefix if _METHOD in prefix else prefix + path}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none raises only when looked at
    except ValueError:
        raise ConfigError("base_url is no URL") from None
    if not url.isascii() or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise ConfigError("base_url holds characters that no URL has")
    return parts


def is_loopback(host: str) -> bool:
    """True where a host's name or address means this machine, without asking any name server."""
    if host.rstrip(".").lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(value: str, setting: str) -> str:
    if not _NAME.fullmatch(value):
        raise ConfigError(f"{setting} is {value!r}, which cannot be part of a host or a path")
    return value


# ---- who ---------------------------------------------------------------------------------------------------------


def _key(connection: Connection) -> str | None:
    """The API key or ephemeral token; keys read from files often end in a newline."""
    key = (connection.api_key or "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError("the API key holds characters that no key has")
    return key or None


def _express(connection: Connection, key: str | None) -> bool:
    """True for Vertex AI by API key. A project wins over a key, as between google-genai's environment variables."""
    return key is not None and connection.project is None


def _key_headers(connection: Connection, key: str | None) -> dict[str, str]:
    if key is None or (connection.vertexai and not _express(connection, key)):
        return {}
    if key.startswith(EPHEMERAL) and not connection.vertexai:
        return {"authorization": f"Token {key}"}
    return {"x-goog-api-key": key}


def _needs_token(connection: Connection, key: str | None) -> bool:
    """Whether Application Default Credentials are asked. A server of one's own only gets credentials given for it."""
    if not connection.vertexai or _express(connection, key):
        return False
    return connection.credentials is not None or connection.base_url is None


async def _asked(connection: Connection, ask: Callable[[], object]) -> Connection:
    """The connection with what its credentials function gives."""
    try:
        answer = ask()
        given = await cast("Awaitable[object]", answer) if isinstance(answer, Awaitable) else None
    except VoiceActorsError:
        raise
    except Exception as error:
        raise LinkLost(f"the credentials could not be had: {type(error).__name__}") from error
    if not isinstance(given, str) or not given.strip():
        raise ConfigError("credentials that are a function must be async, and give a key or token in a str")
    if connection.vertexai and connection.project is not None:
        token = {"authorization": f"Bearer {given.strip()}"}
        return attrs.evolve(connection, credentials=None, headers={**connection.headers, **token})
    return attrs.evolve(connection, credentials=None, api_key=given)


async def _token_headers(connection: Connection) -> dict[str, str]:
    """Fetch an access token in a thread: google-auth is synchronous, and may ask a server on the network."""
    return await trio.to_thread.run_sync(lambda: _fetch_token(connection.credentials), abandon_on_cancel=True)


def _fetch_token(given: Any) -> dict[str, str]:
    try:
        import google.auth
        import google.auth.exceptions
        import google.auth.transport.requests
    except ImportError as error:
        raise MissingPartError('Vertex AI credentials need: python -m pip install "google-auth[requests]"') from error

    google_auth: Any = google.auth
    try:
        credentials = given if given is not None else google_auth.default(scopes=[SCOPE])[0]
        if not credentials.valid:
            credentials.refresh(google.auth.transport.requests.Request())
    except google.auth.exceptions.DefaultCredentialsError as error:
        raise ConfigError(
            "no Google Cloud credentials: run `gcloud auth application-default login`, or use --offline"
        ) from error
    except google.auth.exceptions.TransportError as error:
        raise LinkLost("the access token for Vertex AI could not be fetched") from error
    except google.auth.exceptions.GoogleAuthError as error:
        if getattr(error, "retryable", False):
            raise LinkLost("the access token for Vertex AI could not be fetched") from error
        text = "Google refuses the credentials for Vertex AI; sign in again"
        raise Refused(text, kind="authentication") from error
    quota = getattr(credentials, "quota_project_id", None)
    return {"authorization": f"Bearer {credentials.token}"} | ({"x-goog-user-project": str(quota)} if quota else {})


def _header(name: str, value: str) -> str:
    if not _NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
        raise ConfigError(f"the header {name!r} cannot be sent: its name or value holds characters that no header has")
    return value


def _client_headers() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        said = f"voice-actors/{version('voice-actors')}"
    except PackageNotFoundError:  # run from a checkout
        said = "voice-actors"
    said += f" gl-python/{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return {"user-agent": said, "x-goog-api-client": said}
