"""For tests of voice agents, ours and yours: a server in memory, a microphone and a loudspeaker without hardware.

Everything here runs on trio's clock, so a whole call takes no real time under `trio.testing.MockClock`.
"""

from __future__ import annotations

from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.testing.cancellation import cancel_everywhere
from voice_actors.testing.server import ScriptedLink, ScriptedServer

__all__ = ["MemoryMicrophone", "MemorySpeaker", "ScriptedLink", "ScriptedServer", "cancel_everywhere"]
