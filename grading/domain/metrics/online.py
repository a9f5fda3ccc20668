"""Presence: how much of the day somebody was online to answer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from fractions import Fraction

import polars as pl

from grading.domain.metrics.definition import Window
from grading.domain.metrics.events import stores_named
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import SECOND, Counts, Quotient, Tally
from grading.domain.metrics.values import By


@metric("online_coverage")
def online_coverage(facts: Facts, asked: Asked) -> Tally:
    """The time in the daily window with anyone of the subject online, of the window's time on all days (RQ-135)."""
    start, end = _edges(asked.window)
    whole = Fraction((end - start) // timedelta(seconds=1) * facts.events.span.days)
    pieces = _online(facts, start, end).sort("subject", "start", "end")
    # Where another agent was online before, only what goes beyond the latest end so far adds to the time
    before = pl.col("end").cum_max().shift(1).over("subject", order_by=["start", "end"])
    fresh = pl.col("end") - pl.max_horizontal("start", before)
    covered = pieces.with_columns(fresh=fresh.dt.total_microseconds()).filter(pl.col("fresh") > 0)

    def value(counts: Counts) -> Quotient | None:
        return counts.get("numerator", 0) * SECOND, whole

    # The window is the same for every part of the events: only the time online adds up
    return Tally(covered.group_by("subject").agg(numerator=pl.col("fresh").sum()), value, is_sum=True)


def _presences(facts: Facts) -> pl.LazyFrame:
    """Every presence with its agent, or its store; exports of a single store need not repeat it."""
    events = facts.events
    if facts.by is not By.SHOP:
        return events.rows("agent_presence", "state", "from", "to", "agent_id")
    stores = () if events.has("agent_presence", "store_id") else stores_named(events)
    if len(stores) != 1:
        return events.rows("agent_presence", "state", "from", "to", "store_id")
    return events.rows("agent_presence", "state", "from", "to").with_columns(store_id=pl.lit(stores[0]))


def _edges(window: Window | None) -> tuple[timedelta, timedelta]:
    """The window's beginning and end as times since midnight."""
    if window is None:
        return timedelta(0), timedelta(days=1)
    return _since_midnight(window.start), timedelta(days=1) if window.end is None else _since_midnight(window.end)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _online(facts: Facts, opens: timedelta, closes: timedelta) -> pl.LazyFrame:
    """``subject, start, end``: the presences that are online, cut to the window of each day of the span."""
    span = facts.events.span
    first, last = datetime.combine(span.start, time()), datetime.combine(span.end, time())
    rows = facts.of(_presences(facts))
    online = rows.filter(pl.col("state") == "online").select(
        "subject",
        start=pl.max_horizontal("from", pl.lit(first)),
        end=pl.min_horizontal(pl.col("to").fill_null(last), pl.lit(last)),
    )
    online = online.filter(pl.col("start") < pl.col("end"))
    day = pl.datetime_ranges(pl.col("start").dt.truncate("1d"), "end", interval="1d", closed="left").alias("day")
    pieces = (
        online.with_columns(day)
        .explode("day")
        .select(
            "subject",
            start=pl.max_horizontal("start", pl.col("day") + opens),
            end=pl.min_horizontal("end", pl.col("day") + closes),
        )
    )
    return pieces.filter(pl.col("start") < pl.col("end"))
