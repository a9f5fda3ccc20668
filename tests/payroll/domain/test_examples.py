"""Requirements §4.3, E-01 … E-34: every number below is typed from that page, never computed by the code under test.

T = ``floor_total`` (the default: everything counts), B = ``floor_base`` (only base pay counts). "seed-only" = no tier
base entered. [FIXTURE] tier base: junior 1800, intermediate 2000, senior 2300, expert 2600; metric bonus 500.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.ladder import Ladder, PayEffective, Tier, pay_effective_from
from grading.domain.scorecard import Appraisal, Kpi, Missing, Scorecard, score
from grading.domain.scoring import Direction, Linear
from grading.kernel.exact import shown
from payroll.domain.facts import Facts
from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule, Gate, PoolShareBy
from payroll.domain.team_pool import pool_shares

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]

FIXTURE = {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00", "expert": "2600.00"}
T: Mapping[str, Any] = {"base": FIXTURE}
B: Mapping[str, Any] = {"base": FIXTURE, "counts": ["base_pay"]}
SEED_ONLY: Mapping[str, Any] = {}
SEED_ONLY_B: Mapping[str, Any] = {"counts": ["base_pay"]}
BARE: Mapping[str, Any] = {"guarantee": ()}
"""Commission alone: neither base pay nor guarantee."""

YEAR_1 = {"hire": "2024-01-10"}
"""June 2024: 4 months after the hire, past probation."""
YEAR_2 = {"hire": "2023-02-10"}
YEAR_3 = {"hire": "2022-01-10"}
YEAR_4 = {"hire": "2021-01-10"}


@dataclass(frozen=True)
class Row:
    """One reading of one example: who, under which plan, and what is printed."""

    id: str
    facts: Mapping[str, Any]
    plan: Mapping[str, Any]
    lines: Lines
    net: str
    left: str = "0.00"


E_03 = {"hire": "2024-04-15", "month": "2024-04"}
E_04 = {"hire": "2024-04-15", "month": "2024-05"}
E_05 = {"hire": "2024-01-31"}
E_06 = {"hire": "2024-02-29"}
E_09 = YEAR_2 | {"tier": "intermediate", "sales": "168400.00"}
E_13 = YEAR_4 | {"tier": "expert", "sales": "30000.00"}
E_14 = {"hire": "2023-06-16", "month": "2024-06"}
E_15 = {"hire": "2024-02-29", "month": "2025-02"}
E_21 = YEAR_2 | {"absent": "2"}
E_28 = {"hire": "2023-11-15", "month": "2024-07"}
E_30 = YEAR_2 | {"entries": [("penalty", "150.00")]}
E_32 = {"hire": "2024-03-04", "leave": "2024-03-15", "month": "2024-03"}
E_33 = {"hire": "2023-02-10", "month": "2024-07"}
E_33_PLAN = {"base": "2000.00", "guarantee": ()}

PAYSLIPS = [
    Row("E-01 probation month in full", {"hire": "2024-03-01", "month": "2024-03"}, SEED_ONLY,
        [("probation_pay", "1600.00")], "1600.00"),
    Row("E-01 probation month in full, tier base entered",
        {"hire": "2024-03-01", "month": "2024-03", "tier": "junior"}, T,
        [("probation_pay", "1600.00")], "1600.00"),
    Row("E-02 probation earns no commission on 60 000",
        {"hire": "2024-03-01", "month": "2024-03", "sales": "60000.00"}, SEED_ONLY,
        [("probation_pay", "1600.00")], "1600.00"),
    Row("E-02 with probation_commission",
        {"hire": "2024-03-01", "month": "2024-03", "sales": "60000.00"}, {"probation_commission": True},
        [("probation_pay", "1600.00"), ("commission", "180.00")], "1780.00"),
    Row("E-03 calendar days 16/30", E_03, {"proration": "calendar_days"}, [("probation_pay", "853.33")], "853.33"),
    Row("E-03 paid days 12/21.75", E_03, {"proration": "paid_days"}, [("probation_pay", "882.76")], "882.76"),
    Row("E-03 workdays 12/22", E_03, {"proration": "workdays"}, [("probation_pay", "872.73")], "872.73"),
    Row("E-04 probation 14/31 then regular 17/31", E_04, SEED_ONLY,
        [("probation_pay", "722.58"), ("guarantee_top_up", "1096.77")], "1819.35"),
    # base 17/31 × 1800 = 987.0967…; 1096.77 − 987.10 = 109.67
    Row("E-04 the same with junior base 1800", E_04 | {"tier": "junior"}, T,
        [("probation_pay", "722.58"), ("base_pay", "987.10"), ("guarantee_top_up", "109.67")], "1819.35"),
    Row("E-05 January 1/31", E_05 | {"month": "2024-01"}, SEED_ONLY, [("probation_pay", "51.61")], "51.61"),
    Row("E-05 February, clamp: regular on 02-29", E_05 | {"month": "2024-02"}, {"probation_end": "clamp"},
        [("probation_pay", "1544.83"), ("guarantee_top_up", "68.97")], "1613.80"),
    Row("E-05 February, overflow: regular on 03-01", E_05 | {"month": "2024-02"}, {"probation_end": "overflow"},
        [("probation_pay", "1600.00")], "1600.00"),
    Row("E-05 March, overflow: the first regular month", E_05 | {"month": "2024-03"}, {"probation_end": "overflow"},
        [("guarantee_top_up", "2000.00")], "2000.00"),
    Row("E-06 February 1/29", E_06 | {"month": "2024-02"}, SEED_ONLY, [("probation_pay", "55.17")], "55.17"),
    Row("E-06 March 28/31 then 3/31", E_06 | {"month": "2024-03"}, SEED_ONLY,
        [("probation_pay", "1445.16"), ("guarantee_top_up", "193.55")], "1638.71"),
    Row("E-07 T above the floor", YEAR_1 | {"tier": "junior", "sales": "95000.00"}, T,
        [("base_pay", "1800.00"), ("commission", "285.00")], "2085.00"),
    Row("E-07 B floor on base alone", YEAR_1 | {"tier": "junior", "sales": "95000.00"}, B,
        [("base_pay", "1800.00"), ("commission", "285.00"), ("guarantee_top_up", "200.00")], "2285.00"),
    Row("E-08 T top-up 80", YEAR_1 | {"tier": "junior", "sales": "40000.00"}, T,
        [("base_pay", "1800.00"), ("commission", "120.00"), ("guarantee_top_up", "80.00")], "2000.00"),
    Row("E-08 B", YEAR_1 | {"tier": "junior", "sales": "40000.00"}, B,
        [("base_pay", "1800.00"), ("commission", "120.00"), ("guarantee_top_up", "200.00")], "2120.00"),
    Row("E-09 T year 2 intermediate", E_09, T, [("base_pay", "2000.00"), ("commission", "505.20")], "2505.20"),
    Row("E-09 B", E_09, B,
        [("base_pay", "2000.00"), ("commission", "505.20"), ("guarantee_top_up", "200.00")], "2705.20"),
    Row("E-09 seed-only plus G", E_09, SEED_ONLY_B,
        [("commission", "505.20"), ("guarantee_top_up", "2200.00")], "2705.20"),
    Row("E-12 T year 3 senior", YEAR_3 | {"tier": "senior"}, T,
        [("base_pay", "2300.00"), ("guarantee_top_up", "200.00")], "2500.00"),
    Row("E-12 B year 3 senior", YEAR_3 | {"tier": "senior"}, B,
        [("base_pay", "2300.00"), ("guarantee_top_up", "200.00")], "2500.00"),
    Row("E-13 T year 4 expert, the last step carries on", E_13, T,
        [("base_pay", "2600.00"), ("commission", "90.00")], "2690.00"),
    Row("E-13 B", E_13, B, [("base_pay", "2600.00"), ("commission", "90.00")], "2690.00"),
    Row("E-13 seed-only B", E_13, SEED_ONLY_B,
        [("commission", "90.00"), ("guarantee_top_up", "2500.00")], "2590.00"),
    Row("E-14 split_by_day", E_14, {"anniversary": "split_by_day"}, [("guarantee_top_up", "2100.00")], "2100.00"),
    Row("E-14 first_of_month", E_14, {"anniversary": "first_of_month"}, [("guarantee_top_up", "2000.00")], "2000.00"),
    Row("E-14 whole_month_new", E_14, {"anniversary": "whole_month_new"}, [("guarantee_top_up", "2200.00")], "2200.00"),
    Row("E-14 next_month", E_14, {"anniversary": "next_month"}, [("guarantee_top_up", "2000.00")], "2000.00"),
    Row("E-15 clamp: year 2 from 02-28", E_15, {"guarantee_month_end": "clamp"},
        [("guarantee_top_up", "2007.14")], "2007.14"),
    Row("E-15 overflow: year 2 from 03-01", E_15, {"guarantee_month_end": "overflow"},
        [("guarantee_top_up", "2000.00")], "2000.00"),
    # 100 000.00 − 3 456.78 = 96 543.22
    Row("E-16 net of refunds", {"sales": "96543.22"}, BARE, [("commission", "289.63")], "289.63"),
    Row("E-17 half-up, not banker's", {"sales": "52135.00"}, BARE, [("commission", "156.41")], "156.41"),
    Row("E-17 float trap", {"sales": "1015.00"}, BARE, [("commission", "3.05")], "3.05"),
    # 7 × 149.50 = 1046.50
    Row("E-18 per agent and month, not per order", {"sales": "1046.50"}, BARE, [("commission", "3.14")], "3.14"),
    # b1's second order 1280 + b4's second order 860 − 200; b2, b3 and b5 do not count
    Row("E-19 A's order base 1280 + 660", {"sales": "1940.00"}, BARE, [("commission", "5.82")], "5.82"),
    Row("E-20 June", {"month": "2024-06", "sales": "50000.00"}, BARE, [("commission", "150.00")], "150.00"),
    # 8000 − 12 000 = −4000
    Row("E-20 July negative, borne by the base", {"month": "2024-07", "tier": "junior", "sales": "-4000.00"},
        {"base": FIXTURE, "guarantee": ()}, [("base_pay", "1800.00"), ("commission", "-12.00")], "1788.00"),
    Row("E-20 July negative, carried forward", {"month": "2024-07", "sales": "-4000.00"}, BARE,
        [("commission", "-12.00"), ("carry_forward", "-12.00")], "0.00", "12.00"),
    Row("E-21 two unpaid days", E_21, {"divisor": "21.75"}, [("guarantee_top_up", "1997.70")], "1997.70"),
    Row("E-21 30-day basis", E_21, {"divisor": "30"}, [("guarantee_top_up", "2053.33")], "2053.33"),
    Row("E-22 leaves on 02-20", YEAR_3 | {"month": "2024-02", "leave": "2024-02-20"}, SEED_ONLY,
        [("guarantee_top_up", "1724.14")], "1724.14"),
    Row("E-28 service year 1", E_28, {"service_year_from": "hire_date"}, [("guarantee_top_up", "2000.00")], "2000.00"),
    Row("E-28 calendar year", E_28, {"service_year_from": "calendar_year"},
        [("guarantee_top_up", "2200.00")], "2200.00"),
    Row("E-30 penalty after the floor", E_30, {"base": "2100.00", "penalties": "after_floor"},
        [("base_pay", "2100.00"), ("guarantee_top_up", "100.00"), ("penalty", "-150.00")], "2050.00"),
    # counted 2100 − 150 = 1950; top-up 250
    Row("E-30 penalty before the floor", E_30, {"base": "2100.00", "penalties": "before_floor"},
        [("base_pay", "2100.00"), ("guarantee_top_up", "250.00"), ("penalty", "-150.00")], "2200.00"),
    # base 2000 − 275.86 = 1724.14; G 2200 − 303.45 = 1896.55; 1896.55 − 1814.14 = 82.41
    Row("E-31 absence before the floor", YEAR_2 | {"tier": "intermediate", "sales": "30000.00", "absent": "3"}, T,
        [("base_pay", "2000.00"), ("absence_deduction", "-275.86"), ("commission", "90.00"),
         ("guarantee_top_up", "82.41")], "1896.55"),
    Row("E-32 joined and left, calendar 12/31", E_32, {"proration": "calendar_days"},
        [("probation_pay", "619.35")], "619.35"),
    Row("E-32 joined and left, 10/21.75", E_32, {"proration": "paid_days"}, [("probation_pay", "735.63")], "735.63"),
    Row("E-33 23 weekdays, paid days: the monthly amount", E_33, E_33_PLAN | {"proration": "paid_days"},
        [("base_pay", "2000.00")], "2000.00"),
    Row("E-33 23 weekdays, workdays: the monthly amount", E_33, E_33_PLAN | {"proration": "workdays"},
        [("base_pay", "2000.00")], "2000.00"),
    Row("E-33 23 weekdays, calendar: the monthly amount", E_33, E_33_PLAN | {"proration": "calendar_days"},
        [("base_pay", "2000.00")], "2000.00"),
    # 2000 ÷ 21.75 = 91.954…
    Row("E-33 21.75 only for deductions", E_33 | {"absent": "1"}, E_33_PLAN | {"proration": "paid_days"},
        [("base_pay", "2000.00"), ("absence_deduction", "-91.95")], "1908.05"),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in PAYSLIPS])
def test_payslip_examples(row: Row, pay: Pay, printed: Printed) -> None:
    slip = pay(row.facts, row.plan)
    assert printed(slip) == row.lines
    assert str(slip.net) == row.net
    assert str(slip.carried_forward) == row.left


BONUS = BonusRule("metric_bonus", amount=Decimal("500.00"), gate="gate")
ALL_PASS = {
    "refund_rate": "0.05",
    "refund_duration_h": "24",
    "dispute_rate": "0.005",
    "dsr_score": "4.7",
    "internal_complaint_count": "2",
}
REFUNDS_TOO_SLOW = ALL_PASS | {"refund_duration_h": "24.01"}
E_09_PAY = [("base_pay", "2000.00"), ("commission", "505.20")]
B_TOP_UP = [("guarantee_top_up", "200.00")]

GATED = [
    Row("E-10 T five gates pass", E_09 | {"team": ALL_PASS}, T, [*E_09_PAY, ("metric_bonus", "500.00")], "3005.20"),
    Row("E-10 B five gates pass", E_09 | {"team": ALL_PASS}, B,
        [*E_09_PAY, ("metric_bonus", "500.00"), *B_TOP_UP], "3205.20"),
    Row("E-11 T refund duration fails", E_09 | {"team": REFUNDS_TOO_SLOW}, T,
        [*E_09_PAY, ("metric_bonus", "0.00")], "2505.20"),
    Row("E-11 B refund duration fails", E_09 | {"team": REFUNDS_TOO_SLOW}, B,
        [*E_09_PAY, ("metric_bonus", "0.00"), *B_TOP_UP], "2705.20"),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in GATED])
def test_gated_examples(row: Row, pay: Pay, printed: Printed, make_gate: Callable[..., Gate]) -> None:
    slip = pay(row.facts, dict(row.plan) | {"bonuses": (BONUS,), "gates": {"gate": make_gate()}})
    assert printed(slip) == row.lines
    assert str(slip.net) == row.net


@pytest.mark.parametrize(
    ("facts", "month_end", "segments"),
    [
        pytest.param(E_14, "clamp", ["1000", "1100"], id="E-14 steps: 15/30 x 2000 and 15/30 x 2200"),
        pytest.param(E_15, "clamp", ["1928.571429", "78.571429"], id="E-15 steps: 27/28 x 2000 and 1/28 x 2200"),
    ],
)
def test_anniversary_examples_show_each_segment(
    facts: Mapping[str, Any], month_end: str, segments: list[str], pay: Pay
) -> None:
    (top_up,) = pay(facts, {"guarantee_month_end": month_end}).lines
    assert [step.amount for step in top_up.steps if step.code == "guarantee.segment"] == segments


E_23 = ["2050", "2400", "1980", "2600", "2200", "2150", "2300", "2800", "1900", "2250", "2500", "2100"]
E_24 = ["1900"] * 6 + ["2300"] * 6
SETTLED = [
    ("E-23 none: each month stands alone", E_23, "none", "28050.00", "0.00", "28050.00"),
    ("E-23 floor_year: overpaid by 820", E_23, "floor_year", "28050.00", "-820.00", "27230.00"),
    ("E-23 advance: 830 at the year's end", E_23, "advance", "26400.00", "830.00", "27230.00"),
    ("E-24 none", E_24, "none", "27000.00", "0.00", "27000.00"),
    ("E-24 floor_year: overpaid by 600", E_24, "floor_year", "27000.00", "-600.00", "26400.00"),
    # 25 200 < 26 400: the guarantee was all that is due
    ("E-24 advance: nothing more is due", E_24, "advance", "26400.00", "0.00", "26400.00"),
]


@pytest.mark.parametrize(
    ("earned", "mode", "paid", "settlement", "due"), [pytest.param(*row[1:], id=row[0]) for row in SETTLED]
)
def test_annual_settlement_examples(
    earned: list[str], mode: str, paid: str, settlement: str, due: str, pay: Pay
) -> None:
    """The year as twelve payslips: each month's commission is what it earned, the guarantee 2,200 a month."""
    plan = {"guarantee": ("2200.00",), "guarantee_by": "fixed", "commission": "1", "settlement": mode}
    slips: list[Payslip] = []
    for number, amount in enumerate(earned, start=1):
        months = tuple(slip.guarantee for slip in slips)
        slips.append(pay({"month": f"2024-{number:02}", "sales": f"{amount}.00", "guarantee_months": months}, plan))
    settled = [str(line.amount) for slip in slips for line in slip.lines if line.code == "annual_settlement"]
    gross = sum((slip.gross for slip in slips), Decimal(0))
    assert settled == ([] if settlement == "0.00" else [settlement])
    assert str(gross - Decimal(settlement)) == paid
    assert str(gross) == due


PROMOTED = [
    ("E-25 same day, July", "same_day", "2024-07-11", "2024-07",
     [("base_pay", "580.65"), ("base_pay", "1354.84")], "1935.49"),
    ("E-25 first of month, July", "first_of_month", "2024-08-01", "2024-07", [("base_pay", "1800.00")], "1800.00"),
    ("E-25 first of month, August", "first_of_month", "2024-08-01", "2024-08", [("base_pay", "2000.00")], "2000.00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("effective", "paid_from", "month", "lines", "net"), [pytest.param(*row[1:], id=row[0]) for row in PROMOTED]
)
def test_promotion_examples(
    effective: str, paid_from: str, month: str, lines: Lines, net: str, pay: Pay, printed: Printed
) -> None:
    ladder = Ladder("cs", (Tier("junior", "", ""),), pay_effective=PayEffective(effective))
    since = pay_effective_from(ladder, date(2024, 7, 11), date(2024, 7, 11))
    assert since.isoformat() == paid_from
    tiers = {"2024-01-15": "junior", since.isoformat(): "intermediate"}
    slip = pay({"hire": "2024-01-15", "month": month, "tiers": tiers}, {"base": FIXTURE, "guarantee": ()})
    assert printed(slip) == lines
    assert str(slip.net) == net


def _kpi(metric: str, weight: str, threshold: str, target: str, direction: Direction) -> Kpi:
    scoring = Linear.checked(metric, direction, Fraction(threshold), Fraction(target))
    return Kpi(metric, Fraction(weight), scoring, direction)


E_26_KPIS = (
    _kpi("deal_rate", "0.30", "0.15", "0.30", Direction.HIGHER),
    _kpi("response_speed", "0.20", "60", "20", Direction.LOWER),
    _kpi("return_rate", "0.15", "0.10", "0.04", Direction.LOWER),
    _kpi("satisfaction_rate", "0.20", "0.80", "0.90", Direction.HIGHER),
    _kpi("attendance_rate", "0.15", "0.90", "1", Direction.HIGHER),
)
E_26_MEASURES = {
    "deal_rate": Fraction("0.24"),
    "response_speed": Fraction(38),
    "return_rate": Fraction("0.06"),
    "satisfaction_rate": Fraction("0.87"),
    "attendance_rate": Fraction("0.9545"),
}


def _judged(missing: Missing, *left_out: str) -> Appraisal:
    card = Scorecard("pre_sales", ("pre_sales",), E_26_KPIS, missing).checked()
    return score({metric: value for metric, value in E_26_MEASURES.items() if metric not in left_out}, card)


APPRAISED = [
    # 18 + 11 + 10 + 14 + 8.175
    ("E-26 all five KPIs", "reweight", (), ["60.00", "55.00", "66.67", "70.00", "54.50"],
     ["18", "11", "10", "14", "8.175"], "61.175", "61.18"),
    # (61.175 − 14) ÷ 0.80 = 58.96875; the parts ÷ 0.80: 22.5, 13.75, 12.5, 10.21875
    ("E-27 satisfaction missing, re-weighted over 80", "reweight", ("satisfaction_rate",),
     ["60.00", "55.00", "66.67", None, "54.50"], ["22.5", "13.75", "12.5", None, "10.21875"], "58.96875", "58.97"),
    ("E-27 satisfaction missing, counted as 0", "zero", ("satisfaction_rate",),
     ["60.00", "55.00", "66.67", "0.00", "54.50"], ["18", "11", "10", "0", "8.175"], "47.175", "47.18"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("missing", "left_out", "scores", "weighted", "total", "displayed"),
    [pytest.param(*row[1:], id=row[0]) for row in APPRAISED],
)
def test_scorecard_examples(
    missing: str,
    left_out: tuple[str, ...],
    scores: list[str | None],
    weighted: list[str | None],
    total: str,
    displayed: str,
) -> None:
    appraisal = _judged(Missing(missing), *left_out)
    assert [None if kpi.score is None else shown(kpi.score) for kpi in appraisal.kpis] == scores
    assert [kpi.weighted for kpi in appraisal.kpis] == [None if part is None else Fraction(part) for part in weighted]
    assert appraisal.total_score == Fraction(total)
    assert shown(appraisal.total_score) == displayed
    assert appraisal.missing == left_out


PERFORMANCE = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE)
PERFORMANCE_PAID = [
    ("E-26 600 x 61.175 %, from the unrounded score", (), "367.05"),
    # 600 × 58.96875 % = 353.8125
    ("E-27 600 x 58.96875 %", ("satisfaction_rate",), "353.81"),
]


@pytest.mark.parametrize(("left_out", "amount"), [pytest.param(*row[1:], id=row[0]) for row in PERFORMANCE_PAID])
def test_performance_pay_examples(left_out: tuple[str, ...], amount: str, pay: Pay, printed: Printed) -> None:
    total = _judged(Missing.REWEIGHT, *left_out).total_score
    slip = pay({"score": str(total)}, {"guarantee": (), "bonuses": (PERFORMANCE,)})
    assert printed(slip) == [("performance_pay", amount)]
    assert str(slip.net) == amount


E_29_SCORES = {"A1": "80", "A2": "90", "A3": "70", "A4": "100", "A5": "60", "A6": "100"}
POOLS = [
    ("E-29 pool 3000 by score", "3000.00", "score", E_29_SCORES,
     ["480.00", "540.00", "420.00", "600.00", "360.00", "600.00"]),
    ("E-29 pool 1000 in three, by score", "1000.00", "score", {"A1": "70", "A2": "70", "A3": "70"},
     ["333.34", "333.33", "333.33"]),
    ("E-29 pool 1000 in three, equal", "1000.00", "equal", {"A1": "80", "A2": "90", "A3": "70"},
     ["333.34", "333.33", "333.33"]),
]  # fmt: skip


@pytest.mark.parametrize(("pool", "share_by", "scores", "shares"), [pytest.param(*row[1:], id=row[0]) for row in POOLS])
def test_pool_examples(
    pool: str, share_by: str, scores: dict[str, str], shares: list[str], pay: Pay, printed: Printed
) -> None:
    rule = BonusRule("team_bonus", pool=Decimal(pool), share_by=PoolShareBy(share_by))
    parts = pool_shares(rule, {agent: Fraction(value) for agent, value in scores.items()})
    assert [str(parts[agent].amount) for agent in scores] == shares
    for agent, share in zip(scores, shares, strict=True):
        slip = pay({"pools": {"team_bonus": parts[agent]}}, {"guarantee": (), "bonuses": (rule,)})
        assert printed(slip) == [("team_bonus", share)]
        assert str(slip.net) == share


@pytest.mark.parametrize("agent", [pytest.param(agent, id=f"E-29 one gate fails, {agent}") for agent in E_29_SCORES])
def test_failed_pool_examples(agent: str, pay: Pay, printed: Printed, make_gate: Callable[..., Gate]) -> None:
    rule = BonusRule("team_bonus", pool=Decimal("3000.00"), gate="gate")
    parts = pool_shares(rule, {one: Fraction(value) for one, value in E_29_SCORES.items()})
    slip = pay(
        {"pools": {"team_bonus": parts[agent]}, "team": REFUNDS_TOO_SLOW},
        {"guarantee": (), "bonuses": (rule,), "gates": {"gate": make_gate()}},
    )
    assert printed(slip) == [("team_bonus", "0.00")]
    assert str(slip.net) == "0.00"


YEARS = [
    ("E-34 year 1: probation and eleven months", "2024", ["1600.00"] + ["2000.00"] * 11, "23600.00"),
    ("E-34 year 2", "2025", ["2200.00"] * 12, "26400.00"),
    ("E-34 year 3", "2026", ["2500.00"] * 12, "30000.00"),
]


@pytest.mark.parametrize(("year", "months", "total"), [pytest.param(*row[1:], id=row[0]) for row in YEARS])
def test_whole_year_examples(year: str, months: list[str], total: str, pay: Pay) -> None:
    nets = [pay({"hire": "2024-01-01", "month": f"{year}-{number:02d}"}).net for number in range(1, 13)]
    assert [str(net) for net in nets] == months
    assert str(sum(nets, Decimal("0.00"))) == total


def test_examples_e_01_to_e_34_are_all_in_these_tables() -> None:
    ids = [row.id for row in (*PAYSLIPS, *GATED)]
    ids += [str(row[0]) for table in (SETTLED, PROMOTED, APPRAISED, PERFORMANCE_PAID, POOLS, YEARS) for row in table]
    assert {name[:4] for name in ids} == {f"E-{number:02d}" for number in range(1, 35)}


def test_e_20_example_is_taken_back_in_august(make_facts: Callable[..., Facts], pay: Pay, printed: Printed) -> None:
    # August: 50 000 × 0.003 = 150.00; 12.00 left from July
    slip = pay({"month": "2024-08", "sales": "50000.00", "carried": "12.00"}, BARE)
    assert printed(slip) == [("commission", "150.00"), ("carry_forward", "12.00")]
    assert str(slip.net) == "138.00"
    assert str(slip.carried_forward) == "0.00"
