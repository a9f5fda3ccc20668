"""Pay runs, and the payslips they make."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.jobs.models import Job
from grading.tables import MoneyField, MonthField


class PayRun(models.Model):
    """One calculation for many people. ``sequence`` counts the runs of a month: people parked in one run, once
    mended, are paid by the next, so that an approved run never changes.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        GRADED = "graded", _("graded")
        CALCULATED = "calculated", _("calculated")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        PAID = "paid", _("paid")

    class Kind(models.TextChoices):
        REGULAR = "regular", _("regular")
        OFF_CYCLE = "off_cycle", _("off-cycle")
        CORRECTION = "correction", _("correction")

    class Goal(models.TextChoices):
        GRADED = "graded", _("graded")
        CALCULATED = "calculated", _("calculated")

    POSTED = (Status.APPROVED, Status.PAID)

    company = models.ForeignKey("grading.Company", models.PROTECT, verbose_name=_("company"), related_name="pay_runs")
    month = MonthField(_("pay period"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.REGULAR)
    sequence = models.PositiveSmallIntegerField(_("sequence"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    goal = models.CharField(_("prepare until"), max_length=10, choices=Goal, default=Goal.CALCULATED)
    job = models.OneToOneField(Job, models.PROTECT, verbose_name=_("job"), related_name="pay_run")
    pay_date = models.DateField(_("pay date"), null=True, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("prepared by"), related_name="+"
    )
    prepared_at = models.DateTimeField(_("prepared at"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    class Meta:
        verbose_name = _("pay run")
        verbose_name_plural = _("pay runs")
        ordering: ClassVar = ["-month", "-sequence"]
        permissions: ClassVar = [
            ("prepare_run", _("Can import files and prepare pay runs")),
            ("approve_run", _("Can approve pay runs")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month", "kind", "sequence"], name="pay_run_once"),
            models.UniqueConstraint(
                fields=["company", "month", "kind"],
                condition=~models.Q(status__in=["approved", "paid"]),
                name="pay_run_one_unposted",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("prepared_by")),
                name="pay_run_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["approved", "paid"])
                | models.Q(approved_by__isnull=False, approved_at__isnull=False),
                name="pay_run_approved_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month} #{self.sequence}"

    @property
    def is_posted(self) -> bool:
        return self.status in self.POSTED


class Payslip(models.Model):
    """One person's result in one run, with everything it was computed from.

    ``facts`` is the snapshot of the inputs, ``rules`` the plan versions used; ``carried_forward`` is what is left
    for later months to take back.
    """

    run = models.ForeignKey(PayRun, models.PROTECT, verbose_name=_("pay run"), related_name="payslips")
    agent = models.ForeignKey("grading.Agent", models.PROTECT, verbose_name=_("agent"), related_name="payslips")
    month = MonthField(_("pay period"))
    kind = models.CharField(_("kind"), max_length=10, choices=PayRun.Kind, default=PayRun.Kind.REGULAR)
    number = models.CharField(_("payslip number"), max_length=80, unique=True)
    gross = MoneyField(_("gross pay"))
    deductions = MoneyField(_("deductions"))
    net = MoneyField(_("net pay"))
    employer_cost = MoneyField(_("employer cost"))
    carried_forward = MoneyField(_("carried forward"))
    facts = models.JSONField(_("facts"))
    rules = models.JSONField(_("rules"))
    input_hash = models.CharField(_("input fingerprint"), max_length=64)
    rules_fingerprint = models.CharField(_("rules fingerprint"), max_length=64)
    output_hash = models.CharField(_("result fingerprint"), max_length=64)

    class Meta:
        verbose_name = _("payslip")
        verbose_name_plural = _("payslips")
        ordering: ClassVar = ["-month", "agent__agent_no"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "month"], condition=models.Q(kind="regular"), name="payslip_one_regular_a_month"
            ),
            models.CheckConstraint(
                condition=models.Q(net=models.F("gross") - models.F("deductions")), name="payslip_adds_up"
            ),
            models.CheckConstraint(condition=models.Q(net__gte=0), name="payslip_net_not_negative"),
            models.CheckConstraint(condition=models.Q(carried_forward__gte=0), name="payslip_carry_not_negative"),
        ]

    def __str__(self) -> str:
        return self.number


class PayslipLine(models.Model):
    """One printed amount with the steps that explain it."""

    payslip = models.ForeignKey(Payslip, models.CASCADE, verbose_name=_("payslip"), related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    code = models.CharField(_("pay code"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10)
    amount = MoneyField(_("amount"))
    period = MonthField(_("period"))
    steps = models.JSONField(_("steps"))

    class Meta:
        verbose_name = _("payslip line")
        verbose_name_plural = _("payslip lines")
        ordering: ClassVar = ["payslip", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payslip", "position"], name="payslip_line_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["earning", "deduction", "employer"]), name="payslip_line_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payslip_id} {self.code}"
