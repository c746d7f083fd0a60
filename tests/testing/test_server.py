"""ScriptedServer: whose failure is told, and what each side sees when the other leaves."""

from __future__ import annotations

import pytest
import trio

from voice_actors.errors import LinkLost, Refused, RemoteProtocolError
from voice_actors.gemini import client
from voice_actors.gemini import events as wire
from voice_actors.testing import ScriptedServer


async def stay(link):
    await trio.sleep_forever()


async def test_a_check_of_the_script_that_fails_after_the_end_is_not_lost():
    """Also where the client fails at the same moment, because the link is gone."""

    async def script(link):
        link.end()
        raise AssertionError("the script's own")

    with pytest.RaisesGroup(AssertionError, LinkLost):
        async with ScriptedServer(script).dial() as link:
            await link.receive()


async def test_a_check_of_the_script_that_fails_ends_the_client(autojump_clock):
    """It is told at once, not when the client times out."""

    async def script(link):
        raise AssertionError("the script's own")

    with pytest.RaisesGroup(AssertionError):
        async with ScriptedServer(script).dial():
            await trio.sleep_forever()
    assert 0 == trio.current_time()


async def test_the_clients_own_failure_comes_out_bare():
    """As from a link over a socket."""
    with pytest.raises(ZeroDivisionError):
        async with ScriptedServer(stay).dial():
            raise ZeroDivisionError


async def test_whoever_reads_gets_what_was_sent_before_the_end():
    """And then the verdict: each time a fresh one, in either direction."""

    async def script(link):
        await link.say(wire.TurnComplete())
        link.end(lambda: Refused("no", code=1008))

    async with ScriptedServer(script).dial() as link:
        await trio.testing.wait_all_tasks_blocked()
        assert (wire.TurnComplete(),) == client.decode(await link.receive())
        errors = []
        for ask in (link.receive, link.receive, lambda: link.send("{}")):
            with pytest.raises(Refused) as caught:
                await ask()
            errors.append(caught.value)
        assert 3 == len({id(error) for error in errors})


async def test_a_script_may_hear_the_client_leave():
    """It is ended with the connection all the same, and the server waits for the next."""
    left = []

    async def script(link):
        try:
            await link.hear()
        finally:
            left.append(link.number)

    server = ScriptedServer(script)
    for _ in range(2):
        async with server.dial():
            await trio.testing.wait_all_tasks_blocked()
    assert [0, 1] == left == [link.number for link in server.links]


async def test_a_client_that_breaks_the_rules_is_found_out():
    """The script hears through the real codec, which is strict."""

    async def script(link):
        await link.hear()

    with pytest.RaisesGroup(RemoteProtocolError):
        async with ScriptedServer(script).dial() as link:
            await link.send('{"setup": {"model": "m"}, "setUp": {}}')
            await trio.sleep_forever()


@pytest.mark.parametrize(("ms", "chunk_ms"), [(100, 40), (1, 40), (33.3, 7.7), (80, 40), (0, 40)])
async def test_a_burst_of_speech_has_its_exact_length(ms, chunk_ms):
    """To the sample, whatever the chunks."""

    async def script(link):
        await link.speak(ms, chunk_ms=chunk_ms, sample=b"\x01\x02")
        link.end()

    got = []
    async with ScriptedServer(script).dial() as link:
        with pytest.raises(LinkLost):
            while True:
                [event] = client.decode(await link.receive())
                got.append(event.pcm)
    assert b"\x01\x02" * round(ms * 24) == b"".join(got)
    assert all(len(pcm) == 2 * round(chunk_ms * 24) for pcm in got[:-1])
