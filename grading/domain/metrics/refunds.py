"""Refund and dispute metrics, by the agent who handled them or the shop of their order."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.orders import bought
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import HOUR, Tally, count, denominators, mean, numbers, over, share
from grading.domain.metrics.values import By

_HANDLER = "handler_agent_id"


@metric("dispute_completion_rate")
def dispute_completion_rate(facts: Facts, asked: Asked) -> Tally:
    """Cases applied for: those that are closed."""
    return share(refunds_of(facts, "closed_at"), pl.col("closed_at").is_not_null())


@metric("refund_rate")
def refund_rate(facts: Facts, asked: Asked) -> Tally:
    """Orders with a successful refund closed in the span, over orders paid in it; an agent's are the credited ones."""
    window = asked.choice("window")
    if facts.by is By.SHOP:
        refunded = _successful(facts, "order_id").select("subject", "order_id").unique()
    else:
        closed = facts.events.counted("refunds", "order_id", "final_status", *_kind(facts), at="closed_at")
        success = closed.filter(_is_paid_back(facts))
        refunded = facts.credited_of_all_days(window).join(success, on="order_id", how="semi")
    return over(numbers(refunded), denominators(bought(facts, window)))


@metric("refund_duration_h", "avg_refund_speed_30d")
def refund_duration(facts: Facts, asked: Asked) -> Tally:
    """Successful refunds: the mean time from application to closing."""
    return mean(_successful(facts, "applied_at"), hours("applied_at", "closed_at"), HOUR)


@metric("dispute_refund_rate")
def dispute_refund_rate(facts: Facts, asked: Asked) -> Tally:
    """Refunds that the platform gave and blamed on the merchant, over grouped orders or successful refunds (A-37)."""
    blamed = disputes_of(facts, "verdict", "refund_success")
    blamed = blamed.filter((pl.col("verdict") == "merchant") & pl.col("refund_success"))
    if asked.choice("denominator") == "successful_refunds":
        return over(numbers(blamed), denominators(_successful(facts)))
    if facts.events.platform is Platform.PDD:
        orders = bought(facts, asked.choice("window"), "grouped_at").filter(pl.col("grouped_at").is_not_null())
    else:
        orders = bought(facts, asked.choice("window"))
    return over(numbers(blamed), denominators(orders))


@metric("dispute_count")
def dispute_count(facts: Facts, asked: Asked) -> Tally:
    """Refunds that a buyer brought before the platform."""
    return count(disputes_of(facts))


@metric("dispute_rate", "ks_dispute_intervention_rate")
def dispute_rate(facts: Facts, asked: Asked) -> Tally:
    """The same over paid orders, or the credited ones of an agent (RQ-116)."""
    return over(numbers(disputes_of(facts)), denominators(bought(facts, asked.choice("window"))))


@metric("platform_intervention_rate")
def platform_intervention_rate(facts: Facts, asked: Asked) -> Tally:
    """Refunds applied for: those brought before the platform."""
    disputes = facts.events.rows("disputes", "refund_id", "applied_intervention_at")
    rows = refunds_of(facts, "refund_id").join(disputes, on="refund_id", how="left")
    return share(rows, pl.col("applied_intervention_at").is_not_null())


def refunds_of(facts: Facts, *columns: str, at: str = "applied_at") -> pl.LazyFrame:
    """Refunds whose instant ``at`` lies in the span, with these columns and their subject."""
    rows = facts.events.counted("refunds", *columns, facts.order_or(_HANDLER), at=at)
    return facts.of_order(rows, _HANDLER)


def disputes_of(facts: Facts, *columns: str) -> pl.LazyFrame:
    """Disputes of the span with these columns, and the subject of their refund."""
    refunds = facts.events.rows("refunds", "refund_id", facts.order_or(_HANDLER))
    rows = facts.events.counted("disputes", "refund_id", *columns).join(refunds, on="refund_id")
    return facts.of_order(rows, _HANDLER)


def hours(start: str, end: str) -> pl.Expr:
    """The time between two instants of a row in microseconds: scale it by ``HOUR``."""
    return (pl.col(end) - pl.col(start)).dt.total_microseconds()


def _successful(facts: Facts, *columns: str) -> pl.LazyFrame:
    return refunds_of(facts, "final_status", *_kind(facts), *columns, at="closed_at").filter(_is_paid_back(facts))


def _kind(facts: Facts) -> tuple[str, ...]:
    """The column that tells an exchange from a refund, where the exports have it."""
    return ("type",) if facts.events.has("refunds", "type") else ()


def _is_paid_back(facts: Facts) -> pl.Expr:
    """A refund that succeeded. An exchange, which gives nothing back, is none."""
    success = pl.col("final_status") == "success"
    return success & pl.col("type").ne_missing(pl.lit("exchange")) if _kind(facts) else success
