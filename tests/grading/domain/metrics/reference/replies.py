"""Replies and wording, from docs/algorithms/metrics.md."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from tests.grading.domain.metrics.reference.log import Customer, Message, Row, days, in_hours, midnight
from tests.grading.domain.metrics.reference.view import View, mean, metric, ratio, seconds, share

PDD_HOURS = DOUYIN_HOURS = (8, 23)
ALL_DAY = (0, 24)
KS_HOURS = (8, 24)


def late(message: Message, limit: int) -> bool:
    return message.wait is None or message.wait > timedelta(seconds=limit)


def at_level(view: View, messages: list[Message]) -> list[Message]:
    """Every message, or the opening ones of turns."""
    return [each for each in messages if each.opens_turn] if view.choices.get("level") == "turn" else messages


@metric("reply_rate_30s")
def reply_rate_30s(view: View) -> Fraction:
    view.need_talk()
    asked = view.questions(hours=PDD_HOURS)
    if view.choices.get("level") == "agent_msgs":
        return ratio(sum(not late(each, 30) for each in asked if each.opens_turn), len(asked))
    return share(not late(each, 30) for each in at_level(view, asked))


@metric("avg_human_response_sec")
def avg_human_response_sec(view: View) -> Fraction:
    view.need_talk()
    waits = []
    for each in at_level(view, view.questions(hours=PDD_HOURS)):
        if each.wait is not None:
            waits.append(seconds(each.wait))
        elif view.choices.get("unreplied") == "window_end":
            waits.append(seconds(each.at.replace(hour=23, minute=0, second=0, microsecond=0) - each.at))
    return mean(waits)


@metric("taobao_response_time_sec", "response_speed", "reply_duration")
def mean_wait(view: View) -> Fraction:
    view.need_talk()
    return mean(seconds(each.wait) for each in at_level(view, view.questions()) if each.wait is not None)


def first_waits(view: View) -> list[timedelta]:
    """The waits of first messages of conversations that lie in the span and are answered."""
    view.need_talk()
    opening = {
        id(next(filter(lambda each: each.from_buyer, messages), None)) for messages in view.log.conversations.values()
    }
    return [each.wait for each in view.questions() if id(each) in opening and each.wait is not None]


@metric("first_response_sec")
def first_response_sec(view: View) -> Fraction:
    return mean(seconds(wait) for wait in first_waits(view))


@metric("first_response_6s_rate")
def first_response_6s_rate(view: View) -> Fraction:
    return share(wait <= timedelta(seconds=6) for wait in first_waits(view))


@metric("message_reply_rate")
def message_reply_rate(view: View) -> Fraction:
    view.need_talk()
    return share(each.wait is not None for each in view.questions())


@metric("qa_ratio")
def qa_ratio(view: View) -> Fraction:
    view.need_talk()
    return ratio(len(view.answers()), len(view.questions()))


@metric("effective_reply_rate")
def effective_reply_rate(view: View) -> Fraction:
    view.need_customers()
    view.need("chat_messages", "content_type")
    told = {each.customer for each in view.answers() if each.row.get("content_type") != "emoji"}
    return share(customer in told for customer in {each.customer for each in view.inquiries()})


def all_in_time(view: View, messages: Iterable[Message], limit: int) -> Fraction:
    """Customer-days, or customers, all of whose messages are answered in time ÷ all of them."""
    by_buyer = view.choices.get("unit") == "buyer"
    groups: dict[tuple[Customer, object], list[Message]] = {}
    for each in messages:
        if each.customer is not None:
            groups.setdefault((each.customer, None if by_buyer else each.at.date()), []).append(each)
    return share(not any(late(each, limit) for each in group) for group in groups.values())


@metric("pdd_reply_rate_5min")
def pdd_reply_rate_5min(view: View) -> Fraction:
    view.need_customers()
    return all_in_time(view, view.questions(), 300)


@metric("pdd_reply_rate_3min")
def pdd_reply_rate_3min(view: View) -> Fraction:
    view.need_customers()
    return all_in_time(view, view.questions(hours=PDD_HOURS), 180)


@metric("ks_reply_rate_3min")
def ks_reply_rate_3min(view: View) -> Fraction:
    view.need_customers()
    return all_in_time(view, [each for each in view.questions(hours=KS_HOURS) if not each.is_risk], 180)


@metric("douyin_reply_rate_3min")
def douyin_reply_rate_3min(view: View) -> Fraction:
    view.need_talk()
    sessions: dict[str, list[Message]] = {}
    for each in view.questions(hours=DOUYIN_HOURS):
        sessions.setdefault(each.session, []).append(each)
    return share(not any(late(each, 180) for each in messages) for messages in sessions.values())


@metric("queue_wait_sec")
def queue_wait_sec(view: View) -> Fraction:
    view.need("chat_sessions", "session_id", "transfer_requested_at", "accepted_at")
    if view.is_shop:
        view.need("chat_sessions", "store_id")
    elif "agent_id" not in view.log.columns.get("chat_sessions", ()):
        view.need_talk()
    waits = []
    for row in view.log.sessions.values():
        asked, accepted = row.get("transfer_requested_at"), row.get("accepted_at")
        if accepted is None or not view.log.holds(asked) or not in_hours(asked, *DOUYIN_HOURS):
            continue
        if view.owns(row.get("agent_id") or first_writer(view, row["session_id"], accepted), row.get("store_id")):
            waits.append(seconds(accepted - asked))
    return mean(waits)


def first_writer(view: View, session: str, since: datetime) -> str | None:
    messages = view.log.conversations.get(session, ())
    return next((each.agent for each in messages if not each.from_buyer and each.at >= since), None)


@metric("online_coverage")
def online_coverage(view: View) -> Fraction:
    view.need("agent_presence", "agent_id", "state", "from", "to")
    if view.is_shop:
        view.need("agent_presence", "store_id")
    presences = [
        (row["from"], row.get("to") or midnight(view.log.end))
        for row in view.log.rows("agent_presence")
        if row.get("state") == "online" and view.owns(row["agent_id"], row.get("store_id"))
    ]
    online, whole = Fraction(0), Fraction(0)
    for day in days(view.log.start, view.log.end):
        opens, closes = midnight(day) + timedelta(hours=8), midnight(day) + timedelta(hours=23)
        whole += seconds(closes - opens)
        edges = sorted({opens, closes, *(each for pair in presences for each in pair if opens < each < closes)})
        for start, end in pairwise(edges):
            if any(came <= start and end <= left for came, left in presences):
                online += seconds(end - start)
    return ratio(online, whole)


def received(view: View) -> set[tuple[object, Customer]]:
    """Days and customers to whom the subject wrote on them."""
    view.need_customers()
    return {(each.at.date(), each.customer) for each in view.answers() if each.customer is not None}


@metric("reception_count")
def reception_count(view: View) -> int:
    return len(received(view))


@metric("new_hire_reception")
def new_hire_reception(view: View) -> Fraction:
    found = received(view)
    return ratio(len(found), len({day for day, _ in found}))


@metric("wangwang_inquiry_volume")
def wangwang_inquiry_volume(view: View) -> int:
    view.need_customers()
    return len({each.customer for each in view.inquiries()})


def sessions_of(view: View) -> list[Row]:
    """Sessions that start in the span and are the subject's: the last writer's, else the session's own agent."""
    view.need("chat_sessions", "session_id", "started_at")
    if view.is_shop:
        view.need("chat_sessions", "store_id")
    else:
        view.need_talk()
    return [
        row
        for row in view.log.sessions.values()
        if view.log.holds(row.get("started_at"))
        and view.owns(last_of_session(view, row["session_id"]) or row.get("agent_id"), row.get("store_id"))
    ]


def last_of_session(view: View, session: str) -> str | None:
    messages = view.log.conversations.get(session, ())
    return next((each.agent for each in reversed(messages) if not each.from_buyer), None)


@metric("survey_push_rate")
def survey_push_rate(view: View) -> Fraction:
    view.need("chat_sessions", "survey_pushed_at")
    return share(row["survey_pushed_at"] is not None for row in sessions_of(view))


@metric("resolution_rate")
def resolution_rate(view: View) -> Fraction:
    view.need("chat_sessions", "resolved")
    return share(row["resolved"] for row in sessions_of(view) if row["resolved"] is not None)


# ── wording ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def written(view: View) -> list[Message]:
    """What the subject wrote in words."""
    view.need_talk()
    view.need("chat_messages", "content", "content_type")
    return [
        each
        for each in view.answers()
        if each.row.get("content_type") in ("text", None) and (each.row.get("content") or "").strip()
    ]


def said(text: str) -> str:
    """Letters and digits alone."""
    return "".join(sign for sign in text if unicodedata.category(sign)[0] in "LN")


@metric("short_reply_ratio")
def short_reply_ratio(view: View) -> Fraction:
    return share(len(said(each.row["content"])) <= 3 for each in written(view))


def hits(view: View, metric_id: str) -> int:
    return sum(each.row["content"].count(phrase) for each in written(view) for phrase in view.log.phrases[metric_id])


@metric("banned_phrase_hits")
def banned_phrase_hits(view: View) -> int:
    return hits(view, "banned_phrase_hits")


@metric("hedge_phrase_hits")
def hedge_phrase_hits(view: View) -> int:
    return hits(view, "hedge_phrase_hits")


@metric("forbidden_word_hits")
def forbidden_word_hits(view: View) -> int:
    return sum(
        alike(each.row["content"]).count(alike(word))
        for each in written(view)
        for word in view.log.phrases["forbidden_word_hits"]
    )


def alike(text: str) -> str:
    """One case, and full width as half width."""
    return unicodedata.normalize("NFKC", text).lower()


@metric("early_closing_hits")
def early_closing_hits(view: View) -> int:
    found = 0
    for each in written(view):
        messages = view.log.conversations[each.session]
        after = messages[messages.index(each) + 1 :]
        closes = any(phrase in each.row["content"] for phrase in view.log.phrases["early_closing_hits"])
        found += closes and any(later.from_buyer for later in after)
    return found
