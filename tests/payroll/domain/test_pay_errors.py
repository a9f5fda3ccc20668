"""Every reason why a payslip cannot be computed, by a case as it happens. None of them ever becomes 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.errors import DomainError, NoRuleInForce, RuleHasEnded
from payroll.domain import errors
from payroll.domain.facts import Facts
from payroll.domain.law import City, Scheme
from payroll.domain.payslip import Payslip, compute_payslip
from payroll.domain.rules import BonusBy, BonusRule, Gate, PayPlan, PoolShareBy, Rules
from payroll.domain.team_pool import pool_shares, unscored
from tests.payroll.domain.law import SHANGHAI, Person, national_law

Pay = Callable[..., Payslip]
BY_SCORE = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE)
BY_GRADE = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.GRADE)
FULL = BonusRule("full_attendance_bonus", amount=Decimal("100.00"), full_attendance=True)
GATED = BonusRule("metric_bonus", amount=Decimal("500.00"), gate="gate")
POOL = BonusRule("team_bonus", pool=Decimal("3000.00"))

CASES = [
    pytest.param(errors.TierHasNoAmount, "payroll.tier_has_no_amount", {"tier": "trainee"},
                 {"base": {"junior": "1800.00"}}, {"plan": "plan", "tier": "trainee"}, id="a tier the plan forgot"),
    pytest.param(errors.RatingMissing, "payroll.rating_missing", {}, {"bonuses": (BY_SCORE,)},
                 {"line": "performance_pay", "by": "score"}, id="by score, nobody was graded"),
    pytest.param(errors.RatingMissing, "payroll.rating_missing", {"grade": "B", "coefficient": "1"},
                 {"bonuses": (BY_SCORE,)}, {"line": "performance_pay", "by": "score"},
                 id="by score, there is only a grade"),
    pytest.param(errors.RatingMissing, "payroll.rating_missing", {"score": "80"}, {"bonuses": (BY_GRADE,)},
                 {"line": "performance_pay", "by": "grade"}, id="by grade, the scorecard has no grades"),
    pytest.param(errors.AttendanceMissing, "payroll.attendance_missing", {}, {"bonuses": (FULL,)},
                 {"line": "full_attendance_bonus"}, id="full attendance, none loaded"),
    pytest.param(errors.UnitsMissing, "payroll.units_missing", {"units": {"calls": "9"}}, {"daily": "200.00"},
                 {"line": "daily_pay", "unit": "days"}, id="daily pay, no count of days"),
    pytest.param(errors.PoolIncomplete, "payroll.pool_incomplete", {}, {"bonuses": (POOL,)},
                 {"line": "team_bonus", "agents": "A001"}, id="a pool that was never shared"),
    pytest.param(errors.UnknownGate, "payroll.unknown_gate", {}, {"bonuses": (GATED,)},
                 {"plan": "plan", "gate": "gate"}, id="a bonus behind a gate that is not there"),
    pytest.param(NoRuleInForce, "kernel.no_rule_in_force", {"tiers": {"2024-06-02": "junior"}},
                 {"base": {"junior": "1800.00"}},
                 {"name": "tier", "day": "2024-06-01", "first": "2024-06-02"}, id="no tier on the first day"),
    pytest.param(NoRuleInForce, "kernel.no_rule_in_force", {"hire": "2019-06-01", "month": "2019-12"}, {},
                 {"name": "plan", "day": "2019-12-01", "first": "2020-01-01"}, id="before the plan's first version"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "facts", "plan", "values"), CASES)
def test_error(
    error: type[DomainError],
    code: str,
    facts: Mapping[str, Any],
    plan: Mapping[str, Any],
    values: Mapping[str, str],
    pay: Pay,
) -> None:
    with pytest.raises(error) as raised:
        pay(facts, plan)
    assert raised.value.code == code
    assert dict(raised.value.values) == values
    assert all(value in str(raised.value) for value in values.values())


CITY = {"city": "shanghai"}
LAW_CASES = [
    pytest.param(errors.CityUnknown, "payroll.city_unknown", {"city": "atlantis"}, {},
                 {"city": "atlantis", "known": "free, gross, half, homeless, shanghai"}, id="a city nobody knows"),
    pytest.param(errors.SchemeUnknown, "payroll.scheme_unknown", {"city": "half"}, {},
                 {"city": "half", "scheme": "medical"}, id="a city without rows for medical"),
    pytest.param(errors.SchemeUnknown, "payroll.scheme_unknown", {"city": "homeless", "fund_rate": "0"}, {},
                 {"city": "homeless", "scheme": "housing_fund"}, id="a city without rows for the housing fund"),
    pytest.param(errors.ContributionFactMissing, "payroll.contribution_fact_missing", {}, {"insured": None},
                 {"line": "pension", "fact": "city"}, id="no city"),
    pytest.param(errors.ContributionFactMissing, "payroll.contribution_fact_missing", CITY | {"base": None}, {},
                 {"line": "pension", "fact": "contribution_base"}, id="no base"),
    pytest.param(errors.ContributionFactMissing, "payroll.contribution_fact_missing", CITY | {"fund_rate": None}, {},
                 {"line": "housing_fund", "fact": "housing_fund_rate"}, id="no rate of the housing fund"),
    pytest.param(errors.FundRateOutOfRange, "payroll.fund_rate_out_of_range", CITY | {"fund_rate": "0.0701"}, {},
                 {"rate": "0.0701", "least": "0.05", "most": "0.07", "city": "shanghai"}, id="too high a rate"),
    pytest.param(errors.FundRateOutOfRange, "payroll.fund_rate_out_of_range", CITY | {"fund_rate": "0.0499"}, {},
                 {"rate": "0.0499", "least": "0.05", "most": "0.07", "city": "shanghai"}, id="too low a rate"),
    pytest.param(errors.FundRateOutOfRange, "payroll.fund_rate_out_of_range", CITY | {"supplementary": "0.06"}, {},
                 {"rate": "0.06", "least": "0", "most": "0.05", "city": "shanghai"}, id="too high a second rate"),
    pytest.param(errors.TaxYearMissing, "payroll.tax_year_missing", {}, {"tax": None}, {}, id="no tax year"),
    pytest.param(errors.SecondSeparateBonus, "payroll.second_separate_bonus", {"tax": {"separate_bonus_paid": True}},
                 {"entries": [("annual_bonus", "0.01")]}, {"year": "2026"}, id="two bonuses taxed apart"),
    pytest.param(RuleHasEnded, "kernel.rule_has_ended", {},
                 {"entries": [("annual_bonus", "0.01")], "pay_date": date(2028, 1, 1)},
                 {"name": "separate_bonus", "day": "2028-01-01", "last": "2027-12-31"}, id="a bonus in 2028"),
    pytest.param(errors.EnteredStatutory, "payroll.entered_statutory", {}, {"entries": [("pension", "0.00")]},
                 {"line": "pension"}, id="a contribution by hand, even of zero"),
    pytest.param(errors.EnteredStatutory, "payroll.entered_statutory", {}, {"entries": [("income_tax", "1.00")]},
                 {"line": "income_tax"}, id="income tax by hand"),
    pytest.param(errors.FineNotAllowed, "payroll.fine_not_allowed", {}, {"entries": [("fine", "1.00")]}, {},
                 id="a fine"),
    pytest.param(errors.OvertimeBaseMissing, "payroll.overtime_base_missing", {"plan": {"base": None}},
                 {"overtime": ("1", "0", "0")}, {"plan": "plan"}, id="overtime of nothing"),
    pytest.param(errors.BelowMinimumWage, "payroll.below_minimum_wage", {"city": "gross", "plan": {"base": "1999.99"}},
                 {}, {"counted": "1999.99", "minimum": "2000.00", "city": "gross", "short": "0.01"},
                 id="a fen below the minimum wage"),
    pytest.param(errors.BelowHourlyMinimum, "payroll.below_hourly_minimum",
                 {"city": "gross", "employment": "part_time",
                  "plan": {"base": None, "daily": "19.99", "unit": "hours"}},
                 {"units": {"hours": "1"}},
                 {"price": "19.99", "minimum": "20.00", "city": "gross", "short": "0.01"},
                 id="a fen below the hourly minimum"),
    pytest.param(errors.ProbationBelowFloor, "payroll.probation_below_floor",
                 {"hire": "2026-01-01", "plan": {"probation": True, "probation_pay": "7999.99"}}, {},
                 {"pay": "7999.99", "floor": "8000.00", "percent": "80 %", "agreed": "10000.00", "short": "0.01"},
                 id="a fen below 80 %"),
    pytest.param(errors.CalendarMissing, "payroll.calendar_missing", {"hire": "2027-01-04"}, {"month": "2027-01"},
                 {"year": "2027"}, id="part of a month of 2027 by paid days"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "person", "facts", "values"), LAW_CASES)
def test_error_under_the_law(
    error: type[DomainError],
    code: str,
    person: Mapping[str, Any],
    facts: Mapping[str, Any],
    values: Mapping[str, str],
    pay: Pay,
) -> None:
    half = City("half", {Scheme.PENSION: SHANGHAI.contributions[Scheme.PENSION]})
    homeless = City("homeless", SHANGHAI.contributions)
    with pytest.raises(error) as raised:
        Person(national_law(half, homeless), **person).month(pay, **{"month": "2026-01", "wage": "10000.00", **facts})
    assert raised.value.code == code
    assert dict(raised.value.values) == values
    assert all(value in str(raised.value) for value in values.values())


def test_gate_measure_missing(pay: Pay, make_gate: Callable[..., Gate]) -> None:
    with pytest.raises(errors.GateMeasureMissing) as raised:
        pay({"team": {"refund_rate": "0.01"}}, {"bonuses": (GATED,), "gates": {"gate": make_gate()}})
    assert raised.value.code == "payroll.gate_measure_missing"
    assert dict(raised.value.values) == {
        "gate": "gate",
        "metrics": "dispute_rate, dsr_score, internal_complaint_count, refund_duration_h",
        "scope": "team",
    }


def test_a_pool_waits_for_everybody_without_a_score_and_says_for_whom() -> None:
    scores = {"A3": None, "A1": None, "A2": Fraction(80)}
    assert unscored(POOL, scores) == ("A1", "A3")
    assert pool_shares(POOL, scores) == {}


def test_an_equal_pool_asks_for_no_score() -> None:
    shares = pool_shares(
        BonusRule("team_bonus", pool=Decimal("100.00"), share_by=PoolShareBy.EQUAL), {"A2": None, "A1": None}
    )
    assert {agent: str(share.amount) for agent, share in shares.items()} == {"A1": "50.00", "A2": "50.00"}


def test_equal_remainders_go_to_the_lower_agent_number() -> None:
    shares = pool_shares(
        BonusRule("team_bonus", pool=Decimal("1000.00"), share_by=PoolShareBy.EQUAL),
        {"A3": None, "A1": None, "A2": None},
    )
    assert {agent: str(share.amount) for agent, share in shares.items()} == {
        "A1": "333.34",
        "A2": "333.33",
        "A3": "333.33",
    }


def test_a_plan_that_starts_within_the_month(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> None:
    with pytest.raises(NoRuleInForce) as raised:
        compute_payslip(make_facts(), make_rules(("2024-06-02", make_plan())))
    assert dict(raised.value.values) == {"name": "plan", "day": "2024-06-01", "first": "2024-06-02"}


def test_a_plan_that_starts_on_the_hire_date_is_early_enough(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> None:
    # 29/30 × 1600
    slip = compute_payslip(make_facts(hire="2024-06-02"), make_rules(("2024-06-02", make_plan())))
    assert str(slip.net) == "1546.67"


def test_every_payroll_error_has_a_case_here() -> None:
    known = {
        found
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, DomainError) and found is not DomainError
    }
    shown = {case.values[0] for case in (*CASES, *LAW_CASES)} | {errors.GateMeasureMissing}
    assert known <= shown
    assert len({error.code for error in known}) == len(known)


@pytest.mark.parametrize("rule", [BY_SCORE, BY_GRADE])
def test_a_missing_rating_does_not_matter_in_probation(rule: BonusRule, pay: Pay) -> None:
    """New hires without a first appraisal are paid, not parked."""
    assert str(pay({"hire": "2024-06-01"}, {"bonuses": (rule,)}).net) == "1600.00"


def test_a_plan_without_amounts_pays_zero_and_raises_nothing(pay: Pay) -> None:
    """A-02: an empty table of amounts is 0."""
    assert pay({}, {"base": {}, "guarantee": ()}).lines == ()
