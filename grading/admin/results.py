"""What a month brought, as loaded from files. To correct a row, correct the file and load it again."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from grading import models
from grading.admin.quality import finding_name
from grading.admin.shown import EMPTY, ShownAdmin, language
from grading.wording import metric_name


class MetricNamed(ShownAdmin):
    """Shows a metric by its name beside its id."""

    @admin.display(description=models.KpiResult._meta.get_field("metric").verbose_name, ordering="metric")
    def metric_shown(self, row: models.KpiResult | models.TeamMetric) -> str:
        name = metric_name(row.metric, language())
        return name if name == row.metric else f"{name} ({row.metric})"


@admin.register(models.KpiResult)
class KpiResultAdmin(MetricNamed):
    """One agent's measure of one metric in one month."""

    list_display = ("agent", "month", "metric_shown", "value")
    list_filter = ("month", "agent__company", "metric")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name", "metric")
    ordering = ("-month", "agent__agent_no", "metric")


@admin.register(models.TeamMetric)
class TeamMetricAdmin(MetricNamed):
    """One team's measure of one metric in one month."""

    list_display = ("team", "month", "metric_shown", "value")
    list_filter = ("month", "team", "metric")
    list_select_related = ("team",)
    search_fields = ("team__name", "team__code", "metric")
    ordering = ("-month", "team__code", "metric")


@admin.register(models.MonthlyAttendance)
class MonthlyAttendanceAdmin(ShownAdmin):
    """One agent's attendance totals of one month."""

    list_display = (
        "agent",
        "month",
        "due_days",
        "present_days",
        "paid_leave_days",
        "unpaid_leave_days",
        "sick_days",
        "absent_days",
        "late_count",
        "early_leave_count",
    )
    list_filter = ("month", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-month", "agent__agent_no")


@admin.register(models.AttendanceDay)
class AttendanceDayAdmin(ShownAdmin):
    """One agent's day."""

    list_display = ("agent", "day", "status", "hours")
    list_filter = ("status", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    date_hierarchy = "day"
    ordering = ("-day", "agent__agent_no")


@admin.register(models.QaFinding)
class QaFindingAdmin(ShownAdmin):
    """One error that a QA evaluator found in one contact."""

    list_display = ("agent", "month", "checked_on", "code_shown", "session", "source_shown", "reviewer", "is_void")
    list_filter = ("month", "code", "is_void", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name", "session")
    date_hierarchy = "checked_on"
    ordering = ("-checked_on", "agent__agent_no")
    fields = (
        "agent",
        "month",
        "checked_on",
        "session",
        "code_shown",
        "source_shown",
        "reviewer",
        "evaluation",
        "is_void",
    )

    @admin.display(description=_("code"), ordering="code")
    def code_shown(self, row: models.QaFinding) -> str:
        return finding_name(row.code)

    @admin.display(description=_("source"), ordering="source")
    def source_shown(self, row: models.QaFinding) -> str:
        """As people read it; what a file wrote of its own stays as it is."""
        return str(dict(models.QaSample.Source.choices).get(row.source, row.source)) or EMPTY
