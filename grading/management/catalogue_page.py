"""The page of the metric catalogue, made from the registry: what each metric is, and which columns it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from grading.domain.metrics.definition import MetricDefinition, Platform, Readings, Window
from grading.domain.metrics.events import ColumnMissing, Events
from grading.domain.metrics.facts import Asked, Facts, NoSubject
from grading.domain.metrics.families import CALCULATIONS
from grading.domain.metrics.tables import TABLES
from grading.domain.metrics.values import By
from grading.kernel.period import Span
from grading.rulebook import metric_definitions, metric_family_names

_SPAN = Span(date(2024, 1, 1), date(2024, 1, 2))
_HEAD = """\
# The metric catalogue · 指标目录

Generated from the registry with `python manage.py describe_metrics > docs/metrics.md`; a test keeps it in step. How
each is counted to the last detail: [algorithms/metrics.md](algorithms/metrics.md). How to add one:
[adding-a-metric.md](adding-a-metric.md).

A percent value is a fraction in every file and in JSON (`0.95`), and a percentage on screens and paper. *Needs* are
the columns without which the metric says `missing: table.column`; by shop and by team the column that names the
shop (`store_id`) or the team (`agents.team`) is needed too. Of a reading the first option holds by default.
"""


@dataclass(frozen=True, slots=True)
class _Traced(Events):
    """Events that remember which columns were asked for."""

    touched: set[tuple[str, str]] = field(default_factory=set)

    def rows(self, table: str, *columns: str) -> pl.LazyFrame:
        self.touched.update((table, column) for column in columns)
        return Events.rows(self, table, *columns)


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def columns_needed(metric: MetricDefinition) -> tuple[str, ...]:
    """The columns without which the metric cannot be worked out for agents, or for shops where agents have none."""
    by = By.AGENT if _asks(metric, By.AGENT, frozenset()) is not None else By.SHOP
    touched = _asks(metric, by, frozenset()) or set()
    return tuple(sorted(f"{table}.{column}" for table, column in touched if _lacks(metric, by, table, column)))


def _lacks(metric: MetricDefinition, by: By, table: str, column: str) -> bool:
    try:
        _asks(metric, by, frozenset({(table, column)}))
    except ColumnMissing as lack:
        return (lack.table, lack.column) == (table, column)
    return False


def _asks(metric: MetricDefinition, by: By, without: frozenset[tuple[str, str]]) -> set[tuple[str, str]] | None:
    """The columns a calculation touches on empty tables; None when it has no such subject."""
    tables = {
        table.name: pl.DataFrame(
            schema={each.name: each.kind.dtype for each in table.columns if (table.name, each.name) not in without}
        )
        for table in TABLES.values()
    }
    events = _Traced(tables, _SPAN, Platform.PDD)
    numbers = {f"{metric.id}.{name}": "1" for name, reading in metric.readings.items() if reading.is_number}
    try:
        CALCULATIONS[metric.id](Facts(events, by), Asked(metric, Readings({metric.id: metric}, numbers)))
    except NoSubject:
        return None
    return events.touched


def _lines() -> Iterator[str]:
    yield _HEAD
    definitions = metric_definitions()
    for family, (chinese, english) in metric_family_names().items():
        members = [metric for metric in definitions.values() if metric.family == family]
        yield f"## {chinese} · {english}\n"
        for metric in members:
            yield from _section(metric)


def _section(metric: MetricDefinition) -> Iterator[str]:
    names = " / ".join(metric.names_zh)
    yield f"### `{metric.id}` — {names} · {metric.name_en}\n"
    yield f"- {metric.formula_zh}"
    yield f"- {metric.formula_en}"
    traits = [f"unit {metric.unit}", f"better: {metric.direction}", f"level {metric.level}"]
    if metric.window:
        traits.append(f"window {_window(metric.window)}")
    if metric.period:
        traits.append(f"period {metric.period}")
    yield f"- {', '.join(traits)}"
    roles = ", ".join(metric.roles) or "every role"
    platforms = "every platform" if metric.platforms == tuple(Platform) else ", ".join(metric.platforms)
    yield f"- for {roles}; {platforms}"
    needs = ", ".join(f"`{column}`" for column in columns_needed(metric))
    yield f"- needs {needs}"
    for name, reading in metric.readings.items():
        offered = " or ".join(f"`{option}`" for option in reading.options) or f"a number, default {reading.default}"
        yield f"- reading `{metric.id}.{name}`: {offered}"
    yield f"- source {', '.join(metric.source)}\n"


def _window(window: Window) -> str:
    end = f"{window.end:%H:%M}" if window.end else "24:00"
    return f"{window.start:%H:%M}–{end}"
