"""Hosts share a database and a broker and nothing else: each does alone what the other began, without its disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.deploy.two_hosts import ROOT, Host, wait_until
from tests.servers.valkey import Broker

MONTH = "2026-10"
LOGGED_IN = """
import hashlib, json, re
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(username="{user}"))
company = __import__("grading.models", fromlist=["Company"]).Company.objects.get().pk
"""
PEOPLE = """
from django.contrib.auth.models import Group, User
for name, group in (("hr", "HR"), ("boss", "HR approver")):
    User.objects.create_user(name, is_staff=True).groups.add(Group.objects.get(name=group))
"""
START = """
answer = client.post("/admin/month/start/", {"company": company, "month": "2026-10"})
assert answer.status_code == 302, answer.status_code
"""
APPROVE_AND_PAY = """
from payroll.models import PayRun
run = PayRun.objects.get(month="2026-10")
answer = client.post(f"/admin/month/{run.pk}/approve/", {"seen": "yes", "fingerprint": run.fingerprint})
assert answer.status_code == 302, answer.content.decode()[-2000:]
answer = client.post(f"/admin/month/{run.pk}/pay/")
assert answer.status_code == 302, answer.status_code
assert PayRun.objects.get().status == "paid"
"""
DOCUMENTS = """
import io, zipfile
from payroll.models import PayRun
from grading.models import QaReport
run = PayRun.objects.get(month="2026-10")
def checksum(data): return hashlib.sha256(data).hexdigest()
found = {}
for slip in run.payslips.order_by("number")[:5]:
    answer = client.get(f"/api/v1/payslips/{slip.number}/pdf/")
    assert answer.status_code == 200, answer.status_code
    found[slip.number] = checksum(answer.content)
answer = client.post(f"/admin/month/{run.pk}/exports/", {"encoding": "utf-8-sig", "tax_layout": "29", "scope": "run"})
assert answer["Content-Type"] == "application/zip", answer.status_code
body = b"".join(answer.streaming_content) if answer.streaming else answer.content
with zipfile.ZipFile(io.BytesIO(body)) as packed:
    found |= {name: checksum(packed.read(name)) for name in packed.namelist()}
for report in QaReport.objects.order_by("pk"):
    found[f"qa {report.day}"] = checksum(report.file.read())
print(json.dumps(found))
"""
QA_REPORTS = """
from datetime import date
from grading.services.qa_report import reports_make
print(reports_make(date(2026, 10, 20)))
"""
TRY_UPLOAD = """
from django.core.files.uploadedfile import SimpleUploadedFile
file = SimpleUploadedFile("kpi.csv", open("{path}", "rb").read())
answer = client.post("/admin/month/upload/", {{"files": [file], "company": company, "month": "2026-10"}})
(token,) = set(re.findall('name="token" value="([^"]+)"', answer.content.decode()))
print(json.dumps([client.cookies["sessionid"].value, token]))
"""
CONFIRM = """
client.cookies["sessionid"] = "{session}"
answer = client.post("/admin/month/upload/confirm/", {{"token": "{token}", "company": company, "month": "2026-10"}})
assert answer.status_code == 302, answer.status_code
from grading.models import KpiResult
print(KpiResult.objects.filter(month="2026-10").count())
"""


@pytest.fixture
def broker_url(broker: Broker) -> Iterator[str]:
    with broker.running():
        yield broker.url


@pytest.fixture
def hosts(tmp_path: Path, postgres_url: str, broker_url: str) -> tuple[Host, Host]:
    """Two hosts; the company's files lie on the first one only."""
    first, second = (Host(tmp_path / name, postgres_url, broker_url) for name in ("first", "second"))
    shutil.copytree(ROOT / "demo" / "company", first.home / "company")
    return first, second


@contextmanager
def only(host: Host, hosts: tuple[Host, Host]) -> Iterator[Host]:
    """The other host is not there."""
    (other,) = (each for each in hosts if each is not host)
    with other.away():
        yield host


def _as(user: str, program: str) -> str:
    return LOGGED_IN.format(user=user) + program


def _status(postgres_url: str) -> Callable[[str], bool]:
    def is_at(status: str) -> bool:
        with psycopg.connect(postgres_url) as connection:
            row = connection.execute("SELECT status FROM payroll_payrun WHERE month = %s", [MONTH]).fetchone()
            return row is not None and row[0] == status

    return is_at


def test_each_host_goes_on_where_the_other_one_stopped(hosts: tuple[Host, Host], postgres_url: str) -> None:
    first, second = hosts
    is_at = _status(postgres_url)

    with only(first, hosts):  # loads files, platform exports among them, and tries another one
        first.python(PEOPLE)
        first.manage("load_company", str(first.home / "company"), "--month", MONTH)
        kpi = first.home / "company" / MONTH / "kpi.csv"
        rows = kpi.read_text(encoding="utf-8").splitlines(keepends=True)
        kpi.write_text("".join(rows[:-1]), encoding="utf-8")
        session, token = json.loads(first.python(_as("hr", TRY_UPLOAD.format(path=kpi))))

    with only(second, hosts):  # loads what the first one tried, and starts the month
        left = second.python(_as("hr", CONFIRM.format(session=session, token=token)))
        assert int(left) == len(rows) - 2  # without the heading and the last one
        second.python(_as("hr", START))

    with only(first, hosts), first.worker() as log:
        wait_until(lambda: is_at("calculated"), 150, log)

    with only(second, hosts):  # reads the exports that the first one was given
        assert int(second.python(QA_REPORTS)) > 0
        assert list((second.home / "var" / "copies").glob("*.parquet"))
        second.python(_as("boss", APPROVE_AND_PAY))
        made = _documents(second)
        assert sum(name.startswith("qa ") for name in made) > 0

    with only(first, hosts):
        assert _documents(first) == made


def _documents(host: Host) -> Any:
    return json.loads(host.python(_as("hr", DOCUMENTS)))
