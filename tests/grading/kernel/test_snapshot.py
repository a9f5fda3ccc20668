"""Snapshots: equal values share one text and one fingerprint."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span
from grading.kernel.snapshot import canonical, fingerprint, plain, text_fingerprint


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Sample:
    amount: Decimal
    ratio: Fraction
    month: Month
    days: Span
    tags: dict[str, object] = field(default_factory=dict)


SAMPLE = Sample(
    Decimal("1600.00"), Fraction(10, 11), Month(2024, 6), Span(date(2024, 6, 1), date(2024, 7, 1)), {"z": 1, "a": None}
)


def test_plain() -> None:
    assert plain(SAMPLE) == {
        "amount": "1600.00",
        "ratio": "10/11",
        "month": "2024-06",
        "days": {"start": "2024-06-01", "end": "2024-07-01"},
        "tags": {"z": 1, "a": None},
    }


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Colour.RED, "red"),
        (True, True),
        (7, 7),
        ("售后", "售后"),
        (Fraction(3, 20), "0.15"),
        ((1, [Decimal("0.10")]), [1, ["0.10"]]),
        (frozenset({"metric_bonus", "base_pay", "commission"}), ["base_pay", "commission", "metric_bonus"]),
        (
            Dated.of("tier", [(date(2024, 1, 1), "junior")]),
            {"name": "tier", "values": [["2024-01-01", "junior"]], "end": None},
        ),
    ],
)
def test_plain_forms(value: object, form: object) -> None:
    assert plain(value) == form
    assert type(plain(value)) is type(form)


@pytest.mark.parametrize("value", [0.5, {1.5}, object(), b"x", {"a": 0.1}])
def test_what_has_no_plain_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        plain(value)


def test_the_order_of_a_mapping_does_not_matter() -> None:
    one = {"refund_rate": Fraction("0.05"), "dsr_score": Fraction("4.7")}
    assert fingerprint(one) == fingerprint(dict(reversed(one.items())))


def test_the_order_of_a_nested_mapping_does_not_matter() -> None:
    assert fingerprint([{"a": {"x": 1, "y": 2}}]) == fingerprint([{"a": {"y": 2, "x": 1}}])


def test_the_order_of_a_sequence_matters() -> None:
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_a_fen_more_is_another_fingerprint() -> None:
    assert fingerprint({"amount": Decimal("1600.00")}) != fingerprint({"amount": Decimal("1600.01")})


def test_a_fingerprint_is_the_sha_256_of_the_plain_json() -> None:
    # printf '{"a":1}' | sha256sum
    assert fingerprint({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_none_zero_empty_and_missing_are_four_things() -> None:
    forms = [{"a": None}, {"a": 0}, {"a": ""}, {}]
    assert len({fingerprint(form) for form in forms}) == 4


def test_the_canonical_text_is_what_the_fingerprint_is_made_of() -> None:
    text = canonical({"b": ["售后", None, True], "a": {"z": '"', "y": 7}})
    assert text == '{"a":{"y":7,"z":"\\""},"b":["售后",null,true]}'
    assert text_fingerprint(text) == fingerprint({"b": ["售后", None, True], "a": {"y": 7, "z": '"'}})
    assert text_fingerprint(canonical(plain(SAMPLE))) == fingerprint(SAMPLE)


PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN_JSON)
def test_the_canonical_text_is_the_sorted_json_of_the_plain_value(value: object) -> None:
    assert canonical(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("value", [SAMPLE, Colour.RED, (Month(2026, 10), {Colour.RED: Fraction(1, 3)}), {"b", "a"}])
def test_a_value_and_its_plain_form_share_the_canonical_text(value: object) -> None:
    assert canonical(value) == json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_what_has_no_canonical_text_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical(object())
