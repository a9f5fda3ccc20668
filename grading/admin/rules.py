"""Scorecards and ladders as versions. They come from files; published ones never change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from grading import models
from grading.admin.shown import EMPTY, ShownAdmin, language
from grading.domain.scorecard_document import scorecard_from
from grading.kernel.document import BrokenDocument
from grading.services.plausibility import doubtful_targets


class VersionAdmin(ShownAdmin):
    """Versions of a rules document, newest first day first."""

    list_display = ("code", "name_zh", "name_en", "company", "effective_from", "revision", "status", "published_at")
    list_filter = ("status", "company", "code")
    list_select_related = ("company",)
    search_fields = ("code", "name_zh", "name_en")
    date_hierarchy = "effective_from"


admin.site.register(models.LadderVersion, VersionAdmin)


@admin.register(models.ScorecardVersion)
class ScorecardVersionAdmin(VersionAdmin):
    """Scorecards, with what history says of their targets."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["doubtful_targets", *super().get_fields(request, obj)]

    @admin.display(description=_("Doubtful targets"))
    def doubtful_targets(self, version: models.ScorecardVersion) -> str | SafeString:
        """A warning with its numbers for each target that nobody, hardly anybody or everybody reached."""
        try:
            scorecard = scorecard_from(version.body).scorecard
        except BrokenDocument:
            return EMPTY
        found = doubtful_targets(version.company_id, scorecard)
        if not found:
            return str(_("none"))
        sentences = ((each.sentence().parts(language())[0],) for each in found)  # type: ignore[arg-type]
        return format_html('<ul class="note">{}</ul>', format_html_join("", "<li>{}</li>", sentences))
