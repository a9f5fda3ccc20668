"""What an outsourcer bills its client shops: contracts, who serves which shop, what is counted, and statements."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.tables import ExactField, MoneyField, MonthField, VersionedDocument
from payroll.errors import StatementIsFrozen


class BillingContract(VersionedDocument):
    """A version of a client's contract for one shop. Its names are the client's."""

    class Meta(VersionedDocument.Meta):
        verbose_name = _("billing contract")
        verbose_name_plural = _("billing contracts")


class ShopAssignment(models.Model):
    """A person serves a shop, from a day until a day. Several shops at once are possible.

    ``is_billed`` says whether contracts that charge by agent charge for these days; they cost the shop in any case.
    """

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="shop_assignments")
    shop = models.CharField(_("shop"), max_length=60)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"), null=True, blank=True)
    is_billed = models.BooleanField(_("billed"), default=True)

    class Meta:
        verbose_name = _("shop assignment")
        verbose_name_plural = _("shop assignments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "shop", "first_day"], name="shop_assignment_once"),
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("first_day")),
                name="shop_assignment_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.shop}"


class BillingMeasure(models.Model):
    """One count for a shop's month: sales in yuan (a refund is negative), inquiries, days of temporary agents."""

    company = models.ForeignKey("grading.Company", models.PROTECT, verbose_name=_("company"), related_name="+")
    month = MonthField(_("month"))
    shop = models.CharField(_("shop"), max_length=60)
    measure = models.CharField(_("measure"), max_length=20)
    value = ExactField(_("value"))

    class Meta:
        verbose_name = _("billing measure")
        verbose_name_plural = _("billing measures")
        indexes: ClassVar = [models.Index(fields=["company", "month"], name="billing_measure_month")]

    def __str__(self) -> str:
        return f"{self.shop} {self.month} {self.measure}"


class BillingStatement(models.Model):
    """A contract's bill of a month as it was issued. It never changes; a wrong one is cancelled and issued anew."""

    CANCELLATION = ("cancelled_by", "cancelled_at", "reason")

    company = models.ForeignKey("grading.Company", models.PROTECT, verbose_name=_("company"), related_name="+")
    month = MonthField(_("month"))
    contract = models.CharField(_("contract"), max_length=60)
    shop = models.CharField(_("shop"), max_length=60)
    sequence = models.PositiveSmallIntegerField(_("sequence"), default=1)
    number = models.CharField(_("statement number"), max_length=120, unique=True)
    client_zh = models.CharField(_("client (Chinese)"), max_length=80)
    client_en = models.CharField(_("client (English)"), max_length=80)
    total = MoneyField(_("total"))
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("issued by"), related_name="+"
    )
    issued_at = models.DateTimeField(_("issued at"), auto_now_add=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("cancelled by"),
        null=True,
        blank=True,
        related_name="+",
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    reason = models.CharField(_("reason of the cancellation"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("billing statement")
        verbose_name_plural = _("billing statements")
        ordering: ClassVar = ["-month", "shop", "contract", "-sequence"]
        permissions: ClassVar = [("issue_statement", _("Can issue and cancel billing statements"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "month", "contract"],
                condition=models.Q(cancelled_at__isnull=True),
                name="billing_statement_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["company", "month", "contract", "sequence"], name="billing_statement_sequence"
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True, reason="")
                | (models.Q(cancelled_at__isnull=False, cancelled_by__isnull=False) & ~models.Q(reason="")),
                name="billing_statement_cancelled_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Issues a statement, or records its cancellation. Raises StatementIsFrozen for any other change."""
        changed = kwargs.get("update_fields")
        if self.pk and (changed is None or not set(changed) <= set(self.CANCELLATION)):
            raise StatementIsFrozen(number=self.number)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Never. Raises StatementIsFrozen."""
        raise StatementIsFrozen(number=self.number)


class BillingStatementLine(models.Model):
    """One billed amount with the steps that explain it. The agent's number and name are those of the day of issue."""

    statement = models.ForeignKey(
        BillingStatement, models.PROTECT, verbose_name=_("billing statement"), related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.CharField(_("billing item"), max_length=40)
    agent_no = models.CharField(_("agent number"), max_length=40, blank=True)
    agent_name = models.CharField(_("name"), max_length=50, blank=True)
    amount = MoneyField(_("amount"))
    steps = models.JSONField(_("steps"))

    class Meta:
        verbose_name = _("billing statement line")
        verbose_name_plural = _("billing statement lines")
        ordering: ClassVar = ["statement", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "position"], name="billing_statement_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.statement_id} {self.code} {self.agent_no}".strip()
