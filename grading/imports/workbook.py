"""The first sheet of an XLSX workbook, read from its XML and nothing else.

The stated dimension of a sheet is not believed, formulas are never evaluated, entities are never expanded, and
nothing is unpacked before its size is known. Numbers become the shortest decimal that a spreadsheet would read back.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from xml.parsers import expat

from grading.imports import wording
from grading.imports.cells import Form
from grading.imports.grid import Grid, Line, column_letters
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.wording import Fault

MAX_ENTRIES = 2_000
MAX_UNPACKED = 96 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 1_000
_MAX_TOKEN = 1024 * 1024

_WORKBOOK = "xl/workbook.xml"
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58])
"""Built-in number formats that show a day, with those of Chinese spreadsheets (27–36, 50–58)."""
_NOT_IN_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')
_EPOCH_1900 = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, KeyError, RuntimeError, ValueError)
"""What the archive reader raises for bytes that are cut off or changed."""

_Start = Callable[[str, dict[str, str]], None]
_End = Callable[[str], None]
_Text = Callable[[str], None]


def read_workbook(name: str, data: bytes) -> Grid:
    """The grid of the first sheet; hidden rows and columns are read and told in the notices. Raises BadFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
            parts = _Parts(archive)
            book = _Book()
            parts.parse(_WORKBOOK, book.start)
            path = _sheet_path(parts, book)
            strings = _shared_strings(parts)
            dates = _date_styles(parts)
            sheet = _Sheet(strings, dates, _EPOCH_1904 if book.is_1904 else _EPOCH_1900)
            parts.parse(path, sheet.start, sheet.end, sheet.text)
    except _DAMAGE as error:
        raise BadFile(wording.BROKEN_WORKBOOK, reason=error) from error
    return _grid(name, book, sheet)


def _grid(name: str, book: _Book, sheet: _Sheet) -> Grid:
    if not sheet.lines:
        raise BadFile(wording.EMPTY_FILE, found="an empty sheet")
    heading, *lines = sheet.lines
    if heading.number != 1:
        raise BadFile(wording.NO_HEADING)
    return Grid(name, heading, lines, list(_notices(name, book, sheet)))


def _notices(name: str, book: _Book, sheet: _Sheet) -> Iterator[Problem]:
    def notice(told: Fault, found: object, **values: object) -> Problem:
        return Problem.of(name, 1, WHOLE_FILE, told, found, **values)

    if len(book.sheets) > 1 or book.sheets[0].hidden:
        yield notice(wording.OTHER_SHEETS, ", ".join(one.name for one in book.sheets))
    if sheet.hidden_rows:
        yield notice(
            wording.HIDDEN_ROWS, len(sheet.hidden_rows), count=len(sheet.hidden_rows), first=sheet.hidden_rows[0]
        )
    if sheet.hidden_columns:
        yield notice(wording.HIDDEN_COLUMNS, ", ".join(sheet.hidden_columns))
    if sheet.merged:
        yield notice(wording.MERGED_CELLS, ", ".join(sheet.merged[:20]))


# ── the archive ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _hostile(reason: str) -> BadFile:
    return BadFile(wording.HOSTILE_WORKBOOK, reason=reason)


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(entries) > MAX_ENTRIES:
        raise _hostile(f"{len(entries)} parts")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED:
        raise _hostile(f"{unpacked} bytes unpacked")
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadFile(wording.ENCRYPTED_WORKBOOK)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadFile(wording.MACRO_WORKBOOK)
    if len(names) != len(entries):
        raise _hostile("a part is there twice")
    if _WORKBOOK not in names:
        raise BadFile(wording.TEXT_NAMED_XLSX)


class _Parts:
    """The XML parts of a workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {entry.filename for entry in archive.infolist()}

    def __contains__(self, path: str) -> bool:
        return path in self._names

    def parse(self, path: str, start: _Start, end: _End | None = None, text: _Text | None = None) -> None:
        """Runs the handlers over a part. Raises BadFile for markup that no spreadsheet writes."""
        xml = self._archive.read(path)
        _check_markup(xml)
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            parser.Parse(xml, True)  # noqa: FBT003 - expat takes it by position only
        except expat.ExpatError as error:
            raise BadFile(wording.BROKEN_WORKBOOK, reason=f"{path}: {error}") from error


def _refuse_doctype(*_: object) -> None:
    raise _hostile("a document type declaration")


def _check_markup(xml: bytes) -> None:
    """Refuses, in one pass each, what would make the parser slow: entities, and single pieces of markup over 1 MB."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise _hostile("a document type declaration")
    if xml.count(b"<row") > MAX_ROWS:
        raise _hostile(f"more than {MAX_ROWS} rows")
    for opening, closing in ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"), (b"<", b">")):
        if _longest(xml, opening, closing) > _MAX_TOKEN:
            raise _hostile("a piece of markup over 1 MB")


def _longest(xml: bytes, opening: bytes, closing: bytes) -> int:
    """The length of a piece of markup over the limit, or 0. Jumps a limit at a time, so that it stays fast."""
    if opening == b"<":
        place = 0
        while place < len(xml):
            end = xml.rfind(closing, place, place + _MAX_TOKEN)
            if end < 0:
                return _MAX_TOKEN + 1 if len(xml) - place > _MAX_TOKEN else 0
            place = end + 1
        return 0
    start = xml.find(opening)
    while start >= 0:
        end = xml.find(closing, start)
        if end < 0 or end - start > _MAX_TOKEN:
            return _MAX_TOKEN + 1
        start = xml.find(opening, end)
    return 0


# ── the small parts ──────────────────────────────────────────────────────────────────────────────────────────────────


def _local(name: str) -> str:
    return name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class _SheetName:
    name: str
    relation: str
    hidden: bool


@dataclass(slots=True)
class _Book:
    sheets: list[_SheetName] = field(default_factory=list)
    is_1904: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append(_SheetName(attributes.get("name", ""), relation, hidden))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in ("1", "true")


def _sheet_path(parts: _Parts, book: _Book) -> str:
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    parts.parse("xl/_rels/workbook.xml.rels", start)
    target = targets.get(book.sheets[0].relation) if book.sheets else None
    if not target:
        raise BadFile(wording.BROKEN_WORKBOOK, reason="no sheet")
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _shared_strings(parts: _Parts) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    inside: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        name = _local(name)
        inside.append(name)
        if name == "si":
            pieces.clear()

    def end(name: str) -> None:
        inside.pop()
        if _local(name) == "si":
            strings.append("".join(pieces))

    def text(part: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside:
            pieces.append(part)

    if "xl/sharedStrings.xml" in parts:
        parts.parse("xl/sharedStrings.xml", start, end, text)
    return strings


def _date_styles(parts: _Parts) -> frozenset[str]:
    """The style numbers (as written in a cell's ``s``) that show a day."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and inside[-1] == "cellXfs":
            styles.append(attributes.get("numFmtId", "0"))
        inside.append(name)

    def end(_name: str) -> None:
        inside.pop()

    if "xl/styles.xml" in parts:
        parts.parse("xl/styles.xml", start, end)
    return frozenset(str(place) for place, style in enumerate(styles) if _shows_day(style, formats))


def _shows_day(style: str, formats: Mapping[str, str]) -> bool:
    if style in formats:
        shape = _NOT_IN_FORMAT.sub("", formats[style]).lower()
        return "general" not in shape and ("y" in shape or "d" in shape)
    return style.isdigit() and int(style) in _DATE_FORMATS


# ── the sheet ────────────────────────────────────────────────────────────────────────────────────────────────────────


def number_text(raw: str) -> str | None:
    """A number of a cell as plain decimal text, None when it is none.

    >>> number_text("7.0000000000000007E-2"), number_text("1600"), number_text("6.22202123456789E+18")
    ('0.07', '1600', '6222021234567890000')
    """
    if _WHOLE.fullmatch(raw):
        return raw
    try:
        value = float(raw)
    except ValueError:
        return None
    if not isfinite(value):
        return None
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def _day_text(raw: str, epoch: date) -> str | None:
    """A serial date as YYYY-MM-DD; with a time of day, which no date column takes, the serial stands behind it."""
    try:
        serial = float(raw)
        shown = (epoch + timedelta(days=int(serial))).isoformat()
    except (ValueError, OverflowError):
        return None
    return shown if serial == int(serial) else f"{shown} ({raw})"


class _Sheet:
    """Collects the lines of a sheet from its XML."""

    def __init__(self, strings: list[str], dates: frozenset[str], epoch: date) -> None:
        self.lines: list[Line] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[str] = []
        self.merged: list[str] = []
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._row = self._column = 0
        self._row_hidden = False
        self._texts: list[str] = []
        self._forms: dict[int, Form] = {}
        self._type = self._style = ""
        self._formula = self._collecting = False
        self._phonetic = False
        self._pieces: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name) if ":" in name else name
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._collecting = not (self._phonetic or self._formula)
        elif name == "f":
            self._formula = self._collecting = True
            self._pieces[:] = "="
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.append(_columns_text(attributes))

    def _start_row(self, attributes: dict[str, str]) -> None:
        stated = attributes.get("r")
        row = int(stated) if stated and stated.isdecimal() and len(stated) < 8 else self._row + 1
        if row <= self._row:
            raise BadFile(wording.BROKEN_WORKBOOK, reason=f"row {row} does not rise")
        if len(self.lines) >= MAX_ROWS:
            raise _hostile(f"more than {MAX_ROWS} rows")
        self._row, self._column = row, -1
        self._row_hidden = attributes.get("hidden") in ("1", "true")
        self._texts, self._forms = [], {}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        address = attributes.get("r")
        self._column = self._column + 1 if address is None else _column_of(address, self._row)
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._formula = False
        self._pieces.clear()

    def text(self, part: str) -> None:
        if self._collecting:
            self._pieces.append(part)

    def end(self, name: str) -> None:
        name = _local(name) if ":" in name else name
        if name in ("v", "t", "f"):
            self._collecting = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._phonetic = False

    def _end_cell(self) -> None:
        text, form = self._value("".join(self._pieces))
        if not text:
            return
        column = self._column
        if column >= MAX_COLUMNS:
            raise _hostile(f"a cell in column {column_letters(column)}")
        if column < len(self._texts):
            raise BadFile(wording.BROKEN_WORKBOOK, reason=f"cell {column_letters(column)}{self._row} stands twice")
        self._texts.extend([""] * (column - len(self._texts)))
        self._texts.append(text)
        if form is not Form.TEXT:
            self._forms[column] = form

    def _value(self, raw: str) -> tuple[str, Form]:
        if self._formula:
            return raw.strip(), Form.FORMULA
        kind = self._type
        if not raw:
            return "", Form.TEXT
        if kind == "s":
            place = int(raw) if raw.isdecimal() and len(raw) < 10 else len(self._strings)
            if place >= len(self._strings):
                raise BadFile(wording.BROKEN_WORKBOOK, reason=f"shared text {raw} is missing")
            return self._strings[place].strip(), Form.TEXT
        if kind in ("inlineStr", "str"):
            return raw.strip(), Form.TEXT
        if kind == "b":
            return ("true" if raw.strip() == "1" else "false"), Form.BOOLEAN
        if kind == "e":
            return raw, Form.ERROR
        return self._number(raw.strip(), kind)

    def _number(self, raw: str, kind: str) -> tuple[str, Form]:
        if kind == "d":
            return raw.removesuffix("Z").removesuffix("T00:00:00"), Form.DATE
        if self._style in self._dates:
            day = _day_text(raw, self._epoch)
            return (raw, Form.ERROR) if day is None else (day, Form.DATE)
        text = number_text(raw)
        return (raw, Form.ERROR) if text is None else (text, Form.NUMBER)

    def _end_row(self) -> None:
        if not self._texts:
            return
        self.lines.append(Line(self._row, self._texts, self._forms))
        if self._row_hidden:
            self.hidden_rows.append(self._row)


def _column_of(address: str, row: int) -> int:
    found = _ADDRESS.fullmatch(address)
    if not found or int(found[2]) != row:
        raise BadFile(wording.BROKEN_WORKBOOK, reason=f"cell {address} in row {row}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _columns_text(attributes: dict[str, str]) -> str:
    first, last = attributes.get("min", "1"), attributes.get("max", "1")
    if not (first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6):
        return "?"
    return f"{column_letters(int(first) - 1)}:{column_letters(int(last) - 1)}"
