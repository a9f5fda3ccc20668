"""Customers: a buyer at a store, the same whole number in every table that names buyers."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.events import Events

_NAMING_BUYERS = ("chat_sessions", "orders", "complaints", "buyer_history")


def customers_of(events: Events, table: str, *columns: str) -> pl.LazyFrame:
    """Every row of a table: these columns, and the number of its ``customer``, null without a buyer.

    Where one of the tables lacks the store, a customer is the buyer alone. The numbers hold as long as the ``Chat`` of
    the same events lives. Raises ColumnMissing.
    """
    there = [each for each in _NAMING_BUYERS if each in events.tables]
    store = ("store_id",) if all(events.has(each, "store_id") for each in there) else ()
    rows = events.rows(table, *dict.fromkeys((*columns, *store, "buyer_id")))
    buyer = pl.concat_str(*(pl.col(name).fill_null("") for name in store), "buyer_id", separator="\x1f")
    return rows.select(*columns, customer=buyer.cast(pl.Categorical).to_physical())
