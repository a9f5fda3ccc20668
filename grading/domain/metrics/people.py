"""People metrics: attendance, conduct, training, exams, and what QA found. They are the agent's; a shop has none."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from grading.domain.metrics.facts import Asked, Facts, NoSubject
from grading.domain.metrics.registry import metric
from grading.domain.metrics.tables import Kind
from grading.domain.metrics.tally import (
    MILLIONTH,
    Counts,
    Quotient,
    Tally,
    count,
    denominators,
    mean,
    numbers,
    over,
    share,
)
from grading.domain.metrics.values import By

_PRESENT = ("present", "late", "early_leave")
_NOT_DUE = ("holiday", "rest")
_FULL = 100


@metric("attendance_rate")
def attendance_rate(facts: Facts, asked: Asked) -> Tally:
    """Days present, late and early leave among them, of the days that were due (000 L21)."""
    due = facts.of_agents("attendance_daily", "status").filter(~pl.col("status").is_in(_NOT_DUE))
    return share(due, pl.col("status").is_in(_PRESENT))


@metric("discipline_score", "onsite_work_score")
def conduct_score(facts: Facts, asked: Asked) -> Tally:
    """100 less the points of events; those that are deducted from pay are not scored as well (RQ-049)."""
    mode = ("mode",) if facts.events.has("discipline_events", "mode") else ()
    events = facts.of_agents("discipline_events", "points", *mode)
    if mode:
        events = events.filter(pl.col("mode").fill_null("score") == "score")

    def value(counts: Counts) -> Quotient | None:
        return _FULL - counts.get("numerator", 0) * MILLIONTH, Fraction(1)

    return Tally(numbers(events, pl.col("points")), value)


@metric("training_pass_score")
def training_pass_score(facts: Facts, asked: Asked) -> Tally:
    """The mean score of the trainings that were attended."""
    attended = facts.of_agents("training_attendance", "present", "score").filter("present")
    return mean(attended, pl.col("score"), MILLIONTH)


@metric("training_index")
def training_index(facts: Facts, asked: Asked) -> Tally:
    """That mean less absences, by one of the readings of a defective formula (A-10); not below 0."""
    trainings = facts.of_agents("training_attendance", "present", "score")
    scored = pl.col("score").filter(pl.col("present"))
    rows = trainings.group_by("subject").agg(
        numerator=scored.sum(),
        denominator=scored.count(),
        attended=pl.col("present").sum(),
        absences=(~pl.col("present")).sum(),
    )
    method = asked.choice("method")
    coefficient = asked.number("coefficient") if method == "coefficient" else Fraction(0)

    def value(counts: Counts) -> Quotient | None:
        scores = counts.get("denominator", 0)
        if not scores:
            return None
        absences, attended = counts["absences"], counts["attended"]
        less = {
            "coefficient": absences * coefficient,
            "literal": Fraction(absences * attended),
            "ratio": Fraction(absences * 100, absences + attended),
        }[method]
        return max(counts["numerator"] * MILLIONTH - less * scores, Fraction(0)), Fraction(scores)

    return Tally(rows, value)


@metric("chat_audit_score")
def chat_audit_score(facts: Facts, asked: Asked) -> Tally:
    """The mean score of QA evaluations."""
    return mean(facts.of_agents("qa_evaluations", "score"), pl.col("score"), MILLIONTH)


@metric("product_knowledge_score")
def product_knowledge_score(facts: Facts, asked: Asked) -> Tally:
    """Right answers of 100 in each agent's latest product exam."""
    return _latest_exam(facts, "product")


@metric("onboarding_exam_score")
def onboarding_exam_score(facts: Facts, asked: Asked) -> Tally:
    """Right answers of 100 in each agent's latest on-boarding exam (000 L58)."""
    return _latest_exam(facts, "onboarding")


@metric("mystery_shopper_score")
def mystery_shopper_score(facts: Facts, asked: Asked) -> Tally:
    """The mean score that mystery shoppers gave."""
    return mean(facts.of_agents("mystery_shopper", "score"), pl.col("score"), MILLIONTH)


@metric("efficiency_score")
def efficiency_score(facts: Facts, asked: Asked) -> Tally:
    """The mean of the efficiency scores that were entered."""
    entered = facts.of_agents("manual_scores", "metric", "score").filter(pl.col("metric") == "efficiency_score")
    return mean(entered, pl.col("score"), MILLIONTH)


@metric("typing_speed_cpm")
def typing_speed_cpm(facts: Facts, asked: Asked) -> Tally:
    """Characters typed over minutes, of all tests together."""
    tests = facts.of_agents("typing_tests", "characters", "minutes").drop_nulls()
    rows = tests.group_by("subject").agg(numerator=pl.col("characters").sum(), denominator=pl.col("minutes").sum())

    def value(counts: Counts) -> Quotient | None:
        minutes = counts.get("denominator", 0) * MILLIONTH
        return (Fraction(counts["numerator"]), minutes) if minutes else None

    return Tally(rows, value)


@metric("qa_sample_count")
def qa_sample_count(facts: Facts, asked: Asked) -> Tally:
    """Evaluated chats per agent and day on which there were any (RQ-141)."""
    evaluations = facts.of_agents("qa_evaluations", "checked_on")
    days = evaluations.select("subject", "agent_id", "checked_on").unique()
    return over(numbers(evaluations), denominators(days))


@metric("qa_fatal_count")
def qa_fatal_count(facts: Facts, asked: Asked) -> Tally:
    """Findings that are fatal by their code or by the third repetition in a calendar month (RQ-146, A-46)."""
    return count(_findings(facts, asked).filter("is_fatal"))


@metric("qa_nonfatal_count")
def qa_nonfatal_count(facts: Facts, asked: Asked) -> Tally:
    """All other findings."""
    return count(_findings(facts, asked).filter(~pl.col("is_fatal")))


def _latest_exam(facts: Facts, exam: str) -> Tally:
    attempts = facts.of_agents("exam_attempts", "exam", "at", "right", "questions")
    answered = attempts.filter(pl.col("exam") == exam, pl.col("right").is_not_null(), pl.col("questions").is_not_null())
    latest = answered.sort("at", maintain_order=True).unique("agent_id", keep="last", maintain_order=True)
    rows = latest.group_by("subject").agg(numerator=pl.col("right").sum(), denominator=pl.col("questions").sum())
    return over(rows.select("subject", "numerator"), rows.select("subject", "denominator"), Fraction(_FULL))


def _findings(facts: Facts, asked: Asked) -> pl.LazyFrame:
    """The findings of the span with ``is_fatal``; earlier ones of the same month count towards the repetition."""
    if facts.by is By.SHOP:
        raise NoSubject
    severity = asked.definition.severity
    if severity is None:
        raise ValueError(f"{asked.definition.id} has no severity")
    same = ("agent_id", "code", pl.col("checked_on").dt.truncate("1mo"))
    occurrence = pl.int_range(1, pl.len() + 1).over(*same)
    found = facts.events.rows("qa_findings", "agent_id", "checked_on", "code").sort("checked_on", maintain_order=True)
    judged = found.with_columns(
        is_fatal=pl.col("code").is_in(sorted(severity.fatal)) | (occurrence >= severity.escalate_on)
    )
    return facts.by_agent(judged.filter(facts.events.holds("checked_on", Kind.DAY)))
