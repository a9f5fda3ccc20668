"""Billing client shops in the back office: the month's statements with the margin of each shop, and their records.

The page is for those who may see payslips, because a margin tells what people cost. It computes nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from grading import public as grading
from grading.admin.rules import VersionAdmin
from grading.admin.shown import EMPTY, ShownAdmin, language, money_text, say
from grading.documents.style import Language, MissingGlyph
from grading.kernel.errors import DomainError
from grading.kernel.money import total
from grading.kernel.period import Month
from grading.wording import error_text
from payroll import models
from payroll.admin.reading import months_offered, newest_month
from payroll.services.billing import (
    BillingMonth,
    ContractMonth,
    ShopMargin,
    billing_month,
    statement_cancel,
    statement_issue,
)
from payroll.sheets import statement_pdf
from payroll.wording import reason, statement_line_name

LANGUAGES = {"zh": "中文", "en": "English"}
RIGHTS = ("payroll.view_payslip", "payroll.view_billingstatement")

admin.site.register(models.BillingContract, VersionAdmin)


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of the page and its acts, under the admin's own."""
    return [
        path("billing/", site.admin_view(billing_page), name="billing"),
        path("billing/pdf/<str:lang>/", site.admin_view(pdf), name="billing_pdf"),
        path("billing/issue/", site.admin_view(issue), name="billing_issue"),
        path("billing/<int:statement_id>/cancel/", site.admin_view(cancel), name="billing_cancel"),
    ]


# --- The month --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineShown:
    """One billed amount as text."""

    name: str
    agent: str
    amount: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContractShown:
    """One contract of the month as text; ``query`` names it in addresses."""

    code: str
    shop: str
    client: str
    found: ContractMonth
    total: str
    lines: tuple[LineShown, ...]
    problem: str
    query: str


@dataclass(frozen=True, slots=True)
class ShopShown:
    """One shop of the month as text."""

    shop: str
    billed: str
    cost: str
    margin: str
    people: int
    unpaid: str
    is_loss: bool


def may_bill(request: HttpRequest) -> bool:
    """Whether the billing page is open to the user."""
    return request.user.has_perms(RIGHTS)


@require_safe
def billing_page(request: HttpRequest) -> HttpResponse:
    """The month's contracts and shops."""
    company, month = _chosen(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Billing of client shops"),
        "company": company,
        "companies": grading.Company.objects.order_by("pk"),
        "month": month,
        "may_issue": request.user.has_perm("payroll.issue_statement"),
        "languages": LANGUAGES.items(),
    }
    if company is not None:
        found = billing_month(company, month)
        context |= {
            "months": months_offered(newest_month(company), month),
            "contracts": [_contract(company, month, each) for each in found.contracts],
            "shops": [_shop(each) for each in found.shops],
            "totals": _totals(found),
        }
    return TemplateResponse(request, "admin/payroll/billing/page.html", context)


@require_safe
def pdf(request: HttpRequest, lang: str) -> HttpResponse:
    """The statement of a contract and month, issued or as a draft."""
    company, month = _chosen(request)
    if company is None or lang not in LANGUAGES:
        raise Http404
    code = request.GET.get("contract", "")
    found = next((each for each in billing_month(company, month).contracts if each.contract.code == code), None)
    if found is None or found.statement is None:
        raise Http404
    return _pdf(request, found.statement, found.lines, lang) or HttpResponseRedirect(_address(company.pk, month))


@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Issue exactly the draft whose fingerprint was on the page."""
    company, month = _chosen(request)
    if company is None:
        raise Http404
    try:
        statement = statement_issue(
            company=company,
            month=month,
            contract=request.POST.get("contract", ""),
            issued_by=cast("User", request.user),
            reviewed=request.POST.get("fingerprint", ""),
        )
    except DomainError as error:
        say(request, error)
    else:
        messages.success(request, _("Issued: statement %(number)s.") % {"number": statement.number})
    return HttpResponseRedirect(_address(company.pk, month))


@require_POST
def cancel(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Cancel an issued statement with a reason."""
    if not may_bill(request):
        raise PermissionDenied
    statement = get_object_or_404(models.BillingStatement, pk=statement_id)
    try:
        statement_cancel(
            statement_id=statement_id,
            cancelled_by=cast("User", request.user),
            reason=request.POST.get("reason", ""),
        )
    except DomainError as error:
        say(request, error)
    else:
        messages.success(request, _("Cancelled: statement %(number)s.") % {"number": statement.number})
    return HttpResponseRedirect(_address(statement.company_id, statement.month))


def _chosen(request: HttpRequest) -> tuple[grading.Company | None, Month]:
    """The company and month that the request names; else the first company and the last full month.

    Raises PermissionDenied for those who may not see what people cost.
    """
    if not may_bill(request):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    companies = grading.Company.objects.order_by("pk")
    code, month = asked.get("company", ""), Month.of(timezone.localdate() - timedelta(days=28))
    known = companies.filter(pk=int(code)).first() if code.isdecimal() and len(code) < 19 else None
    company = known or companies.first()
    try:
        if asked.get("month"):
            month = Month.parse(asked["month"])
        elif company is not None:
            month = newest_month(company)
    except DomainError as error:
        say(request, error)
    return company, month


def _address(company_id: int, month: Month) -> str:
    return f"{reverse('admin:billing')}?{urlencode({'company': company_id, 'month': month})}"


def _contract(company: grading.Company, month: Month, found: ContractMonth) -> ContractShown:
    return ContractShown(
        code=found.contract.code,
        shop=found.contract.shop,
        client=found.client_zh if language() == "zh" else found.client_en,
        found=found,
        total=money_text(found.statement.total if found.statement is not None else None),
        lines=tuple(_line(line) for line in found.lines),
        problem="" if found.problem is None else _message(found.problem),
        query=urlencode({"company": company.pk, "month": month, "contract": found.contract.code}),
    )


def _line(line: models.BillingStatementLine) -> LineShown:
    return LineShown(
        statement_line_name(line.code, language()),
        f"{line.agent_no} {line.agent_name}".strip(),
        money_text(line.amount),
        reason(line.steps, language()),
    )


def _message(problem: DomainError) -> str:
    return error_text(problem.code, problem.values, language(), str(problem))


def _shop(found: ShopMargin) -> ShopShown:
    return ShopShown(
        shop=found.shop,
        billed=money_text(found.billed),
        cost=EMPTY if found.unpaid else money_text(found.cost),
        margin=money_text(found.margin),
        people=found.people,
        unpaid=", ".join(found.unpaid),
        is_loss=found.margin is not None and found.margin < 0,
    )


def _totals(found: BillingMonth) -> ShopShown | None:
    """The sums of all shops; None while one of them is incomplete."""
    if not found.shops or any(each.margin is None for each in found.shops):
        return None
    billed = total(each.billed for each in found.shops if each.billed is not None)
    cost = total(each.cost for each in found.shops)
    return ShopShown("", money_text(billed), money_text(cost), money_text(billed - cost), 0, "", billed < cost)


def _pdf(
    request: HttpRequest,
    statement: models.BillingStatement,
    lines: tuple[models.BillingStatementLine, ...],
    lang: str,
) -> HttpResponse | None:
    """The PDF, or None after a message when a character cannot be drawn."""
    try:
        data = statement_pdf(statement, lines, cast("Language", lang))
    except MissingGlyph as error:
        say(request, error)
        return None
    name = statement.number or f"draft-{statement.contract}-{statement.month}"
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=False, filename=f"{name}-{lang}.pdf") or "inline"
    )
    return response


# --- Records ----------------------------------------------------------------------------------------------------------


@admin.register(models.ShopAssignment)
class ShopAssignmentAdmin(ShownAdmin):
    """Who serves which shop. Loaded from files."""

    list_display = ("agent", "shop", "first_day", "last_day", "is_billed")
    list_filter = ("shop", "is_billed", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name", "shop")
    ordering = ("agent__agent_no", "first_day", "shop")


@admin.register(models.BillingMeasure)
class BillingMeasureAdmin(ShownAdmin):
    """What was counted for a shop's month. Loaded from files."""

    list_display = ("month", "shop", "measure", "value", "company")
    list_filter = ("month", "measure", "company")
    list_select_related = ("company",)
    search_fields = ("shop",)
    ordering = ("-month", "shop", "measure", "pk")


@admin.register(models.BillingStatement)
class BillingStatementAdmin(ShownAdmin):
    """Statements as they were issued, cancelled ones too."""

    list_display = ("number", "month", "shop", "client_zh", "total", "issued_at", "issued_by", "cancelled_at")
    list_filter = ("month", "shop", "company")
    list_select_related = ("company", "issued_by")
    search_fields = ("number", "client_zh", "client_en", "shop")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_fields(request, obj), "billing_page"]

    @admin.display(description=gettext_lazy("billing of the month"))
    def billing_page(self, statement: models.BillingStatement) -> SafeString:
        return format_html('<a href="{}">{}</a>', _address(statement.company_id, statement.month), _("Open"))


@admin.register(models.BillingStatementLine)
class BillingStatementLineAdmin(ShownAdmin):
    """One billed amount of an issued statement, with the steps that explain it."""

    list_display = ("statement", "position", "name", "agent_no", "agent_name", "amount")
    list_filter = ("statement__month", "code", "statement__company")
    list_select_related = ("statement",)
    search_fields = ("statement__number", "agent_no", "agent_name")
    ordering = ("-statement__month", "statement", "position")

    @admin.display(description=models.BillingStatementLine._meta.get_field("code").verbose_name, ordering="code")
    def name(self, line: models.BillingStatementLine) -> str:
        return statement_line_name(line.code, language())
