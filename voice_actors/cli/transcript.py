"""`voice-actors transcript`: a conversation that is over, to read, to look at, and to hear again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import trio

from voice_actors.errors import ConfigError

if TYPE_CHECKING:
    from voice_actors.cli.renderings import Source
    from voice_actors.cli.scene import Scene

Side = Literal["user", "agent", "both"]


async def run(args: argparse.Namespace) -> int:
    """Print the conversation, or do with it what was asked for.

    Raises:
        ConfigError: a file is missing or is not what it should be, or cannot be written.
        DeviceError, MissingPartError: it cannot be played, or not drawn.
    """
    if args.file.is_dir():
        args.file = await trio.to_thread.run_sync(_newest, args.file)
    source = await trio.to_thread.run_sync(_read, args.file, args.recording)
    if args.picture is not None:
        await trio.to_thread.run_sync(_draw, source, args.file, args.picture)
    if args.audio is not None:
        await trio.to_thread.run_sync(_export, source.scene, args.file, args.audio, args.side)
    if args.play is not None:
        await _play(source.scene, args.file, args.play, args.side)
    if args.latency:
        _print_latency(source, args.file)
    if args.usage:
        _print_usage(source, args.file)
    if args.form is not None or args.out is not None or not _asked_for(args):
        await trio.to_thread.run_sync(_print, source, args.form or _form_of(args.out), args.out)
    return 0


def _newest(folder: Path) -> Path:
    from voice_actors.record.archive import newest

    return newest(folder)


def _asked_for(args: argparse.Namespace) -> bool:
    """Something besides a form."""
    return args.latency or args.usage or args.picture is not None or args.audio is not None or args.play is not None


def _print_latency(source: Source, path: Path) -> None:
    from voice_actors.cli.latency import latency_table
    from voice_actors.messages import TurnLatency

    turns = [event for event in source.transcript.events if isinstance(event, TurnLatency)]
    if not turns:
        raise ConfigError(f"no reply in {path} was timed: it has none, or an earlier version wrote it")
    sys.stdout.write(latency_table(turns) + "\n")
    sys.stdout.flush()


def _print_usage(source: Source, path: Path) -> None:
    from voice_actors.cli.usage import usage_table
    from voice_actors.messages import TurnUsage

    spent = [event for event in source.transcript.events if isinstance(event, TurnUsage)]
    if not spent:
        raise ConfigError(f"nothing was counted in {path}: the service said nothing, or an earlier version wrote it")
    sys.stdout.write(usage_table(spent) + "\n")
    sys.stdout.flush()


def _read(path: Path, recording: Path | None) -> Source:
    from voice_actors.cli.renderings import Source
    from voice_actors.cli.scene import origin, read_scene
    from voice_actors.messages import RecordingStarted
    from voice_actors.record.journal import newest, read
    from voice_actors.record.saved import Transcript

    transcript = Transcript.load(path)
    told = next((event.path for event in transcript.events if isinstance(event, RecordingStarted)), None)
    found = recording or _beside(path, told)
    return Source(transcript, read_scene(found, path), origin(newest(read(path).rows)))


def _beside(transcript: Path, told: str | None) -> Path | None:
    """The recording where the transcript says that it is, or, if both were moved, beside it."""
    places = [Path(told), transcript.parent / Path(told).name] if told else []
    return next((place for place in places if place.is_file()), None)


def _form_of(out: Path | None) -> str:
    from voice_actors.cli.arguments import FORMS

    suffix = out.suffix.lower().removeprefix(".") if out is not None else "txt"
    return {"txt": "text", "md": "markdown"}.get(suffix, suffix if suffix in FORMS else "text")


def _print(source: Source, form: str, out: Path | None) -> None:
    from typing import cast

    from voice_actors.cli.renderings import Form, render

    written = render(source, cast("Form", form))
    if out is None:
        sys.stdout.write(written)
        sys.stdout.flush()
        return
    try:
        out.write_text(written, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {out}: {error.strerror or error}") from error


def _draw(source: Source, path: Path, out: Path) -> None:
    from voice_actors.cli.picture import draw_scene

    _must_be_recorded(source.scene, path)
    draw_scene(source.scene, out)


def _must_be_recorded(scene: Scene, path: Path) -> None:
    if not len(scene.user):
        raise ConfigError(
            f"there is no recording of {path}: name it with --recording, and record the next with --record"
        )


# ---- sound -------------------------------------------------------------------------------------------------------


def _voice(scene: Scene, path: Path, side: Side) -> bytes:
    """One side, or both mixed, 16-bit mono at the recording's rate."""
    import numpy as np

    _must_be_recorded(scene, path)
    if side != "both":
        return bytes((scene.user if side == "user" else scene.agent).astype("<i2"))
    mixed = scene.user.astype(np.int32) + scene.agent
    return bytes(np.clip(mixed, -32_768, 32_767).astype("<i2"))


def _export(scene: Scene, path: Path, out: Path, side: Side) -> None:
    from voice_actors.audio.wav import WavWriter

    writer = WavWriter(out, rate=scene.rate)
    try:
        writer.append(_voice(scene, path, side))
    finally:
        writer.close()


async def _play(scene: Scene, path: Path, spec: str, side: Side) -> None:
    from voice_actors.audio.choose import choose_speaker
    from voice_actors.audio.playback import Playback
    from voice_actors.audio.resample import Resampler
    from voice_actors.gemini.events import OUTPUT_RATE

    pcm = _voice(scene, path, side)
    if scene.rate != OUTPUT_RATE:
        resampler = Resampler(scene.rate, OUTPUT_RATE)
        pcm = resampler.feed(pcm) + resampler.flush()
    playback = Playback(received=len(pcm))
    step = OUTPUT_RATE // 10 * 2
    async with choose_speaker(spec or None).open() as stream:
        for at in range(0, len(pcm), step):
            await stream.write(pcm[at : at + step], playback)
        await stream.drain(playback)
