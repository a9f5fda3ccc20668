"""Whether a target can be reached at all (seed RQ-052): compared with what people really reached before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading.domain.scoring import Direction

LEAST_SHARE = Fraction(1, 20)
"""The share of monthly results below which a target counts as hardly ever reached. The sources name none; ours."""


class Verdict(StrEnum):
    """What history says of a target."""

    NOBODY = "nobody"
    HARDLY = "hardly"
    PLAUSIBLE = "plausible"
    EVERYBODY = "everybody"
    """Always reached by all: it tells nobody apart."""
    NO_HISTORY = "no_history"


@dataclass(frozen=True, slots=True)
class Plausibility:
    """A target beside history: how many of how many monthly results reached it, and the best one. All exact."""

    target: Fraction
    verdict: Verdict
    reached: int
    results: int
    best: Fraction | None

    @property
    def is_warning(self) -> bool:
        return self.verdict in {Verdict.NOBODY, Verdict.HARDLY, Verdict.EVERYBODY}


def plausibility(
    target: Fraction, direction: Direction, history: Sequence[Fraction], least_share: Fraction = LEAST_SHARE
) -> Plausibility:
    """A target judged by earlier monthly results, one for each person and month, in the metric's own unit.

    Reached means at the target or on its better side. A share of exactly ``least_share`` is enough.
    """
    if not history:
        return Plausibility(target, Verdict.NO_HISTORY, 0, 0, None)
    is_higher = direction is Direction.HIGHER
    reached = sum(1 for value in history if (value >= target if is_higher else value <= target))
    best = max(history) if is_higher else min(history)
    if not reached:
        verdict = Verdict.NOBODY
    elif reached < least_share * len(history):
        verdict = Verdict.HARDLY
    else:
        verdict = Verdict.EVERYBODY if reached == len(history) else Verdict.PLAUSIBLE
    return Plausibility(target, verdict, reached, len(history), best)
