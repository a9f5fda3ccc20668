"""Why the net pay of a run's people is another one than last month's: what was stored for each payslip, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Abs

from grading.kernel.money import ZERO, total
from payroll import models
from payroll.domain.variance import Cause

EXPECTED = (Cause.ATTENDANCE, Cause.COMMISSION)
"""Causes that differ every month and surprise nobody."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A person's net pay against last month's. ``causes`` add up to ``after`` − ``before``, to the fen."""

    payslip_id: int
    agent_no: str
    name: str
    before: Decimal
    """0.00 where last month has no payslip."""
    after: Decimal
    causes: Mapping[Cause, Decimal]

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def surprise(self) -> Decimal:
        """What attendance and commission do not explain, with its sign."""
        return total(amount for cause, amount in self.causes.items() if cause not in EXPECTED)


def payslips_by_surprise(run: models.PayRun) -> QuerySet[models.Payslip]:
    """The payslips of a run, the largest change that attendance and commission do not explain first.

    They come with agent and ``variance``; ``difference_of`` makes values of them. Two queries for any slice.
    """
    unexpected = Sum("variance__amount", filter=~Q(variance__cause__in=EXPECTED), default=ZERO)
    return (
        run.payslips.select_related("agent")
        .prefetch_related("variance")
        .defer("facts", "rules")
        .annotate(surprise=Abs(unexpected))
        .order_by("-surprise", "agent__agent_no")
    )


def difference_of(slip: models.Payslip) -> Difference:
    """The stored causes of one payslip, which comes with agent and ``variance``."""
    rows = [row for row in slip.variance.all() if row.cause != models.PayslipVariance.NONE]
    causes = {Cause(row.cause): row.amount for row in rows}
    return Difference(
        payslip_id=slip.pk,
        agent_no=slip.agent.agent_no,
        name=slip.agent.name,
        before=slip.net - total(causes.values()),
        after=slip.net,
        causes=causes,
    )


def net_before(run: models.PayRun) -> Decimal:
    """What last month's posted runs paid to the people of a run. One query."""
    rows = models.Payslip.objects.filter(
        agent_id__in=run.payslips.values("agent_id"),
        month=run.month.plus(-1),
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    )
    found: Decimal | None = rows.aggregate(net=Sum("net"))["net"]
    return found or ZERO
