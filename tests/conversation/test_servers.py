"""MCP servers that come and go with a conversation's tools."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest
import trio

from voice_actors import messages as m
from voice_actors import tool
from voice_actors.conversation.servers import Servers
from voice_actors.errors import ConfigError
from voice_actors.gemini import events as wire
from voice_actors.toolbox.mcp_server import McpServer

pytest.importorskip("mcp")
pytestmark = pytest.mark.slow

PROGRAM = str(Path(__file__).parents[1] / "toolbox" / "mcp_clockwork.py")


def clockwork(notes, *only, **settings):
    return McpServer((sys.executable, PROGRAM, str(notes)), only=set(only) or None, **settings)


def pids(notes):
    lines = notes.read_text().splitlines() if notes.exists() else []
    return [int(line.split()[1]) for line in lines if line.startswith("up ")]


def runs(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def gone(pid):
    while runs(pid):
        await trio.sleep(0.02)


async def noted(notes, word):
    while not notes.exists() or word not in notes.read_text():
        await trio.sleep(0.02)


async def hears(link):
    await link.accept_setup()
    await link.say(wire.SessionResumptionUpdate(f"h{link.number}", resumable=True))
    while True:
        await link.hear()


def call(id_, name, **args):
    return wire.ToolCall((wire.FunctionCall(id_, name, args),))


async def happened(events, kind, **fields):
    async for event in events:
        if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
            return event
    raise AssertionError(f"the conversation ended without a {kind.__name__}")


def here() -> str:
    """A tool of our own."""
    return "here"


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.1-flash-live-preview"])
async def test_an_update_starts_and_stops_servers(rig, tmp_path, model):
    """One that is added is up before the model knows its tools, and one that is left out ends once the model knows that
    and its call has; a model that cannot change within a session is met on a new connection first.
    """
    notes = tmp_path / "notes"
    with trio.fail_after(60):
        async with rig(hears, tools=[here], model=model) as r:
            events = r.agent.events()
            await r.agent.update(tools=[here, clockwork(notes, "add", "wait")])
            told = await happened(events, m.Updated)
            assert ("here", "add", "wait") == tuple(told.tools)
            [pid] = pids(notes)
            await r.server.links[-1].say(call("a", "add", a=2))
            assert {"result": 3} == (await happened(events, m.ToolAnswered, id="a")).response
            await r.server.links[-1].say(call("w", "wait"))
            await noted(notes, "waiting")
            await r.agent.update(tools=[here])
            await r.agent.rotate() if model == "gemini-3.8-live" else None
            await r.server.links[-1].say(wire.ToolCallCancellation(("w",)))
            await happened(events, m.ToolWithdrawn, id="w")
            await gone(pid)
            [mine] = r.agent.config.tools
    assert mine is here


async def test_a_call_under_way_ends_by_its_server(rig, tmp_path):
    """The server is not stopped below it, and takes no other."""
    notes = tmp_path / "notes"
    with trio.fail_after(60):
        async with rig(hears, tools=[clockwork(notes, "wait")]) as r:
            events = r.agent.events()
            await r.server.links[-1].say(call("w", "wait"))
            await noted(notes, "waiting")
            await r.agent.update(tools=[here])
            await happened(events, m.Updated)
            await trio.sleep(0.5)
            [pid] = pids(notes)
            assert runs(pid)
            await r.server.links[-1].say(wire.ToolCallCancellation(("w",)))
            await noted(notes, "withdrawn")
            await gone(pid)


async def test_a_server_that_stays_is_not_started_again(rig, tmp_path):
    """By itself, by its tools as `agent.config.tools` has them, and configured."""
    notes = tmp_path / "notes"
    server = clockwork(notes, "add")
    with trio.fail_after(60):
        async with rig(hears, tools=[tool(server, timeout=9)]) as r:
            events = r.agent.events()
            for tools in ([here, server], [*r.agent.config.tools, here], [tool(server, timeout=5)]):
                await r.agent.update(tools=tools)
                await happened(events, m.Updated)
            await r.server.links[-1].say(call("a", "add", a=2))
            assert "ok" == (await happened(events, m.ToolAnswered)).outcome
            [pid] = pids(notes)
            assert runs(pid)
        await gone(pid)


async def test_a_server_that_does_not_come_up_changes_nothing(rig, tmp_path):
    """What was started for the same change is stopped, what there was goes on; so it is with any other error."""
    old, new = tmp_path / "old", tmp_path / "new"
    broken = McpServer((sys.executable, "-c", "1"))
    with trio.fail_after(60):
        async with rig(hears, tools=[clockwork(old, "add")]) as r:
            events = r.agent.events()
            for tools, says in (([broken], "does not come up"), ([here, here], "two tools")):
                with pytest.raises(ConfigError, match=says):
                    await r.agent.update(tools=[clockwork(new, "get_weather"), *tools])
                await gone(pids(new)[-1])
            await r.server.links[-1].say(call("a", "add", a=2))
            assert "ok" == (await happened(events, m.ToolAnswered)).outcome
            assert [] == [event for event in r.agent.export_events() if isinstance(event, m.Updated)]
            assert runs(*pids(old))


async def test_without_a_conversation(tmp_path):
    """Up while the block lasts; the block's own exception comes out bare."""
    notes = tmp_path / "notes"
    with trio.fail_after(60), pytest.raises(LookupError, match="mine"):
        async with Servers.open() as servers:
            [add] = await servers.start([clockwork(notes, "add", prefix="my_")])
            assert "my_add" == add.name
            assert runs(*pids(notes))
            assert not servers.keep([add])
            raise LookupError("mine")
    await gone(*pids(notes))
