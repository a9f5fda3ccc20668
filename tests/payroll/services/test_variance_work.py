"""The comparison with the month before is work in rows: whoever dies, the sweeper finds what is left of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grading.jobs.models import Job, RunItem
from grading.jobs.tasks import sweep
from payroll import models, tasks
from payroll.services import calculation, runs
from payroll.services.variance import VARIANCE_TASK, run_variance, variance_write_chunk
from tests.payroll.services.posted_company import (
    OCTOBER,
    SEPTEMBER,
    PostedCompany,
    compare_with_last_month,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> PostedCompany:
    """September posted."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    return company


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[int]]]:
    """What was published, in order, without a broker."""
    messages: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: messages.append((name, args)))
    return messages


def job_of(run: models.PayRun) -> Job:
    return Job.objects.get(task=VARIANCE_TASK, key=str(run.pk))


def test_a_worker_that_dies_after_the_run_is_calculated_leaves_work_that_is_swept_up(
    held: PostedCompany, sent: list[tuple[str, list[int]]]
) -> None:
    run = held.prepare(OCTOBER)
    assert run_variance(run) is None

    sweep()

    assert ("payroll.variance", [job_of(run).pk]) in sent
    tasks.compare(job_of(run).pk)
    assert sent[-1] == ("payroll.compared", [job_of(run).pk])
    tasks.compared(job_of(run).pk)
    assert run_variance(run) is not None
    sent.clear()
    sweep()
    assert ("payroll.variance", [job_of(run).pk]) not in sent


def test_the_last_chunk_of_a_run_starts_the_comparison(held: PostedCompany, sent: list[tuple[str, list[int]]]) -> None:
    run = held.prepare(OCTOBER)
    runs.run_calculate(run.pk)
    while calculation.run_calculate_chunk(run.job_id):
        pass

    tasks.calculated(run.job_id)

    assert sent == [("payroll.variance", [job_of(run).pk])]


def test_what_a_dead_worker_had_leased_is_done_by_another(held: PostedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    run = held.prepare(OCTOBER)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("payroll.services.variance._causes", dies)
        with pytest.raises(KeyboardInterrupt):
            variance_write_chunk(job_of(run).pk)
    assert variance_write_chunk(job_of(run).pk) == 0  # leased
    RunItem.objects.filter(job=job_of(run)).update(lease_until=timezone.now() - timedelta(seconds=1))

    assert compare_with_last_month(run) == 2
    assert run_variance(run) is not None


def test_while_a_run_is_calculated_again_its_comparison_waits(
    held: PostedCompany, sent: list[tuple[str, list[int]]]
) -> None:
    run = held.prepare(OCTOBER)
    runs.run_calculate(run.pk)
    sweep()
    assert ("payroll.variance", [job_of(run).pk]) not in sent


def test_a_correction_is_not_compared(held: PostedCompany) -> None:
    held.post(OCTOBER)
    agent = held.company.agents.get(agent_no="P1")
    models.Adjustment.objects.create(agent=agent, month=OCTOBER, code="adjustment.meal", amount="80.00", reason="late")
    models.LateChange.objects.create(agent=agent, month=OCTOBER, cause="test")
    run = held.correct(OCTOBER)
    assert not Job.objects.filter(task=VARIANCE_TASK, key=str(run.pk)).exists()


def test_a_chunk_costs_the_same_queries_for_one_as_for_two(held: PostedCompany) -> None:
    run, counts = held.prepare(OCTOBER), []
    items = RunItem.objects.filter(job=job_of(run))
    for people in (1, 2):
        models.PayslipComparison.objects.filter(run=run).delete()
        items.update(state=RunItem.State.DONE, attempt=0)
        first = list(items.order_by("pk").values_list("pk", flat=True))[:people]
        items.filter(pk__in=first).update(state=RunItem.State.QUEUED)
        with CaptureQueriesContext(connection) as queries:
            assert variance_write_chunk(job_of(run).pk) == people
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_payslip_that_cannot_be_read_stops_no_other(held: PostedCompany) -> None:
    run = held.prepare(OCTOBER)
    slip = run.payslips.get(agent__agent_no="P1")
    models.Payslip.objects.filter(pk=slip.pk).update(facts={**slip.facts, "from_the_future": 1})

    assert compare_with_last_month(run) == 2

    assert models.PayslipVariance.objects.filter(payslip__run=run).values("payslip").distinct().count() == 1
    parked = RunItem.objects.get(job=job_of(run), state=RunItem.State.PARKED)
    assert (parked.subject_id, parked.error_code) == (slip.agent_id, "kernel.snapshot_does_not_fit")
