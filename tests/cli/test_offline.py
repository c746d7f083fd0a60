"""`voice-actors offline` as a shell sees it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from voice_actors.cli import offline
from voice_actors.cli.arguments import build_parser
from voice_actors.errors import ConfigError

pytestmark = pytest.mark.slow
CLIENT = """
import os, ssl, sys, json
context = ssl.create_default_context()
import socket
from urllib.parse import urlsplit
url = urlsplit(os.environ["GOOGLE_GEMINI_BASE_URL"])
with socket.create_connection((url.hostname, url.port)) as plain:
    with context.wrap_socket(plain, server_hostname=url.hostname) as secure:
        secure.sendall(b"GET /v1/models HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
        head = secure.recv(4096).decode()
print(json.dumps({"head": head.splitlines()[0], "key": os.environ["GEMINI_API_KEY"], "args": sys.argv[1:]}))
sys.exit(7)
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE", "SSL_"))}
    return {**kept, "XDG_CACHE_HOME": str(folder), **more}


def parse(*argv: str):
    return build_parser().parse_args(["offline", *argv])


def test_a_command_runs_with_both_variables_set_and_its_exit_code_is_ours(tmp_path):
    """The command reaches the server over TLS by the environment alone, and gets its own arguments, dashes and all."""
    argv = [sys.executable, "-m", "voice_actors", "offline", "--", sys.executable, "-c", CLIENT, "--flag", "--", "x"]
    done = subprocess.run(argv, env=environment(tmp_path), capture_output=True, text=True, timeout=120)
    assert done.returncode == 7, done.stderr
    said = json.loads(done.stdout)
    assert said == {"head": "HTTP/1.1 404 ", "key": "offline", "args": ["--flag", "--", "x"]}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_env_prints_only_the_lines_to_paste_and_serves_until_told_to_stop(tmp_path, how):
    """Two lines on standard output once it listens; a signal ends it without a traceback."""
    argv = [sys.executable, "-m", "voice_actors", "offline", "--port", "0", "--env"]
    with subprocess.Popen(
        argv, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            lines = [server.stdout.readline() for _ in range(2)]
            server.send_signal(how)
            rest, errors = server.communicate(timeout=60)
        finally:
            server.kill()
    names = [shlex.split(line)[1].split("=")[0] for line in lines]
    assert names == ["GOOGLE_GEMINI_BASE_URL", "SSL_CERT_FILE"]
    assert (rest, errors) == ("", "")
    assert server.returncode == 128 + how


def test_a_command_that_is_not_there_is_127(tmp_path):
    """As a shell would say it, in one line."""
    argv = [sys.executable, "-m", "voice_actors", "offline", "--", "no-such-command-here"]
    done = subprocess.run(argv, env=environment(tmp_path), capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == "voice-actors: no-such-command-here: there is no such command\n"


def test_the_port_is_fixed_unless_a_command_is_run():
    """Lines that were pasted yesterday are good today; two commands at once do not collide."""
    assert offline.settings_of(parse()).port == offline.PORT
    assert offline.settings_of(parse("--", "true")).port == 0
    assert offline.settings_of(parse("--port", "1234", "--", "true")).port == 1234


def test_tls_is_the_default_and_the_other_options_reach_the_server():
    """Each option is a setting."""
    assert offline.settings_of(parse()).tls
    settings = offline.settings_of(
        parse("--plain", "--api-key", "k", "--model-profile", "3.1", "--strict", "--max-age", "60")
    )
    assert not settings.tls
    assert (settings.api_key, settings.model_profile, settings.strict) == ("k", "3.1", True)
    assert settings.connection_max_age == 60
    with pytest.raises(ConfigError, match="api_key"):
        offline.settings_of(parse("--host", "0.0.0.0"))


@pytest.mark.parametrize("wrong", [("--port", "x"), ("--port", "70000"), ("--max-age", "0"), ("--tls", "--plain")])
def test_wrong_arguments_are_refused(wrong, capsys):
    """With argparse's exit code 2 and a line that names the option."""
    with pytest.raises(SystemExit) as leaving:
        parse(*wrong)
    assert leaving.value.code == 2
    assert wrong[0] in capsys.readouterr().err


class FakeServer:
    base_url = "https://127.0.0.1:1"
    ca_file = "/a b/ca.pem"
    settings = offline.settings_of(parse("--api-key", "secret"))


def test_the_environment_of_a_command_keeps_what_the_user_has_set():
    """A key of the user's own stays; proxies are told to leave loopback alone."""
    found = offline.environment(FakeServer(), {"GOOGLE_API_KEY": "mine", "no_proxy": "example.com"})
    assert found["GOOGLE_API_KEY"] == "mine"
    assert "GEMINI_API_KEY" not in found
    assert found["no_proxy"] == "example.com,127.0.0.1,localhost,::1"
    assert found["NO_PROXY"] == "127.0.0.1,localhost,::1"
    assert offline.environment(FakeServer(), {})["GEMINI_API_KEY"] == "secret"


def test_the_lines_to_paste_are_quoted_and_show_no_key():
    """A folder with a space in its name survives the shell."""
    assert "export SSL_CERT_FILE='/a b/ca.pem'" in offline.lines(FakeServer())
    assert "secret" not in offline.welcome(FakeServer())


def test_faults_are_given_by_name_or_file(tmp_path):
    """Several at once; none is none."""
    from voice_actors.offline.faults.catalogue import CATALOGUE

    script = tmp_path / "mine.toml"
    script.write_text('[[fault]]\nat = 3.0\ndo = "reset"\n', encoding="utf-8")
    assert offline.settings_of(parse()).script is None
    joined = offline.settings_of(parse("--fault", "stall", "--fault", str(script))).script
    assert joined is not None
    assert joined.faults[:-1] == CATALOGUE["stall"].script.faults
    assert joined.faults[-1].at == 3.0
    with pytest.raises(ConfigError, match="did you mean goaway"):
        offline.settings_of(parse("--fault", "go-away"))


def test_the_names_of_faults_are_listed(capsys):
    """One a line, with what it does, and nothing is served."""
    from voice_actors.offline.faults.catalogue import CATALOGUE

    with pytest.raises(SystemExit) as ended:
        parse("--faults")
    assert not ended.value.code
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(CATALOGUE)
    assert all(len(line) < 100 for line in listed)


def test_a_busy_port_is_refused_with_the_way_out(tmp_path):
    """One line that says which option finds a free one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "voice_actors", "offline", "--port", port]
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert 2 == done.returncode
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}" in line
    assert "`--port 0` takes a free one" in line
