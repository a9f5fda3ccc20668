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
from payroll.domain.facts import Facts, GuaranteeMonth
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

BASE_CODES = frozenset({"base_pay", "daily_pay", "absence_deduction", "sick_leave_deduction", "sick_pay"})
"""Counted together as base pay, never below zero: absence must not eat into what else was earned."""


@dataclass(frozen=True, slots=True)
class Guaranteed:
    """The month's guaranteed amount, after proration and absence, and how it came about."""

    amount: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """The line that lifts pay to the guarantee, if any, and the month as the settlement of the year needs it."""

    lines: tuple[Line, ...]
    month: GuaranteeMonth | None
    """None where the month promises nothing."""


def guarantee_top_up(facts: Facts, rules: Rules, earned: Sequence[Line]) -> ToppedUp:
    """What lifts counted earnings to the guarantee.

    Counted: the plan's codes, base pay less the month's absence; penalties too where the plan puts them before the
    floor. Probation pay never counts, as probation days add nothing to the guarantee. Where the guarantee is an
    advance on the year, counted pay beyond it is kept for the settlement: a negative line.
    """
    plan = final_plan(facts, rules)
    promised = guaranteed(facts, rules)
    if plan.guarantee is None or not promised.steps:
        return ToppedUp((), None)
    counted = _counted(plan, earned)
    amount = promised.amount - counted
    is_advance = plan.guarantee.annual_settlement is AnnualSettlement.ADVANCE
    if not is_advance:
        amount = max(amount, ZERO)
    month = GuaranteeMonth(facts.month, counted, promised.amount, amount)
    if not amount:
        return ToppedUp((), month)
    code = "guarantee_top_up.kept" if amount < 0 else "guarantee_top_up"
    why = step(code, amount, guaranteed=promised.amount, counted=counted)
    line = Line("guarantee_top_up", Kind.EARNING, amount, (*promised.steps, why), facts.month)
    return ToppedUp((line,), month)


def guaranteed(facts: Facts, rules: Rules) -> Guaranteed:
    """Σ amount × regular days ÷ calendar days by service-year segment, each rounded, less the absence share."""
    plan = final_plan(facts, rules)
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
    lost, why = _lost(facts, plan, parts[-1][1])
    steps += why
    return Guaranteed(max(total(shares) - lost, ZERO), tuple(steps))


def _lost(facts: Facts, plan: PayPlan, monthly: Decimal) -> tuple[Decimal, list[Step]]:
    """The guarantee's share of unpaid days, and of what sick days do not earn; each rounded by itself."""
    if facts.attendance is None:
        return ZERO, []
    day = Fraction(monthly) / plan.absence_divisor
    parts = [("guarantee.absence", facts.attendance.unpaid_days, Fraction(1))]
    if plan.sick_pay is not None:
        parts.append(("guarantee.sickness", facts.attendance.sick_days, 1 - plan.sick_pay.rate))
    lost, steps = ZERO, []
    for code, days, fraction in parts:
        if days and fraction:
            exact_amount = day * days * fraction
            lost += FEN_HALF_UP(exact_amount)
            steps.append(
                step(code, -exact_amount, monthly=monthly, divisor=plan.absence_divisor, days=days, fraction=fraction)
            )
    return lost, steps


def _counted(plan: PayPlan, earned: Sequence[Line]) -> Decimal:
    codes = plan.counted_codes
    base_codes = BASE_CODES if "base_pay" in codes else frozenset[str]()
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
