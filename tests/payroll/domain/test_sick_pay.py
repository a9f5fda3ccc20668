"""Sick pay: out of base pay at a day's worth, back in at the plan's rate, never below the legal floor."""

from __future__ import annotations

from typing import Any

import pytest

from tests.payroll.domain.law import Pay, Person, amount, amounts, city, national_law

PLAN = {"base": "4350.00", "guarantee": (), "commission": None, "sick_rate": "0.6"}
"""200 a day, 120 a sick day."""


@pytest.mark.parametrize(
    ("facts", "plan", "out", "paid"),
    [
        pytest.param({"sick": "3"}, {}, "-600.00", "360.00", id="three days at 60 %"),
        pytest.param({"sick": "0.5"}, {}, "-100.00", "60.00", id="half a day"),
        pytest.param({"sick": "3"}, {"sick_rate": "1"}, "-600.00", "600.00", id="paid in full"),
        pytest.param({"sick": "3"}, {"sick_rate": "0"}, "-600.00", "0.00", id="unpaid: no line of sick pay"),
        pytest.param({"sick": "3"}, {"sick_rate": None}, "0.00", "0.00", id="no rule: like any other day"),
        pytest.param({"sick": "0"}, {}, "0.00", "0.00", id="not sick"),
        pytest.param({"sick": "3"}, {"divisor": "30"}, "-435.00", "261.00", id="÷ 30"),
        # 4,350 by 22 days of 200 would be 4,400: no more than was earned is taken, no more than that paid
        pytest.param({"sick": "22"}, {}, "-4350.00", "2640.00", id="no more than base pay is taken"),
        pytest.param({"sick": "22"}, {"sick_rate": "1"}, "-4350.00", "4350.00", id="nor paid"),
        pytest.param({"sick": "3", "absent": "20"}, {}, "-350.00", "350.00", id="after absence: 350 are left"),
        pytest.param({"sick": "3", "absent": "22"}, {}, "0.00", "0.00", id="nothing is left"),
        # 2,000 ÷ 21.75 = 91.954; × 0.6 = 55.172
        pytest.param({"sick": "1"}, {"base": "2000.00"}, "-91.95", "55.17", id="each line is rounded by itself"),
        pytest.param({"sick": "2", "units": {"days": "20"}}, {"base": None, "daily": "200.00"}, "0.00", "0.00",
                     id="a daily wage is not paid for sick days anyway"),
    ],
)  # fmt: skip
def test_sick_days(facts: dict[str, Any], plan: dict[str, Any], out: str, paid: str, pay: Pay) -> None:
    slip = pay(facts, PLAN | plan)
    assert (amount(slip, "sick_leave_deduction"), amount(slip, "sick_pay")) == (out, paid)


def test_the_lines_stand_after_absence_and_say_how(pay: Pay) -> None:
    slip = pay({"sick": "3", "absent": "20"}, PLAN)
    assert [line.code for line in slip.lines] == ["base_pay", "absence_deduction", "sick_leave_deduction", "sick_pay"]
    out, paid = slip.lines[2:]
    assert [(each.code, each.amount, dict(each.values)) for each in (*out.steps, *paid.steps)] == [
        ("sick_leave_deduction", "-600", {"monthly": "4350.00", "divisor": "21.75", "days": "3"}),
        ("sick_leave_deduction.limit", "-350.00", {"limit": "350.00"}),
        ("sick_pay.rate", None, {"day": "200", "rate": "0.6", "days": "3"}),
    ]


def test_a_rate_of_zero_prints_no_line_of_sick_pay(pay: Pay) -> None:
    assert [line.code for line in pay({"sick": "3"}, PLAN | {"sick_rate": "0"}).lines] == [
        "base_pay", "sick_leave_deduction",
    ]  # fmt: skip


def test_the_floor_says_what_it_is(pay: Pay) -> None:
    law = national_law(city("here", minimum="2175.00"))
    slip = Person(law, "here", plan={"sick_rate": "0.1"}).month(pay, "2026-01", "4350.00", sick="2")
    (line,) = [line for line in slip.lines if line.code == "sick_pay"]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("sick_pay.rate", None, {"day": "200", "rate": "0.1", "days": "2"}),
        ("sick_pay.floor", "80", {"minimum": "2175.00", "fraction": "0.8"}),
    ]


@pytest.mark.parametrize(
    ("minimum", "rate", "paid"),
    [
        # a day of the minimum: 2,175 ÷ 21.75 = 100, of which 80 %
        pytest.param("2175.00", "0.5", "200.00", id="100 a day at 50 % is more than 80"),
        pytest.param("2175.00", "0.4", "160.00", id="80 a day is the floor itself"),
        pytest.param("2175.00", "0.39", "160.00", id="78 a day is lifted to 80"),
        pytest.param("2175.00", "0", "160.00", id="0 is lifted too"),
        pytest.param("2610.00", "0.4", "192.00", id="96 a day"),
    ],
)
def test_the_legal_floor(minimum: str, rate: str, paid: str, pay: Pay) -> None:
    """80 % of the city's minimum wage a day; base pay 200 a day."""
    law = national_law(city("here", minimum=minimum))
    slip = Person(law, "here", plan={"sick_rate": rate}).month(pay, "2026-01", "4350.00", sick="2")
    assert amount(slip, "sick_pay") == paid


def test_the_floor_is_never_more_than_a_days_pay(pay: Pay) -> None:
    """1,000 of base pay is 45.98 a day, less than the floor of 80: a sick day earns what any other day does."""
    law = national_law(city("here", minimum="2175.00"))
    person = Person(law, "here", plan={"sick_rate": "0.4"})
    slip = person.month(pay, "2026-01", "1000.00", sick="1", entries=[("adjustment.extra", "2000.00")])
    assert (amount(slip, "sick_leave_deduction"), amount(slip, "sick_pay")) == ("-45.98", "45.98")


def test_a_pensioner_has_no_floor(pay: Pay) -> None:
    law = national_law(city("here", minimum="2175.00"))
    person = Person(law, "here", employment="pensioner", plan={"sick_rate": "0.1"})
    assert amount(person.month(pay, "2026-01", "4350.00", sick="2"), "sick_pay") == "40.00"


@pytest.mark.parametrize(
    ("base", "sick", "top_up", "gross"),
    [
        # guarantee 2,175: a day is 100; two sick days at 60 % take 80 off it
        pytest.param("1740.00", "2", "419.00", "2095.00", id="below the guarantee"),
        # base 1,740 − 160 + 96 = 1,676; 2,095 − 1,676
        pytest.param("2175.00", "2", "0.00", "2095.00", id="the guarantee shrinks as pay does"),
    ],
)
def test_the_guarantee_without_what_sick_days_do_not_earn(
    base: str, sick: str, top_up: str, gross: str, pay: Pay
) -> None:
    plan = {"base": base, "guarantee": ("2175.00",), "guarantee_by": "fixed", "commission": None, "sick_rate": "0.6"}
    slip = pay({"sick": sick}, plan)
    assert (amount(slip, "guarantee_top_up"), str(slip.gross)) == (top_up, gross)
    if top_up != "0.00":
        (line,) = [line for line in slip.lines if line.code == "guarantee_top_up"]
        assert [(each.code, each.amount) for each in line.steps][1] == ("guarantee.sickness", "-80")


def test_the_guarantee_of_a_plan_without_sick_pay_stays(pay: Pay) -> None:
    plan = {"base": "1740.00", "guarantee": ("2175.00",), "guarantee_by": "fixed", "commission": None}
    assert amounts(pay({"sick": "2"}, plan), "guarantee_top_up") == ["435.00"]
