"""A recorded session heard again: the same frames, in the same time, with the client's answers waited for."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from voice_actors.cli.offline import add_parser, settings_of
from voice_actors.errors import ConfigError, LinkError
from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline.recording.replay import load_replay
from voice_actors.offline.server import open_offline_server
from voice_actors.offline.settings import OfflineSettings

SETUP = {"setup": {"model": "models/m"}}
CALL = {"toolCall": {"functionCalls": [{"id": "1", "name": "f", "args": {}}, {"id": "2", "name": "g", "args": {}}]}}


def said(text: str) -> dict[str, Any]:
    return {"serverContent": {"outputTranscription": {"text": text}}}


def answered(*ids: str, **more: Any) -> dict[str, Any]:
    return {"toolResponse": {"functionResponses": [{"id": i, "name": "f", "response": {}, **more} for i in ids]}}


def got(seconds: float, message: dict[str, Any]) -> dict[str, Any]:
    return {"direction": "to_server", "seconds": seconds, "type": "text", "message": message}


def sent(seconds: float, message: dict[str, Any], kind: str = "binary") -> dict[str, Any]:
    return {"direction": "to_client", "seconds": seconds, "type": kind, "message": message}


SESSION = [
    got(1.0, SETUP),
    sent(1.1, {"setupComplete": {}}),
    got(1.2, {"realtimeInput": {"text": "hello"}}),
    sent(3.0, CALL),
    sent(3.5, said("one moment")),
    got(4.0, answered("1")),
    got(4.0, answered("2")),
    sent(5.0, said("here it is"), "text"),
    {"direction": "to_client", "seconds": 6.0, "type": "text", "raw": "{"},
    {"direction": "to_client", "seconds": 6.0, "type": "binary", "base64": "//4="},
    {"direction": "to_client", "seconds": 7.0, "close": {"code": 1011, "reason": "Internal error encountered."}},
]


def tape(folder: Path, session: list[dict[str, Any]], end: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wire.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in session) + end)
    return folder


@asynccontextmanager
async def hearing(path: Path, **more: Any) -> AsyncIterator[Link]:
    settings = OfflineSettings(port=None, replay=path, **more)
    async with (
        open_offline_server(settings) as server,
        open_link("ws://memory/", {}, stream=server.dial()) as link,
    ):
        yield link


async def send(link: Link, message: dict[str, Any]) -> None:
    await link.send(json.dumps(message))


async def frame(link: Link) -> Any:
    with trio.fail_after(600):
        return json.loads(await link.receive())


async def silence(link: Link, seconds: float) -> bool:
    with trio.move_on_after(seconds):
        await link.receive()
        return False
    return True


async def test_a_session_is_heard_again_frame_for_frame(autojump_clock, tmp_path):
    """From the client's setup on, at the recorded times, text and binary as recorded, nonsense and close included."""
    async with hearing(tape(tmp_path, SESSION)) as link:
        assert await silence(link, 5)
        await send(link, SETUP)
        begun = trio.current_time()
        times = []
        for expected in (SESSION[1], SESSION[3], SESSION[4]):
            assert await frame(link) == expected["message"]
            times.append(trio.current_time() - begun)
        await send(link, answered("1", "2"))
        text = await link.receive()
        times.append(trio.current_time() - begun)
        assert isinstance(text, str)
        assert json.loads(text) == SESSION[7]["message"]
        assert await link.receive() == "{"
        assert await link.receive() == b"\xff\xfe"
        with pytest.raises(LinkError) as caught:
            await link.receive()
        times.append(trio.current_time() - begun)
    assert (caught.value.code, caught.value.reason) == (1011, "Internal error encountered.")
    assert times == pytest.approx([0.1, 2.0, 2.5, 4.0, 6.0], abs=0.01)


async def test_answers_to_tools_are_waited_for(autojump_clock, tmp_path):
    """Both of them; what follows is as much later, and what came before the answer is not."""
    async with hearing(tape(tmp_path, SESSION)) as link:
        await send(link, SETUP)
        for _ in range(3):
            await frame(link)
        assert await silence(link, 100)
        await send(link, answered("2"))
        assert await silence(link, 100)
        await send(link, answered("1"))
        begun = trio.current_time()
        assert await frame(link) == said("here it is")
        assert trio.current_time() - begun == pytest.approx(1.0, abs=0.01)


async def test_instant_waits_for_nothing_but_answers(autojump_clock, tmp_path):
    """A session of seconds passes in no time, up to the tool call."""
    async with hearing(tape(tmp_path, SESSION), replay_instant=True) as link:
        begun = trio.current_time()
        await send(link, SETUP)
        for _ in range(3):
            await frame(link)
        assert trio.current_time() - begun < 0.01
        assert await silence(link, 10)
        await send(link, answered("1", "2"))
        begun = trio.current_time()
        assert await frame(link) == said("here it is")
        assert trio.current_time() - begun < 0.01


@pytest.mark.parametrize(
    ("answers", "enough"),
    [
        ([answered("1", willContinue=True)], False),
        ([answered("1", willContinue=True)] * 2, True),
        ([answered("1")], True),
        ([answered("other")] * 2, False),
    ],
)
async def test_an_answer_in_parts_may_come_at_once(autojump_clock, tmp_path, answers, enough):
    """As many parts as were recorded, or one that says that it is the last."""
    session = [
        got(0.0, SETUP),
        sent(0.0, CALL),
        got(0.0, answered("1", willContinue=True)),
        got(0.0, answered("1")),
        sent(0.0, said("done")),
    ]
    async with hearing(tape(tmp_path, session)) as link:
        await send(link, SETUP)
        await frame(link)
        for answer in answers:
            await send(link, answer)
        assert await silence(link, 5) is not enough


async def test_an_answer_without_an_id_counts(autojump_clock, tmp_path):
    """Each stands for one of its kind."""
    nameless = {"toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}}
    session = [got(0.0, SETUP), got(0.0, nameless), got(0.0, nameless), sent(0.0, said("done"))]
    async with hearing(tape(tmp_path, session)) as link:
        await send(link, SETUP)
        await send(link, nameless)
        assert await silence(link, 5)
        await send(link, nameless)
        assert await frame(link) == said("done")


async def test_after_the_last_frame_the_client_may_stay(autojump_clock, tmp_path):
    """Where the recorded client left, nobody hangs up on the one that is here."""
    session = [*SESSION[:2], {"direction": "to_server", "seconds": 3.0, "close": {"code": 1000, "reason": ""}}]
    async with hearing(tape(tmp_path, session)) as link:
        await send(link, SETUP)
        await frame(link)
        assert await silence(link, 1_000)


@pytest.mark.parametrize("first", [{"realtimeInput": {"text": "x"}}, {"nothing": 1}, None])
async def test_a_client_has_to_begin_with_a_setup(autojump_clock, tmp_path, first):
    """As the service demands; later nonsense is refused as well."""
    async with hearing(tape(tmp_path, SESSION)) as link:
        if first is None:
            await send(link, SETUP)
            await frame(link)
        await send(link, first or {"nothing": 2})
        with pytest.raises(LinkError) as caught:
            await link.receive()
        assert caught.value.code == 1007


async def test_a_client_that_says_nothing_is_let_go(autojump_clock, tmp_path):
    """With 1011, as by the service that is not replayed."""
    async with hearing(tape(tmp_path, SESSION)) as link:
        with pytest.raises(LinkError) as caught:
            await link.receive()
    assert caught.value.code == 1011


# ---- files -------------------------------------------------------------------------------------------------------


def test_a_session_is_found_by_file_by_folder_and_alone_in_its_parent(tmp_path):
    """The three are the same session."""
    folder = tape(tmp_path / "all" / "one", SESSION)
    assert load_replay(folder) == load_replay(folder / "wire.jsonl") == load_replay(tmp_path / "all")
    assert len(load_replay(folder).steps) == 9


def test_a_last_line_that_was_cut_short_is_left_out(tmp_path):
    """The recorder's machine went down in the middle of it."""
    whole = load_replay(tape(tmp_path, SESSION))
    assert load_replay(tape(tmp_path, SESSION, '{"direction": "to_cl')) == whole


@pytest.mark.parametrize(
    ("session", "end", "why"),
    [
        ([], "", "setup"),
        ([sent(0, said("x"))], "", "setup"),
        ([got(0, SETUP)], "nonsense\n", "line 2"),
        ([got(0, SETUP)], "[]\n", "line 2"),
        ([got(0, SETUP), {"direction": "up", "seconds": 1, "message": {}}], "", "line 2"),
        ([got(0, SETUP), {"direction": "to_client", "seconds": 1}], "", "line 2"),
        ([got(0, SETUP), {"direction": "to_client", "seconds": 1, "type": "text", "base64": "ä"}], "", "line 2"),
    ],
)
def test_what_is_no_recording_is_named(tmp_path, session, end, why):
    """By file and line, before anybody is served."""
    with pytest.raises(ConfigError, match=why):
        load_replay(tape(tmp_path, session, end))


async def test_what_is_not_there_is_named(tmp_path):
    """No file, an empty folder, a folder of many; the server does not open."""
    with pytest.raises(ConfigError, match="no wire.jsonl"):
        load_replay(tmp_path)
    with pytest.raises(ConfigError, match="nowhere"):
        async with open_offline_server(OfflineSettings(port=None, replay=tmp_path / "nowhere")):
            pass
    for name in ("a", "b"):
        tape(tmp_path / name, SESSION)
    with pytest.raises(ConfigError, match="2 recorded sessions"):
        load_replay(tmp_path)


async def test_what_was_recorded_can_be_replayed_and_recorded_again(autojump_clock, tmp_path):
    """Both recordings tell the same, frame for frame."""
    for number, source in enumerate((tape(tmp_path / "0" / "x", SESSION[:8]), tmp_path / "1")):
        async with hearing(source, record=tmp_path / str(number + 1)) as link:
            await send(link, SETUP)
            for _ in range(3):
                await frame(link)
            await send(link, answered("1", "2"))
            assert wire.decode(await link.receive()) == (e.OutputTranscription("here it is"),)
    first, second = (load_replay(tmp_path / name).steps for name in "12")
    assert [getattr(step, "frame", step.__class__) for step in first] == [
        getattr(step, "frame", step.__class__) for step in second
    ]
    assert [step.seconds for step in first] == pytest.approx([step.seconds for step in second], abs=0.01)


def test_the_command_asks_for_recording_and_replaying(tmp_path):
    """`--record`, `--replay` and `--replay-pace` reach the settings; without them nothing is kept or replayed."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    asked = ["offline", "--record", str(tmp_path / "a"), "--replay", str(tmp_path / "b"), "--replay-pace", "instant"]
    settings = settings_of(parser.parse_args(asked))
    assert (settings.record, settings.replay, settings.replay_instant) == (tmp_path / "a", tmp_path / "b", True)
    settings = settings_of(parser.parse_args(["offline"]))
    assert (settings.record, settings.replay, settings.replay_instant) == (None, None, False)
