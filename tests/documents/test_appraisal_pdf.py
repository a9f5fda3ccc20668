"""The appraisal file as its reader sees it."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from grading.documents.appraisal_sheet import (
    AppraisalKpi,
    AppraisalSheet,
    LadderView,
    QaFinding,
    Rung,
    draw_appraisal_sheet,
)
from grading.documents.style import Bilingual, Field, Language, MissingGlyph

SHEET = AppraisalSheet(
    number="AP-202606-000123",
    company=Bilingual("北辰星河科技有限公司", "Beichen Starriver Co., Ltd."),
    month=Bilingual("2026年6月", "June 2026"),
    agent_name="阿卜杜拉·买买提",
    agent_number="CS10023",
    agent=(Field(Bilingual("直属主管", "Manager"), "李䶮𠮷㛃"),),
    kpis=(
        AppraisalKpi(Bilingual("客户满意度", "Satisfaction"), "96.20%", "95.00%", "100.00", "60%", "60.00"),
        AppraisalKpi(
            Bilingual("首次响应", "First response"),
            Bilingual("28 秒", "28 s"),
            Bilingual("30 秒", "30 s"),
            "83.45",
            "40%",
            "33.38",
            Bilingual("按 29 天计算。", "Computed from 29 days."),
        ),
    ),
    total_score="93.38",
    grade="A",
    coefficient="1.15",
    rank="3 / 18",
    percentile="88.9%",
    grade_note=Bilingual("经校准由 B 调整为 A。", "Calibrated from B to A."),
    weakest=(Bilingual("三分钟回复率低于目标。", "Replies within 3 minutes are below target."),),
    warnings=(Bilingual("6月18日数据缺失。", "18 June is missing."),),
    qa_summary=Bilingual("评估 12 次会话。", "12 contacts evaluated."),
    qa_findings=(
        QaFinding(
            Bilingual("未核实订单", "Order not verified"),
            Bilingual("严重", "Critical"),
            "17",
            Bilingual("会话 88213。", "Contact 88213."),
        ),
    ),
    tier_ladder=LadderView(
        rungs=(
            Rung("P1", Bilingual("初级", "Agent I")),
            Rung("P2", Bilingual("中级", "Agent II")),
            Rung("P3", Bilingual("高级", "Senior")),
        ),
        current=1,
        tenure=Bilingual("2 年 3 个月", "2 years 3 months"),
        time_in_tier=Bilingual("4 个月", "4 months"),
        next_name=Bilingual("P3 高级", "P3 Senior"),
        next_from="2026-09-01",
        missing=(Bilingual("在级时长还差 2 个月。", "Two more months in tier."),),
    ),
)


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


@pytest.mark.parametrize("lang", ["zh", "en", "both"])
def test_names_and_numbers_copy_out_in_every_language(lang: Language) -> None:
    text = text_of(draw_appraisal_sheet(SHEET, lang))
    for expected in (
        "阿卜杜拉·买买提",
        "李䶮𠮷㛃",
        "AP-202606-000123",
        "96.20%",
        "83.45",
        "33.38",
        "93.38",
        "1.15",
        "3 / 18",
        "88.9%",
        "17",
        "P1",
        "P2",
        "P3",
        "2026-09-01",
    ):
        assert expected in text


@pytest.mark.parametrize(
    ("lang", "present", "absent"),
    [
        (
            "zh",
            (
                "绩效考核表",
                "数据缺失提示",
                "6月18日数据缺失。",
                "最需改进的指标",
                "员工签字",
                "主管签字",
                "第 1 / 1 页",
            ),
            ("Appraisal", "Agent II"),
        ),
        (
            "en",
            ("Appraisal", "18 June is missing.", "Weakest metrics", "Senior", "2 years 3 months", "Page 1 / 1"),
            ("绩效考核表", "中级"),
        ),
        ("both", ("绩效考核表 Appraisal", "晋升还需 Still needed for promotion", "严重 Critical"), ()),
    ],
)
def test_each_language_says_its_own_words(lang: Language, present: tuple[str, ...], absent: tuple[str, ...]) -> None:
    text = text_of(draw_appraisal_sheet(SHEET, lang))
    assert [word for word in present if word not in text] == []
    assert [word for word in absent if word in text] == []


def test_a_fresh_process_gives_the_same_bytes() -> None:
    program = (
        "import hashlib, runpy, sys; names = runpy.run_path(sys.argv[1]);"
        "print(hashlib.sha256(names['draw_appraisal_sheet'](names['SHEET'])).hexdigest())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, __file__],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "7"},
    )
    assert result.stdout.strip() == hashlib.sha256(draw_appraisal_sheet(SHEET)).hexdigest()


def test_only_house_fonts_and_all_embedded() -> None:
    data = draw_appraisal_sheet(SHEET)
    names = set()
    for font in PdfReader(io.BytesIO(data)).pages[0]["/Resources"]["/Font"].values():
        names.add(font["/BaseFont"].split("+")[1])
        assert "/FontFile2" in font["/FontDescriptor"]
    assert names == {"PaySansSC-Regular", "PaySansSC-Bold", "PayRareSC-Regular"}
    assert b"Helvetica" not in data


def test_a_character_without_a_glyph_names_the_agent_and_the_place() -> None:
    with pytest.raises(MissingGlyph) as caught:
        draw_appraisal_sheet(replace(SHEET, warnings=(Bilingual("缺 🙂", "missing"),)))
    assert caught.value.values == {
        "agent": "CS10023 阿卜杜拉·买买提",
        "where": "warnings 1.zh",
        "characters": "🙂 (U+1F642)",
    }


def test_markup_stays_literal() -> None:
    text = text_of(draw_appraisal_sheet(replace(SHEET, weakest=(Bilingual("<b>粗</b>&lt;", "x"),)), "zh"))
    assert "<b>粗</b>&lt;" in text


def test_many_kpis_flow_to_a_second_page_and_a_long_score_is_never_cut() -> None:
    data = draw_appraisal_sheet(replace(SHEET, kpis=SHEET.kpis * 20, total_score="1234567890.1234567890"))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    assert len(pages) == 2
    assert "2 / 2" in pages[1]
    assert "阿卜杜拉·买买提" in pages[1]
    assert "".join(pages).count("1234567890.1234567890") == 2


@pytest.mark.parametrize("rungs", [1, 2, 12, 20])
def test_a_ladder_of_any_length_shows_every_rung(rungs: int) -> None:
    names = tuple(Rung(f"C{number:02}", Bilingual(f"第{number}级", f"Step {number}")) for number in range(1, rungs + 1))
    text = text_of(draw_appraisal_sheet(replace(SHEET, tier_ladder=None, position_ladder=LadderView(names, 0)), "zh"))
    assert [rung.code for rung in names if rung.code not in text] == []


def test_a_bare_appraisal_can_be_drawn() -> None:
    bare = AppraisalSheet("AP-1", SHEET.company, SHEET.month, "李雷", "1", (), (), "0.00", "D")
    assert "李雷" in text_of(draw_appraisal_sheet(bare))
