"""Celery's door to grading: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError

from grading.jobs import services as jobs
from grading.jobs.tasks import after_chunk
from grading.kernel.errors import DomainError
from grading.services import cycles


@shared_task(name=cycles.GRADE_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def grade(job_id: int) -> None:
    """Judge one chunk of a cycle."""
    if cycles.cycle_grade_chunk(job_id):
        after_chunk(job_id)


@shared_task(name=cycles.FOLLOW_UP_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def graded(job_id: int) -> None:
    """Finish a cycle that is graded for its own sake, without a pay run behind it."""
    cycles.cycle_finish(job_id)
    jobs.job_finished(job_id)
