"""Setting text: how wide it is, where it breaks, and how it fits a column. Nothing here draws."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from grading.documents.embedded_font import Weight, bold, regular

Language = Literal["zh", "en", "both"]
Colour = tuple[float, float, float]
LEADING = 1.34  # line height ÷ type size: Han characters fill their square and need air


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One meaning in 中文 and English. Where one language is empty the other stands in for it."""

    zh: str
    en: str

    def parts(self, language: Language) -> tuple[str, ...]:
        """What is drawn: one text, or both when they differ."""
        zh, en = self.zh or self.en, self.en or self.zh
        if language == "both":
            return (zh,) if zh == en else (zh, en)
        return (zh,) if language == "zh" else (en,)


Text = Bilingual | str
"""Something to draw: in two languages, or in none (a name, a number, a date)."""


@dataclass(frozen=True, slots=True)
class Type:
    """A way of setting text: size in points, weight and colour."""

    size: float
    colour: Colour
    bold: bool = False

    @property
    def weight(self) -> Weight:
        """The fonts it is set in."""
        return bold() if self.bold else regular()

    def width(self, text: str) -> float:
        """How wide the text is in points."""
        return self.weight.width(text, self.size)

    def scaled(self, size: float) -> Type:
        """The same at another size."""
        return replace(self, size=size)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line in one type. The text is final: it is drawn as it stands."""

    text: str
    type: Type

    @property
    def width(self) -> float:
        return self.type.width(self.text)


Line = tuple[Span, ...]


def width(line: Line) -> float:
    """How wide the line is in points."""
    return sum(span.width for span in line)


def leading(line: Line) -> float:
    """How much height the line takes."""
    return max(span.type.size for span in line) * LEADING


def height(lines: Sequence[Line]) -> float:
    """How much height the lines take together."""
    return sum(leading(line) for line in lines)


_UNPRINTABLE_SPACE = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")


def plain(text: str) -> str:
    """The text on one line: line breaks and tabs become a space, everything else stays literal."""
    return _UNPRINTABLE_SPACE.sub(" ", text)


# A Latin word keeps together; a Han character stands alone but keeps closing marks behind it and opening ones before.
_OPENING = "（《「『【〔〈“‘"
_CLOSING = "，。；：、！？）》」』】〕〉”’·…—％"
_UNIT = re.compile(
    rf"[{_OPENING}]*(?:[^\s\u2e80-\U0003ffff{_OPENING}{_CLOSING}]+|[\u2e80-\U0003ffff])[{_CLOSING}]*|\s+|[{_OPENING}{_CLOSING}]+"
)


def wrapped(text: str, type_: Type, limit: float) -> list[str]:
    """The text broken into pieces no wider than the limit. What cannot break at a word breaks at a character."""
    text = plain(text)
    if type_.width(text) <= limit:
        return [text]
    pieces: list[str] = []
    piece, used = "", 0.0
    for unit in _UNIT.findall(text):
        room = type_.width(unit)
        if used + room <= limit or (not piece and unit.isspace()):
            piece, used = (piece + unit, used + room) if piece or not unit.isspace() else (piece, used)
            continue
        if piece:
            pieces.append(piece.rstrip())
            piece, used = "", 0.0
        if unit.isspace():
            continue
        for character in unit if room > limit else (unit,):
            room = type_.width(character)
            if piece and used + room > limit:
                pieces.append(piece)
                piece, used = "", 0.0
            piece, used = piece + character, used + room
    return [*pieces, piece.rstrip()] if piece.strip() or not pieces else pieces


def set_text(text: Text, language: Language, limit: float, type_: Type, second: Type | None = None) -> list[Line]:
    """The text as lines no wider than the limit; the second language goes beside the first, or else below it.

    ``second`` is the type of English beside 中文; without it both are set alike.
    """
    return list(_set_text(text, language, limit, type_, second or type_))


@lru_cache(4096)  # labels and most reasons come again on the next person's page
def _set_text(text: Text, language: Language, limit: float, type_: Type, second: Type) -> tuple[Line, ...]:
    parts = text.parts(language) if isinstance(text, Bilingual) else (text,)
    types = (type_, second)
    if len(parts) == 2:
        beside = (Span(plain(parts[0]) + " ", types[0]), Span(plain(parts[1]), types[1]))
        if width(beside) <= limit:
            return (beside,)
    return tuple(
        (Span(piece, part_type),)
        for part, part_type in zip(parts, types, strict=False)
        for piece in wrapped(part, part_type, limit)
    )


def fitted(text: str, limit: float, type_: Type, smallest: float) -> list[Line]:
    """The text on one line, made smaller as far as ``smallest`` to fit the limit, and broken only below that."""
    text = plain(text)
    natural = type_.width(text)
    if natural > limit:
        size = max(smallest, int(type_.size * limit / natural * 10) / 10)
        type_ = type_.scaled(min(size, type_.size))
    return [(Span(piece, type_),) for piece in wrapped(text, type_, limit)]


def one_line(text: str, limit: float, type_: Type) -> Line:
    """The whole text on one line, made as small as it takes. Nothing is ever cut off."""
    text = plain(text)
    natural = type_.width(text)
    if natural <= limit:
        return (Span(text, type_),)
    return (Span(text, type_.scaled(type_.size * limit / natural * 0.998)),)
