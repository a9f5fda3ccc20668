"""The law as documents: dated rows with their sources, turned into the values that payslips are computed from.

A row holds from its day ``from`` up to and including ``to``; without ``to`` until the next row starts, the last one
until further notice. Every row names its ``source``, the day it was ``checked_on`` against it, and whether it is
``verified``; ``published``, ``note`` and ``note_zh`` are for people. A document with a gap or an overlap is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from grading.kernel.dated import Dated
from grading.kernel.document import (
    DAY,
    FLAG,
    IDENTIFIER,
    MONEY,
    NAME,
    REPEATED,
    TEXT,
    Form,
    Reader,
    number,
    one_of,
    whole,
)
from grading.kernel.money import FEN_HALF_UP, ROUNDINGS, ZERO, Rounding
from payroll.domain.law import (
    City,
    ContributionRule,
    DeductionLimit,
    FundRule,
    IncomeTaxLaw,
    LabourDeduction,
    MinimumWage,
    Scheme,
    TaxBand,
    TaxTable,
    WageLaw,
)
from payroll.domain.work_calendar import SATURDAY, CalendarYear

GAP = "leaves days without a rule"
OVERLAP = "overlaps the next row"
ENDS_EARLY = "lies before the first day"
FLOOR_ABOVE = "is more than the ceiling"
LEAST_ABOVE = "is more than the most"
NOT_RISING = "does not rise"
HIGHEST_ENDS = "the highest band has a limit"
OTHER_YEAR = "is a day of another year"
NOT_A_WEEKDAY = "is a Saturday or Sunday"
NOT_A_WEEKEND = "is no Saturday or Sunday"
NOT_A_YEAR = "are not those of a whole year"

FEWEST_HOLIDAYS, MOST_HOLIDAYS = 10, 15
"""The law has 13 statutory days a year, 11 before 2025. Fewer is part of a year; more are whole breaks."""

PARAMETERS = (*(scheme.value for scheme in Scheme), "housing_fund", "minimum_wage", "rent_limit")
"""What a city has rows for."""

T = TypeVar("T")
RowValue = Callable[[Reader], T]

_RATE = number(least=0, most=1)
_MULTIPLE = number(least=1, most=10)
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", re.ASCII)
_LINE_CODE = Form(
    "is not a line code",
    "small letters, digits and _ , parts joined by a point",
    "",
    lambda value: value if isinstance(value, str) and _CODE.fullmatch(value) else None,
)


def national_from(data: object) -> tuple[WageLaw, IncomeTaxLaw]:
    """The country's rules: ``wages`` and ``income_tax``, each parameter with its dated ``values``.

    Raises BrokenDocument with every problem.
    """
    reader = Reader(data)
    wages, tax = _required_part(reader, "wages"), _required_part(reader, "income_tax")
    law = _wage_law(wages), _income_tax_law(tax)
    reader.finish("country's rules")
    return law


def city_from(data: object) -> City:
    """One place of insurance: ``city``, its names, and under ``parameters`` the dated rows of each.

    A parameter without rows is not known of the city. Raises BrokenDocument with every problem.
    """
    reader = Reader(data)
    code = reader.required("city", IDENTIFIER)
    reader.get("name_zh", NAME, code)
    reader.get("name_en", NAME, code)
    reader.items("aliases", NAME)
    parameters = _required_part(reader, "parameters")
    city = City(
        code=code,
        contributions={
            scheme: rule
            for scheme in Scheme
            if (rule := _rows(parameters, scheme.value, code, _contribution)) is not None
        },
        housing_fund=_rows(parameters, "housing_fund", code, _fund),
        minimum_wage=_rows(parameters, "minimum_wage", code, _minimum_wage),
        rent_limit=_rows(parameters, "rent_limit", code, _money),
    )
    reader.finish("city's rules")
    return city


def calendar_from(data: object) -> tuple[int, CalendarYear]:
    """One whole year's statutory holidays, weekdays off and worked weekends, with their source.

    Raises BrokenDocument with every problem.
    """
    reader = Reader(data)
    reader.required("source", TEXT)
    reader.optional("published", DAY)
    reader.optional("checked_on", DAY)
    reader.optional("note", TEXT)
    reader.get("verified", FLAG, default=False)
    year = reader.required("year", whole(2000, 2100))
    holidays = reader.items("holidays", DAY, required=True)
    days_off = reader.items("days_off", DAY)
    make_up = reader.items("make_up_days", DAY)
    named = (("holidays", holidays), ("days_off", days_off), ("make_up_days", make_up))
    seen: set[date] = set()
    for key, days in named:
        for place, day in enumerate(days):
            _check_day(reader, f"{key}.{place}", day, year, seen)
            seen.add(day)
    if reader.is_sound("days_off", "make_up_days"):
        _check_weekdays(reader, days_off, make_up)
    if reader.is_sound("holidays") and not FEWEST_HOLIDAYS <= len(holidays) <= MOST_HOLIDAYS:
        expected = f"from {FEWEST_HOLIDAYS} to {MOST_HOLIDAYS} statutory holidays"
        reader.note("holidays", NOT_A_YEAR, expected, str(len(holidays)))
    reader.finish("working calendar")
    return year, CalendarYear(frozenset(holidays), frozenset(days_off), frozenset(make_up))


def _check_day(reader: Reader, key: str, day: date, year: int, seen: set[date]) -> None:
    if not reader.is_sound(key, "year"):
        return
    if day.year != year:
        reader.note(key, OTHER_YEAR, f"a day of {year}", day)
    elif day in seen:
        reader.note(key, REPEATED, "each day only once", day)


def _check_weekdays(reader: Reader, days_off: Sequence[date], make_up: Sequence[date]) -> None:
    """A weekend needs no row to be off, nor a weekday to be worked: such a row is a slip of the pen."""
    for place, day in enumerate(days_off):
        if day.weekday() >= SATURDAY:
            reader.note(f"days_off.{place}", NOT_A_WEEKDAY, "a day from Monday to Friday", day)
    for place, day in enumerate(make_up):
        if day.weekday() < SATURDAY:
            reader.note(f"make_up_days.{place}", NOT_A_WEEKEND, "a Saturday or Sunday that is worked", day)


def _required_part(reader: Reader, key: str) -> Reader:
    """A nested mapping that must be there; an empty one in its place once that is noted."""
    part = reader.part(key)
    if part is None:
        reader.note_missing(key, "keys with their rows")
        return Reader({})
    return part


def _wage_law(part: Reader) -> WageLaw:
    def dated(name: str, form: Form[Fraction]) -> Dated[Fraction]:
        return _parameter(part, name, "wages", lambda row: row.required("value", form))

    return WageLaw(
        paid_days_per_month=dated("paid_days_per_month", number(above=0, most=31)),
        hours_per_day=dated("hours_per_day", number(above=0, most=24)),
        overtime_workday=dated("overtime_workday", _MULTIPLE),
        overtime_restday=dated("overtime_restday", _MULTIPLE),
        overtime_holiday=dated("overtime_holiday", _MULTIPLE),
        overtime_hours_limit=dated("overtime_hours_limit", number(least=0)),
        sick_pay_floor=dated("sick_pay_floor", _RATE),
        probation_floor=dated("probation_floor", _RATE),
        recovery_limit=dated("recovery_limit", _RATE),
        not_in_minimum_wage=_parameter(part, "not_in_minimum_wage", "wages", _codes),
    )


def _income_tax_law(part: Reader) -> IncomeTaxLaw:
    def dated(name: str, value: RowValue[T]) -> Dated[T]:
        return _parameter(part, name, "income_tax", value)

    return IncomeTaxLaw(
        allowance=dated("allowance", _money),
        year_table=dated("year_table", _tax_table),
        month_table=dated("month_table", _tax_table),
        labour_table=dated("labour_table", _tax_table),
        labour_deduction=dated("labour_deduction", _labour_deduction),
        separate_bonus=dated("separate_bonus", lambda row: row.required("value", FLAG)),
        from_january_limit=dated("from_january_limit", _money),
        deduction_limits=dated("deduction_limits", _deduction_limits),
        not_wages=dated("not_wages", _codes),
    )


# --- Rows -----------------------------------------------------------------------------------------------------------


def _parameter(part: Reader, name: str, group: str, value: RowValue[T]) -> Dated[T]:
    """The dated values of one national parameter, which must be there; it is called ``group.name``."""
    inner = _required_part(part, name)
    inner.allow("name_zh", "name_en")
    return _dated(f"{group}.{name}", inner.rows("values", required=True), value)


def _rows(part: Reader, parameter: str, city: str, value: RowValue[T]) -> Dated[T] | None:
    rows = part.rows(parameter)
    return _dated(f"{city}.{parameter}", rows, value) if rows else None


def _dated(name: str, rows: Sequence[Reader], value: RowValue[T]) -> Dated[T]:
    """Rows in any order as one dated value, which ends after the last row's ``to``."""
    held = []
    for row in rows:
        start, end = row.required("from", DAY), row.optional("to", DAY)
        _provenance(row)
        held.append((start, None if end == date.max else end, value(row), row))
    held.sort(key=lambda each: each[0])
    for start, end, _value, row in held:
        if end is not None and end < start and row.is_sound("from", "to"):
            row.note("to", ENDS_EARLY, f"{start} or later")
    for (start, end, _value, row), (next_start, _end, _next, next_row) in pairwise(held):
        if not (row.is_sound("from", "to") and next_row.is_sound("from")):
            continue
        if start == next_start:
            next_row.note("from", REPEATED, "each first day only once")
        elif end is not None:
            _check_adjoining(row, end, next_start - timedelta(days=1))
    last = held[-1][1] if held else None
    return Dated(
        name,
        tuple((start, found) for start, _end, found, _row in held),
        None if last is None else last + timedelta(days=1),
    )


def _check_adjoining(row: Reader, end: date, before: date) -> None:
    """``before``: the day before the next row starts, which must be the last day of this one."""
    if end != before:
        row.note("to", GAP if end < before else OVERLAP, f"{before}, the day before the next row starts")


def _provenance(row: Reader) -> None:
    """Asks for where a value comes from, when it was checked, and whether it is verified."""
    row.required("source", TEXT)
    row.required("checked_on", DAY)
    row.optional("published", DAY)
    row.optional("note", TEXT)
    row.optional("note_zh", TEXT)
    row.required("verified", FLAG)


def _is_verified(row: Reader) -> bool:
    return row.is_sound("verified") and row.get("verified", FLAG, default=False)


def _contribution(row: Reader) -> ContributionRule:
    floor, ceiling = _limits(row)
    return ContributionRule(
        employee=row.required("employee", _RATE),
        employer=row.required("employer", _RATE),
        floor=floor,
        ceiling=ceiling,
        employee_fixed=row.get("employee_fixed", MONEY, ZERO),
        employer_fixed=row.get("employer_fixed", MONEY, ZERO),
        rounding=_rounding(row),
        verified=_is_verified(row),
    )


def _fund(row: Reader) -> FundRule:
    floor, ceiling = _limits(row)
    least, most = row.required("least_rate", _RATE), row.required("most_rate", _RATE)
    if row.is_sound("least_rate", "most_rate") and least > most:
        row.note("least_rate", LEAST_ABOVE, "at most most_rate")
    return FundRule(
        least_rate=least,
        most_rate=most,
        floor=floor,
        ceiling=ceiling,
        most_supplementary_rate=row.get("most_supplementary_rate", _RATE, Fraction(0)),
        rounding=_rounding(row),
        verified=_is_verified(row),
    )


def _limits(row: Reader) -> tuple[Decimal | None, Decimal | None]:
    floor, ceiling = row.optional("floor", MONEY), row.optional("ceiling", MONEY)
    if floor is not None and ceiling is not None and row.is_sound("floor", "ceiling") and floor > ceiling:
        row.note("floor", FLOOR_ABOVE, f"at most {ceiling}")
    return floor, ceiling


def _rounding(row: Reader) -> Rounding:
    return ROUNDINGS.get(row.get("rounding", one_of(tuple(ROUNDINGS)), FEN_HALF_UP.name), FEN_HALF_UP)


def _minimum_wage(row: Reader) -> MinimumWage:
    return MinimumWage(
        monthly=row.required("monthly", MONEY),
        hourly=row.optional("hourly", MONEY),
        is_net=row.get("is_net", FLAG, default=False),
        verified=_is_verified(row),
    )


def _money(row: Reader) -> Decimal:
    return row.required("value", MONEY)


def _codes(row: Reader) -> frozenset[str]:
    return frozenset(row.items("codes", _LINE_CODE, required=True))


def _tax_table(row: Reader) -> TaxTable:
    bands = row.rows("bands", required=True)
    found = tuple(
        TaxBand(band.optional("upto", MONEY), band.required("rate", _RATE), band.required("quick_deduction", MONEY))
        for band in bands
    )
    for place, (lower, upper) in enumerate(pairwise(found)):
        if lower.upto is None or (upper.upto is not None and upper.upto <= lower.upto) or upper.rate <= lower.rate:
            bands[place + 1].note("upto", NOT_RISING, "limits and rates that rise; only the highest band has no limit")
    if found and found[-1].upto is not None:
        bands[-1].note("upto", HIGHEST_ENDS, "nothing: the highest band has no limit")
    return TaxTable(found)


def _labour_deduction(row: Reader) -> LabourDeduction:
    return LabourDeduction(row.required("upto", MONEY), row.required("amount", MONEY), row.required("rate", _RATE))


def _deduction_limits(row: Reader) -> Mapping[str, DeductionLimit]:
    return {
        kind: DeductionLimit(
            monthly=limit.optional("monthly", MONEY),
            yearly=limit.optional("yearly", MONEY),
            at_reconciliation=limit.get("at_reconciliation", FLAG, default=False),
        )
        for kind, limit in row.parts("limits", required=True).items()
    }


# --- A company's own rows over those that ship ------------------------------------------------------------------------


def new_city(code: str) -> dict[str, object]:
    """The document of a city that has no rows yet."""
    return {"city": code, "name_zh": code, "name_en": code, "parameters": {}}


def merged(document: Mapping[str, object], own: Mapping[str, Sequence[Mapping[str, object]]]) -> dict[str, object]:
    """A city's document with a company's own rows by parameter, in the order they were recorded; the document stays.

    An own row wins on its days; on all others the rows that ship hold. Without a last day it holds until the next row
    starts. Days are ISO text. The result may be broken: ``city_from`` tells.
    """
    held = document.get("parameters")
    parameters = dict(held) if isinstance(held, Mapping) else {}
    for parameter, rows in own.items():
        found: list[Mapping[str, object]] = list(parameters.get(parameter) or ())
        latest = {str(row["from"]): row for row in rows}
        for first in sorted(latest):
            found = _laid_over(found, latest[first])
        parameters[parameter] = found
    return {**document, "parameters": parameters}


def _laid_over(rows: Sequence[Mapping[str, object]], own: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Rows with one more that wins on its days. Ends that are left out are worked out from the next start."""
    first, last = _day(own["from"]), _last_day(own)
    if last is None:
        later = [_day(row["from"]) for row in rows if _day(row["from"]) > first]
        last = min(later) - timedelta(days=1) if later else date.max
    found = [own]
    for row in rows:
        start = _day(row["from"])
        following = [_day(other["from"]) for other in rows if _day(other["from"]) > start]
        end = _last_day(row) or (min(following) - timedelta(days=1) if following else date.max)
        if start < first:
            found.append(row if end < first else {**row, "to": (first - timedelta(days=1)).isoformat()})
        if end > last:
            found.append({**row, "from": max(start, last + timedelta(days=1)).isoformat()})
    return sorted(found, key=lambda row: _day(row["from"]))


def _last_day(row: Mapping[str, object]) -> date | None:
    return None if row.get("to") is None else _day(row["to"])


def _day(value: object) -> date:
    return date.fromisoformat(str(value))
