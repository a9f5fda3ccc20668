"""What pay needs to know of a person: dated pay facts, and where the money goes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class PayFact(models.Model):
    """A dated pay fact; it holds from its first day until the next one of its kind."""

    class Kind(models.TextChoices):
        PLAN = "plan", _("pay plan")
        EMPLOYMENT = "employment", _("employment")
        CITY = "city", _("city of insurance")
        CONTRIBUTION_BASE = "contribution_base", _("contribution base")
        HOUSING_FUND_BASE = "housing_fund_base", _("housing fund base")
        HOUSING_FUND_RATE = "housing_fund_rate", _("housing fund rate")
        ADDITIONAL_DEDUCTIONS = "additional_deductions", _("additional deductions a month")
        TAX_RESIDENT = "tax_resident", _("tax resident")
        FIRST_JOB_OF_YEAR = "first_job_of_year", _("first job of the year")
        NEW_TO_WORK = "new_to_work", _("never worked before")
        SUPPLEMENTARY_FUND_RATE = "supplementary_fund_rate", _("supplementary housing fund rate")
        CUMULATES_LABOUR = "cumulates_labour", _("labour remuneration taxed over the year")
        WITHHOLD_FROM_60000 = "withhold_from_60000", _("60,000 deducted from January")

    class Source(models.TextChoices):
        AGENTS = "agents", _("agents file")
        CHANGES = "changes", _("changes file")

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="pay_facts")
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    value = models.CharField(_("value"), max_length=80)
    effective_from = models.DateField(_("effective from"))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.AGENTS)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("dated pay fact")
        verbose_name_plural = _("dated pay facts")
        ordering: ClassVar = ["agent", "kind", "effective_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "kind", "effective_from"], name="pay_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind}={self.value} {self.effective_from}"


class PayProfile(models.Model):
    """Identity and accounts, kept as text. Empty means unknown: the export row waits, nobody is parked."""

    agent = models.OneToOneField(
        "grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="pay_profile", primary_key=True
    )
    id_type = models.CharField(_("kind of identity document"), max_length=30, blank=True)
    id_no = models.CharField(_("identity number"), max_length=30, blank=True)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    alipay = models.CharField(_("Alipay account"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("identity and accounts")
        verbose_name_plural = _("identities and accounts")

    def __str__(self) -> str:
        return str(self.pk)
