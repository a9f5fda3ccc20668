"""Platform exports of the demo company: the last days of its newest month, as the platforms would hand them over.

Chats, ratings, orders and refunds of every chat team, calls of the hotline. Small on purpose: enough for samples,
transcripts, comparisons and risk reports to have something to show. What ``kpi.csv`` says wins over what they come to.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

MOST_AGENTS = 100
"""A larger company gets none: its folder is for measuring months, not for looking at chats."""
DAYS = 10
MOST_CHATS = 6
"""Chats of an agent a day, from one to this."""
ENOUGH = 4
"""With more chats a day than this fewer of them end in an order: what the comparison report is to find (001 L19)."""

TABLES: dict[str, tuple[str, ...]] = {
    "chat_sessions": ("session_id", "store_id", "buyer_id", "started_at", "ended_at", "survey_pushed_at", "resolved"),
    "chat_messages": (
        "message_id", "session_id", "sender_type", "agent_id", "sent_at", "content", "content_type",
    ),
    "service_ratings": ("session_id", "agent_id", "rating", "sent_at", "rated_at"),
    "orders": (
        "order_id", "store_id", "buyer_id", "created_at", "paid_at", "grouped_at", "promise_ship_at", "shipped_at",
        "picked_up_at", "completed_at", "amount_paid", "quantity",
    ),
    "refunds": (
        "refund_id", "order_id", "type", "applied_at", "first_handled_at", "closed_at", "final_status", "amount",
        "handler_agent_id",
    ),
    "traffic_daily": ("store_id", "date", "visitors", "inquirers"),
    "calls": ("call_id", "agent_id", "direction", "started_at", "connected", "talk_seconds", "is_complaint",
              "is_secondary"),
}  # fmt: skip
"""The export files with their headings."""

_GREETING = "您好，欢迎光临，请问有什么可以帮您？"
_TALKS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("这款今天拍什么时候发货？", "今天下单，明天晚上八点前发出，您放心。"), ("好的谢谢", "不客气，有问题随时找我。")),
    (("尺码怎么选", "身高体重告诉我，我帮您对照尺码表。"), ("165，52公斤", "建议您选 M 码，合身不紧。")),
    (("有优惠吗", "满 199 元减 20 元，券在店铺首页可以领取。"), ("收到", "领好以后直接下单就可以了。")),
    (("退款到哪一步了", "已经为您审核通过，预计今天原路退回。"), ("那就好", "到账以后您会收到通知。")),
    (("能改地址吗", "可以的，请把新地址发给我，发货前都能改。"), ("发你了", "已经改好了，您核对一下。")),
    (("这个会掉色吗", "可能会有一点，大概前两次要单独洗。"), ("确定吗", "应该是吧")),
    (("怎么还没发货", "嗯"), ("催一下", "好的")),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """An agent whose work the exports hold: the shop, "" for the hotline, and the days of the month employed."""

    agent_no: str
    shop: str
    first_day: date
    last_day: date


def write_exports(folder: Path, members: Sequence[Exported], month_end: date, seed: int) -> None:
    """Write the exports of the last days up to ``month_end``. The same arguments give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = _Exports(seed)
    days = [month_end - timedelta(days=back) for back in reversed(range(DAYS))]
    for member in members:
        for day in days:
            if not member.first_day <= day <= member.last_day:
                continue
            if member.shop:
                rows.chats(member.agent_no, member.shop, day)
            else:
                rows.calls(member.agent_no, day)
    rows.traffic({member.shop for member in members if member.shop}, days)
    for name, columns in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows.tables[name])


class _Exports:
    """Rows of every table, drawn one after the other from one seed. Only ``Random.random`` is drawn from."""

    def __init__(self, seed: int) -> None:
        self.tables: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
        self._rng = Random(seed)  # noqa: S311 - figures, not secrets

    def _below(self, number: int) -> int:
        return int(self._rng.random() * number)

    def chats(self, agent: str, shop: str, day: date) -> None:
        """A day of an agent."""
        number = 1 + self._below(MOST_CHATS)
        for _chat in range(number):
            self._chat(agent, shop, day, orders_in_ten=4 if number <= ENOUGH else 2)

    def _chat(self, agent: str, shop: str, day: date, orders_in_ten: int) -> None:
        """One chat, perhaps a rating, an order, a refund."""
        session = f"S{len(self.tables['chat_sessions']) + 1:05d}"
        buyer = f"B{self._below(600) + 1:04d}"
        began = at = _clock(day, 8 * 3600 + self._below(13 * 3600))
        lines = [("buyer", "在吗"), ("agent_human", _GREETING)]
        for question, answer in _TALKS[self._below(len(_TALKS))]:
            lines += [("buyer", question), ("agent_human", answer)]
        if self._below(20) == 0:
            lines = lines[:-1]
        for sender, content in lines:
            number = f"M{len(self.tables['chat_messages']) + 1:06d}"
            who = agent if sender == "agent_human" else ""
            self.tables["chat_messages"].append((number, session, sender, who, at, content, "text"))
            at += timedelta(seconds=4 + self._below(70 if self._below(6) == 0 else 26))
        pushed = at if self._below(10) < 7 else ""
        self.tables["chat_sessions"].append((session, shop, buyer, began, at, pushed, _flag(self._below(20) > 0)))
        if pushed and self._below(10) < 6:
            rating = ("satisfied", "satisfied", "satisfied", "satisfied", "average", "disappointed")[self._below(6)]
            self.tables["service_ratings"].append((session, agent, rating, at, at + timedelta(minutes=3)))
        if self._below(10) < orders_in_ten:
            self._order(agent, shop, buyer, at)

    def _order(self, agent: str, shop: str, buyer: str, after: datetime) -> None:
        number = f"O{len(self.tables['orders']) + 1:05d}"
        created = after + timedelta(minutes=1 + self._below(600))
        paid = created + timedelta(minutes=1 + self._below(20))
        shipped = paid + timedelta(hours=6 + self._below(50))
        fen = 2_990 + 100 * self._below(400)
        amount = f"{fen // 100}.{fen % 100:02d}"
        self.tables["orders"].append(
            (
                number, shop, buyer, created, paid, paid + timedelta(minutes=self._below(300)),
                paid + timedelta(hours=48), shipped, shipped + timedelta(hours=2 + self._below(24)), "", amount,
                1 + self._below(3),
            )
        )  # fmt: skip
        if self._below(12) == 0:
            applied = paid + timedelta(hours=1 + self._below(30))
            handled = applied + timedelta(hours=1 + self._below(6))
            closed = handled + timedelta(hours=1 + self._below(20))
            kind = ("refund_only", "return_refund")[self._below(2)]
            refund = f"R{len(self.tables['refunds']) + 1:04d}"
            self.tables["refunds"].append((refund, number, kind, applied, handled, closed, "success", amount, agent))

    def calls(self, agent: str, day: date) -> None:
        """A day of the hotline."""
        for _call in range(6):
            number = f"K{len(self.tables['calls']) + 1:05d}"
            connected = self._below(10) < 9
            self.tables["calls"].append(
                (
                    number, agent, ("inbound", "outbound")[self._below(2)],
                    _clock(day, 9 * 3600 + self._below(8 * 3600)), _flag(connected),
                    30 + self._below(400) if connected else 0, _flag(self._below(40) == 0),
                    _flag(self._below(15) == 0),
                )
            )  # fmt: skip

    def traffic(self, shops: set[str], days: Sequence[date]) -> None:
        """Visitors of every shop and day."""
        for shop in sorted(shops):
            for day in days:
                visitors = 800 + self._below(1_200)
                self.tables["traffic_daily"].append((shop, day, visitors, visitors // 8))


def _clock(day: date, second: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(seconds=second)


def _flag(holds: bool) -> str:  # noqa: FBT001 - it is the value itself
    return "true" if holds else "false"
