"""A scorecard: weighted KPI scores become one total, a grade and a coefficient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading.domain.scoring import Direction, Scoring
from grading.kernel.bands import Bands
from grading.kernel.errors import DomainError


class Missing(StrEnum):
    """What a KPI without a measure does to the total (seed E-27)."""

    REWEIGHT = "reweight"
    """The other KPIs carry its weight, and the appraisal warns."""
    ZERO = "zero"
    """It counts as 0."""
    BLOCK = "block"
    """The person is parked until the measure is there."""


class BrokenWeights(DomainError):
    """Weights that do not add up to exactly 1."""

    code = "grading.broken_weights"
    template = "The weights of scorecard '{scorecard}' add up to {total}, not to exactly 1. Correct the weights."


class MeasureMissing(DomainError):
    """A scorecard that blocks on missing measures lacks some."""

    code = "grading.measure_missing"
    template = "No measure for {metrics}, and scorecard '{scorecard}' blocks on missing measures. Enter them."


class TargetSource(StrEnum):
    """Where a target comes from (seed RQ-052)."""

    INDUSTRY = "industry"
    STORE_HISTORY = "store_history"
    PLATFORM = "platform"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A metric with its weight (a fraction) and its scoring. ``source`` None: nobody said where the target is from."""

    metric: str
    weight: Fraction
    scoring: Scoring
    direction: Direction | None = None
    source: TargetSource | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A performance grade and the coefficient it multiplies performance pay by."""

    grade: str
    coefficient: Fraction


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One role's KPIs, its missing-data policy and its grade bands."""

    code: str
    roles: tuple[str, ...]
    kpis: tuple[Kpi, ...]
    missing: Missing = Missing.REWEIGHT
    grades: Bands[Grade] | None = None

    def checked(self) -> Scorecard:
        """The scorecard itself. Raises BrokenWeights unless the weights add up to exactly 1."""
        total = sum((kpi.weight for kpi in self.kpis), Fraction(0))
        if total != 1:
            raise BrokenWeights(scorecard=self.code, total=total)
        return self


@dataclass(frozen=True, slots=True)
class KpiScore:
    """One KPI judged. ``weighted`` is its share of the total, after any re-weighting; None when it was left out."""

    kpi: Kpi
    measure: Fraction | None
    score: Fraction | None
    weighted: Fraction | None


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A judged month: exact, unrounded. Nothing left to weigh: no total and no grade — not a total of 0."""

    scorecard: str
    kpis: tuple[KpiScore, ...]
    total_score: Fraction | None
    grade: str | None
    coefficient: Fraction | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The metrics that had no measure."""
        return tuple(judged.kpi.metric for judged in self.kpis if judged.measure is None)


def score(measures: Mapping[str, Fraction], scorecard: Scorecard) -> Appraisal:
    """The appraisal of one person's measures (metric → exact value; an absent metric is not measured).

    Raises MeasureMissing when the card blocks on missing measures, BelowBands for a measure under its first band.
    """
    missing = [kpi.metric for kpi in scorecard.kpis if kpi.metric not in measures]
    if missing and scorecard.missing is Missing.BLOCK:
        raise MeasureMissing(metrics=", ".join(missing), scorecard=scorecard.code)
    counted_weight = None
    if missing and scorecard.missing is Missing.REWEIGHT:
        counted_weight = sum((kpi.weight for kpi in scorecard.kpis if kpi.metric in measures), Fraction(0))
        if not counted_weight:
            left_out = tuple(KpiScore(kpi, None, None, None) for kpi in scorecard.kpis)
            return Appraisal(scorecard.code, left_out, None, None, None)

    judged = tuple(_judge(kpi, measures.get(kpi.metric), counted_weight, scorecard.missing) for kpi in scorecard.kpis)
    total = sum((each.weighted for each in judged if each.weighted is not None), Fraction(0))
    grade = scorecard.grades.at(total) if scorecard.grades else None
    return Appraisal(
        scorecard.code, judged, total, grade.grade if grade else None, grade.coefficient if grade else None
    )


def _judge(kpi: Kpi, measure: Fraction | None, counted_weight: Fraction | None, missing: Missing) -> KpiScore:
    """One KPI; ``counted_weight`` is what the measured KPIs weigh together where they carry the others' weight."""
    if measure is None:
        zero = Fraction(0) if missing is Missing.ZERO else None
        return KpiScore(kpi, None, zero, zero)
    reached = kpi.scoring.score(measure)
    weight = kpi.weight if counted_weight is None else kpi.weight / counted_weight
    return KpiScore(kpi, measure, reached, reached * weight)
