"""The comparison report, worked by hand: pooled ratios, missing values, and a saturation built like the seed's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from grading.domain.comparison import (
    AgentDay,
    BadBinWidth,
    Side,
    Verdict,
    compare,
    pooled,
    reception_bins,
    saturation,
)
from grading.domain.metrics.values import By, MetricValue
from grading.domain.scoring import Direction

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER


def value(metric: str, subject: str, numerator: str | None, denominator: str = "1", reason: str | None = None):
    return MetricValue(
        metric, By.AGENT, subject, None if numerator is None else Fraction(numerator), Fraction(denominator), reason
    )


def test_groups_are_pooled_and_their_ratios_never_averaged() -> None:
    # 10 of 100 and 5 of 10: 15 of 110, not the mean of 10 % and 50 %
    found = pooled([value("deal_rate", "A1", "10", "100"), value("deal_rate", "A2", "5", "10")])
    assert (found.value, found.measured, found.members) == (Fraction(15, 110), 2, 2)


def test_members_without_a_value_add_nothing_and_are_counted() -> None:
    found = pooled([value("m", "A1", "3", "4"), value("m", "A2", None, "0", "not_applicable")])
    assert (found.value, found.measured, found.members, found.reason) == (Fraction(3, 4), 1, 2, None)


def test_nobody_measured_has_a_reason_and_a_missing_column_comes_first() -> None:
    nothing, missing = (
        value("m", "A1", None, "0", "not_applicable"),
        value("m", "A2", None, "0", "missing: orders.paid"),
    )
    assert (pooled([nothing]).value, pooled([nothing]).reason) == (None, "not_applicable")
    assert pooled([nothing, missing]).reason == "missing: orders.paid"
    assert pooled([]).reason == "not_applicable"


@pytest.mark.parametrize(
    ("a", "b", "direction", "difference", "relative", "better"),
    [
        (("60", "300"), ("80", "200"), HIGHER, Fraction(1, 5), Fraction(1), Side.B),  # 20 % and 40 %: doubled
        (("60", "300"), ("80", "200"), LOWER, Fraction(1, 5), Fraction(1), Side.A),
        (("80", "200"), ("60", "300"), HIGHER, Fraction(-1, 5), Fraction(-1, 2), Side.A),
        (("0", "300"), ("80", "200"), HIGHER, Fraction(2, 5), None, Side.B),  # nothing is a share of 0
        (("1", "3"), ("2", "6"), HIGHER, Fraction(0), Fraction(0), None),  # equal
        (("60", "300"), ("80", "200"), None, Fraction(1, 5), Fraction(1), None),  # no better direction
        (("-10", "1"), ("-5", "1"), HIGHER, Fraction(5), Fraction(1, 2), Side.B),  # a negative base: its size counts
        (None, ("80", "200"), HIGHER, None, None, None),
        (("60", "300"), None, HIGHER, None, None, None),
    ],
)
def test_one_metric_of_two_sides(a, b, direction, difference, relative, better) -> None:
    sides = [
        [value("m", subject, *pair)] if pair else [value("m", subject, None, "0", "not_applicable")]
        for subject, pair in (("A1", a), ("B1", b))
    ]
    [found] = compare(["m"], *sides, {"m": direction} if direction else {})
    assert (found.difference, found.relative, found.better) == (difference, relative, better)


def test_a_metric_that_one_side_never_had_stays_in_the_table() -> None:
    found = compare(["x", "y"], [value("x", "A1", "1")], [value("y", "B1", "2")], {})
    assert [(each.metric, each.a.value, each.b.value) for each in found] == [
        ("x", Fraction(1), None),
        ("y", None, Fraction(2)),
    ]


# --- Saturation -------------------------------------------------------------------------------------------------------


def days(*levels: tuple[int, list[int]], agent: str = "A1") -> list[AgentDay]:
    """Agent-days: at each level of reception, one day for each number of paid buyers."""
    return [
        AgentDay(agent, date(2026, 10, 1 + place), Fraction(level), Fraction(paid), Fraction(1))
        for level, paid_by_day in levels
        for place, paid in enumerate(paid_by_day)
    ]


# The seed's two are 300 and 200 a day. Bins of 50, means worked by hand: 20, 30, 42, 41, 38.
SEED = days((100, [19, 20, 21]), (150, [30, 30, 30]), (200, [41, 42, 43]), (250, [40, 41, 42]), (300, [36, 38, 40]))


def test_the_seeds_experiment_saturates_at_200() -> None:
    found = saturation(reception_bins(SEED, 50))
    assert (found.verdict, found.at, found.outcome) == (Verdict.FOUND, Fraction(200), Fraction(42))
    assert [each.outcome for each in found.bins] == [
        Fraction(20),
        Fraction(30),
        Fraction(42),
        Fraction(41),
        Fraction(38),
    ]


def test_order_does_not_matter() -> None:
    assert saturation(reception_bins(SEED[::-1], 50)) == saturation(reception_bins(SEED, 50))


def test_a_level_that_stays_flat_saturates_where_it_begins() -> None:
    flat = days((100, [10] * 3), (150, [20] * 3), (200, [20] * 3), (250, [20] * 3))
    assert saturation(reception_bins(flat, 50)).at == Fraction(150)


def test_a_dip_before_the_best_is_no_saturation() -> None:
    dip = days((100, [30] * 3), (150, [20] * 3), (200, [40] * 3), (250, [39] * 3), (300, [38] * 3))
    assert saturation(reception_bins(dip, 50)).at == Fraction(200)


@pytest.mark.parametrize(
    "last",
    [
        days((100, [10] * 3), (150, [20] * 3), (200, [30] * 3)),  # rises to the end
        days((100, [10] * 3), (150, [30] * 3), (200, [20] * 3)),  # one bin beyond is not enough
    ],
)
def test_too_early_to_tell(last: list[AgentDay]) -> None:
    found = saturation(reception_bins(last, 50))
    assert (found.verdict, found.at) == (Verdict.STILL_RISING, None)


@pytest.mark.parametrize("few", [[], days((200, [40] * 30)), days((100, [10] * 9), (200, [9] * 9), (300, [8, 8]))])
def test_too_few_days_say_nothing(few: list[AgentDay]) -> None:
    """Three bins of three agent-days are the least; a bin of two does not count."""
    assert saturation(reception_bins(few, 50)).verdict is Verdict.TOO_FEW


def test_a_thin_bin_beyond_does_not_undo_what_was_found() -> None:
    lucky = [*SEED, *days((400, [90]))]
    assert saturation(reception_bins(lucky, 50)).at == Fraction(200)


def test_an_outcome_that_is_better_when_lower() -> None:
    seconds = days((100, [60] * 3), (150, [30] * 3), (200, [40] * 3), (250, [50] * 3))
    assert saturation(reception_bins(seconds, 50), LOWER).at == Fraction(150)


def test_rates_are_pooled_inside_a_bin() -> None:
    rates = [
        AgentDay("A1", date(2026, 10, 1), Fraction(100), Fraction(10), Fraction(100)),
        AgentDay("A2", date(2026, 10, 1), Fraction(120), Fraction(5), Fraction(20)),
    ]
    [found] = reception_bins(rates, 50)
    assert (found.start, found.end, found.points, found.outcome) == (Fraction(100), Fraction(150), 2, Fraction(15, 120))


def test_an_edge_belongs_to_the_bin_above() -> None:
    found = reception_bins(days((199, [1]), (200, [1])), 50)
    assert [each.start for each in found] == [Fraction(150), Fraction(200)]


def test_bins_need_a_width() -> None:
    with pytest.raises(BadBinWidth):
        reception_bins(SEED, 0)
