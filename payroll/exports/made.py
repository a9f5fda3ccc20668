"""Payment files as they were made, read back from the rows. Two queries, however many files and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from payroll import models
from payroll.exports.payments import ALIPAY_NAME, PaymentFile
from payroll.exports.rows import Channel, PaymentRow


@dataclass(frozen=True, slots=True)
class Made:
    """The payment files of one time that a run was sent to pay. ``is_returned``: nothing of them arrived."""

    run_id: int
    sequence: int
    files: tuple[PaymentFile, ...]
    is_returned: bool

    @property
    def agents(self) -> frozenset[str]:
        """The agent numbers of those whom these files pay."""
        return frozenset(row.agent_no for file in self.files for row in file.rows)


def payments_made_of(run_ids: Collection[int]) -> tuple[Made, ...]:
    """Every time that these runs were sent to pay, by run and sequence."""
    rows = models.Payment.objects.filter(file__run_id__in=run_ids).order_by("file_id", "position")
    held: dict[int, list[tuple[PaymentRow, bool]]] = defaultdict(list)
    for agent_no, payment, layout in (
        (payment.payslip.agent.agent_no, payment, payment.file.layout)
        for payment in rows.select_related("payslip__agent", "file").defer("file__content", "payslip__facts")
    ):
        channel = Channel.ALIPAY if layout == ALIPAY_NAME else Channel.BANK
        row = PaymentRow(agent_no, channel, payment.name, payment.account, payment.bank_name, payment.amount)
        held[payment.file_id].append((row, payment.status == models.Payment.Status.RETURNED))
    times: dict[tuple[int, int], list[models.PaymentFile]] = defaultdict(list)
    for file in models.PaymentFile.objects.filter(run_id__in=run_ids).order_by("run_id", "sequence", "pk"):
        times[file.run_id, file.sequence].append(file)
    return tuple(
        Made(
            run_id,
            sequence,
            tuple(_file(file, tuple(row for row, _returned in held[file.pk])) for file in files),
            all(returned for file in files for _row, returned in held[file.pk]),
        )
        for (run_id, sequence), files in times.items()
    )


def _file(stored: models.PaymentFile, rows: tuple[PaymentRow, ...]) -> PaymentFile:
    return PaymentFile(stored.file, stored.layout, stored.encoding, rows, bytes(stored.content))
