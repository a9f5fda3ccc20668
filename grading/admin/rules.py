"""Scorecards and ladders as versions. They come from files; published ones never change."""

from __future__ import annotations

from django.contrib import admin

from grading import models
from grading.admin.shown import ShownAdmin


class VersionAdmin(ShownAdmin):
    """Versions of a rules document, newest first day first."""

    list_display = ("code", "name_zh", "name_en", "company", "effective_from", "revision", "status", "published_at")
    list_filter = ("status", "company", "code")
    list_select_related = ("company",)
    search_fields = ("code", "name_zh", "name_en")
    date_hierarchy = "effective_from"


admin.site.register(models.LadderVersion, VersionAdmin)
admin.site.register(models.ScorecardVersion, VersionAdmin)
