"""Keeping how a company wants its export files."""

from __future__ import annotations

from dataclasses import asdict

from grading import public as grading
from payroll import models
from payroll.imports.export_settings import ExportsDocument

FILE = "company.yaml (exports)"


def export_settings_save(company: grading.Company, document: ExportsDocument | None) -> list[grading.Change]:
    """The row as company.yaml says; left alone without the file. Nothing is told of a company that says nothing."""
    if document is None:
        return []
    row = models.ExportSettings.objects.filter(company=company).first()
    if row is None and document == ExportsDocument():
        return []
    values = asdict(document)
    if row is None:
        models.ExportSettings.objects.create(company=company, **values)
        return [grading.Change(FILE, 1, 0, 0, 0)]
    changed = any(getattr(row, name) != value for name, value in values.items())
    if changed:
        models.ExportSettings.objects.filter(company=company).update(**values)
    return [grading.Change(FILE, 0, int(changed), 0, int(not changed))]
