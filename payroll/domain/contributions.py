"""Statutory contributions (五险一金): each scheme, each side, rounded by itself.

Source: 社会保险法, 住房公积金管理条例 arts. 16–19; rates and limits are the city's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from grading.kernel.exact import exact_text
from grading.kernel.money import ZERO, Rounding
from grading.kernel.period import Month
from payroll.domain.errors import ContributionFactMissing, FundRateOutOfRange, SchemeUnknown
from payroll.domain.facts import Employment, Facts, Insured
from payroll.domain.law import City, Law, Scheme, scheme_rule
from payroll.domain.lines import Kind, Line, Step, step

T = TypeVar("T")
Share = tuple[Fraction, Decimal]
"""One side's rate, and the fixed amount on top."""

INSURED = (Employment.REGULAR, Employment.PROBATION_WAIVED)
"""Who is insured in every scheme; probation is no exemption, and nobody can waive it."""
TAX_DEDUCTIBLE = frozenset({"pension", "medical", "unemployment", "housing_fund"})
"""The employee's shares that lower taxable income (专项扣除)."""
EMPLOYER_PREFIX = "employer_"
"""Stands before the code of a deduction where the employer pays the same scheme."""
SIDES = ((Kind.DEDUCTION, ""), (Kind.EMPLOYER, EMPLOYER_PREFIX))
"""Who pays, and what stands before the line's code: the employee, then the employer."""
COMPULSORY = (Scheme.PENSION, Scheme.MEDICAL, Scheme.UNEMPLOYMENT, Scheme.WORK_INJURY)
"""The schemes every city must have rows for. Maternity has its own row only where it is not inside medical."""


def contributions(facts: Facts, law: Law | None) -> tuple[Line, ...]:
    """The employee's deductions and the employer's lines, social insurance first, then the housing fund.

    Employed on any day of the month is a full month of contributions on the base. Part-time employees are insured by
    the employer against work injury alone; temps and pensioners not at all. Raises CityUnknown, SchemeUnknown,
    ContributionFactMissing, FundRateOutOfRange, NoRuleInForce, RuleHasEnded.
    """
    if law is None or facts.employment not in (*INSURED, Employment.PART_TIME):
        return ()
    insured = _fact(facts.insured, Scheme.PENSION.value, "city")
    city = law.city(insured.city)
    if facts.employment is Employment.PART_TIME:
        return _insured_by_employer(insured, city, facts.month)
    # somebody who never worked before starts paying into the fund in the second month of work (条例 art. 17)
    is_first_month = facts.hire_date >= facts.month.first_day
    return _insured_fully(insured, city, facts.month, pays_fund=not (insured.new_to_work and is_first_month))


# Colleagues on the same base pay the same: their lines are the same values, worked out once.
@lru_cache(maxsize=10_000)
def _insured_by_employer(insured: Insured, city: City, month: Month) -> tuple[Line, ...]:
    return tuple(_insurance(insured, city, month, (Scheme.WORK_INJURY,)))


@lru_cache(maxsize=10_000)
def _insured_fully(insured: Insured, city: City, month: Month, *, pays_fund: bool) -> tuple[Line, ...]:
    maternity = (Scheme.MATERNITY,) if Scheme.MATERNITY in city.contributions else ()
    social = _insurance(insured, city, month, (*COMPULSORY, *maternity))
    return (*social, *_fund(insured, city, month)) if pays_fund else tuple(social)


def held_base(base: Decimal, floor: Decimal | None, ceiling: Decimal | None) -> tuple[Decimal, str]:
    """The base between its limits, and which of them held it: ``floor``, ``ceiling`` or ``own``."""
    if floor is not None and base < floor:
        return floor, "floor"
    if ceiling is not None and base > ceiling:
        return ceiling, "ceiling"
    return base, "own"


def _insurance(insured: Insured, city: City, month: Month, schemes: tuple[Scheme, ...]) -> Iterator[Line]:
    for scheme in schemes:
        rule = scheme_rule(city, scheme, insured.day)
        own = _fact(insured.base, scheme.value, "contribution_base")
        base, held = held_base(own, rule.floor, rule.ceiling)
        why = _why(held, own, base, city)
        shares = (rule.employee, rule.employee_fixed), (rule.employer, rule.employer_fixed)
        yield from _both_sides(scheme.value, shares, base, rule.rounding, month, why)


def _fund(insured: Insured, city: City, month: Month) -> Iterator[Line]:
    """The housing fund, the supplementary part apart: each part and side is rounded by itself."""
    if city.housing_fund is None:
        raise SchemeUnknown(city=city.code, scheme="housing_fund")
    rule = city.housing_fund.on(insured.day)
    rate = _fact(insured.fund_rate, "housing_fund", "housing_fund_rate")
    if not rate:
        return
    _require_rate(rate, rule.least_rate, rule.most_rate, city)
    _require_rate(insured.supplementary_fund_rate, Fraction(0), rule.most_supplementary_rate, city)
    own = insured.fund_base if insured.fund_base is not None else insured.base
    base, held = held_base(_fact(own, "housing_fund", "housing_fund_base"), rule.floor, rule.ceiling)
    why = _why(held, own or ZERO, base, city)
    for part in filter(None, (rate, insured.supplementary_fund_rate)):
        yield from _both_sides("housing_fund", ((part, ZERO), (part, ZERO)), base, rule.rounding, month, why)


def _require_rate(rate: Fraction, least: Fraction, most: Fraction, city: City) -> None:
    if not least <= rate <= most:
        raise FundRateOutOfRange(
            rate=exact_text(rate, 6), least=exact_text(least, 6), most=exact_text(most, 6), city=city.code
        )


def _both_sides(
    scheme: str,
    shares: tuple[Share, Share],
    base: Decimal,
    rounding: Rounding,
    month: Month,
    why: tuple[Step, ...],
) -> Iterator[Line]:
    """The lines of a scheme's shares, the employee's and the employer's; what comes to nothing is no line."""
    exact_base = Fraction(base)
    for (kind, prefix), (rate, fixed) in zip(SIDES, shares, strict=True):
        exact_amount = exact_base * rate + Fraction(fixed) if fixed else exact_base * rate
        amount = rounding(exact_amount)
        if amount:
            name = "contribution.rate_and_fixed" if fixed else "contribution.rate"
            how = step(name, exact_amount, base=base, rate=rate, fixed=fixed, rounding=rounding.name)
            yield Line(prefix + scheme, kind, amount, (*why, how), month)


def _why(held: str, own: Decimal, base: Decimal, city: City) -> tuple[Step, ...]:
    return (step(f"contribution.base_{held}", own=own, base=base, city=city.code),)


def _fact(value: T | None, line: str, fact: str) -> T:
    if value is None:
        raise ContributionFactMissing(line=line, fact=fact)
    return value
