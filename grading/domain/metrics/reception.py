"""Reception metrics: how many customers are served, how long they queue, and what becomes of their sessions."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.events import in_window
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import SECOND, Tally, count, denominators, mean, numbers, over, share
from grading.domain.metrics.values import By


@metric("reception_count")
def reception_count(facts: Facts, asked: Asked) -> Tally:
    """Customers to whom the subject wrote, per day, added over the days (RQ-203)."""
    return count(facts.served())


@metric("new_hire_reception")
def new_hire_reception(facts: Facts, asked: Asked) -> Tally:
    """Customers per day on which there were any (RQ-154)."""
    served = facts.served()
    return over(numbers(served), denominators(served.select("subject", "day").unique()))


@metric("wangwang_inquiry_volume")
def wangwang_inquiry_volume(facts: Facts, asked: Asked) -> Tally:
    """Distinct customers with an inquiry (002 L27)."""
    return count(facts.inquirers())


@metric("survey_push_rate")
def survey_push_rate(facts: Facts, asked: Asked) -> Tally:
    """Sessions in which the satisfaction survey was pushed, of all (RQ-147)."""
    return share(_sessions(facts, "survey_pushed_at"), pl.col("survey_pushed_at").is_not_null())


@metric("resolution_rate")
def resolution_rate(facts: Facts, asked: Asked) -> Tally:
    """Sessions that were resolved, of all of which it is known (RQ-072)."""
    return share(_sessions(facts, "resolved").filter(pl.col("resolved").is_not_null()), pl.col("resolved"))


@metric("queue_wait_sec")
def queue_wait_sec(facts: Facts, asked: Asked) -> Tally:
    """The mean time from asking for a human to being accepted, of accepted sessions (RQ-134)."""
    sessions = facts.chat.sessions("transfer_requested_at", "accepted_at").filter(
        facts.events.holds("transfer_requested_at"),
        in_window("transfer_requested_at", asked.window),
        pl.col("accepted_at").is_not_null(),
    )
    if facts.by is By.SHOP:
        queued = facts.of_chat(sessions)
    else:
        queued = facts.by_agent(_with_accepting_agent(facts, sessions), "agent")
    wait = (pl.col("accepted_at") - pl.col("transfer_requested_at")).dt.total_microseconds()
    return mean(queued, wait, SECOND)


def _sessions(facts: Facts, column: str) -> pl.LazyFrame:
    """The sessions that started in the span, for whoever wrote last in them, else for the agent they name."""
    sessions = facts.chat.sessions("started_at", column).filter(facts.events.holds("started_at"))
    if facts.by is By.SHOP:
        return facts.of_chat(sessions)
    facts.events.rows("chat_messages", "agent_id")  # without the messages' agents nobody is known to have written last
    last = facts.chat.last_answers.lazy().select("conversation", "agent")
    sessions = sessions.join(last, on="conversation", how="left")
    return facts.of_chat(facts.chat.with_named_agent(sessions))


def _with_accepting_agent(facts: Facts, sessions: pl.LazyFrame) -> pl.LazyFrame:
    """Accepted sessions with the agent they name, else the one who wrote first from then on."""
    events = facts.events
    sessions = facts.chat.with_named_agent(sessions.with_columns(agent=pl.lit(None, pl.Categorical)))
    if events.has("chat_sessions", "agent_id") and not events.has("chat_messages", "agent_id"):
        return sessions
    events.rows("chat_messages", "agent_id")
    nameless = sessions.filter(pl.col("agent").is_null()).select("conversation", "accepted_at")
    first = (
        facts.chat.answers.lazy()
        .select("conversation", "at", "agent")
        .join(nameless, on="conversation", maintain_order="left")
        .filter(pl.col("at") >= pl.col("accepted_at"))
        .unique("conversation", keep="first", maintain_order=True)
        .select("conversation", pl.col("agent").alias("first_agent"))
    )
    return sessions.join(first, on="conversation", how="left").with_columns(
        agent=pl.col("agent").fill_null(pl.col("first_agent"))
    )
