"""The engine: raw events in, exact metric values out, for every subject that the events know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from grading.domain.metrics import families
from grading.domain.metrics.chat import Chat
from grading.domain.metrics.definition import MetricDefinition, Platform, Readings
from grading.domain.metrics.events import ColumnMissing, Events
from grading.domain.metrics.facts import Asked, Facts, NoSubject
from grading.domain.metrics.sales import Sales
from grading.domain.metrics.tables import TABLES
from grading.domain.metrics.tally import Counts, Tally
from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue

VERSION = 1
"""Raised when a definition changes, so that months in preparation are computed again."""

NOBODY = ""
"""The subject of events that name none of the asked kind: it only carries the reasons why there is no value."""

_AGENT_COLUMNS = ("agent_id", "handler_agent_id", "developed_by")


@dataclass(frozen=True, slots=True)
class _Without:
    """A metric that has no tally, and why."""

    reason: str


def metrics_of(platform: Platform | None, definitions: Iterable[MetricDefinition]) -> tuple[MetricDefinition, ...]:
    """The metrics that exist on a platform; without one, those that are no platform's own."""
    return tuple(each for each in definitions if platform in each.platforms or (platform is None and each.is_general))


def compute(
    events: Events,
    kinds: Collection[By],
    metrics: Collection[MetricDefinition],
    readings: Readings,
    chat: Chat | None = None,
    sales: Sales | None = None,
) -> tuple[MetricValue, ...]:
    """Every metric of every subject, in the order of ``kinds``, then metrics, then subjects.

    Nothing is raised for what the events lack: such values carry a reason. ``chat`` and ``sales`` of the same tables
    may be handed over, so that several spans sort them once.
    """
    chat = chat or Chat(events)
    sales = sales or Sales(events, chat)
    values: list[MetricValue] = []
    for by in kinds:
        facts = Facts(events, by, chat, sales)
        found = {each.id: _tally(facts, Asked(each, readings)) for each in metrics}
        tallies = {name: tally for name, tally in found.items() if isinstance(tally, Tally)}
        frames = pl.collect_all(
            [tally.rows.with_columns(pl.col("subject").cast(pl.String)) for tally in tallies.values()]
        )
        counts = {name: _by_subject(frame) for name, frame in zip(tallies, frames, strict=True)}
        # an order may be credited to somebody whom no row of the span names: the chat was the day before
        subjects = sorted({*subjects_of(events, by), *(subject for each in counts.values() for subject in each)})
        for each in metrics:
            tally = found[each.id]
            values.extend(_values(each.id, by, subjects or [NOBODY], tally, counts.get(each.id, {})))
    return tuple(values)


def subjects_of(events: Events, by: By) -> tuple[str, ...]:
    """The agents, their teams, or the shops that the counted rows name, sorted. Who did nothing is not measured."""
    columns = ("store_id",) if by is By.SHOP else _AGENT_COLUMNS
    named = [rows.unique() for rows in _naming(events, columns)]
    if not named or (by is By.TEAM and not events.has("agents", "agent_no", "team")):
        return ()
    subjects = pl.concat(named).unique()
    if by is By.TEAM:
        teams = events.rows("agents", "agent_no", "team")
        subjects = teams.join(subjects, left_on="agent_no", right_on="subject", how="semi").select(subject="team")
    return tuple(sorted(subjects.collect()["subject"].drop_nulls().unique().to_list()))


def _naming(events: Events, columns: Iterable[str]) -> Iterator[pl.LazyFrame]:
    """The subjects each table names: agents by its counted rows, stores by all of them."""
    for table in events.tables:
        anchor = TABLES[table].anchor
        for column in columns:
            if not events.has(table, column):
                continue
            dated = anchor is not None and column != "store_id" and events.has(table, anchor)
            rows = events.counted(table, column) if dated else events.rows(table, column)
            yield rows.select(pl.col(column).cast(pl.String).alias("subject"))


def _tally(facts: Facts, asked: Asked) -> Tally | _Without:
    calculation = families.CALCULATIONS.get(asked.definition.id)
    if calculation is None:
        return _Without(f"missing: {asked.definition.id}")
    try:
        return calculation(facts, asked)
    except ColumnMissing as lack:
        return _Without(f"missing: {lack}")
    except NoSubject:
        return _Without(NOT_APPLICABLE)


def _by_subject(frame: pl.DataFrame) -> dict[str, Counts]:
    return {row.pop("subject"): {name: each or 0 for name, each in row.items()} for row in frame.to_dicts()}


def _values(
    metric: str, by: By, subjects: Iterable[str], tally: Tally | _Without, counts: Mapping[str, Counts]
) -> Iterator[MetricValue]:
    for subject in subjects:
        if isinstance(tally, _Without):
            yield MetricValue(metric, by, subject, reason=tally.reason)
            continue
        if subject == NOBODY:
            yield MetricValue(metric, by, subject, reason=NOT_APPLICABLE)
            continue
        quotient = tally.value(counts.get(subject, {}))
        if quotient is None:
            yield MetricValue(metric, by, subject, reason=NOT_APPLICABLE)
        else:
            reason = None if quotient[1] else NOT_APPLICABLE
            yield MetricValue(metric, by, subject, *quotient, reason, tally.is_sum)
