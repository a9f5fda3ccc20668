"""Somebody else's, not yet posted, and not there at all: one and the same answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from grading import models as grading
from grading.jobs.models import AuditEntry
from tests.access.small_company import SmallCompany

WEB = ("/me/payslips/{}/", "/me/payslips/{}.pdf")
API = ("/api/v1/payslips/{}/", "/api/v1/payslips/{}/pdf/")
OTHERS, DRAFT, NOBODYS = "TINY-2026-09-A002", "TINY-2026-10-A001", "TINY-2026-09-A999"


@pytest.fixture
def me(client: Client, tiny: SmallCompany) -> Client:
    client.force_login(tiny.mine)
    return client


@pytest.mark.parametrize("address", WEB + API)
def test_somebody_elses_payslip_a_draft_and_none_look_the_same(me: Client, address: str) -> None:
    answers = [me.get(address.format(number)) for number in (OTHERS, DRAFT, NOBODYS)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert not AuditEntry.objects.filter(action="payslip.pdf").exists()


@pytest.mark.parametrize(
    "address", ["/me/appraisals/{}/", "/me/appraisals/{}.pdf", "/api/v1/appraisals/{}/", "/api/v1/appraisals/{}/pdf/"]
)
def test_an_unpublished_appraisal_and_none_look_the_same(me: Client, address: str) -> None:
    answers = [me.get(address.format(month)) for month in ("2026-10", "2024-01", "2026-99", "nonsense")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("address", WEB + API)
def test_numbers_that_try_to_be_clever_find_nothing(me: Client, address: str) -> None:
    for number in ("tiny-2026-09-a001", "TINY-2026-09-A001%00", "../TINY-2026-09-A001", "%2e%2e", "１", "1 OR 1=1"):
        assert me.get(address.format(number)).status_code in {400, 404}


@pytest.mark.parametrize("address", WEB + API)
def test_a_manager_does_not_see_the_pay_of_the_team(client: Client, tiny: SmallCompany, address: str) -> None:
    client.force_login(tiny.manager)
    assert client.get(address.format("TINY-2026-09-A001")).status_code == 404
    assert client.get("/api/v1/payslips/").json()["count"] == 0


def test_lists_hold_ones_own_only(me: Client, tiny: SmallCompany) -> None:
    numbers = [row["number"] for row in me.get("/api/v1/payslips/").json()["results"]]
    assert numbers == ["TINY-2026-09-A001"]
    assert [row["agent_no"] for row in me.get("/api/v1/appraisals/").json()["results"]] == ["A001"]
    assert b"A002" not in me.get("/me/").content


def test_hr_sees_every_payslip_but_no_pdf_of_a_draft(client: Client, tiny: SmallCompany) -> None:
    client.force_login(tiny.hr)
    assert client.get("/api/v1/payslips/").json()["count"] == 4
    assert client.get(API[0].format(DRAFT)).json()["status"] == "calculated"
    assert client.get(API[1].format(DRAFT)).status_code == 404


@pytest.mark.parametrize("path", ["/me/", "/me/payslips/TINY-2026-09-A001.pdf", "/api/v1/payslips/"])
def test_a_session_ends_the_day_after_the_last_paid_day(
    me: Client, tiny: SmallCompany, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_day = timezone.localdate()
    grading.Agent.objects.filter(user=tiny.mine).update(leave_date=last_day)
    assert me.get(path).status_code == 200
    monkeypatch.setattr(timezone, "localdate", lambda *_args: last_day + timedelta(days=1))
    assert me.get(path).status_code in {302, 401}


def test_the_last_day_is_a_day_in_shanghai(me: Client, tiny: SmallCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    last_day = datetime(2026, 11, 30, tzinfo=UTC).date()
    grading.Agent.objects.filter(user=tiny.mine).update(leave_date=last_day)
    session = me.session
    session.set_expiry(10**9)
    session.save()
    for now, status in (
        (datetime(2026, 11, 30, 15, 59, tzinfo=UTC), 200),  # 23:59 there
        (datetime(2026, 11, 30, 16, 1, tzinfo=UTC), 302),  # 00:01 on December 1st
    ):
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda now=now: now)
            assert me.get("/me/").status_code == status


def test_a_closed_login_loses_its_session_at_once(me: Client, tiny: SmallCompany) -> None:
    tiny.mine.is_active = False
    tiny.mine.save()
    assert me.get("/me/").status_code == 302
    assert me.get("/api/v1/me/").status_code == 401


def test_rights_end_with_the_login(tiny: SmallCompany) -> None:
    from django.contrib.auth.models import User

    tiny.hr.is_active = False
    tiny.hr.save()
    assert not User.objects.get(pk=tiny.hr.pk).has_perm("payroll.prepare_run")
    assert User.objects.get(pk=tiny.approver.pk).has_perm("payroll.approve_run")
