"""Alive and ready: every check fails once, by itself, and says so on its own line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from config import health
from config.celery import app
from grading.jobs import pulse
from grading.jobs.models import Pulse
from grading.jobs.tasks import CANARY, canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(client: Client) -> Any:
    """What readiness says, after a canary finished."""
    canary()

    def asked() -> tuple[int, dict[str, bool], str]:
        response = client.get("/readyz")
        text = response.content.decode()
        return response.status_code, {each["check"]: each["ok"] for each in json.loads(text)["checks"]}, text

    return asked


ALL = {"database": True, "migrations": True, "broker": True, "canary": True, "disk": True}


def test_everything_is_as_it_should_be(ready: Any) -> None:
    status, found, text = ready()
    assert (status, found) == (200, ALL)
    assert text.count("\n") == len(ALL) + 2  # one line for each check


def test_alive_is_not_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 503  # no canary has ever finished


def test_a_canary_that_finished_long_ago_is_a_dead_one(ready: Any) -> None:
    Pulse.objects.filter(name=CANARY).update(last_at=timezone.now() - health.CANARY_LATE - timedelta(seconds=5))
    status, found, text = ready()
    assert (status, found) == (503, ALL | {"canary": False})
    assert "finished 95 s ago" in text


def test_a_full_disk(ready: Any, settings: Any) -> None:
    settings.HEALTH_DISK_MB = 10**12
    status, found, _text = ready()
    assert (status, found) == (503, ALL | {"disk": False})


def test_a_broker_that_is_away_is_told_without_its_address(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise ConnectionError("redis://user:secret@broker.example")

    monkeypatch.setattr(app, "connection_for_write", away)
    status, found, text = ready()
    assert (status, found) == (503, ALL | {"broker": False})
    assert "secret" not in text
    assert "ConnectionError" in text


def test_a_migration_that_is_not_applied(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [("one", False), ("two", False)])
    status, found, text = ready()
    assert (status, found) == (503, ALL | {"migrations": False})
    assert "2 not applied" in text


def test_a_database_that_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("connection to server at 10.0.0.1 failed")

    monkeypatch.setattr(health, "_database", away)
    monkeypatch.setitem(health.CHECKS, "database", away)
    assert client.get("/healthz").status_code == 503
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "10.0.0.1" not in response.content.decode()


def test_the_beat_sends_a_canary_more_often_than_it_may_be_late(settings: Any) -> None:
    planned = settings.CELERY_BEAT_SCHEDULE["jobs.canary"]
    assert planned["task"] == canary.name
    assert 3 * planned["schedule"] < health.CANARY_LATE.total_seconds()


def test_a_pulse_is_counted() -> None:
    pulse.beat("some", times=3, milliseconds=20)
    pulse.beat("some", milliseconds=5)
    pulse.beat("some", outcome="failure")
    assert [(each.outcome, each.times, each.milliseconds) for each in pulse.pulses()] == [
        ("", 4, 25),
        ("failure", 1, 0),
    ]
    assert pulse.last("never") is None
