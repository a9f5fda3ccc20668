"""One key, one effect: whatever is sent twice happens once and is answered alike."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from grading.imports.folder import CompanyFolder
from grading.jobs import keys
from grading.jobs.models import AuditEntry, IdempotencyKey
from payroll import models
from payroll.services.loading import company_load
from tests.admin.small_company import MONTH, files, month_run

KEY = "9f1c-approve-october"


def person(name: str, group: str) -> User:
    user, _made = User.objects.get_or_create(username=name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


def logged_in(name: str, *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict, headers={"accept-language": "en"})
    client.force_login(User.objects.get(username=name))
    return client


def calculated() -> models.PayRun:
    hr = person("hr", "HR")
    person("boss", "HR approver")
    report = company_load(CompanyFolder.from_files("small", files(3)), loaded_by=hr)
    assert report.company is not None
    return month_run(report.company, MONTH, hr)


@pytest.fixture
def run(db: None) -> models.PayRun:
    return calculated()


def approve(client: Client, run: models.PayRun, key: str = KEY, **body: str) -> Any:
    return client.post(
        reverse("api-run-approve", args=[run.pk]),
        {"fingerprint": run.fingerprint} | body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def approvals() -> int:
    return AuditEntry.objects.filter(action="run.approve").count()


def test_a_replay_gets_the_same_answer_and_does_nothing(run: models.PayRun) -> None:
    first, second = (approve(logged_in("boss"), run) for _time in range(2))
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert first.json()["status"] == "approved"
    assert ("Idempotency-Replayed" in first, "Idempotency-Replayed" in second) == (False, True)
    assert approvals() == 1
    assert approve(logged_in("boss"), run, "another-key").json()["code"] == "payroll.run_not_ready"


def test_the_same_key_with_another_content_is_refused(run: models.PayRun) -> None:
    approve(logged_in("boss"), run)
    other = approve(logged_in("boss"), run, fingerprint="f" * 64)
    assert (other.status_code, other.json()["code"]) == (422, "jobs.key_used_for_another")
    assert approvals() == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 256, "schlüssel-1"])
def test_a_script_must_name_a_key(run: models.PayRun, key: str) -> None:
    answer = approve(logged_in("boss"), run, key.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["code"]) == (400, "api.key_missing")
    assert not IdempotencyKey.objects.exists()


def test_what_was_refused_keeps_nothing_and_may_be_tried_again(run: models.PayRun) -> None:
    """The same key, first refused for another fingerprint than the run's, then right."""
    assert approve(logged_in("boss"), run, fingerprint="f" * 64).status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert approve(logged_in("boss"), run).status_code == 200


def test_keys_of_others_are_others(run: models.PayRun) -> None:
    approve(logged_in("boss"), run)
    person("second", "HR approver")
    assert approve(logged_in("second"), run).json()["code"] == "payroll.run_not_ready"


def form_token(client: Client, run: models.PayRun) -> str:
    """What a browser has on the page."""
    page = client.get(f"{reverse('admin:month')}?company={run.company_id}&month={run.month}&run={run.pk}")
    return str(page.context["csrf_token"])


def press(client: Client, run: models.PayRun, token: str, **fields: str) -> HttpResponse:
    form = {"csrfmiddlewaretoken": token, "fingerprint": run.fingerprint, "seen": "yes"} | fields
    return client.post(reverse("admin:month_approve", args=[run.pk]), form)  # type: ignore[return-value]


def test_a_button_pressed_twice_acts_once(run: models.PayRun) -> None:
    client = logged_in("boss", strict=True)
    token = form_token(client, run)
    first, second = press(client, run, token), press(client, run, token)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert first.status_code == 302
    assert approvals() == 1
    changed = press(client, run, token, fingerprint="f" * 64)
    assert changed.status_code == 422
    assert b"Load the page again" in changed.content


def test_a_page_that_is_loaded_again_has_another_key(run: models.PayRun) -> None:
    client = logged_in("boss", strict=True)
    assert form_token(client, run) != form_token(client, run)


def test_a_form_that_was_refused_may_be_sent_again(run: models.PayRun) -> None:
    """Refused with a message and sent back to the page: nothing is kept, and the same form then works."""
    client = logged_in("boss", strict=True)
    token = form_token(client, run)
    assert press(client, run, token, seen="").status_code == 302
    assert not IdempotencyKey.objects.exists()
    assert press(client, run, token).status_code == 302
    assert approvals() == 1


def test_an_act_and_its_key_come_together_or_not_at_all(run: models.PayRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key cannot be kept: then nothing was approved either."""

    def broken(*_args: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(keys, "keep", broken)
    client = logged_in("boss")
    client.raise_request_exception = False
    assert approve(client, run).status_code == 500
    run.refresh_from_db()
    assert (run.is_posted, approvals()) == (False, 0)


def test_no_key_is_changed_or_deleted(run: models.PayRun) -> None:
    approve(logged_in("boss"), run)
    for change in (lambda: IdempotencyKey.objects.update(status=500), lambda: IdempotencyKey.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_thousand_replays_have_one_effect(engine: str) -> None:
    """Eight at a time, three of four with the right content. Nobody gets anything but the answer, 409 or 422."""
    run, size, at_once = calculated(), 1000, 8
    chance, start = random.Random(7), Barrier(at_once)
    bodies = [{} if chance.random() < 0.75 else {"fingerprint": "e" * 64} for _request in range(size)]

    def ask(worker: int) -> list[tuple[int, bytes]]:
        try:
            client = logged_in("boss")
            start.wait()
            found = []
            for body in bodies[worker::at_once]:
                answer = approve(client, run, **body)
                found.append((answer.status_code, answer.content))
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(at_once) as pool:
        answers = [each for found in pool.map(ask, range(at_once)) for each in found]
    statuses = Counter(status for status, _content in answers)
    assert len(answers) == size
    assert statuses.keys() <= {200, 409, 422}, statuses
    assert len({content for status, content in answers if status == 200}) == 1
    assert statuses[200] > size // 2
    assert approvals() == 1
    assert IdempotencyKey.objects.count() == 1


def test_a_request_whose_twin_still_runs_is_told_at_once(postgresql: str) -> None:
    run = calculated()
    sent = keys.sent(User.objects.get(username="boss"), f"POST /api/v1/runs/{run.pk}/approve/", KEY, b"")

    def twin() -> Any:
        try:
            return approve(logged_in("boss"), run)
        finally:
            connection.close()

    with transaction.atomic():
        assert keys.answered(sent, patience=0) is None
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(twin).result()
    assert (answer.status_code, answer.json()["code"]) == (409, "jobs.same_key_running")
    assert approve(logged_in("boss"), run).status_code == 200
