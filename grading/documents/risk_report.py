"""The shop risk report on paper (店铺风险报告): draws finished judgements and computes nothing.

Every number arrives as the text that shall be read. Two equal reports give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from grading.documents import style
from grading.documents.style import Bilingual, Column, Language, Paper, Row, Text, Type


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """A threshold, what it brings, and how far the shop is from it."""

    condition: Text
    consequence: Bilingual
    distance: Text
    is_reached: bool


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One standard judged. ``state`` is met, between, breached or not_measured; ``period`` the days that are shown."""

    metric: str
    name: Bilingual
    period: Text
    measured: Text
    detail: Text
    target: Text
    state: str
    state_name: Bilingual
    thresholds: tuple[ThresholdLine, ...]
    notes: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class PenaltyRow:
    """One violation and what follows. ``fine`` is estimated."""

    day: str
    kind: Bilingual
    count: str
    points: str
    fine: Text
    consequences: tuple[Bilingual, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class LadderRow:
    """A points ladder: the points of the year so far, and what comes next."""

    name: Bilingual
    points: str
    following: Text


@dataclass(frozen=True, slots=True)
class ShopRisk:
    """One shop. ``hindrance`` says why there is nothing to judge it by."""

    shop: str
    platform: Bilingual
    standards: tuple[StandardRow, ...] = ()
    ladders: tuple[LadderRow, ...] = ()
    penalties: tuple[PenaltyRow, ...] = ()
    hindrance: Bilingual | None = None

    @property
    def breached(self) -> int:
        """How many standards are breached."""
        return sum(1 for row in self.standards if row.state == "breached")


@dataclass(frozen=True, slots=True)
class RiskReport:
    """Everything that stands on one report."""

    number: str
    company: Bilingual
    span: Bilingual
    shops: tuple[ShopRisk, ...]
    notes: tuple[Bilingual, ...]
    """What must be known to read it, a sentence each."""


TITLE = Bilingual("店铺风险报告", "Shop risk report")
STANDARD = Bilingual("考核指标", "Standard")
MEASURED = Bilingual("实际值（估算）", "Measured (estimated)")
TARGET = Bilingual("目标值", "Target")
THRESHOLD = Bilingual("考核门槛及后果", "Threshold and consequence")
DISTANCE = Bilingual("距门槛", "Distance")
STATE = Bilingual("状态", "State")
POINTS = Bilingual("本年累计扣分", "Points of the year")
LADDER = Bilingual("扣分类别", "Points ladder")
FOLLOWING = Bilingual("下一档", "Next")
VIOLATIONS = Bilingual("违规记录", "Violations")
DAY = Bilingual("日期", "Day")
KIND = Bilingual("类型", "Kind")
COUNT = Bilingual("数量", "Count")
FINE = Bilingual("违约金（估算）", "Fine (estimated)")
FOLLOWS = Bilingual("后果", "What follows")
NO_SHOPS = Bilingual("没有店铺。", "There are no shops.")

_LABELS = (
    TITLE, STANDARD, MEASURED, TARGET, THRESHOLD, DISTANCE, STATE, POINTS, LADDER, FOLLOWING, VIOLATIONS, DAY, KIND,
    COUNT, FINE, FOLLOWS, NO_SHOPS, style.PAGE_OF, style.CONTINUED,
)  # fmt: skip
_COLOURS = {"breached": style.AMBER, "between": style.NAVY, "not_measured": style.GREY}


@cache
def _stationery() -> style.Stationery:
    words = "".join(text.zh + text.en for text in _LABELS)
    return style.Stationery(words, words)


def draw_risk_report(report: RiskReport, lang: Language = "both") -> bytes:
    """The report as a PDF. Raises MissingGlyph, and draws nothing, if a character cannot be shown."""
    style.require_glyphs(report, report.number)
    paper = Paper(_stationery(), lang)
    paper.on_new_page = lambda: style.running_head(paper, report.company, TITLE, report.span, report.number)
    style.letterhead(paper, report.company, TITLE, report.span, report.number)
    if not report.shops:
        style.bullets(paper, (NO_SHOPS,))
    for shop in report.shops:
        _shop(paper, shop)
    return paper.finish(
        number=report.number,
        notes=report.notes,
        title=f"{TITLE.zh} {TITLE.en} {report.number}",
        author=report.company.parts(lang)[0],
    )


def _shop(paper: Paper, shop: ShopRisk) -> None:
    style.section(
        paper, Bilingual(f"{shop.shop} · {shop.platform.zh}", f"{shop.shop} · {shop.platform.en}"), follows=60
    )
    if shop.hindrance is not None:
        style.bullets(paper, (shop.hindrance,), type_=style.QUIET)
        paper.y -= 6
    if shop.standards:
        _standards(paper, shop.standards)
    if shop.ladders:
        _table(
            paper,
            (Column(LADDER, 160.0), Column(POINTS, 90.0, "right"), Column(FOLLOWING, style.WIDTH - 250.0)),
            [((row.name,), (row.points,), (row.following,)) for row in shop.ladders],
        )
    if shop.penalties:
        style.section(paper, VIOLATIONS, follows=34)
        columns = (
            Column(DAY, 64.0),
            Column(KIND, 92.0),
            Column(COUNT, 42.0, "right"),
            Column(POINTS, 62.0, "right"),
            Column(FINE, 92.0, "right"),
            Column(FOLLOWS, style.WIDTH - 352.0),
        )
        _table(
            paper,
            columns,
            [
                ((row.day,), (row.kind, row.note), (row.count,), (row.points,), (row.fine,), row.consequences)
                for row in shop.penalties
            ],
        )


def _standards(paper: Paper, rows: Sequence[StandardRow]) -> None:
    columns = (
        Column(STANDARD, 122.0),
        Column(MEASURED, 82.0, "right"),
        Column(TARGET, 54.0, "right"),
        Column(THRESHOLD, style.WIDTH - 398.0),
        Column(DISTANCE, 80.0, "right"),
        Column(STATE, 60.0),
    )
    drawn = []
    for row in rows:
        state = Type(style.BODY.size, _COLOURS.get(row.state, style.INK), bold=row.state == "breached")
        thresholds = [(line.condition, line.consequence) for line in row.thresholds]
        drawn.append(
            Row(
                (
                    (*_set(paper, columns[0], row.name), *_quiet(paper, columns[0], (row.period, *row.notes))),
                    (*_set(paper, columns[1], row.measured), *_quiet(paper, columns[1], (row.detail,))),
                    _set(paper, columns[2], row.target),
                    tuple(
                        line
                        for condition, consequence in thresholds
                        for line in (
                            *_set(paper, columns[3], condition),
                            *_quiet(paper, columns[3], (consequence,)),
                        )
                    ),
                    tuple(line for each in row.thresholds for line in _set(paper, columns[4], each.distance)),
                    tuple(paper.set(row.state_name, style.cell_room(columns[5]), state)),
                )
            )
        )
    style.table(paper, columns, drawn)


def _table(paper: Paper, columns: Sequence[Column], rows: Sequence[Sequence[Sequence[Text]]]) -> None:
    drawn = [
        Row(
            tuple(
                tuple(line for text in cell if text for line in _set(paper, column, text))
                for column, cell in zip(columns, row, strict=True)
            )
        )
        for row in rows
    ]
    style.table(paper, columns, drawn)


def _set(paper: Paper, column: Column, text: Text) -> tuple[style.Line, ...]:
    return tuple(paper.set(text, style.cell_room(column), style.BODY, Type(8.0, style.GREY)))


def _quiet(paper: Paper, column: Column, texts: Sequence[Text]) -> tuple[style.Line, ...]:
    return tuple(line for text in texts if text for line in paper.set(text, style.cell_room(column), style.SMALL))
