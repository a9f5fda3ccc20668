"""The shipped rules of grading: metrics, QA codes and the seed ladder, against numbers typed from the sources."""

from __future__ import annotations

from fractions import Fraction
from importlib.resources import files

import pytest

from grading.domain.metrics.definition import Direction, Level, Unit
from grading.imports.documents import read_document
from grading.imports.table import fold_heading
from grading.rulebook import METRIC_FAMILIES, metric_definitions, qa_codes, qa_escalates_on, seed_ladder_document
from payroll.rulebook import seed_plan_document

RULES = (
    *(f"metrics/{family}.yaml" for family in METRIC_FAMILIES),
    "phrases.yaml",
    "qa_codes.yaml",
    "ladders/customer_service.yaml",
)


def test_the_catalogue_is_whole() -> None:
    metrics = metric_definitions()
    assert len(metrics) == 85
    assert all(identifier == metric.id for identifier, metric in metrics.items())
    assert all(metric.name_zh and metric.name_en and metric.source for metric in metrics.values())


@pytest.mark.parametrize(
    ("metric", "name_zh", "unit", "direction", "level"),
    [
        ("deal_rate", "成交率", Unit.PERCENT, Direction.HIGHER, Level.BUYER),
        ("response_speed", "应答时速", Unit.SECONDS, Direction.LOWER, Level.MESSAGE),
        ("reception_count", "接待数量", Unit.COUNT, Direction.HIGHER, Level.AGENT_DAY),
        ("chase_paid_amount", "催付款", Unit.YUAN, Direction.HIGHER, Level.AGENT),
        ("qa_fatal_count", "致命项", Unit.COUNT, Direction.LOWER, Level.AGENT),
        ("dsr_score", "DSR评分", Unit.SCORE, Direction.HIGHER, Level.SHOP),
        ("refund_duration_h", "退款时长", Unit.HOURS, Direction.LOWER, Level.SHOP),
        ("ks_reply_rate_3min", "3分钟回复率", Unit.PERCENT, Direction.HIGHER, Level.BUYER_DAY),
        ("qa_ratio", "问答比", Unit.RATIO, Direction.HIGHER, Level.MESSAGE),
        ("typing_speed_cpm", "打字速度", Unit.CHARACTERS_PER_MINUTE, Direction.HIGHER, Level.AGENT),
        ("wangwang_inquiry_volume", "旺旺咨询量", Unit.COUNT, Direction.NONE, Level.SHOP),
    ],
)
def test_a_metric(metric: str, name_zh: str, unit: Unit, direction: Direction, level: Level) -> None:
    definition = metric_definitions()[metric]
    assert (definition.name_zh, definition.unit) == (name_zh, unit)
    assert (definition.direction, definition.level) == (direction, level)


def test_gate_metrics_are_those_of_the_source() -> None:
    five = {"refund_rate", "refund_duration_h", "dispute_rate", "dsr_score", "internal_complaint_count"}
    assert {metric for metric in five if "003 L19" in metric_definitions()[metric].source} == five


@pytest.mark.parametrize(
    ("metric", "value", "possible"),
    [
        ("deal_rate", "1", True),
        ("deal_rate", "1.0001", False),
        ("deal_rate", "-0.01", False),
        ("call_traffic_index", "1.1556", True),
        ("qa_ratio", "1.4", True),
        ("message_reply_rate", "1.4", False),
        ("dsr_score", "4.7", True),
        ("dsr_score", "47", False),
        ("agent_sales_amount", "-20.50", True),
        ("discipline_score", "-5", True),
        ("response_speed", "-1", False),
    ],
)
def test_what_a_value_can_possibly_be(metric: str, value: str, possible: bool) -> None:
    assert metric_definitions()[metric].allows(Fraction(value)) is possible


def test_no_heading_means_two_metrics() -> None:
    names = [fold_heading(name) for metric in metric_definitions().values() for name in (metric.id, *metric.names_zh)]
    assert len(names) == len(set(names))


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        metric_definitions()["x"] = metric_definitions()["deal_rate"]  # type: ignore[index]


def test_qa_codes() -> None:
    assert list(qa_codes()) == ["F1", "F2", "F3", "F4", "F5", "N1", "N2", "N3", "N4", "N5", "N6"]
    assert [code for code, held in qa_codes().items() if held.is_fatal] == ["F1", "F2", "F3", "F4", "F5"]
    assert qa_escalates_on() == 3
    assert qa_codes()["F5"].name_zh == "虚假操作"


def test_the_seed_ladder_has_the_checklists_and_tenures_of_the_source() -> None:
    ladder = seed_ladder_document()
    assert [
        (tier["tier"], tier["name_zh"], tier.get("tenure_months"), tier.get("previous"), len(tier["checklist"]))
        for tier in ladder["tiers"]
    ] == [
        ("junior", "初级客服", None, None, 7),
        ("intermediate", "中级客服", 3, "junior", 8),
        ("senior", "高级客服", 12, "intermediate", 12),
        ("expert", "资深客服", 24, "senior", 13),
    ]
    texts: dict[str, set[str]] = {}
    for tier in ladder["tiers"]:
        codes = [item["code"] for item in tier["checklist"]]
        assert len(codes) == len(set(codes))
        for item in tier["checklist"]:
            texts.setdefault(item["code"], set()).add(item["text_zh"])
    assert all(len(wordings) == 1 for wordings in texts.values())
    assert [(rung["name_zh"], rung["years_from"]) for rung in ladder["positions"]] == [
        ("客服", 0),
        ("金牌客服", 1),
        ("组长", 1),
        ("客服主管", 2),
        ("客服经理", 3),
        ("客服总监", 7),
    ]


def test_a_seed_document_is_a_copy() -> None:
    seed_ladder_document()["tiers"].clear()
    seed_plan_document()["guarantee"].clear()
    assert len(seed_ladder_document()["tiers"]) == 4
    assert seed_plan_document()["guarantee"]["amounts"] == ["2000.00", "2200.00", "2500.00"]


def test_the_seed_plan_holds_the_numbers_of_the_source_and_no_other() -> None:
    plan = seed_plan_document()
    assert plan["plan"] == "seed"
    assert plan["probation"] == {
        "months": 1,
        "pay": "1600.00",
        "commission": False,
        "bonus": False,
        "month_end": "clamp",
    }
    assert plan["commission"] == [{"code": "commission", "basis": "returning_order_amount", "rate": "0.003"}]
    assert not {"base_pay", "bonuses", "piece", "gates"} & set(plan)


@pytest.mark.parametrize("path", RULES)
def test_the_rules_are_strict_yaml(path: str) -> None:
    data = files("grading").joinpath("rules", path).read_bytes()
    assert read_document(path, data).problems == []


def test_the_seed_plan_reads_the_same_through_the_strict_reader() -> None:
    data = files("payroll").joinpath("rules", "plans/seed.yaml").read_bytes()
    document = read_document("plans/seed.yaml", data)
    assert document.problems == []
    assert document.data == seed_plan_document()
