"""Findings on a payslip: when they appear, when not, and what they say. None of them changes an amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from grading.kernel.dated import Dated
from payroll.domain.errors import ProbationBelowFloor
from payroll.domain.facts import Facts
from payroll.domain.guards import Finding, findings
from payroll.domain.law import City, Law
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import PayPlan, Rules
from tests.payroll.domain.law import SHANGHAI, SINCE, Pay, Person, national_law

Look = Callable[..., tuple[Finding, ...]]
LAW = national_law()
PLAIN = {"base": "10000.00", "guarantee": (), "commission": None, "probation": False}


@pytest.fixture
def look(make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]) -> Look:
    """The findings of a person's month under a plan and a law."""

    def looked(facts: Mapping[str, Any], plan: Mapping[str, Any] | None = None, law: Law | None = None) -> Any:
        held = make_facts(**facts)
        rules = make_rules(("2020-01-01", make_plan(**PLAIN | dict(plan or {}))), law=law)
        return findings(held, rules, compute_payslip(held, rules).lines)

    return looked


def told(found: tuple[Finding, ...]) -> list[tuple[str, dict[str, str]]]:
    return [(each.code, dict(each.values)) for each in found]


def test_an_ordinary_month_has_none(look: Look) -> None:
    assert look(Person(LAW, "shanghai").facts("2026-01"), law=LAW) == ()
    assert look({}) == ()


# --- Overtime ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (("36", "0", "0"), []),
        (("12", "12", "12"), []),
        (("36.5", "0", "0"), [("guard.overtime_hours", {"hours": "36.5", "limit": "36"})]),
        (("12", "12", "12.5"), [("guard.overtime_hours", {"hours": "36.5", "limit": "36"})]),
    ],
)
def test_more_than_36_hours(hours: tuple[str, str, str], expected: list[Any], look: Look) -> None:
    found = look(Person(LAW).facts("2026-01") | {"overtime": hours}, law=LAW)
    assert told(found) == expected
    assert [(each.severity.value, each.owner.value, each.article) for each in found] == [
        ("warning", "manager", "劳动法 art. 41")
    ] * len(expected)


def test_without_a_law_no_legal_guard_runs(look: Look) -> None:
    assert look({"overtime": ("99", "0", "0"), "entries": [("fine", "1.00"), ("annual_bonus", "36001.00")]}) == ()


# --- Contributions ----------------------------------------------------------------------------------------------------


def test_no_housing_fund(look: Look) -> None:
    found = look(Person(LAW, "shanghai", fund_rate="0").facts("2026-01"), law=LAW)
    assert [(each.code, each.severity.value, each.owner.value) for each in found] == [
        ("guard.no_housing_fund", "warning", "hr")
    ]
    assert found[0].article == "住房公积金管理条例 art. 15"


def _unverified(place: City, *names: str) -> City:
    """The city with some of its rows not checked against the notice."""

    def doubted(name: str, held: Dated[Any] | None) -> Any:
        if held is None or name not in names:
            return held
        return Dated.of(held.name, [(SINCE, replace(held.values[0][1], verified=False))])

    return replace(
        place,
        contributions={scheme: doubted(scheme.value, held) for scheme, held in place.contributions.items()},
        housing_fund=doubted("housing_fund", place.housing_fund),
        minimum_wage=doubted("minimum_wage", place.minimum_wage),
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("medical",), "medical"),
        (("housing_fund",), "housing_fund"),
        (("minimum_wage",), "minimum_wage"),
        (("pension", "work_injury", "minimum_wage"), "pension, work_injury, minimum_wage"),
    ],
)
def test_figures_that_nobody_verified(names: tuple[str, ...], expected: str, look: Look) -> None:
    law = national_law(_unverified(SHANGHAI, *names))
    found = look(Person(law, "shanghai").facts("2026-01"), law=law)
    assert told(found) == [("guard.rule_unverified", {"city": "shanghai", "rules": expected})]
    assert (found[0].severity.value, found[0].owner.value) == ("info", "hr")


@pytest.mark.parametrize("employment", ["temp", "part_time", "pensioner"])
def test_who_is_not_fully_insured_is_not_asked_about_the_fund(employment: str, look: Look) -> None:
    law = national_law(_unverified(SHANGHAI, "medical"))
    facts = Person(law, "shanghai", fund_rate="0", employment=employment).facts("2026-01")
    assert look(facts, law=law) == ()


# --- Tax --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bonus", "expected"),
    [
        pytest.param("36000.00", None, id="at the edge"),
        pytest.param("36001.00", {"bonus": "36001.00", "net": "32610.90", "edge": "36000", "net_at_edge": "34920.00"},
                     id="one yuan costs 2,309.10"),
        # 38,566.67 − (3,856.67 − 210) = 34,920.00: as much as at the edge, so no longer a cliff
        pytest.param("38566.66", {"bonus": "38566.66", "net": "34919.99", "edge": "36000", "net_at_edge": "34920.00"},
                     id="the blind zone's last fen"),
        pytest.param("38566.67", None, id="the end of the blind zone"),
        pytest.param("144001.00", {"bonus": "144001.00", "net": "116610.80", "edge": "144000",
                                   "net_at_edge": "129810.00"}, id="the second edge"),
        # 1,120,000 × 55 % + 15,160 = 631,160 = 960,000 − 328,840
        pytest.param("1119999.99", {"bonus": "1119999.99", "net": "631159.99", "edge": "960000",
                                    "net_at_edge": "631160.00"}, id="the highest blind zone"),
        pytest.param("1120000.00", None, id="its end"),
    ],
)  # fmt: skip
def test_the_cliff_of_a_separate_bonus(bonus: str, expected: dict[str, str] | None, look: Look) -> None:
    """Wages of 100,000 a month, so that merging is never better."""
    facts = Person(LAW).facts("2026-01") | {"entries": [("annual_bonus", bonus)]}
    found = [each for each in look(facts, {"base": "1000000.00"}, LAW) if each.code == "guard.bonus_cliff"]
    assert [dict(each.values) for each in found] == ([] if expected is None else [expected])
    assert all((each.severity.value, each.owner.value) == ("warning", "hr") for each in found)
    assert all(each.article == "财政部 税务总局公告2023年第30号" for each in found)


@pytest.mark.parametrize(
    ("wage", "bonus", "expected"),
    [
        # apart: 30,000 at 3 % = 900. Merged with 3,000 in January: 28,000 taxable at 3 % = 840
        pytest.param("3000.00", "30000.00", {"bonus": "30000.00", "net": "29100.00", "net_merged": "29160.00"},
                     id="unused allowance"),
        # with 5,000 there is none left: both 900
        pytest.param("5000.00", "30000.00", None, id="as good"),
        # with 20,000 merged is 45,000 taxable at 10 % − 2,520 = 1,980, 450 of it the wage's: 1,530
        pytest.param("20000.00", "30000.00", None, id="worse"),
        # with 6,000, 30 of it the wage's: 37,001 at 10 % − 2,520 = 1,180.10, so 1,150.10 more
        pytest.param("6000.00", "36001.00", {"bonus": "36001.00", "net": "32610.90", "net_merged": "34850.90"},
                     id="beside a wage that is taxed itself"),
        # apart: 36,001 costs 3,390.10; merged with 5,000: 36,001 at 10 % − 2,520 = 1,080.10
        pytest.param("5000.00", "36001.00", {"bonus": "36001.00", "net": "32610.90", "net_merged": "34920.90"},
                     id="above an edge"),
    ],
)  # fmt: skip
def test_a_bonus_that_is_better_merged(wage: str, bonus: str, expected: dict[str, str] | None, look: Look) -> None:
    facts = Person(LAW).facts("2026-01") | {"entries": [("annual_bonus", bonus)]}
    found = [each for each in look(facts, {"base": wage}, LAW) if each.code == "guard.bonus_merged_is_better"]
    assert [dict(each.values) for each in found] == ([] if expected is None else [expected])
    assert all((each.severity.value, each.owner.value) == ("info", "hr") for each in found)
    assert all(each.article == "财政部 税务总局公告2023年第30号" for each in found)


def test_what_is_no_income_does_not_make_merging_worse(look: Look) -> None:
    """A travel allowance of 5,000 beside 3,000 of pay: the unused allowance is still 2,000."""
    entries = [("annual_bonus", "30000.00"), ("adjustment.travel_allowance", "5000.00")]
    found = look(Person(LAW).facts("2026-01") | {"entries": entries}, {"base": "3000.00"}, LAW)
    assert [each.values["net_merged"] for each in found] == ["29160.00"]


@pytest.mark.parametrize(
    ("employment", "flags"),
    [
        pytest.param("regular", {"is_resident": False}, id="a non-resident"),
        pytest.param("temp", {}, id="a temp"),
    ],
)
def test_a_bonus_that_is_not_taxed_apart_has_no_cliff(employment: str, flags: dict[str, bool], look: Look) -> None:
    person = Person(LAW, employment=employment, tax=flags)
    assert look(person.facts("2026-01") | {"entries": [("annual_bonus", "36001.00")]}, law=LAW) == ()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"rent": "1500.00"}, []),
        ({"housing_loan_interest": "1000.00"}, []),
        ({"rent": "1500.00", "housing_loan_interest": "1000.00"}, ["guard.rent_and_loan"]),
    ],
)
def test_rent_and_loan_in_one_year(declared: dict[str, str], expected: list[str], look: Look) -> None:
    found = look(Person(LAW, declared=declared).facts("2026-01"), law=LAW)
    assert [each.code for each in found] == expected
    told_to = [(each.severity.value, each.owner.value, each.article) for each in found]
    assert told_to == [("warning", "hr", "国发〔2018〕41号 art. 20")] * len(expected)


# --- What the plan promises -------------------------------------------------------------------------------------------

FLOOR = {"base": "1900.00", "guarantee": ("2000.00",), "guarantee_by": "fixed"}


@pytest.mark.parametrize(
    ("entries", "plan", "expected"),
    [
        pytest.param([("penalty", "150.00")], FLOOR, {"guaranteed": "2000.00", "pay": "1850.00", "penalty": "150.00"},
                     id="below the floor"),
        pytest.param([("penalty", "150.00")], FLOOR | {"penalties": "before_floor"}, None, id="made good"),
        pytest.param([], FLOOR, None, id="no penalty"),
        pytest.param([("penalty", "100.00")], FLOOR | {"base": "2100.00"}, None, id="down to the floor"),
        pytest.param([("penalty", "100.01")], FLOOR | {"base": "2100.00"},
                     {"guaranteed": "2000.00", "pay": "1999.99", "penalty": "100.01"}, id="a fen below it"),
        pytest.param([("penalty", "0.01")], FLOOR | {"base": "2100.00", "settlement": "advance"},
                     {"guaranteed": "2000.00", "pay": "1999.99", "penalty": "0.01"}, id="an advance pays no more"),
        pytest.param([("penalty", "150.00")], {"base": "1900.00"}, None, id="no floor is promised"),
    ],
)  # fmt: skip
def test_pay_below_the_plans_own_floor(
    entries: list[tuple[str, str]], plan: dict[str, Any], expected: dict[str, str] | None, look: Look
) -> None:
    found = look({"entries": entries}, plan)
    assert told(found) == ([] if expected is None else [("guard.below_floor", expected)])
    assert all((each.severity.value, each.owner.value) == ("warning", "hr") for each in found)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"entries": [("loss_recovery", "10000.00")]}, []),
        ({"entries": [("loss_recovery", "10000.01")]}, [("guard.carried_forward", {"amount": "0.01"})]),
        ({"carried": "100.00"}, []),
    ],
)
def test_what_a_month_could_not_bear(facts: dict[str, Any], expected: list[Any], look: Look) -> None:
    assert told(look(facts)) == expected


# --- Probation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "tier", "refused"),
    [
        pytest.param({"base": "10000.00", "probation_pay": "8000.00"}, None, None, id="80 % of a fixed wage"),
        pytest.param({"base": "10000.00", "probation_pay": "7999.99"}, None, ("10000.00", "8000.00", "0.01"),
                     id="a fen less"),
        pytest.param({"base": "10000.00", "probation_pay": None}, None, None, id="the wage itself"),
        pytest.param({"base": {"junior": "10000.00"}, "probation_pay": "7999.99"}, "junior",
                     ("10000.00", "8000.00", "0.01"), id="by tier"),
        pytest.param({"base": "7000.00", "guarantee": ("10000.00", "12000.00"), "probation_pay": "7999.99"}, None,
                     ("10000.00", "8000.00", "0.01"), id="the first year's guarantee is the agreed wage"),
        pytest.param({"base": "10000.00", "guarantee": ("9000.00",), "probation_pay": "8000.00"}, None, None,
                     id="the higher of both"),
        # 80 % of 9,999.99 is 7,999.992
        pytest.param({"base": "9999.99", "probation_pay": "7999.99"}, None, None, id="rounded to the fen"),
    ],
)  # fmt: skip
def test_probation_pay(plan: dict[str, Any], tier: str | None, refused: tuple[str, str, str] | None, pay: Pay) -> None:
    person = Person(LAW, hire="2026-01-01", plan={"probation": True, "probation_months": 2} | plan)
    facts: dict[str, Any] = {} if tier is None else {"tier": tier}
    if refused is None:
        person.month(pay, "2026-01", **facts)
        return
    with pytest.raises(ProbationBelowFloor) as raised:
        person.month(pay, "2026-01", **facts)
    values = raised.value.values
    assert (values["agreed"], values["floor"], values["short"], values["percent"]) == (*refused, "80 %")


@pytest.mark.parametrize(
    ("employment", "month", "is_refused"),
    [
        ("regular", "2026-01", True),
        ("regular", "2026-02", True),  # the month in which it ends, on 1 March, is the last
        ("regular", "2026-03", False),
        ("probation_waived", "2026-01", False),
        ("part_time", "2026-01", False),
        ("pensioner", "2026-01", False),
    ],
)
def test_who_is_on_probation(employment: str, month: str, is_refused: bool, pay: Pay) -> None:
    plan = {"probation": True, "probation_months": 2, "probation_pay": "1000.00"}
    person = Person(LAW, hire="2026-01-01", employment=employment, plan=plan)

    def slip() -> Payslip:
        return person.month(pay, month, "10000.00")

    if is_refused:
        with pytest.raises(ProbationBelowFloor):
            slip()
    else:
        assert slip().gross == 10000


def test_probation_below_80_percent_is_no_matter_without_a_law(pay: Pay) -> None:
    assert str(pay({"hire": "2024-06-01"}, {"base": "10000.00", "probation_pay": "1000.00"}).gross) == "1000.00"
