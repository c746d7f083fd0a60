"""What a server notes about its clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from voice_actors.errors import LinkError
from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline.complaints import (
    BEFORE_SETUP,
    KINDS,
    STAYED,
    TWICE,
    TWO_SOCKETS,
    UNANSWERED,
    UNKNOWN_CALL,
    WITHDRAWN,
    Complaints,
)
from voice_actors.offline.faults import actions as f
from voice_actors.offline.faults.script import Fault, Script
from voice_actors.offline.parts import Call, Dialogue, Say, UserTurn
from voice_actors.testing import MemoryServer, open_offline_server

SETUP = {
    "model": "models/gemini-3.8-live",
    "tools": [{"functionDeclarations": [{"name": "f", "behavior": "BLOCKING"}]}],
    "sessionResumption": {},
}


async def mind(dialogue: Dialogue) -> Any:
    """Calls where it is asked to."""
    last = dialogue.entries[-1]
    return Call("f", {}) if isinstance(last, UserTurn) and "call" in last.text else Say("yes")


@asynccontextmanager
async def talking(server: MemoryServer, **more: Any) -> AsyncIterator[Link]:
    async with open_link("ws://memory/ws", {}, stream=server.stream()) as link:
        await link.send(wire.encode(e.Setup({**SETUP, **more})))
        yield link


async def until(link: Link, kind: type) -> Any:
    with trio.fail_after(120):
        while True:
            for event in wire.decode(await link.receive()):
                if isinstance(event, kind):
                    return event


async def gone(link: Link) -> None:
    with trio.fail_after(200), pytest.raises(LinkError):
        while True:
            await link.receive()


def answered(id: str) -> str:
    return wire.encode(e.ToolResponse((e.FunctionResponse(id, "f", {"output": 1}),)))


async def test_a_good_client_gives_no_cause(autojump_clock):
    """A question, a call, its answer, and goodbye."""
    async with open_offline_server(mind=mind) as server:
        async with talking(server) as link:
            await until(link, e.SetupComplete)
            await link.send(wire.encode(e.TextIn("call")))
            (call,) = (await until(link, e.ToolCall)).calls
            await link.send(answered(call.id))
            await until(link, e.TurnComplete)
        await trio.sleep(1)
    assert not server.complaints


async def test_whoever_speaks_before_the_setup_is_answered_is_noted(autojump_clock):
    """On a server that takes its time."""
    async with open_offline_server(mind=mind, script="setup-late") as server, talking(server) as link:
        await link.send(wire.encode(e.TextIn("hello")))
        await until(link, e.SetupComplete)
        await link.send(wire.encode(e.TextIn("again")))
        await until(link, e.TurnComplete)
    assert server.complaints == {BEFORE_SETUP: 1}


async def test_answers_that_nobody_waits_for_are_told_apart(autojump_clock):
    """A second one, one of a call that was withdrawn, and one of no call."""
    async with open_offline_server(mind=mind) as server, talking(server) as link:
        await until(link, e.SetupComplete)
        await link.send(wire.encode(e.TextIn("call")))
        (first,) = (await until(link, e.ToolCall)).calls
        await link.send(answered(first.id))
        await link.send(answered(first.id))
        await until(link, e.TurnComplete)
        await link.send(wire.encode(e.TextIn("call")))
        (second,) = (await until(link, e.ToolCall)).calls
        await link.send(wire.encode(e.TextIn("stop")))
        await until(link, e.ToolCallCancellation)
        await link.send(answered(second.id))
        await link.send(answered("made up"))
        await trio.sleep(1)
        assert server.complaints == {TWICE: 1, WITHDRAWN: 1, UNKNOWN_CALL: 1}


@pytest.mark.parametrize("script", [None, "unknown-tool-call"])
async def test_a_call_that_is_left_unanswered_is_noted(autojump_clock, script):
    """One of the mind's, or one that a fault has made up."""
    async with open_offline_server(mind=mind, script=script) as server:
        async with talking(server) as link:
            await until(link, e.SetupComplete)
            await link.send(wire.encode(e.TextIn("say something" if script else "call")))
            await until(link, e.ToolCall)
            await trio.sleep(1)
        await trio.sleep(1)
        assert server.complaints == {UNANSWERED: 1}


async def test_a_call_that_a_fault_made_up_may_be_answered(autojump_clock):
    """With an error, as a good client does; then nothing is noted."""
    async with open_offline_server(mind=mind, script="unknown-tool-call") as server:
        async with talking(server) as link:
            await until(link, e.SetupComplete)
            await link.send(wire.encode(e.TextIn("say something")))
            (call,) = (await until(link, e.ToolCall)).calls
            assert call.name == "function_of_nobody"
            await link.send(answered(call.id))
            await trio.sleep(1)
        await trio.sleep(1)
        assert not server.complaints


async def test_whoever_comes_back_with_the_old_connection_open_is_noted(autojump_clock):
    """And refused, with 1011."""
    async with open_offline_server(mind=mind) as server, talking(server) as link:
        update = await until(link, e.SessionResumptionUpdate)
        async with talking(server, sessionResumption={"handle": update.handle}) as other:
            await gone(other)
        assert server.complaints == {TWO_SOCKETS: 1}


@pytest.mark.parametrize("ending", [(), (Fault("client-text", f.Close(1011)),)])
async def test_whoever_comes_back_to_a_server_that_is_not_done_is_not_noted(autojump_clock, ending):
    """The old connection is closed, by its client or by the server, which stalls and holds the session: refused."""
    script = Script((Fault("client-text", f.Stall(3.0)), *ending))
    async with open_offline_server(mind=mind, script=script) as server:
        async with talking(server) as link:
            update = await until(link, e.SessionResumptionUpdate)
            await link.send(wire.encode(e.TextIn("say something")))
            await trio.sleep(0.1)
        async with talking(server, sessionResumption={"handle": update.handle}) as other:
            await gone(other)
        assert not server.complaints


async def test_whoever_does_not_heed_go_away_is_noted(autojump_clock):
    """When its deadline is over; who left before is not."""
    async with open_offline_server(mind=mind, connection_max_age=60.0) as server:
        async with talking(server) as link:
            await until(link, e.GoAway)
        await trio.sleep(60)
        assert not server.complaints
        async with talking(server) as link:
            await gone(link)
        assert server.complaints == {STAYED: 1}


async def test_what_was_refused_and_what_is_unknown_stands_there(autojump_clock):
    """In the words that the client was told, or by the field's name."""
    async with open_offline_server(mind=mind) as server:
        async with talking(server, someNewField=1) as link:
            await until(link, e.SetupComplete)
        await trio.sleep(1)
        async with talking(server, proactivity={"proactiveAudio": False}) as link:
            await gone(link)
        unknown, refused = sorted(server.complaints)
    assert unknown == "sent the unknown field setup.someNewField"
    assert refused.startswith("was refused: Request contains an invalid argument. proactivity.proactiveAudio")


def test_there_is_an_end_to_what_is_told_apart():
    """Clients choose some of the words; what is known already is counted on."""
    complaints = Complaints()
    for number in range(KINDS * 2):
        complaints.note(f"kind {number}")
        complaints.note("kind 0")
    assert len(complaints.counts) == KINDS
    assert complaints.counts["kind 0"] == KINDS * 2 + 1
