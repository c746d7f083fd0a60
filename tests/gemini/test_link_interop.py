"""The link speaks with the WebSocket library that google-genai uses, in both roles."""

from __future__ import annotations

import json

import pytest
import trio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.server import serve

from voice_actors.errors import LinkLost, Refused
from voice_actors.gemini.link import NotAnUpgrade, Rejection, accept_link, answer_http, open_link

GUARD = 20
FRAMES = ["", "text ü", b"", b"\x00" * 70_000, json.dumps({"setupComplete": {}})]


async def in_thread(function, *arguments):
    return await trio.to_thread.run_sync(function, *arguments, abandon_on_cancel=True)


async def test_their_client_our_server():
    """Offers permessage-deflate, which is declined; frames, and a close with code and reason, arrive."""

    def talk(port):
        with connect(f"ws://127.0.0.1:{port}//ws/x?key=k") as socket:
            for frame in FRAMES:
                socket.send(frame)
                assert frame == socket.recv(timeout=GUARD)
            socket.send("bye")
            with pytest.raises(ConnectionClosed) as caught:
                socket.recv(timeout=GUARD)
            assert "permessage-deflate" in socket.request.headers["Sec-WebSocket-Extensions"]
            assert "Sec-WebSocket-Extensions" not in socket.response.headers
            return caught.value.rcvd.code, caught.value.rcvd.reason

    async def handle(stream):
        async with accept_link(stream) as link:
            while (frame := await link.receive()) != "bye":
                await link.send(frame)
            await link.close(1011, "Internal error encountered.")

    with trio.fail_after(GUARD):
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, handle, listeners)
            port = listeners[0].socket.getsockname()[1]
            assert (1011, "Internal error encountered.") == await in_thread(talk, port)
            nursery.cancel_scope.cancel()


async def test_their_client_is_refused_by_our_server():
    """Status and body reach it; so does the answer to a plain request on the same port."""

    def talk(port):
        with pytest.raises(InvalidStatus) as caught:
            connect(f"ws://127.0.0.1:{port}/")
        from urllib.request import Request, urlopen

        opener = Request(f"http://127.0.0.1:{port}/v1beta/auth_tokens", data=b'{"uses": 1}')
        with urlopen(opener, timeout=GUARD) as answer:
            return caught.value.response.status_code, caught.value.response.body, json.load(answer)

    async def handle(stream):
        try:
            async with accept_link(stream, check=lambda _: Rejection(403, '{"no": "key"}')):
                pytest.fail("accepted")
        except Refused:
            return
        except NotAnUpgrade as request:
            await answer_http(stream, 200, json.dumps({"method": request.method, "sent": request.body.decode()}))

    with trio.fail_after(GUARD):
        async with trio.open_nursery() as nursery:
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, handle, listeners)
            port = listeners[0].socket.getsockname()[1]
            status, body, document = await in_thread(talk, port)
            nursery.cancel_scope.cancel()
    assert (403, b'{"no": "key"}') == (status, body)
    assert {"method": "POST", "sent": '{"uses": 1}'} == document


async def test_our_client_their_server():
    """Frames and the close arrive; our own close is answered at once."""

    def handle(socket):
        for frame in socket:
            if frame == "bye":
                socket.close(1007, "Request contains an invalid argument.")
                return
            socket.send(frame)

    with serve(handle, "127.0.0.1", 0) as server, trio.fail_after(GUARD):
        port = server.socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(in_thread, server.serve_forever)
            async with open_link(f"ws://127.0.0.1:{port}/", {}) as link:
                for frame in FRAMES:
                    await link.send(frame)
                    assert frame == await link.receive()
            async with open_link(f"ws://127.0.0.1:{port}/", {}) as link:
                await link.send("bye")
                with pytest.raises(Refused, match="invalid argument"):
                    await link.receive()
                with pytest.raises(Refused):
                    await link.send("more")
            server.shutdown()
            nursery.cancel_scope.cancel()
    with pytest.raises(LinkLost), trio.fail_after(GUARD):
        async with open_link(f"ws://127.0.0.1:{port}/", {}):
            pytest.fail("closed")
