"""A language model behind an OpenAI-compatible endpoint (Ollama, llama.cpp, LM Studio, vLLM, …) as a mind.

Theory of operation: the dialogue becomes the `messages` of one streamed chat completion, the client's declarations its
`tools`. What the model writes is cut where a speaker would pause, so that the voice begins with the first of it; calls
are put together from their parts and come last. A failure is told to the user in a sentence, and to the log in a line.

The wire is OpenAI's chat completions API (platform.openai.com/docs/api-reference/chat), of which only what the
compatible servers share is used.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast
from urllib.parse import urlsplit

import attrs

from voice_actors.errors import ConfigError, LinkError, RemoteProtocolError, VoiceActorsError
from voice_actors.offline.other_minds.chat import messages, tools
from voice_actors.offline.other_minds.http import Ask, Response, asked
from voice_actors.offline.parts import Call, Dialogue, Ponder, Sampling, Say, Thought
from voice_actors.offline.speaking.reading import pieces

_LONGEST_LINE = 2**20
_THINKING = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
"""What some models write before they answer. It is not for the user's ears."""


class MindFailed(VoiceActorsError):  # noqa: N818 - reads as what happened
    """The model cannot be reached, or what it says makes no sense."""


@attrs.frozen
class OpenAIMind:
    """Thinks with a model of an OpenAI-compatible server."""

    url: str
    """As far as, and with, the version: `http://localhost:11434/v1`."""
    model: str = ""
    """Empty takes the only one that the server has; see `ready`."""
    key: str = attrs.field(default="", repr=lambda key: "'***'" if key else "''")
    connect_within: float = 10.0
    """Seconds."""
    silence: float = 60.0
    """Seconds without a word after which an answer is given up; a model that is first loaded may need some."""

    def __attrs_post_init__(self) -> None:
        """Refuse to send a key where everybody can read it."""
        parts = urlsplit(self.url)
        if self.key and parts.scheme == "http" and not _is_here(parts.hostname or ""):
            raise ConfigError("the mind's key would be sent unencrypted: use https, or a server on this machine")

    async def ready(self) -> OpenAIMind:
        """Look at the server: the same mind with its model's name.

        Raises:
            ConfigError: the server is not there, has no such model, or wants a key.

        """
        try:
            async with asked(self._ask("/models", silence=self.connect_within)) as response:
                if response.status in {401, 403}:
                    raise ConfigError(f"{self._where} wants a key: name its variable with --mind-key-env")
                listed = await response.read() if response.status == 200 else b""
        except (LinkError, RemoteProtocolError) as error:
            raise ConfigError(f"no mind at {self._where}: {error}; is it running?") from error
        return attrs.evolve(self, model=self._choose(_names(listed)))

    def _choose(self, names: Sequence[str]) -> str:
        if self.model and (not names or self.model in names or f"{self.model}:latest" in names):
            return self.model
        known = f"{self._where} has {', '.join(sorted(names)[:8])}" if names else f"{self._where} does not list any"
        if self.model:
            raise ConfigError(f"there is no model {self.model}: {known}")
        if len(names) != 1:
            raise ConfigError(f"choose a model with --mind-model: {known}")
        return names[0]

    async def respond(self, dialogue: Dialogue) -> AsyncIterator[Thought]:
        """What the model says, piece by piece, then the functions that it calls.

        Raises:
            MindFailed: it cannot be reached, or what it says makes no sense.

        """
        body = {"model": self.model, "stream": True, "messages": messages(dialogue), **_sampled(dialogue.sampling)}
        if declared := tools(dialogue.functions):
            body["tools"] = declared
        calls = _Calls(frozenset(str(function["name"]) for function in dialogue.functions))
        text = _Text()
        try:
            async with aclosing(self._deltas(body)) as deltas:
                async for delta in deltas:
                    if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
                        yield Ponder(str(reasoning))  # noqa: ASYNC119 - whoever asks a mind closes its answer
                    calls.add(delta.get("tool_calls"))
                    for piece in text.add(delta.get("content")):
                        yield Say(piece)  # noqa: ASYNC119 - whoever asks a mind closes its answer
        except (LinkError, RemoteProtocolError) as error:
            raise MindFailed(f"{self.model} at {self._where}: {error}") from error
        for piece in text.rest():
            yield Say(piece)
        for call in calls.whole():
            yield call

    async def _deltas(self, body: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any]]:
        async with asked(self._ask("/chat/completions", body)) as response:
            if response.status != 200:
                raise MindFailed(f"{self.model} at {self._where}: {await _complaint(response)}")
            if "json" in response.headers.get("content-type", ""):  # streaming was not understood
                whole = _parsed(await response.read(_LONGEST_LINE))
                yield _delta(whole, "message")  # noqa: ASYNC119 - closed by `respond`
                return
            async with aclosing(_events(response)) as events:
                async for data in events:
                    if data == "[DONE]":
                        return
                    yield _delta(_parsed(data), "delta")  # noqa: ASYNC119 - closed by `respond`

    def _ask(self, path: str, body: Mapping[str, Any] | None = None, silence: float | None = None) -> Ask:
        headers = {"accept": "application/json, text/event-stream"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        if body is not None:
            headers["content-type"] = "application/json"
        return Ask(
            self.url.rstrip("/") + path,
            "GET" if body is None else "POST",
            headers,
            b"" if body is None else json.dumps(body).encode(),
            self.connect_within,
            silence or self.silence,
        )

    @property
    def _where(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _sampled(wish: Sampling) -> dict[str, Any]:
    """What the client asked for; top_k is not in this protocol."""
    wished = {"temperature": wish.temperature, "top_p": wish.top_p, "seed": wish.seed}
    return {name: value for name, value in wished.items() if value is not None}


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# ---- what the server says ----------------------------------------------------------------------------------------


async def _events(response: Response) -> AsyncGenerator[str]:
    """The data of server-sent events; other fields and comments mean nothing here."""
    unread = b""
    while more := await response.chunk():
        *lines, unread = (unread + more).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip().decode("utf-8", "replace")
        if len(unread) > _LONGEST_LINE:
            raise RemoteProtocolError("a line of the answer does not end")
    if unread.startswith(b"data:"):
        yield unread[5:].strip().decode("utf-8", "replace")


def _parsed(data: str | bytes) -> Mapping[str, Any]:
    try:
        document: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError("the answer is no JSON") from error
    if not isinstance(document, dict):
        raise RemoteProtocolError("the answer is no JSON object")
    found = cast("Mapping[str, Any]", document)
    if "error" in found:
        raise RemoteProtocolError(f"the server says: {_said(found['error'])}")
    return found


def _delta(document: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    choices: Any = document.get("choices") or [{}]  # usage comes without any
    try:
        delta: Any = choices[0].get(member) or {}
    except (AttributeError, LookupError, TypeError) as error:
        raise RemoteProtocolError("the answer is no chat completion") from error
    if not isinstance(delta, dict):
        raise RemoteProtocolError("the answer is no chat completion")
    return cast("Mapping[str, Any]", delta)


def _names(listed: bytes) -> list[str]:
    try:
        return [str(entry["id"]) for entry in json.loads(listed or b"{}").get("data") or ()]
    except (AttributeError, LookupError, TypeError, ValueError):
        return []  # not every server has that list; whether it has the model is then seen later


async def _complaint(response: Response) -> str:
    body = await response.read()
    try:
        return f"HTTP {response.status}: {_said(json.loads(body)['error'])}"
    except (LookupError, TypeError, ValueError):
        return f"HTTP {response.status}"


def _said(error: Any) -> str:
    message = cast("Mapping[str, Any]", error).get("message", "") if isinstance(error, dict) else error
    return " ".join(str(message).split())[:200]


# ---- what the model says -----------------------------------------------------------------------------------------


@attrs.define
class _Text:
    """Cuts what the model writes into pieces that can be spoken."""

    _unsaid: str = ""

    def add(self, content: Any) -> Iterator[str]:
        """What is complete now: all but the last piece, which may go on."""
        if not isinstance(content, str):
            return
        self._unsaid += content
        if "<think>" in self._unsaid and "</think>" not in self._unsaid:
            return
        plain = _THINKING.sub("", self._unsaid)
        *whole, last = pieces(plain) or [""]
        self._unsaid = last + plain[len(plain.rstrip()) :]
        for piece in whole:
            yield piece.strip()

    def rest(self) -> Iterator[str]:
        """What is left at the end."""
        if rest := _THINKING.sub("", self._unsaid).strip():
            yield rest


@attrs.define
class _Calls:
    """Puts together the calls whose names and arguments come in parts."""

    declared: frozenset[str]
    _parts: dict[int, list[str]] = attrs.field(factory=dict[int, list[str]], init=False)

    def add(self, parts: Any) -> None:
        """Some of their letters."""
        for at, part in enumerate(parts or ()):
            try:
                function: Any = part["function"]
                index = part.get("index")
                entry = self._parts.setdefault(at if index is None else int(index), ["", ""])
                entry[0] += function.get("name") or ""
                arguments: Any = function.get("arguments") or ""
                entry[1] += arguments if isinstance(arguments, str) else json.dumps(arguments)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                raise RemoteProtocolError("the answer has a call that is none") from error

    def whole(self) -> Iterator[Call]:
        """All of them."""
        for _, (name, arguments) in sorted(self._parts.items()):
            if name not in self.declared:
                raise MindFailed(f"the model called {name!r}, which was not declared")
            try:
                args: Any = json.loads(arguments or "{}")
            except (ValueError, RecursionError) as error:
                raise MindFailed(f"the model called {name} with arguments that are no JSON") from error
            if not isinstance(args, dict):
                raise MindFailed(f"the model called {name} with arguments that are no object")
            yield Call(name, cast("Mapping[str, Any]", args))
