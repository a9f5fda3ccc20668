"""Conversion metrics: which of those who asked have bought, and which bought without asking."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.sales import CREDIT_DAYS, Close
from grading.domain.metrics.tally import Tally, denominators, numbers, over

_BUYER_DAY = ["subject", "customer", "day"]
_BUYER = ["subject", "customer"]


@metric("inquiry_conversion_rate")
def inquiry_conversion_rate(facts: Facts, asked: Asked) -> Tally:
    """Customer-days, or customers, with an inquiry: those whose order was paid and grouped close to it (RQ-200).

    Off PDD there are no groups: the payment completes the deal.
    """
    unit = _BUYER if asked.choice("unit") == "buyer" else _BUYER_DAY
    close = Close(asked.choice("window"))
    grouped = facts.events.platform is Platform.PDD
    deals = facts.followed_by_orders().filter(close.after("at", "paid_at"))
    if grouped:
        facts.events.rows("orders", "grouped_at")
        deals = deals.filter(close.after("at", "grouped_at"))
    return over(numbers(_distinct(deals, unit)), denominators(_distinct(facts.inquiries(), unit)))


@metric("deal_rate", "taobao_conversion_rate")
def deal_rate(facts: Facts, asked: Asked) -> Tally:
    """Customers with an inquiry: those who paid closely after it, whether their group came together or not."""
    deals = facts.followed_by_orders().filter(Close(asked.choice("window")).after("at", "paid_at"))
    return over(numbers(_distinct(deals, _BUYER)), denominators(facts.inquirers()))


@metric("silent_conversion_rate")
def silent_conversion_rate(facts: Facts, asked: Asked) -> Tally:
    """Customer-days of payment without an inquiry on that day or the two before, over visitors who did not ask."""
    facts.only_shops()
    events = facts.events
    traffic = facts.by_store(events.counted("traffic_daily", "store_id", "visitors", "inquirers"))
    bought = facts.paid("buyer_id").filter(pl.col("customer").is_not_null())
    bought = _distinct(bought.with_columns(at="paid_at"), _BUYER_DAY)
    inquired = facts.of_customers(facts.chat.questions.lazy())
    reached = inquired.select(
        "customer", day=pl.date_ranges("at", pl.col("at").dt.offset_by(f"{CREDIT_DAYS - 1}d"))
    ).explode("day")
    silent = bought.join(reached, on=["customer", "day"], how="anti")
    return over(numbers(silent), denominators(traffic, pl.col("visitors") - pl.col("inquirers")))


def _distinct(rows: pl.LazyFrame, unit: list[str]) -> pl.LazyFrame:
    return rows.with_columns(day=pl.col("at").dt.date()).select(unit).unique()
