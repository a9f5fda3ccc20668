"""``exports:`` of company.yaml: whose bank's file, in which encoding, for which wage template, from which account."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from grading.imports.company_files import Findings, parsed
from grading.imports.documents import read_document
from grading.imports.folder import CompanyFolder
from grading.kernel.document import NAME, Form, Reader, one_of
from payroll.models import ExportSettings


@dataclass(frozen=True, slots=True)
class ExportsDocument:
    """What the company wants of its export files; what it leaves out is as for a company that says nothing."""

    bank: str = ExportSettings.Bank.GENERIC
    encoding: str = ExportSettings.Encoding.UTF8_BOM
    tax_layout: str = ExportSettings.TaxLayout.COLUMNS_29
    payer_account: str = ""
    payer_name: str = ""
    payer_bank: str = ""


def read_exports(folder: CompanyFolder, findings: Findings) -> ExportsDocument | None:
    """The settings of the folder's company.yaml, None where there is none. What is wrong with it is noted."""
    if "company.yaml" not in folder:
        return None
    document = read_document("company.yaml", folder["company.yaml"])
    # A file that cannot be read at all is told by whoever reads the company from it.
    return None if document.problems else parsed(document, _exports_from, findings)


def _digits(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    """Digits as written: YAML hands plain numbers out as numbers, and those with leading zeros as text."""

    def read(value: object) -> str | None:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        return text if pattern.fullmatch(text) else None

    return read


ACCOUNT = Form("is not an account number", "6 to 32 digits", "", _digits(re.compile(r"[0-9]{6,32}", re.ASCII)))
TAX_LAYOUT = Form(
    "is not one of the choices",
    f"one of {', '.join(ExportSettings.TaxLayout.values)}",
    "",
    _digits(re.compile("|".join(ExportSettings.TaxLayout.values))),
)


def _exports_from(data: object) -> ExportsDocument:
    reader = Reader(data)
    reader.allow(*reader.unknown_keys())
    part = reader.part("exports")
    if part is None:
        reader.finish("company")
        return ExportsDocument()
    bank = part.get("bank", one_of(ExportSettings.Bank.values), ExportSettings.Bank.GENERIC)
    found = ExportsDocument(
        bank=bank,
        encoding=part.get("encoding", one_of(ExportSettings.Encoding.values), ExportSettings.Encoding.UTF8_BOM),
        tax_layout=part.get("tax_layout", TAX_LAYOUT, ExportSettings.TaxLayout.COLUMNS_29),
        payer_account=part.get("payer_account", ACCOUNT, ""),
        payer_name=part.get("payer_name", NAME, ""),
        payer_bank=part.get("payer_bank", NAME, ""),
    )
    if bank in ExportSettings.NAMES_PAYER and not part.has("payer_account"):
        part.note_missing("payer_account", ACCOUNT.expected)
    reader.finish("company")
    return found
