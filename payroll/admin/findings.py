"""The findings of a run: by kind on the month-end page, each with its people, and all of them on a page of their own.

They are for those who may see payslips, because they tell amounts. Nothing is found here: the rows say what was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grading.admin.shown import language
from payroll import models, selectors
from payroll.admin.other_runs import run_name
from payroll.domain.guards import Owner, Severity
from payroll.wording import article_text, finding_name, finding_text, owner_name, severity_name

View = Callable[..., HttpResponse]
NEEDED = ("payroll.view_payslip", "payroll.view_runfinding")
PAGE_SIZE = 50
SHOWN = 10
"""People named under a finding on the month-end page; the page of the findings names them all."""
_ORDER = {Severity.WARNING.value: 0, Severity.INFO.value: 1}
_FILTERS = ("code", "severity", "owner")


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The address of the page, under the admin's own."""
    return [path("month/<int:run_id>/findings/", site.admin_view(for_payroll(findings_page)), name="month_findings")]


def for_payroll(view: View) -> View:
    """Only for those who prepare or approve runs and may see pay."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        may_run = user.has_perm("payroll.prepare_run") or user.has_perm("payroll.approve_run")
        if not (may_run and user.has_perms(NEEDED)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding about one person; the address is their payslip's."""

    agent_no: str
    name: str
    address: str
    what: str
    text: str
    severity: str
    owner: str
    article: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one code. ``count`` may be more than are named; ``address`` lists them all."""

    name: str
    severity: str
    owner: str
    article: str
    is_warning: bool
    count: int
    people: tuple[FindingShown, ...]
    address: str

    @property
    def unnamed(self) -> int:
        return self.count - len(self.people)


def groups_of(run: models.PayRun, kinds: Sequence[selectors.FindingCount]) -> tuple[Group, ...]:
    """The findings of a run by code, as they were counted, warnings first. A query for each code, and one more."""
    first: list[models.RunFinding] = []
    for code in sorted({kind.code for kind in kinds}):
        first += run.findings.filter(code=code).select_related("agent").order_by("agent_id")[:SHOWN]
    named: dict[str, list[FindingShown]] = defaultdict(list)
    for row, shown in _shown(run, first):
        named[row.code].append(shown)
    listed = reverse("admin:month_findings", args=[run.pk])
    return tuple(
        Group(
            name=finding_name(kind.code, language()),
            severity=severity_name(kind.severity, language()),
            owner=owner_name(kind.owner, language()),
            article=article_text(kind.article, language()),
            is_warning=kind.severity == Severity.WARNING,
            count=kind.count,
            people=tuple(named[kind.code]),
            address=f"{listed}?{urlencode({'code': kind.code})}",
        )
        for kind in sorted(kinds, key=lambda kind: (_ORDER.get(kind.severity, 0), kind.code))
    )


@require_safe
def findings_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Every finding of a run, by severity, owner or code."""
    run = get_object_or_404(models.PayRun.objects.select_related("company"), pk=run_id)
    asked = {name: request.GET[name] for name in _FILTERS if request.GET.get(name)}
    codes = run.findings.order_by("code").values_list("code", flat=True).distinct()
    rows = run.findings.filter(**asked).select_related("agent").order_by("code", "agent_id", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Findings of the run"),
        "run": run,
        "run_name": run_name(run),
        "page": page,
        "rows": [shown for _row, shown in _shown(run, page.object_list)],
        "asked": asked,
        "query": urlencode(asked),
        "codes": [(code, finding_name(code, language())) for code in codes],
        "severities": [(each.value, severity_name(each, language())) for each in Severity],
        "owners": [(each.value, owner_name(each, language())) for each in Owner],
    }
    return TemplateResponse(request, "admin/payroll/month/findings.html", context)


def _shown(
    run: models.PayRun, findings: Iterable[models.RunFinding]
) -> Iterable[tuple[models.RunFinding, FindingShown]]:
    rows = list(findings)
    slips = dict(run.payslips.filter(agent__in={row.agent_id for row in rows}).values_list("agent_id", "pk"))
    return [(row, _one(row, slips)) for row in rows]


def _one(row: models.RunFinding, slips: Mapping[int, int]) -> FindingShown:
    slip = slips.get(row.agent_id)
    page = "payroll_payslip_change" if slip is not None else "grading_agent_change"
    return FindingShown(
        agent_no=row.agent.agent_no,
        name=row.agent.name,
        address=reverse(f"admin:{page}", args=[slip if slip is not None else row.agent_id]),
        what=finding_name(row.code, language()),
        text=finding_text(row.code, row.values, language()),
        severity=severity_name(row.severity, language()),
        owner=owner_name(row.owner, language()),
        article=article_text(row.article, language()),
        is_warning=row.severity == Severity.WARNING,
    )
