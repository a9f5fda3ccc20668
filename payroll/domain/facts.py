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


class Employment(StrEnum):
    """The relation with the employer (用工关系)."""

    REGULAR = "regular"
    PROBATION_WAIVED = "probation_waived"
    TEMP = "temp"
    PART_TIME = "part_time"
    PENSIONER = "pensioner"


@dataclass(frozen=True, slots=True)
class MonthAttendance:
    """What pay needs of a month's attendance: unpaid days (may be halves) and whether it was full."""

    unpaid_days: Fraction
    is_full: bool


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
