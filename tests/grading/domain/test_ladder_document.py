"""A ladder document becomes exactly the ladder it describes, or names every problem in it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.ladder import ChecklistItem, Ladder, PayEffective, TenureFrom, Tier
from grading.domain.ladder_document import LadderDocument, ladder_from
from grading.kernel.document import BrokenDocument, canonical_data
from grading.kernel.period import MonthEnd

CUSTOMER_SERVICE: dict[str, Any] = {
    "ladder": "customer_service",
    "tiers": [
        {"tier": "junior", "name_zh": "初级客服", "checklist": ["..."]},
        {
            "tier": "intermediate",
            "name_zh": "中级客服",
            "tenure_months": 3,
            "tenure": "total",
            "previous": "junior",
            "checklist": ["..."],
        },
        {
            "tier": "senior",
            "name_zh": "高级客服",
            "tenure_months": 12,
            "tenure": "total",
            "previous": "intermediate",
            "checklist": ["..."],
        },
        {
            "tier": "expert",
            "name_zh": "资深客服",
            "tenure_months": 24,
            "tenure": "total",
            "previous": "senior",
            "checklist": ["..."],
        },
    ],
    "month_end": "clamp",
    "pay_effective": "first_of_month",
    "min_average_score": None,
}

ITEM = ChecklistItem("item_1", "...", "...")

EXPECTED = LadderDocument(
    code="customer_service",
    name_zh="customer_service",
    name_en="customer_service",
    effective_from=None,
    ladder=Ladder(
        code="customer_service",
        tiers=(
            Tier("junior", "初级客服", "junior", 0, TenureFrom.TOTAL, None, None, (ITEM,)),
            Tier("intermediate", "中级客服", "intermediate", 3, TenureFrom.TOTAL, None, "junior", (ITEM,)),
            Tier("senior", "高级客服", "senior", 12, TenureFrom.TOTAL, None, "intermediate", (ITEM,)),
            Tier("expert", "资深客服", "expert", 24, TenureFrom.TOTAL, None, "senior", (ITEM,)),
        ),
        month_end=MonthEnd.CLAMP,
        pay_effective=PayEffective.FIRST_OF_MONTH,
        min_average_score=None,
        lookback_months=0,
    ),
)


def two_tiers(upper: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A ladder of P4 and P5, the upper tier and the top level changed."""
    return {"ladder": "short", "tiers": [{"tier": "P4"}, {"tier": "P5", **(upper or {})}], **changes}


def problems_of(data: object) -> list[tuple[str, str]]:
    with pytest.raises(BrokenDocument) as caught:
        ladder_from(data)
    return [(problem.path, problem.wrong) for problem in caught.value.problems]


def test_the_published_example() -> None:
    assert ladder_from(CUSTOMER_SERVICE) == EXPECTED


def test_the_stored_form_gives_the_same_ladder() -> None:
    assert ladder_from(canonical_data(CUSTOMER_SERVICE)) == EXPECTED


def test_what_is_left_out_takes_its_default() -> None:
    ladder = Ladder("short", (Tier("P4", "P4", "P4"), Tier("P5", "P5", "P5")))
    assert ladder_from(two_tiers()) == LadderDocument("short", "short", "short", None, ladder)


def test_every_switch() -> None:
    data = two_tiers(
        {"name_zh": "五级", "name_en": "Level 5", "tenure": "in:P4", "tenure_months": "6"},
        effective_from="2024-01-01",
        name_zh="短梯",
        name_en="Short ladder",
        month_end="strict",
        pay_effective="same_day",
        min_average_score="85.5",
        lookback_months=3,
        positions=[{"position": "lead", "years_from": 1}],
        source=["000 L33"],
    )
    tiers = (Tier("P4", "P4", "P4"), Tier("P5", "五级", "Level 5", 6, TenureFrom.IN, "P4"))
    ladder = Ladder("short", tiers, MonthEnd.STRICT, PayEffective.SAME_DAY, Fraction(171, 2), 3)
    assert ladder_from(data) == LadderDocument("short", "短梯", "Short ladder", date(2024, 1, 1), ladder)


def test_tenure_since_a_tier() -> None:
    tier = ladder_from(two_tiers({"tenure": "since:P4"})).ladder.tiers[1]
    assert (tier.tenure_from, tier.tenure_tier) == (TenureFrom.SINCE, "P4")


def test_checklist_items_with_and_without_codes_and_translations() -> None:
    checklist = [
        {"code": "etiquette", "zh": "礼仪", "en": "Etiquette"},
        "沟通",
        {"code": "orders", "zh": "下单"},
        {"text_zh": "品牌", "text_en": "Brand"},
    ]
    assert ladder_from(two_tiers({"checklist": checklist})).ladder.tiers[1].checklist == (
        ChecklistItem("etiquette", "礼仪", "Etiquette"),
        ChecklistItem("item_2", "沟通", "沟通"),
        ChecklistItem("orders", "下单", "下单"),
        ChecklistItem("item_4", "品牌", "Brand"),
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            two_tiers({"previous": "P6"}),
            [("tiers.1.previous", "is not a lower tier of this ladder")],
            id="previous unknown",
        ),
        pytest.param(
            two_tiers({"previous": "P5"}),
            [("tiers.1.previous", "is not a lower tier of this ladder")],
            id="previous is the tier itself",
        ),
        pytest.param(
            two_tiers({"tenure": "since:P6"}),
            [("tiers.1.tenure", "is not a lower tier of this ladder")],
            id="tenure in an unknown tier",
        ),
        pytest.param(two_tiers({"tenure": "P4"}), [("tiers.1.tenure", "is not one of the choices")], id="tenure"),
        pytest.param(
            two_tiers({"tenure": "total:P4"}), [("tiers.1.tenure", "is not one of the choices")], id="total of a tier"
        ),
        pytest.param(
            two_tiers({"tenure": "in:"}), [("tiers.1.tenure", "is not one of the choices")], id="tenure in nothing"
        ),
        pytest.param(
            two_tiers({"tenure_months": "3.5"}),
            [("tiers.1.tenure_months", "is not such a whole number")],
            id="half a month",
        ),
        pytest.param(two_tiers({"tier": "P4"}), [("tiers.1.tier", "stands twice")], id="a tier twice"),
        pytest.param(two_tiers({"tier": None}), [("tiers.1.tier", "is missing")], id="a tier without a code"),
        pytest.param(two_tiers({"tenur": "total"}), [("tiers.1.tenur", "is not a known key")], id="a typing slip"),
        pytest.param(
            two_tiers({"checklist": ["a", {"code": "item_1", "zh": "b"}]}),
            [("tiers.1.checklist.1.code", "stands twice")],
            id="an item twice",
        ),
        pytest.param(
            two_tiers({"checklist": [{"code": "a", "en": "b"}]}),
            [("tiers.1.checklist.0.zh", "is missing")],
            id="an item without Chinese",
        ),
        pytest.param(
            two_tiers({"checklist": "a"}), [("tiers.1.checklist", "is not a list")], id="a checklist that is a text"
        ),
        pytest.param(two_tiers(tiers=[]), [("tiers", "is empty")], id="no tier"),
        pytest.param({"ladder": "x"}, [("tiers", "is missing")], id="tiers left out"),
        pytest.param(two_tiers(month_end="days_30"), [("month_end", "is not one of the choices")], id="month end"),
        pytest.param(two_tiers(pay_effective="now"), [("pay_effective", "is not one of the choices")], id="effective"),
        pytest.param(
            two_tiers(min_average_score="-1"), [("min_average_score", "is not such a number")], id="average below 0"
        ),
        pytest.param(
            two_tiers(lookback_months="x"), [("lookback_months", "is not such a whole number")], id="lookback"
        ),
    ],
)
def test_one_problem_is_named_by_its_path(data: object, expected: list[tuple[str, str]]) -> None:
    assert problems_of(data) == expected


def test_all_problems_of_one_document_are_reported() -> None:
    data = deepcopy(CUSTOMER_SERVICE)
    del data["ladder"]
    data["tiers"][1]["tenure"] = "since:expert"
    data["tiers"][2]["tenure_months"] = -1
    data["tiers"][3]["previous"] = "chief"
    data["tiers"][3]["checklist"] = ["好", 5]
    data["colour"] = "red"
    assert sorted(problems_of(data)) == [
        ("colour", "is not a known key"),
        ("ladder", "is missing"),
        ("tiers.1.tenure", "is not a lower tier of this ladder"),
        ("tiers.2.tenure_months", "is not such a whole number"),
        ("tiers.3.checklist.1", "is not a mapping"),
        ("tiers.3.previous", "is not a lower tier of this ladder"),
    ]
