"""What stands at the end of pipecat's pipeline, in each of its programs."""

from __future__ import annotations

from typing import Protocol

from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor


class Hears(Protocol):
    """A call that counts what is heard."""

    def hear(self, pcm: bytes) -> None:
        """More of it."""


class Ear(FrameProcessor):
    """Where the loudspeaker would be."""

    def __init__(self, call: Hears) -> None:
        super().__init__()
        self.call = call

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Note what comes by."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.call.hear(frame.audio)
        await self.push_frame(frame, direction)
