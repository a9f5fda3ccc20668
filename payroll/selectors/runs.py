"""Reads of pay runs and payslips: who is posted, what a run holds, who is parked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import overload

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet

from grading import public as grading
from grading.jobs.models import RunItem
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint, plain
from payroll import models
from payroll.domain.errors import CalendarMissing
from payroll.selectors.inputs import rating_of
from payroll.statutory import law_of


def posted_agents(company_id: int, month: Month) -> set[int]:
    """The agents whose month is posted, by a regular or an off-cycle run."""
    return set(_posted(company_id, month).order_by().values_list("agent_id", flat=True))


def _posted(company_id: int, month: Month) -> QuerySet[models.Payslip]:
    return models.Payslip.objects.filter(
        run__company_id=company_id,
        month=month,
        kind__in=models.PayRun.FULL,
        run__status__in=models.PayRun.POSTED,
    )


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
    found = models.PayRun.objects.filter(company_id=company_id, month=month).order_by("pk")
    return list(found.select_related("company", "job", "prepared_by", "approved_by"))


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


class ParkedPeople(Sequence[tuple[grading.Agent, RunItem]]):
    """Parked people with their reasons, by agent number. Counted at once, read when asked for: a slice, or all.

    ``reasons`` are the reason codes with how many people each holds, most first.
    """

    def __init__(self, parked: QuerySet[RunItem]) -> None:
        self._items = parked
        codes = parked.order_by().values_list("error_code").annotate(count=Count("pk"))
        self.reasons: list[tuple[str, int]] = sorted(codes, key=lambda code: (-code[1], code[0]))

    def __len__(self) -> int:
        return sum(count for _code, count in self.reasons)

    @overload
    def __getitem__(self, part: int) -> tuple[grading.Agent, RunItem]: ...

    @overload
    def __getitem__(self, part: slice) -> list[tuple[grading.Agent, RunItem]]: ...

    def __getitem__(self, part: int | slice) -> tuple[grading.Agent, RunItem] | list[tuple[grading.Agent, RunItem]]:
        if isinstance(part, int):
            return self[:][part]
        agents = grading.Agent.objects.filter(pk__in=self._items.values("subject_id")).order_by("agent_no")
        asked = list(agents[part])
        found = {item.subject_id: item for item in self._items.filter(subject_id__in=[agent.pk for agent in asked])}
        return [(agent, found[agent.pk]) for agent in asked if agent.pk in found]  # whoever is worked on again is gone

    def __iter__(self) -> Iterator[tuple[grading.Agent, RunItem]]:
        return iter(self[:])


def parked_of_run(run: models.PayRun) -> ParkedPeople:
    """The run's parked people; nobody who was paid by a later run.

    Of a correction's people, those whose posted months still wait for it.
    """
    items = RunItem.objects.filter(job=run.job_id)
    if run.kind != models.PayRun.Kind.CORRECTION:
        return _parked(items, run.company_id, run.month)
    waiting = models.LateChange.objects.filter(
        agent=OuterRef("subject_id"), agent__company_id=run.company_id, month__lte=run.month, settled_in=None
    )
    return ParkedPeople(items.filter(Exists(waiting), state=RunItem.State.PARKED))


def parked_ids(run: models.PayRun) -> set[int]:
    """The people whom the run parked. One query."""
    return set(RunItem.objects.filter(job=run.job_id, state=RunItem.State.PARKED).values_list("subject_id", flat=True))


def parked_of_cycle(company_id: int, month: Month) -> ParkedPeople:
    """The people whom the month's grading parked; nobody who was paid since."""
    items = RunItem.objects.filter(job__cycle__company_id=company_id, job__cycle__month=month)
    return _parked(items, company_id, month)


def _parked(items: QuerySet[RunItem], company_id: int, month: Month) -> ParkedPeople:
    parked = items.filter(state=RunItem.State.PARKED)
    runs = models.PayRun.objects.filter(company_id=company_id, month=month, status__in=models.PayRun.POSTED)
    if not runs.exists():
        return ParkedPeople(parked)
    return ParkedPeople(parked.filter(~Exists(_posted(company_id, month).filter(agent=OuterRef("subject_id")))))


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
