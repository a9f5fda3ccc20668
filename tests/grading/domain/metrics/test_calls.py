"""Call-centre indices, with every reading of A-11 and A-12, worked by hand."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest

from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import events_of, value

JUNE = ("2024-06-01", "2024-06-30")
TEAMS = "agent_no | team\nA | north\nB | north\nC | south"


def calls(count: int, *, set_apart: int = 0) -> Events:
    """Calls of agent A, the first of them complaints or secondary by turns."""
    rows = pl.DataFrame({"row": range(count)}).select(
        call_id=pl.col("row").cast(pl.String),
        agent_id=pl.lit("A"),
        started_at=pl.datetime(2024, 6, 3, 10, time_unit="us"),
        is_complaint=(pl.col("row") < set_apart) & (pl.col("row") % 2 == 0),
        is_secondary=(pl.col("row") < set_apart) & (pl.col("row") % 2 == 1),
    )
    return events_of(JUNE, calls=rows)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param({}, Fraction(94, 100), id="examples M_14 (5200 − 500) / 5000"),
        pytest.param(
            {"call_traffic_index.method": "reduce_target"}, Fraction(5200, 4500), id="examples M_14 5200 / (5000 − 500)"
        ),
        pytest.param({"call_traffic_index.unit": "4000"}, Fraction(4700, 4000), id="another unit"),
        pytest.param(
            {"call_traffic_index.method": "reduce_target", "call_traffic_index.unit": "500"},
            "not_applicable",
            id="nothing is left of the target",
        ),
        pytest.param(
            {"call_traffic_index.method": "reduce_target", "call_traffic_index.unit": "499"},
            "not_applicable",
            id="less than nothing is left of it",
        ),
    ],
)
def test_m_14_traffic(reading: dict[str, str], expected: Fraction | str) -> None:
    assert value(calls(5200, set_apart=500), "call_traffic_index", "A", readings=reading) == expected


CALLS = """
agent_id | started_at | connected | talk_seconds | is_complaint | is_secondary
A | 2024-06-01 00:00:00 | yes | 60  | yes | yes
A | 2024-06-30 23:59:59 | yes | 120 | no  | yes
A | 2024-06-03 10:00:00 | no  | 30  | no  |
A | 2024-07-01 00:00:00 | yes | 999 | yes | no
B | 2024-06-03 10:00:00 | yes | 200 | no  | no
C | 2024-06-03 10:00:00 | no  |     | no  | no
"""


def test_calls() -> None:
    """A: 2 of 3 connected, (60 + 120) / 2 = 90 s. B: 1 of 1, 200 s. C: 0 of 1. North: 3 of 4, 380/3 s."""
    events = events_of(JUNE, calls=CALLS, agents=TEAMS)
    assert value(events, "call_completion_rate", "A") == Fraction(2, 3)
    assert value(events, "avg_call_duration_sec", "A") == 90
    assert value(events, "call_completion_rate", "C") == 0
    assert value(events, "avg_call_duration_sec", "C") == "not_applicable"
    assert value(events, "call_completion_rate", "north", By.TEAM) == Fraction(3, 4)
    assert value(events, "avg_call_duration_sec", "north", By.TEAM) == Fraction(380, 3)


def test_a_call_that_is_both_comes_off_once_and_a_team_has_a_unit_for_each_seat() -> None:
    """A: 3 − 2 over 10. North: 4 − 2 over 2 × 10; C's team: 1 over 10."""
    events = events_of(JUNE, calls=CALLS, agents=TEAMS)
    unit = {"call_traffic_index.unit": "10"}
    assert value(events, "call_traffic_index", "A", readings=unit) == Fraction(1, 10)
    assert value(events, "call_traffic_index", "north", By.TEAM, unit) == Fraction(2, 20)
    assert value(events, "call_traffic_index", "south", By.TEAM, unit) == Fraction(1, 10)


def test_an_agent_without_calls() -> None:
    events = events_of(JUNE, calls=CALLS, attendance_daily="agent_id | date | status\nD | 2024-06-03 | present")
    assert value(events, "call_traffic_index", "D") == 0
    assert value(events, "call_completion_rate", "D") == "not_applicable"
    assert value(events, "avg_call_duration_sec", "D") == "not_applicable"


QUALITY = {
    "qa_evaluations": """
agent_id | checked_on | score
A | 2024-06-03 | 94
A | 2024-06-04 | 90
B | 2024-06-03 | 80
""",
    "manual_scores": """
agent_id | metric | date | score
A | module_rating | 2024-06-03 | 88
A | efficiency_score | 2024-06-03 | 10
C | module_rating | 2024-06-03 | 70
""",
    "calls": """
agent_id | started_at | is_complaint
A | 2024-06-03 10:00:00 | yes
A | 2024-06-03 10:00:00 | yes
A | 2024-06-03 10:00:00 | yes
A | 2024-06-03 10:00:00 | no
A | 2024-07-03 10:00:00 | yes
""",
}


@pytest.mark.parametrize(
    ("coefficient", "expected"),
    [
        # means 92 and 88: 90; 3 complaints × 2
        pytest.param("2", Fraction(84), id="examples M_15"),
        pytest.param("0.5", Fraction("88.5"), id="another coefficient"),
        pytest.param("30.01", Fraction(0), id="not below 0"),
        pytest.param("-4", Fraction(100), id="not above 100"),
        pytest.param(None, "missing: readings.call_quality_index.coefficient", id="it must be set"),
    ],
)
def test_m_15_quality(coefficient: str | None, expected: Fraction | str) -> None:
    readings = {} if coefficient is None else {"call_quality_index": coefficient}
    assert value(events_of(JUNE, **QUALITY), "call_quality_index", "A", readings=readings) == expected


def test_quality_needs_both_scores() -> None:
    """B was never rated, C never checked. North has A's and B's checks: (94 + 90 + 80) / 3 = 88, and 88: 88 − 6."""
    events = events_of(JUNE, **QUALITY, agents=TEAMS)
    set_to_2 = {"call_quality_index.coefficient": "2"}
    assert value(events, "call_quality_index", "B", readings=set_to_2) == "not_applicable"
    assert value(events, "call_quality_index", "C", readings=set_to_2) == "not_applicable"
    assert value(events, "call_quality_index", "north", By.TEAM, set_to_2) == 82


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("call_traffic_index", "missing: calls.is_complaint"),
        ("call_completion_rate", "missing: calls.connected"),
        ("avg_call_duration_sec", "missing: calls.connected"),
        ("call_quality_index", "missing: manual_scores.agent_id"),
    ],
)
def test_a_missing_column_is_named(metric: str, reason: str) -> None:
    events = events_of(JUNE, calls="agent_id | started_at\nA | 2024-06-03 10:00:00")
    assert value(events, metric, "A", readings={"call_quality_index": "2"}) == reason
