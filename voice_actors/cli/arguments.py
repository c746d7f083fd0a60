"""What can be typed: the parser of the command line. It imports no command, so that `--help` is immediate."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

if TYPE_CHECKING:
    # The only name for what every module with a command takes.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

_ABOUT = "Talk to Gemini Live, or to its offline stand-in that needs no key, no network and no sound card."
_EXAMPLES = """\
examples:
  voice-actors demo                          a spoken conversation on any machine, kept in ./demo-out
  voice-actors talk                          microphone and loudspeaker; Gemini Live with GEMINI_API_KEY set
  voice-actors talk --offline                the same without key and network
  voice-actors talk --mic question.wav --speaker answer.wav --transcript call.jsonl
  voice-actors doctor                        what works on this machine, and how to get the rest
"""
_TALK_EXAMPLES = """\
while talking:
  type a line to send it as text; /interrupt silences the reply, /mute and /unmute
  the microphone, /quit (or Ctrl-C) leaves, /help lists these; in a terminal also
  Esc interrupts, Tab mutes, ^P (with --ptt) begins and ends what you say

examples:
  voice-actors talk --system "You are a patient French teacher." --voice Kore
  voice-actors talk --system @prompt.txt --tools weather:forecast --tools calendar
  voice-actors talk --offline --mic question.wav --speaker answer.wav
  arecord -t raw -f S16_LE -r 16000 | voice-actors talk --mic - --speaker null
"""
_TRANSCRIPT_EXAMPLES = """\
examples:
  voice-actors transcript call.jsonl
  voice-actors transcript call.jsonl --out call.md
  voice-actors transcript call.jsonl --as srt --recording call.wav > call.srt
  voice-actors transcript call.jsonl --picture call.png
  voice-actors transcript call.jsonl --play --side agent
  voice-actors transcript call.jsonl --latency --usage
"""
FORMS = ("text", "markdown", "vtt", "srt", "json")


def build_parser() -> argparse.ArgumentParser:
    """The parser of `voice-actors`; a parsed command's coroutine function is in `args.run`."""
    import voice_actors
    from voice_actors.cli import offline

    parser = _new_parser(prog="voice-actors", description=_ABOUT, epilog=_EXAMPLES, formatter_class=_Raw)
    parser.add_argument("--version", action="version", version=f"voice-actors {voice_actors.__version__}")
    parser.add_argument("--debug", action="store_true", help="log everything to stderr and show tracebacks")
    commands: Commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_talk(commands)
    _add_demo(commands)
    _add_devices(commands)
    _add_doctor(commands)
    _add_recover(commands)
    _add_transcript(commands)
    _add_bench(commands)
    offline.add_parser(commands)
    return parser


def _add_talk(commands: Commands) -> None:
    talk = commands.add_parser(
        "talk",
        help="talk with the model by microphone and loudspeaker, files or pipes",
        description="Talk with the model. Without a key in the environment it talks to the embedded offline server.",
        epilog=_TALK_EXAMPLES,
        formatter_class=_Raw,
    )
    sound = talk.add_argument_group("sound")
    sound.add_argument(
        "--mic",
        metavar="PATH|-|DEVICE",
        help="WAV file, `-` for raw 16 kHz s16le on stdin, device name or number, `null` to type only",
    )
    sound.add_argument(
        "--speaker",
        metavar="PATH|-|DEVICE",
        help="WAV file, `-` for raw 24 kHz s16le on stdout, device name or number, `null`",
    )
    sound.add_argument(
        "--fast", action="store_true", help="read a file four times as fast as it was spoken, and write one at once"
    )
    echo = sound.add_mutually_exclusive_group()
    echo.add_argument(
        "--aec",
        choices=("on", "off"),
        help="take the agent's own voice out of the microphone (default: on between a microphone and a loudspeaker, "
        "unless they are headphones or the `aec` extra is missing)",
    )
    echo.add_argument(
        "--half-duplex", action="store_true", help="silence the microphone while the agent speaks; needs no extra"
    )
    sound.add_argument(
        "--listen",
        choices=("server", "local"),
        help="who finds the user's speech: the service (default), or we at the microphone, which then sends nothing "
        "else (default with --barge-in two-stage)",
    )
    sound.add_argument(
        "--barge-in",
        choices=("one-stage", "two-stage"),
        default="one-stage",
        help="two-stage: a voice makes the reply step back, and it goes on after a cough; for headphones or --aec on",
    )
    sound.add_argument("--noise", action="store_true", help="suppress steady noise; needs the `aec` extra")
    sound.add_argument("--gain", action="store_true", help="bring a quiet voice up; needs the `aec` extra")
    sound.add_argument(
        "--ptt", action="store_true", help="push to talk: Enter on an empty line begins what you say, and ends it"
    )
    sound.add_argument(
        "--filler",
        metavar="WAV",
        nargs="?",
        const="",
        help="what is heard while a tool works and nobody speaks: two soft notes, or this file",
    )
    model = talk.add_argument_group("model")
    model.add_argument(
        "--offline", action="store_true", help="talk to the embedded server, whatever the environment says"
    )
    model.add_argument("--model", metavar="NAME", help="the Live model to talk to")
    model.add_argument("--voice", metavar="NAME", help="a prebuilt voice, such as Kore or Puck")
    model.add_argument("--language", metavar="TAG", help="BCP-47 language, such as en-US")
    model.add_argument(
        "--tell-heard", action="store_true", help="tell the model how much of a reply that was cut was heard"
    )
    model.add_argument("--system", metavar="TEXT|@FILE", help="the system instruction, or a file that holds it")
    model.add_argument(
        "--tools",
        metavar="MODULE[:FUNCTION]",
        action="append",
        default=[],
        help="a Python function the model may call, or all documented ones of a module; repeatable",
    )
    model.add_argument(
        "--prices",
        metavar="FILE",
        type=Path,
        help="what a million tokens cost, TOML or JSON: then the call tells its price",
    )
    model.add_argument(
        "--budget",
        metavar="AMOUNT",
        help="tokens, or money (0.50USD, with --prices), that the call may take; then a goodbye ends it: exit code 3",
    )
    output = talk.add_argument_group("what is kept")
    output.add_argument("--transcript", metavar="PATH", type=Path, help="append every event to this JSON Lines file")
    output.add_argument("--record", metavar="PATH", type=Path, help="write both voices to this stereo WAV file")
    output.add_argument(
        "--archive", metavar="FOLDER", type=Path, help="keep transcript and recording there, under the time of the call"
    )
    output.add_argument(
        "--keep-days", metavar="DAYS", type=_days, help="remove older conversations from the archive first"
    )
    output.add_argument("--json", action="store_true", help="print events as JSON lines instead of captions")
    output.add_argument("--plain", action="store_true", help="captions as plain lines, where a terminal gets a console")
    talk.set_defaults(run=_lazily("voice_actors.cli.talk"))


def _days(text: str) -> float:
    days = float(text)
    if not 0 < days < 36_500:
        raise argparse.ArgumentTypeError(f"{text} is no number of days between 0 and a century")
    return days


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="a spoken conversation with a tool call and an interruption, on any machine",
        description="A synthetic person talks with the embedded server in real time: asks something that needs a tool, "
        "hears a story, interrupts it with another question. Takes less than a minute; no key, no network.",
    )
    demo.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("demo-out"),
        help="where recording, transcript and picture go (default: ./demo-out)",
    )
    demo.set_defaults(run=_lazily("voice_actors.cli.demo"))


def _add_devices(commands: Commands) -> None:
    devices = commands.add_parser(
        "devices",
        help="list microphones and loudspeakers",
        description="List sound devices; their names and numbers go to `talk --mic` and `--speaker`.",
    )
    devices.set_defaults(run=_lazily("voice_actors.cli.devices"))


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="what works here, what is missing, how to get it",
        description="Check this machine. Exit code 0 if an offline conversation is possible.",
    )
    doctor.set_defaults(run=_lazily("voice_actors.cli.doctor"))


def _add_recover(commands: Commands) -> None:
    recover = commands.add_parser(
        "recover",
        help="mend a transcript or a recording whose writer crashed",
        description="Cut the torn end of a transcript, or write a recording's header anew, and say what is missing.",
    )
    recover.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="a transcript (.jsonl) or recording (.wav)"
    )
    recover.set_defaults(run=_lazily("voice_actors.cli.recover"))


def _add_transcript(commands: Commands) -> None:
    transcript = commands.add_parser(
        "transcript",
        help="read, look at, or hear a conversation that is over",
        description="Print a transcript for people or programs, draw it, or play and export its recording.",
        epilog=_TRANSCRIPT_EXAMPLES,
        formatter_class=_Raw,
    )
    transcript.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="a transcript (.jsonl), also one that a crash cut short; of an archive's folder, the newest",
    )
    transcript.add_argument(
        "--as", dest="form", choices=FORMS, help="text (the default), markdown, vtt or srt subtitles, or json"
    )
    transcript.add_argument("--out", metavar="PATH", type=Path, help="write it there; the name's end tells the form")
    transcript.add_argument(
        "--recording", metavar="WAV", type=Path, help="its sound (default: where the transcript says, or beside it)"
    )
    transcript.add_argument("--latency", action="store_true", help="a table of how long each reply took, and of what")
    transcript.add_argument("--usage", action="store_true", help="a table of the tokens that each reply took")
    transcript.add_argument("--picture", metavar="PNG", type=Path, help="draw both voices with their words")
    transcript.add_argument("--audio", metavar="WAV", type=Path, help="write the recording as mono")
    transcript.add_argument(
        "--play", metavar="SPEAKER", nargs="?", const="", help="play the recording; a device's name or number"
    )
    transcript.add_argument(
        "--side", choices=("user", "agent", "both"), default="both", help="whose voice to play or write (default: both)"
    )
    transcript.set_defaults(run=_lazily("voice_actors.cli.transcript"))


def _add_bench(commands: Commands) -> None:
    bench = commands.add_parser(
        "bench",
        help="how fast a spoken conversation is here, in parts",
        description="A synthetic person talks in real time, with the Gemini API where the environment has a key (that "
        "costs what such a call costs), else with the embedded server: from their last sound to the reply's first, "
        "tools, interruptions, microphone to wire. Needs the `offline` extra for their voice.",
    )
    bench.add_argument("--offline", action="store_true", help="the embedded server, whatever the environment says")
    bench.add_argument("--quick", action="store_true", help="half a minute in place of one and a half")
    bench.add_argument("--model", metavar="NAME", help="the Live model to talk to")
    bench.add_argument("--json", metavar="FILE", type=Path, help="write every sample there")
    bench.set_defaults(run=_lazily("voice_actors.cli.bench"))


def _lazily(module: str) -> Callable[[argparse.Namespace], Awaitable[int]]:
    async def run(args: argparse.Namespace) -> int:
        code: int = await importlib.import_module(module).run(args)
        return code

    return run


def _new_parser(**options: Any) -> argparse.ArgumentParser:
    return _Parser(**options)


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Examples stay as they are written."""


class _Parser(argparse.ArgumentParser):
    """Subcommands are made of the same class, so this text is at the end of every argument error."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\ntry `{self.prog} --help`\n")
