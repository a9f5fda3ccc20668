"""Why net pay is another one: each cause by itself, worked by hand, and together the whole difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payroll.domain.facts import Facts, PoolShare
from payroll.domain.payslip import compute_payslip
from payroll.domain.rules import BonusBy, BonusRule, PayPlan, PieceRule, Rules
from payroll.domain.variance import Cause, Computed, surprise, variance
from tests.payroll.domain.law import FREE, Person, city, national_law

Compute = Callable[..., Computed]
MONTHLY = {"base": "3000.00", "guarantee": (), "probation": False}
"""3,000 a month and 0.3 % of sales."""


@pytest.fixture
def computed(
    make_facts: Callable[..., Facts], make_plan: Callable[..., PayPlan], make_rules: Callable[..., Rules]
) -> Compute:
    """A payslip of June 2024 from facts, a plan and a law, with what it was computed from."""

    def compute(facts: Mapping[str, Any], plan: Mapping[str, Any], law: Any = None) -> Computed:
        held = make_facts(**{"full": True, **facts})
        rules = make_rules(("2020-01-01", make_plan(**plan)), law=law, calendar=None if law is None else law.calendar)
        return Computed(held, rules, compute_payslip(held, rules).lines)

    return compute


def shown(causes: Mapping[Cause, Decimal]) -> dict[str, str]:
    return {cause.value: str(amount) for cause, amount in causes.items()}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"sales": "100000.00"}, {"sales": "120000.00"}, {"commission": "60.00"}, id="sales"),
        pytest.param({}, {"absent": "2"}, {"attendance": "-275.86"}, id="two days absent: 3,000 ÷ 21.75 × 2"),
        pytest.param({}, {"leave": "2024-06-15"}, {"employment": "-1500.00"}, id="15 of 30 days"),
        pytest.param({}, {"entries": [("adjustment.meal_allowance", "100.00")]}, {"adjustments": "100.00"},
                     id="an allowance"),
        pytest.param({"carried": "100.00"}, {}, {"deductions": "100.00"}, id="nothing is taken back any more"),
        pytest.param({}, {"entries": [("court_support", "900.00")]}, {"deductions": "-900.00"}, id="a court's order"),
        pytest.param({"sales": "100000.00", "absent": "1"}, {"absent": "3", "leave": "2024-06-15"},
                     {"employment": "-1500.00", "attendance": "-275.86", "commission": "-300.00"},
                     id="each by itself, one after the other"),
    ],
)  # fmt: skip
def test_what_a_person_did(
    before: Mapping[str, Any], after: Mapping[str, Any], expected: Mapping[str, str], computed: Compute
) -> None:
    assert shown(variance(computed(before, MONTHLY), computed(after, MONTHLY))) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"base": "3000.00"}, {"base": "3500.00"}, {"rules": "500.00"}, id="a raise"),
        pytest.param({"base": "3000.00"}, {"base": "3000.00", "commission": "0.004"}, {"rules": "100.00"},
                     id="another rate: 0.1 % of 100,000"),
        pytest.param({"base": "1500.00"}, {"base": "1500.00", "guarantee": ("2000.00",), "guarantee_by": "fixed"},
                     {"guarantee": "200.00"}, id="1,800 made up to 2,000"),
    ],
)  # fmt: skip
def test_what_the_plan_says(
    before: Mapping[str, Any], after: Mapping[str, Any], expected: Mapping[str, str], computed: Compute
) -> None:
    facts = {"sales": "100000.00"}
    one, other = (computed(facts, MONTHLY | dict(plan)) for plan in (before, after))
    assert shown(variance(one, other)) == expected


def test_what_the_guarantee_makes_good_is_told_apart(computed: Compute) -> None:
    """Commission of 300 and 150 on 1,500: 2,000 either way, 200 and 350 of it made up."""
    plan = MONTHLY | {"base": "1500.00", "guarantee": ("2000.00",), "guarantee_by": "fixed"}
    before, after = (computed({"sales": sales}, plan) for sales in ("100000.00", "50000.00"))
    assert shown(variance(before, after)) == {"commission": "-150.00", "guarantee": "150.00"}


def test_tiers_pieces_scores_grades_and_teams(computed: Compute, make_piece: Callable[..., PieceRule]) -> None:
    plan = MONTHLY | {
        "base": {"junior": "3000.00", "senior": "4000.00"},
        "piece": (make_piece(("0", "1.20")),),
        "bonuses": (
            BonusRule("performance_pay", amount=Decimal("1000.00"), by=BonusBy.SCORE),
            BonusRule("grade_bonus", amount=Decimal("500.00"), by=BonusBy.GRADE),
            BonusRule("team_pool", pool=Decimal("3000.00")),
        ),
    }
    before = {"tier": "junior", "units": {"inquiries": "100"}, "score": "80", "grade": "B", "coefficient": "1",
              "pools": {"team_pool": PoolShare(Decimal("1000.00"), Fraction(1), Fraction(3), 3)}}  # fmt: skip
    steps: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"tier": "senior"}, {"tier": "1000.00"}),
        ({"units": {"inquiries": "150"}}, {"piece": "60.00"}),
        ({"score": "90"}, {"kpi": "100.00"}),
        ({"grade": "A", "coefficient": "1.2"}, {"grade": "100.00"}),
        ({"score": "90", "grade": "A", "coefficient": "1.2"}, {"kpi": "100.00", "grade": "100.00"}),
        ({"pools": {"team_pool": PoolShare(Decimal("1500.00"), Fraction(1), Fraction(2), 2)}}, {"team": "500.00"}),
    ]
    start = computed(before, plan)
    for change, expected in steps:
        assert shown(variance(start, computed(before | change, plan))) == expected
    together = {name: value for change, _expected in steps for name, value in change.items()}
    assert shown(variance(start, computed(before | together, plan))) == {
        "tier": "1000.00", "piece": "60.00", "kpi": "100.00", "grade": "100.00", "team": "500.00",
    }  # fmt: skip


def test_a_step_that_cannot_be_computed_is_told_with_the_next(computed: Compute) -> None:
    """Last month's plan has no amount for this month's tier; together with this month's plan it is 1,000 more."""
    before = computed({"tier": "junior"}, MONTHLY | {"base": {"junior": "3000.00"}})
    after = computed({"tier": "senior"}, MONTHLY | {"base": {"senior": "4000.00"}})
    assert shown(variance(before, after)) == {"rules": "1000.00"}


def test_contributions_and_tax_are_told_apart_from_what_caused_them(computed: Compute) -> None:
    """20,000 − 5,000 at 3 % is 450. A base of 10,000 pays 1,000; 1,100 of 11,000 lower the tax by 3."""
    dues = city("dues", shares={"pension": ("0.1", "0.2")})
    law = national_law(dues)
    plan = {"base": "20000.00", "guarantee": (), "commission": None, "probation": False}

    def paid(where: str, base: str, wage: str = "20000.00") -> Computed:
        return computed(Person(law, where, base).facts("2026-01"), plan | {"base": wage}, law)

    raised = variance(paid("free", "10000.00"), paid("free", "10000.00", "21000.00"))
    assert shown(raised) == {"rules": "1000.00", "tax": "-30.00"}
    dearer = variance(paid("dues", "10000.00"), paid("dues", "11000.00"))
    assert shown(dearer) == {"contributions": "-100.00", "tax": "3.00"}
    risen = national_law(city("dues", shares={"pension": ("0.12", "0.2")}))
    after = computed(Person(risen, "dues", "10000.00").facts("2026-01"), plan, risen)
    assert shown(variance(paid("dues", "10000.00"), after)) == {"contributions": "-200.00", "tax": "6.00"}
    moved = variance(paid("free", "10000.00"), paid("dues", "10000.00"))
    assert shown(moved) == {"contributions": "-1000.00", "tax": "30.00"}


def test_the_tax_year_alone(computed: Compute) -> None:
    """A rent of 1,500 is declared: 15,000 less 1,500 at 3 % is 405 instead of 450."""
    law = national_law()
    plan = {"base": "20000.00", "guarantee": (), "commission": None, "probation": False}
    person = Person(law, FREE.code)
    facts = person.facts("2026-01")
    before = computed(facts, plan, law)
    declared = Person(law, FREE.code, declared={"rent": "1500.00"}).facts("2026-01")
    assert shown(variance(before, computed(facts | {"tax": declared["tax"]}, plan, law))) == {"tax": "45.00"}


def test_somebody_new_and_somebody_gone(computed: Compute) -> None:
    slip = computed({"sales": "100000.00", "carried": "100.00"}, MONTHLY)
    assert shown(variance(None, slip)) == {"employment": "3200.00"}
    assert shown(variance(slip, None)) == {"employment": "-3200.00"}
    assert variance(None, None) == {}


def test_arrears_that_somebody_enters_are_an_adjustment(computed: Compute) -> None:
    start = computed({}, MONTHLY)
    after = computed({"entries": [("arrears.base_pay", "70.00")]}, MONTHLY)
    assert shown(variance(start, after)) == {"adjustments": "70.00"}


def test_what_surprises_is_neither_attendance_nor_commission() -> None:
    causes = {
        Cause.ATTENDANCE: Decimal("-275.86"), Cause.COMMISSION: Decimal("60.00"),
        Cause.RULES: Decimal("500.00"), Cause.TAX: Decimal("-15.00"),
    }  # fmt: skip
    assert surprise(causes) == Decimal("485.00")
    assert surprise({}) == Decimal("0.00")
