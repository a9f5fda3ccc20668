"""What the text of one chat suggests to QA: possible errors N1, N2, N4, N6 and F2. A person decides, never this."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from grading.domain.phrases import TEXT, Phrases, is_short, pattern

FREQUENT = Fraction(1, 2)
"""Short replies as often as once in two exchanges are too many (001 L55)."""

BUYER, HUMAN = "buyer", "agent_human"


class Message(Protocol):
    """One message of a chat; ``sender`` is buyer, agent_human, bot, auto or system."""

    @property
    def sender(self) -> str: ...

    @property
    def content(self) -> str: ...

    @property
    def content_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Signal:
    """A QA code that the chat suggests, the messages (from 0) that do, and the phrase; "" when it is not a phrase."""

    code: str
    positions: tuple[int, ...]
    phrase: str = ""


def signals(messages: Sequence[Message], phrases: Phrases) -> tuple[Signal, ...]:
    """The signals of one chat, its messages in order of time; F2 first, then by code and in the order of the phrases.

    N1: a banned phrase or a word that the platform forbids. N2: replies of at most three letters and digits are half
    of all or more. N4: a hedge. N6: a closing phrase after which the buyer wrote again. F2: the buyer wrote, and no
    human text in the whole conversation answers (A-54); its positions are what was sent instead, such as emoji.
    """
    texts = {at: each.content for at, each in enumerate(messages) if _is_text(each)}
    asked = [at for at, each in enumerate(messages) if each.sender == BUYER]
    if not asked:
        return tuple(_wording(texts, phrases, last_asked=-1))
    if not texts:
        return (Signal("F2", tuple(at for at, each in enumerate(messages) if each.sender == HUMAN)),)
    return tuple(_wording(texts, phrases, last_asked=asked[-1]))


def _wording(texts: dict[int, str], phrases: Phrases, *, last_asked: int) -> Iterator[Signal]:
    yield from _hits("N1", texts, (*phrases.banned, *phrases.forbidden))
    short = tuple(at for at, text in texts.items() if is_short(text))
    if short and Fraction(len(short), len(texts)) >= FREQUENT:
        yield Signal("N2", short)
    yield from _hits("N4", texts, phrases.hedges)
    early = {at: text for at, text in texts.items() if at < last_asked}
    yield from _hits("N6", early, phrases.closing)


def _hits(code: str, texts: dict[int, str], phrases: tuple[str, ...]) -> Iterator[Signal]:
    for phrase in phrases:
        found = re.compile(pattern(phrase))
        positions = tuple(at for at, text in texts.items() if found.search(text))
        if positions:
            yield Signal(code, positions, phrase)


def _is_text(message: Message) -> bool:
    """A human's text that is not blank. No content type is text."""
    return message.sender == HUMAN and (message.content_type or TEXT) == TEXT and bool(message.content.strip())
