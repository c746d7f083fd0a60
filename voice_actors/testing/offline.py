"""The offline server for tests: in memory and in virtual time, or in a thread for programs that know no trio."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from queue import SimpleQueue
from typing import Any

import attrs
import trio

from voice_actors.config import Connection
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline import server as offline
from voice_actors.offline.faults.script import Script
from voice_actors.offline.settings import OfflineSettings
from voice_actors.testing.fakes import FakeEars, FakeMouth

_KEY = "offline"
_NOWHERE = "https://give-dial-to-open-voice-agent.invalid"
"""A name that RFC 6761 keeps from ever being anybody's: a test that forgets `dial` asks nobody outside."""


@attrs.frozen(eq=False)
class MemoryServer:
    """An offline server in memory. Give its `dial` to `open_voice_agent(config, dial=server.dial)`."""

    server: offline.OfflineServer

    @property
    def connection(self) -> Connection:
        """For the agent's configuration, which wants a key. It leads nowhere: `dial` is what leads here."""
        return Connection(api_key=self.server.settings.api_key or _KEY, base_url=_NOWHERE)

    @property
    def clients(self) -> int:
        """How many are connected."""
        return self.server.clients

    @property
    def complaints(self) -> Mapping[str, int]:
        """What clients did that a good client does not do, and how often; empty is what a test wants."""
        return self.server.complaints

    def dial(self) -> AbstractAsyncContextManager[Link]:
        """One connection: the whole of WebSockets and of the wire, on a stream in memory."""
        headers = {"x-goog-api-key": self.connection.api_key or _KEY}
        return open_link("ws://memory/ws", headers, stream=self.server.dial())

    def stream(self) -> trio.abc.Stream:
        """The bare stream of a connection, for a client of another kind."""
        return self.server.dial()


@asynccontextmanager
async def open_offline_server(
    *, script: Script | str | None = None, real: bool = False, **settings: Any
) -> AsyncGenerator[MemoryServer]:
    """Open the offline server in memory, with ears and a mouth that are fakes, so that it runs on trio's virtual clock.

    Args:
        script: what goes wrong: a `Script`, a name of the catalogue, or a TOML file's name.
        real: use the real recogniser and voice, which take real time.
        settings: fields of `OfflineSettings`, such as `mind`.

    Raises:
        ConfigError: there is no such script, or the settings cannot be.
        MissingPartError: a real part is not installed.

    """
    async with offline.open_offline_server(_settings(script, real=real, port=None, **settings)) as server:
        yield MemoryServer(server)


@attrs.frozen
class ServerInThread:
    """An offline server on loopback, in a thread of its own."""

    base_url: str
    port: int
    env: Mapping[str, str]
    """What a google-genai program needs in its environment to talk to it."""


@contextmanager
def offline_server_in_thread(
    *, script: Script | str | None = None, real: bool = True, **settings: Any
) -> Generator[ServerInThread]:
    """Serve TLS on loopback while the block runs, for tests of programs that are not trio's.

    ```python
    @pytest.fixture
    def gemini(monkeypatch):
        with offline_server_in_thread(script="goaway") as server:
            for name, value in server.env.items():
                monkeypatch.setenv(name, value)
            yield server
    ```

    Args:
        script: what goes wrong: a `Script`, a name of the catalogue, or a TOML file's name.
        real: use the real recogniser and voice; without, those of `voice_actors.testing.fakes`.
        settings: fields of `OfflineSettings`, such as `mind`; `tls` is true if left out.

    Raises:
        ConfigError: there is no such script, or the settings cannot be.
        MissingPartError: a real part is not installed.

    """
    thread = _Thread(_settings(script, real=real, **{"tls": True, **settings}))
    server = thread.open()
    try:
        yield server
    finally:
        thread.close()


@attrs.define(eq=False)
class _Thread:
    """Runs trio with a server in it; what goes wrong there is raised where it was opened or closed."""

    settings: OfflineSettings
    _opened: SimpleQueue[ServerInThread | None] = attrs.field(factory=SimpleQueue[ServerInThread | None], init=False)
    _error: Exception | None = attrs.field(default=None, init=False)
    _thread: threading.Thread = attrs.field(init=False)
    _token: trio.lowlevel.TrioToken = attrs.field(init=False)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)

    def open(self) -> ServerInThread:
        self._thread = threading.Thread(target=self._run, name="offline server", daemon=True)
        self._thread.start()
        server = self._opened.get()
        if server is None:
            self._join()
            raise AssertionError("the server ended before it was open, and gave no reason")
        return server

    def close(self) -> None:
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._scope.cancel, "the block is over")
        self._join()

    def _join(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            trio.run(self._serve)
        except Exception as error:  # noqa: BLE001 - raised in the thread that opened the server
            self._error = error
        finally:
            self._opened.put(None)  # whoever still waits for it to open waits in vain

    async def _serve(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        with self._scope:
            async with offline.open_offline_server(self.settings) as server:
                self._opened.put(_described(server))
                await trio.sleep_forever()


def _settings(script: Script | str | None, *, real: bool, **settings: Any) -> OfflineSettings:
    from voice_actors.offline.faults.catalogue import find_script

    if isinstance(script, str):
        script = find_script(script)
    fields: dict[str, Any] = {} if real else {"ears": FakeEars(), "mouth": FakeMouth()}
    fields.update(settings, script=script)
    return OfflineSettings(**fields)


def _described(server: offline.OfflineServer) -> ServerInThread:
    env = {"GOOGLE_GEMINI_BASE_URL": server.base_url, "GEMINI_API_KEY": server.settings.api_key or _KEY}
    if server.ca_file is not None:
        env["SSL_CERT_FILE"] = server.ca_file
    return ServerInThread(server.base_url, server.port, env)
