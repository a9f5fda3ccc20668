"""What an approver is shown when the run is not as they reviewed it: whose pay, which lines, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grading.admin.shown import language, money_text
from grading.wording import error_text
from payroll import models
from payroll.admin.findings import for_payroll
from payroll.admin.other_runs import run_name
from payroll.domain.review import PersonChange
from payroll.errors import ReviewOutdated
from payroll.services.replaced import replaced_last
from payroll.wording import line_name

PAGE_SIZE = 50
SHOWN = 200
"""People named on the page; more than anybody compares by hand."""


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The address of the page, under the admin's own."""
    return [path("month/<int:run_id>/changes/", site.admin_view(for_payroll(changes_page)), name="month_changes")]


@dataclass(frozen=True, slots=True)
class LineShown:
    """A pay item of a person, before and now."""

    name: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """A person whose pay is another one. ``because`` says why there is no payslip now."""

    agent: str
    before: str
    after: str
    lines: tuple[LineShown, ...]
    because: str


def outdated_page(request: HttpRequest, run: models.PayRun, error: ReviewOutdated) -> HttpResponse:
    """The refusal as a page, with the differences. Only for those who may see payslips."""
    context = {
        **admin.site.each_context(request),
        "title": _("Not approved: the run is not as you reviewed it"),
        "run": run,
        "run_name": run_name(run),
        "reason": error_text(error.code, error.values, language(), str(error)),
        "changes": [_shown(change, run) for change in error.changes[:SHOWN]],
        "earlier": _("Reviewed"),
        "hidden": max(len(error.changes) - SHOWN, 0),
    }
    return TemplateResponse(request, "admin/payroll/month/outdated.html", context, status=409)


@require_safe
def changes_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Whose pay the last calculation changed, with the lines, before and now."""
    run = get_object_or_404(models.PayRun.objects.select_related("company"), pk=run_id)
    page = Paginator(replaced_last(run), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **admin.site.each_context(request),
        "title": _("Changed by the last calculation"),
        "run": run,
        "run_name": run_name(run),
        "page": page,
        "changes": [_shown(change, run) for change in page.object_list],
        "earlier": _("Before"),
    }
    return TemplateResponse(request, "admin/payroll/month/changes.html", context)


def _shown(change: PersonChange, run: models.PayRun) -> ChangeShown:
    return ChangeShown(
        agent=f"{change.agent_no} {change.name}",
        before=money_text(change.net_before),
        after=money_text(change.net_after),
        lines=tuple(
            LineShown(
                line_name(line.code.removeprefix("employer_"), language())
                + ("" if line.period == run.month else f" ({line.period})"),
                money_text(line.before),
                money_text(line.after),
                f"{line.after - line.before:+,.2f}",
            )
            for line in change.lines
        ),
        because=change.because,
    )
