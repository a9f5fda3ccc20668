"""Leased items: nobody is lost when a worker dies, nobody is written twice, and a late worker changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from grading.jobs import services, tasks
from grading.jobs.errors import LeaseLost
from grading.jobs.models import Job, RunItem
from grading.kernel.errors import NoRuleInForce


@pytest.fixture
def job(db: None) -> Job:
    user = User.objects.create(username="somebody")
    made = services.job_open(task="test.work", key="1", follow_up="test.after", requested_by=user)
    services.job_enqueue(job_id=made.pk, subject_ids=[1, 2, 3])
    return made


def finish(held: services.Claim) -> None:
    with transaction.atomic():
        services.finish(held, [services.Outcome(subject, "in", "out") for subject in held.subject_ids])


def expire_leases() -> None:
    RunItem.objects.filter(state="leased").update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claim_takes_what_is_free_and_nobody_else_gets_it(job: Job) -> None:
    first, second = services.claim(job.pk, size=2), services.claim(job.pk, size=2)

    assert first is not None
    assert second is not None
    assert (first.subject_ids, second.subject_ids) == ((1, 2), (3,))
    assert services.claim(job.pk) is None


def test_finished_items_are_settled_with_their_fingerprints(job: Job) -> None:
    held = services.claim(job.pk)
    assert held is not None
    finish(held)

    assert services.progress(job.pk) == services.Progress(queued=0, leased=0, done=3, parked=0)
    assert services.progress(job.pk).is_settled
    assert set(RunItem.objects.values_list("input_hash", "output_hash", "lease_token")) == {("in", "out", "")}


def test_an_error_parks_the_item_with_its_code_values_and_sentence(job: Job) -> None:
    held = services.claim(job.pk, size=1)
    assert held is not None
    error = NoRuleInForce(name="tier", day="2024-06-01", first="2024-07-01")
    with transaction.atomic():
        services.finish(held, [services.Outcome(1, error=error)])

    [item] = services.parked_items(job.pk)
    assert (item.error_code, item.error_values["name"]) == ("kernel.no_rule_in_force", "tier")
    assert item.error_message.startswith("No value of 'tier' is in force on 2024-06-01")


def test_the_items_of_a_dead_worker_are_free_after_the_lease(job: Job) -> None:
    dead = services.claim(job.pk)
    assert services.claim(job.pk) is None
    expire_leases()

    alive = services.claim(job.pk)

    assert dead is not None
    assert alive is not None
    assert alive.subject_ids == dead.subject_ids
    assert alive.token != dead.token


def test_a_worker_that_comes_back_late_is_refused_and_its_results_are_undone(job: Job) -> None:
    late = services.claim(job.pk)
    expire_leases()
    alive = services.claim(job.pk)
    assert late is not None
    assert alive is not None
    finish(alive)

    with pytest.raises(LeaseLost):
        _write_late(late)

    assert not User.objects.filter(username="written-by-the-late-worker").exists()


@transaction.atomic
def _write_late(held: services.Claim) -> None:
    User.objects.create(username="written-by-the-late-worker")
    services.finish(held, [services.Outcome(1)])


def test_an_item_that_kills_its_worker_every_time_is_parked_and_stops_nobody(job: Job) -> None:
    for _attempt in range(services.MAX_ATTEMPTS):
        assert services.claim(job.pk, size=1) is not None
        expire_leases()

    held = services.claim(job.pk, size=3)

    assert held is not None
    assert held.subject_ids == (2, 3)
    assert [(item.subject_id, item.error_code) for item in services.parked_items(job.pk)] == [
        (1, "jobs.too_many_attempts")
    ]


def test_enqueueing_again_queues_the_settled_and_drops_who_left(job: Job) -> None:
    held = services.claim(job.pk)
    assert held is not None
    finish(held)
    services.job_finished(job.pk)

    services.job_enqueue(job_id=job.pk, subject_ids=[2, 3, 4])

    assert list(RunItem.objects.order_by("subject_id").values_list("subject_id", "state")) == [
        (2, "queued"),
        (3, "queued"),
        (4, "queued"),
    ]
    assert Job.objects.get().finished_at is None


def test_enqueueing_while_somebody_works_leaves_the_lease_alone(job: Job) -> None:
    held = services.claim(job.pk, size=1)
    services.job_enqueue(job_id=job.pk, subject_ids=[1, 2, 3])

    assert held is not None
    finish(held)
    assert services.progress(job.pk) == services.Progress(queued=2, leased=0, done=1, parked=0)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    messages: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(tasks.current_app, "send_task", lambda name, args: messages.append((name, args)), raising=False)
    return messages


def test_the_sweeper_publishes_what_nobody_works_on(job: Job, sent: list[tuple[str, list[int]]]) -> None:
    tasks.sweep()
    assert sent == [("test.work", [job.pk])]


def test_the_sweeper_leaves_a_job_in_work_alone(job: Job, sent: list[tuple[str, list[int]]]) -> None:
    services.claim(job.pk, size=1)
    tasks.sweep()
    assert sent == []


def test_the_sweeper_takes_up_a_dead_workers_job(job: Job, sent: list[tuple[str, list[int]]]) -> None:
    services.claim(job.pk)
    expire_leases()
    tasks.sweep()
    assert sent == [("test.work", [job.pk])]


def test_a_lost_follow_up_is_sent_again_until_it_is_done(job: Job, sent: list[tuple[str, list[int]]]) -> None:
    held = services.claim(job.pk)
    assert held is not None
    finish(held)

    tasks.sweep()
    assert sent == [("test.after", [job.pk])]
    services.job_finished(job.pk)
    tasks.sweep()
    assert sent == [("test.after", [job.pk])]


def test_one_message_is_sent_per_chunk(job: Job, sent: list[tuple[str, list[int]]]) -> None:
    services.job_enqueue(job_id=job.pk, subject_ids=range(1, 2 * services.CHUNK + 2))
    tasks.publish(job.pk)
    assert sent == [("test.work", [job.pk])] * 3
