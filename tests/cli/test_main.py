"""The command line as a shell sees it: exit codes, sentences, and no tracebacks."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = ("talk", "demo", "devices", "doctor", "offline")


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr."""
    lines = result.stderr.strip().splitlines()
    assert 1 == len(lines), result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


def test_help_names_every_command_and_shows_examples(voice_actors):
    """`--help` is exit code 0 and enough to start with."""
    result = voice_actors("--help")
    assert (0, "") == (result.returncode, result.stderr)
    for command in COMMANDS:
        assert command in result.stdout
    assert "examples:" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_own_help(voice_actors, command):
    """`COMMAND --help` is exit code 0 too."""
    result = voice_actors(command, "--help")
    assert (0, "") == (result.returncode, result.stderr)
    assert f"usage: voice-actors {command}" in result.stdout


def test_help_imports_nothing_heavy(environment):
    """Help comes at once, because neither trio nor anything that sounds or computes is imported for it."""
    code = (
        "import sys; from voice_actors.cli import main; code = main(['talk', '--help']);"
        "heavy = {'trio', 'attrs', 'numpy', 'sounddevice', 'google.genai', 'PIL', 'onnxruntime', 'ctranslate2', 'cryptography'};"
        "print('HEAVY', sorted(heavy & set(sys.modules)), code)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert "HEAVY [] 0" in result.stdout


def test_version_is_the_package_s(voice_actors):
    """`--version` prints it."""
    import voice_actors as package

    assert f"voice-actors {package.__version__}\n" == voice_actors("--version").stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((), "required: COMMAND"),
        (("tlak",), "invalid choice: 'tlak'"),
        (("talk", "--loud"), "unrecognized arguments: --loud"),
        (("talk", "--voice"), "expected one argument"),
    ],
)
def test_a_wrong_argument_is_exit_code_2_and_says_where_help_is(voice_actors, arguments, part):
    """What cannot be parsed is told in one sentence."""
    result = voice_actors(*arguments)
    assert 2 == result.returncode
    assert part in result.stderr
    assert "--help`" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--mic", "question.wav"), "question.wav"),
        (("--mic", "broken.wav"), "broken.wav"),
        (("--speaker", "nowhere/answer.wav"), "nowhere"),
        (("--transcript", "nowhere/t.jsonl"), "nowhere/t.jsonl"),
        (("--record", "nowhere/r.wav"), "nowhere/r.wav"),
        (("--filler", "broken.wav"), "the filler's sound: "),
        (("--system", "@prompt.txt"), "prompt.txt"),
        (("--tools", "no_such_module:weather"), "no_such_module"),
        (("--tools", "json:weather"), "'weather'"),
    ],
)
def test_what_cannot_be_used_is_exit_code_2_and_named(voice_actors, tmp_path, arguments, part):
    """Bad input is one line on stderr that names it."""
    (tmp_path / "broken.wav").write_bytes(b"this is no RIFF file at all, but long enough to be one")
    chosen = {"--mic": "null", "--speaker": "null"} | dict([arguments])
    result = voice_actors("talk", "--offline", *[word for pair in chosen.items() for word in pair])
    assert 2 == result.returncode
    assert part in one_line(result)


def test_no_network_is_exit_code_1_and_offers_offline(voice_actors):
    """A server that cannot be reached is no fault of the command line, but there is a way out."""
    closed = "http://127.0.0.1:9"
    result = voice_actors(
        "talk", "--mic", "null", "--speaker", "null", GEMINI_API_KEY="secret-key", GOOGLE_GEMINI_BASE_URL=closed
    )
    assert 1 == result.returncode
    assert "--offline" in one_line(result)
    assert "secret-key" not in result.stderr + result.stdout


def test_a_latin_1_terminal_survives_other_letters(voice_actors):
    """What a terminal cannot show is replaced."""
    result = voice_actors("talk", "--mic", "☃.wav", "--speaker", "null", "--offline", PYTHONIOENCODING="latin-1")
    assert 2 == result.returncode
    assert "there is no file ?.wav" in one_line(result)


def test_debug_shows_where_it_failed(voice_actors):
    """`--debug` is for who wants the traceback."""
    result = voice_actors("--debug", "talk", "--offline", "--mic", "question.wav", "--speaker", "null")
    assert 2 == result.returncode
    assert "Traceback" in result.stderr


def test_every_fault_of_our_own_is_told_as_such(monkeypatch, capsys):
    """A bug is a line, exit code 1, and how to see more."""
    from voice_actors.cli import arguments, main

    async def explode(args):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(arguments, "_lazily", lambda module: explode)
    assert 1 == main(["doctor"])
    assert "unexpected ZeroDivisionError: by nothing (`--debug` shows where)" in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_it_quietly(environment, tmp_path):
    """`voice-actors … | head -1` says nothing on stderr."""
    process = subprocess.Popen(
        [sys.executable, "-m", "voice_actors", "doctor"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert 1 == process.wait(60)
    assert b"" == error
