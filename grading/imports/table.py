"""One tabular file as typed rows, with every bad cell reported at once.

Nothing here knows the database: whether an agent or a plan exists is asked by the caller, who adds problems of its own
with ``Table.problem`` under the row numbers that the rows carry.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grading.imports import wording
from grading.imports.cells import BadCell, Form, Kind
from grading.imports.grid import Grid, Line, column_letters, read_csv
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.wording import Fault
from grading.imports.workbook import read_workbook

MAX_BYTES = 64 * 1024 * 1024
"""The largest tabular file that is read."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its English name, its other headings (Chinese first), and the kind of its cells.

    ``required`` asks for the column and for a value in every row. An empty cell of another column is ``default``;
    None means unknown, never zero. A heading of ``fallback`` stands for the column only where no other heading of it
    is there: 部门 is the team of a file that has no 班组.
    """

    name: str
    zh: tuple[str, ...]
    kind: Kind
    required: bool = False
    default: object = None
    fallback: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.name, *self.zh)


@dataclass(slots=True)
class Row:
    """One row: its number in the file, the heading being row 1, and its values by English column name."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a row check found wrong with a row whose cells are good each by itself."""

    column: str
    fault: Fault
    found: object
    values: Mapping[str, object] = field(default_factory=dict)


RowCheck = Callable[[Row], Iterable[Complaint]]


@dataclass(slots=True)
class Table:
    """A file that was read to its end.

    ``rows`` are the good rows; ``spoiled`` the rows with a bad cell, with the values that could be read. A table with
    ``problems`` must change nothing; ``notices`` tell of things that stop nothing, such as unknown columns.
    """

    file: str
    rows: list[Row] = field(default_factory=list)
    spoiled: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    def problem(self, row: Row, column: str, fault: Fault, found: object | None = None, **values: object) -> Problem:
        """A problem with one cell of this file; it is not added to ``problems``."""
        return Problem.of(self.file, row.number, column, fault, found, **values)

    def every(self, column: str) -> frozenset[Any]:
        """All values of a column, also of spoiled rows, so that one bad row does not make others look wrong."""
        rows = (*self.rows, *self.spoiled)
        return frozenset(row.values[column] for row in rows if row.values.get(column) is not None)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds: its columns, the columns that tell its rows apart, and checks within a row."""

    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    checks: tuple[RowCheck, ...] = ()
    may_be_empty: bool = False

    def read(self, name: str, data: bytes) -> Table:
        return read_table(name, data, self.columns, self.key, self.checks, may_be_empty=self.may_be_empty)


def read_table(
    name: str,
    data: bytes,
    columns: Sequence[Column],
    key: Sequence[str] = (),
    checks: Sequence[RowCheck] = (),
    *,
    may_be_empty: bool = False,
) -> Table:
    """The rows of a CSV or XLSX file. Never raises for what is in the file: see ``Table.problems``.

    ``key`` names the columns whose values together stand once; ``checks`` see only rows without a bad cell;
    ``may_be_empty`` allows a heading without rows.
    """
    try:
        grid = read_grid(name, data)
    except BadFile as bad:
        return Table(name, problems=[bad.problem(name)])
    return read_rows(grid, columns, key, checks, may_be_empty=may_be_empty)


def read_grid(name: str, data: bytes) -> Grid:
    """The grid of a CSV or XLSX file; its name and its content must agree. Raises BadFile."""
    if len(data) > MAX_BYTES:
        raise BadFile(wording.TOO_LARGE, found=len(data), size=len(data), limit=MAX_BYTES)
    if not data:
        raise BadFile(wording.EMPTY_FILE, found="0 bytes")
    if data.startswith(_OLE):
        raise BadFile(wording.ENCRYPTED_WORKBOOK if _ENCRYPTED_PACKAGE in data else wording.OLD_WORKBOOK)
    ending = name.lower().rpartition(".")[2]
    if ending == "csv":
        if data.startswith(_ZIP):
            raise BadFile(wording.WORKBOOK_NAMED_CSV)
        return read_csv(name, data)
    if ending == "xlsx":
        if not data.startswith(_ZIP):
            raise BadFile(wording.TEXT_NAMED_XLSX)
        return read_workbook(name, data)
    raise BadFile(wording.UNKNOWN_FORM)


def read_rows(
    grid: Grid,
    columns: Sequence[Column],
    key: Sequence[str] = (),
    checks: Sequence[RowCheck] = (),
    *,
    may_be_empty: bool = False,
) -> Table:
    """The rows of a grid that was opened before."""
    table = Table(grid.file, notices=list(grid.notices))
    places = _match_heading(grid, columns, table)
    if not grid.lines and not may_be_empty:
        table.problems.append(Problem.of(grid.file, 1, WHOLE_FILE, wording.NO_ROWS, "1 row"))
    headed = {column.name for column in places.values()}
    complete = all(column.name in headed for column in columns if column.required)
    reader = _LineReader(table, columns, places, len(grid.heading.texts))
    for line in grid.lines:
        row, good = reader.read(line)
        good = good and complete
        if good:
            complaints = [complaint for check in checks for complaint in check(row)]
            for one in complaints:
                table.problems.append(table.problem(row, one.column, one.fault, one.found, **one.values))
            good = not complaints
        (table.rows if good else table.spoiled).append(row)
    if key:
        _refuse_repeats(table, key)
    order = {column.name: place for place, column in enumerate(columns)}
    table.problems.sort(key=lambda problem: (problem.row, order.get(problem.column, -1)))
    return table


def fold_heading(text: str) -> str:
    """A heading as it is compared: full-width folded, without surrounding or invisible characters, in lower case."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff\xa0").casefold()


# ── the heading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _match_heading(grid: Grid, columns: Sequence[Column], table: Table) -> dict[int, Column]:
    """The known column at each position; missing and repeated ones become problems, unknown ones notices."""
    known = _known_headings(grid, columns)
    places: dict[int, Column] = {}
    first: dict[str, int] = {}
    for place, text in enumerate(grid.heading.texts):
        if not text:
            continue
        form = grid.heading.forms.get(place, Form.TEXT)
        if form is Form.FORMULA:
            address = f"{column_letters(place)}1"
            table.problems.append(Problem.of(grid.file, 1, WHOLE_FILE, wording.FORMULA_CELL, text, address=address))
            continue
        folded = fold_heading(text)
        column = known.get(folded)
        identity = column.name if column else folded
        if identity in first:
            ends = {"first": first[identity] + 1, "second": place + 1}
            table.problems.append(
                Problem.of(grid.file, 1, column.name if column else text, wording.REPEATED_COLUMN, text, **ends)
            )
            continue
        first[identity] = place
        if column:
            places[place] = column
        else:
            table.notices.append(_unknown_column(grid, text, columns))
    there = ", ".join(text for text in grid.heading.texts if text)
    for column in columns:
        if column.required and column.name not in first:
            headings = " / ".join(column.headings)
            table.problems.append(
                Problem.of(grid.file, 1, column.name, wording.MISSING_COLUMN, there, headings=headings)
            )
    _tell_unnamed(grid, table)
    return places


def _known_headings(grid: Grid, columns: Sequence[Column]) -> dict[str, Column]:
    there = {fold_heading(text) for text in grid.heading.texts}
    known = {fold_heading(heading): column for column in columns for heading in column.headings}
    named = {column.name for heading, column in known.items() if heading in there}
    for column in columns:
        if column.fallback and column.name not in named:
            known.update({fold_heading(heading): column for heading in column.fallback})
    return known


def _unknown_column(grid: Grid, text: str, columns: Sequence[Column]) -> Problem:
    headings = ", ".join(column.name for column in columns)
    return Problem.of(grid.file, 1, text, wording.UNKNOWN_COLUMN, text, headings=headings)


def _tell_unnamed(grid: Grid, table: Table) -> None:
    for place, text in enumerate(grid.heading.texts):
        if text:
            continue
        held = next((line for line in grid.lines if place < len(line.texts) and line.texts[place]), None)
        if held:
            table.notices.append(
                Problem.of(
                    grid.file, held.number, WHOLE_FILE, wording.UNNAMED_COLUMN, held.texts[place], position=place + 1
                )
            )


# ── the rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


_NO_VALUE: Mapping[Form, Fault] = {Form.FORMULA: wording.FORMULA_CELL, Form.ERROR: wording.ERROR_CELL}


_REMEMBERED = 1_000
"""How many good texts of a column are remembered with their values: most columns repeat a few."""


class _LineReader:
    """Turns lines into rows, adding a problem to the table for each bad cell."""

    def __init__(self, table: Table, columns: Sequence[Column], places: Mapping[int, Column], width: int) -> None:
        self._table = table
        self._columns: list[tuple[int, str, Kind, bool, dict[object, object]]] = [
            (place, column.name, column.kind, column.required, {}) for place, column in places.items()
        ]
        self._defaults = {column.name: column.default for column in columns}
        self._width = width

    def read(self, line: Line) -> tuple[Row, bool]:
        """The row, and whether all its cells are good."""
        values: dict[str, Any] = dict(self._defaults)
        texts, forms = line.texts, line.forms
        held = len(texts)
        good = True
        for place, name, kind, required, seen in self._columns:
            text = texts[place] if place < held else ""
            if not text:
                if required:
                    good = self._bad(line, name, wording.MISSING_CELL)
                continue
            form = forms.get(place, Form.TEXT) if forms else Form.TEXT
            known = text if form is Form.TEXT else (text, form)
            if known in seen:
                values[name] = seen[known]
                continue
            if form in _NO_VALUE:
                address = f"{column_letters(place)}{line.number}"
                values[name] = None
                good = self._bad(line, name, _NO_VALUE[form], text, address=address)
                continue
            try:
                values[name] = value = kind(text, form)
                if len(seen) < _REMEMBERED:
                    seen[known] = value
            except BadCell as bad:
                values[name] = None
                good = self._bad(line, name, bad.fault, text, **bad.values)
        if held > self._width and any(texts[self._width :]):
            extra = next(text for text in texts[self._width :] if text)
            good = self._bad(line, WHOLE_FILE, wording.TOO_MANY_CELLS, extra, cells=held, headings=self._width)
        return Row(line.number, values), good

    def _bad(self, line: Line, column: str, fault: Fault, found: str | None = None, **values: object) -> bool:
        self._table.problems.append(Problem.of(self._table.file, line.number, column, fault, found, **values))
        return False


def _refuse_repeats(table: Table, key: Sequence[str]) -> None:
    first: dict[tuple[object, ...], int] = {}
    repeated: set[int] = set()
    for row in sorted((*table.rows, *table.spoiled), key=lambda row: row.number):
        identity = tuple(row.values.get(column) for column in key)
        if None in identity:
            continue
        if identity in first:
            found = ", ".join(str(value) for value in identity)
            table.problems.append(
                table.problem(row, key[0], wording.REPEATED_ROW, found, first=first[identity], key=" + ".join(key))
            )
            repeated.add(row.number)
        else:
            first[identity] = row.number
    if repeated:
        table.spoiled.extend(row for row in table.rows if row.number in repeated)
        table.rows[:] = [row for row in table.rows if row.number not in repeated]
