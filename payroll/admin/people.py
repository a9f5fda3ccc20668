"""What pay needs to know of a person. Numbers of accounts and identity documents are shown only in part."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from grading.admin.shown import ShownAdmin
from payroll import models


@admin.register(models.PayFact)
class PayFactAdmin(ShownAdmin):
    """Dated pay facts: plan, employment, insurance and tax facts."""

    list_display = ("agent", "kind", "value", "effective_from", "source", "recorded_at")
    list_filter = ("kind", "source", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    date_hierarchy = "effective_from"
    ordering = ("agent__agent_no", "kind", "-effective_from")


class AccountFilter(admin.SimpleListFilter):
    """Whose pay can be sent, and whose cannot."""

    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:  # type: ignore[override]
        return [("none", _("neither bank nor Alipay")), ("no_id", _("no identity number"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[models.PayProfile]) -> QuerySet[models.PayProfile]:
        if self.value() == "none":
            return queryset.filter(bank_account="", alipay="")
        if self.value() == "no_id":
            return queryset.filter(id_no="")
        return queryset


@admin.register(models.PayProfile)
class PayProfileAdmin(ShownAdmin):
    """Identity and accounts. Not searched by number: a search that finds is a number that leaks."""

    masked_fields = ("id_no", "bank_account", "alipay")
    list_display = ("agent", "id_no", "bank_name", "bank_account", "alipay")
    list_filter = (AccountFilter, "bank_name", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("agent__agent_no",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters on the page: ``?bank_account__startswith=`` would answer digit by digit."""
        field = lookup.partition("__")[0]
        return field not in self.masked_fields and super().lookup_allowed(lookup, value, request)
