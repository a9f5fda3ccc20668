"""Runs besides the month's regular one, as the month-end page shows them: which there are, and what would be corrected.

Read in a constant number of queries; nothing is changed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from grading import public as grading
from grading.admin.shown import money_text
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.services.law import law_changed_from

Kind = models.PayRun.Kind
CHANGES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run of the month as the list names it. ``net`` is empty for those who may not see pay."""

    pk: int
    name: str
    status: str
    status_name: str
    people: int
    net: str
    pay_date: date | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A posted month of somebody that something recorded later may have changed."""

    agent: str
    address: str
    month: Month
    cause: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class OtherRuns:
    """What the page says about runs besides the regular one. ``hidden`` late changes are counted, not shown.

    ``runs`` is empty where there is nothing but a regular one.
    """

    runs: tuple[RunShown, ...]
    changes: tuple[ChangeShown, ...]
    hidden: int
    has_regular: bool
    may_have_corrections: bool
    """Whether a correction could find anything: something was recorded late, or the law has changed."""


def other_runs_of(
    company: grading.Company,
    month: Month,
    month_runs: list[models.PayRun],
    chosen: models.PayRun | None,
    *,
    shows_pay: bool,
) -> OtherRuns:
    """The month's runs and the late changes of posted months up to it. At most seven queries."""
    has_regular = any(run.kind == Kind.REGULAR for run in month_runs)
    listed = month_runs if len(month_runs) > 1 or not has_regular else []
    people_and_net = selectors.people_and_net(listed) if listed else {}
    shown = tuple(
        RunShown(
            pk=run.pk,
            name=run_name(run),
            status=run.status,
            status_name=run.get_status_display(),
            people=people_and_net[run.pk][0],
            net=money_text(people_and_net[run.pk][1]) if shows_pay else "",
            pay_date=run.pay_date,
            is_chosen=chosen is not None and run.pk == chosen.pk,
        )
        for run in listed
    )
    changes = models.LateChange.objects.filter(agent__company=company, month__lte=month, settled_in=None)
    count = changes.count()
    found = tuple(
        ChangeShown(
            agent=f"{change.agent.agent_no} {change.agent.name}",
            address=reverse("admin:grading_agent_change", args=[change.agent_id]),
            month=change.month,
            cause=cause_text(change.cause),
            recorded_at=change.recorded_at,
        )
        for change in changes.select_related("agent").order_by("-pk")[:CHANGES_SHOWN]
    )
    return OtherRuns(
        runs=shown,
        changes=found,
        hidden=max(count - len(found), 0),
        has_regular=has_regular,
        may_have_corrections=bool(count) or _law_reaches_back(company, month),
    )


def _law_reaches_back(company: grading.Company, month: Month) -> bool:
    """Whether the law has changed for a posted month up to this one. A correction that is started will mark it."""
    since = law_changed_from(company) if company.statutory == grading.Company.Statutory.CN else None
    if since is None:
        return False
    posted = models.PayRun.objects.filter(company=company, status__in=models.PayRun.POSTED)
    return posted.filter(month__lte=month, month__gte=Month.of(since)).exists()


def run_name(run: models.PayRun) -> str:
    """A run among the runs of its month: regular 1, correction 2."""
    return f"{run.get_kind_display()} {run.sequence}"


def cause_text(cause: str) -> str:
    """What was recorded late: a file, the law, platform exports, or what somebody did on a page."""
    return {
        "law": _("statutory rules"),
        "raw": _("platform exports"),
        "qa_sample": _("QA sample"),
        "qa_evaluation": _("QA evaluation"),
        "qa_appeal": _("QA appeal upheld"),
        "training": _("training attendance"),
        "exam": _("exam"),
        "mystery_shopping": _("mystery shopping"),
        "promotion": _("promotion"),
    }.get(cause, cause)
