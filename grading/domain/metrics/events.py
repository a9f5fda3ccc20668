"""Raw events of a span of days: the tables that are there, and which columns they lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

import polars as pl

from grading.domain.metrics.definition import Platform, Window
from grading.domain.metrics.tables import TABLES, Kind
from grading.kernel.period import Span


class ColumnMissing(Exception):
    """A metric asked for a column that the exports do not have. Caught by the engine, which says so in its result."""

    def __init__(self, table: str, column: str) -> None:
        super().__init__(f"{table}.{column}")
        self.table, self.column = table, column


@dataclass(frozen=True, slots=True)
class Events:
    """Tables by name, as ``tables`` describes them, and the days that are measured.

    Rows outside the days are never counted, only looked at: the reply of the morning after, the first order of a buyer.
    """

    tables: Mapping[str, pl.DataFrame]
    span: Span
    platform: Platform | None

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is there, with these columns."""
        return table in self.tables and set(columns) <= set(self.tables[table].columns)

    def rows(self, table: str, *columns: str) -> pl.LazyFrame:
        """Every row of a table, these columns only. Raises ColumnMissing."""
        there = self.tables.get(table)
        if there is None:
            raise ColumnMissing(table, columns[0] if columns else TABLES[table].columns[0].name)
        for column in columns:
            if column not in there.columns:
                raise ColumnMissing(table, column)
        return self.tables[table].lazy().select(columns)

    def counted(self, table: str, *columns: str, at: str | None = None) -> pl.LazyFrame:
        """The rows whose anchor, or ``at``, lies in the span. Raises ColumnMissing."""
        anchor = at or TABLES[table].anchor
        if anchor is None:
            raise ValueError(f"{table} has no anchor")
        wanted = dict.fromkeys((*columns, anchor))
        return self.rows(table, *wanted).filter(self.holds(anchor, TABLES[table].column(anchor).kind))

    def holds(self, column: str, kind: Kind = Kind.INSTANT) -> pl.Expr:
        """Whether an instant or a day lies in the span. False for an empty cell."""
        start, end = self.span.start, self.span.end
        if kind is Kind.DAY:
            within = (pl.col(column) >= start) & (pl.col(column) < end)
        else:
            within = (pl.col(column) >= datetime.combine(start, time())) & (
                pl.col(column) < datetime.combine(end, time())
            )
        return within.fill_null(value=False)


def stores_named(events: Events) -> tuple[str, ...]:
    """The stores that sessions and orders name, sorted."""
    named = [events.rows(each, "store_id") for each in ("chat_sessions", "orders") if events.has(each, "store_id")]
    found = pl.concat(named).unique().collect()["store_id"].drop_nulls() if named else pl.Series([], dtype=pl.String)
    return tuple(sorted(found.to_list()))


def in_window(column: str, window: Window | None) -> pl.Expr:
    """Whether an instant's time of day lies in the window; always, without one."""
    if window is None:
        return pl.lit(value=True)
    clock = pl.col(column).dt.time()
    within = clock >= window.start
    return within if window.end is None else within & (clock < window.end)
