"""A conversation that outgrows the model's window goes on, and forgets its oldest turns."""

from __future__ import annotations

from itertools import pairwise

import pytest
from google.genai import types

from voice_actors import messages as m
from voice_actors.agent import open_voice_agent
from voice_actors.compression import Compression
from voice_actors.config import AgentConfig, Connection
from voice_actors.conversation.model import setup_builder
from voice_actors.errors import ConfigError
from voice_actors.gemini import client
from voice_actors.gemini.setup import build_setup
from voice_actors.testing import MemoryMicrophone, MemorySpeaker, open_offline_server
from voice_actors.toolbox import Toolbox

MODELS = (
    "gemini-3.8-live",
    "gemini-3.8-live-extended-thinking",
    "gemini-3.1-flash-live-preview",
    "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-live-2.5-flash-native-audio",
    "a-model-of-tomorrow",
)
WINDOW = "contextWindowCompression"


def body(model="gemini-3.8-live", *, vertexai=False, handle=None, **settings):
    connection = Connection(api_key="k", vertexai=vertexai)
    config = AgentConfig(model=model, connection=connection, microphone=MemoryMicrophone(), **settings)
    return setup_builder(config, Toolbox.of(()))[0](handle).body


@pytest.mark.parametrize("vertexai", [False, True], ids=["developer", "vertex"])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_asked_for_a_sliding_window_as_google_genai_asks(model, vertexai):
    """On and tuned, in a new session and a resumed one; the bytes are those that its config type comes to."""
    for given in (Compression(), Compression(25_600), Compression(25_600, 12_800), Compression(target_tokens=9)):
        official = types.ContextWindowCompressionConfig(
            trigger_tokens=given.trigger_tokens, sliding_window=types.SlidingWindow(target_tokens=given.target_tokens)
        )
        theirs = build_setup(model, {"context_window_compression": official}, vertexai=vertexai)
        for handle in (None, "h"):
            ours = body(model, vertexai=vertexai, handle=handle, compression=given)
            assert theirs.body[WINDOW] == ours[WINDOW]
            assert client.encode(theirs).count(WINDOW) == 1


def test_it_can_be_switched_off_and_is_not_asked_of_models_that_may_not_have_it():
    """Those that translate or transcribe; whoever knows better says it in `live`."""
    assert WINDOW not in body(compression=None)
    assert WINDOW not in body("gemini-3.5-live-translate-preview")
    live = {"context_window_compression": {"sliding_window": {}}}
    assert {"slidingWindow": {}} == body("gemini-3.5-live-translate-preview", live=live)[WINDOW]


def test_what_live_says_counts():
    """Against the default; not against another wish."""
    live = {"context_window_compression": {"trigger_tokens": 1_000, "sliding_window": {"target_tokens": 400}}}
    wire = {"triggerTokens": 1_000, "slidingWindow": {"targetTokens": 400}}
    for same in ({}, {"compression": None}, {"compression": Compression(1_000, 400)}):
        assert wire == body(live=live, **same)[WINDOW]
    with pytest.raises(ConfigError, match="say different things"):
        body(live=live, compression=Compression(1_000))


@pytest.mark.parametrize(("trigger", "target"), [(0, None), (None, -1), (10, 10), (10, 11)])
def test_what_the_service_would_refuse_is_refused_here(trigger, target):
    """When it is made."""
    with pytest.raises(ConfigError, match="tokens"):
        Compression(trigger, target)


async def prompts_of(compression, turns=14):
    """Tokens of the prompt of each reply of a typed call with the offline server."""
    async with open_offline_server() as server:
        config = AgentConfig(
            connection=server.connection,
            microphone=MemoryMicrophone(),
            speaker=MemorySpeaker(),
            compression=compression,
        )
        async with open_voice_agent(config, dial=server.dial) as agent:
            for _ in range(turns):
                await agent.say("What is six times seven?")
                await agent.wait_idle()
            spent = [event for event in agent.export_events() if isinstance(event, m.TurnUsage)]
    return [sum(event.input.values()) for event in spent if event.input]


async def test_a_long_call_with_the_offline_server_stays_within_its_window(autojump_clock):
    """And costs less; without it the prompt grows from turn to turn."""
    grown, kept = await prompts_of(None), await prompts_of(Compression(400, 200))
    print(f"prompt tokens without: {grown}\nwith a trigger of 400: {kept}")
    assert all(earlier < later for earlier, later in pairwise(grown))
    assert max(kept) <= 400 < max(grown)
    assert len(grown) == len(kept)
    assert sum(kept) < sum(grown)
