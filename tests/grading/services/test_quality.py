"""QA: drawing a day, evaluating contacts, appeals, and what it all does to measures and scores."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from fractions import Fraction

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pypdf import PdfReader

from grading import models, selectors
from grading.documents.glyphs import MissingGlyph
from grading.errors import (
    AlreadyAppealed,
    AppealClosed,
    AppealTooLate,
    ContactAlreadyEvaluated,
    ContactUnknown,
    DayNotOver,
    EvaluatorIsManager,
    MayNotJudgeQuality,
    NotSecondReviewer,
    NotYourFinding,
    OwnContact,
    ReasonMissing,
    UnknownQaCode,
)
from grading.imports.files import read_qa_findings
from grading.jobs.models import AuditEntry, StoredFile
from grading.kernel.document import BrokenDocument
from grading.kernel.exact import exact
from grading.kernel.period import Month
from grading.services import cycles, loading, quality
from grading.services.qa_report import qa_report, reports_make
from grading.tables import PublishedIsFrozen
from grading.tasks import qa_draw, qa_reports
from tests.grading.services.qa_company import DAY, MONTH, TODAY, QaCompany, make_user, qa_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def qa(db, monkeypatch) -> QaCompany:
    return qa_company(monkeypatch)


def chats(count: int, before: str = "c") -> tuple[str, ...]:
    return tuple(f"{before}{place:02}" for place in range(count))


# --- The sample -------------------------------------------------------------------------------------------------------


def test_three_of_each_or_all_of_them(qa):
    qa.contacts[DAY] = {"A1": chats(40, "a"), "A2": chats(2, "b"), "B1": chats(3, "d")}
    drawn = qa.draw()
    assert sum(each.startswith("A1/") for each in drawn) == 3
    assert [each for each in drawn if not each.startswith("A1/")] == ["A2/b00", "A2/b01", "B1/d00", "B1/d01", "B1/d02"]


def test_drawing_twice_changes_nothing_and_is_noted_once(qa):
    qa.contacts[DAY] = {"A1": chats(40)}
    assert qa.draw() == qa.draw()
    assert AuditEntry.objects.filter(action="qa_sample.draw").count() == 1


def test_the_ratio_of_the_company(qa):
    qa.company.readings = {"qa.sample_ratio": "0.25"}
    qa.contacts[DAY] = {"A1": chats(40), "A2": chats(4, "b")}
    drawn = qa.draw()
    assert (len(drawn), sum(each.startswith("A2/") for each in drawn)) == (13, 3)


def test_nobody_draws_an_unfinished_day(qa):
    with pytest.raises(DayNotOver):
        quality.sample_draw(company=qa.company, day=TODAY, today=TODAY)


def test_no_exports_no_sample(qa):
    assert qa.draw() == []
    assert not AuditEntry.objects.filter(action="qa_sample.draw").exists()


def test_drawing_needs_the_right(qa):
    with pytest.raises(MayNotJudgeQuality):
        quality.sample_draw(company=qa.company, day=DAY, today=TODAY, drawn_by=qa.users["manager"])


def test_late_exports_complete_the_sample_and_keep_what_was_drawn(qa):
    qa.contacts[DAY] = {"A1": chats(2)}
    before = qa.draw()
    qa.contacts[DAY] = {"A1": chats(40)}
    assert set(before) < set(qa.draw())
    assert len(qa.draw()) == 3


def test_the_nightly_task_draws_the_last_days_of_every_company(qa):
    qa.contacts = {DAY: {"A1": chats(5)}, DAY - timedelta(days=6): {"A2": chats(5, "b")}, TODAY: {"A1": chats(5, "x")}}
    assert quality.samples_draw_recent(today=TODAY) == 6
    assert not models.QaSample.objects.filter(day=TODAY).exists()


def test_a_company_with_broken_readings_does_not_stop_the_others(qa):
    models.Company.objects.create(code="aaa", name_zh="乙", readings={})
    first = models.Company.objects.order_by("pk").first()
    first.readings = {"qa.sample_ratio": "none"}
    first.save()
    qa.contacts = {DAY: {"A1": chats(5)}}
    with pytest.raises(BrokenDocument):
        quality.samples_draw_recent(today=TODAY)


def submit(qa: QaCompany, session: str, reason: str = "顾客投诉", agent: str = "A1", by: str = "evaluator"):
    return quality.sample_submit_complaint(
        agent=qa.agents[agent], day=DAY, session=session, reason=reason, submitted_by=qa.users[by], today=TODAY
    )


def test_a_complaint_comes_on_top_of_the_three(qa):
    qa.contacts[DAY] = {"A1": chats(40)}
    drawn = {each.partition("/")[2] for each in qa.draw()}
    other = next(session for session in chats(40) if session not in drawn)
    submit(qa, other)
    assert len(qa.draw()) == 4
    assert models.QaSample.objects.filter(source="random").count() == 3


def test_a_drawn_contact_that_is_submitted_makes_room_for_the_next(qa):
    qa.contacts[DAY] = {"A1": chats(40)}
    first = qa.draw()[0].partition("/")[2]
    submit(qa, first)
    assert models.QaSample.objects.get(session=first).source == "complaint"
    assert models.QaSample.objects.filter(source="random").count() == 3


def test_a_complaint_before_the_draw_is_not_one_of_the_three(qa):
    qa.contacts[DAY] = {"A1": chats(4)}
    submit(qa, "c00")
    assert len(qa.draw()) == 4


def test_a_complaint_needs_a_reason_a_right_and_a_contact_of_the_agent(qa):
    qa.contacts[DAY] = {"A1": chats(4), "A2": chats(2, "b")}
    with pytest.raises(ReasonMissing):
        submit(qa, "c00", reason=" ")
    with pytest.raises(MayNotJudgeQuality):
        submit(qa, "c00", by="manager")
    with pytest.raises(ContactUnknown):
        submit(qa, "b00")
    qa.contacts.clear()
    assert submit(qa, "from paper").source == "complaint"


# --- Evaluations ------------------------------------------------------------------------------------------------------


def test_an_evaluation_makes_findings_of_the_contacts_month(qa):
    recorded = qa.evaluate("A1", "c1", "N1", "F2", note=" 见截图 ")
    rows = models.QaFinding.objects.order_by("code")
    assert [(row.code, row.month, row.checked_on, row.session, row.source, row.reviewer) for row in rows] == [
        ("F2", MONTH, TODAY, "c1", "random", "evaluator"),
        ("N1", MONTH, TODAY, "c1", "random", "evaluator"),
    ]
    assert (recorded.evaluation.score, recorded.evaluation.note, recorded.is_by_manager) == (0, "见截图", False)
    assert AuditEntry.objects.filter(action="qa_evaluation.record", actor=qa.users["evaluator"]).count() == 1


def test_the_form_that_ships_counts_and_does_not_score(qa):
    assert qa.evaluate("A1", "c1", "N1").evaluation.score is None
    assert qa.evaluate("A1", "c2").evaluation.score == 100


def test_the_form_of_the_day_scores(qa):
    form = qa.publish_form(N1="5", N2="2.5")
    evaluation = qa.evaluate("A1", "c1", "N1", "N2").evaluation
    assert (evaluation.score, evaluation.form) == (Fraction("92.5"), form)


def test_examples_M_21_the_third_same_error_zeroes_its_contact(qa):  # noqa: N802  the example's number
    qa.publish_form(N2="4")
    for session in ("c1", "c2", "c3"):
        qa.evaluate("A1", session, "N2")
    scores = models.QaEvaluation.objects.order_by("sample__session").values_list("score", flat=True)
    assert list(scores) == [96, 96, 0]
    measures = selectors.measures(qa.company.pk, [qa.agents["A1"].pk], MONTH)[qa.agents["A1"].pk]
    assert (measures["qa_fatal_count"], measures["qa_nonfatal_count"]) == (1, 2)
    assert measures["chat_audit_score"] == 64  # (96 + 96 + 0) ÷ 3


def test_nobody_evaluates_twice_or_with_unknown_codes(qa):
    qa.evaluate("A1", "c1")
    with pytest.raises(ContactAlreadyEvaluated):
        qa.evaluate("A1", "c1", "N1")
    with pytest.raises(ContactAlreadyEvaluated):
        submit(qa, "c1")
    with pytest.raises(UnknownQaCode):
        qa.evaluate("A1", "c2", "N9")
    assert not models.QaFinding.objects.exists()


def test_the_direct_manager_does_not_evaluate(qa):
    qa.users["manager"].groups.add(*qa.users["evaluator"].groups.all())
    with pytest.raises(EvaluatorIsManager):
        qa.evaluate("A1", "c1", by="manager")
    assert qa.evaluate("B1", "c1", by="manager").is_by_manager is False


def test_a_company_may_only_warn(qa):
    qa.company.readings = {"qa.manager_as_evaluator": "warn"}
    qa.company.save()
    qa.users["manager"].groups.add(*qa.users["evaluator"].groups.all())
    assert qa.evaluate("A1", "c1", by="manager").is_by_manager is True


def test_a_manager_named_by_agent_number_counts(qa):
    leader = qa.agents["B1"]
    leader.user = qa.users["evaluator"]
    leader.save()
    models.AgentFact.objects.create(agent=qa.agents["A1"], kind="manager", value="B1", effective_from=DAY)
    with pytest.raises(EvaluatorIsManager):
        qa.evaluate("A1", "c1")
    qa.evaluate("A2", "c2")


def test_nobody_evaluates_themselves_or_without_the_right(qa):
    qa.users["A1"].groups.add(*qa.users["evaluator"].groups.all())
    with pytest.raises(OwnContact):
        qa.evaluate("A1", "c1", by="A1")
    with pytest.raises(MayNotJudgeQuality):
        qa.evaluate("A1", "c1", by="hr")


# --- Measures ---------------------------------------------------------------------------------------------------------


def measures(qa: QaCompany, agent: str) -> dict[str, Fraction]:
    return selectors.measures(qa.company.pk, [row.pk for row in qa.agents.values()], MONTH)[qa.agents[agent].pk]


def test_measures_of_evaluations(qa):
    """Two evaluations on one of two sampled days: 2 ÷ 2 days; (100 + 95) ÷ 2."""
    qa.publish_form(N1="5")
    qa.evaluate("A1", "c1")
    qa.evaluate("A1", "c2", "N1")
    day = DAY.replace(day=1) if DAY.day > 1 else DAY.replace(day=2)
    models.QaSample.objects.create(agent=qa.agents["A1"], day=day, session="c3", source="random")
    found = measures(qa, "A1")
    assert found["qa_sample_count"] == 1
    assert found["chat_audit_score"] == Fraction("97.5")
    assert "qa_sample_count" not in measures(qa, "B1")
    assert "chat_audit_score" not in measures(qa, "B1")


def test_a_contact_without_a_score_leaves_no_mean(qa):
    qa.evaluate("A1", "c1")
    assert measures(qa, "A1")["chat_audit_score"] == 100
    qa.evaluate("A1", "c2", "N1")
    assert "chat_audit_score" not in measures(qa, "A1")


def test_evaluated_without_any_finding_is_measured_as_zero(qa):
    qa.evaluate("A1", "c1")
    assert (measures(qa, "A1")["qa_fatal_count"], measures(qa, "A1")["qa_nonfatal_count"]) == (0, 0)
    assert "qa_fatal_count" not in measures(qa, "B1")


def test_void_findings_count_nowhere(qa):
    qa.evaluate("A1", "c1", "F1")
    models.QaFinding.objects.update(is_void=True)
    assert measures(qa, "A1")["qa_fatal_count"] == 0
    assert selectors.quality([qa.agents["A1"].pk], MONTH) == {}


def test_what_was_entered_wins(qa):
    qa.evaluate("A1", "c1")
    models.KpiResult.objects.create(agent=qa.agents["A1"], month=MONTH, metric="chat_audit_score", value=exact("88"))
    assert measures(qa, "A1")["chat_audit_score"] == 88


def test_evaluations_cost_one_query_for_any_number_of_people(qa):
    counts = []
    for number in range(3):
        qa.evaluate("A1", f"x{number}", "N1")
        qa.evaluate("A2", f"y{number}", "N1")
        with CaptureQueriesContext(connection) as queries:
            selectors.evaluations([row.pk for row in qa.agents.values()], MONTH)
        counts.append(len(queries))
    assert counts == [1, 1, 1]


# --- Appeals ----------------------------------------------------------------------------------------------------------


def finding(qa: QaCompany, *codes: str, session: str = "c1") -> models.QaFinding:
    return qa.evaluate("A1", session, *(codes or ("N1",))).evaluation.findings.get()


def file_appeal(qa: QaCompany, row: models.QaFinding, by: str = "A1", today=TODAY, reason: str = "顾客没有问"):
    return quality.appeal_file(finding_id=row.pk, filed_by=qa.users[by], reason=reason, today=today)


def decide(qa: QaCompany, appeal: models.QaAppeal, *, is_upheld: bool = True, by: str = "second", reason: str = "看过"):
    return quality.appeal_decide(appeal_id=appeal.pk, decided_by=qa.users[by], is_upheld=is_upheld, reason=reason)


def test_an_upheld_appeal_voids_the_finding_and_the_score_follows(qa):
    qa.publish_form(N1="5")
    row = finding(qa)
    decided = decide(qa, file_appeal(qa, row))
    row.refresh_from_db()
    assert row.is_void
    assert row.evaluation.score == 100
    assert (decided.appeal.state, decided.appeal.is_after_publishing, decided.grading_job_id) == ("upheld", False, None)
    assert AuditEntry.objects.filter(action="qa_appeal.upheld", actor=qa.users["second"]).count() == 1


def test_upholding_the_first_of_three_takes_the_fatal_away_from_the_third(qa):
    qa.publish_form(N1="5")
    rows = [finding(qa, session=session) for session in ("c1", "c2", "c3")]
    last = rows[2].evaluation
    last.refresh_from_db()
    assert last.score == 0
    decide(qa, file_appeal(qa, rows[0]))
    last.refresh_from_db()
    assert last.score == 95


def test_a_rejected_appeal_changes_nothing(qa):
    row = finding(qa)
    decide(qa, file_appeal(qa, row), is_upheld=False)
    row.refresh_from_db()
    assert not row.is_void


def test_only_ones_own_findings_once_each_and_with_a_reason(qa):
    row = finding(qa)
    with pytest.raises(NotYourFinding):
        file_appeal(qa, row, by="A2")
    with pytest.raises(NotYourFinding):
        file_appeal(qa, row, by="evaluator")
    with pytest.raises(ReasonMissing):
        file_appeal(qa, row, reason=" ")
    file_appeal(qa, row)
    with pytest.raises(AlreadyAppealed):
        file_appeal(qa, row)


def test_a_withdrawn_appeal_is_closed_for_good(qa):
    row = finding(qa)
    appeal = file_appeal(qa, row)
    with pytest.raises(NotYourFinding):
        quality.appeal_withdraw(appeal_id=appeal.pk, withdrawn_by=qa.users["A2"])
    quality.appeal_withdraw(appeal_id=appeal.pk, withdrawn_by=qa.users["A1"])
    with pytest.raises(AppealClosed):
        quality.appeal_withdraw(appeal_id=appeal.pk, withdrawn_by=qa.users["A1"])
    with pytest.raises(AppealClosed):
        decide(qa, appeal)
    with pytest.raises(AlreadyAppealed):
        file_appeal(qa, row)


@pytest.mark.parametrize(("days", "is_in_time"), [(0, True), (7, True), (8, False)])
def test_seven_days_after_publishing(qa, days, is_in_time):
    row = finding(qa)
    published = timezone.make_aware(datetime.combine(TODAY - timedelta(days=days), time(23, 59)))
    qa.publish_month("A1", published)
    if is_in_time:
        file_appeal(qa, row)
    else:
        with pytest.raises(AppealTooLate):
            file_appeal(qa, row)


def test_the_days_are_the_companys_setting(qa):
    row = finding(qa)
    qa.company.readings = {"qa.appeal_days": "30"}
    qa.company.save()
    qa.publish_month("A1", timezone.now() - timedelta(days=29))
    file_appeal(qa, row)


def test_after_publishing_the_appraisal_stays_and_pay_follows_as_a_correction(qa):
    row = finding(qa)
    appraisal = qa.publish_month("A1")
    decided = decide(qa, file_appeal(qa, row))
    assert (decided.appeal.is_after_publishing, decided.grading_job_id) == (True, None)
    appraisal.refresh_from_db()
    assert appraisal.total_score == 80


@pytest.mark.parametrize("who", ["evaluator", "A1", "manager"])
def test_a_second_reviewer_decides(qa, who):
    row = finding(qa)
    appeal = file_appeal(qa, row)
    qa.users[who].groups.add(*qa.users["second"].groups.all())
    with pytest.raises(NotSecondReviewer):
        decide(qa, appeal, by=who)


def test_deciding_needs_the_right_a_reason_and_happens_once(qa):
    appeal = file_appeal(qa, finding(qa))
    with pytest.raises(MayNotJudgeQuality):
        decide(qa, appeal, by="A2")
    with pytest.raises(ReasonMissing):
        decide(qa, appeal, reason="")
    decide(qa, appeal)
    with pytest.raises(AppealClosed):
        decide(qa, appeal, is_upheld=False)


@pytest.mark.parametrize("reviewer", ["second", "SECOND ", "二号"])
def test_the_reviewer_named_in_a_file_cannot_decide(qa, reviewer):
    qa.users["second"].first_name = "二号"
    qa.users["second"].save()
    row = models.QaFinding.objects.create(
        agent=qa.agents["A1"], month=MONTH, checked_on=DAY, session="c1", code="N1", reviewer=reviewer
    )
    appeal = file_appeal(qa, row)
    with pytest.raises(NotSecondReviewer):
        decide(qa, appeal)
    assert decide(qa, appeal, by="evaluator").appeal.state == "upheld"


def test_the_month_is_judged_again_and_the_grade_follows(qa):
    """One fatal finding scores 0 by bands; void, it scores 100."""
    models.ScorecardVersion.objects.create(
        company=qa.company,
        code="qa",
        effective_from=DAY.replace(year=2020),
        status="published",
        published_at=timezone.now(),
        fingerprint="f" * 64,
        body={
            "scorecard": "qa",
            "effective_from": "2020-01-01",
            "roles": ["pre_sales"],
            "kpis": [
                {
                    "metric": "qa_fatal_count",
                    "weight": "1",
                    "scoring": "bands",
                    "bands": [{"from": "0", "score": "100"}, {"from": "1", "score": "0"}],
                }
            ],
        },
    )
    row = finding(qa, "F1")
    cycle = cycles.cycle_open(company_id=qa.company.pk, month=MONTH, requested_by=qa.users["hr"], follow_up="other")
    while cycles.cycle_grade_chunk(cycle.job_id):
        pass
    mine = models.Appraisal.objects.filter(agent=qa.agents["A1"])
    assert mine.get().total_score == 0
    decided = decide(qa, file_appeal(qa, row))
    assert decided.grading_job_id == cycle.job_id
    while cycles.cycle_grade_chunk(cycle.job_id):
        pass
    assert mine.get().total_score == 100
    cycle.job.refresh_from_db()
    assert cycle.job.follow_up == "other"  # whoever waits for the month is still told


# --- Files ------------------------------------------------------------------------------------------------------------


def load(qa: QaCompany, *rows: str) -> loading.Change:
    """Load the month's qa_findings.csv; each row is ``agent_no,session,code``."""
    lines = [f"{agent},{DAY},{session},{code}" for agent, session, code in (row.split(",") for row in rows)]
    table = read_qa_findings("qa_findings.csv", "\n".join(["agent_no,checked_on,session,code", *lines]).encode(), MONTH)
    assert not table.problems
    sync = loading._qa_sync(qa.company, MONTH, table, loading.AgentIds(qa.company))
    sync.apply()
    return sync.change


def live(qa: QaCompany) -> list[str]:
    rows = models.QaFinding.objects.filter(is_void=False).select_related("agent").order_by("session", "code")
    return [f"{row.session} {row.code}" for row in rows]


def test_a_load_leaves_findings_of_evaluations_alone(qa):
    finding(qa, "N1", session="own")
    load(qa, "A1,f1,N2")
    assert live(qa) == ["f1 N2", "own N1"]
    load(qa)
    assert live(qa) == ["own N1"]


def test_loading_the_same_file_again_changes_nothing_and_keeps_void(qa):
    load(qa, "A1,f1,N2", "A1,f1,N2", "A1,f2,N3")
    decide(qa, file_appeal(qa, models.QaFinding.objects.filter(session="f1").first()))
    change = load(qa, "A1,f1,N2", "A1,f1,N2", "A1,f2,N3")
    assert change.is_none
    assert live(qa) == ["f1 N2", "f2 N3"]


def test_an_appealed_finding_that_the_file_drops_is_void_and_comes_back_with_the_file(qa):
    load(qa, "A1,f1,N2", "A1,f2,N3")
    row = models.QaFinding.objects.get(session="f1")
    decide(qa, file_appeal(qa, row), is_upheld=False)
    load(qa, "A1,f2,N3")
    assert live(qa) == ["f2 N3"]
    assert load(qa, "A1,f2,N3").is_none
    load(qa, "A1,f1,N2", "A1,f2,N3")
    assert live(qa) == ["f1 N2", "f2 N3"]
    assert models.QaFinding.objects.filter(session="f1").count() == 1


def test_an_upheld_finding_stays_void_whatever_the_file_does(qa):
    load(qa, "A1,f1,N2")
    decide(qa, file_appeal(qa, models.QaFinding.objects.get()))
    load(qa)
    load(qa, "A1,f1,N2")
    assert live(qa) == []
    with pytest.raises(ProtectedError):
        models.QaFinding.objects.all().delete()


def test_a_load_that_makes_a_third_of_a_kind_rescores_the_evaluations(qa):
    qa.publish_form(N1="5")
    row = finding(qa, "N1")
    load(qa, "A1,f1,N1", "A1,f2,N1")
    row.evaluation.refresh_from_db()
    assert row.evaluation.score == 0  # checked today, after the two of yesterday: the third
    load(qa, "A1,f1,N1")
    row.evaluation.refresh_from_db()
    assert row.evaluation.score == 95


# --- The form ---------------------------------------------------------------------------------------------------------


def body(points: str = "5", since: str = "2020-01-01") -> dict[str, object]:
    return {"form": "ours", "effective_from": since, "points": [{"code": "N1", "points": points}]}


def test_a_draft_scores_nothing_until_it_is_published(qa):
    draft = quality.qa_form_draft(company=qa.company, body=body(), written_by=qa.users["hr"])
    assert qa.evaluate("A1", "c1", "N1").evaluation.score is None
    again = quality.qa_form_draft(company=qa.company, body=body("7"), written_by=qa.users["hr"], draft_id=draft.pk)
    assert (again.pk, again.revision) == (draft.pk, 1)
    quality.qa_form_publish(form_id=draft.pk, published_by=qa.users["hr"])
    assert qa.evaluate("A1", "c2", "N1").evaluation.score == 93
    assert models.QaEvaluation.objects.get(sample__session="c1").score is None


def test_two_versions_each_from_its_day(qa):
    qa.publish_form(N1="5")
    newer = quality.qa_form_draft(company=qa.company, body=body("9", since=str(DAY)), written_by=qa.users["hr"])
    quality.qa_form_publish(form_id=newer.pk, published_by=qa.users["hr"])
    assert qa.evaluate("A1", "c1", "N1", day=DAY).evaluation.score == 91
    assert qa.evaluate("A2", "c2", "N1", day=DAY - timedelta(days=1)).evaluation.score == 95


def test_a_published_form_is_frozen_and_a_correction_is_a_revision(qa):
    form = qa.publish_form(N1="5")
    with pytest.raises(PublishedIsFrozen):
        quality.qa_form_draft(company=qa.company, body=body("6"), written_by=qa.users["hr"], draft_id=form.pk)
    with pytest.raises(PublishedIsFrozen):
        quality.qa_form_publish(form_id=form.pk, published_by=qa.users["hr"])
    assert quality.qa_form_draft(company=qa.company, body=body("6"), written_by=qa.users["hr"]).revision == 2


def test_forms_need_the_right_and_sense(qa):
    with pytest.raises(MayNotJudgeQuality):
        quality.qa_form_draft(company=qa.company, body=body(), written_by=qa.users["evaluator"])
    with pytest.raises(BrokenDocument):
        quality.qa_form_draft(company=qa.company, body=body("500"), written_by=qa.users["hr"])


# --- The report -------------------------------------------------------------------------------------------------------


def test_the_report_of_a_day(qa):
    qa.publish_form(N1="5")
    qa.contacts[DAY] = {"A1": chats(10), "B1": chats(2, "d")}
    qa.draw()
    first, second, _third = models.QaSample.objects.filter(agent=qa.agents["A1"]).values_list("session", flat=True)
    qa.evaluate("A1", first, "N1", survey_pushed="no")
    qa.evaluate("A1", second, "F1", survey_pushed="unknown")
    models.QaFinding.objects.create(agent=qa.agents["A2"], month=MONTH, checked_on=DAY, session="f", code="N1")
    report = qa_report(company=qa.company, day=DAY)
    assert [(team.team, [agent.agent_no for agent in team.agents]) for team in report.teams] == [
        ("一组", ["A1", "A2"]),
        ("二组", ["B1"]),
    ]
    counts = report.teams[0].agents[0].counts
    assert (counts.contacts, counts.drawn, counts.evaluated, counts.fatal, counts.non_fatal) == (10, 3, 2, 1, 1)
    assert (counts.survey_pushed, counts.survey_known, counts.mean) == (0, 1, Fraction("47.5"))
    assert (report.counts.contacts, report.counts.sampled) == (12, 5)
    assert report.errors == (("N1", 2), ("F1", 1))
    only = qa_report(company=qa.company, day=DAY, agent_ids={qa.agents["B1"].pk})
    assert [team.team for team in only.teams] == ["二组"]


def test_an_evaluator_of_another_company_is_nobodys_manager(qa):
    stranger = make_user("stranger", "QA evaluator")
    other = models.Company.objects.create(code="other", name_zh="别家")
    models.Agent.objects.create(
        company=other, agent_no="B1", name="别人", role="pre_sales", hire_date=DAY, user=stranger
    )
    models.AgentFact.objects.create(agent=qa.agents["A1"], kind="manager", value="B1", effective_from=DAY)
    assert selectors.managers_of(qa.agents["A1"], DAY) == {qa.users["manager"].pk}


# --- The night --------------------------------------------------------------------------------------------------------


def test_the_task_draws_shortly_after_midnight_in_shanghai(qa, settings):
    qa.contacts = {DAY: {"A1": chats(5)}}
    planned = settings.CELERY_BEAT_SCHEDULE["grading.qa_draw"]
    assert planned["task"] == qa_draw.name
    assert (planned["schedule"].hour, planned["schedule"].minute) == ({0}, {20})
    assert settings.CELERY_TIMEZONE == "Asia/Shanghai"
    qa_draw()
    assert models.QaSample.objects.filter(day=DAY).count() == 3


# --- The evening ------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(db):
    """The names of the kept reports that are there."""
    return lambda: sorted(StoredFile.objects.filter(name__startswith="qa_reports/").values_list("name", flat=True))


def kept(day=DAY) -> models.QaReport:
    return models.QaReport.objects.get(day=day)


def test_a_report_is_kept_of_each_day_with_something(qa, files):
    """Contacts eight days ago are too long ago; seven days ago, today, a sample and a loaded finding count."""
    a_week, longer = TODAY - timedelta(days=7), TODAY - timedelta(days=8)
    qa.contacts = {longer: {"A1": chats(2)}, a_week: {"A1": chats(2)}, TODAY: {"A2": chats(3)}}
    sampled, found = TODAY - timedelta(days=3), TODAY - timedelta(days=5)
    qa.evaluate("A1", "a", "F1", day=sampled)
    models.QaFinding.objects.create(
        agent=qa.agents["A2"], month=Month.of(found), checked_on=found, session="f", code="N1"
    )
    assert reports_make(TODAY) == 4
    rows = models.QaReport.objects.order_by("day").values_list("company", "day", "contacts", "evaluated", "fatal")
    assert list(rows) == [
        (qa.company.pk, a_week, 2, 0, 0),
        (qa.company.pk, found, 0, 0, 0),
        (qa.company.pk, sampled, 0, 1, 1),
        (qa.company.pk, TODAY, 3, 0, 0),
    ]
    assert len(files()) == 4
    text = "".join(page.extract_text() for page in PdfReader(kept(sampled).file).pages)
    for expected in ("质检日报", "Daily QA report", "A1 客服A1", str(sampled)):
        assert expected in text


def test_what_says_the_same_is_not_made_again(qa, files):
    qa.contacts = {DAY: {"A1": chats(2)}}
    assert reports_make(TODAY) == 1
    before, made_at = files(), kept().made_at
    with translation.override("zh-hans"):
        assert reports_make(TODAY) == 0
    assert (files(), kept().made_at) == (before, made_at)


def test_what_says_something_new_replaces_the_kept_one(qa, files):
    qa.contacts = {DAY: {"A1": chats(2)}}
    reports_make(TODAY)
    old, first = files(), kept()
    qa.evaluate("A1", "c00", "F1")
    assert reports_make(TODAY) == 1
    assert files() == [kept().file.name] != old
    assert (kept().pk, kept().evaluated, kept().fatal) == (first.pk, 1, 1)
    assert kept().made_at > first.made_at


def test_a_day_that_lost_everything_does_not_keep_what_is_not_so(qa, files):
    qa.contacts = {DAY: {"A1": chats(2)}}
    reports_make(TODAY)
    qa.contacts.clear()
    assert reports_make(TODAY) == 1
    assert kept().contacts == 0
    assert "当天没有抽检" in PdfReader(kept().file).pages[0].extract_text()
    assert files() == [kept().file.name]


def test_a_report_that_cannot_be_drawn_does_not_stop_the_others(qa, files):
    models.Agent.objects.filter(agent_no="A1").update(name="\N{GRINNING FACE}")
    qa.contacts = {DAY: {"A1": chats(2)}, TODAY: {"A2": chats(2)}}
    with pytest.raises(MissingGlyph):
        reports_make(TODAY)
    assert list(models.QaReport.objects.values_list("day", flat=True)) == [TODAY]


def test_the_task_makes_the_reports_in_the_evening_in_shanghai(qa, files, settings):
    qa.contacts = {TODAY: {"A1": chats(5)}}
    planned = settings.CELERY_BEAT_SCHEDULE["grading.qa_report"]
    assert planned["task"] == qa_reports.name
    assert qa_reports.name in qa_reports.app.tasks
    assert (planned["schedule"].hour, planned["schedule"].minute) == ({21}, {0})
    qa_reports()
    assert kept(TODAY).contacts == 5
