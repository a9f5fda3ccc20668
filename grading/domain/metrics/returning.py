"""Orders of returning customers, net of refunds: what the after-sales commission is paid on (RQ-045)."""

from __future__ import annotations

from math import floor

import polars as pl

from grading.domain.metrics.customers import customers_of
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import FEN, Tally, total
from grading.domain.metrics.values import By


@metric("returning_order_amount")
def returning_order_amount(facts: Facts, asked: Asked) -> Tally:
    """Every order after a customer's first, when it is completed, less its refunds (A-40, A-41)."""
    instant = "paid_at" if asked.choice("basis") == "paid" else "completed_at"
    holds = facts.events.holds
    orders = _of_developers(facts, _orders_after_the_first(facts, asked)).filter(pl.col(instant).is_not_null())
    refunds = (
        facts.events.rows("refunds", "order_id", "final_status", "closed_at", "amount")
        .filter((pl.col("final_status") == "success") & pl.col("closed_at").is_not_null())
        .join(orders, on="order_id")
        .with_columns(effective_at=pl.max_horizontal("closed_at", instant))
    )
    rows = [
        orders.filter(holds(instant)).select("subject", amount="amount_paid"),
        refunds.filter(holds("effective_at")).select("subject", amount=-pl.col("amount")),
    ]
    return total(pl.concat(rows), pl.col("amount"), FEN)


def _orders_after_the_first(facts: Facts, asked: Asked) -> pl.LazyFrame:
    """Paid orders of customers with a history, but their first: with ``first_order_id`` and ``developed_by``."""
    events = facts.events
    events.rows("orders", "paid_at", "amount_paid", "completed_at", "buyer_id")
    developers = ("developed_by",) if events.has("buyer_history", "developed_by") else ()
    history = customers_of(events, "buyer_history", "first_order_id", *developers)
    history = history.filter(pl.col("customer").is_not_null()).unique("customer", keep="first", maintain_order=True)
    paid = facts.sales.paid.lazy()
    orders = paid.join(history, on="customer").filter(pl.col("order_id").ne_missing(pl.col("first_order_id")))
    if asked.choice("orders") == "first_repeat_only":
        orders = orders.sort("paid_at", "order_id").unique("customer", keep="first", maintain_order=True)
    days = asked.limit("maintenance_window_days")
    if days is not None:
        firsts = paid.select(first_order_id="order_id", first_paid_at="paid_at")
        since = pl.col("paid_at").dt.date() - pl.col("first_paid_at").dt.date()
        orders = orders.join(firsts, on="first_order_id").filter(since.dt.total_days() <= floor(days))
    return orders


def _of_developers(facts: Facts, orders: pl.LazyFrame) -> pl.LazyFrame:
    """The orders with their subject: who developed the customer, else who spoke last before the first payment."""
    events = facts.events
    if facts.by is By.SHOP:
        events.rows("orders", "store_id")
        return facts.by_store(orders)
    recorded = events.has("buyer_history", "developed_by")
    if recorded and not (events.has("chat_messages", "agent_id") and events.has("chat_sessions", "buyer_id")):
        return facts.by_agent(orders, "developed_by")
    events.rows("chat_messages", "agent_id")
    firsts = facts.sales.orders.lazy().select(first_order_id="order_id", spoken_by=pl.col("agent").cast(pl.String))
    orders = orders.join(firsts, on="first_order_id", how="left")
    developer = pl.coalesce("developed_by", "spoken_by") if recorded else pl.col("spoken_by")
    return facts.by_agent(orders.with_columns(developer=developer), "developer")
