"""Who asked and who is credited: customers, inquiries, paid orders and the last agent before the payment.

An order is credited to the last human agent who spoke with the customer before the payment (RQ-201, A-28), when that
agent's last inquiry of the customer lies close enough before it: on the day of payment or the two calendar days before
(A-26), or within 72 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import polars as pl

from grading.domain.metrics.chat import Chat
from grading.domain.metrics.customers import customers_of
from grading.domain.metrics.events import Events

CREDIT_DAYS = 3
"""Days that an inquiry may lead to an order: its own and the two after it (RQ-200)."""
HOURS_72 = "72h"

_OF_ORDERS = ("store_id", "created_at", "grouped_at", "promise_ship_at", "shipped_at", "picked_up_at", "completed_at")
_SUMS_OF_ORDERS = ("amount_paid", "quantity")


@dataclass(frozen=True, slots=True)
class Close:
    """Whether an instant follows an inquiry closely enough; ``window`` is ``calendar`` or ``72h``."""

    window: str

    def after(self, inquiry: str, then: str) -> pl.Expr:
        """``then`` lies in the days, or the hours, that the inquiry reaches. Says nothing of which came first."""
        if self.window == HOURS_72:
            return pl.col(then) - pl.col(inquiry) <= timedelta(hours=24 * CREDIT_DAYS)
        days = (pl.col(then).dt.date() - pl.col(inquiry).dt.date()).dt.total_days()
        return days < CREDIT_DAYS


class Sales:
    """Customers, their inquiries and their paid orders, shared by every metric and subject."""

    def __init__(self, events: Events, chat: Chat) -> None:
        self._events = events
        self._chat = chat

    @cached_property
    def inquiries(self) -> pl.DataFrame:
        """``conversation, at, agent``: a buyer's message for each agent it is of or who spoke upon it; some repeat."""
        asked = self._chat.questions.lazy().select("conversation", "at", "agent")
        joined_in = (
            self._chat.answers.lazy()
            .filter(pl.col("asked_at").is_not_null() & pl.col("agent").ne_missing(pl.col("asked_of")))
            .select("conversation", pl.col("asked_at").alias("at"), "agent")
        )
        return pl.concat([asked, joined_in]).collect()

    @cached_property
    def paid(self) -> pl.DataFrame:
        """Paid orders of all days: ``order_id, paid_at``, the other columns of ``orders`` that are there, ``customer``.

        Needs no chats. ``customer`` is not there without orders.buyer_id.
        """
        there = [name for name in (*_OF_ORDERS, *_SUMS_OF_ORDERS) if self._events.has("orders", name)]
        columns = ("order_id", "paid_at", *there)
        named = self._events.has("orders", "buyer_id")
        rows = customers_of(self._events, "orders", *columns) if named else self._events.rows("orders", *columns)
        return rows.filter(pl.col("paid_at").is_not_null()).collect()

    @cached_property
    def orders(self) -> pl.DataFrame:
        """Paid orders with ``spoke_at, agent``: the last human message to the customer strictly before the payment.

        Both are null when there is none; the agent alone when that message has no agent number. Raises ColumnMissing.
        """
        self._events.rows("orders", "buyer_id")
        return self.last_spoken(self.paid.lazy(), "paid_at").collect()

    def last_spoken(self, rows: pl.LazyFrame, before: str) -> pl.LazyFrame:
        """Rows with a ``customer``, and the last human message to them before an instant: ``spoke_at, agent``."""
        return rows.sort(before).join_asof(
            self._spoken.lazy(),
            left_on=before,
            right_on="spoke_at",
            by="customer",
            strategy="backward",
            allow_exact_matches=False,
            coalesce=False,
            check_sortedness=False,  # both are sorted by time, which Polars cannot see within groups
        )

    def credited(self, window: str) -> pl.LazyFrame:
        """Paid orders of all days whose last agent had an inquiry of the customer closely enough before the payment."""
        return self._inquired.lazy().filter(Close(window).after("inquired_at", "paid_at"))

    @cached_property
    def _inquired(self) -> pl.DataFrame:
        """Paid orders with ``inquired_at``: the last inquiry of the customer with their agent before the payment."""
        # whoever speaks without an agent number is one agent, credited for the shop alone
        speaker = pl.col("agent").cast(pl.String).fill_null("").cast(pl.Categorical).to_physical().alias("speaker")
        orders = self.orders.lazy().filter(pl.col("spoke_at").is_not_null()).with_columns(speaker)
        asked = (
            self.inquiries.lazy()
            .join(self._chat.customers.lazy(), on="conversation")
            .join(orders.select("customer"), on="customer", how="semi")
            .select("customer", speaker, pl.col("at").alias("inquired_at"))
            .sort("inquired_at")
        )
        return (
            orders.sort("paid_at")
            .join_asof(
                asked,
                left_on="paid_at",
                right_on="inquired_at",
                by=["customer", "speaker"],
                strategy="backward",
                allow_exact_matches=False,
                coalesce=False,
                check_sortedness=False,  # both are sorted by time, which Polars cannot see within groups
            )
            .filter(pl.col("inquired_at").is_not_null())
            .drop("speaker")
            .collect()
        )

    @cached_property
    def _spoken(self) -> pl.DataFrame:
        """``customer, spoke_at, agent`` of every human message to a customer with an order, in order of time.

        At one instant the message of the later session id comes last, within a conversation that of the later row.
        """
        ordering = customers_of(self._events, "orders").unique()
        sessions = self._chat.customers.lazy().with_row_index("place").join(ordering, on="customer", how="semi")
        return (
            self._chat.answers.lazy()
            .select("conversation", "agent", spoke_at="at")
            .join(sessions, on="conversation", maintain_order="left")
            .sort("spoke_at", "place", maintain_order=True)
            .select("customer", "spoke_at", "agent")
            .collect()
        )
