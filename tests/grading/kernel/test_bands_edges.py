"""Where the slice of a whole amount starts, and what refusals of bands say."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.kernel.bands import Bands, Slice
from grading.kernel.errors import BelowBands, BrokenBands

F = Fraction


def rates() -> Bands[str]:
    return Bands.of("rates", [(F(0), "low"), (F(50), "high")])


@pytest.mark.parametrize(
    ("amount", "start", "value"), [("-1", 0, "low"), ("49.99", 0, "low"), ("50", 50, "high"), ("70", 50, "high")]
)
def test_a_whole_amount_is_one_slice_of_the_band_it_reaches(amount: str, start: int, value: str) -> None:
    assert rates().whole(F(amount)) == (Slice(F(start), F(amount), value),)


def test_below_the_bottom_the_first_band_is_named() -> None:
    with pytest.raises(BelowBands) as refused:
        rates().at(F(-1, 2))
    assert refused.value.values == {"value": "-1/2", "name": "rates", "first": "0"}


@pytest.mark.parametrize(
    ("edges", "problem"),
    [
        ([], "there are none"),
        ([5, 9], "the lowest starts at 5"),
        ([0, 5, 5], "5 starts two bands"),
    ],
)
def test_broken_bands_say_what_is_broken(edges: list[int], problem: str) -> None:
    with pytest.raises(BrokenBands) as refused:
        Bands.of("rates", [(F(edge), "any") for edge in edges])
    assert refused.value.values == {"name": "rates", "problem": problem, "bottom": "0"}


def test_another_bottom_is_named_too() -> None:
    with pytest.raises(BrokenBands) as refused:
        Bands.of("rates", [(F(0), "any")], bottom=F(-1))
    assert refused.value.values == {"name": "rates", "problem": "the lowest starts at 0", "bottom": "-1"}


def test_values_that_have_no_order_do_not_matter() -> None:
    one, other = object(), object()
    assert Bands.of("any", [(F(5), one), (F(0), other)]).edges == ((F(0), other), (F(5), one))
    with pytest.raises(BrokenBands):
        Bands.of("any", [(F(0), one), (F(0), other)])
