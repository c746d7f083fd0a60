"""A real MCP server's tools: declared, called, withdrawn, and back after the server has died."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trio

from voice_actors.conversation.servers import Servers
from voice_actors.errors import ConfigError
from voice_actors.toolbox import BadArguments, Room, ToolFailed, mcp_connection
from voice_actors.toolbox import mcp_keeper as module
from voice_actors.toolbox.mcp_keeper import McpKeeper
from voice_actors.toolbox.mcp_server import McpServer

pytest.importorskip("mcp")
pytestmark = pytest.mark.slow

PROGRAM = str(Path(__file__).with_name("mcp_clockwork.py"))


@pytest.fixture
def notes(tmp_path):
    return tmp_path / "notes"


def by_pipes(notes, **settings):
    return McpServer((sys.executable, PROGRAM, str(notes)), **settings)


@contextlib.asynccontextmanager
async def kept(server):
    keeper = McpKeeper(server)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            await nursery.start(keeper.run)
            yield keeper
            nursery.cancel_scope.cancel("enough")


async def call(keeper, name, **args):
    tool = next(one for one in keeper.tools if one.name == name)
    return await tool.run(args, Room(trio.CapacityLimiter(1)))


async def noted(notes, word):
    while not notes.exists() or word not in notes.read_text():
        await trio.sleep(0.02)


def pids(notes):
    return [int(line.split()[1]) for line in notes.read_text().splitlines() if line.startswith("up ")]


async def test_tools_are_declared_and_called(notes):
    """With the server's own words and schemas; its structured answers, pictures and errors are the model's."""
    async with kept(by_pipes(notes)) as keeper:
        assert ["get_weather", "add", "draw", "refuse", "die", "wait"] == [one.name for one in keeper.tools]
        declared = keeper.tools[1].declaration()
        assert "Add two numbers." == declared["description"]
        assert ["a"] == declared["parametersJsonSchema"]["required"]
        assert {"result": 5} == (await call(keeper, "add", a=2, b=3)).response
        assert {"result": "light rain"} == (await call(keeper, "get_weather", city="Oslo")).response
        drawn = await call(keeper, "draw")
        assert "image/png" == drawn.parts[0]["inlineData"]["mimeType"]
        with pytest.raises(ToolFailed, match="refuse"):
            await call(keeper, "refuse")
        with pytest.raises(BadArguments, match="a: missing"):
            await call(keeper, "add")
        with pytest.raises(ToolFailed, match="integer"):
            await call(keeper, "add", a="many")
        (pid,) = pids(notes)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_cancelled_call_is_told_to_the_server(notes):
    """What it was doing there is stopped there; the connection lives on."""
    async with kept(by_pipes(notes)) as keeper:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call, keeper, "wait")
            await noted(notes, "waiting")
            nursery.cancel_scope.cancel("withdrawn")
        await noted(notes, "withdrawn")
        assert {"result": 2} == (await call(keeper, "add", a=1)).response
        assert 0 == keeper.restarts


async def test_a_server_that_dies_in_a_call_is_started_again(notes):
    """That call fails, since nobody knows how far it came; the next waits for the new one."""
    async with kept(by_pipes(notes)) as keeper:
        with pytest.raises(ToolFailed, match="went away in the middle of it; it is started again"):
            await call(keeper, "die")
        assert {"result": 2} == (await call(keeper, "add", a=1)).response
        assert 1 == keeper.restarts
    assert 2 == len(pids(notes))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_a_server_that_dies_while_nobody_asks_is_started_again(notes):
    """The next call finds the new one."""
    async with kept(by_pipes(notes)) as keeper:
        os.kill(pids(notes)[0], signal.SIGKILL)
        while not keeper.restarts:
            await trio.sleep(0.02)
        assert {"result": 2} == (await call(keeper, "add", a=1)).response
    assert 2 == len(pids(notes))


async def test_some_tools_under_other_names(notes):
    """Where two servers have the same."""
    async with kept(by_pipes(notes, prefix="clock.", only={"add"})) as keeper:
        assert ["clock.add"] == [one.name for one in keeper.tools]
        assert {"result": 2} == (await call(keeper, "clock.add", a=1)).response


@contextlib.asynccontextmanager
async def serving(notes, port):
    """The same server, somewhere on the network."""
    process = await trio.lowlevel.open_process(
        [sys.executable, PROGRAM, str(notes), "http", str(port)], stderr=subprocess.DEVNULL
    )
    try:
        with trio.fail_after(30):
            while True:
                with contextlib.suppress(OSError):
                    await (await trio.open_tcp_stream("127.0.0.1", port)).aclose()
                    break
                await trio.sleep(0.05)
        yield
    finally:
        process.kill()
        await process.wait()


async def test_over_http(notes):
    """A server that goes away and comes back is found again; a call in between fails."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with contextlib.AsyncExitStack() as up:
        await up.enter_async_context(serving(notes, port))
        async with kept(McpServer(url=f"http://127.0.0.1:{port}/mcp")) as keeper:
            assert {"result": 5} == (await call(keeper, "add", a=2, b=3)).response
            await up.aclose()
            with pytest.raises(ToolFailed, match="went away in the middle of it"):
                await call(keeper, "add", a=2, b=3)
            async with serving(notes, port):
                assert {"result": 5} == (await call(keeper, "add", a=2, b=3)).response


async def refused(server, says):
    with pytest.raises(ExceptionGroup) as caught:
        async with kept(server):
            raise AssertionError("it came up")
    assert caught.group_contains(ConfigError, match=says)


async def test_one_that_does_not_come_up_is_refused(notes, monkeypatch):
    """With its command, before the conversation begins."""
    await refused(McpServer(("no-such-program-anywhere",)), "no-such-program-anywhere does not come up: ")
    await refused(McpServer((sys.executable, "-c", "print('hello')")), "does it run by itself?")
    await refused(by_pipes(notes, only={"sub"}), "has no sub; it has get_weather, add")
    monkeypatch.setattr(module, "START", 0.3)
    await refused(McpServer((sys.executable, "-c", "import time; time.sleep(60)")), "TooSlowError")


async def test_without_the_extra_it_is_refused_with_the_way_out(notes, monkeypatch):
    """One line."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    await refused(by_pipes(notes), r"needs an extra: pip install 'voice-actors\[mcp\]'")


async def test_what_it_needs_is_loaded_beside_the_conversation(notes, monkeypatch):
    """Everything in a thread, and before the first call: also what `mcp` itself would load at the first answer."""
    loaded = {}

    def load(name):
        loaded.setdefault(name, threading.current_thread() is threading.main_thread())
        return importlib.import_module(name)

    monkeypatch.setattr(mcp_connection, "import_module", load)
    async with kept(by_pipes(notes)) as keeper:
        before = set(sys.modules)
        await call(keeper, "add", a=1)
        late = {name.partition(".")[0] for name in set(sys.modules) - before}
    print(f"loaded in a thread: {', '.join(loaded)}")
    assert not any(loaded.values())
    assert "jsonschema" not in late


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "either a command or a url"),
        ({"command": ("x",), "url": "http://x"}, "either a command or a url"),
        ({"command": "uvx mcp-server-time"}, r"in parts, command=\('uvx', 'mcp-server-time'\)"),
    ],
)
def test_settings_that_cannot_be(settings, says):
    """One of two ways."""
    with pytest.raises(ConfigError, match=says):
        McpServer(**settings)


def test_secrets_are_not_printed():
    """Of variables and headers only the names, of a URL only where it is, of a program no options."""
    program = McpServer(("uvx", "a-server", "--token", "secret"), env={"TOKEN": "secret"})
    remote = McpServer(url="https://me:secret@example.org/mcp?key=secret", headers={"Authorization": "secret"})
    for shown in (repr(program), str(program), repr(remote), str(remote)):
        assert "secret" not in shown
    assert "TOKEN" in repr(program)
    assert ("uvx a-server …", "https://***@example.org/mcp and a query") == (str(program), str(remote))


async def test_what_went_wrong_does_not_quote_a_url_s_secrets():
    """Whatever the package that speaks HTTP says."""
    server = McpServer(url="http://me:secret@127.0.0.1:1/mcp?key=secret")
    with pytest.raises(ConfigError, match="does not come up") as caught:
        async with Servers.open() as servers:
            await servers.start([server])
    assert "secret" not in str(caught.value)
