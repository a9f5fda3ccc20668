"""How customers and platforms judge: ratings of a chat or an order, complaints, reviews, DSR, violation points."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.chat import conversation
from grading.domain.metrics.customers import customers_of
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import MILLIONTH, Tally, count, denominators, mean, numbers, over, share, total
from grading.domain.metrics.values import By

_HANDLER = "handler_agent_id"


@metric("satisfaction_rate")
def satisfaction_rate(facts: Facts, asked: Asked) -> Tally:
    """Rated chats: those rated satisfied."""
    rated = cards(facts, "rated_at").filter(facts.events.holds("rated_at") & pl.col("rating").is_not_null())
    return share(rated, pl.col("rating") == "satisfied")


@metric("ks_good_rating_rate")
def ks_good_rating_rate(facts: Facts, asked: Asked) -> Tally:
    """The same without risk sessions; or satisfied cards of all cards that were sent (A-18)."""
    if asked.choice("denominator") == "all_cards":
        all_cards = cards(facts, "rated_at", "sent_at", without=("is_spam", "is_risk"))
        dated = all_cards.with_columns(at=pl.coalesce("rated_at", "sent_at")).filter(facts.events.holds("at"))
        return share(dated, pl.col("rating") == "satisfied")
    rated = cards(facts, "rated_at", without=("is_spam", "is_risk"))
    rated = rated.filter(facts.events.holds("rated_at") & pl.col("rating").is_not_null())
    return share(rated, pl.col("rating") == "satisfied")


@metric("order_satisfaction")
def order_satisfaction(facts: Facts, asked: Asked) -> Tally:
    """The mean score that customers gave their orders."""
    return mean(_reviews(facts, "score"), pl.col("score"), MILLIONTH)


@metric("complaint_rate")
def complaint_rate(facts: Facts, asked: Asked) -> Tally:
    """Distinct customers whose complaint was upheld, over distinct customers with an inquiry (RQ-065)."""
    named = "store_id" if facts.by is By.SHOP else "agent_id"
    filed = facts.of(customers_of(facts.events, "complaints", "filed_at", "upheld", named))
    upheld = filed.filter(facts.events.holds("filed_at") & pl.col("upheld") & pl.col("customer").is_not_null())
    complainants = upheld.select("subject", "customer").unique()
    return over(numbers(complainants), denominators(facts.inquirers()))


@metric("internal_complaint_count")
def internal_complaint_count(facts: Facts, asked: Asked) -> Tally:
    """Complaints that customers filed with the shop itself."""
    return count(facts.of_table("complaints", "channel").filter(pl.col("channel") == "internal"))


@metric("review_recovery_count")
def review_recovery_count(facts: Facts, asked: Asked) -> Tally:
    """Mid and bad reviews that were turned good, by the instant of the change (A-31)."""
    changed = _reviews(facts, "rating", "final_rating", at="changed_at")
    return count(changed.filter(_was_poor() & _is_good()))


@metric("review_recovery_rate")
def review_recovery_rate(facts: Facts, asked: Asked) -> Tally:
    """Mid and bad reviews: those that are good now (A-31)."""
    return share(_reviews(facts, "rating", "final_rating").filter(_was_poor()), _is_good())


@metric("dsr_score")
def dsr_score(facts: Facts, asked: Asked) -> Tally:
    """The mean of a shop's daily scores."""
    facts.only_shops()
    return mean(facts.by_store(facts.events.counted("dsr_snapshots", "store_id", "score")), pl.col("score"), MILLIONTH)


@metric("tmall_general_points", "tmall_serious_points")
def tmall_points(facts: Facts, asked: Asked) -> Tally:
    """Points that the platform took from a shop for one kind of violation."""
    facts.only_shops()
    kind = "serious" if asked.definition.id == "tmall_serious_points" else "general"
    violations = facts.by_store(facts.events.counted("platform_violations", "store_id", "kind", "points"))
    return total(violations.filter(pl.col("kind") == kind), pl.col("points"), MILLIONTH)


def cards(facts: Facts, *columns: str, without: tuple[str, ...] = ("is_spam",)) -> pl.LazyFrame:
    """Rating cards of all days with ``rating``, these columns and their subject, but of sessions so flagged."""
    agent = () if facts.by is By.SHOP else ("agent_id",)
    rows = facts.events.rows("service_ratings", "session_id", "rating", *columns, *agent).with_columns(conversation())
    for flag in without:
        rows = facts.chat.without(flag, rows)
    return facts.of_chat(rows) if facts.by is By.SHOP else facts.by_agent(rows)


def _reviews(facts: Facts, *columns: str, at: str = "created_at") -> pl.LazyFrame:
    rows = facts.events.counted("reviews", *columns, facts.order_or(_HANDLER), at=at)
    return facts.of_order(rows, _HANDLER)


def _was_poor() -> pl.Expr:
    return pl.col("rating").is_in(["mid", "bad"])


def _is_good() -> pl.Expr:
    return pl.col("final_rating") == "good"
