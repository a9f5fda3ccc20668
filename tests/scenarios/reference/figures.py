"""Numbers, days and bands of the reference calculator: whole fractions of yuan, one rounding, plain days."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

DAY = timedelta(days=1)
NOTHING = Fraction(0)


class Parked(Exception):
    """Somebody cannot be paid. The text is the code under which they wait."""


def number(text: object) -> Fraction:
    """What a file or a document writes, exactly."""
    return text if isinstance(text, Fraction) else _number(str(text))


@cache
def _number(text: str) -> Fraction:
    return Fraction(text)


def fen(amount: Fraction) -> Fraction:
    """To the fen, half away from zero."""
    return _to_steps(amount, 100, half=True)


def fen_below(amount: Fraction) -> Fraction:
    """Cut to the fen: a legal limit is not rounded above itself."""
    return _to_steps(amount, 100, half=False)


def yuan(amount: Fraction) -> Fraction:
    """To the yuan, half away from zero."""
    return _to_steps(amount, 1, half=True)


def yuan_below(amount: Fraction) -> Fraction:
    """Cut to the yuan."""
    return _to_steps(amount, 1, half=False)


def _to_steps(amount: Fraction, steps: int, *, half: bool) -> Fraction:
    above, below = abs(amount.numerator) * steps, amount.denominator
    whole = (2 * above + below) // (2 * below) if half else above // below
    return Fraction(-whole if amount < 0 else whole, steps)


def money(amount: Fraction) -> str:
    """Whole fen as they are printed."""
    cents = amount * 100
    assert cents.denominator == 1, f"{amount} is not in whole fen"
    sign, size = ("-" if cents < 0 else ""), abs(cents.numerator)
    return f"{sign}{size // 100}.{size % 100:02}"


@cache
def days_of(first: date) -> tuple[date, ...]:
    """Every day of the month that starts on ``first``."""
    return tuple(first + DAY * step for step in range(calendar.monthrange(first.year, first.month)[1]))


def first_of(day: date) -> date:
    return day.replace(day=1)


@cache
def add_months(day: date, months: int, month_end: str = "clamp") -> date:
    """The same day some months on; a day the month lacks is its last one, or the 1st of the next (``overflow``)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    if day.day <= last:
        return date(year, month + 1, day.day)
    return date(year, month + 1, last) + (DAY if month_end == "overflow" else timedelta())


def held_on(values: Sequence[tuple[date, str]], day: date) -> str | None:
    """The value that holds on a day: the one that started last. None before the first."""
    found: tuple[date, str] | None = None
    for each in values:
        if each[0] <= day and (found is None or each[0] >= found[0]):
            found = each
    return found[1] if found else None


def by_bands(bands: Iterable[Mapping[str, Any]], total: Fraction, key: str, mode: str) -> Fraction:
    """Rates or prices by band: everything by the band reached (whole), or each part by its own (marginal)."""
    ordered = sorted((number(band["from"]), number(band[key])) for band in bands)
    if mode == "whole" or total < 0:
        reached = [rate for low, rate in ordered if low <= total]
        return total * (reached[-1] if reached else ordered[0][1])
    paid = NOTHING
    for (low, rate), upper in zip(ordered, [*ordered[1:], None], strict=True):
        high = total if upper is None else min(total, upper[0])
        if high > low:
            paid += (high - low) * rate
    return paid


def of_table(bands: Iterable[Mapping[str, Any]], amount: Fraction) -> tuple[Fraction, Fraction]:
    """Rate and quick deduction of a tax table; a limit belongs to the band below it."""
    for band in bands:
        if "upto" not in band or amount <= number(band["upto"]):
            return number(band["rate"]), number(band["quick_deduction"])
    raise AssertionError("a table without an open end")
