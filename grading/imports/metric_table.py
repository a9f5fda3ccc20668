"""Metric values by subject, in the long form (one row per metric) or the wide form (one column per metric)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from grading.domain.metrics.definition import MetricDefinition
from grading.imports import wording
from grading.imports.cells import BadCell, Form, Number
from grading.imports.cells import code as parse_code
from grading.imports.problem import WHOLE_FILE, BadFile, Problem
from grading.imports.table import Column, Complaint, Row, RowCheck, Table, fold_heading, read_grid, read_rows
from grading.kernel.exact import exact_text

METRIC_HEADINGS = ("指标", "指标代码", "指标名称")
VALUE_HEADINGS = ("数值", "指标值", "值")

_number = Number()


def read_long_or_wide(
    name: str,
    data: bytes,
    subject: Column,
    metrics: Mapping[str, MetricDefinition],
    also: Collection[str] = (),
) -> Table:
    """Rows of ``subject``, ``metric`` (an id) and ``value`` (an exact Fraction, as written), from either form.

    ``also`` names metrics of the company's own that are not in ``metrics``. In the wide form an empty cell gives no
    row: it is unknown, not zero; rows then share the number of the line they come from.
    """
    try:
        grid = read_grid(name, data)
    except BadFile as bad:
        return Table(name, problems=[bad.problem(name)])
    headings = {fold_heading(text) for text in grid.heading.texts}
    is_long = bool(headings & _folded(("metric", *METRIC_HEADINGS))) and bool(
        headings & _folded(("value", *VALUE_HEADINGS))
    )
    if is_long:
        columns = (
            subject,
            Column("metric", METRIC_HEADINGS, _MetricName(metrics, also), required=True),
            Column("value", VALUE_HEADINGS, _number, required=True),
        )
        return read_rows(grid, columns, (subject.name, "metric"), (_range_check(metrics),))
    ids = (*metrics, *(metric for metric in also if metric not in metrics))
    wide = tuple(_wide_column(metric, metrics.get(metric)) for metric in ids)
    table = read_rows(grid, (subject, *wide), (subject.name,))
    if not any(fold_heading(heading) in headings for column in wide for heading in column.headings):
        there = ", ".join(text for text in grid.heading.texts if text)
        table.problems.insert(0, Problem.of(name, 1, WHOLE_FILE, wording.NO_METRIC_COLUMN, there))
    table.rows = [long for row in table.rows for long in _melt(row, subject.name, ids)]
    table.spoiled = [long for row in table.spoiled for long in _melt(row, subject.name, ids)]
    return table


def _folded(headings: Iterable[str]) -> set[str]:
    return {fold_heading(heading) for heading in headings}


def _melt(row: Row, subject: str, ids: Iterable[str]) -> Iterable[Row]:
    for metric in ids:
        value = row.values.get(metric)
        if value is not None:
            yield Row(row.number, {subject: row.values[subject], "metric": metric, "value": value})


def _wide_column(metric: str, definition: MetricDefinition | None) -> Column:
    if definition is None:
        return Column(metric, (), _number)

    def parse(text: str, form: Form) -> Fraction:
        value = _number(text, form)
        if not definition.allows(value):
            raise BadCell(wording.METRIC_OUT_OF_RANGE, metric=metric, range=_range_text(definition))
        return value

    return Column(metric, definition.names_zh, parse)


class _MetricName:
    """The id of a metric, from its id or one of its Chinese names."""

    def __init__(self, metrics: Mapping[str, MetricDefinition], also: Collection[str]) -> None:
        self._ids = {fold_heading(metric): metric for metric in also}
        for metric, definition in metrics.items():
            for named in (metric, *definition.names_zh):
                self._ids[fold_heading(named)] = metric

    def __call__(self, text: str, form: Form) -> str:
        found = self._ids.get(text) or self._ids.get(fold_heading(text))
        if found is None:
            parse_code(text, form)
            raise BadCell(wording.UNKNOWN_METRIC)
        return found


def _range_check(metrics: Mapping[str, MetricDefinition]) -> RowCheck:
    def check(row: Row) -> Iterable[Complaint]:
        definition = metrics.get(row["metric"])
        if definition is not None and not definition.allows(row["value"]):
            values = {"metric": definition.id, "range": _range_text(definition)}
            yield Complaint("value", wording.METRIC_OUT_OF_RANGE, exact_text(row["value"]), values)

    return check


def _range_text(definition: MetricDefinition) -> str:
    low = "" if definition.minimum is None else exact_text(definition.minimum)
    high = "" if definition.maximum is None else exact_text(definition.maximum)
    return f"{low}..{high}"
