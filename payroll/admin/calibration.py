"""What a calibration does to pay: for those who may see payslips. Grading knows no pay, so the page is here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grading import public as grading
from grading.admin.shown import language, money_text
from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO, total
from grading.wording import error_text
from payroll.admin.reading import signed
from payroll.domain.payslip import Payslip
from payroll.services.previews import Given, payslip_previews

PERFORMANCE_PAY = "performance_pay"


@dataclass(frozen=True, slots=True)
class Effect:
    """One person's performance pay with the computed grade and with the other one. ``gross`` is the change of gross.

    Gross may change by less: a guarantee fills up what performance pay lacks. ``problem`` says why nothing is known.
    """

    agent_no: str
    name: str
    from_grade: str
    to_grade: str
    before: str = ""
    after: str = ""
    change: str = ""
    gross: str = ""
    problem: str = ""
    amounts: tuple[Decimal, Decimal] = (ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Effects:
    """A table of effects with its sums."""

    rows: tuple[Effect, ...]
    change: str
    gross: str


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The address of the page, under the admin's own."""
    route = "calibration/<int:session_id>/pay/"
    return [path(route, site.admin_view(pay_effect), name="calibration_pay")]


def may_see_effect(request: HttpRequest) -> bool:
    """Whether the reader may see what grades do to pay: whoever may see payslips and every calibration."""
    return request.user.has_perms(("payroll.view_payslip", "grading.calibrate_any"))


@require_safe
def pay_effect(request: HttpRequest, session_id: int) -> HttpResponse:
    """The change of pay by the moves made so far, and by those that the quotas suggest."""
    if not may_see_effect(request):
        raise PermissionDenied
    sessions = grading.CalibrationSession.objects.select_related("cycle__company", "team")
    session = get_object_or_404(sessions, pk=session_id)
    desk = grading.calibration_desk(session)
    moved = [(row, row.computed, row.held) for row in desk.rows if row.is_moved]
    suggested = [(row, row.held, row.suggested_grade) for row in desk.rows if row.suggested_grade is not None]
    return TemplateResponse(
        request,
        "admin/payroll/calibration/pay.html",
        {
            **admin.site.each_context(request),
            "title": _("Effect on pay"),
            "session": session,
            "group": session.team or session.cycle.company,
            "moved": _effects(session, moved),
            "suggested": _effects(session, suggested),
        },
    )


def _effects(
    session: grading.CalibrationSession,
    changes: list[tuple[grading.DeskRow, grading.Grade, grading.Grade]],
) -> Effects:
    tried = {
        row.agent_id: (Given(before.grade, before.coefficient), Given(after.grade, after.coefficient))
        for row, before, after in changes
    }
    slips = payslip_previews(company=session.cycle.company, month=session.cycle.month, tried=tried)
    rows = tuple(_effect(row, before.grade, after.grade, slips[row.agent_id]) for row, before, after in changes)
    return Effects(rows, signed(total(row.amounts[0] for row in rows)), signed(total(row.amounts[1] for row in rows)))


def _effect(row: grading.DeskRow, from_grade: str, to_grade: str, slips: tuple[Payslip, ...] | DomainError) -> Effect:
    if isinstance(slips, DomainError):
        problem = error_text(slips.code, slips.values, language(), str(slips))
        return Effect(row.agent_no, row.name, from_grade, to_grade, problem=problem)
    before, after = slips
    change, gross = _performance(after) - _performance(before), after.gross - before.gross
    return Effect(
        row.agent_no,
        row.name,
        from_grade,
        to_grade,
        money_text(_performance(before)),
        money_text(_performance(after)),
        signed(change),
        signed(gross),
        amounts=(change, gross),
    )


def _performance(slip: Payslip) -> Decimal:
    amounts: Iterable[Decimal] = (line.amount for line in slip.lines if line.code == PERFORMANCE_PAY)
    return total(amounts)
