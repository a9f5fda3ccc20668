"""The payslip file as its reader sees it: what it says, what copies out of it, and what it is made of."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader

from grading.documents.style import (
    Bilingual,
    Field,
    Language,
    MissingGlyph,
    Type,
    missing_glyphs,
    one_line,
    width,
    wrapped,
)
from payroll.documents.payslip import KpiLine, PayslipLine, PayslipSheet, Performance, TaxSoFar, draw_payslip

SHEET = PayslipSheet(
    number="PS-202606-000123-01",
    company=Bilingual("北辰星河科技（集团）股份有限公司", "Beichen Starriver Technology (Group) Co., Ltd."),
    period=Bilingual("2026年6月", "June 2026"),
    agent_name="欧阳䶮𠮷㛃",
    agent_number="CS10023",
    agent=(
        Field(Bilingual("部门", "Department"), Bilingual("售后二组", "After-sales team 2")),
        Field(Bilingual("收款户名", "Account holder"), "阿卜杜拉·买买提"),
    ),
    earnings=(
        PayslipLine(
            Bilingual("基本工资", "Base pay"),
            Decimal("13500.00"),
            Bilingual("全勤，按 100% 计发。", "A full month, paid in full."),
        ),
        PayslipLine(
            Bilingual("补发提成", "Commission arrears"),
            Decimal("-150.05"),
            Bilingual("退款追回。", "Refunds taken back."),
            period=Bilingual("2026年5月", "May 2026"),
        ),
    ),
    deductions=(PayslipLine(Bilingual("迟到扣款", "Lateness"), Decimal("20.00")),),
    gross=Decimal("13349.95"),
    deductions_total=Decimal("20.00"),
    net=Decimal("13329.95"),
    net_in_words="人民币壹万叁仟叁佰贰拾玖元玖角伍分",
    pay_date="2026-07-15",
    employer=(PayslipLine(Bilingual("养老（单位）", "Pension, employer"), Decimal("777.60")),),
    employer_total=Decimal("777.60"),
    performance=Performance(
        kpis=(KpiLine(Bilingual("质检得分", "QA score"), "92.50", "95.00", "90.00", "20%"),),
        total_score="93.38",
        grade="A",
        coefficient="1.15",
        tier=Bilingual("P2 中级", "P2 Agent II"),
        next_tier=Bilingual("P3 高级", "P3 Senior agent"),
        next_tier_from="2026-09-01",
        missing=(Bilingual("在级时长还差 2 个月。", "Two more months in tier."),),
    ),
    notices=(Bilingual("本工资单不含法定代扣。", "Statutory deductions are not part of this payslip."),),
)


def pages_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def text_of(data: bytes) -> str:
    return "\n".join(pages_of(data))


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_names_amounts_and_words_copy_out_in_every_language(lang: Language) -> None:
    text = text_of(draw_payslip(SHEET, lang))
    for expected in (
        "欧阳䶮𠮷㛃",
        "CS10023",
        "阿卜杜拉·买买提",
        "PS-202606-000123-01",
        "2026-07-15",
        "13,500.00",
        "−150.05",
        "13,349.95",
        "20.00",
        "13,329.95",
        "777.60",
        "人民币壹万叁仟叁佰贰拾玖元玖角伍分",
        "92.50",
        "93.38",
        "2026-09-01",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("lang", "present", "absent"),
    [
        ("zh", ("实发工资", "基本工资", "属 2026年5月", "在级时长还差 2 个月。"), ("Net pay", "Base pay")),
        ("en", ("Net pay", "Base pay", "For May 2026", "Two more months in tier."), ("实发工资", "基本工资")),
        ("both", ("实发工资 Net pay", "基本工资 Base pay", "本工资单不含法定代扣。", "Statutory deductions"), ()),
    ],
)
def test_each_language_says_its_own_words(lang: Language, present: tuple[str, ...], absent: tuple[str, ...]) -> None:
    text = text_of(draw_payslip(SHEET, lang))
    assert [word for word in present if word not in text] == []
    assert [word for word in absent if word in text] == []


def test_every_font_is_embedded_and_there_is_no_other() -> None:
    reader = PdfReader(io.BytesIO(draw_payslip(SHEET)))
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            names.add(font["/BaseFont"].split("+")[1])
            assert "/FontFile2" in font["/FontDescriptor"]
            assert "/ToUnicode" in font
    assert names == {"PaySansSC-Regular", "PaySansSC-Bold", "PayRareSC-Bold"}
    assert b"Helvetica" not in draw_payslip(SHEET)
    assert b"ASCII85" not in draw_payslip(SHEET)


def test_the_parts_of_one_font_have_names_of_their_own() -> None:
    fonts = PdfReader(io.BytesIO(draw_payslip(SHEET))).pages[0]["/Resources"]["/Font"].values()
    names = [font["/BaseFont"] for font in fonts]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("lang", "spoken"), [("zh", "zh-CN"), ("en", "en"), ("both", "zh-CN")])
def test_the_file_says_what_it_is_and_in_which_language(lang: Language, spoken: str) -> None:
    reader = PdfReader(io.BytesIO(draw_payslip(SHEET, lang)))
    assert reader.metadata is not None
    assert reader.metadata.title == "工资单 Payslip PS-202606-000123-01"
    assert reader.metadata.subject == "PS-202606-000123-01"
    assert reader.metadata.creator == "绩薪 Jixin"
    assert reader.trailer["/Root"]["/Lang"] == spoken


def test_a_file_carries_no_characters_of_another_person() -> None:
    draw_payslip(replace(SHEET, agent_name="龘"))
    fonts = PdfReader(io.BytesIO(draw_payslip(SHEET))).pages[0]["/Resources"]["/Font"]
    maps = b"".join(font.get_object()["/ToUnicode"].get_object().get_data() for font in fonts.values())
    assert b"D842DFB7" in maps  # 𠮷, as the pair of UTF-16
    assert b"9F98" not in maps  # 龘


def test_equal_sheets_give_equal_bytes_and_unequal_ones_do_not() -> None:
    first = draw_payslip(SHEET)
    assert draw_payslip(replace(SHEET)) == first
    assert draw_payslip(replace(SHEET, net=Decimal("13329.94"))) != first


def test_a_fresh_process_gives_the_same_bytes() -> None:
    program = (
        "import hashlib, runpy, sys; names = runpy.run_path(sys.argv[1]);"
        "print(hashlib.sha256(names['draw_payslip'](names['SHEET'])).hexdigest())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, __file__],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "7"},
    )
    draw_payslip(replace(SHEET, agent_name="先画另一位"))
    assert result.stdout.strip() == hashlib.sha256(draw_payslip(SHEET)).hexdigest()


def test_threads_may_draw_at_the_same_time() -> None:
    sheets = [replace(SHEET, agent_name=name) for name in ("鱻龑", "濛䶮", "𠮷㛃", "欧阳")] * 10
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(draw_payslip, sheets))
    assert drawn == [draw_payslip(sheet) for sheet in sheets]


def test_a_character_without_a_glyph_names_the_agent_the_place_and_the_character() -> None:
    line = PayslipLine(Bilingual("奖金", "Bonus"), Decimal("1.00"), Bilingual("好🙂", "Well done"))
    with pytest.raises(MissingGlyph) as caught:
        draw_payslip(replace(SHEET, earnings=(*SHEET.earnings, line)))
    assert caught.value.code == "grading.missing_glyph"
    assert caught.value.values == {
        "agent": "CS10023 欧阳䶮𠮷㛃",
        "where": "earnings 3.reason.zh",
        "characters": "🙂 (U+1F642)",
    }


def test_missing_glyphs_names_each_character_once_in_order() -> None:
    assert missing_glyphs("𠮷䶮㛃ئabc🙂ئ") == ("ئ", "🙂")
    assert missing_glyphs("欧阳 Ouyang ¥1,234.50\n−3") == ()


def test_markup_stays_literal() -> None:
    name = "<b>李</b> &amp; (王) \\ %s {0}"
    assert name in text_of(draw_payslip(replace(SHEET, agent_name=name)))


def test_sixty_lines_flow_to_a_second_page_under_a_repeated_head() -> None:
    lines = tuple(
        PayslipLine(Bilingual(f"津贴{number}", f"Subsidy {number}"), Decimal(number)) for number in range(1, 61)
    )
    pages = pages_of(draw_payslip(replace(SHEET, earnings=lines, employer=(), performance=None), "zh"))
    assert len(pages) == 2
    assert "第 1 / 2 页" in pages[0]
    assert "第 2 / 2 页" in pages[1]
    assert "欧阳䶮𠮷㛃" in pages[1]
    for page in pages:
        assert "PS-202606-000123-01" in page
        assert "应发项" in page
        assert "本工资单为保密文件" in page
    together = "".join(pages)
    assert [number for number in range(1, 61) if f"津贴{number} {number}.00" not in together] == []


def test_the_page_number_reads_in_english_too() -> None:
    assert "Page 1 / 1" in text_of(draw_payslip(SHEET, "en"))


BODY = Type(9.0, (0.0, 0.0, 0.0))


@pytest.mark.parametrize("limit", [10.0, 40.0, 123.4])
@pytest.mark.parametrize(
    "text",
    ["阿卜杜拉·买买提·" * 5, "Weight of 加权得分，以及“引号”（括号）。", "x" * 90, "a b  c" * 9, "𠮷䶮，" * 9],
)
def test_wrapped_text_stays_within_its_column_and_loses_nothing(text: str, limit: float) -> None:
    pieces = wrapped(text, BODY, limit)
    assert [piece for piece in pieces if BODY.width(piece) > limit] == []
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


def test_a_latin_word_keeps_together_and_no_line_begins_with_a_closing_mark() -> None:
    assert wrapped("加权 Weighted 得分，合计", BODY, 50.0) == ["加权", "Weighted", "得分，合计"]
    assert wrapped("一二三四五，六", BODY, 45.0) == ["一二三四", "五，六"]


def test_one_line_shrinks_as_far_as_it_takes() -> None:
    line = one_line("999,999,999,999.99", 20.0, BODY)
    assert "".join(span.text for span in line) == "999,999,999,999.99"
    assert width(line) <= 20.0


def test_a_very_long_name_stays_whole() -> None:
    name = "阿卜杜拉·买买提·" * 12
    data = draw_payslip(replace(SHEET, agent_name=name, company=Bilingual("北京" * 60, "Very Long Company " * 12)))
    assert name in text_of(data).replace("\n", "")


def test_a_reason_longer_than_a_page_is_printed_whole() -> None:
    reason = "".join(f"第{number}句理由。" for number in range(1, 1200))
    line = PayslipLine(Bilingual("奖金", "Bonus"), Decimal("1.00"), Bilingual(reason, ""))
    pages = pages_of(draw_payslip(replace(SHEET, earnings=(line,)), "zh"))
    assert len(pages) > 1
    assert "第1199句理由。" in "".join(pages).replace("\n", "")


def test_a_huge_amount_is_never_cut() -> None:
    text = text_of(draw_payslip(replace(SHEET, net=Decimal("-999999999999.99"), gross=Decimal("-999999999999.99"))))
    assert text.count("−999,999,999,999.99") == 3


def test_an_empty_payslip_can_be_drawn() -> None:
    bare = replace(
        SHEET, earnings=(), deductions=(), employer=(), performance=None, notices=(), agent=(), pay_date=None
    )
    assert "本期无" in text_of(draw_payslip(bare))


def test_a_payslip_of_another_run_says_so_on_every_page_head() -> None:
    title = Bilingual("更正工资单", "Correction payslip")
    many = tuple(replace(SHEET.earnings[0], name=Bilingual(f"项目{place}", f"Item {place}")) for place in range(60))
    pages = pages_of(draw_payslip(replace(SHEET, title=title, earnings=many)))
    assert len(pages) > 1
    assert all("更正工资单" in page for page in pages)
    assert "更正工资单" not in text_of(draw_payslip(SHEET))


def test_the_tax_year_stands_apart_from_the_line() -> None:
    tax = TaxSoFar("2026", (Field(Bilingual("累计收入", "Income so far"), "36,404.81"),))
    cases: tuple[tuple[Language, str], ...] = (("zh", "个人所得税累计（2026）"), ("en", "Income tax so far (2026)"))
    for lang, expected in cases:
        shown = text_of(draw_payslip(replace(SHEET, tax=tax), lang))
        assert expected in shown
        assert "36,404.81" in shown
    assert "Income tax so far" not in text_of(draw_payslip(SHEET))
