"""Token counts as the service reports them: audio by its length, text by its letters, pictures at a flat rate."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs

from voice_actors.gemini.events import Usage

AUDIO_TOKENS_PER_SECOND = 25
"""As Google's documentation of tokens gives it for the Live API, both directions."""
IMAGE_TOKENS = 258
"""One still frame, as Google's documentation of tokens gives it."""
LETTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    """Roughly how many tokens a text has; at least one where there is any."""
    return -(-len(text) // LETTERS_PER_TOKEN)


@attrs.define(eq=False)
class TokenCounts:
    """The tokens of a session: its context, and the reply that is being made."""

    context: Counter[str] = attrs.field(factory=Counter[str])
    """By modality: what was said and shown so far, which every reply is prompted with."""
    instructions: int = 0
    """Tokens of the instructions, which are never forgotten."""
    _reply: Counter[str] = attrs.field(factory=Counter[str], init=False)
    _thoughts: int = attrs.field(default=0, init=False)

    def copy(self) -> TokenCounts:
        """The same context, with no reply begun."""
        return TokenCounts(self.context.copy(), self.instructions)

    def heard_audio(self, seconds: float) -> None:
        """The user spoke."""
        self._add(self.context, "AUDIO", seconds * AUDIO_TOKENS_PER_SECOND)

    def read_text(self, text: str) -> None:
        """The user, a function or the instructions said this in writing."""
        self._add(self.context, "TEXT", text_tokens(text))

    def saw_image(self, tokens: int = IMAGE_TOKENS) -> None:
        """The user showed a still frame."""
        self._add(self.context, "IMAGE", tokens)

    def spoke(self, seconds: float) -> None:
        """The reply sounded for so long."""
        self._add(self._reply, "AUDIO", seconds * AUDIO_TOKENS_PER_SECOND)

    def wrote(self, text: str) -> None:
        """The reply has this in writing."""
        self._add(self._reply, "TEXT", text_tokens(text))

    def instructed(self, text: str) -> None:
        """The instructions are these from now on."""
        self.instructions = text_tokens(text)

    @property
    def of_prompt(self) -> int:
        """Tokens that the next reply is prompted with."""
        return self.instructions + sum(_whole(self.context).values())

    def forget(self, share: float) -> None:
        """Let this share of what was said and shown go."""
        for modality in self.context:
            self.context[modality] -= round(self.context[modality] * share)

    def thought(self, text: str) -> None:
        """The reply has this as a thought that is not said."""
        self._thoughts += text_tokens(text)

    @property
    def of_reply(self) -> int:
        """Tokens of the reply so far."""
        return sum(_whole(self._reply).values())

    def end_turn(self, *, vertex: bool = False) -> Usage:
        """The usage of the turn that ends; its reply is context from now on."""
        usage = self.usage(vertex=vertex)
        self.context += self._reply
        self._reply, self._thoughts = Counter(), 0
        return usage

    def usage(self, *, vertex: bool = False) -> Usage:
        """The usage of the turn so far, in the words of either service."""
        said = self.context + Counter({"TEXT": self.instructions * _MICRO})
        prompt, reply, thoughts = _whole(said), _whole(self._reply), self._thoughts
        answer = "candidates" if vertex else "response"
        usage: dict[str, Any] = {
            "promptTokenCount": sum(prompt.values()),
            f"{answer}TokenCount": sum(reply.values()),
            "totalTokenCount": sum(prompt.values()) + sum(reply.values()) + thoughts,
            "promptTokensDetails": _details(prompt),
            f"{answer}TokensDetails": _details(reply),
        }
        if thoughts:
            usage["thoughtsTokenCount"] = thoughts
        return Usage({**usage, "trafficType": "ON_DEMAND"} if vertex else usage)

    @staticmethod
    def _add(counter: Counter[str], modality: str, tokens: float) -> None:
        # Counter is typed for whole numbers; micro-tokens keep 20 ms pieces from being rounded away.
        counter[modality] += round(tokens * _MICRO)


_MICRO = 1_000_000


def _whole(counter: Counter[str]) -> dict[str, int]:
    return {modality: -(-micro // _MICRO) for modality, micro in sorted(counter.items()) if micro > 0}


def _details(tokens: dict[str, int]) -> list[dict[str, Any]]:
    return [{"modality": modality, "tokenCount": count} for modality, count in tokens.items()]
