"""Why net pay changed: the totals that add up, the people in order, the file, and who may look."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grading.jobs.models import AuditEntry
from grading.models import Agent, KpiResult
from payroll import models
from payroll.services import runs
from tests.admin.small_company import MONTH, month_run
from tests.payroll.services.posted_company import compare_with_last_month
from tests.superuser import thawed

pytestmark = pytest.mark.django_db
BEFORE = MONTH.plus(-1)


def page(run: models.PayRun, name: str = "admin:month_variance") -> str:
    return reverse(name, args=[run.pk])


@pytest.fixture
def compared(load, hr, boss) -> models.PayRun:
    """Two months of five people. A004's score doubles, A002's penalty of 20.00 goes, A005 is new."""
    company = load(5, (BEFORE, MONTH))
    Agent.objects.filter(agent_no="A005").update(hire_date=MONTH.first_day)
    first = month_run(company, BEFORE, hr)
    runs.run_approve(run_id=first.pk, approved_by=boss, reviewed=first.fingerprint)
    KpiResult.objects.filter(agent__agent_no="A004", month=MONTH).update(value="0.50")
    models.Adjustment.objects.filter(agent__agent_no="A002", month=MONTH).delete()
    run = month_run(company, MONTH, hr)
    compare_with_last_month(run)
    return run


def test_it_is_for_those_who_may_see_payslips(compared, hr, boss, manager, agent_user, client, as_user):
    for name in ("admin:month_variance", "admin:month_variance_file"):
        assert as_user(hr).get(page(compared, name)).status_code == 200
        assert as_user(boss).get(page(compared, name)).status_code == 200
        assert as_user(manager).get(page(compared, name)).status_code == 403
        assert as_user(agent_user).get(page(compared, name)).status_code == 302
        assert client.get(page(compared, name)).status_code == 302
        assert as_user(hr).post(page(compared, name)).status_code == 405
    Group.objects.get(name="HR").permissions.remove(Permission.objects.get(codename="view_payslip"))
    assert as_user(hr).get(page(compared)).status_code == 403


def test_the_causes_add_up_to_the_difference(compared, hr, as_user, assert_no_inline):
    answer = as_user(hr).get(page(compared))
    html = answer.content.decode()
    assert_no_inline(html)
    check = answer.context["check"]
    # before: A001 to A004, 3,000 + 600 × 50 ÷ 100 each, meals 50, penalty 20. Then A004 scores 100: 300 more, and
    # the grade is paid by nobody; A005 comes with 3,300
    assert (check.before, check.after, check.difference) == ("13,230.00", "16,850.00", "+3,620.00")
    assert check.causes == (
        ("Employment and days of the month", "+3,300.00"),
        ("KPI score", "+300.00"),
        ("Adjustments", "+20.00"),
    )
    assert "The causes add up to the difference of +3,620.00, to the fen." in html


def test_what_attendance_and_commission_do_not_explain_comes_first(compared, hr, as_user):
    for agent_no, cause, amount in (("A001", "commission", "9000.00"), ("A003", "attendance", "-8000.00")):
        slip = compared.payslips.get(agent__agent_no=agent_no)
        with thawed():
            slip.variance.all().delete()
        models.PayslipVariance.objects.create(payslip=slip, cause=cause, amount=Decimal(amount))
    people = as_user(hr).get(page(compared)).context["people"]
    assert [(each.agent_no, each.surprise) for each in people] == [
        ("A005", "+3,300.00"),
        ("A004", "+300.00"),
        ("A002", "+20.00"),
        ("A001", "0.00"),
        ("A003", "0.00"),
    ]
    assert people[3].causes == (("Commission", "+9,000.00"),)


def test_a_sum_that_does_not_add_up_is_told(compared, hr, as_user):
    with thawed():
        models.PayslipVariance.objects.filter(cause="kpi").update(amount=Decimal("299.99"))
    models.RunReview.objects.update(causes=None)
    answer = as_user(hr).get(page(compared))
    assert not answer.context["check"].adds_up
    assert "The causes do not add up" in answer.content.decode()


def test_whoever_left_stands_in_the_sum(compared, hr, as_user, boss, load):
    runs.run_approve(run_id=compared.pk, approved_by=boss, reviewed=compared.fingerprint)
    company, later = compared.company, MONTH.next
    Agent.objects.filter(agent_no="A001").update(leave_date=MONTH.last_day)
    for agent in Agent.objects.filter(company=company).exclude(agent_no="A001"):
        KpiResult.objects.create(agent=agent, month=later, metric="deal_rate", value="0.25")
    run = month_run(company, later, hr)
    compare_with_last_month(run)
    check = as_user(hr).get(page(run)).context["check"]
    assert ("People who are no longer employed", "-3,350.00") in check.causes
    assert (check.before, check.after, check.adds_up) == ("16,850.00", "13,200.00", True)


def test_the_causes_stand_on_the_payslip_too(compared, hr, as_user):
    slip = compared.payslips.get(agent__agent_no="A004")
    html = as_user(hr).get(reverse("admin:payroll_payslip_change", args=[slip.pk])).content.decode()
    assert "Why net pay changed" in html
    assert '<td>KPI score</td><td class="num">+300.00</td>' in html
    assert '<td>Last month</td><td class="num">3,300.00</td>' in html


def test_the_month_page_leads_here(compared, hr, as_user):
    html = as_user(hr).get(f"{reverse('admin:month')}?company={compared.company_id}&month={MONTH}").content.decode()
    assert page(compared) in html


def test_until_it_is_worked_out_the_page_says_so(compared, hr, as_user):
    with thawed():
        models.PayslipComparison.objects.filter(payslip__agent__agent_no="A002").delete()
    models.RunReview.objects.update(causes=None)
    assert "The causes are being worked out" in as_user(hr).get(page(compared)).content.decode()
    assert as_user(hr).get(page(compared, "admin:month_variance_file")).status_code == 404


def test_a_correction_is_compared_with_nothing(compared, hr, as_user):
    with thawed():
        models.PayRun.objects.filter(pk=compared.pk).update(kind="correction")
    for name in ("admin:month_variance", "admin:month_variance_file"):
        assert as_user(hr).get(page(compared, name)).status_code == 404


def test_the_file_holds_everybody_with_a_column_for_each_cause(compared, hr, as_user):
    Agent.objects.filter(agent_no="A004").update(name="=cmd|' /C calc'!A0")
    answer = as_user(hr).get(page(compared, "admin:month_variance_file"))
    assert answer["Content-Disposition"] == (f'attachment; filename="small-{MONTH}-regular-1-variance.csv"')
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["Agent number"] for row in rows] == ["A005", "A004", "A002", "A001", "A003"]
    changed = rows[1]
    assert changed["Name"] == "'=cmd|' /C calc'!A0"
    assert (changed["Last month"], changed["This run"], changed["Difference"]) == ("3300.00", "3600.00", "300.00")
    assert (changed["KPI score"], changed["Commission"]) == ("300.00", "0.00")
    noted = AuditEntry.objects.get(action="run.export")
    assert (noted.actor, noted.detail) == (hr, {"scope": "variance", "people": 5})


def test_it_comes_in_pages_and_takes_as_many_queries_for_fifty_as_for_five(load, hr, boss, as_user, monkeypatch):
    client, counts = as_user(hr), []
    for agents in (5, 50):
        run = month_run(load(agents), MONTH, hr)
        compare_with_last_month(run)
        client.get(page(run))
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(page(run)).context["people"]) == agents
        counts.append(len(queries))
    assert counts[0] == counts[1] < 18
    monkeypatch.setattr("payroll.admin.variance.PAGE_SIZE", 20)
    third = client.get(f"{page(run)}?page=3")
    assert len(third.context["people"]) == 10
    assert "41 to 50 of 50" in third.content.decode()
