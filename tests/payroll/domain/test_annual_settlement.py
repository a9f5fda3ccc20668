"""Settling guarantees over a year: the year's last month, leaving, service years, and plans that change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from grading.kernel.period import Month
from payroll.domain.facts import GuaranteeMonth
from tests.payroll.domain.law import Pay, amount

GUARANTEE = {"guarantee": ("2200.00",), "guarantee_by": "fixed", "commission": "1"}


def held(month: str, counted: str, topped_up: str, guaranteed: str = "2200.00") -> GuaranteeMonth:
    return GuaranteeMonth(Month.parse(month), Decimal(counted), Decimal(guaranteed), Decimal(topped_up))


def settled(
    pay: Pay, month: str, sales: str, months: Sequence[GuaranteeMonth], plan: dict[str, Any], **facts: Any
) -> str:
    slip = pay({"month": month, "sales": sales, "guarantee_months": tuple(months)} | facts, GUARANTEE | plan)
    return amount(slip, "annual_settlement")


OVERPAID = [held("2024-11", "2600.00", "0.00")]
"""A month that earned 400 more than the guarantee; with 2,000 in December 200 were topped up needlessly."""
KEPT = [held("2024-11", "2600.00", "-400.00")]


@pytest.mark.parametrize(
    ("month", "sales", "months", "plan", "facts", "expected"),
    [
        pytest.param("2024-12", "2000.00", OVERPAID, {"settlement": "floor_year"}, {}, "-200.00", id="floor_year"),
        pytest.param("2024-12", "2000.00", OVERPAID, {"settlement": "none"}, {}, "0.00", id="none"),
        pytest.param("2024-12", "2000.00", OVERPAID, {"settlement": "floor_year", "overpaid": "ignore"}, {}, "0.00",
                     id="let go"),
        pytest.param("2024-11", "2000.00", [], {"settlement": "floor_year"}, {}, "0.00", id="not before December"),
        pytest.param("2024-12", "1800.00", [held("2024-11", "2600.00", "0.00")], {"settlement": "floor_year"}, {},
                     "-400.00", id="no more than was topped up"),
        pytest.param("2024-12", "1700.00", OVERPAID, {"settlement": "floor_year"}, {}, "-400.00",
                     id="the year's floor holds: 4,400 of 4,300 earned"),
        pytest.param("2024-12", "2000.00", KEPT, {"settlement": "advance"}, {}, "200.00", id="advance"),
        pytest.param("2024-12", "2000.00", KEPT, {"settlement": "advance", "overpaid": "ignore"}, {}, "200.00",
                     id="what is owed to people is never let go"),
        pytest.param("2024-12", "1800.00", KEPT, {"settlement": "advance"}, {}, "0.00", id="advance, nothing beyond"),
        # leaving on 30 June with 400 kept in May
        pytest.param("2024-06", "2200.00", [held("2024-05", "2600.00", "-400.00")], {"settlement": "advance"},
                     {"leaves": True}, "400.00", id="leaving"),
        pytest.param("2024-06", "2200.00", [held("2024-05", "2600.00", "-400.00")], {"settlement": "advance"}, {},
                     "0.00", id="staying"),
        pytest.param("2024-12", "2200.00", [held("2023-12", "2600.00", "-400.00")], {"settlement": "advance"}, {},
                     "0.00", id="last year's months are settled"),
        # a plan that became an advance in December: November was paid in full and is not paid twice
        pytest.param("2024-12", "2200.00", OVERPAID, {"settlement": "advance"}, {}, "0.00", id="paid when earned"),
        pytest.param("2024-12", "2000.00", [], {"settlement": "floor_year"}, {}, "0.00", id="a single month"),
    ],
)  # fmt: skip
def test_settlement(
    month: str,
    sales: str,
    months: Sequence[GuaranteeMonth],
    plan: dict[str, Any],
    facts: dict[str, Any],
    expected: str,
    pay: Pay,
) -> None:
    assert settled(pay, month, sales, months, plan, **facts) == expected


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        # hired 2023-02-10: the service year holds the months whose last day lies in it, February to January
        pytest.param("2025-01", "400.00", id="the service year's last month"),
        pytest.param("2025-02", "0.00", id="the next year's first"),
        pytest.param("2024-12", "0.00", id="December is a month like others"),
    ],
)
def test_a_service_year(month: str, expected: str, pay: Pay) -> None:
    plan = {"settlement": "advance", "settlement_year": "service_year"}
    months = [held("2024-02", "2600.00", "-400.00"), held("2024-01", "3200.00", "-1000.00")]
    assert settled(pay, month, "2200.00", months, plan) == expected


@pytest.mark.parametrize(("month", "expected"), [("2025-01", "0.00"), ("2025-02", "400.00"), ("2025-03", "0.00")])
def test_a_service_year_from_the_end_of_probation(month: str, expected: str, pay: Pay) -> None:
    """Hired 2023-02-10, regular from 10 March: the year runs from March to February."""
    plan = {"settlement": "advance", "settlement_year": "service_year", "service_year_from": "regularization"}
    months = [held("2024-03", "2600.00", "-400.00"), held("2024-02", "3200.00", "-1000.00")]
    assert settled(pay, month, "2200.00", months, plan) == expected


def test_a_leaver_in_a_month_without_a_promise_is_settled(pay: Pay) -> None:
    """Absent all of the last month: nothing is guaranteed for it, and May's 400 are paid."""
    plan = {"settlement": "advance"}
    found = settled(pay, "2024-06", "0.00", [held("2024-05", "2600.00", "-400.00")], plan, leaves=True, absent="22")
    assert found == "400.00"


def test_an_advance_keeps_back_what_counts_beyond_it(pay: Pay) -> None:
    slip = pay({"sales": "2600.00"}, GUARANTEE | {"settlement": "advance"})
    assert [(line.code, str(line.amount)) for line in slip.lines] == [
        ("commission", "2600.00"),
        ("guarantee_top_up", "-400.00"),
    ]
    assert slip.lines[1].steps[-1].code == "guarantee_top_up.kept"
    assert slip.guarantee == GuaranteeMonth(Month(2024, 6), Decimal("2600.00"), Decimal("2200.00"), Decimal("-400.00"))


@pytest.mark.parametrize(
    ("sales", "mode", "topped_up"),
    [("2000.00", "none", "200.00"), ("2200.00", "none", "0.00"), ("2600.00", "none", "0.00"),
     ("2000.00", "advance", "200.00")],
)  # fmt: skip
def test_what_a_month_leaves_for_the_settlement(sales: str, mode: str, topped_up: str, pay: Pay) -> None:
    slip = pay({"sales": sales}, GUARANTEE | {"settlement": mode})
    assert slip.guarantee == held("2024-06", sales, topped_up)


def test_a_month_of_probation_promises_nothing(pay: Pay) -> None:
    assert pay({"hire": "2024-06-01"}, GUARANTEE).guarantee is None
    assert pay({}, {"guarantee": ()}).guarantee is None


def test_the_line_says_what_the_year_came_to(pay: Pay) -> None:
    slip = pay(
        {"month": "2024-12", "sales": "2000.00", "guarantee_months": tuple(OVERPAID)},
        GUARANTEE | {"settlement": "floor_year"},
    )
    line = slip.lines[-1]
    assert [line.code for line in slip.lines] == ["commission", "guarantee_top_up", "annual_settlement"]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("annual_settlement", "-200.00", {"months": "2", "earned": "4600.00", "guaranteed": "4400.00",
                                          "due": "4600.00", "paid": "4800.00"}),
    ]  # fmt: skip


def test_months_stand_as_their_arrears_left_them(pay: Pay) -> None:
    """November was posted as 1,900 topped up by 300: 4,400 is due and paid. Computed again it earned 2,600, without
    a top-up: 4,600 is due in the year; paid are November's 2,600 and December's 2,000 + 200.
    """
    then, now = held("2024-11", "1900.00", "300.00"), held("2024-11", "2600.00", "0.00")
    plan = {"settlement": "floor_year"}
    assert settled(pay, "2024-12", "2000.00", [then], plan) == "0.00"
    assert settled(pay, "2024-12", "2000.00", [then], plan, past_guarantees=(now,)) == "-200.00"


def test_a_month_that_promises_nothing_any_more_is_settled_no_more(pay: Pay) -> None:
    gone = held("2024-11", "0.00", "0.00", "0.00")
    assert settled(pay, "2024-12", "2000.00", OVERPAID, {"settlement": "floor_year"}, past_guarantees=(gone,)) == "0.00"
