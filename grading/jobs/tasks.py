"""Waking workers up. A message says "look at job 42" and nothing else."""

from __future__ import annotations

from celery import current_app, shared_task

from grading.jobs import services
from grading.jobs.models import Job


def publish(job_id: int) -> None:
    """Send one message per waiting chunk, or the follow-up when every item is settled.

    A job that waits for another one sends the other's messages.
    """
    job = Job.objects.get(pk=services.first_to_work(job_id))
    job_id = job.pk
    waiting = services.progress(job_id)
    if waiting.is_settled:
        current_app.send_task(job.follow_up, args=[job_id])
        return
    for _chunk in range(-(-(waiting.queued + waiting.leased) // job.chunk)):
        current_app.send_task(job.task, args=[job_id])


def after_chunk(job_id: int) -> None:
    """Call the follow-up once the last item is settled. Two workers may both see it; follow-ups may run twice."""
    if services.progress(job_id).is_settled:
        current_app.send_task(Job.objects.get(pk=job_id).follow_up, args=[job_id])


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Publish again whatever waits without a worker: lost messages, dead workers, an emptied broker."""
    for job_id in services.waiting_jobs():
        publish(job_id)
