"""The payslip on paper (工资单): draws a finished payslip and computes nothing.

Totals and the amount in words are passed in. Two equal sheets give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Field, Language, Line, Paper, Row, Span, Text, Type


@dataclass(frozen=True, slots=True)
class PayslipLine:
    """One payable amount as printed."""

    name: Bilingual
    amount: Decimal
    """Whole fen. Deductions are positive, as they are in a payslip; a negative one gives money back."""
    reason: Bilingual | None = None
    """One sentence on how the amount came about."""
    period: Text | None = None
    """The earlier pay period that the amount belongs to, for arrears and corrections; None: this payslip's own."""


@dataclass(frozen=True, slots=True)
class KpiLine:
    """One KPI of the month, every value as it shall read."""

    name: Bilingual
    value: Text
    target: Text
    score: str
    weight: str


@dataclass(frozen=True, slots=True)
class Performance:
    """The grading result the pay was computed from. Not a judgement of its own: it repeats a published appraisal."""

    kpis: tuple[KpiLine, ...]
    total_score: str
    grade: str
    coefficient: str | None = None
    tier: Text | None = None
    next_tier: Text | None = None
    next_tier_from: str | None = None
    """The earliest day the next tier is possible."""
    missing: tuple[Bilingual, ...] = ()
    """What the next tier still asks for, a sentence each."""


@dataclass(frozen=True, slots=True)
class TaxSoFar:
    """How the tax withheld comes about: the year so far, every value as it shall read."""

    year: str
    fields: tuple[Field, ...]


TITLE = Bilingual("工资单", "Payslip")


@dataclass(frozen=True, slots=True)
class PayslipSheet:
    """Everything that stands on one payslip."""

    number: str
    company: Bilingual
    period: Bilingual
    agent_name: str
    agent_number: str
    agent: tuple[Field, ...]
    earnings: tuple[PayslipLine, ...]
    deductions: tuple[PayslipLine, ...]
    gross: Decimal
    deductions_total: Decimal
    net: Decimal
    net_in_words: str
    """人民币大写, the same in every language."""
    pay_date: str | None = None
    employer: tuple[PayslipLine, ...] = ()
    """What the employer pays on top. Not part of gross or net."""
    employer_total: Decimal | None = None
    title: Bilingual = TITLE
    """What it is called; one of an off-cycle or correction run says so."""
    tax: TaxSoFar | None = None
    performance: Performance | None = None
    notices: tuple[Bilingual, ...] = ()


PAY_DATE = Bilingual("发薪日", "Pay date")
GROSS = Bilingual("应发合计", "Gross pay")
DEDUCTED = Bilingual("扣款合计", "Deductions")
NET = Bilingual("实发工资", "Net pay")
IN_WORDS = Bilingual("实发大写", "Net in words")
EARNINGS = Bilingual("应发项", "Earnings")
DEDUCTIONS = Bilingual("扣款项", "Deductions")
EMPLOYER = Bilingual("单位承担（不计入应发与实发）", "Paid by the employer (not part of gross or net)")
EMPLOYER_TOTAL = Bilingual("单位承担合计", "Employer total")
AMOUNT = Bilingual("金额（元）", "Amount (CNY)")
NONE = Bilingual("本期无", "None this period")
BELONGS_TO = Bilingual("属", "For")
TAX_SO_FAR = Bilingual("个人所得税累计", "Income tax so far")
PERFORMANCE = Bilingual("绩效", "Performance")
KPI = Bilingual("考核指标", "KPI")
VALUE = Bilingual("实际值", "Value")
TARGET = Bilingual("目标值", "Target")
SCORE = Bilingual("得分", "Score")
WEIGHT = Bilingual("权重", "Weight")
TOTAL_SCORE = Bilingual("总分", "Total score")
GRADE = Bilingual("绩效等级", "Grade")
COEFFICIENT = Bilingual("绩效系数", "Coefficient")
TIER = Bilingual("当前职级", "Tier")
NEXT_TIER = Bilingual("下一职级", "Next tier")
NEXT_TIER_FROM = Bilingual("最早日期", "Earliest date")
STILL_MISSING = Bilingual("距下一职级还需", "Still needed for the next tier")
CONFIDENTIAL = Bilingual(
    "本工资单为保密文件，仅供本人查阅，请勿外传。如有疑问，请联系人力资源部。",
    "Confidential: for the named agent only. Please ask Human Resources about anything unclear.",
)

_BOLD_LABELS = (
    TITLE, GROSS, DEDUCTED, NET, EARNINGS, DEDUCTIONS, EMPLOYER, EMPLOYER_TOTAL, AMOUNT, PERFORMANCE, KPI, VALUE,
    TARGET, SCORE, WEIGHT, STILL_MISSING, TAX_SO_FAR, style.CONTINUED,
)  # fmt: skip
_LABELS = (
    *_BOLD_LABELS, PAY_DATE, IN_WORDS, NONE, BELONGS_TO, TOTAL_SCORE, GRADE, COEFFICIENT, TIER,
    NEXT_TIER, NEXT_TIER_FROM, CONFIDENTIAL, style.PAGE_OF,
)  # fmt: skip
_CAPITALS = "人民币负零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整"
_FREQUENT = (
    "，。；：、（）×≤≥二三四五六七八九十年月日天次小时周上下半全基本岗位薪资津贴补提成奖保底封顶加班费夜平均法定休息节假出勤迟早退旷缺请病事假"
    "社会养老险医疗失业伤生育住房公积缴率比例数按计发折算扣款违规质检严重错误一般条制度标准每其中已未为至与及以不超过超出部分净销售额订单"
    "退咨询转化客户满意响应回复平均长所属差更正重入职转正离调整生效由另行申报个税得代收到账"
)
"""Characters that reasons are made of. They go into every payslip, so that nearly all of its text is ready-made."""
_MINUS = "\N{MINUS SIGN}"


@cache
def _stationery() -> style.Stationery:
    fixed, strong = ("".join(text.zh + text.en for text in labels) for labels in (_LABELS, _BOLD_LABELS))
    return style.Stationery(fixed + _CAPITALS + _FREQUENT + _MINUS, strong + "年月" + _MINUS)


def draw_payslip(sheet: PayslipSheet, lang: Language = "both") -> bytes:
    """The payslip as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    agent = f"{sheet.agent_number} {sheet.agent_name}"
    style.require_glyphs(sheet, agent)
    paper = Paper(_stationery(), lang)
    paper.on_new_page = lambda: style.running_head(paper, sheet.company, sheet.title, sheet.period, agent)

    style.letterhead(paper, sheet.company, sheet.title, sheet.period, sheet.number)
    style.identity(paper, sheet.agent_name, sheet.agent_number, _facts(sheet))
    _summary(paper, sheet)
    _lines(paper, EARNINGS, sheet.earnings, GROSS, sheet.gross)
    _lines(paper, DEDUCTIONS, sheet.deductions, DEDUCTED, sheet.deductions_total)
    if sheet.employer:
        _lines(paper, EMPLOYER, sheet.employer, EMPLOYER_TOTAL, sheet.employer_total)
    if sheet.tax is not None:
        style.section(paper, Bilingual(f"{TAX_SO_FAR.zh}（{sheet.tax.year}）", f"{TAX_SO_FAR.en} ({sheet.tax.year})"))
        style.fields(paper, sheet.tax.fields, 4)
    if sheet.performance is not None:
        _performance(paper, sheet.performance)
    if sheet.notices:
        style.bullets(paper, sheet.notices, type_=style.SMALL)
    return paper.finish(
        number=sheet.number,
        notes=(CONFIDENTIAL,),
        title=f"{sheet.title.zh} {sheet.title.en} {sheet.number}",
        author=sheet.company.parts(lang)[0],
    )


def _facts(sheet: PayslipSheet) -> tuple[Field, ...]:
    """The agent's own facts, and when the money arrives."""
    return sheet.agent if sheet.pay_date is None else (*sheet.agent, Field(PAY_DATE, sheet.pay_date))


def _summary(paper: Paper, sheet: PayslipSheet) -> None:
    """The answer first: gross, less deductions, is net; and net in words."""
    upper, lower = 37.0, 20.0
    paper.need(upper + lower + 14)
    top = paper.y
    narrow = style.WIDTH * 0.29
    wide = style.WIDTH - 2 * narrow
    paper.box(style.LEFT, top - upper, 2 * narrow, upper, style.TINT)
    paper.box(style.LEFT + 2 * narrow, top - upper, wide, upper, style.NAVY)
    paper.box(style.LEFT, top - upper - lower, style.WIDTH, lower, style.SOFT)
    pale = Type(7.4, (0.80, 0.86, 0.94))
    cells = (
        (GROSS, sheet.gross, narrow, style.LABEL, Type(13, style.INK, bold=True)),
        (DEDUCTED, sheet.deductions_total, narrow, style.LABEL, Type(13, style.INK, bold=True)),
        (NET, sheet.net, wide, pale, Type(18, style.WHITE, bold=True)),
    )
    x = style.LEFT
    for place, (label, amount, width, label_type, amount_type) in enumerate(cells):
        paper.lines(x + 10, top - 5, paper.set(label, width - 20, label_type))
        shown = style.one_line(style.amount_text(amount), width - 22, amount_type)
        paper.line(x + width - 11, top - upper + 10, shown, "right")
        if place:
            sign = Span("=" if label is NET else _MINUS, Type(10, style.WHITE, bold=True))
            _badge(paper, x, top - upper / 2, sign)
        x += width
    label_line: Line = (Span(paper.word(IN_WORDS), Type(7.4, style.GREY)),)
    paper.line(style.LEFT + 10, top - upper - 12.6, label_line)
    words_room = style.WIDTH - 40 - style.width(label_line)
    words = style.one_line(sheet.net_in_words, words_room, Type(10, style.INK))
    paper.line(style.RIGHT - 11, top - upper - 13.4, words, "right")
    paper.y = top - upper - lower - 12


def _badge(paper: Paper, x: float, y: float, sign: Span) -> None:
    """A small square between two amounts, saying how they belong together."""
    paper.box(x - 6.5, y - 6.5, 13, 13, style.ACCENT)
    paper.line(x, y - 3.6, (sign,), "center")


_AMOUNT_WIDTH = 104.0


def _lines(
    paper: Paper, title: Bilingual, lines: tuple[PayslipLine, ...], total_label: Bilingual, total: Decimal | None
) -> None:
    columns = (Column(title, style.WIDTH - _AMOUNT_WIDTH), Column(AMOUNT, _AMOUNT_WIDTH, "right"))
    room = style.cell_room(columns[0])
    rows = [Row((_line_text(paper, line, room), _amount(line.amount, style.BODY))) for line in lines]
    if not rows:
        rows.append(Row((tuple(paper.set(NONE, room, style.QUIET)), ())))
    if total is not None:
        strong = tuple(paper.set(total_label, room, style.EMPHASIS))
        rows.append(Row((strong, _amount(total, Type(9.6, style.INK, bold=True))), strong=True))
    paper.need(70)
    style.table(paper, columns, rows)


def _line_text(paper: Paper, line: PayslipLine, room: float) -> tuple[Line, ...]:
    """The name, the earlier period if any, and the reason beneath."""
    name = paper.set(line.name, room, style.BODY, Type(8.0, style.GREY))
    if line.period is not None:
        parts = line.period.parts(paper.language) if isinstance(line.period, Bilingual) else (line.period,)
        belongs = f"{BELONGS_TO.parts(paper.language)[0]} {parts[0]}"
        mark = Span(style.plain(belongs), Type(7.4, style.ACCENT))
        gap = Span("   ", style.BODY)
        if style.width((*name[-1], gap, mark)) <= room:
            name[-1] = (*name[-1], gap, mark)
        else:
            name += style.fitted(mark.text, room, mark.type, 5)
    return (*name, *(paper.set(line.reason, room, style.SMALL) if line.reason is not None else ()))


def _amount(amount: Decimal, type_: Type) -> tuple[Line, ...]:
    return (style.one_line(style.amount_text(amount), _AMOUNT_WIDTH - 2 * style.PADDING, type_),)


def _performance(paper: Paper, performance: Performance) -> None:
    style.section(paper, PERFORMANCE, follows=80)
    offered = (
        (TOTAL_SCORE, performance.total_score),
        (GRADE, performance.grade),
        (COEFFICIENT, performance.coefficient),
        (TIER, performance.tier),
        (NEXT_TIER, performance.next_tier),
        (NEXT_TIER_FROM, performance.next_tier_from),
    )
    style.fields(paper, [Field(label, value) for label, value in offered if value is not None], 6)
    if performance.kpis:
        columns = (
            Column(KPI, style.WIDTH - 4 * 72.0),
            *(Column(label, 72.0, "right") for label in (VALUE, TARGET, WEIGHT, SCORE)),
        )
        rows = [
            Row(
                tuple(
                    tuple(paper.set(text, style.cell_room(column), style.BODY, Type(8.0, style.GREY)))
                    for text, column in zip(
                        (kpi.name, kpi.value, kpi.target, kpi.weight, kpi.score), columns, strict=True
                    )
                )
            )
            for kpi in performance.kpis
        ]
        style.table(paper, columns, rows)
    if performance.missing:
        style.section(paper, STILL_MISSING, follows=14)
        style.bullets(paper, performance.missing, type_=style.QUIET)
        paper.y -= 5
