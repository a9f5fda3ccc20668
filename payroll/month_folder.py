"""A closed month as files: JSON for scripts, PDFs for people. Written whole or not at all, file by file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading import public as grading
from grading.documents.appraisal_sheet import draw_appraisal_sheet
from grading.documents.style import Language, MissingGlyph
from grading.jobs.models import RunItem
from grading.kernel.period import Month
from payroll import models, selectors
from payroll.documents.payslip import draw_payslip
from payroll.exports.files import write_exports
from payroll.exports.layouts import ALIPAY, BANK_GENERIC
from payroll.exports.people import export_people
from payroll.sheets import CHUNK, appraisal_json, payslip_json, payslip_sheet, payslip_views
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
    """The parked people of the month, by agent number: of its grading, and of its latest calculation."""
    found = {agent.pk: (agent, item) for agent, item in selectors.parked_of_cycle(company.pk, month)}
    runs = selectors.runs_of_month(company.pk, month)
    if runs:
        found |= {agent.pk: (agent, item) for agent, item in selectors.parked_of_run(runs[-1])}
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
    """payslips/AGENT_NO.pdf and appraisals/AGENT_NO.pdf; a person who cannot be drawn stops nobody else."""
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

    A month with several runs has the payment files of each run in a folder of its own and none for the month as a
    whole: whoever was paid by the first run must not stand in a file that is handed in again.
    """
    posted = [run for run in selectors.runs_of_month(company.pk, month) if run.is_posted]
    pay_date = posted[0].pay_date if posted else None
    write_exports(
        folder,
        export_people(company.pk, month),
        company=company.code,
        month=month,
        pay_date=pay_date,
        with_payments=len(posted) <= 1,
    )
    if len(posted) > 1:
        for layout in (BANK_GENERIC, ALIPAY):
            (folder / layout.file).unlink(missing_ok=True)
        for run in posted:
            write_exports(
                folder / f"run-{run.sequence}",
                export_people(company.pk, month, [run.pk]),
                company=company.code,
                month=month,
                pay_date=run.pay_date,
            )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _file_name(slip: models.Payslip) -> str:
    return f"{slip.agent.agent_no}.pdf"


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
