"""What a month of pay is made of, as loaded from files. To correct a row, correct the file and load it again."""

from __future__ import annotations

from django.contrib import admin

from grading.admin.shown import ShownAdmin, language
from payroll import models
from payroll.wording import line_name


@admin.register(models.SalesEntry)
class SalesEntryAdmin(ShownAdmin):
    """One amount on one sales basis."""

    list_display = ("agent", "month", "basis", "amount")
    list_filter = ("month", "basis", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-month", "agent__agent_no", "pk")


@admin.register(models.UnitEntry)
class UnitEntryAdmin(ShownAdmin):
    """A quantity of a counted unit."""

    list_display = ("agent", "month", "unit", "quantity")
    list_filter = ("month", "unit", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-month", "agent__agent_no", "pk")


@admin.register(models.Adjustment)
class AdjustmentAdmin(ShownAdmin):
    """One exception with its reason; approved with the run."""

    list_display = ("agent", "month", "name", "amount", "reason", "requested_by")
    list_filter = ("month", "code", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name", "reason", "requested_by")
    ordering = ("-month", "agent__agent_no", "pk")

    @admin.display(description=models.Adjustment._meta.get_field("code").verbose_name, ordering="code")
    def name(self, adjustment: models.Adjustment) -> str:
        return line_name(adjustment.code, language())


@admin.register(models.TaxDeduction)
class TaxDeductionAdmin(ShownAdmin):
    """A declared additional deduction."""

    list_display = ("agent", "kind", "amount", "first_day", "last_day")
    list_filter = ("kind", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("agent__agent_no", "kind", "first_day")


@admin.register(models.OpeningBalance)
class OpeningBalanceAdmin(ShownAdmin):
    """The tax year so far, when going live in the middle of it."""

    list_display = (
        "agent",
        "tax_year",
        "months_employed",
        "cumulative_income",
        "cumulative_contributions",
        "cumulative_additional_deductions",
        "tax_withheld",
    )
    list_filter = ("tax_year", "agent__company")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_no", "agent__name")
    ordering = ("-tax_year", "agent__agent_no")
