"""All files of an export, made in memory, proved against the payslips, then put in place one rename each.

The same people give the same bytes, in whatever order they come. Every file is always there, with headings alone if
nobody belongs in it, so that a file of an earlier export never stays behind and gets paid again.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.exports.csv_text import Record, csv_bytes, require_holds
from payroll.exports.errors import ExportDoesNotAddUp, ExportedTwice
from payroll.exports.journal import credit_total, debit_total, journal, journal_records
from payroll.exports.layouts import (
    ACCOUNTING,
    CONTROL_TOTALS,
    CONTROL_TOTALS_JSON,
    TAX_WAGES,
    WITHHELD,
    Fill,
    Layout,
)
from payroll.exports.person import ExportPerson
from payroll.exports.rows import Payments, Sheet, TaxSheets, Withheld, payments, tax_sheets

UTF8_BOM = "utf-8-sig"


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
    encoding: str = UTF8_BOM,
    tax_wages: Layout = TAX_WAGES,
    with_payments: bool = True,
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
        encoding=encoding,
        tax_wages=tax_wages,
        with_payments=with_payments,
    )
    _put(folder, exports.files)
    return exports.report


def render_exports(
    people: Sequence[ExportPerson],
    *,
    company: str,
    month: Month,
    pay_date: date | None,
    encoding: str = UTF8_BOM,
    tax_wages: Layout = TAX_WAGES,
    with_payments: bool = True,
) -> Exports:
    """The files in memory. ``with_payments`` False leaves out what is handed to a bank or to Alipay.

    Raises ExportedTwice, ExportDoesNotAddUp, CharacterNotInEncoding, UnknownEncoding.
    """
    people = _checked(people)
    paid, taxed = payments(people, month), tax_sheets(people, tax_wages)
    _require_complete(people, paid, taxed)
    files: dict[str, bytes] = {}
    totals: list[FileTotal] = []
    payment_sheets = (paid.bank, paid.alipay) if with_payments else ()
    for sheet in (*payment_sheets, taxed.wages, taxed.labour):
        sums = {sheet.layout.sums[0]: sheet.amount}
        data = files[sheet.layout.file] = _rendered(sheet.layout, sheet.records, encoding, sums)
        totals.append(_total_of(sheet, data))

    entries = journal(people)
    sides = {Fill.DEBIT: debit_total(entries), Fill.CREDIT: credit_total(entries)}
    cost = total(person.employer_cost for person in people)
    if sides[Fill.DEBIT] != cost:
        raise ExportDoesNotAddUp(what="The debit side of the journal", expected=cost, found=sides[Fill.DEBIT])
    data = files[ACCOUNTING.file] = _rendered(ACCOUNTING, journal_records(entries, month), encoding, sides)
    totals.append(FileTotal(ACCOUNTING.file, len(entries), cost, 0, total(()), _print(data)))

    withheld = _withheld(paid, taxed)
    records = [_withheld_record(row) for row in withheld]
    files[WITHHELD.file] = _rendered(WITHHELD, records, encoding, {Fill.AMOUNT: total(row.amount for row in withheld)})
    report = ExportReport(
        people=len(people),
        gross=total(person.gross for person in people),
        net=total(person.net for person in people),
        employer_cost=cost,
        files=tuple(totals),
        withheld=withheld,
        nothing_to_pay=paid.nothing_to_pay,
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


def _require_complete(people: Sequence[ExportPerson], paid: Payments, taxed: TaxSheets) -> None:
    """Nobody is lost between the files, and nobody's pay: rows and withheld rows are everybody and everything."""
    pay, tax = (paid.bank, paid.alipay), (taxed.wages, taxed.labour)
    _require("The people of the payment files", len(people), sum(s.people for s in pay) + len(paid.nothing_to_pay))
    _require("The people of the tax files", len(people), sum(sheet.people for sheet in tax))
    _require("The sum of the payment files", total(p.net for p in people), _sum(pay))
    _require("The sum of the tax files", total(p.gross for p in people), _sum(tax))


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


def _withheld(paid: Payments, taxed: TaxSheets) -> tuple[Withheld, ...]:
    rows = [row for sheet in (paid.bank, paid.alipay, taxed.wages, taxed.labour) for row in sheet.withheld]
    return tuple(sorted(rows, key=lambda row: row.agent_no))


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
        for part, place in staged:
            part.replace(place)
