"""Overtime pay (加班费): hours × a multiple of the hourly wage by the sort of day.

Source: 劳动法 art. 44 (150 %, 200 %, 300 %); the hourly wage is monthly ÷ 21.75 ÷ 8, 人社部发〔2025〕2号.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP
from payroll.domain.base_pay import monthly_base
from payroll.domain.employment import Segment, segments
from payroll.domain.errors import OvertimeBaseMissing
from payroll.domain.facts import Employment, Facts
from payroll.domain.guarantee import service_year
from payroll.domain.lines import Kind, Line, Step, step
from payroll.domain.rules import DAYS, HOURS, PAID_DAYS_PER_MONTH, BasePayBy, OvertimeBy, OvertimeRule, PayPlan, Rules


def overtime(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """One line per sort of day with hours. Without an overtime rule only the law makes it due, by base pay.

    Raises OvertimeBaseMissing. Temps have no working time in the law's sense: only a plan's rule pays them.
    """
    attended = facts.attendance
    last = segments(facts, rules)[-1]
    rule = _rule(last.plan, facts, rules)
    if attended is None or rule is None:
        return ()
    kinds = (
        ("overtime_workday", attended.overtime_workday_hours, rule.workday),
        ("overtime_restday", attended.overtime_restday_hours, rule.restday),
        ("overtime_holiday", attended.overtime_holiday_hours, rule.holiday),
    )
    lines = []
    for code, hours, multiple in kinds:
        if not hours:
            continue
        hourly, why = _hourly(last, rule, facts, rules)
        exact_amount = hourly * multiple * hours
        how = step("overtime", exact_amount, hours=hours, hourly=hourly, multiple=multiple)
        lines.append(Line(code, Kind.EARNING, FEN_HALF_UP(exact_amount), (why, how), facts.month))
    return tuple(line for line in lines if line.amount)


def _rule(plan: PayPlan, facts: Facts, rules: Rules) -> OvertimeRule | None:
    """The plan's rule, none of it below the law's; the law's alone where the plan says nothing."""
    if rules.law is None or facts.employment is Employment.TEMP:
        return plan.overtime
    wages, day = rules.law.wages, facts.employed.last_day
    own = plan.overtime or OvertimeRule(hours_per_day=wages.hours_per_day.on(day))
    return OvertimeRule(
        by=own.by,
        amount=own.amount,
        workday=max(own.workday, wages.overtime_workday.on(day)),
        restday=max(own.restday, wages.overtime_restday.on(day)),
        holiday=max(own.holiday, wages.overtime_holiday.on(day)),
        hours_per_day=min(own.hours_per_day, wages.hours_per_day.on(day)),
    )


def _hourly(last: Segment, rule: OvertimeRule, facts: Facts, rules: Rules) -> tuple[Fraction, Step]:
    """The exact hourly wage, and how it came about."""
    base = last.plan.base_pay
    if rule.by is OvertimeBy.BASE_PAY and base.by is BasePayBy.DAILY and base.amount is not None:
        if base.unit == HOURS:
            return Fraction(base.amount), step("overtime.by_hour", base.amount, hourly=base.amount)
        if base.unit == DAYS:
            hourly = Fraction(base.amount) / rule.hours_per_day
            return hourly, step("overtime.daily", hourly, daily=base.amount, hours_per_day=rule.hours_per_day)
    monthly = _monthly(last, rule, facts)
    law = rules.law
    paid_days = law.wages.paid_days_per_month.on(facts.employed.last_day) if law else PAID_DAYS_PER_MONTH
    hourly = Fraction(monthly) / paid_days / rule.hours_per_day
    return hourly, step(
        "overtime.hourly", hourly, monthly=monthly, paid_days=paid_days, hours_per_day=rule.hours_per_day
    )


def _monthly(last: Segment, rule: OvertimeRule, facts: Facts) -> Decimal:
    """The monthly amount behind an hour: the rule's own, base pay, or the guarantee where a plan has no base pay.

    The guarantee is that of the service year of the last employed day.
    """
    if rule.by is OvertimeBy.AMOUNT and rule.amount is not None:
        return rule.amount
    monthly = monthly_base(last)
    if not monthly and last.plan.guarantee is not None:
        plan, guarantee = last.plan, last.plan.guarantee
        monthly = guarantee.amount(service_year(facts, plan, guarantee, last.span.last_day))
    if not monthly:
        raise OvertimeBaseMissing(plan=last.plan.code)
    return monthly
