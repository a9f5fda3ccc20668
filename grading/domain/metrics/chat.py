"""Chats as they are counted: who asked, who answered, how long it took, and who was in charge.

Bots, automatic replies and system notes are not there at all: only buyers and human agents talk (A-57). Recalled
messages and the sessions of advertisers (RQ-167) are left out. Messages of one instant keep the order of the file,
a buyer's before an agent's.
"""

from __future__ import annotations

from functools import cached_property

import polars as pl

from grading.domain.metrics.customers import customers_of
from grading.domain.metrics.events import Events
from grading.domain.phrases import TEXT

BUYER = "buyer"
HUMAN = "agent_human"


def conversation() -> pl.Expr:
    """The session as a whole number, the same one in every table."""
    return pl.col("session_id").cast(pl.Categorical).to_physical().alias("conversation")


class Chat:
    """The messages of all sessions, sorted once and shared by every metric and subject."""

    def __init__(self, events: Events) -> None:
        self._events = events
        # Polars forgets the numbers of categories that nothing holds: hold them as long as this lives
        self._categories = pl.Series([""], dtype=pl.Categorical)

    def without(self, flag: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows, by ``conversation``, of sessions that do not carry a flag; all, where nobody says who does."""
        if not self._events.has("chat_sessions", "session_id", flag):
            return rows
        flagged = self._sessions.lazy().filter(flag).select("conversation")
        return rows.join(flagged, on="conversation", how="anti", maintain_order="left")

    def sessions(self, *columns: str) -> pl.LazyFrame:
        """The sessions of all days but advertisers': ``conversation`` and ``columns``. Raises ColumnMissing."""
        self._events.rows("chat_sessions", "session_id", *columns)
        return self.without("is_spam", self._sessions.lazy().select("conversation", *columns))

    @cached_property
    def _sessions(self) -> pl.DataFrame:
        """Every session with the number of its ``conversation``."""
        return self._events.tables["chat_sessions"].with_columns(conversation())

    @cached_property
    def talk(self) -> pl.DataFrame:
        """Messages of buyers and human agents in order: ``place, conversation, at, is_human, agent``, and for each

        ``place`` is the row of the table, from 0; the agent is null where the exports name none.

        ``replied_at, replied_by``: of a buyer's message, the next human message of the conversation;
        ``spoke_at, spoke_by``: the human message before it; ``asked_at``: the buyer's message at or before it, and
        ``asked_of`` who replied to that;
        ``opens_turn``: a buyer's message that follows none, or a human one; ``turn_at``: where its turn began.
        """
        events = self._events
        columns = ["session_id", "sender_type", "sent_at"]
        columns += [name for name in ("agent_id", "recalled") if events.has("chat_messages", name)]
        rows = events.rows("chat_messages", *columns).with_row_index("place")
        rows = rows.filter(pl.col("sender_type").is_in([BUYER, HUMAN]))
        if "recalled" in columns:
            rows = rows.filter(~pl.col("recalled").fill_null(value=False))
        agent = pl.col("agent_id") if "agent_id" in columns else pl.lit(None, pl.String)
        rows = rows.select(
            "place",
            conversation(),
            pl.col("sent_at").alias("at"),
            (pl.col("sender_type") == HUMAN).alias("is_human"),
            agent.cast(pl.Categorical).alias("agent"),
        )
        rows = self.without("is_spam", rows)
        rows = rows.sort("conversation", "at", "is_human", maintain_order=True).with_row_index("row")

        same = (pl.col("conversation") == pl.col("conversation").shift(1)).fill_null(value=False)
        after_human = same & pl.col("is_human").shift(1).fill_null(value=False)
        human_row = pl.when("is_human").then("row")
        buyer_row = pl.when(~pl.col("is_human")).then("row")
        return (
            rows.with_columns(
                opens_turn=~pl.col("is_human") & (~same | after_human),
                next_human=human_row.backward_fill(),
                last_human=human_row.forward_fill(),
                last_buyer=buyer_row.forward_fill(),
            )
            .with_columns(
                next_human=_within("next_human"), last_human=_within("last_human"), last_buyer=_within("last_buyer")
            )
            .select(
                "place",
                "conversation",
                "at",
                "is_human",
                "agent",
                "opens_turn",
                replied_at=pl.col("at").gather("next_human"),
                replied_by=pl.col("agent").gather("next_human"),
                spoke_at=pl.col("at").gather("last_human"),
                spoke_by=pl.col("agent").gather("last_human"),
                asked_at=pl.col("at").gather("last_buyer"),
                asked_of=pl.col("agent").gather(pl.col("next_human").gather("last_buyer")),
                turn_at=pl.when("opens_turn").then("at").forward_fill(),
            )
            .collect()
        )

    @cached_property
    def questions(self) -> pl.DataFrame:
        """Every buyer's message, of all days: ``conversation, at, wait, turn_at, opens_turn, opens, agent``.

        ``wait`` is in microseconds, null without a reply; ``opens``: it is the first of its conversation. ``agent``
        answers for it: who replied, else who was in charge — the latest transfer's receiver or last speaker, else the
        agent of the session; null when nobody was.
        """
        asked = self.talk.lazy().filter(~pl.col("is_human"))
        asked = asked.with_columns(
            wait=(pl.col("replied_at") - pl.col("at")).dt.total_microseconds(),
            opens=(pl.col("conversation") != pl.col("conversation").shift(1)).fill_null(value=True),
        )
        answered = asked.filter(pl.col("wait").is_not_null()).with_columns(agent=pl.col("replied_by"))
        waiting = self._in_charge(asked.filter(pl.col("wait").is_null()))
        kept = ("conversation", "at", "wait", "turn_at", "opens_turn", "opens", "agent")
        return pl.concat([answered.select(kept), waiting.select(kept)]).collect()

    def _in_charge(self, waiting: pl.LazyFrame) -> pl.LazyFrame:
        """Unanswered messages with the agent who was to answer."""
        events = self._events
        waiting = waiting.with_columns(agent=pl.col("spoke_by"))
        if events.has("session_transfers", "session_id", "to_agent", "at"):
            moves = (
                events.rows("session_transfers", "session_id", "to_agent", "at")
                .filter(pl.col("to_agent").is_not_null())
                .select(
                    conversation(),
                    pl.col("at").alias("moved_at"),
                    pl.col("to_agent").cast(pl.Categorical).alias("moved_to"),
                )
                .sort("moved_at", maintain_order=True)
            )
            waiting = waiting.sort("at", maintain_order=True).join_asof(
                moves,
                left_on="at",
                right_on="moved_at",
                by="conversation",
                strategy="backward",
                check_sortedness=False,
            )
            later = pl.col("moved_at").is_not_null() & (
                pl.col("spoke_at").is_null() | (pl.col("moved_at") >= pl.col("spoke_at"))
            )
            waiting = waiting.with_columns(agent=pl.when(later).then("moved_to").otherwise("agent"))
        return self.with_named_agent(waiting)

    def with_named_agent(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows with ``conversation`` and ``agent``: an agent who is not known is the one that the session names."""
        if not self._events.has("chat_sessions", "session_id", "agent_id"):
            return rows
        named = self._sessions.lazy().select("conversation", pl.col("agent_id").cast(pl.Categorical).alias("named"))
        joined = rows.join(named, on="conversation", how="left")
        return joined.with_columns(agent=pl.col("agent").fill_null(pl.col("named"))).drop("named")

    @cached_property
    def answers(self) -> pl.DataFrame:
        """Every human message, of all days: ``place, conversation, at, agent, asked_at, asked_of``.

        ``asked_at``: the buyer's message before it, null when the agent spoke first; ``asked_of``: who replied to that
        message.
        """
        columns = ("place", "conversation", "at", "agent", "asked_at", "asked_of")
        return self.talk.lazy().filter("is_human").select(columns).collect()

    @cached_property
    def texts(self) -> pl.DataFrame:
        """Every human message that is text and not blank, of all days: ``conversation, at, agent, content``.

        No content type is text. Raises ColumnMissing.
        """
        said = self.answers_with("content", "content_type").filter(
            pl.col("content_type").fill_null(TEXT) == TEXT, pl.col("content").str.strip_chars() != ""
        )
        return said.select("conversation", "at", "agent", "content").collect()

    def answers_with(self, *columns: str) -> pl.LazyFrame:
        """``answers`` with other columns of their messages. Raises ColumnMissing."""
        self._events.rows("chat_messages", *columns)
        others = self._events.tables["chat_messages"].select(columns)
        return self.answers.hstack(others[self.answers["place"]]).lazy()

    @cached_property
    def last_answers(self) -> pl.DataFrame:
        """The last human message of every conversation, of all days: ``conversation, at, agent``."""
        return self.answers.lazy().filter(_is_last()).select("conversation", "at", "agent").collect()

    @cached_property
    def last_questions(self) -> pl.DataFrame:
        """The last buyer's message of every conversation, of all days: ``conversation, at``."""
        asked = self.talk.lazy().filter(~pl.col("is_human"))
        return asked.filter(_is_last()).select("conversation", "at").collect()

    @cached_property
    def served(self) -> pl.DataFrame:
        """Who wrote in which conversation on which day, of all days: ``conversation, agent, day``."""
        wrote = self.answers.lazy().select("conversation", "agent", pl.col("at").dt.date().alias("day"))
        return wrote.unique().collect()

    @cached_property
    def customers(self) -> pl.DataFrame:
        """Sessions with a known buyer, in the order of their ids: ``conversation, customer``.

        Raises ColumnMissing without chat_sessions.buyer_id.
        """
        named = customers_of(self._events, "chat_sessions", "session_id").filter(pl.col("customer").is_not_null())
        named = self.without("is_spam", named.with_columns(conversation()))
        return named.sort("session_id").select("conversation", "customer").collect()


def _is_last() -> pl.Expr:
    """Whether the next row is of another conversation, of rows in order."""
    return (pl.col("conversation") != pl.col("conversation").shift(-1)).fill_null(value=True)


def _within(column: str) -> pl.Expr:
    """The row that ``column`` points to, when it is in the same conversation."""
    return pl.when(pl.col("conversation").gather(column) == pl.col("conversation")).then(column)
