"""A whole month is worked with everything logged: no amount, account, identity or name of anybody is in the log."""

from __future__ import annotations

import io
import json
import logging
import re
from logging.config import dictConfig
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from config.celery import app
from config.log import JsonFormatter
from grading.jobs.tasks import publish
from grading.kernel.period import Month
from grading.public import Agent, Company
from payroll import models, selectors
from payroll.management import closing
from payroll.services import runs
from tests.reliability.company import CODE, MONTH, write_folders
from tests.reliability.workers import leases_expire

AMOUNT = re.compile(r"(?<![\w.])\d+\.\d\d(?![\d.])")
"""Two places: moments have three, and nothing else that is logged has any."""


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every line that is logged, as the settings have it written."""
    dictConfig(settings.LOGGING)
    lines: list[str] = []
    as_written = JsonFormatter.format

    def kept(formatter: JsonFormatter, record: logging.LogRecord) -> str:
        lines.append(as_written(formatter, record))
        return lines[-1]

    monkeypatch.setattr(JsonFormatter, "format", kept)
    return lines


def work(messages: list[tuple[str, list[Any]]]) -> None:
    """As a worker does it, failures and their log lines included."""
    while messages:
        name, args = messages.pop(0)
        app.tasks[name].apply(args)


@pytest.mark.django_db
def test_a_whole_month_leaves_nobody_in_the_log(
    log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.loader.import_default_modules()
    messages: list[tuple[str, list[Any]]] = []
    monkeypatch.setattr(app, "send_task", lambda name, args=(), **_: messages.append((name, list(args))))
    folder, _late = write_folders(tmp_path)
    call_command("load_company", str(folder), verbosity=0, stdout=io.StringIO())
    company, month = Company.objects.get(code=CODE), Month.parse(MONTH)
    preparer, approver = (User.objects.get(username=f"jixin-{name}") for name in ("preparer", "approver"))

    for profile in models.PayProfile.objects.all():
        profile.bank_name, profile.bank_account = "招商银行", f"6225880{profile.pk:012d}"
        profile.id_type, profile.id_no = "居民身份证", f"11010519491231{profile.pk:03d}X"
        profile.alipay = f"somebody{profile.pk}@example.com"
        profile.save()

    run = runs.run_start(company=company, month=month, prepared_by=preparer)
    publish(selectors.jobs_of(run)[0])
    work(messages)
    _a_chunk_that_breaks(run, monkeypatch, messages)
    run.refresh_from_db()
    runs.run_approve(run_id=run.pk, approved_by=approver, reviewed=run.fingerprint)
    runs.run_pay(run_id=run.pk, paid_by=approver)
    closing.write_out(company, month, tmp_path / "out", "both", made_by=preparer, documents=True, quiet=True)
    _pages(run)

    text = "\n".join(log)
    assert all(json.loads(line) for line in text.splitlines())
    assert "ZeroDivisionError" in text  # what breaks is told …
    assert AMOUNT.findall(text) == []  # … without what anybody is paid
    assert [secret for secret in _secrets() if secret in text] == []


def _a_chunk_that_breaks(run: models.PayRun, monkeypatch: pytest.MonkeyPatch, messages: list[Any]) -> None:
    """A bug in the middle of a chunk, with payslips at hand, and then again without it."""

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    runs.run_calculate(run.pk)
    with monkeypatch.context() as patched:
        patched.setattr("payroll.services.calculation._drafts_replace", broken)
        publish(run.job_id)
        work(messages)
    leases_expire()
    publish(run.job_id)
    work(messages)


def _pages(run: models.PayRun) -> None:
    """Pages, documents, the API and refusals, as HR and an agent ask for them."""
    hr = User.objects.create_user("hr", is_staff=True)
    hr.groups.add(Group.objects.get(name="HR"))
    client = Client(raise_request_exception=False)
    client.force_login(hr)
    slip = run.payslips.order_by("pk").first()
    assert slip is not None
    found = [
        client.get(f"{reverse('admin:month')}?month={run.month}").status_code,
        client.get(f"/api/v1/payslips/{slip.number}/").status_code,
        client.get(f"/api/v1/payslips/{slip.number}/pdf/").status_code,
        client.post(reverse("admin:month_exports", args=[run.pk])).status_code,
        client.get(f"/api/v1/payslips/?month={slip.net}").status_code,
        client.get(reverse("admin:payroll_payslip_changelist") + f"?q={slip.net}").status_code,
        client.get(f"/no/such/page/{slip.pk}").status_code,
    ]
    assert found == [200, 200, 200, 200, 400, 200, 404]


def _secrets() -> set[str]:
    """Accounts, identities and names, and every amount in yuan and in fen that is long enough to be no count."""
    profiles = models.PayProfile.objects.values_list("bank_account", "alipay", "id_no")
    said = {value for row in profiles for value in row if value}
    said |= set(Agent.objects.values_list("name", flat=True))
    amounts = {amount for row in models.Payslip.objects.values_list("gross", "net") for amount in row}
    amounts |= set(models.PayslipLine.objects.values_list("amount", flat=True))
    assert len(said) > 60
    assert len(amounts) > 60
    return said | {str(int(amount * 100)) for amount in amounts if abs(amount) > 1000}


def test_the_search_finds_what_it_looks_for(log: list[str]) -> None:
    logging.getLogger("payroll").info("paid %s", "5200.00")
    assert AMOUNT.findall("".join(log)) == ["5200.00"]
