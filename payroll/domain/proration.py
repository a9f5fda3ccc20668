"""Part of a monthly amount for part of a month."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from grading.kernel.money import FEN_HALF_UP
from grading.kernel.period import Month, Span
from payroll.domain.lines import Step, step
from payroll.domain.rules import PAID_DAYS_PER_MONTH, ProrationMethod
from payroll.domain.work_calendar import WorkCalendar


def share_of_month(
    span: Span, employed: Span, month: Month, method: ProrationMethod, calendar: WorkCalendar | None = None
) -> tuple[Fraction, Fraction]:
    """(days, of days): the part of the month that ``span`` is. A full month is always the whole amount (E-33).

    By paid days (21.75) a part month of 22 or 23 weekdays would exceed the whole and is held to it. Without a
    calendar Mondays to Fridays are counted; with one its paid days. Raises CalendarMissing.
    """
    if span == month.span:
        return Fraction(month.days), Fraction(month.days)
    if method is ProrationMethod.CALENDAR_DAYS:
        return Fraction(span.days), Fraction(month.days)
    if method is ProrationMethod.WORKDAYS:
        return _weekdays(span, calendar), _weekdays(month.span, calendar)
    weekdays = _weekdays(employed, calendar)
    return _weekdays(span, calendar), weekdays if employed == month.span else max(weekdays, PAID_DAYS_PER_MONTH)


def _weekdays(span: Span, calendar: WorkCalendar | None) -> Fraction:
    return Fraction(span.weekdays() if calendar is None else calendar.paid_weekdays(span))


def prorated(
    monthly: Decimal,
    span: Span,
    employed: Span,
    month: Month,
    method: ProrationMethod,
    calendar: WorkCalendar | None = None,
) -> tuple[Decimal, Step]:
    """A monthly amount for the days of one segment, rounded once, and the step that says how."""
    days, of_days = share_of_month(span, employed, month, method, calendar)
    exact_amount = Fraction(monthly) * days / of_days
    return FEN_HALF_UP(exact_amount), step(
        f"proration.{method.value}" if days != of_days else "proration.full_month",
        exact_amount,
        monthly=monthly,
        days=days,
        of_days=of_days,
        first_day=span.start,
        last_day=span.last_day,
    )
