"""Kuaishou's fulfilment and after-sales metrics (004 L21). Its disputes are counted as any (refunds.py)."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.refunds import hours, refunds_of
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import HOUR, Tally, mean, share

_PICK_UP = timedelta(hours=24)
_FIRST_DAY, _LAST_DAY = timedelta(days=33), timedelta(days=4)


@metric("ks_timely_ship_rate")
def ks_timely_ship_rate(facts: Facts, asked: Asked) -> Tally:
    """Orders with a promised time of shipping: those shipped by then (RQ-112)."""
    facts.only_shops()
    refunds = _refunds_asked(facts).group_by("order_id").agg(pl.col("applied_at").min())
    orders = facts.paid("promise_ship_at", "shipped_at").filter(pl.col("promise_ship_at").is_not_null())
    in_time = (pl.col("shipped_at") <= pl.col("promise_ship_at")).fill_null(value=False)
    called_off = (pl.col("applied_at") <= pl.col("promise_ship_at")).fill_null(value=False)
    rows = orders.join(refunds, on="order_id", how="left").with_columns(in_time=in_time)
    return share(rows.filter(pl.col("in_time") | ~called_off), pl.col("in_time"))


def _refunds_asked(facts: Facts) -> pl.LazyFrame:
    """``order_id, applied_at`` of refunds; none where the exports hold no refunds: then no order was called off."""
    if "refunds" not in facts.events.tables:
        return pl.LazyFrame(schema={"order_id": pl.String(), "applied_at": pl.Datetime("us")})
    return facts.events.rows("refunds", "order_id", "applied_at")


@metric("ks_pickup_anomaly_rate")
def ks_pickup_anomaly_rate(facts: Facts, asked: Asked) -> Tally:
    """Shipped orders paid from 33 to 4 days before the last day: those not picked up within 24 hours (RQ-113)."""
    facts.only_shops()
    events = facts.events
    shipped = events.rows("orders", "order_id", "paid_at", "shipped_at", "picked_up_at", "store_id")
    shipped = facts.by_store(shipped.filter(_paid_in_time(facts, asked) & pl.col("shipped_at").is_not_null()))
    until = pl.col("shipped_at") + _PICK_UP
    called_off = (
        shipped.join(_refunds_asked(facts), on="order_id")
        .filter((pl.col("applied_at") >= pl.col("shipped_at")) & (pl.col("applied_at") <= until))
        .filter(pl.col("picked_up_at").is_null() | (pl.col("applied_at") < pl.col("picked_up_at")))
    )
    late = pl.col("picked_up_at").is_null() | (pl.col("picked_up_at") > until)
    return share(shipped.join(called_off, on="order_id", how="anti"), late)


@metric("ks_refund_only_close_h")
def ks_refund_only_close_h(facts: Facts, asked: Asked) -> Tally:
    """Refunds without return: the mean time from application to closing, successful or not (RQ-114)."""
    return mean(_of_type(facts, "refund_only", "applied_at", at="closed_at"), hours("applied_at", "closed_at"), HOUR)


@metric("ks_return_refund_close_h")
def ks_return_refund_close_h(facts: Facts, asked: Asked) -> Tally:
    """Refunds with return: the same without the time that the buyer took to send the goods (RQ-115)."""
    rows = _of_type(facts, "return_refund", "applied_at", "agreed_at", "buyer_shipped_at", at="closed_at")
    rows = rows.with_columns(sent_at=pl.min_horizontal("buyer_shipped_at", "closed_at"))
    buyers = hours("agreed_at", "sent_at").clip(lower_bound=0).fill_null(0)
    return mean(rows, hours("applied_at", "closed_at") - buyers, HOUR)


@metric("ks_merchant_fault_rate")
def ks_merchant_fault_rate(facts: Facts, asked: Asked) -> Tally:
    """Closed refunds: those whose dispute the platform blamed on the merchant (RQ-117)."""
    disputes = facts.events.rows("disputes", "refund_id", "verdict")
    closed = refunds_of(facts, "refund_id", at="closed_at").join(disputes, on="refund_id", how="left")
    return share(closed, pl.col("verdict") == "merchant")


@metric("ks_refund_only_handle_h")
def ks_refund_only_handle_h(facts: Facts, asked: Asked) -> Tally:
    """Refunds without return: the mean time until they were first handled (RQ-118, A-61)."""
    return mean(_of_type(facts, "refund_only", "first_handled_at"), hours("applied_at", "first_handled_at"), HOUR)


@metric("ks_return_refund_handle_h")
def ks_return_refund_handle_h(facts: Facts, asked: Asked) -> Tally:
    """Refunds with return: the mean time until they were first handled (RQ-119, A-61)."""
    return mean(_of_type(facts, "return_refund", "first_handled_at"), hours("applied_at", "first_handled_at"), HOUR)


@metric("ks_return_receipt_handle_h")
def ks_return_receipt_handle_h(facts: Facts, asked: Asked) -> Tally:
    """Refunds with return: the mean time from the parcel's receipt to its handling (RQ-120)."""
    rows = _of_type(facts, "return_refund", "return_signed_at", "return_handled_at")
    return mean(rows, hours("return_signed_at", "return_handled_at"), HOUR)


def _of_type(facts: Facts, kind: str, *columns: str, at: str = "applied_at") -> pl.LazyFrame:
    return refunds_of(facts, "type", *columns, at=at).filter(pl.col("type") == kind)


def _paid_in_time(facts: Facts, asked: Asked) -> pl.Expr:
    """Paid in the span, or from T-33 to T-4, both included, where T is its last day."""
    if asked.choice("window") == "span":
        return facts.events.holds("paid_at")
    last = facts.events.span.end - timedelta(days=1)
    days = pl.col("paid_at").dt.date()
    return ((days >= last - _FIRST_DAY) & (days <= last - _LAST_DAY)).fill_null(value=False)
