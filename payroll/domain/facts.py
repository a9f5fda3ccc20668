"""Facts: everything about one person's month that pay depends on. The other input is ``rules``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from grading.kernel.dated import Dated
from grading.kernel.money import ZERO
from grading.kernel.period import Month, Span
from payroll.domain.lines import Kind, Step


class Employment(StrEnum):
    """The relation with the employer (用工关系)."""

    REGULAR = "regular"
    PROBATION_WAIVED = "probation_waived"
    TEMP = "temp"
    PART_TIME = "part_time"
    PENSIONER = "pensioner"


@dataclass(frozen=True, slots=True)
class MonthAttendance:
    """What pay needs of a month's attendance: days (may be halves), overtime hours, and whether it was full."""

    unpaid_days: Fraction
    is_full: bool
    sick_days: Fraction = Fraction(0)
    overtime_workday_hours: Fraction = Fraction(0)
    overtime_restday_hours: Fraction = Fraction(0)
    overtime_holiday_hours: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Rating:
    """The month's published appraisal as pay sees it. ``score`` is exact, 0–100 (or the card's max)."""

    score: Fraction | None
    grade: str | None
    coefficient: Fraction | None


@dataclass(frozen=True, slots=True)
class PoolShare:
    """One person's share of a team pool, cut by the largest remainder among all members."""

    amount: Decimal
    weight: Fraction
    total_weight: Fraction
    members: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entered adjustment. ``code`` is the line code it becomes; the amount is as entered."""

    code: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Insured:
    """Where and on what somebody is insured, as it stands on ``day``, the first employed day of the month.

    None is unknown, not zero; a fund base that is unknown is the contribution base.
    """

    day: date
    city: str
    base: Decimal | None = None
    fund_base: Decimal | None = None
    fund_rate: Fraction | None = None
    supplementary_fund_rate: Fraction = Fraction(0)
    new_to_work: bool = False
    """Never worked anywhere before: the housing fund starts in the second month of work."""


@dataclass(frozen=True, slots=True)
class TaxYear:
    """The person's tax year with this employer as it stands before this payment. It follows the pay date.

    ``income``, ``contributions`` and ``withheld`` are what earlier payments of the year came to, opening balances
    included. ``declared`` is cumulative up to and with the month of payment, by kind of deduction.
    """

    year: int
    month: int
    months_employed: int
    """Months of the year employed here, up to and with the month of payment, whether paid or not."""
    income: Decimal = ZERO
    contributions: Decimal = ZERO
    withheld: Decimal = ZERO
    declared: Mapping[str, Decimal] = field(default_factory=dict)
    is_resident: bool = True
    first_job_of_year: bool = False
    """No wage income this year before this employer: the allowance counts from January (2020 No. 13)."""
    from_january: bool = False
    """60,000 are deducted from January on (2020 No. 19)."""
    separate_bonus_paid: bool = False
    cumulates_labour: bool = False
    """Labour remuneration that is withheld over the year like wages: full-time students' practical training (2020
    No. 13), workers of platforms (2025 No. 16). The amounts above are then those of labour remuneration.
    """
    labour_income: Decimal = ZERO
    """Labour remuneration paid earlier in the month of payment: with this payment it is one (条例 art. 14)."""
    labour_withheld: Decimal = ZERO
    """The tax withheld of it."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """An amount for an earlier month that is settled now: the difference between then and a recalculation."""

    code: str
    kind: Kind
    amount: Decimal
    period: Month
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class GuaranteeMonth:
    """A month under a guarantee that is settled over the year: what counted, what was promised, what topped it up."""

    month: Month
    counted: Decimal
    guaranteed: Decimal
    topped_up: Decimal
    """Signed: negative where an advance kept counted pay back for the settlement."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One person, one month. No field holds a total that another field could give."""

    agent_no: str
    month: Month
    employed: Span
    """The employed days of the month, the last paid day included; never empty."""
    hire_date: date
    employment: Employment = Employment.REGULAR
    tiers: Dated[str] = field(default_factory=lambda: Dated("tier", ()))
    attendance: MonthAttendance | None = None
    sales: Mapping[str, Decimal] = field(default_factory=dict)
    """Basis → net total of the month; refunds are already inside."""
    units: Mapping[str, Fraction] = field(default_factory=dict)
    rating: Rating | None = None
    team_metrics: tuple[Mapping[str, Fraction], ...] = ({},)
    """Metric → value of the person's own team: one mapping."""
    department_metrics: tuple[Mapping[str, Fraction], ...] = ({},)
    """The same for each team of the person's department; every one of them must pass a department gate."""
    pool_shares: Mapping[str, PoolShare] = field(default_factory=dict)
    pool_unscored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pool code → the members without a score, for pools that cannot be shared yet."""
    entries: tuple[Entry, ...] = ()
    carried_forward: Decimal = ZERO
    """What earlier months could not bear and this month may take back; never negative."""
    loss_balance: Decimal = ZERO
    """Claims for losses that earlier months could not take under the legal limits; never negative."""
    past: tuple[PastLine, ...] = ()
    """What earlier months are owed, or owe, after their facts or rules changed."""
    guarantee_months: tuple[GuaranteeMonth, ...] = ()
    """The earlier months of the settlement year, oldest first; empty where the plan settles nothing."""
    past_guarantees: tuple[GuaranteeMonth, ...] = ()
    """The months behind ``past`` as they are computed now; all zeros where a month promises nothing any more."""
    leaves: bool = False
    """Whether the last employed day of the month is the last of the employment."""
    pay_date: date | None = None
    """The day the money arrives; taxes and the tax year follow it. None: not set, the month's last day stands in."""
    cities: Dated[str] = field(default_factory=lambda: Dated("city", ()))
    insured: Insured | None = None
    tax: TaxYear | None = None
