"""How much a call may spend, and when that is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import trio

from voice_actors.errors import ConfigError
from voice_actors.messages import BudgetSpent, BudgetWarning, Event, TurnUsage
from voice_actors.values import Value

if TYPE_CHECKING:
    from voice_actors.record.prices import Prices

GOODBYE: Final = "Goodbye! We have to stop here."
"""What the model is asked to answer."""


@attrs.frozen(eq=False, repr=False)
class Budget(Value):
    """What one call may spend, over all of its links.

    The service counts at the end of a reply, so a call goes over its budget by what the last reply took, and its
    goodbye. No reply is cut: once the budget is spent, the one that plays is heard to its end; then the model is
    told `goodbye` as if the user had typed it, and the call ends when its answer was heard (`deadlines.farewell`).
    """

    tokens: int | None = None
    """Input and output together."""
    money: float | None = None
    """In the currency of `AgentConfig.prices`, which it needs."""
    warn_at: float = 0.8
    """The share, 0 to 1, from which `BudgetWarning` tells once; 1 tells nothing."""
    goodbye: str = GOODBYE

    def __attrs_post_init__(self) -> None:
        """Refuse what bounds nothing.

        Raises:
            ConfigError: there is no limit, or one that is not more than nothing, or a share that is none.
        """
        limits = [limit for limit in (self.tokens, self.money) if limit is not None]
        if not limits or not all(0 < limit < math.inf for limit in limits):
            raise ConfigError("a budget has tokens, money or both, each of them more than 0")
        if not 0 < self.warn_at <= 1:
            raise ConfigError(f"warn_at is {self.warn_at:g}; it is a share of the budget, more than 0 and at most 1")
        if not self.goodbye.strip():
            raise ConfigError("goodbye is empty; it is what the model is told at the end")


@attrs.define(eq=False, repr=False)
class Watch:
    """Compares what was spent with the budget, and tells of each step once."""

    budget: Budget | None = None
    currency: str = ""
    spent: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set once there is nothing left."""
    _warned: bool = attrs.field(default=False, init=False)

    @classmethod
    def over(cls, budget: Budget | None, prices: Prices | None) -> Watch:
        """The watch over this budget.

        Raises:
            ConfigError: it is of money, and there are no prices.
        """
        if budget is not None and budget.money is not None and prices is None:
            raise ConfigError("a budget of money needs AgentConfig.prices: what tokens cost")
        return cls(budget, "" if prices is None else prices.currency)

    def observe(self, event: Event) -> BudgetWarning | BudgetSpent | None:
        """Take the next event; gives what there is to tell."""
        if self.budget is None or not isinstance(event, TurnUsage) or self.spent.is_set():
            return None
        spent, limit, unit = self._nearest(self.budget, event)
        if spent >= limit:
            self.spent.set()
            return BudgetSpent(spent=spent, limit=limit, unit=unit, at=event.at)
        if spent >= limit * self.budget.warn_at and not self._warned:
            self._warned = True
            return BudgetWarning(spent=spent, limit=limit, unit=unit, at=event.at)
        return None

    def _nearest(self, budget: Budget, event: TurnUsage) -> tuple[float, float, str]:
        """Of two limits the one of which more is spent."""
        found: list[tuple[float, float, str]] = []
        if budget.tokens is not None:
            found.append((event.call_tokens, budget.tokens, "tokens"))
        if budget.money is not None:
            found.append((event.call_cost or 0.0, budget.money, self.currency))
        return max(found, key=lambda one: one[0] / one[1])
