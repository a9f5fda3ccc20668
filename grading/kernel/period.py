"""Months, half-open spans of days, and month arithmetic from the original start date."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import total_ordering
from typing import ClassVar

from grading.kernel.errors import DomainError

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


class BadMonth(DomainError):
    """A text that is not a month."""

    code = "kernel.bad_month"
    template = "'{value}' is not a month. Write it as YYYY-MM, for example 2026-10."


class MonthEnd(StrEnum):
    """What an n-month anniversary means when the day does not exist in the target month (seed A-08, §4.4)."""

    CLAMP = "clamp"
    """The last day of the month: 01-31 + 1 month = 02-29."""
    OVERFLOW = "overflow"
    """The first day of the next month: 01-31 + 1 month = 03-01."""
    STRICT = "strict"
    """The start day is not counted: the day after the clamped day."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from ``start`` up to and not including ``end``. May be empty, never negative."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return max((self.end - self.start).days, 0)

    @property
    def last_day(self) -> date:
        """The last included day, for people; meaningless when the span is empty."""
        return self.end - timedelta(days=1)

    def meet(self, other: Span) -> Span:
        """The days in both."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))

    def weekdays(self) -> int:
        """Mondays to Fridays in the span; holidays and make-up workdays are not known here."""
        return sum(1 for offset in range(self.days) if (self.start + timedelta(days=offset)).weekday() < 5)


@total_ordering
class Month:
    """A calendar month, written ``2026-10``. Never changed; there is one object for each, so comparing is cheap."""

    __slots__ = ("_text", "days", "first_day", "last_day", "month", "span", "year")

    year: int
    month: int
    days: int
    first_day: date
    last_day: date
    span: Span
    _text: str
    _met: ClassVar[dict[tuple[int, int], Month]] = {}

    def __new__(cls, year: int, month: int) -> Month:
        met = cls._met.get((year, month))
        return met if met is not None else cls._met.setdefault((year, month), cls._first(year, month))

    @classmethod
    def _first(cls, year: int, month: int) -> Month:
        """A month that is met for the first time; its days are reckoned once."""
        made = object.__new__(cls)
        made.year, made.month = year, month
        made.days = monthrange(year, month)[1]
        made.first_day, made.last_day = date(year, month, 1), date(year, month, made.days)
        made.span = Span(made.first_day, made.last_day + timedelta(days=1))
        made._text = f"{year:04d}-{month:02d}"
        return made

    @classmethod
    def parse(cls, text: str) -> Month:
        """Reads ``YYYY-MM``. Raises BadMonth."""
        found = _MONTH.fullmatch(text)
        if not found:
            raise BadMonth(value=text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Month({self.year}, {self.month})"

    def __lt__(self, other: object) -> bool:
        return self.first_day < other.first_day if isinstance(other, Month) else NotImplemented

    def __reduce__(self) -> tuple[type[Month], tuple[int, int]]:
        return Month, (self.year, self.month)

    @property
    def next(self) -> Month:
        return self.plus(1)

    def plus(self, months: int) -> Month:
        years, zero_based = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(years, zero_based + 1)


def add_months(start: date, months: int, month_end: MonthEnd = MonthEnd.CLAMP) -> date:
    """The day ``months`` after ``start``, always reckoned from the original start, never chained (seed §4.4)."""
    target = Month.of(start).plus(months)
    if start.day > target.days:
        clamped = target.last_day
        if month_end is MonthEnd.OVERFLOW:
            return target.next.first_day
    else:
        clamped = date(target.year, target.month, start.day)
    return clamped + timedelta(days=1) if month_end is MonthEnd.STRICT else clamped


def whole_months(start: date, day: date, month_end: MonthEnd = MonthEnd.CLAMP) -> int:
    """How many n-month anniversaries of ``start`` have been reached on ``day``; 0 before the first."""
    months = max((day.year - start.year) * 12 + day.month - start.month, 0)
    while months > 0 and add_months(start, months, month_end) > day:
        months -= 1
    return months


def first_of_month_on_or_after(day: date) -> date:
    """The first of a month, not before ``day``."""
    return day if day.day == 1 else Month.of(day).next.first_day
