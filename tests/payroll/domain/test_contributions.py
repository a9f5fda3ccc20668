"""Contributions: who is insured in what, on which base, and what the steps say. Rates are those of Shanghai."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.dated import Dated
from payroll.domain.contributions import held_base
from payroll.domain.law import ContributionRule, Scheme
from payroll.domain.lines import Kind
from tests.payroll.domain.law import SHANGHAI, SINCE, Pay, Person, amount, amounts, city, national_law

LAW = national_law()
WAGE = "20000.00"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("99.99", ("100.00", "floor")),
        ("100.00", ("100.00", "own")),
        ("150.00", ("150.00", "own")),
        ("200.00", ("200.00", "own")),
        ("200.01", ("200.00", "ceiling")),
    ],
)
def test_a_base_between_its_limits(base: str, expected: tuple[str, str]) -> None:
    held, which = held_base(Decimal(base), Decimal("100.00"), Decimal("200.00"))
    assert (str(held), which) == expected


def test_a_city_without_limits_takes_any_base() -> None:
    assert held_base(Decimal("0.01"), None, None) == (Decimal("0.01"), "own")


@pytest.mark.parametrize(
    ("employment", "codes"),
    [
        ("regular", ["pension", "medical", "unemployment", "housing_fund", "employer_pension", "employer_medical",
                     "employer_unemployment", "employer_work_injury", "employer_housing_fund"]),
        ("probation_waived", ["pension", "medical", "unemployment", "housing_fund", "employer_pension",
                              "employer_medical", "employer_unemployment", "employer_work_injury",
                              "employer_housing_fund"]),
        ("part_time", ["employer_work_injury"]),
        ("pensioner", []),
        ("temp", []),
    ],
)  # fmt: skip
def test_who_is_insured_in_what(employment: str, codes: list[str], pay: Pay) -> None:
    slip = Person(LAW, "shanghai", employment=employment).month(pay, "2026-03", WAGE)
    assert [line.code for line in slip.lines if line.code not in {"base_pay", "income_tax"}] == codes


@pytest.mark.parametrize(("hire", "leave"), [("2020-01-01", None), ("2026-03-31", None), ("2020-01-01", "2026-03-01")])
def test_any_day_of_the_month_is_a_whole_month(hire: str, leave: str | None, pay: Pay) -> None:
    person = Person(LAW, "shanghai", hire=hire, plan={"proration": "calendar_days"})
    slip = person.month(pay, "2026-03", "200000.00", leave=leave)
    assert amount(slip, "pension") == "1600.00"


def test_the_first_employed_day_decides_the_rows(pay: Pay) -> None:
    """A rate that rises on the 16th holds for who joins on the 16th, and not for who is there before."""
    rises = Dated.of("pension", [
        (SINCE, ContributionRule(Fraction("0.08"), Fraction("0.16"))),
        (date(2026, 3, 16), ContributionRule(Fraction("0.09"), Fraction("0.16"))),
    ])  # fmt: skip
    law = national_law(replace(SHANGHAI, contributions={**SHANGHAI.contributions, Scheme.PENSION: rises}))
    assert amount(Person(law, "shanghai").month(pay, "2026-03", WAGE), "pension") == "1600.00"
    assert amount(Person(law, "shanghai", hire="2026-03-16").month(pay, "2026-03", WAGE), "pension") == "1800.00"
    assert amount(Person(law, "shanghai", hire="2026-03-15").month(pay, "2026-03", WAGE), "pension") == "1600.00"


@pytest.mark.parametrize(
    ("person", "fund"),
    [
        pytest.param({}, ["1400.00"], id="on the contribution base"),
        pytest.param({"fund_base": "10010.00"}, ["701.00"], id="on its own base"),
        pytest.param({"fund_base": "1.00"}, ["188.00"], id="held to its own floor, 2,690"),
        pytest.param({"fund_rate": "0.05"}, ["1000.00"], id="the least rate"),
        pytest.param({"fund_rate": "0"}, [], id="none"),
        pytest.param({"supplementary": "0.05"}, ["1400.00", "1000.00"], id="in two parts"),
        pytest.param({"new_to_work": True}, ["1400.00"], id="new to work, hired long ago"),
        pytest.param({"new_to_work": True, "hire": "2026-03-01"}, [], id="new to work, hired this month"),
        pytest.param({"new_to_work": True, "hire": "2026-02-28"}, ["1400.00"], id="the second month of work"),
        pytest.param({"hire": "2026-03-02"}, ["1400.00"], id="not new to work: at once"),
    ],
)
def test_the_housing_fund(person: dict[str, Any], fund: list[str], pay: Pay) -> None:
    slip = Person(LAW, "shanghai", **person).month(pay, "2026-03", WAGE)
    assert amounts(slip, "housing_fund") == amounts(slip, "employer_housing_fund") == fund


def test_maternity_is_a_line_where_the_city_has_rows_for_it(pay: Pay) -> None:
    held = city("here", shares={"maternity": ("0", "0.01")})
    slip = Person(national_law(held), "here").month(pay, "2026-03", WAGE)
    assert [(line.code, str(line.amount)) for line in slip.lines if line.kind is Kind.EMPLOYER] == [
        ("employer_maternity", "200.00")
    ]


def test_the_steps_say_base_rate_and_rounding(pay: Pay) -> None:
    fixed = ContributionRule(Fraction("0.02"), Fraction("0.098"), employee_fixed=Decimal("3.00"))
    held = city("here", shares={"pension": ("0.08", "0.16")}, floor="7460.00", ceiling="37302.00")
    held = replace(held, contributions={**held.contributions, Scheme.MEDICAL: Dated.of("medical", [(SINCE, fixed)])})
    said: dict[str, Any] = {}
    for base in ("3000.00", "20000.00", "50000.00"):
        slip = Person(national_law(held), "here", base).month(pay, "2026-03", "60000.00")
        for line in slip.lines:
            said[line.code, base] = [(each.code, each.amount, dict(each.values)) for each in line.steps]
    how = {"rate": "0.08", "fixed": "0.00", "rounding": "fen_half_up"}
    assert said["pension", "3000.00"] == [
        ("contribution.base_floor", None, {"own": "3000.00", "base": "7460.00", "city": "here"}),
        ("contribution.rate", "596.8", {"base": "7460.00", **how}),
    ]
    assert said["pension", "20000.00"][0] == (
        "contribution.base_own", None, {"own": "20000.00", "base": "20000.00", "city": "here"},
    )  # fmt: skip
    assert said["pension", "50000.00"][0][0] == "contribution.base_ceiling"
    assert said["employer_pension", "20000.00"][1] == (
        "contribution.rate", "3200", {"base": "20000.00", "rate": "0.16", "fixed": "0.00", "rounding": "fen_half_up"},
    )  # fmt: skip
    assert said["medical", "20000.00"][1] == (
        "contribution.rate_and_fixed", "403",
        {"base": "20000.00", "rate": "0.02", "fixed": "3.00", "rounding": "fen_half_up"},
    )  # fmt: skip


def test_no_law_no_contributions(pay: Pay) -> None:
    slip = pay(Person(LAW, "shanghai").facts("2026-03"), {"base": WAGE, "guarantee": ()})
    assert [line.code for line in slip.lines] == ["base_pay"]
