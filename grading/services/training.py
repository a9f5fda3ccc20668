"""On-boarding, mystery shopping, trainings, exams and attempts: who may do what, and what is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from grading import models, selectors
from grading.domain.exam import known_answers, marks, unanswered
from grading.domain.exam_document import exam_from
from grading.domain.training import plan
from grading.errors import (
    AttemptIncomplete,
    BadMentor,
    DayNotCome,
    MayNotTrain,
    MysteryShoppingRecorded,
    NoMoreAttempts,
    NotAScore,
    OnboardingAlreadyOpen,
    OnboardingClosed,
    OwnTraining,
    ScoreOfAbsent,
    TrainingSessionExists,
    UnknownExam,
)
from grading.jobs import services as jobs
from grading.kernel.document import canonical_data
from grading.kernel.exact import exact_text
from grading.kernel.snapshot import fingerprint
from grading.rulebook import seed_exam_documents, training_track
from grading.services import evidence

FULL_MARKS = 100
Outcome = models.Onboarding.Outcome


@dataclass(frozen=True, slots=True)
class Attended:
    """One agent at a training: there or not, and the score; None: nobody scored it."""

    present: bool
    score: Fraction | None = None


# --- On-boarding ------------------------------------------------------------------------------------------------------


@transaction.atomic
def onboarding_start(
    *,
    agent: models.Agent,
    track: str,
    first_day: date,
    started_by: User,
    mentor: models.Agent | None = None,
    lengths: Mapping[str, int] | None = None,
) -> models.Onboarding:
    """Put an agent on a track from a day. ``lengths`` is stage code → days, where they differ from the track's.

    Raises MayNotTrain, OwnTraining, OnboardingAlreadyOpen, BadMentor, UnknownTrack, UnknownStage, BadStageLength.
    """
    _check_trainer(started_by, agent)
    models.Agent.objects.select_for_update().get(pk=agent.pk)  # two starts at once: the second sees the first
    held = agent.onboardings.filter(outcome=Outcome.OPEN).first()
    if held is not None:
        raise OnboardingAlreadyOpen(agent=agent.agent_no, day=held.first_day)
    row = models.Onboarding(agent=agent, track=track, first_day=first_day, started_by=started_by)
    _set(row, mentor, lengths or {})
    row.save()
    _audit(started_by, "onboarding.start", row)
    return row


@transaction.atomic
def onboarding_override(
    *, onboarding_id: int, lengths: Mapping[str, int], mentor: models.Agent | None, changed_by: User
) -> models.Onboarding:
    """Replace the changed stage lengths and the mentor of an open on-boarding.

    Raises MayNotTrain, OwnTraining, OnboardingClosed, BadMentor, UnknownStage, BadStageLength.
    """
    row = _locked_onboarding(onboarding_id, changed_by)
    _set(row, mentor, lengths)
    row.save()
    _audit(changed_by, "onboarding.change", row)
    return row


@transaction.atomic
def onboarding_close(*, onboarding_id: int, outcome: str, note: str, closed_by: User) -> models.Onboarding:
    """End an on-boarding as completed, not suitable or stopped. People decide: a failed mystery shopping warns, no more
    (A-53). Raises MayNotTrain, OwnTraining, OnboardingClosed.
    """
    row = _locked_onboarding(onboarding_id, closed_by)
    row.outcome = Outcome(outcome)
    row.note = note
    row.closed_by = closed_by
    row.closed_at = timezone.now()
    row.save()
    _audit(closed_by, "onboarding.close", row)
    return row


@transaction.atomic
def mystery_shopping_record(
    *, agent: models.Agent, day: date, assessor: User, score: Fraction, passed: bool, note: str
) -> models.MysteryShopping:
    """Write down what a mystery shopper found out. It is never changed; another one may follow on another day.

    Whether a failed one ends the probation is decided by people: the pages say that regularization is in question
    (A-53). Raises MayNotTrain, OwnTraining, NotAScore, DayNotCome, MysteryShoppingRecorded.
    """
    _check_trainer(assessor, agent)
    _check_score(score)
    if day > timezone.localdate():
        raise DayNotCome(day=day)
    row, made = models.MysteryShopping.objects.get_or_create(
        agent=agent, day=day, defaults={"assessor": assessor, "score": score, "passed": passed, "note": note}
    )
    if not made:
        raise MysteryShoppingRecorded(agent=agent.agent_no, day=day)
    evidence.tell([agent], since=day, until=day, cause="mystery_shopping")
    jobs.audit(
        actor=assessor,
        action="mystery_shopping.record",
        object_type="mystery_shopping",
        object_id=row.pk,
        detail={"agent": agent.agent_no, "day": day.isoformat()},
    )
    return row


# --- Trainings --------------------------------------------------------------------------------------------------------


@transaction.atomic
def training_session_open(*, company: models.Company, day: date, topic: str, opened_by: User) -> models.TrainingSession:
    """Plan or record a training. Raises MayNotTrain, TrainingSessionExists."""
    _check_right(opened_by)
    row, made = models.TrainingSession.objects.get_or_create(company=company, day=day, topic=topic)
    if not made:
        raise TrainingSessionExists(topic=topic, day=day)
    jobs.audit(
        actor=opened_by,
        action="training_session.open",
        object_type="training_session",
        object_id=row.pk,
        detail={"day": day.isoformat()},
    )
    return row


@transaction.atomic
def training_attendance_record(
    *, session_id: int, attended: Mapping[int, Attended | None], recorded_by: User
) -> models.TrainingSession:
    """Write who was there, by agent id; None: not expected after all. Agents that are not named stay as they are.

    Raises MayNotTrain, OwnTraining, DayNotCome, NotAScore, ScoreOfAbsent.
    """
    _check_right(recorded_by)
    session = models.TrainingSession.objects.select_for_update().get(pk=session_id)
    if session.day > timezone.localdate():
        raise DayNotCome(day=session.day)
    agents = {agent.pk: agent for agent in models.Agent.objects.filter(company=session.company_id, pk__in=attended)}
    rows = []
    for agent_id, agent in agents.items():
        found = attended[agent_id]
        if agent.user_id == recorded_by.pk:
            raise OwnTraining(agent=agent.agent_no)
        if found is None:
            continue
        if found.score is not None:
            _check_score(found.score)
            if not found.present:
                raise ScoreOfAbsent(agent=agent.agent_no)
        rows.append(models.TrainingAttendance(session=session, agent=agent, present=found.present, score=found.score))
    session.attendances.filter(agent_id__in=agents).delete()
    models.TrainingAttendance.objects.bulk_create(rows)
    evidence.tell(agents.values(), since=session.day, until=session.day, cause="training")
    jobs.audit(
        actor=recorded_by,
        action="training_session.record",
        object_type="training_session",
        object_id=session.pk,
        detail={"agents": sorted(agent.agent_no for agent in agents.values())},
    )
    return session


# --- Exams ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def exam_draft(
    *, company: models.Company, body: Mapping[str, Any], drafted_by: User, version_id: int | None = None
) -> models.ExamVersion:
    """Keep a draft of a company's own exam: a new one, or in the place of an earlier draft.

    Raises MayNotTrain, BrokenDocument, PublishedIsFrozen.
    """
    _check_right(drafted_by)
    document = exam_from(body)
    row = (
        models.ExamVersion(company=company)
        if version_id is None
        else models.ExamVersion.objects.select_for_update().get(pk=version_id, company=company)
    )
    if version_id is None or (row.code, row.effective_from) != (document.code, document.effective_from):
        row.revision = _next_revision(company.pk, document.code, document.effective_from)
    row.code, row.effective_from = document.code, document.effective_from
    row.name_zh, row.name_en = document.name_zh, document.name_en
    row.body = canonical_data(body)
    row.fingerprint = fingerprint(row.body)
    row.save()
    _audit_exam(drafted_by, "exam.draft", row)
    return row


@transaction.atomic
def exam_publish(*, version_id: int, published_by: User) -> models.ExamVersion:
    """Make a draft hold from its first day. Attempts under way stay with the version they were started with.

    Raises MayNotTrain, PublishedIsFrozen.
    """
    _check_right(published_by)
    row = models.ExamVersion.objects.select_for_update().get(pk=version_id)
    newest = _next_revision(row.company_id, row.code, row.effective_from)
    if row.revision < newest - 1:
        row.revision = newest  # the highest published revision of a first day holds
    row.status = row.Status.PUBLISHED
    row.published_by = published_by
    row.published_at = timezone.now()
    row.save()
    _audit_exam(published_by, "exam.publish", row)
    return row


@transaction.atomic
def attempt_start(*, agent: models.Agent, exam: str) -> models.ExamAttempt:
    """The agent's open attempt at an exam, begun now if there is none.

    Raises UnknownExam, NoMoreAttempts when the company allows only so many a day.
    """
    models.Agent.objects.select_for_update().get(pk=agent.pk)  # two presses at once make one attempt
    held = agent.exam_attempts.filter(exam__code=exam, submitted_at=None).select_related("exam").first()
    if held is not None:
        return held
    today = timezone.localdate()
    in_force = selectors.exams_in_force(agent.company_id, today).get(exam)
    if in_force is None:
        raise UnknownExam(exam=exam)
    most = selectors.training_readings(agent.company_id).attempts_a_day
    if most is not None and agent.exam_attempts.filter(exam__code=exam, started_at__date=today).count() >= most:
        raise NoMoreAttempts(exam=exam, most=most)
    version = (
        models.ExamVersion.objects.get(pk=in_force.version_id)
        if in_force.version_id is not None
        else _adopted(agent.company, exam)
    )
    return models.ExamAttempt.objects.create(
        agent=agent,
        exam=version,
        started_at=timezone.now(),
        questions=len(in_force.document.exam.questions),
    )


@transaction.atomic
def attempt_save(*, attempt_id: int, answers: Mapping[int, Collection[str]]) -> models.ExamAttempt:
    """Keep the answers of an open attempt for later. A submitted one stays as it is."""
    row = _locked_attempt(attempt_id)
    if row.submitted_at is None:
        _keep(row, answers)
    return row


def attempt_submit(*, attempt_id: int, answers: Mapping[int, Collection[str]]) -> models.ExamAttempt:
    """Mark an attempt; submitting again changes nothing.

    With questions left open the answers are kept and AttemptIncomplete is raised.
    """
    with transaction.atomic():
        row = _locked_attempt(attempt_id)
        if row.submitted_at is not None:
            return row
        exam = exam_from(row.exam.body).exam
        kept = known_answers(exam, answers)
        left = unanswered(exam, kept)
        if left:
            _keep(row, answers)
        else:
            found = marks(exam, kept)
            row.answers = _plain(kept)
            row.right, row.questions, row.score = len(found.right), found.questions, found.score
            row.submitted_at = timezone.now()
            row.save()
            today = timezone.localdate(row.submitted_at)
            evidence.tell([row.agent], since=today, until=today, cause="exam")
            jobs.audit(
                actor=row.agent.user,
                action="exam.submit",
                object_type="exam_attempt",
                object_id=row.pk,
                detail={"agent": row.agent.agent_no, "exam": row.exam.code},
            )
    if left:  # outside the transaction, which has kept the answers
        raise AttemptIncomplete(questions=", ".join(map(str, left)))
    return row


def _adopted(company: models.Company, exam: str) -> models.ExamVersion:
    """The shipped exam as a published version of the company, so that an attempt keeps what it was marked by."""
    models.Company.objects.select_for_update().get(pk=company.pk)  # two first attempts at once
    body = seed_exam_documents()[exam]
    document = exam_from(body)
    plain_body = canonical_data(body)
    print_ = fingerprint(plain_body)
    known = models.ExamVersion.objects.filter(
        company=company, code=exam, status=models.ExamVersion.Status.PUBLISHED, fingerprint=print_
    ).first()
    return known or models.ExamVersion.objects.create(
        company=company,
        code=exam,
        name_zh=document.name_zh,
        name_en=document.name_en,
        effective_from=document.effective_from,
        revision=_next_revision(company.pk, exam, document.effective_from),
        status=models.ExamVersion.Status.PUBLISHED,
        published_at=timezone.now(),
        body=plain_body,
        fingerprint=print_,
    )


def _next_revision(company_id: int, code: str, effective_from: date) -> int:
    rows = models.ExamVersion.objects.filter(company_id=company_id, code=code, effective_from=effective_from)
    return (rows.aggregate(newest=Max("revision"))["newest"] or 0) + 1


def _locked_attempt(attempt_id: int) -> models.ExamAttempt:
    rows = models.ExamAttempt.objects.select_for_update(of=("self",)).select_related("exam", "agent__user")
    return rows.get(pk=attempt_id)


def _keep(row: models.ExamAttempt, answers: Mapping[int, Collection[str]]) -> None:
    row.answers = _plain(known_answers(exam_from(row.exam.body).exam, answers))
    row.save()


def _plain(answers: Mapping[int, Collection[str]]) -> dict[str, list[str]]:
    return {str(number): list(keys) for number, keys in answers.items()}


# --- Who may --------------------------------------------------------------------------------------------------------


def _check_right(user: User) -> None:
    if not user.has_perm("grading.manage_training"):
        raise MayNotTrain(user=user.get_username())


def _check_trainer(user: User, agent: models.Agent) -> None:
    """Nobody trains or assesses themselves."""
    _check_right(user)
    if agent.user_id == user.pk:
        raise OwnTraining(agent=agent.agent_no)


def _check_score(score: Fraction) -> None:
    if not 0 <= score <= FULL_MARKS:
        raise NotAScore(value=exact_text(score))


def _set(row: models.Onboarding, mentor: models.Agent | None, lengths: Mapping[str, int]) -> None:
    if mentor is not None and (mentor.pk == row.agent_id or mentor.company_id != row.agent.company_id):
        raise BadMentor(mentor=mentor.agent_no, agent=row.agent.agent_no)
    track = training_track(row.track)
    plan(track, row.first_day, lengths)  # refuses unknown stages and impossible lengths
    usual = {stage.code: stage.days for stage in track.stages}
    row.lengths = {stage: days for stage, days in lengths.items() if days != usual[stage]}
    row.mentor = mentor


def _locked_onboarding(onboarding_id: int, user: User) -> models.Onboarding:
    rows = models.Onboarding.objects.select_for_update(of=("self",)).select_related("agent")
    row = rows.get(pk=onboarding_id)
    _check_trainer(user, row.agent)
    if row.outcome != Outcome.OPEN:
        raise OnboardingClosed(agent=row.agent.agent_no)
    return row


def _audit(actor: User, action: str, row: models.Onboarding) -> None:
    jobs.audit(
        actor=actor,
        action=action,
        object_type="onboarding",
        object_id=row.pk,
        detail={
            "agent": row.agent.agent_no,
            "track": row.track,
            "first_day": row.first_day.isoformat(),
            "lengths": row.lengths,
            "outcome": str(row.outcome),
        },
    )


def _audit_exam(actor: User, action: str, row: models.ExamVersion) -> None:
    jobs.audit(
        actor=actor,
        action=action,
        object_type="exam_version",
        object_id=row.pk,
        detail={"exam": row.code, "from": row.effective_from.isoformat(), "revision": row.revision},
    )
