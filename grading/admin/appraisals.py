"""Appraisal cycles and appraisals: results of the calculation, looked at only."""

from __future__ import annotations

from django.contrib import admin

from grading import models
from grading.admin.shown import ShownAdmin


@admin.register(models.AppraisalCycle)
class AppraisalCycleAdmin(ShownAdmin):
    """The judging of one month of one company."""

    list_display = ("company", "month", "status")
    list_filter = ("status", "company", "month")
    list_select_related = ("company",)
    ordering = ("-month", "company")


@admin.register(models.Appraisal)
class AppraisalAdmin(ShownAdmin):
    """One agent judged in one cycle."""

    list_display = ("agent", "month", "total_score", "grade", "coefficient", "rank", "ranked_among", "published_at")
    list_filter = ("cycle__month", "grade", "cycle__company")
    list_select_related = ("agent", "cycle")
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-cycle__month", "agent__agent_no")

    @admin.display(description=models.AppraisalCycle._meta.get_field("month").verbose_name, ordering="cycle__month")
    def month(self, appraisal: models.Appraisal) -> str:
        return str(appraisal.cycle.month)
