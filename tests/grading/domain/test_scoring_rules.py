"""Scoring one measure: linear and by bands (formats §4)."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.domain.scoring import Banded, BrokenTarget, Direction, Linear
from grading.kernel.bands import Bands
from grading.kernel.errors import BelowBands

F = Fraction
LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "15")), deadline=None)
MEASURES = st.fractions(min_value=-1000, max_value=1000, max_denominator=1000)
RISING = Linear.checked("deal_rate", Direction.HIGHER, F("0.15"), F("0.30"))
FALLING = Linear.checked("response_speed", Direction.LOWER, F(60), F(20))


@pytest.mark.parametrize(
    ("scoring", "measure", "points"),
    [
        pytest.param(RISING, "0.24", "60", id="E-26: deal rate"),
        pytest.param(RISING, "0.15", "0", id="higher: threshold"),
        pytest.param(RISING, "0.30", "100", id="higher: target"),
        pytest.param(RISING, "0.1499", "0", id="higher: below the threshold"),
        pytest.param(RISING, "0.5", "100", id="higher: above the target"),
        pytest.param(FALLING, "38", "55", id="E-26: response"),
        pytest.param(FALLING, "60", "0", id="lower: threshold"),
        pytest.param(FALLING, "20", "100", id="lower: target"),
        pytest.param(FALLING, "61", "0", id="lower: worse than the threshold"),
        pytest.param(FALLING, "0", "100", id="lower: better than the target"),
        pytest.param(Linear.checked("m", Direction.LOWER, F(10), F(4)), "6", "200/3", id="E-26: never rounded"),
    ],
)
def test_linear(scoring: Linear, measure: str, points: str) -> None:
    assert scoring.score(F(measure)) == F(points)


@pytest.mark.parametrize(
    ("measure", "points"), [("0.30", "100"), ("0.33", "120"), ("0.3299", "119.9333333"), ("0.5", "120"), ("0", "0")]
)
def test_max_score_lifts_the_clamp(measure: str, points: str) -> None:
    # (0.33 − 0.15) ÷ 0.15 = 1.2; (0.3299 − 0.15) ÷ 0.15 = 1.199333…
    scoring = Linear.checked("deal_rate", Direction.HIGHER, F("0.15"), F("0.30"), F(120))
    assert abs(scoring.score(F(measure)) - F(points)) < F(1, 10**6)


@pytest.mark.parametrize(
    ("measure", "points"),
    [
        pytest.param("5200", "104", id="at the cap"),
        pytest.param("5201", "104", id="above the cap nothing more is counted"),
        pytest.param("9999", "104", id="far above"),
        pytest.param("5000", "100", id="target"),
    ],
)
def test_saturation_cap(measure: str, points: str) -> None:
    scoring = Linear.checked("reception_count", Direction.HIGHER, F(0), F(5000), F(120), F(5200))
    assert scoring.score(F(measure)) == F(points)


@pytest.mark.parametrize(
    ("direction", "threshold", "target"),
    [
        pytest.param("higher", "0.30", "0.15", id="higher, but the target is below"),
        pytest.param("lower", "20", "60", id="lower, but the target is above"),
        pytest.param("higher", "1", "1", id="no room between"),
        pytest.param("lower", "1", "1", id="no room between, lower"),
    ],
)
def test_broken_target(direction: str, threshold: str, target: str) -> None:
    with pytest.raises(BrokenTarget) as broken:
        Linear.checked("deal_rate", Direction(direction), F(threshold), F(target))
    assert broken.value.code == "grading.broken_target"
    assert broken.value.values["metric"] == "deal_rate"
    assert broken.value.values["direction"] == direction


@pytest.mark.parametrize(("measure", "points"), [("0", "100"), ("0.99", "100"), ("1", "0"), ("7", "0")])
def test_bands(measure: str, points: str) -> None:
    """formats §4: no fatal error 100 points, one or more 0."""
    scoring = Banded(Bands.of("qa_fatal_count", [(F(0), F(100)), (F(1), F(0))]))
    assert scoring.score(F(measure)) == F(points)


def test_a_measure_below_the_first_band_is_an_error_not_a_zero() -> None:
    scoring = Banded(Bands.of("qa_fatal_count", [(F(0), F(100))]))
    with pytest.raises(BelowBands):
        scoring.score(F(-1))


@LAW
@given(MEASURES, MEASURES)
def test_a_better_measure_never_scores_less(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert RISING.score(low) <= RISING.score(high)
    assert FALLING.score(low) >= FALLING.score(high)


@LAW
@given(MEASURES, MEASURES, MEASURES, st.sampled_from([F(100), F(120)]))
def test_scores_stay_between_zero_and_the_maximum(
    measure: Fraction, threshold: Fraction, target: Fraction, most: Fraction
) -> None:
    if threshold != target:
        direction = Direction.HIGHER if target > threshold else Direction.LOWER
        assert 0 <= Linear.checked("m", direction, threshold, target, most).score(measure) <= most


@LAW
@given(st.lists(st.integers(1, 1000), unique=True, max_size=6), MEASURES)
def test_every_measure_from_the_bottom_up_belongs_to_exactly_one_band(edges: list[int], measure: Fraction) -> None:
    starts = [0, *sorted(edges)]
    bands = Bands.of("m", [(F(start), start) for start in reversed(starts)])
    ends = [*starts[1:], None]
    if measure >= 0:
        homes = [
            start
            for start, end in zip(starts, ends, strict=True)
            if start <= measure and (end is None or measure < end)
        ]
        assert homes == [bands.at(measure)]
