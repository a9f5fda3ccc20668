"""Celery's door to payroll: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError

from grading.jobs.tasks import after_chunk, publish
from grading.kernel.errors import DomainError
from payroll.models import PayRun
from payroll.services import runs


@shared_task(name=runs.GRADED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def graded(cycle_job_id: int) -> None:
    """A cycle is graded: start the calculation of the run behind it. Promotions come after it."""
    run = runs.run_graded(cycle_job_id)
    if run is None:
        return
    if run.goal == PayRun.Goal.CALCULATED:
        runs.run_calculate(run.pk)
        publish(run.job_id)
    runs.promotions_propose(run)


@shared_task(name=runs.CALCULATE_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def calculate(job_id: int) -> None:
    """Compute one chunk of a run."""
    if runs.run_calculate_chunk(job_id):
        after_chunk(job_id)


@shared_task(name=runs.CALCULATED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def calculated(job_id: int) -> None:
    """Everybody of a run is settled."""
    runs.run_calculated(job_id)
