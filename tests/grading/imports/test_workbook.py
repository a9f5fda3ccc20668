"""Workbooks that lie about their size, hide content, or are built to hurt (abuse cases D-09 to D-11, C-02, C-15)."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from fractions import Fraction

import openpyxl
import pytest

from grading.imports import cells
from grading.imports.table import Column, Table, read_table
from grading.imports.workbook import number_text

COLUMNS = (
    Column("agent_no", ("工号",), cells.code, required=True),
    Column("value", ("数值",), cells.number, required=True),
)
SHEET = "xl/worksheets/sheet1.xml"


def read(data: bytes, name: str = "kpi.xlsx") -> Table:
    return read_table(name, data, COLUMNS)


def codes(table: Table) -> list[str]:
    return [problem.code for problem in table.problems]


def workbook(rows: int = 3) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["agent_no", "value"])
    for number in range(1, rows + 1):
        sheet.append([f"A{number}", 0.07])
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one part changed, or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, change(old.read(entry)) if entry == path else old.read(entry))
        if path not in old.namelist():
            new.writestr(path, change(b""))
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("1600", "1600"),
        ("1600.0", "1600"),
        ("7.0000000000000007E-2", "0.07"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1E-05", "0.00001"),
        ("6.22202123456789E+18", "6222021234567890000"),
        ("-0", "-0"),
        ("NaN", None),
        ("1e400", None),
        ("text", None),
    ],
)
def test_a_number_is_the_shortest_decimal_that_reads_back(raw: str, text: str | None) -> None:
    assert number_text(raw) == text


def test_the_stated_dimension_is_not_believed() -> None:
    data = changed(
        saved(workbook(rows=100)), SHEET, lambda xml: re.sub(b'<dimension ref="[^"]*"', b'<dimension ref="A1:B10"', xml)
    )
    assert len(read(data).rows) == 100


def test_hidden_rows_columns_sheets_and_merged_cells_are_read_and_told() -> None:
    book = workbook()
    sheet = book.active
    assert sheet is not None
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.merge_cells("D1:E1")
    book.create_sheet("旧数据").sheet_state = "hidden"
    table = read(saved(book))
    assert table.problems == []
    assert [row["agent_no"] for row in table.rows] == ["A1", "A2", "A3"]
    assert [notice.code for notice in table.notices] == [
        "import.other_sheets",
        "import.hidden_rows",
        "import.hidden_columns",
        "import.merged_cells",
    ]
    assert "1 hidden rows were read, the first is row 3" in str(table.notices[1])


def test_row_numbers_are_those_of_the_sheet() -> None:
    book = workbook(rows=1)
    sheet = book.active
    assert sheet is not None
    sheet["A7"], sheet["B7"] = "A9", 0.5
    assert [(row.number, row["value"]) for row in read(saved(book)).rows] == [
        (2, Fraction(7, 100)),
        (7, Fraction(1, 2)),
    ]


def test_inline_rich_and_phonetic_text() -> None:
    inline = (
        b'<row r="5"><c r="A5" t="inlineStr"><is><r><t>A</t></r><r><t>5</t></r><rPh><t>x</t></rPh></is></c>'
        b'<c r="B5"><v>1</v></c></row></sheetData>'
    )
    table = read(changed(saved(workbook()), SHEET, lambda xml: xml.replace(b"</sheetData>", inline)))
    assert table.problems == []
    assert table.rows[-1].values == {"agent_no": "A5", "value": Fraction(1)}


def ole(content: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64 + content.encode("utf-16-le")


def bare_zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty_file"),
        (b"agent_no,value\nA1,1\n", "import.text_named_xlsx"),
        (ole("Workbook"), "import.old_workbook"),
        (ole("EncryptedPackage"), "import.encrypted_workbook"),
        (saved(workbook())[:-200], "import.broken_workbook"),
        (saved(workbook())[:2000], "import.broken_workbook"),
        (bare_zip(readme=b"x"), "import.text_named_xlsx"),
        (saved(workbook(rows=0)), "import.no_rows"),
        (saved(openpyxl.Workbook()), "import.empty_file"),
        (changed(saved(workbook()), "xl/vbaProject.bin", lambda _: b"x"), "import.macro_workbook"),
        (changed(saved(workbook()), SHEET, lambda xml: xml[:-40]), "import.broken_workbook"),
        (changed(saved(workbook()), SHEET, lambda xml: xml.replace(b'r="A2"', b'r="A9"')), "import.broken_workbook"),
        (changed(saved(workbook()), SHEET, lambda xml: xml.replace(b'r="B2"', b'r="XFD2"')), "import.hostile_workbook"),
        (
            changed(
                saved(workbook()), SHEET, lambda xml: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + xml
            ),
            "import.hostile_workbook",
        ),
        (
            changed(
                saved(workbook()), SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<row/>" * 200_001)
            ),
            "import.hostile_workbook",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_workbook_that_is_not_read_gives_one_exact_reason(data: bytes, code: str) -> None:
    assert codes(read(data)) == [code]


@pytest.mark.parametrize(
    "filling",
    [
        pytest.param(lambda: b"<!--" + b"x" * 120_000_000 + b"-->", id="a comment of 120 MB"),
        pytest.param(lambda: b"<!--" + b"x>" * 40_000_000 + b"-->", id="a comment of 80 MB with brackets in it"),
        pytest.param(lambda: b'<c t="' + b"x" * 60_000_000 + b'"/>', id="an attribute of 60 MB"),
    ],
)
def test_a_bomb_is_refused_quickly(filling: Callable[[], bytes]) -> None:
    bomb = changed(saved(workbook()), SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + filling()))
    started = time.perf_counter()
    assert codes(read(bomb)) == ["import.hostile_workbook"]
    assert time.perf_counter() - started < 5


def test_ten_thousand_sheets_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", "")
    assert codes(read(out.getvalue())) == ["import.hostile_workbook"]
