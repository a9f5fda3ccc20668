"""The stored platform exports of a company: what its contacts were, and what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import polars as pl

from grading import models, selectors
from grading.domain.metrics import engine
from grading.domain.metrics.chat import Chat
from grading.domain.metrics.definition import MetricDefinition, Platform, Readings
from grading.domain.metrics.events import Events
from grading.domain.metrics.partition import of_store, stores_of
from grading.domain.metrics.sales import Sales
from grading.domain.metrics.tables import TABLES
from grading.domain.metrics.values import NOT_APPLICABLE, By, MetricValue
from grading.kernel.period import Month, Span
from grading.rulebook import metric_definitions

HUMAN = "agent_human"


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One message of a contact. ``sender`` is buyer, agent_human, bot, auto or system; ``sent_at`` is Shanghai time."""

    sent_at: datetime
    sender: str
    agent_no: str
    content: str
    content_type: str


@dataclass(frozen=True, slots=True)
class StoreEvents:
    """One store's events, or with ``store`` None those that name no store, with the metrics of its platform."""

    store: str | None
    events: Events
    metrics: tuple[MetricDefinition, ...]

    def metrics_by(self, by: By) -> tuple[MetricDefinition, ...]:
        """What is worked out here: metrics across stores for shops in their store, for others in no store."""
        return tuple(
            each for each in self.metrics if not each.across_stores or (by is By.SHOP) == (self.store is not None)
        )


def has_exports(company_id: int, month: Month) -> bool:
    """Whether any export of the month is stored. One query."""
    return models.RawExport.objects.filter(company_id=company_id, month=month).exists()


def stores(company_id: int, month: Month) -> tuple[str, ...]:
    """The stores that the month's exports name, sorted."""
    return stores_of(_month_tables(company_id, month))


def store_events(company_id: int, span: Span, store: str | None) -> StoreEvents:
    """One store's events of a span of days, with the month before it to look at."""
    tables = of_store(_tables(company_id, span), store)
    platform = _platform(company_id, store)
    read = dict(zip(tables, pl.collect_all(tables.values()), strict=True)) | {"agents": _agents(company_id, span)}
    offered = engine.metrics_of(platform, metric_definitions().values())
    if store is None:  # calls have no store, whatever platform the shops are on
        general = engine.metrics_of(None, metric_definitions().values())
        offered += tuple(each for each in general if each not in offered)
    return StoreEvents(store, Events(read, span, platform), offered)


def readings_of(company_id: int) -> Readings:
    """The readings that hold for a company. Raises UnknownReading."""
    chosen = models.Company.objects.values_list("readings", flat=True).get(pk=company_id)
    definitions = metric_definitions()
    mine = {key: str(value) for key, value in chosen.items() if key.partition(".")[0] in definitions}
    return Readings(definitions, mine)


def metric_values(
    company_id: int, span: Span, by: By, metrics: Collection[str] | None = None
) -> tuple[MetricValue, ...]:
    """The metrics of every agent (by agent number), team (by code) or shop (by store id) over a span of days.

    Worked out now, from the exports of the months of the span; empty without any.
    """
    found = list(_daily(company_id, span, (span,), by, metrics))
    return combined(value for _span, value in found)


def metric_values_by_day(
    company_id: int, span: Span, by: By, metrics: Collection[str], only: Collection[date] | None = None
) -> dict[date, tuple[MetricValue, ...]]:
    """``metric_values`` of every single day of the span, or of ``only`` these of them; the exports are read and sorted
    once."""
    every = [span.start + timedelta(days=offset) for offset in range(span.days)]
    days = [day for day in every if only is None or day in only]
    spans = tuple(Span(day, day + timedelta(days=1)) for day in days)
    found: dict[date, list[MetricValue]] = {day: [] for day in days}
    for day, value in _daily(company_id, span, spans, by, metrics):
        found[day.start].append(value)
    return {day: combined(values) for day, values in found.items()}


def combined(values: Collection[MetricValue] | Iterator[MetricValue]) -> tuple[MetricValue, ...]:
    """The values of several stores as one per subject: numerators and denominators added up.

    A subject without any quotient keeps the reason: a missing column before not applicable.
    """
    sums: dict[tuple[str, By, str], tuple[Fraction, Fraction, bool]] = {}
    reasons: dict[tuple[str, By, str], str] = {}
    order: dict[tuple[str, By, str], None] = {}
    for value in values:
        key = (value.metric, value.by, value.subject)
        order[key] = None
        if value.numerator is not None and value.denominator is not None:
            above, below, _is_sum = sums.get(key, (Fraction(0), Fraction(0), False))
            sums[key] = (
                above + value.numerator,
                value.denominator if value.is_sum else below + value.denominator,
                value.is_sum,
            )
        elif value.reason is not None and reasons.get(key, NOT_APPLICABLE) == NOT_APPLICABLE:
            reasons[key] = value.reason
    return tuple(
        _of(key, sums[key], reasons.get(key, NOT_APPLICABLE)) if key in sums else MetricValue(*key, reason=reasons[key])
        for key in order
    )


def _of(key: tuple[str, By, str], quotient: tuple[Fraction, Fraction, bool], reason: str) -> MetricValue:
    above, below, is_sum = quotient
    return MetricValue(*key, above, below, None if below else reason, is_sum)


def contacts_on(company_id: int, day: date) -> Mapping[int, tuple[str, ...]]:
    """Agent id → the chats (session ids, sorted) in which the agent wrote on a day. Empty without exports."""
    tables = _month_tables(company_id, Month.of(day))
    if "chat_messages" not in tables:
        return {}
    start = datetime.combine(day, time())
    written = (
        tables["chat_messages"]
        .filter(
            (pl.col("sender_type") == HUMAN) & (pl.col("sent_at") >= start) & (pl.col("sent_at") < start + _DAY),
        )
        .select("agent_id", "session_id")
        .drop_nulls()
        .unique()
        .sort("agent_id", "session_id")
        .collect()
    )
    ids = dict(models.Agent.objects.filter(company_id=company_id).values_list("agent_no", "pk"))
    found: dict[int, list[str]] = defaultdict(list)
    for agent_no, session in written.iter_rows():
        if agent_no in ids:
            found[ids[agent_no]].append(session)
    return {agent_id: tuple(sessions) for agent_id, sessions in found.items()}


def days_spoken(company_id: int, span: Span) -> frozenset[date]:
    """The days of a span on which any human agent wrote to anybody. Empty without exports."""
    tables = _tables(company_id, span)
    if "chat_messages" not in tables:
        return frozenset()
    at = pl.col("sent_at")
    start, end = datetime.combine(span.start, time()), datetime.combine(span.end, time())
    spoken = tables["chat_messages"].filter((pl.col("sender_type") == HUMAN) & (at >= start) & (at < end))
    return frozenset(spoken.select(at.dt.date()).unique().collect()["sent_at"].to_list())


def transcript(company_id: int, day: date, session: str) -> tuple[TranscriptLine, ...]:
    """The messages of a chat in order of time; empty when the exports of that month do not hold it."""
    tables = _month_tables(company_id, Month.of(day))
    if "chat_messages" not in tables:
        return ()
    rows = tables["chat_messages"].filter(pl.col("session_id") == session).sort("sent_at", maintain_order=True)
    return tuple(
        TranscriptLine(
            sent_at=row["sent_at"],
            sender=row["sender_type"],
            agent_no=row.get("agent_id") or "",
            content=row.get("content") or "",
            content_type=row.get("content_type") or "text",
        )
        for row in rows.collect().iter_rows(named=True)
    )


_DAY = timedelta(days=1)


def _daily(
    company_id: int, span: Span, spans: tuple[Span, ...], by: By, metrics: Collection[str] | None
) -> Iterator[tuple[Span, MetricValue]]:
    """Each store's values of each of the spans."""
    readings = readings_of(company_id)
    named = stores_of(_tables(company_id, span))
    for store in (*named, None):
        held = store_events(company_id, span, store)
        wanted = [each for each in held.metrics_by(by) if metrics is None or each.id in metrics]
        chat = Chat(held.events)
        sales = Sales(held.events, chat)
        for each in spans:
            events = Events(held.events.tables, each, held.events.platform)
            for value in engine.compute(events, (by,), wanted, readings, chat, sales):
                yield each, value


def _tables(company_id: int, span: Span) -> dict[str, pl.LazyFrame]:
    """The exports of the months of a span and of the month before it; a row that comes twice is the later month's."""
    first, month = Month.of(span.start), Month.of(span.last_day)
    tables: dict[str, pl.LazyFrame] = {}
    while month >= first.plus(-1):
        for name, rows in _month_tables(company_id, month).items():
            key = list(TABLES[name].key)
            if name not in tables:
                tables[name] = rows
                continue
            earlier = rows.join(tables[name].select(key), on=key, how="anti") if key else rows
            tables[name] = pl.concat([tables[name], earlier], how="diagonal")
        month = month.plus(-1)
    return tables


def _month_tables(company_id: int, month: Month) -> dict[str, pl.LazyFrame]:
    exports = models.RawExport.objects.filter(company_id=company_id, month=month).order_by("table")
    return {export.table: pl.scan_parquet(export.file.path) for export in exports}


def _agents(company_id: int, span: Span) -> pl.DataFrame:
    """Each agent with the team of the span's last month."""
    month = Month.of(span.last_day)
    employed = selectors.agents_employed_in(company_id, month)
    people = selectors.people(employed, month).values()
    return pl.DataFrame(
        {"agent_no": [each.agent_no for each in people], "team": [each.team or None for each in people]},
        schema={"agent_no": pl.String(), "team": pl.String()},
    )


def _platform(company_id: int, store: str | None) -> Platform | None:
    """The platform of a store, by its shop; of what names no store the one that all shops are on, if they are."""
    shops = models.Shop.objects.filter(company_id=company_id)
    written = set((shops if store is None else shops.filter(code=store)).values_list("platform", flat=True))
    return platform_named(written.pop()) if len(written) == 1 else None


def platform_named(written: str) -> Platform | None:
    """A platform as a team's row names it, in English or Chinese; None for one without rules of its own."""
    return _PLATFORM_NAMES.get(written.strip().casefold())


_PLATFORM_NAMES: Mapping[str, Platform] = {
    **{each.value: each for each in Platform},
    "tmall": Platform.TAOBAO,
    "拼多多": Platform.PDD,
    "淘宝": Platform.TAOBAO,
    "天猫": Platform.TAOBAO,
    "抖音": Platform.DOUYIN,
    "快手": Platform.KUAISHOU,
    "呼叫中心": Platform.CALL_CENTRE,
}
