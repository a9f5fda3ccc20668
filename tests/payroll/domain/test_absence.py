"""Absence: the full monthly base pay ÷ 21.75 × unpaid days, one line (formats §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
BASE = {"base": "2000.00", "guarantee": ()}
FLOOR = {"base": "2000.00"}
"""Year 2: the guarantee is 2200."""


@pytest.mark.parametrize(
    ("absent", "plan", "lines"),
    [
        pytest.param("0", BASE, [("base_pay", "2000.00")], id="none: no line"),
        # 2000 ÷ 21.75 = 91.954…
        pytest.param("1", BASE, [("base_pay", "2000.00"), ("absence_deduction", "-91.95")], id="one day"),
        # 45.977…
        pytest.param("0.5", BASE, [("base_pay", "2000.00"), ("absence_deduction", "-45.98")], id="half a day"),
        # 275.862…, not 3 × 91.95
        pytest.param("3", BASE, [("base_pay", "2000.00"), ("absence_deduction", "-275.86")], id="three days, one line"),
        # 21 × 2000 ÷ 21.75 = 1931.034…
        pytest.param("21", BASE, [("base_pay", "2000.00"), ("absence_deduction", "-1931.03")], id="21 days"),
        # 22 × 2000 ÷ 21.75 = 2022.99
        pytest.param("22", BASE, [("base_pay", "2000.00"), ("absence_deduction", "-2000.00")],
                     id="22 days: never more than was earned"),
        pytest.param("2", BASE | {"divisor": "30"}, [("base_pay", "2000.00"), ("absence_deduction", "-133.33")],
                     id="30-day basis"),
        # G 2200 − 91.95… : 2200 ÷ 21.75 = 101.15; 2098.85; counted 1908.05
        pytest.param("1", FLOOR,
                     [("base_pay", "2000.00"), ("absence_deduction", "-91.95"), ("guarantee_top_up", "190.80")],
                     id="the floor is lowered, too"),
        # 22 × 2200 ÷ 21.75 = 2225.29 > 2200
        pytest.param("22", FLOOR, [("base_pay", "2000.00"), ("absence_deduction", "-2000.00")],
                     id="a floor is never negative"),
        # 1800 ÷ 21.75 × 2 = 165.517…
        pytest.param("2", {"base": {"junior": "1800.00"}, "guarantee": ()},
                     [("base_pay", "1800.00"), ("absence_deduction", "-165.52")], id="by tier"),
    ],
)  # fmt: skip
def test_absence(absent: str, plan: Mapping[str, Any], lines: Lines, pay: Pay, printed: Printed) -> None:
    assert printed(pay({"absent": absent, "tier": "junior"}, plan)) == lines


def test_absence_in_a_part_month_is_of_the_full_monthly_amount(pay: Pay, printed: Printed) -> None:
    # hired 06-11: 20/30 × 1800 = 1200.00; 1800 ÷ 21.75 × 2 = 165.52
    # G 20/30 × 2000 = 1333.33 − 2000 ÷ 21.75 × 2 = 183.91 → 1149.42; counted 1034.48
    facts = {"hire": "2024-06-11", "employment": "probation_waived", "absent": "2"}
    slip = pay(facts, {"base": "1800.00"})
    assert printed(slip) == [
        ("base_pay", "1200.00"),
        ("absence_deduction", "-165.52"),
        ("guarantee_top_up", "114.94"),
    ]
    assert str(slip.net) == "1149.42"


def test_absence_in_a_month_of_probation(pay: Pay, printed: Printed) -> None:
    # 1600 ÷ 21.75 × 2 = 147.126…
    slip = pay({"hire": "2024-06-01", "absent": "2"}, BASE)
    assert printed(slip) == [("probation_pay", "1600.00"), ("absence_deduction", "-147.13")]
    assert str(slip.net) == "1452.87"


def test_absence_is_one_line_in_a_month_of_two_segments(pay: Pay, printed: Printed) -> None:
    # 06-21 from 1800 to 2000: 1200.00 + 666.67; the amount of the last segment: 2000 ÷ 21.75 = 91.95
    tiers = {"2023-02-10": "junior", "2024-06-21": "intermediate"}
    plan = {"base": {"junior": "1800.00", "intermediate": "2000.00"}, "guarantee": ()}
    assert printed(pay({"tiers": tiers, "absent": "1"}, plan)) == [
        ("base_pay", "1200.00"),
        ("base_pay", "666.67"),
        ("absence_deduction", "-91.95"),
    ]


def test_absence_never_touches_commission_and_bonuses(pay: Pay, printed: Printed) -> None:
    # a whole month away: 600 × 80 % and 50 000 × 0.003 stay
    bonuses = (
        BonusRule("metric_bonus", amount=Decimal("500.00")),
        BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
    )
    slip = pay({"absent": "23", "sales": "50000.00", "score": "80"}, FLOOR | {"bonuses": bonuses})
    assert printed(slip) == [
        ("base_pay", "2000.00"),
        ("absence_deduction", "-2000.00"),
        ("commission", "150.00"),
        ("metric_bonus", "500.00"),
        ("performance_pay", "480.00"),
    ]
    assert str(slip.net) == "1130.00"


def test_without_base_pay_only_the_guarantee_is_lowered(pay: Pay, printed: Printed) -> None:
    # E-21: 2200 − 202.30
    assert printed(pay({"absent": "2"}, {})) == [("guarantee_top_up", "1997.70")]


def test_unknown_attendance_deducts_nothing(pay: Pay, printed: Printed) -> None:
    assert printed(pay({}, BASE)) == [("base_pay", "2000.00")]
