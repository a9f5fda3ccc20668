"""What the steps of a line say, value by value: the figures a person checks the line with, worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payroll.domain.facts import PoolShare
from payroll.domain.lines import Kind, Line
from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule, CommissionRule, Gate, PieceRule, PoolShareBy

Pay = Callable[..., Payslip]
Said = list[tuple[str, str | None, dict[str, str]]]
BARE: dict[str, Any] = {"guarantee": (), "commission": None}


def said(line: Line) -> Said:
    return [(step.code, step.amount, dict(step.values)) for step in line.steps]


def test_the_steps_of_a_commission(pay: Pay, make_commission: Callable[..., CommissionRule]) -> None:
    rule = make_commission(("0", "0.01"), ("5000", "0.02"), code="sales", basis="sales_amount", cap="60.00")
    (line,) = pay({"sales": {"sales_amount": "6000.01"}}, BARE | {"commissions": (rule,)}).lines
    # 5000 × 1 % + 1000.01 × 2 % = 70.0002, held to 60
    assert (line.code, line.kind, str(line.amount)) == ("sales", Kind.EARNING, "60.00")
    assert said(line) == [
        ("commission.basis", None, {"basis": "sales_amount", "sales": "6000.01"}),
        ("commission.band", "50", {"part": "5000", "rate": "0.01", "band_from": "0"}),
        ("commission.band", "20.0002", {"part": "1000.01", "rate": "0.02", "band_from": "5000"}),
        ("commission.cap", "60", {"cap": "60.00"}),
    ]


def test_a_cap_that_is_just_reached_caps_nothing(pay: Pay, make_commission: Callable[..., CommissionRule]) -> None:
    rule = make_commission(("0", "0.01"), code="sales", basis="sales_amount", cap="60.00")
    (line,) = pay({"sales": {"sales_amount": "6000.00"}}, BARE | {"commissions": (rule,)}).lines
    assert [step.code for step in line.steps] == ["commission.basis", "commission.band"]


def test_the_steps_of_piece_pay(pay: Pay, make_piece: Callable[..., PieceRule]) -> None:
    rule = make_piece(("0", "1.20"), ("2000", "1.00"))
    (line,) = pay({"units": {"inquiries": "2500.5"}}, BARE | {"piece": (rule,)}).lines
    assert (line.kind, str(line.amount)) == (Kind.EARNING, "2900.50")
    assert said(line) == [
        ("piece_pay.quantity", None, {"unit": "inquiries", "quantity": "2500.5"}),
        ("piece_pay.band", "2400", {"part": "2000", "rate": "1.2", "band_from": "0"}),
        ("piece_pay.band", "500.5", {"part": "500.5", "rate": "1", "band_from": "2000"}),
    ]


@pytest.mark.parametrize("method", ["calendar_days", "workdays", "paid_days"])
def test_a_full_month_says_its_calendar_days(method: str, pay: Pay) -> None:
    """Whatever the proration, a whole month is a whole month: 30 of June's 30 days."""
    (line,) = pay({"month": "2024-06"}, BARE | {"base": "2000.00", "proration": method}).lines
    assert said(line) == [
        ("base_pay.fixed", None, {"monthly": "2000.00"}),
        (
            "proration.full_month",
            "2000",
            {
                "monthly": "2000.00",
                "days": "30",
                "of_days": "30",
                "first_day": "2024-06-01",
                "last_day": "2024-06-30",
            },
        ),
    ]


def test_the_steps_of_base_pay_by_tier(pay: Pay) -> None:
    line = pay({"tier": "junior"}, BARE | {"base": {"junior": "1800.00"}}).lines[0]
    assert said(line)[0] == ("base_pay.tier", None, {"monthly": "1800.00", "tier": "junior"})


def test_the_steps_of_daily_pay(pay: Pay) -> None:
    (line,) = pay({"units": {"days": "2.5"}}, BARE | {"daily": "200.00"}).lines
    assert (line.kind, str(line.amount)) == (Kind.EARNING, "500.00")
    assert said(line) == [("daily_pay", "500", {"price": "200.00", "quantity": "2.5", "unit": "days"})]


def test_the_steps_of_an_absence(pay: Pay) -> None:
    line = pay({"absent": "0.5"}, BARE | {"base": "2000.00"}).lines[1]
    # 2000 ÷ 21.75 × 0.5 = 45.977011…
    assert (line.kind, str(line.amount)) == (Kind.EARNING, "-45.98")
    assert said(line) == [
        ("absence_deduction", "-45.977011", {"monthly": "2000.00", "divisor": "21.75", "days": "0.5"})
    ]


@pytest.mark.parametrize(
    ("base", "days", "limited"),
    [
        ("2175.00", "21", False),  # 2175 ÷ 21.75 × 21 = 2100
        ("2175.00", "21.75", False),  # exactly what was earned: nothing is cut
        ("2175.00", "22", True),  # 2200
    ],
)
def test_an_absence_says_when_it_is_held_to_what_was_earned(base: str, days: str, limited: bool, pay: Pay) -> None:
    line = pay({"absent": days}, BARE | {"base": base}).lines[1]
    limit = [("absence_deduction.limit", "-2175.00", {"limit": "2175.00"})]
    assert said(line)[1:] == (limit if limited else [])


GRADED = {"score": "200/3", "grade": "B", "coefficient": "0.9"}


@pytest.mark.parametrize(
    ("rule", "facts", "steps", "amount"),
    [
        (
            BonusRule("b", amount=Decimal("500.00")),
            GRADED,
            [("bonus.amount", "500", {"whole": "500.00", "factor": "1", "grade": "B"})],
            "500.00",
        ),
        (
            BonusRule("b", amount=Decimal("500.00")),
            {},
            [("bonus.amount", "500", {"whole": "500.00", "factor": "1", "grade": ""})],
            "500.00",
        ),
        (
            BonusRule("b", amount=Decimal("100.00"), full_attendance=True),
            GRADED | {"full": True},
            [("bonus.full_attendance", "100", {"whole": "100.00", "factor": "1", "grade": "B"})],
            "100.00",
        ),
        (
            BonusRule("b", amount=Decimal("600.00"), by=BonusBy.SCORE),
            GRADED,  # 600 × 66.666… %
            [("bonus.score", "400", {"whole": "600.00", "factor": "0.666667", "grade": "B"})],
            "400.00",
        ),
        (
            BonusRule("b", amount=Decimal("600.00"), by=BonusBy.GRADE),
            GRADED,
            [("bonus.grade", "540", {"whole": "600.00", "factor": "0.9", "grade": "B"})],
            "540.00",
        ),
        (
            BonusRule("b", amount=Decimal("600.00"), by=BonusBy.GRADE),
            GRADED | {"leave": "2024-06-20"},  # 540 × 20 ÷ 30
            [
                ("bonus.grade", "540", {"whole": "600.00", "factor": "0.9", "grade": "B"}),
                ("bonus.part_month", "360", {"days": "20", "of_days": "30"}),
            ],
            "360.00",
        ),
    ],
)
def test_the_steps_of_a_bonus(rule: BonusRule, facts: dict[str, Any], steps: Said, amount: str, pay: Pay) -> None:
    (line,) = pay(facts, BARE | {"bonuses": (rule,)}).lines
    assert (line.code, line.kind, str(line.amount)) == ("b", Kind.EARNING, amount)
    assert said(line) == steps


@pytest.mark.parametrize(
    ("share_by", "code"), [(PoolShareBy.SCORE, "bonus.pool_by_score"), (PoolShareBy.EQUAL, "bonus.pool_equal")]
)
def test_the_steps_of_a_pool(share_by: PoolShareBy, code: str, pay: Pay) -> None:
    share = PoolShare(Decimal("480.00"), Fraction(80), Fraction(500), 6)
    rule = BonusRule("pool", pool=Decimal("3000.00"), share_by=share_by)
    (line,) = pay({"pools": {"pool": share}}, BARE | {"bonuses": (rule,)}).lines
    assert (line.kind, str(line.amount)) == (Kind.EARNING, "480.00")
    values = {"pool": "3000.00", "weight": "80", "total_weight": "500", "members": "6"}
    assert said(line) == [(code, "480.00", values)]


def test_the_steps_of_a_gate(pay: Pay, make_gate: Callable[..., Gate]) -> None:
    gate = make_gate({"m": ("<=", "0.05"), "n": ("<", "1")}, missing="fail")
    rules = BARE | {"bonuses": (BonusRule("b", amount=Decimal("500.00"), gate="gate"),), "gates": {"gate": gate}}
    (shut,) = pay({"team": {"m": "1/15"}}, rules).lines
    assert (shut.code, shut.kind, str(shut.amount)) == ("b", Kind.EARNING, "0.00")
    assert said(shut) == [
        ("gate.failed", None, {"metric": "m", "measure": "0.066667", "operator": "<=", "standard": "0.05"}),
        ("gate.missing", None, {"metric": "n"}),
    ]
    (paid,) = pay({"team": {"m": "0.05", "n": "0.9"}}, rules).lines
    assert said(paid)[1:] == [("gate.open", None, {"gate": "gate", "standards": "2"})]


def test_the_steps_of_a_guarantee(pay: Pay) -> None:
    # Hired 2023-06-16: the second year starts on 2024-06-16. 2000 × 15 ÷ 30 + 2200 × 15 ÷ 30
    (line,) = pay({"hire": "2023-06-16"}, {"commission": None}).lines
    assert (line.code, line.kind, str(line.amount)) == ("guarantee_top_up", Kind.EARNING, "2100.00")
    first = {"monthly": "2000.00", "days": "15", "of_days": "30", "first_day": "2024-06-01", "last_day": "2024-06-15"}
    second = {"monthly": "2200.00", "days": "15", "of_days": "30", "first_day": "2024-06-16", "last_day": "2024-06-30"}
    assert said(line) == [
        ("guarantee.segment", "1000", first),
        ("guarantee.segment", "1100", second),
        ("guarantee_top_up", "2100.00", {"guaranteed": "2100.00", "counted": "0.00"}),
    ]


def test_the_steps_of_entered_amounts(pay: Pay) -> None:
    entries = [("penalty", "10.00"), ("adjustment.x", "5.00"), ("loss_recovery", "3.00")]
    lines = pay({"entries": entries}, BARE | {"base": "2000.00"}).lines[1:]
    assert [(line.code, line.kind, str(line.amount)) for line in lines] == [
        ("penalty", Kind.EARNING, "-10.00"),
        ("adjustment.x", Kind.EARNING, "5.00"),
        ("loss_recovery", Kind.DEDUCTION, "3.00"),
    ]
    assert all(said(line) == [("entered", None, {"reason": "entered by HR"})] for line in lines)


@pytest.mark.parametrize(
    ("facts", "code", "amount", "values"),
    [
        # 100 earned, 130 to deduct: 30 are left for later
        (
            {"entries": [("adjustment.x", "100.00"), ("loss_recovery", "130.00")], "carried": "20.00"},
            "carry_forward.left",
            "-30.00",
            {"bearable": "-30.00", "before": "20.00", "after": "50.00"},
        ),
        # 100 earned, 20 of an earlier month to take back
        (
            {"entries": [("adjustment.x", "100.00")], "carried": "20.00"},
            "carry_forward.taken",
            "20.00",
            {"bearable": "100.00", "before": "20.00", "after": "0.00"},
        ),
    ],
)
def test_the_steps_of_what_is_carried(
    facts: dict[str, Any], code: str, amount: str, values: dict[str, str], pay: Pay
) -> None:
    line = pay(facts, BARE).lines[-1]
    assert (line.code, line.kind, str(line.amount)) == ("carry_forward", Kind.DEDUCTION, amount)
    assert said(line) == [(code, amount, values)]
