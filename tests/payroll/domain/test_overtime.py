"""Overtime pay: by the sort of day, from the right hourly wage, never below the law's multiples."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payroll.domain.rules import OvertimeBy, OvertimeRule
from tests.payroll.domain.law import Pay, Person, amount, amounts, city, national_law

LAW = national_law()
PLAN = {"base": "21750.00", "guarantee": (), "commission": None}
KINDS = ("overtime_workday", "overtime_restday", "overtime_holiday")


def rule(amount: str | None = None, **numbers: str) -> OvertimeRule:
    by = OvertimeBy.BASE_PAY if amount is None else OvertimeBy.AMOUNT
    exact = {name: Fraction(value) for name, value in numbers.items()}
    return OvertimeRule(by, None if amount is None else Decimal(amount), **exact)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (("2", "3", "3"), ["375.00", "750.00", "1125.00"]),  # PAY-02: 125 an hour
        (("0.5", "0", "0"), ["93.75", "0.00", "0.00"]),
        (("0", "0", "0.1"), ["0.00", "0.00", "37.50"]),
        (("40", "0", "0"), ["7500.00", "0.00", "0.00"]),  # beyond 36 hours it is still paid
        (("0", "0", "0"), ["0.00", "0.00", "0.00"]),
    ],
)
def test_by_the_sort_of_day(hours: tuple[str, str, str], expected: list[str], pay: Pay) -> None:
    slip = Person(LAW).month(pay, "2026-01", "21750.00", overtime=hours)
    assert [amount(slip, code) for code in KINDS] == expected
    assert slip.gross == 21750 + sum(map(Decimal, expected))


def test_each_sort_of_day_is_rounded_by_itself(pay: Pay) -> None:
    """2,000 ÷ 21.75 ÷ 8 = 11.494…: × 1.5 × 1 = 17.241; × 2 × 1 = 22.988; × 3 × 1 = 34.482."""
    slip = Person(LAW).month(pay, "2026-01", "2000.00", overtime=("1", "1", "1"))
    assert [amount(slip, code) for code in KINDS] == ["17.24", "22.99", "34.48"]


def test_the_steps_say_how(pay: Pay) -> None:
    slip = Person(LAW).month(pay, "2026-01", "21750.00", overtime=("2", "0", "0"))
    (line,) = [line for line in slip.lines if line.code == "overtime_workday"]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("overtime.hourly", "125", {"monthly": "21750.00", "paid_days": "21.75", "hours_per_day": "8"}),
        ("overtime", "375", {"hours": "2", "hourly": "125", "multiple": "1.5"}),
    ]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(rule(), ["187.50", "250.00", "375.00"], id="the defaults are the law's"),
        pytest.param(rule(workday="1", restday="1.99", holiday="2"), ["187.50", "250.00", "375.00"],
                     id="lower multiples do not hold"),
        pytest.param(rule(workday="2", restday="2.5", holiday="4"), ["250.00", "312.50", "500.00"],
                     id="higher ones do"),
        pytest.param(rule(hours_per_day="10"), ["187.50", "250.00", "375.00"], id="a longer day does not hold"),
        pytest.param(rule(hours_per_day="5"), ["300.00", "400.00", "600.00"], id="a shorter one does"),
        pytest.param(rule("1740.00"), ["15.00", "20.00", "30.00"],
                     id="an amount of its own"),
    ],
)  # fmt: skip
def test_the_plan_and_the_law(own: OvertimeRule, expected: list[str], pay: Pay) -> None:
    slip = Person(LAW, plan={"overtime": own}).month(pay, "2026-01", "21750.00", overtime=("1", "1", "1"))
    assert [amount(slip, code) for code in KINDS] == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(None, ["0.00", "0.00", "0.00"], id="the plan pays none"),
        pytest.param(rule(), ["187.50", "250.00", "375.00"], id="the plan's defaults"),
        pytest.param(rule(workday="1", restday="1", holiday="1", hours_per_day="10"), ["100.00"] * 3, id="as it says"),
    ],
)
def test_without_a_law_the_plan_alone_decides(own: OvertimeRule | None, expected: list[str], pay: Pay) -> None:
    slip = pay({"overtime": ("1", "1", "1")}, PLAN | {"overtime": own})
    assert [amount(slip, code) for code in KINDS] == expected


def test_a_temp_is_paid_overtime_only_by_the_plan(pay: Pay) -> None:
    """No working time in the law's sense: neither the law's pay nor its multiples."""
    hours = ("1", "0", "0")
    temp = Person(LAW, employment="temp")
    assert amounts(temp.month(pay, "2026-01", "21750.00", overtime=hours), "overtime_workday") == []
    own = Person(LAW, employment="temp", plan={"overtime": rule(workday="1")})
    assert amounts(own.month(pay, "2026-01", "21750.00", overtime=hours), "overtime_workday") == ["125.00"]


@pytest.mark.parametrize(
    ("facts", "plan", "expected"),
    [
        # 160 a day ÷ 8 × 1.5 × 2 hours
        pytest.param({"units": {"days": "20"}}, {"base": None, "daily": "160.00"}, "60.00", id="a daily wage ÷ 8"),
        pytest.param({"units": {"days": "20"}},
                     {"base": None, "daily": "160.00", "overtime": rule("1740.00")}, "30.00",
                     id="a daily wage, overtime from an amount"),
        # no base pay: the guarantee of the service year (hired 2024-02-10, month 2026-02: year 3)
        pytest.param({}, {"base": None, "guarantee": ("1740.00", "3480.00", "6960.00")}, "120.00",
                     id="the guarantee of the service year"),
        pytest.param({}, {"base": None, "guarantee": ("1740.00",), "guarantee_by": "fixed"}, "30.00",
                     id="a fixed guarantee"),
        pytest.param({}, {"base": "870.00", "guarantee": ("1740.00",), "guarantee_by": "fixed"}, "15.00",
                     id="base pay goes before the guarantee"),
        # probation pay 1,392, in probation on the last day of the month
        pytest.param({"hire": "2026-01-20"}, {"base": "1740.00", "probation": True, "probation_months": 2,
                                              "probation_pay": "1392.00"}, "24.00", id="in probation"),
    ],
)  # fmt: skip
def test_what_an_hour_is_reckoned_from(facts: dict[str, Any], plan: dict[str, Any], expected: str, pay: Pay) -> None:
    person = Person(LAW, hire=facts.get("hire", "2024-02-10"), plan=plan)
    slip = person.month(pay, "2026-02", overtime=("2", "0", "0"), **{k: v for k, v in facts.items() if k != "hire"})
    assert amount(slip, "overtime_workday") == expected


def test_a_raise_within_the_month_holds_for_all_of_its_overtime(pay: Pay) -> None:
    tiers = {"2020-01-01": "before", "2026-03-31": "after"}
    person = Person(LAW, plan={"base": {"before": "1740.00", "after": "3480.00"}})
    slip = person.month(pay, "2026-03", tiers=tiers, overtime=("1", "0", "0"))
    assert amount(slip, "overtime_workday") == "30.00"


def test_overtime_never_counts_towards_the_guarantee(pay: Pay) -> None:
    slip = pay({"overtime": ("10", "0", "0")}, {"base": "1740.00", "overtime": rule()})
    # year 2: 2,200 − 1,740
    assert [amount(slip, code) for code in ("guarantee_top_up", "overtime_workday")] == ["460.00", "150.00"]
    codes = [line.code for line in slip.lines]
    assert codes == ["base_pay", "guarantee_top_up", "overtime_workday"]


def test_without_hours_nothing_is_asked_of_the_plan(pay: Pay) -> None:
    slip = Person(LAW, plan={"base": None}).month(pay, "2026-01", overtime=("0", "0", "0"))
    assert [line.code for line in slip.lines] == ["income_tax"]


def test_the_steps_of_a_daily_wage(pay: Pay) -> None:
    person = Person(LAW, plan={"base": None, "daily": "160.00"})
    slip = person.month(pay, "2026-01", overtime=("2", "0", "0"), units={"days": "20"})
    (line,) = [line for line in slip.lines if line.code == "overtime_workday"]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("overtime.daily", "20", {"daily": "160.00", "hours_per_day": "8"}),
        ("overtime", "60", {"hours": "2", "hourly": "20", "multiple": "1.5"}),
    ]


def test_the_steps_of_an_hourly_wage(pay: Pay) -> None:
    person = Person(LAW, employment="part_time", plan={"base": None, "daily": "20.00", "unit": "hours"})
    slip = person.month(pay, "2026-01", overtime=("2", "0", "0"), units={"hours": "80"})
    (line,) = [line for line in slip.lines if line.code == "overtime_workday"]
    assert [(each.code, each.amount, dict(each.values)) for each in line.steps] == [
        ("overtime.by_hour", "20.00", {"hourly": "20.00"}),
        ("overtime", "60", {"hours": "2", "hourly": "20", "multiple": "1.5"}),
    ]


def test_overtime_that_rounds_to_nothing_is_no_line(pay: Pay) -> None:
    slip = Person(LAW).month(pay, "2026-01", "0.01", overtime=("1", "0", "0"))
    assert [line.code for line in slip.lines] == ["base_pay", "income_tax"]


def test_overtime_is_taxed(pay: Pay) -> None:
    slip = Person(national_law(city("here")), city="here").month(pay, "2026-01", "21750.00", overtime=("2", "3", "3"))
    assert str(slip.taxed.income) == "24000.00"
