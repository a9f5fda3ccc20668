"""What is true of every payslip: each rule holds for a sound one, and is said when it is broken by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from grading.kernel.period import Month
from payroll.domain.invariants import Printed, broken_invariants
from payroll.domain.lines import Kind, Line, step

OCTOBER, SEPTEMBER, NOVEMBER = Month(2026, 10), Month(2026, 9), Month(2026, 11)
STEPS = (step("entered", reason="x"),)


def line(code: str, kind: Kind, amount: str, **changed: Any) -> Line:
    return replace(Line(code, kind, Decimal(amount), STEPS, OCTOBER), **changed)


SOUND = Printed(
    number="D-1",
    month=OCTOBER,
    lines=(
        line("base_pay", Kind.EARNING, "5000.00"),
        line("penalty", Kind.EARNING, "-50.00"),
        line("arrears.commission", Kind.EARNING, "-100.00", period=SEPTEMBER),
        line("arrears.heat_allowance", Kind.EARNING, "200.00"),
        line("pension", Kind.DEDUCTION, "400.00"),
        line("arrears.pension", Kind.DEDUCTION, "-8.00", period=SEPTEMBER),
        line("income_tax", Kind.DEDUCTION, "0.00"),
        line("carry_forward", Kind.DEDUCTION, "58.00"),
        line("employer_pension", Kind.EMPLOYER, "800.00"),
        line("arrears.employer_pension", Kind.EMPLOYER, "-16.00", period=SEPTEMBER),
    ),
    gross=Decimal("5050.00"),
    deductions=Decimal("450.00"),
    net=Decimal("4600.00"),
    employer_cost=Decimal("5834.00"),
    carried_forward=Decimal("42.00"),
    loss_balance=Decimal("0.00"),
    follows_law=True,
)


ONE_YUAN_MORE = {"gross": "5051.00", "net": "4601.00", "employer_cost": "5835.00"}


def with_line(added: Line, **totals: str) -> Printed:
    """The sound payslip with one more line, its totals set right."""
    return replace(SOUND, lines=(*SOUND.lines, added), **{name: Decimal(value) for name, value in totals.items()})


def codes(slip: Printed) -> list[str]:
    return [broken.code for broken in broken_invariants(slip)]


def test_a_sound_payslip_breaks_nothing() -> None:
    assert broken_invariants(SOUND) == ()


def test_a_payslip_without_law_needs_no_tax_line() -> None:
    lines = tuple(each for each in SOUND.lines if each.code != "income_tax")
    assert codes(replace(SOUND, lines=lines, follows_law=False)) == []
    assert codes(replace(SOUND, lines=lines)) == ["payroll.tax_line_missing"]


@pytest.mark.parametrize("name", ["gross", "deductions", "net", "employer_cost"])
def test_each_total_is_the_sum_of_its_lines(name: str) -> None:
    stored = getattr(SOUND, name) + Decimal("0.01")
    [broken] = broken_invariants(replace(SOUND, **{name: stored}))
    assert broken.code == "payroll.total_is_not_the_sum"
    assert broken.values == {
        "payslip": "D-1",
        "total": name,
        "stored": str(stored),
        "lines": str(getattr(SOUND, name)),
    }


def test_net_is_never_below_zero() -> None:
    # 5050.00 − 450.00 − 4600.01 = −0.01
    over = with_line(line("court_support", Kind.DEDUCTION, "4600.01"), deductions="5050.01", net="-0.01")
    assert codes(over) == ["payroll.net_below_zero"]
    even = with_line(line("court_support", Kind.DEDUCTION, "4600.00"), deductions="5050.00", net="0.00")
    assert codes(even) == []


def test_something_is_left_for_later_only_when_net_is_zero() -> None:
    left = line("carry_forward", Kind.DEDUCTION, "-60.00")
    other = tuple(each for each in SOUND.lines if each.code != "carry_forward")
    # deductions without the 58.00 taken back: 392.00; with 60.00 left for later 332.00
    slip = replace(SOUND, lines=(*other, left), deductions=Decimal("332.00"), net=Decimal("4718.00"))
    assert codes(slip) == ["payroll.net_below_zero"]
    assert [broken.values["carried"] for broken in broken_invariants(slip)] == ["60.00"]
    zero = replace(
        slip,
        lines=(*slip.lines, line("loss_recovery", Kind.DEDUCTION, "4718.00")),
        deductions=Decimal("5050.00"),
        net=Decimal("0.00"),
    )
    assert codes(zero) == []


@pytest.mark.parametrize("name", ["carried_forward", "loss_balance"])
def test_balances_are_never_negative(name: str) -> None:
    assert codes(replace(SOUND, **{name: Decimal("-0.01")})) == ["payroll.balance_below_zero"]


@pytest.mark.parametrize(
    ("added", "totals"),
    [
        (line("pension", Kind.EARNING, "1.00"), ONE_YUAN_MORE),
        (line("carry_forward", Kind.EARNING, "1.00"), ONE_YUAN_MORE),
        (line("employer_pension", Kind.EARNING, "1.00"), ONE_YUAN_MORE),
        (line("employer_pension", Kind.DEDUCTION, "1.00"), {"deductions": "451.00", "net": "4599.00"}),
        (line("adjustment.meal", Kind.DEDUCTION, "1.00"), {"deductions": "451.00", "net": "4599.00"}),
        (line("pension", Kind.EMPLOYER, "1.00"), {"employer_cost": "5835.00"}),
    ],
)  # fmt: skip
def test_a_code_stands_in_its_own_part(added: Line, totals: dict[str, str]) -> None:
    assert codes(with_line(added, **totals)) == ["payroll.wrong_kind"]


def test_deductions_and_the_employers_shares_are_positive() -> None:
    assert codes(with_line(line("fine", Kind.DEDUCTION, "-1.00"), deductions="449.00", net="4601.00")) == [
        "payroll.wrong_sign"
    ]
    assert codes(with_line(line("employer_medical", Kind.EMPLOYER, "-1.00"), employer_cost="5833.00")) == [
        "payroll.wrong_sign"
    ]


@pytest.mark.parametrize(
    ("code", "period"), [("commission", SEPTEMBER), ("commission", NOVEMBER), ("arrears.commission", NOVEMBER)]
)
def test_a_payslip_pays_its_month_and_earlier_ones_by_arrears(code: str, period: Month) -> None:
    added = line(code, Kind.EARNING, "1.00", period=period)
    assert codes(with_line(added, **ONE_YUAN_MORE)) == ["payroll.wrong_period"]


def test_every_amount_has_its_steps() -> None:
    added = line("commission", Kind.EARNING, "1.00", steps=())
    assert codes(with_line(added, **ONE_YUAN_MORE)) == ["payroll.line_without_steps"]


def test_everything_that_is_broken_is_said() -> None:
    assert codes(replace(SOUND, lines=(), gross=Decimal(1), net=Decimal(-1))) == [
        *["payroll.total_is_not_the_sum"] * 4,
        "payroll.net_below_zero",
        "payroll.tax_line_missing",
    ]
