"""What Prometheus may know, and who may ask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from config.environment import BASE_DIR
from grading.jobs import services, tasks
from tests.access.small_company import SmallCompany, small_company

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-this-test"


def scraped(client: Client, **headers: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    response = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"} | headers)
    assert response.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def _with_token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.mark.parametrize(
    ("token", "networks", "sent", "address", "expected"),
    [
        ("", [], "", "127.0.0.1", 403),  # as it is installed: nobody
        ("", [], "Bearer ", "127.0.0.1", 403),  # an empty token is none
        (TOKEN, [], f"Bearer {TOKEN}", "203.0.113.9", 200),
        (TOKEN, [], f"Basic {TOKEN}", "203.0.113.9", 403),
        (TOKEN, [], f"Bearer {TOKEN}x", "203.0.113.9", 403),
        ("", ["10.1.0.0/16"], "", "10.1.2.3", 200),
        ("", ["10.1.0.0/16"], "", "10.2.2.3", 403),
        ("", ["::1/128"], "", "::1", 200),
        ("", ["10.1.0.0/16"], "", "not-an-address", 403),
    ],
)
def test_who_may_scrape(
    client: Client, settings: Any, token: str, networks: list[str], sent: str, address: str, expected: int
) -> None:
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = token, [ip_network(each) for each in networks]
    response = client.get("/metrics", headers={"authorization": sent}, REMOTE_ADDR=address)
    assert response.status_code == expected


def test_a_header_that_names_an_allowed_address_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_NETWORKS = [ip_network("10.1.0.0/16")]
    response = client.get("/metrics", headers={"x-forwarded-for": "10.1.2.3", "x-real-ip": "10.1.2.3"})
    assert response.status_code == 403


@pytest.mark.usefixtures("_with_token")
def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    name, labels = "jixin_http_request_seconds_count", {"method": "GET", "status": "200"}
    key = (name, tuple(sorted((labels | {"route": "healthz"}).items())))
    before = scraped(client).get(key, 0)
    client.get("/healthz")
    client.get("/no/such/page/42")
    found = scraped(client)
    assert found[key] == before + 1
    assert found[name, (("method", "GET"), ("route", "unmatched"), ("status", "404"))] >= 1
    routes = {dict(labels)["route"] for (metric, labels) in found if metric == name}
    assert not any("42" in route for route in routes)


@pytest.mark.usefixtures("_with_token")
def test_queues_tasks_sweeper_and_canary_are_told_from_the_rows(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = User.objects.create(username="somebody")
    job = services.job_open(task="test.work", key="7/2026-10", follow_up="test.after", requested_by=user)
    services.job_enqueue(job_id=job.pk, subject_ids=[1, 2, 3])
    services.claim(job.pk, size=1)
    services.jobs_stop([job.pk])
    services.jobs_resume([job.pk])
    monkeypatch.setattr(tasks.current_app, "send_task", lambda *_, **__: None)
    tasks.sweep()
    tasks.canary()
    task = SimpleNamespace(name="payroll.calculate")
    for number in range(2):
        tasks._task_begins(task_id=str(number))
        tasks._task_ends(task_id=str(number), task=task, state="SUCCESS")
    found = scraped(client)
    items = {labels: value for (name, labels), value in found.items() if name == "jixin_job_items"}
    assert items == {(("key", "7/2026-10"), ("state", "queued"), ("task", "test.work")): 3}
    assert found["jixin_swept_jobs_total", ()] == 1
    assert 0 <= found["jixin_canary_age_seconds", ()] < 60
    assert found["jixin_task_seconds_count", (("outcome", "success"), ("task", "payroll.calculate"))] == 2
    assert found["jixin_ready", (("check", "database"),)] == 1
    assert {value for (name, labels), value in found.items() if name == "jixin_ready"} <= {0, 1}


@pytest.mark.usefixtures("_with_token")
def test_nobody_is_named_and_nothing_is_paid(client: Client) -> None:
    tiny: SmallCompany = small_company()
    client.force_login(tiny.hr)
    client.get("/admin/month/")
    text = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()
    people = re.compile(f"A001|A002|{tiny.my_slip.agent.name}|{tiny.my_slip.number}|tiny")
    assert not people.search(text)


def test_several_processes_count_together(tmp_path: Path) -> None:
    """What two processes counted is told as one figure when they share PROMETHEUS_MULTIPROC_DIR."""
    program = (
        "import django, sys; django.setup()\n"
        "from config.metrics import REQUESTS\n"
        "REQUESTS.labels('GET', 'some', '200').observe(0.5)\n"
        "from prometheus_client import CollectorRegistry, generate_latest\n"
        "from prometheus_client.multiprocess import MultiProcessCollector\n"
        "registry = CollectorRegistry(); MultiProcessCollector(registry)\n"
        "sys.stdout.write(generate_latest(registry).decode())\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    for count in (1, 2):
        run = [sys.executable, "-c", program]
        said = subprocess.run(run, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=True)
        assert f'jixin_http_request_seconds_count{{method="GET",route="some",status="200"}} {count}.0' in said.stdout
