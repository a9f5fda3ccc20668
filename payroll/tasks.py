"""Celery's door to payroll: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError, transaction

from grading.jobs import services as jobs
from grading.jobs.tasks import after_chunk, publish
from grading.kernel.errors import DomainError
from payroll.models import PayRun
from payroll.services import calculation, runs, variance


@shared_task(name=runs.GRADED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def graded(cycle_job_id: int) -> None:
    """A cycle is graded: start the calculation of the runs behind it, and ask for the promotions that are due.

    All or nothing: a run that is graded and not enqueued would wait for ever, for no job says that it waits.
    """
    with transaction.atomic():
        graded_now = runs.runs_graded(cycle_job_id)
        to_calculate = [runs.run_calculate(run.pk) for run in graded_now if run.goal == PayRun.Goal.CALCULATED]
        for run in graded_now:
            runs.promotions_propose(run)
    for run in to_calculate:
        publish(run.job_id)


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
        for waiting in jobs.job_finished(job_id):
            publish(waiting)


@shared_task(name=variance.VARIANCE_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def compare(job_id: int) -> None:
    """Work out the causes of differences in net pay against the month before, for one chunk of a run."""
    if variance.variance_write_chunk(job_id):
        after_chunk(job_id)


@shared_task(name=variance.COMPARED_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def compared(job_id: int) -> None:
    """The causes of a run are worked out."""
    variance.variance_settled(job_id)
