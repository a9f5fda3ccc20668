"""Targets beside history: the seed's 98 % conversion, and every edge."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.plausibility import Verdict, plausibility
from grading.domain.scoring import Direction

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER


def results(*written: str) -> list[Fraction]:
    return [Fraction(each) for each in written]


def test_examples_a_conversion_of_98_percent_nobody_reaches() -> None:
    """000 L52: 「询单转化率为98%,估计哪个店铺的客服都做不到」."""
    found = plausibility(Fraction("0.98"), HIGHER, results("0.31", "0.42", "0.9799", "0.28"))
    assert found.verdict is Verdict.NOBODY
    assert (found.reached, found.results, found.best) == (0, 4, Fraction("0.9799"))
    assert found.is_warning


@pytest.mark.parametrize(
    ("target", "direction", "history", "verdict", "reached", "best"),
    [
        ("0.5", HIGHER, ["0.5", "0.4"], Verdict.PLAUSIBLE, 1, "0.5"),
        ("0.5", HIGHER, ["0.5", "0.6"], Verdict.EVERYBODY, 2, "0.6"),
        ("20", LOWER, ["20", "30"], Verdict.PLAUSIBLE, 1, "20"),
        ("20", LOWER, ["20.01", "30"], Verdict.NOBODY, 0, "20.01"),
        ("20", LOWER, ["19", "20"], Verdict.EVERYBODY, 2, "19"),
        ("1", HIGHER, ["1"] + ["0"] * 19, Verdict.PLAUSIBLE, 1, "1"),  # exactly one in twenty
        ("1", HIGHER, ["1"] + ["0"] * 20, Verdict.HARDLY, 1, "1"),
        ("2/3", HIGHER, ["2/3", "1/3"], Verdict.PLAUSIBLE, 1, "2/3"),  # exact: no rounding pushes it below
    ],
)
def test_a_verdict(
    target: str, direction: Direction, history: list[str], verdict: Verdict, reached: int, best: str
) -> None:
    found = plausibility(Fraction(target), direction, results(*history))
    assert (found.verdict, found.reached, found.best) == (verdict, reached, Fraction(best))
    assert found.is_warning is (verdict is not Verdict.PLAUSIBLE)


def test_no_history_says_nothing() -> None:
    found = plausibility(Fraction(1), HIGHER, [])
    assert (found.verdict, found.best, found.is_warning) == (Verdict.NO_HISTORY, None, False)
