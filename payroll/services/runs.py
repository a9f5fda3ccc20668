"""Pay runs: start, calculate in chunks, approve, pay. Every transition is checked again under the row's lock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from grading import public as grading
from grading.jobs import services as jobs
from grading.jobs.bulk import analyze
from grading.jobs.models import RunItem
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.errors import (
    MayNot,
    MonthIsClosed,
    NobodyEmployed,
    NotEmployed,
    NothingToApprove,
    NothingToCorrect,
    NothingToStop,
    NotStopped,
    RunChanged,
    RunNotReady,
    SamePersonTwice,
)
from payroll.services.findings import findings_of_run
from payroll.services.late_changes import late_changes_settle
from payroll.services.law import law_changes_mark, law_of_run
from payroll.services.payments import payments_open
from payroll.services.replaced import replaced_note, replaced_since
from payroll.services.review import paid_from_now, require_as_calculated
from payroll.services.run_figures import review_write
from payroll.services.variance import variance_open

CALCULATE_TASK = "payroll.calculate"
GRADED_TASK = "payroll.graded"
CALCULATED_TASK = "payroll.calculated"
Status, Kind = models.PayRun.Status, models.PayRun.Kind


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
    if not grading.agents_employed_in(company.pk, month):
        raise NobodyEmployed(company=company.code, month=month)
    run = _unposted(company, month, Kind.REGULAR)
    if run is None:
        if not _unpaid(company.pk, month):
            raise MonthIsClosed(month=month)
        run = _next_run(company, month, Kind.REGULAR, prepared_by)
    return _graded_first(run, goal, prepared_by)


@transaction.atomic
def off_cycle_start(
    *,
    company: grading.Company,
    month: Month,
    agent_nos: Collection[str],
    prepared_by: User,
    pay_date: date | None = None,
) -> models.PayRun:
    """A run that pays the month of a few people by themselves, such as leavers, who must be paid when they leave.

    The month's regular run leaves them out. Started again, it is for the people named last. Raises MayNot,
    NotEmployed, MonthIsClosed when one of them is paid already.
    """
    _require(prepared_by, "payroll.prepare_run", "prepare a pay run")
    employed = grading.agents_employed_in(company.pk, month)
    named = dict(
        grading.Agent.objects.filter(company=company, agent_no__in=agent_nos, pk__in=employed).values_list(
            "agent_no", "pk"
        )
    )
    strangers = sorted(set(agent_nos) - named.keys())
    if strangers or not named:
        raise NotEmployed(month=month, agents=", ".join(strangers) or "—")
    posted = selectors.posted_agents(company.pk, month)
    if posted & set(named.values()):
        raise MonthIsClosed(month=month)
    run = _unposted(company, month, Kind.OFF_CYCLE) or _next_run(company, month, Kind.OFF_CYCLE, prepared_by)
    run.agents.set(named.values())
    if pay_date is not None:
        run.pay_date = pay_date
    return _graded_first(run, models.PayRun.Goal.CALCULATED, prepared_by)


@transaction.atomic
def correction_start(
    *, company: grading.Company, month: Month, prepared_by: User, pay_date: date | None = None
) -> models.PayRun:
    """A run that pays, or takes back, what posted months up to this one changed by, before the next month does.

    Raises MayNot, NothingToCorrect.
    """
    _require(prepared_by, "payroll.prepare_run", "prepare a pay run")
    run = _unposted(company, month, Kind.CORRECTION)
    if run is None:
        law_changes_mark(company)
        if not _changed(company.pk, month):
            raise NothingToCorrect(month=month)
        run = _next_run(company, month, Kind.CORRECTION, prepared_by)
    run.status, run.prepared_by = Status.GRADED, prepared_by
    if pay_date is not None:
        run.pay_date = pay_date
    run.save(update_fields=["status", "prepared_by", "pay_date"])
    run = run_calculate(run.pk)
    jobs.audit(actor=prepared_by, action="run.start", object_type="pay_run", object_id=run.pk)
    return run


def _unposted(company: grading.Company, month: Month, kind: str) -> models.PayRun | None:
    """The run of a kind that is still in preparation, locked.

    The company is locked too: while there is no such run, two who start one at once must come one after the other.
    """
    grading.Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    return (
        models.PayRun.objects.select_for_update()
        .filter(company=company, month=month, kind=kind)
        .exclude(status__in=models.PayRun.POSTED)
        .first()
    )


def _graded_first(run: models.PayRun, goal: models.PayRun.Goal, prepared_by: User) -> models.PayRun:
    run.status, run.goal, run.prepared_by = Status.OPEN, goal, prepared_by
    run.judged_from = grading.judged_from_now(run.company_id, run.month)
    run.save(update_fields=["status", "goal", "prepared_by", "pay_date", "judged_from"])
    grading.cycle_open(company_id=run.company_id, month=run.month, requested_by=prepared_by, follow_up=GRADED_TASK)
    jobs.audit(actor=prepared_by, action="run.start", object_type="pay_run", object_id=run.pk)
    return run


def _due(run: models.PayRun) -> list[int]:
    """The people a run is for: whom it names, whose posted months changed, or everybody who is not paid yet."""
    if run.kind == Kind.CORRECTION:
        return _changed(run.company_id, run.month)
    unpaid = _unpaid(run.company_id, run.month)
    if run.kind == Kind.OFF_CYCLE:
        named = set(run.agents.values_list("pk", flat=True))
        return [agent for agent in unpaid if agent in named]
    elsewhere = set(
        models.PayRun.agents.through.objects.filter(
            payrun__company_id=run.company_id, payrun__month=run.month, payrun__kind=Kind.OFF_CYCLE
        )
        .exclude(payrun__status__in=models.PayRun.POSTED)
        .values_list("agent_id", flat=True)
    )
    return [agent for agent in unpaid if agent not in elsewhere]


def _unpaid(company_id: int, month: Month) -> list[int]:
    posted = selectors.posted_agents(company_id, month)
    return [agent for agent in grading.agents_employed_in(company_id, month) if agent not in posted]


def _changed(company_id: int, month: Month) -> list[int]:
    """The people with a posted month, up to this one, that something recorded later may have changed."""
    marks = models.LateChange.objects.filter(agent__company_id=company_id, month__lte=month, settled_in=None)
    return sorted(set(marks.values_list("agent_id", flat=True)))


def _next_run(company: grading.Company, month: Month, kind: str, prepared_by: User) -> models.PayRun:
    law_changes_mark(company)
    sequence = models.PayRun.objects.filter(company=company, month=month, kind=kind).count() + 1
    job = jobs.job_open(
        task=CALCULATE_TASK,
        key=f"{company.pk}/{month}/{kind}/{sequence}",
        follow_up=CALCULATED_TASK,
        requested_by=prepared_by,
    )
    jobs.job_finished(job.pk)
    return models.PayRun.objects.create(
        company=company,
        month=month,
        kind=kind,
        sequence=sequence,
        job=job,
        pay_date=selectors.pay_date_of(company, month),
        prepared_by=prepared_by,
    )


@transaction.atomic
def runs_graded(cycle_job_id: int) -> list[models.PayRun]:
    """The cycle of runs in preparation is graded: mark them so, and return them. May run twice."""
    if not jobs.progress(cycle_job_id).is_settled:
        return []
    cycle = grading.cycle_finish(cycle_job_id)
    waiting = list(
        models.PayRun.objects.select_for_update().filter(
            company_id=cycle.company_id, month=cycle.month, status=Status.OPEN
        )
    )
    if jobs.is_stopped(cycle_job_id):  # asked with the runs locked: whoever stops one holds that lock
        return []
    jobs.job_finished(cycle_job_id)
    for run in waiting:
        run.status = Status.GRADED
        run.save(update_fields=["status"])
    return waiting


def promotions_propose(run: models.PayRun) -> int:
    """Ask for the promotions due at the month's end, in the preparer's name. Returns how many."""
    return grading.promotions_propose(company_id=run.company_id, day=run.month.last_day, requested_by=run.prepared_by)


@transaction.atomic
def run_calculate(run_id: int) -> models.PayRun:
    """Enqueue the calculation of a graded run. Raises RunNotReady."""
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status not in (Status.GRADED, Status.CALCULATED, Status.IN_REVIEW):
        raise RunNotReady(run=run, status=run.status, act="calculate", needed=Status.GRADED.value)
    run.status, run.calculated_from, run.paid_from = Status.GRADED, timezone.now(), paid_from_now(run)
    run.save(update_fields=["status", "calculated_from", "paid_from"])
    due = grading.agents_by_team(run.company_id, _due(run), run.month.last_day)
    jobs.job_enqueue(job_id=run.job_id, subject_ids=due)
    return run


@transaction.atomic
def run_calculated(job_id: int) -> models.PayRun | None:
    """Everybody of a run is settled: drop drafts of people who left it, fingerprint it, open the review."""
    run = models.PayRun.objects.select_for_update().get(job_id=job_id)
    if not jobs.progress(job_id).is_settled or jobs.is_stopped(job_id):
        return None
    if run.status == Status.GRADED:
        analyze((RunItem, "job"), (models.Payslip, "run"), (models.RunFinding, "run"))
        left = run.payslips.filter(~Exists(run.job.items.filter(subject_id=OuterRef("agent_id"))))
        replaced_note(run, list(left.values_list("agent_id", flat=True)), ())
        models.PayslipLine.objects.filter(payslip__in=left).delete()
        left.delete()
        run.findings.filter(~Exists(run.payslips.filter(agent_id=OuterRef("agent_id")))).delete()
        findings_of_run(run)
        run.law = law_of_run(run)
        run.fingerprint = selectors.payslips_fingerprint(run.payslips.all())
        run.status = Status.CALCULATED
        run.save(update_fields=["status", "fingerprint", "law"])
        review_write(run)
        variance_open(run)
    jobs.job_finished(job_id)
    return run


@transaction.atomic
def run_stop(*, run_id: int, stopped_by: User) -> models.PayRun:
    """Stop the work on a run. Who is settled stays settled, the others wait, and no worker takes another chunk.

    Another run of the month that waits for the same grading waits too. Raises MayNot, NothingToStop.
    """
    _require(stopped_by, "payroll.prepare_run", "stop a pay run")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if not jobs.jobs_stop(selectors.jobs_of(run)):
        raise NothingToStop(run=run)
    jobs.audit(actor=stopped_by, action="run.stop", object_type="pay_run", object_id=run.pk)
    return run


@transaction.atomic
def run_resume(*, run_id: int, resumed_by: User) -> models.PayRun:
    """Let a stopped run go on where it was. If files were loaded since it was started, everybody is gone over again.

    Raises MayNot, NotStopped.
    """
    _require(resumed_by, "payroll.prepare_run", "go on with a pay run")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    stopped = selectors.jobs_of(run)
    if not jobs.is_stopped(*stopped):
        raise NotStopped(run=run)
    jobs.jobs_resume(stopped)
    if _loaded_since_started(run) and not run.is_posted:
        if run.kind != Kind.CORRECTION:
            return _graded_first(run, models.PayRun.Goal(run.goal), resumed_by)
        run = run_calculate(run.pk)
    jobs.audit(actor=resumed_by, action="run.resume", object_type="pay_run", object_id=run.pk)
    return run


def is_stopped(run: models.PayRun) -> bool:
    """Whether the work on a run is stopped."""
    return jobs.is_stopped(*selectors.jobs_of(run))


def _loaded_since_started(run: models.PayRun) -> bool:
    started = jobs.last_act(action="run.start", object_type="pay_run", object_id=run.pk)
    loaded = jobs.last_act(action="company.load", object_type="company", object_id=run.company.code)
    return started is not None and loaded is not None and loaded > started


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
    SamePersonTwice, and where the run is not as it was reviewed, or not what today's facts and rules come to,
    RunChanged, HistoryChanged, GradesChanged, InputsChanged with the differences, or RecordedSince without.
    """
    _require(approved_by, "payroll.approve_run", "approve a pay run")
    # The company first, as everywhere: files are loaded, and runs started, before this or after it.
    grading.Company.objects.select_for_update(no_key=True, of=("self",)).get(pay_runs=run_id)
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status not in (Status.CALCULATED, Status.IN_REVIEW):
        raise RunNotReady(run=run, status=run.status, act="approve", needed=Status.CALCULATED.value)
    if not run.payslips.exists():
        raise NothingToApprove(run=run)
    if approved_by.pk in preparers_of(run):
        raise SamePersonTwice(user=approved_by.get_username(), run=run)
    now = selectors.payslips_fingerprint(run.payslips.all())
    if now != reviewed or now != run.fingerprint:
        raise RunChanged(changes=replaced_since(run, reviewed), run=run, reviewed=reviewed[:12], now=now[:12])
    grading.cycle_hold(run.company_id, run.month)
    require_as_calculated(run)
    run.status = Status.APPROVED
    run.approved_by = approved_by
    run.approved_at = timezone.now()
    paid = list(run.payslips.values_list("agent_id", flat=True))
    if run.kind != Kind.CORRECTION:
        grading.appraisals_publish(company_id=run.company_id, month=run.month, agent_ids=paid)
    late_changes_settle(run)
    run.replaced_lines.all().delete()
    run.audit_head = jobs.audit(
        actor=approved_by,
        action="run.approve",
        object_type="pay_run",
        object_id=run.pk,
        detail={"fingerprint": now, "people": len(paid)},
    )
    run.save(update_fields=["status", "approved_by", "approved_at", "audit_head"])  # from here on the rows are frozen
    return run


def preparers_of(run: models.PayRun) -> set[int | None]:
    """Everybody who ever started the run: somebody else's start does not make an earlier preparer independent."""
    return {run.prepared_by_id, *jobs.actors_of(action="run.start", object_type="pay_run", object_id=run.pk)}


@transaction.atomic
def run_pay(*, run_id: int, paid_by: User) -> models.PayRun:
    """Record that an approved run was paid out, by the payment files that were made of it or are made now.

    Raises MayNot, RunNotReady, and what ``payments_open`` raises.
    """
    if not (paid_by.has_perm("payroll.prepare_run") or paid_by.has_perm("payroll.approve_run")):
        raise MayNot(user=paid_by.get_username(), act="pay a run out")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if run.status != Status.APPROVED:
        raise RunNotReady(run=run, status=run.status, act="pay", needed=Status.APPROVED.value)
    payments_open(run_id=run.pk, made_by=paid_by)
    run.status = Status.PAID
    run.paid_at = timezone.now()
    run.audit_head = jobs.audit(actor=paid_by, action="run.pay", object_type="pay_run", object_id=run.pk)
    run.save(update_fields=["status", "paid_at", "audit_head"])
    return run


def _require(user: User, permission: str, act: str) -> None:
    if not user.has_perm(permission):
        raise MayNot(user=user.get_username(), act=act)
