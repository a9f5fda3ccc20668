"""A template as the tax client gave it: its own columns in its own order, filled where the heading is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grading.imports.grid import read_csv
from grading.imports.problem import BadFile
from grading.imports.workbook import read_workbook
from payroll.exports.csv_text import Record, csv_bytes, safe_text
from payroll.exports.errors import TemplateUnknown
from payroll.exports.layouts import (
    TAX_BONUS,
    TAX_LABOUR,
    TAX_WAGES,
    TAX_WAGES_2023,
    UNFILLED,
    Column,
    Fill,
    Layout,
)
from payroll.exports.options import ExportOptions

HEADING_ROWS = 10
"""Headings are looked for among so many rows: some templates have lines of instructions above them."""
MOST_BYTES = 2_000_000
_KINDS: Mapping[Fill, tuple[Layout, ...]] = {
    Fill.BONUS: (TAX_BONUS,),
    Fill.INCOME_ITEM: (TAX_LABOUR,),
    Fill.INCOME: (TAX_WAGES, TAX_WAGES_2023),
}
"""By what only one kind of template asks for; the first that is found decides."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template read. ``unknown`` are its headings that none of our layouts has; their cells stay empty."""

    layout: Layout
    unknown: tuple[str, ...]

    def put_into(self, options: ExportOptions) -> ExportOptions:
        """The options with this template in the place of our own layout."""
        if self.layout.file == TAX_BONUS.file:
            return replace(options, bonus=self.layout)
        if self.layout.file == TAX_LABOUR.file:
            return replace(options, labour=self.layout)
        return replace(options, wages=self.layout)


def unfilled(templates: Sequence[Template], encoding: str) -> bytes:
    """``unfilled_columns.csv``: the headings of these templates that nothing is known for."""
    records = [
        Record(heading, {Fill.FILE: template.layout.file, Fill.HEADING: heading})
        for template in templates
        for heading in template.unknown
    ]
    return csv_bytes(UNFILLED, records, encoding)


def read_template(name: str, data: bytes) -> Template:
    """The template of an uploaded CSV or XLSX file. Raises TemplateUnknown."""
    for row in _first_rows(name, data):
        kind = _kind_of(row)
        if kind is not None:
            return _template(name, row, kind)
    raise _unknown(name, "no row has the headings of a wage, bonus or labour template")


def _first_rows(name: str, data: bytes) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise _unknown(name, f"it has more than {MOST_BYTES} bytes")
    try:
        grid = read_workbook(name, data) if data.startswith(b"PK") else read_csv(name, data)
    except BadFile as bad:
        raise _unknown(name, bad.problem(name).wrong) from bad
    return [line.texts for line in (grid.heading, *grid.lines)][:HEADING_ROWS]


def _kind_of(headings: Sequence[str]) -> tuple[Layout, ...] | None:
    plain = {_plain(heading) for heading in headings}
    return next(
        (
            layouts
            for fill, layouts in _KINDS.items()
            if _headings(layouts, fill) & plain and _headings(layouts, Fill.ID_NO) & plain
        ),
        None,
    )


def _headings(layouts: Sequence[Layout], fill: Fill) -> set[str]:
    return {_plain(column.header) for layout in layouts for column in layout.columns if column.fill is fill}


def _template(name: str, row: Sequence[str], kind: tuple[Layout, ...]) -> Template:
    headings = list(row)
    while headings and not headings[-1]:
        headings.pop()
    plain = [_plain(heading) for heading in headings]
    twice = sorted({heading for heading, key in zip(headings, plain, strict=True) if key and plain.count(key) > 1})
    if twice:
        raise _unknown(name, f"it has the heading {twice[0]} twice")
    if any(safe_text(heading) != heading for heading in headings):
        raise _unknown(name, "a spreadsheet would compute one of its headings")
    fills = {_plain(column.header): column.fill for layout in reversed(kind) for column in layout.columns}
    missing = [
        column.header
        for column in kind[0].columns
        if column.header.startswith("*") and _plain(column.header) not in plain
    ]
    if missing:
        raise _unknown(name, f"the heading {missing[0]} is missing")
    return Template(
        replace(
            kind[0],
            columns=tuple(Column(heading, fills.get(key)) for heading, key in zip(headings, plain, strict=True)),
        ),
        tuple(heading for heading, key in zip(headings, plain, strict=True) if key not in fills),
    )


def _plain(heading: str) -> str:
    """A heading without what templates write now one way, now another: stars, blanks, the width of brackets."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).replace("*", "")


def _unknown(name: str, detail: str) -> TemplateUnknown:
    return TemplateUnknown(file=name, detail=detail, rows=HEADING_ROWS)
