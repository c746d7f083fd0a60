"""Word lists, written as one reads them."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Cut a list of words, in its order."""
    return tuple(text.split())


def bag(text: str) -> frozenset[str]:
    """Cut a list of words whose order means nothing."""
    return frozenset(text.split())
