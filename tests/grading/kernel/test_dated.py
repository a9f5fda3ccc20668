"""Dated values: each holds from its first day; before the first there is none, and none is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from grading.kernel.dated import Dated
from grading.kernel.errors import NoRuleInForce
from grading.kernel.period import Span

RATE = Dated.of("rate", [(date(2024, 7, 1), "new"), (date(2024, 1, 1), "old")])


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2024, 1, 1), "old"),
        (date(2024, 6, 30), "old"),
        (date(2024, 7, 1), "new"),
        (date(2030, 1, 1), "new"),
    ],
)
def test_on(day: date, value: str) -> None:
    assert RATE.on(day) == value


def test_before_the_first_value_is_an_error() -> None:
    with pytest.raises(NoRuleInForce) as missing:
        RATE.on(date(2023, 12, 31))
    assert missing.value.code == "kernel.no_rule_in_force"
    assert missing.value.values == {"name": "rate", "day": "2023-12-31", "first": "2024-01-01"}
    assert "'rate'" in str(missing.value)
    assert "2023-12-31" in str(missing.value)


def test_without_any_value_is_an_error() -> None:
    with pytest.raises(NoRuleInForce):
        Dated.of("rate", []).on(date(2024, 1, 1))


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        pytest.param("2024-06-20", "2024-07-11", [("2024-06-20", "2024-07-01", "old"),
                                                  ("2024-07-01", "2024-07-11", "new")], id="across the change"),
        pytest.param("2024-07-01", "2024-08-01", [("2024-07-01", "2024-08-01", "new")], id="from the change on"),
        pytest.param("2024-06-01", "2024-07-01", [("2024-06-01", "2024-07-01", "old")], id="up to the change"),
        pytest.param("2024-06-30", "2024-07-02", [("2024-06-30", "2024-07-01", "old"),
                                                  ("2024-07-01", "2024-07-02", "new")], id="one day each"),
        pytest.param("2024-07-01", "2024-07-01", [], id="an empty span"),
    ],
)  # fmt: skip
def test_segments(start: str, end: str, parts: list[tuple[str, str, str]]) -> None:
    span = Span(date.fromisoformat(start), date.fromisoformat(end))
    found = [(part.start.isoformat(), part.end.isoformat(), value) for part, value in RATE.segments(span)]
    assert found == parts


def test_segments_of_a_span_that_starts_before_the_first_value() -> None:
    with pytest.raises(NoRuleInForce):
        list(RATE.segments(Span(date(2023, 12, 31), date(2024, 1, 2))))


def test_two_values_from_the_same_day_make_no_empty_segment() -> None:
    """“Overlaps and gaps cannot be written down”: either ``of`` refuses, or no day belongs to two values."""
    twice = Dated.of("tier", [(date(2024, 1, 1), "a"), (date(2024, 6, 11), "b"), (date(2024, 6, 11), "c")])
    parts = list(twice.segments(Span(date(2024, 6, 1), date(2024, 7, 1))))
    assert [part.days for part, _ in parts] == [10, 20]
