"""Half-open bands: an edge belongs to the band above it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.kernel.bands import Bands
from grading.kernel.errors import BelowBands, BrokenBands

F = Fraction


def _bands(*edges: tuple[str, str]) -> Bands[str]:
    return Bands.of("grades", [(F(edge), value) for edge, value in edges])


GRADES = _bands(("95", "S"), ("85", "A"), ("70", "B"), ("60", "C"), ("0", "D"))
RATES = Bands.of("rates", [(F(0), F("0.01")), (F(50_000), F("0.02")), (F(100_000), F("0.03"))])


@pytest.mark.parametrize(
    ("value", "grade"),
    [
        ("0", "D"), ("59.99", "D"), ("60", "C"), ("60.01", "C"), ("69.99", "C"), ("70", "B"), ("84.99", "B"),
        ("85", "A"), ("94.99", "A"), ("95", "S"), ("95.01", "S"), ("120", "S"), ("284/3", "A"),
    ],
)  # fmt: skip
def test_at(value: str, grade: str) -> None:
    # 284/3 = 94.67 stays below 95
    assert GRADES.at(F(value)) == grade


@pytest.mark.parametrize("value", ["-0.01", "-100"])
def test_below_the_first_band(value: str) -> None:
    with pytest.raises(BelowBands) as refused:
        GRADES.at(F(value))
    assert refused.value.code == "kernel.below_bands"
    assert refused.value.values["name"] == "grades"


@pytest.mark.parametrize(
    ("amount", "rate"),
    [
        ("49999.99", "0.01"), ("50000", "0.02"), ("50000.01", "0.02"), ("100000", "0.03"), ("0", "0.01"),
        ("-300", "0.01"),
    ],
)  # fmt: skip
def test_whole(amount: str, rate: str) -> None:
    (part,) = RATES.whole(F(amount))
    assert (part.part, part.value) == (F(amount), F(rate))


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        pytest.param("49999.99", ["49999.99"], id="0.01 below the edge"),
        pytest.param("50000", ["50000"], id="on the edge: nothing above it yet"),
        pytest.param("50000.01", ["50000", "0.01"], id="0.01 above the edge"),
        pytest.param("100000", ["50000", "50000"], id="on the second edge"),
        pytest.param("120000", ["50000", "50000", "20000"], id="all bands"),
        pytest.param("0", ["0"], id="zero"),
        pytest.param("-300", ["-300"], id="negative: the first band"),
    ],
)
def test_marginal(amount: str, parts: list[str]) -> None:
    slices = RATES.marginal(F(amount))
    assert [part.part for part in slices] == [F(part) for part in parts]
    assert [part.value for part in slices] == [F("0.01"), F("0.02"), F("0.03")][: len(parts)]
    assert [part.start for part in slices] == [F(0), F(50_000), F(100_000)][: len(parts)]


def test_any_order_is_read_lowest_first() -> None:
    assert _bands(("60", "C"), ("0", "D"), ("95", "S")) == _bands(("0", "D"), ("60", "C"), ("95", "S"))


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param([], id="none"),
        pytest.param([("1", "a")], id="does not start at the bottom"),
        pytest.param([("-1", "a"), ("0", "b")], id="starts below the bottom"),
        pytest.param([("0", "a"), ("0", "b")], id="the bottom twice"),
        pytest.param([("0", "a"), ("5", "b"), ("5.0", "c")], id="an edge twice, written differently"),
    ],
)
def test_broken_bands(edges: list[tuple[str, str]]) -> None:
    with pytest.raises(BrokenBands) as refused:
        _bands(*edges)
    assert refused.value.code == "kernel.broken_bands"
    assert refused.value.values["name"] == "grades"


def test_another_bottom() -> None:
    bands = Bands.of("growth", [(F(0), "up"), (F(-1), "down")], bottom=F(-1))
    assert bands.at(F("-0.01")) == "down"
    assert bands.at(F(0)) == "up"
