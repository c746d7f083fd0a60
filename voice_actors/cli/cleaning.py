"""Whether `talk` takes the agent's own voice out of the microphone."""

from __future__ import annotations

import argparse
import re

import trio

from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.config import Cleaning
from voice_actors.errors import DeviceError, MissingPartError

ON_THE_HEAD = re.compile(r"head(phone|set)|ear(phone|bud|pod)|airpod|\bbuds\b", re.IGNORECASE)
"""Names of devices from which nothing reaches a microphone."""


async def chosen_cleaning(args: argparse.Namespace, microphone: Microphone, speaker: Loudspeaker) -> Cleaning:
    """As asked for; without a wish, echo cancellation wherever there can be an echo and the extra is installed.

    Raises:
        MissingPartError: something that needs the extra was asked for without it.
    """
    from voice_actors.audio.webrtc import REMEDY, can_cancel

    if args.aec == "on" and not can_cancel():
        raise MissingPartError(f"--aec on needs the livekit package: {REMEDY}; or use --half-duplex")
    for option, asked in (("--noise", args.noise), ("--gain", args.gain)):
        if asked and not can_cancel():
            raise MissingPartError(f"{option} needs the livekit package: {REMEDY}")
    if args.half_duplex:
        return Cleaning("half-duplex", args.noise, args.gain)
    wanted = args.aec == "on" or (args.aec is None and can_cancel() and await _can_echo(microphone, speaker))
    return Cleaning("cancel" if wanted else "keep", args.noise, args.gain)


async def _can_echo(microphone: Microphone, speaker: Loudspeaker) -> bool:
    from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker

    if not isinstance(microphone, DeviceMicrophone) or not isinstance(speaker, DeviceSpeaker):
        return False
    return not ON_THE_HEAD.search(await trio.to_thread.run_sync(_name_of_output, speaker.device))


def _name_of_output(device: str | int | None) -> str:
    """What the system calls it; what was typed where that cannot be found."""
    from voice_actors.audio.portaudio import list_devices

    try:
        devices = list_devices()
    except (DeviceError, MissingPartError):  # opening it will say so
        devices = []
    for each in devices:
        if each.index == device or (device is None and each.is_default_output):
            return each.name
    return str(device)
