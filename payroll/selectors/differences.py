"""Why the net pay of a run's people is another one than last month's: what was stored for each payslip, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from grading.kernel.money import ZERO, total
from payroll import models
from payroll.domain.variance import Cause, surprise


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
        return surprise(self.causes)


def comparisons_by_surprise(run: models.PayRun) -> QuerySet[models.PayslipComparison]:
    """The comparisons of a run, the largest change that attendance and commission do not explain first.

    They come with payslip, agent and ``variance``; ``difference_of`` makes values of them. Two queries for any slice.
    """
    return (
        run.comparisons.select_related("payslip__agent")
        .prefetch_related("payslip__variance")
        .defer("payslip__facts", "payslip__rules")
        .order_by("-surprise", "payslip_id")
    )


def difference_of(slip: models.Payslip) -> Difference:
    """The stored causes of one payslip, which comes with agent and ``variance``."""
    causes = {Cause(row.cause): row.amount for row in slip.variance.all()}
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
