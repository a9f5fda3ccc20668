"""Rows as the bytes of a CSV file, and the proof that the bytes hold what was meant.

Accounts and identity numbers are written as plain digits, the only form that banks and the tax client take. Opened in
a spreadsheet by double click, digits beyond the fifteenth are lost: import the column as text, or upload the file as
it is. Free text that a spreadsheet would take for a formula gets a leading apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

from grading.kernel.money import from_fen, to_fen, total
from payroll.exports.errors import CharacterNotInEncoding, ExportDoesNotAddUp, UnknownEncoding
from payroll.exports.layouts import Column, Fill, Layout
from payroll.exports.options import ENCODINGS

Cell = str | int | Decimal

_DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its cells, and whose it is, for an error message."""

    who: str
    cells: Mapping[Fill, Cell]


def csv_bytes(layout: Layout, records: Sequence[Record], encoding: str) -> bytes:
    """The file, in the order given, lines ended by CR LF. Raises UnknownEncoding, CharacterNotInEncoding."""
    if encoding not in ENCODINGS:
        raise UnknownEncoding(encoding=encoding, known=", ".join(ENCODINGS))
    for record in records:
        _require_encodable(layout, record, encoding)
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows((line,) for line in layout.lead)
    writer.writerow(layout.headers)
    writer.writerows([_shown(record, column) for column in layout.columns] for record in records)
    return text.getvalue().encode(encoding)


def table_bytes(headers: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A table for people to open in a spreadsheet: UTF-8 with its mark, text neutralised, amounts as plain numbers."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(safe_text(header) for header in headers)
    writer.writerows([safe_text(cell) if isinstance(cell, str) else str(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def require_holds(layout: Layout, data: bytes, encoding: str, *, rows: int, sums: Mapping[Fill, Decimal]) -> None:
    """Reads the finished bytes back. Raises ExportDoesNotAddUp unless they hold so many rows and these sums."""
    lines = list(csv.reader(StringIO(data.decode(encoding), newline="")))[len(layout.lead) + 1 :]
    if len(lines) != rows:
        raise ExportDoesNotAddUp(what=f"The number of rows of {layout.file}", expected=rows, found=len(lines))
    for fill in layout.sums:
        place, column = next((at, column) for at, column in enumerate(layout.columns) if column.fill is fill)
        found = total(Decimal(line[place]) for line in lines if line[place])
        if found != sums[fill]:
            what = f"The sum of {column.header} in {layout.file}"
            raise ExportDoesNotAddUp(what=what, expected=sums[fill], found=found)


def safe_text(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet would compute it, otherwise unchanged.

    Full-width signs count too: some spreadsheets take ``＝`` for ``=``.
    """
    first = text.lstrip(" \u3000\u00a0\ufeff")[:1]
    return f"'{text}" if first in _DANGEROUS and first else text


def _shown(record: Record, column: Column) -> str:
    cell = "" if column.fill is None else record.cells.get(column.fill, "")
    if isinstance(cell, str):
        return safe_text(cell)
    return str(from_fen(to_fen(cell))) if isinstance(cell, Decimal) else str(cell)


def _require_encodable(layout: Layout, record: Record, encoding: str) -> None:
    for column in layout.columns:
        text = _shown(record, column)
        try:
            text.encode(encoding)
        except UnicodeEncodeError as error:
            raise CharacterNotInEncoding(
                who=record.who,
                encoding=encoding,
                character=f"U+{ord(text[error.start]):04X}",
                column=column.header,
                file=layout.file,
            ) from error
