"""Employment days of a month: where probation ends, and the segments in which pay does not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import wraps
from typing import TypeVar

from grading.kernel.period import MonthEnd, Span, add_months
from payroll.domain.facts import Employment, Facts
from payroll.domain.rules import BasePayBy, PayPlan, ProbationEnd, Rules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Segment:
    """Days under one plan, one tier and one status. ``tier`` is None where the plan does not ask for it."""

    span: Span
    plan: PayPlan
    tier: str | None
    on_probation: bool


def _latest_kept(answer: Callable[[Facts, Rules], T]) -> Callable[[Facts, Rules], T]:
    """Keep the latest answer: one payslip asks the same many times in a row, and nobody asks it again later.

    Facts and rules hold mappings, so that they have no hash; frozen values are told apart by identity all the same.
    """
    latest: list[tuple[Facts, Rules, T]] = []

    @wraps(answer)
    def kept(facts: Facts, rules: Rules) -> T:
        for of_facts, of_rules, known in latest:
            if of_facts is facts and of_rules is rules:
                return known
        found = answer(facts, rules)
        latest[:] = [(facts, rules, found)]  # all of it at once: threads may ask
        return found

    return kept


def month_end_rule(rule: ProbationEnd) -> MonthEnd:
    """The anniversary rule of a plan's ``month_end``."""
    return MonthEnd.OVERFLOW if rule is ProbationEnd.OVERFLOW else MonthEnd.CLAMP


def regular_from(facts: Facts, plan: PayPlan) -> date:
    """The first day after probation; the hire date when the plan or the employment knows no probation."""
    probation = plan.probation
    if probation is None or facts.employment is not Employment.REGULAR:
        return facts.hire_date
    if probation.month_end is ProbationEnd.DAYS_30:
        return facts.hire_date + timedelta(days=30 * probation.months)
    return add_months(facts.hire_date, probation.months, month_end_rule(probation.month_end))


def final_plan(facts: Facts, rules: Rules) -> PayPlan:
    """The plan of the last employed day. Raises NoRuleInForce."""
    return rules.plans.on(facts.employed.last_day)


@_latest_kept
def segments(facts: Facts, rules: Rules) -> tuple[Segment, ...]:
    """The employed days in order, cut at plan, probation and tier changes. Raises NoRuleInForce."""
    found = []
    for span, plan, on_probation in _by_status(facts, rules):
        own_pay = on_probation and plan.probation is not None and plan.probation.pay is not None
        if plan.base_pay.by is BasePayBy.TIER and plan.base_pay.amounts and not own_pay:
            found += [Segment(part, plan, tier, on_probation) for part, tier in facts.tiers.segments(span)]
        else:
            found.append(Segment(span, plan, None, on_probation))
    return tuple(found)


def regular_days(facts: Facts, rules: Rules) -> int:
    """The employed days of the month after probation. Asks for no tier."""
    return sum(span.days for span, _plan, on_probation in _by_status(facts, rules) if not on_probation)


@_latest_kept
def _by_status(facts: Facts, rules: Rules) -> tuple[tuple[Span, PayPlan, bool], ...]:
    """The employed days cut at plan changes and at the end of probation: (days, plan, on probation)."""
    found = []
    for under_plan, plan in rules.plans.segments(facts.employed):
        edge = min(max(regular_from(facts, plan), under_plan.start), under_plan.end)
        for span, on_probation in ((Span(under_plan.start, edge), True), (Span(edge, under_plan.end), False)):
            if span.days:
                found.append((span, plan, on_probation))
    return tuple(found)


def bonus_days(facts: Facts, rules: Rules) -> int:
    """The days that earn bonuses: the regular ones, or all where the plan pays bonuses in probation."""
    probation = final_plan(facts, rules).probation
    if probation is not None and probation.bonus:
        return facts.employed.days
    return regular_days(facts, rules)
