"""Celery's door to grading: ids in, one service call."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from grading.jobs import services as jobs
from grading.jobs.tasks import after_chunk, publish
from grading.kernel.errors import DomainError
from grading.services import cycles, metrics, qa_report, quality


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


@shared_task(name=metrics.METRICS_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def compute_metrics(job_id: int) -> None:
    """Compute the metrics of one store."""
    if metrics.metrics_compute(job_id):
        after_chunk(job_id)


@shared_task(name=metrics.FOLLOW_UP_TASK, autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def measured(job_id: int) -> None:
    """Every store of a month is computed: whatever waited for it may start."""
    for waiting in jobs.job_finished(job_id):
        publish(waiting)


@shared_task(name="grading.qa_draw", autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def qa_draw() -> None:
    """Draw the samples of the days before today, of every company; exports may come some days late."""
    quality.samples_draw_recent(today=timezone.localdate())


@shared_task(name="grading.qa_report", autoretry_for=(OperationalError,), retry_backoff=True, throws=(DomainError,))
def qa_reports() -> None:
    """Make the daily QA reports of today and the days before, of every company, where they say something new."""
    qa_report.reports_make(today=timezone.localdate())
