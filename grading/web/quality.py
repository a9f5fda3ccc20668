"""The agents' pages of QA: one's own findings of a month, and appeals against them.

Every query starts from the login that asks. Somebody else's finding and a made-up one are the same 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grading import models, selectors
from grading.domain.quality import JudgedFinding
from grading.kernel.errors import DomainError
from grading.kernel.period import BadMonth, Month
from grading.rulebook import qa_codes
from grading.services import quality
from grading.wording import error_text

MONTHS_OFFERED = 12


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One finding as its agent reads it."""

    pk: int
    name: str
    text: str
    day: date
    checked_on: date
    session: str
    is_fatal: bool
    is_escalated: bool
    is_void: bool
    appeal: models.QaAppeal | None
    may_appeal: bool


class AppealForm(forms.Form):
    """Why the agent thinks that the finding is wrong."""

    reason = forms.CharField(
        label=gettext_lazy("Why is this finding wrong?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5})
    )


@login_required
@require_safe
def my_quality(request: HttpRequest, month: str = "") -> HttpResponse:
    """One's own findings of a month, newest month first."""
    agent = _agent(request)
    today = timezone.localdate()
    if month:
        try:
            wanted = Month.parse(month)
        except BadMonth as error:
            raise Http404 from error
    else:
        wanted = Month.of(today)
    months = _months(agent, Month.of(today)) if agent else []
    return render(
        request,
        "grading/my_quality.html",
        {
            "month": wanted,
            "months": months,
            "findings": _findings(agent, wanted, today) if agent else [],
            "evaluated": selectors.evaluations([agent.pk], wanted).get(agent.pk) if agent else None,
            "last_day": quality.appeals_until(agent, wanted) if agent else None,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def my_appeal(request: HttpRequest, finding: int) -> HttpResponse:
    """Appeal against one of one's own findings."""
    agent = _agent(request)
    row = models.QaFinding.objects.filter(pk=finding, agent=agent).first() if agent else None
    if agent is None or row is None:
        raise Http404
    shown = next(each for each in _findings(agent, row.month, timezone.localdate()) if each.pk == row.pk)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            quality.appeal_file(
                finding_id=row.pk,
                filed_by=cast("User", request.user),
                reason=form.cleaned_data["reason"],
                today=timezone.localdate(),
            )
        except DomainError as error:
            messages.error(request, _sentence(error))
        else:
            messages.success(request, _("Your appeal is filed. A second reviewer decides it."))
        return redirect("my-quality-month", month=str(row.month))
    return render(request, "grading/my_appeal.html", {"form": form, "finding": shown, "month": row.month})


@login_required
@require_POST
def my_appeal_withdraw(request: HttpRequest, appeal: int) -> HttpResponse:
    """Take back one's own open appeal."""
    agent = _agent(request)
    row = models.QaAppeal.objects.select_related("finding").filter(pk=appeal, finding__agent=agent).first()
    if agent is None or row is None:
        raise Http404
    try:
        quality.appeal_withdraw(appeal_id=row.pk, withdrawn_by=cast("User", request.user))
    except DomainError as error:
        messages.error(request, _sentence(error))
    else:
        messages.success(request, _("Your appeal is withdrawn."))
    return redirect("my-quality-month", month=str(row.finding.month))


def _agent(request: HttpRequest) -> models.Agent | None:
    return getattr(request.user, "agent", None)


def _months(agent: models.Agent, newest: Month) -> list[Month]:
    """The months with something to see, newest first, and the present one."""
    found = set(models.QaFinding.objects.filter(agent=agent).values_list("month", flat=True).distinct())
    return sorted({*found, newest}, reverse=True)[:MONTHS_OFFERED]


def _findings(agent: models.Agent, month: Month, today: date) -> list[FindingShown]:
    """The month's findings, void ones too. Four queries."""
    last_day = quality.appeals_until(agent, month)
    is_in_time = last_day is None or today <= last_day
    judged = {row.pk: found for row, found in selectors.judged_rows([agent.pk], month)}
    rows = models.QaFinding.objects.filter(agent=agent, month=month).select_related("appeal", "evaluation__sample")
    return [_shown(row, judged.get(row.pk), is_in_time=is_in_time) for row in rows.order_by("-checked_on", "code")]


def _shown(row: models.QaFinding, judged: JudgedFinding | None, *, is_in_time: bool) -> FindingShown:
    known = qa_codes().get(row.code)
    is_chinese = (get_language() or "zh").startswith("zh")
    name = ((known.name_zh if is_chinese else known.name_en) if known else "").strip()
    appeal = getattr(row, "appeal", None)
    return FindingShown(
        pk=row.pk,
        name=f"{row.code} {name}".strip(),
        text=(known.text_zh if is_chinese else known.text_en) if known else "",
        day=row.evaluation.sample.day if row.evaluation else row.checked_on,
        checked_on=row.checked_on,
        session=row.session,
        is_fatal=judged.is_fatal if judged else False,
        is_escalated=judged.is_escalated if judged else False,
        is_void=row.is_void,
        appeal=appeal,
        may_appeal=is_in_time and appeal is None and not row.is_void,
    )


def _sentence(error: DomainError) -> str:
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    return error_text(error.code, error.values, language, str(error))
