"""Is this process able to answer, and does the whole system do its work? It says nothing about anybody's data, so
anybody may ask.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.celery import app
from grading.jobs import pulse
from grading.jobs.tasks import CANARY

CANARY_LATE = timedelta(seconds=90)
"""The beat sends one every 15 s; it waits behind the chunks under way, each about a second."""
BROKER_SECONDS = 2
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, what was seen, and whether it is as it should be."""

    name: str
    seen: str
    is_ok: bool = True


class Unready(Exception):
    """Something is not as it should be; says what."""


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process is alive: 200 when the database answers, 503 when it does not."""
    try:
        _database()
    except (DatabaseError, Unready):
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the system does its work: 200 when every check is passed, 503 when one is not."""
    found = checks()
    is_ok = all(check.is_ok for check in found)
    status = json.dumps("ok" if is_ok else "unavailable")
    lines = (json.dumps({"check": check.name, "ok": check.is_ok, "seen": check.seen}) for check in found)
    body = f'{{"status": {status}, "checks": [\n' + ",\n".join(lines) + "\n]}\n"  # a line for each, for people
    return HttpResponse(body, status=200 if is_ok else 503, content_type="application/json")


def checks() -> list[Check]:
    """Every check, in an order in which the first that fails is most likely why the others do."""
    return [_checked(name, look) for name, look in CHECKS.items()]


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, look())
    except Unready as error:
        return Check(name, str(error), is_ok=False)
    except Exception as error:  # noqa: BLE001  whatever it is, it is not as it should be
        return Check(name, type(error).__name__, is_ok=False)  # its text may hold an address or a password


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return connection.vendor


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if unapplied:
        raise Unready(f"{len(unapplied)} not applied")
    return "all applied"


def _broker() -> str:
    with app.connection_for_write(connect_timeout=BROKER_SECONDS) as held:
        held.connect()
        return str(held.transport.driver_type)


def _canary() -> str:
    """A worker that lives and does nothing looks like one that works; a task that finished does not lie."""
    finished = pulse.last(CANARY)
    if finished is None:
        raise Unready("none has finished yet")
    age = timezone.now() - finished
    seen = f"finished {age.total_seconds():.0f} s ago"
    if age > CANARY_LATE:
        raise Unready(seen)
    return seen


def _disk() -> str:
    """The disk of JIXIN_VAR; a database server has its own."""
    free = shutil.disk_usage(Path(settings.JIXIN_VAR)).free // MEGABYTE
    if free < settings.HEALTH_DISK_MB:
        raise Unready(f"{free} MB free")
    return f"{free} MB free"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "canary": _canary,
    "disk": _disk,
}
