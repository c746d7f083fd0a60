"""Ephemeral tokens, from the request that mints one to the session that it opens and what it locks."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from voice_actors.errors import LinkError, Refused, RemoteProtocolError
from voice_actors.gemini import client as wire
from voice_actors.gemini.events import Setup, SetupComplete
from voice_actors.gemini.link import Link, open_link
from voice_actors.offline.auth_tokens import AuthToken, AuthTokens
from voice_actors.offline.parts import ActivitySettings
from voice_actors.offline.server import OfflineServer, open_offline_server
from voice_actors.offline.session.fields import Refusal
from voice_actors.offline.settings import OfflineSettings

MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
PATH = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent"
CONSTRAINED = f"{PATH}Constrained"
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


class Silent:
    """Every part of a server whose clients only say hello: ears that listen to nothing, and nothing else."""

    def listen(self, settings: ActivitySettings) -> Any:
        return self

    async def recognise(self, pcm: bytes) -> str:
        raise NotImplementedError

    def respond(self, dialogue: Any) -> Any:
        raise NotImplementedError

    def speak(self, text: str, voice: str | None) -> Any:
        raise NotImplementedError


def settings(**more: Any) -> OfflineSettings:
    parts = Silent()
    return OfflineSettings(**{"port": None, "ears": parts, "mind": parts, "mouth": parts, **more})


def mint(**wish: Any) -> AuthToken:
    tokens = AuthTokens(wall_clock=NOON.timestamp)
    return tokens.mint(json.dumps(wish).encode())


async def post(server: OfflineServer, body: Any, path: str = "/v1alpha/auth_tokens", key: str = "") -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    stream = server.dial()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: {key}\r\nContent-Length: {len(content)}\r\n\r\n"
    await stream.send_all(head.encode() + content)
    answer = b""
    while chunk := await stream.receive_some():
        answer += chunk
    return int(answer.split()[1]), json.loads(answer.partition(b"\r\n\r\n")[2])


@asynccontextmanager
async def session(server: OfflineServer, path: str, **headers: str) -> AsyncIterator[Link]:
    async with open_link(f"ws://memory{path}", headers, stream=server.dial()) as link:
        await link.send(wire.encode(Setup({"model": MODEL})))
        assert isinstance(wire.decode(await link.receive())[0], SetupComplete)
        yield link


async def refusal(server: OfflineServer, path: str, **headers: str) -> tuple[int | None, str]:
    with pytest.raises(LinkError) as caught:
        async with session(server, path, **headers):
            pass
    return caught.value.code, caught.value.reason


# ---- over the wire -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["query", "header"])
async def test_a_token_opens_a_session(autojump_clock, how):
    """As `access_token=` or `Authorization: Token`, without any key, on a server that demands one."""
    async with open_offline_server(settings(api_key="secret")) as server:
        status, body = await post(server, {}, key="secret")
        assert status == 200
        assert body["name"].startswith("auth_tokens/")
        path, headers = (f"{CONSTRAINED}?access_token={body['name']}", {})
        if how == "header":
            path, headers = CONSTRAINED, {"authorization": f"Token {body['name']}", "x-goog-api-key": body["name"]}
        async with session(server, path, **headers):
            pass


async def test_a_token_opens_as_many_sessions_as_it_says(autojump_clock):
    """Then it is refused in the service's words, with 1011."""
    async with open_offline_server(settings()) as server:
        name = (await post(server, {"uses": 2}))[1]["name"]
        for _ in range(2):
            async with session(server, f"{CONSTRAINED}?access_token={name}"):
                pass
        assert await refusal(server, f"{CONSTRAINED}?access_token={name}") == (
            1011,
            "Token has been used too many times",
        )


async def test_a_session_ends_when_its_token_expires(autojump_clock):
    """After half an hour, where the token does not say otherwise; and none can begin after a minute."""
    async with open_offline_server(settings()) as server:
        name = (await post(server, {"uses": 0}))[1]["name"]
        minted = trio.current_time()
        async with session(server, f"{CONSTRAINED}?access_token={name}") as link:
            await trio.sleep(61)
            assert await refusal(server, f"{CONSTRAINED}?access_token={name}") == (1011, "Token has expired")
            with pytest.raises(LinkError) as caught:
                await link.receive()
        assert (caught.value.code, caught.value.reason) == (1011, "Token has expired")
        assert trio.current_time() - minted == pytest.approx(1_800, abs=1)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{CONSTRAINED}?access_token=auth_tokens/nobody", "invalid authentication"),
        (CONSTRAINED, "unregistered callers"),
        (f"{PATH}?access_token=auth_tokens/nobody", "unregistered callers"),
    ],
)
async def test_tokens_are_taken_where_they_belong(autojump_clock, path, reason):
    """Only on the constrained method, which takes nothing else, and only those that this server minted."""
    async with open_offline_server(settings()) as server:
        code, why = await refusal(server, path)
    assert code == 1008
    assert reason in why


async def test_a_made_up_token_is_no_key(autojump_clock):
    """On a server with a key it opens nothing, and cannot mint another."""
    async with open_offline_server(settings(api_key="secret")) as server:
        assert (await refusal(server, f"{CONSTRAINED}?access_token=auth_tokens/x"))[0] == 1008
        assert (await refusal(server, f"{PATH}?access_token=auth_tokens/x"))[0] == 1008
        name = (await post(server, {}, key="secret"))[1]["name"]
        for key in ("", "wrong", name):
            status, body = await post(server, {}, key=key)
            assert (status, body["error"]["status"]) == (401, "UNAUTHENTICATED")
        with pytest.raises(Refused) as caught:
            async with session(server, PATH):
                pass
        assert caught.value.status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        {"uses": -1},
        {"uses": "many"},
        {"uses": True},
        {"expireTime": "tomorrow"},
        {"expireTime": 7},
        {"expireTime": "2099-01-01T00:00:00Z"},
        {"expireTime": "2001-01-01T00:00:00Z"},
        {"expireTime": "2026-11-24T12:00:00"},
        {"bidiGenerateContentSetup": "all"},
        {"fieldMask": ["a"]},
        {"somethingElse": 1},
    ],
)
async def test_a_request_that_makes_no_sense_is_answered_with_400(autojump_clock, body):
    """In Google's form; no token is minted."""
    async with open_offline_server(settings()) as server:
        status, answer = await post(server, body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert answer["error"]["message"]


@pytest.mark.parametrize("path", ["/v1beta/auth_tokens", "//v1alpha/auth_tokens", "/v1alpha/auth_tokens?key=x"])
async def test_every_version_mints(autojump_clock, path):
    """Whatever base URL a client joins its path to."""
    async with open_offline_server(settings()) as server:
        assert (await post(server, b"", path))[0] == 200
        assert (await post(server, b"", "/v1alpha/auth_tokens/more"))[0] == 404


# ---- times and numbers -------------------------------------------------------------------------------------------


async def test_times_of_day_become_times_of_trios_clock(autojump_clock):
    """Any zone and fraction; a session can never begin after the token's end."""
    now = trio.current_time()
    token = mint(expireTime="2026-11-24T13:10:00.123456789+01:00", newSessionExpireTime="2026-11-24T13:00:00Z")
    assert token.expires_at - now == pytest.approx(600.123, abs=0.001)
    assert token.begins_until == token.expires_at
    assert mint(uses="3").uses_left == 3
    assert mint(uses=0).uses_left is None
    assert mint().uses_left == 1


async def test_coming_back_is_a_use_that_may_be_later(autojump_clock):
    """A handle is good after the time for new sessions, but costs a use, as users report of the real service."""
    token = mint(uses=2)
    token.admit(Setup({"model": MODEL}))
    await trio.sleep(61)
    with pytest.raises(Refusal, match="expired"):
        token.admit(Setup({"model": MODEL}))
    back = Setup({"model": MODEL, "sessionResumption": {"handle": "h"}})
    token.admit(back)
    with pytest.raises(Refusal, match="too many times"):
        token.admit(back)


async def test_tokens_are_bounded_and_expired_ones_forgotten(autojump_clock):
    """The oldest goes first; nothing stays for ever."""
    tokens = AuthTokens(limit=2)
    for _ in range(3):
        tokens.mint(b"")
    assert len(tokens._tokens) == 2
    await trio.sleep(3_601)
    tokens.mint(b"{}")
    assert len(tokens._tokens) == 1
    assert "auth_tokens/" not in repr(tokens)


# ---- what is locked ----------------------------------------------------------------------------------------------

ASKED = {
    "model": "models/asked",
    "generationConfig": {"temperature": 2, "topK": 3},
    "systemInstruction": {"parts": [{"text": "asked"}]},
    "outputAudioTranscription": {},
}
LOCKED = {
    "model": "models/locked",
    "generationConfig": {"temperature": 1},
    "systemInstruction": {"parts": [{"text": "locked"}]},
}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, ASKED),
        ({"bidiGenerateContentSetup": LOCKED}, LOCKED),
        ({"bidiGenerateContentSetup": {"inputAudioTranscription": {}}},
         {"model": "models/asked", "inputAudioTranscription": {}}),
        ({"bidiGenerateContentSetup": LOCKED, "fieldMask": "model,generationConfig.temperature"},
         {**ASKED, "model": "models/locked", "generationConfig": {"temperature": 1, "topK": 3}}),
        ({"bidiGenerateContentSetup": LOCKED, "fieldMask": "system_instruction, generation_config.top_k"},
         {**ASKED, "systemInstruction": LOCKED["systemInstruction"], "generationConfig": {"temperature": 2}}),
        ({"fieldMask": "topK,outputAudioTranscription"},
         {"model": "models/asked", "generationConfig": {"temperature": 2},
          "systemInstruction": ASKED["systemInstruction"]}),
        ({"bidiGenerateContentSetup": {"inputAudioTranscription": {"mode": "SMART"}},
          "fieldMask": "inputAudioTranscription.mode"},
         {**ASKED, "inputAudioTranscription": {"mode": "SMART"}}),
    ],
)  # fmt: skip
async def test_locked_fields_are_as_the_token_says(wish, expected):
    """All of them without a mask, else those in it, set or left out; the rest is the user's."""
    assert mint(**wish).admit(Setup(ASKED)).body == expected
    assert ASKED["generationConfig"] == {"temperature": 2, "topK": 3}


@pytest.mark.parametrize("mask", ["", "sessionResumption"])
async def test_a_handle_is_never_locked(mask):
    """A token that locks resumption on lets its user come back; one that locks it off does not."""
    asked = Setup({"model": MODEL, "sessionResumption": {"handle": "h"}})
    wish: dict[str, Any] = {"fieldMask": mask} if mask else {}
    on = mint(bidiGenerateContentSetup={"model": MODEL, "sessionResumption": {}}, **wish)
    assert on.admit(asked).body["sessionResumption"] == {"handle": "h"}
    off = mint(bidiGenerateContentSetup={"model": MODEL}, **wish)
    assert "sessionResumption" not in off.admit(asked).body


async def test_a_locked_setup_that_is_no_object_is_refused():
    """Before a token is minted."""
    with pytest.raises(RemoteProtocolError, match="bidiGenerateContentSetup"):
        mint(bidiGenerateContentSetup=[])


# ---- google-genai ------------------------------------------------------------------------------------------------

CLIENT = """
import asyncio, datetime, json, warnings
warnings.simplefilter("ignore")
from google import genai
from google.genai import types
from google.genai.errors import APIError

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
ALPHA = types.HttpOptions(api_version="v1alpha")


async def talk(name):
    client = genai.Client(api_key=name, http_options=ALPHA)
    async with client.aio.live.connect(model=MODEL, config={"response_modalities": ["TEXT"]}) as session:
        return session.session_id


minter = genai.Client(http_options=ALPHA)
in_an_hour = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(hours=1)
token = minter.auth_tokens.create(config=types.CreateAuthTokenConfig(
    uses=1, expire_time=in_an_hour, live_connect_constraints=types.LiveConnectConstraints(
        model=MODEL, config=types.LiveConnectConfig(response_modalities=["AUDIO"], temperature=0.5)),
    lock_additional_fields=["top_k"]))
assert token.name.startswith("auth_tokens/"), token
first = asyncio.run(talk(token.name))
try:
    asyncio.run(talk(token.name))
    second = "connected"
except APIError as error:
    second = f"{error.code} {error}"
try:
    minter.auth_tokens.create(config={"uses": -3})
    third = "minted"
except APIError as error:
    third = f"{error.code} {error.status}"
print(json.dumps({"first": first, "second": second, "third": third}))
"""


@pytest.mark.slow
async def test_google_genais_client_mints_and_uses_a_token(tmp_path, monkeypatch):
    """The real client, told where the server is by its two environment variables: one session, then no more."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = tmp_path / "client.py"
    program.write_text(CLIENT)
    async with open_offline_server(settings(port=0, tls=True, api_key="the-key")) as server:
        environment = {
            **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
            "GOOGLE_GEMINI_BASE_URL": server.base_url,
            "SSL_CERT_FILE": str(server.ca_file),
            "GEMINI_API_KEY": "the-key",
        }
        with trio.fail_after(120):
            done = await trio.run_process(
                [sys.executable, str(program)],
                env=environment,
                capture_stdout=True,
                stderr=subprocess.STDOUT,
                check=False,
            )
    assert done.returncode == 0, done.stdout.decode()
    said = json.loads(done.stdout.decode().splitlines()[-1])
    assert said["first"]
    assert "1011" in said["second"]
    assert "used too many times" in said["second"]
    assert said["third"] == "400 INVALID_ARGUMENT"
