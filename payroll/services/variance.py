"""Why the net pay of a run's people is another one than last month's: computed from what was kept, and stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from grading import public as grading
from grading.jobs import services as jobs
from grading.jobs.models import Job
from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO, total
from grading.kernel.restore import restored
from grading.kernel.snapshot import plain
from payroll import models, selectors
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line
from payroll.domain.variance import Cause, Computed, surprise, variance
from payroll.services.verification import Shelf

Row = models.PayslipVariance
VARIANCE_TASK = "payroll.variance"
COMPARED_TASK = "payroll.compared"
CHUNK = 200
"""Payslips compared at a time: each is computed anew a dozen times, and the lease must last."""


@dataclass(frozen=True, slots=True)
class RunVariance:
    """A run against the month before. ``causes`` with ``left`` add up to ``after`` − ``before``, to the fen.

    ``before`` is what last month paid to the people of the run and to those who left since.
    """

    before: Decimal
    after: Decimal
    causes: dict[Cause, Decimal]
    left: Decimal
    """What people who are no longer employed were paid last month, negative."""
    paid_before: Decimal
    """What last month's runs paid to the people of the run, added up by itself: it has to be ``before`` + ``left``."""

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def variance_open(run: models.PayRun) -> None:
    """Enqueue everybody of a calculated run for the comparison with the month before, which waits for the run's job.

    Payslips that were compared are left as they are. Call inside the transaction that says the run is calculated: from
    then on the work is in rows, and whatever dies, the sweeper finds it.
    """
    if run.kind in models.PayRun.FULL:
        job = jobs.job_open(
            task=VARIANCE_TASK, key=str(run.pk), follow_up=COMPARED_TASK, requested_by=run.prepared_by, chunk=CHUNK
        )
        people = run.payslips.filter(comparison=None).order_by("pk").values_list("agent_id", flat=True)
        jobs.job_enqueue(job_id=job.pk, subject_ids=people)
        jobs.job_follows(job.pk, run.job_id)


def variance_write_chunk(job_id: int) -> int:
    """Work out and store the causes for a chunk of a run's payslips; returns how many it settled.

    May run twice, may die anywhere. A constant number of queries.
    """
    held = jobs.claim(job_id)
    if held is None:
        return 0
    run = models.PayRun.objects.select_related("company").get(pk=int(Job.objects.get(pk=job_id).key))
    slips = list(run.payslips.filter(agent_id__in=held.subject_ids, comparison=None).prefetch_related("lines"))
    before = {slip.agent_id: slip for slip in _month_before(run, held.subject_ids)}
    shelf = Shelf(run.company_id)
    shelf.fetch(mark["fingerprint"] for slip in (*slips, *before.values()) for mark in slip.rules)
    found: dict[int, Mapping[Cause, Decimal]] = {}
    broken: dict[int, DomainError] = {}
    for slip in slips:
        try:
            found[slip.pk] = _causes(slip, before.get(slip.agent_id), shelf)
        except DomainError as error:
            broken[slip.agent_id] = error
    with transaction.atomic():
        jobs.finish(held, [jobs.Outcome(agent_id, error=broken.get(agent_id)) for agent_id in held.subject_ids])
        still = set(models.Payslip.objects.filter(pk__in=list(found)).values_list("pk", flat=True))
        _write(run, {payslip_id: causes for payslip_id, causes in found.items() if payslip_id in still})
    return len(held.subject_ids)


@transaction.atomic
def variance_settled(job_id: int) -> None:
    """Every payslip of a run was looked at: keep the totals, so that nobody waits for them."""
    run = models.PayRun.objects.get(pk=int(Job.objects.get(pk=job_id).key))
    found = _totals(run)
    models.RunReview.objects.filter(run=run, fingerprint=run.fingerprint).update(causes=plain(found))
    jobs.job_finished(job_id)


def run_variance(run: models.PayRun) -> RunVariance | None:
    """The run against the month before, from what is stored; None while payslips have not been looked at."""
    kept = models.RunReview.objects.filter(run=run, fingerprint=run.fingerprint).exclude(causes=None).first()
    return _totals(run) if kept is None else restored(RunVariance, kept.causes)


def _totals(run: models.PayRun) -> RunVariance | None:
    if run.payslips.filter(comparison=None).exists():
        return None
    rows = Row.objects.filter(payslip__run=run)
    causes = {Cause(cause): amount for cause, amount in rows.values_list("cause").annotate(Sum("amount")) if amount}
    left = -_net_of_leavers(run)
    after = run.payslips.aggregate(net=Sum("net"))["net"] or ZERO
    before = after - total(causes.values()) - left
    return RunVariance(before, after, causes, left, selectors.net_before(run))


def _causes(slip: models.Payslip, before: models.Payslip | None, shelf: Shelf) -> Mapping[Cause, Decimal]:
    return variance(_computed(before, shelf) if before is not None else None, _computed(slip, shelf))


def _write(run: models.PayRun, found: Mapping[int, Mapping[Cause, Decimal]]) -> None:
    Row.objects.bulk_create(
        (
            Row(payslip_id=payslip_id, cause=cause.value, amount=amount)
            for payslip_id, causes in found.items()
            for cause, amount in causes.items()
        ),
        ignore_conflicts=True,
    )
    models.PayslipComparison.objects.bulk_create(
        (
            models.PayslipComparison(run=run, payslip_id=payslip_id, surprise=abs(surprise(causes)))
            for payslip_id, causes in found.items()
        ),
        ignore_conflicts=True,
    )


def _computed(slip: models.Payslip, shelf: Shelf) -> Computed | None:
    """A payslip with what it was computed from; None when its documents are not kept, which verifying a run tells."""
    rules = shelf.rules(slip.rules)
    if rules is None:
        return None
    lines = tuple(Line(line.code, Kind(line.kind), line.amount, (), line.period) for line in slip.lines.all())
    return Computed(restored(Facts, slip.facts), rules, lines)


def _month_before(run: models.PayRun, agent_ids: Collection[int]) -> list[models.Payslip]:
    posted = models.Payslip.objects.filter(
        agent_id__in=agent_ids,
        month=run.month.plus(-1),
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    )
    return list(posted.prefetch_related("lines"))


def _net_of_leavers(run: models.PayRun) -> Decimal:
    """What last month paid to people who are not employed in the run's month any more; once, by its first run."""
    if run.kind != models.PayRun.Kind.REGULAR or run.sequence > 1:
        return ZERO
    employed = set(grading.agents_employed_in(run.company_id, run.month))
    rows = models.Payslip.objects.filter(
        run__company_id=run.company_id,
        month=run.month.plus(-1),
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    ).values_list("agent_id", "net")
    return total(net for agent_id, net in rows if agent_id not in employed)
