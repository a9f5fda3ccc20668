"""One metric of one subject: which rows are its own, which readings hold, which columns are wanting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from tests.grading.domain.metrics.reference.log import Inquiry, Log, Message, Row

SHOP = "shop"
TALK = ("session_id", "sender_type", "sent_at")
CUSTOMER = ("session_id", "buyer_id")


class NotApplicable(Exception):
    """Nothing happened that could be measured."""


@dataclass(frozen=True)
class View:
    log: Log
    by: str
    subject: str
    choices: Mapping[str, str] = field(default_factory=dict)
    """The readings of this metric, by name."""
    missing: set[str] = field(default_factory=set)
    """What the metric needs and is not there, as table.column."""

    @property
    def is_shop(self) -> bool:
        return self.by == SHOP

    def owns(self, agent: str | None, store: str | None) -> bool:
        """Whether a row of this agent and this store is the subject's."""
        if self.is_shop:
            return store == self.subject
        return self.has_agent(agent)

    def has_agent(self, agent: str | None) -> bool:
        if agent is None:
            return False
        return (self.log.team_of.get(agent) if self.by == "team" else agent) == self.subject

    def need(self, table: str, *columns: str) -> None:
        """Notes the columns that are wanting. Every metric says what it needs before it looks at a row."""
        there = self.log.columns.get(table, ())
        self.missing.update(f"{table}.{column}" for column in columns if column not in there)

    def need_number(self, metric_id: str, name: str) -> Fraction:
        """The number of a reading that somebody must have set. Notes it when nobody has."""
        if name not in self.choices:
            self.missing.add(f"readings.{metric_id}.{name}")
        return Fraction(self.choices.get(name, 0))

    def need_talk(self) -> None:
        self.need("chat_messages", *TALK)
        if self.is_shop:
            self.need("chat_sessions", "session_id", "store_id")
        else:
            self.need("chat_messages", "agent_id")

    def need_customers(self) -> None:
        self.need_talk()
        self.need("chat_sessions", *CUSTOMER)

    def shop_only(self) -> None:
        if not self.is_shop:
            raise NotApplicable

    def people_only(self) -> None:
        if self.is_shop:
            raise NotApplicable

    # ── the subject's rows ───────────────────────────────────────────────────────────────────────────────────────

    def questions(self, *, hours: tuple[int, int] = (0, 24)) -> list[Message]:
        """The subject's buyer's messages in the span, at these hours."""
        first, last = hours
        return [
            each
            for each in self.log.questions
            if self.owns(each.agent, each.store) and self.log.holds(each.at) and first <= each.at.hour < last
        ]

    def answers(self) -> list[Message]:
        """What the subject wrote in the span."""
        return [each for each in self.log.answers if self.owns(each.agent, each.store) and self.log.holds(each.at)]

    def inquiries(self) -> list[Inquiry]:
        return [each for each in self.log.inquiries if self.owns(each.agent, each.store) and self.log.holds(each.at)]

    def paid_orders(self) -> list[Row]:
        """Orders paid in the span: of the shop, or credited to the agents."""
        return [row for row in self.log.counted("orders", "paid_at") if self.is_mine(row)]

    def is_mine(self, order: Row) -> bool:
        return order.get("store_id") == self.subject if self.is_shop else self.is_credited(order)

    def is_credited(self, order: Row) -> bool:
        """Credited to the subject. For a shop: to anybody."""
        last = self.log.credited(order, self.choices.get("window", "calendar"))
        return last is not None and self.owns(last.agent, order.get("store_id"))

    def need_orders(self, *columns: str) -> None:
        """Columns of orders, and what credits them where an agent is asked for."""
        self.need("orders", "order_id", "paid_at", *columns)
        if self.is_shop:
            self.need("orders", "store_id")
        else:
            self.need_credit()

    def need_credit(self) -> None:
        """What tells who wrote to a customer before a payment."""
        if self.is_shop:
            self.need("orders", "store_id")
        else:
            self.need("chat_messages", "agent_id")
        self.need("orders", "order_id", "buyer_id", "paid_at")
        self.need("chat_messages", *TALK)
        self.need("chat_sessions", *CUSTOMER)

    def need_developer(self) -> None:
        """What tells who developed a buyer: the column, or what shows who wrote before the first order."""
        if "developed_by" not in self.log.columns.get("buyer_history", ()):
            self.need_credit()

    def handled(self, at: str) -> list[Row]:
        """Refunds whose instant lies in the span: the handler's, or of the shop's orders."""
        return [row for row in self.log.counted("refunds", at) if self.owns_refund(row)]

    def owns_refund(self, refund: Row) -> bool:
        return self.owns(refund.get("handler_agent_id"), self.log.store_of_order(refund["order_id"]))

    def need_refunds(self, *columns: str) -> None:
        self.need("refunds", "refund_id", "order_id", *columns)
        if self.is_shop:
            self.need("orders", "order_id", "store_id")
        else:
            self.need("refunds", "handler_agent_id")


Calculation = Callable[[View], Fraction | int]
METRICS: dict[str, Calculation] = {}


def metric(*ids: str) -> Callable[[Calculation], Calculation]:
    def register(calculation: Calculation) -> Calculation:
        METRICS.update(dict.fromkeys(ids, calculation))
        return calculation

    return register


def ratio(above: Fraction | int, below: Fraction | int) -> Fraction:
    """Raises NotApplicable when there is nothing below the line."""
    if below == 0:
        raise NotApplicable
    return Fraction(above) / Fraction(below)


def share(rows: Iterable[bool]) -> Fraction:
    """How many of them hold ÷ how many there are."""
    held = list(rows)
    return ratio(sum(held), len(held))


def mean(values: Iterable[Fraction | int]) -> Fraction:
    held = list(values)
    return ratio(sum(held, Fraction(0)), len(held))


def seconds(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), 1_000_000)


def hours(length: timedelta) -> Fraction:
    return seconds(length) / 3600
