"""The guarantee (保底): what a plan promises for the month, and the top-up that lifts counted pay to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP, ZERO, total
from grading.kernel.period import Month, Span, add_months, whole_months
from payroll.domain.employment import final_plan, regular_from, segments
from payroll.domain.errors import SettlementNotMonthly
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line, Step, of_code, step
from payroll.domain.rules import (
    Anniversary,
    AnnualSettlement,
    Guarantee,
    GuaranteeBy,
    PayPlan,
    PenaltyOrder,
    Rules,
    ServiceYearFrom,
)


@dataclass(frozen=True, slots=True)
class Guaranteed:
    """The month's guaranteed amount, after proration and absence, and how it came about."""

    amount: Decimal
    steps: tuple[Step, ...]


def guarantee_top_up(facts: Facts, rules: Rules, earned: Sequence[Line]) -> tuple[Line, ...]:
    """The line that lifts counted earnings to the guarantee, or nothing.

    Counted: the plan's codes, base pay less the month's absence; penalties too where the plan puts them before the
    floor. Probation pay never counts, as probation days add nothing to the guarantee.
    """
    plan = final_plan(facts, rules)
    promised = guaranteed(facts, rules)
    if plan.guarantee is None or not promised.steps:
        return ()
    counted = _counted(plan, earned)
    amount = max(promised.amount - counted, ZERO)
    if not amount:
        return ()
    why = step("guarantee_top_up", amount, guaranteed=promised.amount, counted=counted)
    return (Line("guarantee_top_up", Kind.EARNING, amount, (*promised.steps, why), facts.month),)


def guaranteed(facts: Facts, rules: Rules) -> Guaranteed:
    """Σ amount × regular days ÷ calendar days by service-year segment, each rounded, less the absence share."""
    plan = final_plan(facts, rules)
    if plan.guarantee is not None and plan.guarantee.annual_settlement is AnnualSettlement.ADVANCE:
        raise SettlementNotMonthly(plan=plan.code)
    parts = _parts(facts, rules)
    if not parts:
        return Guaranteed(ZERO, ())
    shares, steps = [], []
    for span, monthly in parts:
        exact_amount = Fraction(monthly) * span.days / facts.month.days
        shares.append(FEN_HALF_UP(exact_amount))
        steps.append(
            step(
                "guarantee.segment",
                exact_amount,
                monthly=monthly,
                days=span.days,
                of_days=facts.month.days,
                first_day=span.start,
                last_day=span.last_day,
            )
        )
    absent = facts.attendance.unpaid_days if facts.attendance is not None else Fraction(0)
    lost = ZERO
    if absent:
        monthly = parts[-1][1]
        exact_amount = Fraction(monthly) / plan.absence_divisor * absent
        lost = FEN_HALF_UP(exact_amount)
        steps.append(
            step("guarantee.absence", -exact_amount, monthly=monthly, divisor=plan.absence_divisor, days=absent)
        )
    return Guaranteed(max(total(shares) - lost, ZERO), tuple(steps))


def _counted(plan: PayPlan, earned: Sequence[Line]) -> Decimal:
    codes = plan.counted_codes
    base_codes = frozenset({"base_pay", "daily_pay", "absence_deduction"}) if "base_pay" in codes else frozenset[str]()
    counted = max(total(line.amount for line in of_code(earned, base_codes)), ZERO)
    counted += total(line.amount for line in of_code(earned, codes - base_codes))
    if plan.penalties is PenaltyOrder.BEFORE_FLOOR:
        counted += total(line.amount for line in of_code(earned, frozenset({"penalty"})))
    return counted


def _parts(facts: Facts, rules: Rules) -> list[tuple[Span, Decimal]]:
    """The regular days with their monthly guarantee; neighbours with the same amount are one part."""
    parts: list[tuple[Span, Decimal]] = []
    for segment in segments(facts, rules):
        if segment.on_probation or segment.plan.guarantee is None:
            continue
        for span, monthly in _by_service_year(facts, segment.plan, segment.plan.guarantee, segment.span):
            if parts and parts[-1][1] == monthly and parts[-1][0].end == span.start:
                parts[-1] = (Span(parts[-1][0].start, span.end), monthly)
            else:
                parts.append((span, monthly))
    return parts


def _by_service_year(facts: Facts, plan: PayPlan, guarantee: Guarantee, span: Span) -> list[tuple[Span, Decimal]]:
    if guarantee.by is GuaranteeBy.FIXED:
        return [(span, guarantee.amount(1))]
    if guarantee.service_year_from is ServiceYearFrom.CALENDAR_YEAR:
        return [(span, guarantee.amount(service_year(facts, plan, guarantee, span.start)))]
    edge = _anniversary_in(facts, plan, guarantee)
    if edge is None or guarantee.anniversary is not Anniversary.SPLIT_BY_DAY:
        judged_on = {
            Anniversary.SPLIT_BY_DAY: facts.month.last_day,
            Anniversary.FIRST_OF_MONTH: facts.month.first_day,
            Anniversary.NEXT_MONTH: Month.of(facts.month.first_day).plus(-1).last_day,
            Anniversary.WHOLE_MONTH_NEW: facts.month.last_day,
        }[guarantee.anniversary]
        return [(span, guarantee.amount(service_year(facts, plan, guarantee, judged_on)))]
    before, after = Span(span.start, min(max(edge, span.start), span.end)), Span(max(edge, span.start), span.end)
    return [
        (part, guarantee.amount(service_year(facts, plan, guarantee, part.start)))
        for part in (before, after)
        if part.days
    ]


def service_year(facts: Facts, plan: PayPlan, guarantee: Guarantee, day: date) -> int:
    """Which service year a day belongs to, counted from 1; days before the start belong to year 1."""
    if guarantee.service_year_from is ServiceYearFrom.CALENDAR_YEAR:
        return max(day.year - facts.hire_date.year, 0) + 1
    start = _service_start(facts, plan, guarantee)
    return whole_months(start, day, guarantee.month_end) // 12 + 1


def _service_start(facts: Facts, plan: PayPlan, guarantee: Guarantee) -> date:
    if guarantee.service_year_from is ServiceYearFrom.REGULARIZATION:
        return regular_from(facts, plan)
    return facts.hire_date


def _anniversary_in(facts: Facts, plan: PayPlan, guarantee: Guarantee) -> date | None:
    """The day within the month, after its first, on which a new service year starts."""
    start = _service_start(facts, plan, guarantee)
    for years in (facts.month.year - start.year, facts.month.year - start.year + 1):
        if years > 0:
            day = add_months(start, 12 * years, guarantee.month_end)
            if facts.month.first_day < day <= facts.month.last_day:
                return day
    return None
