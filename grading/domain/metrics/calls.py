"""Call metrics: how many calls a seat takes, how many are put through, how long they last, how well they are served."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import MILLIONTH, Counts, Quotient, Tally, mean, share

_WORST, _BEST = Fraction(0), Fraction(100)


@metric("call_traffic_index")
def call_traffic_index(facts: Facts, asked: Asked) -> Tally:
    """Calls over what a seat is to take; complaints and repeated inquiries come off the calls, or the target (A-11)."""
    rows = (
        facts.of_agents("calls", "is_complaint", "is_secondary")
        .group_by("subject")
        .agg(
            calls=pl.len(),
            set_apart=_either("is_complaint", "is_secondary").sum(),
            agents=pl.col("agent_id").n_unique(),
        )
    )
    unit = asked.number("unit")
    reduces_target = asked.choice("method") == "reduce_target"

    def value(counts: Counts) -> Quotient | None:
        calls, set_apart = Fraction(counts.get("calls", 0)), counts.get("set_apart", 0)
        target = unit * max(counts.get("agents", 0), 1)
        if reduces_target:
            target -= set_apart
        else:
            calls -= set_apart
        return (calls, target) if target > 0 else None

    return Tally(rows, value)


@metric("call_completion_rate")
def call_completion_rate(facts: Facts, asked: Asked) -> Tally:
    """Calls that were connected, of all."""
    return share(facts.of_agents("calls", "connected"), pl.col("connected"))


@metric("avg_call_duration_sec")
def avg_call_duration_sec(facts: Facts, asked: Asked) -> Tally:
    """The mean talk time of connected calls."""
    return mean(facts.of_agents("calls", "connected", "talk_seconds").filter("connected"), pl.col("talk_seconds"))


@metric("call_quality_index")
def call_quality_index(facts: Facts, asked: Asked) -> Tally:
    """The mean of QA score and rating less the complaints' points, held to 0…100 (RQ-082, A-12)."""
    ratings = facts.of_agents("manual_scores", "metric", "score").filter(pl.col("metric") == "module_rating")
    calls = facts.of_agents("calls", "is_complaint")
    complaints = calls.group_by("subject").agg(complaints=pl.col("is_complaint").sum())
    rows = _means(facts.of_agents("qa_evaluations", "score"), "checked")
    for other in (_means(ratings, "rated"), complaints):
        rows = rows.join(other, on="subject", how="full", coalesce=True)
    coefficient = asked.number("coefficient")

    def value(counts: Counts) -> Quotient | None:
        checks, rates = counts.get("checked", 0), counts.get("rated", 0)
        if not checks or not rates:
            return None
        means = Fraction(counts["checked_sum"], checks) + Fraction(counts["rated_sum"], rates)
        index = means * MILLIONTH / 2 - counts["complaints"] * coefficient
        return min(max(index, _WORST), _BEST), Fraction(1)

    return Tally(rows, value)


def _means(rows: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Per subject the sum of the scores, and how many there are under the name itself."""
    score = pl.col("score")
    return rows.group_by("subject").agg(score.sum().alias(f"{name}_sum"), score.count().alias(name))


def _either(*flags: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(flag).fill_null(value=False) for flag in flags)
