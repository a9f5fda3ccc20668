"""Why the net pay of a run's people is another one than last month's: computed from what was kept, and stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from grading import public as grading
from grading.kernel.money import ZERO, total
from grading.kernel.restore import restored
from payroll import models
from payroll.domain.facts import Facts
from payroll.domain.lines import Kind, Line
from payroll.domain.variance import Cause, Computed, variance
from payroll.selectors.kept import CHUNK
from payroll.services.verification import Shelf

Row = models.PayslipVariance


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

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


def variance_write(run_id: int) -> int:
    """Work out and store the causes for every payslip of a run that has none yet; returns for how many.

    May run twice, may die anywhere: it goes on where it stopped. A constant number of queries for each chunk.
    """
    run = models.PayRun.objects.select_related("company").get(pk=run_id)
    if run.kind not in models.PayRun.FULL:
        return 0
    shelf = Shelf(run.company_id)
    done = 0
    while True:
        open_slips = run.payslips.filter(variance=None).order_by("pk").prefetch_related("lines")[:CHUNK]
        slips = list(open_slips)
        if not slips:
            return done
        before = {slip.agent_id: slip for slip in _month_before(run, [slip.agent_id for slip in slips])}
        shelf.fetch(mark["fingerprint"] for slip in (*slips, *before.values()) for mark in slip.rules)
        rows = [row for slip in slips for row in _rows(slip, before.get(slip.agent_id), shelf)]
        with transaction.atomic():
            still = set(models.Payslip.objects.filter(pk__in=[slip.pk for slip in slips]).values_list("pk", flat=True))
            Row.objects.bulk_create((row for row in rows if row.payslip_id in still), ignore_conflicts=True)
        done += len(slips)


def run_variance(run: models.PayRun) -> RunVariance | None:
    """The run against the month before, from what is stored; None while payslips have not been looked at."""
    if run.payslips.filter(variance=None).exists():
        return None
    rows = Row.objects.filter(payslip__run=run).exclude(cause=Row.NONE)
    causes = {Cause(cause): amount for cause, amount in rows.values_list("cause").annotate(Sum("amount")) if amount}
    left = -_net_of_leavers(run)
    after = run.payslips.aggregate(net=Sum("net"))["net"] or ZERO
    before = after - total(causes.values()) - left
    return RunVariance(before, after, causes, left)


def _rows(slip: models.Payslip, before: models.Payslip | None, shelf: Shelf) -> list[Row]:
    causes = variance(_computed(before, shelf) if before is not None else None, _computed(slip, shelf))
    if not causes:
        return [Row(payslip=slip, cause=Row.NONE, amount=ZERO)]
    return [Row(payslip=slip, cause=cause.value, amount=amount) for cause, amount in causes.items()]


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
