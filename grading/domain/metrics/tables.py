"""The raw tables: what each is called, its columns and their kinds. Names and meanings: domain/requirements §5.

In memory a table is a Polars frame whose columns have the types of ``Kind``. An instant is Asia/Shanghai wall time
without a zone; money is whole fen; a number with decimals is whole millionths. A column may be absent: then the
metrics that need it say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import polars as pl

MILLIONTHS = 1_000_000


class Kind(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    INSTANT = "instant"
    DAY = "day"
    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"
    FLAG = "flag"

    @property
    def dtype(self) -> pl.DataType:
        return _DTYPES[self]


_DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.INSTANT: pl.Datetime("us"),
    Kind.DAY: pl.Date(),
    Kind.MONEY: pl.Int64(),
    Kind.COUNT: pl.Int64(),
    Kind.NUMBER: pl.Int64(),
    Kind.FLAG: pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kind, whether every row must fill it, the words it may hold, and other headings for it."""

    name: str
    kind: Kind = Kind.TEXT
    filled: bool = False
    choices: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table of raw events.

    ``key`` tells its rows apart; ``anchor`` is the instant or day that a range of days looks at; ``spans`` are pairs
    of instants of which the second cannot come first.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    anchor: str | None = None
    spans: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _text(name: str, *headings: str, filled: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.TEXT, filled, choices, headings)


def _of(kind: Kind, name: str, *headings: str, filled: bool = False) -> Column:
    return Column(name, kind, filled, (), headings)


_AGENT = _text("agent_id", "agent_no", "客服", "工号", filled=True)
_TABLES = (
    RawTable(
        "chat_messages",
        (
            _text("message_id", "消息编号", filled=True),
            _text("session_id", "会话编号", filled=True),
            _text(
                "sender_type",
                "发送方",
                filled=True,
                choices=("buyer", "agent_human", "bot", "auto", "system"),
            ),
            _text("agent_id", "agent_no", "客服", "工号"),
            _of(Kind.INSTANT, "sent_at", "发送时间", filled=True),
            _text("content", "内容"),
            _text("content_type", "内容类型", choices=("text", "emoji", "image", "card")),
            _of(Kind.FLAG, "recalled", "已撤回"),
        ),
        key=("message_id",),
        anchor="sent_at",
    ),
    RawTable(
        "chat_sessions",
        (
            _text("session_id", "会话编号", filled=True),
            _text("store_id", "店铺"),
            _text("buyer_id", "买家"),
            _text("agent_id", "agent_no", "客服", "工号"),
            _of(Kind.INSTANT, "started_at", "开始时间"),
            _of(Kind.INSTANT, "ended_at", "结束时间"),
            _of(Kind.INSTANT, "transfer_requested_at", "转人工时间"),
            _of(Kind.INSTANT, "accepted_at", "接入时间"),
            _of(Kind.FLAG, "is_spam", "is_advertiser", "is_spam/advertiser", "广告"),
            _of(Kind.FLAG, "is_risk", "风险"),
            _of(Kind.INSTANT, "survey_pushed_at", "邀评时间"),
            _of(Kind.FLAG, "resolved", "已解决"),
        ),
        key=("session_id",),
        anchor="started_at",
        spans=(("started_at", "ended_at"), ("transfer_requested_at", "accepted_at")),
    ),
    RawTable(
        "session_transfers",
        (
            _text("session_id", "会话编号", filled=True),
            _text("from_agent", "转出客服"),
            _text("to_agent", "转入客服"),
            _of(Kind.INSTANT, "at", "时间", filled=True),
            _text("reason", "原因"),
            _of(Kind.FLAG, "authorised", "authorized", "已授权"),
        ),
        anchor="at",
    ),
    RawTable(
        "service_ratings",
        (
            _text("session_id", "会话编号", filled=True),
            _text("agent_id", "agent_no", "客服", "工号"),
            _text("rating", "评价", choices=("satisfied", "average", "disappointed")),
            _of(Kind.INSTANT, "sent_at", "邀评时间"),
            _of(Kind.INSTANT, "rated_at", "评价时间"),
        ),
        anchor="rated_at",
        spans=(("sent_at", "rated_at"),),
    ),
    RawTable(
        "orders",
        (
            _text("order_id", "订单编号", filled=True),
            _text("store_id", "店铺"),
            _text("buyer_id", "买家"),
            _of(Kind.INSTANT, "created_at", "下单时间"),
            _of(Kind.INSTANT, "paid_at", "付款时间"),
            _of(Kind.INSTANT, "grouped_at", "成团时间"),
            _of(Kind.INSTANT, "promise_ship_at", "承诺发货时间"),
            _of(Kind.INSTANT, "shipped_at", "发货时间"),
            _of(Kind.INSTANT, "picked_up_at", "揽收时间"),
            _of(Kind.INSTANT, "completed_at", "完成时间"),
            _of(Kind.MONEY, "amount_paid", "实付金额"),
            _of(Kind.COUNT, "quantity", "件数"),
            _text("status", "状态"),
        ),
        key=("order_id",),
        anchor="paid_at",
        spans=(
            ("created_at", "paid_at"),
            ("paid_at", "grouped_at"),
            ("paid_at", "completed_at"),
            ("shipped_at", "picked_up_at"),
        ),
    ),
    RawTable(
        "order_items",
        (
            _text("order_id", "订单编号", filled=True),
            _text("sku", "商品编码"),
            _of(Kind.COUNT, "quantity", "件数"),
            _of(Kind.MONEY, "amount", "金额"),
        ),
    ),
    RawTable(
        "buyer_history",
        (
            _text("buyer_id", "买家", filled=True),
            _text("store_id", "店铺", filled=True),
            _text("first_order_id", "首单编号"),
            _text("developed_by", "开发客服"),
        ),
        key=("buyer_id", "store_id"),
    ),
    RawTable(
        "refunds",
        (
            _text("refund_id", "售后编号", filled=True),
            _text("order_id", "订单编号", filled=True),
            _text("type", "类型", choices=("refund_only", "return_refund", "exchange")),
            _of(Kind.INSTANT, "applied_at", "申请时间"),
            _of(Kind.INSTANT, "first_handled_at", "首次处理时间"),
            _text("handled_result", "处理结果"),
            _of(Kind.INSTANT, "agreed_at", "同意时间"),
            _of(Kind.INSTANT, "buyer_shipped_at", "买家寄出时间"),
            _of(Kind.INSTANT, "return_signed_at", "退货签收时间"),
            _of(Kind.INSTANT, "return_handled_at", "退货处理时间"),
            _of(Kind.INSTANT, "closed_at", "完结时间"),
            _text("final_status", "最终状态", choices=("success", "closed")),
            _of(Kind.MONEY, "amount", "金额"),
            _text("handler_agent_id", "处理客服"),
        ),
        key=("refund_id",),
        anchor="applied_at",
        spans=(
            ("applied_at", "first_handled_at"),
            ("applied_at", "agreed_at"),
            ("applied_at", "closed_at"),
            ("agreed_at", "buyer_shipped_at"),
            ("return_signed_at", "return_handled_at"),
        ),
    ),
    RawTable(
        "disputes",
        (
            _text("refund_id", "售后编号", filled=True),
            _of(Kind.INSTANT, "applied_intervention_at", "申请介入时间"),
            _text("verdict", "判责", choices=("merchant", "buyer", "none")),
            _of(Kind.FLAG, "refund_success", "退款成功"),
        ),
        key=("refund_id",),
        anchor="applied_intervention_at",
    ),
    RawTable(
        "complaints",
        (
            _text("complaint_id", "id", "投诉编号"),
            _text("buyer_id", "买家"),
            _text("store_id", "店铺"),
            _text("agent_id", "agent_no", "客服", "工号"),
            _text("channel", "渠道", choices=("platform", "internal")),
            _of(Kind.INSTANT, "filed_at", "投诉时间"),
            _of(Kind.FLAG, "upheld", "成立"),
            _of(Kind.INSTANT, "closed_at", "完结时间"),
        ),
        key=("complaint_id",),
        anchor="filed_at",
        spans=(("filed_at", "closed_at"),),
    ),
    RawTable(
        "reviews",
        (
            _text("review_id", "id", "评价编号"),
            _text("order_id", "订单编号"),
            _text("rating", "评价", choices=("good", "mid", "bad")),
            _of(Kind.INSTANT, "created_at", "评价时间"),
            _text("final_rating", "最终评价", choices=("good", "mid", "bad")),
            _of(Kind.INSTANT, "changed_at", "修改时间"),
            _text("handler_agent_id", "处理客服"),
            _of(Kind.NUMBER, "score", "订单评分"),
        ),
        key=("review_id",),
        anchor="created_at",
        spans=(("created_at", "changed_at"),),
    ),
    RawTable(
        "payment_chases",
        (
            _text("order_id", "订单编号", filled=True),
            _text("agent_id", "agent_no", "客服", "工号"),
            _text("channel", "渠道"),
            _of(Kind.INSTANT, "sent_at", "催付时间"),
            _of(Kind.INSTANT, "result_paid_at", "付款时间"),
        ),
        anchor="sent_at",
        spans=(("sent_at", "result_paid_at"),),
    ),
    RawTable(
        "calls",
        (
            _text("call_id", "通话编号", filled=True),
            _AGENT,
            _text("direction", "方向"),
            _of(Kind.INSTANT, "started_at", "开始时间"),
            _of(Kind.FLAG, "connected", "已接通"),
            _of(Kind.COUNT, "talk_seconds", "通话秒数"),
            _of(Kind.FLAG, "is_complaint", "投诉"),
            _of(Kind.FLAG, "is_secondary", "二次咨询"),
        ),
        key=("call_id",),
        anchor="started_at",
    ),
    RawTable(
        "agent_presence",
        (
            _AGENT,
            _text("store_id", "店铺"),
            _text("state", "状态", choices=("online", "away", "hang", "offline")),
            _of(Kind.INSTANT, "from", "开始时间", filled=True),
            _of(Kind.INSTANT, "to", "结束时间"),
        ),
        anchor="from",
        spans=(("from", "to"),),
    ),
    RawTable(
        "traffic_daily",
        (
            _text("store_id", "店铺", filled=True),
            _of(Kind.DAY, "date", "日期", filled=True),
            _of(Kind.COUNT, "visitors", "访客数"),
            _of(Kind.COUNT, "inquirers", "咨询人数"),
        ),
        key=("store_id", "date"),
        anchor="date",
    ),
    RawTable(
        "dsr_snapshots",
        (
            _text("store_id", "店铺", filled=True),
            _of(Kind.DAY, "date", "日期", filled=True),
            _of(Kind.NUMBER, "score", "评分"),
        ),
        key=("store_id", "date"),
        anchor="date",
    ),
    RawTable(
        "agents",
        (_text("agent_no", "agent_id", "工号", filled=True), _text("team", "班组", "团队")),
        key=("agent_no",),
    ),
    RawTable(
        "attendance_daily",
        (
            _AGENT,
            _of(Kind.DAY, "date", "日期", filled=True),
            _text(
                "status",
                "状态",
                filled=True,
                choices=(
                    "present",
                    "late",
                    "early_leave",
                    "paid_leave",
                    "unpaid_leave",
                    "sick",
                    "absent",
                    "holiday",
                    "rest",
                ),
            ),
        ),
        key=("agent_id", "date"),
        anchor="date",
    ),
    RawTable(
        "discipline_events",
        (
            _AGENT,
            _of(Kind.INSTANT, "at", "时间", filled=True),
            _text("code", "编码"),
            _of(Kind.NUMBER, "points", "扣分"),
            _text("mode", "方式", choices=("score", "deduct")),
        ),
        anchor="at",
    ),
    RawTable(
        "qa_evaluations",
        (
            _text("evaluation_id", "check_id", "id", "质检编号"),
            _text("session_id", "会话编号"),
            _AGENT,
            _text("reviewer_id", "reviewer", "质检员"),
            _text("source", "来源", choices=("random", "complaint")),
            _of(Kind.DAY, "checked_on", "质检日期", filled=True),
            _of(Kind.NUMBER, "score", "得分"),
        ),
        key=("evaluation_id",),
        anchor="checked_on",
    ),
    RawTable(
        "qa_findings",
        (
            _AGENT,
            _of(Kind.DAY, "checked_on", "质检日期", filled=True),
            _text("session", "session_id", "会话编号"),
            _text("code", "编码", filled=True),
        ),
        anchor="checked_on",
    ),
    RawTable(
        "training_attendance",
        (
            _AGENT,
            _of(Kind.DAY, "date", "日期", filled=True),
            _of(Kind.FLAG, "present", "出席", filled=True),
            _of(Kind.NUMBER, "score", "成绩"),
        ),
        anchor="date",
    ),
    RawTable(
        "exam_attempts",
        (
            _AGENT,
            _text("exam", "考试", filled=True, choices=("onboarding", "product")),
            _of(Kind.INSTANT, "at", "时间", filled=True),
            _of(Kind.COUNT, "right", "答对"),
            _of(Kind.COUNT, "questions", "题数"),
        ),
        anchor="at",
    ),
    RawTable(
        "mystery_shopper",
        (_AGENT, _of(Kind.DAY, "date", "日期", filled=True), _of(Kind.NUMBER, "score", "得分")),
        anchor="date",
    ),
    RawTable(
        "typing_tests",
        (
            _AGENT,
            _of(Kind.DAY, "date", "日期", filled=True),
            _of(Kind.COUNT, "characters", "字数"),
            _of(Kind.NUMBER, "minutes", "分钟"),
        ),
        anchor="date",
    ),
    RawTable(
        "platform_violations",
        (
            _text("store_id", "店铺", filled=True),
            _of(Kind.DAY, "date", "日期", filled=True),
            _text("kind", "类别", filled=True, choices=("general", "serious")),
            _of(Kind.NUMBER, "points", "扣分"),
        ),
        anchor="date",
    ),
    RawTable(
        "manual_scores",
        (
            _AGENT,
            _text("metric", "指标", filled=True, choices=("efficiency_score", "module_rating")),
            _of(Kind.DAY, "date", "日期", filled=True),
            _of(Kind.NUMBER, "score", "得分"),
        ),
        anchor="date",
    ),
)

TABLES: Mapping[str, RawTable] = MappingProxyType({table.name: table for table in _TABLES})
"""Every raw table by name. ``agent_accounts`` is not one: it maps accounts to agents while the others are read."""
