"""What a conversation has only where its settings ask for it: each is loaded here, once somebody does.

A plain conversation does without all of them, and whoever opens one need not wait for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.broadcast import Broadcast
from voice_actors.config import AgentConfig
from voice_actors.lanes import SendLane
from voice_actors.messages import Event, SpeakerOrder

if TYPE_CHECKING:
    from voice_actors.audio.echo import Cleaner
    from voice_actors.loudspeaker.filling import Filling
    from voice_actors.microphone.two_stage import Attention


async def with_files_of(config: AgentConfig) -> AgentConfig:
    """The settings with files of this conversation's own, where there is an archive.

    Raises:
        ConfigError: the archive cannot be used.
    """
    if config.archive is None:
        return config
    from voice_actors.record.archive import with_files

    return await with_files(config)


async def filler_sound_of(config: AgentConfig) -> bytes | None:
    """What is heard while a tool works, 24 kHz 16-bit mono.

    Raises:
        ConfigError: its file cannot be used.
    """
    if config.filler is None:
        return None
    from voice_actors.loudspeaker.filler_sound import sound_of

    return await sound_of(config.filler)


def ends_of(config: AgentConfig) -> tuple[Microphone, Loudspeaker]:
    """The microphone and the loudspeaker: the program's own, or devices and files.

    Raises:
        ConfigError: a setting names neither.
    """
    microphone, speaker = config.microphone, config.speaker
    if isinstance(microphone, Microphone) and isinstance(speaker, Loudspeaker):
        return microphone, speaker
    from voice_actors.audio.choose import choose_microphone, choose_speaker

    return choose_microphone(microphone), choose_speaker(speaker)


def cleaner_of(config: AgentConfig) -> Callable[[], Awaitable[Cleaner]] | None:
    """What loads the cleaner of the microphone's audio."""
    wanted = config.cleaning
    if wanted.echo == "keep" and not wanted.noise and not wanted.gain:
        return None
    from voice_actors.audio.echo import cleaner_for

    return cleaner_for(wanted, config.chunk_ms)


def attention_of(config: AgentConfig, ducks: SendLane[SpeakerOrder]) -> Attention | None:
    """Who listens for the user's voice on our side, and has the reply step back by an end of its own."""
    if not config.activity.listens:
        return None
    from voice_actors.audio.voice import attention_for

    return attention_for(config.activity, ducks)


def filling_of(
    config: AgentConfig,
    sound: bytes | None,
    aloud: Callable[[str], bool],
    ducks: SendLane[SpeakerOrder],
    broadcast: Broadcast[Event],
) -> Filling | None:
    """Who fills the silence while a tool works, with an end of its own."""
    if config.filler is None or sound is None:
        return None
    from voice_actors.loudspeaker.filling import Filling

    return Filling(config.filler, sound, aloud, ducks.clone(), broadcast)
