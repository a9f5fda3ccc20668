"""A payslip of nothing but late differences: taxed when it is paid, carried forward when it is a minus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from grading.kernel.period import Month
from payroll.domain.facts import Facts, PastLine
from payroll.domain.law import Law
from payroll.domain.lines import Kind, step
from payroll.domain.payslip import Payslip, compute_correction
from payroll.domain.rules import PayPlan, Rules
from tests.payroll.domain.law import Person, national_law

Correct = Callable[..., Payslip]
LAW = national_law()


def late(code: str, amount: str, kind: Kind = Kind.EARNING) -> PastLine:
    return PastLine(f"arrears.{code}", kind, Decimal(amount), Month(2026, 3), (step("arrears.now", month="2026-03"),))


@pytest.fixture
def correct(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> Correct:
    def corrected(past: Sequence[PastLine], law: Law | None = LAW, **facts: object) -> Payslip:
        """Somebody on 20,000, of which April's 450 are withheld: the correction is paid in April too."""
        person = Person(LAW, tax={"months_employed": 1, "income": Decimal("20000.00"), "withheld": Decimal("450.00")})
        held = make_facts(**person.facts("2026-04") | facts, past=tuple(past))
        return compute_correction(held, make_rules(("2020-01-01", make_plan(base="20000.00")), law=law))

    return corrected


def test_nothing_but_the_differences_is_paid(correct: Correct) -> None:
    """1,000 more and 80 more contributed: 20,920 − 5,000 = 15,920 at 3 % is 477.60, of which 450 are withheld."""
    past = [
        late("commission", "1000.00"),
        late("pension", "80.00", Kind.DEDUCTION),
        late("employer_pension", "160.00", Kind.EMPLOYER),
    ]
    slip = correct(past, entries=[("adjustment.x", "5.00"), ("loss_recovery", "7.00")], absent="3")
    assert [(line.code, str(line.amount), str(line.period)) for line in slip.lines] == [
        ("arrears.commission", "1000.00", "2026-03"),
        ("arrears.pension", "80.00", "2026-03"),
        ("income_tax", "27.60", "2026-04"),
        ("arrears.employer_pension", "160.00", "2026-03"),
    ]
    assert (str(slip.net), str(slip.employer_cost)) == ("892.40", "1160.00")
    assert (str(slip.taxed.income), str(slip.taxed.contributions), str(slip.taxed.withheld)) == (
        "1000.00", "80.00", "27.60",
    )  # fmt: skip
    assert slip.guarantee is None


def test_a_minus_is_carried_forward(correct: Correct) -> None:
    slip = correct([late("commission", "-300.00")], carried="40.00", loss="70.00")
    assert [(line.code, str(line.amount)) for line in slip.lines] == [
        ("arrears.commission", "-300.00"),
        ("income_tax", "0.00"),
        ("carry_forward", "-300.00"),
    ]
    assert (str(slip.net), str(slip.carried_forward), str(slip.loss_balance)) == ("0.00", "340.00", "70.00")
    assert str(slip.taxed.income) == "-300.00"


def test_what_was_left_is_taken_back(correct: Correct) -> None:
    """1,000 more less 30 tax bear 970; 40 are taken back."""
    slip = correct([late("commission", "1000.00")], carried="40.00")
    assert (str(slip.net), str(slip.carried_forward)) == ("930.00", "0.00")


def test_without_a_law_nothing_is_taxed(correct: Correct) -> None:
    slip = correct([late("commission", "1000.00")], law=None)
    assert [line.code for line in slip.lines] == ["arrears.commission"]
    assert str(slip.net) == "1000.00"
