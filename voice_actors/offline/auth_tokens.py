"""Ephemeral tokens: what a backend mints with its key, so that a browser can open a session without one.

A token lives for a while, opens so many sessions, and may hold a setup that its user cannot change. Times are kept on
trio's clock; the wall clock is read only when a request names a time of day.

Sources: the fields of `CreateAuthTokenConfig` and the body that google-genai 3.4.0 sends; the words of refusals from
reports in the field (cookbook#821, discuss.ai.google.dev 118180). Not seen in the field, and thus guessed: the words
for an unknown and for an expired token.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

import attrs
import trio

from voice_actors.errors import RemoteProtocolError
from voice_actors.gemini import names, schema, wire
from voice_actors.gemini.events import Json, Setup
from voice_actors.gemini.link import NotAnUpgrade, Upgrade
from voice_actors.offline.session.fields import Refusal

PREFIX = "auth_tokens/"
LIFE = 1_800.0
"""Seconds that a token lives, unless it says otherwise."""
TO_BEGIN = 60.0
"""Seconds in which its sessions must begin, unless it says otherwise."""
LONGEST = 72_000.0
"""Seconds: no time that a token names may be 20 hours away or more."""
UNREGISTERED = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
    "form of API consumer identity to call this API."
)
UNKNOWN = "Request had invalid authentication credentials."
EXPIRED = "Token has expired"
USED_UP = "Token has been used too many times"

_PATH = re.compile(r"/+v[0-9a-z]+/auth_tokens", re.ASCII)
_FIELDS = frozenset({"uses", "expireTime", "newSessionExpireTime", "bidiGenerateContentSetup", "fieldMask"})


@attrs.define(eq=False)
class AuthToken:
    """A token that was minted."""

    name: str = attrs.field(repr=False)
    expires_at: float
    """When its sessions end, in seconds on trio's clock."""
    begins_until: float
    """When it is too late to begin a session with it."""
    uses_left: int | None
    """None is without limit."""
    setup: Json | None = None
    mask: tuple[str, ...] = ()
    """Which fields of the setup are locked; with a setup, none means all."""

    def admit(self, setup: Setup) -> Setup:
        """Count a session that begins, and return the setup that it has: what is locked is as the token says.

        Coming back to a session counts as a use, as users report of the real service, although its documentation
        says the contrary; but it may be later than a new session.

        Raises:
            Refusal: 1011, it has been used too often, or it is too late.

        """
        comes_back = "handle" in _resumption(setup.body)
        if trio.current_time() >= (self.expires_at if comes_back else self.begins_until):
            raise Refusal(EXPIRED, code=1011)
        if self.uses_left is not None:
            if self.uses_left < 1:
                raise Refusal(USED_UP, code=1011)
            self.uses_left -= 1
        return Setup(self._locked(setup.body))

    def _locked(self, asked: Json) -> Json:
        if not self.mask:
            if self.setup is None:
                return asked
            model = {"model": asked["model"]} if "model" in asked else {}
            found = {**model, **self.setup}
        else:
            found = dict(asked)
            for path in self.mask:
                _lock(found, self.setup or {}, path.split("."))
        return _with_handle(found, asked)


def _lock(found: dict[str, Any], setup: Mapping[str, Any], path: list[str]) -> None:
    name, *below = path
    if below:
        inside, locked = found.get(name, {}), setup.get(name, {})
        if isinstance(inside, dict) and isinstance(locked, dict):
            found[name] = dict(cast("dict[str, Any]", inside))
            _lock(found[name], cast("dict[str, Any]", locked), below)
            return
    if name in setup:
        found[name] = setup[name]
    else:
        found.pop(name, None)


def _resumption(setup: Mapping[str, Any]) -> dict[str, Any]:
    found = setup.get("sessionResumption")
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _with_handle(found: dict[str, Any], asked: Json) -> dict[str, Any]:
    """A handle is never locked: nobody knows it when the token is minted."""
    handle = _resumption(asked).get("handle")
    if handle is None or "sessionResumption" not in found:
        return found
    return {**found, "sessionResumption": {**_resumption(found), "handle": handle}}


@attrs.define(eq=False)
class AuthTokens:
    """All tokens of a server."""

    limit: int = 10_000
    """How many are remembered; the oldest is forgotten first."""
    wall_clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    _tokens: dict[str, AuthToken] = attrs.field(factory=dict[str, AuthToken], init=False, repr=False)

    def mint(self, body: bytes) -> AuthToken:
        """A new token, as the body of `POST /v1alpha/auth_tokens` wants it.

        Raises:
            RemoteProtocolError: the body cannot be understood.

        """
        wish = wire.parse(body or b"{}")
        for name in wish.keys() - _FIELDS:
            raise RemoteProtocolError(f'Invalid JSON payload received. Unknown name "{name[:80]}": Cannot find field.')
        expires_at = self._moment(wish, "expireTime", LIFE)
        setup = wish.get("bidiGenerateContentSetup")
        token = AuthToken(
            PREFIX + secrets.token_hex(32),
            expires_at,
            min(expires_at, self._moment(wish, "newSessionExpireTime", TO_BEGIN)),
            _uses(wish.get("uses", 1)),
            None if setup is None else wire.as_object(setup, "bidiGenerateContentSetup"),
            _mask(wish.get("fieldMask", "")),
        )
        self._remember(token)
        return token

    def token_of(self, upgrade: Upgrade) -> AuthToken | None:
        """The token that a client shows, None where it comes with a key.

        Raises:
            Refusal: a token is shown where none is taken, none where one is, or one that nobody minted.

        """
        shown = shown_token(upgrade)
        if "BidiGenerateContentConstrained" not in upgrade.path:
            if shown is None:
                return None
            raise Refusal(UNREGISTERED, code=1008)
        if shown is None:
            raise Refusal(UNREGISTERED, code=1008)
        found = self._tokens.get(shown)
        if found is None:
            raise Refusal(UNKNOWN, code=1008)
        return found

    def _remember(self, token: AuthToken) -> None:
        now = trio.current_time()
        for name in [name for name, old in self._tokens.items() if old.expires_at + LIFE < now]:
            del self._tokens[name]  # until then its user is told that it has expired, not that nobody knows it
        while len(self._tokens) >= self.limit:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[token.name] = token

    def _moment(self, wish: Mapping[str, Any], name: str, default: float) -> float:
        if name not in wish:
            return trio.current_time() + default
        try:
            moment = dt.datetime.fromisoformat(wire.as_text(wish[name], name))
        except ValueError:
            raise RemoteProtocolError(f"Invalid value at '{name}': not a time in RFC 3339.") from None
        if moment.tzinfo is None:
            raise RemoteProtocolError(f"Invalid value at '{name}': a time without a time zone.")
        left = moment.timestamp() - self.wall_clock()
        if not 0 < left < LONGEST:
            raise RemoteProtocolError(f"{name} must be in the future, and less than 20 hours away.")
        return trio.current_time() + left


def _uses(value: object) -> int | None:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RemoteProtocolError("uses must be a number, 0 for no limit.")
    return int(text) or None


def _mask(value: object) -> tuple[str, ...]:
    """The paths of a field mask, in JSON's spelling; generation fields may stand without their parent."""
    paths = [path.strip() for path in wire.as_text(value, "fieldMask").split(",")]
    spelled = (".".join(names.camel(name) for name in path.split(".")) for path in paths if path)
    known = schema.messages()["Setup"]
    return tuple(path if path.partition(".")[0] in known else f"generationConfig.{path}" for path in spelled)


def shown_token(upgrade: Upgrade) -> str | None:
    """The ephemeral token in a client's query or headers, known or not."""
    scheme, _, credential = upgrade.headers.get("authorization", "").partition(" ")
    candidates = [
        *parse_qs(upgrade.query).get("access_token", ()),
        credential if scheme.lower() == "token" else "",
        upgrade.headers.get("x-goog-api-key", ""),
    ]
    return next((shown for shown in candidates if shown.startswith(PREFIX)), None)


def is_minting(request: NotAnUpgrade) -> bool:
    """Whether a plain HTTP request asks for a token."""
    return request.method == "POST" and _PATH.fullmatch(request.path) is not None


def answer(tokens: AuthTokens, request: NotAnUpgrade) -> tuple[int, str]:
    """Status and body for a request that asks for a token, and may."""
    try:
        return 200, json.dumps({"name": tokens.mint(request.body).name})
    except RemoteProtocolError as error:
        return 400, google_error(400, "INVALID_ARGUMENT", str(error))


def google_error(code: int, status: str, message: str) -> str:
    """An error as the body of an HTTP answer of Google's."""
    return json.dumps({"error": {"code": code, "message": message, "status": status}})
