"""The rows of the law's documents as people look them up: which holds on a day, on what source, and how sure it is.

The same documents that ``law_document`` turns into values; they were found sound when they were read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from grading.kernel.errors import DomainError
from grading.kernel.period import Span

CHECK_EVERY = timedelta(days=366)
"""A row that nobody has compared with its source for longer is stale: every rate may change each year."""
WARN_BEFORE = timedelta(days=60)
"""How long before a parameter ends its successor is asked for: the notices come one to two months ahead."""


@dataclass(frozen=True, slots=True)
class LawRow:
    """One dated row; ``last_day`` is the last on which it holds, None until further notice. A calendar is one row."""

    document: str
    parameter: str
    first_day: date
    last_day: date | None
    source: str
    checked_on: date | None
    verified: bool

    def meets(self, span: Span) -> bool:
        """Whether the row holds on any day of the span."""
        return self.first_day < span.end and (self.last_day is None or self.last_day >= span.start)


class RuleEnded(DomainError):
    """A parameter without a value for today."""

    code = "payroll.rule_ended"
    template = (
        "{parameter} of {document} ended on {last}, so nobody can be paid by it now. "
        "Record the value that follows, with its source."
    )


class RuleEndsSoon(DomainError):
    """A parameter whose last value ends soon."""

    code = "payroll.rule_ends_soon"
    template = (
        "{parameter} of {document} ends on {last} and nothing follows it yet. "
        "Record the next value, with its source, once it is announced."
    )


class RuleNotChecked(DomainError):
    """A value in force that nobody has compared with its source for more than a year."""

    code = "payroll.rule_not_checked"
    template = (
        "{parameter} of {document} was last compared with its source on {checked_on}. "
        "Compare it with {source} again, and record a row of your own if it has changed."
    )


class RuleUnverified(DomainError):
    """A value in force that was never found in an official notice."""

    code = "payroll.rule_unverified"
    template = (
        "{parameter} of {document} is not verified by an official notice yet; it comes from {source}. "
        "Find the notice and record a row of your own, with it as the source."
    )


def law_rows(document: str, body: Mapping[str, Any]) -> tuple[LawRow, ...]:
    """Every row of a document, by parameter and day. ``document`` is its code: ``cn``, ``cn.city.CODE`` …"""
    if "year" in body:
        return (_calendar(document, body),)
    if "parameters" in body:
        return tuple(row for parameter, rows in body["parameters"].items() for row in _dated(document, parameter, rows))
    return tuple(
        row
        for group, parameters in body.items()
        for parameter, held in parameters.items()
        for row in _dated(document, f"{group}.{parameter}", held["values"])
    )


def ageing(document: str, body: Mapping[str, Any], today: date) -> Iterator[DomainError]:
    """What of a document has ended or ends soon, was not checked for a year, or is not verified; of what holds today.

    A calendar's year neither ends unasked nor has to be checked again.
    """
    by_parameter: dict[str, list[LawRow]] = {}
    for row in law_rows(document, body):
        by_parameter.setdefault(row.parameter, []).append(row)
    for parameter, rows in by_parameter.items():
        named = {"document": document, "parameter": parameter}
        held = [row for row in rows if row.first_day <= today and (row.last_day is None or row.last_day >= today)]
        if "year" not in body:
            yield from _ending(named, rows[-1], today)
        for row in held:
            if not row.verified:
                yield RuleUnverified(**named, source=row.source)
            if row.checked_on is not None and today - row.checked_on > CHECK_EVERY and "year" not in body:
                yield RuleNotChecked(**named, source=row.source, checked_on=row.checked_on)


def _ending(named: Mapping[str, str], last: LawRow, today: date) -> Iterator[DomainError]:
    if last.last_day is None:
        return
    if last.last_day < today:
        yield RuleEnded(**named, last=last.last_day)
    elif last.last_day - today <= WARN_BEFORE:
        yield RuleEndsSoon(**named, last=last.last_day)


def _dated(document: str, parameter: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[LawRow]:
    ordered = sorted(rows, key=lambda row: str(row["from"]))
    for place, row in enumerate(ordered):
        following = ordered[place + 1 : place + 2]
        last = _day(row.get("to"))
        if following:
            last = date.fromisoformat(following[0]["from"]) - timedelta(days=1)
        yield LawRow(
            document=document,
            parameter=parameter,
            first_day=date.fromisoformat(row["from"]),
            last_day=None if last == date.max else last,
            source=row["source"],
            checked_on=_day(row.get("checked_on")),
            verified=bool(row["verified"]),
        )


def _calendar(document: str, body: Mapping[str, Any]) -> LawRow:
    year = int(body["year"])
    return LawRow(
        document=document,
        parameter="calendar",
        first_day=date(year, 1, 1),
        last_day=date(year, 12, 31),
        source=body["source"],
        checked_on=_day(body.get("checked_on")),
        verified=bool(body.get("verified", False)),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
