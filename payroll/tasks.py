"""Celery's door to payroll: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError

from grading.jobs.tasks import after_chunk, publish
from grading.kernel.errors import DomainError
from payroll.models import PayRun
from payroll.services import calculation, runs, variance


@shared_task(name=runs.GRADED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def graded(cycle_job_id: int) -> None:
    """A cycle is graded: start the calculation of the runs behind it. Promotions come after it."""
    for run in runs.runs_graded(cycle_job_id):
        if run.goal == PayRun.Goal.CALCULATED:
            runs.run_calculate(run.pk)
            publish(run.job_id)
        runs.promotions_propose(run)


@shared_task(name=runs.CALCULATE_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def calculate(job_id: int) -> None:
    """Compute one chunk of a run."""
    if calculation.run_calculate_chunk(job_id):
        after_chunk(job_id)


@shared_task(name=runs.CALCULATED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def calculated(job_id: int) -> None:
    """Everybody of a run is settled. Then find out why people get more or less than last month."""
    run = runs.run_calculated(job_id)
    if run is not None:
        compare.delay(run.pk)


@shared_task(name="payroll.variance", autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def compare(run_id: int) -> None:
    """Work out the causes of every difference in net pay against the month before."""
    variance.variance_write(run_id)
