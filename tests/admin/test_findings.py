"""The findings of a run: by kind on the month-end page, and all of them, filtered and in pages."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payroll import models
from payroll.admin.findings import groups_of
from payroll.services.run_figures import review_of, review_write
from tests.admin.small_company import MONTH, month_run

pytestmark = pytest.mark.django_db


def page(run: models.PayRun, **asked: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{reverse('admin:month_findings', args=[run.pk])}?{query}"


def found(run: models.PayRun, code: str, *agent_nos: str, **columns: object) -> None:
    """Findings of a code for these agents, written and counted as a calculation does it."""
    agents = run.company.agents.filter(agent_no__in=agent_nos)
    values = {"severity": "warning", "owner": "hr", "article": "", "values": {}, **columns}
    models.RunFinding.objects.bulk_create(
        models.RunFinding(run=run, agent=agent, code=code, **values) for agent in agents
    )
    review_write(run)


@pytest.fixture
def looked(run) -> models.PayRun:
    """A run whose findings are those of the tests alone."""
    run.findings.all().delete()
    found(run, "guard.account_shared", "A002", values={"others": "A003"})
    found(run, "guard.account_shared", "A003", values={"others": "A002"})
    limits = {"hours": "40", "limit": "36"}
    found(run, "guard.overtime_hours", "A001", owner="manager", article="劳动法 art. 41", values=limits)
    found(run, "guard.far_from_last_month", "A004", severity="info", values={"net": "1", "before": "2"})
    return run


def test_they_are_for_those_who_may_see_pay(looked, hr, boss, manager, agent_user, client, as_user):
    assert as_user(hr).get(page(looked)).status_code == 200
    assert as_user(boss).get(page(looked)).status_code == 200
    assert as_user(manager).get(page(looked)).status_code == 403
    assert as_user(agent_user).get(page(looked)).status_code == 302
    assert client.get(page(looked)).status_code == 302
    assert as_user(hr).post(page(looked)).status_code == 405
    Group.objects.get(name="HR").permissions.remove(Permission.objects.get(codename="view_payslip"))
    assert as_user(hr).get(page(looked)).status_code == 403
    month = as_user(hr).get(f"{reverse('admin:month')}?company={looked.company_id}&month={MONTH}")
    assert "groups" not in month.context
    assert "The account is also" not in month.content.decode()


def test_the_month_page_groups_them_by_kind_warnings_first(looked, hr, as_user, assert_no_inline):
    answer = as_user(hr).get(f"{reverse('admin:month')}?company={looked.company_id}&month={MONTH}")
    html = answer.content.decode()
    assert_no_inline(html)
    groups = [
        (group.name, group.count, group.severity, group.owner, group.article) for group in answer.context["groups"]
    ]
    assert groups == [
        ("One account for several people", 2, "warning", "HR", ""),
        ("More overtime than the law allows", 1, "warning", "team manager", "劳动法 art. 41"),
        ("Net pay far from last month's", 1, "information", "HR", ""),
    ]
    assert "40 hours of overtime are more than the 36 a month" in html
    slip = looked.payslips.get(agent__agent_no="A001")
    assert f'<a href="{reverse("admin:payroll_payslip_change", args=[slip.pk])}">A001 客服A001</a>' in html


def test_many_people_of_one_kind_are_counted_and_listed_elsewhere(load, hr, as_user):
    run = month_run(load(15), MONTH, hr)
    run.findings.all().delete()
    found(run, "guard.no_housing_fund", *(f"A{number:03d}" for number in range(1, 16)))
    (group,) = groups_of(run, review_of(run).findings)
    assert (group.count, len(group.people), group.unnamed) == (15, 10, 5)
    assert [each.agent_no for each in group.people] == [f"A{number:03d}" for number in range(1, 11)]
    assert len(as_user(hr).get(group.address).context["rows"]) == 15


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["A002", "A003", "A004", "A001"]),
        ({"severity": "info"}, ["A004"]),
        ({"owner": "manager"}, ["A001"]),
        ({"code": "guard.account_shared"}, ["A002", "A003"]),
        ({"code": "guard.account_shared", "owner": "manager"}, []),
        ({"severity": "grave"}, []),
    ],
)
def test_they_are_filtered(asked, expected, looked, hr, as_user, assert_no_inline):
    answer = as_user(hr).get(page(looked, **asked))
    assert_no_inline(answer.content.decode())
    assert [row.agent_no for row in answer.context["rows"]] == expected
    assert ("No finding fits." in answer.content.decode()) is (not expected)


def test_pages_keep_the_filter(looked, hr, as_user, monkeypatch):
    monkeypatch.setattr("payroll.admin.findings.PAGE_SIZE", 1)
    answer = as_user(hr).get(page(looked, severity="warning", page="2"))
    html = answer.content.decode()
    assert [row.agent_no for row in answer.context["rows"]] == ["A003"]
    assert "2 to 2 of 3" in html
    assert "?severity=warning&amp;page=1" in html
    assert "?severity=warning&amp;page=3" in html


def test_a_run_without_findings_says_so(looked, hr, as_user):
    looked.findings.all().delete()
    assert "Nothing unusual was found." in as_user(hr).get(page(looked)).content.decode()


def test_both_take_as_many_queries_for_fifty_findings_as_for_five(load, hr, as_user):
    client, counts = as_user(hr), []
    for agents in (5, 50):
        run = month_run(load(agents), MONTH, hr)
        run.findings.all().delete()
        for code in ("guard.no_housing_fund", "guard.overtime_hours"):
            found(run, code, *(f"A{number:03d}" for number in range(1, agents + 1)))
        client.get(page(run))
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(page(run)).context["rows"]) == min(2 * agents, 50)
            groups_of(run, review_of(run).findings)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 15


def test_a_run_that_is_not_there(hr, as_user, db):
    assert as_user(hr).get(reverse("admin:month_findings", args=[999])).status_code == 404
