"""Base pay, probation pay, daily pay, and the absence and sickness within them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP, ZERO, total
from grading.kernel.period import Span
from payroll.domain.employment import Segment, segments
from payroll.domain.errors import TierHasNoAmount, UnitsMissing
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line, step
from payroll.domain.proration import prorated
from payroll.domain.rules import BasePay, BasePayBy, Rules
from payroll.domain.sick_pay import sick_pay


def base_pay(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """One line per segment of unchanged amount and status, each rounded by itself; daily pay, absence, sickness."""
    merged = _merged(segments(facts, rules))
    earned = [line for segment in merged if (line := _segment_line(segment, facts, rules)) is not None]
    absent = _absence(merged[-1], earned, facts)
    left = total(line.amount for line in (*earned, *absent))
    sick = sick_pay(facts, rules, merged[-1].plan, monthly_base(merged[-1]), left)
    return (*earned, *_daily_pay(facts, rules), *absent, *sick)


def monthly_base(segment: Segment) -> Decimal:
    """The full monthly amount of a segment. Raises TierHasNoAmount; a plan without amounts pays 0 (seed A-02)."""
    rule = segment.plan.base_pay
    probation = segment.plan.probation
    if segment.on_probation and probation is not None and probation.pay is not None and rule.by is not BasePayBy.DAILY:
        return probation.pay
    return _regular_base(segment, rule)


def _regular_base(segment: Segment, rule: BasePay) -> Decimal:
    if rule.by is BasePayBy.FIXED and rule.amount is not None:
        return rule.amount
    if rule.by is not BasePayBy.TIER or segment.tier is None:
        return ZERO
    if segment.tier not in rule.amounts:
        raise TierHasNoAmount(plan=segment.plan.code, tier=segment.tier)
    return rule.amounts[segment.tier]


def _merged(parts: tuple[Segment, ...]) -> list[Segment]:
    """Neighbours with the same amount, status and proration become one: a run of days in which nothing changes."""
    merged: list[Segment] = []
    for part in parts:
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.on_probation == part.on_probation
            and before.plan.proration == part.plan.proration
            and monthly_base(before) == monthly_base(part)
        ):
            merged[-1] = Segment(Span(before.span.start, part.span.end), part.plan, part.tier, part.on_probation)
        else:
            merged.append(part)
    return merged


def _segment_line(segment: Segment, facts: Facts, rules: Rules) -> Line | None:
    monthly = monthly_base(segment)
    if not monthly:
        return None
    plan = segment.plan
    amount, how = prorated(monthly, segment.span, facts.employed, facts.month, plan.proration, rules.calendar)
    if not amount:
        return None
    if segment.on_probation:
        why = step("base_pay.probation", monthly=monthly)
    elif segment.tier is not None:
        why = step("base_pay.tier", monthly=monthly, tier=segment.tier)
    else:
        why = step("base_pay.fixed", monthly=monthly)
    code = "probation_pay" if segment.on_probation else "base_pay"
    return Line(code, Kind.EARNING, amount, (why, how), facts.month)


def _daily_pay(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    daily = [part.plan.base_pay for part in segments(facts, rules) if part.plan.base_pay.by is BasePayBy.DAILY]
    rule = daily[-1] if daily else BasePay()
    if rule.amount is None:
        return ()
    if rule.unit not in facts.units:
        raise UnitsMissing(line="daily_pay", unit=rule.unit)
    quantity = facts.units[rule.unit]
    exact_amount = Fraction(rule.amount) * quantity
    how = step("daily_pay", exact_amount, price=rule.amount, quantity=quantity, unit=rule.unit)
    amount = FEN_HALF_UP(exact_amount)
    return (Line("daily_pay", Kind.EARNING, amount, (how,), facts.month),) if amount else ()


def _absence(last: Segment, earned: list[Line], facts: Facts) -> tuple[Line, ...]:
    """Unpaid days at the full monthly amount of the last segment ÷ the divisor, never more than was earned."""
    days = facts.attendance.unpaid_days if facts.attendance is not None else Fraction(0)
    monthly = monthly_base(last)
    if not days or not monthly:
        return ()
    divisor = last.plan.absence_divisor
    exact_amount = Fraction(monthly) / divisor * days
    how = step("absence_deduction", -exact_amount, monthly=monthly, divisor=divisor, days=days)
    rounded = FEN_HALF_UP(exact_amount)
    limit = total(line.amount for line in earned)
    steps = (how,) if rounded <= limit else (how, step("absence_deduction.limit", -limit, limit=limit))
    amount = -min(rounded, limit)
    return (Line("absence_deduction", Kind.EARNING, amount, steps, facts.month),) if amount else ()
