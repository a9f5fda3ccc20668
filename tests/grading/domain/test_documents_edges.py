"""Scorecards, QA forms, on-boarding tracks and platform rules: everything that may stand in one, what is left out, and
the whole sentence about each problem.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.exam import ExamKind
from grading.domain.qa_form_document import QaFormDocument, qa_form_from
from grading.domain.quality import QaForm
from grading.domain.scorecard import Kpi, TargetSource
from grading.domain.scorecard_document import scorecard_from
from grading.domain.scoring import Direction, Linear
from grading.domain.standards import (
    Condition,
    Consequence,
    FakeTrade,
    FineRange,
    Of,
    Operator,
    Part,
    PlatformRules,
    PointsBand,
    PointsLadder,
    ShareOfAmount,
    Standard,
    Threshold,
    ViolationKind,
    Window,
)
from grading.domain.standards_document import platform_rules_from
from grading.domain.training import Reception, Stage, Track
from grading.domain.training_document import tracks_from, training_readings_from
from grading.kernel.document import BrokenDocument


def told(read: Callable[[], object]) -> tuple[str, list[str]]:
    """The name of the document that is refused, and its problems."""
    with pytest.raises(BrokenDocument) as raised:
        read()
    return raised.value.values["document"], [str(problem) for problem in raised.value.problems]


# --- Scorecards -------------------------------------------------------------------------------------------------------


def card(kpi: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    linear = {"metric": "deal_rate", "weight": "1", "direction": "higher", "threshold": "0.5", "target": "1"}
    return {
        "scorecard": "one",
        "effective_from": "2026-01-01",
        "roles": ["pre_sales"],
        "kpis": [linear | (kpi or {})],
    } | changes


def test_a_kpi_with_everything() -> None:
    document = scorecard_from(card({"max_score": "120", "saturation_cap": "0.9", "source": "platform"}))
    scoring = Linear(Fraction(1, 2), Fraction(1), Fraction(120), Fraction("0.9"))
    assert document.scorecard.kpis == (
        Kpi("deal_rate", Fraction(1), scoring, Direction.HIGHER, TargetSource("platform")),
    )
    assert (document.name_zh, document.name_en, document.effective_from) == ("one", "one", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (card({"target": "0.5"}),
         ("kpis.0.target: the target does not lie on the better side of the threshold, found 0.5, "
         "expected a target above the threshold 0.5")),
        (card({"direction": "lower"}),
         ("kpis.0.target: the target does not lie on the better side of the threshold, found 1, "
         "expected a target below the threshold 0.5")),
        (card({"weight": "0.7"}),
         "kpis: the weights do not add up to exactly 1, found 0.7, expected weights that add up to 1"),
        (card({"bands": [{"from": 0, "score": 1}], "scoring": "linear"}),
         "kpis.0.bands: does not belong here, found a list, expected nothing: the scoring is linear"),
        (card({"bands": [{"from": 0, "score": 1}], "threshold": None, "target": None, "max_score": "5"}),
         "kpis.0.max_score: does not belong here, found 5, expected nothing: the scoring is by bands"),
        (card({"bands": [{"from": 0, "score": 1}], "threshold": None, "target": None, "saturation_cap": "5"}),
         "kpis.0.saturation_cap: does not belong here, found 5, expected nothing: the scoring is by bands"),
        # A word that nobody knows is the only problem: what stands beside it is not judged
        (card({"scoring": "stepwise", "bands": [], "max_score": "5", "saturation_cap": "6"}),
         "kpis.0.scoring: is not one of the choices, found stepwise, expected one of linear, bands"),
        (card(kpis=[]), "kpis: is empty, found a list, expected at least one entry"),
        (card(grades=[]), "grades: is empty, found a list, expected at least one entry"),
        (card(grades=[{"grade": "A" * 11, "from": 0, "coefficient": 1}]),
         "grades.0.grade: is not a text, found AAAAAAAAAAA, expected a text of 1 to 10 visible characters"),
        (card(roles=["boss"]),
         ("roles.0: is not one of the choices, found boss, "
         "expected one of pre_sales, after_sales, comprehensive, call_centre")),
        (card(roles=["pre_sales", "pre_sales"]), "roles.1: stands twice, found pre_sales, expected each only once"),
    ],
)  # fmt: skip
def test_a_broken_scorecard_is_told_in_one_sentence(data: dict[str, Any], problem: str) -> None:
    assert told(lambda: scorecard_from(data)) == ("scorecard", [problem])


def test_weights_are_not_added_up_while_one_cannot_be_read() -> None:
    data = card()
    data["kpis"] = [
        {**data["kpis"][0], "metric": name, "weight": weight} for name, weight in (("a", "0.2"), ("b", "x"))
    ]
    assert [problem.partition(":")[0] for problem in told(lambda: scorecard_from(data))[1]] == ["kpis.1.weight"]


def test_weights_are_added_up_whatever_else_is_wrong() -> None:
    paths = [
        problem.partition(":")[0] for problem in told(lambda: scorecard_from(card({"weight": "0.7"}, roles=["x"])))[1]
    ]
    assert sorted(paths) == ["kpis", "roles.0"]


# --- QA forms ---------------------------------------------------------------------------------------------------------


def test_a_qa_form_with_everything() -> None:
    data = {"form": "ours", "source": "handbook", "name_en": "Ours", "points": [{"code": "N1", "points": "100"}]}
    assert qa_form_from(data, ["N1", "N2"]) == QaFormDocument(
        "ours", "ours", "Ours", None, QaForm("ours", {"N1": Fraction(100)})
    )


@pytest.mark.parametrize(
    ("points", "problem"),
    [
        ([{"code": "F1", "points": "5"}],
         "points.0.code: is not one of the choices, found F1, expected one of N1, N2"),
        ([{"code": "N1", "points": "100.5"}],
         ("points.0.points: is not such a number, found 100.5, expected plain digits such as 12.5, at least 0, "
         "at most 100")),
        ([{"code": "N1", "points": "5"}, {"code": "N1", "points": "6"}],
         "points.1.code: stands twice, found N1, expected each only once"),
    ],
)  # fmt: skip
def test_a_broken_qa_form_is_told_in_one_sentence(points: list[dict[str, str]], problem: str) -> None:
    assert told(lambda: qa_form_from({"form": "ours", "points": points}, ["N1", "N2"])) == ("QA form", [problem])


# --- On-boarding ------------------------------------------------------------------------------------------------------

TEXTS = {"name_zh": "名", "name_en": "name", "text_zh": "文", "text_en": "text"}


def track(*stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = [{"stage": f"s{place}", **TEXTS, "reception": "none", **stage} for place, stage in enumerate(stages, 1)]
    return {"tracks": [{"track": "t", "name_zh": "轨", "name_en": "track", "stages": rows, **more}]}


def test_a_track_with_everything() -> None:
    first = {"from": 1, "to": 3, "exam": "product"}
    second = {"from": 4, "to": 8, "reception": "transferred", "reception_cap": 20, "capped_days": 2}
    third = {"from": 8, "to": 9, "reception": "routed", "reception_cap": 50}
    data = track(first, second, third, mystery_shopper_day=10, source="handbook", note="as told")
    data |= {"catalogue": "c", "source": "s"}
    [read] = tracks_from(data)
    # The third stage starts on the last day of the second: that one has 4 days, 4 to 7; the last day counts
    assert read == Track(
        "t",
        "轨",
        "track",
        (
            Stage("s1", "名", "name", "文", "text", 3, Reception.NONE, None, 0, ExamKind.PRODUCT),
            Stage("s2", "名", "name", "文", "text", 4, Reception.TRANSFERRED, 20, 2, None),
            Stage("s3", "名", "name", "文", "text", 2, Reception.ROUTED, 50, 2, None),
        ),
        10,
    )


def test_a_stage_may_last_ninety_days() -> None:
    [read] = tracks_from(track({"from": 1, "to": 90}))
    assert [stage.days for stage in read.stages] == [90]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (track({"from": 2, "to": 3}), "stages.0.from: is not the first day, found 2, expected 1"),
        (track({"from": 1, "to": 3}, {"from": 5, "to": 6}),
         "stages.1.from: does not follow on the stage before: the next day, or its last day, found 5, expected 3 or 4"),
        (track({"from": 1, "to": 91}), ("stages.0.to: makes the stage too long, found 91, "
         "expected a stage of at most 90 days")),
        (track({"from": 1, "to": 3}, {"from": 4, "to": 3}),
         "stages.1.to: comes before its first day, found 3, expected 4 or later"),
        (track({"from": 1, "to": 3}, mystery_shopper_day=3),
         "mystery_shopper_day: does not come after the last stage, found 3, expected 4 or later"),
        (track({"from": 1, "to": 3, "capped_days": 2}),
         "stages.0.capped_days: does not belong here, found 2, expected nothing without reception_cap"),
        (track({"from": 1, "to": "x"}, {"from": 9, "to": 9}),
         "stages.0.to: is not such a whole number, found x, expected a whole number from 1 to 365"),
        (track({"from": 1, "to": 3, "reception_cap": 0}),
         "stages.0.reception_cap: is not such a whole number, found 0, expected a whole number from 1 to 10000"),
        (track({"from": 1, "to": 3, "stage": "a"}, {"from": 4, "to": 5, "stage": "a"}),
         "stages.1.stage: stands twice, found a, expected each only once"),
        (track(), "stages: is empty, found a list, expected at least one entry"),
    ],
)  # fmt: skip
def test_a_broken_track_is_told_in_one_sentence(data: dict[str, Any], problem: str) -> None:
    assert told(lambda: tracks_from(data)) == ("tracks", [f"tracks.0.{problem}"])


def test_a_track_that_stands_twice() -> None:
    [row] = track({"from": 1, "to": 3})["tracks"]
    assert told(lambda: tracks_from({"tracks": [row, row]})) == (
        "tracks",
        ["tracks.1.track: stands twice, found t, expected each only once"],
    )


def test_no_track_at_all() -> None:
    assert told(lambda: tracks_from({})) == ("tracks", ["tracks: is missing, found nothing, expected a list"])


@pytest.mark.parametrize(
    ("readings", "problem"),
    [
        ({"training_index.method": "coefficient"},
         "training_index.coefficient: is missing, found nothing, expected points for each absence"),
        ({"exams.attempts_a_day": "101"},
         "exams.attempts_a_day: is not such a whole number, found 101, expected a whole number from 1 to 100"),
    ],
)  # fmt: skip
def test_a_broken_reading_is_told_in_one_sentence(readings: dict[str, str], problem: str) -> None:
    assert told(lambda: training_readings_from(readings)) == ("readings", [problem])


# --- Platforms --------------------------------------------------------------------------------------------------------

PLATFORM: dict[str, Any] = {
    "platform": "p",
    "versions": [
        {
            "source": ["004 L21"],
            "consequences": [
                {"code": "warn", "text_zh": "警告", "text_en": "a warning"},
                {"code": "fine", "text_zh": "罚款", "text_en": "a fine"},
            ],
            "standards": [
                {
                    "metric": "deal_rate",
                    "part": "inquiry",
                    "window": "last_30_days",
                    "target": {"operator": ">=", "value": "0.9"},
                    "source": ["004 L22"],
                    "thresholds": [
                        {
                            "consequence": "warn",
                            "when": [
                                {"operator": "<", "value": "benchmark", "reading": "A-30", "otherwise": "<="},
                                {"of": "count", "operator": ">=", "value": "30"},
                            ],
                        }
                    ],
                },
                {
                    "metric": "refund_rate",
                    "part": "after_sales",
                    "window": "last_day",
                    "thresholds": [{"consequence": "fine", "when": [{"operator": ">", "value": "0.1"}]}],
                },
            ],
            "violations": [
                {"kind": "late", "name_zh": "延迟", "name_en": "late", "ladder": "general", "consequences": ["fine"]}
            ],
            "points": {
                "general": {
                    "every": {"points": 12, "consequence": "warn", "fine": "1000.00"},
                    "bands": [{"points": 48, "consequence": "fine"}, {"points": 24, "consequence": "warn"}],
                }
            },
            "fake_trade": {"orders": 96, "times": [{"below": 0, "from": 2}], "mass": 48},
            "late_shipping": {"rate": "0.3", "cap": "500.00"},
            "invoice": {"rate": "1"},
            "fake_shipping": {"least": "5.00", "most": "100.00"},
        },
        {"effective_from": "2026-01-01", "source": ["005 L1"], "consequences": [
            {"code": "warn", "text_zh": "警告", "text_en": "a warning"}]},
    ],
}  # fmt: skip


def test_platform_rules_with_everything() -> None:
    read = platform_rules_from(PLATFORM)
    assert (read.name, [day for day, _rules in read.values]) == ("standards of p", [date.min, date(2026, 1, 1)])
    benchmark = Condition(Of.VALUE, Operator.BELOW, None, "A-30", Operator.AT_MOST)
    count = Condition(Of.COUNT, Operator.AT_LEAST, Fraction(30))
    high = Condition(Of.VALUE, Operator.ABOVE, Fraction(1, 10))
    general = PointsLadder((PointsBand(24, "warn"), PointsBand(48, "fine")), PointsBand(12, "warn", Decimal("1000.00")))
    assert read.on(date(2025, 12, 31)) == PlatformRules(
        platform="p",
        effective_from=None,
        source=("004 L21",),
        consequences={
            "warn": Consequence("warn", "警告", "a warning"),
            "fine": Consequence("fine", "罚款", "a fine"),
        },
        standards=(
            Standard(
                "deal_rate",
                Part.INQUIRY,
                Window.LAST_30_DAYS,
                Condition(Of.VALUE, Operator.AT_LEAST, Fraction(9, 10)),
                (Threshold("warn", (benchmark, count)),),
                ("004 L22",),
            ),
            Standard(
                "refund_rate", Part.AFTER_SALES, Window.LAST_DAY, None, (Threshold("fine", (high,)),), ("004 L21",)
            ),
        ),
        violations={"late": ViolationKind("late", "延迟", "late", "general", ("fine",))},
        ladders={"general": general},
        fake_trade=FakeTrade(96, ((0, 2),), 48),
        late_shipping=ShareOfAmount(Fraction(3, 10), Decimal("500.00")),
        invoice=ShareOfAmount(Fraction(1)),
        fake_shipping=FineRange(Decimal("5.00"), Decimal("100.00")),
    )
    assert read.on(date(2026, 1, 1)) == PlatformRules(
        "p",
        date(2026, 1, 1),
        ("005 L1",),
        {"warn": Consequence("warn", "警告", "a warning")},
        violations={},
        ladders={},
    )


NEEDED = [
    "versions",
    "versions.0.source",
    "versions.0.consequences.0.code",
    "versions.0.consequences.0.text_zh",
    "versions.0.consequences.0.text_en",
    "versions.0.standards.0.metric",
    "versions.0.standards.0.part",
    "versions.0.standards.0.window",
    "versions.0.standards.0.target.operator",
    "versions.0.standards.0.target.value",
    "versions.0.standards.0.thresholds",
    "versions.0.standards.0.thresholds.0.consequence",
    "versions.0.standards.0.thresholds.0.when",
    "versions.0.violations.0.kind",
    "versions.0.violations.0.name_zh",
    "versions.0.violations.0.name_en",
    "versions.0.points.general.bands",
    "versions.0.points.general.bands.0.points",
    "versions.0.points.general.bands.0.consequence",
    "versions.0.points.general.every.points",
    "versions.0.fake_trade.orders",
    "versions.0.fake_trade.times",
    "versions.0.fake_trade.times.0.below",
    "versions.0.fake_trade.times.0.from",
    "versions.0.fake_trade.mass",
    "versions.0.late_shipping.rate",
    "versions.0.fake_shipping.least",
    "versions.0.fake_shipping.most",
    "versions.1.consequences",
]


def without(path: str) -> dict[str, Any]:
    data = deepcopy(PLATFORM)
    place: Any = data
    *way, last = path.split(".")
    for key in way:
        place = place[int(key)] if key.isdigit() else place[key]
    del place[last]
    return data


@pytest.mark.parametrize("path", NEEDED)
def test_what_platform_rules_need_is_missing_when_left_out(path: str) -> None:
    document, problems = told(lambda: platform_rules_from(without(path)))
    assert document == "rules of p"
    assert f"{path}: is missing, found nothing" in {problem.partition(", expected")[0] for problem in problems}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("thresholds", 0, "consequence"), "ban", "is not one of the choices, found ban, expected one of warn, fine"),
        (("thresholds", 0, "when", 0, "value"), "industry",
         "is neither a number nor the benchmark, found industry, expected plain digits, or benchmark"),
        (("thresholds", 0, "when", 0, "operator"), "=>",
         "is not one of the choices, found =>, expected one of >=, >, <=, <, ="),
        (("thresholds", 0, "when"), [], "is empty, found a list, expected at least one entry"),
        (("thresholds",), [], "is empty, found a list, expected at least one entry"),
    ],
)  # fmt: skip
def test_broken_standards_are_told_in_one_sentence(path: tuple[str | int, ...], value: object, problem: str) -> None:
    data = deepcopy(PLATFORM)
    place: Any = data["versions"][0]["standards"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    name = ".".join(map(str, ("versions", 0, "standards", 0, *path)))
    assert told(lambda: platform_rules_from(data)) == ("rules of p", [f"{name}: {problem}"])


def test_two_versions_of_one_day() -> None:
    data = deepcopy(PLATFORM)
    data["versions"].append(deepcopy(data["versions"][1]))
    assert told(lambda: platform_rules_from(data)) == (
        "rules of p",
        ["versions.2.effective_from: stands twice, found 2026-01-01, expected each only once"],
    )


def test_two_consequences_of_one_code() -> None:
    data = deepcopy(PLATFORM)
    data["versions"][0]["consequences"].append({"code": "warn", "text_zh": "警", "text_en": "another"})
    assert told(lambda: platform_rules_from(data)) == (
        "rules of p",
        ["versions.0.consequences.2.code: stands twice, found warn, expected each only once"],
    )
