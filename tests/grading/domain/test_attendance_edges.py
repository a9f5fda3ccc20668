"""Full attendance of a month with very few days that are due."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.attendance import Attendance, DayStatus, attendance_of_days


@pytest.mark.parametrize(
    ("due", "present", "full"), [("1", "1", True), ("0.5", "0.5", True), ("1", "0.5", False), ("0", "0", False)]
)
def test_one_day_can_be_attended_in_full_and_none_cannot(due: str, present: str, full: bool) -> None:
    assert Attendance(Fraction(due), Fraction(present)).is_full is full


def test_a_single_present_day() -> None:
    month = attendance_of_days([DayStatus.PRESENT, DayStatus.REST])
    assert (month.rate, month.is_full) == (Fraction(1), True)
