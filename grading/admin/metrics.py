"""Platform exports and what they come to: which files are stored, every computed metric, and what was missing."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from grading import models
from grading.admin.shown import EMPTY, ShownAdmin, language
from grading.wording import measure_words, metric_name


@admin.register(models.RawExport)
class RawExportAdmin(ShownAdmin):
    """One export of one month."""

    list_display = ("month", "table", "rows", "outside", "source", "loaded_at", "loaded_by")
    list_filter = ("month", "company", "table")
    list_select_related = ("loaded_by",)
    ordering = ("-month", "table")
    fields = ("company", "month", "table", "source", "sha256", "rows", "outside", "loaded_at", "loaded_by")


@admin.register(models.MetricTally)
class MetricTallyAdmin(ShownAdmin):
    """One metric of one agent, team or shop, from one shop's exports of a month."""

    list_display = ("month", "by", "subject", "metric_shown", "value", "numerator", "denominator", "shop")
    list_filter = ("month", "by", "company", "shop", "metric")
    list_select_related = ("shop",)
    search_fields = ("=subject", "metric")
    ordering = ("-month", "by", "subject", "metric")

    @admin.display(description=_("metric"), ordering="metric")
    def metric_shown(self, row: models.MetricTally) -> str:
        return f"{metric_name(row.metric, language())} ({row.metric})"

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
        lines = [
            (store or _("no shop"), metric_name(metric, language()), reason)
            for store, gaps in sorted(row.gaps.items())
            for metric, reason in sorted(gaps.items())
        ]
        return format_html_join("", "<div>{} · {} · {}</div>", lines) or EMPTY
