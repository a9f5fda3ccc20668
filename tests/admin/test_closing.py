"""The refusal of an approval with its differences, and the closing report, as their pages and the API show them."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from django.urls import reverse
from pypdf import PdfReader

from grading.jobs import services as jobs
from grading.jobs.models import AuditEntry
from payroll import models
from payroll.services import review, runs
from payroll.sheets import closing_sheet
from tests.admin.small_company import MONTH, month_run

KEY = {"Idempotency-Key": "one-of-a-script"}


def late_adjustment() -> None:
    """A001 gets 130.00 for meals instead of 50.00."""
    models.Adjustment.objects.filter(agent__agent_no="A001", code="adjustment.meals").update(amount=Decimal("130.00"))


def approve(client, run):
    return client.post(reverse("admin:month_approve", args=[run.pk]), {"fingerprint": run.fingerprint, "seen": "yes"})


def test_the_page_says_whose_pay_and_which_lines_changed_after_the_calculation(run, boss, as_user, assert_no_inline):
    late_adjustment()
    answer = approve(as_user(boss), run)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert_no_inline(html)
    [change] = answer.context["changes"]
    assert change.agent.startswith("A001")
    [line] = change.lines
    assert (line.before, line.after, line.change) == ("50.00", "130.00", "+80.00")
    assert "changed after run" in html
    run.refresh_from_db()
    assert not run.is_posted


def test_the_page_says_what_the_reviewer_did_not_see(run, company, hr, boss, as_user):
    reviewed = run.fingerprint
    late_adjustment()
    month_run(company, MONTH, hr)
    run.fingerprint = reviewed
    answer = approve(as_user(boss), run)
    assert answer.status_code == 409
    assert [line.change for change in answer.context["changes"] for line in change.lines] == ["+80.00"]


def test_the_api_says_the_same(run, boss, as_user):
    late_adjustment()
    address = reverse("api-run-approve", args=[run.pk])
    body = {"fingerprint": run.fingerprint}
    answer = as_user(boss).post(address, body, content_type="application/json", headers=KEY)
    found = answer.json()
    assert (answer.status_code, found["code"], found["people"]) == (409, "payroll.inputs_changed", 1)
    [change] = found["changes"]
    assert change["lines"] == [{"code": "adjustment.meals", "period": str(MONTH), "before": "50.00", "after": "130.00"}]
    assert Decimal(change["net_after"]) - Decimal(change["net_before"]) == Decimal("80.00")


def test_the_preparer_and_hr_do_not_approve_by_the_api(run, hr, as_user):
    answer = as_user(hr).post(
        reverse("api-run-approve", args=[run.pk]),
        {"fingerprint": run.fingerprint},
        content_type="application/json",
        headers=KEY,
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "payroll.may_not")


def test_a_body_that_is_something_else_is_refused(run, boss, as_user):
    address = reverse("api-run-approve", args=[run.pk])
    for body in ({}, {"fingerprint": "x"}, {"fingerprint": run.fingerprint, "status": "paid"}, []):
        answer = as_user(boss).post(address, body, content_type="application/json", headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, "api.bad_value"), body


def test_the_closing_report_says_who_did_it_and_what_proves_it(run, hr, boss, as_user):
    client, address = as_user(boss), reverse("admin:month_report", args=[run.pk, "en"])
    assert client.get(address).status_code == 404  # nothing is closed yet
    approve(client, run)
    runs.run_pay(run_id=run.pk, paid_by=hr)
    run.refresh_from_db()
    page = client.get(f"{reverse('admin:month')}?company={run.company_id}&month={MONTH}&run={run.pk}")
    assert address in page.content.decode()
    answer = client.get(address)
    text = "".join("".join(each.extract_text() for each in PdfReader(BytesIO(answer.content)).pages).split())
    for said in (run.fingerprint, run.audit_head, "hr,", "boss,"):
        assert said in text
    assert AuditEntry.objects.filter(action="run.report", actor=boss).count() == 1
    assert client.get(reverse("admin:month_report", args=[run.pk, "fr"])).status_code == 404


def test_its_totals_are_those_of_the_payslips(run, boss, as_user):
    approve(as_user(boss), run)
    run.refresh_from_db()
    sheet = closing_sheet(run)
    net = sum(run.payslips.values_list("net", flat=True))
    assert [line.amount for line in sheet.lines if line.is_total][2] == net
    assert run.audit_head == jobs.audit_head()


def test_the_closing_report_is_for_those_who_see_pay(run, manager, boss, as_user):
    approve(as_user(boss), run)
    assert as_user(manager).get(reverse("admin:month_report", args=[run.pk, "en"])).status_code == 403


def test_calculating_again_says_whose_pay_changed(run, company, hr, as_user, assert_no_inline):
    page, address = reverse("admin:month_changes", args=[run.pk]), f"{reverse('admin:month')}?run={run.pk}"
    assert page not in as_user(hr).get(address).content.decode()
    assert "Nobody's pay was changed" in as_user(hr).get(page).content.decode().replace("&#x27;", "'")
    late_adjustment()
    month_run(company, MONTH, hr)
    assert page in as_user(hr).get(address).content.decode()
    answer = as_user(hr).get(page)
    assert_no_inline(answer.content.decode())
    [change] = answer.context["changes"]
    assert change.agent.startswith("A001")
    assert [(line.before, line.after, line.change) for line in change.lines] == [("50.00", "130.00", "+80.00")]


def test_what_changed_is_shown_to_those_who_run_payroll_and_see_pay(run, manager, agent_user, as_user):
    for other in (manager, agent_user):
        assert as_user(other).get(reverse("admin:month_changes", args=[run.pk])).status_code in {302, 403}


def test_a_large_run_is_refused_with_the_kinds_of_data(run, boss, as_user, monkeypatch):
    monkeypatch.setattr(review, "RECHECKED", 1)
    late_adjustment()
    answer = approve(as_user(boss), run)
    assert answer.status_code == 409
    assert "something it is calculated from was recorded: adjustments" in answer.content.decode()
    body = {"fingerprint": run.fingerprint}
    told = as_user(boss).post(
        reverse("api-run-approve", args=[run.pk]), body, content_type="application/json", headers=KEY
    )
    assert (told.status_code, told.json()["code"]) == (409, "payroll.recorded_since")
    assert "手工调整" in told.json()["message_zh"]
