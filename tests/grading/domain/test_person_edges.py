"""The employed days of a month, and the tier of a day."""

from __future__ import annotations

from datetime import date

import pytest

from grading.domain.person import Person, employed_span
from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span

JUNE = Month(2026, 6)


def days(first: int, end: date) -> Span:
    return Span(date(2026, 6, first), end)


@pytest.mark.parametrize(
    ("hired", "left", "span"),
    [
        (date(2025, 1, 1), None, days(1, date(2026, 7, 1))),
        (date(2026, 6, 1), None, days(1, date(2026, 7, 1))),
        (date(2026, 6, 16), None, days(16, date(2026, 7, 1))),
        (date(2025, 1, 1), date(2026, 6, 15), days(1, date(2026, 6, 16))),  # the last day is employed
        (date(2025, 1, 1), date(2026, 6, 30), days(1, date(2026, 7, 1))),
        (date(2025, 1, 1), date(2026, 9, 9), days(1, date(2026, 7, 1))),
        (date(2026, 6, 10), date(2026, 6, 10), days(10, date(2026, 6, 11))),  # one day
    ],
)
def test_employed_days_of_june(hired: date, left: date | None, span: Span) -> None:
    assert employed_span(hired, left, JUNE) == span


@pytest.mark.parametrize(
    ("hired", "left"),
    [
        (date(2026, 7, 1), None),
        (date(2025, 1, 1), date(2026, 5, 31)),
        (date(2026, 6, 10), date(2026, 6, 1)),  # left before the first day: never employed
    ],
)
def test_whoever_is_not_employed_has_no_day(hired: date, left: date | None) -> None:
    assert employed_span(hired, left, JUNE).days == 0


def person(*tiers: tuple[date, str]) -> Person:
    return Person(
        agent_id=1,
        agent_no="A1",
        name="李",
        role="pre_sales",
        hire_date=date(2026, 6, 10),
        leave_date=date(2026, 6, 20),
        tiers=Dated.of("tier", tiers),
        team="t1",
        team_name="一组",
        department="d1",
    )


def test_a_person_is_employed_from_hire_to_the_last_day() -> None:
    assert person().employed(JUNE) == days(10, date(2026, 6, 21))


@pytest.mark.parametrize(("day", "tier"), [(9, None), (10, "junior"), (14, "junior"), (15, "senior")])
def test_the_tier_of_a_day(day: int, tier: str | None) -> None:
    held = person((date(2026, 6, 10), "junior"), (date(2026, 6, 15), "senior"))
    assert held.tier_on(date(2026, 6, day)) == tier


def test_without_tiers_there_is_none() -> None:
    assert person().tier_on(JUNE.last_day) is None
