"""A closed month as files: JSON for scripts, PDFs for people. Written whole or not at all, file by file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from grading import public as grading
from grading.documents.appraisal_sheet import draw_appraisal_sheet
from grading.documents.style import Language, MissingGlyph
from grading.jobs.models import RunItem
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.documents.payslip import draw_payslip
from payroll.exports.files import Contents, write_exports
from payroll.exports.made import Made, payments_made_of
from payroll.exports.payments import is_payment_file
from payroll.exports.people import export_options, export_people
from payroll.exports.person import ExportPerson
from payroll.sheets import (
    CHUNK,
    appraisal_json,
    payslip_json,
    payslip_sheet,
    payslip_views,
    statement_pdf,
)
from payroll.wording import parked_text


@dataclass(slots=True)
class MonthWritten:
    """What was written. ``undrawn`` names the agents whose documents need a character that no face has."""

    payslips: int = 0
    appraisals: int = 0
    undrawn: list[MissingGlyph] = field(default_factory=list)


def parked_json(company: grading.Company, month: Month, lang: Language) -> list[dict[str, str]]:
    """Everybody of the month who is parked now, with the coded reason; ``message`` follows the language asked for."""
    return [
        {
            "agent_no": agent.agent_no,
            "code": item.error_code,
            "message": parked_text(item, "en" if lang == "en" else "zh"),
            "message_zh": parked_text(item, "zh"),
            "message_en": parked_text(item, "en"),
        }
        for agent, item in parked(company, month)
    ]


def parked(company: grading.Company, month: Month) -> list[tuple[grading.Agent, RunItem]]:
    """The parked people of the month, by agent number: of its grading, and of the latest calculation of each kind."""
    found = {agent.pk: (agent, item) for agent, item in selectors.parked_of_cycle(company.pk, month)}
    latest = {run.kind: run for run in selectors.runs_of_month(company.pk, month)}
    for run in latest.values():
        found |= {agent.pk: (agent, item) for agent, item in selectors.parked_of_run(run)}
    return sorted(found.values(), key=lambda each: each[0].agent_no)


def write_json(company: grading.Company, month: Month, folder: Path, lang: Language) -> None:
    """payslips.json and appraisals.json."""
    slips = list(selectors.payslips_of_month(company.pk, month))
    mine = models.Payslip.objects.filter(run__company=company, month=month)
    _write(
        folder / "payslips.json",
        _json(
            {
                "company": company.code,
                "period": str(month),
                "fingerprint": selectors.payslips_fingerprint(mine),
                "payslips": [payslip_json(slip) for slip in slips],
                "parked": parked_json(company, month, lang),
            }
        ),
    )
    rows = grading.Appraisal.objects.filter(cycle__company=company, cycle__month=month).select_related("agent")
    appraisals = [appraisal_json(row, row.agent.agent_no) for row in rows.order_by("agent__agent_no")]
    _write(folder / "appraisals.json", _json(appraisals))


def write_documents(
    company: grading.Company, month: Month, folder: Path, lang: Language, on_written: Callable[[int], None]
) -> MonthWritten:
    """payslips/AGENT_NO.pdf, those of corrections as AGENT_NO-C1.pdf, appraisals/AGENT_NO.pdf.

    A person who cannot be drawn stops nobody else.
    """
    written = MonthWritten()
    slips = list(selectors.payslips_of_month(company.pk, month))
    for start in range(0, len(slips), CHUNK):
        chunk = slips[start : start + CHUNK]
        for view in payslip_views(chunk):
            try:
                _write(folder / "payslips" / _file_name(view.payslip), draw_payslip(payslip_sheet(view), lang))
                written.payslips += 1
            except MissingGlyph as error:
                written.undrawn.append(error)
        on_written(len(chunk))
    judged = list(
        grading.Appraisal.objects.filter(cycle__company=company, cycle__month=month)
        .order_by("agent__agent_no")
        .values_list("agent_id", flat=True)
    )
    for start in range(0, len(judged), CHUNK):
        ids = judged[start : start + CHUNK]
        for agent_id, each in grading.grading_views(company, month, ids).items():
            path = folder / "appraisals" / f"{each.person.agent_no}.pdf"
            try:
                _write(path, draw_appraisal_sheet(grading.appraisal_sheet(company, month, each), lang))
                written.appraisals += 1
            except MissingGlyph as error:
                if agent_id not in {slip.agent_id for slip in slips}:
                    written.undrawn.append(error)
        on_written(len(ids))
    return written


def write_export_files(company: grading.Company, month: Month, folder: Path) -> None:
    """exports/: the month's tax, bank and accounting files, of posted payslips only.

    Payment files are written as they were made. A month that was sent to pay more than once, by several runs or by a
    later file of one, has the payment files of each time in a folder of its own and none for the month as a whole:
    whoever was paid before must not stand in a file that is handed in again. Files of which nothing arrived are left
    out.
    """
    posted = {"company": company, "month": month, "status__in": models.PayRun.POSTED}
    runs = list(models.PayRun.objects.filter(**posted).order_by("pk"))
    made = [each for each in payments_made_of([run.pk for run in runs]) if not each.is_returned]
    of_run = {run.pk: [each for each in made if each.run_id == run.pk] for run in runs}
    is_one = len(runs) <= 1 and len(made) <= 1
    options = export_options(company.pk)
    written: set[Path] = set()

    def write(
        place: Path, people: tuple[ExportPerson, ...], pay_date: date | None, contents: Contents, paid: Sequence[Made]
    ) -> None:
        write_exports(
            place,
            people,
            company=company.code,
            month=month,
            pay_date=pay_date,
            options=options,
            contents=contents,
            made=[file for each in paid for file in each.files],
        )
        written.add(place)

    pay_date = runs[0].pay_date if runs else None
    write(folder, export_people(company.pk, month), pay_date, Contents.ALL if is_one else Contents.BOOKS, made[:1])
    for run in [] if is_one else runs:
        people = export_people(company.pk, month, [run.pk])
        times = of_run[run.pk]
        write(folder / run_folder(run), people, run.pay_date, Contents.ALL, times[:1])
        for each in times[1:]:
            paid = tuple(person for person in people if person.agent_no in each.agents)
            place = folder / run_folder(run) / f"payments-{each.sequence}"
            write(place, paid, run.pay_date, Contents.PAYMENTS, [each])
    for path in folder.rglob("*.csv"):
        if is_payment_file(path.name) and path.parent not in written:
            path.unlink()  # of an earlier export; nobody is to hand it in


def run_folder(run: models.PayRun) -> str:
    """What a run's folder of export files is called: ``run-2``, or ``off_cycle-1`` for one that is not regular."""
    return f"{'run' if run.kind == models.PayRun.Kind.REGULAR else run.kind}-{run.sequence}"


def write_statements(
    statements: Iterable[tuple[models.BillingStatement, Sequence[models.BillingStatementLine]]],
    folder: Path,
    lang: Language,
) -> list[MissingGlyph]:
    """NUMBER.pdf of issued billing statements, draft-CONTRACT-MONTH.pdf of drafts; returns what could not be drawn."""
    undrawn = []
    for statement, lines in statements:
        name = statement.number or f"draft-{statement.contract}-{statement.month}"
        try:
            _write(folder / f"{name}.pdf", statement_pdf(statement, lines, lang))
        except MissingGlyph as error:
            undrawn.append(error)
    return undrawn


def write_data(path: Path, value: Any) -> None:
    """Plain values as a JSON file."""
    _write(path, _json(value))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _file_name(slip: models.Payslip) -> str:
    correction = f"-C{slip.run.sequence}" if slip.kind == models.PayRun.Kind.CORRECTION else ""
    return f"{slip.agent.agent_no}{correction}.pdf"


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _write(path: Path, data: bytes) -> None:
    """A file is there with all its bytes or as it was before: written aside, synced, renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with open(aside, "wb", opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
