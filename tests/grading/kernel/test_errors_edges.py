"""Errors that are raised, recorded and read back."""

from __future__ import annotations

from decimal import Decimal

from grading.kernel.errors import BelowBands, DomainError, RecordedError


def test_an_error_keeps_its_values_as_text_and_says_them() -> None:
    error = BelowBands(value=Decimal("-0.50"), name="grades", first=0)
    assert error.values == {"value": "-0.50", "name": "grades", "first": "0"}
    assert str(error) == "'-0.50' lies below the first band of 'grades', which starts at 0."


def test_an_error_read_back_is_the_one_that_was_recorded() -> None:
    first = BelowBands(value=Decimal("-0.50"), name="grades", first=0)
    again = RecordedError(first.code, str(first), first.values)
    assert (again.code, again.values, str(again)) == ("kernel.below_bands", first.values, str(first))
    assert isinstance(again, DomainError)
