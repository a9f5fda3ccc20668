"""A side of a comparison that has no value at all; bins with just enough days."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.comparison import Bin, Pooled, pooled
from grading.domain.metrics.values import By, MetricValue


def unmeasured(place: int, reason: str) -> MetricValue:
    return MetricValue("m", By.AGENT, f"A{place}", None, Fraction(0), reason)


def test_nobody_measured_is_nought_of_nought_of_all_members() -> None:
    members = [unmeasured(1, "not_applicable"), unmeasured(2, "not_applicable")]
    assert pooled(members) == Pooled(Fraction(0), Fraction(0), members=2, measured=0, reason="not_applicable")


def test_of_several_missing_columns_always_the_same_one_is_named() -> None:
    columns = ["orders.paid", "calls.connected", "chats.at", "orders.at", "refunds.at", "sales.agent", "shifts.end"]
    members = [unmeasured(place, f"missing: {column}") for place, column in enumerate(columns)]
    assert pooled(members).reason == "missing: calls.connected"


@pytest.mark.parametrize(
    ("points", "denominator", "is_counted"), [(2, 1, False), (3, 1, True), (4, 1, True), (3, 0, False)]
)
def test_a_bin_of_three_days_with_an_outcome_counts(points: int, denominator: int, is_counted: bool) -> None:
    held = Bin(Fraction(0), Fraction(50), points, Fraction(1), Fraction(denominator))
    assert held.is_counted is is_counted
