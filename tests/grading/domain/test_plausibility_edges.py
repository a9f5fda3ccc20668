"""A target beside history keeps the target and counts the results, also where there are none."""

from __future__ import annotations

from fractions import Fraction

from grading.domain.plausibility import Plausibility, Verdict, plausibility
from grading.domain.scoring import Direction


def test_without_history_everything_is_nought() -> None:
    target = Fraction("0.98")
    assert plausibility(target, Direction.HIGHER, []) == Plausibility(target, Verdict.NO_HISTORY, 0, 0, None)


def test_with_history_the_target_is_kept() -> None:
    target, history = Fraction(20), [Fraction(19), Fraction(30), Fraction(25)]
    assert plausibility(target, Direction.LOWER, history) == Plausibility(target, Verdict.PLAUSIBLE, 1, 3, Fraction(19))
