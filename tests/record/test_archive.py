"""A folder of conversations: names, permissions, old ones, and what is left alone."""

from __future__ import annotations

import logging
import os
import stat

import attrs
import pytest
import trio

from voice_actors.cli import main
from voice_actors.config import AgentConfig, Archive
from voice_actors.errors import ConfigError
from voice_actors.record.archive import DAY, newest, with_files
from voice_actors.record.saved import Transcript

NOW = 1_790_000_000.0
OLD, NEW = "2026-01-01T120000Z-00000000", "2026-09-01T120000Z-00000001"


async def files_of(archive: Archive, now: float = NOW) -> AgentConfig:
    return await with_files(AgentConfig(archive=archive), wall_clock=lambda: now)


def aged(path, days: float):
    path.write_text("{}")
    os.utime(path, (NOW - days * DAY,) * 2)
    return path


async def test_each_conversation_has_files_of_its_own_in_a_folder_for_its_owner(tmp_path):
    """Named by the time at which it began; two that begin at once do not meet."""
    folder = tmp_path / "deep" / "calls"
    first, second = await files_of(Archive(folder)), await files_of(Archive(folder, sound=True))
    assert first.transcript is not None
    assert second.transcript is not None
    assert "2026-09-21T141320Z" == first.transcript.name[:18]
    assert first.transcript != second.transcript
    assert (first.recording, second.recording) == (None, second.transcript.with_suffix(".wav"))
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


async def test_old_ones_go_and_everything_else_stays(tmp_path, caplog):
    """By when they were last written to; strangers' files, and links, are not ours to remove."""
    caplog.set_level(logging.INFO)
    gone = [aged(tmp_path / f"{OLD}{suffix}", 31) for suffix in (".jsonl", ".wav")]
    stays = [
        aged(tmp_path / f"{NEW}.jsonl", 29),
        aged(tmp_path / "letter.jsonl", 400),
        aged(tmp_path / "elsewhere", 400),
    ]
    link = tmp_path / f"{OLD[:-1]}2.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    await files_of(Archive(tmp_path, keep_days=30))
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in [*stays, link])
    assert 2 == next(record.files for record in caplog.records if "were removed" in record.message)  # type: ignore[attr-defined]
    await files_of(Archive(tmp_path))
    assert all(path.exists() for path in stays)


@pytest.mark.parametrize("days", [0.0, -1.0, float("nan")])
def test_no_time_at_all_is_refused(tmp_path, days):
    """It would remove what is being written."""
    with pytest.raises(ConfigError, match="keep_days is .*more than 0 days"):
        Archive(tmp_path, keep_days=days)


async def test_what_cannot_work_is_said_before_anything_is_opened(tmp_path):
    """A file in the folder's place; files named twice."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot keep conversations in"):
        await files_of(Archive(tmp_path / "file"))
    named = AgentConfig(archive=Archive(tmp_path), transcript=tmp_path / "x.jsonl")
    with pytest.raises(ConfigError, match="names its files itself"):
        await with_files(named)
    assert attrs.evolve(named, archive=None) == await with_files(attrs.evolve(named, archive=None))


async def test_a_conversation_is_kept_where_the_agent_says(rig, autojump_clock, tmp_path):
    """The handle's settings name the files; the newest of a folder is the one written to last."""

    async def script(link):
        await link.accept_setup()
        await trio.sleep_forever()

    async with rig(script, archive=Archive(tmp_path, sound=True)) as r:
        await r.agent.say("Remember this.")
        await trio.sleep(1)
    path = r.agent.config.transcript
    os.utime(aged(tmp_path / f"{NEW}.jsonl", 1), (1, 1))
    assert path == newest(tmp_path)
    assert {path, path.with_suffix(".wav"), tmp_path / f"{NEW}.jsonl"} == set(tmp_path.iterdir())
    assert Transcript.load(path).complete
    assert all(0o600 == stat.S_IMODE(file.stat().st_mode) for file in (path, path.with_suffix(".wav")))
    print(f"{path.name} and its recording are their owner's alone")


def test_the_newest_of_a_folder_is_printed(tmp_path, capsys):
    """And a folder without one gets a line that says so."""
    assert 2 == main(["transcript", str(tmp_path)])
    assert "there is no conversation in the folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--archive", "calls", "--transcript", "x.jsonl"], "leave out either it or --transcript"),
        (["--archive", "calls", "--record", "x.wav"], "leave out either it or --record"),
        (["--keep-days", "3"], "give --archive FOLDER, too"),
        (["--archive", "calls", "--keep-days", "0"], "no number of days"),
        (["--archive", "calls", "--keep-days", "soon"], "--keep-days"),
    ],
)
def test_options_that_do_not_fit_get_one_line(options, words, capsys, tmp_path, monkeypatch):
    """And exit code 2."""
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["talk", "--offline", "--mic", "null", "--speaker", "null", *options])
    except SystemExit as leaving:
        code = leaving.code
    error = capsys.readouterr().err
    assert 2 == code
    assert words in error
    assert "Traceback" not in error
