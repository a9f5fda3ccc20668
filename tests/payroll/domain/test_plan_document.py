"""A pay plan document becomes exactly the plan it describes, or names every problem in it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.kernel.bands import Bands
from grading.kernel.document import BrokenDocument, canonical_data
from grading.kernel.period import MonthEnd
from payroll.domain.plan_document import PlanDocument, plan_from
from payroll.domain.rules import (
    Anniversary,
    AnnualSettlement,
    BasePay,
    BasePayBy,
    Basis,
    BonusBy,
    BonusRule,
    CommissionRule,
    Gate,
    GateMissing,
    GateScope,
    Guarantee,
    GuaranteeBy,
    PayPlan,
    PenaltyOrder,
    PieceRule,
    PoolShareBy,
    Probation,
    ProbationEnd,
    ProrationMethod,
    ServiceYearFrom,
    Standard,
)

D, F = Decimal, Fraction

AFTER_SALES: dict[str, Any] = {
    "plan": "after_sales",
    "name_zh": "售后客服薪酬方案",
    "name_en": "After-sales pay plan",
    "effective_from": date(2024, 1, 1),
    "probation": {"months": 1, "pay": "1600.00", "commission": False, "bonus": False, "month_end": "clamp"},
    "base_pay": {
        "by": "tier",
        "amounts": {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00", "expert": "2600.00"},
    },
    "guarantee": {
        "by": "service_year",
        "amounts": ["2000.00", "2200.00", "2500.00"],
        "counts": ["base_pay", "commission", "metric_bonus", "performance_pay"],
        "service_year_from": "hire_date",
        "anniversary": "split_by_day",
        "annual_settlement": "none",
    },
    "commission": [
        {"code": "commission", "basis": "returning_order_amount", "rate": "0.003"},
        {
            "code": "sales_commission",
            "basis": "sales_amount",
            "mode": "marginal",
            "bands": [{"from": "0", "rate": "0.01"}, {"from": "50000", "rate": "0.02"}],
            "cap": None,
        },
    ],
    "piece": [
        {
            "code": "piece_pay",
            "unit": "inquiries",
            "mode": "marginal",
            "bands": [{"from": "0", "price": "1.20"}, {"from": "2000", "price": "1.00"}],
        }
    ],
    "bonuses": [
        {"code": "metric_bonus", "amount": "500.00", "gate": "after_sales_gate"},
        {"code": "performance_pay", "amount": "600.00", "by": "score"},
        {"code": "full_attendance_bonus", "amount": "100.00", "when": "full_attendance"},
        {"code": "team_bonus", "pool": "3000.00", "share_by": "score", "gate": "after_sales_gate"},
    ],
    "gates": {
        "after_sales_gate": {
            "scope": "team",
            "metrics": {
                "refund_rate": {"op": "<=", "value": "0.05"},
                "refund_duration_h": {"op": "<=", "value": "24"},
                "dispute_rate": {"op": "<=", "value": "0.005"},
                "dsr_score": {"op": ">=", "value": "4.7"},
                "internal_complaint_count": {"op": "<=", "value": "2"},
            },
            "missing": "block",
        }
    },
    "proration": {"method": "calendar_days", "absence_divisor": "21.75"},
    "penalties": {"order": "after_floor"},
}

EXPECTED = PlanDocument(
    code="after_sales",
    name_zh="售后客服薪酬方案",
    name_en="After-sales pay plan",
    effective_from=date(2024, 1, 1),
    plan=PayPlan(
        code="after_sales",
        probation=Probation(1, D("1600.00"), commission=False, bonus=False, month_end=ProbationEnd.CLAMP),
        base_pay=BasePay(
            by=BasePayBy.TIER,
            amounts={
                "junior": D("1800.00"),
                "intermediate": D("2000.00"),
                "senior": D("2300.00"),
                "expert": D("2600.00"),
            },
            amount=None,
            unit="days",
        ),
        guarantee=Guarantee(
            by=GuaranteeBy.SERVICE_YEAR,
            amounts=(D("2000.00"), D("2200.00"), D("2500.00")),
            counts=frozenset({"base_pay", "commission", "metric_bonus", "performance_pay"}),
            service_year_from=ServiceYearFrom.HIRE_DATE,
            anniversary=Anniversary.SPLIT_BY_DAY,
            month_end=MonthEnd.CLAMP,
            annual_settlement=AnnualSettlement.NONE,
        ),
        commissions=(
            CommissionRule(
                "commission", "returning_order_amount", Bands("commission", ((F(0), F(3, 1000)),)), Basis.MARGINAL, None
            ),
            CommissionRule(
                "sales_commission",
                "sales_amount",
                Bands("sales_commission", ((F(0), F(1, 100)), (F(50000), F(2, 100)))),
                Basis.MARGINAL,
                None,
            ),
        ),
        piece=(
            PieceRule("piece_pay", "inquiries", Bands("piece_pay", ((F(0), F(6, 5)), (F(2000), F(1)))), Basis.MARGINAL),
        ),
        bonuses=(
            BonusRule("metric_bonus", amount=D("500.00"), by=BonusBy.AMOUNT, gate="after_sales_gate"),
            BonusRule("performance_pay", amount=D("600.00"), by=BonusBy.SCORE),
            BonusRule("full_attendance_bonus", amount=D("100.00"), full_attendance=True),
            BonusRule("team_bonus", pool=D("3000.00"), share_by=PoolShareBy.SCORE, gate="after_sales_gate"),
        ),
        gates={
            "after_sales_gate": Gate(
                code="after_sales_gate",
                scope=GateScope.TEAM,
                standards=(
                    Standard("dispute_rate", "<=", F(5, 1000)),
                    Standard("dsr_score", ">=", F(47, 10)),
                    Standard("internal_complaint_count", "<=", F(2)),
                    Standard("refund_duration_h", "<=", F(24)),
                    Standard("refund_rate", "<=", F(5, 100)),
                ),
                missing=GateMissing.BLOCK,
            )
        },
        proration=ProrationMethod.CALENDAR_DAYS,
        absence_divisor=F(87, 4),
        penalties=PenaltyOrder.AFTER_FLOOR,
    ),
)

GATE = {"metrics": {"dsr_score": {"op": ">=", "value": "4.7"}}}


def plan(**parts: Any) -> dict[str, Any]:
    """A plan of nothing but these parts."""
    return {"plan": "p", "effective_from": "2024-01-01", **parts}


def bonus(**keys: Any) -> dict[str, Any]:
    return plan(bonuses=[{"code": "metric_bonus", **keys}], gates={"g": GATE})


def problems_of(data: object) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as caught:
        plan_from(data)
    return [(problem.path, problem.wrong) for problem in caught.value.problems]


def test_the_published_example() -> None:
    assert plan_from(AFTER_SALES) == EXPECTED


def test_the_stored_form_gives_the_same_plan() -> None:
    assert plan_from(canonical_data(AFTER_SALES)) == EXPECTED


def test_a_part_that_is_left_out_pays_nothing() -> None:
    expected = PlanDocument("p", "p", "p", date(2024, 1, 1), PayPlan("p"))
    assert plan_from(plan()) == expected
    parts = ("probation", "base_pay", "guarantee", "commission", "piece", "bonuses", "gates", "proration", "penalties")
    assert plan_from(plan(**dict.fromkeys(parts))) == expected


def test_switches_that_are_left_out_take_the_default_reading() -> None:
    read = plan_from(
        plan(
            probation={"months": "1"},
            guarantee={"by": "service_year", "amounts": [2000]},
            commission=[{"code": "c", "basis": "sales_amount", "rate": "0.01"}],
            bonuses=[{"code": "b", "pool": "1", "gate": "g"}, {"code": "d", "amount": "1"}],
            gates={"g": GATE},
            proration={},
            penalties={},
        )
    )
    assert read.plan == PayPlan(
        "p",
        probation=Probation(1, None),
        guarantee=Guarantee(GuaranteeBy.SERVICE_YEAR, (D("2000.00"),)),
        commissions=(CommissionRule("c", "sales_amount", Bands("c", ((F(0), F(1, 100)),))),),
        bonuses=(BonusRule("b", pool=D("1.00"), share_by=PoolShareBy.SCORE, gate="g"), BonusRule("d", D("1.00"))),
        gates={
            "g": Gate("g", GateScope.DEPARTMENT, (Standard("dsr_score", ">=", F(47, 10)),), missing=GateMissing.BLOCK)
        },
    )
    assert read.plan.counted_codes == {"base_pay", "c", "b", "d"}


def test_every_switch_the_other_way() -> None:
    read = plan_from(
        plan(
            probation={"months": 3, "pay": "0", "commission": True, "bonus": "true", "month_end": "days_30"},
            guarantee={
                "by": "fixed",
                "amounts": ["2800"],
                "counts": ["base_pay", "daily_pay", "team_bonus", "c"],
                "service_year_from": "regularization",
                "anniversary": "next_month",
                "month_end": "overflow",
                "annual_settlement": "floor_year",
            },
            commission=[
                {
                    "code": "c",
                    "basis": "sales_amount",
                    "mode": "whole",
                    "bands": [{"from": "10", "rate": "0.02"}, {"from": "0", "to": "10", "rate": "0.01"}],
                    "cap": "4000",
                }
            ],
            piece=[{"code": "piece_pay", "unit": "calls", "mode": "whole", "price": "0.125"}],
            bonuses=[
                {"code": "b", "amount": "9", "by": "grade", "when": "full_attendance"},
                {"code": "team_bonus", "pool": "9", "share_by": "equal"},
            ],
            gates={"g": {**GATE, "scope": "department", "missing": "pass"}},
            proration={"method": "paid_days", "absence_divisor": "20.67"},
            penalties={"order": "before_floor"},
        )
    )
    assert read.plan == PayPlan(
        "p",
        probation=Probation(3, D("0.00"), commission=True, bonus=True, month_end=ProbationEnd.DAYS_30),
        guarantee=Guarantee(
            GuaranteeBy.FIXED,
            (D("2800.00"),),
            frozenset({"base_pay", "daily_pay", "team_bonus", "c"}),
            ServiceYearFrom.REGULARIZATION,
            Anniversary.NEXT_MONTH,
            MonthEnd.OVERFLOW,
            AnnualSettlement.FLOOR_YEAR,
        ),
        commissions=(
            CommissionRule(
                "c", "sales_amount", Bands("c", ((F(0), F(1, 100)), (F(10), F(2, 100)))), Basis.WHOLE, D("4000.00")
            ),
        ),
        piece=(PieceRule("piece_pay", "calls", Bands("piece_pay", ((F(0), F(1, 8)),)), Basis.WHOLE),),
        bonuses=(
            BonusRule("b", D("9.00"), BonusBy.GRADE, full_attendance=True),
            BonusRule("team_bonus", pool=D("9.00"), share_by=PoolShareBy.EQUAL),
        ),
        gates={
            "g": Gate("g", GateScope.DEPARTMENT, (Standard("dsr_score", ">=", F(47, 10)),), missing=GateMissing.PASS)
        },
        proration=ProrationMethod.PAID_DAYS,
        absence_divisor=F(2067, 100),
        penalties=PenaltyOrder.BEFORE_FLOOR,
    )


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param({"by": "none"}, BasePay(), id="none"),
        pytest.param({"by": "tier"}, BasePay(BasePayBy.TIER), id="by tier without amounts"),
        pytest.param({"by": "tier", "amounts": {}}, BasePay(BasePayBy.TIER), id="by tier with empty amounts"),
        pytest.param(
            {"by": "tier", "amounts": {"P5": 1800}, "amount": None},
            BasePay(BasePayBy.TIER, {"P5": D("1800.00")}),
            id="a tier as companies write it",
        ),
        pytest.param({"by": "fixed", "amount": "2200.00"}, BasePay(BasePayBy.FIXED, amount=D("2200.00")), id="fixed"),
        pytest.param(
            {"by": "daily", "amount": "200"}, BasePay(BasePayBy.DAILY, amount=D("200.00"), unit="days"), id="daily"
        ),
        pytest.param(
            {"by": "daily", "amount": "20", "unit": "hours"},
            BasePay(BasePayBy.DAILY, amount=D("20.00"), unit="hours"),
            id="daily by another unit",
        ),
    ],
)
def test_base_pay(part: dict[str, Any], expected: BasePay) -> None:
    assert plan_from(plan(base_pay=part)).plan.base_pay == expected


def test_a_fixed_guarantee_may_name_its_amount() -> None:
    guarantee = plan_from(plan(guarantee={"by": "fixed", "amount": "2800.00"})).plan.guarantee
    assert guarantee == Guarantee(GuaranteeBy.FIXED, (D("2800.00"),))


def commission(**keys: Any) -> dict[str, Any]:
    return plan(commission=[{"code": "c", "basis": "sales_amount", **keys}])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(plan(plan=None), [("plan", "is missing")], id="no code"),
        pytest.param(plan(comission=[]), [("comission", "is not a known key")], id="a typing slip"),
        pytest.param(plan(probation={}), [("probation.months", "is missing")], id="probation of no months"),
        pytest.param(
            plan(probation={"months": -1}), [("probation.months", "is not such a whole number")], id="months below 0"
        ),
        pytest.param(
            plan(probation={"months": 1, "pay": "-1600"}), [("probation.pay", "is not an amount")], id="negative pay"
        ),
        pytest.param(
            plan(probation={"months": 1, "pay": 1600.0}), [("probation.pay", "is not an amount")], id="a float"
        ),
        pytest.param(
            plan(probation={"months": 1, "bonus": "no"}),
            [("probation.bonus", "is neither true nor false")],
            id="a flag in words",
        ),
        pytest.param(plan(probation="1 month"), [("probation", "is not a mapping")], id="probation in words"),
        pytest.param(plan(base_pay={"amount": "1"}), [("base_pay.by", "is missing")], id="base pay by nothing"),
        pytest.param(
            plan(base_pay={"by": "grade", "amounts": {}}), [("base_pay.by", "is not one of the choices")], id="by"
        ),
        pytest.param(
            plan(base_pay={"by": "tier", "amount": "1"}),
            [("base_pay.amount", "does not belong here")],
            id="one amount by tier",
        ),
        pytest.param(
            plan(base_pay={"by": "tier", "amounts": {"junior": None}}),
            [("base_pay.amounts.junior", "is not an amount")],
            id="a tier without an amount",
        ),
        pytest.param(plan(base_pay={"by": "fixed"}), [("base_pay.amount", "is missing")], id="fixed without amount"),
        pytest.param(
            plan(base_pay={"by": "fixed", "amount": 1, "unit": "days"}),
            [("base_pay.unit", "does not belong here")],
            id="a unit of fixed pay",
        ),
        pytest.param(plan(guarantee={"amount": 1}), [("guarantee.by", "is missing")], id="guarantee by nothing"),
        pytest.param(
            plan(guarantee={"by": "service_year", "amount": "1"}),
            [("guarantee.amount", "does not belong here"), ("guarantee.amounts", "is missing")],
            id="one amount by service year",
        ),
        pytest.param(
            plan(guarantee={"by": "service_year", "amounts": []}), [("guarantee.amounts", "is empty")], id="no amounts"
        ),
        pytest.param(
            plan(guarantee={"by": "fixed", "amounts": ["1", "2"]}),
            [("guarantee.amounts", "a fixed guarantee has one amount")],
            id="two fixed amounts",
        ),
        pytest.param(plan(guarantee={"by": "fixed"}), [("guarantee.amount", "is missing")], id="no fixed amount"),
        pytest.param(
            plan(guarantee={"by": "fixed", "amount": 1, "counts": []}),
            [("guarantee.counts", "is empty")],
            id="counts nothing",
        ),
        pytest.param(
            plan(guarantee={"by": "fixed", "amount": 1, "counts": ["base_pay", "bonus", "Base"]}),
            [
                ("guarantee.counts.2", "is not a code"),
                ("guarantee.counts.1", "is not base pay or a line of this plan"),
            ],
            id="counts what the plan does not have",
        ),
        pytest.param(commission(), [("commission.0.rate", "is missing")], id="commission without rate or bands"),
        pytest.param(commission(rate="3"), [("commission.0.rate", "is not such a number")], id="percent for a rate"),
        pytest.param(
            commission(rate="0.1", bands=[{"from": 0, "rate": "0.1"}]),
            [("commission.0.rate", "does not belong here")],
            id="rate and bands",
        ),
        pytest.param(commission(bands=[]), [("commission.0.bands", "is empty")], id="no band"),
        pytest.param(
            commission(bands=[{"from": "100", "rate": "0.1"}]),
            [("commission.0.bands.0.from", "the lowest band does not start at the bottom")],
            id="bands above 0",
        ),
        pytest.param(
            commission(bands=[{"from": 0, "price": "0.1"}]),
            [("commission.0.bands.0.rate", "is missing"), ("commission.0.bands.0.price", "is not a known key")],
            id="a price for a rate",
        ),
        pytest.param(commission(rate="0.1", cap="-1"), [("commission.0.cap", "is not an amount")], id="cap below 0"),
        pytest.param(
            commission(rate="0.1", mode="flat"), [("commission.0.mode", "is not one of the choices")], id="mode"
        ),
        pytest.param(
            plan(piece=[{"code": "piece_pay", "unit": "calls"}]), [("piece.0.price", "is missing")], id="no price"
        ),
        pytest.param(
            plan(overtime={"by": "base_pay", "amount": "3000.00"}),
            [("overtime.amount", "does not belong here")],
            id="an amount of overtime by base pay",
        ),
        pytest.param(
            plan(probation={"months": 121, "pay": "1600.00"}),
            [("probation.months", "is not such a whole number")],
            id="probation of more than ten years",
        ),
        pytest.param(bonus(), [("bonuses.0.amount", "is missing")], id="neither amount nor pool"),
        pytest.param(bonus(amount="1", pool="1"), [("bonuses.0.amount", "does not belong here")], id="amount and pool"),
        pytest.param(
            bonus(pool="1", by="score", when="full_attendance"),
            [("bonuses.0.by", "does not belong here"), ("bonuses.0.when", "does not belong here")],
            id="a pool by score",
        ),
        pytest.param(
            bonus(amount="1", share_by="equal"), [("bonuses.0.share_by", "does not belong here")], id="a shared amount"
        ),
        pytest.param(bonus(amount="1", when="rain"), [("bonuses.0.when", "is not one of the choices")], id="when"),
        pytest.param(
            bonus(amount="1", gate="h"), [("bonuses.0.gate", "is not a gate of this plan")], id="no such gate"
        ),
        pytest.param(
            plan(bonuses=[{"code": "b", "amount": "1", "gate": "g"}]),
            [("bonuses.0.gate", "is not a gate of this plan")],
            id="no gates at all",
        ),
        pytest.param(plan(gates={"g": {}}), [("gates.g.metrics", "is missing")], id="a gate without metrics"),
        pytest.param(
            plan(gates={"g": {"metrics": {"dsr_score": {"op": "=", "value": "x"}}}}),
            [
                ("gates.g.metrics.dsr_score.op", "is not one of the choices"),
                ("gates.g.metrics.dsr_score.value", "is not such a number"),
            ],
            id="operator and value",
        ),
        pytest.param(
            plan(gates={"g": {**GATE, "scope": "shop"}}), [("gates.g.scope", "is not one of the choices")], id="scope"
        ),
        pytest.param(
            plan(proration={"absence_divisor": "0"}),
            [("proration.absence_divisor", "is not such a number")],
            id="divided by nothing",
        ),
        pytest.param(
            plan(penalties={"order": "first"}), [("penalties.order", "is not one of the choices")], id="order"
        ),
    ],
)
def test_one_problem_is_named_by_its_path(data: object, expected: list[tuple[str, str]]) -> None:
    assert problems_of(data) == expected


def test_piece_prices_are_marginal_where_nothing_is_said() -> None:
    [rule] = plan_from(plan(piece=[{"code": "piece_pay", "unit": "calls", "price": "1.20"}])).plan.piece
    assert rule.mode is Basis.MARGINAL


@pytest.mark.parametrize("operator", ["<=", "<", ">=", ">", "=="])
def test_gate_operators_are_data(operator: str) -> None:
    read = plan_from(plan(gates={"g": {"metrics": {"dsr_score": {"op": operator, "value": "-4.7"}}}}))
    assert read.plan.gates["g"].standards == (Standard("dsr_score", operator, F(-47, 10)),)


def test_a_line_code_stands_once_among_commission_piece_and_bonuses() -> None:
    data = plan(
        commission=[{"code": "x", "basis": "sales_amount", "rate": "0.1"}],
        piece=[{"code": "x", "unit": "calls", "price": "1"}],
        bonuses=[{"code": "y", "amount": "1"}, {"code": "y", "amount": "1"}],
    )
    assert problems_of(data) == [("piece.0.code", "stands twice"), ("bonuses.1.code", "stands twice")]


@pytest.mark.parametrize(
    "code", ["base_pay", "probation_pay", "guarantee_top_up", "penalty", "pension", "carry_forward", "employer_pension"]
)
def test_line_codes_of_the_software_are_refused(code: str) -> None:
    data = plan(bonuses=[{"code": code, "amount": "1"}])
    assert problems_of(data) == [("bonuses.0.code", "is a line code of the software itself")]


def test_a_guarantee_may_count_a_natural_code_that_the_plan_does_not_pay() -> None:
    counts = ["commission", "piece_pay", "metric_bonus", "performance_pay", "team_bonus", "full_attendance_bonus"]
    read = plan_from(plan(guarantee={"by": "fixed", "amount": 1, "counts": counts})).plan
    assert read.counted_codes == set(counts)


def test_the_order_of_keys_makes_no_difference_to_a_gate() -> None:
    turned = deepcopy(AFTER_SALES)
    gate = turned["gates"]["after_sales_gate"]
    gate["metrics"] = dict(reversed(gate["metrics"].items()))
    assert plan_from(turned) == EXPECTED


def test_all_problems_of_one_document_are_reported() -> None:
    data = deepcopy(AFTER_SALES)
    data["effective_from"] = "1 January"
    data["probation"]["months"] = "one"
    data["base_pay"]["amounts"]["junior"] = "1800.005"
    data["guarantee"]["counts"].append("luck")
    data["commission"][1]["bands"][1]["from"] = "0"
    data["piece"][0]["code"] = "commission"
    data["bonuses"][0]["gate"] = "gate"
    data["bonuses"][3]["amount"] = "1"
    data["gates"]["after_sales_gate"]["metrics"]["dsr_score"] = {"op": "=>", "value": "4.7"}
    data["penalties"]["limit"] = "1"
    assert sorted(problems_of(data)) == [
        ("base_pay.amounts.junior", "is not an amount"),
        ("bonuses.0.gate", "is not a gate of this plan"),
        ("bonuses.3.amount", "does not belong here"),
        ("commission.1.bands.1.from", "stands twice"),
        ("effective_from", "is not a date"),
        ("gates.after_sales_gate.metrics.dsr_score.op", "is not one of the choices"),
        ("guarantee.counts.4", "is not base pay or a line of this plan"),
        ("penalties.limit", "is not a known key"),
        ("piece.0.code", "stands twice"),
        ("probation.months", "is not such a whole number"),
    ]
