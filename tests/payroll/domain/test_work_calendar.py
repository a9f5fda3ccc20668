"""The working calendar: three sorts of days, paid days, the pay day before a holiday, and years nobody knows."""

from __future__ import annotations

from datetime import date

import pytest

from grading.kernel.period import Month, Span
from payroll.domain.errors import CalendarMissing
from payroll.domain.proration import share_of_month
from payroll.domain.rules import ProrationMethod
from payroll.domain.work_calendar import WorkCalendar
from tests.payroll.domain.law import YEAR_2026, Pay, Person, amount, national_law, shipped_law

CALENDAR = WorkCalendar({2026: YEAR_2026})


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-03-02", "workday"),  # a Monday
        ("2026-03-06", "workday"),  # a Friday
        ("2026-03-07", "restday"),  # a Saturday
        ("2026-03-08", "restday"),  # a Sunday
        ("2026-02-14", "workday"),  # a Saturday that is worked for the Spring Festival
        ("2026-01-04", "workday"),  # a Sunday that is worked
        ("2026-02-16", "holiday"),
        ("2026-02-20", "restday"),  # a Friday off by swap: 200 %, not 300 %
        ("2026-04-05", "holiday"),  # a Sunday
        ("2026-04-06", "restday"),  # the Monday in lieu of it
        ("2026-10-03", "holiday"),  # a Saturday
        ("2026-10-07", "restday"),
    ],
)
def test_the_sort_of_day(day: str, kind: str) -> None:
    assert CALENDAR.kind(date.fromisoformat(day)).value == kind


@pytest.mark.parametrize("day", ["2025-12-31", "2027-01-01"])
def test_a_year_that_is_not_known_is_never_guessed(day: str) -> None:
    with pytest.raises(CalendarMissing) as raised:
        CALENDAR.kind(date.fromisoformat(day))
    assert dict(raised.value.values) == {"year": day[:4]}


def test_2027_is_not_known_to_the_law_that_ships() -> None:
    calendar = shipped_law().calendar
    assert calendar.kind(date(2026, 12, 31)).value == "workday"
    with pytest.raises(CalendarMissing):
        calendar.kind(date(2027, 1, 4))


@pytest.mark.parametrize(
    ("first", "end", "days"),
    [
        # 2026: 248 workdays and 13 holidays by the State Council's notice
        pytest.param("2026-01-01", "2027-01-01", 261, id="the year: 248 + 13"),
        pytest.param("2026-02-01", "2026-03-01", 20, id="February: 16 workdays, 4 holidays"),
        pytest.param("2026-03-01", "2026-04-01", 22, id="March, like any"),
        pytest.param("2026-04-04", "2026-04-07", 1, id="the holiday on a Sunday counts, its Monday does not"),
        pytest.param("2026-03-02", "2026-03-02", 0, id="no day"),
    ],
)
def test_paid_days(first: str, end: str, days: int) -> None:
    assert CALENDAR.paid_weekdays(Span(date.fromisoformat(first), date.fromisoformat(end))) == days


@pytest.mark.parametrize(
    ("day", "paid_on"),
    [
        ("2026-03-10", "2026-03-10"),
        ("2026-03-15", "2026-03-13"),  # a Sunday: the Friday before
        ("2026-10-07", "2026-09-30"),  # the whole break
        ("2026-10-10", "2026-10-10"),  # a worked Saturday
        ("2026-01-01", None),  # before it lies a year that is not known
    ],
)
def test_pay_is_due_before_a_holiday(day: str, paid_on: str | None) -> None:
    if paid_on is None:
        with pytest.raises(CalendarMissing):
            CALENDAR.workday_on_or_before(date.fromisoformat(day))
        return
    assert CALENDAR.workday_on_or_before(date.fromisoformat(day)).isoformat() == paid_on


@pytest.mark.parametrize(
    ("method", "first", "end", "expected"),
    [
        # February 2026 from the 9th: 5 + 1 worked Saturday + 4 holidays + 4 + 1 worked Saturday = 15 of 20 paid days
        pytest.param("workdays", "2026-02-09", "2026-03-01", (15, 20), id="workdays"),
        pytest.param("paid_days", "2026-02-09", "2026-03-01", (15, "21.75"), id="paid days"),
        pytest.param("calendar_days", "2026-02-09", "2026-03-01", (20, 28), id="calendar days know no calendar"),
        pytest.param("paid_days", "2026-02-01", "2026-03-01", (28, 28), id="a full month is the whole"),
    ],
)
def test_proration_by_the_calendar(method: str, first: str, end: str, expected: tuple[object, object]) -> None:
    span = Span(date.fromisoformat(first), date.fromisoformat(end))
    days, of_days = share_of_month(span, span, Month(2026, 2), ProrationMethod(method), CALENDAR)
    assert (days, str(of_days)) == (expected[0], str(expected[1]).replace("21.75", "87/4"))


def test_without_a_calendar_mondays_to_fridays_count() -> None:
    span = Span(date(2026, 2, 9), date(2026, 3, 1))
    assert share_of_month(span, span, Month(2026, 2), ProrationMethod.WORKDAYS) == (15, 20)
    span = Span(date(2026, 2, 16), date(2026, 2, 21))
    assert share_of_month(span, span, Month(2026, 2), ProrationMethod.WORKDAYS) == (5, 20)
    assert share_of_month(span, span, Month(2026, 2), ProrationMethod.WORKDAYS, CALENDAR) == (4, 20)


def test_a_joiner_of_2027_by_calendar_days_needs_no_calendar(pay: Pay) -> None:
    person = Person(national_law(), hire="2027-01-16", plan={"proration": "calendar_days"})
    assert amount(person.month(pay, "2027-01", "3100.00"), "base_pay") == "1600.00"
