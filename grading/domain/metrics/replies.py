"""Reply metrics: how fast, how often and how well buyers' messages are answered by humans."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from grading.domain.metrics.definition import Window
from grading.domain.metrics.events import in_window
from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import SECOND, Tally, denominators, mean, numbers, over, share
from grading.domain.phrases import TEXT

_SECOND = 1_000_000
MESSAGE, TURN = "message", "turn"


@metric("reply_rate_30s")
def reply_rate_30s(facts: Facts, asked: Asked) -> Tally:
    """Buyers' messages answered by a human within 30 s, of all; or turns; or replies over messages (A-20)."""
    questions = facts.questions().filter(in_window("at", asked.window))
    level = asked.choice("level")
    if level == "agent_msgs":
        opening = questions.filter("opens_turn").filter(_within(30))
        return over(numbers(opening), denominators(questions))
    if level == TURN:
        questions = questions.filter("opens_turn")
    return share(questions, _within(30))


@metric("avg_human_response_sec")
def avg_human_response_sec(facts: Facts, asked: Asked) -> Tally:
    """The mean wait of replied messages; on request an unreplied one waits until the window ends that day (A-22)."""
    wait = pl.col("wait")
    if asked.choice("unreplied") == "window_end":
        wait = wait.fill_null(_until_end(asked.window))
    return mean(_waits(facts, asked), wait, SECOND)


@metric("taobao_response_time_sec", "response_speed", "reply_duration")
def mean_wait(facts: Facts, asked: Asked) -> Tally:
    """The mean wait of replied messages, or of turns from their first message."""
    return mean(_waits(facts, asked), pl.col("wait"), SECOND)


@metric("first_response_sec")
def first_response_sec(facts: Facts, asked: Asked) -> Tally:
    """The mean wait of the first buyer's messages of conversations that were replied to."""
    return mean(facts.questions().filter("opens"), pl.col("wait"), SECOND)


@metric("first_response_6s_rate")
def first_response_6s_rate(facts: Facts, asked: Asked) -> Tally:
    """Replied conversations whose first buyer's message waited 6 s at most, of all replied ones (002 L58)."""
    replied = facts.questions().filter("opens").filter(pl.col("wait").is_not_null())
    return share(replied, _within(6))


@metric("message_reply_rate")
def message_reply_rate(facts: Facts, asked: Asked) -> Tally:
    """Buyers' messages with any human reply, of all (A-34)."""
    return share(facts.questions(), pl.col("wait").is_not_null())


@metric("qa_ratio")
def qa_ratio(facts: Facts, asked: Asked) -> Tally:
    """Human messages over buyers' messages (A-34)."""
    return over(numbers(facts.answers()), denominators(facts.questions()))


@metric("effective_reply_rate")
def effective_reply_rate(facts: Facts, asked: Asked) -> Tally:
    """Inquirers to whom a human wrote more than emoji, of all inquirers (RQ-062, A-36)."""
    said = facts.chat.answers_with("content_type").filter(facts.events.holds("at"))
    said = said.filter(pl.col("content_type").fill_null(TEXT) != "emoji").select("conversation", "agent").unique()
    answered = facts.of_customers(facts.of_chat(said)).select("subject", "customer", is_answered=True).unique()
    inquirers = facts.inquirers().join(answered, on=["subject", "customer"], how="left")
    return share(inquirers, pl.col("is_answered"))


@metric("pdd_reply_rate_5min")
def pdd_reply_rate_5min(facts: Facts, asked: Asked) -> Tally:
    """Customer-days, or customers, without a message that waited over 5 minutes or in vain, of all (A-24)."""
    return _customers_in_time(facts, asked, 300, by_day=asked.choice("unit") == "buyer_day")


@metric("pdd_reply_rate_3min")
def pdd_reply_rate_3min(facts: Facts, asked: Asked) -> Tally:
    """The same with 3 minutes (000 L58)."""
    return _customers_in_time(facts, asked, 180, by_day=asked.choice("unit") == "buyer_day")


@metric("ks_reply_rate_3min")
def ks_reply_rate_3min(facts: Facts, asked: Asked) -> Tally:
    """The same by customer-day, without the sessions that the platform holds to be risky (RQ-111, RQ-123)."""
    return _customers_in_time(facts, asked, 180, by_day=True, risky=False)


@metric("douyin_reply_rate_3min")
def douyin_reply_rate_3min(facts: Facts, asked: Asked) -> Tally:
    """Conversations all of whose buyer's messages waited 180 s at most, of all; one late reply spoils it (RQ-131)."""
    questions = facts.questions().filter(in_window("at", asked.window))
    conversations = questions.group_by("subject", "conversation").agg(in_time=_in_time(180))
    return share(conversations, pl.col("in_time"))


def _waits(facts: Facts, asked: Asked) -> pl.LazyFrame:
    """Buyers' messages in the window, or those that open a turn."""
    questions = facts.questions().filter(in_window("at", asked.window))
    return questions.filter("opens_turn") if asked.choice("level") == TURN else questions


def _customers_in_time(facts: Facts, asked: Asked, seconds: int, *, by_day: bool, risky: bool = True) -> Tally:
    """Customers, on each day or at all, whose every message in the window was answered in time, of all."""
    questions = facts.questions().filter(in_window("at", asked.window))
    if not risky:
        questions = facts.chat.without("is_risk", questions)
    questions = questions.with_columns(day=pl.col("at").dt.date())
    # First by conversation: there are far fewer of them than messages to be joined with their customers
    talks = questions.group_by("subject", "conversation", "day").agg(in_time=_in_time(seconds))
    unit = ("subject", "customer", "day") if by_day else ("subject", "customer")
    return share(facts.of_customers(talks).group_by(unit).agg(pl.col("in_time").all()), pl.col("in_time"))


def _within(seconds: int) -> pl.Expr:
    """The wait is no longer than that; null without a reply."""
    return pl.col("wait") <= seconds * _SECOND


def _in_time(seconds: int) -> pl.Expr:
    """Whether all messages of a group were answered within the time."""
    return _within(seconds).fill_null(value=False).all()


def _until_end(window: Window | None) -> pl.Expr:
    """Microseconds from an instant to the end of the window on its day; to midnight without one."""
    end = window.end if window else None
    length = timedelta(days=1) if end is None else timedelta(hours=end.hour, minutes=end.minute, seconds=end.second)
    return (pl.col("at").dt.truncate("1d") + length - pl.col("at")).dt.total_microseconds()
