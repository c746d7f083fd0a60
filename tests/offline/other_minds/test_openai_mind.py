"""A language model's server as a mind: a real small HTTP server on loopback, well-behaved and otherwise."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import attrs
import h11
import pytest
import trio

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.config import AgentConfig
from voice_actors.errors import ConfigError
from voice_actors.offline.other_minds.finding import find_mind
from voice_actors.offline.other_minds.openai_mind import MindFailed, OpenAIMind
from voice_actors.offline.parts import Call, Dialogue, Say, UserTurn
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, words_in

WEATHER = {
    "name": "weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
GUARD = 30


def event(**delta) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': delta}]})}\n\n".encode()


def calling(index, name=None, arguments=""):
    function = {"arguments": arguments} | ({} if name is None else {"name": name})
    return {"index": index, "id": "x", "function": function}


@attrs.define
class Model:
    """Answers the n-th request with the n-th script: pieces of a body, each a chunk of its own."""

    scripts: list[list[bytes]]
    models: tuple[str, ...] = ("tiny",)
    status: int = 200
    kind: str = "text/event-stream"
    asked: list[dict] = attrs.field(factory=list)
    keys: list[str] = attrs.field(factory=list)
    cut: bool = False
    stall: bool = False

    async def serve(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER)
        request, body = None, b""
        while not isinstance(part := connection.next_event(), h11.EndOfMessage):
            if part is h11.NEED_DATA:
                connection.receive_data(await stream.receive_some())
            elif isinstance(part, h11.Request):
                request = part
            else:
                body += part.data
        self.keys += [value.decode() for name, value in request.headers if name == b"authorization"]
        async with stream:
            try:
                await self._answer(stream, connection, request, body)
            except trio.BrokenResourceError:
                return

    async def _answer(self, stream, connection, request, body) -> None:
        if request.target.endswith(b"/models"):
            script, kind = [json.dumps({"data": [{"id": name} for name in self.models]}).encode()], "application/json"
        else:
            self.asked.append(json.loads(body))
            script, kind = self.scripts.pop(0), self.kind
        head = h11.Response(status_code=self.status, headers=[("content-type", kind), ("connection", "close")])
        await stream.send_all(connection.send(head))
        for piece in script:
            await stream.send_all(connection.send(h11.Data(data=piece)))
        if self.stall:
            await trio.sleep_forever()
        if not self.cut:
            await stream.send_all(connection.send(h11.EndOfMessage()))


@asynccontextmanager
async def serving(model: Model):
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(
            lambda task_status: trio.serve_tcp(model.serve, 0, host="127.0.0.1", task_status=task_status)
        )
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}/v1"
        nursery.cancel_scope.cancel("the test is over")


async def think(model: Model, *entries, functions=(), **settings):
    """Everything that the mind thinks of it."""
    thoughts, failure = [], None
    with trio.fail_after(GUARD):
        async with serving(model) as url:
            mind = OpenAIMind(url, "tiny", **settings)
            dialogue = Dialogue(entries or (UserTurn("hello"),), "Be kind.", functions)
            try:
                thoughts += [thought async for thought in mind.respond(dialogue)]
            except MindFailed as error:
                failure = error  # raised below, where no nursery wraps it
    if failure is not None:
        raise failure
    return thoughts


async def test_what_streams_in_is_spoken_piece_by_piece():
    """Cut where a speaker pauses, wherever the network cuts; what the model thinks before is not said."""
    script = [event(role="assistant", content=""), event(content="<think>Hm. W"), event(content="ell.</think>It is no")]
    script += [event(content="on. And the su"), event(content="n shines."), b": comment\n\n", b"data: [DO", b"NE]\n\n"]
    model = Model([script])
    assert [Say("It is noon."), Say("And the sun shines.")] == await think(model)
    (asked,) = model.asked
    assert asked["model"] == "tiny"
    assert asked["stream"] is True
    assert "tools" not in asked
    assert asked["messages"][0]["content"].startswith("Be kind.")
    assert asked["messages"][1:] == [{"role": "user", "content": "hello"}]


async def test_the_first_piece_is_there_before_the_last_is_sent():
    """Nobody waits for the end of a sentence to hear its predecessor."""
    model = Model([[event(content="First of all, this is done. Th")]], stall=True)
    with trio.fail_after(GUARD):
        async with serving(model) as url:
            thoughts = OpenAIMind(url, "tiny").respond(Dialogue((UserTurn("go"),)))
            assert (await anext(thoughts)).text.startswith("First of all")
            await thoughts.aclose()


async def test_calls_that_come_in_parts_are_put_together():
    """Two of them, mixed; arguments as text or, as some servers send them, as an object; after what is said."""
    script = [
        event(content="Let me see.", tool_calls=[calling(0, "weather", '{"ci')]),
        event(tool_calls=[calling(1, "weather", {"city": "Rome"})]),
        event(tool_calls=[calling(0, None, 'ty": "Oslo"}')]),
        b"data: [DONE]\n\n",
    ]
    model = Model([script])
    thoughts = await think(model, functions=(WEATHER,))
    assert [Say("Let me see."), Call("weather", {"city": "Oslo"}), Call("weather", {"city": "Rome"})] == thoughts
    assert [{"type": "function", "function": WEATHER}] == model.asked[0]["tools"]


async def test_a_server_that_does_not_stream_is_understood():
    """One JSON document in place of events."""
    message = {"role": "assistant", "content": "All at once.", "tool_calls": [calling(None, "weather", "")]}
    model = Model([[json.dumps({"choices": [{"message": message}]}).encode()]], kind="application/json")
    assert [Say("All at once."), Call("weather", {})] == await think(model, functions=(WEATHER,))


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Model([[b'{"error": {"message": "model not\\nfound"}}']], status=404), "HTTP 404: model not found"),
        (Model([[b"<html>"]], status=502), "HTTP 502"),
        (Model([[b"data: nonsense\n\n"]]), "no JSON"),
        (Model([[b"data: 7\n\n"]]), "no JSON object"),
        (Model([[b'data: {"choices": 7}\n\n']]), "no chat completion"),
        (Model([[b'data: {"choices": [{"delta": 7}]}\n\n']]), "no chat completion"),
        (Model([[b'data: {"error": "overloaded"}\n\n']]), "the server says: overloaded"),
        (Model([[event(tool_calls=[{"function": 3}])]]), "a call that is none"),
        (Model([[event(tool_calls=[calling(0, "nosuch")])]]), "'nosuch', which was not declared"),
        (Model([[event(tool_calls=[calling(0, "weather", "{")])]]), "arguments that are no JSON"),
        (Model([[event(tool_calls=[calling(0, "weather", "[]")])]]), "arguments that are no object"),
        (Model([[event(content="I was just")]], cut=True), "connection"),
        (Model([[b"x" * (2**20 + 2)]]), "does not end"),
    ],
)
async def test_what_goes_wrong_is_told_in_a_line(model, says):
    """Whatever the server says: one typed error with what it was, never a foreign one."""
    with pytest.raises(MindFailed, match=says) as caught:
        await think(model, functions=(WEATHER,))
    assert "\n" not in str(caught.value)


async def test_silence_has_an_end():
    """A model that has hung is given up."""
    with pytest.raises(MindFailed, match=r"nothing came for 0\.05 s"):
        await think(Model([[event(content="I am")]], stall=True), silence=0.05)


# ---- before the first question -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "wanted", "chosen"),
    [(("tiny",), "", "tiny"), (("a", "b"), "b", "b"), (("b:latest",), "b", "b"), ((), "any", "any")],
)
async def test_the_model_is_found(models, wanted, chosen):
    """The one that is named, or the only one; a server without a list is believed."""
    async with serving(Model([], models)) as url:
        mind = await find_mind(url, wanted)
    assert chosen == mind.model


@pytest.mark.parametrize(
    ("models", "wanted", "says"),
    [
        (("a", "b"), "", "choose a model with --mind-model: .* has a, b"),
        (("a", "b"), "c", "there is no model c: .* has a, b"),
        ((), "", "choose a model with --mind-model: .* does not list any"),
    ],
)
async def test_the_model_is_not_found(models, wanted, says):
    """The error names those that there are."""
    async with serving(Model([], models)) as url:
        with pytest.raises(ConfigError, match=says):
            await find_mind(url, wanted)


async def test_a_server_that_is_not_there_is_told_at_once():
    """Before anything is served."""
    with pytest.raises(ConfigError, match="no mind at http://127.0.0.1:9: cannot connect .*is it running"):
        await find_mind("http://127.0.0.1:9/v1", "x")
    async with serving(Model([], status=401)) as url:
        with pytest.raises(ConfigError, match="wants a key: name its variable with --mind-key-env"):
            await find_mind(url, "x")


async def test_the_key_is_shown_to_the_server_and_to_nobody_else():
    """In its header; not in a repr, not in the clear over a network."""
    model = Model([[event(content="Yes.")]])
    await think(model, key="sk-secret")
    assert ["Bearer sk-secret"] == model.keys
    assert "sk-secret" not in repr(OpenAIMind("https://example.com/v1", "m", "sk-secret"))
    with pytest.raises(ConfigError, match="unencrypted"):
        OpenAIMind("http://example.com/v1", "m", "sk-secret")


# ---- a conversation ----------------------------------------------------------------------------------------------


async def test_a_conversation_with_a_model_and_a_tool():
    """Question, call, answer, and a reply that is heard; the model sees the whole dialogue."""
    model = Model(
        [
            [event(content="One moment."), event(tool_calls=[calling(0, "weather", '{"city": "Oslo"}')])],
            [event(content="Light rain in Oslo.")],
        ]
    )

    async def weather(city: str) -> str:
        """The weather in a city."""
        return f"light rain in {city}"

    async with serving(model) as url, open_offline_server(mind=OpenAIMind(url, "tiny")) as server:
        speaker = MemorySpeaker(paced=False)
        config = AgentConfig(
            connection=server.connection, tools=[weather], microphone=MemoryMicrophone(), speaker=speaker
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            events = agent.events()
            answered = False
            await agent.say("how is the weather in Oslo?")
            with trio.fail_after(GUARD):
                async for happened in events:
                    answered = answered or (isinstance(happened, m.AgentSaid) and "Oslo" in happened.text)
                    if isinstance(happened, m.TurnEnded) and answered:
                        break
    assert "Light rain in Oslo." in words_in(speaker.pcm())
    call, answer = model.asked[1]["messages"][-2:]
    assert "assistant" == call["role"]
    assert "One moment." == call["content"]
    assert {"name": "weather", "arguments": '{"city": "Oslo"}'} == call["tool_calls"][0]["function"]
    assert "tool" == answer["role"]
    assert call["tool_calls"][0]["id"] == answer["tool_call_id"]
    assert "light rain in Oslo" in answer["content"]


async def test_a_model_that_fails_is_excused_and_logged_in_a_line(caplog):
    """The user hears a sentence; the log has the reason without a traceback; the next question is answered."""
    model = Model([[b"data: nonsense\n\n"], [event(content="Here I am.")]])
    async with serving(model) as url, open_offline_server(mind=OpenAIMind(url, "tiny")) as server:
        speaker = MemorySpeaker(paced=False)
        config = AgentConfig(connection=server.connection, microphone=MemoryMicrophone(), speaker=speaker)
        async with open_voice_agent(config, dial=server.dial) as agent:
            events = agent.events()
            for question in ("first", "second"):
                await agent.say(question)
                with trio.fail_after(GUARD):
                    async for happened in events:
                        if isinstance(happened, m.TurnEnded):
                            break
    assert "Sorry" in words_in(speaker.pcm())
    assert "Here I am." in words_in(speaker.pcm())
    (record,) = (record for record in caplog.records if "the mind failed" in record.message)
    assert "no JSON" in record.message
    assert record.exc_info is None
