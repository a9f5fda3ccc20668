"""Money: rounded half away from zero, split by the largest remainder."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.errors import InexactAmount
from grading.kernel.money import FEN_HALF_UP, Rounding, from_fen, split, to_fen, total


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        pytest.param("156.405", "156.41", id="E-17: half goes up, not to even"),
        pytest.param("3.045", "3.05", id="E-17: the float trap"),
        pytest.param("-1.005", "-1.01", id="negative half goes away from zero"),
        pytest.param("-0.005", "-0.01", id="half a fen below zero"),
        pytest.param("0.005", "0.01", id="half a fen"),
        pytest.param("0.0049999999999999999999", "0.00", id="a hair below half"),
        pytest.param("-0.0049999999999999999999", "0.00", id="a hair above minus half: zero has no sign"),
        pytest.param("2.675", "2.68", id="2.675, which no float holds"),
        pytest.param("289.62966", "289.63", id="E-16"),
        pytest.param("1600", "1600.00", id="always two places"),
        pytest.param("1E+3", "1000.00", id="an exponent is written out"),
        pytest.param("99999999999999.995", "100000000000000.00", id="carries through"),
    ],
)
def test_fen_half_up(amount: str, rounded: str) -> None:
    assert str(FEN_HALF_UP(Decimal(amount))) == rounded
    assert str(FEN_HALF_UP(Fraction(amount))) == rounded


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        pytest.param(Fraction(1600 * 16, 30), "853.33", id="E-03: 1600 x 16/30 = 853.333..."),
        pytest.param(Fraction(2, 3), "0.67", id="2/3"),
        pytest.param(Fraction(-2, 3), "-0.67", id="-2/3"),
        pytest.param(Fraction(1, 200), "0.01", id="1/200 is exactly half a fen"),
    ],
)
def test_fen_half_up_of_ratios(amount: Fraction, rounded: str) -> None:
    assert str(FEN_HALF_UP(amount)) == rounded


@pytest.mark.parametrize(
    ("step_fen", "amount", "rounded"),
    [
        pytest.param(10, "0.05", "0.10", id="to the jiao"),
        pytest.param(10, "-0.05", "-0.10", id="to the jiao, negative"),
        pytest.param(10, "0.04", "0.00", id="to the jiao, down"),
        pytest.param(100, "1.50", "2.00", id="to the yuan"),
        pytest.param(100, "2.49", "2.00", id="to the yuan, down"),
    ],
)
def test_other_steps(step_fen: int, amount: str, rounded: str) -> None:
    assert str(Rounding("step", step_fen)(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    "amount",
    [
        pytest.param(1.005, id="float"),
        pytest.param(3, id="int"),
        pytest.param(True, id="bool"),
        pytest.param("1.00", id="text"),
        pytest.param(None, id="None"),
        pytest.param(Decimal("NaN"), id="NaN"),
        pytest.param(Decimal("sNaN"), id="signalling NaN"),
        pytest.param(Decimal("Infinity"), id="infinity"),
        pytest.param(Decimal("-Infinity"), id="minus infinity"),
    ],
)
def test_rounding_refuses_what_is_not_exact(amount: Any) -> None:
    with pytest.raises(InexactAmount) as refused:
        FEN_HALF_UP(amount)
    assert refused.value.values == {"value": str(amount)}


@pytest.mark.parametrize(
    ("amount", "fen"),
    [("1600.00", 160_000), ("-0.01", -1), ("0", 0), ("12.3", 1230), ("12.340", 1234), ("1E+2", 10_000)],
)
def test_to_fen(amount: str, fen: int) -> None:
    assert to_fen(Decimal(amount)) == fen


@pytest.mark.parametrize(
    "amount",
    [
        pytest.param(Decimal("1.005"), id="finer than a fen"),
        pytest.param(Decimal("NaN"), id="NaN"),
        pytest.param(Decimal("Infinity"), id="infinity"),
        pytest.param(1.0, id="float"),
        pytest.param(100, id="int"),
        pytest.param("1.00", id="text"),
    ],
)
def test_to_fen_refuses(amount: Any) -> None:
    with pytest.raises(InexactAmount):
        to_fen(amount)


@pytest.mark.parametrize(("fen", "yuan"), [(1, "0.01"), (-5, "-0.05"), (0, "0.00"), (160_000, "1600.00")])
def test_from_fen(fen: int, yuan: str) -> None:
    assert str(from_fen(fen)) == yuan


def test_total_of_nothing_is_zero_with_two_places() -> None:
    assert str(total([])) == "0.00"


def test_total_adds_printed_lines() -> None:
    # E-04: 722.58 + 1096.77
    assert str(total([Decimal("722.58"), Decimal("1096.77")])) == "1819.35"


@pytest.mark.parametrize(
    ("pool", "weights", "shares"),
    [
        pytest.param("1000.00", "1 1 1", "333.34 333.33 333.33", id="E-29: 1000 in three"),
        pytest.param("3000.00", "80 90 70 100 60 100", "480.00 540.00 420.00 600.00 360.00 600.00", id="E-29: 3000"),
        pytest.param("0.02", "1 1 1", "0.01 0.01 0.00", id="fewer fen than people: the earlier ones"),
        # 100 fen x 1/6, 2/6, 3/6 = 16.67, 33.33, 50: the largest remainder is the first
        pytest.param("1.00", "1 2 3", "0.17 0.33 0.50", id="the largest remainder takes the last fen"),
        # 100 fen x 2/7, 2/7, 3/7 = 28.57, 28.57, 42.86: two fen are over, the third remainder is the largest
        pytest.param("1.00", "2 2 3", "0.29 0.28 0.43", id="a later, larger remainder before an earlier one"),
        pytest.param("500.00", "0 1", "0.00 500.00", id="a weight of zero gets nothing"),
        pytest.param("500.00", "1/3 2/3", "166.67 333.33", id="weights are ratios"),
        pytest.param("500.00", "0 0", "0.00 0.00", id="all weights zero: nobody"),
        pytest.param("0.00", "1 2", "0.00 0.00", id="an empty pool"),
        pytest.param("7.77", "5", "7.77", id="one person"),
    ],
)
def test_split(pool: str, weights: str, shares: str) -> None:
    cut = split(Decimal(pool), [Fraction(weight) for weight in weights.split()])
    assert " ".join(map(str, cut)) == shares


def test_split_of_nobody() -> None:
    assert split(Decimal("500.00"), []) == ()


def test_split_refuses_a_pool_finer_than_a_fen() -> None:
    with pytest.raises(InexactAmount):
        split(Decimal("10.005"), [Fraction(1)])
