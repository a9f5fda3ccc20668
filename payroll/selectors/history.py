"""What earlier payments left behind: balances to take back, the tax year so far, guarantees still to be settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum

from grading.kernel.money import ZERO
from grading.kernel.period import Month
from grading.kernel.restore import restored
from payroll import models
from payroll.domain.facts import Employment, GuaranteeMonth
from payroll.domain.lines import Kind, Line
from payroll.domain.tax_year import Declaration

MONTHS_OF_A_SETTLEMENT = 12


@dataclass(frozen=True, slots=True)
class Balance:
    """What the latest posted payslip left: what it could not bear, and losses not yet recovered."""

    carried_forward: Decimal = ZERO
    loss: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PaidSoFar:
    """The payments of a tax year; ``since`` is the first pay date among them."""

    income: Decimal = ZERO
    contributions: Decimal = ZERO
    withheld: Decimal = ZERO
    has_separate_bonus: bool = False
    since: date | None = None


@dataclass(frozen=True, slots=True)
class LabourPaid:
    """A posted payment of labour remuneration: its lines without their steps, and what it added to the tax year.

    Only a payment that was cumulated added anything (``income``, ``withheld``).
    """

    paid_on: date
    lines: tuple[Line, ...]
    income: Decimal
    withheld: Decimal


@dataclass(frozen=True, slots=True)
class Opening:
    """The tax year before the first payment here, as HR entered it."""

    months_employed: int
    income: Decimal
    contributions: Decimal
    additional_deductions: Decimal
    withheld: Decimal


@dataclass(frozen=True, slots=True)
class TaxRecords:
    """What is recorded of people's tax years, by agent id."""

    paid: dict[int, PaidSoFar] = field(default_factory=dict)
    labour: dict[int, tuple[LabourPaid, ...]] = field(default_factory=dict)
    """The labour remuneration among it."""
    openings: dict[int, Opening] = field(default_factory=dict)
    declarations: dict[int, list[Declaration]] = field(default_factory=dict)


def balances(agent_ids: Collection[int]) -> dict[int, Balance]:
    """Agent id → what the payslip that was posted last left; only where something is left. One query.

    Last posted, not latest month: a correction of May may be posted after June took May's balance back.
    """
    later = models.Payslip.objects.filter(
        Q(run__approved_at__gt=OuterRef("run__approved_at"))
        | Q(run__approved_at=OuterRef("run__approved_at"), pk__gt=OuterRef("pk")),
        agent=OuterRef("agent"),
        run__status__in=models.PayRun.POSTED,
    )
    rows = (
        models.Payslip.objects.filter(agent_id__in=agent_ids, run__status__in=models.PayRun.POSTED)
        .filter(Q(carried_forward__gt=0) | Q(loss_balance__gt=0))
        .filter(~Exists(later))
    )
    return {
        agent_id: Balance(carried, loss)
        for agent_id, carried, loss in rows.values_list("agent_id", "carried_forward", "loss_balance")
    }


def tax_records(agent_ids: Collection[int], year: int, temps: Collection[int] = ()) -> TaxRecords:
    """The tax year of people so far: posted payments, opening balances, declared deductions. Three queries.

    ``temps`` are those of them who ever were employed as such; with any, a fourth query.
    """
    paid = (
        models.Payslip.objects.filter(agent_id__in=agent_ids, tax_year=year, run__status__in=models.PayRun.POSTED)
        .values("agent_id")
        .annotate(
            income=Sum("taxable_income"),
            contributions=Sum("tax_contributions"),
            withheld=Sum("tax_withheld"),
            bonuses=Count("pk", filter=Q(separate_bonus=True)),
            since=Min("pay_date"),
        )
    )
    openings = models.OpeningBalance.objects.filter(agent_id__in=agent_ids, tax_year=year)
    declarations: dict[int, list[Declaration]] = defaultdict(list)
    rows = models.TaxDeduction.objects.filter(agent_id__in=agent_ids, first_day__year__lte=year).filter(
        Q(last_day=None) | Q(last_day__year__gte=year)
    )
    for row in rows.order_by("pk"):
        declarations[row.agent_id].append(Declaration(row.kind, row.amount, row.first_day, row.last_day))
    return TaxRecords(
        {
            row["agent_id"]: PaidSoFar(
                row["income"], row["contributions"], row["withheld"], bool(row["bonuses"]), row["since"]
            )
            for row in paid
        },
        _labour_paid(temps, year) if temps else {},
        {
            row.agent_id: Opening(
                row.months_employed,
                row.cumulative_income,
                row.cumulative_contributions,
                row.cumulative_additional_deductions,
                row.tax_withheld,
            )
            for row in openings
        },
        declarations,
    )


def _labour_paid(agent_ids: Collection[int], year: int) -> dict[int, tuple[LabourPaid, ...]]:
    """Agent id → the posted payments of a tax year that were labour remuneration, oldest first. One query."""
    slip = "payslip__"
    rows = (
        models.PayslipLine.objects.filter(
            payslip__agent_id__in=agent_ids,
            payslip__tax_year=year,
            payslip__run__status__in=models.PayRun.POSTED,
            payslip__facts__employment=Employment.TEMP.value,
        )
        .order_by("payslip_id", "position")
        .values_list(
            f"{slip}agent_id",
            "payslip_id",
            f"{slip}pay_date",
            f"{slip}month",
            f"{slip}taxable_income",
            f"{slip}tax_withheld",
            "code",
            "kind",
            "amount",
            "period",
        )
    )
    found: dict[int, list[LabourPaid]] = defaultdict(list)
    for (agent_id, *_slip), lines in groupby(rows, key=itemgetter(0, 1, 2, 3, 4, 5)):
        _pk, paid_on, month, income, withheld = _slip
        held = tuple(Line(code, Kind(kind), amount, (), period) for *_, code, kind, amount, period in lines)
        found[agent_id].append(LabourPaid(paid_on or month.last_day, held, income, withheld))
    return {agent_id: tuple(payments) for agent_id, payments in found.items()}


def guarantee_months(agent_ids: Collection[int], month: Month) -> dict[int, tuple[GuaranteeMonth, ...]]:
    """Agent id → the posted months under a guarantee within a settlement's reach, oldest first. Two queries.

    A month that was corrected stands as its latest posted correction computed it.
    """
    rows = models.Payslip.objects.filter(
        agent_id__in=agent_ids,
        month__lt=month,
        month__gt=month.plus(-MONTHS_OF_A_SETTLEMENT),
        guarantee_amount__isnull=False,
        run__status__in=models.PayRun.POSTED,
    ).order_by("month", "pk")
    columns = ("agent_id", "month", "guarantee_counted", "guarantee_amount", "guarantee_topped_up")
    found: dict[int, dict[Month, GuaranteeMonth]] = defaultdict(dict)
    for agent_id, *values in rows.values_list(*columns):
        each = GuaranteeMonth(*values)
        found[agent_id][each.month] = each
    for agent_id, corrected in _guarantees_corrected(agent_ids):
        for each in corrected:
            if month.plus(-MONTHS_OF_A_SETTLEMENT) < each.month < month:
                found[agent_id][each.month] = each
    return {agent_id: tuple(months[key] for key in sorted(months)) for agent_id, months in found.items()}


def _guarantees_corrected(agent_ids: Collection[int]) -> Iterator[tuple[int, tuple[GuaranteeMonth, ...]]]:
    """What posted payslips with arrears computed of earlier months, in the order in which they were posted."""
    rows = models.Payslip.objects.filter(
        agent_id__in=agent_ids, late_changes_seen__gt=0, run__status__in=models.PayRun.POSTED
    ).order_by("run__approved_at", "pk")
    for agent_id, kept in rows.values_list("agent_id", "facts__past_guarantees"):
        yield agent_id, tuple(restored(GuaranteeMonth, each) for each in kept or ())
