"""The offline stand-in's mind: small talk, sums, the calendar, memory, and calls of the user's own functions."""

from __future__ import annotations

from voice_actors.offline.mind.builtin import BuiltinMind, local_now

__all__ = ["BuiltinMind", "local_now"]
