"""Order metrics: what was sold, by whom, to how many; what was chased; what came back."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from grading.domain.metrics.customers import customers_of
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import FEN, ONE, Tally, quotient, share, total
from grading.domain.metrics.values import By

_CHASE_HOURS = timedelta(hours=12)


@metric("store_gmv")
def store_gmv(facts: Facts, asked: Asked) -> Tally:
    """What a shop's paid orders come to."""
    return total(facts.paid("amount_paid"), pl.col("amount_paid"), FEN)


@metric("avg_order_value")
def avg_order_value(facts: Facts, asked: Asked) -> Tally:
    """Paid amount per distinct customer, not per order (A-29): a shop's orders, or those an agent is credited with."""
    rows = bought(facts, asked.choice("window"), "buyer_id", "amount_paid")
    return Tally(_per_customer(rows, "amount_paid"), quotient(FEN))


@metric("items_per_buyer")
def items_per_buyer(facts: Facts, asked: Asked) -> Tally:
    """Pieces per distinct customer, of the same orders."""
    return Tally(
        _per_customer(bought(facts, asked.choice("window"), "buyer_id", "quantity"), "quantity"), quotient(ONE)
    )


@metric("served_order_value")
def served_order_value(facts: Facts, asked: Asked) -> Tally:
    """Paid amount of credited orders per distinct customer."""
    return Tally(_per_customer(facts.credited(asked.choice("window"), "amount_paid"), "amount_paid"), quotient(FEN))


@metric("agent_sales_amount")
def agent_sales_amount(facts: Facts, asked: Asked) -> Tally:
    """What the credited orders come to (A-33)."""
    return total(facts.credited(asked.choice("window"), "amount_paid"), pl.col("amount_paid"), FEN)


@metric("chase_paid_amount")
def chase_paid_amount(facts: Facts, asked: Asked) -> Tally:
    """What the orders come to that were chased before they were paid; the last to chase gets them (A-30)."""
    events = facts.events
    chased_by = () if facts.by is By.SHOP else ("agent_id",)
    orders = events.counted("orders", "order_id", "amount_paid", *(("store_id",) if facts.by is By.SHOP else ()))
    chases = events.rows("payment_chases", "order_id", "sent_at", *chased_by)
    last = (
        orders.join(chases, on="order_id")
        .filter(pl.col("sent_at") < pl.col("paid_at"))
        .sort("sent_at", *chased_by)
        .unique("order_id", keep="last", maintain_order=True)
    )
    return total(facts.of(last), pl.col("amount_paid"), FEN)


@metric("chase_coverage_12h")
def chase_coverage_12h(facts: Facts, asked: Asked) -> Tally:
    """Orders still unpaid 12 hours after they were placed: those chased within these hours (RQ-162)."""
    events = facts.events
    chases = events.rows("payment_chases", "order_id", "sent_at")
    columns = ("order_id", "created_at", "paid_at")
    if facts.by is By.SHOP:
        placed = facts.by_store(events.rows("orders", *columns, "store_id"))
    else:
        placed = facts.of_spoken(facts.sales.last_spoken(customers_of(events, "orders", *columns), "created_at"))
    due = pl.col("created_at") + _CHASE_HOURS
    unpaid = placed.filter(events.holds("created_at") & (pl.col("paid_at").is_null() | (pl.col("paid_at") > due)))
    in_time = (
        unpaid.select("order_id", "created_at")
        .join(chases, on="order_id")
        .filter((pl.col("sent_at") >= pl.col("created_at")) & (pl.col("sent_at") <= due))
        .select("order_id", chased=pl.lit(value=True))
        .unique()
    )
    return share(unpaid.join(in_time, on="order_id", how="left"), pl.col("chased"))


@metric("return_order_rate")
def return_order_rate(facts: Facts, asked: Asked) -> Tally:
    """Orders sent back or exchanged, or followed by an upheld complaint of the customer, of all."""
    events = facts.events
    sent_back = (
        events.rows("refunds", "order_id", "type")
        .filter(pl.col("type").is_in(["return_refund", "exchange"]))
        .select("order_id", sent_back=pl.lit(value=True))
        .unique()
    )
    complaints = (
        customers_of(events, "complaints", "filed_at", "upheld")
        .filter(pl.col("upheld"))
        .group_by("customer")
        .agg(pl.col("filed_at").max())
    )
    orders = bought(facts, asked.choice("window"), "buyer_id")
    orders = orders.join(sent_back, on="order_id", how="left").join(complaints, on="customer", how="left")
    complained = (pl.col("filed_at") >= pl.col("paid_at")).fill_null(value=False)
    return share(orders, pl.col("sent_back").fill_null(value=False) | complained)


@metric("return_rate")
def return_rate(facts: Facts, asked: Asked) -> Tally:
    """Shipped orders whose return was refunded, of all shipped ones."""
    returned = (
        facts.events.rows("refunds", "order_id", "type", "final_status")
        .filter((pl.col("type") == "return_refund") & (pl.col("final_status") == "success"))
        .select("order_id", returned=pl.lit(value=True))
        .unique()
    )
    shipped = bought(facts, asked.choice("window"), "shipped_at").filter(pl.col("shipped_at").is_not_null())
    return share(shipped.join(returned, on="order_id", how="left"), pl.col("returned"))


def bought(facts: Facts, window: str, *columns: str) -> pl.LazyFrame:
    """Orders paid in the span: all of a shop's, or those that an agent or team is credited with."""
    return facts.paid(*columns) if facts.by is By.SHOP else facts.credited(window, *columns)


def _per_customer(rows: pl.LazyFrame, column: str) -> pl.LazyFrame:
    customers = pl.col("customer").drop_nulls().n_unique()
    return rows.group_by("subject").agg(numerator=pl.col(column).sum(), denominator=customers)
