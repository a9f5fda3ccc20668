"""People and calls, from docs/algorithms/metrics.md."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

from tests.grading.domain.metrics.reference.log import Row
from tests.grading.domain.metrics.reference.view import NotApplicable, View, mean, metric, ratio, share

THIRD = 3
PRESENT = ("present", "late", "early_leave")
NOT_DUE = ("holiday", "rest")


def own(view: View, table: str, at: str, *columns: str) -> list[Row]:
    """The subject's rows of the span. A shop has none of its own."""
    view.people_only()
    view.need(table, "agent_id", at, *columns)
    return [row for row in view.log.counted(table, at) if view.has_agent(row["agent_id"])]


def scores(rows: list[Row]) -> list[Fraction]:
    return [row["score"] for row in rows if row["score"] is not None]


@metric("attendance_rate")
def attendance_rate(view: View) -> Fraction:
    rows = own(view, "attendance_daily", "date", "status")
    return share(row["status"] in PRESENT for row in rows if row["status"] not in NOT_DUE)


@metric("discipline_score", "onsite_work_score")
def discipline_score(view: View) -> Fraction:
    rows = own(view, "discipline_events", "at", "points")
    taken = [row["points"] for row in rows if row.get("mode") in ("score", None) and row["points"] is not None]
    return Fraction(100) - sum(taken, Fraction(0))


def trainings(view: View) -> list[Row]:
    return own(view, "training_attendance", "date", "present", "score")


@metric("training_pass_score")
def training_pass_score(view: View) -> Fraction:
    return mean(scores([row for row in trainings(view) if row["present"]]))


@metric("training_index")
def training_index(view: View) -> Fraction:
    rows = trainings(view)
    method = view.choices.get("method")
    coefficient = view.need_number("training_index", "coefficient") if method == "coefficient" else Fraction(0)
    score = mean(scores([row for row in rows if row["present"]]))
    absences, attended = sum(not row["present"] for row in rows), sum(bool(row["present"]) for row in rows)
    if method == "literal":
        less = Fraction(absences * attended)
    elif method == "ratio":
        less = Fraction(absences * 100, len(rows))
    else:
        less = absences * coefficient
    return max(score - less, Fraction(0))


@metric("chat_audit_score")
def chat_audit_score(view: View) -> Fraction:
    return mean(scores(own(view, "qa_evaluations", "checked_on", "score")))


@metric("mystery_shopper_score")
def mystery_shopper_score(view: View) -> Fraction:
    return mean(scores(own(view, "mystery_shopper", "date", "score")))


def manual(view: View, name: str) -> list[Fraction]:
    return scores([row for row in own(view, "manual_scores", "date", "metric", "score") if row["metric"] == name])


@metric("efficiency_score")
def efficiency_score(view: View) -> Fraction:
    return mean(manual(view, "efficiency_score"))


def exam(view: View, name: str) -> Fraction:
    """Right answers ÷ questions × 100 of each agent's latest attempt."""
    latest: dict[str, Row] = {}
    for row in own(view, "exam_attempts", "at", "exam", "right", "questions"):
        held = latest.get(row["agent_id"])
        is_whole = row["right"] is not None and row["questions"] is not None
        if row["exam"] == name and is_whole and (held is None or held["at"] <= row["at"]):
            latest[row["agent_id"]] = row
    right, questions = (sum(row[name] for row in latest.values()) for name in ("right", "questions"))
    return ratio(right * 100, questions)


@metric("product_knowledge_score")
def product_knowledge_score(view: View) -> Fraction:
    return exam(view, "product")


@metric("onboarding_exam_score")
def onboarding_exam_score(view: View) -> Fraction:
    return exam(view, "onboarding")


@metric("typing_speed_cpm")
def typing_speed_cpm(view: View) -> Fraction:
    rows = own(view, "typing_tests", "date", "characters", "minutes")
    rows = [row for row in rows if row["characters"] is not None and row["minutes"] is not None]
    return ratio(sum(row["characters"] for row in rows), sum((row["minutes"] for row in rows), Fraction(0)))


@metric("qa_sample_count")
def qa_sample_count(view: View) -> Fraction:
    rows = own(view, "qa_evaluations", "checked_on")
    return ratio(len(rows), len({(row["agent_id"], row["checked_on"]) for row in rows}))


def findings(view: View, *, fatal: bool) -> int:
    """Findings of the span that are fatal, or are not; those earlier in a month are looked at for the third same."""
    view.people_only()
    view.need("qa_findings", "agent_id", "checked_on", "code")
    seen: Counter[tuple[str, str, date]] = Counter()
    count = 0
    for row in sorted(view.log.rows("qa_findings"), key=lambda row: row["checked_on"]):
        if not view.has_agent(row["agent_id"]):
            continue
        same = (row["agent_id"], row["code"], row["checked_on"].replace(day=1))
        seen[same] += 1
        is_fatal = row["code"].startswith("F") or seen[same] >= THIRD
        count += view.log.holds(row["checked_on"]) and is_fatal is fatal
    return count


@metric("qa_fatal_count")
def qa_fatal_count(view: View) -> int:
    return findings(view, fatal=True)


@metric("qa_nonfatal_count")
def qa_nonfatal_count(view: View) -> int:
    return findings(view, fatal=False)


# ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def calls(view: View, *columns: str) -> list[Row]:
    return own(view, "calls", "started_at", *columns)


@metric("call_traffic_index")
def call_traffic_index(view: View) -> Fraction:
    rows = calls(view, "is_complaint", "is_secondary")
    apart = sum(bool(row["is_complaint"] or row["is_secondary"]) for row in rows)
    seats = max(len({row["agent_id"] for row in rows}), 1)
    unit = Fraction(view.choices.get("unit") or 5000) * seats
    if view.choices.get("method") == "reduce_target":
        if unit <= apart:
            raise NotApplicable
        return ratio(len(rows), unit - apart)
    return ratio(len(rows) - apart, unit)


@metric("call_completion_rate")
def call_completion_rate(view: View) -> Fraction:
    return share(bool(row["connected"]) for row in calls(view, "connected"))


@metric("avg_call_duration_sec")
def avg_call_duration_sec(view: View) -> Fraction:
    rows = calls(view, "connected", "talk_seconds")
    return mean(row["talk_seconds"] for row in rows if row["connected"] and row["talk_seconds"] is not None)


@metric("call_quality_index")
def call_quality_index(view: View) -> Fraction:
    checks = scores(own(view, "qa_evaluations", "checked_on", "score"))
    coefficient = view.need_number("call_quality_index", "coefficient")
    ratings = manual(view, "module_rating")
    complaints = sum(bool(row["is_complaint"]) for row in calls(view, "is_complaint"))
    index = (mean(checks) + mean(ratings)) / 2 - complaints * coefficient
    return min(max(index, Fraction(0)), Fraction(100))
