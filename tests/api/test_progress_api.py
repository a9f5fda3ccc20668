"""Progress, stopping and going on by the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from grading.jobs import services as jobs
from payroll import models
from tests.access.small_company import SmallCompany

pytestmark = pytest.mark.django_db
KEY = {"idempotency-key": "a-key-of-this-test"}


@pytest.fixture
def working(tiny: SmallCompany) -> models.PayRun:
    """The draft run, being calculated: one of two is settled."""
    run = tiny.draft_run
    models.PayRun.objects.filter(pk=run.pk).update(status="graded")
    jobs.job_enqueue(job_id=run.job_id, subject_ids=[tiny.mine.agent.pk, tiny.other.agent.pk])
    held = jobs.claim(run.job_id, size=1)
    assert held is not None
    jobs.finish(held, [jobs.Outcome(held.subject_ids[0], "in", "out")])
    return run


@pytest.fixture
def hr(tiny: SmallCompany) -> Client:
    return _client(tiny.hr)


@pytest.fixture
def approver(tiny: SmallCompany) -> Client:
    return _client(tiny.approver)


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def progress(client: Client, run: models.PayRun) -> Any:
    return client.get(f"/api/v1/runs/{run.pk}/progress/").json()


def test_progress_is_told_phase_by_phase(hr: Client, working: models.PayRun) -> None:
    found = progress(hr, working)
    assert (found["status"], found["doing"], found["stopped"], found["idle"]) == ("graded", "calculate", False, False)
    phases = {each["phase"]: each for each in found["phases"]}
    assert list(phases) == ["grade", "calculate", "documents", "publish"]
    assert phases["calculate"] == {
        "phase": "calculate",
        "queued": 1,
        "in_work": 0,
        "done": 1,
        "parked": 0,
        "total": 2,
        "percent": 50,
        "per_second": None,  # one chunk says nothing about the pace
        "seconds_left": None,
    }


def test_a_run_is_stopped_and_goes_on(hr: Client, working: models.PayRun, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr("payroll.api.views.publish", woken.append)
    stopped = hr.post(f"/api/v1/runs/{working.pk}/stop/", headers=KEY)
    assert (stopped.status_code, stopped.json()["stopped"]) == (200, True)
    assert jobs.claim(working.job_id) is None
    again = hr.post(f"/api/v1/runs/{working.pk}/stop/", headers={"idempotency-key": "another-key"})
    assert (again.status_code, again.json()["code"]) == (409, "payroll.nothing_to_stop")
    replayed = hr.post(f"/api/v1/runs/{working.pk}/stop/", headers=KEY)
    assert (replayed.status_code, replayed.json()) == (200, stopped.json())

    resumed = hr.post(f"/api/v1/runs/{working.pk}/resume/", headers=KEY)
    assert (resumed.status_code, resumed.json()["stopped"]) == (200, False)
    assert jobs.claim(working.job_id) is not None
    again = hr.post(f"/api/v1/runs/{working.pk}/resume/", headers={"idempotency-key": "another-key"})
    assert (again.status_code, again.json()["code"]) == (409, "payroll.not_stopped")


def test_who_may_not_prepare_may_not_stop(approver: Client, working: models.PayRun) -> None:
    refused = approver.post(f"/api/v1/runs/{working.pk}/stop/", headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (403, "payroll.may_not")
    assert not jobs.is_stopped(working.job_id)


@pytest.mark.parametrize("act", ["stop", "resume"])
def test_a_script_must_name_a_key(hr: Client, working: models.PayRun, act: str) -> None:
    answer = hr.post(f"/api/v1/runs/{working.pk}/{act}/")
    assert (answer.status_code, answer.json()["code"]) == (400, "api.key_missing")
