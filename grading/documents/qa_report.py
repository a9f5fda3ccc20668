"""The daily QA report on paper (质检日报): draws a finished report and computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Field, Language, Line, Paper, Row, Type


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One agent or one team, every value as it shall read."""

    name: str
    contacts: str
    sampled: str
    evaluated: str
    fatal: str
    non_fatal: str
    escalated: str
    survey_pushed: str
    """Contacts with the survey pushed / contacts of which it is known."""
    mean: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class QaReportSheet:
    """Everything that stands on one report. ``rows``: the agents of each team, then the team itself."""

    number: str
    company: Bilingual
    day: str
    rows: tuple[ReportRow, ...]
    total: ReportRow
    errors: tuple[tuple[Bilingual, Bilingual], ...]
    """The most frequent errors and how often they were found."""


TITLE = Bilingual("质检日报", "Daily QA report")
AGENT = Bilingual("客服 / 小组", "Agent / team")
CONTACTS = Bilingual("会话", "Contacts")
SAMPLED = Bilingual("抽检", "Sampled")
EVALUATED = Bilingual("已评估", "Evaluated")
FATAL = Bilingual("致命错误", "Fatal")
NON_FATAL = Bilingual("一般错误", "Non-fatal")
ESCALATED = Bilingual("其中升级", "Of these escalated")
SURVEY = Bilingual("推送满意度", "Survey pushed")
MEAN = Bilingual("平均得分", "Mean score")
ERRORS = Bilingual("最多的错误", "Most frequent errors")
NOTHING = Bilingual("当天没有抽检，也没有质检结果。", "Nothing was sampled or found on this day.")
CONFIDENTIAL = Bilingual("仅供质检与管理人员查阅。", "For QA and managers only.")

_LABELS = (
    TITLE, AGENT, CONTACTS, SAMPLED, EVALUATED, FATAL, NON_FATAL, ESCALATED, SURVEY, MEAN, ERRORS, NOTHING,
    CONFIDENTIAL, style.CONTINUED, style.PAGE_OF,
)  # fmt: skip


@cache
def _stationery() -> style.Stationery:
    words = "".join(text.zh + text.en for text in _LABELS)
    return style.Stationery(words, words)


def draw_qa_report(sheet: QaReportSheet, lang: Language = "both") -> bytes:
    """The report as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    style.require_glyphs(sheet, sheet.number)
    paper = Paper(_stationery(), lang)
    day = Bilingual(sheet.day, sheet.day)
    paper.on_new_page = lambda: style.running_head(paper, sheet.company, TITLE, day, sheet.number)
    style.letterhead(paper, sheet.company, TITLE, day, sheet.number)
    if not sheet.rows:
        style.bullets(paper, (NOTHING,))
    else:
        _totals(paper, sheet.total)
        _agents(paper, sheet)
        _errors(paper, sheet)
    return paper.finish(
        number=sheet.number,
        notes=(CONFIDENTIAL,),
        title=f"{TITLE.zh} {TITLE.en} {sheet.number}",
        author=sheet.company.parts(lang)[0],
    )


_COLUMNS = (
    (CONTACTS, "contacts"),
    (SAMPLED, "sampled"),
    (EVALUATED, "evaluated"),
    (FATAL, "fatal"),
    (NON_FATAL, "non_fatal"),
    (ESCALATED, "escalated"),
    (SURVEY, "survey_pushed"),
    (MEAN, "mean"),
)


def _totals(paper: Paper, total: ReportRow) -> None:
    """The answer first: the day together."""
    style.fields(paper, [Field(label, getattr(total, name)) for label, name in _COLUMNS], 4)
    paper.y -= 6


def _agents(paper: Paper, sheet: QaReportSheet) -> None:
    narrow = 51.0
    columns = (
        Column(AGENT, style.WIDTH - narrow * len(_COLUMNS)),
        *(Column(label, narrow, "right") for label, _name in _COLUMNS),
    )
    style.table(paper, columns, [_row(paper, columns, row) for row in sheet.rows])


def _row(paper: Paper, columns: tuple[Column, ...], row: ReportRow) -> Row:
    type_ = style.EMPHASIS if row.is_total else style.BODY
    texts = (row.name, *(getattr(row, name) for _label, name in _COLUMNS))
    cells: list[tuple[Line, ...]] = [
        tuple(paper.set(text, style.cell_room(column), type_)) for text, column in zip(texts, columns, strict=True)
    ]
    return Row(tuple(cells), strong=row.is_total)


def _errors(paper: Paper, sheet: QaReportSheet) -> None:
    if not sheet.errors:
        return
    style.section(paper, ERRORS, follows=20)
    for name, count in sheet.errors:
        text = Bilingual(f"{name.zh}：{count.zh}", f"{name.en}: {count.en}")
        style.bullets(paper, (text,), type_=Type(8.2, style.INK))
