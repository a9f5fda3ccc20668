"""Platform accounts as agents: who held which account on the day of a row (agent_accounts.csv).

``platform, shop, account, agent_no, from, to``: both days are included; an empty ``from`` means always before, an empty
``to`` still now, an empty platform or shop any. An account that nobody is named for on a day stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from grading.domain.metrics.definition import Platform
from grading.domain.metrics.tables import TABLES, Kind, RawTable
from grading.imports import wording
from grading.imports.cells import FIRST_DAY, LAST_DAY, Choice, Text, code, day
from grading.imports.problem import Problem
from grading.imports.table import Column, Complaint, Row, Schema, Table

AGENT_COLUMNS = ("agent_id", "handler_agent_id", "developed_by", "from_agent", "to_agent")
"""The columns that may name an account instead of an agent."""

_PLATFORM = Choice(
    {
        Platform.PDD: ("拼多多",),
        Platform.TAOBAO: ("淘宝", "天猫", "tmall"),
        Platform.DOUYIN: ("抖音",),
        Platform.KUAISHOU: ("快手",),
        Platform.CALL_CENTRE: ("呼叫中心",),
    }
)


def _ends_after_it_starts(row: Row) -> Iterator[Complaint]:
    start, end = row["from"], row["to"]
    if start and end and end < start:
        yield Complaint("to", wording.ENDS_BEFORE_START, end, {"start": start})


AGENT_ACCOUNTS = Schema(
    (
        Column("platform", ("平台",), _PLATFORM),
        Column("shop", ("店铺", "store_id"), Text(100)),
        Column("account", ("账号", "子账号"), Text(100), required=True),
        Column("agent_no", ("工号",), code, required=True),
        Column("from", ("开始日期",), day),
        Column("to", ("结束日期",), day),
    ),
    checks=(_ends_after_it_starts,),
    may_be_empty=True,
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account and who held it from ``start`` to ``end``, both included. Empty platform and shop mean any."""

    platform: str
    shop: str
    account: str
    agent_no: str
    start: date
    end: date

    def meets(self, other: Account) -> bool:
        """Whether both could be meant by one row of one day."""
        return (
            (not self.platform or not other.platform or self.platform == other.platform)
            and (not self.shop or not other.shop or self.shop == other.shop)
            and self.start <= other.end
            and other.start <= self.end
        )


def accounts_of(table: Table) -> tuple[tuple[Account, ...], list[Problem]]:
    """The accounts of agent_accounts.csv, and a problem for each that somebody else holds at the same time."""
    found: list[Account] = []
    problems: list[Problem] = []
    earlier: dict[str, list[tuple[Row, Account]]] = defaultdict(list)
    for row in table.rows:
        account = Account(
            row["platform"] or "",
            row["shop"] or "",
            row["account"],
            row["agent_no"],
            row["from"] or FIRST_DAY,
            row["to"] or LAST_DAY,
        )
        for first, other in earlier[account.account]:
            if account.meets(other):
                fault = wording.OVERLAPPING_ACCOUNT
                told = table.problem(
                    row, "account", fault, account.account, first=first.number, agent_no=other.agent_no
                )
                problems.append(told)
                break
        earlier[account.account].append((row, account))
        found.append(account)
    return tuple(found), problems


def with_agents(
    tables: Mapping[str, pl.DataFrame], accounts: Sequence[Account], platform: Platform | None
) -> dict[str, pl.DataFrame]:
    """The tables with accounts replaced by the agents who held them on the day of the row.

    The day is that of the row's anchor, else of its first other instant. The shop is the row's own, else its session's
    or order's. Where day or shop is not known, an account counts only if it can mean one agent alone. Without a
    platform, accounts of every platform count.
    """
    held = [account for account in accounts if platform is None or account.platform in ("", platform)]
    if not held:
        return dict(tables)
    listed = pl.DataFrame(
        [(each.account, each.shop or None, each.start, each.end, each.agent_no) for each in held],
        schema={"account": pl.String, "held_in": pl.String, "start": pl.Date, "end": pl.Date, "agent": pl.String},
        orient="row",
    )
    return {name: _replaced(TABLES[name], frame, tables, listed) for name, frame in tables.items()}


def _replaced(
    table: RawTable, frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame], listed: pl.DataFrame
) -> pl.DataFrame:
    for column in AGENT_COLUMNS:
        if column in frame.columns and frame[column].is_in(listed["account"].unique().implode()).any():
            frame = frame.with_columns(_agents(table, frame, column, tables, listed))
    return frame


def _agents(
    table: RawTable, frame: pl.DataFrame, column: str, tables: Mapping[str, pl.DataFrame], listed: pl.DataFrame
) -> pl.Series:
    """A column of agents and accounts as agents. The few kinds of (account, day, shop) are looked up, not the rows."""
    rows = frame.select(pl.col(column).alias("account"), _day_of(table, frame), _shop_of(frame, tables))
    asked = rows.filter(pl.col("account").is_in(listed["account"].unique().implode())).unique()
    answers = (
        asked.join(listed, on="account")
        .filter(
            (pl.col("day").is_null() | pl.col("day").is_between("start", "end"))
            & (pl.col("shop").is_null() | pl.col("held_in").is_null() | (pl.col("shop") == pl.col("held_in")))
        )
        .group_by("account", "day", "shop")
        .agg(pl.col("agent").first(), agents=pl.col("agent").n_unique())
        .filter(pl.col("agents") == 1)
        .drop("agents")
    )
    joined = rows.join(answers, on=["account", "day", "shop"], how="left", nulls_equal=True, maintain_order="left")
    return joined.select(pl.coalesce("agent", "account").alias(column)).to_series()


def _day_of(table: RawTable, frame: pl.DataFrame) -> pl.Expr:
    dated = [column.name for column in table.columns if column.kind in (Kind.INSTANT, Kind.DAY)]
    if table.anchor is not None:
        dated.sort(key=lambda name: name != table.anchor)
    there = [pl.col(name).cast(pl.Date) for name in dated if name in frame.columns]
    return (pl.coalesce(there) if there else pl.lit(None, pl.Date)).alias("day")


def _shop_of(frame: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    """The store of each row; null where none is known."""
    if "store_id" in frame.columns:
        return frame["store_id"].alias("shop")
    for key, other in (("session_id", "chat_sessions"), ("order_id", "orders")):
        there = tables.get(other)
        if key in frame.columns and there is not None and {key, "store_id"} <= set(there.columns):
            stores = there.select(key, pl.col("store_id").alias("shop"))
            return frame.select(key).join(stores, on=key, how="left", maintain_order="left")["shop"]
    return pl.Series("shop", [None] * frame.height, dtype=pl.String)
