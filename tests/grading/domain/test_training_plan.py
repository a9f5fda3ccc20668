"""The three tracks day by day, worked by hand from 002 L64; the training index, M-16."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from grading.domain.exam import Counted, ExamKind
from grading.domain.training import (
    Allowance,
    BadStageLength,
    DayCount,
    IndexRule,
    Progress,
    Reception,
    UnknownStage,
    UnknownTrack,
    plan,
    training_index,
)
from grading.domain.training_document import TrainingReadings, tracks_from, training_readings_from
from grading.kernel.document import BrokenDocument
from grading.rulebook import training_track, training_tracks

MONDAY = date(2026, 6, 1)


def day(number: int) -> date:
    """The n-th calendar day of a plan that begins on MONDAY."""
    return MONDAY + timedelta(days=number - 1)


# Every boundary day of 「第一天」「第2-7天」「第8-14天」「第15-21天」「第22天」 and of
# 「第1-4」「第5-8天」「第8-15天」「第15天开始」.
STAGES = [
    ("class_1", 0, None),
    ("class_1", 1, "trade_and_tools"),
    ("class_1", 2, "product"),
    ("class_1", 7, "product"),
    ("class_1", 8, "scripts_and_mentor"),
    ("class_1", 14, "scripts_and_mentor"),
    ("class_1", 15, "on_ones_own"),
    ("class_1", 21, "on_ones_own"),
    ("class_1", 22, None),
    ("class_2", 0, None),
    ("class_2", 1, "trade_and_tools"),
    ("class_2", 2, "product"),
    ("class_2", 3, "product"),
    ("class_2", 4, "scripts_and_mentor"),
    ("class_2", 5, "scripts_and_mentor"),
    ("class_2", 6, "on_ones_own"),
    ("class_2", 7, "on_ones_own"),
    ("class_2", 8, None),
    ("class_3", 0, None),
    ("class_3", 1, "trade_and_rules"),
    ("class_3", 4, "trade_and_rules"),
    ("class_3", 5, "product"),
    ("class_3", 7, "product"),
    ("class_3", 8, "after_sales_chats"),  # 5–8 and 8–15 share day 8: the later stage's
    ("class_3", 14, "after_sales_chats"),
    ("class_3", 15, "first_receptions"),  # 8–15 and 15– share day 15
    ("class_3", 17, "first_receptions"),
    ("class_3", 18, None),
]


@pytest.mark.parametrize(("track", "number", "stage"), STAGES)
def test_the_stage_of_a_day(track: str, number: int, stage: str | None) -> None:
    held = plan(training_track(track), MONDAY).stage_on(day(number))
    assert (held.stage.code if held else None) == stage


@pytest.mark.parametrize(
    ("track", "number", "reception", "cap"),
    [
        ("class_1", 0, Reception.NONE, 0),
        ("class_1", 7, Reception.NONE, 0),
        ("class_1", 8, Reception.TRANSFERRED, None),
        ("class_1", 14, Reception.TRANSFERRED, None),
        ("class_1", 15, Reception.ROUTED, None),
        ("class_1", 22, Reception.ROUTED, None),
        ("class_3", 14, Reception.NONE, 0),
        ("class_3", 15, Reception.ROUTED, 10),
        ("class_3", 16, Reception.ROUTED, 10),
        ("class_3", 17, Reception.ROUTED, 10),
        ("class_3", 18, Reception.ROUTED, None),
    ],
)
def test_whom_a_new_agent_may_serve(track: str, number: int, reception: Reception, cap: int | None) -> None:
    assert plan(training_track(track), MONDAY).allowance_on(day(number)) == Allowance(reception, cap)


def test_the_limit_ends_after_three_days_of_a_longer_stage() -> None:
    held = plan(training_track("class_3"), MONDAY, {"first_receptions": 6})
    assert [held.allowance_on(day(number)).cap for number in (17, 18, 20)] == [10, None, None]


@pytest.mark.parametrize(
    ("track", "shopped_on", "days", "last_day"),
    [
        ("class_1", date(2026, 6, 22), 22, date(2026, 6, 22)),
        ("class_2", date(2026, 6, 8), 8, date(2026, 6, 8)),
        ("class_3", None, 17, date(2026, 6, 17)),
    ],
)
def test_the_mystery_shopper_comes_on_day_22(track: str, shopped_on: date | None, days: int, last_day: date) -> None:
    held = plan(training_track(track), MONDAY)
    assert (held.mystery_shopper_on, held.days, held.last_day) == (shopped_on, days, last_day)


def test_a_longer_stage_moves_everything_after_it() -> None:
    held = plan(training_track("class_1"), MONDAY, {"product": 9, "scripts_and_mentor": 5})
    # 1 + 9 + 5 + 7 = 22 days: stages begin on days 1, 2, 11 and 16, and the mystery shopper comes on day 23
    assert [each.first for each in held.stages] == [1, 2, 11, 16]
    assert held.mystery_shopper_on == date(2026, 6, 23)


def test_working_days_leave_weekends_out() -> None:
    held = plan(training_track("class_1"), MONDAY, day_count=DayCount.WORKING)
    # Mo 1 June is day 1; Tu 2 day 2; day 7 is Tu 9; day 8 We 10; day 14 Th 18; day 15 Fr 19; day 22 Tu 30
    assert [each.span.start for each in held.stages] == [
        date(2026, 6, 1),
        date(2026, 6, 2),
        date(2026, 6, 10),
        date(2026, 6, 19),
    ]
    assert held.mystery_shopper_on == date(2026, 6, 30)
    assert [held.day_number(each) for each in (date(2026, 6, 5), date(2026, 6, 7), date(2026, 6, 8))] == [5, 5, 6]
    saturday = held.stage_on(date(2026, 6, 6))
    assert saturday is not None
    assert saturday.stage.code == "product"


def test_a_plan_of_working_days_that_begins_on_a_saturday() -> None:
    held = plan(training_track("class_1"), date(2026, 6, 6), day_count=DayCount.WORKING)
    assert held.stages[0].span.start == date(2026, 6, 8)
    assert held.progress_on(date(2026, 6, 7)) is Progress.NOT_BEGUN


@pytest.mark.parametrize(
    ("track", "number", "passed", "progress"),
    [
        ("class_1", 0, None, Progress.NOT_BEGUN),
        ("class_1", 1, None, Progress.UNDER_WAY),
        ("class_1", 21, None, Progress.UNDER_WAY),
        ("class_1", 22, None, Progress.MYSTERY_SHOPPER_DUE),
        ("class_1", 23, None, Progress.MYSTERY_SHOPPER_OVERDUE),
        ("class_1", 22, True, Progress.THROUGH),
        ("class_1", 21, True, Progress.UNDER_WAY),
        ("class_1", 22, False, Progress.NOT_SUITABLE),
        ("class_1", 40, False, Progress.NOT_SUITABLE),
        ("class_3", 17, None, Progress.UNDER_WAY),
        ("class_3", 18, None, Progress.THROUGH),
        ("class_3", 18, False, Progress.THROUGH),  # the source has no mystery shopper for after-sales
    ],
)
def test_how_far_an_onboarding_is(track: str, number: int, passed: bool | None, progress: Progress) -> None:
    assert plan(training_track(track), MONDAY).progress_on(day(number), passed=passed) is progress


def test_only_stages_of_the_track_can_be_changed() -> None:
    with pytest.raises(UnknownStage, match="trade_and_rules"):
        plan(training_track("class_3"), MONDAY, {"on_ones_own": 3})
    for days in (0, 91):
        with pytest.raises(BadStageLength):
            plan(training_track("class_1"), MONDAY, {"product": days})
    with pytest.raises(UnknownTrack, match="class_1, class_2, class_3"):
        training_track("class_4")


def test_the_product_test_ends_the_product_stage() -> None:
    exams = {
        code: [stage.code for stage in track.stages if stage.exam is ExamKind.PRODUCT]
        for code, track in training_tracks().items()
    }
    assert exams == {"class_1": ["product"], "class_2": ["product"], "class_3": []}


# --- M-16 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "attended", "coefficient", "expected"),
    [
        pytest.param(IndexRule.COEFFICIENT, 6, "5", "76", id="M-16 86 − 2 × 5"),
        pytest.param(IndexRule.LITERAL, 6, "0", "74", id="M-16 literal, 86 − 2 × 6"),
        pytest.param(IndexRule.RATIO, 6, "0", "61", id="M-16 ratio, 86 − 2 of 8"),
        pytest.param(IndexRule.COEFFICIENT, 6, "50", "0", id="M-16 never below 0"),
    ],
)
def test_examples_M_16_training_index(rule: IndexRule, attended: int, coefficient: str, expected: str) -> None:  # noqa: N802
    assert training_index(Fraction(86), 2, attended, rule, Fraction(coefficient)) == Fraction(expected)


def test_an_index_without_absences_is_the_score() -> None:
    for rule in IndexRule:
        assert training_index(Fraction("85.5"), 0, 3, rule, Fraction(5)) == Fraction("85.5")


# --- Documents --------------------------------------------------------------------------------------------------------


def track(*stages: dict[str, object], **more: object) -> dict[str, object]:
    texts = {"name_zh": "名", "name_en": "name", "text_zh": "文", "text_en": "text", "reception": "none"}
    rows = [{"stage": f"s{place}", **texts, **stage} for place, stage in enumerate(stages, start=1)]
    return {"tracks": [{"track": "t", "name_zh": "名", "name_en": "name", "stages": rows, **more}]}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (track({"from": 2, "to": 3}), "tracks.0.stages.0.from"),
        (track({"from": 1, "to": 3}, {"from": 5, "to": 6}), "tracks.0.stages.1.from"),
        (track({"from": 1, "to": 3}, {"from": 2, "to": 6}), "tracks.0.stages.1.from"),
        (track({"from": 1, "to": 1}, {"from": 1, "to": 6}), "tracks.0.stages.1.from"),
        (track({"from": 1, "to": 0}), "tracks.0.stages.0.to"),
        (track({"from": 1, "to": 91}), "tracks.0.stages.0.to"),
        (track({"from": 1, "to": 3}, mystery_shopper_day=3), "tracks.0.mystery_shopper_day"),
        (track({"from": 1, "to": 3, "capped_days": 2}), "tracks.0.stages.0.capped_days"),
        (track({"from": 1, "to": 3, "reception": "all"}), "tracks.0.stages.0.reception"),
        (track({"from": 1, "to": 3, "stage": "a"}, {"from": 4, "to": 5, "stage": "a"}), "tracks.0.stages.1.stage"),
    ],
)
def test_a_broken_track_names_its_problem(data: dict[str, object], path: str) -> None:
    with pytest.raises(BrokenDocument) as raised:
        tracks_from(data)
    assert path in {problem.path for problem in raised.value.problems}


def test_readings_of_a_company() -> None:
    assert training_readings_from({}) == TrainingReadings()
    assert training_readings_from({"attribution.days": "3", "training_index.coefficient": "5"}) == TrainingReadings(
        index_rule=IndexRule.COEFFICIENT, index_coefficient=Fraction(5)
    )
    assert training_readings_from(
        {
            "training_index.method": "ratio",
            "exams.attempts_a_day": "2",
            "exams.counted": "best",
            "onboarding.days": "working",
        }
    ) == TrainingReadings(
        index_rule=IndexRule.RATIO, attempts_a_day=2, counted=Counted.BEST, day_count=DayCount.WORKING
    )


@pytest.mark.parametrize(
    "readings",
    [
        {"training_index.method": "coefficient"},  # without the points there is nothing to take off
        {"training_index.coefficient": "-1"},
        {"exams.attempts_a_day": "0"},
        {"exams.counted": "first"},
        {"onboarding.days": "weeks"},
    ],
)
def test_readings_that_mean_nothing_are_refused(readings: dict[str, str]) -> None:
    with pytest.raises(BrokenDocument):
        training_readings_from(readings)
