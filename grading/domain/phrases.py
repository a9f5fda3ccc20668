"""Phrases that agents should not write: what they are, and how they are found in a message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

SHORT = 3
"""A reply of at most so many letters and digits, of any script, is short (001 L55)."""

LONG = rf"(?:[\p{{L}}\p{{N}}][^\p{{L}}\p{{N}}]*){{{SHORT + 1}}}"
"""Finds a message that is not short, as Polars writes it: the fourth letter or digit is enough."""

TEXT = "text"
"""The content type of a message that is read."""

_FULL_WIDTH = 0xFEE0
"""From a printable ASCII character to its full-width twin."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is looked for in agents' messages, by the QA error it suggests. None of it proves an error.

    ``banned``: N1, service phrases that are forbidden; ``hedges``: N4, vague words; ``closing``: N6, words that end a
    conversation; ``forbidden``: words that the shop's platform forbids, N1 as well.
    """

    banned: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


def is_short(text: str) -> bool:
    """The same of one text: white space, punctuation and symbols are not counted."""
    return sum(unicodedata.category(character)[0] in "LN" for character in text) <= SHORT


def pattern(phrase: str) -> str:
    """A regular expression that finds the phrase, for Polars and Python alike.

    Letters of either case and their full-width twins are the same: qq, QQ, ｑｑ.
    """
    return "".join(_alike(character) for character in phrase)


def _alike(character: str) -> str:
    if not (character.isascii() and character.isalpha()):
        return re.escape(character)
    forms = (character.lower(), character.upper())
    return "[" + "".join(form + chr(ord(form) + _FULL_WIDTH) for form in forms) + "]"
