"""A key is planted in every place that takes one; then everything that anybody could read is searched for it."""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig, Connection
from voice_actors.errors import VoiceActorsError
from voice_actors.gemini.endpoint import endpoint
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.script import Fault, Script
from voice_actors.offline.server import open_offline_server
from voice_actors.offline.settings import OfflineSettings
from voice_actors.testing import FakeEars, FakeMouth, MemoryMicrophone, MemorySpeaker

SECRET = "q7Zk3PLANTEDq7Zk3PLANTEDq7Zk3PLANTED"
"""In every one of the credentials below."""
API_KEY = f"AIza{SECRET}"
EPHEMERAL = f"auth_tokens/{SECRET}"
OAUTH = f"ya29.{SECRET}"


async def give(token: str) -> str:
    """As a program that gets its credentials somewhere else."""
    return token


CREDENTIALS = {
    "an API key": {"api_key": API_KEY},
    "an API key from a function": {"credentials": partial(give, API_KEY)},
    "an ephemeral token": {"api_key": EPHEMERAL},
    "an OAuth token": {
        "vertexai": True,
        "project": "mine",
        "location": "us-east5",
        "credentials": partial(give, OAUTH),
    },
    "a header": {"api_key": "other", "headers": {"x-my-secret": SECRET}},
    "a header of authorization": {"vertexai": True, "project": "mine", "headers": {"Authorization": f"Bearer {OAUTH}"}},
}


def settings(**more: Any) -> OfflineSettings:
    return OfflineSettings(**{"ears": FakeEars(), "mouth": FakeMouth(), **more})


@pytest.fixture
def logs(caplog) -> Iterator[Any]:
    """Every line of every logger, with what it has besides."""
    with caplog.at_level(logging.DEBUG):
        yield lambda: "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


def reprs(beside: str = " ") -> Iterator[str]:
    """Of everything of ours that is alive, but for the modules `beside`."""
    for one in gc.get_objects():
        module = str(type(one).__module__)  # a class may have something else there
        if module.startswith("voice_actors") and not module.startswith(beside):
            yield repr(one)


def told(error: BaseException) -> str:
    """All that a traceback shows, with what is chained to it, and every error's own attributes."""
    chain: list[BaseException] = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None and inner not in chain:
        chain.append(inner)
    attributes = [f"{one!r} {vars(one)} {one.args}" for one in chain]
    return "\n".join([*traceback.format_exception(error), *attributes])


def written_below(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.name + path.read_bytes().decode("latin-1")


def search(**places: str) -> None:
    """No place has it."""
    assert [] == [place for place, text in places.items() if SECRET in text]


async def converse(config: AgentConfig, seen: list[str]) -> None:
    """A question and its answer; what is alive meanwhile is looked at."""
    async with open_voice_agent(config) as agent:
        events = agent.events()
        await agent.say("hello")
        async for event in events:
            if isinstance(event, m.TurnEnded):
                break
        seen += [repr(event) for event in agent.export_events()]
        seen += reprs()


@pytest.mark.slow
@pytest.mark.parametrize("kind", CREDENTIALS)
async def test_nothing_of_a_conversation_shows_the_credentials(kind, logs, tmp_path, capfd):
    """Not a log line, object, event, transcript, recording, folder of the server, or line on the terminal."""
    seen: list[str] = []
    key = None if kind != "an API key" else API_KEY
    async with open_offline_server(settings(record=tmp_path / "server", api_key=key)) as server:
        connection = Connection(base_url=server.base_url, **CREDENTIALS[kind])
        config = AgentConfig(
            connection=connection,
            microphone=MemoryMicrophone(),
            speaker=MemorySpeaker(),
            transcript=tmp_path / "t.jsonl",
            recording=tmp_path / "t.wav",
        )
        where = await endpoint(connection)
        assert SECRET in str(dict(where.headers))  # it is sent at all
        with trio.fail_after(60):
            try:
                await converse(config, seen)
            except VoiceActorsError as error:  # the offline server takes only ephemeral tokens that it made
                assert kind == "an ephemeral token"
                seen.append(told(error))
                seen += reprs()
        seen += [repr(where), where.url, repr(config), str(connection), repr(dict(server.complaints))]
    files = dict(written_below(tmp_path))
    terminal = capfd.readouterr()
    search(logs=logs(), terminal=terminal.out + terminal.err, objects="\n".join(seen), **files)
    print(f"{kind}: {len(seen)} objects, {len(files)} files, {len(logs())} characters of log lines")
    assert len(seen) > 20
    assert len(files) >= 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", CREDENTIALS)
async def test_no_refusal_shows_the_credentials(kind, logs):
    """Also where the server itself says them, in a status line or in a close."""
    for script in (
        Script((Fault("connection", f.Refuse(403, f"not you: {API_KEY} {OAUTH} {EPHEMERAL}")),)),
        Script((Fault("setup", f.Close(1008, f"key={API_KEY} {OAUTH}")),)),
    ):
        async with open_offline_server(settings(script=script)) as server:
            connection = Connection(base_url=server.base_url, **CREDENTIALS[kind])
            config = AgentConfig(connection=connection, microphone=MemoryMicrophone(), speaker=MemorySpeaker())
            with trio.fail_after(60), pytest.raises(VoiceActorsError) as refused:
                await converse(config, [])
        # The server's own objects hold the script above.
        search(logs=logs(), error=told(refused.value), objects="\n".join(reprs(beside="voice_actors.offline")))


async def no_tunnel(stream: trio.SocketStream) -> None:
    """A proxy that refuses, and says what it was told."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += await stream.receive_some()
    heard.append(request.decode())
    await stream.send_all(f"HTTP/1.1 407 no {SECRET}\r\nContent-Length: 0\r\n\r\n".encode())
    await stream.aclose()


heard: list[str] = []


@pytest.mark.slow
async def test_no_error_shows_the_password_of_the_proxy(logs, nursery):
    """Neither does the repr of the settings."""
    listeners = await nursery.start(trio.serve_tcp, no_tunnel, 0)
    port = listeners[0].socket.getsockname()[1]
    proxy = f"http://me:{SECRET}@127.0.0.1:{port}"
    connection = Connection(api_key="key", base_url="https://voice.example", proxy=proxy)
    config = AgentConfig(connection=connection, microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with trio.fail_after(60), pytest.raises(VoiceActorsError) as refused:
        await converse(config, [])
    assert "proxy-authorization" in heard[-1].lower()
    shown = repr(config)
    search(
        logs=logs(), error=told(refused.value), settings=shown, objects="\n".join(reprs(beside="voice_actors.offline"))
    )
    assert f"127.0.0.1:{port}" in shown  # but where it is


@pytest.mark.parametrize(
    "more",
    [
        {"base_url": f"https://me:{SECRET}@voice.example"},
        {"base_url": f"https://voice.example/?key={SECRET}"},
        {"proxy": f"ftp://me:{SECRET}@proxy.example"},
        {"proxy": f"http://me:{SECRET}@proxy.example:99999"},
        {"headers": {"x-bad": f"{SECRET}\r\nx-other: 1"}},
        {"api_key": f"{SECRET}\n"},
        {"api_key": f"{SECRET}æ"},
    ],
)
async def test_no_complaint_about_a_setting_shows_it(more, logs):
    """A person is told which one it is, and not what it holds."""
    connection = Connection(**{"api_key": "key", "base_url": "https://127.0.0.1:9", **more})
    config = AgentConfig(connection=connection, microphone=MemoryMicrophone(), speaker=MemorySpeaker())
    with trio.fail_after(60), pytest.raises(VoiceActorsError) as refused:
        await converse(config, [])
    search(logs=logs(), error=told(refused.value), settings=repr(connection))


async def test_a_function_that_cannot_give_credentials_is_not_quoted(logs):
    """What it raises may hold them: our own error and log name its kind only."""

    async def expired() -> str:
        raise ValueError(f"cannot refresh {OAUTH}")

    config = AgentConfig(
        connection=Connection(credentials=expired), microphone=MemoryMicrophone(), speaker=MemorySpeaker()
    )
    with trio.fail_after(60), pytest.raises(VoiceActorsError) as failed:
        await converse(config, [])
    search(logs=logs(), error=f"{failed.value!r} {failed.value.args}")
    assert "ValueError" in str(failed.value)
