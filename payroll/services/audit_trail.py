"""The audit log held against its own chain and the heads that were stored with posted runs or printed."""

from __future__ import annotations

from collections.abc import Collection

from grading.jobs import services as jobs
from grading.jobs.chain import Walked, walk
from payroll import models


def audit_verify(printed: Collection[str] = ()) -> Walked:
    """Look the whole audit log through, in pieces, and say what is wrong with it. Changes nothing.

    The heads stored with posted runs must be in it, and so must those ``printed`` on closing reports or earlier by
    ``verify_audit``: they alone tell that its end was cut off or that all of it was written anew.
    """
    posted = models.PayRun.objects.filter(status__in=models.PayRun.POSTED).exclude(audit_head="")
    heads = {run.audit_head: f"stored with run {run.month} {run.kind} {run.sequence}" for run in posted.order_by("pk")}
    return walk(jobs.audit_log(), heads | dict.fromkeys(printed, "printed"))
