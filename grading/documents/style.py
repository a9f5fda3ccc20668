"""The house style of printed pages: letterhead, running head, panels of facts, headings and bullets on A4.

A page is drawn from values that are final: nothing here computes, rounds or looks anything up. Whatever else a
document is made of is at home in the modules named below and can be had from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.documents.glyphs import MissingGlyph, missing_glyphs, require_glyphs
from grading.documents.paper import (
    ACCENT,
    AMBER,
    AMBER_TINT,
    BODY,
    BOTTOM,
    CONTINUED,
    EMPHASIS,
    GREY,
    HAIR,
    INK,
    LABEL,
    LEFT,
    NAVY,
    PAGE_HEIGHT,
    PAGE_OF,
    PAGE_WIDTH,
    QUIET,
    RIGHT,
    SMALL,
    SOFT,
    TINT,
    TOP,
    WHITE,
    WIDTH,
    Align,
    Paper,
    Stationery,
)
from grading.documents.table import PADDING, Column, Row, cell_room, table
from grading.documents.typesetting import (
    LEADING,
    Bilingual,
    Colour,
    Language,
    Line,
    Span,
    Text,
    Type,
    fitted,
    height,
    leading,
    one_line,
    plain,
    set_text,
    width,
    wrapped,
)

__all__ = [
    "ACCENT",
    "AMBER",
    "AMBER_TINT",
    "BODY",
    "BOTTOM",
    "CONTINUED",
    "EMPHASIS",
    "GREY",
    "HAIR",
    "INK",
    "LABEL",
    "LEADING",
    "LEFT",
    "NAVY",
    "PADDING",
    "PAGE_OF",
    "QUIET",
    "RIGHT",
    "SMALL",
    "SOFT",
    "TINT",
    "TOP",
    "WHITE",
    "WIDTH",
    "Align",
    "Bilingual",
    "Colour",
    "Column",
    "Field",
    "Language",
    "Line",
    "MissingGlyph",
    "Paper",
    "Row",
    "Span",
    "Stationery",
    "Text",
    "Type",
    "amount_text",
    "bullets",
    "cell_room",
    "fields",
    "fitted",
    "height",
    "identity",
    "leading",
    "letterhead",
    "missing_glyphs",
    "one_line",
    "plain",
    "require_glyphs",
    "running_head",
    "section",
    "set_text",
    "table",
    "width",
    "wrapped",
]


def amount_text(amount: Decimal) -> str:
    """An amount for paper: thousands apart, two places, a true minus. It must already be a whole number of fen."""
    return f"{amount:,.2f}".replace("-", "\N{MINUS SIGN}")


def letterhead(paper: Paper, company: Bilingual, title: Bilingual, span: Bilingual, number: str) -> None:
    """The head of the first page: who issues, what it is, for when, and under which number."""
    paper.box(0, PAGE_HEIGHT - 7, PAGE_WIDTH, 7, NAVY)
    left, right = WIDTH * 0.62, WIDTH * 0.36
    names = company.parts(paper.language)
    name_lines = fitted(names[0], left, Type(15, NAVY, bold=True), 10)
    if len(names) == 2:
        name_lines += fitted(names[1], left, Type(8.6, GREY), 6.5)
    head_lines = fitted(paper.word(title), right, Type(15, NAVY, bold=True), 10)
    head_lines += fitted(paper.word(span, "  "), right, Type(9, INK), 6.5)
    head_lines += fitted(number, right, Type(7.4, GREY), 5)
    ends = paper.lines(LEFT, paper.y, name_lines), paper.lines(RIGHT, paper.y, head_lines, "right")
    paper.y = min(ends) - 7
    paper.rule(LEFT, paper.y, WIDTH, NAVY, 0.9)
    paper.y -= 12


def running_head(paper: Paper, company: Bilingual, title: Bilingual, span: Bilingual, agent: str) -> None:
    """The head of every later page, on one line."""
    paper.box(0, PAGE_HEIGHT - 7, PAGE_WIDTH, 7, NAVY)
    right = f"{paper.word(title)}  {span.parts(paper.language)[0]}  ({paper.word(CONTINUED)})"
    right_line = fitted(right, WIDTH * 0.46, Type(8.4, NAVY, bold=True), 6)
    left_text = f"{company.parts(paper.language)[0]}  |  {agent}"
    left_line = fitted(left_text, WIDTH * 0.52, Type(8.4, GREY), 6)
    paper.y = min(paper.lines(LEFT, paper.y, left_line), paper.lines(RIGHT, paper.y, right_line, "right")) - 5
    paper.rule(LEFT, paper.y, WIDTH, NAVY, 0.9)
    paper.y -= 12


@dataclass(frozen=True, slots=True)
class Field:
    """A label and its value, for example 部门 Department: 售后二组."""

    label: Bilingual
    value: Text


def identity(paper: Paper, name: str, number: str, facts: Sequence[Field]) -> None:
    """Whose document it is: the name large, the number beside or below it, and the facts in three columns."""
    name_lines = fitted(name, WIDTH, Type(15, INK, bold=True), 9)
    number_line: Line = (Span(plain(number), Type(9.5, GREY)),)
    if len(name_lines) == 1 and width(name_lines[0]) + 14 + width(number_line) <= WIDTH:
        paper.line(LEFT + width(name_lines[0]) + 10, paper.y - leading(name_lines[0]) * 0.74, number_line)
        number_lines: list[Line] = []
    else:
        number_lines = fitted(number, WIDTH, Type(9.5, GREY), 6)
    paper.y = paper.lines(LEFT, paper.y, [*name_lines, *number_lines]) - 5
    fields(paper, facts, 3)
    paper.y -= 8


def fields(paper: Paper, facts: Sequence[Field], columns: int, inset: float = 0.0) -> None:
    """Labels above values, in columns; a row is as high as its highest value."""
    gap = 14.0
    column = (WIDTH - 2 * inset - gap * (columns - 1)) / columns
    for start in range(0, len(facts), columns):
        cells = [
            [*paper.set(fact.label, column, LABEL), *paper.set(fact.value, column, Type(9.0, INK), Type(8.2, GREY))]
            for fact in facts[start : start + columns]
        ]
        tallest = max(map(height, cells))
        paper.need(tallest + 5)
        for place, cell in enumerate(cells):
            paper.lines(LEFT + inset + place * (column + gap), paper.y, cell)
        paper.y -= tallest + 5


def section(paper: Paper, title: Bilingual, follows: float = 40.0) -> None:
    """A heading. ``follows`` is the height that must stay with it on the page."""
    lines = paper.set(title, WIDTH, Type(9.6, NAVY, bold=True), Type(8.6, NAVY, bold=True))
    paper.need(height(lines) + follows)
    paper.y = paper.lines(LEFT, paper.y, lines) - 2


def bullets(paper: Paper, items: Iterable[Text], x: float = LEFT, limit: float = WIDTH, type_: Type = BODY) -> None:
    """Sentences below one another, each behind a small mark; they may run on to the next page."""
    for item in items:
        for place, line in enumerate(paper.set(item, limit - 10, type_)):
            paper.need(leading(line))
            if not place:
                paper.box(x + 1, paper.y - leading(line) * 0.5 - 1.1, 2.6, 2.6, ACCENT)
            paper.lines(x + 10, paper.y, [line])
            paper.y -= leading(line)
        paper.y -= 1.5
