"""The comparison report: two agents or groups over one period, read from the stored platform exports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from grading import raw
from grading.domain.comparison import AgentDay, Compared, Saturation, compare, reception_bins, saturation
from grading.domain.metrics.values import By
from grading.domain.scoring import Direction
from grading.kernel.period import Span
from grading.rulebook import metric_definitions

RECEPTION = "reception_count"


class Reading(StrEnum):
    """What is pooled of the outcome metric over agent-days."""

    PER_DAY = "per_day"
    """Its numerator a day: of the deal rate, the buyers who paid."""
    RATE = "rate"
    """The metric itself: numerators over denominators."""


@dataclass(frozen=True, slots=True)
class Received:
    """How many customers a side received. ``per_day`` is exact; None without a day on which anybody was received."""

    customers: Fraction
    agent_days: int

    @property
    def per_day(self) -> Fraction | None:
        return self.customers / self.agent_days if self.agent_days else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides beside each other. ``days`` are the agent-days of both sides that had customers and an outcome."""

    metrics: tuple[Compared, ...]
    received_a: Received
    received_b: Received
    days: tuple[AgentDay, ...]
    saturation: Saturation


def comparison(
    *,
    company_id: int,
    a: Collection[str],
    b: Collection[str],
    span: Span,
    outcome: str,
    reading: Reading,
    width: int,
) -> Comparison:
    """Compare two groups of agents, by agent number, over a span of days. Nothing is stored.

    ``width`` is how many customers a day make one bin. Reads the exports twice: for the span, and for its days.
    Raises BadBinWidth.
    """
    values = raw.metric_values(company_id, span, By.AGENT)
    measured = {value.metric for value in values if value.subject in {*a, *b}}
    metrics = [metric for metric in metric_definitions() if metric in measured]
    found = compare(
        metrics,
        [value for value in values if value.subject in a],
        [value for value in values if value.subject in b],
        directions(),
    )
    received, days = _days(company_id, {*a, *b}, span, outcome, reading)
    return Comparison(
        metrics=found,
        received_a=_received(received, a),
        received_b=_received(received, b),
        days=days,
        saturation=saturation(reception_bins(days, width), directions().get(outcome, Direction.HIGHER)),
    )


def directions() -> dict[str, Direction]:
    """Metric → which way it is better, of the metrics that have a better way."""
    ways = {way.value: way for way in Direction}
    return {
        metric: ways[definition.direction.value]
        for metric, definition in metric_definitions().items()
        if definition.direction.value in ways
    }


def _days(
    company_id: int, agents: Collection[str], span: Span, outcome: str, reading: Reading
) -> tuple[list[tuple[str, Fraction]], tuple[AgentDay, ...]]:
    """(agent, customers) of every agent-day with a customer; and those days with their outcome."""
    received: list[tuple[str, Fraction]] = []
    days = []
    spoken = raw.days_spoken(company_id, span)  # nobody is received on another day
    by_day = raw.metric_values_by_day(company_id, span, By.AGENT, {RECEPTION, outcome}, spoken)
    for day, values in by_day.items():
        held = {(value.subject, value.metric): value for value in values if value.subject in agents}
        for agent_no in sorted({subject for subject, _metric in held}):
            customers = held.get((agent_no, RECEPTION))
            if customers is None or not customers.value:
                continue
            received.append((agent_no, customers.value))
            reached = held.get((agent_no, outcome))
            if reached is None or reached.value is None or reached.numerator is None or reached.denominator is None:
                continue
            denominator = Fraction(1) if reading is Reading.PER_DAY else reached.denominator
            days.append(AgentDay(agent_no, day, customers.value, reached.numerator, denominator))
    return received, tuple(days)


def _received(days: Collection[tuple[str, Fraction]], side: Collection[str]) -> Received:
    mine = [customers for agent_no, customers in days if agent_no in side]
    return Received(sum(mine, Fraction(0)), len(mine))
