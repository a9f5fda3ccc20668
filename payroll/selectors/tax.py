"""A person's tax year up to one payment, put together from what is recorded. Reads nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from grading.kernel.dated import Dated
from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.facts import TaxYear
from payroll.domain.income_tax import CODE, taxable_pay
from payroll.domain.law import Law
from payroll.domain.tax_year import UNITEMISED, Declaration, declared_through, months_of_year
from payroll.models import PayFact
from payroll.selectors.history import LabourPaid, Opening, PaidSoFar

OPENED = "opening_balance"
"""The kind under which declared deductions before the first payment here are kept."""


def tax_year(
    *,
    paid_on: date,
    hired: date,
    left: date | None,
    law: Law,
    city: str | None,
    pay_fact: Callable[[str], Dated[str] | None],
    paid: PaidSoFar,
    labour: Sequence[LabourPaid] = (),
    is_temp: bool = False,
    opening: Opening | None,
    declarations: list[Declaration],
) -> TaxYear:
    """The tax year as it stands before a payment on ``paid_on``.

    With an opening balance, months and declared deductions count from the first payment here on top of it; without
    one from January or the month of hire. ``paid`` is everything, ``labour`` the labour remuneration among it, which is
    never cumulated with wages; ``is_temp``: what is paid now is labour remuneration. Raises NoRuleInForce,
    RuleHasEnded, CityUnknown.
    """
    month = Month.of(paid_on)
    cumulates = is_temp and _flag(pay_fact(PayFact.Kind.CUMULATES_LABOUR), paid_on, default=False)
    income, withheld = total(each.income for each in labour), total(each.withheld for each in labour)
    if not cumulates:
        income, withheld = paid.income - income, paid.withheld - withheld
    once = [each for each in labour if is_temp and Month.of(each.paid_on) == month and not each.income]
    months = months_of_year(month, hired, left)
    if opening is not None:
        since = Month.of(paid.since) if paid.since is not None else month
        months = tuple(each for each in months if each >= since)
    monthly = pay_fact(PayFact.Kind.ADDITIONAL_DEDUCTIONS)
    itemless = () if monthly is None else _unitemised(monthly)
    rent_limit = law.city(city).rent_limit if city is not None else None
    declared = declared_through(
        months,
        (*declarations, *itemless),
        law.income_tax.deduction_limits.on(paid_on),
        rent_limit.on(paid_on) if rent_limit is not None else None,
    )
    if opening is not None and opening.additional_deductions:
        declared[OPENED] = opening.additional_deductions
    return TaxYear(
        year=month.year,
        month=month.month,
        months_employed=len(months) + (opening.months_employed if opening is not None else 0),
        income=income + (opening.income if opening is not None else Decimal(0)),
        contributions=paid.contributions + (opening.contributions if opening is not None else Decimal(0)),
        withheld=withheld + (opening.withheld if opening is not None else Decimal(0)),
        declared=declared,
        is_resident=_flag(pay_fact(PayFact.Kind.TAX_RESIDENT), paid_on, default=True),
        first_job_of_year=_this_year(pay_fact(PayFact.Kind.FIRST_JOB_OF_YEAR), month, hired),
        from_january=_flag(pay_fact(PayFact.Kind.WITHHOLD_FROM_60000), paid_on, default=False),
        separate_bonus_paid=paid.has_separate_bonus,
        cumulates_labour=cumulates,
        labour_income=total(part for each in once for part in taxable_pay(each.lines, law.income_tax, paid_on)),
        labour_withheld=total(line.amount for each in once for line in each.lines if line.code == CODE),
    )


def _unitemised(monthly: Dated[str]) -> tuple[Declaration, ...]:
    """A monthly total as declarations. Its first one holds for the whole year: it says when it was entered, not due."""
    ends = [since for since, _value in monthly.values[1:]]
    return tuple(
        Declaration(
            UNITEMISED,
            Decimal(value),
            since if place else date.min,
            date.fromordinal(ends[place].toordinal() - 1) if place < len(ends) else None,
        )
        for place, (since, value) in enumerate(monthly.values)
    )


def _flag(held: Dated[str] | None, day: date, *, default: bool) -> bool:
    if held is None or held.values[0][0] > day:
        return default
    return held.on(day) == "true"


def _this_year(held: Dated[str] | None, month: Month, hired: date) -> bool:
    """The first job of the year is the year of hire's alone: next January there was a wage the year before."""
    return hired.year == month.year and _flag(held, month.last_day, default=False)
