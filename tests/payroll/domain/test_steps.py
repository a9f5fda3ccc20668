"""Steps explain every line: a code, text values, and an unrounded amount as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.exact import exact
from grading.kernel.snapshot import fingerprint
from payroll.domain.facts import Facts, PoolShare
from payroll.domain.lines import step
from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule, CommissionRule, Gate, PayPlan, PieceRule, PoolShareBy, Rules

Pay = Callable[..., Payslip]
CODES = {
    "base_pay.probation", "base_pay.tier", "base_pay.fixed", "daily_pay",
    "proration.calendar_days", "proration.workdays", "proration.paid_days", "proration.full_month",
    "absence_deduction", "absence_deduction.limit",
    "commission.basis", "commission.band", "commission.cap", "piece_pay.quantity", "piece_pay.band",
    "bonus.amount", "bonus.full_attendance", "bonus.score", "bonus.grade", "bonus.part_month",
    "bonus.pool_by_score", "bonus.pool_equal", "gate.open", "gate.failed", "gate.missing",
    "guarantee.segment", "guarantee.absence", "guarantee_top_up",
    "entered", "carry_forward.left", "carry_forward.taken",
}  # fmt: skip
SHARE = PoolShare(Decimal("480.00"), Fraction(80), Fraction(500), 6)


@pytest.fixture(scope="module")
def slips(
    pay: Pay,
    make_gate: Callable[..., Gate],
    make_commission: Callable[..., CommissionRule],
    make_piece: Callable[..., PieceRule],
) -> list[Payslip]:
    """A handful of months in which every kind of step occurs."""
    gates = {"open": make_gate({"m": ("<=", "0.05")}), "shut": make_gate({"m": ("<=", "0.05"), "n": ("<", "1")},
                                                                         missing="fail")}  # fmt: skip
    bonuses = (
        BonusRule("metric_bonus", amount=Decimal("500.00"), gate="open"),
        BonusRule("full_attendance_bonus", amount=Decimal("100.00"), full_attendance=True),
        BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE),
        BonusRule("grade_pay", amount=Decimal("600.00"), by=BonusBy.GRADE),
        BonusRule("team_bonus", pool=Decimal("3000.00")),
        BonusRule("equal_bonus", pool=Decimal("3000.00"), share_by=PoolShareBy.EQUAL),
    )
    shut = (BonusRule("metric_bonus", amount=Decimal("500.00"), gate="shut"),)
    banded = make_commission(("0", "0.01"), ("5000", "0.02"), basis="sales_amount", code="sales", cap="10.00")
    everything = {"bonuses": bonuses, "gates": gates, "commissions": (banded,), "piece": (make_piece(("0", "1.20")),)}
    earned = {
        "sales": {"returning_order_amount": "9999.99", "sales_amount": "6000.01"},
        "units": {"inquiries": "7", "days": "3"},
        "full": True, "team": {"m": "1/30"}, "score": "200/3", "grade": "B", "coefficient": "1",
        "pools": {"team_bonus": SHARE, "equal_bonus": SHARE},
    }  # fmt: skip
    part = {"hire": "2024-05-20", "tier": "junior"}
    tier = {"base": {"junior": "1800.00"}}
    return [
        pay(earned, everything),
        pay(earned | part, everything | tier),
        pay(earned, {"daily": "200.00"}),
        pay({"team": {"m": "0.06"}, "absent": "0.5"}, {"base": "2000.00", "bonuses": shut, "gates": gates}),
        pay({"absent": "23"}, {"base": "2000.00", "guarantee": ()}),
        pay(part, tier | {"proration": "workdays"}),
        pay(part, tier | {"proration": "paid_days"}),
        pay({"hire": "2023-06-16"}),
        pay({"entries": [("penalty", "10.00"), ("income_tax", "0.00")]}, {"guarantee": ()}),
        pay({"carried": "10.00"}),
    ]


def test_every_code_occurs_and_no_other(slips: list[Payslip]) -> None:
    assert {each.code for slip in slips for line in slip.lines for each in line.steps} == CODES


def test_values_are_text(slips: list[Payslip]) -> None:
    for slip in slips:
        for line in slip.lines:
            for each in line.steps:
                assert all(type(name) is str and type(value) is str for name, value in each.values.items()), each


def test_amounts_are_plain_decimal_text(slips: list[Payslip]) -> None:
    amounts = [each.amount for slip in slips for line in slip.lines for each in line.steps if each.amount is not None]
    assert amounts
    assert all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", amount) for amount in amounts)


def test_every_line_is_explained(slips: list[Payslip]) -> None:
    assert all(line.steps for slip in slips for line in slip.lines)


def test_every_line_belongs_to_its_month(slips: list[Payslip]) -> None:
    assert {str(line.period) for slip in slips for line in slip.lines} == {"2024-06"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(2, 3), "0.666667"),
        (Fraction(1600), "1600"),
        (Decimal("1600.00"), "1600.00"),
        (7, "7"),
        (date(2024, 6, 1), "2024-06-01"),
        ("售后", "售后"),
        (Fraction(-1, 8), "-0.125"),
    ],
)
def test_step_text(value: Any, text: str) -> None:
    made = step("code", value=value)
    assert (made.values, made.amount) == ({"value": text}, None)


def test_the_steps_of_a_proration(pay: Pay) -> None:
    (line,) = pay({"hire": "2024-04-15", "month": "2024-04"}).lines
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("base_pay.probation", None, {"monthly": "1600.00"}),
        (
            "proration.calendar_days",
            "853.333333",
            {
                "monthly": "1600.00",
                "days": "16",
                "of_days": "30",
                "first_day": "2024-04-15",
                "last_day": "2024-04-30",
            },
        ),
    ]


def test_the_steps_of_a_top_up(pay: Pay) -> None:
    # E-08: 2000.00 promised, 1920.00 counted
    facts = {"hire": "2024-01-10", "tier": "junior", "sales": "40000.00"}
    line = pay(facts, {"base": {"junior": "1800.00"}}).lines[-1]
    assert [each.code for each in line.steps] == ["guarantee.segment", "guarantee_top_up"]
    assert dict(line.steps[-1].values) == {"guaranteed": "2000.00", "counted": "1920.00"}
    assert exact(line.steps[-1].amount or "") == 80


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param({}, id="the seed plan"),
        pytest.param({"counts": ["base_pay", "commission"]}, id="a plan that lists what counts"),
        pytest.param({"base": {"junior": "1800.00"}}, id="by tier"),
    ],
)
def test_rules_and_facts_have_a_fingerprint(
    plan: Mapping[str, Any],
    make_facts: Callable[..., Facts],
    make_plan: Callable[..., PayPlan],
    make_rules: Callable[..., Rules],
) -> None:
    """payslips.json carries a fingerprint of what a run was computed from; the same inputs have the same one."""
    facts, rules = make_facts(tier="junior", score="200/3"), make_rules(("2020-01-01", make_plan(**plan)))
    again = make_rules(("2020-01-01", make_plan(**plan)))
    assert fingerprint(rules) == fingerprint(again)
    assert fingerprint(facts) == fingerprint(make_facts(tier="junior", score="200/3"))
