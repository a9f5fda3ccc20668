"""The closing report as it is printed: its texts are in the PDF, and equal sheets give equal bytes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from grading.documents.style import Bilingual, Field, MissingGlyph
from payroll.documents.closing_report import ClosingSheet, ReportFile, ReportLine, draw_closing_report

SHEET = ClosingSheet(
    number="SMALL-2026-10-REGULAR-1",
    company=Bilingual("小公司", "Small"),
    period=Bilingual("2026年10月", "October 2026"),
    run="2026-10 #1",
    facts=(Field(Bilingual("人数", "Payslips"), "3"),),
    people=(Field(Bilingual("审批人", "Approved by"), "王经理, 2026-11-05 10:00"),),
    lines=(
        ReportLine(Bilingual("应发工资", "Gross pay"), Decimal("12345.60"), is_total=True),
        ReportLine(Bilingual("扣罚", "Penalty"), Decimal("-20.00")),
    ),
    files=(ReportFile("bank.csv (1)", 3, Decimal("12000.00"), "c" * 64),),
    marks=(Field(Bilingual("指纹", "Fingerprint"), "a" * 64), Field(Bilingual("链头", "Head"), "b" * 64)),
)


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_what_proves_the_run_stands_on_it(lang) -> None:
    text = words(draw_closing_report(SHEET, lang))
    for said in ("a" * 64, "b" * 64, "c" * 64, "12,345.60", "\N{MINUS SIGN}20.00", "SMALL-2026-10-REGULAR-1"):
        assert said in text
    assert ("封账报告" in text) is (lang != "en")
    assert ("Closingreport" in text) is (lang != "zh")


def test_equal_sheets_give_equal_bytes() -> None:
    assert draw_closing_report(SHEET, "both") == draw_closing_report(replace(SHEET), "both")


def test_a_character_that_no_face_has_stops_it() -> None:
    with pytest.raises(MissingGlyph):
        draw_closing_report(replace(SHEET, run="\U000f0000"), "zh")
