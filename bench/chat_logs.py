"""Made-up event logs of any size, the same every time: what the grading benchmark measures.

Everything comes from whole-number arithmetic on row numbers, so a log of ten million messages is made in seconds and
needs no random generator. Shapes are those of a busy shop: five messages a session, half of them the buyer's, one bot
greeting in twenty, one order for every two sessions, one refund for every twenty orders.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

MONTH = (date(2026, 10, 1), date(2026, 11, 1))
STORES = 20
_START = datetime(2026, 10, 1)  # noqa: DTZ001 - Shanghai wall time, as in the tables
_SECONDS = 31 * 86_400
_TEXTS = (
    "您好，请问有什么可以帮您？",
    "好的",
    "这款今天下单明天发货，可能后天到",
    "请问有优惠吗",
    "谢谢",
    "嗯",
    "亲，尺码可以参考详情页的尺码表，身高体重告诉我帮您看看",
    "不知道",
    "什么时候发货？",
    "感谢您的咨询，祝您生活愉快",
)


def hashed(salt: int, below: int) -> pl.Expr:
    """A number from 0 up to ``below`` that looks random and depends on the row alone."""
    return (pl.col("row").cast(pl.UInt64) + salt).hash(seed=salt) % below


def tables(messages: int, agents: int) -> dict[str, pl.DataFrame]:
    """The raw tables of a month: ``messages`` chat messages, a fifth as many sessions, a tenth as many orders."""
    sessions = messages // 5
    orders = messages // 10
    buyers = max(sessions // 2, 1)
    chat_sessions = _rows(sessions).select(
        session_id=_id("s", "row"),
        store_id=_id("shop", pl.col("row") % STORES),
        buyer_id=_id("b", hashed(1, buyers)),
        started_at=_at(hashed(2, _SECONDS)),
        survey_pushed_at=pl.when(hashed(3, 10) < 6).then(_at(hashed(2, _SECONDS)) + pl.duration(minutes=9)),
        is_spam=hashed(4, 100) == 0,
        is_risk=hashed(5, 100) == 0,
        resolved=hashed(6, 10) < 9,
    )
    return {
        "chat_sessions": chat_sessions.collect(),
        "chat_messages": _messages(messages, agents),
        **_sales(orders, sessions, buyers, agents),
        **_others(sessions, agents),
        "agents": _rows(agents).select(agent_no=_id("a", "row"), team=_id("t", pl.col("row") // 10)).collect(),
    }


def _messages(messages: int, agents: int) -> pl.DataFrame:
    turn = pl.col("row") % 5
    session = pl.col("row") // 5
    started = pl.col("row").cast(pl.UInt64) // 5
    is_buyer = turn.is_in([0, 2, 3])
    is_bot = (turn == 1) & (hashed(7, 20) == 0)
    at = _START + pl.duration(seconds=(started + 2).hash(seed=2) % _SECONDS + turn * 40 + hashed(8, 60).cast(pl.Int64))
    return (
        _rows(messages)
        .select(
            message_id=_id("m", "row"),
            session_id=_id("s", session),
            sender_type=pl.when(is_buyer)
            .then(pl.lit("buyer"))
            .when(is_bot)
            .then(pl.lit("bot"))
            .otherwise(pl.lit("agent_human")),
            agent_id=pl.when(~is_buyer & ~is_bot).then(_id("a", (started + 9).hash(seed=9) % agents)),
            sent_at=at.cast(pl.Datetime("us")),
            content=pl.lit(pl.Series(_TEXTS)).gather(hashed(10, len(_TEXTS))),
            content_type=pl.when(hashed(11, 30) == 0).then(pl.lit("emoji")).otherwise(pl.lit("text")),
            recalled=hashed(12, 200) == 0,
        )
        .collect()
    )


def _sales(orders: int, sessions: int, buyers: int, agents: int) -> dict[str, pl.DataFrame]:
    session = hashed(20, sessions)
    created = (session + 2).hash(seed=2) % _SECONDS + hashed(21, 90_000)
    rows = _rows(orders).select(
        order_id=_id("o", "row"),
        store_id=_id("shop", session % STORES),
        buyer_id=_id("b", (session + 1).hash(seed=1) % buyers),
        created_at=_at(created),
        paid_at=pl.when(hashed(22, 10) < 9).then(_at(created + hashed(23, 3_000))),
        grouped_at=pl.when(hashed(22, 10) < 8).then(_at(created + 3_000 + hashed(24, 3_000))),
        promise_ship_at=_at(created + 172_800),
        shipped_at=_at(created + 6_000 + hashed(25, 180_000)),
        picked_up_at=_at(created + 186_000 + hashed(26, 90_000)),
        completed_at=pl.when(hashed(27, 10) < 8).then(_at(created + 300_000 + hashed(28, 400_000))),
        amount_paid=(hashed(29, 50_000) + 990).cast(pl.Int64),
        quantity=(hashed(30, 3) + 1).cast(pl.Int64),
    )
    refunds = _rows(orders // 20).select(
        refund_id=_id("r", "row"),
        order_id=_id("o", pl.col("row") * 20),
        type=_one_of(31, "refund_only", "return_refund", "exchange"),
        applied_at=_at(hashed(32, _SECONDS)),
        first_handled_at=_at(hashed(32, _SECONDS) + hashed(33, 40_000)),
        agreed_at=_at(hashed(32, _SECONDS) + 40_000),
        buyer_shipped_at=_at(hashed(32, _SECONDS) + 90_000),
        return_signed_at=_at(hashed(32, _SECONDS) + 200_000),
        return_handled_at=_at(hashed(32, _SECONDS) + 200_000 + hashed(34, 80_000)),
        closed_at=_at(hashed(32, _SECONDS) + 300_000),
        final_status=_one_of(35, "success", "success", "closed"),
        amount=(hashed(36, 20_000) + 100).cast(pl.Int64),
        handler_agent_id=_id("a", hashed(37, agents)),
    )
    return {
        "orders": rows.collect(),
        "refunds": refunds.collect(),
        "disputes": _rows(orders // 200)
        .select(
            refund_id=_id("r", pl.col("row") * 10),
            applied_intervention_at=_at(hashed(38, _SECONDS)),
            verdict=_one_of(39, "merchant", "buyer", "none"),
            refund_success=hashed(40, 2) == 0,
        )
        .collect(),
        "buyer_history": _rows(buyers)
        .select(
            buyer_id=_id("b", "row"),
            store_id=_id("shop", pl.col("row") % STORES),
            first_order_id=_id("o", hashed(41, max(orders, 1))),
            developed_by=_id("a", hashed(42, agents)),
        )
        .collect(),
        "payment_chases": _rows(orders // 5)
        .select(
            order_id=_id("o", pl.col("row") * 5),
            agent_id=_id("a", hashed(43, agents)),
            sent_at=_at(hashed(44, _SECONDS)),
        )
        .collect(),
        "reviews": _rows(orders // 4)
        .select(
            review_id=_id("v", "row"),
            order_id=_id("o", pl.col("row") * 4),
            rating=_one_of(45, "good", "good", "mid", "bad"),
            created_at=_at(hashed(46, _SECONDS)),
            final_rating=_one_of(47, "good", "mid"),
            changed_at=_at(hashed(46, _SECONDS) + 90_000),
            handler_agent_id=_id("a", hashed(48, agents)),
            score=(hashed(49, 5) + 1).cast(pl.Int64) * 1_000_000,
        )
        .collect(),
    }


def _others(sessions: int, agents: int) -> dict[str, pl.DataFrame]:
    days = agents * 31
    day = pl.lit(MONTH[0]) + pl.duration(days=pl.col("row") % 31)
    member = _id("a", pl.col("row") // 31)
    return {
        "service_ratings": _rows(sessions // 3)
        .select(
            session_id=_id("s", pl.col("row") * 3),
            agent_id=_id("a", hashed(50, agents)),
            rating=_one_of(51, "satisfied", "satisfied", "average", "disappointed", None),
            sent_at=_at(hashed(52, _SECONDS)),
            rated_at=pl.when(hashed(51, 5) < 4).then(_at(hashed(52, _SECONDS) + 60)),
        )
        .collect(),
        "complaints": _rows(sessions // 100)
        .select(
            complaint_id=_id("c", "row"),
            buyer_id=_id("b", pl.col("row") * 7),
            store_id=_id("shop", pl.col("row") % STORES),
            agent_id=_id("a", hashed(53, agents)),
            channel=_one_of(54, "platform", "internal"),
            filed_at=_at(hashed(55, _SECONDS)),
            upheld=hashed(56, 2) == 0,
        )
        .collect(),
        "calls": _rows(agents * 100)
        .select(
            call_id=_id("k", "row"),
            agent_id=_id("a", pl.col("row") // 100),
            started_at=_at(hashed(57, _SECONDS)),
            connected=hashed(58, 10) < 8,
            talk_seconds=hashed(59, 600).cast(pl.Int64),
            is_complaint=hashed(60, 50) == 0,
            is_secondary=hashed(61, 20) == 0,
        )
        .collect(),
        "agent_presence": _rows(days)
        .select(
            agent_id=member,
            store_id=_id("shop", pl.col("row") // 31 % STORES),
            state=_one_of(62, "online", "online", "away"),
            **{
                "from": day.cast(pl.Datetime("us")) + pl.duration(hours=9),
                "to": day.cast(pl.Datetime("us")) + pl.duration(hours=18),
            },
        )
        .collect(),
        "attendance_daily": _rows(days)
        .select(agent_id=member, date=day.cast(pl.Date), status=_one_of(63, "present", "present", "rest", "late"))
        .collect(),
    }


def _rows(count: int) -> pl.LazyFrame:
    return pl.LazyFrame().select(row=pl.int_range(count, dtype=pl.Int64))


def _id(prefix: str, number: str | pl.Expr) -> pl.Expr:
    column = pl.col(number) if isinstance(number, str) else number
    return pl.concat_str(pl.lit(prefix), column.cast(pl.String))


def _at(seconds: pl.Expr) -> pl.Expr:
    return (_START + pl.duration(seconds=seconds.cast(pl.Int64))).cast(pl.Datetime("us"))


def _one_of(salt: int, *words: str | None) -> pl.Expr:
    return pl.lit(pl.Series(words, dtype=pl.String)).gather(hashed(salt, len(words)))
