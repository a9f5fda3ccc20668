"""The local minimum wage (最低工资标准), and the part of a month's pay that is compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_FLOOR, FEN_HALF_UP, total
from payroll.domain.contributions import TAX_DEDUCTIBLE
from payroll.domain.employment import final_plan
from payroll.domain.errors import BelowHourlyMinimum, BelowMinimumWage
from payroll.domain.facts import Employment, Facts
from payroll.domain.law import Law, MinimumWage
from payroll.domain.lines import Kind, Line
from payroll.domain.proration import share_of_month
from payroll.domain.rules import HOURS, BasePayBy, PayPlan, Rules
from payroll.domain.work_calendar import WorkCalendar

PROTECTED = (Employment.REGULAR, Employment.PROBATION_WAIVED)
"""Whose month has a monthly minimum: full-time employees. Temps and pensioners have no wage in the law's sense."""
NOT_FOR_WORK = frozenset({"sick_pay", "annual_bonus"})
"""Earnings that are no pay for the month's normal work."""
OF_THE_WAGE = frozenset({"base_pay", "probation_pay", "absence_deduction", "sick_leave_deduction"})
"""The parts of a monthly wage that are rounded by themselves."""
HALF_A_FEN = Fraction(1, 200)


def minimum_wage(facts: Facts, law: Law | None) -> MinimumWage | None:
    """The minimum of the last employed day's city; None where none is asked for. Raises CityUnknown, NoRuleInForce."""
    if law is None or facts.insured is None or facts.employment not in PROTECTED:
        return None
    held = law.city(facts.cities.on(facts.employed.last_day)).minimum_wage
    return None if held is None else held.on(facts.employed.last_day)


@dataclass(frozen=True, slots=True)
class DueMinimum:
    """The minimum for the days worked, exactly, and the part of a whole month's minimum that it is."""

    exact: Fraction
    share: Fraction

    @property
    def amount(self) -> Decimal:
        """In yuan, to the fen."""
        return FEN_HALF_UP(self.exact)


def due_minimum(facts: Facts, law: Law, plan: PayPlan, calendar: WorkCalendar | None = None) -> DueMinimum:
    """The minimum by city and days, prorated as the plan prorates pay, less absence; never negative.

    Absence is unpaid days, and sick days where the plan has sick pay, at the last minimum ÷ the plan's divisor.
    """
    due, share, monthly = Fraction(0), Fraction(0), Fraction(0)
    for span, code in facts.cities.segments(facts.employed):
        held = law.city(code).minimum_wage
        for part, rule in held.segments(span) if held is not None else ():
            days, of_days = share_of_month(part, facts.employed, facts.month, plan.proration, calendar)
            part_of_month, monthly = days / of_days, Fraction(rule.monthly)
            due, share = due + monthly * part_of_month, share + part_of_month
    absent = _absent_days(facts, plan) / plan.absence_divisor
    return DueMinimum(max(due - monthly * absent, Fraction(0)), max(share - absent, Fraction(0)))


def _absent_days(facts: Facts, plan: PayPlan) -> Fraction:
    if facts.attendance is None:
        return Fraction(0)
    sick = facts.attendance.sick_days if plan.sick_pay is not None else Fraction(0)
    return facts.attendance.unpaid_days + sick


def counted_pay(lines: Iterable[Line], left_out: frozenset[str], paid_in_share: Fraction) -> Fraction:
    """What of a month's pay is compared with the minimum: its earnings without overtime, sick pay and the like.

    Amounts for other months never count. ``paid_in_share`` of the person's contributions comes off: 0 where the city
    compares gross pay; contributions are those of a whole month, also where the minimum is that of a part.
    """
    held = [line for line in lines if not line.code.startswith("arrears.")]
    not_counted = left_out | NOT_FOR_WORK
    earned = total(line.amount for line in held if line.kind is Kind.EARNING and line.code not in not_counted)
    paid_in = total(line.amount for line in held if line.kind is Kind.DEDUCTION and line.code in TAX_DEDUCTIBLE)
    return Fraction(earned) - Fraction(paid_in) * paid_in_share


def require_minimum(facts: Facts, rules: Rules, lines: Sequence[Line]) -> None:
    """Raises BelowMinimumWage when the month pays less than the law lets it (劳动法 art. 48).

    A wage that reaches the minimum is short of it in part of a month by what rounding took: less than half a fen for
    each part of the wage.
    """
    law = rules.law
    least = minimum_wage(facts, law)
    if law is None or least is None:
        return
    day = facts.employed.last_day
    due = due_minimum(facts, law, final_plan(facts, rules), rules.calendar)
    left_out = law.wages.not_in_minimum_wage.on(day) | law.income_tax.not_wages.on(day)
    counted = counted_pay(lines, left_out, due.share if least.is_net else Fraction(0))
    rounded = sum(line.code in OF_THE_WAGE for line in lines)
    if due.exact - counted >= max(rounded, 1) * HALF_A_FEN:
        paid = FEN_FLOOR(counted)
        raise BelowMinimumWage(counted=paid, minimum=due.amount, city=facts.cities.on(day), short=due.amount - paid)


def require_hourly_minimum(facts: Facts, rules: Rules) -> None:
    """Raises BelowHourlyMinimum when part-time work is paid less an hour than the law lets it (劳动合同法 art. 72).

    The plan, the city and its minimum are those of the last employed day; nothing is asked where the plan does not pay
    by the hour, or the city's hourly minimum is not recorded.
    """
    base = final_plan(facts, rules).base_pay
    if rules.law is None or facts.insured is None or facts.employment is not Employment.PART_TIME:
        return
    if base.by is not BasePayBy.DAILY or base.unit != HOURS or base.amount is None:
        return
    day = facts.employed.last_day
    held = rules.law.city(facts.cities.on(day)).minimum_wage
    least = held.on(day).hourly if held is not None else None
    if least is not None and base.amount < least:
        raise BelowHourlyMinimum(price=base.amount, minimum=least, city=facts.cities.on(day), short=least - base.amount)
