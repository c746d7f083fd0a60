"""`voice-actors devices`: the microphones and loudspeakers that `talk` can use."""

from __future__ import annotations

import argparse

import trio


async def run(args: argparse.Namespace) -> int:
    """Print one line per device. Exit code 0 also where there is none: that is an answer.

    Raises:
        MissingPartError: PortAudio is not installed; the message says how to get it.
    """
    del args
    from voice_actors.audio.device import list_devices
    from voice_actors.audio.webrtc import REMEDY, can_cancel

    devices = await trio.to_thread.run_sync(list_devices)
    if not devices:
        print("no sound devices. Files and pipes work: `voice-actors talk --mic FILE.wav --speaker FILE.wav`")
        return 0
    print("  #  in out    rate  name (host API); > default microphone, < default loudspeaker")
    for device in devices:
        marks = (">" if device.is_default_input else " ") + ("<" if device.is_default_output else " ")
        counts = f"{device.inputs:>3} {device.outputs:>3}"
        print(f"{device.index:>3} {counts} {device.default_rate:>7.0f} {marks} {device.name} ({device.host_api})")
    if can_cancel():
        print("echo cancellation: on in `talk` between a microphone and a loudspeaker; `--aec off` leaves it out")
    else:
        print(f"echo cancellation: not installed. Get it by `{REMEDY}`, wear headphones, or `talk --half-duplex`")
    return 0
