"""The law behind runs: its documents are kept as they were used, and a change that reaches back marks posted months."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from grading import public as grading
from payroll import models
from payroll.domain.law_change import differs_from
from payroll.services.late_changes import LateMarks
from payroll.statutory import law_in_force, law_of


def law_keep(company: grading.Company, marks: Collection[str]) -> None:
    """Keep the documents with these fingerprints: what ships, and what HR enters, may change. One query, seldom two."""
    missing = set(marks) - set(models.LawDocument.objects.filter(pk__in=marks).values_list("pk", flat=True))
    if not missing:
        return
    held = law_of(company.pk).documents
    models.LawDocument.objects.bulk_create(
        (
            models.LawDocument(fingerprint=mark, code=code, body=body)
            for code, (mark, body) in held.items()
            if mark in missing
        ),
        ignore_conflicts=True,
    )


def law_of_run(run: models.PayRun) -> dict[str, str]:
    """Code → fingerprint of the law now in force for a run's company, its documents kept; empty without a law."""
    law = law_in_force(run.company)
    if law is None:
        return {}
    prints = {code: mark for code, (mark, _body) in law.documents.items()}
    law_keep(run.company, prints.values())
    return prints


def law_changes_mark(company: grading.Company) -> None:
    """Mark the posted months that the law has changed for since the latest posted run: a late, retroactive notice."""
    since = law_changed_from(company)
    if since is not None:
        LateMarks(company).of_everybody(since, "law")


def law_changed_from(company: grading.Company) -> date | None:
    """The first day on which the law is another one than the latest posted run knew; None when it is the same.

    Three queries at the most.
    """
    latest = (
        models.PayRun.objects.filter(company=company, status__in=models.PayRun.POSTED).exclude(law={}).order_by("pk")
    ).last()
    law = law_in_force(company)
    if latest is None or law is None:
        return None
    changed = {code: mark for code, mark in latest.law.items() if law.documents.get(code, ("",))[0] != mark}
    bodies = dict(models.LawDocument.objects.filter(pk__in=changed.values()).values_list("code", "body"))
    days = [
        differs_from(bodies.get(code), law.documents[code][1] if code in law.documents else None) for code in changed
    ]
    return min((day for day in days if day is not None), default=None)
