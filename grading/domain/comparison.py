"""Comparison of two agents or groups over one period, and the reception beyond which more does not help.

The experiment of seed 001 L13–19 (RQ-101, RQ-102): two agents of equal ability, 300 and 200 customers a day. The
article gives no figures besides these two; what is found here comes from the company's own days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from grading.domain.metrics.values import NOT_APPLICABLE, MetricValue
from grading.domain.scoring import Direction
from grading.kernel.errors import DomainError

MIN_POINTS = 3
"""Agent-days that a bin needs to be counted: one odd day says nothing."""
MIN_BEYOND = 2
"""Counted bins that must follow the best one before "no longer rises" is said."""


class BadBinWidth(DomainError):
    """Bins of no width."""

    code = "grading.bad_bin_width"
    template = "Bins of {width} customers cannot be made. Use a whole number from 1 up."


class Side(StrEnum):
    """One of the two that are compared."""

    A = "a"
    B = "b"


@dataclass(frozen=True, slots=True)
class Pooled:
    """One metric of a side: numerators and denominators of its members summed, never their ratios averaged.

    ``measured`` of ``members`` had a value. ``reason`` says why there is none: ``not_applicable`` or ``missing: …``.
    """

    numerator: Fraction
    denominator: Fraction
    members: int
    measured: int
    reason: str | None = None

    @property
    def value(self) -> Fraction | None:
        """In the metric's own unit, exact; None where nobody was measured."""
        return self.numerator / self.denominator if self.reason is None else None


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of both sides. ``difference`` is B less A; ``relative`` is that as a fraction of A.

    Both are None where a value is missing, ``relative`` also where A is 0. ``better`` is None for equal values, for a
    missing one, and for metrics that have no better direction.
    """

    metric: str
    a: Pooled
    b: Pooled
    difference: Fraction | None
    relative: Fraction | None
    better: Side | None


def pooled(values: Collection[MetricValue]) -> Pooled:
    """The values of one metric, one per member, as one. Members without a value add nothing."""
    measured = [value for value in values if value.value is not None]
    numerator = sum((value.numerator or Fraction(0) for value in measured), Fraction(0))
    denominator = sum((value.denominator or Fraction(0) for value in measured), Fraction(0))
    if not denominator:
        reasons = sorted({value.reason for value in values if value.reason not in (None, NOT_APPLICABLE)}, key=str)
        return Pooled(Fraction(0), Fraction(0), len(values), 0, reasons[0] if reasons else NOT_APPLICABLE)
    return Pooled(numerator, denominator, len(values), len(measured))


def compare(
    metrics: Sequence[str],
    a: Collection[MetricValue],
    b: Collection[MetricValue],
    directions: Mapping[str, Direction],
) -> tuple[Compared, ...]:
    """Every metric of two sides, in the order given. A metric that ``directions`` lacks is better on neither side."""
    return tuple(_compared(metric, _of(metric, a), _of(metric, b), directions.get(metric)) for metric in metrics)


def _of(metric: str, values: Collection[MetricValue]) -> Pooled:
    return pooled([value for value in values if value.metric == metric])


def _compared(metric: str, a: Pooled, b: Pooled, direction: Direction | None) -> Compared:
    if a.value is None or b.value is None:
        return Compared(metric, a, b, None, None, None)
    difference = b.value - a.value
    better = None
    if difference and direction is not None:
        better = Side.B if (difference > 0) is (direction is Direction.HIGHER) else Side.A
    return Compared(metric, a, b, difference, difference / abs(a.value) if a.value else None, better)


# --- Reception against outcome ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One agent on one day: how many customers were received, and the outcome as a ratio that can be pooled.

    For an outcome per day, such as paid buyers, the denominator is 1.
    """

    agent_no: str
    day: date
    reception: Fraction
    numerator: Fraction
    denominator: Fraction


@dataclass(frozen=True, slots=True)
class Bin:
    """Agent-days with a reception from ``start`` up to and not including ``end``, pooled."""

    start: Fraction
    end: Fraction
    points: int
    numerator: Fraction
    denominator: Fraction

    @property
    def outcome(self) -> Fraction | None:
        """The pooled outcome, exact; None where nothing could be measured."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def is_counted(self) -> bool:
        return self.points >= MIN_POINTS and self.outcome is not None


class Verdict(StrEnum):
    """What the days say about saturation."""

    FOUND = "found"
    STILL_RISING = "still_rising"
    """The best bin is among the last: within these data, more reception still helps, or it is too early to tell."""
    TOO_FEW = "too_few"
    """Fewer counted bins than one and those that must follow it."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """The first bin that no later counted bin betters. ``at`` is where it starts, in customers a day."""

    verdict: Verdict
    bins: tuple[Bin, ...]
    at: Fraction | None = None
    outcome: Fraction | None = None


def reception_bins(points: Collection[AgentDay], width: int) -> tuple[Bin, ...]:
    """Agent-days by reception, lowest first; empty bins are left out. Raises BadBinWidth."""
    if width < 1:
        raise BadBinWidth(width=width)
    held: dict[int, list[AgentDay]] = {}
    for point in points:
        held.setdefault(point.reception // width, []).append(point)
    return tuple(
        Bin(
            start=Fraction(place * width),
            end=Fraction((place + 1) * width),
            points=len(held[place]),
            numerator=sum((point.numerator for point in held[place]), Fraction(0)),
            denominator=sum((point.denominator for point in held[place]), Fraction(0)),
        )
        for place in sorted(held)
    )


def saturation(bins: Sequence[Bin], direction: Direction = Direction.HIGHER) -> Saturation:
    """Where more reception stops helping: the first counted bin whose outcome no later counted bin betters.

    ``direction`` says what a better outcome is. At least MIN_BEYOND counted bins must follow it.
    """
    counted = [(each, each.outcome) for each in bins if each.points >= MIN_POINTS and each.outcome is not None]
    if len(counted) < 1 + MIN_BEYOND:
        return Saturation(Verdict.TOO_FEW, tuple(bins))
    sign = 1 if direction is Direction.HIGHER else -1
    best = max(sign * outcome for _each, outcome in counted if outcome is not None)
    place = next(at for at, (_each, outcome) in enumerate(counted) if outcome is not None and sign * outcome == best)
    if place + MIN_BEYOND >= len(counted):
        return Saturation(Verdict.STILL_RISING, tuple(bins))
    found, outcome = counted[place]
    return Saturation(Verdict.FOUND, tuple(bins), found.start, outcome)
