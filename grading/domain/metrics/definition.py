"""What a metric is: its names, unit, direction, level, window, platforms, formula and readings. Not its calculation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from grading.kernel.errors import DomainError
from grading.kernel.exact import exact


class Unit(StrEnum):
    """What a metric is counted in. A percent value is a fraction: 0.95, never 95."""

    PERCENT = "percent"
    RATIO = "ratio"
    SECONDS = "seconds"
    HOURS = "hours"
    COUNT = "count"
    CHARACTERS_PER_MINUTE = "characters_per_minute"
    YUAN = "yuan"
    SCORE = "score"


class Direction(StrEnum):
    """Which way a metric is better. NONE is a signal that is not scored by itself."""

    HIGHER = "higher"
    LOWER = "lower"
    BAND = "band"
    NONE = "none"


class Level(StrEnum):
    """What one observation of a metric is."""

    MESSAGE = "message"
    CONVERSATION = "conversation"
    BUYER_DAY = "buyer_day"
    BUYER = "buyer"
    ORDER = "order"
    REFUND = "refund"
    AGENT_DAY = "agent_day"
    AGENT = "agent"
    SHOP = "shop"


class Platform(StrEnum):
    """Where the raw exports come from."""

    PDD = "pdd"
    TAOBAO = "taobao"
    DOUYIN = "douyin"
    KUAISHOU = "kuaishou"
    CALL_CENTRE = "call_centre"


class UnknownReading(DomainError):
    """A reading that no metric offers, or an option it does not have."""

    code = "grading.unknown_reading"
    template = "'{reading}' is not a reading. {expected}"


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of every day, half-open, Asia/Shanghai. ``end`` None is midnight, the end of the day."""

    start: time
    end: time | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A switch of a metric: one of its options, or a number. A number without a default must be set before it holds."""

    options: tuple[str, ...]
    default: str | None

    @property
    def is_number(self) -> bool:
        return not self.options


@dataclass(frozen=True, slots=True)
class Severity:
    """Which QA codes are fatal by themselves, and which occurrence in a calendar month makes any other fatal."""

    fatal: frozenset[str]
    escalate_on: int


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric of the catalogue: its names, what it is counted in, and what its values can possibly be.

    ``phrases`` are those it looks for in messages, ``severity`` is for metrics that count QA findings.
    """

    id: str
    family: str
    name_zh: str
    name_en: str
    unit: Unit
    direction: Direction
    level: Level
    source: tuple[str, ...]
    aliases_zh: tuple[str, ...] = ()
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    platforms: tuple[Platform, ...] = tuple(Platform)
    roles: tuple[str, ...] = ()
    window: Window | None = None
    period: str = ""
    across_stores: bool = False
    formula_zh: str = ""
    formula_en: str = ""
    readings: Mapping[str, Reading] = field(default_factory=lambda: MappingProxyType({}))
    phrases: tuple[str, ...] = ()
    severity: Severity | None = None

    @property
    def names_zh(self) -> tuple[str, ...]:
        return (self.name_zh, *self.aliases_zh)

    @property
    def is_general(self) -> bool:
        """Whether it is no single platform's own rule."""
        return len(self.platforms) > 1 or self.platforms == (Platform.CALL_CENTRE,)

    def allows(self, value: Fraction) -> bool:
        """Whether the value is possible at all; says nothing about good or bad."""
        return (self.minimum is None or self.minimum <= value) and (self.maximum is None or value <= self.maximum)


def flat_readings(written: Mapping[str, object]) -> dict[str, object]:
    """Readings as ``metric.option: value``, also those written ``metric: {option: value}``."""
    flat: dict[str, object] = {}
    for key, value in written.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{option}": held for option, held in value.items()}
        else:
            flat[str(key)] = value
    return flat


class Readings:
    """The readings that hold for a company: what it set, else what each metric says by itself."""

    def __init__(self, definitions: Mapping[str, MetricDefinition], chosen: Mapping[str, str] | None = None) -> None:
        """``chosen`` maps ``metric.option``, or ``metric`` where it has one reading only, to a value.

        Raises UnknownReading for a metric, reading or value that is not offered.
        """
        self._definitions = definitions
        self._chosen = dict(self._checked(key, str(value)) for key, value in (chosen or {}).items())

    def choice(self, metric: str, name: str) -> str:
        """The option that holds."""
        reading = self._definitions[metric].readings[name]
        return self._chosen.get((metric, name), reading.default or "")

    def number(self, metric: str, name: str) -> Fraction | None:
        """The number that holds; None when nobody has set it and the metric has no default."""
        written = self._chosen.get((metric, name), self._definitions[metric].readings[name].default)
        return None if written is None else exact(written)

    def _checked(self, key: str, value: str) -> tuple[tuple[str, str], str]:
        metric, _, name = key.partition(".")
        offered = self._definitions[metric].readings if metric in self._definitions else {}
        if not name and len(offered) == 1:
            name = next(iter(offered))
        if name not in offered:
            names = ", ".join(f"{metric}.{each}" for each in offered)
            raise UnknownReading(reading=f"{key}={value}", expected=f"Readings of this metric: {names or 'none'}.")
        reading = offered[name]
        if reading.is_number:
            try:
                exact(value)
            except (ValueError, ArithmeticError, DomainError) as error:
                raise UnknownReading(reading=f"{key}={value}", expected="A plain number is expected.") from error
        elif value not in reading.options:
            raise UnknownReading(reading=f"{key}={value}", expected=f"Options: {', '.join(reading.options)}.")
        return (metric, name), value
