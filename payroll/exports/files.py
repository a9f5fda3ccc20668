"""All files of an export, made in memory, proved against the payslips, then put in place one rename each.

The same people give the same bytes, in whatever order they come. Every file is always there, with headings alone if
nobody belongs in it, so that a file of an earlier export never stays behind and gets paid again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.exports.csv_text import Record, csv_bytes, require_holds
from payroll.exports.errors import ExportDoesNotAddUp, ExportedTwice
from payroll.exports.journal import credit_total, debit_total, journal, journal_records
from payroll.exports.layouts import ACCOUNTING, ALIPAY, CONTROL_TOTALS, CONTROL_TOTALS_JSON, WITHHELD, Fill, Layout
from payroll.exports.options import ExportOptions
from payroll.exports.payments import PaymentFile, Payments, is_payment_file, payments, payments_made
from payroll.exports.person import ExportPerson
from payroll.exports.rows import Channel, Sheet, TaxSheets, Withheld, tax_sheets

_DEFAULT = ExportOptions()


class Contents(StrEnum):
    """Which files: all of them, those for the tax office and the books, or what is handed to bank and Alipay."""

    ALL = "all"
    BOOKS = "books"
    PAYMENTS = "payments"


@dataclass(frozen=True, slots=True)
class FileTotal:
    """What one file holds: its rows, their sum, and who is missing from it. The journal's sum is its debit side."""

    file: str
    rows: int
    amount: Decimal
    withheld_people: int
    withheld_amount: Decimal
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written for whom. ``net`` = payment rows + payments withheld, to the fen."""

    people: int
    gross: Decimal
    net: Decimal
    employer_cost: Decimal
    files: tuple[FileTotal, ...]
    withheld: tuple[Withheld, ...]
    """By agent number; a payment before a tax row."""
    nothing_to_pay: tuple[str, ...]
    """Agent numbers of people with no net pay; they are in no payment file and not withheld."""


@dataclass(frozen=True, slots=True)
class Exports:
    """The files as bytes by name, and the report on them. Nothing is written yet."""

    files: Mapping[str, bytes]
    report: ExportReport


def write_exports(
    folder: Path,
    people: Sequence[ExportPerson],
    *,
    company: str,
    month: Month,
    pay_date: date | None,
    options: ExportOptions = _DEFAULT,
    contents: Contents = Contents.ALL,
    made: Sequence[PaymentFile] | None = None,
) -> ExportReport:
    """Writes every export file of these people, replacing those of an earlier export of the folder.

    ``company`` is how the control totals name it. Who may see accounts and pay is for the caller; the files are
    readable by their owner alone. Raises the errors of ``render_exports``, and then nothing has changed on disk.
    """
    exports = render_exports(
        people,
        company=company,
        month=month,
        pay_date=pay_date,
        options=options,
        contents=contents,
        made=made,
    )
    _put(folder, exports.files)
    return exports.report


def render_exports(
    people: Sequence[ExportPerson],
    *,
    company: str,
    month: Month,
    pay_date: date | None,
    options: ExportOptions = _DEFAULT,
    contents: Contents = Contents.ALL,
    made: Sequence[PaymentFile] | None = None,
) -> Exports:
    """The files in memory. ``made`` are the payment files as they were made and handed out before; without them
    they are made of today's accounts, which is right only where nothing was handed out yet.

    Raises ExportedTwice, ExportDoesNotAddUp, CharacterNotInEncoding, UnknownEncoding, PayerMissing.
    """
    people = _checked(people)
    encoding = options.encoding
    files: dict[str, bytes] = {}
    totals: list[FileTotal] = []
    withheld: list[Withheld] = []
    nothing_to_pay = tuple(person.agent_no for person in people if not person.net)
    if contents is not Contents.BOOKS:
        if made is None:
            paid = payments(people, month=month, pay_date=pay_date, options=options)
        else:
            paid = payments_made(people, made, options=options)
        _require_everybody_paid(people, paid)
        files |= {file.file: file.data for file in paid.files}
        totals += _payment_totals(paid)
        withheld += paid.withheld
    if contents is not Contents.PAYMENTS:
        taxed = tax_sheets(people, options)
        _require_everybody_declared(people, taxed)
        for sheet in (taxed.wages, taxed.bonus, taxed.labour):
            sums = {sheet.layout.sums[0]: sheet.amount}
            data = files[sheet.layout.file] = _rendered(sheet.layout, sheet.records, encoding, sums)
            totals.append(_total_of(sheet, data))
            withheld += sheet.withheld
        files[ACCOUNTING.file], booked = _journal(people, month, encoding)
        totals.append(booked)

    withheld.sort(key=lambda row: row.agent_no)
    records = [_withheld_record(row) for row in withheld]
    files[WITHHELD.file] = _rendered(WITHHELD, records, encoding, {Fill.AMOUNT: total(row.amount for row in withheld)})
    report = ExportReport(
        people=len(people),
        gross=total(person.gross for person in people),
        net=total(person.net for person in people),
        employer_cost=total(person.employer_cost for person in people),
        files=tuple(totals),
        withheld=tuple(withheld),
        nothing_to_pay=nothing_to_pay,
    )
    files[CONTROL_TOTALS.file] = csv_bytes(CONTROL_TOTALS, [_total_record(row) for row in totals], encoding)
    files[CONTROL_TOTALS_JSON] = _control_totals(report, company, month, pay_date, encoding)
    return Exports(files, report)


def _checked(people: Sequence[ExportPerson]) -> list[ExportPerson]:
    """The people by agent number, each adding up, nobody twice."""
    twice = sorted(agent_no for agent_no, times in Counter(p.agent_no for p in people).items() if times > 1)
    if twice:
        raise ExportedTwice(agents=", ".join(twice))
    for person in people:
        person.require_adds_up()
    return sorted(people, key=lambda person: person.agent_no)


def _require_everybody_paid(people: Sequence[ExportPerson], paid: Payments) -> None:
    """Nobody is lost between the payment files, nobody stands twice, and rows and withheld rows are all net pay."""
    expected = Counter(person.agent_no for person in people if person.net)
    found = Counter(row.agent_no for file in paid.files for row in file.rows)
    found.update(row.agent_no for row in paid.withheld)
    for agent_no in sorted(expected.keys() | found.keys()):
        _require(f"The number of payment rows of {agent_no}", expected[agent_no], found[agent_no])
    _require("The sum of the payment files", total(p.net for p in people), paid.amount + _withheld_sum(paid.withheld))


def _require_everybody_declared(people: Sequence[ExportPerson], taxed: TaxSheets) -> None:
    """Nobody is lost between the tax files, and no income."""
    sheets = (taxed.wages, taxed.bonus, taxed.labour)
    _require("The people of the tax files", len(people), taxed.wages.people + taxed.labour.people)
    _require("The sum of the tax files", total(p.income + p.annual_bonus for p in people), _sum(sheets))


def _journal(people: Sequence[ExportPerson], month: Month, encoding: str) -> tuple[bytes, FileTotal]:
    entries = journal(people)
    sides = {Fill.DEBIT: debit_total(entries), Fill.CREDIT: credit_total(entries)}
    cost = total(person.employer_cost for person in people)
    _require("The debit side of the journal", cost, sides[Fill.DEBIT])
    data = _rendered(ACCOUNTING, journal_records(entries, month), encoding, sides)
    return data, FileTotal(ACCOUNTING.file, len(entries), cost, 0, total(()), _print(data))


def _payment_totals(paid: Payments) -> Iterator[FileTotal]:
    """Each payment file; who is in none of them is counted with the first file of the bank or of Alipay."""
    counted: set[str] = set()
    for file in paid.files:
        is_first = file.channel not in counted
        counted.add(file.channel)
        held = [row for row in paid.withheld if (row.file == ALIPAY.file) == (file.channel is Channel.ALIPAY)]
        held = held if is_first else []
        yield FileTotal(file.file, len(file.rows), file.amount, len(held), _withheld_sum(held), file.sha256)


def _withheld_sum(rows: Sequence[Withheld]) -> Decimal:
    return total(row.amount for row in rows)


def _require(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise ExportDoesNotAddUp(what=what, expected=expected, found=found)


def _sum(sheets: Sequence[Sheet]) -> Decimal:
    return total(sheet.amount + sheet.withheld_amount for sheet in sheets)


def _rendered(layout: Layout, records: Sequence[Record], encoding: str, sums: Mapping[Fill, Decimal]) -> bytes:
    data = csv_bytes(layout, records, encoding)
    require_holds(layout, data, encoding, rows=len(records), sums=sums)
    return data


def _total_of(sheet: Sheet, data: bytes) -> FileTotal:
    return FileTotal(
        file=sheet.layout.file,
        rows=len(sheet.records),
        amount=sheet.amount,
        withheld_people=len(sheet.withheld),
        withheld_amount=sheet.withheld_amount,
        sha256=_print(data),
    )


def _print(data: bytes) -> str:
    return sha256(data).hexdigest()


def _withheld_record(row: Withheld) -> Record:
    return Record(
        row.agent_no,
        {
            Fill.AGENT_NO: row.agent_no,
            Fill.NAME: row.name,
            Fill.FILE: row.file,
            Fill.AMOUNT: row.amount,
            Fill.REASON: row.reason.code,
            Fill.REASON_ZH: row.text("zh"),
            Fill.REASON_EN: row.text("en"),
        },
    )


def _total_record(row: FileTotal) -> Record:
    return Record(
        row.file,
        {
            Fill.FILE: row.file,
            Fill.ROWS: row.rows,
            Fill.AMOUNT: row.amount,
            Fill.WITHHELD_PEOPLE: row.withheld_people,
            Fill.WITHHELD_AMOUNT: row.withheld_amount,
        },
    )


def _control_totals(report: ExportReport, company: str, month: Month, pay_date: date | None, encoding: str) -> bytes:
    """The totals for scripts: amounts are texts, the file is UTF-8 whatever the others are."""
    content = {
        "company": company,
        "month": str(month),
        "pay_date": pay_date.isoformat() if pay_date else None,
        "encoding": encoding,
        "people": report.people,
        "gross": str(report.gross),
        "net": str(report.net),
        "employer_cost": str(report.employer_cost),
        "nothing_to_pay": list(report.nothing_to_pay),
        "files": [
            {
                "file": row.file,
                "rows": row.rows,
                "amount": str(row.amount),
                "withheld_people": row.withheld_people,
                "withheld_amount": str(row.withheld_amount),
                "sha256": row.sha256,
            }
            for row in report.files
        ],
        "withheld": [
            {
                "agent_no": row.agent_no,
                "name": row.name,
                "file": row.file,
                "amount": str(row.amount),
                "reason": row.reason.code,
                "reason_zh": row.text("zh"),
                "reason_en": row.text("en"),
            }
            for row in report.withheld
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Every file beside its place first, then each renamed into it, the control totals last.

    Payment files of an earlier export that this one does not have go first, so that nobody hands them in.
    A crash leaves whole files only. Between two renames old and new stand side by side; then the fingerprints in
    the control totals do not fit, and the export is to be run again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as unfinished:
        staged: list[tuple[Path, Path]] = []
        for name, data in files.items():
            with NamedTemporaryFile(dir=folder, prefix=f".{name}.", delete=False) as file:
                part = Path(file.name)
                unfinished.callback(part.unlink, missing_ok=True)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            staged.append((part, folder / name))
        for stale in folder.iterdir():
            if is_payment_file(stale.name) and stale.name not in files:
                stale.unlink()
        for part, place in staged:
            part.replace(place)
