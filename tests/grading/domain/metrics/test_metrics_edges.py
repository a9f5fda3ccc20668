"""Metrics that only shops have or nobody counts, buyers whose numbers run into those of their stores, and readings."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from grading.domain.metrics.definition import Platform, Readings, UnknownReading, flat_readings
from grading.domain.metrics.engine import compute, metrics_of
from grading.domain.metrics.events import ColumnMissing
from grading.domain.metrics.values import By
from grading.rulebook import metric_definitions
from tests.grading.domain.metrics.tables import table, values
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


def test_a_count_over_nothing_is_not_applicable() -> None:
    """x paid without asking on a day on which every visitor asked: one over none."""
    happened = events(
        **talks("c1 s1 y | 06-03 10:00:00 ? | 06-03 10:01:00 A"),
        orders="order_id | store_id | buyer_id | paid_at\no1 | s1 | x | 2024-06-03 12:00:00",
        traffic_daily="store_id | date | visitors | inquirers\ns1 | 2024-06-03 | 5 | 5",
    )
    assert counted(happened, "silent_conversion_rate", By.SHOP) == {"s1": "not_applicable"}


def test_time_online_adds_up_over_the_same_window() -> None:
    presence = "agent_id | store_id | state | from | to\nA | s1 | online | 2024-06-03 09:00:00 | 2024-06-03 10:00:00"
    found = values(events(agent_presence=presence), "online_coverage", By.SHOP)["s1"]
    assert found.is_sum


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


def test_readings_may_be_nested_or_written_with_a_point() -> None:
    written = {"a.level": "turn", "b": {"level": "message", "unit": 5}, "c": "72h"}
    assert flat_readings(written) == {"a.level": "turn", "b.level": "message", "b.unit": 5, "c": "72h"}


# --- What is asked, and of which rows ---------------------------------------------------------------------------------


def test_a_platform_has_its_own_metrics_and_no_platform_those_of_several() -> None:
    general = metric_definitions()["reply_rate_30s"]
    own = replace(general, id="own", platforms=(Platform.PDD,))
    others = replace(general, id="others", platforms=(Platform.KUAISHOU,))
    shared = replace(general, id="shared", platforms=(Platform.PDD, Platform.KUAISHOU))
    calls = replace(general, id="calls", platforms=(Platform.CALL_CENTRE,))
    known = (own, others, shared, calls)
    assert [each.id for each in metrics_of(Platform.PDD, known)] == ["own", "shared"]
    assert [each.id for each in metrics_of(None, known)] == ["shared", "calls"]


def test_rows_of_a_table_that_is_not_there_name_its_column() -> None:
    happened = events(**talks("c1 s1 x | 06-01 10:00:00 ?"))
    for asked, named in ((("order_id",), "orders.order_id"), ((), "orders.order_id")):
        with pytest.raises(ColumnMissing) as raised:
            happened.rows("orders", *asked)
        assert str(raised.value) == named


def test_a_table_without_a_day_of_its_own_cannot_be_counted() -> None:
    happened = events(agents=table("agents", "agent_no | team\nA | north"))
    with pytest.raises(ValueError, match=r"^agents has no anchor$"):
        happened.counted("agents", "team")
