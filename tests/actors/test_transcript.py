"""The recorder: every line, in order, to the last."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import signal
import sys
from collections import deque
from functools import partial
from typing import ClassVar

import attrs
import pytest
import trio
import trio.testing

from voice_actors import messages as m
from voice_actors.actors.transcript import TranscriptRecorder
from voice_actors.broadcast import Broadcast, Wanted
from voice_actors.errors import DeviceError
from voice_actors.lanes import Overflow, open_lane
from voice_actors.record.journal import Journal, read
from voice_actors.record.pulse import Pulse


def make(*, room: int = 64, **settings):
    facts, to_recorder = open_lane[m.Event]("facts", 64)
    audio, audio_in = open_lane[m.AudioEvent]("audio", room, Overflow.DROP_OLDEST)
    broadcast = Broadcast[m.Event](lambda count: m.Lagged(count=count))
    recorder = TranscriptRecorder(to_recorder, audio_in, broadcast, deque(maxlen=100), Pulse(), Wanted(), **settings)
    return recorder, facts, audio, broadcast


def events_in(path):
    """What a conversation's lines say happened, behind its header."""
    head, *rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert ("TranscriptStarted", 0) == (head["event"], head["seq"])
    return [row["event"] for row in rows]


async def test_what_is_said_on_the_way_down_is_written(autojump_clock, tmp_path):
    """Cancelled, the recorder goes on until the last sender closes; `Ended` stands last although it came earlier."""
    path = tmp_path / "t.jsonl"
    recorder, facts, audio, broadcast = make(transcript=path)
    subscriber = broadcast.subscribe(100)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        nursery.cancel_scope.cancel("shutdown")
        with trio.CancelScope(shield=True), facts, audio:
            await facts.send(m.Ended(reason="closed"))
            await trio.sleep(1)
            await facts.send(m.UserSaid(text="one more thing"))

    assert ["UserSaid", "Ended"] == events_in(path)
    assert ["UserSaid", "Ended"] == [type(e).__name__ async for e in subscriber]


async def test_what_was_said_in_time_is_written_where_somebody_is_late(autojump_clock, tmp_path):
    """A sender that never closes its end costs the transcript nothing but what it says after the last deadline."""
    path = tmp_path / "t.jsonl"
    made, facts, audio, broadcast = make()
    said = [m.UserSaid(text=str(number)) for number in range(3)]

    class Slow(TranscriptRecorder):
        """Its disk takes a second for each line."""

        async def _sync(self):
            await trio.sleep(1)

    recorder = Slow(made.facts, made.audio, broadcast, made.history, Pulse(), Wanted(), path, patience=0.5, sync="line")
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        for event in said:
            facts.send_nowait(event)
        nursery.cancel_scope.cancel("shutdown")
        assert not recorder.saved.is_set()
    assert recorder.saved.is_set()
    assert ["UserSaid"] * 3 + ["Ended"] == events_in(path)
    facts.close()
    audio.close()


async def test_a_call_that_nobody_ended_is_ended(autojump_clock, tmp_path):
    """The conversation was over before the tool executor could begin it: so says its last line but one."""
    path = tmp_path / "t.jsonl"
    recorder, facts, audio, _ = make(transcript=path)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            for call in ("done", "open"):
                await facts.send(m.ToolCalled(id=call, name="f", args={}))
            await facts.send(m.ToolWithdrawn(id="done", name="f"))
    assert ["ToolCalled", "ToolCalled", "ToolWithdrawn", "ToolWithdrawn", "Ended"] == events_in(path)
    assert ["done", "open"] == [event.id for event in recorder.history if isinstance(event, m.ToolWithdrawn)]


async def test_a_sender_that_never_closes_is_waited_for_only_so_long(autojump_clock, tmp_path):
    """The deadline ends it, and what had come is in the file."""
    path = tmp_path / "t.jsonl"
    recorder, facts, _audio, _broadcast = make(transcript=path, patience=2.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        facts.send_nowait(m.UserSaid(text="hello"))
        await trio.sleep(1)
        nursery.cancel_scope.cancel("shutdown")

    assert 3.0 == trio.current_time()
    assert ["UserSaid", "Ended"] == events_in(path)


@pytest.mark.parametrize("starved", [0.0, 0.18, 5.0])
async def test_a_machine_that_gives_the_loop_no_time_costs_no_line(starved, autojump_clock, tmp_path):
    """Whoever is late has the patience in turns of the loop, and not in what passes between two of them."""
    path = tmp_path / "t.jsonl"
    recorder, facts, audio, _broadcast = make(transcript=path, patience=0.08)

    async def leave():
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True), facts, audio:
                await trio.lowlevel.checkpoint()  # the recorder counts by now
                autojump_clock.jump(starved)
                for _ in range(5):
                    await trio.sleep(0.01)
                await facts.send(m.UserSaid(text="the last line"))

    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        nursery.start_soon(leave)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel("shutdown")
    print(f"out {1000 * (trio.current_time() - starved):.0f} ms of its own later")
    assert ["UserSaid", "Ended"] == events_in(path)
    assert trio.current_time() - starved <= 0.08


async def test_a_full_disk_does_not_end_the_call(tmp_path):
    """The transcript stops, the program is told, events go on."""
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    from pathlib import Path

    recorder, facts, audio, broadcast = make(transcript=Path("/dev/full"))
    subscriber = broadcast.subscribe(100)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run)
        with facts, audio:
            await facts.send(m.UserSaid(text="first"))
            await facts.send(m.UserSaid(text="second"))
    seen = [event async for event in subscriber]

    assert ["Oddity", "UserSaid", "UserSaid", "Ended"] == [type(e).__name__ for e in seen]
    assert "cannot be written any more" in seen[0].what


async def test_an_unwritable_recording_is_said_at_once(tmp_path):
    """Before the conversation begins."""
    recorder, facts, audio, _broadcast = make(recording=tmp_path / "no" / "such.wav")
    with facts, audio, pytest.raises(DeviceError, match="cannot write"):
        await recorder.run()


async def test_both_voices_are_recorded_on_one_time_axis(clock_beside_threads, tmp_path):
    """User left, agent right, at the times at which they were heard."""
    import wave

    path = tmp_path / "r.wav"
    recorder, facts, audio, _broadcast = make(recording=path)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            await trio.sleep(1)
            audio.send_nowait(m.AudioSent(pcm=b"\x00\x20" * 1_600))  # 0.9 to 1.0 s
            await trio.sleep(1)
            audio.send_nowait(m.AudioHeard(turn=1, pcm=b"\x00\x10" * 2_400))  # 1.9 to 2.0 s
            await trio.sleep(0.1)
            audio.send_nowait(m.AudioHeard(turn=1, pcm=b"\x00\x10" * 2_400))  # to 2.1 s, which only the end saves
            await trio.sleep(0.1)
    with wave.open(str(path)) as file:
        assert (2, 24_000, 2) == (file.getnchannels(), file.getframerate(), file.getsampwidth())
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
    left, right = list(frames[0::2]), list(frames[1::2])

    assert 0 == max(map(abs, left[: int(0.89 * 24_000)]))
    assert 8_000 < left[int(0.95 * 24_000)] < 8_400
    assert 0 == max(map(abs, right[: int(1.89 * 24_000)]))
    assert 4_096 == right[int(1.95 * 24_000)]
    assert 21 * 2_400 == len(right)
    assert [4_096] * 4_800 == right[19 * 2_400 :]


class FailingJournal(Journal):
    """A disk whose sync fails: the error that says that pages were lost."""

    def flush(self, file):
        raise OSError(errno.EIO, "Input/output error")


async def test_a_disk_that_fails_at_a_turns_sync_does_not_end_the_call(tmp_path):
    """The program is told once, and events go on."""
    recorder, facts, audio, broadcast = make(transcript=tmp_path / "t.jsonl", open_journal=FailingJournal)
    subscriber = broadcast.subscribe(100)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            await facts.send(m.TurnEnded(turn=1, heard_ms=1, dropped_ms=0, interrupted=False))
            await trio.testing.wait_all_tasks_blocked(0.05)
            await facts.send(m.UserSaid(text="still there"))
    seen = [type(event).__name__ async for event in subscriber]
    assert ["TurnEnded", "TurnLatency", "Oddity", "UserSaid", "Ended"] == seen
    assert ["TurnEnded", "TurnLatency"] == events_in(tmp_path / "t.jsonl")


class CountingJournal(Journal):
    """A disk that counts what it is asked for."""

    asked: ClassVar[list[str]] = []

    def write(self, line):
        super().write(line)
        self.asked.append(json.loads(line)["event"])

    def flush(self, file):
        super().flush(file)
        self.asked.append("sync")


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        ("none", ["TranscriptStarted", "UserSaid", "TurnEnded", "TurnLatency", "UserSaid", "Ended"]),
        ("turn", ["TranscriptStarted", "UserSaid", "TurnEnded", "TurnLatency", "sync", "UserSaid", "Ended", "sync"]),
        (
            "line",
            [
                "TranscriptStarted",
                "UserSaid",
                "sync",
                "TurnEnded",
                "sync",
                "TurnLatency",
                "sync",
                "UserSaid",
                "sync",
                "Ended",
                "sync",
            ],
        ),
    ],
)
async def test_the_disk_is_waited_for_as_often_as_was_asked(tmp_path, sync, expected):
    """Never, once a completed turn, or at every line; and at the end."""
    CountingJournal.asked = []
    recorder, facts, audio, _ = make(transcript=tmp_path / "t.jsonl", open_journal=CountingJournal, sync=sync)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            await facts.send(m.UserSaid(text="a"))
            await facts.send(m.TurnEnded(turn=1, heard_ms=1, dropped_ms=0, interrupted=False))
            await trio.testing.wait_all_tasks_blocked(0.05)
            await facts.send(m.UserSaid(text="b"))
    with trio.fail_after(10):
        while len(expected) > len(CountingJournal.asked):  # the last sync is not waited for
            await trio.sleep(0.01)
    assert expected == CountingJournal.asked


async def test_what_is_redacted_is_not_in_the_file(tmp_path):
    """Changed, left out, or replaced by a note where the hook itself fails; the program still sees the events."""

    def redact(event):
        match event:
            case m.UserSaid(text="my name is Rumpelstiltskin"):
                return attrs.evolve(event, text="my name is …")
            case m.UserSaid(text="forget this"):
                return None
            case m.UserSaid():
                raise RuntimeError("the hook saw: secret")
        return event

    path = tmp_path / "t.jsonl"
    recorder, facts, audio, broadcast = make(transcript=path, redact=redact)
    subscriber = broadcast.subscribe(100)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            for text in ("my name is Rumpelstiltskin", "forget this", "secret"):
                await facts.send(m.UserSaid(text=text))
    assert ["UserSaid", "Oddity", "Ended"] == events_in(path)
    assert [0, 1, 2, 3] == [json.loads(line)["seq"] for line in path.read_text().splitlines()]
    assert not [word for word in ("Rumpelstiltskin", "forget", "secret") if word in path.read_text()]
    assert ["my name is Rumpelstiltskin", "forget this", "secret"] == [
        e.text async for e in subscriber if isinstance(e, m.UserSaid)
    ]


@attrs.define(eq=False)
class BadDisk:
    """Takes so many bytes; then a part of what comes, or an error, from then on."""

    room: int
    kind: int
    """0: it fills up; else the number of the error."""

    def put(self, file: int, content: bytes) -> int:
        if len(content) <= self.room:
            self.room -= len(content)
            return os.write(file, content)
        taken, self.room = self.room, 0
        if self.kind or not taken:
            raise OSError(self.kind or errno.ENOSPC, "the disk has had enough")
        return os.write(file, content[:taken])


async def test_500_disks_that_fail_at_random_moments_lose_nothing_that_was_told(tmp_path):
    """Whatever a subscriber saw before the event that says that the transcript ends is in the file, and whole."""
    told = 0
    for seed in range(500):
        dice, path = random.Random(seed), tmp_path / f"{seed}.jsonl"
        disk = BadDisk(dice.randrange(200, 4_000), dice.choice([0, errno.EIO, errno.ENOSPC, errno.EROFS]))
        recorder, facts, audio, broadcast = make(
            transcript=path, open_journal=partial(Journal, put=disk.put), sync="none"
        )
        subscriber = broadcast.subscribe(100)
        async with trio.open_nursery() as nursery:
            await nursery.start(recorder.run)
            with facts, audio:
                for number in range(40):
                    await facts.send(m.UserSaid(text=f"{number} " + "x" * dice.randrange(200)))
        seen = [event async for event in subscriber]
        last = next(i for i, event in enumerate(seen) if isinstance(event, m.Oddity))
        rows = read(path).rows[1:]
        assert [event.text for event in seen[:last]] == [row["text"] for row in rows], f"seed {seed}"
        assert path.read_bytes().endswith(b"\n")
        assert ["Ended"] == [type(event).__name__ for event in seen[-1:]]
        assert 40 == sum(isinstance(event, m.UserSaid) for event in seen)
        told += last
    print(f"500 failing disks: {told} lines told before, 0 lost; 20,000 events reached their subscriber")


async def test_a_recording_tells_at_its_end_how_well_it_went(clock_beside_threads, tmp_path):
    """Ten seconds of a loudspeaker whose clock runs 1 in 1000 slow; a microphone that said nothing."""
    path = tmp_path / "t.jsonl"
    recorder, facts, audio, _broadcast = make(transcript=path, recording=tmp_path / "r.wav", room=500)
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            for number in range(1, 501):
                audio.send_nowait(m.AudioHeard(turn=1, pcm=b"\x00\x10" * 480, at=began + number * 0.020_02))
    assert ["RecordingStarted", "RecordingEnded", "Ended"] == events_in(path)
    ended = json.loads(path.read_text().splitlines()[2])
    assert (0.0, None) == (ended["lost_ms"], ended["user_drift_ppm"])
    assert 900 < ended["agent_drift_ppm"] < 1_100


async def test_every_turn_is_synced(tmp_path):
    """Not only the first."""
    CountingJournal.asked = []
    recorder, facts, audio, _ = make(transcript=tmp_path / "t.jsonl", open_journal=CountingJournal)
    async with trio.open_nursery() as nursery:
        await nursery.start(recorder.run)
        with facts, audio:
            for turn in (1, 2, 3):
                await facts.send(m.TurnEnded(turn=turn, heard_ms=1, dropped_ms=0, interrupted=False))
                with trio.fail_after(10):
                    while turn > CountingJournal.asked.count("sync"):
                        await trio.sleep(0.01)
    assert ["TurnEnded", "TurnLatency", "sync"] * 3 == CountingJournal.asked[1:10]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit")
async def test_a_disk_that_is_full_ends_the_recording_and_nothing_else(clock_beside_threads, tmp_path):
    """It stays full to the end: the program is told once, nobody makes audio for it any more, and all else goes on."""
    recorder, facts, audio, broadcast = make(transcript=tmp_path / "t.jsonl", recording=tmp_path / "r.wav")
    subscriber = broadcast.subscribe(100)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        async with trio.open_nursery() as nursery:
            await nursery.start(recorder.run)
            assert recorder.wanted
            recorder.wanted.readers += 1  # somebody else listens, too
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
            with facts, audio:
                for second in range(1, 4):
                    audio.send_nowait(m.AudioHeard(turn=1, pcm=b"\x00\x10" * 24_000, at=float(second)))
                    await trio.sleep(1)
                assert 1 == recorder.wanted.readers
                await facts.send(m.UserSaid(text="still there"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    seen = [event async for event in subscriber if not isinstance(event, m.AudioHeard)]
    assert [m.RecordingStarted, m.Oddity, m.UserSaid, m.RecordingEnded, m.Ended] == [type(event) for event in seen]
    assert "the recording ends here: cannot write" in seen[1].what
    assert [type(event).__name__ for event in seen] == events_in(tmp_path / "t.jsonl")
