"""What is looked at before a run is approved, counted from its payslips: sums, the largest changes, who stands out.

Language-free values, so that they can be kept with the run and shown to anybody. Everything about one run; amounts are
sums of stored payslips, and every comparison is with the month before as it was posted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, QuerySet, Sum

from grading import public as grading
from grading.kernel.money import ZERO, total
from grading.kernel.restore import restored
from payroll import models
from payroll.selectors.runs import parked_ids, posted_agents

WHOLE, FIRST = 200, 25
"""A list of so many is shown whole on the page of a month; of a longer one, which has a page of its own, the first."""
NAMED = 40
"""People named under a finding; the rest is counted."""
_COLUMNS = (
    "pk",
    "agent_id",
    "agent__agent_no",
    "agent__name",
    "gross",
    "deductions",
    "net",
    "employer_cost",
    "carried_forward",
)


class Point(StrEnum):
    """What an approver should look at besides the findings of the rules. None of them stops anybody."""

    WITHOUT_WORK = "without_work"
    """Paid although the month has neither attendance nor a KPI result of them."""
    NOTHING = "nothing"
    GONE = "gone"
    """Paid last month, and not in this run."""
    NEW = "new"
    OWING = "owing"
    """A correction leaves a rest that is taken from later months."""


@dataclass(frozen=True, slots=True)
class Who:
    """A person by number and name."""

    agent_id: int
    agent_no: str
    name: str


@dataclass(frozen=True, slots=True)
class Pointed:
    """People who stand out in one way. ``count`` may be more than are named."""

    point: Point
    people: tuple[Who, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Sums:
    """The totals of payslips, in yuan."""

    gross: Decimal = ZERO
    deductions: Decimal = ZERO
    net: Decimal = ZERO
    employer_cost: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ItemSum:
    """One pay item summed over everybody, in this run and in the month before."""

    kind: str
    code: str
    now: Decimal
    before: Decimal


@dataclass(frozen=True, slots=True)
class SlipFigures:
    """One payslip, with last month's posted net beside it; None without one."""

    payslip_id: int
    who: Who
    gross: Decimal
    deductions: Decimal
    net: Decimal
    before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        return None if self.before is None else self.net - self.before


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many findings of one kind a run has."""

    code: str
    severity: str
    owner: str
    article: str
    count: int


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """Everything that is looked at before a run is approved. ``slips`` are those with the largest change."""

    people: int
    people_before: int
    now: Sums
    before: Sums
    items: tuple[ItemSum, ...]
    slips: tuple[SlipFigures, ...]
    points: tuple[Pointed, ...]
    findings: tuple[FindingCount, ...]
    entries: int
    """Adjustments of the month when the run was calculated; those entered later make the run stale."""

    @property
    def payable(self) -> int:
        """The payslips that pay something: net pay is never below zero."""
        return self.people - sum(pointed.count for pointed in self.points if pointed.point is Point.NOTHING)


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    agent_id: int
    agent_no: str
    name: str
    gross: Decimal
    deductions: Decimal
    net: Decimal
    employer_cost: Decimal
    carried_forward: Decimal

    @property
    def who(self) -> Who:
        return Who(self.agent_id, self.agent_no, self.name)


def shown_of(count: int) -> int:
    """How many of a list of so many the page of a month shows."""
    return count if count <= WHOLE else FIRST


def review_figures(run: models.PayRun) -> ReviewFigures:
    """The figures of a run as it stands. A constant number of queries over all of its payslips: kept, not repeated.

    A correction pays other months, so it is held against nothing; an off-cycle run against its own people.
    """
    rows = _rows(models.Payslip.objects.filter(run=run))
    last_month = _last_month(run, [row.agent_id for row in rows])
    before = {row.agent_id: row for row in _rows(last_month)}
    slips = sorted((_slip(row, before.get(row.agent_id)) for row in rows), key=_by_size)
    return ReviewFigures(
        people=len(rows),
        people_before=len(before),
        now=_sums(rows),
        before=_sums(before.values()),
        items=_items(models.Payslip.objects.filter(run=run), last_month),
        slips=tuple(slips[: shown_of(len(slips))]),
        points=tuple(pointed for pointed in _points(run, rows, before) if pointed.count),
        findings=_findings(run),
        entries=entries_of(run).count(),
    )


def entries_of(run: models.PayRun) -> QuerySet[models.Adjustment]:
    """The adjustments approved with a run: its month's, of an off-cycle run its people's, of a correction none."""
    rows = models.Adjustment.objects.filter(agent__company_id=run.company_id, month=run.month)
    if run.kind == models.PayRun.Kind.REGULAR:
        return rows
    return rows.filter(agent__in=run.payslips.values("agent")) if run.kind in models.PayRun.FULL else rows.none()


def figures_kept(runs: Collection[models.PayRun]) -> dict[int, ReviewFigures]:
    """The figures of runs as they were counted, by run; none of a run that has been calculated anew since. One query.

    Nothing is counted here: that takes as long as a run has payslips.
    """
    now = {run.pk: run.fingerprint for run in runs}
    kept = models.RunReview.objects.filter(run__in=now).values_list("run_id", "fingerprint", "figures")
    return {pk: restored(ReviewFigures, figures) for pk, of, figures in kept if of == now[pk]}


def people_and_net(runs: Collection[models.PayRun]) -> dict[int, tuple[int, Decimal]]:
    """How many payslips runs have and what they pay in all, by run: as kept, counted where nothing is. Two queries."""
    found = {pk: (figures.people, figures.now.net) for pk, figures in figures_kept(runs).items()}
    others = models.Payslip.objects.filter(run__in=[run for run in runs if run.pk not in found]).order_by()
    counted = others.values_list("run_id").annotate(Count("pk"), Sum("net"))
    return {run.pk: (0, ZERO) for run in runs} | found | {pk: (people, net) for pk, people, net in counted}


def _findings(run: models.PayRun) -> tuple[FindingCount, ...]:
    kinds = ("code", "severity", "owner", "article")
    rows: Any = run.findings.order_by(*kinds).values_list(*kinds)
    return tuple(FindingCount(*row) for row in rows.annotate(count=Count("pk")))


def _last_month(run: models.PayRun, agent_ids: Collection[int]) -> QuerySet[models.Payslip]:
    if run.kind not in models.PayRun.FULL:
        return models.Payslip.objects.none()
    found = models.Payslip.objects.filter(
        run__company_id=run.company_id,
        month=run.month.plus(-1),
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    )
    return found.filter(agent__in=agent_ids) if run.kind == models.PayRun.Kind.OFF_CYCLE else found


def _rows(payslips: QuerySet[models.Payslip]) -> list[_Row]:
    return [_Row(*values) for values in payslips.order_by().values_list(*_COLUMNS)]


def _slip(row: _Row, before: _Row | None) -> SlipFigures:
    return SlipFigures(row.pk, row.who, row.gross, row.deductions, row.net, None if before is None else before.net)


def _by_size(slip: SlipFigures) -> tuple[Decimal, str]:
    return -(slip.net if slip.change is None else abs(slip.change)), slip.who.agent_no


def _sums(rows: Collection[_Row]) -> Sums:
    return Sums(
        gross=total(row.gross for row in rows),
        deductions=total(row.deductions for row in rows),
        net=total(row.net for row in rows),
        employer_cost=total(row.employer_cost for row in rows),
    )


def _items(payslips: QuerySet[models.Payslip], last_month: QuerySet[models.Payslip]) -> tuple[ItemSum, ...]:
    now, before = _by_item(payslips), _by_item(last_month)
    order = {"earning": 0, "deduction": 1, "employer": 2}
    keys = sorted(now.keys() | before.keys(), key=lambda key: (order[key[0]], -now.get(key, ZERO), key[1]))
    return tuple(ItemSum(*key, now.get(key, ZERO), before.get(key, ZERO)) for key in keys)


def _by_item(payslips: QuerySet[models.Payslip]) -> dict[tuple[str, str], Decimal]:
    lines: Any = models.PayslipLine.objects.filter(payslip__in=payslips.order_by()).order_by()
    rows = lines.values_list("kind", "code").annotate(amount=Sum("amount"))
    return {(kind, code): amount for kind, code, amount in rows}


def _points(run: models.PayRun, rows: list[_Row], before: Mapping[int, _Row]) -> Iterable[Pointed]:
    nothing = _pointed(Point.NOTHING, (row for row in rows if row.net == 0))
    if run.kind == models.PayRun.Kind.CORRECTION:
        return (nothing, _pointed(Point.OWING, (row for row in rows if row.carried_forward > 0)))
    paid = {row.agent_id for row in rows}
    seen = grading.worked(paid, run.month)
    accounted = paid | posted_agents(run.company_id, run.month) | parked_ids(run)
    return (
        _pointed(Point.WITHOUT_WORK, (row for row in rows if row.net > 0 and row.agent_id not in seen)),
        nothing,
        _pointed(Point.GONE, (row for pk, row in before.items() if pk not in accounted)),
        _pointed(Point.NEW, (row for row in rows if row.agent_id not in before) if before else ()),
    )


def _pointed(point: Point, rows: Iterable[_Row]) -> Pointed:
    people = sorted((row.who for row in rows), key=lambda who: who.agent_no)
    return Pointed(point, tuple(people[:NAMED]), len(people))
