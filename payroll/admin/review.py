"""What an approver is shown when the run is not as they reviewed it: whose pay, which lines, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from grading.admin.shown import language, money_text
from grading.wording import error_text
from payroll import models
from payroll.admin.other_runs import run_name
from payroll.domain.review import PersonChange
from payroll.errors import ReviewOutdated
from payroll.wording import line_name

SHOWN = 200
"""People named on the page; more than anybody compares by hand."""


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
        "hidden": max(len(error.changes) - SHOWN, 0),
    }
    return TemplateResponse(request, "admin/payroll/month/outdated.html", context, status=409)


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
