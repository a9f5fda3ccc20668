"""Months, spans and month arithmetic. The tenure table of requirements §4.4 is in tests/grading/domain."""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.kernel.period import (
    BadMonth,
    Month,
    MonthEnd,
    Span,
    add_months,
    first_of_month_on_or_after,
    whole_months,
)

LAW = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "15")), deadline=None)
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def _day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("text", "month"), [("2026-10", Month(2026, 10)), ("2000-01", Month(2000, 1))])
def test_month_is_read_and_written(text: str, month: Month) -> None:
    assert Month.parse(text) == month
    assert str(month) == text


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1", "2026-00", "2026-13", "2026-10-01", " 2026-10", "2026-10\n", "26-10", "1999-12", "2026/10",
     "２０２６-10", "202610"],
)  # fmt: skip
def test_bad_month(text: str) -> None:
    with pytest.raises(BadMonth) as refused:
        Month.parse(text)
    assert refused.value.code == "kernel.bad_month"
    assert refused.value.values == {"value": text}


@pytest.mark.parametrize(
    ("month", "days"),
    [
        pytest.param(Month(2024, 2), 29, id="leap year"),
        pytest.param(Month(2025, 2), 28, id="common year"),
        pytest.param(Month(2100, 2), 28, id="2100 is no leap year"),
        pytest.param(Month(2024, 4), 30, id="April"),
        pytest.param(Month(2024, 12), 31, id="December"),
    ],
)
def test_days_of_month(month: Month, days: int) -> None:
    assert month.days == days


def test_month_edges() -> None:
    december = Month.parse("2024-12")
    assert december.first_day == date(2024, 12, 1)
    assert december.last_day == date(2024, 12, 31)
    assert december.span == Span(date(2024, 12, 1), date(2025, 1, 1))
    assert december.next == Month(2025, 1)
    assert Month.of(date(2024, 12, 31)) == december
    assert Month(2024, 11) < december < Month(2025, 1)
    assert not december < december.plus(0)
    assert december <= december.plus(0)


@pytest.mark.parametrize(
    ("start", "months", "found"),
    [("2024-12", 1, "2025-01"), ("2024-01", -1, "2023-12"), ("2024-06", 0, "2024-06"), ("2024-06", -18, "2022-12")],
)
def test_month_plus(start: str, months: int, found: str) -> None:
    assert str(Month.parse(start).plus(months)) == found


@pytest.mark.parametrize(
    ("one", "other", "met", "days"),
    [
        pytest.param("06-01 07-01", "06-10 06-20", "06-10 06-20", 10, id="inside"),
        pytest.param("06-01 06-15", "06-10 07-01", "06-10 06-15", 5, id="overlap"),
        pytest.param("06-01 06-10", "06-10 06-20", "06-10 06-10", 0, id="touching: the end is not included"),
        pytest.param("06-01 06-05", "06-10 06-20", "06-10 06-10", 0, id="apart: empty, never negative"),
        pytest.param("06-10 06-20", "06-01 06-05", "06-10 06-10", 0, id="apart, the other way round"),
        pytest.param("06-01 06-02", "06-01 06-02", "06-01 06-02", 1, id="one day"),
    ],
)
def test_span_meet(one: str, other: str, met: str, days: int) -> None:
    def span(text: str) -> Span:
        start, end = text.split()
        return Span(_day(f"2024-{start}"), _day(f"2024-{end}"))

    assert span(one).meet(span(other)) == span(met)
    assert span(one).meet(span(other)).days == days


def test_span_has_no_negative_days() -> None:
    assert Span(date(2024, 6, 2), date(2024, 6, 1)).days == 0


def test_last_day_is_the_last_included_one() -> None:
    assert Span(date(2024, 2, 1), date(2024, 3, 1)).last_day == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("start", "end", "weekdays"),
    [
        pytest.param("2024-04-15", "2024-05-01", 12, id="E-03: 04-15 to 04-30"),
        pytest.param("2024-04-01", "2024-05-01", 22, id="E-03: April 2024"),
        pytest.param("2024-07-01", "2024-08-01", 23, id="E-33: July 2024"),
        pytest.param("2024-03-04", "2024-03-16", 10, id="E-32: 03-04 to 03-15"),
        pytest.param("2024-06-01", "2024-06-03", 0, id="a weekend"),
        pytest.param("2024-06-03", "2024-06-03", 0, id="no day"),
    ],
)
def test_weekdays(start: str, end: str, weekdays: int) -> None:
    assert Span(_day(start), _day(end)).weekdays() == weekdays


@pytest.mark.parametrize(
    ("start", "months", "clamp", "overflow", "strict"),
    [
        ("2024-01-31", 1, "2024-02-29", "2024-03-01", "2024-03-01"),
        ("2023-01-31", 1, "2023-02-28", "2023-03-01", "2023-03-01"),
        ("2024-01-30", 1, "2024-02-29", "2024-03-01", "2024-03-01"),
        ("2024-01-29", 1, "2024-02-29", "2024-02-29", "2024-03-01"),
        ("2024-08-31", 1, "2024-09-30", "2024-10-01", "2024-10-01"),
        ("2024-12-31", 2, "2025-02-28", "2025-03-01", "2025-03-01"),
        ("2024-12-15", 1, "2025-01-15", "2025-01-15", "2025-01-16"),
        ("2024-02-29", 48, "2028-02-29", "2028-02-29", "2028-03-01"),
        ("2024-03-31", 0, "2024-03-31", "2024-03-31", "2024-04-01"),
        ("2024-10-31", 1, "2024-11-30", "2024-12-01", "2024-12-01"),
        ("2024-10-31", 4, "2025-02-28", "2025-03-01", "2025-03-01"),
    ],
)
def test_add_months(start: str, months: int, clamp: str, overflow: str, strict: str) -> None:
    assert add_months(_day(start), months) == _day(clamp)
    assert add_months(_day(start), months, MonthEnd.CLAMP) == _day(clamp)
    assert add_months(_day(start), months, MonthEnd.OVERFLOW) == _day(overflow)
    assert add_months(_day(start), months, MonthEnd.STRICT) == _day(strict)


@pytest.mark.parametrize(
    ("start", "day", "rule", "months"),
    [
        ("2024-01-15", "2024-02-14", "clamp", 0),
        ("2024-01-15", "2024-02-15", "clamp", 1),
        ("2024-01-15", "2024-02-15", "strict", 0),
        ("2024-01-15", "2024-02-16", "strict", 1),
        ("2024-01-31", "2024-02-29", "clamp", 1),
        ("2024-01-31", "2024-02-29", "overflow", 0),
        ("2024-01-31", "2024-03-01", "overflow", 1),
        ("2024-02-29", "2025-02-27", "clamp", 11),
        ("2024-02-29", "2025-02-28", "clamp", 12),
        ("2024-02-29", "2025-02-28", "overflow", 11),
        ("2024-06-10", "2024-06-09", "clamp", 0),
        ("2024-06-10", "2023-06-10", "clamp", 0),
    ],
)
def test_whole_months(start: str, day: str, rule: str, months: int) -> None:
    assert whole_months(_day(start), _day(day), MonthEnd(rule)) == months


@LAW
@given(DAYS, st.integers(1, 60), st.sampled_from(MonthEnd))
def test_an_anniversary_is_reached_on_its_day_and_not_the_day_before(start: date, months: int, rule: MonthEnd) -> None:
    reached = add_months(start, months, rule)
    assert whole_months(start, reached, rule) == months
    assert whole_months(start, reached - timedelta(days=1), rule) == months - 1


@LAW
@given(DAYS, st.integers(0, 60))
def test_clamp_never_comes_after_overflow_and_strict_is_clamp_plus_a_day(start: date, months: int) -> None:
    clamped = add_months(start, months, MonthEnd.CLAMP)
    assert clamped <= add_months(start, months, MonthEnd.OVERFLOW) <= clamped + timedelta(days=1)
    assert add_months(start, months, MonthEnd.STRICT) == clamped + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2024-04-30", "2024-05-01"),
        ("2024-02-29", "2024-03-01"),
        ("2024-06-01", "2024-06-01"),
        ("2025-02-28", "2025-03-01"),
        ("2024-12-02", "2025-01-01"),
    ],
)
def test_first_of_month_on_or_after(day: str, first: str) -> None:
    assert first_of_month_on_or_after(_day(day)) == _day(first)


def test_a_copy_of_a_month_is_the_month() -> None:
    assert deepcopy([Month(2024, 12)]) == [Month(2024, 12)]
