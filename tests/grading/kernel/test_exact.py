"""Exact numbers: read without loss, compared unrounded, rounded only for people (A-19, A-63)."""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.kernel.errors import InexactAmount
from grading.kernel.exact import exact, exact_store, exact_text, shown

LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "15")), deadline=None)


@pytest.mark.parametrize(
    ("value", "ratio"),
    [
        ("0.003", Fraction(3, 1000)),
        ("-12.5", Fraction(-25, 2)),
        ("20/22", Fraction(10, 11)),
        ("-1/3", Fraction(-1, 3)),
        ("007", Fraction(7)),
        ("-0", Fraction(0)),
        (5, Fraction(5)),
        (Decimal("0.10"), Fraction(1, 10)),
        (Decimal("1E+3"), Fraction(1000)),
        (Fraction(1700, 1900), Fraction(17, 19)),
    ],
)
def test_exact(value: Decimal | Fraction | int | str, ratio: Fraction) -> None:
    assert exact(value) == ratio


@pytest.mark.parametrize(
    "value",
    [
        "", " ", " 12 ", "12\n", "+5", "1.", ".5", "1,000", "1_000", "1e2", "1E2", "NaN", "Infinity", "-inf", "0x10",
        "١٢", "１２", "−5", "1/0", "1/-2", "1/2/3", "1 / 2", "--1", "5%",
    ],
)  # fmt: skip
def test_exact_refuses_text_that_is_not_a_plain_number(value: str) -> None:
    with pytest.raises(InexactAmount) as refused:
        exact(value)
    assert refused.value.code == "kernel.inexact_amount"
    assert refused.value.values == {"value": value}


@pytest.mark.parametrize(
    "value", [0.5, float("nan"), float("inf"), True, False, Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")]
)
def test_exact_refuses_floats_truth_values_and_what_is_not_finite(value: Any) -> None:
    with pytest.raises(InexactAmount):
        exact(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(2447, 40), "61.175"),
        (Fraction(5000), "5000"),
        (Fraction(0), "0"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(1, 1024), "0.0009765625"),
        (Fraction(1, 2**20), "0.00000095367431640625"),
        (Fraction(2, 3), "0.6666666667"),
        (Fraction(-2, 3), "-0.6666666667"),
        (Fraction(1700, 1900), "0.8947368421"),
        (Decimal("1600.00"), "1600"),
    ],
)
def test_exact_text(value: Fraction | Decimal, text: str) -> None:
    assert exact_text(value) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(2, 3), 6, "0.666667"),
        (Fraction(2, 3), 0, "1"),
        (Fraction(1, 3), 0, "0"),
        (Fraction(-1, 3), 0, "0"),
        (Fraction(2999999, 3), 2, "999999.67"),
        (Fraction(1, 3_000_000), 6, "0"),
    ],
)
def test_exact_text_rounds_only_what_never_ends(value: Fraction, places: int, text: str) -> None:
    assert exact_text(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(10, 11), "10/11"), (Fraction(3, 20), "0.15"), (Fraction(-7), "-7")]
)
def test_exact_store(value: Fraction, text: str) -> None:
    assert exact_store(value) == text


@LAW
@given(st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**9))
def test_what_is_stored_is_read_back_without_loss(value: Fraction) -> None:
    assert exact(exact_store(value)) == value


@LAW
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_the_text_of_a_decimal_is_the_decimal(value: Decimal) -> None:
    assert Decimal(exact_text(value, 0)) == value


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        pytest.param("61.175", 2, "61.18", id="E-26: 61.175 is shown 61.18"),
        pytest.param("2/3", 2, "0.67", id="2/3"),
        pytest.param("17/19", 4, "0.8947", id="A-19: the rounded ratio is only for display"),
        pytest.param("-61.175", 2, "-61.18", id="negative half"),
        pytest.param("-0.004", 2, "0.00", id="zero has no sign"),
        pytest.param("5", 2, "5.00", id="fixed places"),
        pytest.param("0.05", 2, "0.05", id="leading zeros after the point"),
        pytest.param("61.5", 0, "62", id="no places"),
    ],
)
def test_shown(value: str, places: int, text: str) -> None:
    assert shown(exact(value), places) == text


def test_a_63_a_score_of_two_thirds_times_15_is_exactly_10() -> None:
    assert Fraction(2, 3) * 15 == 10
    assert shown(Fraction(18) + 11 + Fraction(2, 3) * 15 + 14 + exact("8.175")) == "61.18"
