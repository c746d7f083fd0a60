"""What README.md says, done."""

import argparse
import re
import shlex
from pathlib import Path

import pytest
import trio

import voice_actors
from voice_actors import AgentConfig, Connection, VoiceAgent
from voice_actors.audio.memory import MemoryMicrophone, MemorySpeaker
from voice_actors.cli.arguments import build_parser
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = sorted(
    {line for kind, block in BLOCKS if kind == "sh" for line in re.split(r"&&|\n", block) if "voice-actors" in line}
    | set(re.findall(r"`(voice-actors [^`]+)`", README))
)


@pytest.mark.parametrize("command", [c.strip() for c in COMMANDS if "pip install" not in c])
def test_every_command_can_be_pasted(command):
    """The command line knows it, and every option in it."""
    words = shlex.split(command)
    assert "voice-actors" == words[0]
    parsed = build_parser().parse_args(words[1:])
    print(f"{command}: {parsed.run}")


async def test_the_program_runs_as_it_stands(monkeypatch, capsys, autojump_clock):
    """Only its microphone, loudspeaker and model are in memory here; without `trio.run`, which is running already."""
    (program,) = (block for kind, block in BLOCKS if kind == "python" and "trio.run" in block)

    async def script(link):
        await link.accept_setup()
        assert "Greet me." in str(await link.hear_until((wire.TextIn, wire.ClientContent)))
        await link.say(wire.ToolCall((wire.FunctionCall("c1", "weather", {"city": "Oslo"}),)))
        assert {"sky": "clear", "celsius": 7} == (await link.hear_answer()).responses[0].response
        await link.speak(200)
        await link.say(wire.OutputTranscription("Seven degrees."), wire.TurnComplete())
        await trio.sleep(5)
        scope.cancel()

    server = ScriptedServer(script)
    ends = {"microphone": MemoryMicrophone(), "speaker": MemorySpeaker(), "connection": Connection(api_key="test")}
    whole = voice_actors.open_voice_agent
    monkeypatch.setattr(voice_actors, "AgentConfig", lambda **settings: AgentConfig(**ends, **settings))
    monkeypatch.setattr(voice_actors, "open_voice_agent", lambda config: whole(config, dial=server.dial))
    names = {}
    exec(compile(program.replace("trio.run(main)", ""), "README.md", "exec"), names)
    with trio.fail_after(60), trio.CancelScope() as scope:
        await names["main"]()
    printed = capsys.readouterr().out
    for event in ("TextSent(", "ToolAnswered(", "Seven degrees.", "TurnEnded("):
        assert event in printed


async def test_the_test_passes_as_it_stands(autojump_clock):
    """The one that readers are to write for their own agents."""
    (program,) = (block for kind, block in BLOCKS if kind == "python" and "async def test_" in block)
    names = {}
    exec(compile(program, "README.md", "exec"), names)
    (test,) = (each for name, each in names.items() if name.startswith("test_"))
    with trio.fail_after(300):
        await test(autojump_clock)


@pytest.mark.parametrize(
    "option", sorted(set(re.findall(r"`(--[a-z-]+)", README.split("my_program.py")[1].split("## ")[0])))
)
def test_every_option_of_the_server_exists(option):
    """That the text below its command names."""
    from voice_actors.cli.offline import add_parser

    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    assert option in parser._subparsers._group_actions[0].choices["offline"]._option_string_actions


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(?:await )?agent\.(\w+)", README))))
def test_every_method_exists(name):
    """That the table names."""
    assert hasattr(VoiceAgent, name)


def test_every_file_that_is_linked_exists():
    """Relative links and paths of the package."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    paths = re.findall(r"`(voice_actors/[\w/]+\.py)`", README)
    assert links
    assert [] == [path for path in (*links, *paths) if not (ROOT / path).exists()]


def test_the_simulation_passes_as_it_stands():
    """With the agent of the programs above it, and ten of its seeds."""
    (program,) = (block for kind, block in BLOCKS if kind == "python" and "simulate(" in block)

    async def weather(city: str) -> dict:
        """Current weather in a city."""
        return {"sky": "clear", "city": city}

    names = {"AgentConfig": AgentConfig, "weather": weather}
    exec(compile(program.replace("range(100)", "range(10)"), "README.md", "exec"), names)
    names["test_my_agent_keeps_every_promise"]()
