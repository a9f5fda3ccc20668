"""contracts/formats.md §9, “Money” and the sentences of “Metrics and gates” that pay depends on, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.attendance import Attendance
from payroll.domain.errors import RatingMissing
from payroll.domain.lines import Kind
from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule, Gate

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
BARE = {"guarantee": ()}
PART = {"hire": "2024-06-11", "employment": "probation_waived"}
"""20 of June's 30 days."""


def test_half_up_means_half_away_from_zero(pay: Pay, printed: Printed) -> None:
    # ±52 135 × 0.003 = ±156.405
    assert printed(pay({"sales": "52135.00"}, BARE)) == [("commission", "156.41")]
    assert printed(pay({"sales": "-52135.00"}, BARE))[0] == ("commission", "-156.41")


def test_each_segment_is_its_own_line_rounded_by_itself(pay: Pay, printed: Printed) -> None:
    # 10/31 × 1800 = 580.645…; 21/31 × 2000 = 1354.838…
    tiers = {"2023-02-10": "junior", "2024-07-11": "intermediate"}
    slip = pay({"month": "2024-07", "tiers": tiers}, BARE | {"base": {"junior": "1800.00", "intermediate": "2000.00"}})
    assert printed(slip) == [("base_pay", "580.65"), ("base_pay", "1354.84")]


def test_days_in_which_amount_and_status_do_not_change_are_one_segment(pay: Pay, printed: Printed) -> None:
    tiers = {"2023-02-10": "junior", "2024-06-11": "intermediate"}
    slip = pay({"tiers": tiers}, BARE | {"base": {"junior": "2000.00", "intermediate": "2000.00"}})
    assert printed(slip) == [("base_pay", "2000.00")]


def test_a_change_of_status_alone_is_a_segment(pay: Pay, printed: Printed) -> None:
    # probation until 06-19 at the same 1600: 19/30 × 1600 = 1013.33; 11/30 × 1600 = 586.67
    slip = pay({"hire": "2024-05-20"}, BARE | {"base": "1600.00"})
    assert printed(slip) == [("probation_pay", "1013.33"), ("base_pay", "586.67")]


def test_leave_date_is_the_last_paid_day(pay: Pay, printed: Printed) -> None:
    # 20/30 × 2000, not 19/30
    assert printed(pay({"leave": "2024-06-20"}, BARE | {"base": "2000.00"})) == [("base_pay", "1333.33")]


@pytest.mark.parametrize(
    ("hire", "amount"),
    [
        pytest.param("2024-06-29", "133.33", id="from Saturday: 2/30"),
        pytest.param("2024-06-28", "200.00", id="from Friday: 3/30"),
    ],
)
def test_calendar_days_count_whatever_the_weekday(hire: str, amount: str, pay: Pay, printed: Printed) -> None:
    facts = {"hire": hire, "employment": "probation_waived"}
    assert printed(pay(facts, BARE | {"base": "2000.00"})) == [("base_pay", amount)]


def test_the_guarantee_is_a_sum_of_rounded_service_year_segments(pay: Pay, printed: Printed) -> None:
    # 07-12 in a month of 31: 11/31 × 2000 = 709.677… → 709.68; 20/31 × 2200 = 1419.354… → 1419.35
    assert printed(pay({"hire": "2023-07-12", "month": "2024-07"})) == [("guarantee_top_up", "2129.03")]


def test_the_absence_share_of_the_guarantee_is_rounded_by_itself(pay: Pay, printed: Printed) -> None:
    # 20/30 × 2000 = 1333.333… → 1333.33; 2000 ÷ 21.75 × 1 = 91.954… → 91.95; 1241.38
    # (rounded once together: 1241.379… is 1241.38 as well; with three days 275.862…: 1057.47)
    assert printed(pay(PART | {"absent": "1"})) == [("guarantee_top_up", "1241.38")]
    assert printed(pay(PART | {"absent": "3"})) == [("guarantee_top_up", "1057.47")]


def test_the_absence_share_rounded_by_itself_differs_from_rounding_once(pay: Pay, printed: Printed) -> None:
    # 7/30 × 2000 = 466.666… → 466.67; 2000 ÷ 21.75 = 91.954… → 91.95; 374.72; rounded once: 374.712… → 374.71
    assert printed(pay({"hire": "2024-06-24", "employment": "probation_waived", "absent": "1"})) == [
        ("guarantee_top_up", "374.72")
    ]


def test_probation_days_add_nothing_to_the_guarantee(pay: Pay, printed: Printed) -> None:
    # E-04: 17/31 × 2000 only
    slip = pay({"hire": "2024-04-15", "month": "2024-05"})
    assert printed(slip) == [("probation_pay", "722.58"), ("guarantee_top_up", "1096.77")]


@pytest.mark.parametrize("absent", [{"absent": "3"}, {"absent": "3", "hire": "2022-06-01"}])
def test_absence_is_one_line_of_the_full_monthly_amount(absent: Mapping[str, Any], pay: Pay, printed: Printed) -> None:
    # E-31: 2000 ÷ 21.75 × 3
    slip = pay(absent, BARE | {"base": "2000.00"})
    assert printed(slip) == [("base_pay", "2000.00"), ("absence_deduction", "-275.86")]


def test_absence_days_are_unpaid_leave_plus_absence() -> None:
    month = Attendance(
        Fraction(22),
        Fraction(18),
        paid_leave_days=Fraction(1),
        unpaid_leave_days=Fraction("1.5"),
        sick_days=Fraction(1),
        absent_days=Fraction("0.5"),
    )
    assert month.unpaid_days == 2


def test_absence_reduces_counted_base_pay_when_the_floor_is_tested(pay: Pay, printed: Printed) -> None:
    # E-31
    assert printed(pay({"absent": "3", "sales": "30000.00"}, {"base": "2000.00"}))[-1] == ("guarantee_top_up", "82.41")


def test_absence_never_reduces_commission_performance_pay_or_metric_bonus(pay: Pay, printed: Printed) -> None:
    bonuses = (
        BonusRule("metric_bonus", amount=Decimal("500.00")),
        BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
    )
    slip = pay({"absent": "10", "sales": "30000.00", "score": "61.175"}, BARE | {"bonuses": bonuses})
    assert printed(slip) == [("commission", "90.00"), ("metric_bonus", "500.00"), ("performance_pay", "367.05")]


def test_fixed_amount_bonuses_go_by_regular_days_rounded_once(pay: Pay, printed: Printed) -> None:
    # regular for 11 of 30 days: 500 × 11/30 = 183.33; 600 × 61.175 % × 11/30 = 134.585 → 134.59; 99.99 × 11/30 = 36.663
    bonuses = (
        BonusRule("metric_bonus", amount=Decimal("500.00")),
        BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
        BonusRule("skill_bonus", amount=Decimal("99.99")),
    )
    slip = pay({"hire": "2024-05-20", "score": "61.175"}, BARE | {"bonuses": bonuses})
    assert printed(slip) == [
        ("probation_pay", "1013.33"),
        ("metric_bonus", "183.33"),
        ("performance_pay", "134.59"),
        ("skill_bonus", "36.66"),
    ]


def test_full_attendance_bonus_only_for_a_full_regular_month(pay: Pay, printed: Printed) -> None:
    plan = BARE | {"bonuses": (BonusRule("full_attendance_bonus", amount=Decimal("100.00"), full_attendance=True),)}
    assert printed(pay({"full": True}, plan)) == [("full_attendance_bonus", "100.00")]
    assert printed(pay(PART | {"full": True}, plan)) == []
    assert printed(pay({"hire": "2024-05-20", "full": True}, plan)) == [("probation_pay", "1013.33")]


def test_commission_is_paid_on_the_rows_given_unless_every_day_is_probation(pay: Pay, printed: Printed) -> None:
    sales = {"sales": "60000.00"}
    assert printed(pay({"hire": "2024-05-20"} | sales, BARE))[-1] == ("commission", "180.00")
    assert printed(pay(PART | sales, BARE)) == [("commission", "180.00")]
    assert printed(pay({"hire": "2024-06-01"} | sales, BARE)) == [("probation_pay", "1600.00")]


def test_commission_is_rate_times_net_total_once(pay: Pay, printed: Printed) -> None:
    # E-18: 3.1395, not 7 × 0.45
    assert printed(pay({"sales": "1046.50"}, BARE)) == [("commission", "3.14")]


def test_a_negative_total_gives_a_negative_line(pay: Pay, printed: Printed) -> None:
    # E-20
    slip = pay({"sales": "-4000.00"}, BARE | {"base": "2000.00"})
    assert printed(slip) == [("base_pay", "2000.00"), ("commission", "-12.00")]


def test_penalty_is_an_earning_line_with_a_negative_amount(pay: Pay) -> None:
    line = pay({"entries": [("penalty", "150.00")]}, BARE | {"base": "2000.00"}).lines[-1]
    assert (line.code, line.kind, str(line.amount)) == ("penalty", Kind.EARNING, "-150.00")


def test_adjustments_are_signed_earnings(pay: Pay) -> None:
    entries = [("adjustment.a", "10.00"), ("adjustment.b", "-3.00")]
    lines = pay({"entries": entries}, BARE).lines
    assert [(line.code, line.kind, str(line.amount)) for line in lines] == [
        ("adjustment.a", Kind.EARNING, "10.00"),
        ("adjustment.b", Kind.EARNING, "-3.00"),
    ]


def test_loss_recovery_is_a_deduction(pay: Pay) -> None:
    line = pay({"entries": [("loss_recovery", "150.00")]}, BARE | {"base": "2000.00"}).lines[-1]
    assert (line.code, line.kind, str(line.amount)) == ("loss_recovery", Kind.DEDUCTION, "150.00")


def test_carry_forward_is_negative_where_it_arises_and_positive_where_it_is_taken(pay: Pay) -> None:
    first = pay({"sales": "-4000.00"}, BARE)
    assert [(line.code, line.kind, str(line.amount)) for line in first.lines] == [
        ("commission", Kind.EARNING, "-12.00"),
        ("carry_forward", Kind.DEDUCTION, "-12.00"),
    ]
    assert str(first.net) == "0.00"
    then = pay({"sales": "50000.00", "carried": str(first.carried_forward)}, BARE)
    assert [(line.code, line.kind, str(line.amount)) for line in then.lines] == [
        ("commission", Kind.EARNING, "150.00"),
        ("carry_forward", Kind.DEDUCTION, "12.00"),
    ]
    assert str(then.net) == "138.00"


def test_totals_are_sums_of_the_printed_lines(pay: Pay) -> None:
    # 2000 − 150 + 10; 80; 1860 − 80
    entries = [("penalty", "150.00"), ("adjustment.a", "10.00"), ("pension", "80.00")]
    slip = pay({"entries": entries}, BARE | {"base": "2000.00"})
    assert (str(slip.gross), str(slip.deductions), str(slip.net)) == ("1860.00", "80.00", "1780.00")


def test_zero_lines_are_left_out_except_income_tax_and_a_failed_gate(
    pay: Pay, printed: Printed, make_gate: Callable[..., Gate]
) -> None:
    bonuses = (
        BonusRule("metric_bonus", amount=Decimal("500.00"), gate="gate"),
        BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
    )
    gates = {"gate": make_gate({"dsr_score": (">=", "4.7")})}
    entries = [("income_tax", "0.00"), ("pension", "0.00"), ("adjustment.a", "0.00"), ("penalty", "0.00")]
    slip = pay(
        {"team": {"dsr_score": "4.69"}, "score": "0", "sales": "0.00", "entries": entries},
        BARE | {"bonuses": bonuses, "gates": gates},
    )
    assert printed(slip) == [("metric_bonus", "0.00"), ("income_tax", "0.00")]


def test_metric_values_are_compared_exactly_never_rounded_first(
    pay: Pay, printed: Printed, make_gate: Callable[..., Gate]
) -> None:
    plan = BARE | {
        "bonuses": (BonusRule("metric_bonus", amount=Decimal("500.00"), gate="gate"),),
        "gates": {"gate": make_gate({"timely_ship_rate": (">", "0.8947")})},
    }
    assert printed(pay({"team": {"timely_ship_rate": "1700/1900"}}, plan)) == [("metric_bonus", "500.00")]
    assert printed(pay({"team": {"timely_ship_rate": "0.8947"}}, plan)) == [("metric_bonus", "0.00")]


def test_attendance_rate_counts_present_days_only() -> None:
    assert Attendance(Fraction(22), Fraction(20), paid_leave_days=Fraction(2)).rate == Fraction(20, 22)


def test_without_a_scorecard_nobody_is_parked_unless_the_plan_pays_by_score(pay: Pay) -> None:
    flat = BonusRule("metric_bonus", amount=Decimal("500.00"))
    assert str(pay({}, BARE | {"bonuses": (flat,)}).net) == "500.00"
    by_score = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE)
    with pytest.raises(RatingMissing):
        pay({}, BARE | {"bonuses": (by_score,)})
