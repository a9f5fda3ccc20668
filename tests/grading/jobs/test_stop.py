"""Stopping a job gives everything back; going on takes up what is left."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from config.celery import app
from grading.jobs import services, tasks
from grading.jobs.errors import LeaseLost
from grading.jobs.models import Job, RunItem


@pytest.fixture
def job(db: None) -> Job:
    user = User.objects.create(username="somebody")
    made = services.job_open(task="test.work", key="1", follow_up="test.after", requested_by=user)
    services.job_enqueue(job_id=made.pk, subject_ids=[1, 2, 3, 4])
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, **_rest: names.append(name))
    return names


def settle(held: services.Claim | None) -> None:
    assert held is not None
    with transaction.atomic():
        services.finish(held, [services.Outcome(subject, "in", "out") for subject in held.subject_ids])


def test_a_stopped_job_keeps_what_is_settled_and_gives_back_what_is_leased(job: Job) -> None:
    settle(services.claim(job.pk, size=2))
    services.claim(job.pk, size=1)

    assert services.jobs_stop([job.pk]) == [job.pk]

    assert services.progress(job.pk) == services.Progress(queued=2, leased=0, done=2, parked=0)
    assert set(RunItem.objects.filter(state="queued").values_list("lease_token", "lease_until", "attempt")) == {
        ("", None, 0)
    }
    assert services.is_stopped(job.pk)
    assert services.jobs_stop([job.pk]) == []


def test_a_worker_in_the_middle_of_its_chunk_may_not_write_it(job: Job) -> None:
    held = services.claim(job.pk)
    services.jobs_stop([job.pk])
    with pytest.raises(LeaseLost):
        settle(held)
    services.jobs_resume([job.pk])
    with pytest.raises(LeaseLost):  # also not when the job goes on
        settle(held)


def test_nobody_takes_anything_of_a_stopped_job(job: Job, sent: list[str]) -> None:
    services.jobs_stop([job.pk])
    assert services.claim(job.pk) is None
    assert services.waiting_jobs() == []
    tasks.publish(job.pk)
    assert sent == []


def test_a_stopped_job_that_is_settled_calls_no_follow_up_until_it_goes_on(job: Job, sent: list[str]) -> None:
    settle(services.claim(job.pk))
    services.jobs_stop([job.pk])
    tasks.after_chunk(job.pk)
    tasks.publish(job.pk)
    assert sent == []
    assert services.jobs_resume([job.pk]) == [job.pk]
    tasks.publish(job.pk)
    assert sent == ["test.after"]


def test_what_waits_for_a_stopped_job_waits_on(job: Job, sent: list[str]) -> None:
    second = services.job_open(task="test.second", key="1", follow_up="", requested_by=job.requested_by)
    services.job_enqueue(job_id=second.pk, subject_ids=[1])
    services.job_follows(second.pk, job.pk)
    services.jobs_stop([job.pk])
    tasks.publish(second.pk)
    assert services.waiting_jobs() == []
    assert sent == []


def test_a_job_goes_on_with_those_who_are_left(job: Job) -> None:
    settle(services.claim(job.pk, size=3))
    services.jobs_stop([job.pk])
    services.jobs_resume([job.pk])
    held = services.claim(job.pk)
    assert held is not None
    assert held.subject_ids == (4,)


def test_being_stopped_often_is_not_dying(job: Job) -> None:
    for _time in range(services.MAX_ATTEMPTS + 1):
        assert services.claim(job.pk) is not None
        services.jobs_stop([job.pk])
        services.jobs_resume([job.pk])
    assert services.claim(job.pk) is not None


def test_starting_again_also_goes_on(job: Job) -> None:
    services.jobs_stop([job.pk])
    services.job_enqueue(job_id=job.pk, subject_ids=[1, 2])
    assert not services.is_stopped(job.pk)


def test_a_finished_job_cannot_be_stopped(job: Job) -> None:
    services.job_finished(job.pk)
    assert services.jobs_stop([job.pk]) == []
    assert not services.is_stopped(job.pk)
