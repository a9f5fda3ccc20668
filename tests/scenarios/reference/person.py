"""What the reference calculator is told of a person and a month, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from tests.scenarios.reference.figures import DAY, NOTHING, Parked, add_months, days_of, held_on

Document = Mapping[str, Any]
"""A pay plan as its YAML file has it."""
Plans = Mapping[str, Sequence[Document]]
"""Plan → its versions."""

EARNING, DEDUCTION, EMPLOYER = "earning", "deduction", "employer"


@dataclass(frozen=True)
class Declared:
    """A declared deduction: an amount a month from a day until a day."""

    kind: str
    amount: Fraction
    first: date
    last: date | None = None


@dataclass(frozen=True)
class Opening:
    """A row of opening_balances.csv."""

    tax_year: int
    months: int
    income: Fraction
    contributions: Fraction
    declared: Fraction
    withheld: Fraction


@dataclass(frozen=True)
class Person:
    """``held``: kind → (first day, value), as agents.csv and agent_changes.csv say: plan, tier, city,
    contribution_base, housing_fund_base, housing_fund_rate, supplementary_fund_rate, additional_deductions,
    tax_resident.
    """

    agent_no: str
    hired: date
    left: date | None
    employment: str
    held: Mapping[str, Sequence[tuple[date, str]]]
    new_to_work: bool = False
    first_job_of_year: bool = False
    from_60000: bool = False
    labour_over_the_year: bool = False
    declared: Sequence[Declared] = ()
    opening: Opening | None = None

    def on(self, kind: str, day: date) -> str | None:
        return held_on(self.held.get(kind, ()), day)

    def employed_days(self, first: date) -> list[date]:
        return [day for day in days_of(first) if day >= self.hired and (self.left is None or day <= self.left)]

    def plan_on(self, plans: Plans, day: date) -> Document:
        """The version in force on a day of the plan the person is on then."""
        versions = plans.get(self.on("plan", day) or "", ())
        held = [each for each in versions if str(each["effective_from"]) <= day.isoformat()]
        if not held:
            raise Parked("payroll.plan_missing")
        return max(held, key=lambda each: str(each["effective_from"]))

    def regular_from(self, plan: Document) -> date:
        """The first day that is no probation."""
        probation = plan.get("probation")
        if probation is None or self.employment != "regular":
            return self.hired
        months, month_end = int(probation["months"]), probation.get("month_end", "clamp")
        if month_end == "days_30":
            return self.hired + DAY * 30 * months
        return add_months(self.hired, months, month_end)


@dataclass(frozen=True)
class Attendance:
    """A row of attendance.csv. ``unpaid``: unpaid leave and absence without leave."""

    unpaid: Fraction = NOTHING
    sick: Fraction = NOTHING
    hours: tuple[Fraction, Fraction, Fraction] = (NOTHING, NOTHING, NOTHING)
    """Overtime on workdays, rest days, statutory holidays."""
    is_full: bool = False


@dataclass(frozen=True)
class MonthRows:
    """What the month's files say of a person."""

    attendance: Attendance | None = None
    sales: Mapping[str, Fraction] = field(default_factory=dict)
    units: Mapping[str, Fraction] = field(default_factory=dict)
    score: Fraction | None = None
    coefficient: Fraction | None = None
    team: Mapping[str, Fraction] = field(default_factory=dict)
    department: Sequence[Mapping[str, Fraction]] = ({},)
    """The metrics of each team of the department."""
    pools: Mapping[str, Fraction | None] = field(default_factory=dict)
    """Pool → the person's share; None while a score of the team is missing."""
    entries: Sequence[tuple[str, Fraction]] = ()
    pay_date: date | None = None


@dataclass(frozen=True)
class Line:
    """A printed amount; ``period`` is the first day of the month it is for."""

    code: str
    kind: str
    amount: Fraction
    period: date


@dataclass(frozen=True)
class GuaranteedMonth:
    """What a year's settlement needs of a month."""

    month: date
    counted: Fraction
    promised: Fraction
    topped_up: Fraction


Again = Sequence[tuple[date, GuaranteedMonth | None]]
"""Months that were computed again, and what each promises now."""


@dataclass(frozen=True)
class Taxed:
    """What a payment adds to its tax year."""

    pay_date: date
    income: Fraction = NOTHING
    contributions: Fraction = NOTHING
    withheld: Fraction = NOTHING
    separate_bonus: bool = False
    labour: Fraction = NOTHING
    """Labour remuneration that is taxed with the month it is paid in, and its tax."""
    labour_withheld: Fraction = NOTHING


@dataclass(frozen=True)
class Slip:
    """A payslip, and what it leaves for later."""

    month: date
    lines: tuple[Line, ...]
    carried: Fraction
    losses: Fraction
    taxed: Taxed | None = None
    guarantee: GuaranteedMonth | None = None
    again: Again = ()
    """The months that were computed again for its arrears."""
    due_minimum: Fraction | None = None

    def total(self, kind: str) -> Fraction:
        return sum((line.amount for line in self.lines if line.kind == kind), NOTHING)

    @property
    def net(self) -> Fraction:
        return self.total(EARNING) - self.total(DEDUCTION)


@dataclass(frozen=True)
class Waits:
    """Nobody's payslip: every code that speaks against one. Which of them is told first is left open."""

    codes: frozenset[str]


@dataclass
class Ledger:
    """A person's posted payslips, oldest first."""

    slips: list[Slip] = field(default_factory=list)

    @property
    def carried(self) -> Fraction:
        return self.slips[-1].carried if self.slips else NOTHING

    @property
    def losses(self) -> Fraction:
        return self.slips[-1].losses if self.slips else NOTHING

    def payments(self, year: int) -> list[Taxed]:
        """The payments of a tax year."""
        return [slip.taxed for slip in self.slips if slip.taxed and slip.taxed.pay_date.year == year]

    def guaranteed(self, again: Again = ()) -> list[GuaranteedMonth]:
        """Each month as it was computed last; ``again`` is computed just now."""
        held = {slip.month: slip.guarantee for slip in self.slips if slip.guarantee}
        for month, computed in (*(each for slip in self.slips for each in slip.again), *again):
            if computed:
                held[month] = computed
            else:
                held.pop(month, None)
        return [held[month] for month in sorted(held)]

    def lines(self) -> list[Line]:
        return [line for slip in self.slips for line in slip.lines]

    def lines_for(self, month: date) -> list[Line]:
        """Every line ever posted for a month."""
        return [line for line in self.lines() if line.period == month]

    def has_posted(self, month: date) -> bool:
        return any(slip.month == month for slip in self.slips)
