"""What a metric is worked out from: raw rows with the subject they count for."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

import polars as pl

from grading.domain.metrics.chat import Chat, conversation
from grading.domain.metrics.definition import MetricDefinition, Readings
from grading.domain.metrics.events import ColumnMissing, Events
from grading.domain.metrics.sales import Sales
from grading.domain.metrics.tables import Kind
from grading.domain.metrics.values import By


class NoSubject(Exception):
    """The rows of a metric belong to no subject of the asked kind: a shop has no typing test."""


class Facts:
    """Raw events seen from one kind of subject.

    ``chat`` and ``sales`` are shared with the facts of other kinds, so that the messages are sorted once.
    """

    def __init__(self, events: Events, by: By, chat: Chat | None = None, sales: Sales | None = None) -> None:
        self.events = events
        self.by = by
        self.chat = chat or Chat(events)
        self.sales = sales or Sales(events, self.chat)

    def by_agent(self, rows: pl.LazyFrame, agent: str = "agent_id") -> pl.LazyFrame:
        """The rows with the ``subject`` that ``agent`` stands for. Raises NoSubject for shops.

        Rows without an agent, or with one who is on no team, count for nobody.
        """
        if self.by is By.SHOP:
            raise NoSubject
        who = pl.col(agent).cast(pl.Categorical)
        if self.by is By.TEAM:
            named = rows.with_columns(member=who).join(self._teams, on="member").drop("member")
        else:
            named = rows.with_columns(subject=who)
        return named.filter(pl.col("subject").is_not_null())

    def by_store(self, rows: pl.LazyFrame, store: str = "store_id") -> pl.LazyFrame:
        """The rows with the ``subject`` that ``store`` stands for. Raises NoSubject unless shops are asked for."""
        self.only_shops()
        return rows.with_columns(subject=pl.col(store).cast(pl.Categorical)).filter(pl.col("subject").is_not_null())

    def only_shops(self) -> None:
        """Raises NoSubject unless shops are asked for: said first, what no agent has is never a missing column."""
        if self.by is not By.SHOP:
            raise NoSubject

    def of(self, rows: pl.LazyFrame, agent: str = "agent_id", store: str = "store_id") -> pl.LazyFrame:
        """The rows with their subject, from whichever of two of their columns is the right one."""
        return self.by_store(rows, store) if self.by is By.SHOP else self.by_agent(rows, agent)

    def of_table(self, table: str, *columns: str, agent: str = "agent_id", at: str | None = None) -> pl.LazyFrame:
        """The counted rows of a table that names both its agent and its store, with their subject."""
        named = "store_id" if self.by is By.SHOP else agent
        return self.of(self.events.counted(table, *columns, named, at=at), agent)

    def of_agents(self, table: str, *columns: str, at: str | None = None) -> pl.LazyFrame:
        """The counted rows of a table that names an agent and no store. Raises NoSubject for shops."""
        if self.by is By.SHOP:
            raise NoSubject
        return self.by_agent(self.events.counted(table, "agent_id", *columns, at=at))

    def of_chat(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows with ``conversation`` and ``agent``, with their subject. Raises ColumnMissing."""
        if self.by is By.SHOP:
            stores = self.events.rows("chat_sessions", "session_id", "store_id")
            return self.by_store(rows.join(stores.select(conversation(), "store_id"), on="conversation", how="left"))
        self.events.rows("chat_messages", "agent_id")
        return self.by_agent(rows, "agent")

    def questions(self) -> pl.LazyFrame:
        """The buyers' messages of the span with their subject; the columns of ``Chat.questions``."""
        return self.of_chat(self.chat.questions.lazy().filter(self.events.holds("at")))

    def answers(self) -> pl.LazyFrame:
        """The human messages of the span with their subject; the columns of ``Chat.answers``."""
        return self.of_chat(self.chat.answers.lazy().filter(self.events.holds("at")))

    def inquiries(self) -> pl.LazyFrame:
        """``subject, at, customer`` of each buyer's message of the span and each subject it concerns; some repeat."""
        return self._inquiries.lazy()

    def inquirers(self) -> pl.LazyFrame:
        """``subject, customer``: every customer with an inquiry of the span, once for each subject it concerns."""
        asked = self.sales.inquiries.lazy().filter(self.events.holds("at")).select("conversation", "agent").unique()
        return self.of_customers(self.of_chat(asked)).select("subject", "customer").unique()

    def served(self) -> pl.LazyFrame:
        """``subject, customer, day``: every customer to whom the subject wrote on a day of the span."""
        wrote = self.chat.served.lazy().filter(self.events.holds("day", Kind.DAY))
        return self.of_customers(self.of_chat(wrote)).select("subject", "customer", "day").unique()

    def of_customers(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows with ``conversation``, with their ``customer``; those of an unknown buyer fall away."""
        return rows.join(self.chat.customers.lazy(), on="conversation")

    def paid(self, *columns: str) -> pl.LazyFrame:
        """Orders paid within the span, with their store as the subject, and these columns among others.

        Raises NoSubject unless shops are asked for, and ColumnMissing.
        """
        self.only_shops()
        self.events.rows("orders", "paid_at", "store_id", *columns)
        return self.by_store(self.sales.paid.lazy().filter(self.events.holds("paid_at")))

    def credited(self, window: str, *columns: str) -> pl.LazyFrame:
        """Credited orders paid within the span, with the subject that is credited, and these columns among others.

        A shop's are those that any agent is credited with. Raises ColumnMissing.
        """
        return self.credited_of_all_days(window, *columns).filter(self.events.holds("paid_at"))

    def credited_of_all_days(self, window: str, *columns: str) -> pl.LazyFrame:
        """The same, whenever they were paid."""
        self.events.rows("orders", *columns)
        return self.of_spoken(self.sales.credited(window))

    def followed_by_orders(self) -> pl.LazyFrame:
        """``subject, customer, at`` of inquiries of the span, and ``paid_at, grouped_at`` of an order after each.

        Every later paid order of the customer that the subject spoke last before, whenever it was paid; a shop's, that
        any human did. No ``grouped_at`` without orders.grouped_at.
        """
        return self._followed_by_orders.lazy()

    def of_spoken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows of ``Sales`` with the ``agent`` who spoke, with their subject. Raises ColumnMissing."""
        if self.by is By.SHOP:
            self.events.rows("orders", "store_id")
        else:
            self.events.rows("chat_messages", "agent_id")
        return self.of(rows, "agent")

    def order_or(self, agent: str) -> str:
        """The column that leads from a row to its subject: ``order_id`` to the shop of the order, or ``agent``."""
        return "order_id" if self.by is By.SHOP else agent

    def of_order(self, rows: pl.LazyFrame, agent: str) -> pl.LazyFrame:
        """Rows that have the column ``order_or(agent)``, with their subject. Raises ColumnMissing."""
        if self.by is not By.SHOP:
            return self.by_agent(rows, agent)
        stores = self.events.rows("orders", "order_id", "store_id")
        return self.by_store(rows.join(stores, on="order_id"))

    @cached_property
    def _inquiries(self) -> pl.DataFrame:
        asked = self.of_chat(self.sales.inquiries.lazy().filter(self.events.holds("at")))
        return self.of_customers(asked).select("subject", "at", "customer").collect()

    @cached_property
    def _followed_by_orders(self) -> pl.DataFrame:
        orders = self.sales.orders.lazy().filter(pl.col("spoke_at").is_not_null())
        wanted = ["customer", "paid_at", *(["grouped_at"] if self.events.has("orders", "grouped_at") else [])]
        inquiries = self.inquiries()
        if self.by is By.SHOP:
            pairs = inquiries.join(orders.select(wanted), on="customer")
        else:
            pairs = inquiries.join(self.of_spoken(orders).select("subject", *wanted), on=["subject", "customer"])
        return pairs.filter(pl.col("paid_at") > pl.col("at")).collect()

    @cached_property
    def _teams(self) -> pl.LazyFrame:
        return self.events.rows("agents", "agent_no", "team").select(
            pl.col("agent_no").cast(pl.Categorical).alias("member"),
            pl.col("team").cast(pl.Categorical).alias("subject"),
        )


class Asked:
    """The metric that is asked for, with the readings that hold."""

    def __init__(self, definition: MetricDefinition, readings: Readings) -> None:
        self.definition = definition
        self.window = definition.window
        self._readings = readings

    def choice(self, name: str) -> str:
        """The option of a reading that holds."""
        return self._readings.choice(self.definition.id, name)

    def number(self, name: str) -> Fraction:
        """The number of a reading. Raises ColumnMissing while nobody has set it."""
        found = self.limit(name)
        if found is None:
            raise ColumnMissing("readings", f"{self.definition.id}.{name}")
        return found

    def limit(self, name: str) -> Fraction | None:
        """The number of a reading that limits; None while nobody has set it: then nothing is limited."""
        return self._readings.number(self.definition.id, name)
