"""Where a link goes, and what it asks for there: the URLs and headers of a connection, read and checked."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

import attrs

from voice_actors.errors import ConfigError
from voice_actors.gemini._verdict import redact
from voice_actors.values import Value

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_SECURE = frozenset({"https", "wss"})


@attrs.frozen(eq=False, repr=False)
class Address(Value):
    """Where to connect, and whether TLS is spoken there."""

    host: str
    port: int
    secure: bool

    @property
    def header(self) -> str:
        """As in a Host header: without the port that the scheme implies."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@attrs.frozen(eq=False, repr=False)
class Request(Value):
    """What the upgrade asks for, ready for the wire."""

    host: str
    """The value of the Host header."""
    target: str = attrs.field(repr=False)
    headers: list[tuple[bytes, bytes]] = attrs.field(repr=False)


@attrs.frozen(eq=False, repr=False)
class Route(Value):
    """Where to, and through which proxy."""

    target: Address
    proxy: Address | None = None
    credentials: list[tuple[str, str]] = attrs.field(factory=list[tuple[str, str]], repr=False)
    """The header that the proxy wants, if any."""

    @property
    def first(self) -> Address:
        """Where TCP goes."""
        return self.proxy or self.target

    @property
    def secure(self) -> bool:
        """Whether a TLS context is needed."""
        return self.target.secure or (self.proxy is not None and self.proxy.secure)


def plan_route(url: str, proxy: str | None) -> Route:
    """Read both URLs.

    Raises:
        ConfigError: one of them cannot be used.
    """
    target, _ = split_url(url, what="link", schemes=frozenset({"ws", "wss"}))
    if proxy is None:
        return Route(target)
    by, parts = split_url(proxy, what="proxy", schemes=frozenset({"http", "https"}))
    return Route(target, by, _proxy_credentials(parts))


def plan_request(url: str, headers: Mapping[str, str]) -> Request:
    """Put the upgrade together. White space around a value, as in a key read from a file, is dropped.

    Raises:
        ConfigError: a header cannot be sent; its value is not shown.
    """
    address, parts = split_url(url, what="link", schemes=frozenset({"ws", "wss"}))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise ConfigError("the link URL has characters in its path or query that have to be percent-encoded")
    encoded: list[tuple[bytes, bytes]] = []
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value.strip()):
            raise ConfigError(f"the header {redact(name)!r} cannot be sent: it has characters that HTTP does not allow")
        encoded.append((name.encode("ascii"), value.strip().encode("latin-1")))
    return Request(address.header, target, encoded)


def _proxy_credentials(proxy: SplitResult) -> list[tuple[str, str]]:
    if proxy.username is None:
        return []
    plain = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return [("Proxy-Authorization", "Basic " + base64.b64encode(plain.encode()).decode())]


def split_url(url: str, *, what: str, schemes: frozenset[str]) -> tuple[Address, SplitResult]:
    """Read a URL. No part of it but scheme, host and port is ever put into an error: the rest may hold secrets.

    Raises:
        ConfigError: the URL has another scheme, no host, or a port that is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"the {what} URL cannot be read; it looks like {min(schemes)}://host:port") from error
    if parts.scheme not in schemes or not parts.hostname:
        raise ConfigError(f"the {what} URL has to be {' or '.join(f'{s}://host' for s in sorted(schemes))}")
    secure = parts.scheme in _SECURE
    return Address(parts.hostname, port or (443 if secure else 80), secure), parts
