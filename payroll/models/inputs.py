"""What a month of pay is computed from, besides grades: sales, units, adjustments, tax facts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.tables import ExactField, MoneyField, MonthField


class SalesEntry(models.Model):
    """One amount on one sales basis; a refund is negative. The month's net total is what commission is paid on."""

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="sales")
    month = MonthField(_("month"))
    basis = models.CharField(_("basis"), max_length=60)
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("sales entry")
        verbose_name_plural = _("sales entries")
        indexes: ClassVar = [models.Index(fields=["month", "agent"], name="sales_month")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month} {self.basis}"


class UnitEntry(models.Model):
    """A quantity of a counted unit: inquiries, calls, temp days."""

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="units")
    month = MonthField(_("month"))
    unit = models.CharField(_("unit"), max_length=60)
    quantity = ExactField(_("quantity"))

    class Meta:
        verbose_name = _("unit entry")
        verbose_name_plural = _("unit entries")
        indexes: ClassVar = [models.Index(fields=["month", "agent"], name="units_month")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month} {self.unit}"


class Adjustment(models.Model):
    """One exception with its reason. It is approved with the run that lists it in its review."""

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="adjustments")
    month = MonthField(_("month"))
    code = models.CharField(_("pay code"), max_length=60)
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=500)
    requested_by = models.CharField(_("requested by"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        indexes: ClassVar = [models.Index(fields=["month", "agent"], name="adjustment_month")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month} {self.code}"


class TaxDeduction(models.Model):
    """A declared additional deduction (专项附加扣除) by item, a month's amount from a day until a day."""

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="tax_deductions")
    kind = models.CharField(_("kind"), max_length=40)
    amount = MoneyField(_("amount a month"))
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("declared tax deduction")
        verbose_name_plural = _("declared tax deductions")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind}"


class OpeningBalance(models.Model):
    """The tax year so far, when going live in the middle of it."""

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="opening_balances")
    tax_year = models.PositiveSmallIntegerField(_("tax year"))
    months_employed = models.PositiveSmallIntegerField(_("months employed"))
    cumulative_income = MoneyField(_("cumulative income"))
    cumulative_contributions = MoneyField(_("cumulative contributions"))
    cumulative_additional_deductions = MoneyField(_("cumulative additional deductions"))
    tax_withheld = MoneyField(_("tax withheld"))

    class Meta:
        verbose_name = _("opening balance")
        verbose_name_plural = _("opening balances")
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent", "tax_year"], name="opening_balance_once")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.tax_year}"
