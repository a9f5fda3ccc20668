"""Tables on paper: a head that is repeated on every page, and rows between hairlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grading.documents.paper import GREY, LEFT, NAVY, SOFT, TINT, TOP, WIDTH, Align, Paper
from grading.documents.typesetting import Bilingual, Line, Type, height, leading


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, how wide it is and where its cells stand."""

    label: Bilingual
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: for each column its lines, already set to fit. A strong row is a total."""

    cells: tuple[tuple[Line, ...], ...]
    strong: bool = False


PADDING = 6.0
_ABOVE, _BELOW = 1.9, 2.3


def table(paper: Paper, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Rows between hairlines. The head is repeated on every page, and a row breaks only when no page could hold it."""
    _table_head(paper, columns)
    for place, row in enumerate(rows):
        needed = max(height(cell) for cell in row.cells) + _ABOVE + _BELOW
        if place + 2 == len(rows) and rows[-1].strong:  # a total never stands alone on a page
            needed += max(height(cell) for cell in rows[-1].cells) + _ABOVE + _BELOW
        if paper.room < needed and paper.y < TOP - 60:
            paper.new_page()
            _table_head(paper, columns)
        _table_row(paper, columns, row)
    paper.y -= 8


def cell_room(column: Column) -> float:
    """How wide the text of a cell may be."""
    return column.width - 2 * PADDING


def _table_head(paper: Paper, columns: Sequence[Column]) -> None:
    type_ = Type(7.4, NAVY, bold=True)
    cells = [paper.set(column.label, cell_room(column), type_, Type(6.8, GREY)) for column in columns]
    tallest = max(map(height, cells))
    paper.box(LEFT, paper.y - tallest - 6, WIDTH, tallest + 6, SOFT)
    x = LEFT
    for column, cell in zip(columns, cells, strict=True):
        paper.lines(_cell_x(x, column), paper.y - 3 - (tallest - height(cell)), cell, column.align)
        x += column.width
    paper.y -= tallest + 6


def _table_row(paper: Paper, columns: Sequence[Column], row: Row) -> None:
    cells = [list(cell) for cell in row.cells]
    while True:
        limit = paper.room - _ABOVE - _BELOW
        shown = [_that_fit(cell, limit) for cell in cells]
        used = max(map(height, shown))
        if row.strong:
            paper.box(LEFT, paper.y - used - _ABOVE - _BELOW, WIDTH, used + _ABOVE + _BELOW, TINT)
        x = LEFT
        for column, cell in zip(columns, shown, strict=True):
            paper.lines(_cell_x(x, column), paper.y - _ABOVE, cell, column.align)
            x += column.width
        paper.y -= used + _ABOVE + _BELOW
        paper.rule(LEFT, paper.y, WIDTH)
        cells = [cell[len(part) :] for cell, part in zip(cells, shown, strict=True)]
        if not any(cells):
            return
        paper.new_page()
        _table_head(paper, columns)


def _that_fit(cell: Sequence[Line], limit: float) -> list[Line]:
    shown: list[Line] = []
    for line in cell:
        limit -= leading(line)
        if limit < 0 and shown:
            break
        shown.append(line)
    return shown


def _cell_x(x: float, column: Column) -> float:
    if column.align == "right":
        return x + column.width - PADDING
    return x + (column.width / 2 if column.align == "center" else PADDING)
