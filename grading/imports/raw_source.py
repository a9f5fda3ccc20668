"""One raw export as it was written: its heading, and batches of cells under it, whatever the form of the file.

A CSV file whose rows are all as long as its heading, and whose quotes all enclose whole cells, is read by Polars, which
is fast but lenient. Any other is read by the strict reader of the other tables, which says what is wrong.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Protocol

import polars as pl

from grading.domain.metrics.tables import Column, Kind
from grading.imports import wording
from grading.imports.cells import Form
from grading.imports.grid import Grid, Line, column_letters
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.raw_cells import FREE_TEXT, KIND_WORDS, accepts
from grading.imports.raw_findings import Findings
from grading.imports.table import read_grid
from grading.imports.text import refuse_wide

Source = Path | bytes
"""A file on disk, or its bytes."""
ROW = " row"
"""The column of a batch that holds the row numbers; no heading can be called so."""
ENDINGS = ("csv", "xlsx", "parquet")

_BATCH = 500_000
_BLOCK = 1 << 24
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_HAN = re.compile("[\u3400-\u9fff]")
_CELL = rb'(?:"(?:[^"\r\n]|"")*"|[^",\r\n]*)'
_MILLISECONDS_A_DAY = 86_400_000
_DAMAGE = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What Polars raises for a damaged Parquet file."""


class Sheet(Protocol):
    """A file that was opened: ``heading`` as typed, ``notices`` about its form."""

    heading: Sequence[str]
    notices: Sequence[Problem]

    def read(self, columns: Mapping[int, Column], findings: Findings) -> Iterator[pl.DataFrame]:
        """The columns of these positions, as batches with ``ROW``; what cannot be told into cells goes to ``findings``.

        Raises BadFile, also after the first batch.
        """


def open_source(name: str, source: Source) -> Sheet:
    """The export behind a name with one of the ``ENDINGS``. Raises BadFile when it cannot be read at all."""
    ending = name.lower().rpartition(".")[2]
    try:
        start = _start(source)
        if not start:
            raise BadFile(wording.EMPTY_FILE, found="0 bytes")
        if ending == "parquet":
            return _Parquet(source)
        if ending == "xlsx":
            return _Workbook(read_grid(name, source if isinstance(source, bytes) else source.read_bytes()))
        if start.startswith(_ZIP):
            raise BadFile(wording.WORKBOOK_NAMED_CSV)
        if start.startswith(_OLE):
            raise BadFile(wording.OLD_WORKBOOK)
        refuse_wide(start)
        return _Csv(source)
    except OSError as error:
        raise BadFile(wording.UNREADABLE_FILE, reason=error.strerror or error) from error


def _start(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source[:4]
    with source.open("rb") as file:
        return file.read(4)


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Csv:
    def __init__(self, source: Source) -> None:
        self._encoding, self._is_clean = _encoding(source)
        if self._is_clean and self._encoding == "gb18030":
            source = b"".join(codecs.iterencode(codecs.iterdecode(_blocks(source), "gb18030"), "utf-8"))
            self._encoding = "utf-8"
        self._source = source
        self.heading: Sequence[str] = self._read_heading()
        self.notices: Sequence[Problem] = ()

    def _read_heading(self) -> list[str]:
        with self._text() as text:
            try:
                first = next(csv.reader(text, strict=True), [])
            except csv.Error as error:
                raise BadFile(wording.BROKEN_CSV, line=1, reason=error) from error
        heading = [self._decoded(cell)[0].strip() for cell in first]
        if not any(heading):
            if not any(block.strip() for block in _blocks(self._source)):
                raise BadFile(wording.EMPTY_FILE, found="no text")
            raise BadFile(wording.NO_HEADING)
        if len(heading) == 1 and any(mark in heading[0] for mark in ";\t|,"):
            raise BadFile(wording.WRONG_SEPARATOR, found=heading[0])
        return heading

    def read(self, columns: Mapping[int, Column], findings: Findings) -> Iterator[pl.DataFrame]:
        return self._quick(columns) if self._is_clean and self._is_even() else self._strict(columns, findings)

    def _is_even(self) -> bool:
        """Whether every line has one cell for each heading, and every quote encloses a whole cell of one line.

        Looks for a line that has not; empty ones at the end do no harm. No possessive quantifiers: they go wrong in
        early releases of Python 3.11.
        """
        data = _mapped(self._source)
        row = _CELL + rb"(?:," + _CELL + rb"){%d}" % (len(self.heading) - 1)
        uneven = re.compile(rb"^(?!" + row + rb"\r?$)", re.MULTILINE)
        start = len(codecs.BOM_UTF8) if data[:3] == codecs.BOM_UTF8 else 0
        end = len(data)
        while end and data[end - 1 : end] in (b"\r", b"\n"):
            end -= 1
        first = next((found.start() for found in uneven.finditer(data, start)), end)
        return first >= end

    def _quick(self, columns: Mapping[int, Column]) -> Iterator[pl.DataFrame]:
        scan = pl.scan_csv(
            self._source if isinstance(self._source, Path) else io.BytesIO(self._source),
            has_header=False,
            schema={str(place): pl.String() for place in range(len(self.heading))},
            glob=False,
        )
        row = 1
        for batch in scan.select(
            pl.col(str(place)).alias(column.name) for place, column in columns.items()
        ).collect_batches(chunk_size=_BATCH):
            numbered = _numbered(batch, row)
            yield numbered[1:] if row == 1 else numbered
            row += batch.height

    def _strict(self, columns: Mapping[int, Column], findings: Findings) -> Iterator[pl.DataFrame]:
        names = {place: column.name for place, column in columns.items()}
        schema = {ROW: pl.UInt32(), **{name: pl.String() for name in names.values()}}
        rows: list[list[object]] = []
        with self._text() as text:
            reader = csv.reader(text, strict=True)
            next(reader)
            try:
                for number, cells in enumerate(reader, start=2):
                    if not any(cells):
                        continue
                    if self._cut(number, cells, findings):
                        continue
                    if not self._is_clean:
                        cells = [self._told(number, place, cell, findings) for place, cell in enumerate(cells)]
                    rows.append([number, *(cells[place] for place in names)])
                    if len(rows) == _BATCH:
                        yield pl.DataFrame(rows, schema=schema, orient="row")
                        rows = []
            except csv.Error as error:
                raise BadFile(wording.BROKEN_CSV, reader.line_num, line=reader.line_num, reason=error) from error
        yield pl.DataFrame(rows, schema=schema, orient="row")

    def _cut(self, number: int, cells: Sequence[str], findings: Findings) -> bool:
        """Whether a row has too few cells, or too many; empty ones at the end do no harm."""
        width, held = len(self.heading), len(cells)
        if held < width:
            findings.bad(number, WHOLE_FILE, wording.TOO_FEW_CELLS, cells[-1], cells=held, headings=width)
            return True
        extra = next((cell for cell in cells[width:] if cell.strip()), None)
        if extra is None:
            return False
        findings.bad(number, WHOLE_FILE, wording.TOO_MANY_CELLS, extra, cells=held, headings=width)
        return True

    def _told(self, number: int, place: int, cell: str, findings: Findings) -> str:
        """A cell of a file that is not of one encoding."""
        text, good = self._decoded(cell)
        if not good:
            name = self.heading[place] if place < len(self.heading) else WHOLE_FILE
            findings.bad(number, name, wording.OTHER_ENCODING, text, encoding=self._encoding.upper())
        return text

    def _decoded(self, cell: str) -> tuple[str, bool]:
        """The text of a cell, and whether it is in the encoding of the file."""
        if self._is_clean or cell.isascii():
            return cell, True
        raw = cell.encode("latin-1").removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode(self._encoding)
        except UnicodeDecodeError:
            return raw.decode(self._encoding, "backslashreplace"), False
        return text, self._encoding == "utf-8" or not _is_chinese(raw)

    def _text(self) -> io.TextIOWrapper:
        """The file as text; a file of two encodings as bytes that look like text."""
        raw = io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")
        return io.TextIOWrapper(raw, encoding="utf-8-sig" if self._is_clean else "latin-1", newline="")


def _encoding(source: Source) -> tuple[str, bool]:
    """The encoding of a file, and whether all of it is so. Of a mixture, the encoding of most of its Chinese lines."""
    if _decodes(source, "utf-8"):
        return "utf-8", True
    utf_8 = other = 0
    lines = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    with lines:
        for line in lines:
            if not line.isascii():
                try:
                    utf_8 += bool(_HAN.search(line.decode("utf-8")))
                except UnicodeDecodeError:
                    other += 1
    if utf_8:
        return "utf-8" if utf_8 >= other else "gb18030", False
    return "gb18030", _decodes(source, "gb18030")


def _decodes(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(source):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(raw: bytes) -> bool:
    """Whether bytes are UTF-8 with Chinese characters: in a GB18030 file they would be read as other ones."""
    try:
        return bool(_HAN.search(raw.decode("utf-8")))
    except UnicodeDecodeError:
        return False


def _blocks(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from (source[place : place + _BLOCK] for place in range(0, len(source), _BLOCK))
        return
    with source.open("rb") as file:
        yield from iter(lambda: file.read(_BLOCK), b"")


def _mapped(source: Source) -> bytes | mmap.mmap:
    if isinstance(source, bytes):
        return source
    with source.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Workbook:
    grid: Grid
    heading: Sequence[str] = field(init=False)
    notices: Sequence[Problem] = field(init=False)

    def __post_init__(self) -> None:
        forms = self.grid.heading.forms
        texts = self.grid.heading.texts
        self.heading = ["" if forms.get(place) is Form.FORMULA else text for place, text in enumerate(texts)]
        self.notices = self.grid.notices

    def read(self, columns: Mapping[int, Column], findings: Findings) -> Iterator[pl.DataFrame]:
        for place, form in self.grid.heading.forms.items():
            if form is Form.FORMULA:
                address, text = f"{column_letters(place)}1", self.grid.heading.texts[place]
                findings.bad(1, WHOLE_FILE, wording.FORMULA_CELL, text, address=address)
        width = len(self.heading)
        schema = {ROW: pl.UInt32(), **{column.name: pl.String() for column in columns.values()}}
        rows = []
        for line in self.grid.lines:
            extra = next((text for text in line.texts[width:] if text), None)
            if extra is not None:
                held = len(line.texts)
                findings.bad(line.number, WHOLE_FILE, wording.TOO_MANY_CELLS, extra, cells=held, headings=width)
            cells = (_workbook_cell(line, place, column, findings) for place, column in columns.items())
            rows.append([line.number, *cells])
        yield pl.DataFrame(rows, schema=schema, orient="row")


def _workbook_cell(line: Line, place: int, column: Column, findings: Findings) -> str | None:
    text = line.texts[place] if place < len(line.texts) else ""
    form = line.forms.get(place, Form.TEXT)
    address = f"{column_letters(place)}{line.number}"
    if form is Form.FORMULA:
        findings.bad(line.number, column.name, wording.FORMULA_CELL, text, address=address)
        return None
    if form is Form.ERROR:
        findings.bad(line.number, column.name, wording.ERROR_CELL, text, address=address)
        return None
    if column.kind is Kind.TEXT and column.name not in FREE_TEXT:
        if form in (Form.DATE, Form.BOOLEAN):
            findings.bad(line.number, column.name, wording.NOT_TEXT, text)
        elif form is Form.NUMBER and not (text.isdigit() and len(text) <= 15):
            findings.bad(line.number, column.name, wording.NUMBER_FOR_TEXT, text)
    if column.kind is Kind.INSTANT and form is Form.DATE:
        return _instant_text(text)
    return text


def _instant_text(text: str) -> str:
    """A spreadsheet's date with its time, which stands behind it as a serial number, to the millisecond.

    >>> _instant_text("2026-10-01 (46296.957870370370)"), _instant_text("2026-10-01")
    ('2026-10-01 22:59:20.000', '2026-10-01 00:00:00')
    """
    day, _, serial = text.partition(" (")
    if not serial:
        return text if "T" in text else f"{text} 00:00:00"
    part = Decimal(serial.removesuffix(")")) % 1 * _MILLISECONDS_A_DAY
    moment = datetime.combine(date.fromisoformat(day), time()) + timedelta(
        milliseconds=int(part.quantize(Decimal(1), ROUND_HALF_UP))
    )
    return moment.isoformat(" ", "milliseconds")


# ── Parquet ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Parquet:
    def __init__(self, source: Source) -> None:
        self.notices: Sequence[Problem] = ()
        try:
            self._scan = pl.scan_parquet(io.BytesIO(source) if isinstance(source, bytes) else source, glob=False)
            self._schema = self._scan.collect_schema()
        except _DAMAGE as error:
            raise _broken(error) from error
        self.heading: Sequence[str] = self._schema.names()

    def read(self, columns: Mapping[int, Column], findings: Findings) -> Iterator[pl.DataFrame]:
        wanted = []
        for place, column in columns.items():
            written = self.heading[place]
            if accepts(column.kind, self._schema[written]):
                wanted.append(pl.col(written).alias(column.name))
                continue
            kind, kind_zh = KIND_WORDS[column.kind]
            findings.bad(1, column.name, wording.WRONG_TYPE, str(self._schema[written]), kind=kind, kind_zh=kind_zh)
        row = 2
        try:
            for batch in self._scan.select(wanted).collect_batches(chunk_size=_BATCH):
                yield _numbered(batch, row)
                row += batch.height
        except _DAMAGE as error:
            raise _broken(error) from error


def _numbered(batch: pl.DataFrame, first: int) -> pl.DataFrame:
    return batch.with_columns(pl.int_range(first, first + pl.len(), dtype=pl.UInt32).alias(ROW))


def _broken(error: BaseException) -> BadFile:
    return BadFile(wording.BROKEN_PARQUET, reason=str(error).partition("\n")[0])
