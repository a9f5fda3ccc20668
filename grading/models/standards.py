"""What a shop is held to beyond the shipped rules, and what its platform punished."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.models.company import Shop
from grading.tables import ExactField, MoneyField


class ShopStandard(models.Model):
    """A shop's own operator and number for one condition of a platform standard, from a day on.

    ``edge`` is ``target`` or the consequence of a threshold, ``of`` the value or the count that is compared.
    """

    class Of(models.TextChoices):
        VALUE = "value", _("value")
        COUNT = "count", _("count")

    class Operator(models.TextChoices):
        AT_LEAST = ">=", "≥"
        ABOVE = ">", ">"
        AT_MOST = "<=", "≤"
        BELOW = "<", "<"
        EQUAL = "=", "="

    shop = models.ForeignKey(Shop, models.PROTECT, verbose_name=_("shop"), related_name="standards")
    metric = models.CharField(_("metric"), max_length=60)
    edge = models.CharField(_("target or consequence"), max_length=40)
    of = models.CharField(_("compared"), max_length=5, choices=Of, default=Of.VALUE)
    operator = models.CharField(_("operator"), max_length=2, choices=Operator)
    value = ExactField(_("number"))
    effective_from = models.DateField(_("effective from"))
    reason = models.CharField(_("reason"), max_length=300)
    source = models.CharField(_("source"), max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("shop standard")
        verbose_name_plural = _("shop standards")
        permissions: ClassVar = [
            ("view_risk_report", _("Can see the risk report of shops that managed teams serve")),
            ("view_any_risk_report", _("Can see the risk report of every shop")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "metric", "edge", "of", "effective_from"], name="shop_standard_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.metric} {self.edge} {self.operator} {self.effective_from}"


class Benchmark(models.Model):
    """An industry's value of a metric on a platform, from a day until the next one (seed A-25).

    ``category`` empty: the whole platform.
    """

    platform = models.CharField(_("platform"), max_length=20)
    category = models.CharField(_("category"), max_length=80, blank=True)
    metric = models.CharField(_("metric"), max_length=60)
    day = models.DateField(_("day"))
    value = ExactField(_("value"))
    source = models.CharField(_("source"), max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("industry benchmark")
        verbose_name_plural = _("industry benchmarks")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "category", "metric", "day"], name="benchmark_once")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.category} {self.metric} {self.day}"


class PlatformViolation(models.Model):
    """An act that a platform punished or may punish.

    ``count`` is orders or items. ``points`` empty: the platform's own table says. ``amount`` is the price of one item,
    or of the invoice, from which the penalty is worked out; not the penalty itself.
    """

    shop = models.ForeignKey(Shop, models.PROTECT, verbose_name=_("shop"), related_name="violations")
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=40)
    count = models.PositiveIntegerField(_("orders or items"), default=1)
    points = models.PositiveIntegerField(_("points"), null=True, blank=True)
    amount = MoneyField(_("price of one item, or of the invoice"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("platform violation")
        verbose_name_plural = _("platform violations")
        indexes: ClassVar = [models.Index(fields=["shop", "day"], name="violation_shop_day")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(count__gte=1), name="violation_count"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gte=0), name="violation_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.day} {self.kind}"
