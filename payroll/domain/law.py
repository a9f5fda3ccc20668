"""The law that pay must follow, as plain values with dates. It is data: nothing here knows a rate or an amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from grading.kernel.dated import Dated
from grading.kernel.money import FEN_HALF_UP, ZERO, Rounding
from payroll.domain.errors import CityUnknown, SchemeUnknown
from payroll.domain.work_calendar import WorkCalendar


class Scheme(StrEnum):
    """The statutory contributions (五险一金). The values are line codes; the employer's carry ``employer_``."""

    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"
    WORK_INJURY = "work_injury"
    MATERNITY = "maternity"


@dataclass(frozen=True, slots=True)
class ContributionRule:
    """One scheme of social insurance in one city and contribution year.

    ``employee`` and ``employer`` are fractions of the base, which is held between floor and ceiling; the fixed
    amounts come on top. None for a limit: the city has none.
    """

    employee: Fraction
    employer: Fraction
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    employee_fixed: Decimal = ZERO
    employer_fixed: Decimal = ZERO
    rounding: Rounding = FEN_HALF_UP
    verified: bool = True


@dataclass(frozen=True, slots=True)
class FundRule:
    """The housing fund of one city and year: the rates an employer may choose from, and the limits of the base."""

    least_rate: Fraction
    most_rate: Fraction
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    most_supplementary_rate: Fraction = Fraction(0)
    rounding: Rounding = FEN_HALF_UP
    verified: bool = True


@dataclass(frozen=True, slots=True)
class MinimumWage:
    """The local minimum wage. ``is_net`` says that it is compared with pay after the person's own contributions."""

    monthly: Decimal
    hourly: Decimal | None = None
    is_net: bool = False
    verified: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """What one place of insurance asks for. Told apart by identity: it is read once and asked for everybody."""

    code: str
    contributions: Mapping[Scheme, Dated[ContributionRule]] = field(default_factory=dict)
    housing_fund: Dated[FundRule] | None = None
    minimum_wage: Dated[MinimumWage] | None = None
    rent_limit: Dated[Decimal] | None = None
    """The rent that may be declared for tax a month (国发〔2018〕41号 art. 17)."""


@dataclass(frozen=True, slots=True)
class TaxBand:
    """A band of a tax table: it holds up to and including ``upto``; None for the highest."""

    upto: Decimal | None
    rate: Fraction
    quick_deduction: Decimal


@dataclass(frozen=True, slots=True)
class TaxTable:
    """A progressive table with quick deductions (速算扣除数), lowest band first."""

    bands: tuple[TaxBand, ...]

    def band(self, taxable: Fraction | Decimal) -> TaxBand:
        """The band of a taxable amount; an edge belongs to the band below it (不超过)."""
        return next(band for band in self.bands if band.upto is None or taxable <= band.upto)

    def tax(self, taxable: Fraction) -> Fraction:
        """The exact tax on an amount, 0 when nothing is taxable."""
        if taxable <= 0:
            return Fraction(0)
        band = self.band(taxable)
        return taxable * band.rate - Fraction(band.quick_deduction)


@dataclass(frozen=True, slots=True)
class LabourDeduction:
    """What is deducted from labour remuneration (劳务报酬): an amount up to ``upto``, a fraction of it above."""

    upto: Decimal
    amount: Decimal
    rate: Fraction


@dataclass(frozen=True, slots=True)
class DeductionLimit:
    """The most that one declared deduction takes off: a month's amount, or a year's. None: no limit of that sort."""

    monthly: Decimal | None = None
    yearly: Decimal | None = None
    at_reconciliation: bool = False
    """Only deducted in the person's own yearly return (汇算清缴), never in withholding."""


@dataclass(frozen=True, slots=True)
class IncomeTaxLaw:
    """Individual income tax on wages and labour remuneration (个人所得税)."""

    allowance: Dated[Decimal]
    """减除费用 a month employed."""
    year_table: Dated[TaxTable]
    """预扣率表一, on the cumulative year."""
    month_table: Dated[TaxTable]
    """The converted monthly table: for non-residents, and for a separately taxed annual bonus."""
    labour_table: Dated[TaxTable]
    """预扣率表二."""
    labour_deduction: Dated[LabourDeduction]
    separate_bonus: Dated[bool]
    """Whether an annual bonus may be taxed apart."""
    from_january_limit: Dated[Decimal]
    """60,000: what may be deducted from January on (2020 No. 19)."""
    deduction_limits: Dated[Mapping[str, DeductionLimit]]
    not_wages: Dated[frozenset[str]]
    """Line codes that are no wage income (国税发〔1994〕89号)."""


@dataclass(frozen=True, slots=True)
class WageLaw:
    """Working time, overtime and the limits of what may be taken from a wage."""

    paid_days_per_month: Dated[Fraction]
    hours_per_day: Dated[Fraction]
    overtime_workday: Dated[Fraction]
    overtime_restday: Dated[Fraction]
    overtime_holiday: Dated[Fraction]
    overtime_hours_limit: Dated[Fraction]
    """Hours a month; more is still paid, and warned of."""
    sick_pay_floor: Dated[Fraction]
    """Fraction of the local minimum wage."""
    probation_floor: Dated[Fraction]
    """Fraction of the agreed wage."""
    recovery_limit: Dated[Fraction]
    """Fraction of the month's wage that may be taken for a loss the person caused."""
    not_in_minimum_wage: Dated[frozenset[str]]
    """Line codes that do not count towards the minimum wage: overtime, night and hazard allowances."""


@dataclass(frozen=True, slots=True)
class Law:
    """Everything statutory for the people of one company: the country's rules, and those of each city."""

    wages: WageLaw
    income_tax: IncomeTaxLaw
    calendar: WorkCalendar
    cities: Mapping[str, City]

    def city(self, code: str) -> City:
        """A place of insurance. Raises CityUnknown."""
        if code not in self.cities:
            raise CityUnknown(city=code, known=", ".join(sorted(self.cities)))
        return self.cities[code]


def scheme_rule(city: City, scheme: Scheme, day: date) -> ContributionRule:
    """What a scheme asks on a day. Raises SchemeUnknown, NoRuleInForce, RuleHasEnded."""
    if scheme not in city.contributions:
        raise SchemeUnknown(city=city.code, scheme=scheme.value)
    return city.contributions[scheme].on(day)
