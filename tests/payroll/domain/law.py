"""The law for tests, and people under it whose months follow each other.

``national_law`` and its cities are typed from cn_payroll.md, so that a test does not depend on the files that ship;
``shipped_law`` is those files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from grading.kernel.dated import Dated
from grading.kernel.money import YUAN_HALF_UP
from grading.kernel.period import Month
from payroll.domain.facts import Insured, TaxYear
from payroll.domain.law import (
    City,
    ContributionRule,
    DeductionLimit,
    FundRule,
    IncomeTaxLaw,
    LabourDeduction,
    Law,
    MinimumWage,
    Scheme,
    TaxBand,
    TaxTable,
    WageLaw,
)
from payroll.domain.law_document import calendar_from, city_from, national_from
from payroll.domain.payslip import Payslip
from payroll.domain.work_calendar import CalendarYear, WorkCalendar
from payroll.rulebook import statutory_documents

Pay = Callable[..., Payslip]
SINCE = date(2019, 1, 1)
OVERTIME = frozenset({"overtime_workday", "overtime_restday", "overtime_holiday"})


def always(name: str, value: Any) -> Dated[Any]:
    return Dated.of(name, [(SINCE, value)])


def _table(*bands: tuple[str | None, str, str]) -> TaxTable:
    return TaxTable(
        tuple(TaxBand(None if upto is None else Decimal(upto), Fraction(rate), Decimal(quick))
              for upto, rate, quick in bands)
    )  # fmt: skip


YEAR_TABLE = _table(("36000", "0.03", "0"), ("144000", "0.1", "2520"), ("300000", "0.2", "16920"),
                    ("420000", "0.25", "31920"), ("660000", "0.3", "52920"), ("960000", "0.35", "85920"),
                    (None, "0.45", "181920"))  # fmt: skip
MONTH_TABLE = _table(("3000", "0.03", "0"), ("12000", "0.1", "210"), ("25000", "0.2", "1410"),
                     ("35000", "0.25", "2660"), ("55000", "0.3", "4410"), ("80000", "0.35", "7160"),
                     (None, "0.45", "15160"))  # fmt: skip
LABOUR_TABLE = _table(("20000", "0.2", "0"), ("50000", "0.3", "2000"), (None, "0.4", "7000"))
LIMITS = {
    "rent": DeductionLimit(monthly=Decimal("1500.00")),
    "housing_loan_interest": DeductionLimit(monthly=Decimal("1000.00")),
    "elderly_support": DeductionLimit(monthly=Decimal("3000.00")),
    "personal_pension": DeductionLimit(yearly=Decimal("12000.00")),
    "serious_illness": DeductionLimit(yearly=Decimal("80000.00"), at_reconciliation=True),
}


def income_tax_law(**others: Any) -> IncomeTaxLaw:
    values: dict[str, Any] = {
        "allowance": always("allowance", Decimal("5000.00")),
        "year_table": always("year_table", YEAR_TABLE),
        "month_table": always("month_table", MONTH_TABLE),
        "labour_table": always("labour_table", LABOUR_TABLE),
        "labour_deduction": always(
            "labour_deduction", LabourDeduction(Decimal("4000.00"), Decimal("800.00"), Fraction("0.2"))
        ),
        "separate_bonus": Dated.of("separate_bonus", [(SINCE, True)], end=date(2028, 1, 1)),
        "from_january_limit": always("from_january_limit", Decimal("60000.00")),
        "deduction_limits": always("deduction_limits", LIMITS),
        "not_wages": always("not_wages", frozenset({"adjustment.travel_allowance"})),
    }
    return IncomeTaxLaw(**values | others)


def wage_law(**others: Any) -> WageLaw:
    values: dict[str, Any] = {
        "paid_days_per_month": always("paid_days_per_month", Fraction("21.75")),
        "hours_per_day": always("hours_per_day", Fraction(8)),
        "overtime_workday": always("overtime_workday", Fraction("1.5")),
        "overtime_restday": always("overtime_restday", Fraction(2)),
        "overtime_holiday": always("overtime_holiday", Fraction(3)),
        "overtime_hours_limit": always("overtime_hours_limit", Fraction(36)),
        "sick_pay_floor": always("sick_pay_floor", Fraction("0.8")),
        "probation_floor": always("probation_floor", Fraction("0.8")),
        "recovery_limit": always("recovery_limit", Fraction("0.2")),
        "not_in_minimum_wage": always("not_in_minimum_wage", OVERTIME | {"adjustment.night_shift_allowance"}),
    }
    return WageLaw(**values | others)


NO_FUND = FundRule(Fraction(0), Fraction(1), ceiling=Decimal("0.00"), most_supplementary_rate=Fraction(1))
"""A housing fund whose base is held to nothing: any rate may be entered, and nothing is paid."""


def city(
    code: str,
    *,
    shares: Mapping[str, tuple[str, str]] | None = None,
    floor: str | None = None,
    ceiling: str | None = None,
    fund: FundRule | None = NO_FUND,
    minimum: str | None = None,
    is_net: bool = False,
    rent: str | None = None,
) -> City:
    """A city with the same base limits for every scheme; ``shares``: scheme → (employee, employer), the rest 0."""
    rates = dict.fromkeys(("pension", "medical", "unemployment", "work_injury"), ("0", "0")) | dict(shares or {})
    least = None if minimum is None else MinimumWage(Decimal(minimum), Decimal("20.00"), is_net)
    return City(
        code,
        {
            Scheme(scheme): always(
                f"{code}.{scheme}",
                ContributionRule(
                    Fraction(employee),
                    Fraction(employer),
                    None if floor is None else Decimal(floor),
                    None if ceiling is None else Decimal(ceiling),
                ),
            )
            for scheme, (employee, employer) in rates.items()
        },
        None if fund is None else always(f"{code}.housing_fund", fund),
        None if least is None else always(f"{code}.minimum_wage", least),
        None if rent is None else always(f"{code}.rent_limit", Decimal(rent)),
    )


SHANGHAI = city(
    "shanghai",
    shares={"pension": ("0.08", "0.16"), "medical": ("0.02", "0.09"), "unemployment": ("0.005", "0.005"),
            "work_injury": ("0", "0.002")},
    floor="7460.00",
    ceiling="37302.00",
    fund=FundRule(Fraction("0.05"), Fraction("0.07"), Decimal("2690.00"), Decimal("37302.00"), Fraction("0.05"),
                  YUAN_HALF_UP),
    minimum="2740.00",
    is_net=True,
    rent="1500.00",
)  # fmt: skip
"""July 2025 to June 2026, held open here; its minimum wage is net of the person's own contributions."""
FREE = city("free")
"""Nothing is contributed and no minimum wage held: what is left is the tax."""
GROSS = city("gross", minimum="2000.00")
"""No contributions; a minimum wage that is compared with gross pay."""

YEAR_2026 = CalendarYear(
    holidays=frozenset(map(date.fromisoformat, (
        "2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-04-05", "2026-05-01",
        "2026-05-02", "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-02", "2026-10-03"))),
    days_off=frozenset(map(date.fromisoformat, (
        "2026-01-02", "2026-02-20", "2026-02-23", "2026-04-06", "2026-05-04", "2026-05-05", "2026-10-05",
        "2026-10-06", "2026-10-07"))),
    make_up_days=frozenset(map(date.fromisoformat, (
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"))),
)  # fmt: skip


def national_law(*cities: City, wages: WageLaw | None = None, tax: IncomeTaxLaw | None = None) -> Law:
    """The country's rules with SHANGHAI, FREE, GROSS and the cities given."""
    held = {each.code: each for each in (SHANGHAI, FREE, GROSS, *cities)}
    return Law(wages or wage_law(), tax or income_tax_law(), WorkCalendar({2026: YEAR_2026}), held)


def shipped_law(*cities: City) -> Law:
    """The law as it ships, with the cities given besides."""
    documents = statutory_documents()
    wages, tax = national_from(documents["cn"])
    held = [city_from(body) for name, body in documents.items() if name.startswith("cn.city.")]
    years = dict(calendar_from(body) for name, body in documents.items() if name.startswith("cn.calendar."))
    return Law(wages, tax, WorkCalendar(years), {each.code: each for each in (*held, *cities)})


@dataclass(frozen=True)
class Person:
    """Somebody under a law on a plain monthly wage. The tax year is kept from one month to the next."""

    law: Law
    city: str = "free"
    base: str | None = "20000.00"
    fund_rate: str | None = "0.07"
    supplementary: str = "0"
    fund_base: str | None = None
    new_to_work: bool = False
    hire: str = "2020-01-01"
    employment: str = "regular"
    declared: Mapping[str, str] = field(default_factory=dict)
    """Kind → what is declared for every month."""
    tax: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)

    def month(self, pay: Pay, month: str, wage: str | None = None, **facts: Any) -> Payslip:
        """One month by itself: the tax year begins with it, unless ``facts`` bring ``tax``."""
        plan = {"base": wage, "guarantee": (), "commission": None, "probation": False, "proration": "paid_days"}
        return pay(self.facts(month) | facts, plan | dict(self.plan), self.law)

    def facts(self, month: str) -> dict[str, Any]:
        day = max(Month.parse(month).first_day, date.fromisoformat(self.hire))
        return {
            "month": month,
            "hire": self.hire,
            "employment": self.employment,
            "cities": Dated.of("city", [(SINCE, self.city)]),
            "insured": Insured(
                day,
                self.city,
                None if self.base is None else Decimal(self.base),
                None if self.fund_base is None else Decimal(self.fund_base),
                None if self.fund_rate is None else Fraction(self.fund_rate),
                Fraction(self.supplementary),
                self.new_to_work,
            ),
            "tax": self.tax_year(month, ()),
        }

    def tax_year(self, month: str, before: Iterable[Payslip]) -> TaxYear:
        """The year before a payment in the month itself, after the payslips of the months before it."""
        paid, at = list(before), Month.parse(month)
        hired = Month.of(date.fromisoformat(self.hire))
        months = at.month - (hired.month - 1 if hired.year == at.year else 0)
        return TaxYear(**{
            "year": at.year,
            "month": at.month,
            "months_employed": months,
            "income": sum((slip.taxed.income for slip in paid), Decimal("0.00")),
            "contributions": sum((slip.taxed.contributions for slip in paid), Decimal("0.00")),
            "withheld": sum((slip.taxed.withheld for slip in paid), Decimal("0.00")),
            "declared": {kind: Decimal(amount) * months for kind, amount in self.declared.items()},
            "separate_bonus_paid": any(slip.taxed.separate_bonus for slip in paid),
            **self.tax,
        })  # fmt: skip

    def months(self, pay: Pay, first: str, wages: Sequence[str], **facts: Any) -> list[Payslip]:
        """Months in a row of one tax year, each with its wage."""
        slips: list[Payslip] = []
        for place, wage in enumerate(wages):
            month = str(Month.parse(first).plus(place))
            slips.append(self.month(pay, month, wage, **{"tax": self.tax_year(month, slips), **facts}))
        return slips


def amounts(slip: Payslip, code: str) -> list[str]:
    """The amounts of the lines of a code, in printed order."""
    return [str(line.amount) for line in slip.lines if line.code == code]


def amount(slip: Payslip, code: str) -> str:
    """The amount of the only line of a code; 0.00 without one."""
    found = amounts(slip, code)
    assert len(found) < 2, (code, found)
    return found[0] if found else "0.00"


def taxes(slips: Iterable[Payslip]) -> list[str]:
    return [amount(slip, "income_tax") for slip in slips]
