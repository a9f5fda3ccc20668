"""Opens the rules that ship with grading and returns typed values. Nobody else opens those files."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

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


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric of the catalogue: its names, what it is counted in, and what its values can possibly be."""

    id: str
    name_zh: str
    name_en: str
    unit: Unit
    direction: Direction
    level: Level
    source: tuple[str, ...]
    aliases_zh: tuple[str, ...] = ()
    minimum: Fraction | None = None
    maximum: Fraction | None = None

    @property
    def names_zh(self) -> tuple[str, ...]:
        return (self.name_zh, *self.aliases_zh)

    def allows(self, value: Fraction) -> bool:
        """Whether the value is possible at all; says nothing about good or bad."""
        return (self.minimum is None or self.minimum <= value) and (self.maximum is None or value <= self.maximum)


@dataclass(frozen=True, slots=True)
class QaCode:
    """A QA error: F1–F5 are fatal by themselves, N1–N6 become fatal when repeated."""

    code: str
    is_fatal: bool
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    source: str


@cache
def metric_definitions() -> Mapping[str, MetricDefinition]:
    """The metric catalogue by id, in the order of its file."""
    document = _document("metrics.yaml")
    units = document["units"]
    return MappingProxyType({row["id"]: _metric({**units[row["unit"]], **row}) for row in document["metrics"]})


@cache
def qa_codes() -> Mapping[str, QaCode]:
    """The QA errors by code, fatal ones first."""
    return MappingProxyType({row["code"]: _qa_code(row) for row in _document("qa_codes.yaml")["codes"]})


@cache
def qa_escalates_on() -> int:
    """Which occurrence of the same non-fatal error in a calendar month counts as fatal, with every later one."""
    return int(_document("qa_codes.yaml")["escalate_on"])


def seed_ladder_document() -> dict[str, Any]:
    """The customer-service ladder as plain data, in the shape of a company's ladders/*.yaml. A copy, free to change."""
    return deepcopy(_document("ladders/customer_service.yaml"))


def _metric(row: Mapping[str, Any]) -> MetricDefinition:
    return MetricDefinition(
        id=row["id"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        unit=Unit(row["unit"]),
        direction=Direction(row["direction"]),
        level=Level(row["level"]),
        source=tuple(row["source"]),
        aliases_zh=tuple(row.get("aliases_zh", ())),
        minimum=_limit(row["minimum"]),
        maximum=_limit(row["maximum"]),
    )


def _qa_code(row: Mapping[str, Any]) -> QaCode:
    texts = {name: row[name] for name in ("code", "name_zh", "name_en", "text_zh", "text_en", "source")}
    return QaCode(is_fatal=row["fatal"], **texts)


def _limit(written: str | None) -> Fraction | None:
    return None if written is None else exact(written)


@cache
def _document(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(files("grading").joinpath("rules", path).read_text(encoding="utf-8"))
    return document
