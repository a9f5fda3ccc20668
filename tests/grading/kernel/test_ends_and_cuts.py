"""Dated values that end, and roundings that cut: neither guesses beyond what it was given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from grading.kernel.dated import Dated
from grading.kernel.errors import NoRuleInForce, RuleHasEnded
from grading.kernel.money import FEN_FLOOR, YUAN_FLOOR, YUAN_HALF_UP, Rounding
from grading.kernel.period import Span

ENDED = Dated.of("rate", [(date(2025, 7, 1), "old"), (date(2026, 1, 1), "new")], end=date(2026, 7, 1))


@pytest.mark.parametrize(
    ("day", "value"), [("2025-07-01", "old"), ("2025-12-31", "old"), ("2026-01-01", "new"), ("2026-06-30", "new")]
)
def test_until_its_last_day_it_holds(day: str, value: str) -> None:
    assert ENDED.on(date.fromisoformat(day)) == value


@pytest.mark.parametrize("day", ["2026-07-01", "2030-01-01"])
def test_after_its_last_day_nobody_knows(day: str) -> None:
    with pytest.raises(RuleHasEnded) as raised:
        ENDED.on(date.fromisoformat(day))
    assert raised.value.code == "kernel.rule_has_ended"
    assert dict(raised.value.values) == {"name": "rate", "day": day, "last": "2026-06-30"}


def test_before_its_first_day_it_has_not_ended() -> None:
    with pytest.raises(NoRuleInForce):
        ENDED.on(date(2025, 6, 30))


def test_days_up_to_the_end_are_covered() -> None:
    parts = list(ENDED.segments(Span(date(2025, 12, 1), date(2026, 7, 1))))
    assert [(part.days, value) for part, value in parts] == [(31, "old"), (181, "new")]


def test_a_span_beyond_the_end_is_not_covered() -> None:
    with pytest.raises(RuleHasEnded) as raised:
        list(ENDED.segments(Span(date(2026, 6, 1), date(2026, 7, 2))))
    assert raised.value.values["day"] == "2026-07-01"


@pytest.mark.parametrize(
    ("rounding", "amount", "rounded"),
    [
        (FEN_FLOOR, "685.002", "685.00"),
        (FEN_FLOOR, "685.009", "685.00"),
        (FEN_FLOOR, "685.01", "685.01"),
        (FEN_FLOOR, "-0.009", "0.00"),
        (YUAN_HALF_UP, "1522.50", "1523.00"),
        (YUAN_HALF_UP, "1522.49", "1522.00"),
        (YUAN_HALF_UP, "500.50", "501.00"),
        (YUAN_FLOOR, "7858.56", "7858.00"),  # 32,744 × 12 % × 2, as one city's table cuts it
        (YUAN_FLOOR, "7858.00", "7858.00"),
        (YUAN_FLOOR, "-0.99", "0.00"),
    ],
)
def test_roundings(rounding: Rounding, amount: str, rounded: str) -> None:
    assert str(rounding(Decimal(amount))) == rounded
    assert str(rounding(Fraction(amount))) == rounded
