"""The month-end page: from the files to the pay-out, and everything it must refuse."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grading import models as grading_models
from grading.jobs.models import AuditEntry, Job, RunItem, StoredFile
from grading.kernel.period import Month
from grading.models import Company, KpiResult
from payroll import models
from payroll.admin import uploads
from payroll.services import runs
from tests.admin.small_company import MONTH, files, month_run

pytestmark = pytest.mark.django_db
PAGE = "admin:month"


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[int]:
    """The jobs that a page published, instead of sending messages."""
    jobs: list[int] = []
    monkeypatch.setattr("payroll.admin.month.publish", jobs.append)
    return jobs


def address(company=None, month: Month = MONTH) -> str:
    return f"{reverse(PAGE)}?company={company.pk if company else ''}&month={month}"


def kpi(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("kpi.csv", ("agent_no,metric,value\n" + "\n".join(rows) + "\n").encode())


def told(answer) -> str:
    """What the messages on a page say."""
    return " ".join(str(message) for message in answer.context["messages"]) if answer.context else ""


# --- who ---


def test_the_page_is_for_those_who_prepare_or_approve(company, hr, boss, manager, agent_user, client, as_user):
    assert as_user(hr).get(reverse(PAGE)).status_code == 200
    assert as_user(boss).get(reverse(PAGE)).status_code == 200
    assert as_user(manager).get(reverse(PAGE)).status_code == 403
    assert as_user(agent_user).get(reverse(PAGE)).status_code == 302
    assert client.get(reverse(PAGE)).status_code == 302


def test_every_act_is_a_post(run, hr, as_user):
    for name in ("month_review", "month_approve", "month_pay", "month_exports"):
        assert as_user(hr).get(reverse(f"admin:{name}", args=[run.pk])).status_code == 405
    for name in ("month_upload", "month_upload_confirm", "month_upload_cancel", "month_start"):
        assert as_user(hr).get(reverse(f"admin:{name}")).status_code == 405


def test_acts_need_the_token_of_the_form(run, boss):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(boss)
    answer = strict.post(reverse("admin:month_approve", args=[run.pk]), {"fingerprint": run.fingerprint, "seen": "yes"})
    assert answer.status_code == 403
    run.refresh_from_db()
    assert run.status == "calculated"


def test_an_approver_loads_and_starts_nothing(company, boss, as_user, woken):
    client = as_user(boss)
    assert client.post(reverse("admin:month_upload"), {"files": [kpi("A001,deal_rate,0.1")]}).status_code == 403
    answer = client.post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)}, follow=True)
    assert "may not" in told(answer)
    assert not models.PayRun.objects.exists()
    assert woken == []


# --- an empty house ---


def test_without_a_company_the_page_offers_the_upload(hr, as_user, assert_no_inline):
    html = as_user(hr).get(reverse(PAGE)).content.decode()
    assert "One ZIP of the company folder" in html
    assert_no_inline(html)


def test_a_company_comes_from_a_zip_in_two_steps(hr, as_user):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in files(3).items():
            archive.writestr(f"小公司/{path}", data)
    client = as_user(hr)
    upload = SimpleUploadedFile("small.zip", packed.getvalue())
    tried = client.post(reverse("admin:month_upload"), {"files": [upload], "company": "new", "month": str(MONTH)})
    assert not Company.objects.exists()
    done = client.post(
        reverse("admin:month_upload_confirm"),
        {"token": tried.context["token"], "company": "new", "month": str(MONTH)},
        follow=True,
    )
    assert Company.objects.get().code == "small"
    assert "Loaded" in told(done)
    assert done.context["company"].code == "small"


def test_an_empty_month_is_not_called_ready(company, hr, as_user):
    steps = as_user(hr).get(address(company, MONTH.plus(1))).context["steps"]
    assert [step.state for step in steps[:2]] == ["now", "todo"]


def test_a_wrong_company_or_month_in_the_address_is_not_an_error(company, hr, as_user):
    client = as_user(hr)
    for query in ("?company=999&month=2026-13", "?company=x&month=", "?run=999", "?company=99999999999999999999"):
        assert client.get(reverse(PAGE) + query).status_code == 200


# --- files ---


def test_an_upload_shows_the_difference_and_changes_nothing_until_it_is_confirmed(company, hr, as_user):
    client = as_user(hr)
    rows = ["A001,deal_rate,0.30", *(f"A00{number},deal_rate,0.25" for number in range(2, 6))]
    tried = client.post(
        reverse("admin:month_upload"), {"files": [kpi(*rows)], "company": company.pk, "month": str(MONTH)}
    )
    assert [(change.file, change.changed) for change in tried.context["changes"]] == [(f"{MONTH}/kpi.csv", 1)]
    assert str(KpiResult.objects.get(agent__agent_no="A001").value) == "1/4"
    assert StoredFile.objects.filter(name__startswith="imports/").count() == 1

    form = {"token": tried.context["token"], "company": company.pk, "month": str(MONTH)}
    done = client.post(reverse("admin:month_upload_confirm"), form, follow=True)
    assert "1 row changed" in told(done)
    assert str(KpiResult.objects.get(agent__agent_no="A001").value) == "3/10"
    assert not StoredFile.objects.filter(name__startswith="imports/").exists()
    again = client.post(reverse("admin:month_upload_confirm"), form, follow=True)
    assert "already loaded" in told(again)


def test_an_upload_with_problems_changes_nothing_and_names_every_cell(company, hr, as_user, assert_no_inline):
    before = list(KpiResult.objects.order_by("pk").values_list("pk", "value"))
    rows = ["A001,deal_rate,1e5", "A002,deal_rate,0.99", "NOBODY,deal_rate,0.5"]
    answer = as_user(hr).post(
        reverse("admin:month_upload"), {"files": [kpi(*rows)], "company": company.pk, "month": str(MONTH)}
    )
    html = answer.content.decode()
    assert answer.status_code == 200
    assert_no_inline(html)
    found = [(each.file, each.row, each.column) for each in answer.context["problems"]]
    assert found == [(f"{MONTH}/kpi.csv", 2, "value"), (f"{MONTH}/kpi.csv", 4, "agent_no")]
    assert "nothing was changed" in html
    assert answer.context["token"] == ""
    assert list(KpiResult.objects.order_by("pk").values_list("pk", "value")) == before


def test_problems_are_told_in_chinese_to_chinese_readers(company, hr, as_user):
    answer = as_user(hr).post(
        reverse("admin:month_upload"),
        {"files": [kpi("A001,deal_rate,1e5")], "company": company.pk, "month": str(MONTH)},
        headers={"accept-language": "zh-hans"},
    )
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.context["problems"][0].wrong)


def test_somebody_elses_upload_cannot_be_confirmed(company, hr, root, as_user):
    tried = as_user(hr).post(
        reverse("admin:month_upload"),
        {"files": [kpi("A001,deal_rate,0.30")], "company": company.pk, "month": str(MONTH)},
    )
    answer = as_user(root).post(
        reverse("admin:month_upload_confirm"), {"token": tried.context["token"], "company": company.pk}, follow=True
    )
    assert "Choose them again" in told(answer)
    assert str(KpiResult.objects.get(agent__agent_no="A001").value) == "1/4"


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "a" * 43, "é" * 43])
def test_a_made_up_token_opens_nothing(token, company, hr, as_user):
    answer = as_user(hr).post(reverse("admin:month_upload_confirm"), {"token": token}, follow=True)
    assert answer.status_code == 200
    assert "Choose them again" in told(answer)


def test_cancelling_deletes_the_files(company, hr, as_user):
    client = as_user(hr)
    client.post(
        reverse("admin:month_upload"),
        {"files": [kpi("A001,deal_rate,0.30")], "company": company.pk, "month": str(MONTH)},
    )
    client.post(reverse("admin:month_upload_cancel"), {"company": company.pk, "month": str(MONTH)})
    assert not StoredFile.objects.exists()


def test_bad_uploads_are_refused_with_a_message(company, hr, as_user):
    client = as_user(hr)
    common = {"company": company.pk, "month": str(MONTH)}
    broken = SimpleUploadedFile("x.zip", b"PK\x03\x04 not a zip")
    assert "refused" in told(client.post(reverse("admin:month_upload"), {**common, "files": [broken]}, follow=True))
    both = [SimpleUploadedFile("x.zip", b""), kpi("A001,deal_rate,0.3")]
    assert "not both" in told(client.post(reverse("admin:month_upload"), {**common, "files": both}, follow=True))
    twice = [kpi("A001,deal_rate,0.3"), SimpleUploadedFile("KPI (1).csv", b"agent_no,metric,value\n")]
    assert "Leave one" in told(client.post(reverse("admin:month_upload"), {**common, "files": twice}, follow=True))
    assert "Choose one" in told(client.post(reverse("admin:month_upload"), common, follow=True))


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("kpi.csv", b"", "2026-10/kpi.csv"),
        ("KPI (2).CSV", b"", "2026-10/kpi.csv"),
        ("考勤.xlsx", b"", "2026-10/attendance.xlsx"),
        ("agents.csv", b"", "agents.csv"),
        ("calls.parquet", b"", "2026-10/raw/calls.parquet"),
        ("new.yaml", b"# a plan\nplan: x\n", "plans/new.yaml"),
        ("card.yml", b"scorecard: x\n", "scorecards/card.yml"),
        ("company.yaml", b"code: x", "company.yaml"),
        ("2026-09/kpi.csv", b"", "2026-09/kpi.csv"),
        ("holiday.csv", b"", "holiday.csv"),
    ],
)
def test_single_files_find_their_place(name, data, place):
    assert uploads.place_of(name, data, Month(2026, 10)) == place


def test_files_of_another_company_are_pointed_out(company, hr, as_user):
    other = files(2)
    other["company.yaml"] = other["company.yaml"].replace(b"small", b"other")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in other.items():
            archive.writestr(path, data)
    answer = as_user(hr).post(
        reverse("admin:month_upload"),
        {"files": [SimpleUploadedFile("o.zip", packed.getvalue())], "company": company.pk, "month": str(MONTH)},
    )
    assert answer.context["other"].code == "other"
    assert "another company" in answer.content.decode()


# --- start, progress, parked ---


def test_start_puts_the_work_into_rows_and_wakes_a_worker(
    company, hr, as_user, woken, django_capture_on_commit_callbacks
):
    client = as_user(hr)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)})
    run = models.PayRun.objects.get()
    cycle = grading_models.AppraisalCycle.objects.get()
    assert woken == [cycle.job_id]
    assert RunItem.objects.filter(job=cycle.job, state="queued").count() == 5
    answer = client.get(reverse("admin:month_progress", args=[run.pk])).json()
    assert answer == {
        "status": "open",
        "working": True,
        "stopped": False,
        "idle": False,
        "phases": [
            {"code": code, "name": name, "settled": 0, "total": total, "percent": 0, "parked": 0, "pace": ""}
            for code, name, total in (
                ("grade", "Grading", 5),
                ("calculate", "Calculation", 5),
                ("documents", "Payment files", 0),
                ("publish", "Published", 0),
            )
        ],
    }
    html = client.get(address(company)).content.decode()
    assert 'http-equiv="refresh"' in html
    assert "progress.js" in html


def test_a_run_is_stopped_and_goes_on(company, hr, as_user, woken, django_capture_on_commit_callbacks):
    client = as_user(hr)
    client.post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)})
    run, cycle = models.PayRun.objects.get(), grading_models.AppraisalCycle.objects.get()

    stopped = client.post(reverse("admin:month_stop", args=[run.pk]), follow=True)
    assert "Stopped" in told(stopped)
    html = stopped.content.decode()
    assert reverse("admin:month_resume", args=[run.pk]) in html
    assert reverse("admin:month_start") in html  # or everybody again
    assert "progress.js" not in html  # nothing moves
    assert "http-equiv" not in html
    assert client.get(reverse("admin:month_progress", args=[run.pk])).json()["stopped"] is True
    assert "nothing to stop" in told(client.post(reverse("admin:month_stop", args=[run.pk]), follow=True))

    woken.clear()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:month_resume", args=[run.pk]))
    assert woken == [cycle.job_id]
    assert client.get(reverse("admin:month_progress", args=[run.pk])).json()["stopped"] is False
    assert "was not stopped" in told(client.post(reverse("admin:month_resume", args=[run.pk]), follow=True))


def test_an_approver_sees_no_button_to_stop(company, hr, boss, as_user):
    as_user(hr).post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)})
    run = models.PayRun.objects.get()
    client = as_user(boss)
    assert reverse("admin:month_stop", args=[run.pk]) not in client.get(address(company)).content.decode()
    refused = client.post(reverse("admin:month_stop", args=[run.pk]), follow=True)
    assert "may not" in told(refused)
    assert client.get(reverse("admin:month_progress", args=[run.pk])).json()["stopped"] is False


def test_a_broker_that_is_away_loses_nothing(company, hr, as_user, monkeypatch, django_capture_on_commit_callbacks):
    def away(_job_id):
        raise ConnectionError

    monkeypatch.setattr("payroll.admin.month.publish", away)
    with django_capture_on_commit_callbacks(execute=False) as waiting:
        answer = as_user(hr).post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)})
    assert answer.status_code == 302
    assert len(waiting) == 1
    assert Job.objects.filter(finished_at=None).exists()  # the sweeper finds it


def test_starting_twice_makes_one_run(company, hr, as_user):
    for _twice in range(2):
        as_user(hr).post(reverse("admin:month_start"), {"company": company.pk, "month": str(MONTH)})
    assert models.PayRun.objects.count() == 1


def test_a_month_without_anybody_is_refused_with_a_message(company, hr, as_user):
    answer = as_user(hr).post(reverse("admin:month_start"), {"company": company.pk, "month": "2001-01"}, follow=True)
    assert "Nobody" in told(answer)


def test_parked_people_are_shown_with_their_reason_and_the_run_goes_on(company, hr, as_user):
    KpiResult.objects.filter(agent__agent_no="A003").delete()
    run = month_run(company, MONTH, hr)
    page = as_user(hr).get(address(company))
    (parked,) = page.context["parked_shown"]
    assert (parked.person.agent_no, parked.code) == ("A003", "grading.measure_missing")
    assert "A003" in page.content.decode()
    assert page.context["review"].people == 4
    assert run.payslips.count() == 4


# --- review ---


def test_the_review_adds_up_and_compares_with_last_month(load, hr, boss, as_user, assert_no_inline):
    before = MONTH.plus(-1)
    company = load(5, (before, MONTH))
    first = month_run(company, before, hr)
    runs.run_approve(run_id=first.pk, approved_by=boss, reviewed=first.fingerprint)
    KpiResult.objects.filter(agent__agent_no="A004", month=MONTH).update(value="0.50")
    month_run(company, MONTH, hr)
    page = as_user(boss).get(address(company))
    assert_no_inline(page.content.decode())
    review = page.context["review"]
    net = next(each for each in review.totals if each.name == "Net pay")
    # five times 3,000 + 600 × 50 ÷ 100, meals 50, penalty 20; in the later month one score of 100
    assert (net.before, net.now, net.change) == ("16,530.00", "16,830.00", "+300.00")
    assert (review.slips[0].person.agent_no, review.slips[0].change) == ("A004", "+300.00")
    assert [(each.person.agent_no, each.effect, each.is_in_run) for each in review.entries] == [
        ("A001", "+50.00", True),
        ("A002", "-20.00", True),
    ]
    (no_account,) = [each for each in page.context["groups"] if each.name == "Neither a bank account nor Alipay"]
    assert [each.agent_no for each in no_account.people] == ["A005"]


def test_findings_point_at_shared_accounts_and_ghosts(company, hr, boss, as_user):
    models.PayProfile.objects.filter(agent__agent_no__in=["A002", "A003"]).update(bank_account="6222000000000000000")
    grading_models.MonthlyAttendance.objects.filter(agent__agent_no="A002").delete()
    month_run(company, MONTH, hr)
    KpiResult.objects.filter(agent__agent_no="A002").delete()
    models.RunReview.objects.all().delete()  # counted anew
    context = as_user(boss).get(address(company)).context
    ghosts = next(each for each in context["review"].findings if "neither attendance nor" in each.text)
    assert [person.agent_no for person in ghosts.people] == ["A002"]
    assert ghosts.is_serious
    shared = next(each for each in context["groups"] if each.name == "One account for several people")
    assert [(each.agent_no, each.text) for each in shared.people] == [
        ("A002", "The account is also that of A003."),
        ("A003", "The account is also that of A002."),
    ]


def test_a_preparer_who_is_paid_by_the_run_is_pointed_out(company, hr, boss, as_user):
    grading_models.Agent.objects.filter(agent_no="A005").update(user=hr)
    month_run(company, MONTH, hr)
    findings = as_user(boss).get(address(company)).context["review"].findings
    assert any("work on it themselves" in each.text for each in findings)


def test_files_loaded_after_the_calculation_make_it_stale(run, hr, as_user):
    client, company = as_user(hr), run.company
    assert not client.get(address(company)).context["is_stale"]
    tried = client.post(
        reverse("admin:month_upload"),
        {"files": [kpi("A001,deal_rate,0.30")], "company": company.pk, "month": str(MONTH)},
    )
    client.post(
        reverse("admin:month_upload_confirm"),
        {"token": tried.context["token"], "company": company.pk, "month": str(MONTH)},
    )
    page = client.get(address(company))
    assert page.context["is_stale"]
    assert "Run again before approving" in page.content.decode()


def test_amounts_are_for_those_who_may_see_payslips(run, boss, as_user):
    from django.contrib.auth.models import Group, Permission

    Group.objects.get(name="HR approver").permissions.remove(Permission.objects.get(codename="view_payslip"))
    page = as_user(boss).get(address(run.company))
    assert "review" not in page.context
    assert "3,000.00" not in page.content.decode()
    assert "16,530.00" not in page.content.decode()


@pytest.mark.parametrize("state", ["calculated", "none"])
def test_the_page_takes_as_many_queries_for_fifty_people_as_for_five(state, load, hr, boss, as_user):
    client, counts = as_user(hr), []
    for agents in (5, 50):
        company = load(agents)
        if state == "calculated":
            month_run(company, MONTH, hr)
        client.get(address(company))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(company)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] < 70


# --- approve, pay, export ---


def approve(client, run, **form):
    data = {"fingerprint": run.fingerprint, "seen": "yes", **form}
    answer = client.post(reverse("admin:month_approve", args=[run.pk]), data, follow=True)
    run.refresh_from_db()
    return answer


def test_somebody_else_approves_and_the_month_is_paid(run, hr, boss, as_user):
    hr_client, boss_client = as_user(hr), as_user(boss)
    hr_client.post(reverse("admin:month_review", args=[run.pk]))
    run.refresh_from_db()
    assert run.status == "in_review"
    assert "Approved" in told(approve(boss_client, run))
    assert (run.status, run.approved_by) == ("approved", boss)
    assert "paid out" in told(hr_client.post(reverse("admin:month_pay", args=[run.pk]), follow=True))
    run.refresh_from_db()
    assert run.status == "paid"
    assert AuditEntry.objects.filter(action="run.pay", actor=hr).exists()


def test_the_preparer_cannot_approve(run, hr, as_user):
    """Even with the right to approve: two people."""
    from django.contrib.auth.models import Group

    hr.groups.add(Group.objects.get(name="HR approver"))
    client = as_user(hr)
    page = client.get(address(run.company)).content.decode()
    assert "somebody else must approve it" in page
    assert 'id="approval"' not in page
    answer = approve(client, run)
    assert answer.status_code == 200
    assert "prepared run" in told(answer)
    assert run.status == "calculated"


def test_whoever_prepared_it_before_somebody_else_did_cannot_approve_it_either(run, hr, boss, as_user):
    from django.contrib.auth.models import Group

    boss.groups.add(Group.objects.get(name="HR"))
    again = month_run(run.company, MONTH, type(boss).objects.get(pk=boss.pk))
    assert (again.pk, again.prepared_by) == (run.pk, boss)
    hr.groups.add(Group.objects.get(name="HR approver"))
    page = as_user(hr).get(address(run.company)).content.decode()
    assert "You prepared this run, so somebody else must approve it." in page


def test_without_the_right_approving_is_refused(run, hr, as_user):
    assert "may not" in told(approve(as_user(hr), run))
    assert run.status == "calculated"


def test_an_approval_of_something_else_than_what_was_shown_is_refused(run, boss, as_user):
    """B-05, B-18: the fingerprint on the page is what is approved."""
    answer = approve(as_user(boss), run, fingerprint="0" * 64)
    assert answer.status_code == 409
    assert "changed since" in answer.context["reason"]
    run.refresh_from_db()
    assert run.status == "calculated"


def test_the_box_must_be_ticked(run, boss, as_user):
    assert "Tick that" in told(approve(as_user(boss), run, seen=""))
    assert run.status == "calculated"


def test_approving_twice_is_a_message(run, boss, as_user):
    approve(as_user(boss), run)
    again = approve(as_user(boss), run)
    assert again.status_code == 200
    assert "must be" in told(again)


def test_paying_before_approving_is_a_message(run, boss, as_user):
    answer = as_user(boss).post(reverse("admin:month_pay", args=[run.pk]), follow=True)
    assert "must be" in told(answer)
    run.refresh_from_db()
    assert run.status == "calculated"


def test_an_old_tab_of_somebody_who_lost_the_right_is_refused(run, boss, as_user):
    client = as_user(boss)
    client.get(address(run.company))
    boss.groups.clear()
    assert (
        client.post(
            reverse("admin:month_approve", args=[run.pk]), {"fingerprint": run.fingerprint, "seen": "yes"}
        ).status_code
        == 403
    )


def test_exports_come_after_the_approval_and_are_noted(run, hr, boss, as_user):
    client = as_user(boss)
    export = reverse("admin:month_exports", args=[run.pk])
    assert "after the approval" in told(client.post(export, {"scope": "run"}, follow=True))
    approve(client, run)
    answer = client.post(export, {"scope": "run"})
    assert answer.headers["Content-Type"] == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "bank_generic.csv" in archive.namelist()
    assert AuditEntry.objects.filter(action="run.export", actor=boss, object_id=str(run.pk)).exists()


def test_runs_that_are_not_there(company, hr, as_user):
    for name in ("month_review", "month_approve", "month_pay", "month_exports"):
        assert as_user(hr).post(reverse(f"admin:{name}", args=[999]), {"seen": "yes"}).status_code == 404
    assert as_user(hr).get(reverse("admin:month_progress", args=[999])).status_code == 404
