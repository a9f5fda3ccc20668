"""Scoring: one measure against a threshold and a target, or against bands, becomes a score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading.kernel.bands import Bands
from grading.kernel.errors import DomainError

FULL_MARKS = Fraction(100)
NO_MARKS = Fraction(0)


class Direction(StrEnum):
    """Which way a measure gets better. Data of the KPI, not of the metric (catalogue: direction conflict list)."""

    HIGHER = "higher"
    LOWER = "lower"


class BrokenTarget(DomainError):
    """Threshold and target that contradict the direction or each other."""

    code = "grading.broken_target"
    template = (
        "KPI '{metric}': threshold {threshold} and target {target} do not fit direction '{direction}'. "
        "For 'higher' the target lies above the threshold, for 'lower' below it."
    )


@dataclass(frozen=True, slots=True)
class Linear:
    """0 at the threshold, 100 at the target, straight between, clamped to 0…max_score.

    Threshold and target are in the metric's own unit. ``saturation_cap`` is the measure beyond which more does not
    count (seed RQ-102); None means no such cap.
    """

    threshold: Fraction
    target: Fraction
    max_score: Fraction = FULL_MARKS
    saturation_cap: Fraction | None = None

    @classmethod
    def checked(
        cls,
        metric: str,
        direction: Direction,
        threshold: Fraction,
        target: Fraction,
        max_score: Fraction = FULL_MARKS,
        saturation_cap: Fraction | None = None,
    ) -> Linear:
        """A linear scoring whose target lies on the better side of its threshold. Raises BrokenTarget."""
        better = target > threshold if direction is Direction.HIGHER else target < threshold
        if not better:
            raise BrokenTarget(metric=metric, threshold=threshold, target=target, direction=direction.value)
        return cls(threshold, target, max_score, saturation_cap)

    def score(self, measure: Fraction) -> Fraction:
        """The exact score of a measure; never rounded."""
        capped = measure if self.saturation_cap is None else min(measure, self.saturation_cap)
        # (capped - threshold) / (target - threshold) in whole numbers: a fifth of what the four Fractions cost
        (at, per), (low, low_per), (top, top_per) = map(
            Fraction.as_integer_ratio, (capped, self.threshold, self.target)
        )
        done, whole = (at * low_per - low * per) * top_per, (top * low_per - low * top_per) * per
        if done == 0 or (done < 0) != (whole < 0):
            return NO_MARKS
        return min(Fraction(100 * done, whole), self.max_score)


@dataclass(frozen=True, slots=True)
class Banded:
    """The score of the band that holds the measure; an edge belongs to the band above it."""

    bands: Bands[Fraction]

    def score(self, measure: Fraction) -> Fraction:
        """The score of the measure's band. Raises BelowBands for a measure under the first band."""
        return self.bands.at(measure)


Scoring = Linear | Banded
