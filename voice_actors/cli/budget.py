"""`talk --budget`: what it says, and how its end is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice_actors.errors import ConfigError
from voice_actors.messages import BudgetSpent, BudgetWarning, Event
from voice_actors.record.budget import Budget
from voice_actors.record.prices import Prices

SPENT = 3
"""The exit code of a call that its budget ended."""
_BUDGET = re.compile(r"(\d+(?:\.\d+)?) *([A-Za-z]{3})?")


def parse_budget(text: str, prices: Prices | None) -> Budget:
    """`20000` tokens, or `0.50USD` with a price table of that currency.

    Raises:
        ConfigError: it is neither, or there are no such prices.
    """
    found = _BUDGET.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"--budget {text}: give a number of tokens, such as 20000, or money, such as 0.50USD")
    amount, currency = found[1], found[2]
    if currency is None:
        if "." in amount:
            raise ConfigError(f"--budget {text}: tokens are whole; for money name its currency, such as {amount}USD")
        return Budget(tokens=int(amount))
    if prices is None:
        raise ConfigError(f"--budget {text}: money needs to know what tokens cost: give --prices FILE, too")
    if currency.upper() != prices.currency.upper():
        raise ConfigError(f"--budget {text}: the prices are in {prices.currency}, not in {currency.upper()}")
    return Budget(money=float(amount))


def amounts(event: BudgetWarning | BudgetSpent) -> str:
    """What was spent of what may be."""
    if event.unit == "tokens":
        return f"{event.spent:,.0f} of {event.limit:,.0f} tokens"
    return f"{event.spent:.4f} of {event.limit:.4f} {event.unit}".rstrip()


def budget_spent(events: Sequence[Event]) -> BudgetSpent | None:
    """What tells that the budget ended the call, if it did."""
    return next((event for event in reversed(events) if isinstance(event, BudgetSpent)), None)
