"""On-boarding and training (新人培训): the stage a day belongs to, whom one may serve, and the training index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from grading.domain.exam import ExamKind
from grading.kernel.errors import DomainError
from grading.kernel.period import Span

MOST_STAGE_DAYS = 90
HUNDRED = Fraction(100)


class DayCount(StrEnum):
    """Which days a plan counts (seed A-52)."""

    CALENDAR = "calendar"
    WORKING = "working"
    """Mondays to Fridays; holidays and make-up workdays are not known here."""


class Reception(StrEnum):
    """Which buyers a new agent may serve."""

    NONE = "none"
    TRANSFERRED = "transferred"
    """Only buyers that colleagues hand over: 「目前新客服先不设置分流」."""
    ROUTED = "routed"


class IndexRule(StrEnum):
    """How absences lower the training index (seed A-10)."""

    COEFFICIENT = "coefficient"
    LITERAL = "literal"
    RATIO = "ratio"


class Progress(StrEnum):
    """Where an on-boarding is on a day."""

    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    MYSTERY_SHOPPER_DUE = "mystery_shopper_due"
    MYSTERY_SHOPPER_OVERDUE = "mystery_shopper_overdue"
    NOT_SUITABLE = "not_suitable"
    THROUGH = "through"


class UnknownTrack(DomainError):
    """A track that does not ship with the product."""

    code = "grading.unknown_track"
    template = "There is no on-boarding track '{track}'. Choose one of {known}."


class UnknownStage(DomainError):
    """A length for a stage that the track does not have."""

    code = "grading.unknown_stage"
    template = "Track '{track}' has no stage '{stage}'. Its stages are {known}."


class BadStageLength(DomainError):
    """A stage of no days, or of too many."""

    code = "grading.bad_stage_length"
    template = "Stage '{stage}' cannot last {days} days. Give it 1 to {most} days."


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a track. ``days`` is its length; a day that the source gives to two stages is the later one's.

    ``reception_cap`` is the most buyers a day on the first ``capped_days`` of it; None: no cap is given.
    ``exam`` is the kind of exam that ends it, if any.
    """

    code: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    days: int
    reception: Reception
    reception_cap: int | None = None
    capped_days: int = 0
    exam: ExamKind | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """How one class of new agents is trained. ``mystery_shopper_day`` counts from 1 on the first day, None: none."""

    code: str
    name_zh: str
    name_en: str
    stages: tuple[Stage, ...]
    mystery_shopper_day: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with the days one person spends in it. ``first`` is the number of its first day, from 1."""

    stage: Stage
    first: int
    days: int
    span: Span


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whom a new agent may serve on a day, and how many buyers at most; ``cap`` None: no limit is set."""

    reception: Reception
    cap: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One person's on-boarding, day by day. ``mystery_shopper_on`` is None where the track has no mystery shopper."""

    track: Track
    first_day: date
    day_count: DayCount
    stages: tuple[PlannedStage, ...]
    mystery_shopper_on: date | None
    days: int
    """The number of the last day, the mystery shopper's included."""

    @property
    def last_day(self) -> date:
        """The last day of the plan, included."""
        return self.mystery_shopper_on or self.stages[-1].span.last_day

    def day_number(self, day: date) -> int:
        """How many counted days have begun, the first day included; 0 before it."""
        if day < self.first_day:
            return 0
        held = Span(self.first_day, day + timedelta(days=1))
        return held.weekdays() if self.day_count is DayCount.WORKING else held.days

    def stage_on(self, day: date) -> PlannedStage | None:
        """The stage of a day; None before the first and after the last."""
        return next((held for held in self.stages if held.span.start <= day < held.span.end), None)

    def allowance_on(self, day: date) -> Allowance:
        """Whom the agent may serve on a day: nobody before the first stage, everybody after the last."""
        held = self.stage_on(day)
        if held is None:
            is_before = day < self.stages[0].span.start
            return Allowance(Reception.NONE, 0) if is_before else Allowance(Reception.ROUTED, None)
        if held.stage.reception is Reception.NONE:
            return Allowance(Reception.NONE, 0)
        is_capped = self.day_number(day) - held.first < held.stage.capped_days
        return Allowance(held.stage.reception, held.stage.reception_cap if is_capped else None)

    def progress_on(self, day: date, *, passed: bool | None = None) -> Progress:
        """Where the plan is on a day. ``passed`` is what the latest mystery shopping came to; None: none was held."""
        if self.mystery_shopper_on is not None and passed is False:
            return Progress.NOT_SUITABLE
        if day < self.stages[0].span.start:
            return Progress.NOT_BEGUN
        if day < self.stages[-1].span.end:
            return Progress.UNDER_WAY
        if self.mystery_shopper_on is None or passed:
            return Progress.THROUGH
        if day <= self.mystery_shopper_on:
            return Progress.MYSTERY_SHOPPER_DUE
        return Progress.MYSTERY_SHOPPER_OVERDUE


def plan(
    track: Track,
    first_day: date,
    lengths: Mapping[str, int] | None = None,
    day_count: DayCount = DayCount.CALENDAR,
) -> Plan:
    """A person's days on a track; ``lengths`` replaces the days of single stages (RQ-155), and all later days move.

    Raises UnknownStage, BadStageLength.
    """
    lengths = lengths or {}
    _check(track, lengths)
    stages, number = [], 1
    for stage in track.stages:
        days = lengths.get(stage.code, stage.days)
        span = Span(_nth(first_day, number, day_count), _nth(first_day, number + days, day_count))
        stages.append(PlannedStage(stage, number, days, span))
        number += days
    last = number - 1
    shopped_on = None
    if track.mystery_shopper_day is not None:
        moved = last - sum(stage.days for stage in track.stages)
        last = track.mystery_shopper_day + moved
        shopped_on = _nth(first_day, last, day_count)
    return Plan(track, first_day, day_count, tuple(stages), shopped_on, last)


def training_index(
    score: Fraction, absences: int, attended: int, rule: IndexRule, coefficient: Fraction = Fraction(0)
) -> Fraction:
    """The training index (培训考核指标) in points, never below 0 (000 L21).

    「月平均培训成绩-(培训缺勤次数*培训考勤次数)*100%」 reads as score − absences × coefficient, points each;
    ``literal`` multiplies by the sessions attended, ``ratio`` takes off the share of sessions missed (A-10).
    """
    if rule is IndexRule.LITERAL:
        lost = Fraction(absences * attended)
    elif rule is IndexRule.RATIO:
        lost = Fraction(absences, absences + attended) * HUNDRED if absences else Fraction(0)
    else:
        lost = absences * coefficient
    return max(score - lost, Fraction(0))


def _check(track: Track, lengths: Mapping[str, int]) -> None:
    known = [stage.code for stage in track.stages]
    for code, days in lengths.items():
        if code not in known:
            raise UnknownStage(track=track.code, stage=code, known=", ".join(known))
        if not 1 <= days <= MOST_STAGE_DAYS:
            raise BadStageLength(stage=code, days=days, most=MOST_STAGE_DAYS)


def _nth(first_day: date, number: int, day_count: DayCount) -> date:
    """The day with a number, the first one being 1."""
    if day_count is DayCount.CALENDAR:
        return first_day + timedelta(days=number - 1)
    day = first_day - timedelta(days=1)
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5
    return day
