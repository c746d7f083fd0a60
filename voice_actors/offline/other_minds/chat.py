"""A dialogue in the form of OpenAI's chat completions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from voice_actors.offline.parts import AgentTurn, Answered, Called, Dialogue, Entry, UserTurn

Message: TypeAlias = dict[str, Any]

SPOKEN = (
    "This is a spoken conversation. Answer in a few plain sentences, as one speaks: no markup, no lists, no emoji. "
    "The user's words come from a speech recogniser and may be misheard."
)
RUNNING = {"status": "running, its result will follow"}
"""A function that has not answered yet; every call has to have an answer in this form of a dialogue."""


def tools(functions: Sequence[Mapping[str, Any]]) -> list[Message]:
    """The declarations as tools."""
    return [{"type": "function", "function": _declared(function)} for function in functions]


def _declared(function: Mapping[str, Any]) -> Message:
    parameters: Any = function.get("parameters") or {"type": "object", "properties": {}}
    return {"name": function["name"], "description": function.get("description") or "", "parameters": parameters}


def messages(dialogue: Dialogue) -> list[Message]:
    """The whole dialogue, instructions first."""
    told = [{"role": "system", "content": "\n\n".join(filter(None, (dialogue.instructions, SPOKEN)))}]
    writer = _Writer(told)
    for entry in dialogue.entries:
        writer.add(entry)
    writer.flush()
    return writer.messages


@attrs.define
class _Writer:
    """Theory of operation: what the agent says and calls in one go is one message, followed by one for each answer;
    an answer that comes after something else was said is told as a message of its own.
    """

    messages: list[Message]
    _said: list[str] = attrs.field(factory=list[str], init=False)
    _calls: dict[str, Called] = attrs.field(factory=dict[str, Called], init=False)
    _answers: dict[str, Answered] = attrs.field(factory=dict[str, Answered], init=False)

    def add(self, entry: Entry) -> None:
        match entry:
            case UserTurn(text):
                self.flush()
                self.messages.append({"role": "user", "content": text})
            case AgentTurn(text, interrupted):
                self._go_on()
                self._said.append(f"{text} (interrupted here by the user)" if interrupted else text)
            case Called():
                self._go_on()
                self._calls[entry.id] = entry
            case Answered():
                self._answer(entry)
            case _:
                self.flush()
                self.messages.append({"role": "user", "content": f"(The user shows a picture, {entry.mime_type}.)"})

    def _go_on(self) -> None:
        if self._answers:
            self.flush()

    def _answer(self, entry: Answered) -> None:
        if entry.id in self._calls:
            self._answers[entry.id] = entry
            return
        self.flush()
        told = f"(The function {entry.name} has answered: {_told(entry)})"
        self.messages.append({"role": "user", "content": told})

    def flush(self) -> None:
        """Write what the agent has said and called, and the answers."""
        if not self._said and not self._calls:
            return
        message: Message = {"role": "assistant", "content": " ".join(self._said)}
        if self._calls:
            message["tool_calls"] = [_called(call) for call in self._calls.values()]
        self.messages.append(message)
        for id_ in self._calls:
            answered = self._answers.get(id_)
            content = _told(answered) if answered is not None else json.dumps(RUNNING)
            self.messages.append({"role": "tool", "tool_call_id": id_, "content": content})
        self._said.clear()
        self._calls.clear()
        self._answers.clear()


def _told(answered: Answered) -> str:
    pictures = "".join(f" (with a picture, {sight.mime_type})" for sight in answered.sights)
    return json.dumps(answered.response) + pictures


def _called(call: Called) -> Message:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": json.dumps(dict(call.args))},
    }
