"""Ratings, complaints, reviews, refunds and disputes, from docs/algorithms/metrics.md."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from tests.grading.domain.metrics.reference.log import Row
from tests.grading.domain.metrics.reference.view import View, hours, mean, metric, ratio, share


def ratings(view: View) -> list[Row]:
    """The subject's rating cards, of sessions that are not spam."""
    view.need("service_ratings", "session_id", "rating", "rated_at")
    if view.is_shop:
        view.need("chat_sessions", "session_id", "store_id")
    else:
        view.need("service_ratings", "agent_id")
    return [
        row
        for row in view.log.rows("service_ratings")
        if row["session_id"] not in view.log.spam
        and view.owns(row.get("agent_id"), view.log.store_of_session(row["session_id"]))
    ]


def rated(view: View, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["rating"] is not None and view.log.holds(row["rated_at"])]


@metric("satisfaction_rate")
def satisfaction_rate(view: View) -> Fraction:
    return share(row["rating"] == "satisfied" for row in rated(view, ratings(view)))


@metric("ks_good_rating_rate")
def ks_good_rating_rate(view: View) -> Fraction:
    rows = [row for row in ratings(view) if not view.log.sessions.get(row["session_id"], {}).get("is_risk")]
    if view.choices.get("denominator") == "all_cards":
        view.need("service_ratings", "sent_at")
        rows = [row for row in rows if view.log.holds(row["rated_at"] or row["sent_at"])]
    else:
        rows = rated(view, rows)
    return share(row["rating"] == "satisfied" for row in rows)


@metric("complaint_rate")
def complaint_rate(view: View) -> Fraction:
    view.need_customers()
    view.need("complaints", "buyer_id", "filed_at", "upheld")
    complainants = {view.log.customer_of(row) for row in complaints(view) if row["upheld"]} - {None}
    return ratio(len(complainants), len({each.customer for each in view.inquiries()}))


def complaints(view: View) -> list[Row]:
    view.need("complaints", "filed_at", "store_id" if view.is_shop else "agent_id")
    return [
        row for row in view.log.counted("complaints", "filed_at") if view.owns(row.get("agent_id"), row.get("store_id"))
    ]


@metric("internal_complaint_count")
def internal_complaint_count(view: View) -> int:
    view.need("complaints", "channel")
    return sum(row["channel"] == "internal" for row in complaints(view))


def reviews(view: View, at: str) -> list[Row]:
    view.need("reviews", at)
    if view.is_shop:
        view.need("reviews", "order_id")
        view.need("orders", "order_id", "store_id")
    else:
        view.need("reviews", "handler_agent_id")
    return [
        row
        for row in view.log.counted("reviews", at)
        if view.owns(row.get("handler_agent_id"), view.log.store_of_order(row.get("order_id")))
    ]


@metric("order_satisfaction")
def order_satisfaction(view: View) -> Fraction:
    view.need("reviews", "score")
    return mean(row["score"] for row in reviews(view, "created_at") if row["score"] is not None)


def was_poor(review: Row) -> bool:
    return review["rating"] in ("mid", "bad")


@metric("review_recovery_count")
def review_recovery_count(view: View) -> int:
    view.need("reviews", "rating", "final_rating")
    return sum(was_poor(row) and row["final_rating"] == "good" for row in reviews(view, "changed_at"))


@metric("review_recovery_rate")
def review_recovery_rate(view: View) -> Fraction:
    view.need("reviews", "rating", "final_rating")
    return share(row["final_rating"] == "good" for row in reviews(view, "created_at") if was_poor(row))


@metric("dsr_score")
def dsr_score(view: View) -> Fraction:
    view.shop_only()
    view.need("dsr_snapshots", "store_id", "date", "score")
    rows = view.log.counted("dsr_snapshots", "date")
    return mean(row["score"] for row in rows if row["store_id"] == view.subject and row["score"] is not None)


def points(view: View, kind: str) -> Fraction:
    view.shop_only()
    view.need("platform_violations", "store_id", "date", "kind", "points")
    return sum(
        (
            row["points"]
            for row in view.log.counted("platform_violations", "date")
            if row["store_id"] == view.subject and row["kind"] == kind and row["points"] is not None
        ),
        Fraction(0),
    )


@metric("tmall_general_points")
def tmall_general_points(view: View) -> Fraction:
    return points(view, "general")


@metric("tmall_serious_points")
def tmall_serious_points(view: View) -> Fraction:
    return points(view, "serious")


# ── refunds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@metric("dispute_completion_rate")
def dispute_completion_rate(view: View) -> Fraction:
    view.need_refunds("applied_at", "closed_at")
    return share(row["closed_at"] is not None for row in view.handled("applied_at"))


@metric("refund_rate")
def refund_rate(view: View) -> Fraction:
    view.need("refunds", "order_id", "closed_at", "final_status")
    view.need_orders()
    refunded = {
        row["order_id"]
        for row in view.log.counted("refunds", "closed_at")
        if paid_back(row) and row["order_id"] in view.log.orders
    }
    mine = [order for order in refunded if view.is_mine(view.log.orders[order])]
    return ratio(len(mine), len(view.paid_orders()))


def successful(view: View) -> list[Row]:
    """The subject's successful refunds closed in the span."""
    view.need_refunds("closed_at", "final_status")
    return [row for row in view.handled("closed_at") if paid_back(row)]


def paid_back(refund: Row) -> bool:
    """An exchange gives nothing back."""
    return refund["final_status"] == "success" and refund.get("type") != "exchange"


@metric("refund_duration_h", "avg_refund_speed_30d")
def refund_duration_h(view: View) -> Fraction:
    view.need_refunds("applied_at")
    return mean(lasted(row, "applied_at", "closed_at") for row in successful(view) if row["applied_at"] is not None)


def lasted(row: Row, start: str, end: str) -> Fraction:
    return hours(row[end] - row[start])


def disputes(view: View) -> list[Row]:
    """Disputes of the span whose refund is the subject's."""
    view.need("disputes", "refund_id", "applied_intervention_at")
    view.need_refunds()
    return [
        row
        for row in view.log.counted("disputes", "applied_intervention_at")
        if row["refund_id"] in view.log.refunds and view.owns_refund(view.log.refunds[row["refund_id"]])
    ]


@metric("dispute_refund_rate")
def dispute_refund_rate(view: View) -> Fraction:
    view.need("disputes", "verdict", "refund_success")
    lost = sum(row["verdict"] == "merchant" and bool(row["refund_success"]) for row in disputes(view))
    if view.choices.get("denominator") == "successful_refunds":
        return ratio(lost, len(successful(view)))
    view.need_orders()
    rows = view.paid_orders()
    if view.log.platform == "pdd":
        view.need("orders", "grouped_at")
        rows = [row for row in rows if row["grouped_at"] is not None]
    return ratio(lost, len(rows))


@metric("dispute_count")
def dispute_count(view: View) -> int:
    return len(disputes(view))


@metric("dispute_rate", "ks_dispute_intervention_rate")
def dispute_rate(view: View) -> Fraction:
    view.need_orders()
    return ratio(len(disputes(view)), len(view.paid_orders()))


@metric("platform_intervention_rate")
def platform_intervention_rate(view: View) -> Fraction:
    view.need_refunds("applied_at")
    view.need("disputes", "refund_id", "applied_intervention_at")
    stepped_in = {row["refund_id"] for row in view.log.rows("disputes") if row["applied_intervention_at"] is not None}
    return share(row["refund_id"] in stepped_in for row in view.handled("applied_at"))


@metric("ks_merchant_fault_rate")
def ks_merchant_fault_rate(view: View) -> Fraction:
    view.need_refunds("closed_at")
    view.need("disputes", "refund_id", "verdict")
    at_fault = {row["refund_id"] for row in view.log.rows("disputes") if row["verdict"] == "merchant"}
    return share(row["refund_id"] in at_fault for row in view.handled("closed_at"))


def of_type(view: View, kind: str, counted_at: str, *instants: str) -> list[Row]:
    """The subject's refunds of a type, counted by one instant, that have the others too."""
    view.need_refunds("type", counted_at, *instants)
    return [
        row
        for row in view.handled(counted_at)
        if row["type"] == kind and all(row[instant] is not None for instant in instants)
    ]


@metric("ks_refund_only_close_h")
def ks_refund_only_close_h(view: View) -> Fraction:
    rows = of_type(view, "refund_only", "closed_at", "applied_at")
    return mean(lasted(row, "applied_at", "closed_at") for row in rows)


@metric("ks_return_refund_close_h")
def ks_return_refund_close_h(view: View) -> Fraction:
    view.need("refunds", "agreed_at", "buyer_shipped_at")
    rows = of_type(view, "return_refund", "closed_at", "applied_at")
    return mean(hours(row["closed_at"] - row["applied_at"] - buyers_time(row)) for row in rows)


def buyers_time(refund: Row) -> timedelta:
    if refund["agreed_at"] is None:
        return timedelta()
    sent = min(refund["buyer_shipped_at"] or refund["closed_at"], refund["closed_at"])
    return max(sent - refund["agreed_at"], timedelta())


@metric("ks_refund_only_handle_h")
def ks_refund_only_handle_h(view: View) -> Fraction:
    rows = of_type(view, "refund_only", "applied_at", "first_handled_at")
    return mean(lasted(row, "applied_at", "first_handled_at") for row in rows)


@metric("ks_return_refund_handle_h")
def ks_return_refund_handle_h(view: View) -> Fraction:
    rows = of_type(view, "return_refund", "applied_at", "first_handled_at")
    return mean(lasted(row, "applied_at", "first_handled_at") for row in rows)


@metric("ks_return_receipt_handle_h")
def ks_return_receipt_handle_h(view: View) -> Fraction:
    rows = of_type(view, "return_refund", "applied_at", "return_signed_at", "return_handled_at")
    return mean(lasted(row, "return_signed_at", "return_handled_at") for row in rows)
