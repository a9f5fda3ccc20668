"""On-boarding on its first and shortest days, and an index of somebody who had nothing to attend."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from grading.domain.training import DayCount, IndexRule, Reception, Stage, Track, plan, training_index
from grading.domain.training_document import TrainingReadings, training_readings_from

TRACK = Track(
    "t",
    "轨",
    "track",
    (
        Stage("watch", "看", "watch", "看", "watch", 3, Reception.NONE, None, 0, None),
        Stage("serve", "做", "serve", "做", "serve", 4, Reception.ROUTED, 20, 2, None),
    ),
    None,
)
MONDAY = date(2026, 6, 1)


@pytest.mark.parametrize(("day", "number"), [(31, 0), (1, 1), (2, 2)])
def test_days_are_counted_from_the_first_one(day: int, number: int) -> None:
    held = plan(TRACK, MONDAY, {}, DayCount.CALENDAR)
    assert held.day_number(date(2026, 5 if day == 31 else 6, day)) == number


def test_a_stage_may_last_a_single_day() -> None:
    held = plan(TRACK, MONDAY, {"watch": 1, "serve": 90}, DayCount.CALENDAR)
    assert [stage.span.days for stage in held.stages] == [1, 90]


@pytest.mark.parametrize("rule", list(IndexRule))
def test_without_anything_to_attend_the_index_is_the_score(rule: IndexRule) -> None:
    assert training_index(Fraction(90), 0, 0, rule, Fraction(5)) == 90


@pytest.mark.parametrize("points", ["0", "0.5"])
def test_an_absence_may_cost_less_than_a_point(points: str) -> None:
    assert training_readings_from({"training_index.coefficient": points}) == TrainingReadings(
        IndexRule.COEFFICIENT, Fraction(points)
    )
