"""`voice-actors offline`: a Gemini Live server on this machine, for any program that uses google-genai."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trio

    from voice_actors.offline.parts import Mind
    from voice_actors.offline.server import OfflineServer
    from voice_actors.offline.settings import OfflineSettings

PORT = 8787
"""Where the server listens unless told otherwise, so that the lines to paste stay the same from day to day."""
PATIENCE = 0.5
"""Seconds that a cancelled command has to end before it is killed."""
PROFILES = ("2.5", "3.1", "3.8", "3.8-extended-thinking")
_DESCRIPTION = """\
Serve Gemini Live's protocol on this machine, with a speech recogniser, a small mind and a voice: no key, no cost, no
network. Any program that uses google-genai talks to it once two environment variables are set."""
_EXAMPLES = """\
examples:
  voice-actors offline                        serve, and say what to paste where your program runs
  voice-actors offline -- python app.py       run a program against it, and end with it
  voice-actors offline --env > env.sh &       serve in the background; `. ./env.sh` sets the environment
  voice-actors offline --model-profile 3.1    with the rules of that model
  voice-actors offline --record sessions      keep what is said; `--replay` serves it again
  voice-actors offline --mind http://localhost:11434/v1 --mind-model llama3.2    a language model answers
  voice-actors offline --fault goaway-silent  with what goes wrong in the field; `--faults` lists it
"""


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],  # pyright: ignore[reportPrivateUsage]
) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "offline",
        help="serve Gemini Live's protocol on this machine",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=_port, default=None, help=f"0 takes a free one (default: {PORT}, or a free one with COMMAND)"
    )
    wire = parser.add_mutually_exclusive_group()
    wire.add_argument("--tls", dest="tls", action="store_true", default=True, help="https and wss (default)")
    wire.add_argument("--plain", dest="tls", action="store_false", help="http and ws, which google-genai refuses")
    parser.add_argument("--env", action="store_true", help="print the environment lines and nothing else, then serve")
    parser.add_argument("--api-key", metavar="KEY", help="let nobody in without this key (any will do otherwise)")
    parser.add_argument("--model-profile", choices=PROFILES, help="follow this model's rules, whatever is asked for")
    parser.add_argument("--strict", action="store_true", help="refuse unknown fields, as the real service does")
    parser.add_argument(
        "--max-age", type=_seconds, metavar="SECONDS", help="announce (goAway) and close connections of that age"
    )
    parser.add_argument("--record", metavar="DIR", help="keep each session: every frame, and both sides' sound")
    parser.add_argument("--replay", metavar="FILE", help="serve a recorded session (its folder, or its wire.jsonl)")
    parser.add_argument(
        "--replay-pace", choices=("recorded", "instant"), default="recorded", help="how fast (default: %(default)s)"
    )
    parser.add_argument(
        "--fault", metavar="NAME", action="append", default=[], help="misbehave: a script's name, or its TOML file"
    )
    parser.add_argument("--faults", action=_ListFaults, nargs=0, help="list the names for --fault")
    parser.add_argument(
        "--mind",
        default="builtin",
        metavar="URL",
        help="who answers: an OpenAI-compatible server, module:function, or builtin (default)",
    )
    parser.add_argument("--mind-model", default="", metavar="NAME", help="which model of that server")
    parser.add_argument("--mind-key-env", metavar="NAME", help="the environment variable with that server's key")
    parser.add_argument(
        "--ears",
        type=Path,
        metavar="DIR",
        help="hear with this Whisper model for CTranslate2; a silero_vad.onnx in it finds the speech",
    )
    parser.add_argument("--mouth", type=Path, metavar="FILE", help="speak with this voice of hibari (ONNX)")
    parser.add_argument(
        "--voices", action=_ListVoices, nargs=0, help="list what each of the service's voices sounds like"
    )
    parser.add_argument("argv", metavar="COMMAND", nargs="*", help="after --: a program to run against the server")
    parser.set_defaults(run=run)


class _ListVoices(argparse.Action):
    """Prints the voices, and that is all."""

    def __call__(self, parser: argparse.ArgumentParser, *_values: object) -> None:
        from voice_actors.offline.speaking.voices import listed

        print(listed())
        parser.exit()


class _ListFaults(argparse.Action):
    """Prints the catalogue, and that is all."""

    def __call__(self, parser: argparse.ArgumentParser, *_values: object) -> None:
        from voice_actors.offline.faults.catalogue import CATALOGUE

        width = max(map(len, CATALOGUE))
        print("\n".join(f"{entry.name:{width}}  {entry.what}" for entry in CATALOGUE.values()))
        parser.exit()


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError("a number of seconds, more than 0")
    return seconds


async def run(args: argparse.Namespace) -> int:  # noqa: RET503 - sleep_forever does not return
    """Serve until cancelled, or until the command ends; then its exit code is ours."""
    import attrs
    import trio

    from voice_actors.offline.server import open_offline_server

    settings = attrs.evolve(settings_of(args), mind=await _mind(args))
    async with open_offline_server(settings) as server:
        if args.argv:
            return await _run_command(args.argv, server)
        print(lines(server) if args.env else welcome(server), flush=True)
        await trio.sleep_forever()


async def _mind(args: argparse.Namespace) -> Mind | None:
    from voice_actors.errors import ConfigError
    from voice_actors.offline.other_minds.finding import find_mind

    key = "" if args.mind_key_env is None else os.environ.get(args.mind_key_env, "")
    if args.mind_key_env and not key:
        raise ConfigError(f"--mind-key-env: there is no variable {args.mind_key_env}, or it is empty")
    return await find_mind(args.mind, args.mind_model, key)


def settings_of(args: argparse.Namespace) -> OfflineSettings:
    """What the arguments ask for."""
    from voice_actors.offline.faults.catalogue import join_scripts
    from voice_actors.offline.settings import OfflineSettings

    default = 0 if args.argv else PORT
    return OfflineSettings(
        host=args.host,
        port=default if args.port is None else args.port,
        tls=args.tls,
        api_key=args.api_key,
        model_profile=args.model_profile,
        strict=args.strict,
        connection_max_age=args.max_age,
        record=None if args.record is None else Path(args.record),
        replay=None if args.replay is None else Path(args.replay),
        replay_instant=args.replay_pace == "instant",
        script=join_scripts(args.fault),
        ears=args.ears,
        mouth=args.mouth,
    )


def variables(server: OfflineServer) -> dict[str, str]:
    """What google-genai reads: where the server is, and whom to trust."""
    found = {"GOOGLE_GEMINI_BASE_URL": server.base_url}
    return found if server.ca_file is None else {**found, "SSL_CERT_FILE": server.ca_file}


def lines(server: OfflineServer) -> str:
    """The environment, one line each, for a POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(server).items())


def welcome(server: OfflineServer) -> str:
    """What a person reads when the server listens."""
    indented = "\n".join(f"  {line}" for line in lines(server).splitlines())
    key = "Any API key will do, but google-genai wants one" if server.settings.api_key is None else "Use your key"
    return (
        f"The offline Gemini Live server listens on {server.base_url} (Ctrl-C ends it).\n"
        f"Paste this where your program runs:\n\n{indented}\n\n{key}: export GEMINI_API_KEY=offline"
    )


def environment(server: OfflineServer, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program that is to talk to the server: keys are made up, proxies do not stand in the way."""
    # Without project and location, google-genai hands Vertex AI's base URL to its WebSocket library as it stands.
    vertex = server.base_url.replace("http", "ws", 1)
    found = {**inherited, **variables(server), "GOOGLE_VERTEX_BASE_URL": vertex}
    if not (inherited.get("GEMINI_API_KEY") or inherited.get("GOOGLE_API_KEY")):
        found["GEMINI_API_KEY"] = server.settings.api_key or "offline"
    for name in ("no_proxy", "NO_PROXY"):
        found[name] = ",".join(filter(None, (inherited.get(name), "127.0.0.1", "localhost", "::1")))
    return found


async def _run_command(argv: list[str], server: OfflineServer) -> int:
    import trio

    try:
        process = await trio.run_process(
            argv, stdin=None, check=False, env=environment(server, os.environ), deliver_cancel=_end_process
        )
    except FileNotFoundError:
        print(f"voice-actors: {argv[0]}: there is no such command", file=sys.stderr)
        return 127
    except PermissionError:
        print(f"voice-actors: {argv[0]}: may not be run", file=sys.stderr)
        return 126
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


async def _end_process(process: trio.Process) -> None:
    import trio

    process.terminate()
    await trio.sleep(PATIENCE)  # trio shields this, and leaves it when the process has ended
    process.kill()
