"""Pay runs, and the payslips they make."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.jobs.models import Job
from grading.kernel.money import ZERO
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
    FULL = (Kind.REGULAR, Kind.OFF_CYCLE)
    """The kinds that pay whole months; a correction pays the differences of posted ones."""

    company = models.ForeignKey("grading.Company", models.PROTECT, verbose_name=_("company"), related_name="pay_runs")
    month = MonthField(_("pay period"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.REGULAR)
    sequence = models.PositiveSmallIntegerField(_("sequence"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    goal = models.CharField(_("prepare until"), max_length=10, choices=Goal, default=Goal.CALCULATED)
    job = models.OneToOneField(Job, models.PROTECT, verbose_name=_("job"), related_name="pay_run")
    pay_date = models.DateField(_("pay date"), null=True, blank=True)
    agents = models.ManyToManyField(
        "grading.Agent", verbose_name=_("only for"), blank=True, related_name="+"
    )  # an off-cycle run names its people
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    calculated_from = models.DateTimeField(_("calculated from what was posted until"), null=True, blank=True)
    judged_from = models.JSONField(_("judged from"), default=dict, blank=True)
    """Table → checksum of what it said when the judging began."""
    paid_from = models.JSONField(_("paid from"), default=dict, blank=True)
    """The same of the other tables, when the calculation began."""
    law = models.JSONField(_("law"), default=dict, blank=True)  # code → fingerprint of every document then in force
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
    audit_head = models.CharField(
        _("head of the audit log"), max_length=64, blank=True
    )  # when the run was approved, and then when it was paid out

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
        kind = "" if self.kind == self.Kind.REGULAR else f"{self.get_kind_display()} "
        return f"{self.month} {kind}#{self.sequence}"

    @property
    def is_posted(self) -> bool:
        return self.status in self.POSTED


class Payslip(models.Model):
    """One person's result in one run, with everything it was computed from.

    ``facts`` is the snapshot of the inputs, ``rules`` the documents used; ``carried_forward`` and ``loss_balance``
    are what is left for later months to take back. ``taxable_income``, ``tax_contributions`` and ``tax_withheld``
    are what the payment adds to the person's ``tax_year``, which follows ``pay_date``.
    """

    run = models.ForeignKey(
        PayRun, models.PROTECT, verbose_name=_("pay run"), related_name="payslips", db_index=False
    )  # an index by run and agent is there
    agent = models.ForeignKey(
        "grading.Agent", models.PROTECT, verbose_name=_("agent"), related_name="payslips", db_index=False
    )  # an index by agent and tax year is there
    month = MonthField(_("pay period"))
    kind = models.CharField(_("kind"), max_length=10, choices=PayRun.Kind, default=PayRun.Kind.REGULAR)
    number = models.CharField(_("payslip number"), max_length=80)
    gross = MoneyField(_("gross pay"))
    deductions = MoneyField(_("deductions"))
    net = MoneyField(_("net pay"))
    employer_cost = MoneyField(_("employer cost"))
    carried_forward = MoneyField(_("carried forward"))
    loss_balance = MoneyField(_("losses still to be recovered"), default=ZERO)
    pay_date = models.DateField(_("pay date"), null=True, blank=True)
    tax_year = models.PositiveSmallIntegerField(_("tax year"), null=True, blank=True)
    taxable_income = MoneyField(_("taxable income"), default=ZERO)
    tax_contributions = MoneyField(_("contributions deducted for tax"), default=ZERO)
    tax_withheld = MoneyField(_("tax withheld"), default=ZERO)
    separate_bonus = models.BooleanField(_("annual bonus taxed separately"), default=False)
    guarantee_counted = MoneyField(_("pay counted for the guarantee"), null=True, blank=True)
    guarantee_amount = MoneyField(_("guaranteed amount"), null=True, blank=True)
    guarantee_topped_up = MoneyField(_("guarantee top-up"), null=True, blank=True)
    late_changes_seen = models.PositiveBigIntegerField(_("late changes up to"), default=0)
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
            models.UniqueConstraint(fields=["number"], name="payslip_number_once"),
            models.UniqueConstraint(fields=["run", "agent"], name="payslip_once_a_run"),
            models.UniqueConstraint(
                fields=["agent", "month"],
                condition=models.Q(kind__in=["regular", "off_cycle"]),
                name="payslip_one_full_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(net=models.F("gross") - models.F("deductions")), name="payslip_adds_up"
            ),
            models.CheckConstraint(condition=models.Q(net__gte=0), name="payslip_net_not_negative"),
            models.CheckConstraint(condition=models.Q(carried_forward__gte=0), name="payslip_carry_not_negative"),
            models.CheckConstraint(condition=models.Q(loss_balance__gte=0), name="payslip_loss_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agent", "tax_year"], name="payslip_tax_year"),
            models.Index(fields=["-month", "agent"], name="payslip_by_month"),
            models.Index(
                fields=["agent"],
                condition=models.Q(carried_forward__gt=0) | models.Q(loss_balance__gt=0),
                name="payslip_with_balance",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class LateChange(models.Model):
    """A posted month that something recorded later may have changed: it is computed again by the next run.

    Marked too often costs a calculation and changes nothing; the difference decides. ``settled_in`` is the posted run
    that looked at it.
    """

    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="late_changes")
    month = MonthField(_("month"))
    cause = models.CharField(_("cause"), max_length=80)
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    settled_in = models.ForeignKey(
        PayRun, models.PROTECT, verbose_name=_("settled in"), null=True, blank=True, related_name="settled_changes"
    )

    class Meta:
        verbose_name = _("late change")
        verbose_name_plural = _("late changes")
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["agent"], condition=models.Q(settled_in=None), name="late_change_open")
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.month}"


class RunFinding(models.Model):
    """Something about a run, or one person in it, that should be looked at before approval."""

    run = models.ForeignKey(
        PayRun, models.CASCADE, verbose_name=_("pay run"), related_name="findings", db_index=False
    )  # an index by run and code is there
    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="+")
    code = models.CharField(_("finding"), max_length=60)
    severity = models.CharField(_("severity"), max_length=10)
    owner = models.CharField(_("owner"), max_length=10)
    article = models.CharField(_("legal ground"), max_length=120, blank=True)
    values = models.JSONField(_("values"), default=dict)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering: ClassVar = ["code", "agent__agent_no"]
        indexes: ClassVar = [models.Index(fields=["run", "code", "agent"], name="finding_by_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.agent_id}"


class PayslipLine(models.Model):
    """One printed amount with the steps that explain it."""

    payslip = models.ForeignKey(
        Payslip, models.CASCADE, verbose_name=_("payslip"), related_name="lines", db_index=False
    )  # the unique constraint is an index by payslip
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


class RunReview(models.Model):
    """What a run is reviewed by, counted once when it was calculated: a large company's page must not wait for it.

    A copy of what payslips and causes say, for the run as it was at ``fingerprint``; never what anything is paid by.
    """

    run = models.OneToOneField(PayRun, models.CASCADE, verbose_name=_("pay run"), related_name="review")
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    figures = models.JSONField(_("figures"))
    causes = models.JSONField(_("causes of differences"), null=True, blank=True)

    class Meta:
        verbose_name = _("figures of a review")
        verbose_name_plural = _("figures of reviews")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.run)


class PayslipComparison(models.Model):
    """That a payslip was held against last month's, and how much of the difference nobody expects.

    ``surprise`` is what attendance and commission do not explain, without its sign.
    """

    run = models.ForeignKey(
        PayRun, models.CASCADE, verbose_name=_("pay run"), related_name="comparisons", db_index=False
    )  # an index by run and surprise is there
    payslip = models.OneToOneField(Payslip, models.CASCADE, verbose_name=_("payslip"), related_name="comparison")
    surprise = MoneyField(_("surprise"))

    class Meta:
        verbose_name = _("comparison with the month before")
        verbose_name_plural = _("comparisons with the month before")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["run", "-surprise", "payslip"], name="comparison_by_surprise")]

    def __str__(self) -> str:
        return str(self.payslip_id)


class PayslipVariance(models.Model):
    """One cause of the difference between a payslip's net pay and last month's. A payslip's causes add up to it."""

    payslip = models.ForeignKey(
        Payslip, models.CASCADE, verbose_name=_("payslip"), related_name="variance", db_index=False
    )  # the unique constraint is an index by payslip
    cause = models.CharField(_("cause"), max_length=20)
    amount = MoneyField(_("amount"))

    class Meta:
        verbose_name = _("cause of a difference")
        verbose_name_plural = _("causes of differences")
        ordering: ClassVar = ["payslip", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["payslip", "cause"], name="variance_cause_once")]

    def __str__(self) -> str:
        return f"{self.payslip_id} {self.cause}"


class ReplacedLine(models.Model):
    """A line of a draft that a later calculation of the run replaced, under the fingerprint that the run had with it.

    It tells an approver what changed since they looked, and goes when the run is approved. Somebody who had no draft
    yet has one row without a code.
    """

    run = models.ForeignKey(PayRun, models.CASCADE, verbose_name=_("pay run"), related_name="replaced_lines")
    agent = models.ForeignKey("grading.Agent", models.CASCADE, verbose_name=_("agent"), related_name="+")
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    code = models.CharField(_("pay code"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=10, blank=True)
    amount = MoneyField(_("amount"), default=ZERO)
    period = MonthField(_("period"))

    class Meta:
        verbose_name = _("replaced line")
        verbose_name_plural = _("replaced lines")
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["run", "fingerprint"], name="replaced_line_of_review")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.agent_id} {self.code}"
