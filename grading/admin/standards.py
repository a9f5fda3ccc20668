"""Shop standards, industry benchmarks, platform violations, and the shop risk report made of them.

What is entered here changes what a shop is judged by, so every act leaves a line in the audit log. The report shows no
pay; a manager sees the shops that managed teams serve.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from grading import models
from grading.admin.shown import language, money_text, say
from grading.documents.risk_report import RiskReport, draw_risk_report
from grading.documents.style import Bilingual, Language
from grading.domain.standards import TARGET, Of, Operator, Override, PlatformRules, Violation, penalties
from grading.jobs import services as jobs
from grading.kernel.dated import Dated
from grading.kernel.errors import DomainError
from grading.kernel.exact import exact_text
from grading.kernel.period import Month, Span
from grading.rulebook import PLATFORMS_WITH_STANDARDS, metric_definitions, platform_rules
from grading.services.risk_report import PLATFORMS, benchmark_categories, risk_report, shops_visible
from grading.wording import error_text, in_language, metric_name

LANGUAGES = {"zh": "中文", "en": "English"}
MOST_DAYS = 92
"""A standard of single days is measured once for each; a quarter is the most that a page waits for."""


def _rules() -> list[PlatformRules]:
    """Every version of every platform."""
    histories = [platform_rules(platform) for platform in PLATFORMS_WITH_STANDARDS]
    return [version for held in histories if held is not None for _since, version in held.values]


def _metric_choices() -> list[tuple[str, str]]:
    metrics = {standard.metric: None for version in _rules() for standard in version.standards}
    return [(metric, metric_name(metric, language())) for metric in metrics]


def _edge_choices() -> list[tuple[str, str]]:
    edges: dict[str, str] = {TARGET: str(_("target"))}
    for version in _rules():
        for standard in version.standards:
            for edge, _condition in standard.conditions:
                held = version.consequences.get(edge)
                if held is not None:
                    edges[edge] = held.text_zh if language() == "zh" else held.text_en
    return list(edges.items())


def _kind_choices() -> list[tuple[str, str]]:
    """Each kind of violation with the platform that punishes it."""
    found: dict[str, str] = {}
    for version in _rules():
        platform = in_language(PLATFORMS[version.platform], language())
        for kind in (version.violations or {}).values():
            found[kind.kind] = f"{platform} · {kind.name_zh if language() == 'zh' else kind.name_en}"
    return list(found.items())


def _platform_choices() -> list[tuple[str, str]]:
    return [(code, in_language(name, language())) for code, name in PLATFORMS.items()]


def _rules_of(shop: models.Shop | None) -> Dated[PlatformRules]:
    """The rules of a shop's platform; a form error when it has none."""
    held = platform_rules(shop.platform) if shop is not None else None
    if held is None:
        raise forms.ValidationError(_("The platform of this shop has no standards here."))
    return held


def _refused(error: DomainError) -> forms.ValidationError:
    return forms.ValidationError(error_text(error.code, error.values, language(), str(error)))


class ShopStandardForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shop's own number for one condition that its platform's rules really have on that day."""

    metric = forms.ChoiceField(label=capfirst(_("metric")), choices=_metric_choices)
    edge = forms.ChoiceField(label=capfirst(_("target or consequence")), choices=_edge_choices)

    class Meta:
        model = models.ShopStandard
        fields: ClassVar = ["shop", "metric", "edge", "of", "operator", "value", "effective_from", "reason", "source"]
        help_texts: ClassVar = {
            "value": _("In the metric's own unit; a percentage as a fraction: 0.95 for 95 percent.")
        }

    def clean(self) -> dict[str, Any]:
        held: dict[str, Any] = super().clean() or {}
        if not self.errors:
            own = Override(held["metric"], held["edge"], Of(held["of"]), Operator(held["operator"]), held["value"])
            try:
                _rules_of(held["shop"]).on(held["effective_from"]).overridden([own], held["effective_from"])
            except DomainError as error:
                raise _refused(error) from error
        return held


class BenchmarkForm(forms.ModelForm):  # type: ignore[type-arg]
    """An industry's value of a metric of the catalogue."""

    platform = forms.ChoiceField(label=capfirst(_("platform")), choices=_platform_choices)
    metric = forms.ChoiceField(label=capfirst(_("metric")), choices=_metric_choices)

    class Meta:
        model = models.Benchmark
        fields: ClassVar = ["platform", "category", "metric", "day", "value", "source"]
        help_texts: ClassVar = {
            "category": _("Empty: the whole platform."),
            "value": _("In the metric's own unit; a percentage as a fraction: 0.95 for 95 percent."),
        }

    def clean(self) -> dict[str, Any]:
        held: dict[str, Any] = super().clean() or {}
        if not self.errors and not metric_definitions()[held["metric"]].allows(held["value"]):
            self.add_error("value", _("The metric cannot have this value."))
        return held


class PlatformViolationForm(forms.ModelForm):  # type: ignore[type-arg]
    """An act that the shop's platform punishes on that day."""

    kind = forms.ChoiceField(label=capfirst(_("kind")), choices=_kind_choices)

    class Meta:
        model = models.PlatformViolation
        fields: ClassVar = ["shop", "day", "kind", "count", "points", "amount", "note"]
        help_texts: ClassVar = {
            "points": _("As the platform deducted them. Empty: as its table says, where it has one."),
            "amount": _("Late shipping: the price paid for one item. Invoice: its amount. Not the fine itself."),
        }

    def clean(self) -> dict[str, Any]:
        held: dict[str, Any] = super().clean() or {}
        if self.errors:
            return held
        rules = _rules_of(held["shop"])
        act = Violation(held["day"], held["kind"], held["count"], held["points"], held["amount"])
        try:
            if held["kind"] not in (rules.on(held["day"]).violations or {}):
                self.add_error("kind", _("The platform of this shop does not have this kind."))
            else:
                penalties([act], rules)
        except DomainError as error:
            raise _refused(error) from error
        return held


class NotedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that HR enters. Adding, changing and deleting leave a line in the audit log."""

    action = ""
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001  Django's
        obj.recorded_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
        self._note(request, "change" if change else "add", obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._note(request, "delete", obj)
        super().delete_model(request, obj)

    def _note(self, request: HttpRequest, act: str, row: Any) -> None:
        jobs.audit(
            actor=cast("User", request.user),
            action=f"{self.action}.{act}",
            object_type=self.action,
            object_id=row.pk,
            detail=self.noted(row),
        )

    def noted(self, row: Any) -> Mapping[str, object]:
        """What the audit log keeps of a row: codes and days, no amounts."""
        raise NotImplementedError


@admin.register(models.ShopStandard)
class ShopStandardAdmin(NotedAdmin):
    """A shop's own numbers."""

    action = "shop_standard"
    form = ShopStandardForm
    list_display = ("shop", "metric_shown", "edge", "of", "operator", "number", "effective_from", "reason")
    list_filter = ("shop__company", "shop")
    list_select_related = ("shop",)
    ordering = ("shop", "metric", "-effective_from")

    def get_urls(self) -> list[URLPattern]:
        """The report hangs here too: it is what these numbers are for."""
        own = [
            path("risk/", self.admin_site.admin_view(risk_page), name="risk_report"),
            path("risk/<str:lang>.pdf", self.admin_site.admin_view(risk_pdf), name="risk_report_pdf"),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description=_("metric"), ordering="metric")
    def metric_shown(self, row: models.ShopStandard) -> str:
        return metric_name(row.metric, language())

    @admin.display(description=_("number"))
    def number(self, row: models.ShopStandard) -> str:
        return exact_text(row.value, 6)

    def noted(self, row: models.ShopStandard) -> Mapping[str, object]:
        return {"shop": row.shop.code, "metric": row.metric, "edge": row.edge, "from": str(row.effective_from)}


@admin.register(models.Benchmark)
class BenchmarkAdmin(NotedAdmin):
    """Industry values, entered by hand."""

    action = "benchmark"
    form = BenchmarkForm
    list_display = ("platform", "category", "metric_shown", "day", "number", "source")
    list_filter = ("platform", "category")
    ordering = ("platform", "category", "metric", "-day")

    @admin.display(description=_("metric"), ordering="metric")
    def metric_shown(self, row: models.Benchmark) -> str:
        return metric_name(row.metric, language())

    @admin.display(description=_("value"))
    def number(self, row: models.Benchmark) -> str:
        return exact_text(row.value, 6)

    def noted(self, row: models.Benchmark) -> Mapping[str, object]:
        return {"platform": row.platform, "category": row.category, "metric": row.metric, "day": str(row.day)}


@admin.register(models.PlatformViolation)
class PlatformViolationAdmin(NotedAdmin):
    """What platforms punished."""

    action = "platform_violation"
    form = PlatformViolationForm
    list_display = ("shop", "day", "kind_shown", "count", "points", "amount_shown", "note")
    list_filter = ("shop__company", "shop", "kind")
    list_select_related = ("shop",)
    date_hierarchy = "day"
    ordering = ("-day", "shop")

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, row: models.PlatformViolation) -> str:
        return dict(_kind_choices()).get(row.kind, row.kind)

    @admin.display(description=_("price of one item, or of the invoice"), ordering="amount")
    def amount_shown(self, row: models.PlatformViolation) -> str:
        return money_text(row.amount)

    def noted(self, row: models.PlatformViolation) -> Mapping[str, object]:
        return {"shop": row.shop.code, "day": str(row.day), "kind": row.kind}


# --- The report -----------------------------------------------------------------------------------------------------


class RiskForm(forms.Form):
    """Which shops, which days, which benchmarks. Both days are included."""

    shop = forms.ChoiceField(label=_("shop"))
    first_day = forms.DateField(label=_("first day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    last_day = forms.DateField(label=_("last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    category = forms.ChoiceField(label=_("category of the benchmarks"), required=False)

    def __init__(self, shops: list[models.Shop], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        companies = {shop.company_id: shop.company for shop in shops}
        everything = [
            (f"company-{pk}", _("All shops of %(company)s") % {"company": each}) for pk, each in companies.items()
        ]
        single = [(f"shop-{shop.pk}", shop.code) for shop in shops]
        self.fields["shop"].choices = [*everything, *single]  # type: ignore[attr-defined]
        categories = [(name, name) for name in benchmark_categories(shops)]
        self.fields["category"].choices = [("", _("the whole platform")), *categories]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        held: dict[str, Any] = super().clean() or {}
        first, last = held.get("first_day"), held.get("last_day")
        if first is not None and last is not None:
            if last < first:
                self.add_error("last_day", _("The last day lies before the first."))
            elif (last - first).days >= MOST_DAYS:
                self.add_error("last_day", _("At most %(days)s days at a time.") % {"days": MOST_DAYS})
        return held

    def span(self) -> Span:
        last: date = self.cleaned_data["last_day"]
        return Span(self.cleaned_data["first_day"], last + timedelta(days=1))

    def chosen(self, shops: list[models.Shop]) -> list[models.Shop]:
        """The shops asked for, all of one company."""
        what, _dash, pk = self.cleaned_data["shop"].partition("-")
        return [shop for shop in shops if int(pk) == (shop.pk if what == "shop" else shop.company_id)]


def _asked(request: HttpRequest) -> tuple[list[models.Shop], RiskForm | None]:
    """The shops that the reader may see, and what is asked of them: last month of the first company by default."""
    if not (request.user.has_perm("grading.view_risk_report") or request.user.has_perm("grading.view_any_risk_report")):
        raise PermissionDenied
    today = timezone.localdate()
    shops = shops_visible(cast("User", request.user), today)
    if not shops:
        return shops, None
    month = Month.of(today).plus(-1)
    asked = {
        "shop": f"company-{shops[0].company_id}",
        "first_day": month.first_day.isoformat(),
        "last_day": month.last_day.isoformat(),
        **{name: value for name, value in request.GET.items() if value},
    }
    return shops, RiskForm(shops, asked)


def _report(form: RiskForm, shops: list[models.Shop]) -> RiskReport:
    chosen = form.chosen(shops)
    return risk_report(chosen[0].company, chosen, form.span(), form.cleaned_data["category"])


def risk_page(request: HttpRequest) -> HttpResponse:
    """The report of the shops that the reader may see."""
    shops, form = _asked(request)
    report = None
    if form is not None and form.is_valid():
        try:
            report = _report(form, shops)
        except DomainError as error:
            say(request, error)
    files = []
    if report is not None and form is not None:
        query = urlencode({name: form[name].value() or "" for name in form.fields})
        files = [(f"{reverse('admin:risk_report_pdf', args=[lang])}?{query}", name) for lang, name in LANGUAGES.items()]
    return TemplateResponse(
        request,
        "admin/grading/risk_report/page.html",
        {
            **admin.site.each_context(request),
            "title": _("Shop risk report"),
            "form": form,
            "report": None if report is None else _in(report, language()),
            "files": files,
        },
    )


def risk_pdf(request: HttpRequest, lang: str) -> HttpResponse:
    """The report as a file. Whoever takes one leaves a line in the audit log."""
    shops, form = _asked(request)
    if lang not in LANGUAGES or form is None or not form.is_valid():
        raise Http404
    try:
        report = _report(form, shops)
        data = draw_risk_report(report, cast("Language", lang))
    except DomainError as error:
        say(request, error)
        return HttpResponseRedirect(reverse("admin:risk_report"))
    jobs.audit(
        actor=cast("User", request.user),
        action="risk_report.pdf",
        object_type="company",
        object_id=form.chosen(shops)[0].company.code,
        detail={"report": report.number, "shops": [shop.shop for shop in report.shops]},
    )
    response = HttpResponse(data, content_type="application/pdf")
    name = f"{report.number}-{lang}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def _in(value: Any, lang: str) -> Any:
    """A sheet in one language, as plain data for the template."""
    if isinstance(value, Bilingual):
        return value.parts("zh" if lang == "zh" else "en")[0]
    if isinstance(value, tuple):
        return [_in(each, lang) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {field.name: _in(getattr(value, field.name), lang) for field in dataclasses.fields(value)}
        return {**plain, "breached": value.breached} if hasattr(value, "breached") else plain
    return value
