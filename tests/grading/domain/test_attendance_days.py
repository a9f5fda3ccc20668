"""Attendance: formats §2 and §9."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.attendance import Attendance, DayStatus, attendance_of_days

F = Fraction


@pytest.mark.parametrize(
    ("days", "full"),
    [
        pytest.param({"present": 22}, True, id="present on every due day"),
        pytest.param({"present": 22, "rest": 8, "holiday": 1}, True, id="rest days and holidays are not due"),
        pytest.param({"present": 21, "late": 1}, False, id="late once"),
        pytest.param({"present": 21, "early_leave": 1}, False, id="left early once"),
        pytest.param({"present": 21, "paid_leave": 1}, False, id="paid leave is not presence"),
        pytest.param({"present": 21, "unpaid_leave": 1}, False, id="unpaid leave"),
        pytest.param({"present": 21, "sick": 1}, False, id="sick"),
        pytest.param({"present": 21, "absent": 1}, False, id="absent"),
        pytest.param({"rest": 30}, False, id="no day was due"),
        pytest.param({}, False, id="no days"),
    ],
)
def test_full_attendance(days: dict[str, int], full: bool) -> None:
    assert attendance_of_days(DayStatus(day) for day, count in days.items() for _ in range(count)).is_full is full


@pytest.mark.parametrize(
    ("days", "rate", "unpaid"),
    [
        pytest.param({"present": 20, "absent": 2}, "20/22", "2", id="M-17"),
        pytest.param({"present": 20, "paid_leave": 2}, "20/22", "0", id="paid leave lowers the rate, not the pay"),
        pytest.param({"present": 20, "unpaid_leave": 1, "absent": 1}, "20/22", "2", id="unpaid leave and absence"),
        pytest.param({"present": 18, "late": 1, "early_leave": 1, "sick": 2}, "20/22", "0", id="late is present"),
        pytest.param({"present": 22, "holiday": 1, "rest": 8}, "1", "0", id="holidays are not due"),
    ],
)
def test_rate_and_unpaid_days(days: dict[str, int], rate: str, unpaid: str) -> None:
    month = attendance_of_days(DayStatus(day) for day, count in days.items() for _ in range(count))
    assert (month.rate, month.unpaid_days) == (F(rate), F(unpaid))


def test_the_rate_is_not_applicable_when_no_day_was_due() -> None:
    assert attendance_of_days([DayStatus.REST]).rate is None


def test_half_days() -> None:
    month = Attendance(F(22), F("21.5"), unpaid_leave_days=F("0.5"))
    assert (month.rate, month.unpaid_days, month.is_full) == (F(43, 44), F(1, 2), False)


def test_counts_of_a_mixed_month() -> None:
    days = {"present": 15, "late": 2, "early_leave": 1, "paid_leave": 1, "unpaid_leave": 1, "sick": 1, "absent": 1,
            "holiday": 1, "rest": 7}  # fmt: skip
    month = attendance_of_days(DayStatus(day) for day, count in days.items() for _ in range(count))
    # due 15 + 2 + 1 + 1 + 1 + 1 + 1 = 22; present 15 + 2 + 1 = 18
    assert month == Attendance(F(22), F(18), F(1), F(1), F(1), F(1), 2, 1)
