"""From settings to the first message, and to the connection."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio

from voice_actors.config import AgentConfig, Connection
from voice_actors.conversation.model import dial_model, setup_builder
from voice_actors.errors import ConfigError, Refused, UnsupportedByModelError
from voice_actors.toolbox import Toolbox

LIVE_3_1 = "gemini-3.1-flash-live-preview"


def lamp(on: bool) -> str:
    """Switch the lamp."""
    return "done"


def builder(tools=(), **settings):
    config = AgentConfig(**{"connection": Connection(api_key="k"), **settings})
    return setup_builder(config, Toolbox.of(tools))


def test_each_connection_has_a_first_message_of_its_own():
    """With the handle where there is one; everything else is the same each time."""
    build, _ = builder([lamp], instructions="Be short.", voice="Kore")
    first, again, resumed = build(None), build(None), build("h-1")
    assert first == again
    assert "handle" not in first.body["sessionResumption"]
    assert "h-1" == resumed.body["sessionResumption"]["handle"]
    assert {**first.body, "sessionResumption": 0} == {**resumed.body, "sessionResumption": 0}
    assert "lamp" == first.body["tools"][0]["functionDeclarations"][0]["name"]


def test_what_a_model_cannot_do_is_said_before_anything_is_dialled():
    """A setting that it refuses is an error with the setting's name."""
    with pytest.raises(UnsupportedByModelError) as caught:
        builder(model=LIVE_3_1, live={"response_modalities": ["TEXT"]})
    assert ("response_modalities", LIVE_3_1) == (caught.value.field, caught.value.model)


def test_a_setting_that_a_model_does_not_have_is_left_out_and_noted():
    """In a sentence; the first message of every link is changed in the same way."""
    build, notes = builder(model=LIVE_3_1, live={"proactivity": {"proactive_audio": False}})
    assert any("proactiv" in note.lower() for note in notes)
    assert "proactivity" not in build(None).body
    assert "proactivity" not in build("h").body


@asynccontextmanager
async def doorkeeper():
    """A server that notes who comes, and lets nobody in."""
    came = []

    async def refuse(stream):
        async with stream:
            request = b""
            while b"\r\n\r\n" not in request:
                request += await stream.receive_some()
            came.append(request.decode())
            await stream.send_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, refuse, [listener])
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}", came
        nursery.cancel_scope.cancel("seen")


async def test_who_we_are_is_looked_up_for_each_connection(monkeypatch):
    """A key that was changed meanwhile, and another server: the next connection has them; and never in the URL."""
    dial = dial_model(AgentConfig())
    async with doorkeeper() as (one, at_one), doorkeeper() as (two, at_two):
        for url, key in ((one, "key-one"), (two, "key-two")):
            monkeypatch.setenv("GOOGLE_API_KEY", key)
            monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
            with pytest.raises(Refused) as caught:
                async with dial():
                    ...
            assert 403 == caught.value.status
            assert key not in str(caught.value)
    for [request], key in ((at_one, "key-one"), (at_two, "key-two")):
        line, headers = request.split("\r\n", 1)
        assert key in headers
        assert key not in line


async def test_without_credentials_nothing_is_dialled(monkeypatch):
    """The person who reads the error can mend it."""
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="GOOGLE_API_KEY|GEMINI_API_KEY|api_key"):
        async with dial_model(AgentConfig(connection=Connection()))():
            ...
