"""The parts that a server is opened with, loaded and warm."""

from __future__ import annotations

from voice_actors.offline.parts import Ears, Mind, Mouth, Parts
from voice_actors.offline.settings import OfflineSettings


async def load_parts(settings: OfflineSettings) -> Parts:
    """The parts that the settings name, and the best that are installed for the others, loaded.

    Where no ears or no voice are installed, the conversation is a written one, and the log says so.

    Raises:
        MissingPartError: what is named is not there, or what is installed was changed; says how to get it.

    """
    return Parts(
        ears=await _ready_ears(settings),
        mind=settings.mind or _builtin_mind(),
        mouth=await _ready_mouth(settings),
    )


async def _ready_ears(settings: OfflineSettings) -> Ears:
    from voice_actors.offline.hearing.ears import ready_ears

    return await ready_ears(settings.ears)


def _builtin_mind() -> Mind:
    from voice_actors.offline.mind import BuiltinMind

    return BuiltinMind()


async def _ready_mouth(settings: OfflineSettings) -> Mouth:
    from voice_actors.offline.speaking.mouth import ready_mouth

    return await ready_mouth(settings.mouth)
