"""The real PortAudio against a sound server without hardware: what is said is captured, what is played is heard."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
import trio

from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker, list_devices
from voice_actors.audio.playback import Playback
from voice_actors.errors import DeviceError

pytestmark = [pytest.mark.alone, pytest.mark.slow]

RATE = 24_000


def tone(hz, seconds, rate=RATE):
    return np.round(12_000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype("<i2").tobytes()


def loudness(pcm, rate, hz):
    """How loud one tone is in this audio, 0 to 32768."""
    signal = np.frombuffer(pcm, "<i2").astype(float)
    return 2 * abs((signal * np.exp(-2j * np.pi * hz * np.arange(len(signal)) / rate)).mean())


def test_devices_are_listed_with_the_defaults(sound):
    """At least one input and one output, one default of each kind, with channels and a rate."""
    devices = list_devices()
    assert 1 == sum(device.is_default_input for device in devices)
    assert 1 == sum(device.is_default_output for device in devices)
    assert list(range(len(devices))) == [device.index for device in devices]
    default = next(device for device in devices if device.is_default_output)
    assert default.outputs > 0
    assert default.default_rate >= 8000
    assert default.host_api


async def test_what_is_said_is_captured(sound):
    """A tone into the microphone arrives in chunks of 20 ms at 16 kHz."""
    async with DeviceMicrophone().open(20) as stream:
        feeder = sound.feed(tone(440, 1.5))
        chunks = [await stream.read() for _ in range(75)]
        await trio.to_thread.run_sync(feeder.wait)
    assert {640} == {len(chunk) for chunk in chunks}
    assert loudness(b"".join(chunks[40:65]), 16_000, 440) == pytest.approx(12_000, rel=0.15)
    statistics = stream.statistics()
    assert 75 * 320 == statistics.frames
    assert 0.0 == statistics.dropped_ms
    assert 0 < statistics.latency_ms < 500


async def test_what_is_written_is_heard(sound, ear):
    """A reply is heard as it was written and takes as long as it lasts."""
    reply = Playback()
    async with DeviceSpeaker("pulse").open() as stream:
        mark, began = ear.mark(), trio.current_time()
        await stream.write(tone(440, 1.0), reply)
        await stream.drain(reply)
        assert trio.current_time() - began >= 0.99
        await trio.sleep(0.15)
    heard = np.frombuffer(ear.since(mark), "<i2")
    loud = np.flatnonzero(np.abs(heard) > 500)
    assert pytest.approx(1.0, abs=0.12) == (loud[-1] - loud[0]) / RATE
    middle = heard[loud[0] + 6000 : loud[0] + 18_000].tobytes()
    assert loudness(middle, RATE, 440) == pytest.approx(12_000, rel=0.15)
    assert (48_000, 48_000, 0) == (reply.written, reply.played, reply.dropped)
    assert 0 == stream.statistics().underruns


async def test_a_cut_reply_falls_silent(sound, ear):
    """After `cut` the reply is over in the device too, and the next one follows."""
    reply, answer = Playback(), Playback()
    async with DeviceSpeaker().open() as stream:
        with trio.move_on_after(0.5):
            await stream.write(tone(440, 5), reply)
        reply.cut = True
        await stream.drain(reply)
        await trio.sleep(0.3)
        mark = ear.mark()
        await stream.write(tone(1000, 0.4), answer)
        await stream.drain(answer)
    heard = ear.since(mark)
    assert reply.settled
    assert 300 * 48 <= reply.played <= 600 * 48
    assert loudness(heard, RATE, 440) < 200 < loudness(heard, RATE, 1000)


async def test_a_device_that_refuses_our_rate_is_opened_at_its_own(sound, monkeypatch, ear):
    """A card that only knows 44.1 kHz stereo is heard and captured just the same."""
    import sounddevice

    class Picky:
        """The real streams, for the one format that this card claims to have."""

        def __getattr__(self, name):
            return getattr(sounddevice, name)

        @staticmethod
        def query_devices(device=None, kind=None):
            return {**sounddevice.query_devices(device, kind), "default_samplerate": 44_100.0}

        @staticmethod
        def only(real, samplerate, channels, **options):
            if (samplerate, channels) != (44_100, 2):
                raise sounddevice.PortAudioError("Invalid sample rate", -9997)
            return real(samplerate=samplerate, channels=channels, **options)

        def RawInputStream(self, **options):  # noqa: N802 - sounddevice's own name
            return self.only(sounddevice.RawInputStream, **options)

        def RawOutputStream(self, **options):  # noqa: N802 - sounddevice's own name
            return self.only(sounddevice.RawOutputStream, **options)

    monkeypatch.setattr("voice_actors.audio.portaudio.load", Picky)
    reply = Playback()
    async with DeviceSpeaker().open() as speaker, DeviceMicrophone().open(20) as microphone:
        mark, feeder = ear.mark(), sound.feed(tone(1000, 1.2))
        await speaker.write(tone(440, 0.8), reply)
        chunks = [await microphone.read() for _ in range(50)]
        await speaker.drain(reply)
        await trio.to_thread.run_sync(feeder.wait)
    heard = np.frombuffer(ear.since(mark), "<i2")
    loud = np.flatnonzero(np.abs(heard) > 500)
    middle = heard[loud[0] + 4800 : loud[0] + 14_400].tobytes()
    assert loudness(middle, RATE, 440) == pytest.approx(12_000, rel=0.15)
    assert 38_400 == reply.played == reply.written
    assert {640} == {len(chunk) for chunk in chunks}
    assert loudness(b"".join(chunks[25:45]), 16_000, 1000) == pytest.approx(12_000, rel=0.15)


@pytest.mark.parametrize("end", [DeviceMicrophone, DeviceSpeaker])
@pytest.mark.parametrize("device", ["no such card", 999])
async def test_an_unknown_device_is_named_with_the_way_out(sound, end, device):
    """The message names what was asked for and the command that lists what there is."""
    opening = end(device).open(20) if end is DeviceMicrophone else end(device).open()
    with pytest.raises(DeviceError, match=f"{device}.*`voice-actors devices`") as caught:
        await opening.__aenter__()
    assert "\n" not in str(caught.value)


LOSSES = """
import os, signal, subprocess, sys, trio
from voice_actors.audio import device, line
from voice_actors.audio.device import DeviceMicrophone, DeviceSpeaker
from voice_actors.audio.playback import Playback
from voice_actors.errors import DeviceError

server, *again = sys.argv[1:]
server = int(server)

async def both(lost):
    async with DeviceMicrophone().open(20) as microphone, DeviceSpeaker().open() as speaker:
        await microphone.read()
        began = trio.current_time()
        os.kill(server, lost)
        for end in (microphone, speaker):
            change = await end.next_change()
            print(change.lost, trio.current_time() - began < 1.2, flush=True)
        revived = subprocess.Popen(again, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if lost == signal.SIGSTOP:
            os.kill(server, signal.SIGCONT)
        with trio.fail_after(20):
            for end in (microphone, speaker):
                change = await end.next_change()
                print("back" if change.lost is None and change.away > 0 else change, flush=True)
            for _ in range(25):
                await microphone.read()
            reply = Playback()
            await speaker.write(bytes(24_000), reply)
            await speaker.drain(reply)
        print("goes on", reply.played - reply.dropped, flush=True)
        revived.kill()

async def open_dead():
    line.OPEN_FOR = 0.5
    os.kill(server, signal.SIGSTOP)
    try:
        async with DeviceMicrophone().open(20):
            print("opened")
    except DeviceError as error:
        print(error)
"""


def lose(sound, what, *again):
    """Run the loss in a process of its own, since PortAudio may never recover from it; it must come to its end."""
    command = [sys.executable, "-c", f"{LOSSES}\ntrio.run({what})", str(sound.process.pid), *again]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("by", ["SIGKILL", "SIGSTOP"])
def test_a_lost_device_is_told_within_a_second_and_opened_again(sound, by):
    """The sound server dies and is started again, as when a headset is unplugged and comes back, or stalls, as when a
    laptop sleeps, which PortAudio never tells: both ends tell the loss, wait, tell the return, and go on; the program exits.
    """
    told = lose(sound, f"both, signal.{by}", *(sound.command if by == "SIGKILL" else ["true"]))
    gone = [f"the default {kind} device is gone; was it unplugged? True" for kind in ("input", "output")]
    assert [*gone, "back", "back", "goes on 24000"] == told


async def heard_within(stream, sound, hz, seconds=10):
    """A tone said into the microphone is captured from now on, sooner or later."""
    feeder = sound.feed(tone(hz, seconds))
    try:
        with trio.fail_after(seconds):
            while loudness(b"".join([await stream.read() for _ in range(10)]), 16_000, hz) < 6_000:
                ...
    finally:
        feeder.kill()
        await trio.to_thread.run_sync(feeder.wait)


async def test_a_source_that_is_removed_and_comes_back_is_captured_again(sound):
    """Its stream goes on or is opened again, whichever the sound server makes of it; the reader only reads."""
    async with DeviceMicrophone().open(20) as stream:
        await heard_within(stream, sound, 440)
        sound.run("pactl", "unload-module", "module-remap-source")
        await trio.sleep(0.5)
        sound.run(
            "pactl", "load-module", "module-remap-source", "source_name=mic", "master=micfeed.monitor", "channels=1"
        )
        sound.run("pactl", "set-default-source", "mic")
        await heard_within(stream, sound, 1_000)


async def test_what_is_read_late_says_when_it_was_captured(sound):
    """The loop stands still for 300 ms: the chunks that waited are 20 ms apart, as they were captured."""
    async with DeviceMicrophone().open(20) as stream:
        await stream.read()
        time.sleep(0.3)  # noqa: ASYNC251 - that is the point
        ends, late = [], []
        for _ in range(14):
            await stream.read()
            ends.append(stream.captured_at)
            late.append(trio.current_time() - stream.captured_at)
    print(f"read {1000 * max(late):.0f} to {1000 * min(late):.0f} ms after it was captured")
    assert ends == sorted(ends)
    assert 0.2 < max(late) < 10
    assert pytest.approx(13 * 0.02, abs=0.1) == ends[-1] - ends[0]


async def test_another_default_is_no_loss(sound):
    """The system's default changes while we capture and play: both go on without a word."""
    async with DeviceMicrophone().open(20) as microphone, DeviceSpeaker().open() as speaker:
        await heard_within(microphone, sound, 440)
        sound.run("pactl", "set-default-source", "speaker.monitor")
        sound.run("pactl", "set-default-sink", "micfeed")
        reply = Playback()
        await speaker.write(tone(440, 0.3), reply)
        await speaker.drain(reply)
        for _ in range(25):
            await microphone.read()
    assert 14_400 == reply.played


def test_a_device_that_does_not_open_is_given_up(sound):
    """A sound server that stands still cannot keep a program waiting for ever, nor from exiting."""
    assert ["the default input device did not open within 0.5 s"] == lose(sound, "open_dead")


async def test_a_late_reader_loses_the_oldest_and_knows_it(sound):
    """More than two seconds of unread audio: the newest are kept, the lost ones counted."""
    async with DeviceMicrophone().open(100) as stream:
        await trio.sleep(2.6)
        await stream.read()
        statistics = stream.statistics()
    assert 100 <= statistics.dropped_ms <= 1000


async def test_leaving_takes_no_time(sound):
    """With seconds of a reply unplayed the block is left at once."""
    async with DeviceSpeaker().open() as stream:
        with trio.move_on_after(0.3):
            await stream.write(tone(440, 5), Playback())
        began = trio.current_time()
    assert trio.current_time() - began < 1


def test_opening_without_a_device_is_one_line(sound):
    """No sound server and no card: the error says so instead of a number of PortAudio's."""
    sound.process.kill()
    sound.process.wait()
    code = (
        "from voice_actors.audio.portaudio import open_stream\n"
        "from voice_actors.errors import DeviceError\n"
        "try:\n"
        "    open_stream('input', None, 'the default input device', 16000, 20, print, print)\n"
        "except DeviceError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot use the default input device: ")
    assert done.stdout.endswith("`voice-actors devices` lists what there is\n")
