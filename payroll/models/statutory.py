"""The law as a company holds it: its own rows over those that ship, its calendars, and the documents pay relied on."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.kernel.money import FEN_HALF_UP
from grading.tables import ExactField, MoneyField


class StatutoryRow(models.Model):
    """One row of a city's rules that a company holds instead of, or besides, those that ship with the product.

    Which columns mean something depends on the parameter; the others are empty. Rates are fractions. Of two rows of
    one city, parameter and first day the one recorded later holds.
    """

    class Parameter(models.TextChoices):
        PENSION = "pension", _("pension insurance")
        MEDICAL = "medical", _("medical insurance")
        UNEMPLOYMENT = "unemployment", _("unemployment insurance")
        WORK_INJURY = "work_injury", _("work injury insurance")
        MATERNITY = "maternity", _("maternity insurance")
        HOUSING_FUND = "housing_fund", _("housing fund")
        MINIMUM_WAGE = "minimum_wage", _("minimum wage")
        RENT_LIMIT = "rent_limit", _("limit of declared rent")

    class Round(models.TextChoices):
        FEN_HALF_UP = "fen_half_up", _("to the fen, half up")
        YUAN_HALF_UP = "yuan_half_up", _("to the yuan, half up")
        YUAN_FLOOR = "yuan_floor", _("down to the yuan")

    company = models.ForeignKey("grading.Company", models.CASCADE, verbose_name=_("company"), related_name="+")
    city = models.CharField(_("city"), max_length=40)
    parameter = models.CharField(_("rule"), max_length=20, choices=Parameter)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    employee = ExactField(_("employee's share"), null=True, blank=True)
    employer = ExactField(_("employer's share"), null=True, blank=True)
    employee_fixed = MoneyField(_("employee's fixed amount"), null=True, blank=True)
    employer_fixed = MoneyField(_("employer's fixed amount"), null=True, blank=True)
    floor = MoneyField(_("floor of the base"), null=True, blank=True)
    ceiling = MoneyField(_("ceiling of the base"), null=True, blank=True)
    least_rate = ExactField(_("least rate"), null=True, blank=True)
    most_rate = ExactField(_("most rate"), null=True, blank=True)
    most_supplementary_rate = ExactField(_("most supplementary rate"), null=True, blank=True)
    rounding = models.CharField(_("rounding"), max_length=20, choices=Round, default=FEN_HALF_UP.name)
    monthly = MoneyField(_("amount a month"), null=True, blank=True)
    hourly = MoneyField(_("amount an hour"), null=True, blank=True)
    is_net = models.BooleanField(_("compared after own contributions"), default=False)
    source = models.CharField(_("source"), max_length=300)
    checked_on = models.DateField(_("checked on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("own statutory row")
        verbose_name_plural = _("own statutory rows")
        ordering: ClassVar = ["city", "parameter", "-first_day", "-pk"]
        indexes: ClassVar = [models.Index(fields=["company", "city"], name="statutory_city")]

    def __str__(self) -> str:
        return f"{self.city} {self.parameter} {self.first_day}"


class WorkCalendarYear(models.Model):
    """A company's own calendar of one year: the body is the whole year's document, as the shipped ones are."""

    company = models.ForeignKey("grading.Company", models.CASCADE, verbose_name=_("company"), related_name="+")
    year = models.PositiveSmallIntegerField(_("year"))
    body = models.JSONField(_("document"))
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "year"], name="calendar_year_once")]

    def __str__(self) -> str:
        return str(self.year)


class LawDocument(models.Model):
    """A document of the law exactly as payslips were computed with it; it never changes."""

    fingerprint = models.CharField(_("fingerprint"), max_length=64, primary_key=True)
    code = models.CharField(_("code"), max_length=80)
    body = models.JSONField(_("document"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("document of the law")
        verbose_name_plural = _("documents of the law")
        indexes: ClassVar = [models.Index(fields=["code"], name="law_document_code")]

    def __str__(self) -> str:
        return self.code
