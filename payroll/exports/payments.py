"""Payment files: whom they pay, their bytes, and who is in none of them.

A file that was made once is kept as bytes and handed out again as it was: a second making could pay others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import PurePath

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.exports.csv_text import Cell, Record, csv_bytes, require_holds
from payroll.exports.layouts import ALIPAY, BANKS, Fill, Layout
from payroll.exports.options import ExportOptions, Payer
from payroll.exports.person import ExportPerson
from payroll.exports.rows import Channel, PaymentRow, Withheld, payable, wages_of
from payroll.exports.wording import IN_ANOTHER_FILE

ALIPAY_NAME = "alipay"
URGENT_ABOVE = Decimal(50000)
"""ICBC's 汇款方式 is 0 up to this amount and 1 above it, as a public exporter does; compare with your template."""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """One file as it is handed in. ``layout`` is a key of ``BANKS``, or ``alipay``; ``rows`` whom it pays, in order."""

    file: str
    layout: str
    encoding: str
    rows: tuple[PaymentRow, ...]
    data: bytes

    @property
    def amount(self) -> Decimal:
        return total(row.amount for row in self.rows)

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()

    @property
    def channel(self) -> Channel:
        return Channel.ALIPAY if self.layout == ALIPAY_NAME else Channel.BANK


@dataclass(frozen=True, slots=True)
class Payments:
    """The payment files, and who is in none. There is always a bank and an Alipay file, if only with headings."""

    files: tuple[PaymentFile, ...]
    withheld: tuple[Withheld, ...]
    nothing_to_pay: tuple[str, ...]

    @property
    def amount(self) -> Decimal:
        return total(file.amount for file in self.files)


def payments(
    people: Sequence[ExportPerson], *, month: Month, pay_date: date | None, options: ExportOptions
) -> Payments:
    """The files that pay these people today. Raises PayerMissing, CharacterNotInEncoding, ExportDoesNotAddUp."""
    found = payable(people, options.bank_layout)
    return Payments(
        payment_files(found.rows, month=month, pay_date=pay_date, options=options),
        found.withheld,
        found.nothing_to_pay,
    )


def payments_made(people: Sequence[ExportPerson], made: Sequence[PaymentFile], *, options: ExportOptions) -> Payments:
    """The files as they were made. Whoever of the people is in none of them is withheld, with today's reason or
    because another file pays them.
    """
    found = payable(people, options.bank_layout)
    paid = {row.agent_no for file in made for row in file.rows}
    layout = options.bank_layout
    elsewhere = [
        Withheld(
            row.agent_no,
            row.name,
            ALIPAY.file if row.channel is Channel.ALIPAY else layout.file,
            row.amount,
            IN_ANOTHER_FILE,
            {},
        )
        for row in found.rows
        if row.agent_no not in paid
    ]
    empty = [
        _file(layout_name, layout_of(layout_name), (), _Head(None, None, Payer()), options.encoding)
        for layout_name in (options.bank, ALIPAY_NAME)
        if not any((file.layout == ALIPAY_NAME) == (layout_name == ALIPAY_NAME) for file in made)
    ]
    return Payments(
        tuple(sorted((*made, *empty), key=lambda file: file.layout == ALIPAY_NAME)),
        tuple(sorted((*(row for row in found.withheld if row.agent_no not in paid), *elsewhere), key=_by_agent)),
        found.nothing_to_pay,
    )


def payment_files(
    rows: Sequence[PaymentRow], *, month: Month, pay_date: date | None, options: ExportOptions
) -> tuple[PaymentFile, ...]:
    """The bank's files, then Alipay's. A file with more rows than its receiver takes is cut into numbered ones.

    Raises PayerMissing, CharacterNotInEncoding, UnknownEncoding, ExportDoesNotAddUp.
    """
    options.require_payer()
    head = _Head(month, pay_date, options.payer)
    return tuple(
        _file(name, layout, part, head, options.encoding)
        for name, channel in ((options.bank, Channel.BANK), (ALIPAY_NAME, Channel.ALIPAY))
        for layout, part in _parts(layout_of(name), [row for row in rows if row.channel is channel])
    )


def layout_of(name: str) -> Layout:
    """The layout of a payment file by the name that is stored with it."""
    return ALIPAY if name == ALIPAY_NAME else BANKS[name]


def is_payment_file(name: str) -> bool:
    """Whether a file name is one that payment files have, of whatever bank, whole or numbered."""
    path = PurePath(name)
    stem, dash, number = path.stem.rpartition("-")
    stems = {PurePath(layout.file).stem for layout in (*BANKS.values(), ALIPAY)}
    return path.suffix == ".csv" and (path.stem in stems or bool(dash and stem in stems and number.isdecimal()))


@dataclass(frozen=True, slots=True)
class _Head:
    """What all rows of a file share."""

    month: Month | None
    pay_date: date | None
    payer: Payer


def _parts(layout: Layout, rows: Sequence[PaymentRow]) -> Iterator[tuple[Layout, Sequence[PaymentRow]]]:
    most = layout.most_rows
    if most is None or len(rows) <= most:
        yield layout, rows
        return
    stem = PurePath(layout.file).stem
    for number, start in enumerate(range(0, len(rows), most), start=1):
        yield replace(layout, file=f"{stem}-{number}.csv"), rows[start : start + most]


def _file(name: str, layout: Layout, rows: Sequence[PaymentRow], head: _Head, encoding: str) -> PaymentFile:
    records = [Record(row.agent_no, _cells(row, serial, head)) for serial, row in enumerate(rows, start=1)]
    data = csv_bytes(layout, records, encoding)
    made = PaymentFile(layout.file, name, encoding, tuple(rows), data)
    require_holds(layout, data, encoding, rows=len(rows), sums={Fill.AMOUNT: made.amount})
    return made


def _cells(row: PaymentRow, serial: int, head: _Head) -> dict[Fill, Cell]:
    return {
        Fill.SERIAL: serial,
        Fill.NAME: row.name,
        Fill.ACCOUNT: row.account,
        Fill.BANK: row.bank,
        Fill.AMOUNT: row.amount,
        Fill.REMARK: wages_of(head.month) if head.month else "",
        Fill.CURRENCY: "RMB",
        Fill.PAY_DATE: head.pay_date.strftime("%Y%m%d") if head.pay_date else "",
        Fill.PAYER_BANK: head.payer.bank,
        Fill.PAYER_ACCOUNT: head.payer.account,
        Fill.PAYER_NAME: head.payer.name,
        Fill.TRANSFER: int(row.amount > URGENT_ABOVE),
    }


def _by_agent(row: Withheld) -> str:
    return row.agent_no
