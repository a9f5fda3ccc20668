"""Raw events as plain rows, and whose each of them is, as docs/algorithms/metrics.md says. Slow on purpose.

Cells are what the standard library has for them: datetimes and dates of Asia/Shanghai, Fractions of yuan and points,
None for an empty cell. Nothing here comes from the engine that it checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

Row = Mapping[str, Any]
Customer = tuple[str | None, str]
"""A store and a buyer there."""


@dataclass(eq=False)
class Message:
    """A human message: a buyer's, or an agent's."""

    row: Row
    place: int
    at: datetime
    session: str
    store: str | None
    customer: Customer | None
    is_risk: bool
    from_buyer: bool
    agent: str | None
    """Whose it is: who wrote it, or whose the buyer's message is. None: nobody's, the shop's alone."""
    wait: timedelta | None = None
    opens_turn: bool = False
    asked: Message | None = None
    """Of an agent's message: the buyer's message that it answers, the latest before."""


@dataclass(frozen=True)
class Inquiry:
    """A buyer's message that concerns an agent; nobody in particular when ``agent`` is None."""

    customer: Customer
    store: str | None
    at: datetime
    agent: str | None


@dataclass(frozen=True)
class Log:
    """Tables by name, the columns they have, the days ``start`` to ``end`` (not included), and the platform."""

    tables: Mapping[str, Sequence[Row]]
    columns: Mapping[str, Collection[str]]
    start: date
    end: date
    platform: str
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def rows(self, table: str) -> Sequence[Row]:
        return self.tables.get(table, ())

    def holds(self, at: datetime | date | None) -> bool:
        """Whether an instant or a day lies in the days that are measured."""
        if at is None:
            return False
        return self.start <= (at.date() if isinstance(at, datetime) else at) < self.end

    def counted(self, table: str, at: str) -> list[Row]:
        return [row for row in self.rows(table) if self.holds(row.get(at))]

    @cached_property
    def team_of(self) -> dict[str, str | None]:
        return {row["agent_no"]: row.get("team") for row in self.rows("agents")}

    @cached_property
    def sessions(self) -> dict[str, Row]:
        """Conversations by number, spam left out."""
        return {row["session_id"]: row for row in self.rows("chat_sessions") if not row.get("is_spam")}

    @cached_property
    def spam(self) -> set[str]:
        return {row["session_id"] for row in self.rows("chat_sessions") if row.get("is_spam")}

    @cached_property
    def orders(self) -> dict[str, Row]:
        return {row["order_id"]: row for row in self.rows("orders")}

    @cached_property
    def refunds(self) -> dict[str, Row]:
        return {row["refund_id"]: row for row in self.rows("refunds")}

    def store_of_session(self, session: str | None) -> str | None:
        return self.sessions[session].get("store_id") if session in self.sessions else None

    def store_of_order(self, order: str | None) -> str | None:
        return self.orders[order].get("store_id") if order in self.orders else None

    # ── conversations ────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def conversations(self) -> dict[str, list[Message]]:
        """Human messages by conversation, in its order, with waits, turns and whose they are."""
        found: dict[str, list[Message]] = {}
        for place, row in enumerate(self.rows("chat_messages")):
            human = row["sender_type"] in ("buyer", "agent_human")
            if human and not row.get("recalled") and row["session_id"] not in self.spam:
                found.setdefault(row["session_id"], []).append(self._message(place, row))
        for session, messages in found.items():
            messages.sort(key=lambda each: (each.at, not each.from_buyer, each.place))
            self._settle(session, messages)
        return found

    def _message(self, place: int, row: Row) -> Message:
        session = self.sessions.get(row["session_id"], {})
        from_buyer = row["sender_type"] == "buyer"
        return Message(
            row=row,
            place=place,
            at=row["sent_at"],
            session=row["session_id"],
            store=session.get("store_id"),
            customer=self.customer_of(session),
            is_risk=bool(session.get("is_risk")),
            from_buyer=from_buyer,
            agent=None if from_buyer else row.get("agent_id"),
        )

    def _settle(self, session: str, messages: list[Message]) -> None:
        for index, message in enumerate(messages):
            before, after = messages[:index], messages[index + 1 :]
            if not message.from_buyer:
                message.asked = next((each for each in reversed(before) if each.from_buyer), None)
                continue
            message.opens_turn = not before or not before[-1].from_buyer
            reply = next((each for each in after if not each.from_buyer), None)
            if reply is None:
                message.agent = self._in_charge(session, message.at, before)
            else:
                message.wait, message.agent = reply.at - message.at, reply.agent

    def _in_charge(self, session: str, at: datetime, before: list[Message]) -> str | None:
        written = [(each.at, 0, each.place, each.agent) for each in before if not each.from_buyer]
        moved = [
            (row["at"], 1, place, row["to_agent"])
            for place, row in enumerate(self.rows("session_transfers"))
            if row["session_id"] == session and row["at"] <= at and row.get("to_agent")
        ]
        # Transfers settle ties, so that the agent is never compared
        latest = max(written + moved, default=None)
        named = latest[3] if latest else None
        return named or self.sessions.get(session, {}).get("agent_id")

    @cached_property
    def talk(self) -> list[Message]:
        return [message for messages in self.conversations.values() for message in messages]

    @cached_property
    def questions(self) -> list[Message]:
        """Buyer's messages of all days."""
        return [message for message in self.talk if message.from_buyer]

    @cached_property
    def answers(self) -> list[Message]:
        """What agents wrote, on all days."""
        return [message for message in self.talk if not message.from_buyer]

    def last_written(self, customer: Customer | None, before: datetime | None) -> Message | None:
        """What was written to a customer last, strictly before an instant."""
        if customer is None or before is None:
            return None
        written = [each for each in self._written_to.get(customer, ()) if each.at < before]
        return max(written, key=lambda each: (each.at, each.session, each.place), default=None)

    def last_writer(self, customer: Customer | None, before: datetime | None) -> str | None:
        """Who wrote that; None also when the message has no agent number."""
        written = self.last_written(customer, before)
        return written.agent if written else None

    @cached_property
    def _written_to(self) -> dict[Customer, list[Message]]:
        found: dict[Customer, list[Message]] = {}
        for message in self.answers:
            if message.customer is not None:
                found.setdefault(message.customer, []).append(message)
        return found

    @cached_property
    def stores_are_named(self) -> bool:
        """Whether every table of buyers has stores. Otherwise a customer is a buyer alone."""
        naming = ("chat_sessions", "orders", "complaints", "buyer_history")
        return all("store_id" in self.columns[table] for table in naming if table in self.columns)

    def customer_of(self, row: Row) -> Customer | None:
        """The customer that a row of any table names: a buyer at a store, or at none where it names none."""
        if row.get("buyer_id") is None:
            return None
        return (row.get("store_id") if self.stores_are_named else None, row["buyer_id"])

    # ── inquiries and credit ─────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def inquiries(self) -> list[Inquiry]:
        """Of all days. A message may be an inquiry with several agents: whose it is, and who wrote on."""
        pairs = [(each, each.agent) for each in self.questions]
        pairs += [(each.asked, each.agent) for each in self.answers if each.asked is not None]
        return [
            *{Inquiry(each.customer, each.store, each.at, agent) for each, agent in pairs if each.customer is not None}
        ]

    @cached_property
    def inquiries_of(self) -> dict[Customer, list[Inquiry]]:
        found: dict[Customer, list[Inquiry]] = {}
        for inquiry in self.inquiries:
            found.setdefault(inquiry.customer, []).append(inquiry)
        return found

    def credited(self, order: Row, window: str) -> Message | None:
        """The message whose agent an order is credited to; None: nobody."""
        customer, paid_at = self.customer_of(order), order.get("paid_at")
        last = self.last_written(customer, paid_at)
        if last is None or customer is None:
            return None
        asked = [
            each.at for each in self.inquiries_of.get(customer, ()) if each.agent == last.agent and each.at < paid_at
        ]
        return last if asked and close(max(asked), paid_at, window) else None


def close(asked: datetime, then: datetime, window: str) -> bool:
    """Whether something follows an inquiry closely enough: on its day or the two after, or within 72 hours."""
    if window == "72h":
        return then - asked <= timedelta(hours=72)
    return (then.date() - asked.date()).days <= 2


def in_hours(at: datetime, first: int, last: int) -> bool:
    """Whether a time of day lies in [first, last) o'clock."""
    return first <= at.hour < last


def days(start: date, end: date) -> Iterator[date]:
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())
