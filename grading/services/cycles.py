"""Appraisal cycles: open, grade in chunks, finish with ranks, publish."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from fractions import Fraction
from math import lcm
from operator import attrgetter
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from grading import models, selectors
from grading.domain import scorecard as cards
from grading.domain.calibration import Move, grade_held
from grading.domain.quality import JudgedFinding
from grading.jobs import services as jobs
from grading.jobs.bulk import analyze, columns_of, copy_in, rewrite
from grading.jobs.checksum import checksums
from grading.jobs.memory import uncollected
from grading.jobs.models import Job, RunItem
from grading.kernel.bands import Bands
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.kernel.snapshot import canonical, embedded, fingerprint
from grading.services.metrics import metrics_open, not_computed

GRADE_TASK = "grading.grade"
APPRAISAL = columns_of(models.Appraisal)
NOT_JUDGED_FROM = (
    # What judging writes, and what is decided after it.
    models.AppraisalCycle,
    models.Appraisal,
    models.CalibrationSession,
    models.CalibrationMove,
    models.PromotionRequest,
    # What the platform exports come to is computed after the judging was asked for; the exports stand for it.
    models.MetricComputation,
    models.MetricTally,
    # A finding says itself whether it still counts; a report is of a store.
    models.QaAppeal,
    models.QaReport,
    # Who may look.
    models.TeamManager,
)
JUDGED_FROM = tuple(table for table in apps.get_app_config("grading").get_models() if table not in NOT_JUDGED_FROM)
FOLLOW_UP_TASK = "grading.graded"


@transaction.atomic
def cycle_open(
    *, company_id: int, month: Month, requested_by: User, follow_up: str = FOLLOW_UP_TASK
) -> models.AppraisalCycle:
    """The month's cycle with everybody who is employed in it enqueued, except those already published.

    Where the month has platform exports, its metrics are computed first. May be called again: whoever was parked or
    changed is judged again, everybody else is left as is.
    """
    job = jobs.job_open(task=GRADE_TASK, key=f"{company_id}/{month}", follow_up=follow_up, requested_by=requested_by)
    Job.objects.filter(pk=job.pk).update(follow_up=follow_up)
    cycle, _made = models.AppraisalCycle.objects.get_or_create(
        company_id=company_id, month=month, defaults={"job": job}
    )
    published = set(cycle.appraisals.exclude(published_at=None).values_list("agent_id", flat=True))
    due = [agent for agent in selectors.agents_employed_in(company_id, month) if agent not in published]
    jobs.job_enqueue(job_id=job.pk, subject_ids=due)
    jobs.job_follows(job.pk, metrics_open(company_id=company_id, month=month, requested_by=requested_by))
    return cycle


def judged_from_now(company_id: int, month: Month) -> dict[str, str]:
    """Table → checksum of everything that judging a month reads, as it is recorded now."""
    return checksums(JUDGED_FROM, company_id, month)


@uncollected()
def cycle_grade_chunk(job_id: int) -> int:
    """Judge one chunk of a cycle's people; returns how many it settled. May run twice, may die anywhere."""
    held = jobs.claim(job_id)
    if held is None:
        return 0
    cycle = models.AppraisalCycle.objects.get(job_id=job_id)
    month, company_id = cycle.month, cycle.company_id

    people = selectors.people(held.subject_ids, month)
    in_force = selectors.scorecards_in_force(company_id, month.last_day)
    measured = selectors.measures(company_id, held.subject_ids, month)
    judged_qa = selectors.quality(held.subject_ids, month)
    before = selectors.judged(held.subject_ids, company_id, month)
    lack = not_computed(company_id, month)

    outcomes, changed, dropped = [], [], []
    for agent_id in held.subject_ids:
        person = people.get(agent_id)
        card = in_force.get(person.role) if person else None
        if card is None:
            outcomes.append(jobs.Outcome(agent_id))
            dropped.append(agent_id)
            continue
        asked = {kpi.metric for kpi in card.scorecard.kpis}
        mine = {metric: value for metric, value in measured[agent_id].items() if metric in asked}
        findings = judged_qa.get(agent_id, ())
        input_hash = fingerprint({"card": card.fingerprint, "measures": mine, "qa": findings})
        try:
            if lack is not None:
                raise lack
            judged = cards.score(mine, card.scorecard)
        except DomainError as error:
            outcomes.append(jobs.Outcome(agent_id, input_hash, error=error))
            dropped.append(agent_id)
            continue
        row = _row(cycle, agent_id, card, judged, findings, input_hash)
        output_hash = fingerprint([row.grade, embedded(row.kpis), embedded(row.qa)])
        outcomes.append(jobs.Outcome(agent_id, input_hash, output_hash))
        if agent_id not in before or before[agent_id].input_hash != input_hash:
            changed.append(row)

    with transaction.atomic():
        jobs.finish(held, outcomes)
        unpublished = models.Appraisal.objects.filter(cycle=cycle, published_at=None)
        unpublished.filter(agent_id__in=[*dropped, *(row.agent_id for row in changed)]).delete()
        models.AppraisalCycle.objects.select_for_update().get(pk=cycle.pk)  # a move waits for this, or is seen by it
        moves = selectors.latest_moves(cycle.pk, [row.agent_id for row in changed])
        cards_used = {card.version_id: card.scorecard.grades for card in in_force.values()}
        for row in changed:
            grade_hold(row, cards_used[row.scorecard_id], moves.get(row.agent_id))
        copy_in(models.Appraisal, APPRAISAL, map(attrgetter(*APPRAISAL), changed))
    return len(outcomes)


def grade_hold(row: models.Appraisal, card: Bands[cards.Grade] | None, latest: Move | None) -> None:
    """Set the grade that counts after the latest move; what was computed stays beside it. Does not save."""
    computed = computed_grade(row)
    counts = grade_held(computed, card, latest)
    is_moved = counts.is_moved and computed is not None
    row.computed_grade = computed.grade if is_moved and computed else ""
    row.computed_coefficient = computed.coefficient if is_moved and computed else None
    row.grade = counts.grade.grade if counts.grade else ""
    row.coefficient = counts.grade.coefficient if counts.grade else None


def computed_grade(row: models.Appraisal) -> cards.Grade | None:
    """What the scorecard came to, whether or not calibration moved it; None without a grade."""
    if row.computed_grade and row.computed_coefficient is not None:
        return cards.Grade(row.computed_grade, row.computed_coefficient)
    if row.grade and row.coefficient is not None:
        return cards.Grade(row.grade, row.coefficient)
    return None


def _row(
    cycle: models.AppraisalCycle,
    agent_id: int,
    card: selectors.ScorecardInForce,
    judged: cards.Appraisal,
    findings: tuple[JudgedFinding, ...],
    input_hash: str,
) -> models.Appraisal:
    return models.Appraisal(
        cycle=cycle,
        agent_id=agent_id,
        scorecard_id=card.version_id,
        total_score=judged.total_score,
        grade=judged.grade or "",
        coefficient=judged.coefficient,
        kpis=canonical([_kpi(each, fixed) for each, fixed in zip(judged.kpis, card.kpis_plain, strict=True)]),
        qa=canonical(_qa(findings)),
        input_hash=input_hash,
    )


def _kpi(judged: cards.KpiScore, fixed: Mapping[str, Any]) -> dict[str, Any]:
    """One KPI as stored: its exact numbers, with the weight and scoring it was judged by."""
    return {**fixed, "value": judged.measure, "score": judged.score, "weighted": judged.weighted}


def _qa(findings: tuple[JudgedFinding, ...]) -> dict[str, Any]:
    fatal = sum(1 for finding in findings if finding.is_fatal)
    by_code: dict[str, int] = defaultdict(int)
    for finding in findings:
        by_code[finding.finding.code] += 1
    return {
        "fatal": fatal,
        "non_fatal": len(findings) - fatal,
        "escalated": sum(1 for finding in findings if finding.is_escalated),
        "by_code": dict(sorted(by_code.items())),
    }


class _Ranked(NamedTuple):
    """What ranking asks of an appraisal, and the rank it has."""

    pk: int
    total_score: Fraction
    published_at: datetime | None
    rank: int | None
    ranked_among: int


@transaction.atomic
def cycle_finish(job_id: int) -> models.AppraisalCycle:
    """Drop who left the cycle, rank the judged, mark the cycle graded. Published ranks stay as they were handed out."""
    cycle = models.AppraisalCycle.objects.select_for_update().get(job_id=job_id)
    if not jobs.progress(job_id).is_settled:
        return cycle
    analyze((RunItem, "job"), (models.Appraisal, "cycle"))
    in_it = cycle.job.items.filter(subject_id=OuterRef("agent_id"))
    cycle.appraisals.filter(~Exists(in_it), published_at=None).delete()
    by_card: dict[int, list[_Ranked]] = defaultdict(list)
    columns = ("scorecard_id", "pk", "total_score", "published_at", "rank", "ranked_among")
    for card, *held in cycle.appraisals.filter(total_score__isnull=False).values_list(*columns):
        by_card[card].append(_Ranked(*held))
    changed = []
    for of_card in by_card.values():
        whole = lcm(*(row.total_score.denominator for row in of_card))  # scores as whole numbers sort ten times faster
        scores = [row.total_score.numerator * (whole // row.total_score.denominator) for row in of_card]
        first_place = {score: place for place, score in reversed([*enumerate(sorted(scores, reverse=True), start=1)])}
        for row, score in zip(of_card, scores, strict=True):
            place, among = first_place[score], len(of_card)
            if row.published_at is None and (row.rank, row.ranked_among) != (place, among):
                changed.append((row.pk, place, among))
    rewrite(models.Appraisal, ("rank", "ranked_among"), changed)
    if cycle.status == models.AppraisalCycle.Status.OPEN:
        cycle.status = models.AppraisalCycle.Status.GRADED
        cycle.save(update_fields=["status"])
    return cycle


def cycle_hold(company_id: int, month: Month) -> None:
    """Keep a month's cycle until the transaction ends: a calibration move comes before that, or finds what it did."""
    models.AppraisalCycle.objects.select_for_update().filter(company_id=company_id, month=month).first()


@transaction.atomic
def appraisals_publish(*, company_id: int, month: Month, agent_ids: Collection[int]) -> None:
    """Freeze the appraisals of people whose pay was approved; from now on payroll and the agent rely on them."""
    cycle = models.AppraisalCycle.objects.get(company_id=company_id, month=month)
    cycle.appraisals.filter(agent_id__in=agent_ids, published_at=None).update(published_at=timezone.now())
    if cycle.status != models.AppraisalCycle.Status.PUBLISHED:
        cycle.status = models.AppraisalCycle.Status.PUBLISHED
        cycle.save(update_fields=["status"])
