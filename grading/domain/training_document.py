"""On-boarding tracks and a company's training readings as they are written, turned into values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from grading.domain.exam import Counted, ExamKind
from grading.domain.training import MOST_STAGE_DAYS, DayCount, IndexRule, Reception, Stage, Track
from grading.kernel.document import IDENTIFIER, NAME, Reader, choice, note_repeats, number, text, whole

NOT_FOLLOWING = "does not follow on the stage before: the next day, or its last day"
NOT_AFTER = "does not come after the last stage"
TOO_LATE = "makes the stage too long"
ENDS_EARLY = "comes before its first day"

INDEX_COEFFICIENT = "training_index.coefficient"
INDEX_METHOD = "training_index.method"
ATTEMPTS_A_DAY = "exams.attempts_a_day"
COUNTED = "exams.counted"
ONBOARDING_DAYS = "onboarding.days"

_DAY_NUMBER = whole(1, 365)
_TEXT = text(500)


@dataclass(frozen=True, slots=True)
class TrainingReadings:
    """A company's choices. ``index_rule`` None: no training index; ``attempts_a_day`` None: as many as one likes."""

    index_rule: IndexRule | None = None
    index_coefficient: Fraction = Fraction(0)
    attempts_a_day: int | None = None
    counted: Counted = Counted.LATEST
    day_count: DayCount = DayCount.CALENDAR


def tracks_from(data: object) -> tuple[Track, ...]:
    """The tracks that plain data describes. Raises BrokenDocument with every problem."""
    reader = Reader(data)
    reader.allow("catalogue", "source")
    rows = reader.rows("tracks", required=True)
    tracks = tuple(_track(row) for row in rows)
    note_repeats((row, "track", track.code) for row, track in zip(rows, tracks, strict=True))
    reader.finish("tracks")
    return tracks


def training_readings_from(data: Mapping[str, object]) -> TrainingReadings:
    """The readings of company.yaml that training asks for; the others are left alone. Raises BrokenDocument."""
    reader = Reader(data)
    found = read_training_readings(reader)
    reader.allow(*data)
    reader.finish("readings")
    return found


def read_training_readings(reader: Reader) -> TrainingReadings:
    """The same from a part of a document, whose reader notes the problems."""
    coefficient = reader.optional(INDEX_COEFFICIENT, number(least=0))
    rule = reader.optional(INDEX_METHOD, choice(IndexRule))
    if rule is IndexRule.COEFFICIENT and coefficient is None:
        reader.note_missing(INDEX_COEFFICIENT, "points for each absence")
    if rule is None and coefficient is not None:
        rule = IndexRule.COEFFICIENT
    return TrainingReadings(
        index_rule=rule,
        index_coefficient=coefficient or Fraction(0),
        attempts_a_day=reader.optional(ATTEMPTS_A_DAY, whole(1, 100)),
        counted=reader.get(COUNTED, choice(Counted), Counted.LATEST),
        day_count=reader.get(ONBOARDING_DAYS, choice(DayCount), DayCount.CALENDAR),
    )


def _track(row: Reader) -> Track:
    row.allow("source", "note")
    code = row.required("track", IDENTIFIER)
    stages = row.rows("stages", required=True)
    days = [(stage.required("from", _DAY_NUMBER), stage.required("to", _DAY_NUMBER)) for stage in stages]
    shopper = row.optional("mystery_shopper_day", _DAY_NUMBER)
    if all(stage.is_sound("from", "to") for stage in stages):
        _check_days(row, stages, days, shopper)
    starts = [first for first, _last in days]
    ends = [*starts[1:], days[-1][1] + 1] if days else []
    read = tuple(_stage(stage, end - start) for stage, start, end in zip(stages, starts, ends, strict=True))
    note_repeats((reader, "stage", stage.code) for reader, stage in zip(stages, read, strict=True))
    return Track(code, row.required("name_zh", NAME), row.required("name_en", NAME), read, shopper)


def _check_days(row: Reader, stages: Sequence[Reader], days: Sequence[tuple[int, int]], shopper: int | None) -> None:
    """Stages as the sources write them adjoin, or share the day on which the later one starts (A-52)."""
    for stage, (first, last) in zip(stages, days, strict=True):
        if last < first:
            stage.note("to", ENDS_EARLY, f"{first} or later")
        elif last - first >= MOST_STAGE_DAYS:
            stage.note("to", TOO_LATE, f"a stage of at most {MOST_STAGE_DAYS} days")
    if days and days[0][0] != 1:
        stages[0].note("from", "is not the first day", "1")
    for (_before, (began, ended)), (stage, (first, _last)) in pairwise(zip(stages, days, strict=True)):
        if first not in {ended, ended + 1} or first <= began:
            stage.note("from", NOT_FOLLOWING, f"{ended} or {ended + 1}")
    if shopper is not None and days and shopper <= days[-1][1]:
        row.note("mystery_shopper_day", NOT_AFTER, f"{days[-1][1] + 1} or later")


def _stage(row: Reader, days: int) -> Stage:
    cap = row.optional("reception_cap", whole(1, 10_000))
    capped_days = row.get("capped_days", whole(1, MOST_STAGE_DAYS), days if cap is not None else 0)
    if cap is None:
        row.refuse("capped_days", expected="nothing without reception_cap")
    return Stage(
        code=row.required("stage", IDENTIFIER),
        name_zh=row.required("name_zh", NAME),
        name_en=row.required("name_en", NAME),
        text_zh=row.required("text_zh", _TEXT),
        text_en=row.required("text_en", _TEXT),
        days=days,
        reception=row.required("reception", choice(Reception)),
        reception_cap=cap,
        capped_days=capped_days if cap is not None else 0,
        exam=row.optional("exam", choice(ExamKind)),
    )
