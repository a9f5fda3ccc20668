"""Wording metrics: short replies and the phrases that should not be written, in the text of human messages."""

from __future__ import annotations

import polars as pl

from grading.domain.metrics.facts import Asked, Facts
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tally import Tally, count, share, total
from grading.domain.phrases import LONG, pattern


@metric("short_reply_ratio")
def short_reply_ratio(facts: Facts, asked: Asked) -> Tally:
    """Messages of at most three letters and digits, of all (001 L55)."""
    return share(_texts(facts), ~pl.col("content").str.contains(LONG))


@metric("banned_phrase_hits", "hedge_phrase_hits", "forbidden_word_hits")
def phrase_hits(facts: Facts, asked: Asked) -> Tally:
    """Occurrences of the metric's phrases; those of one phrase do not overlap."""
    hits = [pl.col("content").str.count_matches(pattern(phrase)) for phrase in asked.definition.phrases]
    return total(_texts(facts).filter(_has_any(asked)), pl.sum_horizontal(hits).cast(pl.Int64))


@metric("early_closing_hits")
def early_closing_hits(facts: Facts, asked: Asked) -> Tally:
    """Messages with a closing phrase after which the buyer wrote again (001 L63)."""
    last = facts.chat.last_questions.lazy().select("conversation", asked_last_at="at")
    closings = _texts(facts).filter(_has_any(asked)).join(last, on="conversation")
    return count(closings.filter(pl.col("asked_last_at") > pl.col("at")))


def _has_any(asked: Asked) -> pl.Expr:
    """Whether one of the metric's phrases is in the text. Few messages have any."""
    return pl.col("content").str.contains("|".join(map(pattern, asked.definition.phrases)))


def _texts(facts: Facts) -> pl.LazyFrame:
    """The human messages of the span that are text and not blank, with their subject."""
    return facts.of_chat(facts.chat.texts.lazy().filter(facts.events.holds("at")))
