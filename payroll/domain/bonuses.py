"""Bonuses: fixed, by score or grade, for full attendance, or a share of a team's pool; a gate may zero them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP, ZERO
from payroll.domain.employment import bonus_days, final_plan
from payroll.domain.errors import AttendanceMissing, PoolIncomplete, RatingMissing, UnknownGate
from payroll.domain.facts import Facts
from payroll.domain.gate import gate_outcome
from payroll.domain.lines import Kind, Line, Step, step
from payroll.domain.rules import BonusBy, BonusRule, Gate, PayPlan, PoolShareBy, Rules


def bonuses(facts: Facts, rules: Rules) -> tuple[Line, ...]:
    """One line per bonus rule that pays, or that a failed gate zeroed (it must be seen and explained).

    The gates are asked of everybody on the plan, probation or not: a blocking gate parks the whole team (A-43).
    """
    plan = final_plan(facts, rules)
    gates = {rule.gate: gate_outcome(_gate(plan, rule.gate), facts) for rule in plan.bonuses if rule.gate is not None}
    days = bonus_days(facts, rules)
    lines = []
    for rule in plan.bonuses:
        if not days or not _is_due(rule, facts, days):
            continue
        outcome = gates.get(rule.gate) if rule.gate is not None else None
        if outcome is not None and not outcome.is_open:
            lines.append(Line(rule.code, Kind.EARNING, ZERO, outcome.steps, facts.month))
            continue
        amount, steps = _pool_share(rule, facts) if rule.pool is not None else _amount(rule, facts, days)
        if amount:
            lines.append(
                Line(rule.code, Kind.EARNING, amount, (*steps, *(outcome.steps if outcome else ())), facts.month)
            )
    return tuple(lines)


def _gate(plan: PayPlan, code: str) -> Gate:
    if code not in plan.gates:
        raise UnknownGate(plan=plan.code, gate=code)
    return plan.gates[code]


def _is_due(rule: BonusRule, facts: Facts, days: int) -> bool:
    """Full attendance is asked only of a full month; in a part month it cannot be earned."""
    if not rule.full_attendance:
        return True
    if days < facts.month.days:
        return False
    if facts.attendance is None:
        raise AttendanceMissing(line=rule.code)
    return facts.attendance.is_full


def _amount(rule: BonusRule, facts: Facts, days: int) -> tuple[Decimal, tuple[Step, ...]]:
    amount = rule.amount if rule.amount is not None else ZERO
    factor, why = _factor(rule, facts)
    exact_amount = Fraction(amount) * factor
    steps = [step(f"bonus.{why}", exact_amount, whole=amount, factor=factor, grade=_grade(facts))]
    if days < facts.month.days:
        exact_amount = exact_amount * days / facts.month.days
        steps.append(step("bonus.part_month", exact_amount, days=days, of_days=facts.month.days))
    return FEN_HALF_UP(exact_amount), tuple(steps)


def _factor(rule: BonusRule, facts: Facts) -> tuple[Fraction, str]:
    if rule.by is BonusBy.AMOUNT:
        return Fraction(1), "full_attendance" if rule.full_attendance else "amount"
    reached = None
    if facts.rating is not None:
        reached = facts.rating.score if rule.by is BonusBy.SCORE else facts.rating.coefficient
    if reached is None:
        raise RatingMissing(line=rule.code, by=rule.by.value)
    return (reached / 100 if rule.by is BonusBy.SCORE else reached), rule.by.value


def _grade(facts: Facts) -> str:
    return facts.rating.grade or "" if facts.rating is not None else ""


def _pool_share(rule: BonusRule, facts: Facts) -> tuple[Decimal, tuple[Step, ...]]:
    if rule.code not in facts.pool_shares:
        raise PoolIncomplete(line=rule.code, agents=", ".join(facts.pool_unscored.get(rule.code, (facts.agent_no,))))
    share = facts.pool_shares[rule.code]
    by_score = rule.share_by is PoolShareBy.SCORE
    how = step(
        "bonus.pool_by_score" if by_score else "bonus.pool_equal",
        share.amount,
        pool=rule.pool or ZERO,
        weight=share.weight,
        total_weight=share.total_weight,
        members=share.members,
    )
    return share.amount, (how,)
