"""Chats in one line each, and what a metric counts in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import polars as pl

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By
from tests.grading.domain.metrics.tables import events_of, values

JUNE = ("2024-06-01", "2024-06-30")


def talks(*lines: str) -> dict[str, pl.DataFrame]:
    """Sessions and messages. ``c1 s1 x | 06-01 10:00:00 ? | 06-01 10:00:20 A`` is chat c1 of buyer x at store s1.

    ``?`` is the buyer, ``bot`` a bot, ``-`` a human without a number, anything else a human agent; of 2024. A fourth
    word of the head is the agent whom the session names.
    """
    sessions: list[dict[str, object]] = []
    messages: list[dict[str, object]] = []
    for line in lines:
        head, *said = [part.strip() for part in line.split("|")]
        session, store, buyer, *agent = head.split()
        sessions.append(
            {"session_id": session, "store_id": store, "buyer_id": buyer, "agent_id": agent[0] if agent else None}
        )
        for part in said:
            day, clock, who = part.split()
            sender = {"?": "buyer", "bot": "bot"}.get(who, "agent_human")
            messages.append(
                {
                    "message_id": f"m{len(messages)}",
                    "session_id": session,
                    "sender_type": sender,
                    "agent_id": None if sender != "agent_human" or who == "-" else who,
                    "sent_at": datetime.fromisoformat(f"2024-{day} {clock}"),
                }
            )
    text = {"agent_id": pl.String, "session_id": pl.String}
    return {
        "chat_sessions": pl.DataFrame(sessions, schema_overrides=text),
        "chat_messages": pl.DataFrame(messages, schema_overrides=text),
    }


def events(platform: Platform = Platform.PDD, days: tuple[str, str] = JUNE, **tables: str | pl.DataFrame) -> Events:
    """Events of a platform; of June 2024 unless said otherwise."""
    return replace(events_of(days, **tables), platform=platform)


def counted(
    happened: Events, metric: str, by: By = By.AGENT, readings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Numerator and denominator of every subject as ``3/4``, or the reason why there is no value."""
    found = values(happened, metric, by, readings)
    return {
        name: each.reason if each.reason is not None else f"{each.numerator}/{each.denominator}"
        for name, each in found.items()
    }


def rows(head: str, lines: Iterable[str]) -> str:
    """A table from its heading and lines."""
    return "\n".join([head, *lines])
