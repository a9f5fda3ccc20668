"""Stored platform exports, and what they come to."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.jobs.models import Job
from grading.models.company import Company, Shop
from grading.tables import ExactField, MonthField


class RawExport(models.Model):
    """One platform export of one month: its checked rows as a Parquet file under the storage, named by content."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="raw_exports")
    month = MonthField(_("month"))
    table = models.CharField(_("table"), max_length=40)
    source = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("fingerprint of the file"), max_length=64)
    file = models.FileField(_("stored rows"), max_length=200)
    rows = models.PositiveBigIntegerField(_("rows"))
    outside = models.PositiveBigIntegerField(_("rows outside the month"), default=0)
    loaded_at = models.DateTimeField(_("loaded at"), auto_now=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("loaded by"), related_name="+"
    )

    class Meta:
        verbose_name = _("platform export")
        verbose_name_plural = _("platform exports")
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month", "table"], name="raw_export_once")]

    def __str__(self) -> str:
        return f"{self.month} {self.table}"


class MetricComputation(models.Model):
    """The computing of one month's metrics from its exports. ``gaps``: metric → why nobody has it, by store."""

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="+")
    month = MonthField(_("month"))
    job = models.OneToOneField(Job, models.PROTECT, verbose_name=_("job"), related_name="metric_computation")
    gaps = models.JSONField(_("metrics not computed"), default=dict)

    class Meta:
        verbose_name = _("metric computation")
        verbose_name_plural = _("metric computations")
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month"], name="metric_computation_once")]

    def __str__(self) -> str:
        return f"{self.company_id} {self.month}"


class MetricTally(models.Model):
    """What one store's exports of a month come to, for one metric and one agent, team or shop.

    An agent of several stores has a tally from each: the value is the sum of the numerators over the sum of the
    denominators, or with ``is_sum`` the sum of the numerators. Tallies of nothing at all are not kept.
    """

    class By(models.TextChoices):
        AGENT = "agent", _("agent")
        TEAM = "team", _("team")
        SHOP = "shop", _("shop")

    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"), related_name="+")
    month = MonthField(_("month"))
    shop = models.ForeignKey(Shop, models.PROTECT, verbose_name=_("shop"), null=True, blank=True, related_name="+")
    by = models.CharField(_("of"), max_length=5, choices=By)
    subject = models.CharField(_("subject"), max_length=80)
    metric = models.CharField(_("metric"), max_length=60)
    numerator = ExactField(_("numerator"))
    denominator = ExactField(_("denominator"))
    is_sum = models.BooleanField(_("is a sum"), default=False)

    class Meta:
        verbose_name = _("computed metric")
        verbose_name_plural = _("computed metrics")
        indexes: ClassVar = [
            models.Index(fields=["company", "month", "by", "subject"], name="tally_subject"),
            models.Index(fields=["company", "month", "shop"], name="tally_shop"),
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.subject} {self.metric}"
