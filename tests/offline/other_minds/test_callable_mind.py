"""Functions of all kinds as minds."""

from __future__ import annotations

import functools
import threading

import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.offline.mind import BuiltinMind
from voice_actors.offline.other_minds.callable_mind import CallableMind, as_mind
from voice_actors.offline.parts import Call, Dialogue, Say, UserTurn
from voice_actors.offline.settings import OfflineSettings
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server, words_in

DIALOGUE = Dialogue((UserTurn("hello"),))
CALL = Call("clock", {})


async def async_generator(dialogue):
    yield "one"
    await trio.sleep(1)
    yield CALL


async def coroutine_function(dialogue):
    await trio.sleep(1)
    return ["one", CALL]


def plain_generator(dialogue):
    assert threading.current_thread() is not threading.main_thread()
    yield Say("one")
    yield CALL


def plain_function(dialogue):
    assert threading.current_thread() is not threading.main_thread()
    return ("one", CALL)


class Object:
    async def __call__(self, dialogue):
        return ["one", CALL]


class Generating:
    async def __call__(self, dialogue):
        yield "one"
        yield CALL


class Mind:
    async def respond(self, dialogue):
        yield Say("one")
        yield CALL


async def thoughts(what):
    return [thought async for thought in as_mind(what).respond(DIALOGUE)]


@pytest.mark.parametrize(
    "what",
    [
        async_generator,
        coroutine_function,
        plain_generator,
        plain_function,
        Object(),
        Generating(),
        functools.partial(coroutine_function),
        functools.partial(async_generator),
        Mind(),
        Mind,
    ],
)
async def test_anything_that_can_be_called_thinks(autojump_clock, what):
    """With text and calls, in their order; plain functions away from the event loop."""
    assert [Say("one"), CALL] == await thoughts(what)


@pytest.mark.parametrize(
    ("result", "thought"), [(None, []), ("", [Say("")]), (CALL, [CALL]), (Say("x"), [Say("x")]), ([], [])]
)
async def test_one_thought_or_none(result, thought):
    """Need no list."""
    assert thought == await thoughts(lambda _: result)


@pytest.mark.parametrize("result", [7, [7], [None], b"bytes"])
async def test_what_is_no_thought_is_an_error(result):
    """Which names what it was."""
    with pytest.raises(TypeError, match="a mind says text, Say or Call"):
        await thoughts(lambda _: result)


async def test_a_mind_is_left_as_it_is():
    """And what is neither is refused when it is set."""
    mind = BuiltinMind()
    assert as_mind(mind) is mind
    settings = OfflineSettings(mind=plain_function)
    assert isinstance(settings.mind, CallableMind)
    assert OfflineSettings().mind is None
    with pytest.raises(ConfigError, match="mind is int; it has to have respond"):
        OfflineSettings(mind=7)


async def test_a_function_answers_the_phone(autojump_clock):
    """Heard by the one who asked."""
    from voice_actors.agent import open_voice_agent
    from voice_actors.config import AgentConfig

    async def parrot(dialogue):
        yield f"you said {dialogue.entries[-1].text}"

    speaker = MemorySpeaker()
    async with open_offline_server(mind=parrot) as server:
        config = AgentConfig(connection=server.connection, microphone=MemoryMicrophone(), speaker=speaker)
        async with open_voice_agent(config, dial=server.dial) as agent:
            await agent.say("good morning")
            await agent.wait_idle()
    assert "you said good morning" == words_in(speaker.pcm())
