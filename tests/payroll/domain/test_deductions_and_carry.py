"""Entered amounts, penalties, and what a month cannot bear (formats §7 and §9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from payroll.domain.lines import Kind
from payroll.domain.payslip import Payslip

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
BASE = {"base": "1000.00", "guarantee": ()}
EARNED = ("base_pay", "1000.00")
Entries = Sequence[tuple[str, str]]


@pytest.mark.parametrize(
    ("entries", "lines", "net"),
    [
        pytest.param([("penalty", "150.00")], [("penalty", "-150.00")], "850.00", id="entered as a positive amount"),
        pytest.param([("penalty", "-150.00")], [("penalty", "-150.00")], "850.00", id="entered as a negative amount"),
        pytest.param([("penalty", "150.00"), ("penalty", "20.00")], [("penalty", "-150.00"), ("penalty", "-20.00")],
                     "830.00", id="two penalties, two lines"),
        pytest.param([("penalty", "0.00")], [], "1000.00", id="zero: no line"),
        pytest.param([("adjustment.meal", "50.00")], [("adjustment.meal", "50.00")], "1050.00", id="adjustment"),
        pytest.param([("adjustment.meal", "-50.00")], [("adjustment.meal", "-50.00")], "950.00",
                     id="adjustment, negative"),
        pytest.param([("arrears.commission", "12.34")], [("arrears.commission", "12.34")], "1012.34", id="arrears"),
        pytest.param([("adjustment.x", "7.77"), ("adjustment.x", "-7.77")],
                     [("adjustment.x", "7.77"), ("adjustment.x", "-7.77")], "1000.00", id="+x and -x"),
        pytest.param([("adjustment.x", "0.00")], [], "1000.00", id="zero adjustment: no line"),
        pytest.param([("loss_recovery", "300.00")], [("loss_recovery", "300.00")], "700.00", id="loss recovery"),
        pytest.param([("pension", "80.00"), ("medical", "20.00"), ("unemployment", "5.00"),
                      ("housing_fund", "50.00")],
                     [("pension", "80.00"), ("medical", "20.00"), ("unemployment", "5.00"), ("housing_fund", "50.00")],
                     "845.00", id="social insurance"),
        pytest.param([("income_tax", "0.00")], [("income_tax", "0.00")], "1000.00", id="zero income tax is shown"),
        pytest.param([("income_tax", "10.00")], [("income_tax", "10.00")], "990.00", id="income tax"),
        pytest.param([("pension", "0.00")], [], "1000.00", id="any other zero deduction is left out"),
    ],
)  # fmt: skip
def test_entered(entries: Entries, lines: Lines, net: str, pay: Pay, printed: Printed) -> None:
    slip = pay({"entries": entries}, BASE)
    assert printed(slip) == [EARNED, *lines]
    assert str(slip.net) == net


def test_kinds_and_totals(pay: Pay) -> None:
    entries = [("penalty", "100.00"), ("adjustment.x", "30.00"), ("loss_recovery", "200.00"), ("income_tax", "0.00")]
    slip = pay({"entries": entries}, BASE)
    assert [(line.code, line.kind) for line in slip.lines] == [
        ("base_pay", Kind.EARNING),
        ("penalty", Kind.EARNING),
        ("adjustment.x", Kind.EARNING),
        ("income_tax", Kind.DEDUCTION),
        ("loss_recovery", Kind.DEDUCTION),
    ]
    # 1000 − 100 + 30; 200; 930 − 200
    assert [str(total) for total in (slip.gross, slip.deductions, slip.net, slip.employer_cost)] == [
        "930.00",
        "200.00",
        "730.00",
        "930.00",
    ]


def test_an_entry_says_who_asked_and_why(pay: Pay) -> None:
    line = pay({"entries": [("penalty", "100.00")]}, BASE).lines[1]
    assert [(step.code, dict(step.values)) for step in line.steps] == [("entered", {"reason": "entered by HR"})]


def test_a_penalty_before_the_floor_is_made_good_by_the_floor(pay: Pay, printed: Printed) -> None:
    # counted 1000 − 100 = 900; year 2 guarantees 2200
    slip = pay({"entries": [("penalty", "-100.00")]}, {"base": "1000.00", "penalties": "before_floor"})
    assert printed(slip) == [EARNED, ("guarantee_top_up", "1300.00"), ("penalty", "-100.00")]


def test_adjustments_never_count_towards_the_floor(pay: Pay, printed: Printed) -> None:
    slip = pay({"entries": [("adjustment.x", "500.00")]}, {"base": "1000.00"})
    assert printed(slip) == [EARNED, ("guarantee_top_up", "1200.00"), ("adjustment.x", "500.00")]


@pytest.mark.parametrize(
    ("entries", "before", "carried", "net", "left"),
    [
        pytest.param([("housing_fund", "1250.00")], "0.00", "-250.00", "0.00", "250.00", id="left to a later month"),
        pytest.param([("penalty", "1250.00")], "0.00", "-250.00", "0.00", "250.00", id="a penalty above the pay"),
        pytest.param([("housing_fund", "1250.00")], "100.00", "-250.00", "0.00", "350.00", id="more is left"),
        pytest.param([], "1500.00", "1000.00", "0.00", "500.00", id="partly taken"),
        pytest.param([], "1000.00", "1000.00", "0.00", "0.00", id="taken to the last fen"),
        pytest.param([], "400.00", "400.00", "600.00", "0.00", id="fully taken"),
        pytest.param([("housing_fund", "900.00")], "400.00", "100.00", "0.00", "300.00",
                     id="taken as far as the month can"),
        pytest.param([("housing_fund", "1000.00")], "400.00", None, "0.00", "400.00", id="nothing to take from"),
        pytest.param([("housing_fund", "1000.00")], "0.00", None, "0.00", "0.00", id="exactly bearable"),
        pytest.param([("housing_fund", "1000.01")], "0.00", "-0.01", "0.00", "0.01", id="a fen too much"),
    ],
)  # fmt: skip
def test_carry_forward(
    entries: Entries, before: str, carried: str | None, net: str, left: str, pay: Pay, printed: Printed
) -> None:
    slip = pay({"entries": entries, "carried": before}, BASE)
    found = [amount for code, amount in printed(slip) if code == "carry_forward"]
    assert found == ([] if carried is None else [carried])
    assert (str(slip.net), str(slip.carried_forward)) == (net, left)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        # earned 1000 each month
        pytest.param(["1250.00", "0.00", "0.00"],
                     [("-250.00", "0.00", "250.00"), ("250.00", "750.00", "0.00"), (None, "1000.00", "0.00")],
                     id="left, fully taken, nothing"),
        pytest.param(["2500.00", "0.00", "0.00"],
                     [("-1500.00", "0.00", "1500.00"), ("1000.00", "0.00", "500.00"), ("500.00", "500.00", "0.00")],
                     id="left, partly taken, fully taken"),
        pytest.param(["1250.00", "1100.00", "0.00"],
                     [("-250.00", "0.00", "250.00"), ("-100.00", "0.00", "350.00"), ("350.00", "650.00", "0.00")],
                     id="left, left again, fully taken"),
        pytest.param(["1250.00", "900.00", "900.00"],
                     [("-250.00", "0.00", "250.00"), ("100.00", "0.00", "150.00"), ("100.00", "0.00", "50.00")],
                     id="left, taken bit by bit"),
    ],
)  # fmt: skip
def test_three_months(
    months: list[str], expected: list[tuple[str | None, str, str]], pay: Pay, printed: Printed
) -> None:
    left, found = "0.00", []
    for number, deducted in enumerate(months, start=4):
        slip = pay({"month": f"2024-{number:02d}", "entries": [("housing_fund", deducted)], "carried": left}, BASE)
        left = str(slip.carried_forward)
        carried = [amount for code, amount in printed(slip) if code == "carry_forward"]
        found.append((carried[0] if carried else None, str(slip.net), left))
    assert found == expected


def test_carry_forward_is_the_last_line_and_a_deduction(pay: Pay) -> None:
    line = pay({"entries": [("housing_fund", "1250.00"), ("income_tax", "0.00")]}, BASE).lines[-1]
    assert (line.code, line.kind) == ("carry_forward", Kind.DEDUCTION)
    assert [(step.code, step.amount, dict(step.values)) for step in line.steps] == [
        ("carry_forward.left", "-250.00", {"bearable": "-250.00", "before": "0.00", "after": "250.00"})
    ]
