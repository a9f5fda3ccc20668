"""Requirements §3.1, the examples that need no raw events. The others belong to the metrics' own tests."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from grading.domain.attendance import Attendance, DayStatus, attendance_of_days
from grading.domain.quality import Finding, judged_findings
from grading.domain.scoring import Banded, Direction, Linear
from grading.kernel.bands import Bands
from grading.kernel.exact import exact_text, shown


@pytest.mark.parametrize(
    ("measure", "points"),
    [
        pytest.param("0.85", "75", id="M-10 85 % scores 75"),
        pytest.param("0.70", "0", id="M-10 at the threshold"),
        pytest.param("0.90", "100", id="M-10 at the target"),
        pytest.param("0.6999", "0", id="M-10 below the threshold"),
        pytest.param("0.9001", "100", id="M-10 above the target"),
    ],
)
def test_m_10_kuaishou_three_minutes(measure: str, points: str) -> None:
    scoring = Linear.checked("ks_reply_rate_3min", Direction.HIGHER, Fraction("0.70"), Fraction("0.90"))
    assert scoring.score(Fraction(measure)) == Fraction(points)


def test_m_11_raw_compare() -> None:
    """1700/1900 = 89.4737 % passes raw; rounded to 89.47 % it would not (A-19). The gate's side is in payroll."""
    measure = Fraction(1700, 1900)
    judged = Banded(Bands.of("ks_timely_ship_rate", [(Fraction(0), Fraction(0)), (measure, Fraction(100))]))
    assert judged.score(measure) == 100
    assert judged.score(Fraction(shown(measure, 4))) == 0
    assert shown(measure, 4) == "0.8947"
    assert exact_text(measure, 6) == "0.894737"


def test_m_17_attendance() -> None:
    days = [DayStatus.PRESENT] * 20 + [DayStatus.ABSENT] * 2 + [DayStatus.REST] * 8
    rate = attendance_of_days(days).rate
    assert rate == Fraction(20, 22)
    assert shown(rate * 100) == "90.91"
    assert Attendance(Fraction(22), Fraction(20)).rate == Fraction(10, 11)


def test_m_21_the_third_same_error_of_the_month_is_fatal() -> None:
    found = [Finding(date(2024, 6, 3) + timedelta(days=day), f"c{day}", "N2") for day in range(4)]
    judged = judged_findings(found, {"F2"}, escalate_on=3)
    assert [each.is_fatal for each in judged] == [False, False, True, True]
    assert [each.is_escalated for each in judged] == [False, False, True, True]


def test_m_21_six_short_replies_of_ten_reach_one_half() -> None:
    # 6 of 10 replies have at most three characters
    found_from_one_half = Bands.of("N2", [(Fraction(0), "clean"), (Fraction(1, 2), "N2 found")])
    assert found_from_one_half.at(Fraction(6, 10)) == "N2 found"
    assert found_from_one_half.at(Fraction(499, 1000)) == "clean"
