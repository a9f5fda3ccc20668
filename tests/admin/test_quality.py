"""QA pages of the back office: who sees which agents, evaluating, deciding appeals, forms, the daily report."""

from __future__ import annotations

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from grading import models, raw
from grading.jobs.models import AuditEntry
from grading.raw import TranscriptLine
from grading.services.qa_report import reports_make
from tests.grading.services.qa_company import DAY, TODAY, QaCompany, qa_company

pytestmark = pytest.mark.django_db
SAMPLES = "admin:grading_qasample_changelist"
REPORT = "admin:grading_qasample_report"
APPEALS = "admin:grading_qaappeal_changelist"


@pytest.fixture
def qa(db, monkeypatch) -> QaCompany:
    made = qa_company(monkeypatch)
    made.contacts[DAY] = {"A1": ("c1", "c2", "c3", "c4"), "B1": ("d1",)}
    return made


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def chosen(qa: QaCompany, **more: str) -> dict[str, str]:
    return {"company": str(qa.company.pk), "day": str(DAY), **more}


def page(sample: models.QaSample) -> str:
    return reverse("admin:grading_qasample_change", args=[sample.pk])


def samples(agent_no: str) -> list[models.QaSample]:
    return list(models.QaSample.objects.filter(agent__agent_no=agent_no).order_by("session"))


# --- The day ----------------------------------------------------------------------------------------------------------


def test_an_evaluator_draws_and_sees_the_progress(qa, as_user, assert_no_inline):
    client = as_user(qa.users["evaluator"])
    empty = client.get(reverse(SAMPLES), chosen(qa))
    assert 'id="empty"' in empty.content.decode()
    answer = client.post(reverse("admin:grading_qasample_draw"), chosen(qa), follow=True)
    assert "4 contacts drawn" in told(answer)
    html = answer.content.decode()
    assert_no_inline(html)
    assert "0 of 4 contacts evaluated" in html
    assert "客服A1" in html
    assert "客服B1" in html
    again = client.post(reverse("admin:grading_qasample_draw"), chosen(qa), follow=True)
    assert "Nothing to draw" in told(again)


def test_a_manager_sees_the_own_team_only(qa, as_user):
    qa.draw()
    client = as_user(qa.users["manager"])
    html = client.get(reverse(SAMPLES), chosen(qa)).content.decode()
    assert "客服A1" in html
    assert "客服B1" not in html
    assert "Draw the sample" not in html
    assert client.get(page(samples("A1")[0])).status_code == 200
    assert client.get(page(samples("B1")[0])).status_code in {302, 404}
    assert "客服B1" not in client.get(page(samples("B1")[0]), follow=True).content.decode()
    assert client.post(reverse("admin:grading_qasample_draw"), chosen(qa)).status_code == 403
    assert client.post(reverse("admin:grading_qasample_complaint"), chosen(qa)).status_code == 403


def test_agents_see_none_of_it(qa, as_user):
    qa.draw()
    client = as_user(qa.users["A1"])
    for name in (SAMPLES, REPORT, APPEALS, "admin:grading_qasample_report_pdf", "admin:grading_qaformversion_draft"):
        assert client.get(reverse(name)).status_code in {302, 403}
    staff = qa.users["A1"]
    staff.is_staff = True
    staff.save()
    for name in (SAMPLES, REPORT, APPEALS, "admin:grading_qasample_report_pdf", "admin:grading_qaformversion_draft"):
        assert as_user(staff).get(reverse(name)).status_code == 403


def test_a_complaint_is_submitted_with_its_reason(qa, as_user):
    client = as_user(qa.users["evaluator"])
    address = reverse("admin:grading_qasample_complaint")
    answer = client.post(address, chosen(qa, agent_no="A1", session="c1", reason="差评"), follow=True)
    assert "comes first" in told(answer)
    sample = models.QaSample.objects.get()
    assert (sample.source, sample.reason, sample.submitted_by) == ("complaint", "差评", qa.users["evaluator"])
    wrong = client.post(address, chosen(qa, agent_no="A1", session="d1", reason="差评"))
    assert "have no contact" in told(wrong)
    assert 'value="d1"' in wrong.content.decode()  # what was typed stays
    assert "no such agent" in client.post(address, chosen(qa, agent_no="X", session="c", reason="r")).content.decode()
    assert client.post(address, chosen(qa)).status_code == 200


def test_the_day_takes_as_many_queries_for_many_agents(qa, as_user):
    client, counts = as_user(qa.users["evaluator"]), []
    for more in (1, 20):
        for number in range(more):
            agent = models.Agent.objects.create(
                company=qa.company, agent_no=f"X{more}-{number}", name="多", role="pre_sales", hire_date=DAY
            )
            models.QaSample.objects.create(agent=agent, day=DAY, session=f"x{number}", source="random")
        for name in (SAMPLES, REPORT):
            client.get(reverse(name), chosen(qa))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(SAMPLES), chosen(qa))
            client.get(reverse(REPORT), chosen(qa))
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- One contact ------------------------------------------------------------------------------------------------------


def test_the_transcript_stands_beside_the_eleven_codes(qa, as_user, assert_no_inline, monkeypatch):
    qa.draw()
    line = TranscriptLine(
        datetime(2026, 10, 5, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")), "agent_human", "A1", "<b>不知道</b>", "text"
    )
    monkeypatch.setattr(raw, "transcript", lambda *asked: (line,))
    html = as_user(qa.users["evaluator"]).get(page(samples("A1")[0])).content.decode()
    assert_no_inline(html)
    assert "&lt;b&gt;不知道&lt;/b&gt;" in html
    assert html.count('type="checkbox" name="code_') == 11
    assert html.count('type="radio" name="survey_pushed"') == 3
    assert "Gives a vague answer" in html
    hints = html.partition('id="hints"')[2].partition("</ul>")[0]
    assert "N1" in hints
    assert '“不知道” <span class="quiet">09:30:00</span>' in hints


def test_without_messages_the_page_says_so(qa, as_user):
    qa.draw()
    html = as_user(qa.users["evaluator"]).get(page(samples("A1")[0])).content.decode()
    assert "do not hold the messages" in html


def test_recording_goes_on_to_the_next_contact_until_the_day_is_done(qa, as_user):
    qa.draw()
    client = as_user(qa.users["evaluator"])
    address, seen = page(samples("A1")[0]), []
    for _contact in range(4):
        seen.append(address)
        address = client.post(address, {"code_N1": "on", "survey_pushed": "yes", "note": "ok"})["Location"]
    assert len(set(seen)) == 4
    assert address.startswith(reverse(SAMPLES))
    assert models.QaEvaluation.objects.count() == models.QaFinding.objects.filter(code="N1").count() == 4


def test_an_evaluated_contact_shows_its_result_and_no_form(qa, as_user):
    qa.draw()
    sample = samples("A1")[0]
    qa.evaluate("A1", sample.session, "F2", note="见截图")
    client = as_user(qa.users["evaluator"])
    html = client.get(page(sample)).content.decode()
    assert "F2 No reply" in html
    assert "见截图" in html
    assert 'id="decision"' not in html
    assert "evaluated already" in told(client.post(page(sample), {"survey_pushed": "yes"}))


def test_a_manager_reads_and_does_not_evaluate(qa, as_user):
    qa.draw()
    client = as_user(qa.users["manager"])
    assert 'id="decision"' not in client.get(page(samples("A1")[0])).content.decode()
    assert "no right" in told(client.post(page(samples("A1")[0]), {"survey_pushed": "yes"}))
    assert not models.QaEvaluation.objects.exists()


def test_evaluations_are_listed_for_those_who_may_see_them(qa, as_user, assert_no_inline):
    qa.evaluate("A1", "c1", "N1")
    qa.evaluate("B1", "d1", "N1")
    name = reverse("admin:grading_qaevaluation_changelist")
    html = as_user(qa.users["hr"]).get(name).content.decode()
    assert_no_inline(html)
    assert "客服A1" in html
    assert "客服B1" in html
    own = as_user(qa.users["manager"]).get(name).content.decode()
    assert "客服A1" in own
    assert "客服B1" not in own
    detail = reverse("admin:grading_qaevaluation_change", args=[models.QaEvaluation.objects.first().pk])
    assert as_user(qa.users["hr"]).get(detail).status_code == 200


# --- Appeals ----------------------------------------------------------------------------------------------------------


def appeal(qa: QaCompany, agent_no: str = "A1") -> models.QaAppeal:
    row = qa.evaluate(agent_no, "c1", "N1").evaluation.findings.get()
    return models.QaAppeal.objects.create(finding=row, reason="顾客<i>没有</i>问")


def decide_page(row: models.QaAppeal) -> str:
    return reverse("admin:grading_qaappeal_change", args=[row.pk])


def test_an_appeal_is_upheld(qa, as_user, assert_no_inline):
    row = appeal(qa)
    client = as_user(qa.users["second"])
    html = client.get(decide_page(row)).content.decode()
    assert_no_inline(html)
    assert "顾客&lt;i&gt;没有&lt;/i&gt;问" in html
    answer = client.post(decide_page(row), {"decision": "uphold", "reason": "确实没有"}, follow=True)
    assert "the finding is void" in told(answer)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.finding.is_void) == ("upheld", qa.users["second"], True)
    assert "确实没有" in client.get(decide_page(row)).content.decode()


def test_after_publishing_the_decision_says_what_follows(qa, as_user):
    row = appeal(qa)
    qa.publish_month("A1")
    client = as_user(qa.users["hr"])
    assert "follows as a correction" in client.get(decide_page(row)).content.decode()
    answer = client.post(decide_page(row), {"decision": "uphold", "reason": "是"}, follow=True)
    assert "follows as a correction" in told(answer)


def test_rejecting_needs_a_reason(qa, as_user):
    row = appeal(qa)
    client = as_user(qa.users["second"])
    assert "reason is missing" in told(client.post(decide_page(row), {"decision": "reject"}))
    assert "stands" in told(client.post(decide_page(row), {"decision": "reject", "reason": "见记录"}, follow=True))


@pytest.mark.parametrize(("who", "why"), [("evaluator", "second reviewer"), ("manager", "right that you do not have")])
def test_who_cannot_decide_is_told_before(qa, as_user, who, why):
    row = appeal(qa)
    client = as_user(qa.users[who])
    html = client.get(decide_page(row)).content.decode()
    assert why in html
    assert 'id="decision"' not in html
    client.post(decide_page(row), {"decision": "uphold", "reason": "x"})
    row.refresh_from_db()
    assert row.state == "filed"


def test_appeals_of_other_teams_are_as_good_as_not_there(qa, as_user):
    row = appeal(qa, "B1")
    client = as_user(qa.users["manager"])
    assert list(client.get(reverse(APPEALS)).context["cl"].result_list) == []
    assert client.get(decide_page(row)).status_code == 404
    assert client.post(decide_page(row), {"decision": "reject", "reason": "x"}).status_code == 404
    assert len(as_user(qa.users["hr"]).get(reverse(APPEALS)).context["cl"].result_list) == 1


# --- Forms ------------------------------------------------------------------------------------------------------------


def form_values(qa: QaCompany, **more: str) -> dict[str, str]:
    return {"company": str(qa.company.pk), "form": "ours", "effective_from": "2020-01-01", "points_N1": "5", **more}


def test_hr_writes_a_draft_changes_it_and_publishes_it(qa, as_user, assert_no_inline):
    client = as_user(qa.users["hr"])
    listing = client.get(reverse("admin:grading_qaformversion_changelist")).content.decode()
    assert "New QA form" in listing
    draft = reverse("admin:grading_qaformversion_draft")
    assert_no_inline(client.get(draft).content.decode())
    assert "is kept" in told(client.post(draft, form_values(qa), follow=True))
    row = models.QaFormVersion.objects.get()
    own = reverse("admin:grading_qaformversion_change", args=[row.pk])
    assert 'value="5"' in client.get(own).content.decode()
    answer = client.post(own, form_values(qa, points_N1="2.5", publish="yes"), follow=True)
    assert "Published" in told(answer)
    row.refresh_from_db()
    assert (row.status, row.body["points"], row.published_by) == (
        "published", [{"code": "N1", "points": "2.5"}], qa.users["hr"],
    )  # fmt: skip
    assert 'id="decision"' not in client.get(own).content.decode()


def test_broken_points_are_refused_and_stay_as_typed(qa, as_user):
    answer = as_user(qa.users["hr"]).post(
        reverse("admin:grading_qaformversion_draft"), form_values(qa, points_N1="five")
    )
    assert answer.status_code == 200
    assert 'value="five"' in answer.content.decode()
    assert "points.0.points" in told(answer)
    assert not models.QaFormVersion.objects.exists()


def test_only_hr_writes_forms(qa, as_user):
    for who in ("evaluator", "manager"):
        client = as_user(qa.users[who])
        assert client.get(reverse("admin:grading_qaformversion_draft")).status_code == 403
        assert client.post(reverse("admin:grading_qaformversion_draft"), form_values(qa)).status_code == 403


# --- The daily report -------------------------------------------------------------------------------------------------


def test_the_report_as_page_and_pdf(qa, as_user, assert_no_inline):
    qa.publish_form(N1="5")
    qa.draw()
    qa.evaluate("A1", samples("A1")[0].session, "N1")
    client = as_user(qa.users["evaluator"])
    html = client.get(reverse(REPORT), chosen(qa)).content.decode()
    assert_no_inline(html)
    assert "95.00" in html
    assert "N1 Forbidden phrases: 1 time" in html
    answer = client.get(reverse("admin:grading_qasample_report_pdf"), chosen(qa))
    assert answer["Content-Type"] == "application/pdf"
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages)
    for expected in ("质检日报", "Daily QA report", "A1 客服A1", "95.00", "二组", "N1 使用服务禁语"):
        assert expected in text
    assert AuditEntry.objects.filter(action="qa_report.pdf", actor=qa.users["evaluator"]).count() == 1


def test_a_day_without_anything(qa, as_user):
    qa.contacts.clear()
    client = as_user(qa.users["evaluator"])
    assert 'id="empty"' in client.get(reverse(REPORT), chosen(qa)).content.decode()
    answer = client.get(reverse("admin:grading_qasample_report_pdf"), chosen(qa))
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.content)).pages)
    assert "当天没有抽检" in text


def test_a_managers_report_has_the_own_team_only(qa, as_user):
    qa.draw()
    html = as_user(qa.users["manager"]).get(reverse(REPORT), chosen(qa)).content.decode()
    assert "客服A1" in html
    assert "客服B1" not in html
    pdf = as_user(qa.users["manager"]).get(reverse("admin:grading_qasample_report_pdf"), chosen(qa))
    assert "客服B1" not in "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.content)).pages)


def test_a_day_that_is_none_falls_back_to_yesterday(qa, as_user):
    qa.draw()
    answer = as_user(qa.users["evaluator"]).get(reverse(SAMPLES), {"company": "x", "day": "never"})
    assert answer.context["chosen"].day == DAY < TODAY


# --- The kept reports -------------------------------------------------------------------------------------------------

KEPT = "admin:grading_qareport_changelist"


@pytest.fixture
def report(qa) -> models.QaReport:
    """The kept report of the day: five contacts."""
    reports_make(TODAY)
    return models.QaReport.objects.get()


def pdf_of(report: models.QaReport) -> str:
    return reverse("admin:grading_qareport_pdf", args=[report.pk])


def test_before_the_first_evening_there_is_no_report(qa, as_user, assert_no_inline):
    html = as_user(qa.users["evaluator"]).get(reverse(KEPT)).content.decode()
    assert 'id="empty"' in html
    assert_no_inline(html)


@pytest.mark.parametrize("who", ["evaluator", "hr", "boss", "root"])
def test_a_kept_report_is_listed_and_downloaded(who, report, qa, boss, root, as_user, assert_no_inline):
    user = {"boss": boss, "root": root}.get(who) or qa.users[who]
    client = as_user(user)
    html = client.get(reverse(KEPT)).content.decode()
    assert_no_inline(html)
    assert str(DAY) in html
    assert 'class="field-contacts">5<' in html
    assert f'href="{pdf_of(report)}"' in html
    assert report.file.name not in html
    detail = client.get(reverse("admin:grading_qareport_change", args=[report.pk])).content.decode()
    assert f'href="{pdf_of(report)}"' in detail
    assert report.file.name not in detail
    answer = client.get(pdf_of(report))
    assert answer["Content-Type"] == "application/pdf"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert answer["Content-Disposition"] == f'attachment; filename="qa-report-{DAY}.pdf"'
    assert answer.content == report.file.read()
    noted = AuditEntry.objects.get(action="qa_report.pdf", actor=user)
    assert (noted.object_id, noted.detail) == ("acme", {"day": str(DAY)})


@pytest.mark.parametrize(("who", "status"), [("manager", 403), ("A1", 302)])
def test_kept_reports_name_everybody_so_managers_and_agents_do_not_see_them(who, status, report, qa, as_user):
    client = as_user(qa.users[who])
    for address in (reverse(KEPT), pdf_of(report), reverse("admin:grading_qareport_change", args=[report.pk])):
        assert client.get(address).status_code == status, address
    assert not AuditEntry.objects.filter(action="qa_report.pdf").exists()


def test_strangers_are_sent_to_the_login(report, client):
    assert client.get(pdf_of(report)).status_code == 302


@pytest.mark.parametrize("page_of", [REPORT, "admin:index"])
def test_the_kept_reports_are_linked_for_those_who_may_see_them(page_of, qa, as_user):
    listing = f'href="{reverse(KEPT)}"'
    assert listing in as_user(qa.users["evaluator"]).get(reverse(page_of)).content.decode()
    assert listing not in as_user(qa.users["manager"]).get(reverse(page_of)).content.decode()


def test_a_report_or_file_that_is_not_there_is_not_found(report, qa, as_user):
    client = as_user(qa.users["hr"])
    assert client.get(reverse("admin:grading_qareport_pdf", args=[report.pk + 1])).status_code == 404
    report.file.storage.delete(report.file.name)
    assert client.get(pdf_of(report)).status_code == 404
    assert not AuditEntry.objects.filter(action="qa_report.pdf").exists()
