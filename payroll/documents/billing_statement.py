"""The billing statement on paper (外包服务结算单): what a client shop owes for a month. Draws, and computes nothing.

It goes to the client: no cost, margin or pay of anybody is among its values. Two equal sheets give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Field, Language, Line, Paper, Row, Span, Type


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One billed amount as printed: what for, for whom (empty: for the shop as a whole), and how it came about."""

    name: Bilingual
    agent: str
    amount: Decimal
    """Whole fen; negative where refunds exceed sales."""
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class StatementSheet:
    """Everything that stands on one statement. ``number`` is None while it is a draft."""

    number: str | None
    company: Bilingual
    client: Bilingual
    period: Bilingual
    facts: tuple[Field, ...]
    lines: tuple[StatementLine, ...]
    total: Decimal
    total_in_words: str
    """人民币大写, the same in every language."""


TITLE = Bilingual("外包服务结算单", "Service statement")
DRAFT = Bilingual("草稿（未开具）", "Draft, not issued")
ITEM = Bilingual("服务项目", "Service")
AMOUNT = Bilingual("金额（元）", "Amount (CNY)")
TOTAL = Bilingual("合计", "Total")
DUE = Bilingual("本期应付", "Amount due")
IN_WORDS = Bilingual("金额大写", "In words")
NONE = Bilingual("本期无", "None this period")
ROUNDED = Bilingual(
    "金额单位为人民币元；每行四舍五入到分，合计为各行之和。",
    "Amounts in yuan (CNY). Each line is rounded to the fen; the total is the sum of the lines.",
)
MAY_CHANGE = Bilingual(
    "草稿仅供核对，金额可能变动，以开具的结算单为准。", "A draft for checking: amounts may change until it is issued."
)

_BOLD_LABELS = (TITLE, ITEM, AMOUNT, TOTAL, DUE, style.CONTINUED)
_LABELS = (*_BOLD_LABELS, DRAFT, IN_WORDS, NONE, ROUNDED, MAY_CHANGE, style.PAGE_OF)
_CAPITALS = "人民币负零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整"
_FREQUENT = "，。；：、（）×一二三四五六七八九十年月日天整自然服务费销售净额提成咨询量次临时客服按"
_AMOUNT_WIDTH = 104.0


@cache
def _stationery() -> style.Stationery:
    fixed, strong = ("".join(text.zh + text.en for text in labels) for labels in (_LABELS, _BOLD_LABELS))
    minus = "\N{MINUS SIGN}"
    return style.Stationery(fixed + _CAPITALS + _FREQUENT + minus, strong + "年月" + minus)


def draw_statement(sheet: StatementSheet, lang: Language = "both") -> bytes:
    """The statement as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    client = sheet.client.parts(lang)[0]
    style.require_glyphs(sheet, client)
    paper = Paper(_stationery(), lang)
    number = sheet.number if sheet.number is not None else paper.word(DRAFT)
    paper.on_new_page = lambda: style.running_head(paper, sheet.company, TITLE, sheet.period, client)

    style.letterhead(paper, sheet.company, TITLE, sheet.period, number)
    style.identity(paper, client, "", sheet.facts)
    _summary(paper, sheet)
    _lines(paper, sheet)
    return paper.finish(
        number=number,
        notes=(ROUNDED,) if sheet.number is not None else (ROUNDED, MAY_CHANGE),
        title=f"{TITLE.zh} {TITLE.en} {number}",
        author=sheet.company.parts(lang)[0],
    )


def _summary(paper: Paper, sheet: StatementSheet) -> None:
    """The answer first: what is due, and the same in words."""
    upper, lower = 37.0, 20.0
    paper.need(upper + lower + 14)
    top = paper.y
    paper.box(style.LEFT, top - upper, style.WIDTH, upper, style.NAVY)
    paper.box(style.LEFT, top - upper - lower, style.WIDTH, lower, style.SOFT)
    paper.lines(style.LEFT + 10, top - 5, paper.set(DUE, style.WIDTH * 0.4, Type(7.4, (0.80, 0.86, 0.94))))
    amount = style.one_line(style.amount_text(sheet.total), style.WIDTH * 0.5, Type(18, style.WHITE, bold=True))
    paper.line(style.RIGHT - 11, top - upper + 10, amount, "right")
    label: Line = (Span(paper.word(IN_WORDS), Type(7.4, style.GREY)),)
    paper.line(style.LEFT + 10, top - upper - 12.6, label)
    room = style.WIDTH - 40 - style.width(label)
    words = style.one_line(sheet.total_in_words, room, Type(10, style.INK))
    paper.line(style.RIGHT - 11, top - upper - 13.4, words, "right")
    paper.y = top - upper - lower - 12


def _lines(paper: Paper, sheet: StatementSheet) -> None:
    columns = (Column(ITEM, style.WIDTH - _AMOUNT_WIDTH), Column(AMOUNT, _AMOUNT_WIDTH, "right"))
    room = style.cell_room(columns[0])
    rows = [Row((_line_text(paper, line, room), _amount(line.amount, style.BODY))) for line in sheet.lines]
    if not rows:
        rows.append(Row((tuple(paper.set(NONE, room, style.QUIET)), ())))
    strong = tuple(paper.set(TOTAL, room, style.EMPHASIS))
    rows.append(Row((strong, _amount(sheet.total, Type(9.6, style.INK, bold=True))), strong=True))
    paper.need(70)
    style.table(paper, columns, rows)


def _line_text(paper: Paper, line: StatementLine, room: float) -> tuple[Line, ...]:
    """What is billed, for whom, and the reason beneath."""
    name = paper.set(line.name, room, style.BODY, Type(8.0, style.GREY))
    agent = paper.set(line.agent, room, style.BODY) if line.agent else ()
    return (*name, *agent, *paper.set(line.reason, room, style.SMALL))


def _amount(amount: Decimal, type_: Type) -> tuple[Line, ...]:
    return (style.one_line(style.amount_text(amount), _AMOUNT_WIDTH - 2 * style.PADDING, type_),)
