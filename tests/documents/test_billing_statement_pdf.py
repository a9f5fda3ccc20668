"""The billing statement as the client reads it."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal

import pytest
from pypdf import PdfReader

from grading.documents.style import Bilingual, Field, Language, MissingGlyph
from payroll.documents.billing_statement import StatementLine, StatementSheet, draw_statement

SHEET = StatementSheet(
    number="demo-2026-10-jia-1",
    company=Bilingual("北辰客服外包有限公司", "Beichen Customer Service Co., Ltd."),
    client=Bilingual("甲方商贸有限公司", "Jia Trading Co., Ltd."),
    period=Bilingual("2026年10月", "October 2026"),
    facts=(Field(Bilingual("店铺", "Shop"), "甲店 旗舰店"),),
    lines=(
        StatementLine(
            Bilingual("客服服务费", "Agent service fee"),
            "A001 欧阳䶮",
            Decimal("3500.00"),
            Bilingual("全月 3500.00", "3500.00 for the whole month"),
        ),
        StatementLine(
            Bilingual("店铺销售提成", "Commission on shop sales"),
            "",
            Decimal("-60.00"),
            Bilingual("净销售额 -4000 × 1.5%", "Net sales -4000 × 1.5%"),
        ),
    ),
    total=Decimal("3440.00"),
    total_in_words="人民币叁仟肆佰肆拾元整",
)


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_names_and_amounts_copy_out_in_every_language(lang: Language) -> None:
    text = text_of(draw_statement(SHEET, lang))
    for expected in (
        "demo-2026-10-jia-1",
        "甲店 旗舰店",
        "A001 欧阳䶮",
        "3,500.00",
        "−60.00",
        "3,440.00",
        "叁仟肆佰肆拾元整",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("lang", "present", "absent"),
    [
        ("zh", ("外包服务结算单", "甲方商贸有限公司", "本期应付", "客服服务费"), ("Service statement", "Jia Trading")),
        (
            "en",
            ("Service statement", "Jia Trading Co., Ltd.", "Amount due", "Agent service fee"),
            ("结算单", "甲方商贸"),
        ),
        ("both", ("外包服务结算单", "Service statement", "Agent service fee"), ()),
    ],
)
def test_each_language_says_its_own_words(lang: Language, present: tuple[str, ...], absent: tuple[str, ...]) -> None:
    text = text_of(draw_statement(SHEET, lang))
    assert [word for word in present if word not in text] == []
    assert [word for word in absent if word in text] == []


def test_a_draft_says_so_and_an_issued_one_does_not() -> None:
    draft = text_of(draw_statement(replace(SHEET, number=None), "zh"))
    assert "草稿（未开具）" in draft
    assert "以开具的结算单为准" in draft
    assert "草稿" not in text_of(draw_statement(SHEET, "zh"))


def test_a_month_without_a_line_is_drawn_too() -> None:
    assert "本期无" in text_of(draw_statement(replace(SHEET, lines=(), total=Decimal("0.00")), "zh"))


def test_many_agents_run_on_to_more_pages() -> None:
    lines = tuple(replace(SHEET.lines[0], agent=f"A{number:03} 张三") for number in range(120))
    data = draw_statement(replace(SHEET, lines=lines), "both")
    pages = PdfReader(io.BytesIO(data)).pages
    assert len(pages) > 2
    assert all("甲方商贸有限公司" in page.extract_text() for page in pages)
    assert "A119 张三" in text_of(data)


def test_two_equal_sheets_give_the_same_bytes() -> None:
    assert draw_statement(SHEET, "both") == draw_statement(replace(SHEET), "both")


def test_a_character_without_a_glyph_draws_nothing() -> None:
    with pytest.raises(MissingGlyph):
        draw_statement(replace(SHEET, client=Bilingual("甲\U0001f600", "Jia")), "zh")
