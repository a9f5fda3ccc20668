"""A scorecard as HR writes it, turned into the value that appraisals are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from grading.domain.scorecard import BrokenWeights, Grade, Kpi, Missing, Scorecard, TargetSource
from grading.domain.scoring import FULL_MARKS, Banded, BrokenTarget, Direction, Linear, Scoring
from grading.kernel.bands import Bands
from grading.kernel.document import (
    CODE,
    DAY,
    IDENTIFIER,
    NAME,
    NUMBER,
    Reader,
    bands_from,
    choice,
    note_repeats,
    number,
    one_of,
    text,
)
from grading.kernel.exact import exact_text

ROLES = ("pre_sales", "after_sales", "comprehensive", "call_centre")
WRONG_WEIGHTS = "the weights do not add up to exactly 1"
WRONG_TARGET = "the target does not lie on the better side of the threshold"

_SHARE = number(least=0, most=1)
_POINTS = number(least=0)
_ABOVE_ZERO = number(above=0)
_GRADE = text(10)


class ScoringMethod(StrEnum):
    """How a KPI's measure becomes a score."""

    LINEAR = "linear"
    BANDS = "bands"


@dataclass(frozen=True, slots=True)
class ScorecardDocument:
    """One version of a scorecard: its names, the first day it holds, and the scorecard itself.

    A name that is left out is the code. ``source`` may stand in the document for people to read.
    """

    code: str
    name_zh: str
    name_en: str
    effective_from: date
    scorecard: Scorecard


def scorecard_from(data: object) -> ScorecardDocument:
    """The scorecard that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("source")
    code = reader.required("scorecard", IDENTIFIER)
    roles = reader.items("roles", one_of(ROLES), required=True)
    note_repeats((reader, f"roles.{place}", role) for place, role in enumerate(roles))
    scorecard = Scorecard(
        code=code,
        roles=roles,
        kpis=_kpis(reader),
        missing=reader.get("missing", choice(Missing), Missing.REWEIGHT),
        grades=_grades(reader),
    )
    document = ScorecardDocument(
        code=code,
        name_zh=reader.get("name_zh", NAME, code),
        name_en=reader.get("name_en", NAME, code),
        effective_from=reader.required("effective_from", DAY),
        scorecard=scorecard,
    )
    _check_weights(reader, scorecard)
    reader.finish("scorecard")
    return document


def _kpis(reader: Reader) -> tuple[Kpi, ...]:
    rows = reader.rows("kpis", required=True)
    kpis = tuple(_kpi(row) for row in rows)
    note_repeats((row, "metric", kpi.metric) for row, kpi in zip(rows, kpis, strict=True))
    return kpis


def _kpi(row: Reader) -> Kpi:
    metric = row.required("metric", CODE)
    weight = row.required("weight", _SHARE)
    source = row.optional("source", choice(TargetSource))
    by_default = ScoringMethod.BANDS if row.has("bands") else ScoringMethod.LINEAR
    method = row.get("scoring", choice(ScoringMethod), by_default)
    if not row.is_sound("scoring"):
        row.allow("bands", "direction", "threshold", "target", "max_score", "saturation_cap")
        return Kpi(metric, weight, Linear(Fraction(0), FULL_MARKS))
    if method is ScoringMethod.BANDS:
        return Kpi(metric, weight, _banded(row, metric), row.optional("direction", choice(Direction)), source)
    direction = row.required("direction", choice(Direction))
    return Kpi(metric, weight, _linear(row, metric, direction), direction, source)


def _banded(row: Reader, metric: str) -> Scoring:
    row.refuse("threshold", "target", "max_score", "saturation_cap", expected="nothing: the scoring is by bands")
    bands = row.rows("bands", required=True)
    scores = [band.required("score", _POINTS) for band in bands]
    return Banded(bands_from(bands, scores, metric))


def _linear(row: Reader, metric: str, direction: Direction) -> Scoring:
    row.refuse("bands", expected="nothing: the scoring is linear")
    threshold, target = row.required("threshold", NUMBER), row.required("target", NUMBER)
    max_score = row.get("max_score", _ABOVE_ZERO, FULL_MARKS)
    saturation_cap = row.optional("saturation_cap", NUMBER)
    if row.is_sound("direction", "threshold", "target"):
        try:
            return Linear.checked(metric, direction, threshold, target, max_score, saturation_cap)
        except BrokenTarget:
            side = "above" if direction is Direction.HIGHER else "below"
            row.note("target", WRONG_TARGET, f"a target {side} the threshold {exact_text(threshold)}")
    return Linear(threshold, target, max_score, saturation_cap)


def _grades(reader: Reader) -> Bands[Grade] | None:
    if not reader.has("grades"):
        return None
    rows = reader.rows("grades", required=True)
    grades = [Grade(row.required("grade", _GRADE), row.required("coefficient", _POINTS)) for row in rows]
    note_repeats((row, "grade", grade.grade) for row, grade in zip(rows, grades, strict=True))
    return bands_from(rows, grades, "grades")


def _check_weights(reader: Reader, scorecard: Scorecard) -> None:
    if not scorecard.kpis or not all(reader.is_sound(f"kpis.{n}.weight") for n in range(len(scorecard.kpis))):
        return
    try:
        scorecard.checked()
    except BrokenWeights:
        total = sum((kpi.weight for kpi in scorecard.kpis), Fraction(0))
        reader.note("kpis", WRONG_WEIGHTS, "weights that add up to 1", exact_text(total))
