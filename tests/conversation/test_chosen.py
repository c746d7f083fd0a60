"""What settings choose is made where they ask for it, and not where they do not."""

from __future__ import annotations

from contextlib import closing

import pytest
import trio

from voice_actors import messages as m
from voice_actors.audio.echo import HalfDuplex
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.broadcast import Broadcast
from voice_actors.config import Activity, AgentConfig, Archive, Cleaning
from voice_actors.conversation.chosen import (
    attention_of,
    cleaner_of,
    ends_of,
    filler_sound_of,
    filling_of,
    with_files_of,
)
from voice_actors.errors import ConfigError
from voice_actors.lanes import Overflow, open_lane
from voice_actors.loudspeaker.filler import Filler
from voice_actors.loudspeaker.filling import Filling


def ducks():
    return open_lane("ducks", 4, Overflow.DROP_OLDEST)[0]


async def test_a_plain_conversation_has_none_of_it():
    """And its settings are what they were."""
    config, broadcast = AgentConfig(), Broadcast[m.Event](lambda count: m.Lagged(count=count))
    with ducks() as orders:
        assert config is await with_files_of(config)
        assert None is await filler_sound_of(config)
        assert None is cleaner_of(config)
        assert None is attention_of(config, orders)
        assert None is filling_of(config, None, lambda _: True, orders, broadcast)


async def test_an_archive_names_the_files(tmp_path):
    """In its folder."""
    config = await with_files_of(AgentConfig(archive=Archive(tmp_path)))
    assert config.transcript is not None
    assert tmp_path == config.transcript.parent


def test_the_ends_are_the_program_s_own_or_files(tmp_path):
    """What is neither is refused."""
    microphone, speaker = MemoryMicrophone(), MemorySpeaker()
    assert (microphone, speaker) == ends_of(AgentConfig(microphone=microphone, speaker=speaker))

    _, chosen = ends_of(AgentConfig(microphone=microphone, speaker=str(tmp_path / "answer.wav")))
    assert "answer.wav" in chosen.name
    with pytest.raises(ConfigError, match="microphone is 1.5"):
        ends_of(AgentConfig(microphone=1.5, speaker=speaker))


@pytest.mark.parametrize("cleaning", [Cleaning("cancel"), Cleaning(noise=True), Cleaning(gain=True)])
def test_any_cleaning_has_a_cleaner(cleaning):
    """Whose loading waits until the conversation begins."""
    assert cleaner_of(AgentConfig(cleaning=cleaning)) is not None


async def test_half_duplex_needs_nothing_else(autojump_clock):
    """It is the microphone's audio or silence."""
    load = cleaner_of(AgentConfig(cleaning=Cleaning("half-duplex")))
    assert load is not None
    assert isinstance(await load(), HalfDuplex)


async def test_we_listen_where_the_settings_say_so():
    """With an end of its own, which stays open where the other is closed."""
    with ducks() as orders:
        attention = attention_of(AgentConfig(activity=Activity("local", barge_in="two-stage")), orders)
    assert attention is not None
    with closing(attention):
        assert attention.gate is not None


async def test_a_filler_has_its_sound_and_somebody_to_play_it(autojump_clock):
    """Also with an end of its own."""
    config, broadcast = AgentConfig(filler=Filler()), Broadcast[m.Event](lambda count: m.Lagged(count=count))
    sound = await filler_sound_of(config)
    assert sound
    with ducks() as orders:
        filling = filling_of(config, sound, lambda _: True, orders, broadcast)
    assert isinstance(filling, Filling)
    with filling.orders as own:
        own.send_nowait(m.StopFiller())
    await trio.lowlevel.checkpoint()
