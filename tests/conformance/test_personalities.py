"""What google-genai's own client is told by each personality of the offline server, over TLS on loopback."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest
from google.genai import Client, errors, types

from voice_actors.testing import offline_server_in_thread

pytestmark = pytest.mark.slow

MODEL = "gemini-live"
LEVEL = {"thinking_config": {"thinking_level": "LOW"}}
INVALID = "Request contains an invalid argument."
TEXT = "The requested combination of response modalities (TEXT) is not supported by the model."
CHUNKS = "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
TABLE = {
    "2.5": {
        "bare": None,
        "level": None,
        "text": None,
        "affective": None,
        "quiet": None,
        "content": None,
        "old audio": None,
        "update": INVALID,
    },
    "3.1": {
        "bare": None,
        "level": None,
        "text": TEXT,
        "affective": INVALID,
        "quiet": INVALID,
        "content": INVALID,
        "old audio": CHUNKS,
        "update": INVALID,
    },
    "3.8": {
        "bare": None,
        "level": "Thinking level is not supported for this model",
        "text": TEXT,
        "affective": INVALID,
        "quiet": INVALID,
        "content": None,
        "old audio": CHUNKS,
        "update": None,
    },
    "3.8-extended-thinking": {
        "bare": "Thinking level must be specified",
        "level": None,
        "text": TEXT,
        "affective": INVALID,
        "quiet": INVALID,
        "content": None,
        "old audio": CHUNKS,
        "update": None,
    },
}
"""What the close says; None is a session that goes on."""
SETTINGS: dict[str, dict[str, Any]] = {
    "level": LEVEL,
    "text": {"response_modalities": ["TEXT"]},
    "affective": {"enable_affective_dialog": True},
    "quiet": {"proactivity": {"proactive_audio": False}},
}


async def told(client: Client, profile: str, what: str) -> str | None:
    """What the client is told, None where a question is answered."""
    needed = LEVEL if profile == "3.8-extended-thinking" and what != "bare" else {}
    try:
        async with client.aio.live.connect(model=MODEL, config={**needed, **SETTINGS.get(what, {})}) as session:
            if what == "content":
                for text in ("hello", "hello again"):
                    await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]})
            if what == "old audio":
                await session.send_realtime_input(media=types.Blob(data=bytes(640), mime_type="audio/pcm;rate=16000"))
            if what == "update":
                update = '{"contextUpdate": {"systemInstruction": {"parts": [{"text": "be brief"}]}}}'
                await session._ws.send(update)  # which its older versions have no method for
            await session.send_realtime_input(text="how are you?")
            async for _ in session.receive():
                continue
    except errors.APIError as error:
        assert error.code == 1007
        return str(error)
    return None


def test_each_personality_answers_as_its_model_does():
    """Every setting and every form of message in the table, with each of the four."""
    for profile, row in TABLE.items():
        with offline_server_in_thread(real=False, model_profile=profile) as server:
            context = ssl.create_default_context(cafile=server.env["SSL_CERT_FILE"])
            options = types.HttpOptions(base_url=server.base_url, async_client_args={"ssl": context})
            client = Client(api_key="offline", http_options=options)
            for what, words in row.items():
                found = asyncio.run(asyncio.wait_for(told(client, profile, what), 60))
                print(f"| {profile:21} | {what:9} | {found} |")
                assert (words is None) == (found is None), (profile, what, found)
                assert (words or "") in (found or "")
