"""Sick pay (病假工资): sick days leave base pay and are paid at the plan's rate, never below the legal floor.

Source: 劳部发〔1995〕309号 art. 59: at least 80 % of the local minimum wage.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line, Step, step
from payroll.domain.minimum_wage import minimum_wage
from payroll.domain.rules import PayPlan, Rules


def sick_pay(facts: Facts, rules: Rules, plan: PayPlan, monthly: Decimal, left: Decimal) -> tuple[Line, ...]:
    """The sick days taken out of base pay, and what they earn instead; nothing where the plan has no sick pay.

    ``monthly`` is the full monthly base pay, ``left`` what base pay has earned after absence: no more is taken out.
    Without a sick pay rule sick days are paid like any other.
    """
    days = facts.attendance.sick_days if facts.attendance is not None else Fraction(0)
    if plan.sick_pay is None or not days or not monthly:
        return ()
    day = Fraction(monthly) / plan.absence_divisor
    out = [step("sick_leave_deduction", -day * days, monthly=monthly, divisor=plan.absence_divisor, days=days)]
    taken = FEN_HALF_UP(day * days)
    if taken > left:
        taken = left
        out.append(step("sick_leave_deduction.limit", -left, limit=left))
    rate, steps = day * plan.sick_pay.rate, [step("sick_pay.rate", day=day, rate=plan.sick_pay.rate, days=days)]
    floor = _floor(facts, rules, plan, day)
    if floor is not None and rate < floor[0]:
        rate = floor[0]
        steps.append(floor[1])
    paid = min(FEN_HALF_UP(rate * days), taken)
    lines = (
        Line("sick_leave_deduction", Kind.EARNING, -taken, tuple(out), facts.month),
        Line("sick_pay", Kind.EARNING, paid, tuple(steps), facts.month),
    )
    return tuple(line for line in lines if line.amount)


def _floor(facts: Facts, rules: Rules, plan: PayPlan, day: Fraction) -> tuple[Fraction, Step] | None:
    """The least that a sick day earns, never more than a day's pay; None where no law asks."""
    least = minimum_wage(facts, rules.law)
    if least is None or rules.law is None:
        return None
    fraction = rules.law.wages.sick_pay_floor.on(facts.employed.last_day)
    floor = min(Fraction(least.monthly) * fraction / plan.absence_divisor, day)
    return floor, step("sick_pay.floor", floor, minimum=least.monthly, fraction=fraction)
