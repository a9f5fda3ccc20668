"""QA: the day's sample, evaluations of its contacts, appeals against findings, and the company's form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from grading import models, raw, selectors
from grading.domain.qa_form_document import qa_form_from
from grading.domain.qa_readings import ManagerAsEvaluator, QaReadings, qa_readings
from grading.domain.qa_sampling import random_sample, sample_size
from grading.domain.quality import JudgedFinding, QaForm, evaluation_score
from grading.errors import (
    AlreadyAppealed,
    AppealClosed,
    AppealTooLate,
    ContactAlreadyEvaluated,
    ContactUnknown,
    DayNotOver,
    EvaluatorIsManager,
    MayNotJudgeQuality,
    NotSecondReviewer,
    NotYourFinding,
    OwnContact,
    ReasonMissing,
    UnknownQaCode,
)
from grading.jobs import services as jobs
from grading.kernel.document import canonical_data
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint
from grading.rulebook import qa_codes, seed_qa_form_document
from grading.services import cycles, evidence

Source = models.QaSample.Source
State = models.QaAppeal.State
DAYS_DRAWN = 7
"""How many days before today the nightly task looks at: exports of a day may be loaded some days later."""


# --- The sample -----------------------------------------------------------------------------------------------------


@transaction.atomic
def sample_draw(*, company: models.Company, day: date, today: date, drawn_by: User | None = None) -> int:
    """Draw the contacts of a day that QA looks at; returns how many are new. Drawing twice changes nothing.

    Contacts submitted by the complaint team come on top. ``drawn_by`` None: the nightly task. Without exports of the
    day nothing is drawn. Raises DayNotOver, MayNotJudgeQuality, BrokenDocument (the company's readings).
    """
    if drawn_by is not None:
        _require(drawn_by, "grading.draw_sample")
    if day >= today:
        raise DayNotOver(day=day)
    contacts = raw.contacts_on(company.pk, day)
    rows = _drawn(company, day, contacts) if contacts else []
    if rows:
        models.QaSample.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
        sampled = company.agents.filter(pk__in={row.agent_id for row in rows})
        evidence.tell(sampled, since=day, until=day, cause="qa_sample")
        jobs.audit(
            actor=drawn_by,
            action="qa_sample.draw",
            object_type="company",
            object_id=company.code,
            detail={"day": str(day), "agents": len({row.agent_id for row in rows}), "contacts": len(rows)},
        )
    return len(rows)


def samples_draw_recent(*, today: date) -> int:
    """Draw what is missing from the samples of the last days, of every company; returns how many contacts are new.

    A company that cannot be drawn, for example because its readings are broken, does not stop the others: its error
    is raised after them.
    """
    drawn, refused = 0, None
    for company in models.Company.objects.order_by("pk"):
        for back in range(DAYS_DRAWN, 0, -1):
            try:
                drawn += sample_draw(company=company, day=today - timedelta(days=back), today=today)
            except DomainError as error:
                refused = error
    if refused is not None:
        raise refused
    return drawn


def _drawn(company: models.Company, day: date, contacts: Mapping[int, Collection[str]]) -> list[models.QaSample]:
    """The rows that are missing from the day's sample. Two queries."""
    readings = qa_readings(company.readings)
    held: dict[int, dict[str, str]] = defaultdict(dict)
    rows = models.QaSample.objects.filter(day=day, agent_id__in=contacts).values_list("agent_id", "session", "source")
    for agent_id, session, source in rows:
        held[agent_id][session] = source
    numbers = dict(company.agents.filter(pk__in=contacts).values_list("pk", "agent_no"))
    found = []
    for agent_id, agent_no in sorted(numbers.items()):
        sessions, mine = contacts[agent_id], held[agent_id]
        drawn = random_sample(
            [session for session in sessions if mine.get(session) != Source.COMPLAINT],
            seed=f"{company.code}/{day}/{agent_no}",
            size=sample_size(len(sessions), readings.sample_least, readings.sample_ratio),
            drawn=[session for session, source in mine.items() if source == Source.RANDOM],
        )
        found += [
            models.QaSample(agent_id=agent_id, day=day, session=session, source=Source.RANDOM)
            for session in drawn
            if session not in mine
        ]
    return found


@transaction.atomic
def sample_submit_complaint(
    *, agent: models.Agent, day: date, session: str, reason: str, submitted_by: User, today: date
) -> models.QaSample:
    """Submit a contact to QA because of a complaint (投訴組提交, 001 L29).

    A contact that was drawn already becomes a submitted one, and the next of the lot takes its place. Without any
    exports of the day the number is taken as it stands. Raises MayNotJudgeQuality, ReasonMissing, ContactUnknown,
    ContactAlreadyEvaluated.
    """
    _require(submitted_by, "grading.submit_complaint")
    if not reason.strip():
        raise ReasonMissing
    contacts = raw.contacts_on(agent.company_id, day)
    if day > today or (contacts and session not in contacts.get(agent.pk, ())):
        raise ContactUnknown(agent=agent.agent_no, day=day, session=session)
    row = models.QaSample.objects.select_for_update(of=("self",)).filter(agent=agent, day=day, session=session).first()
    if row is not None and row.is_evaluated:
        raise ContactAlreadyEvaluated(agent=agent.agent_no, session=session)
    was_drawn = row is not None and row.source == Source.RANDOM
    row = row or models.QaSample(agent=agent, day=day, session=session)
    row.source, row.submitted_by, row.reason = Source.COMPLAINT, submitted_by, reason.strip()
    row.save()
    if was_drawn and agent.pk in contacts:
        models.QaSample.objects.bulk_create(_drawn(agent.company, day, {agent.pk: contacts[agent.pk]}))
    evidence.tell([agent], since=day, until=day, cause="qa_sample")
    jobs.audit(
        actor=submitted_by,
        action="qa_sample.complaint",
        object_type="qa_sample",
        object_id=row.pk,
        detail={"agent": agent.agent_no, "day": str(day), "session": session},
    )
    return row


# --- Evaluations ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recorded:
    """An evaluation, and whether a direct manager made it where the company only warns of that."""

    evaluation: models.QaEvaluation
    is_by_manager: bool


@transaction.atomic
def evaluation_record(
    *, sample_id: int, evaluator: User, codes: Collection[str], survey_pushed: str, note: str, today: date
) -> Recorded:
    """Judge one sampled contact: its findings (each code at most once) and whether the survey was pushed.

    Findings and score belong to the month of the contact, by the form in force on its day. Raises
    MayNotJudgeQuality, OwnContact, EvaluatorIsManager, ContactAlreadyEvaluated, UnknownQaCode.
    """
    sample = models.QaSample.objects.select_for_update(of=("self",)).select_related("agent__company").get(pk=sample_id)
    agent = sample.agent
    is_by_manager = evaluator_check(sample, evaluator, today)
    if sample.is_evaluated:
        raise ContactAlreadyEvaluated(agent=agent.agent_no, session=sample.session)
    known = qa_codes()
    for code in codes:
        if code not in known:
            raise UnknownQaCode(found=code, known=", ".join(known))
    month = Month.of(sample.day)
    is_first = codes and not models.QaFinding.objects.filter(month=month, agent__company=agent.company_id).exists()
    evaluation = models.QaEvaluation.objects.create(
        sample=sample,
        evaluator=evaluator,
        checked_on=today,
        form_id=selectors.qa_form_in_force(agent.company_id, sample.day).version_id,
        survey_pushed=models.QaEvaluation.SurveyPushed(survey_pushed),
        note=note.strip(),
    )
    models.QaFinding.objects.bulk_create(
        models.QaFinding(
            agent=agent,
            month=month,
            checked_on=today,
            session=sample.session,
            code=code,
            source=sample.source,
            reviewer=evaluator.get_username()[:50],
            evaluation=evaluation,
        )
        for code in sorted(set(codes))
    )
    evaluations_rescore(agent_ids=[agent.pk], month=month)
    evaluation.refresh_from_db()
    # from the first finding of a month on, everybody without one is measured as having none
    touched = agent.company.agents.all() if is_first else [agent]
    evidence.tell(touched, since=sample.day, until=sample.day, cause="qa_evaluation")
    jobs.audit(
        actor=evaluator,
        action="qa_evaluation.record",
        object_type="qa_evaluation",
        object_id=evaluation.pk,
        detail={
            "agent": agent.agent_no,
            "day": str(sample.day),
            "session": sample.session,
            "codes": sorted(set(codes)),
        },
    )
    return Recorded(evaluation, is_by_manager)


def evaluator_check(sample: models.QaSample, evaluator: User, today: date) -> bool:
    """Whether the evaluator manages the agent where that is only warned of.

    Managers of the contact's day and of today count alike.
    「评测人员最好是被考核人员非直接接触管理人员组成」 (000 L21).

    Raises MayNotJudgeQuality, OwnContact, EvaluatorIsManager.
    """
    _require(evaluator, "grading.evaluate_contact")
    agent = sample.agent
    if agent.user_id == evaluator.pk:
        raise OwnContact
    is_manager = _is_manager(evaluator, agent, (sample.day, today))
    if is_manager and _readings(agent).manager_as_evaluator is ManagerAsEvaluator.BLOCK:
        raise EvaluatorIsManager(agent=agent.agent_no)
    return is_manager


def evaluations_rescore(*, agent_ids: Collection[int], month: Month) -> None:
    """Make the scores of a month's evaluations follow its findings: void ones, and the third of a kind. Four queries,
    and only rows that change are written."""
    judged: dict[int, list[JudgedFinding]] = defaultdict(list)
    for found, finding in selectors.judged_rows(agent_ids, month):
        if found.evaluation_id is not None:
            judged[found.evaluation_id].append(finding)
    rows = list(
        models.QaEvaluation.objects.filter(
            sample__agent_id__in=agent_ids, sample__day__gte=month.first_day, sample__day__lte=month.last_day
        )
    )
    forms: dict[int | None, QaForm] = {None: selectors.qa_form_of(seed_qa_form_document())}
    versions = models.QaFormVersion.objects.in_bulk({row.form_id for row in rows if row.form_id is not None})
    forms.update({pk: selectors.qa_form_of(version.body) for pk, version in versions.items()})
    changed = []
    for row in rows:
        score = evaluation_score(judged[row.pk], forms[row.form_id])
        if row.score != score:
            row.score = score
            changed.append(row)
    models.QaEvaluation.objects.bulk_update(changed, ["score"], batch_size=500)


# --- Appeals --------------------------------------------------------------------------------------------------------


@transaction.atomic
def appeal_file(*, finding_id: int, filed_by: User, reason: str, today: date) -> models.QaAppeal:
    """Appeal against a finding of one's own, while the month's appraisal is unpublished or shortly after.

    Raises NotYourFinding, ReasonMissing, AlreadyAppealed, AppealTooLate.
    """
    finding = (
        models.QaFinding.objects.select_for_update(of=("self",))
        .select_related("agent__company")
        .filter(pk=finding_id, agent__user=filed_by)
        .first()
    )
    if finding is None:
        raise NotYourFinding
    if not reason.strip():
        raise ReasonMissing
    if finding.is_void or models.QaAppeal.objects.filter(finding=finding).exists():
        raise AlreadyAppealed
    last_day = appeals_until(finding.agent, finding.month)
    if last_day is not None and last_day < today:
        raise AppealTooLate(month=finding.month, last_day=last_day)
    appeal = models.QaAppeal.objects.create(finding=finding, reason=reason.strip())
    jobs.audit(
        actor=filed_by,
        action="qa_appeal.file",
        object_type="qa_appeal",
        object_id=appeal.pk,
        detail={"agent": finding.agent.agent_no, "code": finding.code, "month": str(finding.month)},
    )
    return appeal


def appeals_until(agent: models.Agent, month: Month) -> date | None:
    """The last day of appeals against findings of a month; None while its appraisal is not published."""
    published_at = (
        models.Appraisal.objects.filter(agent=agent, cycle__month=month, published_at__isnull=False)
        .values_list("published_at", flat=True)
        .first()
    )
    if published_at is None:
        return None
    return timezone.localdate(published_at) + timedelta(days=_readings(agent).appeal_days)


@transaction.atomic
def appeal_withdraw(*, appeal_id: int, withdrawn_by: User) -> models.QaAppeal:
    """Take back one's own open appeal. It cannot be filed again. Raises NotYourFinding, AppealClosed."""
    appeal = _appeal(appeal_id)
    if appeal.finding.agent.user_id != withdrawn_by.pk:
        raise NotYourFinding
    _require_open(appeal)
    appeal.state = State.WITHDRAWN
    appeal.save(update_fields=["state"])
    jobs.audit(actor=withdrawn_by, action="qa_appeal.withdraw", object_type="qa_appeal", object_id=appeal.pk)
    return appeal


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided appeal. ``grading_job_id``: the job that judges the month again, for the door to publish; None when
    nothing is to be judged again."""

    appeal: models.QaAppeal
    grading_job_id: int | None


@transaction.atomic
def appeal_decide(*, appeal_id: int, decided_by: User, is_upheld: bool, reason: str) -> Decided:
    """Decide an appeal as the second reviewer. An upheld one voids the finding, and the month is judged again.

    A published appraisal never changes: then the finding is void for later runs, and pay already approved follows as
    a correction, which ``evidence.tell`` asks for. Raises MayNotJudgeQuality, AppealClosed, NotSecondReviewer,
    ReasonMissing.
    """
    _require(decided_by, "grading.decide_appeal")
    appeal = _appeal(appeal_id)
    _require_open(appeal)
    finding, agent = appeal.finding, appeal.finding.agent
    second_reviewer_check(finding, decided_by)
    if not reason.strip():
        raise ReasonMissing
    appeal.state = State.UPHELD if is_upheld else State.REJECTED
    appeal.decided_by, appeal.decided_at, appeal.decision_reason = decided_by, timezone.now(), reason.strip()
    job_id = None
    if is_upheld:
        finding.is_void = True
        finding.save(update_fields=["is_void"])
        evaluations_rescore(agent_ids=[agent.pk], month=finding.month)
        evidence.tell([agent], since=finding.month.first_day, until=finding.month.last_day, cause="qa_appeal")
        appeal.is_after_publishing = appeals_until(agent, finding.month) is not None
        if not appeal.is_after_publishing:
            job_id = _judge_again(agent.company_id, finding.month, decided_by)
    appeal.save()
    jobs.audit(
        actor=decided_by,
        action=f"qa_appeal.{appeal.state}",
        object_type="qa_appeal",
        object_id=appeal.pk,
        detail={
            "agent": agent.agent_no,
            "code": finding.code,
            "month": str(finding.month),
            "after_publishing": appeal.is_after_publishing,
        },
    )
    return Decided(appeal, job_id)


def second_reviewer_check(finding: models.QaFinding, reviewer: User) -> None:
    """Whether somebody may decide about a finding. Raises NotSecondReviewer.

    For a finding from a file its ``reviewer`` is a name; it is compared with the user's names and agent number.
    """
    agent = finding.agent
    if finding.evaluation is not None:
        found_it = finding.evaluation.evaluator_id == reviewer.pk
        days = (finding.evaluation.sample.day, timezone.localdate())
    else:
        found_it = finding.reviewer.strip().casefold() in _names(reviewer)
        days = (finding.checked_on, timezone.localdate())
    if found_it or agent.user_id == reviewer.pk or _is_manager(reviewer, agent, days):
        raise NotSecondReviewer(agent=agent.agent_no)


def _names(user: User) -> set[str]:
    own = models.Agent.objects.filter(user=user).first()
    names = [user.get_username(), user.get_full_name(), *((own.agent_no, own.name) if own else ())]
    return {name.strip().casefold() for name in names} - {""}


def _judge_again(company_id: int, month: Month, requested_by: User) -> int | None:
    """Enqueue the grading of a month that has a cycle; whoever has unchanged inputs is left as is."""
    cycle = models.AppraisalCycle.objects.select_related("job").filter(company_id=company_id, month=month).first()
    if cycle is None:
        return None
    cycles.cycle_open(company_id=company_id, month=month, requested_by=requested_by, follow_up=cycle.job.follow_up)
    return cycle.job_id


def _appeal(appeal_id: int) -> models.QaAppeal:
    return (
        models.QaAppeal.objects.select_for_update(of=("self",))
        .select_related("finding__agent__company", "finding__evaluation__sample")
        .get(pk=appeal_id)
    )


def _require_open(appeal: models.QaAppeal) -> None:
    if appeal.state != State.FILED:
        raise AppealClosed(status=appeal.state)


# --- The form -------------------------------------------------------------------------------------------------------


@transaction.atomic
def qa_form_draft(
    *, company: models.Company, body: Mapping[str, Any], written_by: User, draft_id: int | None = None
) -> models.QaFormVersion:
    """Write a draft of the company's form, or change one. Raises MayNotJudgeQuality, BrokenDocument,
    PublishedIsFrozen."""
    _require(written_by, "grading.publish_qa_form")
    document = qa_form_from(body, non_fatal_codes())
    since = document.effective_from or timezone.localdate()
    plain_body = canonical_data({**body, "effective_from": since})
    row = models.QaFormVersion.objects.get(pk=draft_id, company=company) if draft_id else models.QaFormVersion()
    if row.pk is None or (row.code, row.effective_from) != (document.code, since):
        same = models.QaFormVersion.objects.filter(company=company, code=document.code, effective_from=since)
        row.revision = 1 + max(same.values_list("revision", flat=True), default=0)
    row.company, row.code, row.effective_from = company, document.code, since
    row.name_zh, row.name_en = document.name_zh, document.name_en
    row.body, row.fingerprint = plain_body, fingerprint(plain_body)
    row.save()
    jobs.audit(actor=written_by, action="qa_form.draft", object_type="qa_form", object_id=row.pk)
    return row


@transaction.atomic
def qa_form_publish(*, form_id: int, published_by: User) -> models.QaFormVersion:
    """Publish a draft: contacts from its first day on are scored by it. Contacts evaluated before keep their form.

    Raises MayNotJudgeQuality, PublishedIsFrozen.
    """
    _require(published_by, "grading.publish_qa_form")
    row = models.QaFormVersion.objects.select_for_update().get(pk=form_id)
    row.status, row.published_by, row.published_at = row.Status.PUBLISHED, published_by, timezone.now()
    row.save()
    jobs.audit(
        actor=published_by,
        action="qa_form.publish",
        object_type="qa_form",
        object_id=row.pk,
        detail={"form": row.code, "from": str(row.effective_from), "fingerprint": row.fingerprint},
    )
    return row


def non_fatal_codes() -> tuple[str, ...]:
    """The codes that a form may give points."""
    return tuple(code for code, held in qa_codes().items() if not held.is_fatal)


# --- Who ------------------------------------------------------------------------------------------------------------


def _require(user: User, right: str) -> None:
    if not user.has_perm(right):
        raise MayNotJudgeQuality(user=user.get_username())


def _is_manager(user: User, agent: models.Agent, days: Iterable[date]) -> bool:
    return any(user.pk in selectors.managers_of(agent, day) for day in dict.fromkeys(days))


def _readings(agent: models.Agent) -> QaReadings:
    return qa_readings(agent.company.readings)
