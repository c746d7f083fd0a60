"""The offline server as tests use it: in memory, and in a thread."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError, LinkLost
from voice_actors.testing import (
    MemoryMicrophone,
    MemorySpeaker,
    offline_server_in_thread,
    open_offline_server,
    utter,
    words_in,
)


class NoNames(trio.abc.HostnameResolver):
    """Knows nobody, and remembers who was asked for."""

    def __init__(self):
        self.asked = []

    async def getaddrinfo(self, host, *_more):
        self.asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "nobody has that name")

    async def getnameinfo(self, *_asked):
        raise NotImplementedError


async def test_who_forgets_to_dial_it_is_told_and_asks_nobody_outside():
    """The key of a test does not go to Google either."""
    names = NoNames()
    before = trio.socket.set_custom_hostname_resolver(names)
    try:
        async with open_offline_server() as server:
            config = AgentConfig(connection=server.connection, microphone=MemoryMicrophone(), speaker=MemorySpeaker())
            with pytest.raises(LinkLost, match="give-dial-to-open-voice-agent"):
                async with open_voice_agent(config):
                    pytest.fail("it came up")
    finally:
        trio.socket.set_custom_hostname_resolver(before)
    assert {"give-dial-to-open-voice-agent.invalid"} == {os.fsdecode(name) for name in names.asked}


async def converse(server, question: str) -> tuple[str, list[str]]:
    """Ask aloud; what was heard of the answer, and the tool's arguments."""
    asked: list[str] = []

    async def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "light rain"

    speaker = MemorySpeaker()
    microphone = MemoryMicrophone()
    config = AgentConfig(connection=server.connection, tools=[get_weather], microphone=microphone, speaker=speaker)
    async with open_voice_agent(config, dial=server.dial) as agent:
        events = agent.events()
        microphone.feed(utter(question))
        async for event in events:
            if isinstance(event, m.TurnEnded):
                break
    return words_in(speaker.pcm()), asked


async def test_a_spoken_conversation_takes_no_time(autojump_clock):
    """A question aloud, a tool, an answer aloud, all through the real wire; the mind is the built-in one."""
    async with open_offline_server() as server:
        heard, asked = await converse(server, "what is the weather in Oslo?")
    assert ["Oslo"] == asked
    assert "light rain" in heard


async def test_hundreds_of_conversations_at_once(autojump_clock):
    """A hundred at a time, each with its own answer, nobody left behind."""
    answers: list[str] = []

    async def one(server, number: int) -> None:
        heard, _ = await converse(server, f"what is {number} plus {number}?")
        answers.append(heard)
        assert str(2 * number) in heard.replace(",", "")

    async with open_offline_server(max_connections=200) as server:
        for first in range(100, 300, 100):
            async with trio.open_nursery() as nursery:
                for number in range(first, first + 100):
                    nursery.start_soon(one, server, number)
        with trio.fail_after(60):
            while server.clients:
                await trio.sleep(0.1)
    print(f"{len(answers)} spoken conversations, {trio.current_time():.0f} s of virtual time")
    assert len(answers) == 200


async def test_a_script_by_name(autojump_clock):
    """The agent is told that time is up, and goes on on a new connection."""
    async with open_offline_server(script="goaway-now") as server:
        config = AgentConfig(
            connection=server.connection, microphone=MemoryMicrophone(), speaker=MemorySpeaker(), keep_events=1_000
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            await agent.say("hello")
            await agent.wait_idle(quiet=10)
            kinds = {type(event) for event in agent.export_events()}
    assert m.GoingAway in kinds


async def test_a_name_that_is_wrong():
    """It is said, before anything is opened."""
    with pytest.raises(ConfigError, match="did you mean goaway"):
        async with open_offline_server(script="go-away"):
            raise AssertionError
    with pytest.raises(ConfigError, match="did you mean goaway"), offline_server_in_thread(script="go-away"):
        raise AssertionError


def test_in_a_thread_for_programs_without_trio():
    """Google's own client, on asyncio, in three lines: ears and mouth are fakes here, the wire and TLS are real."""
    import asyncio
    import ssl

    from google import genai
    from google.genai import types

    async def talk(base_url: str, ca_file: str) -> str:
        options = types.HttpOptions(
            base_url=base_url, async_client_args={"ssl": ssl.create_default_context(cafile=ca_file)}
        )
        client = genai.Client(api_key="offline", http_options=options)
        heard = b""
        config = {"response_modalities": ["AUDIO"]}
        async with client.aio.live.connect(model="gemini-2.5-flash-native-audio-latest", config=config) as session:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": "what is 3 plus 4?"}]})
            async for message in session.receive():
                heard += message.data or b""
        return words_in(heard)

    with offline_server_in_thread(real=False) as server:
        assert {"GOOGLE_GEMINI_BASE_URL", "SSL_CERT_FILE", "GEMINI_API_KEY"} == set(server.env)
        heard = asyncio.run(talk(server.base_url, server.env["SSL_CERT_FILE"]))
    assert "7" in heard
    assert not [thread for thread in threading.enumerate() if thread.name == "offline server"]
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port)):
        raise AssertionError


def test_what_cannot_be_opened_in_a_thread_is_raised_here():
    """With its own error, and no thread is left."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=str(port)),
            offline_server_in_thread(real=False, tls=False, port=port) as server,
        ):
            raise AssertionError(json.dumps(server.env))
    assert not [thread for thread in threading.enumerate() if thread.name == "offline server"]
