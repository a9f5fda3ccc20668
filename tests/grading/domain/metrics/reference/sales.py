"""Sales and conversion, from docs/algorithms/metrics.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.grading.domain.metrics.reference.log import Customer, Inquiry, Row, close
from tests.grading.domain.metrics.reference.view import CUSTOMER, TALK, View, metric, ratio, share


def window_of(view: View) -> str:
    return view.choices.get("window", "calendar")


def orders_of(view: View) -> dict[Customer, list[Row]]:
    """Paid orders of all days, by customer."""
    found: dict[Customer, list[Row]] = {}
    for row in view.log.rows("orders"):
        customer = view.log.customer_of(row)
        if customer is not None and row.get("paid_at") is not None:
            found.setdefault(customer, []).append(row)
    return found


def converts(view: View, inquiry: Inquiry, order: Row, *, grouped: bool) -> bool:
    """Whether an inquiry led to an order whose last agent is the subject's."""
    paid_at, grouped_at = order["paid_at"], order.get("grouped_at")
    if not inquiry.at < paid_at or not close(inquiry.at, paid_at, window_of(view)):
        return False
    if grouped and (grouped_at is None or not close(inquiry.at, grouped_at, window_of(view))):
        return False
    last = view.log.last_written(inquiry.customer, paid_at)
    return last is not None and view.owns(last.agent, inquiry.store)


def conversion(view: View, *, by_day: bool, grouped: bool) -> Fraction:
    orders = orders_of(view)
    units: dict[tuple[Customer, date | None], bool] = {}
    for inquiry in view.inquiries():
        unit = (inquiry.customer, inquiry.at.date() if by_day else None)
        led = any(converts(view, inquiry, order, grouped=grouped) for order in orders.get(inquiry.customer, ()))
        units[unit] = units.get(unit, False) or led
    return share(units.values())


@metric("inquiry_conversion_rate")
def inquiry_conversion_rate(view: View) -> Fraction:
    view.need_customers()
    view.need("orders", "order_id", "buyer_id", "paid_at")
    grouped = view.log.platform == "pdd"
    if grouped:
        view.need("orders", "grouped_at")
    return conversion(view, by_day=view.choices.get("unit") != "buyer", grouped=grouped)


@metric("deal_rate", "taobao_conversion_rate")
def deal_rate(view: View) -> Fraction:
    view.need_customers()
    view.need("orders", "order_id", "buyer_id", "paid_at")
    return conversion(view, by_day=False, grouped=False)


@metric("silent_conversion_rate")
def silent_conversion_rate(view: View) -> Fraction:
    view.shop_only()
    view.need("chat_messages", *TALK)
    view.need("chat_sessions", *CUSTOMER)
    view.need_orders("buyer_id")
    view.need("traffic_daily", "store_id", "date", "visitors", "inquirers")
    silent = {
        (customer, row["paid_at"].date())
        for row in view.paid_orders()
        if (customer := view.log.customer_of(row)) is not None and not asked_near(view, customer, row)
    }
    quiet = sum(
        row["visitors"] - row["inquirers"]
        for row in view.log.counted("traffic_daily", "date")
        if row["store_id"] == view.subject and row["visitors"] is not None and row["inquirers"] is not None
    )
    return ratio(len(silent), quiet)


def asked_near(view: View, customer: Customer, order: Row) -> bool:
    """An inquiry on the day of payment or one of the two before, whatever the hour."""
    return any(
        0 <= (order["paid_at"].date() - each.at.date()).days <= 2 for each in view.log.inquiries_of.get(customer, ())
    )


def amount(rows: list[Row]) -> Fraction:
    return sum((row["amount_paid"] for row in rows if row["amount_paid"] is not None), Fraction(0))


def buyers(view: View, rows: list[Row]) -> int:
    return len({view.log.customer_of(row) for row in rows} - {None})


@metric("store_gmv")
def store_gmv(view: View) -> Fraction:
    view.shop_only()
    view.need("orders", "store_id", "paid_at", "amount_paid")
    return amount(view.paid_orders())


@metric("avg_order_value")
def avg_order_value(view: View) -> Fraction:
    view.need_orders("amount_paid", "buyer_id")
    rows = view.paid_orders()
    return ratio(amount(rows), buyers(view, rows))


@metric("items_per_buyer")
def items_per_buyer(view: View) -> Fraction:
    view.need_orders("quantity", "buyer_id")
    rows = view.paid_orders()
    return ratio(sum(row["quantity"] or 0 for row in rows), buyers(view, rows))


def credited_orders(view: View) -> list[Row]:
    """Orders paid in the span that are credited to the subject; for a shop, to anybody."""
    view.need_credit()
    return [row for row in view.log.counted("orders", "paid_at") if view.is_credited(row)]


@metric("served_order_value")
def served_order_value(view: View) -> Fraction:
    view.need("orders", "amount_paid")
    rows = credited_orders(view)
    return ratio(amount(rows), buyers(view, rows))


@metric("agent_sales_amount")
def agent_sales_amount(view: View) -> Fraction:
    view.need("orders", "amount_paid")
    return amount(credited_orders(view))


@metric("chase_paid_amount")
def chase_paid_amount(view: View) -> Fraction:
    view.need("orders", "order_id", "paid_at", "amount_paid")
    view.need("payment_chases", "order_id", "sent_at")
    view.need(*(("orders", "store_id") if view.is_shop else ("payment_chases", "agent_id")))
    found = []
    for order in view.log.counted("orders", "paid_at"):
        chases = [
            (row["sent_at"], row.get("agent_id") or "")
            for row in view.log.rows("payment_chases")
            if row["order_id"] == order["order_id"] and row["sent_at"] is not None and row["sent_at"] < order["paid_at"]
        ]
        if chases and view.owns(max(chases)[1] or None, order.get("store_id")):
            found.append(order)
    return amount(found)


@metric("chase_coverage_12h")
def chase_coverage_12h(view: View) -> Fraction:
    view.need("orders", "order_id", "created_at", "paid_at")
    view.need("payment_chases", "order_id", "sent_at")
    if view.is_shop:
        view.need("orders", "store_id")
    else:
        view.need_credit()
    chased = []
    for order in view.log.counted("orders", "created_at"):
        created, until = order["created_at"], order["created_at"] + timedelta(hours=12)
        if order["paid_at"] is not None and order["paid_at"] <= until:
            continue
        agent = view.log.last_writer(view.log.customer_of(order), created)
        if view.owns(agent, order.get("store_id")):
            chased.append(
                any(
                    row["order_id"] == order["order_id"] and row["sent_at"] and created <= row["sent_at"] <= until
                    for row in view.log.rows("payment_chases")
                )
            )
    return share(chased)


@metric("returning_order_amount")
def returning_order_amount(view: View) -> Fraction:
    view.need("buyer_history", "buyer_id", "first_order_id")
    instant = "paid_at" if view.choices.get("basis") == "paid" else "completed_at"
    view.need("orders", "order_id", "buyer_id", "paid_at", instant, "amount_paid")
    view.need("refunds", "order_id", "closed_at", "final_status", "amount")
    if view.is_shop:
        view.need("orders", "store_id")
    else:
        view.need_developer()
    total = Fraction(0)
    for history in histories(view):
        agent = developer(view, history)
        for order in repeat_orders(view, history):
            if not view.owns(agent, order.get("store_id")):
                continue
            if view.log.holds(order[instant]):
                total += order["amount_paid"] or 0
            total -= refunded(view, order, instant)
    return total


def histories(view: View) -> list[Row]:
    """One row a customer, the first: a buyer may have several where stores are not named everywhere."""
    first: dict[Customer, Row] = {}
    for row in view.log.rows("buyer_history"):
        customer = view.log.customer_of(row)
        if customer is not None:
            first.setdefault(customer, row)
    return list(first.values())


def developer(view: View, history: Row) -> str | None:
    """Who won a customer over: as entered, else the last who wrote before the first order was paid."""
    if history.get("developed_by"):
        return history["developed_by"]
    first = view.log.orders.get(history["first_order_id"], {})
    return view.log.last_writer(view.log.customer_of(history), first.get("paid_at"))


def repeat_orders(view: View, history: Row) -> list[Row]:
    """The customer's orders after the first, that the readings let count."""
    customer = view.log.customer_of(history)
    others = [
        row
        for row in view.log.rows("orders")
        if customer is not None
        and view.log.customer_of(row) == customer
        and row["order_id"] != history["first_order_id"]
    ]
    if view.choices.get("orders") == "first_repeat_only":
        paid = [row for row in others if row["paid_at"] is not None]
        others = sorted(paid, key=lambda row: (row["paid_at"], row["order_id"]))[:1]
    limit = view.choices.get("maintenance_window_days")
    if limit is not None:
        first_paid = view.log.orders.get(history["first_order_id"], {}).get("paid_at")
        others = [
            row
            for row in others
            if first_paid is not None
            and row["paid_at"] is not None
            and (row["paid_at"].date() - first_paid.date()).days <= int(limit)
        ]
    return others


def refunded(view: View, order: Row, instant: str) -> Fraction:
    """What successful refunds take from an order in the span, at the later of their closing and the order's instant."""
    found = Fraction(0)
    for refund in view.log.rows("refunds"):
        if refund["order_id"] != order["order_id"] or refund["final_status"] != "success":
            continue
        if order[instant] is None or refund["closed_at"] is None:
            continue
        if view.log.holds(max(refund["closed_at"], order[instant])):
            found += refund["amount"] or 0
    return found


@metric("return_order_rate")
def return_order_rate(view: View) -> Fraction:
    view.need_orders("buyer_id")
    view.need("refunds", "order_id", "type")
    view.need("complaints", "buyer_id", "filed_at", "upheld")
    returned = {row["order_id"] for row in view.log.rows("refunds") if row["type"] in ("return_refund", "exchange")}
    return share(row["order_id"] in returned or complained(view, row) for row in view.paid_orders())


def complained(view: View, order: Row) -> bool:
    customer = view.log.customer_of(order)
    return customer is not None and any(
        row["upheld"]
        and row["filed_at"]
        and view.log.customer_of(row) == customer
        and row["filed_at"] >= order["paid_at"]
        for row in view.log.rows("complaints")
    )


@metric("return_rate")
def return_rate(view: View) -> Fraction:
    view.need_orders("shipped_at")
    view.need("refunds", "order_id", "type", "final_status")
    returned = {
        row["order_id"]
        for row in view.log.rows("refunds")
        if row["type"] == "return_refund" and row["final_status"] == "success"
    }
    return share(row["order_id"] in returned for row in view.paid_orders() if row["shipped_at"] is not None)


# ── what Kuaishou asks of orders ─────────────────────────────────────────────────────────────────────────────────────


@metric("ks_timely_ship_rate")
def ks_timely_ship_rate(view: View) -> Fraction:
    view.shop_only()
    view.need("orders", "order_id", "store_id", "paid_at", "promise_ship_at", "shipped_at")
    need_known_refunds(view)
    held = []
    for order in view.paid_orders():
        promise, shipped = order["promise_ship_at"], order["shipped_at"]
        if promise is None:
            continue
        timely = shipped is not None and shipped <= promise
        cancelled = any(applied <= promise for applied in applications(view, order))
        if not timely and cancelled:
            continue
        held.append(timely)
    return share(held)


def need_known_refunds(view: View) -> None:
    """Without any refunds no order was called off; with a table of them it must say which, and when."""
    if "refunds" in view.log.columns:
        view.need("refunds", "order_id", "applied_at")


def applications(view: View, order: Row) -> list[datetime]:
    """When refunds of an order were applied for."""
    return [
        row["applied_at"]
        for row in view.log.rows("refunds")
        if row["order_id"] == order["order_id"] and row["applied_at"] is not None
    ]


@metric("ks_pickup_anomaly_rate")
def ks_pickup_anomaly_rate(view: View) -> Fraction:
    view.shop_only()
    view.need("orders", "order_id", "store_id", "paid_at", "shipped_at", "picked_up_at")
    need_known_refunds(view)
    last = view.log.end - timedelta(days=1)
    first, final = last - timedelta(days=33), last - timedelta(days=4)
    if view.choices.get("window") == "span":
        first, final = view.log.start, last
    wrong = []
    for order in view.log.rows("orders"):
        paid, shipped, picked = order["paid_at"], order["shipped_at"], order["picked_up_at"]
        if order["store_id"] != view.subject or paid is None or shipped is None:
            continue
        until = shipped + timedelta(hours=24)
        withdrawn = any(
            shipped <= applied <= until and (picked is None or applied < picked)
            for applied in applications(view, order)
        )
        if first <= paid.date() <= final and not withdrawn:
            wrong.append(picked is None or picked > until)
    return share(wrong)
