"""Opens the rules that ship with grading and returns typed values. Nobody else opens those files."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import time
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from grading.domain.metrics.definition import (
    Direction,
    Level,
    MetricDefinition,
    Platform,
    Reading,
    Severity,
    Unit,
    Window,
)
from grading.domain.phrases import Phrases
from grading.domain.standards import PlatformRules
from grading.domain.standards_document import platform_rules_from
from grading.domain.training import Track, UnknownTrack
from grading.domain.training_document import tracks_from
from grading.kernel.dated import Dated
from grading.kernel.exact import exact

PLATFORMS_WITH_STANDARDS = ("kuaishou", "tmall", "pdd")
"""The platforms whose standards ship. For Douyin the sources give rules of counting, but no numbers to be held."""


METRIC_FAMILIES = ("replies", "sales", "service", "kuaishou", "calls", "wording", "people")
"""The files of the metric catalogue, in the order they are shown."""


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
    """The metric catalogue by id, family by family, in the order of the files."""
    units = _document("metrics/units.yaml")["units"]
    found = {}
    for family in METRIC_FAMILIES:
        document = _document(f"metrics/{family}.yaml")
        shared = {"platforms": document["platforms"]} if "platforms" in document else {}
        for row in document["metrics"]:
            found[row["id"]] = _metric(family, {**units[row["unit"]], **shared, **row})
    return MappingProxyType(found)


@cache
def qa_codes() -> Mapping[str, QaCode]:
    """The QA errors by code, fatal ones first."""
    return MappingProxyType({row["code"]: _qa_code(row) for row in _document("qa_codes.yaml")["codes"]})


@cache
def qa_escalates_on() -> int:
    """Which occurrence of the same non-fatal error in a calendar month counts as fatal, with every later one."""
    return int(_document("qa_codes.yaml")["escalate_on"])


@cache
def phrases(platform: Platform | None) -> Phrases:
    """What is looked for in agents' messages; the forbidden words are the platform's own, if it has any."""
    held = _document("phrases.yaml")
    lists = {name: tuple(held[name]) for name in ("banned", "hedges", "closing")}
    return Phrases(**lists, forbidden=tuple(held["forbidden"].get(platform, ())))


def seed_qa_form_document() -> dict[str, Any]:
    """The QA form without points as plain data, in the shape of a company's own. A copy, free to change."""
    return deepcopy(_document("qa_form.yaml"))


@cache
def platform_rules(platform: str) -> Dated[PlatformRules] | None:
    """What a platform asks of a shop, by first day; None for a platform whose sources give no numbers."""
    if platform not in PLATFORMS_WITH_STANDARDS:
        return None
    return platform_rules_from(_document(f"platforms/{platform}.yaml"))


def seed_ladder_document() -> dict[str, Any]:
    """The customer-service ladder as plain data, in the shape of a company's ladders/*.yaml. A copy, free to change."""
    return deepcopy(_document("ladders/customer_service.yaml"))


@cache
def training_tracks() -> Mapping[str, Track]:
    """The on-boarding tracks by code, in the order of their file."""
    return MappingProxyType({track.code: track for track in tracks_from(_document("training/tracks.yaml"))})


def training_track(code: str) -> Track:
    """One of them. Raises UnknownTrack."""
    tracks = training_tracks()
    if code not in tracks:
        raise UnknownTrack(track=code, known=", ".join(tracks))
    return tracks[code]


def seed_exam_documents() -> dict[str, dict[str, Any]]:
    """The exams that ship with the product by code, in the shape of an exam version. Copies, free to change."""
    return {"pdd_onboarding": deepcopy(_document("exams/pdd_onboarding.yaml"))}


@cache
def metric_family_names() -> Mapping[str, tuple[str, str]]:
    """The families of the catalogue: Chinese and English name, in the order they are shown."""
    files = {family: _document(f"metrics/{family}.yaml") for family in METRIC_FAMILIES}
    return MappingProxyType({family: (held["name_zh"], held["name_en"]) for family, held in files.items()})


def _metric(family: str, row: Mapping[str, Any]) -> MetricDefinition:
    return MetricDefinition(
        id=row["id"],
        family=family,
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        unit=Unit(row["unit"]),
        direction=Direction(row["direction"]),
        level=Level(row["level"]),
        source=tuple(row["source"]),
        aliases_zh=tuple(row.get("aliases_zh", ())),
        minimum=_limit(row["minimum"]),
        maximum=_limit(row["maximum"]),
        platforms=tuple(Platform(each) for each in row.get("platforms", Platform)),
        roles=tuple(row.get("roles", ())),
        window=_window(row.get("window")),
        period=row.get("period", ""),
        across_stores=row.get("across_stores", False),
        formula_zh=row.get("formula_zh", ""),
        formula_en=row.get("formula_en", ""),
        readings=MappingProxyType({name: _reading(each) for name, each in row.get("readings", {}).items()}),
        phrases=_phrases(row["phrases"]) if "phrases" in row else (),
        severity=_severity() if row.get("severity") == "qa_codes" else None,
    )


def _phrases(name: str) -> tuple[str, ...]:
    """banned, or forbidden.pdd."""
    held = _document("phrases.yaml")
    for part in name.split("."):
        held = held[part]
    return tuple(held)


def _severity() -> Severity:
    return Severity(frozenset(code for code, held in qa_codes().items() if held.is_fatal), qa_escalates_on())


def _window(written: str | None) -> Window | None:
    """08:00-23:00; 24:00 is the end of the day."""
    if written is None:
        return None
    start, end = written.split("-")
    return Window(time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end))


def _reading(row: Mapping[str, Any]) -> Reading:
    """{options: [...]}, of which the first holds by default, or {number: ...}, null when it must be set."""
    if "options" in row:
        return Reading(tuple(row["options"]), row["options"][0])
    return Reading((), row["number"])


def _qa_code(row: Mapping[str, Any]) -> QaCode:
    texts = {name: row[name] for name in ("code", "name_zh", "name_en", "text_zh", "text_en", "source")}
    return QaCode(is_fatal=row["fatal"], **texts)


def _limit(written: str | None) -> Fraction | None:
    return None if written is None else exact(written)


@cache
def _document(path: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(files("grading").joinpath("rules", path).read_text(encoding="utf-8"))
    return document
