"""Word lists, written as one reads them."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Cut a list of words, in its order."""
    return tuple(text.split())


def bag(text: str) -> frozenset[str]:
    """Cut a list of words whose order means nothing."""
    return frozenset(text.split())


LANGUAGES = bag(
    """
    english french german spanish italian portuguese dutch swedish norwegian danish finnish icelandic polish czech
    slovak hungarian romanian bulgarian greek turkish russian ukrainian serbian croatian slovenian latvian lithuanian
    estonian irish welsh scottish gaelic catalan basque latin arabic hebrew persian farsi hindi urdu bengali tamil
    telugu punjabi chinese mandarin cantonese japanese korean vietnamese thai indonesian malay swahili afrikaans
    """,
)
"""Names of languages, in lower case."""
