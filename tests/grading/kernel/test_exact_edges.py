"""Exact numbers with as many places as a decimal text may have, and one more."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.kernel.exact import exact, exact_store

SMALLEST = Fraction(1, 10**18)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (SMALLEST, "0.000000000000000001"),
        (SMALLEST / 10, f"1/{10**19}"),
        (Fraction(10**18 - 1), "999999999999999999"),
        (Fraction(10**18), f"{10**18}/1"),
        (-Fraction(10**18), f"-{10**18}/1"),
    ],
)
def test_what_no_decimal_text_holds_is_stored_as_a_ratio(value: Fraction, text: str) -> None:
    assert exact_store(value) == text
    assert exact(text) == value
