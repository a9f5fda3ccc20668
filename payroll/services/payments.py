"""Paying runs out: the files that are handed to bank and Alipay, what comes back, and paying that again.

A file is made once and kept. Nobody stands in a second file unless the payment before was returned: asked under the
lock of the run, and held by the database. What a file looks like is decided in ``exports``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from grading.jobs import services as jobs
from grading.jobs.bulk import columns_of, copy_in
from payroll import models
from payroll.errors import MayNot, PaymentNotSent, ReturnedWithoutReason, RunNotReady
from payroll.exports.options import ExportOptions
from payroll.exports.payments import PaymentFile, payment_files
from payroll.exports.people import export_options, export_payees
from payroll.exports.rows import PaymentRow, Withheld, payable

PAYMENT = columns_of(models.Payment)
REASON_LENGTH = 200
Status = models.Payment.Status


@transaction.atomic
def payments_open(*, run_id: int, made_by: User, options: ExportOptions | None = None) -> int:
    """Make the first payment files of a posted run, for everybody who can be paid today. Returns how many that is.

    Once there is a file nothing is made: what was handed out stays as it is. ``options`` default to the company's.
    Raises MayNot, RunNotReady, and the errors of ``exports.payments.payment_files``.
    """
    run = _locked(run_id, made_by)
    if run.payment_files.exists():
        return 0
    return _make(run, made_by, options, also_unchanged=True)


@transaction.atomic
def payments_again(
    *, run_id: int, made_by: User, options: ExportOptions | None = None, also_unchanged: bool = False
) -> int:
    """Make a later file for those of a posted run whose payment was returned, or who were withheld before.

    Returns how many it pays; 0 makes no file. Whoever still has the account that a payment came back from waits,
    unless ``also_unchanged``. Raises MayNot, RunNotReady, and the errors of ``exports.payments.payment_files``.
    """
    run = _locked(run_id, made_by)
    return _make(run, made_by, options, also_unchanged=also_unchanged)


@transaction.atomic
def payments_returned(*, run_id: int, payment_ids: Collection[int], reason: str, recorded_by: User) -> int:
    """Record that the bank or Alipay sent payments of a run back. Returns how many.

    Raises MayNot, RunNotReady, ReturnedWithoutReason, PaymentNotSent when one of them is not of the run or came back
    before.
    """
    run = _locked(run_id, recorded_by)
    found = models.Payment.objects.filter(file__run=run, pk__in=payment_ids, status=Status.SENT)
    ids = sorted(found.values_list("pk", flat=True))
    if not ids or len(ids) != len(set(payment_ids)):
        raise PaymentNotSent(run=run)
    _return(ids, reason, recorded_by)
    jobs.audit_all(
        recorded_by, [jobs.Act(action="payment.return", object_type="payment", object_id=each) for each in ids]
    )
    return len(ids)


@transaction.atomic
def payment_files_withdraw(*, run_id: int, sequence: int, reason: str, recorded_by: User) -> int:
    """Record that the files of one time were never handed in: all their payments count as returned. Returns how many.

    Raises MayNot, RunNotReady, ReturnedWithoutReason, PaymentNotSent.
    """
    run = _locked(run_id, recorded_by)
    found = models.Payment.objects.filter(file__run=run, file__sequence=sequence)
    ids = list(found.values_list("pk", flat=True))
    if not ids or found.exclude(status=Status.SENT).exists():
        raise PaymentNotSent(run=run)
    _return(ids, reason, recorded_by)
    jobs.audit(
        actor=recorded_by,
        action="payment_file.withdraw",
        object_type="pay_run",
        object_id=run.pk,
        detail={"sequence": sequence, "people": len(ids)},
    )
    return len(ids)


def _locked(run_id: int, user: User) -> models.PayRun:
    """The run under its lock: every file of a run is made, and every payment returned, one after the other."""
    if not (user.has_perm("payroll.prepare_run") or user.has_perm("payroll.approve_run")):
        raise MayNot(user=user.get_username(), act="pay a run out")
    run = models.PayRun.objects.select_for_update().get(pk=run_id)
    if not run.is_posted:
        raise RunNotReady(run=run, status=run.status, act="pay", needed=models.PayRun.Status.APPROVED.value)
    return run


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom no payment file pays: who could be paid now, whose account is still the one a payment came back from, and
    who cannot be paid, with the reason.
    """

    ready: tuple[PaymentRow, ...]
    unchanged: tuple[PaymentRow, ...]
    withheld: tuple[Withheld, ...]

    @property
    def people(self) -> int:
        return len(self.ready) + len(self.unchanged) + len(self.withheld)


def payments_waiting(run: models.PayRun, options: ExportOptions | None = None) -> Waiting:
    """Who of a run is owed money that no file sends, by today's accounts."""
    slips = _unpaid(run)
    if not slips:
        return Waiting((), (), ())
    layout = (options or export_options(run.company_id)).bank_layout
    found = payable(export_payees(run), layout)  # everybody: an account may be shared with somebody who is paid
    came_back = _accounts_returned(run)
    due = [row for row in found.rows if row.agent_no in slips]
    is_same = {row.agent_no for row in due if (row.agent_no, row.name, row.account, row.bank) in came_back}
    return Waiting(
        tuple(row for row in due if row.agent_no not in is_same),
        tuple(row for row in due if row.agent_no in is_same),
        tuple(row for row in found.withheld if row.agent_no in slips),
    )


def _make(run: models.PayRun, made_by: User, options: ExportOptions | None, *, also_unchanged: bool) -> int:
    options = options or export_options(run.company_id)
    waiting, slips = payments_waiting(run, options), _unpaid(run)
    rows = sorted((*waiting.ready, *(waiting.unchanged if also_unchanged else ())), key=lambda row: row.agent_no)
    if not rows:
        return 0
    sequence = (run.payment_files.aggregate(last=Max("sequence"))["last"] or 0) + 1
    for file in payment_files(rows, month=run.month, pay_date=run.pay_date, options=options):
        if file.rows:
            _store(run, sequence, file, slips, made_by)
    jobs.audit(
        actor=made_by,
        action="payment_file.make",
        object_type="pay_run",
        object_id=run.pk,
        detail={"sequence": sequence, "people": len(rows)},
    )
    return len(rows)


def _unpaid(run: models.PayRun) -> dict[str, int]:
    """Agent number → payslip, of those whom no file pays: never sent, or sent and returned."""
    paid = models.Payment.objects.filter(payslip__run=run).exclude(status=Status.RETURNED)
    slips = run.payslips.filter(~Exists(paid.filter(payslip_id=OuterRef("pk"))), net__gt=0)
    return dict(slips.values_list("agent__agent_no", "pk"))


def _accounts_returned(run: models.PayRun) -> set[tuple[str, str, str, str]]:
    """Agent number, name, account and bank of every payment of the run that came back."""
    returned = models.Payment.objects.filter(payslip__run=run, status=Status.RETURNED)
    return set(returned.values_list("payslip__agent__agent_no", "name", "account", "bank_name"))


def _store(run: models.PayRun, sequence: int, file: PaymentFile, slips: Mapping[str, int], made_by: User) -> None:
    stored = models.PaymentFile.objects.create(
        run=run,
        sequence=sequence,
        file=file.file,
        layout=file.layout,
        encoding=file.encoding,
        content=file.data,
        sha256=file.sha256,
        rows=len(file.rows),
        amount=file.amount,
        created_by=made_by,
    )
    payments = (
        models.Payment(
            file=stored,
            payslip_id=slips[row.agent_no],
            position=position,
            name=row.name,
            account=row.account,
            bank_name=row.bank,
            amount=row.amount,
        )
        for position, row in enumerate(file.rows, start=1)
    )
    copy_in(models.Payment, PAYMENT, map(attrgetter(*PAYMENT), payments))


def _return(payment_ids: Collection[int], reason: str, recorded_by: User) -> None:
    why = " ".join(reason.split())
    if not why:
        raise ReturnedWithoutReason
    models.Payment.objects.filter(pk__in=payment_ids).update(
        status=Status.RETURNED, returned_at=timezone.now(), returned_by=recorded_by, reason=why[:REASON_LENGTH]
    )
