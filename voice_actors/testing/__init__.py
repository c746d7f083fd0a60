"""For tests of voice agents, ours and yours: servers in memory, a microphone and a loudspeaker without hardware.

Everything here runs on trio's clock, so a whole call takes no real time under `trio.testing.MockClock`; but for
`offline_server_in_thread`, which is for programs of other kinds. What writes files, a recording above all, does so in a
thread: `patient_clock` stands still meanwhile.
"""

from __future__ import annotations

from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.testing.cancellation import cancel_everywhere
from voice_actors.testing.fakes import FakeEars, FakeMouth, utter, words_in
from voice_actors.testing.offline import MemoryServer, ServerInThread, offline_server_in_thread, open_offline_server
from voice_actors.testing.patience import patient_clock, run_patiently
from voice_actors.testing.server import ScriptedLink, ScriptedServer
from voice_actors.testing.simulation import Report, SimulationFailed, simulate
from voice_actors.testing.witness import Simulated

__all__ = [
    "FakeEars",
    "FakeMouth",
    "MemoryMicrophone",
    "MemoryServer",
    "MemorySpeaker",
    "Report",
    "ScriptedLink",
    "ScriptedServer",
    "ServerInThread",
    "Simulated",
    "SimulationFailed",
    "cancel_everywhere",
    "offline_server_in_thread",
    "open_offline_server",
    "patient_clock",
    "run_patiently",
    "simulate",
    "utter",
    "words_in",
]
