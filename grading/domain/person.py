"""An agent as plain values: who, since when, on which team and tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from grading.kernel.dated import Dated
from grading.kernel.period import Month, Span


@dataclass(frozen=True, slots=True)
class Person:
    """One agent. ``team`` and ``department`` are those of the month's last employed day."""

    agent_id: int
    agent_no: str
    name: str
    role: str
    hire_date: date
    leave_date: date | None
    tiers: Dated[str]
    team: str
    team_name: str
    department: str

    def employed(self, month: Month) -> Span:
        """The employed days of a month, the last paid day included; empty before hire and after leaving."""
        return employed_span(self.hire_date, self.leave_date, month)

    def tier_on(self, day: date) -> str | None:
        """The tier held on a day; None before the first."""
        return self.tiers.on(day) if self.tiers.values and self.tiers.values[0][0] <= day else None


def employed_span(hire_date: date, leave_date: date | None, month: Month) -> Span:
    """The days of a month from hire to the last paid day, half-open."""
    end = month.span.end if leave_date is None else leave_date + timedelta(days=1)
    return month.span.meet(Span(hire_date, max(hire_date, end)))
