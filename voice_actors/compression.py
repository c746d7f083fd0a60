"""What happens when a conversation outgrows the model's context window."""

from __future__ import annotations

from typing import Any

import attrs

from voice_actors.errors import ConfigError
from voice_actors.values import Value


@attrs.frozen(eq=False, repr=False)
class Compression(Value):
    """The service forgets the oldest turns once the conversation is longer than `trigger_tokens`.

    Without it a session ends when the window of 128k tokens is full: after some 15 minutes of speech, or 2 with video.
    The instructions and what an answer needs at once stay; what is kept begins with a turn of the user's. Since each
    reply is prompted with, and billed for, all that is kept, a lower trigger makes a long call cheaper and forgetful.
    """

    trigger_tokens: int | None = None
    """None leaves it to the service: four fifths of the window."""
    target_tokens: int | None = None
    """So many are kept; None leaves it to the service: half of the trigger."""

    def __attrs_post_init__(self) -> None:
        """Refuse what the service would close the connection for.

        Raises:
            ConfigError: a count is not more than 0, or more is to be kept than begins the forgetting.
        """
        for name, count in (("trigger_tokens", self.trigger_tokens), ("target_tokens", self.target_tokens)):
            if count is not None and count <= 0:
                raise ConfigError(f"{name} is {count}; it counts tokens, from 1")
        if self.trigger_tokens is not None and (self.target_tokens or 0) >= self.trigger_tokens:
            raise ConfigError(
                f"target_tokens is {self.target_tokens}; it is less than trigger_tokens, {self.trigger_tokens}"
            )

    def on_the_wire(self) -> dict[str, Any]:
        """As the setup's `contextWindowCompression`."""
        window = {} if self.target_tokens is None else {"targetTokens": self.target_tokens}
        trigger = {} if self.trigger_tokens is None else {"triggerTokens": self.trigger_tokens}
        return {"slidingWindow": window, **trigger}
