"""Durable work and the audit log in the back office: looked at, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from grading.jobs import models


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Shows rows to whoever may view them, and does nothing else.

    Not a permission: even a superuser cannot add, change or delete here, because services are the only way in and
    what was posted is for ever.
    """

    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django names them
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(models.Job)
class JobAdmin(ReadOnlyAdmin):
    """One piece of work for many subjects."""

    list_display = ("task", "key", "requested_by", "created_at", "finished_at")
    list_filter = ("task",)
    list_select_related = ("requested_by",)
    search_fields = ("key",)
    date_hierarchy = "created_at"
    ordering = ("-pk",)


@admin.register(models.RunItem)
class RunItemAdmin(ReadOnlyAdmin):
    """One subject of a job and how far it is."""

    list_display = ("job", "subject_id", "state", "attempt", "error_code", "error_message", "updated_at")
    list_filter = ("state", "error_code")
    list_select_related = ("job",)
    search_fields = ("=subject_id", "error_code")
    ordering = ("-job", "subject_id")


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to what. Holds ids and codes, no amounts."""

    list_display = ("at", "actor", "action", "object_type", "object_id", "detail")
    list_filter = ("action", "object_type")
    list_select_related = ("actor",)
    search_fields = ("=object_id", "action", "actor__username")
    date_hierarchy = "at"
