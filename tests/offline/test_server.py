"""The offline server as its clients meet it: over memory and over sockets, well-behaved and not."""

from __future__ import annotations

import json
import ssl
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio

from voice_actors.errors import ConfigError, LinkError, LinkLost, Refused
from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline.parts import (
    Activity,
    ActivitySettings,
    Dialogue,
    Say,
    SpeechEnded,
    SpeechStarted,
    Spoken,
    Thought,
    UserTurn,
)
from voice_actors.offline.server import OfflineServer, open_offline_server
from voice_actors.offline.settings import OfflineSettings

MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"


@attrs.define(eq=False)
class ToyListener:
    """Anything but zeros is speech, a message of zeros ends it."""

    fails: bool = False
    utterance: bytes = b""

    def feed(self, pcm: bytes) -> Sequence[Activity]:
        if self.fails:
            raise RuntimeError("a bug in a part")
        if any(pcm):
            started = () if self.utterance else (SpeechStarted(0.0),)
            self.utterance += pcm
            return started
        return self.finish()

    def finish(self) -> Sequence[Activity]:
        pcm, self.utterance = self.utterance, b""
        return (SpeechEnded(1.0, pcm),) if pcm else ()


@attrs.define(eq=False)
class ToyEars:
    fails: bool = False

    def listen(self, settings: ActivitySettings) -> ToyListener:
        return ToyListener(self.fails)

    async def recognise(self, pcm: bytes) -> str:
        return f"sentence {struct.unpack('<h', pcm[:2])[0]}"


class ToyMind:
    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        last = dialogue.entries[-1]
        assert isinstance(last, UserTurn)
        known = sum(isinstance(entry, UserTurn) for entry in dialogue.entries)
        yield Say(f"answer {known} to {last.text}")


class ToyMouth:
    async def speak(self, text: str, voice: str | None) -> AsyncIterator[Spoken]:
        yield Spoken(text, b"\x01\x00" * 12_000)


def settings(**more: Any) -> OfflineSettings:
    return OfflineSettings(**{"port": None, "ears": ToyEars(), "mind": ToyMind(), "mouth": ToyMouth(), **more})


@attrs.define(eq=False)
class Client:
    link: Link

    async def send(self, *events: e.ClientEvent) -> None:
        for event in events:
            await self.link.send(wire.encode(event))

    async def until(self, kind: type) -> list[Any]:
        came: list[Any] = []
        with trio.fail_after(120):
            while not came or not isinstance(came[-1], kind):
                for event in wire.decode(await self.link.receive()):
                    if not came or not isinstance(came[-1], kind):
                        came.append(event)
        return came

    async def close_of(self) -> LinkError:
        with trio.fail_after(120):
            try:
                while True:
                    await self.link.receive()
            except LinkError as error:
                return error


def setup(**more: Any) -> e.Setup:
    return e.Setup({"model": MODEL, "outputAudioTranscription": {}, **more})


@asynccontextmanager
async def dialled(server: OfflineServer, path: str = "/ws/x", **headers: str) -> AsyncIterator[Client]:
    async with open_link(f"ws://memory{path}", headers, stream=server.dial()) as link:
        yield Client(link)


@asynccontextmanager
async def in_session(server: OfflineServer, **more: Any) -> AsyncIterator[Client]:
    async with dialled(server) as client:
        await client.send(setup(**more))
        await client.until(e.SetupComplete)
        yield client


async def test_a_conversation_over_memory_in_virtual_time(autojump_clock):
    """No socket, no TLS: setup, a spoken question, a spoken answer."""
    async with open_offline_server(settings()) as server, in_session(server) as client:
        await client.link.send(wire.encode_audio(struct.pack("<h", 7) * 320))
        await client.link.send(wire.encode_audio(bytes(640)))
        came = await client.until(e.TurnComplete)
    assert "".join(event.text for event in came if isinstance(event, e.OutputTranscription)) == "answer 1 to sentence 7"
    assert sum(len(event.pcm) for event in came if isinstance(event, e.AudioOut)) == 24_000


@pytest.mark.parametrize(
    "path",
    [
        "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
        "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent",
        "/ws/google.ai.generativelanguage.v9.GenerativeService.BidiGenerateContent?key=whatever",
        "/",
    ],
)
async def test_any_path_is_served(autojump_clock, path):
    """Every version, both backends, doubled slashes, whatever stands in the query."""
    async with open_offline_server(settings()) as server, dialled(server, path) as client:
        await client.send(setup())
        assert isinstance((await client.until(e.SetupComplete))[0], e.SetupComplete)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", "responseTokenCount"),
        ("/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent", "candidatesTokenCount"),
    ],
)
async def test_the_path_decides_the_dialect(autojump_clock, path, count):
    """Tokens are counted under the names of the backend whose path was asked for."""
    async with open_offline_server(settings()) as server, dialled(server, path) as client:
        await client.send(setup(), e.TextIn("hello"))
        with trio.fail_after(120):
            while "usageMetadata" not in (message := json.loads(await client.link.receive())):
                continue
        assert message["usageMetadata"][count] > 0


@pytest.mark.parametrize(("model", "taken"), [(MODEL, True), ("models/gemini-3.1-flash-live-preview", False)])
async def test_newer_models_refuse_the_old_form_of_audio(autojump_clock, model, taken):
    """With 1007 and the service's words; older ones hear it."""
    chunk = '{"realtime_input": {"media_chunks": [{"data": "BwAHAA==", "mime_type": "audio/pcm"}]}}'
    async with open_offline_server(settings()) as server, dialled(server) as client:
        await client.send(setup(model=model))
        await client.link.send(chunk)
        if taken:
            await client.send(e.AudioStreamEnd())
            assert any(isinstance(event, e.AudioOut) for event in await client.until(e.TurnComplete))
        else:
            error = await client.close_of()
            assert (error.code, error.reason) == (
                1007,
                "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
            )


async def test_frames_of_the_server_are_binary(autojump_clock):
    """As the real service's are, with setupComplete alone in the first."""
    async with open_offline_server(settings()) as server, dialled(server) as client:
        await client.send(setup())
        frame = await client.link.receive()
    assert isinstance(frame, bytes)
    assert list(json.loads(frame)) == ["setupComplete"]


@pytest.mark.parametrize(
    "first",
    [
        wire.encode(e.TextIn("hello")),
        wire.encode_audio(bytes(640)),
        "{",
        "[]",
        b"\xff\xfe",
        '{"setup": {}}',
        '{"setup": {"model": 7}}',
        '{"setup": {"model": "models/x", "generationConfig": {"responseModalities": ["AUDIO", "TEXT"]}}}',
        '{"setup": {"model": "models/x", "tools": [{"functionDeclarations": [{}]}]}}',
        '{"setup": {"model": "models/x", "tools": 3}}',
    ],
)
async def test_a_session_begins_with_a_good_setup_or_not_at_all(autojump_clock, first):
    """Anything else is closed with 1007, and nothing was sent before."""
    async with open_offline_server(settings()) as server, dialled(server) as client:
        await client.link.send(first)
        error = await client.close_of()
        assert error.code == 1007


async def test_a_client_that_says_nothing_is_let_go(autojump_clock):
    """A connection without a setup is closed after `setup_within` seconds."""
    async with open_offline_server(settings(setup_within=5.0)) as server, dialled(server) as client:
        begun = trio.current_time()
        error = await client.close_of()
        assert error.code == 1011
        assert trio.current_time() - begun == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("wrong", ["{", '{"nothing": {}}', wire.encode(e.ActivityStart()), wire.encode(setup())])
async def test_a_wrong_message_ends_the_session_with_1007_and_its_reason(autojump_clock, wrong):
    """After setup as well; the client is told why."""
    async with open_offline_server(settings()) as server, in_session(server) as client:
        await client.link.send(wrong)
        error = await client.close_of()
        assert error.code == 1007
        assert error.reason


async def test_unknown_fields_are_ignored_unless_strict(autojump_clock):
    """By default a newer client works; strict mode closes with the real service's words."""
    frame = '{"setup": {"model": "models/x", "someNewField": 1}}'
    async with open_offline_server(settings()) as server, dialled(server) as client:
        await client.link.send(frame)
        await client.until(e.SetupComplete)
    async with open_offline_server(settings(strict=True)) as server, dialled(server) as client:
        await client.link.send(frame)
        error = await client.close_of()
        assert error.code == 1007
        assert "someNewField" in error.reason


async def test_one_clients_failure_is_no_others(autojump_clock, caplog):
    """A bug in one session closes that one with 1011, is logged once, and a second conversation goes on untouched."""
    ears = ToyEars()
    async with open_offline_server(settings(ears=ears)) as server, in_session(server) as good:
        ears.fails = True
        async with in_session(server) as bad:
            await bad.link.send(wire.encode_audio(bytes(640)))
            error = await bad.close_of()
            assert (error.code, error.reason) == (1011, "Internal error encountered.")
        await good.send(e.TextIn("still there?"))
        came = await good.until(e.TurnComplete)
    assert any(isinstance(event, e.AudioOut) for event in came)
    assert caplog.text.count("a session failed") == 1


async def test_the_blocks_own_exception_comes_out_bare():
    """Whatever is raised inside leaves as it is, and the server is closed."""
    with pytest.raises(KeyError, match="mine"):
        async with open_offline_server(settings(port=0)) as server:
            port = server.port
            raise KeyError("mine")
    with pytest.raises(OSError, match="all attempts to connect|refused"):
        await trio.open_tcp_stream("127.0.0.1", port)


async def test_closing_the_server_lets_every_client_go(autojump_clock):
    """Leaving the block ends sessions in the middle of a reply, at once."""
    async with open_offline_server(settings()) as server:
        stream = server.dial()
        async with trio.open_nursery() as nursery:

            async def client(task_status: Any = trio.TASK_STATUS_IGNORED) -> None:
                async with open_link("ws://memory/", {}, stream=stream) as link:
                    await link.send(wire.encode(setup()))
                    await Client(link).until(e.SetupComplete)
                    task_status.started()
                    ended.append(await Client(link).close_of())

            ended: list[LinkError] = []
            await nursery.start(client)
            server._nursery.cancel_scope.cancel()
    assert len(ended) == 1


async def test_a_session_can_be_resumed_by_its_newest_handle(autojump_clock):
    """History comes back on a new connection, which is told a new handle."""
    async with open_offline_server(settings()) as server:
        async with in_session(server, sessionResumption={}) as client:
            await client.send(e.TextIn("first"))
            await client.until(e.TurnComplete)
            update = (await client.until(e.SessionResumptionUpdate))[-1]
            assert update.resumable
        async with in_session(server, sessionResumption={"handle": update.handle}) as client:
            await client.send(e.TextIn("second"))
            came = await client.until(e.TurnComplete)
    assert "".join(ev.text for ev in came if isinstance(ev, e.OutputTranscription)) == "answer 2 to second"


async def test_a_second_connection_of_the_same_session_is_refused(autojump_clock):
    """1011 while the first is there; afterwards it works."""
    async with open_offline_server(settings()) as server:
        async with dialled(server) as first:
            await first.send(setup(sessionResumption={}))
            update = (await first.until(e.SessionResumptionUpdate))[-1]
            async with dialled(server) as second:
                await second.send(setup(sessionResumption={"handle": update.handle}))
                assert (await second.close_of()).code == 1011
        async with in_session(server, sessionResumption={"handle": update.handle}):
            pass


async def test_an_unknown_handle_is_refused(autojump_clock):
    """1008 with the service's words."""
    async with open_offline_server(settings()) as server, dialled(server) as client:
        await client.send(setup(sessionResumption={"handle": "nobody"}))
        error = await client.close_of()
        assert (error.code, error.reason) == (1008, "BidiGenerateContent session not found")


async def test_a_connection_of_age_is_warned_and_closed(autojump_clock):
    """GoAway `go_away_notice` seconds before the end, then 1008, whatever goes on."""
    async with (
        open_offline_server(settings(connection_max_age=600.0)) as server,
        in_session(server) as client,
    ):
        begun = trio.current_time()
        with trio.fail_after(700):
            warning = wire.decode(await client.link.receive())
            assert warning == (e.GoAway(50.0),)
            assert trio.current_time() - begun == pytest.approx(550, abs=1)
            with pytest.raises(LinkLost) as caught:
                await client.link.receive()
        assert trio.current_time() - begun == pytest.approx(600, abs=1)
        assert caught.value.code == 1008
        assert "GoAway" in caught.value.reason


async def test_more_clients_than_allowed_are_turned_away(autojump_clock):
    """With 503 at the upgrade; a place that becomes free can be taken."""
    async with open_offline_server(settings(max_connections=1)) as server:
        async with in_session(server):
            assert server.clients == 1
            with pytest.raises(LinkLost) as caught:
                async with dialled(server):
                    pass
            assert caught.value.status == 503
        await trio.testing.wait_all_tasks_blocked()
        async with in_session(server):
            pass


@pytest.mark.parametrize(
    ("path", "headers", "welcome"),
    [
        ("/?key=secret", {}, True),
        ("/", {"x-goog-api-key": "secret"}, True),
        ("/", {"authorization": "Bearer secret"}, True),
        ("/?access_token=secret", {}, True),
        ("/", {}, False),
        ("/?key=wrong", {"x-goog-api-key": "secre"}, False),
        ("/", {"x-goog-api-key": "s\u00e9cret".encode().decode("latin-1")}, False),
    ],
)
async def test_a_key_is_demanded_where_one_is_set(autojump_clock, path, headers, welcome):
    """By query or header, as clients send it; without it 401."""
    async with open_offline_server(settings(api_key="secret")) as server:
        if welcome:
            async with dialled(server, path, **headers) as client:
                await client.send(setup())
                await client.until(e.SetupComplete)
        else:
            with pytest.raises(Refused) as caught:
                async with dialled(server, path, **headers):
                    pass
            assert caught.value.status == 401


def test_a_server_for_everybody_needs_a_key():
    """Anything but loopback is refused without one; and no key is ever shown."""
    with pytest.raises(ConfigError, match="api_key"):
        settings(host="0.0.0.0")
    assert "secret" not in repr(settings(host="0.0.0.0", api_key="secret"))


async def test_a_plain_http_request_is_answered(autojump_clock):
    """404 as JSON in Google's form, and the connection closes."""
    async with open_offline_server(settings()) as server:
        stream = server.dial()
        await stream.send_all(b"GET /v1beta/models HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while chunk := await stream.receive_some():
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 404")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("opening", [b"", b"\x00" * 100, b"GET / HTTP/1.1\r\n", b"x" * 100_000])
async def test_garbage_does_not_disturb_a_conversation(autojump_clock, opening):
    """Whoever does not speak the protocol is dropped; the others talk on."""
    async with open_offline_server(settings()) as server, in_session(server) as client:
        stranger = server.dial()
        with trio.move_on_after(30):
            await stranger.send_all(opening)
        await stranger.aclose()
        await client.send(e.TextIn("hello"))
        assert any(isinstance(event, e.AudioOut) for event in await client.until(e.TurnComplete))


async def test_a_client_that_vanishes_in_a_reply_leaves_nothing_behind(autojump_clock):
    """Its session ends, its place is free, and it can come back."""
    async with open_offline_server(settings()) as server:
        async with in_session(server) as client:
            await client.send(e.TextIn("hello"))
            await client.until(e.AudioOut)
        await trio.testing.wait_all_tasks_blocked()
        assert server.clients == 0


async def test_over_a_socket_and_tls_with_its_own_authority(tmp_path, monkeypatch):
    """A client that trusts the bundle gets through, one that does not is told why, and the server goes on."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    async with open_offline_server(settings(port=0, tls=True)) as server:
        assert server.base_url == f"https://127.0.0.1:{server.port}"
        url = f"wss://127.0.0.1:{server.port}/"
        with pytest.raises(Refused) as caught:
            async with open_link(url, {}, ssl_context=ssl.create_default_context()):
                pass
        assert isinstance(caught.value.__cause__, ssl.SSLError)
        for host in ("127.0.0.1", "localhost"):
            async with open_link(f"wss://{host}:{server.port}/", {}, ca_file=server.connection.ca_file) as link:
                await link.send(wire.encode(setup()))
                assert await Client(link).until(e.SetupComplete)


async def test_over_a_plain_socket():
    """`http://` is what the connection says, and no authority is needed."""
    async with open_offline_server(settings(port=0)) as server:
        assert server.connection.base_url == f"http://127.0.0.1:{server.port}"
        assert server.connection.ca_file is None
        async with open_link(f"ws://127.0.0.1:{server.port}/", {}) as link:
            await link.send(wire.encode(setup()))
            assert await Client(link).until(e.SetupComplete)


async def test_plain_text_to_a_tls_port_is_dropped(tmp_path, monkeypatch):
    """And the next client is served."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    async with open_offline_server(settings(port=0, tls=True)) as server:
        stranger = await trio.open_tcp_stream("127.0.0.1", server.port)
        async with stranger:
            await stranger.send_all(b"GET / HTTP/1.1\r\n\r\n")
            with trio.fail_after(30):
                try:
                    while await stranger.receive_some():
                        continue
                except trio.BrokenResourceError:
                    pass
        async with open_link(server.base_url.replace("http", "ws"), {}, ca_file=server.ca_file) as link:
            await link.send(wire.encode(setup()))
            assert await Client(link).until(e.SetupComplete)


async def test_a_port_that_is_taken_is_named():
    """A sentence that says which, not a traceback."""
    async with open_offline_server(settings(port=0)) as first:
        with pytest.raises(ConfigError, match=str(first.port)):
            async with open_offline_server(settings(port=first.port)):
                pass
    async with open_offline_server(settings()) as second:
        with pytest.raises(ConfigError, match="port=None"):
            _ = second.port


async def test_strangers_at_the_door_are_bounded():
    """Sockets over the limit are closed at once; when the strangers go, the next client gets in."""
    async with open_offline_server(settings(port=0, max_connections=1)) as server:
        strangers = [await trio.open_tcp_stream("127.0.0.1", server.port) for _ in range(2)]
        await trio.testing.wait_all_tasks_blocked(0.05)
        third = await trio.open_tcp_stream("127.0.0.1", server.port)
        with trio.fail_after(30):
            try:
                assert await third.receive_some() == b""
            except trio.BrokenResourceError:
                pass
        for stream in (*strangers, third):
            await stream.aclose()
        with trio.fail_after(30):
            while server._sockets:
                await trio.sleep(0.01)
        async with open_link(f"ws://127.0.0.1:{server.port}/", {}) as link:
            await link.send(wire.encode(setup()))
            assert await Client(link).until(e.SetupComplete)


async def test_a_client_that_leaves_before_setup_is_no_failure(autojump_clock, caplog):
    """Nothing is logged as an error."""
    caplog.set_level("INFO")
    async with open_offline_server(settings()) as server:
        async with dialled(server):
            pass
        await trio.testing.wait_all_tasks_blocked()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.slow
async def test_without_other_parts_the_real_ones_are_loaded():
    """The ears and mouth that are installed, and the mind of our own, in a reply to typed text."""
    async with open_offline_server(OfflineSettings(port=None)) as server, in_session(server) as client:
        await client.send(e.TextIn("What is six times seven?"))
        came = await client.until(e.GenerationComplete)
    assert "42" in "".join(event.text for event in came if isinstance(event, e.OutputTranscription))
