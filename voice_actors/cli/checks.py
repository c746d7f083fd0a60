"""What was asked for and would harm or disappoint later is refused before anything is opened or written."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path

from voice_actors.errors import ConfigError
from voice_actors.gemini.models import VOICES

OTHER_SOUND = frozenset({".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".mp4", ".ogg", ".opus", ".pcm", ".raw"})
"""Files that people have and we neither read nor write."""


def check_files(args: argparse.Namespace) -> None:
    """Every file has one use, and sound is in WAV files.

    Raises:
        ConfigError: two options name one file, so that one would destroy what the other reads or writes; or a sound
            file is not WAV.
    """
    for option, given in (("--mic", args.mic), ("--speaker", args.speaker), ("--record", args.record)):
        _check_sound(option, str(given or ""))
    taken: dict[Path, str] = {}
    for option, path in _files(args):
        if (first := taken.setdefault(path.resolve(), option)) != option:
            raise ConfigError(f"{first} and {option} are the same file, {path}: one would destroy the other")


def check_archive(args: argparse.Namespace) -> None:
    """An archive names its own files, and days are those of an archive.

    Raises:
        ConfigError: other files are named besides, or there is no archive to remove anything from.
    """
    if args.archive is None:
        if args.keep_days is not None:
            raise ConfigError("--keep-days says what an archive keeps: give --archive FOLDER, too")
        return
    for option, given in (("--transcript", args.transcript), ("--record", args.record)):
        if given is not None:
            raise ConfigError(f"--archive names its files itself: leave out either it or {option}")


def check_push_to_talk(args: argparse.Namespace) -> None:
    """Push-to-talk needs a voice and a key.

    Raises:
        ConfigError: there is no microphone, or the microphone is where the key would be.
    """
    if not args.ptt:
        return
    if args.listen == "local":
        raise ConfigError("with --ptt the key says when you speak: leave out --listen")
    if args.barge_in == "two-stage":
        raise ConfigError("with --ptt the key interrupts at once: leave out --barge-in")
    if args.mic == "null":
        raise ConfigError("--ptt needs a microphone, and --mic null is none: leave one of them out")
    if args.mic == "-":
        raise ConfigError("--ptt needs a key, and with --mic - the keyboard's place is taken: leave one of them out")


def _check_sound(option: str, given: str) -> None:
    if Path(given).suffix.lower() not in OTHER_SOUND:
        return
    better = Path(given).with_suffix(".wav")
    if option != "--mic":
        raise ConfigError(f"{option} {given}: only WAV files are written; give `{option} {better}`")
    if not Path(given).is_file():
        raise ConfigError(f"there is no file {given}")
    raise ConfigError(f"--mic {given}: only WAV files are read; `ffmpeg -i {given} {better}` makes one")


def _files(args: argparse.Namespace) -> list[tuple[str, Path]]:
    """The options that name a file of its own; a pipe, a terminal and /dev/null can be shared."""
    named = [("--mic", args.mic), ("--speaker", args.speaker), ("--transcript", args.transcript)]
    wanted = [(option, Path(given)) for option, given in [*named, ("--record", args.record)] if given is not None]
    return [(option, path) for option, path in wanted if path.is_file() or _will_be_file(option, path)]


def _will_be_file(option: str, path: Path) -> bool:
    return not path.exists() and (option in {"--transcript", "--record"} or path.suffix.lower() == ".wav")


def spelled_voice(given: str | None) -> str | None:
    """A prebuilt voice as the service spells it, however it was typed; None for the model's own.

    Raises:
        ConfigError: there is no such voice.
    """
    if given is None:
        return None
    known = {voice.lower(): voice for voice in VOICES}
    if voice := known.get(given.strip().lower()):
        return voice
    close = difflib.get_close_matches(given.strip().lower(), known, n=1)
    hint = f"; did you mean {known[close[0]]}?" if close else f"; there are {', '.join(VOICES)}"
    raise ConfigError(f"--voice {given}: there is no such voice{hint}")
