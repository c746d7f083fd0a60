"""A folder of conversations: a transcript and a recording for each, and what is done with old ones."""

from __future__ import annotations

import logging
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import trio

from voice_actors.config import AgentConfig, Archive
from voice_actors.errors import ConfigError

DAY = 86_400.0
"""Seconds."""
_OURS = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z-[0-9a-f]{8}\.(jsonl|wav)")

logger = logging.getLogger("voice_actors.archive")


async def with_files(config: AgentConfig, *, wall_clock: Callable[[], float] = time.time) -> AgentConfig:
    """The settings with files of this conversation's own, where there is an archive; old ones are removed from it.

    Raises:
        ConfigError: the folder cannot be made, or a transcript or recording is named besides.
    """
    if config.archive is None:
        return config
    if config.transcript is not None or config.recording is not None:
        raise ConfigError("an archive names its files itself: leave out either it, or transcript and recording")
    path = await trio.to_thread.run_sync(_prepare, config.archive, wall_clock())
    return attrs.evolve(config, transcript=path, recording=path.with_suffix(".wav") if config.archive.sound else None)


def newest(folder: Path) -> Path:
    """The transcript in this folder that was written to last. Blocks on the disk.

    Raises:
        ConfigError: there is none, or the folder cannot be read.
    """
    found = [(modified, path) for path, modified in _conversations(folder) if path.suffix == ".jsonl"]
    if not found:
        raise ConfigError(f"there is no conversation in the folder {folder}")
    return max(found)[1]


def _prepare(archive: Archive, now: float) -> Path:
    """The name of a new transcript in a folder that is there, and for its owner alone if it is new."""
    try:
        archive.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot keep conversations in {archive.folder}: {error.strerror or error}") from error
    if archive.keep_days is not None:
        _remove_before(archive.folder, now - archive.keep_days * DAY)
    began = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime(now))
    return archive.folder / f"{began}-{secrets.token_hex(4)}.jsonl"


def _remove_before(folder: Path, oldest: float) -> None:
    """What was written to last before `oldest`. One that cannot be removed is told, and does not stop the call."""
    removed = 0
    for path, modified in list(_conversations(folder)):
        if modified >= oldest:
            continue
        try:
            path.unlink(missing_ok=True)  # another agent may be doing the same
        except OSError as error:
            logger.warning("an old conversation could not be removed", extra={"path": str(path), "error": str(error)})
        else:
            removed += 1
    logger.info("old conversations were removed", extra={"files": removed})


def _conversations(folder: Path) -> Iterator[tuple[Path, float]]:
    """Files that have our kind of name, and when they were written to last; never what a link leads to."""
    try:
        for path in folder.iterdir():
            if _OURS.fullmatch(path.name):
                status = path.lstat()
                if stat.S_ISREG(status.st_mode):
                    yield path, status.st_mtime
    except OSError as error:
        raise ConfigError(f"cannot read the folder {folder}: {error.strerror or error}") from error
