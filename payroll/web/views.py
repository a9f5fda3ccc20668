"""The agents' door: one's own posted payslips and published appraisals, and nobody else's.

Every query starts from the login that asks. Somebody else's, an unposted and a made-up number are the same 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from grading import public as grading
from grading.documents.style import Language
from grading.jobs import services as jobs
from grading.kernel.errors import DomainError
from grading.kernel.period import BadMonth, Month
from grading.wording import error_text
from payroll import selectors, sheets
from payroll.web.pages import appraisal_page, payslip_page, payslip_rows, short_language

LANGUAGES = ("zh", "en", "both")
_UNSAFE = re.compile(r"[^\w.-]+")


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each to their own pages; somebody with two sorts of pages, or none, is shown what there is."""
    user = _user(request)
    is_agent = getattr(user, "agent", None) is not None
    if is_agent and not user.is_staff:
        return redirect("my-payslips")
    if user.is_staff and not is_agent:
        return redirect("admin:index")
    return render(request, "payroll/home.html")


@login_required
@require_safe
def my_payslips(request: HttpRequest) -> HttpResponse:
    """One's own posted payslips, newest first."""
    user = _user(request)
    slips = selectors.own_payslips(user).order_by("-month", "-run__sequence", "-pk")
    return render(request, "payroll/payslips.html", {"rows": payslip_rows(slips, selectors.own_appraisals(user))})


@login_required
@require_safe
def my_payslip(request: HttpRequest, number: str) -> HttpResponse:
    """One of one's own posted payslips, every amount with its steps."""
    slip = selectors.own_payslips(_user(request)).prefetch_related("lines").filter(number=number).first()
    if slip is None:
        raise Http404
    return render(request, "payroll/payslip.html", {"page": payslip_page(slip)})


@login_required
@require_safe
def my_payslip_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The same payslip as PDF."""
    user = _user(request)
    slip = selectors.own_payslips(user).prefetch_related("lines").filter(number=number).first()
    if slip is None:
        raise Http404
    return _pdf(
        request, user, f"payslip-{slip.number}", "payslip", slip.pk, lambda lang: sheets.payslip_pdf(slip, lang)
    )


@login_required
@require_safe
def my_appraisal(request: HttpRequest, month: str) -> HttpResponse:
    """One's own published appraisal of a month."""
    return render(request, "payroll/appraisal.html", {"page": appraisal_page(_own_appraisal(request, month))})


@login_required
@require_safe
def my_appraisal_pdf(request: HttpRequest, month: str) -> HttpResponse:
    """The same appraisal as PDF."""
    row = _own_appraisal(request, month)
    name = f"appraisal-{row.cycle.month}-{row.agent.agent_no}"
    return _pdf(request, _user(request), name, "appraisal", row.pk, lambda lang: sheets.appraisal_pdf(row, lang))


def _own_appraisal(request: HttpRequest, month: str) -> grading.Appraisal:
    try:
        wanted = Month.parse(month)
    except BadMonth as error:
        raise Http404 from error
    row = selectors.own_appraisals(_user(request)).filter(cycle__month=wanted).first()
    if row is None:
        raise Http404
    return row


def _pdf(
    request: HttpRequest, user: User, name: str, kind: str, pk: int, draw: Callable[[Language], bytes]
) -> HttpResponse:
    """A PDF to keep: never shown inside the page, never cached, and noted in the audit log."""
    lang = request.GET.get("lang", short_language())
    if lang not in LANGUAGES:
        raise BadRequest
    try:
        body = draw(cast("Language", lang))
    except DomainError as error:
        sentence = error_text(error.code, error.values, short_language(), str(error))
        return render(request, "payroll/no_pdf.html", {"reason": sentence, "code": error.code}, status=409)
    jobs.audit(actor=user, action=f"{kind}.pdf", object_type=kind, object_id=pk, detail={"lang": lang, "by": "web"})
    file_name = f"{_UNSAFE.sub('_', name)}.pdf"
    return HttpResponse(
        body,
        content_type="application/pdf",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name),
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _user(request: HttpRequest) -> User:
    """The login that asks; ``login_required`` has let nobody else in."""
    return cast("User", request.user)
