"""The working calendar: which days are workdays, rest days and statutory holidays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from grading.kernel.period import Span
from payroll.domain.errors import CalendarMissing

SATURDAY = 5


class DayKind(StrEnum):
    """What work on a day costs: 150 % after hours, 200 % without time off in lieu, 300 %."""

    WORKDAY = "workday"
    RESTDAY = "restday"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's exceptions from Monday to Friday.

    ``holidays`` are the statutory days that carry 300 %, not the whole break; ``days_off`` are weekdays off by swap or
    in lieu; ``make_up_days`` are Saturdays and Sundays that are worked (调休).
    """

    holidays: frozenset[date]
    days_off: frozenset[date]
    make_up_days: frozenset[date]


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The years whose calendar is known. Another year is never guessed."""

    years: Mapping[int, CalendarYear]

    def kind(self, day: date) -> DayKind:
        """What sort of day it is. Raises CalendarMissing for a year without a calendar."""
        year = self.years.get(day.year)
        if year is None:
            raise CalendarMissing(year=day.year)
        if day in year.holidays:
            return DayKind.HOLIDAY
        if day in year.make_up_days:
            return DayKind.WORKDAY
        if day.weekday() >= SATURDAY or day in year.days_off:
            return DayKind.RESTDAY
        return DayKind.WORKDAY

    def paid_weekdays(self, span: Span) -> int:
        """The workdays and statutory holidays of a span: the days that a monthly wage pays for (计薪日)."""
        days = (span.start + timedelta(days=offset) for offset in range(span.days))
        return sum(1 for day in days if self.kind(day) is not DayKind.RESTDAY)

    def workday_on_or_before(self, day: date) -> date:
        """The day itself, or the workday before it: pay is due before a holiday (工资支付暂行规定 art. 7)."""
        while self.kind(day) is not DayKind.WORKDAY:
            day -= timedelta(days=1)
        return day
