"""The offline server: Gemini Live's protocol on loopback, with ears, mind and mouth of its own.

```python
async with open_offline_server() as server:
    async with open_voice_agent(AgentConfig(connection=server.connection)) as agent: ...
```

Every client has a bulkhead of its own: what goes wrong with one is logged, and the others never notice.
"""

from __future__ import annotations

import errno
import hmac
import logging
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from urllib.parse import parse_qs

import attrs
import trio

from voice_actors.config import Connection
from voice_actors.errors import ConfigError, LinkError, RemoteProtocolError
from voice_actors.gemini.link import NotAnUpgrade, Rejection, ServerLink, Upgrade, accept_link, answer_http
from voice_actors.offline.auth_tokens import AuthTokens, answer, google_error, is_minting, shown_token
from voice_actors.offline.caller import Caller
from voice_actors.offline.certificates import LOOPBACK, Certificates, loopback_certificates
from voice_actors.offline.complaints import Complaints
from voice_actors.offline.faults.misbehaviour import Misbehaviour, Mischief
from voice_actors.offline.faults.script import Script
from voice_actors.offline.loading import load_parts
from voice_actors.offline.parts import Parts
from voice_actors.offline.recording.recorder import prepare, recorded
from voice_actors.offline.recording.replay import Replay, Replayer, load_replay
from voice_actors.offline.session.sessions import Sessions
from voice_actors.offline.settings import OfflineSettings

logger = logging.getLogger("voice_actors.offline")

TLS_WITHIN = 10.0
"""Seconds from TCP's connection to TLS's."""
INVALID_KEY = "API key not valid. Please pass a valid API key."
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


@attrs.define(eq=False)
class OfflineServer:
    """A server that is open; see `open_offline_server`."""

    settings: OfflineSettings
    _parts: Parts | Replay
    _certificates: Certificates | None
    _listeners: list[trio.SocketListener]
    _nursery: trio.Nursery
    _sessions: Sessions = attrs.field(init=False)
    _mischief: Mischief | None = attrs.field(default=None, init=False)
    _tokens: AuthTokens = attrs.field(factory=AuthTokens, init=False)
    _complaints: Complaints = attrs.field(factory=Complaints, init=False)
    _tls: ssl.SSLContext | None = attrs.field(init=False)
    _clients: int = attrs.field(default=0, init=False)
    _sockets: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        """Prepare what all clients share."""
        self._sessions = Sessions(self.settings.session_life, self.settings.max_sessions)
        if self.settings.script is not None:
            self._mischief = Mischief(self.settings.script)
        self._tls = self._certificates.server_context() if self._certificates else None

    @property
    def port(self) -> int:
        """The TCP port.

        Raises:
            ConfigError: the server was opened without one.

        """
        if not self._listeners:
            raise ConfigError("this offline server has no port: it was opened with port=None")
        return int(self._listeners[0].socket.getsockname()[1])

    @property
    def base_url(self) -> str:
        """`https://host:port`, or `http://…` where it serves plain WebSockets."""
        host = _ANY_HOST.get(self.settings.host, self.settings.host)
        return f"http{'s' if self._tls else ''}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def ca_file(self) -> str | None:
        """The authorities that clients have to trust, for SSL_CERT_FILE; None without TLS."""
        return str(self._certificates.bundle) if self._certificates else None

    @property
    def connection(self) -> Connection:
        """What an `AgentConfig` needs to talk to this server."""
        return Connection(
            api_key=self.settings.api_key or "offline", base_url=self.base_url, ca_file=self.ca_file, proxy=None
        )

    @property
    def clients(self) -> int:
        """How many are connected."""
        return self._clients

    @property
    def complaints(self) -> Mapping[str, int]:
        """What clients did that a good client does not do, and how often; see `voice_actors.offline.complaints`."""
        return self._complaints.counts

    def dial(self) -> trio.abc.Stream:
        """A client's end of a connection in memory, for `open_link(stream=...)`: no socket, no TLS, any clock."""
        from trio.testing import memory_stream_pair

        client, server = memory_stream_pair()
        self._nursery.start_soon(self.serve_stream, server, name="client in memory")
        return client

    async def serve_stream(self, stream: trio.abc.Stream) -> None:
        """Serve one client on a connected byte stream to its end, and close it. Raises nothing that a client causes."""
        try:
            await self._serve(stream)
        except* Exception:
            logger.exception("a client's connection failed")

    async def serve_socket(self, stream: trio.abc.Stream) -> None:
        """Serve one client on a stream that still needs TLS, where this server has it."""
        if self._sockets >= 2 * self.settings.max_connections:  # as many strangers at the door as clients inside
            await trio.aclose_forcefully(stream)
            return
        self._sockets += 1
        try:
            secured = await self._secure(stream)
            if secured is not None:
                await self.serve_stream(secured)
        finally:
            self._sockets -= 1

    # ---- one client ----------------------------------------------------------------------------------------------

    async def _secure(self, stream: trio.abc.Stream) -> trio.abc.Stream | None:
        if self._tls is None:
            return stream
        secured = trio.SSLStream(stream, self._tls, server_side=True, https_compatible=True)
        try:
            with trio.fail_after(TLS_WITHIN):
                await secured.do_handshake()
        except (trio.BrokenResourceError, trio.TooSlowError) as error:
            logger.info("a client did not get through TLS", extra={"reason": str(error.__cause__ or error)})
            await trio.aclose_forcefully(stream)
            return None
        return secured

    async def _serve(self, stream: trio.abc.Stream) -> None:
        misbehaviour = None if self._mischief is None else self._mischief.connection(stream)
        try:
            async with accept_link(
                stream if misbehaviour is None else misbehaviour.stream,
                handshake_within=self.settings.setup_within,
                max_message_bytes=self.settings.max_message_bytes,
                ping_every=self.settings.dead_after / 6,
                dead_after=self.settings.dead_after,
                check=partial(self._check, misbehaviour),
            ) as link:
                await self._serve_client(link, misbehaviour)
        except NotAnUpgrade as request:
            with trio.move_on_after(TLS_WITHIN):
                await answer_http(stream, *self._answer(request))
        except (LinkError, RemoteProtocolError) as error:
            logger.info("a client did not get through the upgrade", extra={"reason": str(error)})

    async def _serve_client(self, link: ServerLink, misbehaviour: Misbehaviour | None) -> None:
        self._clients += 1
        try:
            async with recorded(link, self.settings.record, _keys(link.upgrade)) as on_tape:
                await self._serve_session(on_tape, misbehaviour)
        finally:
            self._clients -= 1

    async def _serve_session(self, link: ServerLink, misbehaviour: Misbehaviour | None) -> None:
        try:
            if isinstance(self._parts, Replay):
                await Replayer(link, self._parts, self.settings.setup_within, self.settings.replay_instant).serve()
            else:
                await Caller(
                    link, self._parts, self._sessions, self.settings, self._tokens, misbehaviour, self._complaints
                ).serve()
        except Exception:
            logger.exception("a session failed")
            await link.close(1011, "Internal error encountered.")

    def _answer(self, request: NotAnUpgrade) -> tuple[int, str]:
        if not is_minting(request):
            return 404, google_error(404, "NOT_FOUND", f"{request.path}: WebSockets only here.")
        if not self._has_key(Upgrade(request.path, request.query, request.headers)):
            return 401, google_error(401, "UNAUTHENTICATED", INVALID_KEY)
        return answer(self._tokens, request)

    def _check(self, misbehaviour: Misbehaviour | None, upgrade: Upgrade) -> Rejection | None:
        if misbehaviour is not None and (refusal := misbehaviour.refusal()) is not None:
            return refusal
        if self._clients >= self.settings.max_connections:
            return Rejection(503, google_error(503, "UNAVAILABLE", "The service is currently unavailable."))
        if not self._has_key(upgrade) and shown_token(upgrade) is None:  # of tokens, the close tells what is wrong
            return Rejection(401, google_error(401, "UNAUTHENTICATED", INVALID_KEY))
        return None

    def _has_key(self, upgrade: Upgrade) -> bool:
        wanted = self.settings.api_key
        return wanted is None or any(hmac.compare_digest(wanted.encode(), key.encode()) for key in _keys(upgrade))


def _keys(upgrade: Upgrade) -> list[str]:
    query = parse_qs(upgrade.query)
    keys = [*query.get("key", ()), *query.get("access_token", ()), upgrade.headers.get("x-goog-api-key", "")]
    scheme, _, credential = upgrade.headers.get("authorization", "").partition(" ")
    return [*keys, credential] if scheme.lower() in {"bearer", "token"} else keys


# ---- opening and closing -----------------------------------------------------------------------------------------


def open_offline_server(
    settings: OfflineSettings | None = None, *, script: Script | None = None
) -> AbstractAsyncContextManager[OfflineServer]:
    """Open a server, with its parts loaded; leaving the block closes it and lets every client go.

    `script` makes it misbehave, as `OfflineSettings(script=...)` does.

    The block's own exceptions leave it as they are.

    Raises:
        MissingPartError: a part cannot be loaded; the message says how to get it.
        ConfigError: the host or port cannot be used, or there is no such recording to replay.

    """
    settings = settings or OfflineSettings()
    return _Opening(settings if script is None else attrs.evolve(settings, script=script))


@attrs.define(eq=False)
class _Opening:
    # By hand, since `async with trio.open_nursery()` would wrap the block's exceptions in a group.
    settings: OfflineSettings
    _tasks: AbstractAsyncContextManager[trio.Nursery] = attrs.field(factory=trio.open_nursery, init=False)
    _nursery: trio.Nursery = attrs.field(init=False)

    async def __aenter__(self) -> OfflineServer:
        if self.settings.record is not None:
            await trio.to_thread.run_sync(prepare, self.settings.record)
        parts = await _load(self.settings)
        certificates = await _certificates(self.settings)
        listeners = await _listen(self.settings)
        self._nursery = await self._tasks.__aenter__()
        server = OfflineServer(self.settings, parts, certificates, listeners, self._nursery)
        if listeners:
            self._nursery.start_soon(_accept, server, listeners, name="offline server")
        return server

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._nursery.cancel_scope.cancel("the offline server closes")
        await self._tasks.__aexit__(None, None, None)  # noqa: ASYNC102 - a nursery waits for its tasks, all cancelled


async def _accept(server: OfflineServer, listeners: list[trio.SocketListener]) -> None:
    await trio.serve_listeners(server.serve_socket, listeners)


async def _listen(settings: OfflineSettings) -> list[trio.SocketListener]:
    if settings.port is None:
        return []
    try:
        return list(await trio.open_tcp_listeners(settings.port, host=settings.host))
    except OSError as error:
        way_out = "; `--port 0` takes a free one" if error.errno == errno.EADDRINUSE else ""
        where = f"{settings.host}:{settings.port}"
        raise ConfigError(f"the offline server cannot listen on {where}: {error.strerror or error}{way_out}") from error


async def _certificates(settings: OfflineSettings) -> Certificates | None:
    if not settings.tls or settings.port is None:
        return None
    hosts = LOOPBACK if settings.host in LOOPBACK else (*LOOPBACK, settings.host)
    return await trio.to_thread.run_sync(loopback_certificates, hosts)


async def _load(settings: OfflineSettings) -> Parts | Replay:
    if settings.replay is None:
        return await load_parts(settings)
    return await trio.to_thread.run_sync(load_replay, settings.replay)
