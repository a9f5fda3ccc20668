"""The shipped platform standards against numbers typed from the sources (004 L21, 002 L52, 000 L58 and L64)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files

import pytest

from grading.domain.standards import Condition, PlatformRules
from grading.domain.standards_document import platform_rules_from
from grading.imports.documents import read_document
from grading.kernel.document import BrokenDocument
from grading.rulebook import PLATFORMS_WITH_STANDARDS, metric_definitions, platform_rules

DAY = date(2026, 6, 30)


def rules(platform: str) -> PlatformRules:
    held = platform_rules(platform)
    assert held is not None
    return held.on(DAY)


def written(condition: Condition | None) -> str:
    if condition is None:
        return ""
    edge = "benchmark" if condition.edge is None else str(condition.edge)
    return f"{condition.of.value} {condition.operator.value} {edge}"


@pytest.mark.parametrize("platform", PLATFORMS_WITH_STANDARDS)
def test_the_file_is_strict_yaml_and_names_its_platform_and_its_sources(platform: str) -> None:
    path = f"platforms/{platform}.yaml"
    document = read_document(path, files("grading").joinpath("rules", path).read_bytes())
    assert document.problems == []
    held = rules(platform)
    assert held.platform == platform
    assert held.source
    assert all(standard.source for standard in held.standards)


@pytest.mark.parametrize("platform", PLATFORMS_WITH_STANDARDS)
def test_every_metric_is_in_the_catalogue_and_every_consequence_has_both_texts(platform: str) -> None:
    held = rules(platform)
    assert {standard.metric for standard in held.standards} <= set(metric_definitions())
    assert all(each.text_zh and each.text_en for each in held.consequences.values())
    used = {edge for standard in held.standards for edge, _condition in standard.conditions if edge != "target"}
    used |= {code for kind in (held.violations or {}).values() for code in kind.consequences}
    used |= {band.consequence for ladder in (held.ladders or {}).values() for band in ladder.bands}
    used |= {ladder.every.consequence for ladder in (held.ladders or {}).values() if ladder.every}
    assert used <= set(held.consequences)
    assert platform != "tmall" or used | {"paid_as_tmall_points"} == set(held.consequences)


@pytest.mark.parametrize(
    ("metric", "part", "target", "thresholds"),
    [
        ("ks_good_rating_rate", "inquiry", "value >= 9/10", ["violation: value <= 4/5"]),
        ("ks_reply_rate_3min", "inquiry", "value >= 9/10", ["violation: value <= 7/10"]),
        ("ks_timely_ship_rate", "fulfilment", "value = 1", ["experience_lowest: value <= 8947/10000"]),
        ("ks_pickup_anomaly_rate", "fulfilment", "value = 0", ["experience_gate: value >= 1/25"]),
        ("ks_refund_only_close_h", "after_sales", "value <= 2", ["experience_lowest: value >= 14"]),
        ("ks_return_refund_close_h", "after_sales", "value <= 55", ["experience_lowest: value >= 150"]),
        (
            "ks_dispute_intervention_rate",
            "after_sales",
            "value <= 1/200",
            ["violation: count >= 5 and value > 1/200"],
        ),
        (
            "ks_merchant_fault_rate",
            "after_sales",
            "value = 0",
            ["experience_gate: count >= 4 and value >= 1/500", "star_gate: count >= 4"],
        ),
        ("ks_refund_only_handle_h", "after_sales", "value <= 2", ["violation: value >= 12"]),
        ("ks_return_refund_handle_h", "after_sales", "value <= 4", ["violation: value >= 24"]),
        ("ks_return_receipt_handle_h", "after_sales", "value <= 12", ["violation: value >= 24"]),
    ],
)
def test_kuaishou(metric: str, part: str, target: str, thresholds: list[str]) -> None:
    found = next(each for each in rules("kuaishou").standards if each.metric == metric)
    assert (found.part.value, written(found.target)) == (part, target)
    assert [f"{each.consequence}: {' and '.join(map(written, each.when))}" for each in found.thresholds] == thresholds


def test_kuaishou_holds_from_its_day_and_knows_its_ambiguities() -> None:
    held = rules("kuaishou")
    assert held.effective_from == date(2022, 10, 5)
    conditions = [condition for standard in held.standards for _edge, condition in standard.conditions]
    assert {
        (each.reading, each.operator.value, each.otherwise and each.otherwise.value)
        for each in conditions
        if each.reading
    } == {("A-16", ">", ">="), ("A-17", "<=", "<")}


def test_tmall() -> None:
    held = rules("tmall")
    assert held.effective_from is None
    assert held.ladders is not None
    general, serious = held.ladders["general"], held.ladders["serious"]
    assert general.every is not None
    assert (general.every.points, general.every.fine) == (12, Decimal("10000.00"))
    assert [(band.points, band.consequence, band.fine) for band in general.bands] == [
        (24, "supervision_7d", None),
        (48, "supervision_28d", None),
    ]
    assert [(band.points, band.fine) for band in serious.bands] == [
        (12, Decimal("20000.00")),
        (24, Decimal("30000.00")),
        (36, Decimal("40000.00")),
        (48, None),
    ]
    assert held.fake_trade is not None
    assert (held.fake_trade.orders, held.fake_trade.mass) == (96, 48)
    assert held.late_shipping is not None
    assert (held.late_shipping.rate, held.late_shipping.cap) == (Fraction(3, 10), Decimal("500.00"))
    assert held.invoice is not None
    assert (held.invoice.rate, held.invoice.cap) == (Fraction(3, 10), None)


def test_pdd() -> None:
    held = rules("pdd")
    (asked,) = held.standards
    assert asked.metric == "pdd_reply_rate_5min"
    assert asked.target is None
    assert [written(each) for each in asked.thresholds[0].when] == ["value < benchmark"]
    assert held.fake_shipping is not None
    assert (held.fake_shipping.least, held.fake_shipping.most) == (Decimal("5.00"), Decimal("100.00"))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"operator": "=>"}, "versions.0.standards.0.thresholds.0.when.0.operator"),
        ({"value": 0.8}, "versions.0.standards.0.thresholds.0.when.0.value"),
        ({"value": "industry"}, "versions.0.standards.0.thresholds.0.when.0.value"),
        ({"unknown": "x"}, "versions.0.standards.0.thresholds.0.when.0"),
    ],
)
def test_a_broken_condition_is_refused_at_its_place(change: dict[str, object], path: str) -> None:
    document = {
        "platform": "p",
        "versions": [
            {
                "source": ["004 L21"],
                "consequences": [{"code": "violation", "text_zh": "违规", "text_en": "violation"}],
                "standards": [
                    {
                        "metric": "deal_rate",
                        "part": "inquiry",
                        "window": "last_day",
                        "thresholds": [
                            {"consequence": "violation", "when": [{"operator": "<", "value": "0.8", **change}]}
                        ],
                    }
                ],
            }
        ],
    }
    with pytest.raises(BrokenDocument) as raised:
        platform_rules_from(document)
    assert [problem.path.startswith(path) for problem in raised.value.problems] == [True]
