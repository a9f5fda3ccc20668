"""Waking workers up. A message says "look at job 42" and nothing else."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import current_app, shared_task
from celery.signals import task_postrun, task_prerun
from django.db import DatabaseError

from grading.jobs import pulse, services
from grading.jobs.models import Job

CANARY = "canary"
"""The pulse of the canary: when one finished last."""
SWEPT = "swept"
"""The pulse of jobs that the sweeper found waiting and published again."""
TASK = "task:"
"""What the pulse of a task is called, before its name."""
log = logging.getLogger(__name__)


def publish(job_id: int) -> None:
    """Send one message per waiting chunk, or the follow-up when every item is settled.

    A job that waits for another one sends the other's messages; a stopped one sends none.
    """
    job = Job.objects.get(pk=services.first_to_work(job_id))
    if job.stopped_at is not None:
        return
    job_id = job.pk
    waiting = services.progress(job_id)
    if waiting.is_settled:
        current_app.send_task(job.follow_up, args=[job_id])
        return
    for _chunk in range(-(-(waiting.queued + waiting.leased) // job.chunk)):
        current_app.send_task(job.task, args=[job_id])


def after_chunk(job_id: int) -> None:
    """Call the follow-up once the last item is settled. Two workers may both see it; follow-ups may run twice."""
    job = Job.objects.get(pk=job_id)
    if job.stopped_at is None and services.progress(job_id).is_settled:
        current_app.send_task(job.follow_up, args=[job_id])


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Publish again whatever waits without a worker: lost messages, dead workers, an emptied broker."""
    waiting = services.waiting_jobs()
    for job_id in waiting:
        publish(job_id)
    if waiting:
        pulse.beat(SWEPT, times=len(waiting))


@shared_task(name="jobs.canary")
def canary() -> None:
    """Nothing but finish: that it did is a row, and says that beat, broker, a worker and the database work together."""
    pulse.beat(CANARY)


# Tasks run in processes that nobody can ask, on any machine: how many there were and how long they took is in rows.
_began: dict[str, float] = {}


@task_prerun.connect
def _task_begins(task_id: str, **_: Any) -> None:
    _began[task_id] = time.monotonic()


@task_postrun.connect
def _task_ends(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is None:
        return
    milliseconds = round((time.monotonic() - began) * 1000)
    try:
        pulse.beat(f"{TASK}{task.name}", outcome=(state or "").lower(), milliseconds=milliseconds)
    except DatabaseError as error:  # the work is done; only its count is lost
        log.warning("A task was not counted: %s", type(error).__name__)
