"""The engine against a reference that reads the same page in plain Python, on random raw events.

`make agreement` runs 500 seeds; the environment variable JIXIN_SEEDS says how many.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from grading.domain.metrics import engine
from grading.domain.metrics.definition import Platform, Readings
from grading.domain.metrics.engine import compute
from grading.domain.metrics.events import Events
from grading.domain.metrics.values import By, MetricValue
from grading.kernel.period import Span
from grading.rulebook import metric_definitions
from tests.grading.domain.metrics.random_logs import STORES, Draw, RandomLog, Row
from tests.grading.domain.metrics.reference.book import METRICS, Expected, expected
from tests.grading.domain.metrics.reference.log import Log

pytestmark = pytest.mark.slow

SEEDS = int(os.environ.get("JIXIN_SEEDS", "20"))
CHUNK = 2
NUMBERS = {
    "coefficient": ("5", "0.5", "2"),
    "unit": ("5000", "40", "3"),
    "maintenance_window_days": ("0", "1", "3"),
}
NOBODY = "nobody"
Key = tuple[str, By, str]


# ── one seed ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def log_of(seed: int) -> RandomLog:
    """Every other log lacks columns, or whole tables."""
    draw = Draw(seed, tuple(Platform)[seed % len(Platform)].value)
    return draw.with_gaps() if seed % 2 else draw.log()


def chosen_of(seed: int) -> dict[str, str]:
    """Readings that differ from seed to seed; about half of them are left at what the metric says by itself."""
    draws = random.Random(f"readings {seed}")
    chosen = {}
    for metric in metric_definitions().values():
        for name, reading in metric.readings.items():
            if draws.randrange(2):
                chosen[f"{metric.id}.{name}"] = draws.choice(reading.options or NUMBERS[name])
    return chosen


def computed(log: RandomLog, chosen: Mapping[str, str], kinds: tuple[By, ...] = tuple(By)) -> dict[Key, MetricValue]:
    events = Events(log.frames(), Span(log.start, log.end), Platform(log.platform))
    definitions = metric_definitions()
    values = compute(events, kinds, tuple(definitions.values()), Readings(definitions, chosen))
    return {(each.metric, each.by, each.subject): each for each in values}


def read(log: RandomLog) -> Log:
    phrases = {name: metric.phrases for name, metric in metric_definitions().items()}
    return Log(log.tables, log.columns, log.start, log.end, log.platform, phrases)


def choices_of(metric: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """The readings of a metric by name, as the reference takes them."""
    defaults = {name: reading.default for name, reading in metric_definitions()[metric].readings.items()}
    held = {name: chosen.get(f"{metric}.{name}", default) for name, default in defaults.items()}
    return {name: value for name, value in held.items() if value is not None}


def everybody(log: RandomLog) -> dict[By, set[str]]:
    """Whom any row names, counted or not."""
    found: dict[By, set[str]] = {By.AGENT: set(), By.SHOP: set(), By.TEAM: set()}
    kinds = {"store_id": By.SHOP, "team": By.TEAM}
    for rows in log.tables.values():
        for row in rows:
            for column, cell in row.items():
                is_agent = column.endswith(("agent_id", "agent_no")) or column == "developed_by"
                if cell is not None and (is_agent or column in kinds):
                    found[kinds.get(column, By.AGENT)].add(cell)
    return found


def disagreements(seed: int) -> list[str]:
    """Every value that is not the reference's; who is not listed must have nothing that could be counted."""
    log, chosen = log_of(seed), chosen_of(seed)
    values, reference = computed(log, chosen), read(log)
    named = everybody(log)
    found = []
    for metric in METRICS:
        choices = choices_of(metric, chosen)
        for by in By:
            nothing = expected(reference, metric, by, NOBODY, choices)
            listed = {subject for each, kind, subject in values if (each, kind) == (metric, by)} - {engine.NOBODY}
            for subject in sorted(listed | named[by]):
                wanted = expected(reference, metric, by, subject, choices)
                said = values.get((metric, by, subject))
                if not (wanted == nothing if said is None else agree(said, wanted)):
                    found.append(f"seed {seed}: {metric} by {by} of {subject} {choices}: {said} is not {wanted}")
    return found


def test_where_a_log_names_nobody_there_are_reasons_and_no_value() -> None:
    told = [each for seed in range(1, 30, 2) for each in computed(log_of(seed), {}).values() if not each.subject]

    assert told
    assert all(each.value is None and each.reason for each in told)


def agree(said: MetricValue, wanted: Expected) -> bool:
    return said.value == wanted.value and said.reason in wanted.reasons


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_engine_and_reference_agree(first: int) -> None:
    found = [each for seed in range(first, min(first + CHUNK, SEEDS)) for each in disagreements(seed)]

    assert found == []


def test_the_reference_knows_every_metric() -> None:
    assert set(METRICS) == set(metric_definitions())


def test_the_logs_give_every_metric_something_to_count() -> None:
    """Agreement on empty values would prove nothing."""
    values: dict[str, set[Fraction]] = defaultdict(set)
    for seed in (0, 6, 12, 18):
        for each in computed(log_of(seed), chosen_of(seed)).values():
            if each.value is not None:
                values[each.metric].add(each.value)

    assert {metric for metric in METRICS if len(values[metric]) < 3} == set()


# ── the order of rows ────────────────────────────────────────────────────────────────────────────────────────────────


def at_one_instant(table: str) -> Callable[[Row], Any] | None:
    """What rows have in common whose order in the file says which is the later."""
    return {
        "chat_messages": lambda row: (row["session_id"], row["sent_at"], row["sender_type"] == "buyer"),
        "session_transfers": lambda row: (row["session_id"], row["at"]),
        "exam_attempts": lambda row: (row["agent_id"], row["exam"], row["at"]),
    }.get(table)


def shuffled(rows: list[Row], tie: Callable[[Row], Any] | None, draws: random.Random) -> list[Row]:
    """In another order; rows that tie keep theirs among themselves."""
    order = list(range(len(rows)))
    draws.shuffle(order)
    if tie is not None:
        places = defaultdict(list)
        for place, index in enumerate(order):
            places[tie(rows[index])].append((place, index))
        for tied in places.values():
            for (place, _), index in zip(tied, sorted(index for _, index in tied), strict=True):
                order[place] = index
    return [rows[index] for index in order]


@pytest.mark.parametrize("seed", [0, 2])
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    log, draws = log_of(seed), random.Random(seed)
    tables = {name: shuffled(list(rows), at_one_instant(name), draws) for name, rows in log.tables.items()}

    assert computed(replace(log, tables=tables), chosen_of(seed)) == computed(log, chosen_of(seed))


# ── stores by themselves ─────────────────────────────────────────────────────────────────────────────────────────────

OWN_STORE = ("chat_sessions", "orders", "complaints", "buyer_history")
THROUGH = {
    "chat_messages": ("chat_sessions", "session_id"),
    "session_transfers": ("chat_sessions", "session_id"),
    "service_ratings": ("chat_sessions", "session_id"),
    "refunds": ("orders", "order_id"),
    "reviews": ("orders", "order_id"),
    "payment_chases": ("orders", "order_id"),
    "disputes": ("refunds", "refund_id"),
}
NOT_ADDED_UP = {
    "discipline_score", "onsite_work_score",  # 100 less something, in every part again
    "call_traffic_index",  # over a fixed number
    "online_coverage",  # over the hours of the span; presences overlap
    "new_hire_reception",  # the same day counts in every store
}  # fmt: skip


def part_of(log: RandomLog, store: str | None) -> RandomLog:
    """A store's rows; those of no store with None: they are people's, or of an unknown session or order."""
    owners: dict[str, dict[str, str | None]] = {
        "chat_sessions": {row["session_id"]: row["store_id"] for row in log.tables["chat_sessions"]},
        "orders": {row["order_id"]: row["store_id"] for row in log.tables["orders"]},
    }
    owners["refunds"] = {row["refund_id"]: owners["orders"].get(row["order_id"]) for row in log.tables["refunds"]}

    def store_of(table: str, row: Row) -> str | None:
        if table in THROUGH:
            owner, key = THROUGH[table]
            return owners[owner].get(row[key])
        return row["store_id"] if table in OWN_STORE else None

    tables = {name: [row for row in rows if store_of(name, row) == store] for name, rows in log.tables.items()}
    return replace(log, tables={**tables, "agents": log.tables["agents"]})


@pytest.mark.parametrize("seed", [4])
def test_stores_counted_apart_add_up(seed: int) -> None:
    log, chosen = log_of(seed), chosen_of(seed)
    whole = computed(log, chosen, (By.AGENT, By.TEAM))
    parts = [computed(part_of(log, store), chosen, (By.AGENT, By.TEAM)) for store in (*STORES, None)]
    compared = set()
    for key, value in whole.items():
        metric = key[0]
        held = [part[key] for part in parts if key in part]
        if metric in NOT_ADDED_UP or value.value is None:
            continue
        compared.add(metric)
        assert sum(each.numerator or 0 for each in held) == value.numerator, key
        if not value.is_sum:
            assert sum(each.denominator or 0 for each in held) == value.denominator, key

    assert len(compared) > 60
