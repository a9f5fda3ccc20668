"""Income tax withheld (个人所得税预扣预缴): the year so far, less what was withheld.

Sources: STA 2018 No. 61 arts. 6, 8; 2020 No. 13 and No. 19; MOF/STA 2023 No. 30 for the separate annual bonus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP, ZERO, total
from payroll.domain.contributions import TAX_DEDUCTIBLE
from payroll.domain.errors import SecondSeparateBonus, TaxYearMissing
from payroll.domain.facts import Employment, Facts, TaxYear
from payroll.domain.law import IncomeTaxLaw, Law, TaxTable
from payroll.domain.lines import Kind, Line, Step, step

CODE = "income_tax"
ANNUAL_BONUS = "annual_bonus"
"""The earning that is taxed apart, once a year (全年一次性奖金)."""
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Taxed:
    """What a payment adds to the tax year. A separate bonus adds nothing to it; labour remuneration only where it is
    cumulated.
    """

    income: Decimal
    contributions: Decimal
    withheld: Decimal
    separate_bonus: bool

    @classmethod
    def nothing(cls) -> Taxed:
        return cls(ZERO, ZERO, ZERO, separate_bonus=False)


def tax_day(facts: Facts) -> date:
    """The day that decides the tax year and the tables in force: the pay date."""
    return facts.pay_date or facts.month.last_day


def income_tax(facts: Facts, law: Law | None, lines: Sequence[Line]) -> tuple[tuple[Line, ...], Taxed]:
    """The tax lines for the month's earnings and contributions, and what they add to the tax year.

    A zero tax is a line all the same. Raises TaxYearMissing, SecondSeparateBonus, NoRuleInForce, RuleHasEnded.
    """
    if law is None:
        return (), Taxed.nothing()
    if facts.tax is None:
        raise TaxYearMissing
    tax_law, day = law.income_tax, tax_day(facts)
    income, bonus = taxable_pay(lines, tax_law, day)
    if facts.employment is Employment.TEMP:
        return _labour(facts, facts.tax, tax_law, day, income + bonus)
    if not facts.tax.is_resident:
        return _non_resident(facts, tax_law, day, income + bonus)
    paid_in = deductible(lines)
    amount, steps = withheld(facts.tax, tax_law, day, income, paid_in)
    found = [Line(CODE, Kind.DEDUCTION, amount, steps, facts.month)]
    if bonus:
        found.append(_separate_bonus(facts, facts.tax, tax_law, day, bonus))
    return tuple(found), Taxed(income, paid_in, amount, separate_bonus=bool(bonus))


def taxable_pay(lines: Iterable[Line], law: IncomeTaxLaw, day: date) -> tuple[Decimal, Decimal]:
    """What of the earnings is income of the year, and what is a bonus taxed apart; late amounts count when paid.

    A bonus that is taken back, or that the law does not tax apart, is income of the year. Raises NoRuleInForce,
    RuleHasEnded: whether a bonus is still taxed apart is never guessed.
    """
    not_wages = law.not_wages.on(day)
    earned = [
        line for line in lines if line.kind is Kind.EARNING and line.code.removeprefix("arrears.") not in not_wages
    ]
    bonus = total(line.amount for line in earned if line.code == ANNUAL_BONUS)
    apart = bonus if bonus > 0 and law.separate_bonus.on(day) else ZERO
    return total(line.amount for line in earned) - apart, apart


def deductible(lines: Iterable[Line]) -> Decimal:
    """The deductions that lower taxable income: the employee's contributions, late ones with them."""
    return total(
        line.amount
        for line in lines
        if line.kind is Kind.DEDUCTION and line.code.removeprefix("arrears.") in TAX_DEDUCTIBLE
    )


def withheld(
    year: TaxYear, law: IncomeTaxLaw, day: date, income: Decimal, contributions: Decimal
) -> tuple[Decimal, tuple[Step, ...]]:
    """This payment's tax: the cumulative tax rounded to the fen, less what was withheld; never negative (61号 art. 6).

    What was withheld too much stays in the year and lowers later payments; only the person's own return pays it back.
    """
    cumulative_income = year.income + income
    paid_in = year.contributions + contributions
    allowance, why = _allowance(year, law, day)
    declared = declared_deductions(year.declared, law, day)
    taxable = cumulative_income - allowance - paid_in - declared
    steps = (
        step("tax.income", before=year.income, income=income, cumulative=cumulative_income, year=year.year),
        why,
        step("tax.deductions", contributions=paid_in, declared=declared),
    )
    return _due(year, law, day, Fraction(taxable), steps)


def _due(
    year: TaxYear, law: IncomeTaxLaw, day: date, taxable: Fraction, steps: tuple[Step, ...]
) -> tuple[Decimal, tuple[Step, ...]]:
    """The tax on the year so far less what was withheld of it, never negative."""
    table = law.year_table.on(day)
    cumulative_tax = FEN_HALF_UP(table.tax(taxable))
    due, last = _less_withheld(cumulative_tax, year.withheld)
    return due, (*steps, _band_step("tax.cumulative", table, taxable, cumulative_tax), last)


def _less_withheld(tax: Decimal, before: Decimal) -> tuple[Decimal, Step]:
    """What is still to be withheld of a tax, never negative."""
    due = tax - before
    if due < 0:
        return ZERO, step("tax.no_refund", ZERO, withheld=before, over=-due)
    return due, step("tax.withheld", due, cumulative=tax, withheld=before)


def declared_deductions(declared: Mapping[str, Decimal], law: IncomeTaxLaw, day: date) -> Decimal:
    """What the declared deductions come to in withholding; those for the yearly return alone are left out."""
    limits = law.deduction_limits.on(day)
    return total(
        amount for kind, amount in declared.items() if kind not in limits or not limits[kind].at_reconciliation
    )


def bonus_tax(bonus: Decimal, table: TaxTable) -> Decimal:
    """The tax on a separate annual bonus: a twelfth picks the band, the quick deduction comes off once."""
    band = table.band(Fraction(bonus) / MONTHS_A_YEAR)
    return FEN_HALF_UP(Fraction(bonus) * band.rate - Fraction(band.quick_deduction))


def labour_tax(income: Decimal, law: IncomeTaxLaw, day: date) -> Decimal:
    """The tax withheld on one payment of labour remuneration; a month of continuous service is one payment."""
    return FEN_HALF_UP(law.labour_table.on(day).tax(_labour_taxable(income, law, day)))


def _labour_taxable(income: Decimal, law: IncomeTaxLaw, day: date) -> Fraction:
    rule = law.labour_deduction.on(day)
    if income <= rule.upto:
        return max(Fraction(income - rule.amount), Fraction(0))
    return Fraction(income) * (1 - rule.rate)


def _labour(
    facts: Facts, year: TaxYear, law: IncomeTaxLaw, day: date, income: Decimal
) -> tuple[tuple[Line, ...], Taxed]:
    """Labour remuneration: what the month of payment pays together, or for those who cumulate it the year so far."""
    if year.cumulates_labour:
        amount, steps = cumulative_labour(year, law, day, income)
        taxed = Taxed(income, ZERO, amount, separate_bonus=False)
        return (Line(CODE, Kind.DEDUCTION, amount, steps, facts.month),), taxed
    together = year.labour_income + income
    taxable = _labour_taxable(together, law, day)
    amount = labour_tax(together, law, day)
    steps = (
        step("tax.labour", income=together, taxable=taxable),
        _band_step("tax.band", law.labour_table.on(day), taxable, amount),
    )
    if year.labour_income or year.labour_withheld:
        amount, last = _less_withheld(amount, year.labour_withheld)
        steps = (step("tax.labour_month", before=year.labour_income, income=income), *steps, last)
    return (Line(CODE, Kind.DEDUCTION, amount, steps, facts.month),), Taxed.nothing()


def cumulative_labour(year: TaxYear, law: IncomeTaxLaw, day: date, income: Decimal) -> tuple[Decimal, tuple[Step, ...]]:
    """The tax on labour remuneration that is withheld like wages: 80 % of the year's income less the allowance.

    For interns in full-time education (2020 No. 13) and workers of platforms (2025 No. 16).
    """
    cumulative_income = year.income + income
    fraction = 1 - law.labour_deduction.on(day).rate
    allowance, why = _allowance(year, law, day)
    taxable = Fraction(cumulative_income) * fraction - Fraction(allowance)
    steps = (
        step("tax.income", before=year.income, income=income, cumulative=cumulative_income, year=year.year),
        step("tax.labour_cumulative", fraction=fraction),
        why,
    )
    return _due(year, law, day, taxable, steps)


def _non_resident(facts: Facts, law: IncomeTaxLaw, day: date, income: Decimal) -> tuple[tuple[Line, ...], Taxed]:
    """The month alone on the monthly table; no contributions are deducted. A bonus is taxed with the month."""
    allowance, table = law.allowance.on(day), law.month_table.on(day)
    taxable = income - allowance
    amount = FEN_HALF_UP(table.tax(Fraction(taxable)))
    steps = (
        step("tax.non_resident", income=income, allowance=allowance),
        _band_step("tax.band", table, taxable, amount),
    )
    line = Line(CODE, Kind.DEDUCTION, amount, steps, facts.month)
    return (line,), Taxed(income, ZERO, amount, separate_bonus=False)


def _separate_bonus(facts: Facts, year: TaxYear, law: IncomeTaxLaw, day: date, bonus: Decimal) -> Line:
    """The year's one bonus on the monthly table. Raises SecondSeparateBonus."""
    if year.separate_bonus_paid:
        raise SecondSeparateBonus(year=year.year)
    table = law.month_table.on(day)
    amount = bonus_tax(bonus, table)
    band = table.band(Fraction(bonus) / MONTHS_A_YEAR)
    how = step(
        "tax.separate_bonus",
        amount,
        bonus=bonus,
        twelfth=Fraction(bonus) / MONTHS_A_YEAR,
        rate=band.rate,
        quick=band.quick_deduction,
    )
    return Line(CODE, Kind.DEDUCTION, amount, (how,), facts.month)


def _allowance(year: TaxYear, law: IncomeTaxLaw, day: date) -> tuple[Decimal, Step]:
    """减除费用 so far: by months employed, or from January, or the whole year's at once."""
    monthly = law.allowance.on(day)
    if year.from_january:
        whole = law.from_january_limit.on(day)
        return whole, step("tax.allowance_from_january", whole, allowance=whole)
    months = year.month if year.first_job_of_year else year.months_employed
    amount = monthly * months
    name = "tax.allowance_first_job" if year.first_job_of_year else "tax.allowance"
    return amount, step(name, amount, monthly=monthly, months=months)


def _band_step(code: str, table: TaxTable, taxable: Decimal | Fraction, amount: Decimal) -> Step:
    if taxable <= 0:
        return step("tax.nothing_taxable", ZERO, taxable=taxable)
    band = table.band(taxable)
    return step(code, amount, taxable=taxable, rate=band.rate, quick=band.quick_deduction)
