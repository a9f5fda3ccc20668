"""Deductions under the law: their order, fines, support by court order, and losses within the limits of art. 16."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from payroll.domain.errors import FineNotAllowed
from payroll.domain.lines import Kind
from tests.payroll.domain.law import Pay, Person, amount, amounts, city, national_law

SUZHOU = city("here", shares={"pension": ("0.1", "0.2")}, minimum="2740.00")
LAW = national_law(SUZHOU)
FREE = Person(LAW)
HERE = Person(LAW, "here", "0.00")
"""A minimum wage of 2,740 and nothing contributed."""


def test_the_order_of_deductions(pay: Pay) -> None:
    """Contributions, tax, what a court orders, other entries, losses, what is carried, and the employer's last."""
    person = Person(LAW, "shanghai", plan={"fines": True})
    entries = [
        ("loss_recovery", "100.00"), ("fine", "20.00"), ("court_support", "800.00"), ("annual_bonus", "100.00"),
        ("penalty", "5.00"), ("adjustment.extra", "7.00"),
    ]  # fmt: skip
    slip = person.month(pay, "2026-01", "20000.00", entries=entries, carried="50.00", overtime=("1", "0", "0"))
    assert [(line.code, line.kind.value) for line in slip.lines] == [
        ("base_pay", "earning"),
        ("overtime_workday", "earning"),
        ("penalty", "earning"),
        ("annual_bonus", "earning"),
        ("adjustment.extra", "earning"),
        ("pension", "deduction"),
        ("medical", "deduction"),
        ("unemployment", "deduction"),
        ("housing_fund", "deduction"),
        ("income_tax", "deduction"),
        ("income_tax", "deduction"),
        ("court_support", "deduction"),
        ("fine", "deduction"),
        ("loss_recovery", "deduction"),
        ("carry_forward", "deduction"),
        ("employer_pension", "employer"),
        ("employer_medical", "employer"),
        ("employer_unemployment", "employer"),
        ("employer_work_injury", "employer"),
        ("employer_housing_fund", "employer"),
    ]
    assert slip.net == slip.gross - slip.deductions


@pytest.mark.parametrize(
    ("fines", "is_refused"), [pytest.param(False, True, id="blocked"), pytest.param(True, False, id="answered for")]
)
def test_a_fine(*, fines: bool, is_refused: bool, pay: Pay) -> None:
    person = Person(LAW, plan={"fines": fines})
    if is_refused:
        with pytest.raises(FineNotAllowed) as raised:
            person.month(pay, "2026-01", "9000.00", entries=[("fine", "50.00")])
        assert "工资支付暂行规定" in str(raised.value)
        return
    slip = person.month(pay, "2026-01", "9000.00", entries=[("fine", "50.00")])
    assert (amount(slip, "fine"), str(slip.gross), str(slip.net)) == ("50.00", "9000.00", "8830.00")


def test_a_fine_without_a_law(pay: Pay) -> None:
    assert amount(pay({"entries": [("fine", "50.00")]}, {"base": "9000.00"}), "fine") == "50.00"


def test_contributions_and_tax_may_be_entered_where_nothing_works_them_out(pay: Pay) -> None:
    entries = [("income_tax", "10.00"), ("court_support", "5.00"), ("pension", "20.00")]
    slip = pay({"entries": entries}, {"base": "2200.00"})
    assert [line.code for line in slip.lines] == ["base_pay", "court_support", "income_tax", "pension"]


def test_an_entered_deduction_says_why(pay: Pay) -> None:
    slip = pay({"entries": [("court_support", "5.00"), ("loss_recovery", "7.00")]}, {"base": "2200.00"})
    assert [(line.code, [(each.code, dict(each.values)) for each in line.steps]) for line in slip.lines[1:]] == [
        ("court_support", [("entered", {"reason": "entered by HR"})]),
        ("loss_recovery", [("entered", {"reason": "entered by HR"})]),
    ]


def test_support_comes_before_a_loss(pay: Pay) -> None:
    """1,000 of pay, 900 of it support: of a loss of 500 a fifth of the wage could be taken, but only 100 is left."""
    slip = FREE.month(pay, "2026-01", "1000.00", entries=[("loss_recovery", "500.00"), ("court_support", "900.00")])
    assert (amount(slip, "court_support"), amount(slip, "loss_recovery")) == ("900.00", "100.00")
    assert (str(slip.net), str(slip.loss_balance)) == ("0.00", "400.00")


@pytest.mark.parametrize(
    ("wage", "claims", "before", "taken", "left"),
    [
        pytest.param("20000.00", ["5000.00"], "0.00", "4000.00", "1000.00", id="a fifth of the wage"),
        pytest.param("20000.00", ["4000.00"], "0.00", "4000.00", "0.00", id="exactly a fifth"),
        pytest.param("20000.00", ["3999.99"], "0.00", "3999.99", "0.00", id="less: all of it"),
        pytest.param("20000.00", [], "1000.00", "1000.00", "0.00", id="the rest of an earlier month"),
        pytest.param("20000.00", ["3500.00"], "1000.00", "4000.00", "500.00", id="new and old together"),
        pytest.param("20000.00", ["3000.00", "2000.00"], "0.00", "4000.00", "1000.00", id="two claims, one limit"),
        pytest.param("20000.00", [], "0.00", None, "0.00", id="none"),
        pytest.param("3000.00", ["5000.00"], "0.00", "260.00", "4740.00", id="2,740 stay"),
        pytest.param("3425.00", ["5000.00"], "0.00", "685.00", "4315.00", id="where both limits meet"),
        pytest.param("3424.99", ["5000.00"], "0.00", "684.99", "4315.01", id="just below: the minimum wage"),
        pytest.param("3425.01", ["5000.00"], "0.00", "685.00", "4315.00", id="just above: a fifth, cut to the fen"),
        pytest.param("2740.00", ["5000.00"], "0.00", None, "5000.00", id="nothing above the minimum"),
        pytest.param("20000.00", ["5000.00", "-1500.00"], "0.00", "3500.00", "0.00", id="a claim partly withdrawn"),
        pytest.param("20000.00", ["-1500.00"], "1000.00", "-500.00", "0.00", id="more withdrawn than was left"),
    ],
)  # fmt: skip
def test_a_loss(wage: str, claims: Sequence[str], before: str, taken: str | None, left: str, pay: Pay) -> None:
    entries = [("loss_recovery", claim) for claim in claims]
    slip = HERE.month(pay, "2026-01", wage, entries=entries, loss=before)
    assert amounts(slip, "loss_recovery") == ([] if taken is None else [taken])
    assert str(slip.loss_balance) == left


def test_a_fifth_is_of_gross_pay_with_all_that_is_earned(pay: Pay) -> None:
    """20,000 + 1,000 − 500 = 20,500: 4,100. A bonus taxed apart is part of the month's wage."""
    entries = [("adjustment.x", "1000.00"), ("penalty", "500.00"), ("loss_recovery", "9000.00")]
    slip = HERE.month(pay, "2026-01", "20000.00", entries=entries)
    assert amount(slip, "loss_recovery") == "4100.00"


def test_a_balance_is_taken_over_months(pay: Pay) -> None:
    """9,000 of 20,000 a month: 4,000, 4,000, 1,000. Σ taken = the claim."""
    left, found = "0.00", []
    for number, entries in enumerate(([("loss_recovery", "9000.00")], [], [], []), start=1):
        slip = HERE.month(pay, f"2026-{number:02}", "20000.00", entries=entries, loss=left)
        left = str(slip.loss_balance)
        found.append((amount(slip, "loss_recovery"), left))
    assert found == [("4000.00", "5000.00"), ("4000.00", "1000.00"), ("1000.00", "0.00"), ("0.00", "0.00")]


def test_a_loss_says_how_it_was_limited(pay: Pay) -> None:
    entries = [("loss_recovery", "5000.00")]
    (line,) = [
        line for line in HERE.month(pay, "2026-01", "3000.00", entries=entries).lines if line.code == "loss_recovery"
    ]
    assert line.kind is Kind.DEDUCTION
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("entered", None, {"reason": "entered by HR"}),
        ("loss_recovery", "260.00", {"claim": "5000.00", "gross": "3000.00", "fraction": "0.2", "floor": "2740.00",
                                     "left": "4740.00"}),
    ]  # fmt: skip


@pytest.mark.parametrize("facts", [{"loss": "70.00"}, {"loss": "70.00", "entries": [("loss_recovery", "30.00")]}])
def test_without_a_law_a_loss_is_taken_as_entered_and_a_balance_stays(facts: dict[str, Any], pay: Pay) -> None:
    slip = pay(facts, {"base": "2200.00"})
    assert amounts(slip, "loss_recovery") == [amount for _code, amount in facts.get("entries", ())]
    assert str(slip.loss_balance) == "70.00"


def test_contributions_that_a_month_cannot_bear_are_carried(pay: Pay) -> None:
    """Absent all month: nothing earned, 2,100 + 1,400 contributed on a base of 20,000, and a negative carry forward."""
    person = Person(LAW, "shanghai")
    slip = person.month(pay, "2026-01", "20000.00", absent="23")
    # 1,600 + 400 + 100 + 1,400
    assert (str(slip.gross), amount(slip, "carry_forward"), str(slip.net)) == ("0.00", "-3500.00", "0.00")
    assert str(slip.carried_forward) == "3500.00"
    assert Decimal(slip.carried_forward) == slip.taxed.contributions
