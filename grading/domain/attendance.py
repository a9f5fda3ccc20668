"""Attendance (考勤): a month's days and hours, the rate and full attendance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

NONE = Fraction(0)


class DayStatus(StrEnum):
    """What one day of an agent was."""

    PRESENT = "present"
    LATE = "late"
    EARLY_LEAVE = "early_leave"
    PAID_LEAVE = "paid_leave"
    UNPAID_LEAVE = "unpaid_leave"
    SICK = "sick"
    ABSENT = "absent"
    HOLIDAY = "holiday"
    REST = "rest"


_NOT_DUE = (DayStatus.HOLIDAY, DayStatus.REST)
_PRESENT = (DayStatus.PRESENT, DayStatus.LATE, DayStatus.EARLY_LEAVE)


@dataclass(frozen=True, slots=True)
class Attendance:
    """One agent's month. Days may be halves; counts are whole numbers; hours are overtime hours."""

    due_days: Fraction
    present_days: Fraction
    paid_leave_days: Fraction = NONE
    unpaid_leave_days: Fraction = NONE
    sick_days: Fraction = NONE
    absent_days: Fraction = NONE
    late_count: int = 0
    early_leave_count: int = 0
    overtime_workday_hours: Fraction = NONE
    overtime_restday_hours: Fraction = NONE
    overtime_holiday_hours: Fraction = NONE

    @property
    def rate(self) -> Fraction | None:
        """attendance_rate: present ÷ due; paid leave is not presence. None (not applicable) when no day was due."""
        return self.present_days / self.due_days if self.due_days else None

    @property
    def is_full(self) -> bool:
        """Present on every due day, never late, never early away."""
        return self.present_days >= self.due_days > 0 and not self.late_count and not self.early_leave_count

    @property
    def unpaid_days(self) -> Fraction:
        """Days that earn no pay: unpaid leave and absence without leave."""
        return self.unpaid_leave_days + self.absent_days


def attendance_of_days(statuses: Iterable[DayStatus]) -> Attendance:
    """A month's totals from one status a day. A late or early-leaving day is a day present."""
    days = Counter(statuses)
    return Attendance(
        due_days=Fraction(sum(count for status, count in days.items() if status not in _NOT_DUE)),
        present_days=Fraction(sum(days[status] for status in _PRESENT)),
        paid_leave_days=Fraction(days[DayStatus.PAID_LEAVE]),
        unpaid_leave_days=Fraction(days[DayStatus.UNPAID_LEAVE]),
        sick_days=Fraction(days[DayStatus.SICK]),
        absent_days=Fraction(days[DayStatus.ABSENT]),
        late_count=days[DayStatus.LATE],
        early_leave_count=days[DayStatus.EARLY_LEAVE],
    )
