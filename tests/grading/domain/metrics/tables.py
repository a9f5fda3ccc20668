"""Raw tables from rows of text, and the metrics of one subject from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from grading.domain.metrics.definition import Readings
from grading.domain.metrics.engine import compute
from grading.domain.metrics.events import Events
from grading.domain.metrics.tables import MILLIONTHS, TABLES, Kind
from grading.domain.metrics.values import By, MetricValue
from grading.kernel.period import Span
from grading.rulebook import metric_definitions

_READ = {
    Kind.TEXT: str,
    Kind.INSTANT: datetime.fromisoformat,
    Kind.DAY: date.fromisoformat,
    Kind.MONEY: lambda cell: int(Decimal(cell) * 100),
    Kind.COUNT: int,
    Kind.NUMBER: lambda cell: int(Decimal(cell) * MILLIONTHS),
    Kind.FLAG: lambda cell: {"yes": True, "no": False}[cell],
}


def table(name: str, text: str) -> pl.DataFrame:
    """A raw table from lines of cells between bars, the first line its columns. An empty cell is null."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    kinds = {column: TABLES[name].column(column).kind for column in head}
    data: dict[str, list[Any]] = {column: [] for column in head}
    for line in lines:
        for column, cell in zip(head, line, strict=True):
            data[column].append(_READ[kinds[column]](cell) if cell else None)
    return pl.DataFrame(data, schema={column: kind.dtype for column, kind in kinds.items()})


def events_of(days: tuple[str, str], **tables: str | pl.DataFrame) -> Events:
    """Events of the days from the first to the last, both included."""
    first, last = map(date.fromisoformat, days)
    read = {name: table(name, rows) if isinstance(rows, str) else rows for name, rows in tables.items()}
    return Events(read, Span(first, last + timedelta(days=1)), metric_definitions()["reply_rate_30s"].platforms[0])


def values(
    events: Events, metric: str, by: By = By.AGENT, readings: Mapping[str, str] | None = None
) -> dict[str, MetricValue]:
    """The metric of every subject."""
    definitions = metric_definitions()
    found = compute(events, (by,), (definitions[metric],), Readings(definitions, readings))
    return {each.subject: each for each in found}


def value(
    events: Events, metric: str, subject: str, by: By = By.AGENT, readings: Mapping[str, str] | None = None
) -> Fraction | str:
    """The metric of one subject: its exact value, or the reason why there is none."""
    found = values(events, metric, by, readings)[subject]
    if found.value is None:
        assert found.reason is not None
        return found.reason
    return found.value
