"""Reads of pay runs and payslips: who is posted, what a run holds, who is parked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.contrib.auth.models import User
from django.db.models import QuerySet

from grading import public as grading
from grading.jobs.models import RunItem
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint, plain
from payroll import models
from payroll.domain.errors import CalendarMissing
from payroll.selectors.inputs import rating_of
from payroll.statutory import law_of


def posted_agents(company_id: int, month: Month, among: Collection[int] | None = None) -> set[int]:
    """The agents whose month is posted, by a regular or an off-cycle run; only those ``among`` where it is given."""
    posted = models.Payslip.objects.filter(
        run__company_id=company_id,
        month=month,
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    )
    if among is not None:
        posted = posted.filter(agent_id__in=among)
    return set(posted.order_by().values_list("agent_id", flat=True))


def payslips_of_month(company_id: int, month: Month) -> Iterable[models.Payslip]:
    """The month's payslips of all its runs with their lines, by agent number."""
    return (
        models.Payslip.objects.filter(run__company_id=company_id, month=month)
        .select_related("agent", "run__company")
        .prefetch_related("lines")
        .order_by("agent__agent_no", "pk")
    )


def payslips_fingerprint(payslips: QuerySet[models.Payslip]) -> str:
    """What the inputs, rule versions and results of payslips come to: equal sets share it."""
    rows = payslips.order_by("agent__agent_no", "number")
    return fingerprint(
        [list(row) for row in rows.values_list("number", "input_hash", "rules_fingerprint", "output_hash")]
    )


def regraded(run: models.PayRun) -> list[str]:
    """The agent numbers of a run's payslips whose score, grade or coefficient is another one by now. Two queries.

    A draft holds what it was computed from. Calibration, an appeal or a grading may have come since.
    """
    rows = list(run.payslips.order_by("agent__agent_no").values_list("agent_id", "agent__agent_no", "facts__rating"))
    judged = grading.judged([agent_id for agent_id, *_rest in rows], run.company_id, run.month)
    return [agent_no for agent_id, agent_no, used in rows if used != plain(rating_of(judged.get(agent_id)))]


def overtaken(run: models.PayRun) -> list[str]:
    """The agent numbers of a run's people of whom another payslip was posted since it was calculated. Two queries.

    What was posted meanwhile has already taken their balances and arrears, and stands in their tax year.
    """
    since = models.PayRun.objects.filter(
        company_id=run.company_id, status__in=models.PayRun.POSTED, approved_at__gte=run.calculated_from
    ).exclude(pk=run.pk)
    posted = models.Payslip.objects.filter(run__in=list(since), agent__payslips__run=run)
    return sorted(set(posted.values_list("agent__agent_no", flat=True)))


def runs_of_month(company_id: int, month: Month) -> list[models.PayRun]:
    """The month's runs of every kind, oldest first."""
    return list(models.PayRun.objects.filter(company_id=company_id, month=month).order_by("pk"))


def pay_date_of(company: grading.Company, month: Month) -> date | None:
    """The pay day in the month after the pay period, held to that month's last day; None when none is set.

    A company under the law pays on the workday before, where the day is none (工资支付暂行规定 art. 7). While the
    calendar of that year is not known, the day stays as it is.
    """
    if company.pay_day is None:
        return None
    following = month.next
    day = date(following.year, following.month, min(company.pay_day, following.days))
    if company.statutory != grading.Company.Statutory.CN:
        return day
    calendar = law_of(company.pk).law.calendar
    try:
        return calendar.workday_on_or_before(day)
    except CalendarMissing:
        return day


def parked_of_run(run: models.PayRun) -> list[tuple[grading.Agent, RunItem]]:
    """The run's parked people with their reasons, by agent number; nobody who was paid by a later run.

    Of a correction's people, those whose posted months still wait for it.
    """
    items = RunItem.objects.filter(job=run.job)
    if run.kind != models.PayRun.Kind.CORRECTION:
        return _parked(items, run.company_id, run.month)
    waiting = models.LateChange.objects.filter(
        agent__company_id=run.company_id, month__lte=run.month, settled_in=None
    ).values("agent_id")
    return _with_agents(items.filter(state=RunItem.State.PARKED, subject_id__in=waiting))


def parked_ids(run: models.PayRun) -> set[int]:
    """The people whom the run parked. One query."""
    return set(RunItem.objects.filter(job=run.job_id, state=RunItem.State.PARKED).values_list("subject_id", flat=True))


def parked_of_cycle(company_id: int, month: Month) -> list[tuple[grading.Agent, RunItem]]:
    """The people whom the month's grading parked, by agent number; nobody who was paid since."""
    items = RunItem.objects.filter(job__cycle__company_id=company_id, job__cycle__month=month)
    return _parked(items, company_id, month)


def _parked(items: QuerySet[RunItem], company_id: int, month: Month) -> list[tuple[grading.Agent, RunItem]]:
    parked = list(items.filter(state=RunItem.State.PARKED))
    posted = posted_agents(company_id, month, among=[item.subject_id for item in parked])
    return _with_agents(item for item in parked if item.subject_id not in posted)


def _with_agents(items: Iterable[RunItem]) -> list[tuple[grading.Agent, RunItem]]:
    found = {item.subject_id: item for item in items}
    agents = grading.Agent.objects.filter(pk__in=found).order_by("agent_no")
    return [(agent, found[agent.pk]) for agent in agents]


def own_payslips(user: User) -> QuerySet[models.Payslip]:
    """The posted payslips of the agent whose login this is."""
    return models.Payslip.objects.filter(agent__user=user, run__status__in=models.PayRun.POSTED).select_related(
        "agent", "run__company"
    )


def own_appraisals(user: User) -> QuerySet[grading.Appraisal]:
    """The published appraisals of the agent whose login this is."""
    return grading.Appraisal.objects.filter(agent__user=user, published_at__isnull=False).select_related(
        "agent", "cycle__company"
    )
