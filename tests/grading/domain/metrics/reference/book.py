"""Every metric of every subject of a log, by the reference."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.grading.domain.metrics.reference import people, replies, sales, service
from tests.grading.domain.metrics.reference.log import Log
from tests.grading.domain.metrics.reference.view import METRICS, NotApplicable, View

FAMILIES = (replies, sales, service, people)
NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Expected:
    """A value, or the reasons of which one must be given: several columns may be wanting."""

    value: Fraction | None
    reasons: frozenset[str | None]


def expected(log: Log, metric: str, by: str, subject: str, choices: Mapping[str, str]) -> Expected:
    missing = needs_in_vain(log, metric, by, choices)
    if missing:
        return Expected(None, frozenset(f"missing: {column}" for column in missing))
    try:
        value = Fraction(METRICS[metric](View(log, by, subject, choices)))
    except NotApplicable:
        return Expected(None, frozenset({NOT_APPLICABLE}))
    return Expected(value, frozenset({None}))


def needs_in_vain(log: Log, metric: str, by: str, choices: Mapping[str, str]) -> set[str]:
    """The columns that a metric needs and the log does not have, as table.column: asked of a log without rows."""
    view = View(replace(log, tables={}), by, "", choices)
    with suppress(NotApplicable):
        METRICS[metric](view)
    return view.missing
