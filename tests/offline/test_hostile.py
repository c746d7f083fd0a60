"""Three thousand connections that mean harm, during a conversation that does not notice any of them."""

from __future__ import annotations

import json
import os
import random
import socket
import ssl
import struct
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import attrs
import pytest
import trio
import trio.testing

from voice_actors.gemini import client as wire
from voice_actors.gemini import events as e
from voice_actors.gemini.link import open_link
from voice_actors.offline.server import OfflineServer, open_offline_server
from voice_actors.offline.settings import OfflineSettings, Pace
from voice_actors.testing import FakeEars, FakeMouth, utter, words_in

HOSTILE = 3_000
AT_ONCE = 40
GUARD = 300
MODEL = "models/gemini-2.5-flash-native-audio-latest"
SETUP = {"model": MODEL, "inputAudioTranscription": {}, "outputAudioTranscription": {}}
BROKEN = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError)
"""What becomes of a connection that was treated as it deserves."""


# ---- those who mean harm -----------------------------------------------------------------------------------------


@attrs.frozen
class Attacker:
    """One connection to the server's port."""

    port: int
    dice: random.Random
    stream: trio.SocketStream

    async def tls(self) -> trio.SSLStream:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secure = trio.SSLStream(self.stream, context, server_hostname="localhost", https_compatible=True)
        await secure.do_handshake()
        return secure

    async def upgraded(self) -> trio.SSLStream:
        secure = await self.tls()
        await secure.send_all(upgrade())
        await secure.receive_some(4096)
        return secure

    def reset(self) -> None:
        self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def upgrade(extra: bytes = b"") -> bytes:
    return (
        b"GET /ws/x?key=k HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + extra + b"\r\n"
    )


def frame(opcode: int, payload: bytes, *, fin: bool = True, masked: bool = True) -> bytes:
    head = bytes([opcode | (0x80 if fin else 0)])
    mask = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([mask | len(payload)])
    elif len(payload) < 65_536:
        head += bytes([mask | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", len(payload))
    return head + (bytes(4) if masked else b"") + payload


TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
GOOD_SETUP = frame(TEXT, json.dumps({"setup": SETUP}).encode())
RAW = {
    "nothing": b"",
    "garbage": bytes(range(256)) * 4,
    "HTTP on the TLS port": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a TLS record too long": b"\x16\x03\x01\xff\xff" + bytes(2_000),
    "half a client hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20),
    "an SSH client": b"SSH-2.0-OpenSSH_9.9\r\n",
}
HTTP = {
    "a plain request": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path that climbs": b"GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that is none": b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "headers without end": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 200_000,
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
    "a body without end": b"POST /v1alpha/auth_tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{",
    "a token request that is none": b"POST /v1alpha/auth_tokens?key=k HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[]]",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "half a request": upgrade()[:90],
    "an old WebSocket": upgrade().replace(b": 13", b": 8"),
    "no WebSocket key": upgrade().replace(b"Sec-WebSocket-Key", b"X-Key"),
    "a header that is not text": upgrade(b"Cookie: \xff\xfe\x00\r\n"),
}
FRAMES = {
    "no setup": frame(TEXT, b'{"realtimeInput": {"text": "hi"}}'),
    "setup twice": GOOD_SETUP * 2,
    "a setup for another model": frame(TEXT, b'{"setup": {"model": "models/gpt"}}'),
    "JSON cut in half": frame(TEXT, b'{"setup": {"model": "models/gemi'),
    "deep JSON": frame(TEXT, b"[" * 50_000),
    "a long number": frame(TEXT, b'{"setup": {"model": ' + b"9" * 10_000 + b"}}"),
    "bytes that are no text": frame(TEXT, b"\xff\xfe\xfd"),
    "an unmasked frame": frame(TEXT, b"{}", masked=False),
    "an opcode that is none": frame(7, b""),
    "a reserved bit": bytes([0xC1, 0x80]) + bytes(4),
    "a control frame too long": frame(PING, b"x" * 200),
    "a close without sense": frame(CLOSE, b"\x00\x01"),
    "a message too long": bytes([0x82, 0xFF]) + struct.pack(">Q", 2**62) + bytes(4),
    "a flood of pings": frame(PING, b"") * 300,
    "a flood of fragments": frame(TEXT, b" ", fin=False) + frame(0, b" ", fin=False) * 3_000,
    "half a message": frame(TEXT, b"x" * 1_000)[:500],
    "a session that is left": GOOD_SETUP,
    "speech that is no speech": GOOD_SETUP
    + frame(TEXT, b'{"realtimeInput": {"audio": {"data": "?", "mimeType": "audio/pcm"}}}'),
    "speech at a rate that cannot be": GOOD_SETUP
    + frame(TEXT, b'{"realtimeInput": {"audio": {"data": "AAA=", "mimeType": "audio/pcm;rate=1"}}}'),
    "a flood of speech": GOOD_SETUP + frame(TEXT, wire.encode(e.AudioIn(b"\x01\x02" * 8_000)).encode()) * 30,
    "a question, and gone": GOOD_SETUP + frame(TEXT, b'{"realtimeInput": {"text": "tell me a story"}}'),
    "a function response for nobody": GOOD_SETUP + frame(TEXT, b'{"toolResponse": {"functionResponses": [{}]}}'),
}


async def raw(data: bytes, attacker: Attacker) -> None:
    await attacker.stream.send_all(data)


async def http(data: bytes, attacker: Attacker) -> None:
    secure = await attacker.tls()
    await secure.send_all(data)


async def websocket(data: bytes, attacker: Attacker) -> None:
    secure = await attacker.upgraded()
    await secure.send_all(data)


async def drop_by_drop(attacker: Attacker) -> None:
    secure = await attacker.tls()
    for byte in upgrade()[: attacker.dice.randrange(5, 40)]:
        await secure.send_all(bytes([byte]))


KINDS: dict[str, Callable[[Attacker], Awaitable[None]]] = {
    **{name: partial(raw, data) for name, data in RAW.items()},
    **{name: partial(http, data) for name, data in HTTP.items()},
    **{name: partial(websocket, data) for name, data in FRAMES.items()},
    "drop by drop": drop_by_drop,
}


async def attack(port: int, kind: str, dice: random.Random, done: Counter[str]) -> None:
    """Open, do harm, and leave: politely, with a reset, or after what the server has to say."""
    with suppress(*BROKEN):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            attacker = Attacker(port, dice, stream)
            with suppress(*BROKEN):
                await KINDS[kind](attacker)
                done[kind] += 1
            leaving = dice.choice(("close", "reset", "listen"))
            if leaving == "reset":
                attacker.reset()
            if leaving == "listen":
                with trio.move_on_after(0.05):
                    while await stream.receive_some(65_536):
                        continue


async def attack_all(port: int, seed: int) -> Counter[str]:
    """All of them, some at once, in an order that the seed decides; how many of each kind said all they had to say."""
    done = Counter[str]()
    dice = random.Random(seed)
    kinds = [*KINDS] * (HOSTILE // len(KINDS)) + dice.choices([*KINDS], k=HOSTILE % len(KINDS))
    dice.shuffle(kinds)
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def one(kind: str) -> None:
        async with limiter:
            await attack(port, kind, random.Random(dice.random()), done)

    async with trio.open_nursery() as nursery:
        for kind in kinds:
            nursery.start_soon(one, kind)
    return done


# ---- the one who talks -------------------------------------------------------------------------------------------


async def parrot(dialogue):
    """Says what was said, in many words."""
    yield f"you said {dialogue.entries[-1].text} and this is all that I have to say about it today"


@attrs.define
class Talk:
    """What a conversation heard."""

    turns: int = 0
    chunks: int = 0
    wrong: list[str] = attrs.field(factory=list)


async def talk(server: OfflineServer, over: trio.Event, found: Talk) -> None:
    """Ask aloud, and listen to the end, as long as the others go on; each answer is known to the sample."""
    connection = server.connection
    url = f"{connection.base_url.replace('http', 'ws', 1)}/ws/x"
    async with open_link(url, {"x-goog-api-key": connection.api_key}, ca_file=connection.ca_file) as link:
        await link.send(wire.encode(e.Setup(SETUP)))
        await link.receive()
        while not over.is_set():
            await converse(link, f"this is question number {found.turns}", found)


async def converse(link, question: str, found: Talk) -> None:
    speech = utter(question) + bytes(32_000)
    for at in range(0, len(speech), 640):
        await link.send(wire.encode(e.AudioIn(speech[at : at + 640])))
    pcm, understood = b"", ""
    while True:
        events = wire.decode(await link.receive())
        for event in events:
            if isinstance(event, e.AudioOut):
                pcm += event.pcm
                found.chunks += 1
            if isinstance(event, e.InputTranscription):
                understood += event.text
        if any(isinstance(event, e.TurnComplete) for event in events):
            break
    expected = f"you said {question} and this is all that I have to say about it today"
    if understood.strip() != question or words_in(pcm) != expected:
        found.wrong.append(f"{question!r} -> {understood!r} -> {words_in(pcm)!r}")
    found.turns += 1


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


@pytest.mark.skipif(sys.platform == "win32", reason="counts file descriptors")
async def test_three_thousand_hostile_connections_during_a_conversation(tmp_path, monkeypatch, caplog):
    """Every word arrives in both directions; no descriptor, no task, no client is left; nothing is an unknown failure."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = OfflineSettings(
        tls=True, ears=FakeEars(), mind=parrot, mouth=FakeMouth(), pace=Pace(burst=0.2, speed=1.0), setup_within=2.0
    )
    found, over = Talk(), trio.Event()
    with trio.fail_after(GUARD):
        async with open_offline_server(settings) as server:
            await attack(server.port, "nothing", random.Random(0), Counter())  # whatever is opened once is open now
            await trio.testing.wait_all_tasks_blocked(0.1)
            before = descriptors(), trio.lowlevel.current_statistics().tasks_living
            async with trio.open_nursery() as nursery:
                nursery.start_soon(talk, server, over, found)
                kinds = await attack_all(server.port, seed=11)
                over.set()
            while (
                server.clients
                or descriptors() > before[0]
                or trio.lowlevel.current_statistics().tasks_living > before[1]
            ):
                await trio.sleep(0.05)
            after = descriptors(), trio.lowlevel.current_statistics().tasks_living
    failures = [record.message for record in caplog.records if record.exc_info and record.levelname == "ERROR"]
    print(
        f"{HOSTILE} hostile connections of {len(KINDS)} kinds, {kinds.total()} of which said all they had to say; {found.turns} turns talked meanwhile, "
        f"{found.chunks} chunks; descriptors and tasks {before} before, {after} after"
    )
    assert not found.wrong
    assert found.turns > 1
    assert set(KINDS) - set(kinds) <= {"headers without end"}  # which nobody listens to; the others can be hostile
    assert after[0] == before[0]
    assert after[1] <= before[1]
    assert not failures, Counter(failures)
