"""What a recorded session leaves on disk, also after a crash, and what never gets there."""

from __future__ import annotations

import json
import stat
import wave
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from voice_actors.errors import ConfigError
from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini import server as server_wire
from voice_actors.gemini.link import open_link
from voice_actors.offline.other_minds.lines import Close, Moment, line
from voice_actors.offline.parts import ActivitySettings, Say, Spoken
from voice_actors.offline.recording.recorder import Folder, Recording
from voice_actors.offline.recording.tracks import Track
from voice_actors.offline.server import OfflineServer, open_offline_server
from voice_actors.offline.settings import OfflineSettings

MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
QUIET = wire.encode_audio(b"\x07\x00" * 320)


class Parts:
    """Ears that hear nothing, a mind that greets, a mouth of half a second."""

    def listen(self, settings: ActivitySettings) -> Any:
        return self

    def feed(self, pcm: bytes) -> Any:
        return ()

    async def recognise(self, pcm: bytes) -> str:
        return ""

    async def respond(self, dialogue: Any) -> Any:
        yield Say("hello")

    async def speak(self, text: str, voice: str | None) -> Any:
        yield Spoken(text, b"\x01\x00" * 12_000)


def settings(**more: Any) -> OfflineSettings:
    parts = Parts()
    return OfflineSettings(**{"port": None, "ears": parts, "mind": parts, "mouth": parts, **more})


def entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (folder / "wire.jsonl").read_text().splitlines()]


def sound(path: Path) -> tuple[int, bytes]:
    with wave.open(str(path)) as file:
        return file.getframerate(), file.readframes(file.getnframes())


async def talk(server: OfflineServer, query: str = "", **setup: Any) -> None:
    """Set up, send 20 ms after five seconds, ask by text, hear the answer out, and leave."""
    async with open_link(f"ws://memory/{query}", {}, stream=server.dial()) as link:
        await link.send(wire.encode(e.Setup({"model": MODEL, **setup})))
        await trio.sleep(5)
        await link.send(QUIET)
        await link.send(wire.encode(e.TextIn("who are you?")))
        with trio.fail_after(60):
            while not any(isinstance(event, e.TurnComplete) for event in wire.decode(await link.receive())):
                continue


# ---- a session ---------------------------------------------------------------------------------------------------


async def test_a_session_is_kept_in_a_folder_of_its_own(autojump_clock, tmp_path):
    """Every frame with direction and time, in order, both sounds on one time axis, and the end; only for the owner."""
    async with open_offline_server(settings(record=tmp_path / "kept")) as server:
        await talk(server)
        await talk(server)
        async with open_link("ws://memory/", {}, stream=server.dial()):
            pass
    first, second, empty = sorted((tmp_path / "kept").iterdir())
    kept = entries(first)
    assert kept[0] == {"direction": "to_server", "seconds": 0.0, "type": "text", "message": {"setup": {"model": MODEL}}}
    assert kept[1]["direction"] == "to_client"
    assert "setupComplete" in kept[1]["message"]
    assert kept[1]["type"] == "binary"
    assert any(
        entry["seconds"] == 5.0 and entry["message"] == json.loads(QUIET) for entry in kept if "message" in entry
    )
    assert kept[-1]["direction"] == "to_server"
    assert "close" in kept[-1]
    assert [entry["seconds"] for entry in kept] == sorted(entry["seconds"] for entry in kept)
    rate, said = sound(first / "input.wav")
    assert (rate, said) == (16_000, bytes(2 * 16_000 * 498 // 100) + b"\x07\x00" * 320)
    rate, heard = sound(first / "output.wav")
    assert rate == 24_000
    assert heard == bytes(2 * 24_000 * 5) + b"\x01\x00" * 12_000
    assert len(entries(second)) == len(kept)
    assert len(entries(empty)) == 1
    for path in first.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.stat().st_mode) == 0o700


async def test_no_key_token_or_handle_is_kept(autojump_clock, tmp_path):
    """Not in the URL, not in the headers of a tool, not as a way back into the session, not in what is said."""
    secret = "a-key-of-this-server"
    tool = {"functionDeclarations": [{"name": "f", "description": f"use {secret} and auth_tokens/abc-123"}]}
    async with open_offline_server(settings(record=tmp_path, api_key=secret)) as server:
        await talk(server, f"?key={secret}", sessionResumption={}, tools=[tool])
    (folder,) = tmp_path.iterdir()
    text = (folder / "wire.jsonl").read_text()
    assert secret not in text
    assert "abc-123" not in text
    handles = [
        update["newHandle"]
        for entry in entries(folder)
        if "newHandle" in (update := entry.get("message", {}).get("sessionResumptionUpdate", {}))
    ]
    assert handles
    assert all(handle.startswith("handle-") for handle in handles)
    assert len(set(handles)) == len(handles)


async def test_a_disk_that_fails_ends_the_recording_and_not_the_session(autojump_clock, tmp_path, caplog):
    """The conversation goes on as if nothing was; the log says once that the recording did not."""
    blocked = tmp_path / "kept"
    async with open_offline_server(settings(record=blocked)) as server:
        blocked.rmdir()
        blocked.touch()
        await talk(server)
    assert caplog.text.count("a recording ends") == 1
    assert blocked.read_bytes() == b""


async def test_a_server_that_closes_leaves_whole_recordings(autojump_clock, tmp_path):
    """What was said until then is there, to the last frame."""
    async with open_offline_server(settings(record=tmp_path)) as server, trio.open_nursery() as nursery:
        nursery.start_soon(talk, server)
        await trio.sleep(5.1)
        nursery.cancel_scope.cancel()
    (folder,) = tmp_path.iterdir()
    kept = [entry["message"] for entry in entries(folder) if "message" in entry]
    assert json.loads(QUIET) in kept
    assert any("inlineData" in json.dumps(message) for message in kept)


# ---- memory and crashes ------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class SlowFolder(Folder):
    """A disk that takes nothing until it is let."""

    def write(self, moments: Any) -> None:
        trio.from_thread.run(self.let.wait)
        self.written.extend(moments)

    let: trio.Event = attrs.field(factory=trio.Event)
    written: list[Moment] = attrs.field(factory=list)


async def test_what_waits_for_a_slow_disk_is_bounded(caplog, tmp_path):
    """Over the limit the recording ends, in the log too, and what was noted before it is kept."""
    folder = SlowFolder(tmp_path)
    recording = Recording(folder, limit=1_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recording.write)
        for _ in range(100):
            recording.note("to_server", b"x" * 300)
            await trio.lowlevel.checkpoint()
        folder.let.set()
    assert [moment.size for moment in folder.written] == [300, 300, 300]
    assert caplog.text.count("does not keep up") == 1


async def test_every_file_is_valid_at_any_moment(tmp_path):
    """Read while the recording goes on, as after a crash: whole lines, and as much sound as was written."""
    folder = Folder(tmp_path)
    for number in range(1, 4):
        folder.write([Moment("to_server", number * 1.0, QUIET)])
        (where,) = tmp_path.iterdir()
        assert len(entries(where)) == number
        assert len(sound(where / "input.wav")[1]) == 2 * 16_000 * number
        assert sound(where / "output.wav") == (24_000, b"")
    folder.close()


# ---- tracks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def track(tmp_path):
    found = Track(tmp_path / "x.wav", 8_000)
    found.open()
    yield found
    found.close()


def test_jitter_is_no_silence_and_a_pause_is(track):
    """Chunks that are a little late follow without a gap; those that come in a burst follow each other."""
    one = b"\x01\x00" * 800
    for at in (0.0, 0.25, 0.2, 1.0, 0.5):
        track.place(at, one, 8_000)
    assert sound(track.path)[1] == one * 3 + bytes(2 * 5_600) + one * 2


def test_an_interruption_silences_what_would_follow(track):
    """What was sent and never sounded is not in the file, and what comes next sounds at its time."""
    track.place(0.0, b"\x01\x00" * 40_000, 8_000)
    track.cut(1.0)
    assert sound(track.path)[1] == b"\x01\x00" * 8_000
    track.cut(3.0)
    track.place(2.0, b"\x02\x00", 8_000)
    assert sound(track.path)[1] == b"\x01\x00" * 8_000 + bytes(16_000) + b"\x02\x00"


def test_another_rate_is_brought_to_the_files(track):
    """As long as before; a rate that cannot be is left out, half a sample as well."""
    track.place(0.0, b"\x10\x00" * 16_000 + b"\x01", 16_000)
    track.place(0.0, b"\x10\x00" * 2_000, 7)
    assert 7_900 <= len(sound(track.path)[1]) // 2 <= 8_000


def test_a_file_never_grows_over_what_its_format_holds(track):
    """Four gigabytes, after which nothing is added and the file stays valid."""
    track.place(2**31 / 8_000, b"\x01\x00", 8_000)
    track.place(1.0, b"\x01\x00", 8_000)
    assert len(sound(track.path)[1]) == 16_002


# ---- lines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ('{"a": 1}', {"type": "text", "message": {"a": 1}}),
        (b'{"a": "\xc3\xa4"}', {"type": "binary", "message": {"a": "ä"}}),
        ("{", {"type": "text", "raw": "{"}),
        (b"[1]", {"type": "binary", "raw": "[1]"}),
        ("[" * 100_000, {"type": "text", "raw": "[" * 100_000}),
        ('{"a": NaN}', {"type": "text", "raw": '{"a": NaN}'}),
        (b"\xff\xfe", {"type": "binary", "base64": "//4="}),
        (Close(1011, "why"), {"close": {"code": 1011, "reason": "why"}}),
        ('{"setup": {"tools": [{"mcpServers": [{"headers": {"X-Auth": "s"}, "api_key": "t"}]}]}}',
         {"type": "text", "message":
          {"setup": {"tools": [{"mcpServers": [{"headers": {"X-Auth": "***"}, "api_key": "***"}]}]}}}),
        ('{"toolCall": {"args": {"handle": "@bob"}}}', {"type": "text", "message": {"toolCall": {"args": {"handle": "@bob"}}}}),
        ('{"sessionResumptionUpdate": {"resumable": true, "lastConsumedClientMessageIndex": "12"}}',
         {"type": "text", "message":
          {"sessionResumptionUpdate": {"resumable": True, "lastConsumedClientMessageIndex": "12"}}}),
    ],
)  # fmt: skip
def test_every_frame_is_one_line(what, expected):
    """Whatever came: a message as it was but for its secrets, anything else as text or bytes."""
    text = line(Moment("to_client", 1.5, what))
    assert text.count("\n") == 1
    assert json.loads(text) == {"direction": "to_client", "seconds": 1.5, **expected}


def test_half_a_character_does_not_break_a_line():
    """A lone surrogate, which JSON allows and UTF-8 does not, becomes a question mark."""
    assert json.loads(line(Moment("to_client", 0.0, '{"a": "\\ud800"}')))["message"] == {"a": "?"}


def test_a_message_with_audio_and_interruption_leaves_no_sound(tmp_path):
    """As a client that obeys would play it: nothing."""
    folder = Folder(tmp_path)
    folder.write([Moment("to_client", 0.0, server_wire.encode(e.Interrupted(), e.AudioOut(b"\x01\x00" * 100, 24_000)))])
    folder.close()
    (where,) = tmp_path.iterdir()
    assert sound(where / "output.wav")[1] == b""


async def test_where_nothing_can_be_kept_nothing_is_opened(tmp_path):
    """Somebody who asks for recordings wants them: a folder that cannot be is an error before the first client."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="sessions cannot be recorded in .*kept: Not a directory"):
        async with open_offline_server(settings(record=tmp_path / "file" / "kept")):
            raise AssertionError
    async with open_offline_server(settings(record=tmp_path / "new" / "kept")):
        assert [] == list((tmp_path / "new" / "kept").iterdir())
