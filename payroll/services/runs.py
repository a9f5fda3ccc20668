"""Pay runs: start, calculate in chunks, approve, pay. Every transition is checked again under the row's lock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from grading import public as grading
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint, plain, plain_fingerprint
from payroll import models, selectors
from payroll.domain.lines import Line
from payroll.domain.payslip import compute_payslip
from payroll.errors import (
    GradesChanged,
    MayNot,
    MonthIsClosed,
    NobodyEmployed,
    NothingToApprove,
    RunChanged,
    RunNotReady,
    SamePersonTwice,
)

CALCULATE_TASK = "payroll.calculate"
GRADED_TASK = "payroll.graded"
CALCULATED_TASK = "payroll.calculated"
Status = models.PayRun.Status


@transaction.atomic
def run_start(
    *,
    company: grading.Company,
    month: Month,
    prepared_by: User,
    goal: models.PayRun.Goal = models.PayRun.Goal.CALCULATED,
) -> models.PayRun:
    """The month's run in preparation, with everybody who has no posted payslip yet enqueued for grading.

    Called again, it goes over the same people again: whoever is unchanged stays as is. After a run was posted, the
    people it had parked are taken by a next run. Raises MayNot, NobodyEmployed, MonthIsClosed.
    """
    _require(prepared_by, "payroll.prepare_run", "prepare a pay run")
    employed = grading.agents_employed_in(company.pk, month)
    if not employed:
        raise NobodyEmployed(company=company.code, month=month)
    run = (
        models.PayRun.objects.select_for_update()
        .filter(company=company, month=month, kind=models.PayRun.Kind.REGULAR)
        .exclude(status__in=models.PayRun.POSTED)
        .first()
    )
    if run is None:
        if not _due(company.pk, month):
            raise MonthIsClosed(month=month)
        run = _next_run(company, month, prepared_by)
    run.status, run.goal, run.prepared_by = Status.OPEN, goal, prepared_by
    run.save(update_fields=["status", "goal", "prepared_by"])
    jobs.audit(actor=prepared_by, action="run.start", object_type="pay_run", object_id=run.pk)
    grading.cycle_open(company_id=company.pk, month=month, requested_by=prepared_by, follow_up=GRADED_TASK)
    return run


def _due(company_id: int, month: Month) -> list[int]:
    posted = selectors.posted_agents(company_id, month)
    return [agent for agent in grading.agents_employed_in(company_id, month) if agent not in posted]


def _next_run(company: grading.Company, month: Month, prepared_by: User) -> models.PayRun:
    sequence = len(selectors.runs_of_month(company.pk, month)) + 1
    job = jobs.job_open(
        task=CALCULATE_TASK,
        key=f"{company.pk}/{month}/{sequence}",
        follow_up=CALCULATED_TASK,
        requested_by=prepared_by,
    )
    jobs.job_finished(job.pk)
    return models.PayRun.objects.create(
        company=company,
        month=month,
        sequence=sequence,
        job=job,
        pay_date=pay_date_of(company, month),
        prepared_by=prepared_by,
    )


def pay_date_of(company: grading.Company, month: Month) -> date | None:
    """The pay day in the month after the pay period, held to that month's last day; None when none is set."""
    if company.pay_day is None:
        return None
    following = month.next
    return date(following.year, following.month, min(company.pay_day, following.days))


@transaction.atomic
def run_graded(cycle_job_id: int) -> models.PayRun | None:
    """The cycle of a run in preparation is graded: mark the run so. None when there is nothing to do. May run twice."""
    if not jobs.progress(cycle_job_id).is_settled:
        return None
    cycle = grading.cycle_finish(cycle_job_id)
    run = (
        models.PayRun.objects.select_for_update()
        .filter(company_id=cycle.company_id, month=cycle.month, status=Status.OPEN)
        .first()
    )
    jobs.job_finished(cycle_job_id)
    if run is None:
        return None
    run.status = Status.GRADED
    run.save(update_fields=["status"])
    return run


def promotions_propose(run: models.PayRun) -> int:
    """Ask for the promotions due at the month's end, in the preparer's name. Returns how many."""
    return grading.promotions_propose(company_id=run.company_id, day=run.month.last_day, requested_by=run.prepared_by)


@transaction.atomic
def run_calculate(run_id: int) -> models.PayRun:
    """Enqueue the calculation of a graded run. Raises RunNotReady."""
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status not in (Status.GRADED, Status.CALCULATED, Status.IN_REVIEW):
        raise RunNotReady(run=run, status=run.status, act="calculate", needed=Status.GRADED.value)
    if run.status != Status.GRADED:
        run.status = Status.GRADED
        run.save(update_fields=["status"])
    due = grading.agents_by_team(run.company_id, _due(run.company_id, run.month), run.month.last_day)
    jobs.job_enqueue(job_id=run.job_id, subject_ids=due)
    return run


def run_calculate_chunk(job_id: int) -> int:
    """Compute one chunk of a run's people; returns how many it settled. May run twice, may die anywhere.

    Somebody whose inputs, rules and result are unchanged is not written again.
    """
    held = jobs.claim(job_id)
    if held is None:
        return 0
    run = models.PayRun.objects.select_related("company").get(job_id=job_id)
    inputs = selectors.inputs_of(run, held.subject_ids)
    drafts = models.Payslip.objects.filter(run=run, agent_id__in=held.subject_ids)
    before = {agent_id: hashes for agent_id, *hashes in drafts.values_list("agent_id", "input_hash", "output_hash")}

    outcomes, changed = [], []
    for agent_id in held.subject_ids:
        found = inputs[agent_id]
        if isinstance(found, DomainError):
            outcomes.append(jobs.Outcome(agent_id, error=found))
            continue
        facts, rules_print = plain(found.facts), fingerprint(found.rules_used)
        input_hash = plain_fingerprint({"facts": facts, "rules": rules_print})
        try:
            result = compute_payslip(found.facts, found.rules)
        except DomainError as error:
            outcomes.append(jobs.Outcome(agent_id, input_hash, error=error))
            continue
        lines = [(line, plain(line.steps)) for line in result.lines]
        output_hash = plain_fingerprint(
            [[line.code, line.kind.value, str(line.amount), str(line.period), steps] for line, steps in lines]
        )
        outcomes.append(jobs.Outcome(agent_id, input_hash, output_hash))
        if before.get(agent_id) != [input_hash, output_hash]:
            slip = models.Payslip(
                run=run,
                agent_id=agent_id,
                month=run.month,
                kind=run.kind,
                number=f"{run.company.code}-{run.month}-{found.facts.agent_no}".upper(),
                gross=result.gross,
                deductions=result.deductions,
                net=result.net,
                employer_cost=result.employer_cost,
                carried_forward=result.carried_forward,
                facts=facts,
                rules=plain(found.rules_used),
                input_hash=input_hash,
                rules_fingerprint=rules_print,
                output_hash=output_hash,
            )
            changed.append((slip, lines))

    parked = [outcome.subject_id for outcome in outcomes if outcome.error is not None]
    with transaction.atomic():
        jobs.finish(held, outcomes)
        _require_unposted(run.pk)
        _drafts_replace(run, [*parked, *(slip.agent_id for slip, _lines in changed)], changed)
    return len(outcomes)


def _require_unposted(run_id: int) -> None:
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.is_posted:
        raise RunNotReady(run=run, status=run.status, act="calculate", needed=Status.GRADED.value)


def _drafts_replace(
    run: models.PayRun, agent_ids: Collection[int], fresh: list[tuple[models.Payslip, list[tuple[Line, Any]]]]
) -> None:
    drafts = models.Payslip.objects.filter(run=run, agent_id__in=agent_ids)
    models.PayslipLine.objects.filter(payslip__in=drafts).delete()
    drafts.delete()
    models.Payslip.objects.bulk_create([slip for slip, _lines in fresh])
    models.PayslipLine.objects.bulk_create(
        models.PayslipLine(
            payslip=slip,
            position=position,
            code=line.code,
            kind=line.kind.value,
            amount=line.amount,
            period=line.period,
            steps=steps,
        )
        for slip, lines in fresh
        for position, (line, steps) in enumerate(lines, start=1)
    )


@transaction.atomic
def run_calculated(job_id: int) -> models.PayRun | None:
    """Everybody of a run is settled: drop drafts of people who left it, fingerprint it, open the review."""
    run = models.PayRun.objects.select_for_update().get(job_id=job_id)
    if not jobs.progress(job_id).is_settled:
        return None
    if run.status == Status.GRADED:
        left = run.payslips.exclude(agent_id__in=run.job.items.values("subject_id"))
        models.PayslipLine.objects.filter(payslip__in=left).delete()
        left.delete()
        run.fingerprint = selectors.payslips_fingerprint(run.payslips.all())
        run.status = Status.CALCULATED
        run.save(update_fields=["status", "fingerprint"])
    jobs.job_finished(job_id)
    return run


@transaction.atomic
def run_review(*, run_id: int, reviewed_by: User) -> models.PayRun:
    """Hand a calculated run over for review. Raises MayNot, RunNotReady."""
    _require(reviewed_by, "payroll.prepare_run", "hand a run over for review")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status != Status.CALCULATED:
        raise RunNotReady(run=run, status=run.status, act="review", needed=Status.CALCULATED.value)
    run.status = Status.IN_REVIEW
    run.save(update_fields=["status"])
    jobs.audit(actor=reviewed_by, action="run.review", object_type="pay_run", object_id=run.pk)
    return run


@transaction.atomic
def run_approve(*, run_id: int, approved_by: User, reviewed: str) -> models.PayRun:
    """Approve exactly what was reviewed, and freeze the appraisals behind it.

    ``reviewed`` is the fingerprint the approver saw. Raises MayNot, RunNotReady, NothingToApprove,
    SamePersonTwice, RunChanged, GradesChanged.
    """
    _require(approved_by, "payroll.approve_run", "approve a pay run")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status not in (Status.CALCULATED, Status.IN_REVIEW):
        raise RunNotReady(run=run, status=run.status, act="approve", needed=Status.CALCULATED.value)
    if not run.payslips.exists():
        raise NothingToApprove(run=run)
    if approved_by.pk in _preparers(run):
        raise SamePersonTwice(user=approved_by.get_username(), run=run)
    now = selectors.payslips_fingerprint(run.payslips.all())
    if now != reviewed or now != run.fingerprint:
        raise RunChanged(run=run, reviewed=reviewed[:12], now=now[:12])
    regraded = selectors.regraded(run)
    if regraded:
        raise GradesChanged(count=len(regraded), run=run, agents=", ".join(regraded))
    run.status = Status.APPROVED
    run.approved_by = approved_by
    run.approved_at = timezone.now()
    run.save(update_fields=["status", "approved_by", "approved_at"])
    paid = list(run.payslips.values_list("agent_id", flat=True))
    grading.appraisals_publish(company_id=run.company_id, month=run.month, agent_ids=paid)
    jobs.audit(
        actor=approved_by,
        action="run.approve",
        object_type="pay_run",
        object_id=run.pk,
        detail={"fingerprint": now, "people": len(paid)},
    )
    return run


def _preparers(run: models.PayRun) -> set[int | None]:
    """Everybody who ever started the run: somebody else's start does not make an earlier preparer independent."""
    return {run.prepared_by_id, *jobs.actors_of(action="run.start", object_type="pay_run", object_id=run.pk)}


@transaction.atomic
def run_pay(*, run_id: int, paid_by: User) -> models.PayRun:
    """Record that an approved run was paid out. Raises MayNot, RunNotReady."""
    if not (paid_by.has_perm("payroll.prepare_run") or paid_by.has_perm("payroll.approve_run")):
        raise MayNot(user=paid_by.get_username(), act="pay a run out")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status != Status.APPROVED:
        raise RunNotReady(run=run, status=run.status, act="pay", needed=Status.APPROVED.value)
    run.status = Status.PAID
    run.paid_at = timezone.now()
    run.save(update_fields=["status", "paid_at"])
    jobs.audit(actor=paid_by, action="run.pay", object_type="pay_run", object_id=run.pk)
    return run


def _require(user: User, permission: str, act: str) -> None:
    if not user.has_perm(permission):
        raise MayNot(user=user.get_username(), act=act)
