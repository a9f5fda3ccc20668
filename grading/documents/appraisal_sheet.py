"""The monthly appraisal on paper (绩效考核表): draws a finished appraisal and computes nothing.

Every number arrives as the text that shall be read. Two equal sheets give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Field, Language, Line, Paper, Row, Span, Text, Type


@dataclass(frozen=True, slots=True)
class AppraisalKpi:
    """One KPI of the scorecard, every value as it shall read."""

    name: Bilingual
    value: Text
    target: Text
    score: str
    weight: str
    weighted: str
    """Score × weight: what the KPI adds to the total."""
    note: Bilingual | None = None
    """What is special about it this month, for example why it was left out."""


@dataclass(frozen=True, slots=True)
class QaFinding:
    """One kind of finding in the month's QA evaluations."""

    name: Bilingual
    severity: Bilingual
    count: str
    note: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """One tier or position of a ladder."""

    code: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class LadderView:
    """Where the agent stands on a ladder. Rungs from the lowest to the highest."""

    rungs: tuple[Rung, ...]
    current: int
    """The place of the current rung in ``rungs``, from 0."""
    tenure: Text | None = None
    time_in_tier: Text | None = None
    next_name: Text | None = None
    next_from: str | None = None
    """The earliest day the next rung is possible."""
    missing: tuple[Bilingual, ...] = ()
    """What the next rung still asks for, a sentence each; empty when nothing is missing or nothing comes next."""


@dataclass(frozen=True, slots=True)
class AppraisalSheet:
    """Everything that stands on one appraisal sheet."""

    number: str
    company: Bilingual
    month: Bilingual
    agent_name: str
    agent_number: str
    agent: tuple[Field, ...]
    kpis: tuple[AppraisalKpi, ...]
    total_score: str
    grade: str
    coefficient: str | None = None
    rank: str | None = None
    """For example "3 / 18"."""
    percentile: str | None = None
    grade_note: Bilingual | None = None
    """Why the grade is not the one the score alone would give, for example a calibration and its reason."""
    weakest: tuple[Bilingual, ...] = ()
    warnings: tuple[Bilingual, ...] = ()
    """What was missing from the data, and what was done about it."""
    qa_summary: Bilingual | None = None
    qa_findings: tuple[QaFinding, ...] = ()
    tier_ladder: LadderView | None = None
    position_ladder: LadderView | None = None


TITLE = Bilingual("绩效考核表", "Appraisal")
TOTAL_SCORE = Bilingual("总分", "Total score")
GRADE = Bilingual("绩效等级", "Grade")
COEFFICIENT = Bilingual("绩效系数", "Coefficient")
RANK = Bilingual("排名", "Rank")
PERCENTILE = Bilingual("百分位", "Percentile")
KPI = Bilingual("考核指标", "KPI")
VALUE = Bilingual("实际值", "Value")
TARGET = Bilingual("目标值", "Target")
SCORE = Bilingual("得分", "Score")
WEIGHT = Bilingual("权重", "Weight")
WEIGHTED = Bilingual("加权分", "Weighted")
WEAKEST = Bilingual("最需改进的指标", "Weakest metrics")
WARNINGS = Bilingual("数据缺失提示", "Missing data")
QA = Bilingual("质检结果", "Quality assurance")
FINDING = Bilingual("发现的问题", "Finding")
SEVERITY = Bilingual("严重程度", "Severity")
COUNT = Bilingual("次数", "Count")
TIER_LADDER = Bilingual("职级", "Tier ladder")
POSITION_LADDER = Bilingual("岗位序列", "Position ladder")
TENURE = Bilingual("司龄", "Tenure")
TIME_IN_TIER = Bilingual("在级时长", "Time in tier")
NEXT = Bilingual("下一级", "Next step")
NEXT_FROM = Bilingual("最早日期", "Earliest date")
STILL_MISSING = Bilingual("晋升还需", "Still needed for promotion")
AGENT_SIGNATURE = Bilingual("员工签字", "Agent")
MANAGER_SIGNATURE = Bilingual("主管签字", "Manager")
DATE = Bilingual("日期", "Date")
SIGNING = Bilingual(
    "签字表示已阅知本考核结果，不代表放弃申诉。", "Signing confirms reading; it does not waive an appeal."
)
CONFIDENTIAL = Bilingual(
    "本考核表为保密文件，仅供本人及其主管查阅。", "Confidential: for the named agent and their manager only."
)

_BOLD_LABELS = (
    TITLE, KPI, VALUE, TARGET, SCORE, WEIGHT, WEIGHTED, TOTAL_SCORE, WEAKEST, WARNINGS, QA, FINDING, SEVERITY, COUNT,
    TIER_LADDER, POSITION_LADDER, STILL_MISSING, style.CONTINUED,
)  # fmt: skip
_LABELS = (
    *_BOLD_LABELS, GRADE, COEFFICIENT, RANK, PERCENTILE, TENURE, TIME_IN_TIER, NEXT, NEXT_FROM, AGENT_SIGNATURE,
    MANAGER_SIGNATURE, DATE, SIGNING, CONFIDENTIAL, style.PAGE_OF,
)  # fmt: skip
_FREQUENT = (
    "，。；：、（）×≤≥一二三四五六七八九十年月日天次秒分钟小时个级高低中初资深客服专员组长主管经理岗位部门入职在已未不达到为与及以按本无有"
    "满意度响应回复平均首次三问解决率质检出勤转化订单销售额退款响会话接待量好评差服务态度流程规范违承诺错误致命严重一般漏答连续等于要求还差现"
    "数据缺失导入剔除重新归比例其他指标计算目标值用上仅供参考"
)
"""Characters that sheets are mostly made of. They go into every sheet, so that nearly all of its text is ready-made."""


@cache
def _stationery() -> style.Stationery:
    fixed, strong = ("".join(text.zh + text.en for text in labels) for labels in (_LABELS, _BOLD_LABELS))
    return style.Stationery(fixed + _FREQUENT, strong + "年月")


def draw_appraisal_sheet(sheet: AppraisalSheet, lang: Language = "both") -> bytes:
    """The appraisal as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    agent = f"{sheet.agent_number} {sheet.agent_name}"
    style.require_glyphs(sheet, agent)
    paper = Paper(_stationery(), lang)
    paper.on_new_page = lambda: style.running_head(paper, sheet.company, TITLE, sheet.month, agent)

    style.letterhead(paper, sheet.company, TITLE, sheet.month, sheet.number)
    style.identity(paper, sheet.agent_name, sheet.agent_number, sheet.agent)
    _result(paper, sheet)
    _scorecard(paper, sheet)
    _sentences(paper, WEAKEST, sheet.weakest)
    _warnings(paper, sheet.warnings)
    _qa(paper, sheet)
    for title, ladder in ((TIER_LADDER, sheet.tier_ladder), (POSITION_LADDER, sheet.position_ladder)):
        if ladder is not None and ladder.rungs:
            _ladder(paper, title, ladder)
    _signatures(paper)
    return paper.finish(
        number=sheet.number,
        notes=(CONFIDENTIAL,),
        title=f"{TITLE.zh} {TITLE.en} {sheet.number}",
        author=sheet.company.parts(lang)[0],
    )


def _result(paper: Paper, sheet: AppraisalSheet) -> None:
    """The answer first: score and grade large, what they mean beside them."""
    high = 44.0
    paper.need(high + 20)
    offered = (
        (TOTAL_SCORE, sheet.total_score),
        (COEFFICIENT, sheet.coefficient),
        (RANK, sheet.rank),
        (PERCENTILE, sheet.percentile),
    )
    cells = [(label, value) for label, value in offered if value is not None]
    grade_wide = 104.0
    top = paper.y
    paper.box(style.LEFT, top - high, style.WIDTH, high, style.TINT)
    paper.box(style.LEFT, top - high, grade_wide, high, style.NAVY)
    pale = Type(7.4, (0.80, 0.86, 0.94))
    paper.lines(style.LEFT + 10, top - 5, paper.set(GRADE, grade_wide - 20, pale))
    grade = style.one_line(sheet.grade, grade_wide - 22, Type(24, style.WHITE, bold=True))
    paper.line(style.LEFT + grade_wide - 11, top - high + 10, grade, "right")
    wide = (style.WIDTH - grade_wide) / len(cells)
    for place, (label, value) in enumerate(cells):
        x = style.LEFT + grade_wide + place * wide
        paper.lines(x + 12, top - 5, paper.set(label, wide - 16, style.LABEL))
        shown = style.one_line(value, wide - 18, Type(13 if place else 16, style.INK, bold=True))
        paper.line(x + 12, top - high + 11, shown)
        if place:
            paper.box(x, top - high + 8, 0.5, high - 16, style.HAIR)
    paper.y = top - high - 6
    if sheet.grade_note is not None:
        style.bullets(paper, (sheet.grade_note,), type_=style.QUIET)
    paper.y -= 5


def _scorecard(paper: Paper, sheet: AppraisalSheet) -> None:
    wide, narrow, last = 68.0, 56.0, 72.0
    columns = (
        Column(KPI, style.WIDTH - 2 * wide - 2 * narrow - last),
        Column(VALUE, wide, "right"),
        Column(TARGET, wide, "right"),
        Column(WEIGHT, narrow, "right"),
        Column(SCORE, narrow, "right"),
        Column(WEIGHTED, last, "right"),
    )
    rows = []
    for kpi in sheet.kpis:
        texts = (kpi.name, kpi.value, kpi.target, kpi.weight, kpi.score, kpi.weighted)
        cells = [
            tuple(paper.set(text, style.cell_room(column), style.BODY, Type(8.0, style.GREY)))
            for text, column in zip(texts, columns, strict=True)
        ]
        if kpi.note is not None:
            cells[0] += tuple(paper.set(kpi.note, style.cell_room(columns[0]), Type(7.0, style.AMBER)))
        rows.append(Row(tuple(cells)))
    total = (style.one_line(sheet.total_score, style.cell_room(columns[-1]), Type(9.6, style.INK, bold=True)),)
    label = tuple(paper.set(TOTAL_SCORE, style.cell_room(columns[0]), style.EMPHASIS))
    rows.append(Row((label, (), (), (), (), total), strong=True))
    style.table(paper, columns, rows)


def _sentences(paper: Paper, title: Bilingual, items: Sequence[Bilingual]) -> None:
    if items:
        style.section(paper, title, follows=14)
        style.bullets(paper, items, type_=Type(8.2, style.INK))
        paper.y -= 5


def _warnings(paper: Paper, warnings: Sequence[Bilingual]) -> None:
    """Each warning in its own amber box, so that a page break never parts a warning from its colour."""
    if not warnings:
        return
    style.section(paper, WARNINGS, follows=24)
    for warning in warnings:
        for line in paper.set(warning, style.WIDTH - 20, Type(8.0, style.AMBER)):
            high = style.leading(line) + 3
            paper.need(high)
            paper.box(style.LEFT, paper.y - high, style.WIDTH, high, style.AMBER_TINT)
            paper.box(style.LEFT, paper.y - high, 2.4, high, style.AMBER)
            paper.lines(style.LEFT + 10, paper.y - 1.5, [line])
            paper.y -= high
        paper.y -= 2
    paper.y -= 6


def _qa(paper: Paper, sheet: AppraisalSheet) -> None:
    if sheet.qa_summary is None and not sheet.qa_findings:
        return
    style.section(paper, QA, follows=34)
    if sheet.qa_summary is not None:
        style.bullets(paper, (sheet.qa_summary,), type_=Type(8.2, style.INK))
        paper.y -= 3
    if not sheet.qa_findings:
        paper.y -= 4
        return
    columns = (Column(FINDING, style.WIDTH - 190.0), Column(SEVERITY, 120.0), Column(COUNT, 70.0, "right"))
    rows = []
    for finding in sheet.qa_findings:
        name = tuple(paper.set(finding.name, style.cell_room(columns[0]), style.BODY, Type(8.0, style.GREY)))
        if finding.note is not None:
            name += tuple(paper.set(finding.note, style.cell_room(columns[0]), style.SMALL))
        severity = tuple(paper.set(finding.severity, style.cell_room(columns[1]), style.BODY, Type(8.0, style.GREY)))
        count = tuple(paper.set(finding.count, style.cell_room(columns[2]), style.BODY))
        rows.append(Row((name, severity, count)))
    style.table(paper, columns, rows)


_STAIR_LOW, _STAIR_HIGH, _STAIR_GAP = 17.0, 44.0, 3.0


def _ladder(paper: Paper, title: Bilingual, ladder: LadderView) -> None:
    """The rungs as a flight of stairs, the current one filled; then what is known and what is missing."""
    count = len(ladder.rungs)
    wide = min((style.WIDTH - _STAIR_GAP * (count - 1)) / count, 150.0)
    names = [
        _rung_name(paper, rung, wide, _rung_type(place, ladder.current)) for place, rung in enumerate(ladder.rungs)
    ]
    names_high = max(map(style.height, names))
    facts_high = 36.0
    style.section(paper, title, follows=_STAIR_HIGH + names_high + facts_high)
    base = paper.y - _STAIR_HIGH - 2
    for place, (rung, name) in enumerate(zip(ladder.rungs, names, strict=True)):
        x = style.LEFT + place * (wide + _STAIR_GAP)
        high = _STAIR_LOW + (_STAIR_HIGH - _STAIR_LOW) * (place / (count - 1) if count > 1 else 1)
        fill, ink = _rung_colours(place, ladder.current)
        paper.box(x, base, wide, high, fill)
        if place > ladder.current:
            paper.frame(x, base, wide, high, style.HAIR)
        code_type = Type(10.5, ink, bold=place == ladder.current)
        code = style.one_line(rung.code, wide - 4, code_type)
        paper.line(x + wide / 2, base + high - 12.2, code, "center")
        paper.lines(x + wide / 2, base - 3, name, "center")
    paper.y = base - names_high - 9
    offered = (
        (TENURE, ladder.tenure),
        (TIME_IN_TIER, ladder.time_in_tier),
        (NEXT, ladder.next_name),
        (NEXT_FROM, ladder.next_from),
    )
    style.fields(paper, [Field(label, value) for label, value in offered if value is not None], 4)
    paper.y -= 3
    _sentences(paper, STILL_MISSING, ladder.missing)


def _rung_type(place: int, current: int) -> Type:
    return Type(7.2, style.NAVY, bold=True) if place == current else Type(7.2, style.GREY)


def _rung_name(paper: Paper, rung: Rung, wide: float, type_: Type) -> list[Line]:
    return [
        (Span(piece, type_.scaled(size)),)
        for part, size in zip(rung.name.parts(paper.language), (7.2, 6.4), strict=False)
        for piece in style.wrapped(part, type_.scaled(size), wide)
    ]


def _rung_colours(place: int, current: int) -> tuple[style.Colour, style.Colour]:
    if place == current:
        return style.NAVY, style.WHITE
    return (style.SOFT, style.NAVY) if place < current else (style.TINT, style.GREY)


def _signatures(paper: Paper) -> None:
    paper.need(62)
    paper.y -= 4
    paper.lines(style.LEFT, paper.y, paper.set(SIGNING, style.WIDTH, style.SMALL))
    paper.y -= 40
    half = (style.WIDTH - 30) / 2
    for place, who in enumerate((AGENT_SIGNATURE, MANAGER_SIGNATURE)):
        x = style.LEFT + place * (half + 30)
        signature, date = half * 0.62, half * 0.32
        for start, wide, label in ((x, signature, who), (x + half - date, date, DATE)):
            paper.rule(start, paper.y, wide, style.GREY, 0.6)
            paper.lines(start, paper.y - 3, paper.set(label, wide, style.LABEL))
    paper.y -= 16
