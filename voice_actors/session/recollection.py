"""What a new session is told of the conversation so far, where the server cannot go on with the old one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from voice_actors.gemini.events import ClientContent, Setup
from voice_actors.gemini.models import Capabilities
from voice_actors.record.transcripts import Message

LONGEST = 16_000
"""Characters that a new session is told; of a longer conversation, the newest."""
INTERRUPTED = "(The connection was interrupted and is back; please wait for what I say next.)"
"""The user's last word for models whose history must end with one."""


def with_history(setup: Setup, capabilities: Capabilities) -> Setup:
    """The first message of a session that is told a history next."""
    if not capabilities.initial_history:
        return setup
    return Setup({**setup.body, "historyConfig": {"initialHistoryInClientContent": True}})


def history_of(messages: Sequence[Message], capabilities: Capabilities) -> ClientContent | None:
    """The conversation so far within the rules of the model, as the user heard it; None where nothing was said.

    Models with an initial history take it without answering. For the others the last turn is the user's, and not
    complete, so that they wait.
    """
    turns: list[dict[str, Any]] = []
    for role, text in _newest([line for message in messages if (line := _line(message))[1]]):
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"].append({"text": text})
        else:
            turns.append({"role": role, "parts": [{"text": text}]})
    if not turns:
        return None
    if not capabilities.initial_history and turns[-1]["role"] == "model":
        turns.append({"role": "user", "parts": [{"text": INTERRUPTED}]})
    return ClientContent(tuple(turns), turn_complete=capabilities.initial_history)


def _line(message: Message) -> tuple[str, str]:
    if message.role == "user":
        return "user", message.text
    if message.role == "agent":
        return "model", message.heard_text
    if "response" not in message.body:
        return "model", ""  # its result will be told when it is there
    args, response = _json(message.body.get("args", {})), _json(message.body["response"])
    return "model", f"(I called the tool {message.name} with {args}; it answered {response}.)"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _newest(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    room, kept = LONGEST, list[tuple[str, str]]()
    for role, text in reversed(lines):
        if room <= 0:
            break
        kept.append((role, text[-room:]))
        room -= len(text)
    return kept[::-1]
