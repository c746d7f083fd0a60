"""The transcript's file: what was written stays written, whatever ends the process or the disk."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import wave

import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.messages import UserSaid
from voice_actors.record.journal import Journal, header, mend, newest, read, sealed
from voice_actors.record.transcripts import line_of

RUNS = int(os.environ.get("VOICE_ACTORS_KILLS", "20"))
"""How many processes are killed; VOICE_ACTORS_KILLS=500 takes minutes, and is for whoever changes the journal."""


def line(seq, text="hello"):
    return sealed(line_of(UserSaid(text=text, at=1.0), seq=seq, wall=2.0))


@pytest.fixture
def path(tmp_path):
    """A transcript with a header and three lines."""
    path = tmp_path / "t.jsonl"
    journal = Journal(path)
    for content in (header(at=1.0, wall=2.0, program="test"), line(1), line(2, "grüße\u2028 , \x85"), line(3)):
        journal.write(content)
    journal.close()
    return path


def test_lines_come_back_as_they_were_written(path):
    """Header first, numbers without a gap, text of any kind."""
    reading = read(path)
    assert [0, 1, 2, 3] == [row["seq"] for row in reading.rows]
    assert (1, "grüße\u2028 , \x85") == (reading.rows[0]["schema"], reading.rows[2]["text"])
    assert ([], [], path.stat().st_size) == (reading.bad, reading.missing, reading.good_bytes)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_a_new_file_is_for_its_owner_alone(path):
    """What people said is not for everybody on the machine."""
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_torn_tail_at_any_byte_is_left_out_and_mended(path):
    """Cut anywhere: the whole lines before it are read, and mending leaves exactly them."""
    whole = path.read_bytes()
    for size in range(len(whole.split(b"\n", 1)[0]) + 1, len(whole)):
        path.write_bytes(whole[:size])
        expected = whole[:size].count(b"\n")
        assert expected == len(read(path).rows)
        mend(path)
        assert whole[: whole[:size].rfind(b"\n") + 1] == path.read_bytes()


def test_a_changed_byte_is_noticed_wherever_it_is(path):
    """The checksum covers the line; one changed line is named and costs no other."""
    whole = path.read_bytes()
    start, end = (sum(len(part) + 1 for part in whole.split(b"\n")[:n]) for n in (2, 3))
    for at in range(start, end - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        reading = read(path)
        assert [0, 1, 3] == [row["seq"] for row in reading.rows]
        assert [(2, 2)] == reading.missing
        assert reading.bad


def test_a_run_after_a_crash_does_not_lose_its_first_line(path):
    """It begins on a line of its own, and the torn one is named."""
    path.write_bytes(path.read_bytes()[:-10])
    journal = Journal(path)
    journal.write(header(at=5.0, wall=6.0, program="test"))
    journal.write(line(1))
    journal.close()
    reading = read(path)
    assert ([0, 1, 2, 0, 1], [4]) == ([row["seq"] for row in reading.rows], reading.bad)


def test_a_later_run_goes_on_right_behind_a_whole_one(path):
    """No line between them, each conversation is numbered by itself, and the newest can be had alone."""
    whole = path.read_bytes()
    journal = Journal(path)
    added = [header(at=5.0, wall=6.0, program="test"), line(1, "later"), line(3, "and later")]
    for content in added:
        journal.write(content)
    journal.close()
    assert whole + b"".join(added) == path.read_bytes()
    reading = read(path)
    assert ([0, 1, 2, 3, 0, 1, 3], []) == ([row["seq"] for row in reading.rows], reading.bad)
    assert [(2, 2)] == reading.missing
    assert ["later", "and later"] == [row["text"] for row in newest(reading.rows)]
    assert [] == newest([])


async def test_a_slow_disk_is_asked_for_one_thing_at_a_time(tmp_path):
    """While it works on one sync no other begins, but for the last; and none once the file is closed."""
    began: list[int] = []
    go_on = threading.Event()

    class Slow(Journal):
        def flush(self, file):
            began.append(file)
            go_on.wait()

    journal = Slow(tmp_path / "t.jsonl")
    try:
        journal.sync_soon()
        journal.sync_soon()
        for _ in range(2):
            journal.sync_soon(last=True)
        with trio.fail_after(5):
            while len(began) < 3:
                await trio.sleep(0.01)
        journal.close()
        journal.sync_soon()
        journal.sync_soon(last=True)
    finally:
        go_on.set()
    assert 3 == len(set(began))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_no_disk(tmp_path):
    """There is nothing to wait for, and no error of a disk."""
    os.mkfifo(tmp_path / "pipe")
    journal = Journal(tmp_path / "pipe")
    journal.write(line(1))
    journal.sync()
    journal.close()
    journal.close()


def test_transcripts_of_before_the_schema_are_read(tmp_path):
    """No header, no checksums."""
    path = tmp_path / "old.jsonl"
    path.write_bytes(line_of(UserSaid(text="a", at=1.0), seq=1, wall=2.0) * 1)
    assert ["a"] == [row["text"] for row in read(path).rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not json\n", "is no transcript"),
        (b"[1]\n", "is no transcript"),
        (sealed(b'{"seq":0,"at":1,"event":"TranscriptStarted","schema":99}\n'), "has schema 99"),
    ],
)
def test_what_is_no_transcript_is_said_in_one_line(tmp_path, content, words):
    """With the file's name; and mending does not touch it."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=words) as caught:
        mend(path)
    assert "\n" not in str(caught.value)
    assert content == path.read_bytes()
    with pytest.raises(ConfigError, match="cannot read the transcript"):
        read(tmp_path / "none")


# Says every number aloud after its line was handed to the system; writes sound beside it.
WRITER = """
import os, sys
from voice_actors.record.journal import Journal, header, sealed
from voice_actors.messages import UserSaid
from voice_actors.record.transcripts import line_of
from voice_actors.audio.recording import StereoRecording
journal = Journal(__import__("pathlib").Path(sys.argv[1]))
journal.write(header(at=0.0, wall=0.0, program="test"))
recording = StereoRecording(sys.argv[2], 0.0)
seq = 0
while True:
    seq += 1
    journal.write(sealed(line_of(UserSaid(text="x" * (seq % 700), at=seq / 50), seq=seq, wall=0.0)))
    recording.agent((seq - 1) / 50, b"\\1\\0" * 480)
    os.write(1, b"%d\\n" % seq)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_kill_at_random_moments_loses_no_acknowledged_line(tmp_path):
    """Every number that the process said aloud is in the file, and the recording ends less than a second before it."""
    chance, lines, worst = random.Random(6), 0, 0.0
    for run in range(RUNS):
        path, sound = tmp_path / f"{run}.jsonl", tmp_path / f"{run}.wav"
        with subprocess.Popen([sys.executable, "-c", WRITER, path, sound], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            for _ in range(chance.randrange(400)):
                said = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().split(b"\n")
        acknowledged = max([int(said), *(int(number) for number in rest[:-1])])
        rows = mend(path).rows
        assert list(range(len(rows))) == [row["seq"] for row in rows]
        assert acknowledged <= rows[-1]["seq"]
        with wave.open(str(sound)) as file:
            seconds = file.getnframes() / file.getframerate()
        worst, lines = max(worst, acknowledged / 50 - seconds), lines + acknowledged
    assert worst <= 1.0
    print(f"{RUNS} kills: {lines} acknowledged lines, 0 lost; recordings end at most {worst:.2f} s early")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limit")
def test_a_disk_that_fills_up_at_any_byte_leaves_whole_lines(tmp_path):
    """The kernel takes a part of a line and then refuses: what it took is taken back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for limit in range(300, 700):
            path = tmp_path / f"{limit}.jsonl"
            journal, written = Journal(path), 0
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            with pytest.raises(OSError, match="part of a line|too large"):  # noqa: PT012 - which one fails is the point
                while True:
                    journal.write(line(written + 1))
                    written += 1
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            journal.close()
            assert written == len(path.read_bytes().splitlines()) == len(read(path).rows)
            assert path.read_bytes().endswith(b"\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_the_checksum_is_the_documented_one(path):
    """CRC-32 of the bytes before it, as any other program can compute it."""
    import zlib

    for raw in path.read_bytes().splitlines():
        body, _, crc = raw.rpartition(b',"crc":"')
        assert f"{zlib.crc32(body):08x}" == crc[:8].decode() == json.loads(raw)["crc"]
