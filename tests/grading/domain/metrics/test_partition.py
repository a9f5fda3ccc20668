"""A store's share of the raw tables, and what belongs to none."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from grading.domain.metrics.partition import of_store, stores_of


def lazy(**tables: dict[str, list[Any]]) -> dict[str, pl.LazyFrame]:
    return {name: pl.LazyFrame(columns) for name, columns in tables.items()}


TABLES = lazy(
    chat_sessions={"session_id": ["s1", "s2", "s3"], "store_id": ["A", "B", None]},
    chat_messages={"session_id": ["s1", "s2", "s3", "s9"], "message_id": ["m1", "m2", "m3", "m9"]},
    orders={"order_id": ["o1", "o2"], "store_id": ["A", "B"]},
    refunds={"refund_id": ["r1", "r2"], "order_id": ["o1", "o2"]},
    disputes={"refund_id": ["r2"]},
    calls={"call_id": ["k1"]},
    agent_presence={"agent_id": ["X", "X"], "store_id": ["A", "B"]},
)


@pytest.mark.parametrize(
    ("store", "table", "column", "expected"),
    [
        ("A", "chat_messages", "message_id", ["m1"]),
        ("B", "refunds", "refund_id", ["r2"]),
        ("A", "disputes", "refund_id", []),
        ("B", "disputes", "refund_id", ["r2"]),
        (None, "chat_messages", "message_id", ["m3", "m9"]),  # a session without a store, and one that is not there
        (None, "calls", "call_id", ["k1"]),
        ("A", "agent_presence", "agent_id", ["X"]),
        (None, "agent_presence", "agent_id", ["X", "X"]),  # an agent may be in two stores at once
        (None, "refunds", "refund_id", []),
    ],
)
def test_rows_follow_their_session_order_or_refund(
    store: str | None, table: str, column: str, expected: list[str]
) -> None:
    assert of_store(TABLES, store)[table].collect()[column].to_list() == expected


def test_every_row_belongs_to_exactly_one_part() -> None:
    parts = [of_store(TABLES, store) for store in (*stores_of(TABLES), None)]
    for name, rows in TABLES.items():
        if name == "agent_presence":
            continue
        counted = sum(part[name].collect().height for part in parts if name in part)
        assert counted == rows.collect().height, name


def test_stores_are_sorted_and_calls_belong_to_none() -> None:
    assert stores_of(TABLES) == ("A", "B")
    assert "calls" not in of_store(TABLES, "A")


def test_orders_without_a_store_leave_everything_in_one_part() -> None:
    tables = {**TABLES, "orders": pl.LazyFrame({"order_id": ["o1", "o2"]})}
    assert stores_of(tables) == ()
    assert of_store(tables, None).keys() == tables.keys()
    assert of_store(tables, None)["chat_sessions"].collect().height == 3
