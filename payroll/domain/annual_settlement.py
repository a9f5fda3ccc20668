"""Settling monthly guarantees over a year (seed A-03, E-23, E-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.employment import final_plan
from payroll.domain.facts import Facts, GuaranteeMonth
from payroll.domain.guarantee import service_year
from payroll.domain.lines import Kind, Line, step
from payroll.domain.rules import AnnualSettlement, Guarantee, Overpaid, PayPlan, Rules, SettlementYear


@dataclass(frozen=True, slots=True)
class YearSettled:
    """What the months paid together, and the signed difference due at the year's end (negative: overpaid)."""

    paid_monthly: Decimal
    settlement: Decimal

    @property
    def due(self) -> Decimal:
        """What the year comes to when the difference is settled."""
        return self.paid_monthly + self.settlement


def year_settled(months: Sequence[GuaranteeMonth]) -> YearSettled:
    """The year of one person: due is the larger of what counted and what was guaranteed, each over the whole year.

    The months paid what counted and what topped it up, or kept it back, with their arrears.
    """
    due = max(total(each.counted for each in months), total(each.guaranteed for each in months))
    paid = total(each.counted + each.topped_up for each in months)
    return YearSettled(paid, due - paid)


def settlement_line(facts: Facts, rules: Rules, month: GuaranteeMonth | None) -> tuple[Line, ...]:
    """The settlement of the year's guarantees, in the year's last month or when somebody leaves.

    Positive: an advance kept more back than the year's floor. Negative: months were topped up although the year as a
    whole needed it not; taken back, or let go where the plan says so.
    """
    plan = final_plan(facts, rules)
    if plan.guarantee is None or plan.guarantee.annual_settlement is AnnualSettlement.NONE:
        return ()
    if not facts.leaves and _year_of(facts.month, facts, plan, plan.guarantee) == _year_of(
        facts.month.next, facts, plan, plan.guarantee
    ):
        return ()
    months = [*_months_of_year(facts, plan, plan.guarantee), *([month] if month is not None else [])]
    settled = year_settled(months)
    amount = settled.settlement
    if not amount or (amount < 0 and plan.guarantee.overpaid is Overpaid.IGNORE):
        return ()
    how = step(
        "annual_settlement",
        amount,
        months=len(months),
        earned=total(each.counted for each in months),
        guaranteed=total(each.guaranteed for each in months),
        due=settled.due,
        paid=settled.paid_monthly,
    )
    return (Line("annual_settlement", Kind.EARNING, amount, (how,), facts.month),)


def _months_of_year(facts: Facts, plan: PayPlan, guarantee: Guarantee) -> list[GuaranteeMonth]:
    """The earlier months of the year, each as it was computed last: its arrears are posted, or stand beside this."""
    year = _year_of(facts.month, facts, plan, guarantee)
    held = {each.month: each for each in (*facts.guarantee_months, *facts.past_guarantees)}
    return [held[month] for month in sorted(held) if _year_of(month, facts, plan, guarantee) == year]


def _year_of(month: Month, facts: Facts, plan: PayPlan, guarantee: Guarantee) -> int:
    """The settlement year a month belongs to; a service year holds the months whose last day lies in it."""
    if guarantee.settlement_year is SettlementYear.CALENDAR_YEAR:
        return month.year
    return service_year(facts, plan, guarantee, month.last_day)
