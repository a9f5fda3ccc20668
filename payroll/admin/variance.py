"""Why net pay changed: the causes of a run's difference against the month before, in total and person by person.

For those who may see payslips. The causes were worked out when the run was calculated; here they are only shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grading.admin.shown import language, money_text
from grading.jobs import services as jobs
from payroll import models, selectors
from payroll.admin.findings import for_payroll
from payroll.admin.other_runs import run_name
from payroll.admin.reading import signed
from payroll.domain.variance import Cause
from payroll.exports.csv_text import table_bytes
from payroll.services.variance import RunVariance, run_variance
from payroll.wording import cause_name

PAGE_SIZE = 50
_CHUNK = 500


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the page and its file, under the admin's own."""
    return [
        path("month/<int:run_id>/variance/", site.admin_view(for_payroll(variance_page)), name="month_variance"),
        path(
            "month/<int:run_id>/variance.csv", site.admin_view(for_payroll(variance_file)), name="month_variance_file"
        ),
    ]


@dataclass(frozen=True, slots=True)
class PersonShown:
    """One person's difference with its causes, the largest first."""

    agent_no: str
    name: str
    address: str
    before: str
    after: str
    difference: str
    surprise: str
    causes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CheckShown:
    """The sum as the page prints it: what last month paid, every cause, and what this run pays."""

    before: str
    after: str
    difference: str
    causes: tuple[tuple[str, str], ...]
    adds_up: bool
    """Whether last month's payslips, added up by themselves, and the causes come to this run's net pay."""


def is_compared(run: models.PayRun) -> bool:
    """Whether a run is one that is held against the month before."""
    return run.kind in models.PayRun.FULL


@require_safe
def variance_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """The totals by cause, and the people whose change is the least expected first."""
    run = _run(run_id)
    found = run_variance(run)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Why net pay changed"),
        "run": run,
        "run_name": run_name(run),
        "month_before": run.month.plus(-1),
    }
    if found is not None:
        page = Paginator(selectors.comparisons_by_surprise(run), PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {
            "check": _check(found),
            "page": page,
            "people": [_person(selectors.difference_of(each.payslip)) for each in page.object_list],
        }
    return TemplateResponse(request, "admin/payroll/month/variance.html", context)


@require_safe
def variance_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """The same for everybody as a CSV file, a column for each cause. Every download is noted."""
    run = _run(run_id)
    if run_variance(run) is None:
        raise Http404
    causes = list(Cause)
    headers = (
        _("Agent number"),
        _("Name"),
        _("Last month"),
        _("This run"),
        _("Difference"),
        *(cause_name(cause, language()) for cause in causes),
    )
    compared = selectors.comparisons_by_surprise(run).iterator(chunk_size=_CHUNK)
    rows = [_cells(selectors.difference_of(each.payslip), causes) for each in compared]
    jobs.audit(
        actor=cast("User", request.user),
        action="run.export",
        object_type="pay_run",
        object_id=run.pk,
        detail={"scope": "variance", "people": len(rows)},
    )
    response = HttpResponse(table_bytes(headers, rows), content_type="text/csv; charset=utf-8")
    name = f"{run.company.code}-{run.month}-{run.kind}-{run.sequence}-variance.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def _cells(found: selectors.Difference, causes: Sequence[Cause]) -> tuple[str | Decimal, ...]:
    amounts = (found.causes.get(cause, Decimal("0.00")) for cause in causes)
    return found.agent_no, found.name, found.before, found.after, found.difference, *amounts


def _run(run_id: int) -> models.PayRun:
    """A run that is compared with the month before; a correction is not."""
    run = get_object_or_404(models.PayRun.objects.select_related("company"), pk=run_id)
    if not is_compared(run):
        raise Http404
    return run


def _check(found: RunVariance) -> CheckShown:
    causes = [(cause_name(cause, language()), amount) for cause, amount in found.causes.items()]
    if found.left:
        causes.append((_("People who are no longer employed"), found.left))
    before = found.paid_before - found.left
    return CheckShown(
        before=money_text(before),
        after=money_text(found.after),
        difference=signed(found.difference),
        causes=tuple((name, signed(amount)) for name, amount in sorted(causes, key=_by_size)),
        adds_up=before + sum(amount for _name, amount in causes) == found.after,
    )


def _by_size(named: tuple[str, Decimal]) -> tuple[Decimal, str]:
    return -abs(named[1]), named[0]


def causes_shown(found: selectors.Difference) -> tuple[tuple[str, str], ...]:
    """The causes of a person's difference as they read, the largest first."""
    causes = sorted(((cause_name(cause, language()), amount) for cause, amount in found.causes.items()), key=_by_size)
    return tuple((name, signed(amount)) for name, amount in causes)


def _person(found: selectors.Difference) -> PersonShown:
    return PersonShown(
        agent_no=found.agent_no,
        name=found.name,
        address=reverse("admin:payroll_payslip_change", args=[found.payslip_id]),
        before=money_text(found.before),
        after=money_text(found.after),
        difference=signed(found.difference),
        surprise=signed(found.surprise),
        causes=causes_shown(found),
    )
