"""The closing report of a run on paper (封账报告): what was posted, who did it, and the marks that prove it later.

Its fingerprint and the head of the audit log, kept on paper or elsewhere outside the database, tell whether what is
stored was changed since. No person's pay stands on it. Draws, and computes nothing; equal sheets give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Field, Language, Line, Paper, Row, Type


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A sum over everybody of the run."""

    name: Bilingual
    amount: Decimal
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A payment file that was made of the run. ``people`` are those whose payment was not returned."""

    name: str
    people: int
    amount: Decimal
    sha256: str


@dataclass(frozen=True, slots=True)
class ClosingSheet:
    """Everything that stands on one report."""

    number: str
    company: Bilingual
    period: Bilingual
    run: str
    facts: tuple[Field, ...]
    people: tuple[Field, ...]
    """Who prepared, approved and paid out, and when."""
    lines: tuple[ReportLine, ...]
    files: tuple[ReportFile, ...]
    marks: tuple[Field, ...]
    """Fingerprint and head of the audit log."""


TITLE = Bilingual("封账报告", "Closing report")
SUMS = Bilingual("合计", "Totals")
ITEM = Bilingual("项目", "Item")
AMOUNT = Bilingual("金额（元）", "Amount (CNY)")
WHO = Bilingual("经办", "Who did it")
FILES = Bilingual("付款文件", "Payment files")
PEOPLE = Bilingual("人数", "People")
MARKS = Bilingual("校验", "Proof")
KEEP = Bilingual(
    "请将本报告保存在系统之外：核对时用 verify_audit --head 与 verify_run 比对以上两项。",
    "Keep this report outside the system: verify_audit --head and verify_run hold what is stored against these two.",
)

_BOLD_LABELS = (TITLE, SUMS, ITEM, AMOUNT, WHO, FILES, PEOPLE, MARKS, style.CONTINUED)
_LABELS = (*_BOLD_LABELS, KEEP, style.PAGE_OF)
_AMOUNT_WIDTH = 104.0
_COUNT_WIDTH = 60.0


@cache
def _stationery() -> style.Stationery:
    fixed, strong = ("".join(text.zh + text.en for text in labels) for labels in (_LABELS, _BOLD_LABELS))
    minus = "\N{MINUS SIGN}"
    return style.Stationery(fixed + minus, strong + "年月" + minus)


def draw_closing_report(sheet: ClosingSheet, lang: Language = "both") -> bytes:
    """The report as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    style.require_glyphs(sheet, sheet.number)
    paper = Paper(_stationery(), lang)
    paper.on_new_page = lambda: style.running_head(paper, sheet.company, TITLE, sheet.period, sheet.run)

    style.letterhead(paper, sheet.company, TITLE, sheet.period, sheet.number)
    style.identity(paper, sheet.run, "", sheet.facts)
    style.section(paper, WHO)
    style.fields(paper, sheet.people, 3)
    style.section(paper, MARKS)
    style.fields(paper, sheet.marks, 1)
    style.section(paper, SUMS)
    _sums(paper, sheet)
    if sheet.files:
        style.section(paper, FILES)
        _files(paper, sheet)
    return paper.finish(
        number=sheet.number,
        notes=(KEEP,),
        title=f"{TITLE.zh} {TITLE.en} {sheet.number}",
        author=sheet.company.parts(lang)[0],
    )


def _sums(paper: Paper, sheet: ClosingSheet) -> None:
    columns = (Column(ITEM, style.WIDTH - _AMOUNT_WIDTH), Column(AMOUNT, _AMOUNT_WIDTH, "right"))
    room = style.cell_room(columns[0])
    rows = []
    for line in sheet.lines:
        type_ = style.EMPHASIS if line.is_total else style.BODY
        rows.append(Row((tuple(paper.set(line.name, room, type_)), _amount(line.amount, type_)), strong=line.is_total))
    style.table(paper, columns, rows)


def _files(paper: Paper, sheet: ClosingSheet) -> None:
    columns = (
        Column(FILES, style.WIDTH - _COUNT_WIDTH - _AMOUNT_WIDTH),
        Column(PEOPLE, _COUNT_WIDTH, "right"),
        Column(AMOUNT, _AMOUNT_WIDTH, "right"),
    )
    room = style.cell_room(columns[0])
    rows = []
    for file in sheet.files:
        name = (*paper.set(file.name, room, style.BODY), *paper.set(f"SHA-256 {file.sha256}", room, style.SMALL))
        count = (style.one_line(str(file.people), _COUNT_WIDTH - 2 * style.PADDING, style.BODY),)
        rows.append(Row((name, count, _amount(file.amount, style.BODY))))
    style.table(paper, columns, rows)


def _amount(amount: Decimal, type_: Type) -> tuple[Line, ...]:
    return (style.one_line(style.amount_text(amount), _AMOUNT_WIDTH - 2 * style.PADDING, type_),)
