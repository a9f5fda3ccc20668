"""What was handed to bank and Alipay: the files as they were made, and each payment in them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grading.tables import MoneyField
from payroll.models.runs import PayRun, Payslip


class ExportSettings(models.Model):
    """How a company wants its export files, from ``exports:`` of its company.yaml.

    ``NAMES_PAYER`` are the bank files that name the paying account.
    """

    class Bank(models.TextChoices):
        GENERIC = "generic", _("generic")
        CMB = "cmb", _("China Merchants Bank")
        CMB_WEB = "cmb_web", _("China Merchants Bank, web template")
        ICBC = "icbc", _("ICBC, batch payment")
        MYBANK = "mybank", _("MYbank")

    class Encoding(models.TextChoices):
        UTF8_BOM = "utf-8-sig", _("UTF-8 with a byte order mark")
        GB18030 = "gb18030", "GB18030"
        GBK = "gbk", "GBK"

    class TaxLayout(models.TextChoices):
        COLUMNS_29 = "29", _("29 columns, current")
        COLUMNS_24 = "24", _("24 columns, 2023")

    NAMES_PAYER = (Bank.ICBC,)

    company = models.OneToOneField(
        "grading.Company", models.CASCADE, verbose_name=_("company"), related_name="export_settings", primary_key=True
    )
    bank = models.CharField(_("bank file"), max_length=20, choices=Bank, default=Bank.GENERIC)
    encoding = models.CharField(_("encoding"), max_length=12, choices=Encoding, default=Encoding.UTF8_BOM)
    tax_layout = models.CharField(_("wage template"), max_length=4, choices=TaxLayout, default=TaxLayout.COLUMNS_29)
    payer_account = models.CharField(_("paying account"), max_length=40, blank=True)
    payer_name = models.CharField(_("name of the paying account"), max_length=80, blank=True)
    payer_bank = models.CharField(_("bank of the paying account"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("export settings")
        verbose_name_plural = _("export settings")

    def __str__(self) -> str:
        return str(self.pk)


class PaymentFile(models.Model):
    """A payment file as it was made, byte for byte. ``sequence`` counts the times that a run was sent to pay:
    the files of one time share it.
    """

    run = models.ForeignKey(PayRun, models.PROTECT, verbose_name=_("pay run"), related_name="payment_files")
    sequence = models.PositiveSmallIntegerField(_("sequence"))
    file = models.CharField(_("file"), max_length=60)
    layout = models.CharField(_("layout"), max_length=20)
    encoding = models.CharField(_("encoding"), max_length=12)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    rows = models.PositiveIntegerField(_("rows"))
    amount = MoneyField(_("amount"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("made by"), related_name="+"
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        ordering: ClassVar = ["run", "sequence", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "sequence", "file"], name="payment_file_once"),
            models.CheckConstraint(condition=models.Q(rows__gt=0), name="payment_file_pays_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.sequence} {self.file}"


class Payment(models.Model):
    """One payslip's net pay in one payment file, with the account it went to. A payslip has one payment that was
    not returned at most, so nobody is paid twice.
    """

    class Status(models.TextChoices):
        SENT = "sent", _("sent")
        RETURNED = "returned", _("returned")

    file = models.ForeignKey(PaymentFile, models.PROTECT, verbose_name=_("payment file"), related_name="payments")
    payslip = models.ForeignKey(Payslip, models.PROTECT, verbose_name=_("payslip"), related_name="payments")
    position = models.PositiveIntegerField(_("position"))
    name = models.CharField(_("name of the account"), max_length=50)
    account = models.CharField(_("account"), max_length=80)
    bank_name = models.CharField(_("bank"), max_length=80, blank=True)
    amount = MoneyField(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SENT)
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("recorded by"),
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering: ClassVar = ["file", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payslip"], condition=~models.Q(status="returned"), name="payment_one_not_returned"
            ),
            models.UniqueConstraint(fields=["file", "position"], name="payment_row_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=models.Q(status="returned", returned_at__isnull=False, returned_by__isnull=False)
                & ~models.Q(reason="")
                | models.Q(status="sent", returned_at__isnull=True, returned_by__isnull=True, reason=""),
                name="payment_returned_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payslip_id} {self.file_id}"
