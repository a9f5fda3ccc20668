"""Rules: a pay plan as plain values. YAML files and database rows become the same values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from operator import eq, ge, gt, le, lt

from grading.kernel.bands import Bands
from grading.kernel.dated import Dated
from grading.kernel.period import MonthEnd
from payroll.domain.law import Law
from payroll.domain.work_calendar import WorkCalendar

PAID_DAYS_PER_MONTH = Fraction("21.75")
"""(365 − 104) ÷ 12, 人社部发〔2025〕2号; a plan may name another absence divisor."""


class ProbationEnd(StrEnum):
    """When a probation of n months ends (seed A-08)."""

    CLAMP = "clamp"
    OVERFLOW = "overflow"
    DAYS_30 = "days_30"


@dataclass(frozen=True, slots=True)
class Probation:
    """The trial period at the start. ``pay`` is the monthly amount; None pays the base pay of the plan."""

    months: int
    pay: Decimal | None
    commission: bool = False
    bonus: bool = False
    month_end: ProbationEnd = ProbationEnd.CLAMP


class BasePayBy(StrEnum):
    """What decides the monthly base pay."""

    TIER = "tier"
    FIXED = "fixed"
    DAILY = "daily"
    NONE = "none"


DAYS, HOURS = "days", "hours"
"""The units of plans that pay by the day and by the hour."""


@dataclass(frozen=True, slots=True)
class BasePay:
    """Monthly base pay by tier or fixed, or an amount per counted unit (daily)."""

    by: BasePayBy = BasePayBy.NONE
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    amount: Decimal | None = None
    unit: str = DAYS


class GuaranteeBy(StrEnum):
    """What decides the guaranteed monthly amount."""

    SERVICE_YEAR = "service_year"
    FIXED = "fixed"


class ServiceYearFrom(StrEnum):
    """Where service years are reckoned from (seed A-05)."""

    HIRE_DATE = "hire_date"
    CALENDAR_YEAR = "calendar_year"
    REGULARIZATION = "regularization"


class Anniversary(StrEnum):
    """Which guarantee holds in the month of a service anniversary (seed A-07)."""

    SPLIT_BY_DAY = "split_by_day"
    FIRST_OF_MONTH = "first_of_month"
    NEXT_MONTH = "next_month"
    WHOLE_MONTH_NEW = "whole_month_new"


class AnnualSettlement(StrEnum):
    """Whether monthly guarantees are settled over the year (seed A-03)."""

    NONE = "none"
    FLOOR_YEAR = "floor_year"
    ADVANCE = "advance"


class SettlementYear(StrEnum):
    """Which twelve months an annual settlement covers."""

    CALENDAR_YEAR = "calendar_year"
    SERVICE_YEAR = "service_year"


class Overpaid(StrEnum):
    """What happens when a settled year paid more than it owes (seed E-23)."""

    RECOVER = "recover"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The floor a plan promises (保底): amounts by service year, the last one carrying on.

    ``counts`` are the line codes compared with the floor; None counts base pay, piece pay, every commission and
    every bonus of the plan.
    """

    by: GuaranteeBy
    amounts: tuple[Decimal, ...]
    counts: frozenset[str] | None = None
    service_year_from: ServiceYearFrom = ServiceYearFrom.HIRE_DATE
    anniversary: Anniversary = Anniversary.SPLIT_BY_DAY
    month_end: MonthEnd = MonthEnd.CLAMP
    annual_settlement: AnnualSettlement = AnnualSettlement.NONE
    settlement_year: SettlementYear = SettlementYear.CALENDAR_YEAR
    overpaid: Overpaid = Overpaid.RECOVER

    def amount(self, service_year: int) -> Decimal:
        """The monthly amount of a service year, counted from 1."""
        return self.amounts[min(service_year, len(self.amounts)) - 1]


class Basis(StrEnum):
    """Which rate applies to which part: the band reached by the whole, or each part its own."""

    WHOLE = "whole"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True)
class CommissionRule:
    """A commission (提成): one rate, or rates by band, on a net sales basis. ``cap`` limits the amount."""

    code: str
    basis: str
    rates: Bands[Fraction]
    mode: Basis = Basis.MARGINAL
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PieceRule:
    """Piece pay (计件): prices by band on a counted unit."""

    code: str
    unit: str
    prices: Bands[Fraction]
    mode: Basis = Basis.MARGINAL


class BonusBy(StrEnum):
    """What scales a bonus amount."""

    AMOUNT = "amount"
    SCORE = "score"
    GRADE = "grade"


class PoolShareBy(StrEnum):
    """What a pool is shared by."""

    SCORE = "score"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class BonusRule:
    """A bonus: a fixed amount, an amount scaled by score or grade, or a share of a pool. ``gate`` may zero it."""

    code: str
    amount: Decimal | None = None
    by: BonusBy = BonusBy.AMOUNT
    pool: Decimal | None = None
    share_by: PoolShareBy = PoolShareBy.SCORE
    gate: str | None = None
    full_attendance: bool = False


class GateScope(StrEnum):
    """Whose metrics a gate looks at."""

    TEAM = "team"
    DEPARTMENT = "department"


class GateMissing(StrEnum):
    """What a metric without a value does to a gate (seed A-43)."""

    BLOCK = "block"
    FAIL = "fail"
    PASS = "pass"  # noqa: S105  a word of the plan format


OPERATORS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {"<=": le, "<": lt, ">=": ge, ">": gt, "==": eq}


@dataclass(frozen=True, slots=True)
class Standard:
    """One metric's standard: the operator is data, the value is compared unrounded."""

    metric: str
    operator: str
    value: Fraction

    def holds(self, measure: Fraction) -> bool:
        """Whether a measure meets the standard."""
        return OPERATORS[self.operator](measure, self.value)


@dataclass(frozen=True, slots=True)
class Gate:
    """Standards that must all hold, else the bonus behind the gate is zero (seed RQ-047)."""

    code: str
    scope: GateScope
    standards: tuple[Standard, ...]
    missing: GateMissing = GateMissing.BLOCK


class OvertimeBy(StrEnum):
    """What an hour of overtime is reckoned from."""

    BASE_PAY = "base_pay"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class OvertimeRule:
    """Overtime pay (加班费): a monthly amount ÷ paid days ÷ hours a day × a multiple by the sort of day.

    By base pay the monthly amount is that of the last segment; a daily rate is divided by the hours a day.
    """

    by: OvertimeBy = OvertimeBy.BASE_PAY
    amount: Decimal | None = None
    workday: Fraction = Fraction("1.5")
    restday: Fraction = Fraction(2)
    holiday: Fraction = Fraction(3)
    hours_per_day: Fraction = Fraction(8)


@dataclass(frozen=True, slots=True)
class SickPayRule:
    """Sick pay (病假工资): the fraction of a day's base pay that a sick day earns."""

    rate: Fraction


class ProrationMethod(StrEnum):
    """How part of a month is paid (seed §4.2, E-03)."""

    CALENDAR_DAYS = "calendar_days"
    WORKDAYS = "workdays"
    PAID_DAYS = "paid_days"


class PenaltyOrder(StrEnum):
    """Whether penalties come after the floor, or are counted before it (seed E-30)."""

    AFTER_FLOOR = "after_floor"
    BEFORE_FLOOR = "before_floor"


@dataclass(frozen=True, slots=True)
class PayPlan:
    """One version of a pay plan. A part that is left out pays nothing."""

    code: str
    probation: Probation | None = None
    base_pay: BasePay = BasePay()
    guarantee: Guarantee | None = None
    commissions: tuple[CommissionRule, ...] = ()
    piece: tuple[PieceRule, ...] = ()
    bonuses: tuple[BonusRule, ...] = ()
    gates: Mapping[str, Gate] = field(default_factory=dict)
    proration: ProrationMethod = ProrationMethod.CALENDAR_DAYS
    absence_divisor: Fraction = PAID_DAYS_PER_MONTH
    penalties: PenaltyOrder = PenaltyOrder.AFTER_FLOOR
    overtime: OvertimeRule | None = None
    sick_pay: SickPayRule | None = None
    allows_fines: bool = False
    """Whether the company answers for deducting fines where the law knows none."""

    @property
    def counted_codes(self) -> frozenset[str]:
        """The line codes that a guarantee of this plan is compared with."""
        if self.guarantee is not None and self.guarantee.counts is not None:
            return self.guarantee.counts
        commissions = {rule.code for rule in self.commissions}
        pieces = {rule.code for rule in self.piece}
        return frozenset({"base_pay", *commissions, *pieces, *(rule.code for rule in self.bonuses)})


@dataclass(frozen=True, slots=True)
class Rules:
    """The plans in force over the month, and the law. The plan of the last employed day decides all but base pay.

    ``law`` is None for a company that is under no statutory rules. ``calendar`` is None where none is known: then
    Monday to Friday are the workdays.
    """

    plans: Dated[PayPlan]
    law: Law | None = None
    calendar: WorkCalendar | None = None
