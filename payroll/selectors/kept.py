"""What payslips were computed with, as it was kept: the payslips in chunks, and the documents of their rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from grading.kernel.snapshot import fingerprint
from payroll import models

CHUNK = 500
"""Payslips read at a time: with their lines and facts some tens of megabytes at the most."""


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A plan's version or a document of the law under its fingerprint.

    ``is_intact`` is whether the body still has that fingerprint: nothing that is not may be computed with.
    """

    fingerprint: str
    body: Any
    is_intact: bool


def payslip_chunks(payslips: QuerySet[models.Payslip]) -> Iterator[list[models.Payslip]]:
    """Payslips with agent, run and lines, oldest first, a chunk at a time; two queries for each chunk."""
    last = 0
    while True:
        following = payslips.filter(pk__gt=last).select_related("agent", "run__company").prefetch_related("lines")
        chunk = list(following.order_by("pk")[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1].pk


def documents_kept(company_id: int, fingerprints: Collection[str]) -> dict[str, KeptDocument]:
    """Fingerprint → the document kept under it; what is kept no longer is left out. Two queries."""
    plans = models.PlanVersion.objects.filter(company_id=company_id, fingerprint__in=fingerprints)
    laws = models.LawDocument.objects.filter(pk__in=fingerprints)
    found: dict[str, KeptDocument] = {}
    for mark, body in (*plans.values_list("fingerprint", "body"), *laws.values_list("pk", "body")):
        is_intact = fingerprint(body) == mark
        if is_intact or mark not in found:
            found[mark] = KeptDocument(mark, body, is_intact)
    return found
