"""Random raw events from a seed: every case that the metrics page tells apart, many of them on the very edge.

The rows are plain (Fractions of yuan and points); ``frames`` makes of them what grading/domain/metrics/tables.py says.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from grading.domain.metrics.tables import MILLIONTHS, TABLES, Kind

Row = dict[str, Any]
PLATFORMS = ("pdd", "taobao", "douyin", "kuaishou", "call_centre")
STORES = ("S1", "S2", "S3")
FORMER = "A8"
"""Wrote before the span and left: no list and no row of the span names A8 unless a conversation went on."""
AGENTS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7")
TEAMS = {"A1": "T1", "A2": "T1", "A3": "T2", "A4": "T2", "A5": "T2", "A6": None}  # A7 is on no list
SESSIONS = 240
SPAN_DAYS = (1, 2, 6, 9)
AROUND = timedelta(days=4)
"""How far outside the span there are events too."""
CLOCKS = ("07:59:58", "08:00:00", "22:59:40", "22:59:59", "23:00:00", "23:59:50", "00:00:00", "12:00:00")
GAPS = (0, 0, 1, 2, 5, 6, 7, 15, 29, 30, 31, 90, 179, 180, 181, 299, 300, 301, 900, 4000, 30000, 90000)
WORDS = (
    "您好,请问有什么可以帮您",
    "好的",
    "嗯",
    "嗯嗯!",
    "是的。",
    "哦~",
    "……",
    "  ",
    "",
    "?!",
    "不知道",
    "我不管,不知道不知道",
    "大概可能明天",
    "好像可能可能吧",
    "应该是吧",
    "可以加 QQ 或qq",
    "QQ号",
    "淘宝 TAOBAO 支付宝支付宝",
    "秋秋",
    "求求老板下个单",
    "祝您生活愉快",
    "感谢您的光临,再见",
    "再见",
    "好的,再见再见",
    "祝您购物愉快",
    "欢迎下次光临!",
    "歡迎再次光臨",
    "感谢您的光临",
    "ＱＱ,支付寶",
    "a b c",
    "1 2 3 4",
    "😀😀",
    "48小时内发货",
)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class RandomLog:
    """Rows by table, and the columns each table has. ``start`` to ``end``, which is not included."""

    tables: Mapping[str, Sequence[Row]]
    columns: Mapping[str, tuple[str, ...]]
    start: date
    end: date
    platform: str

    def frames(self) -> dict[str, pl.DataFrame]:
        return {name: frame(name, self.tables[name], columns) for name, columns in self.columns.items()}

    def without(self, gone: Mapping[str, Sequence[str]]) -> RandomLog:
        """Without these columns; a table that has none left is not there at all."""
        left = {
            name: tuple(each for each in there if each not in gone.get(name, ()))
            for name, there in self.columns.items()
        }
        columns = {name: there for name, there in left.items() if there}
        tables = {name: [{each: row[each] for each in columns[name]} for row in self.tables[name]] for name in columns}
        return replace(self, tables=tables, columns=columns)


def frame(table: str, rows: Sequence[Row], columns: Sequence[str]) -> pl.DataFrame:
    """A frame whose columns have the types of their kinds: fen, and millionths."""
    kinds = {name: TABLES[table].column(name).kind for name in columns}
    cells = {name: [whole(row[name], kind) for row in rows] for name, kind in kinds.items()}
    return pl.DataFrame(cells, schema={name: kind.dtype for name, kind in kinds.items()})


def whole(value: Any, kind: Kind) -> Any:
    if value is None or kind not in (Kind.MONEY, Kind.NUMBER):
        return value
    scaled = value * (100 if kind is Kind.MONEY else MILLIONTHS)
    assert scaled.denominator == 1
    return scaled.numerator


class Draw:
    """Draws a log. One instance, one seed."""

    def __init__(self, seed: int, platform: str | None = None) -> None:
        self.random = random.Random(seed)
        self.platform = platform or PLATFORMS[seed % len(PLATFORMS)]
        first = self.random.choice((date(2026, 10, 1), date(2026, 9, 28), date(2026, 2, 24), date(2024, 2, 26)))
        self.start = first + timedelta(days=self.random.randrange(4))
        self.end = self.start + timedelta(days=self.random.choice(SPAN_DAYS))
        self.buyers = [f"b{number}" for number in range(self.random.choice((12, 40)))]
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES}

    def log(self) -> RandomLog:
        self.draw_agents()
        self.draw_chats()
        self.draw_orders()
        self.draw_after_sales()
        self.draw_shop_days()
        self.draw_people()
        for name, rows in self.tables.items():
            if name != "chat_messages":
                self.random.shuffle(rows)
        columns = {name: tuple(each.name for each in table.columns) for name, table in TABLES.items()}
        rows = {
            name: [{column: row.get(column) for column in columns[name]} for row in self.tables[name]]
            for name in TABLES
        }
        return RandomLog(rows, columns, self.start, self.end, self.platform)

    def with_gaps(self) -> RandomLog:
        """The log, of which some columns and tables may be absent."""
        whole_log = self.log()
        gone: dict[str, list[str]] = {}
        for _ in range(self.random.choice((1, 2, 4))):
            name = self.random.choice(list(TABLES))
            optional = [each.name for each in TABLES[name].columns if not each.filled]
            gone[name] = self.random.sample(optional, min(len(optional), self.random.choice((0, 1, 1, 2))))
        return whole_log.without({name: each or whole_log.columns[name] for name, each in gone.items()})

    # ── small draws ──────────────────────────────────────────────────────────────────────────────────────────────

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def maybe(self, percent: int, value: Any) -> Any:
        return value if self.chance(percent) else None

    def agent(self, *, known: int = 100) -> str | None:
        return self.maybe(known, self.random.choice(AGENTS))

    def day(self) -> date:
        """In the span or around it."""
        return (self.start - AROUND) + timedelta(days=self.random.randrange((self.end - self.start + 2 * AROUND).days))

    def instant(self) -> datetime:
        """Anywhere, often on an edge of a window or of the span."""
        if self.chance(5):
            return (
                datetime.combine(self.random.choice((self.start, self.end)), time())
                - self.random.choice((0, 1)) * SECOND
            )
        if self.chance(40):
            return datetime.combine(self.day(), time.fromisoformat(self.random.choice(CLOCKS)))
        return datetime.combine(self.day(), time()) + timedelta(seconds=self.random.randrange(86_400))

    def later(self, at: datetime, *lengths: timedelta) -> datetime:
        """After one of these lengths, or a second to either side of it, but not before ``at``."""
        return max(at, at + self.random.choice(lengths) + self.random.choice((-1, 0, 0, 1)) * SECOND)

    def points(self, most: int) -> Fraction:
        return Fraction(self.random.randrange(most * 4), 4)

    def yuan(self) -> Fraction:
        return Fraction(self.random.randrange(1, 50_000), 100)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, table: str, **cells: Any) -> Row:
        self.tables[table].append(cells)
        return cells

    def draw_agents(self) -> None:
        for agent, team in TEAMS.items():
            self.add("agents", agent_no=agent, team=team)

    def draw_chats(self) -> None:
        chats = []
        for number in range(SESSIONS):
            session = f"c{number:03}"
            messages = self.messages(session)
            self.draw_session(session, [row["sent_at"] for row in messages])
            chats.append(messages)
        # Rows of one conversation stay in its order; conversations are mixed as in an export.
        while chats:
            messages = self.random.choice(chats)
            self.tables["chat_messages"].append(messages.pop(0))
            if not messages:
                chats.remove(messages)
        for number, row in enumerate(self.tables["chat_messages"]):
            row["message_id"] = f"m{number:05}"

    def messages(self, session: str) -> list[Row]:
        """One conversation: runs of either side, mostly answered, by one agent or several, with robots between."""
        at, rows = self.instant(), []
        former = at.date() < self.start and self.chance(40)
        writers = [FORMER] if former else [self.agent(known=92) for _ in range(self.random.choice((1, 1, 2, 3)))]
        for _ in range(self.random.randrange(1, 17)):
            sender = self.random.choices(("buyer", "agent_human", "bot", "auto", "system"), weights=(45, 40, 5, 5, 5))[
                0
            ]
            rows.append(
                {
                    "session_id": session,
                    "sender_type": sender,
                    "agent_id": self.random.choice(writers) if sender == "agent_human" else None,
                    "sent_at": at,
                    "content": self.maybe(97, self.random.choice(WORDS)),
                    "content_type": self.maybe(
                        90, self.random.choices(("text", "emoji", "image", "card"), (6, 2, 1, 1))[0]
                    ),
                    "recalled": self.maybe(80, self.chance(5)),
                }
            )
            at += timedelta(seconds=self.random.choice(GAPS))
        return rows

    def draw_session(self, session: str, instants: list[datetime]) -> None:
        asked = self.random.choice((instants[0], self.instant()))
        self.add(
            "chat_sessions",
            session_id=session,
            store_id=self.maybe(98, self.random.choice(STORES)),
            buyer_id=self.maybe(98, self.random.choice(self.buyers)),
            agent_id=self.agent(known=60),
            started_at=self.maybe(97, instants[0] - self.random.choice((0, 0, 5)) * SECOND),
            ended_at=instants[-1],
            transfer_requested_at=self.maybe(50, asked),
            accepted_at=self.maybe(85, asked + timedelta(seconds=self.random.choice(GAPS))),
            is_spam=self.maybe(80, self.chance(6)),
            is_risk=self.maybe(80, self.chance(12)),
            survey_pushed_at=self.maybe(40, instants[-1]),
            resolved=self.maybe(70, self.chance(60)),
        )
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            self.add(
                "session_transfers",
                session_id=session,
                from_agent=self.agent(),
                to_agent=self.agent(known=90),
                at=self.random.choice(instants) + self.random.choice((0, 0, 1, -1)) * SECOND,
                reason=None,
                authorised=self.chance(50),
            )
        for _ in range(self.random.choice((0, 0, 1, 2))):
            sent = self.random.choice((instants[-1], self.instant()))
            rating = self.maybe(75, self.random.choice(("satisfied", "satisfied", "average", "disappointed")))
            self.add(
                "service_ratings",
                session_id=session if self.chance(97) else "nowhere",
                agent_id=self.agent(known=92),
                rating=rating,
                sent_at=sent,
                rated_at=None if rating is None else self.later(sent, SECOND, HOUR, DAY),
            )

    def draw_orders(self) -> None:
        chats = [row for row in self.tables["chat_messages"] if row["sender_type"] in ("buyer", "agent_human")]
        sessions = {row["session_id"]: row for row in self.tables["chat_sessions"]}
        for number in range(260):
            message = self.random.choice(chats)
            session = sessions[message["session_id"]]
            paid = self.maybe(88, self.paid_after(message["sent_at"]))
            basis = paid or self.instant()
            order = self.add(
                "orders",
                order_id=f"o{number:03}",
                store_id=session["store_id"] if self.chance(90) else self.random.choice(STORES),
                buyer_id=session["buyer_id"] if self.chance(90) else self.random.choice((*self.buyers, "unseen")),
                created_at=self.maybe(97, self.created_before(basis, message["sent_at"])),
                paid_at=paid,
                amount_paid=self.maybe(97, self.yuan()),
                quantity=self.maybe(97, self.random.randrange(1, 5)),
                status=None,
            )
            self.draw_delivery(order)
            self.draw_chases(order)
        self.draw_histories()

    def paid_after(self, asked: datetime) -> datetime:
        midnight = datetime.combine(asked.date(), time())
        return self.random.choice(
            (
                asked,
                asked + SECOND,
                asked - SECOND,
                asked + timedelta(minutes=self.random.randrange(3000)),
                midnight + 3 * DAY - SECOND,
                midnight + 3 * DAY,
                asked + 72 * HOUR,
                asked + 72 * HOUR + SECOND,
                self.instant(),
            )
        )

    def created_before(self, basis: datetime, asked: datetime) -> datetime:
        return min(basis, self.random.choice((basis, basis - 12 * HOUR, basis - 12 * HOUR - SECOND, asked)))

    def draw_delivery(self, order: Row) -> None:
        paid = order["paid_at"]
        if paid is None:
            return
        order["grouped_at"] = self.maybe(85, self.later(paid, timedelta(), HOUR, DAY, 2 * DAY, 3 * DAY))
        order["promise_ship_at"] = self.maybe(85, self.later(paid, 24 * HOUR, 48 * HOUR))
        promise = order["promise_ship_at"] or paid + DAY
        order["shipped_at"] = self.maybe(
            75, self.random.choice((promise, promise + SECOND, self.later(paid, HOUR, 3 * DAY)))
        )
        shipped = order["shipped_at"]
        if shipped is not None:
            order["picked_up_at"] = self.maybe(85, self.later(shipped, HOUR, DAY, DAY, 2 * DAY))
            order["completed_at"] = self.maybe(85, self.later(max(shipped, paid), DAY, 2 * DAY))

    def draw_chases(self, order: Row) -> None:
        created = order["created_at"] or self.instant()
        moments = [created, created - SECOND, created + 12 * HOUR, created + 12 * HOUR + SECOND, created + HOUR]
        if order["paid_at"] is not None:
            moments += [order["paid_at"], order["paid_at"] - SECOND]
        for at in self.random.sample(moments, self.random.choice((0, 0, 1, 2))):
            self.add(
                "payment_chases", order_id=order["order_id"], agent_id=self.agent(known=92), channel=None, sent_at=at
            )

    def draw_histories(self) -> None:
        orders: dict[tuple[str, str], list[Row]] = {}
        for row in self.tables["orders"]:
            if row["store_id"] is not None and row["buyer_id"] is not None:
                orders.setdefault((row["store_id"], row["buyer_id"]), []).append(row)
        for (store, buyer), rows in sorted(orders.items()):
            if not self.chance(70):
                continue
            paid = sorted((row for row in rows if row["paid_at"]), key=lambda row: row["paid_at"])
            first = paid[0] if paid and self.chance(80) else self.random.choice(rows)
            self.add(
                "buyer_history",
                buyer_id=buyer,
                store_id=store,
                first_order_id=first["order_id"] if self.chance(93) else "long ago",
                developed_by=self.agent(known=50),
            )

    def draw_after_sales(self) -> None:
        orders = self.tables["orders"]
        for number in range(150):
            order = self.random.choice(orders)
            self.draw_refund(f"r{number:03}", order)
        for number in range(70):
            order = self.random.choice(orders)
            filed = self.random.choice((order["paid_at"] or self.instant(), self.instant()))
            self.add(
                "complaints",
                complaint_id=f"k{number}",
                buyer_id=order["buyer_id"],
                store_id=order["store_id"],
                agent_id=self.agent(known=90),
                channel=self.maybe(90, self.random.choice(("platform", "internal"))),
                filed_at=self.maybe(97, filed - self.random.choice((0, 1)) * SECOND),
                upheld=self.maybe(85, self.chance(60)),
            )
        for number in range(80):
            created = self.instant()
            changed = self.maybe(50, self.later(created, HOUR, DAY))
            self.add(
                "reviews",
                review_id=f"v{number}",
                order_id=self.random.choice(orders)["order_id"] if self.chance(95) else "nothing",
                rating=self.maybe(95, self.random.choice(("good", "mid", "bad"))),
                created_at=created,
                final_rating=self.maybe(80, self.random.choice(("good", "mid", "bad"))),
                changed_at=changed,
                handler_agent_id=self.agent(known=85),
                score=self.maybe(85, Fraction(self.random.randrange(1, 6))),
            )

    def draw_refund(self, refund: str, order: Row) -> None:
        applied = self.applied_at(order)
        closed = self.maybe(80, self.later(applied, HOUR, DAY, 2 * DAY, 4 * DAY))
        agreed = self.maybe(60, self.later(applied, timedelta(), HOUR))
        agreed = agreed if agreed is None or closed is None else min(agreed, closed)
        sent = self.maybe(60, None if agreed is None else self.later(agreed, timedelta(), HOUR, DAY))
        signed = self.maybe(60, self.later(applied, HOUR, DAY))
        self.add(
            "refunds",
            refund_id=refund,
            order_id=order["order_id"] if self.chance(97) else "nothing",
            type=self.maybe(97, self.random.choice(("refund_only", "return_refund", "return_refund", "exchange"))),
            applied_at=self.maybe(97, applied),
            first_handled_at=self.maybe(80, self.later(applied, timedelta(), HOUR, 12 * HOUR)),
            agreed_at=agreed,
            buyer_shipped_at=sent,
            return_signed_at=signed,
            return_handled_at=self.maybe(80, None if signed is None else self.later(signed, timedelta(), HOUR)),
            closed_at=closed,
            final_status=self.maybe(90, self.random.choice(("success", "success", "closed"))),
            amount=self.maybe(97, self.yuan()),
            handler_agent_id=self.agent(known=88),
        )
        if self.chance(30):
            self.add(
                "disputes",
                refund_id=refund if self.chance(97) else "nothing at all",
                applied_intervention_at=self.maybe(92, self.random.choice((applied, self.later(applied, HOUR, DAY)))),
                verdict=self.maybe(90, self.random.choice(("merchant", "merchant", "buyer", "none"))),
                refund_success=self.maybe(90, self.chance(60)),
            )

    def applied_at(self, order: Row) -> datetime:
        moments = [self.instant()]
        for name in ("promise_ship_at", "shipped_at", "picked_up_at"):
            if order.get(name) is not None:
                moments += [order[name], order[name] + SECOND, order[name] - SECOND]
        if order.get("shipped_at") is not None:
            moments += [order["shipped_at"] + DAY, order["shipped_at"] + DAY + SECOND, order["shipped_at"] + HOUR]
        return self.random.choice(moments)

    def draw_shop_days(self) -> None:
        for store in STORES:
            for offset in range(-4, (self.end - self.start).days + 4):
                on = self.start + timedelta(days=offset)
                visitors = self.random.randrange(5, 60)
                self.add(
                    "traffic_daily",
                    store_id=store,
                    date=on,
                    visitors=self.maybe(97, visitors),
                    inquirers=self.maybe(97, self.random.randrange(visitors)),
                )
                self.add(
                    "dsr_snapshots",
                    store_id=store,
                    date=on,
                    score=self.maybe(90, Fraction(self.random.randrange(40, 51), 10)),
                )
                for kind in ("general", "serious"):
                    if self.chance(30):
                        self.add("platform_violations", store_id=store, date=on, kind=kind, points=self.points(12))

    def draw_people(self) -> None:
        for agent in AGENTS:
            for offset in range(-4, (self.end - self.start).days + 4):
                self.draw_agent_day(agent, self.start + timedelta(days=offset))
        for _ in range(160):
            self.draw_call()
            self.draw_presence()

    def draw_agent_day(self, agent: str, on: date) -> None:
        draws = self.random
        statuses = ("present", "present", "late", "early_leave", "paid_leave", "sick", "absent", "holiday", "rest")
        at = datetime.combine(on, time()) + timedelta(seconds=draws.randrange(86_400))
        if self.chance(85):
            self.add("attendance_daily", agent_id=agent, date=on, status=draws.choice(statuses))
        if self.chance(20):
            mode = self.maybe(85, draws.choice(("score", "deduct")))
            self.add(
                "discipline_events", agent_id=agent, at=at, code="X", points=self.maybe(95, self.points(40)), mode=mode
            )
        for _ in range(draws.choice((0, 0, 1, 3))):
            self.add("qa_evaluations", agent_id=agent, checked_on=on, score=self.maybe(92, self.points(100)))
        for _ in range(draws.choice((0, 0, 1, 2))):
            code = draws.choice(("F1", "F3", "N1", "N1", "N2"))
            self.add("qa_findings", agent_id=agent, checked_on=on, session=None, code=code)
        if self.chance(25):
            present = self.chance(70)
            self.add(
                "training_attendance",
                agent_id=agent,
                date=on,
                present=present,
                score=self.maybe(90, self.points(100)) if present else self.maybe(10, self.points(100)),
            )
        if self.chance(30):
            self.add(
                "exam_attempts",
                agent_id=agent,
                exam=draws.choice(("onboarding", "product")),
                at=at,
                right=self.maybe(95, draws.randrange(17)),
                questions=16,
            )
        if self.chance(15):
            self.add("mystery_shopper", agent_id=agent, date=on, score=self.maybe(95, self.points(100)))
        if self.chance(25):
            self.add(
                "typing_tests",
                agent_id=agent,
                date=on,
                characters=self.maybe(95, draws.randrange(900)),
                minutes=self.maybe(95, Fraction(draws.randrange(1, 40), 4)),
            )
        if self.chance(30):
            name = draws.choice(("efficiency_score", "module_rating"))
            self.add("manual_scores", agent_id=agent, metric=name, date=on, score=self.maybe(95, self.points(100)))

    def draw_call(self) -> None:
        self.add(
            "calls",
            call_id=f"p{len(self.tables['calls'])}",
            agent_id=self.agent(),
            direction=self.random.choice(("inbound", "outbound")),
            started_at=self.maybe(98, self.instant()),
            connected=self.maybe(95, self.chance(70)),
            talk_seconds=self.maybe(95, self.random.randrange(600)),
            is_complaint=self.maybe(80, self.chance(15)),
            is_secondary=self.maybe(80, self.chance(15)),
        )

    def draw_presence(self) -> None:
        came = self.instant()
        lengths = (timedelta(minutes=self.random.randrange(200)), HOUR, 9 * HOUR, 26 * HOUR)
        left = self.maybe(98, came + self.random.choice(lengths))
        state = self.random.choices(("online", "away", "hang", "offline", None), weights=(4, 2, 2, 2, 1))[0]
        self.add(
            "agent_presence",
            agent_id=self.agent(),
            store_id=self.maybe(90, self.random.choice(STORES)),
            state=state,
            **{"from": came, "to": left},
        )
