"""Events about what the conversation costs."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from voice_actors.messages.happened import Happened


@attrs.frozen(kw_only=True, eq=False, repr=False)
class TurnUsage(Happened):
    """Tokens that were spent since the last such event; their sum is what the call has spent.

    By the service's names of modalities (TEXT, AUDIO, IMAGE, VIDEO, …), and two of ours: THOUGHT, what the model
    thought, and OTHER, what the service counted without a modality.
    """

    turn: int | None
    """The reply that they were spent on, or the one before where they went into none; None before the first."""
    input: Mapping[str, int]
    """All of the conversation so far is in here: each reply is prompted with it, and it is paid for each time."""
    output: Mapping[str, int]
    cached: int = 0
    """Of the input, tokens that the service had cached."""
    cost: float | None = None
    """By the price table of the settings; None where there is none."""
    call_tokens: int
    """Input and output of the call up to here, over all of its links."""
    call_cost: float | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class BudgetWarning(Happened):
    """Most of the budget is spent (`Budget.warn_at`); told once."""

    spent: float
    limit: float
    unit: str
    """`tokens`, or the currency of the price table."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class BudgetSpent(Happened):
    """Nothing of the budget is left: the agent says goodbye, and the call ends."""

    spent: float
    limit: float
    unit: str
    """As in `BudgetWarning`."""
