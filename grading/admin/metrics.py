"""Platform exports and what they come to: which files are stored, every computed metric, and what was missing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from grading import models
from grading.admin.shown import EMPTY, ShownAdmin, language
from grading.wording import LIST_SEPARATOR, measure_words, metric_name


@admin.register(models.RawExport)
class RawExportAdmin(ShownAdmin):
    """One export of one month."""

    list_display = ("month", "table", "rows", "outside", "source", "loaded_at", "loaded_by")
    list_filter = ("month", "company", "table")
    list_select_related = ("loaded_by",)
    ordering = ("-month", "table")
    fields = ("company", "month", "table", "source", "sha256", "rows", "outside", "loaded_at", "loaded_by")


class MetricFilter(admin.SimpleListFilter):
    """The metrics by their names."""

    title = _("metric")
    parameter_name = "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        metrics = models.MetricTally.objects.order_by("metric").values_list("metric", flat=True).distinct()
        return sorted(((metric, metric_name(metric, language())) for metric in metrics), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.MetricTally]) -> QuerySet[models.MetricTally]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(models.MetricTally)
class MetricTallyAdmin(ShownAdmin):
    """One metric of one agent, team or shop, from one shop's exports of a month."""

    list_display = ("month", "by", "subject", "metric_shown", "value", "numerator", "denominator", "shop")
    list_filter = ("month", "by", "company", "shop", MetricFilter)
    list_select_related = ("shop",)
    search_fields = ("=subject", "metric")
    ordering = ("-month", "by", "subject", "metric")
    fields = ("company", "month", "shop", "by", "subject", "metric_shown", "metric", "value", "numerator",
              "denominator", "is_sum")  # fmt: skip

    @admin.display(description=_("metric"), ordering="metric")
    def metric_shown(self, row: models.MetricTally) -> str:
        return metric_name(row.metric, language())

    @admin.display(description=_("value"))
    def value(self, row: models.MetricTally) -> str:
        return measure_words(row.metric, row.numerator / row.denominator, language()) if row.denominator else EMPTY


@admin.register(models.MetricComputation)
class MetricComputationAdmin(ShownAdmin):
    """The computing of one month's metrics: how far it is, and which metrics lack a column."""

    list_display = ("month", "company", "finished", "settled")
    list_filter = ("month", "company")
    list_select_related = ("company", "job")
    ordering = ("-month",)
    fields = ("company", "month", "finished", "settled", "missing")

    @admin.display(description=_("finished at"))
    def finished(self, row: models.MetricComputation) -> str:
        return f"{row.job.finished_at:%Y-%m-%d %H:%M}" if row.job.finished_at else EMPTY

    @admin.display(description=_("shops settled"))
    def settled(self, row: models.MetricComputation) -> str:
        states = list(row.job.items.values_list("state", flat=True))
        return f"{sum(1 for state in states if state in ('done', 'parked'))} / {len(states)}"

    @admin.display(description=_("metrics not computed"))
    def missing(self, row: models.MetricComputation) -> str | SafeString:
        lacking: dict[tuple[str, str], list[str]] = {}
        for store, gaps in sorted(row.gaps.items()):
            for metric, reason in gaps.items():
                lacking.setdefault((reason, metric), []).append(store or str(_("no shop")))
        lines = [
            (metric_name(metric, language()), _reason_text(reason), str(_(LIST_SEPARATOR)).join(stores))
            for (reason, metric), stores in sorted(lacking.items())
        ]
        return format_html_join("", '<div>{} · {} · <span class="quiet">{}</span></div>', lines) or EMPTY


def _reason_text(reason: str) -> str:
    """Which column is missing, in words."""
    column = reason.removeprefix("missing: ")
    return reason if column == reason else str(_("%(column)s is missing") % {"column": column})
