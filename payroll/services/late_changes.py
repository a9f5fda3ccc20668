"""Marks on posted months that something recorded later may have changed, and what loading files marks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from grading import public as grading
from grading.kernel.period import Month
from payroll import models, selectors


def late_change(agent_ids: Iterable[int], months: Collection[Month], cause: str) -> None:
    """Mark posted months of people to be computed again by their next run. Months that are not posted are left out."""
    if not months:
        return
    posted = _posted(agent_id__in=list(agent_ids), month__in=list(months)).values_list("agent_id", "month")
    models.LateChange.objects.bulk_create(
        models.LateChange(agent_id=agent_id, month=month, cause=cause) for agent_id, month in posted
    )


def facts_changed_mark(
    *, company_id: int, agent_ids: Collection[int], since: date, until: date | None, cause: str, **_sent: object
) -> None:
    """Mark the posted months of days that grading tells of (``grading.facts_changed``). Two queries where none is.

    Where people share a pool, everybody of the month is looked at. While a run is being approved this waits: what the
    approval did not look at is then a change of a posted month.
    """
    grading.Company.objects.select_for_update(no_key=True).get(pk=company_id)
    posted = _posted(run__company_id=company_id, month__gte=Month.of(since))
    if until is not None:
        posted = posted.filter(month__lte=Month.of(until))
    months = set(posted.order_by().values_list("month", flat=True).distinct())
    if months and _has_pools(company_id):
        agent_ids = set(posted.values_list("agent_id", flat=True))
    late_change(agent_ids, months, cause)


def late_changes_settle(run: models.PayRun) -> None:
    """The marks that the payslips of an approved run have looked at are done with."""
    for agent_id, seen in run.payslips.filter(late_changes_seen__gt=0).values_list("agent_id", "late_changes_seen"):
        marks = models.LateChange.objects.filter(agent_id=agent_id, pk__lte=seen, settled_in=None)
        marks.filter(month__lte=run.month).update(settled_in=run)


class LateMarks:
    """What loading marks, by what each file touched. Nothing is marked where no month is posted."""

    def __init__(self, company: grading.Company) -> None:
        posted = _posted(run__company=company)
        self._months = sorted(set(posted.order_by().values_list("month", flat=True).distinct()))
        self._ids: dict[str, int] = dict(company.agents.values_list("agent_no", "pk")) if self._months else {}
        self._has_pools = bool(self._months) and _has_pools(company.pk)

    def of_month(self, month: Month, sync: grading.TableSync[Any]) -> None:
        """A month's table. Where people share a pool, or a row is a team's, everybody of the month is looked at."""
        touched = {str(key[0]) for key in sync.touched()}
        if month not in self._months or not touched:
            return
        numbers = self._ids if self._has_pools or not touched <= self._ids.keys() else touched
        self._mark(numbers, [month], sync.change.file)

    def of_facts(self, sync: grading.TableSync[Any]) -> None:
        """Dated facts, whose keys are agent number, kind and first day: every posted month from that day on."""
        for agent_no, _kind, since in sync.touched():
            self._mark([agent_no], self._since(since), sync.change.file)

    def of_agents(self, sync: grading.TableSync[Any]) -> None:
        """Agents whose days of employment changed: every posted month."""
        touched = {str(key[0]) for key in sync.touched("hire_date", "leave_date")}
        self._mark(touched, self._months, sync.change.file)

    def of_everybody(self, since: date, cause: str) -> None:
        """A rule that holds from a day on: everybody's posted months from then on."""
        self._mark(self._ids, self._since(since), cause)

    def of_exports(self, month: Month, cause: str) -> None:
        """Platform exports of a month: everybody in it."""
        self._mark(self._ids, [each for each in self._months if each == month], cause)

    def _since(self, day: date) -> list[Month]:
        return [month for month in self._months if month.last_day >= day]

    def _mark(self, agent_nos: Iterable[str], months: Collection[Month], cause: str) -> None:
        late_change([self._ids[each] for each in agent_nos if each in self._ids], months, cause)


def _posted(**asked: object) -> QuerySet[models.Payslip]:
    """The posted payslips of whole months."""
    return models.Payslip.objects.filter(kind__in=models.PayRun.FULL, run__status__in=models.PayRun.POSTED, **asked)


def _has_pools(company_id: int) -> bool:
    """Whether any published plan has a pool that people share. One query."""
    versions = selectors.plans_published(company_id).plans.values()
    return any(rule.pool is not None for held in versions for _since, plan in held.values for rule in plan.bonuses)
