"""The microphone and the loudspeaker in memory."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_actors.audio.ends import Loudspeaker, Microphone
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.audio.playback import Playback
from voice_actors.errors import DeviceError

CHUNK = 640


async def everything(microphone, chunk_ms=20):
    """All chunks of a microphone with the times at which they came."""
    chunks = []
    async with microphone.open(chunk_ms) as stream:
        while pcm := await stream.read():
            chunks.append((trio.current_time(), pcm))
        assert sum(len(pcm) for _, pcm in chunks) // 2 == stream.statistics().frames
    return chunks


def test_they_meet_the_protocols():
    """Both are what the runtime expects of an audio end."""
    assert isinstance(MemoryMicrophone(), Microphone)
    assert isinstance(MemorySpeaker(), Loudspeaker)


async def test_chunks_come_when_their_last_sample_would_be_captured(autojump_clock):
    """50 ms in chunks of 20 ms arrive at 20, 40 and 60 ms; the last is shorter, then comes b""."""
    began = trio.current_time()
    chunks = await everything(MemoryMicrophone(b"\1\0" * 800))
    assert [pytest.approx(began + t) for t in (0.02, 0.04, 0.06)] == [at for at, _ in chunks]
    assert [CHUNK, CHUNK, CHUNK // 2] == [len(pcm) for _, pcm in chunks]


async def test_a_late_reader_catches_up(autojump_clock):
    """Pacing has absolute deadlines: after a stall of the reader the chunks that are due come at once."""
    async with MemoryMicrophone(bytes(CHUNK * 10)).open(20) as stream:
        began = trio.current_time()
        await stream.read()
        await trio.sleep(0.1)
        for _ in range(5):
            await stream.read()
        assert pytest.approx(0.12) == trio.current_time() - began
        await stream.read()
        assert pytest.approx(0.14) == trio.current_time() - began


@pytest.mark.parametrize("pieces", [[100, 1180], [2] * 640, [0, 1280, 0], [3, 1277]])
async def test_pieces_of_any_length_become_chunks(pieces, autojump_clock):
    """However the audio is handed in, it comes out in chunks of the length asked for."""
    audio = bytes(range(256)) * 5
    it = iter(audio)
    chunks = await everything(MemoryMicrophone(bytes(next(it) for _ in range(n)) for n in pieces))
    assert [audio[:CHUNK], audio[CHUNK:]] == [pcm for _, pcm in chunks]


async def test_unpaced_audio_takes_no_time(autojump_clock):
    """Not paced, an hour of audio is read in no time."""
    began = trio.current_time()
    chunks = await everything(MemoryMicrophone((bytes(32_000) for _ in range(100)), paced=False))
    assert 5000 == len(chunks)
    assert began == trio.current_time()


async def test_a_live_microphone_says_silence_until_it_is_fed(autojump_clock):
    """Between what is fed, and around it, a paced live microphone delivers silence, as a real one does."""
    microphone = MemoryMicrophone()
    async with microphone.open(20) as stream:
        assert bytes(CHUNK) == await stream.read()
        microphone.feed(b"\1\0" * 480)
        assert 30.0 == microphone.unsaid_ms
        assert b"\1\0" * 320 == await stream.read()
        assert b"\1\0" * 160 + bytes(320) == await stream.read()
        assert bytes(CHUNK) == await stream.read()
        microphone.feed(b"\2\0" * 10)
        microphone.end()
        assert b"\2\0" * 10 == await stream.read()
        assert b"" == await stream.read()
    with pytest.raises(RuntimeError, match="ended"):
        microphone.feed(b"")


async def test_an_unpaced_live_microphone_waits_for_its_food(autojump_clock):
    """Not paced, there is no silence to invent: a read waits, and loses nothing when it is cancelled."""
    microphone, chunks = MemoryMicrophone(paced=False), []

    async def feed():
        for _ in range(4):
            await trio.sleep(1)
            microphone.feed(b"\1\0" * 240)
        microphone.end()

    async with trio.open_nursery() as nursery, microphone.open(20) as stream:
        nursery.start_soon(feed)
        while True:
            with trio.move_on_after(0.7):
                pcm = await stream.read()
                if not pcm:
                    break
                chunks.append(pcm)
    assert b"\1\0" * 960 == b"".join(chunks)


async def test_a_cancelled_read_loses_nothing(autojump_clock):
    """A read that is cancelled while it waits for its time gives its chunk to the next one."""
    async with MemoryMicrophone(b"\1\0" * 320).open(20) as stream:
        with trio.move_on_after(0.01):
            await stream.read()
        assert b"\1\0" * 320 == await stream.read()


async def test_half_samples_are_refused():
    """Feeding an odd number of bytes is a mistake."""
    with pytest.raises(ValueError, match="frames"):
        MemoryMicrophone().feed(b"abc")


async def test_each_end_is_open_once_at_a_time(autojump_clock):
    """Opening twice is refused with the end's name."""
    microphone, speaker = MemoryMicrophone(b"", name="m1"), MemorySpeaker(name="s1")
    async with microphone.open(20), speaker.open():
        with pytest.raises(DeviceError, match="m1 is open already"):
            await microphone.open(20).__aenter__()
        with pytest.raises(DeviceError, match="s1 is open already"):
            await speaker.open().__aenter__()
    async with speaker.open():
        ...


async def test_a_speaker_remembers_what_was_heard_and_when(autojump_clock):
    """Silence leaves no trace; every block has the time at which it began."""
    speaker, reply = MemorySpeaker(20), Playback()
    async with speaker.open() as stream:
        await trio.sleep(0.5)
        began = trio.current_time()
        await stream.write(b"\1\0" * 1200, reply)
        await stream.drain(reply)
    assert b"\1\0" * 1200 == speaker.pcm()
    assert [pytest.approx(began + t) for t in (0, 0.02, 0.04)] == [at for at, _ in speaker.played]


async def test_a_speaker_can_forget(autojump_clock):
    """With `keep_ms` only the end of what was heard is kept."""
    speaker, reply = MemorySpeaker(keep_ms=50), Playback()
    async with speaker.open() as stream:
        await stream.write(bytes(48_000), reply)
        await stream.drain(reply)
    assert 50 * 48 == len(speaker.pcm())


async def test_an_unpaced_speaker_takes_no_time(autojump_clock):
    """Everything is heard in the moment it is written."""
    speaker, reply = MemorySpeaker(paced=False), Playback()
    async with speaker.open() as stream:
        began = trio.current_time()
        await stream.write(bytes(480_000), reply)
        await stream.drain(reply)
    assert [(began, bytes(480_000))] == speaker.played
    assert began == trio.current_time()


@given(st.lists(st.tuples(st.sampled_from("wscn"), st.integers(1, 400)), max_size=25))
@settings(deadline=None, max_examples=60)
def test_no_stale_sample_is_ever_heard(steps):
    """Write, sleep, cut, next reply, in any order: after a cut its reply is never heard again."""
    speaker, replies, cuts = MemorySpeaker(), [Playback()], {}

    async def play():
        async with speaker.open() as stream:
            for step, count in steps:
                if step == "w":
                    with trio.move_on_after(0.05):
                        await stream.write(bytes([len(replies), 0]) * (count * 24), replies[-1])
                elif step == "s":
                    await trio.sleep(count / 1000)
                elif step == "c":
                    replies[-1].cut = True
                    cuts.setdefault(len(replies), trio.current_time())
                else:
                    replies.append(Playback())

    trio.run(play, clock=trio.testing.MockClock(autojump_threshold=0))
    for at, pcm in speaker.played:
        assert all(at <= cuts.get(voice, at) for voice in pcm[::2])
