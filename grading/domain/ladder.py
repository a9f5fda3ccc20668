"""The tier ladder (职级序列): tenure, eligibility with its evidence, and when a promotion reaches pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.period import MonthEnd, add_months, first_of_month_on_or_after, whole_months


class PayEffective(StrEnum):
    """When an approved tier reaches pay (seed A-50)."""

    FIRST_OF_MONTH = "first_of_month"
    SAME_DAY = "same_day"


class TenureFrom(StrEnum):
    """Where a tenure is reckoned from (seed A-04)."""

    TOTAL = "total"
    """The hire date; probation counts (A-49)."""
    SINCE = "since"
    """The first day on a named tier."""
    IN = "in"
    """The first day of the present, unbroken time on a named tier."""


class UnknownTier(DomainError):
    """A tier that the ladder does not have."""

    code = "grading.unknown_tier"
    template = "Tier '{tier}' is not on ladder '{ladder}', which has {known}."


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One quality a manager confirms before a promotion."""

    code: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Tier:
    """A rung: what it takes to reach it from ``previous`` (None: no earlier tier is required)."""

    tier: str
    name_zh: str
    name_en: str
    tenure_months: int = 0
    tenure_from: TenureFrom = TenureFrom.TOTAL
    tenure_tier: str | None = None
    previous: str | None = None
    checklist: tuple[ChecklistItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The tiers of a job family, lowest first."""

    code: str
    tiers: tuple[Tier, ...]
    month_end: MonthEnd = MonthEnd.CLAMP
    pay_effective: PayEffective = PayEffective.FIRST_OF_MONTH
    min_average_score: Fraction | None = None
    lookback_months: int = 0

    def tier(self, code: str) -> Tier:
        """The rung with a code. Raises UnknownTier."""
        for tier in self.tiers:
            if tier.tier == code:
                return tier
        raise UnknownTier(tier=code, ladder=self.code, known=", ".join(tier.tier for tier in self.tiers))

    def above(self, code: str | None) -> Tier | None:
        """The next rung; the first one for somebody without a tier; None at the top. Raises UnknownTier."""
        if code is None:
            return self.tiers[0]
        place = self.tiers.index(self.tier(code)) + 1
        return self.tiers[place] if place < len(self.tiers) else None


class Lack(StrEnum):
    """Why somebody is not eligible yet."""

    TENURE = "tenure"
    PREVIOUS_TIER = "previous_tier"
    TIER_START = "tier_start"
    AVERAGE_SCORE = "average_score"


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The rule's answer about the next tier, with its evidence. The checklist and the approval are people's part."""

    tier: Tier
    tenure_months: int
    eligible_on: date | None
    """The first day the tenure rule holds; None when its start is not known."""
    average_score: Fraction | None
    lacks: tuple[Lack, ...]

    @property
    def is_eligible(self) -> bool:
        return not self.lacks


def eligibility(
    ladder: Ladder, tiers: Dated[str], hire_date: date, day: date, scores: Sequence[Fraction] = ()
) -> Eligibility | None:
    """Whether the next tier may be asked for on ``day``; None at the top of the ladder.

    ``scores`` are the totals of the latest months, newest first, of which ``lookback_months`` are averaged.
    """
    present = _tier_on(tiers, day)
    target = ladder.above(present)
    if target is None:
        return None
    lacks = []
    if target.previous is not None and present != target.previous:
        lacks.append(Lack.PREVIOUS_TIER)
    start = _tenure_start(target, tiers, hire_date, day)
    eligible_on = None if start is None else add_months(start, target.tenure_months, ladder.month_end)
    if eligible_on is None:
        lacks.append(Lack.TIER_START)
    elif day < eligible_on:
        lacks.append(Lack.TENURE)
    average = _average(scores, ladder.lookback_months)
    if ladder.min_average_score is not None and (average is None or average < ladder.min_average_score):
        lacks.append(Lack.AVERAGE_SCORE)
    months = 0 if start is None else whole_months(start, day, ladder.month_end)
    return Eligibility(target, months, eligible_on, average, tuple(lacks))


def pay_effective_from(ladder: Ladder, eligible_on: date, approved_on: date) -> date:
    """The first day the new tier is paid: never before both eligibility and approval (seed A-50)."""
    earliest = max(eligible_on, approved_on)
    return earliest if ladder.pay_effective is PayEffective.SAME_DAY else first_of_month_on_or_after(earliest)


def _tier_on(tiers: Dated[str], day: date) -> str | None:
    return tiers.on(day) if tiers.values and tiers.values[0][0] <= day else None


def _tenure_start(target: Tier, tiers: Dated[str], hire_date: date, day: date) -> date | None:
    if target.tenure_from is TenureFrom.TOTAL:
        return hire_date
    held = [(since, tier) for since, tier in tiers.values if since <= day]
    if target.tenure_from is TenureFrom.SINCE:
        return next((since for since, tier in held if tier == target.tenure_tier), None)
    start = None
    for since, tier in reversed(held):
        if tier != target.tenure_tier:
            break
        start = since
    return start


def _average(scores: Sequence[Fraction], months: int) -> Fraction | None:
    latest = scores[:months] if months else scores
    return sum(latest, Fraction(0)) / len(latest) if latest else None
