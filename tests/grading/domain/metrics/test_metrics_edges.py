"""Metrics that only shops have or nobody counts, buyers whose numbers run into those of their stores, and readings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from grading.domain.metrics.definition import Readings, UnknownReading
from grading.domain.metrics.engine import compute
from grading.domain.metrics.values import By
from grading.rulebook import metric_definitions
from tests.grading.domain.metrics.tables import table
from tests.grading.domain.metrics.talks import counted, events, talks


def test_a_metric_of_shops_is_never_missing_for_an_agent() -> None:
    chats = talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:01:00 A")
    assert counted(events(**chats), "silent_conversion_rate") == {"A": "not_applicable"}


def test_a_store_and_a_buyer_are_told_apart_where_their_numbers_meet() -> None:
    """Buyer 1x of s1 and buyer x of s11 are two customers, although both spell s11x."""
    chats = talks(
        "c1 s1 1x | 06-01 10:00:00 ? | 06-01 10:01:00 A",
        "c2 s11 x | 06-01 11:00:00 ? | 06-01 11:01:00 A",
    )
    assert counted(events(**chats), "reception_count") == {"A": "2/1"}


def test_a_metric_that_nobody_counts_is_missing_by_its_own_name() -> None:
    chats = talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:01:00 A")
    unheard_of = replace(metric_definitions()["reply_rate_30s"], id="unheard_of")
    found = compute(events(**chats), (By.AGENT,), (unheard_of,), Readings({"unheard_of": unheard_of}))
    assert [(each.subject, each.value, each.reason) for each in found] == [("A", None, "missing: unheard_of")]


def test_a_metric_without_a_value_is_still_that_metric_of_that_agent() -> None:
    """B was checked, but no buyer wrote to B: there is no mean wait."""
    chats = talks("c1 s1 x | 06-01 10:00:00 ? | 06-01 10:01:00 A")
    checks = table("qa_evaluations", "agent_id | score | checked_on\nB | 90 | 2024-06-01")
    definitions = metric_definitions()
    asked = (definitions["avg_human_response_sec"],)
    found = compute(events(**chats, qa_evaluations=checks), (By.AGENT,), asked, Readings(definitions))
    assert [(each.metric, each.by, each.subject, each.reason) for each in found] == [
        ("avg_human_response_sec", By.AGENT, "A", None),
        ("avg_human_response_sec", By.AGENT, "B", "not_applicable"),
    ]


# --- Readings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("reply_rate_30s.level", "turns", "Options: message, turn, agent_msgs."),
        ("reply_rate_30s.levle", "turn", "Readings of this metric: reply_rate_30s.level."),
        ("unheard_of.level", "turn", "Readings of this metric: none."),
        ("attendance_rate", "turn", "Readings of this metric: none."),
        ("training_index.coefficient", "five", "A plain number is expected."),
    ],
)
def test_a_reading_that_is_not_offered_is_told_what_is(key: str, value: str, expected: str) -> None:
    with pytest.raises(UnknownReading) as raised:
        Readings(metric_definitions(), {key: value})
    assert raised.value.values == {"reading": f"{key}={value}", "expected": expected}


def test_the_only_reading_of_a_metric_needs_no_name() -> None:
    assert Readings(metric_definitions(), {"reply_rate_30s": "turn"}).choice("reply_rate_30s", "level") == "turn"


def test_a_reading_that_nobody_chose_is_the_default_or_nothing() -> None:
    readings = Readings(metric_definitions())
    assert readings.choice("reply_rate_30s", "level") == "message"
    assert readings.number("call_traffic_index", "unit") == 5000
    assert readings.number("training_index", "coefficient") is None


def test_a_number_that_was_chosen_is_exact() -> None:
    readings = Readings(metric_definitions(), {"training_index.coefficient": "0.1"})
    assert readings.number("training_index", "coefficient") == Fraction(1, 10)
