"""Income tax of a payment: docs/algorithms/income-tax.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from tests.scenarios.reference.figures import NOTHING, Parked, add_months, days_of, fen, first_of, number, of_table
from tests.scenarios.reference.law import Law
from tests.scenarios.reference.person import DEDUCTION, EARNING, Declared, Ledger, Line, Person, Taxed

CONTRIBUTIONS = ("pension", "medical", "unemployment", "housing_fund")


def tax(
    person: Person, law: Law, ledger: Ledger, lines: Sequence[Line], *, month: date, paid_on: date
) -> tuple[list[Line], Taxed]:
    """The lines ``income_tax`` of a payment, and what the payment adds to its year. Raises Parked."""
    income = sum((line.amount for line in lines if line.kind == EARNING), NOTHING)
    exempt = law.row("income_tax/not_wages", paid_on)["codes"]
    income -= sum((line.amount for line in lines if line.code.removeprefix("arrears.") in exempt), NOTHING)
    bonus = sum((line.amount for line in lines if line.code == "annual_bonus"), NOTHING)
    if bonus > 0:
        law.row("income_tax/separate_bonus", paid_on)
    if person.employment == "temp":
        if person.labour_over_the_year:
            return _of_the_year(person, law, ledger, income, NOTHING, month=month, paid_on=paid_on)
        same_month = [each for each in ledger.payments(paid_on.year) if each.pay_date.month == paid_on.month]
        together = sum((each.labour for each in same_month), income)
        withheld = sum((each.labour_withheld for each in same_month), NOTHING)
        now = max(NOTHING, labour(together, law, paid_on) - withheld)
        return [_line(now, month)], Taxed(paid_on, labour=income, labour_withheld=now)
    if person.on("tax_resident", paid_on) == "false":
        once = by_table(law, "month_table", income - law.value("income_tax/allowance", paid_on), paid_on)
        return [_line(once, month)], Taxed(paid_on, income, NOTHING, once)
    codes = {*CONTRIBUTIONS, *(f"arrears.{code}" for code in CONTRIBUTIONS)}
    paid_in = sum((line.amount for line in lines if line.kind == DEDUCTION and line.code in codes), NOTHING)
    if bonus <= 0:
        return _of_the_year(person, law, ledger, income, paid_in, month=month, paid_on=paid_on)
    if any(payment.separate_bonus for payment in ledger.payments(paid_on.year)):
        raise Parked("payroll.second_separate_bonus")
    found, taxed = _of_the_year(person, law, ledger, income - bonus, paid_in, month=month, paid_on=paid_on)
    rate, quick = of_table(law.row("income_tax/month_table", paid_on)["bands"], bonus / 12)
    return [*found, _line(fen(bonus * rate - quick), month)], replace(taxed, separate_bonus=True)


def _line(amount: Fraction, month: date) -> Line:
    return Line("income_tax", DEDUCTION, amount, month)


def by_table(law: Law, table: str, taxable: Fraction, day: date) -> Fraction:
    if taxable <= 0:
        return NOTHING
    rate, quick = of_table(law.row(f"income_tax/{table}", day)["bands"], taxable)
    return fen(taxable * rate - quick)


def labour(payment: Fraction, law: Law, day: date) -> Fraction:
    """One payment of labour remuneration: what a month pays together."""
    off = law.row("income_tax/labour_deduction", day)
    left = payment - off["amount"] if payment <= off["upto"] else payment * (1 - off["rate"])
    return by_table(law, "labour_table", left, day)


def _of_the_year(
    person: Person,
    law: Law,
    ledger: Ledger,
    income: Fraction,
    paid_in: Fraction,
    *,
    month: date,
    paid_on: date,
) -> tuple[list[Line], Taxed]:
    """Cumulative withholding."""
    opening = person.opening if person.opening and person.opening.tax_year == paid_on.year else None
    before = ledger.payments(paid_on.year)
    months = months_here(person, paid_on)
    if opening:
        since = first_of(min((payment.pay_date for payment in before), default=paid_on))
        months = [each for each in months if each >= since]
    total = sum((payment.income for payment in before), income) + (opening.income if opening else 0)
    withheld = sum((payment.withheld for payment in before), NOTHING) + (opening.withheld if opening else 0)
    allowance = law.value("income_tax/allowance", paid_on)
    count = len(months) + (opening.months if opening else 0)
    if person.from_60000:
        off = law.value("income_tax/from_january_limit", paid_on)
    elif person.first_job_of_year and person.hired.year == paid_on.year:
        off = allowance * paid_on.month
    else:
        off = allowance * count
    if person.labour_over_the_year:
        taxable = total * (1 - law.row("income_tax/labour_deduction", paid_on)["rate"]) - off
    else:
        shares = sum((payment.contributions for payment in before), paid_in)
        shares += opening.contributions if opening else NOTHING
        declared = declared_so_far(person, law, months, paid_on, month) + (opening.declared if opening else 0)
        taxable = total - off - shares - declared
    now = max(NOTHING, by_table(law, "year_table", taxable, paid_on) - withheld)
    return [_line(now, month)], Taxed(paid_on, income, paid_in, now)


def months_here(person: Person, paid_on: date) -> list[date]:
    """The months of the tax year employed here, up to the month of payment; after leaving at least that one."""
    end = first_of(paid_on)
    found = [
        each
        for each in (date(paid_on.year, number, 1) for number in range(1, end.month + 1))
        if each >= first_of(person.hired) and (person.left is None or each <= person.left)
    ]
    return found or [end]


def declared_so_far(person: Person, law: Law, months: Sequence[date], paid_on: date, month: date) -> Fraction:
    """Declared deductions of the months employed here, each kind held to its limits."""
    limits = law.row("income_tax/deduction_limits", paid_on)["limits"]
    city = law.city_row(person.on("city", person.employed_days(month)[-1]) or "", "rent_limit", paid_on)
    kinds: dict[str, list[Declared]] = defaultdict(list)
    for each in person.declared:
        kinds[each.kind].append(each)
    found = without_items(person, months)
    for kind, declared in kinds.items():
        limit = limits[kind]
        if limit.get("at_reconciliation"):
            continue
        monthly = limit.get("monthly")
        if kind == "rent" and city:
            monthly = city["value"]
        amounts = [sum((each.amount for each in declared if covers(each, month)), NOTHING) for month in months]
        if monthly is not None:
            amounts = [min(amount, number(monthly)) for amount in amounts]
        of_kind = sum(amounts, NOTHING)
        found += min(of_kind, limit["yearly"]) if "yearly" in limit else of_kind
    return found


def covers(declared: Declared, month: date) -> bool:
    return declared.first < add_months(month, 1) and (declared.last is None or declared.last >= month)


def without_items(person: Person, months: Sequence[date]) -> Fraction:
    """``additional_deductions`` of each month: the first amount counts from January, a month of two counts both."""
    held = sorted(person.held.get("additional_deductions", ()))
    found = NOTHING
    for month in months:
        for place, (since, amount) in enumerate(held):
            until = held[place + 1][0] if place + 1 < len(held) else None
            if (not place or since <= days_of(month)[-1]) and (until is None or until > month):
                found += number(amount)
    return found
