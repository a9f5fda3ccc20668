"""One store's share of the raw tables: a customer is a buyer at a store, so stores are counted apart and added up."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

Tables = Mapping[str, pl.LazyFrame]

_PRESENCE = "agent_presence"
_BY_STORE = ("chat_sessions", "orders", "complaints", "buyer_history", "traffic_daily", "dsr_snapshots", _PRESENCE)
_BY_SESSION = ("chat_messages", "session_transfers", "service_ratings")
_BY_ORDER = ("order_items", "refunds", "reviews", "payment_chases")


def of_store(tables: Tables, store: str | None) -> dict[str, pl.LazyFrame]:
    """The rows that belong to a store; with None those that name no store at all, such as calls.

    Where sessions or orders do not say their store, nothing can be told apart: all rows belong to no store. Messages,
    transfers and ratings belong to the store of their session, refunds, reviews and chases to that of their order,
    disputes to that of their refund. Presence stands in both: a shop has its own, an agent may be in two at once.
    """
    if not _is_apart(tables):
        return dict(tables) if store is None else {}
    parts = {name: _named(tables[name], store) for name in _BY_STORE if name in tables}
    if store is not None and _PRESENCE in tables and "store_id" not in tables[_PRESENCE].collect_schema():
        del parts[_PRESENCE]
        if stores_of(tables) == (store,):
            parts[_PRESENCE] = tables[_PRESENCE]
    for names, owner, key in ((_BY_SESSION, "chat_sessions", "session_id"), (_BY_ORDER, "orders", "order_id")):
        parts |= {name: _belonging(tables, parts, name, owner, key, store) for name in names if name in tables}
    if "disputes" in tables:
        parts["disputes"] = _belonging(tables, parts, "disputes", "refunds", "refund_id", store)
    if store is None:
        parts |= {name: rows for name, rows in tables.items() if name not in parts or name == _PRESENCE}
    return parts


def stores_of(tables: Tables) -> tuple[str, ...]:
    """Every store that the tables name, sorted; none where they cannot be told apart."""
    named = [
        tables[name].select("store_id")
        for name in _BY_STORE
        if name in tables and "store_id" in tables[name].collect_schema()
    ]
    if not named or not _is_apart(tables):
        return ()
    return tuple(sorted(pl.concat(named).unique().collect()["store_id"].drop_nulls().to_list()))


def _is_apart(tables: Tables) -> bool:
    return all(
        name not in tables or "store_id" in tables[name].collect_schema() for name in ("chat_sessions", "orders")
    )


def _named(rows: pl.LazyFrame, store: str | None) -> pl.LazyFrame:
    if "store_id" not in rows.collect_schema():
        return rows if store is None else rows.clear()
    return rows.filter(pl.col("store_id").is_null() if store is None else pl.col("store_id") == store)


def _belonging(
    tables: Tables, parts: Mapping[str, pl.LazyFrame], name: str, owner: str, key: str, store: str | None
) -> pl.LazyFrame:
    """The rows whose owner is in the part; with no store also those whose owner is not there at all."""
    rows = tables[name]
    if owner not in tables:
        return rows if store is None else rows.clear()
    if store is not None:
        return rows.join(parts[owner].select(key), on=key, how="semi")
    elsewhere = tables[owner].select(key).join(parts[owner].select(key), on=key, how="anti")
    return rows.join(elsewhere, on=key, how="anti")
