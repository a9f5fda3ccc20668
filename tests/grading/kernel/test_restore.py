"""Snapshots read back: what was written, to the last digit, and nothing that was not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.kernel.bands import Bands
from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span
from grading.kernel.restore import SnapshotDoesNotFit, restored
from grading.kernel.snapshot import plain


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    ratio: Fraction | None = None
    inner: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    amount: Decimal
    month: Month
    days: Span
    colour: Colour
    ratio: Fraction
    number: int
    is_full: bool
    by_colour: Mapping[Colour, Decimal]
    by_year: Mapping[int, tuple[str, ...]]
    tiers: Dated[str]
    rates: Bands[Fraction]
    dated: Dated[Mapping[str, Decimal]]
    codes: frozenset[str]
    pair: tuple[date, Decimal]
    parts: tuple[Part, ...] = ()
    day: date | None = None
    later: Mapping[str, Decimal] = field(default_factory=dict)


WHOLE = Whole(
    amount=Decimal("-1600.50"),
    month=Month(2024, 6),
    days=Span(date(2024, 6, 1), date(2024, 7, 1)),
    colour=Colour.BLUE,
    ratio=Fraction(10, 11),
    number=3,
    is_full=False,
    by_colour={Colour.RED: Decimal("0.00"), Colour.BLUE: Decimal("0.0")},
    by_year={2024: ("甲", ""), 2025: ()},
    tiers=Dated.of("tier", [(date.min, "junior"), (date(2024, 6, 15), "senior")], date(2024, 12, 1)),
    rates=Bands.of("rates", [(Fraction(0), Fraction("0.003")), (Fraction(100000), Fraction(1, 3))]),
    dated=Dated.of("limits", [(date(2024, 1, 1), {"rent": Decimal(1500)})]),
    codes=frozenset({"base_pay", "commission"}),
    pair=(date(2024, 6, 30), Decimal("0.01")),
    parts=(Part("outer", Fraction(3, 20), (Part("inner"), Part("other", Fraction(-7)))),),
    day=date(2024, 2, 29),
    later={"rent": Decimal("1500.00")},
)


def told(value: object) -> Any:
    """What stands in the database: the plain form as JSON, read again."""
    return json.loads(json.dumps(plain(value)))


def test_what_was_written_is_read() -> None:
    assert restored(Whole, told(WHOLE)) == WHOLE


def test_an_amount_keeps_its_places_and_a_key_its_type() -> None:
    back = restored(Whole, told(WHOLE))
    assert [str(amount) for amount in back.by_colour.values()] == ["0.00", "0.0"]
    assert [type(key) for key in back.by_colour] == [Colour, Colour]
    assert [type(key) for key in back.by_year] == [int, int]
    assert type(back.codes) is frozenset


def test_nothing_is_not_zero_and_not_empty() -> None:
    for changed in ({"day": None}, {"parts": ()}, {"later": {}}, {"parts": (Part("", None),)}):
        value = replace(WHOLE, **changed)
        assert restored(Whole, told(value)) == value


def test_a_field_that_a_later_version_added_takes_its_default() -> None:
    data = told(WHOLE)
    for name in ("parts", "day", "later"):
        del data[name]
    assert restored(Whole, data) == replace(WHOLE, parts=(), day=None, later={})


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"amount": 1600}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1_600.50"}, "amount"),
        ({"amount": "１６００"}, "amount"),
        ({"amount": None}, "amount"),
        ({"month": "2024-13"}, "month"),
        ({"month": "2024-6"}, "month"),
        ({"days": {"start": "2024-06-01"}}, "days"),
        ({"days": {"start": "20240601", "end": "2024-07-01"}}, "days.start"),
        ({"days": ["2024-06-01", "2024-07-01"]}, "days"),
        ({"colour": "green"}, "colour"),
        ({"colour": ["red"]}, "colour"),
        ({"ratio": "0.150"}, "ratio"),
        ({"ratio": "1e3"}, "ratio"),
        ({"ratio": "20/22"}, "ratio"),
        ({"number": True}, "number"),
        ({"number": "3"}, "number"),
        ({"is_full": 0}, "is_full"),
        ({"by_colour": {"green": "1.00"}}, "by_colour.green"),
        ({"by_colour": [["red", "1.00"]]}, "by_colour"),
        ({"by_year": {"02024": []}}, "by_year.02024"),
        ({"tiers": {"name": "tier", "values": [["2024-06-01"]], "end": None}}, "tiers.values.0"),
        ({"tiers": {"name": "tier", "values": [["2024-06-01", 7]], "end": None}}, "tiers.values.0.1"),
        ({"dated": {"name": "x", "values": [["2024-01-01", {"rent": "x"}]], "end": None}}, "dated.values.0.1.rent"),
        ({"codes": ["base_pay", "base_pay"]}, "codes"),
        ({"codes": "base_pay"}, "codes"),
        ({"pair": ["2024-06-30", "0.01", "0.02"]}, "pair"),
        ({"parts": [{"name": "x", "inner": [{"name": None}]}]}, "parts.0.inner.0.name"),
        ({"parts": [{"ratio": None}]}, "parts.0"),
        ({"bonus": "1.00"}, "Whole"),
    ],
)
def test_what_does_not_fit_is_refused_and_its_place_is_named(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(SnapshotDoesNotFit) as caught:
        restored(Whole, {**told(WHOLE), **changed})
    assert caught.value.values["where"] == where


@pytest.mark.parametrize("data", [None, [], "x", 7])
def test_something_else_than_fields_is_refused(data: object) -> None:
    with pytest.raises(SnapshotDoesNotFit):
        restored(Whole, data)


@pytest.mark.parametrize("kind", [float, bytes, int | str, list[int], object])
def test_a_type_without_a_plain_form_is_a_mistake_of_the_program(kind: Any) -> None:
    with pytest.raises(TypeError):
        restored(kind, 1)


_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
_AMOUNTS = st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(), st.integers(0, 6))
_RATIOS = st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**12)


@given(_AMOUNTS, _RATIOS, st.integers(2000, 2099), st.integers(1, 12), st.integers(), st.booleans())
def test_any_number_is_read_as_it_was_written(
    amount: Decimal, ratio: Fraction, year: int, month: int, number: int, flag: bool
) -> None:
    value = replace(WHOLE, amount=amount, ratio=ratio, month=Month(year, month), number=number, is_full=flag)
    back = restored(Whole, told(value))
    assert back == value
    assert told(back) == told(value)


@given(
    st.dictionaries(st.text(max_size=3), _AMOUNTS, max_size=2),
    st.lists(st.tuples(_DAYS, st.text(max_size=3)), max_size=2),
    st.none() | _DAYS,
    st.frozensets(st.text(max_size=3), max_size=2),
)
def test_any_collection_is_read_as_it_was_written(
    amounts: dict[str, Decimal], tiers: list[tuple[date, str]], end: date | None, codes: frozenset[str]
) -> None:
    value = replace(WHOLE, later=amounts, tiers=Dated.of("tier", tiers, end), day=end, codes=codes)
    assert restored(Whole, told(value)) == value
