"""Pay plans, pay runs, payslips and their lines: looked at, never changed. The month-end page acts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from grading.admin.rules import VersionAdmin
from grading.admin.shown import EMPTY, ShownAdmin, language, money_text, say
from grading.documents.style import Language, MissingGlyph
from grading.jobs import services as jobs
from payroll import models, selectors
from payroll.admin.large import ManyRows, MonthFilter, SlipMonthFilter
from payroll.admin.other_runs import cause_text
from payroll.admin.variance import causes_shown
from payroll.sheets import names_its_month, payslip_pdf
from payroll.wording import cause_name, finding_text, line_name, step_text

admin.site.register(models.PlanVersion, VersionAdmin)

LANGUAGES = {"zh": "中文", "en": "English"}
KINDS = {"earning": _("Earnings"), "deduction": _("Deductions"), "employer": _("Paid by the employer on top")}


@admin.register(models.PayRun)
class PayRunAdmin(ShownAdmin):
    """One calculation for many people."""

    list_display = ("month", "company", "kind", "sequence", "status", "people", "net", "prepared_by", "approved_by")
    list_filter = ("status", "kind", "company", "month")
    list_select_related = ("company", "prepared_by", "approved_by")
    exclude = ("job", "law", "judged_from", "paid_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.PayRun]:
        """People and net pay are those counted when the run was calculated; counting again would read every payslip."""
        rows = super().get_queryset(request)
        return rows.annotate(
            people_count=KeyTransform("people", "review__figures"),
            net_sum=KeyTextTransform("net", KeyTransform("now", "review__figures")),
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*(name for name in super().get_fields(request, obj) if name not in self.exclude), "month_page"]

    @admin.display(description=_("people"))
    def people(self, run: Any) -> int:
        return int(run.people_count or 0)

    @admin.display(description=_("net pay"))
    def net(self, run: Any) -> str:
        return money_text(Decimal(run.net_sum or 0))

    @admin.display(description=_("month-end page"))
    def month_page(self, run: models.PayRun) -> SafeString:
        address = f"{reverse('admin:month')}?company={run.company_id}&month={run.month}&run={run.pk}"
        return format_html('<a href="{}">{}</a>', address, _("Open"))


@admin.register(models.Payslip)
class PayslipAdmin(ManyRows, ShownAdmin):
    """One person's result in one run: every line with the steps that explain it."""

    number_column = "number"
    ordering = ("-month", "agent_id")

    list_display = ("agent", "month", "gross", "deductions", "net", "employer_cost", "status", "number")
    list_filter = (MonthFilter, "run__status", "kind", "run__company", "agent__role")
    list_select_related = ("agent", "run__company")
    search_fields = ("agent__agent_no", "agent__name", "number")
    fieldsets = (
        (None, {"fields": ("number", "agent", "month", "kind", "run_status", "pdf", "gross", "deductions", "net")}),
        (_("Lines"), {"fields": ("lines_shown",)}),
        (_("Why net pay changed"), {"fields": ("causes",)}),
        (_("Employer"), {"fields": ("employer_cost", "carried_forward")}),
        (
            _("What it was computed from"),
            {
                "classes": ("collapse",),
                "fields": ("facts", "rules", "input_hash", "rules_fingerprint", "output_hash"),
            },
        ),
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The payslips of one run are in the order of an index; with their month before it, all would be sorted."""
        return ("agent_id",) if "run__id__exact" in request.GET else self.ordering

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Payslip]:
        """Without what a payslip was computed from: a page of a list reads fifty of them."""
        return super().get_queryset(request).defer("facts", "rules")

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<int:payslip_id>/pdf/<str:lang>/",
            self.admin_site.admin_view(self.pdf_view),
            name="payroll_payslip_pdf",
        )
        return [own, *super().get_urls()]

    @admin.display(description=_("status"), ordering="run__status")
    def status(self, payslip: models.Payslip) -> str:
        return payslip.run.get_status_display()

    @admin.display(description=_("status"), ordering="run__status")
    def run_status(self, payslip: models.Payslip) -> str:
        return f"{payslip.run.get_status_display()} ({payslip.run})"

    @admin.display(description="PDF")
    def pdf(self, payslip: models.Payslip) -> SafeString:
        return format_html_join(
            " · ",
            '<a href="{}">{}</a>',
            ((reverse("admin:payroll_payslip_pdf", args=[payslip.pk, lang]), name) for lang, name in LANGUAGES.items()),
        )

    @admin.display(description=_("Lines"))
    def lines_shown(self, payslip: models.Payslip) -> SafeString:
        kinds: dict[str, list[tuple[str, str, list[str]]]] = {kind: [] for kind in KINDS}
        for line in payslip.lines.all():
            steps = [step_text(step, language()) for step in line.steps]
            name = line_name(line.code.removeprefix("employer_"), language())
            past = f" ({line.period})" if names_its_month(line, payslip.month) else ""
            kinds[line.kind].append((f"{name}{past}", money_text(line.amount), steps))
        groups = [(KINDS[kind], lines) for kind, lines in kinds.items() if lines]
        return SafeString(render_to_string("admin/payroll/payslip/lines.html", {"groups": groups}))

    @admin.display(description=_("Causes"))
    def causes(self, payslip: models.Payslip) -> SafeString | str:
        """What made the net another one than last month's; a correction is held against nothing."""
        if not payslip.variance.exists():
            return EMPTY
        found = selectors.difference_of(payslip)
        before = (_("Last month"), money_text(found.before))
        rows = [before, *causes_shown(found), (_("This run"), money_text(found.after))]
        return SafeString(render_to_string("admin/payroll/payslip/causes.html", {"rows": rows}))

    def pdf_view(self, request: HttpRequest, payslip_id: int, lang: str) -> HttpResponse:
        """The sheet as the agent gets it. Whoever looks leaves a line in the audit log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        payslips = self.get_queryset(request).select_related("agent", "run__company").prefetch_related("lines")
        payslip = payslips.filter(pk=payslip_id).first()
        if payslip is None or lang not in LANGUAGES:
            raise Http404
        try:
            data = payslip_pdf(payslip, cast("Language", lang))
        except MissingGlyph as error:
            say(request, error)
            return HttpResponseRedirect(reverse("admin:payroll_payslip_change", args=[payslip.pk]))
        jobs.audit(
            actor=request.user,  # type: ignore[arg-type]
            action="payslip.pdf",
            object_type="payslip",
            object_id=payslip.pk,
            detail={"lang": lang},
        )
        response = HttpResponse(data, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{payslip.number}-{lang}.pdf"'
        return response


@admin.register(models.LateChange)
class LateChangeAdmin(ManyRows, ShownAdmin):
    """A posted month that something recorded later may have changed, and the run that settled it."""

    list_display = ("agent", "month", "changed_by", "recorded_at", "settled_in")
    list_filter = (("settled_in", admin.EmptyFieldListFilter), MonthFilter, "agent__company")
    list_select_related = ("agent", "settled_in")
    search_fields = ("agent__agent_no", "agent__name")

    @admin.display(description=_("changed by"), ordering="cause")
    def changed_by(self, change: models.LateChange) -> str:
        return cause_text(change.cause)


@admin.register(models.RunFinding)
class RunFindingAdmin(ManyRows, ShownAdmin):
    """One finding, across runs: for looking up one person, or one kind of finding."""

    list_display = ("agent", "run", "what", "severity", "owner", "article")
    list_filter = ("severity", "owner", "code", "run__month", "run__company")
    list_select_related = ("agent", "run")
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-run_id", "code", "agent_id", "pk")

    @admin.display(description=_("finding"), ordering="code")
    def what(self, finding: models.RunFinding) -> str:
        return finding_text(finding.code, finding.values, language())


@admin.register(models.PayslipVariance)
class PayslipVarianceAdmin(ManyRows, ShownAdmin):
    """One cause of a difference in net pay, across payslips: for looking up one cause."""

    agent_column = "payslip__agent_id"

    list_display = ("payslip", "name", "amount")
    list_filter = ("cause", SlipMonthFilter, "payslip__run__company")
    list_select_related = ("payslip",)
    search_fields = ("payslip__agent__agent_no", "payslip__agent__name")
    ordering = ("-payslip_id", "pk")

    @admin.display(description=_("cause"), ordering="cause")
    def name(self, row: models.PayslipVariance) -> str:
        return cause_name(row.cause, language())


@admin.register(models.PayslipLine)
class PayslipLineAdmin(ManyRows, ShownAdmin):
    """One printed amount, across payslips: for looking up one pay item."""

    agent_column = "payslip__agent_id"

    list_display = ("agent", "month", "name", "kind", "amount", "period")
    list_filter = (SlipMonthFilter, "kind", "payslip__run__company")
    list_select_related = ("payslip__agent",)
    search_fields = ("payslip__agent__agent_no", "payslip__agent__name")
    ordering = ("-payslip_id", "position")

    @admin.display(description=_("agent"), ordering="payslip__agent__agent_no")
    def agent(self, line: models.PayslipLine) -> str:
        return str(line.payslip.agent)

    @admin.display(description=_("month"), ordering="payslip__month")
    def month(self, line: models.PayslipLine) -> str:
        return str(line.payslip.month)

    @admin.display(description=_("pay code"), ordering="code")
    def name(self, line: models.PayslipLine) -> str:
        return line_name(line.code.removeprefix("employer_"), language())
