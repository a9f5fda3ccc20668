"""The minimum wage: what is due for the days worked, what is compared with it, and who is protected by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grading.kernel.dated import Dated
from grading.kernel.errors import NoRuleInForce
from payroll.domain.errors import BelowMinimumWage
from payroll.domain.law import MinimumWage
from tests.payroll.domain.law import SINCE, Pay, Person, city, national_law

NET = city("net", shares={"pension": ("0.1", "0.2")}, minimum="2000.00", is_net=True)
"""A tenth is contributed, and the minimum is compared with what is left."""
DEAR = city("dear", minimum="3000.00")
LAW = national_law(NET, DEAR)


def short(pay: Pay, person: Person, month: str, wage: str | None, **facts: Any) -> str:
    """By how much the month is below its minimum; empty when it is not."""
    try:
        person.month(pay, month, wage, **facts)
    except BelowMinimumWage as refused:
        return refused.values["short"]
    return ""


@pytest.mark.parametrize(
    ("where", "wage", "expected"),
    [
        pytest.param("gross", "2000.00", "", id="gross: exactly"),
        pytest.param("gross", "1999.99", "0.01", id="gross: a fen less"),
        pytest.param("net", "2200.00", "", id="net: 2,200 − 200"),
        pytest.param("net", "2199.99", "0.01", id="net: a fen less"),
        pytest.param("free", "0.01", "", id="a city without a minimum"),
    ],
)
def test_the_seam(where: str, wage: str, expected: str, pay: Pay) -> None:
    base = "2000.00" if where == "net" else "20000.00"
    assert short(pay, Person(LAW, where, base), "2026-01", wage) == expected


def test_what_is_said(pay: Pay) -> None:
    with pytest.raises(BelowMinimumWage) as raised:
        Person(LAW, "gross").month(pay, "2026-01", "1500.00")
    assert dict(raised.value.values) == {
        "counted": "1500.00", "minimum": "2000.00", "city": "gross", "short": "500.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "plan", "expected"),
    [
        pytest.param({"entries": [("adjustment.meal_allowance", "100.00")]}, {}, "", id="an allowance counts"),
        pytest.param({"entries": [("adjustment.night_shift_allowance", "100.00")]}, {}, "100.00",
                     id="a night shift allowance does not"),
        pytest.param({"entries": [("adjustment.travel_allowance", "100.00")]}, {}, "100.00",
                     id="nor what is no wage at all"),
        pytest.param({"entries": [("arrears.base_pay", "100.00")]}, {}, "100.00", id="nor amounts for other months"),
        pytest.param({"entries": [("annual_bonus", "5000.00")]}, {}, "100.00", id="nor the year's bonus"),
        pytest.param({"overtime": ("10", "10", "10")}, {}, "100.00", id="nor overtime"),
        pytest.param({"sales": "100.00"}, {"commission": "1"}, "", id="commission counts"),
        pytest.param({}, {"guarantee": ("2000.00",), "guarantee_by": "fixed"}, "", id="so does a top-up"),
        pytest.param({"entries": [("adjustment.meal_allowance", "100.00"), ("penalty", "0.01")]}, {}, "0.01",
                     id="a penalty must not go below it"),
        pytest.param({"entries": [("adjustment.meal_allowance", "100.00"), ("court_support", "900.00")]}, {}, "",
                     id="what a court takes may"),
    ],
)  # fmt: skip
def test_what_counts(facts: Mapping[str, Any], plan: Mapping[str, Any], expected: str, pay: Pay) -> None:
    """1,900 of base pay against 2,000."""
    assert short(pay, Person(LAW, "gross", plan=plan), "2026-01", "1900.00", **facts) == expected


@pytest.mark.parametrize(
    ("proration", "hire", "wage", "expected"),
    [
        # 2026-06: 30 days, 21 paid days and one holiday (19 June); from the 16th 15 days, 10 workdays and the holiday
        pytest.param("calendar_days", "2026-06-16", "2000.00", "", id="half a month"),
        pytest.param("calendar_days", "2026-06-16", "1999.98", "0.01", id="999.99 of 1,000"),
        pytest.param("workdays", "2026-06-16", "2000.00", "", id="by workdays"),
        pytest.param("paid_days", "2026-06-16", "2000.00", "", id="by paid days"),
        # the 27th is a Saturday: two days by paid days, four of the calendar
        pytest.param("paid_days", "2026-06-27", "2000.00", "", id="a part with a weekend"),
        pytest.param("paid_days", "2026-06-27", "1999.94", "0.01", id="183.90 of 183.91"),
        pytest.param("workdays", "2026-05-30", "2000.00", "", id="a weekend alone: nothing is due by workdays"),
    ],
)
def test_part_of_a_month_is_prorated_as_pay_is(proration: str, hire: str, wage: str, expected: str, pay: Pay) -> None:
    person = Person(LAW, "gross", hire=hire, plan={"proration": proration})
    assert short(pay, person, hire[:7], wage) == expected


@pytest.mark.parametrize(
    ("facts", "plan", "wage", "expected"),
    [
        pytest.param({"absent": "2"}, {}, "2000.00", "", id="two unpaid days lower both"),
        pytest.param({"absent": "2"}, {}, "1999.99", "0.01", id="a fen less"),
        pytest.param({"absent": "23"}, {}, "2000.00", "", id="nothing is due for nothing"),
        pytest.param({"sick": "2"}, {"sick_rate": "0.6"}, "2000.00", "", id="two sick days lower both"),
        pytest.param({"sick": "2"}, {"sick_rate": "0.6"}, "1999.99", "0.01", id="sick pay does not fill a gap"),
        pytest.param({"sick": "2"}, {}, "1999.99", "0.01", id="sick days that are paid like others lower nothing"),
        pytest.param({"absent": "0.5"}, {"divisor": "22.5"}, "2000.00", "", id="the plan's divisor"),
        # 9 of 31 days: 580.65 (of 580.648); 6 of 21.75: 551.73 (of 551.727). Left 28.92; due 580.645 − 551.724 = 28.921
        pytest.param(
            {"absent": "6", "leave": "2026-01-09"},
            {"proration": "calendar_days"},
            "2000.01",
            "",
            id="what two roundings take is not missing",
        ),
        # 580.50 (of 580.4999) − 551.59 (of 551.586) = 28.91
        pytest.param(
            {"absent": "6", "leave": "2026-01-09"},
            {"proration": "calendar_days"},
            "1999.50",
            "0.01",
            id="a wage below the minimum is",
        ),
    ],
)
def test_absence_lowers_what_is_due(
    facts: Mapping[str, Any], plan: Mapping[str, Any], wage: str, expected: str, pay: Pay
) -> None:
    assert short(pay, Person(LAW, "gross", plan=plan), "2026-01", wage, **facts) == expected


@pytest.mark.parametrize(
    ("month", "hire", "facts", "wage", "expected"),
    [
        # base 10,000: 1,000 contributed a month, whatever the days
        pytest.param("2026-06", "2020-01-01", {}, "3000.00", "", id="a whole month: 3,000 − 1,000"),
        pytest.param("2026-06", "2020-01-01", {}, "2999.99", "0.01", id="a fen less"),
        pytest.param("2026-06", "2026-06-25", {}, "3000.00", "", id="six days: 600 − 200 against 400"),
        pytest.param("2026-06", "2026-06-25", {}, "2999.95", "0.01", id="599.99 is a fen too little"),
        pytest.param("2026-06", "2020-01-01", {"absent": "22"}, "3000.00", "", id="absent all month: nothing is due"),
        # 8.7 of 21.75 days absent: 3,000 − 1,200 = 1,800; due 2,000 − 800 = 1,200, contributions 60 % of 1,000
        pytest.param("2026-06", "2020-01-01", {"absent": "8.7"}, "3000.00", "", id="two fifths absent"),
        pytest.param("2026-06", "2020-01-01", {"absent": "8.7"}, "2999.98", "0.01", id="two fifths, a fen less"),
    ],
)
def test_net_of_contributions_for_part_of_a_month(
    month: str, hire: str, facts: Mapping[str, Any], wage: str, expected: str, pay: Pay
) -> None:
    """Contributions are those of a whole month; for part of one only that part of them comes off."""
    person = Person(LAW, "net", "10000.00", hire=hire, plan={"proration": "calendar_days"})
    assert short(pay, person, month, wage, **facts) == expected


@pytest.mark.parametrize(
    ("wage", "expected"),
    [
        # 14 of 28 days at 2,000, 14 at 3,000
        pytest.param("2500.00", "", id="half and half"),
        pytest.param("2499.99", "0.01", id="a fen less"),
    ],
)
def test_two_cities_in_a_month(wage: str, expected: str, pay: Pay) -> None:
    cities = Dated.of("city", [(SINCE, "gross"), (date(2026, 2, 15), "dear")])
    person = Person(LAW, "gross", plan={"proration": "calendar_days"})
    assert short(pay, person, "2026-02", wage, cities=cities) == expected


def test_days_in_a_city_without_a_minimum_ask_for_nothing(pay: Pay) -> None:
    """14 of 28 days at 2,000 are 1,000."""
    cities = Dated.of("city", [(SINCE, "free"), (date(2026, 2, 15), "gross")])
    person = Person(LAW, "free", plan={"proration": "calendar_days"})
    assert short(pay, person, "2026-02", "1000.00", cities=cities) == ""
    assert short(pay, person, "2026-02", "999.99", cities=cities) == "0.01"


@pytest.mark.parametrize(
    ("proration", "least"),
    [
        # 14 of 28 days at 2,000, 14 at 2,400
        pytest.param("calendar_days", "2200.00", id="by calendar days"),
        # paid days of February 2026: 11 up to the 14th, a worked Saturday; 9 from the 15th, four holidays among them
        pytest.param("paid_days", "2180.00", id="by paid days"),
        pytest.param("workdays", "2180.00", id="by workdays"),
    ],
)
def test_a_minimum_that_rises_within_the_month(proration: str, least: str, pay: Pay) -> None:
    """2,000 until the 14th, 2,400 from the 15th."""
    values = [(SINCE, MinimumWage(Decimal("2000.00"))), (date(2026, 2, 15), MinimumWage(Decimal("2400.00")))]
    held = replace(city("rising"), minimum_wage=Dated.of("rising.minimum_wage", values))
    person = Person(national_law(held), "rising", plan={"proration": proration})
    assert short(pay, person, "2026-02", least) == ""
    assert short(pay, person, "2026-02", str(Decimal(least) - Decimal("0.01"))) == "0.01"


def test_a_city_whose_minimum_is_not_known_for_the_day_parks(pay: Pay) -> None:
    late = Dated.of("late.minimum_wage", [(date(2026, 2, 2), MinimumWage(Decimal("2000.00")))])
    law = national_law(replace(city("late"), minimum_wage=late))
    with pytest.raises(NoRuleInForce):
        Person(law, "late").month(pay, "2026-02", "20000.00")


@pytest.mark.parametrize(
    ("employment", "expected"),
    [("regular", "999.99"), ("probation_waived", "999.99"), ("temp", ""), ("part_time", ""), ("pensioner", "")],
)
def test_who_is_protected(employment: str, expected: str, pay: Pay) -> None:
    assert short(pay, Person(LAW, "gross", employment=employment), "2026-01", "1000.01") == expected


def test_without_a_law_nothing_is_asked(pay: Pay) -> None:
    assert str(pay({}, {"base": "0.01", "guarantee": ()}).net) == "0.01"


def test_a_city_without_a_minimum_asks_nothing_of_an_hour(pay: Pay) -> None:
    person = Person(LAW, "free", employment="part_time", plan={"base": None, "daily": "0.01", "unit": "hours"})
    assert str(person.month(pay, "2026-01", units={"hours": "80"}).gross) == "0.80"
