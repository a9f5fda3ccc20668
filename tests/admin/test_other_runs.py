"""Runs besides the month's regular one: paying somebody now, correcting posted months, and a page for each run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from grading import public as grading
from grading.jobs.models import AuditEntry
from grading.kernel.errors import DomainError
from grading.services.cycles import cycle_grade_chunk
from payroll import models
from payroll.services import runs
from payroll.services.statutory import statutory_row_record
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany
from tests.superuser import thawed

pytestmark = pytest.mark.django_db
OFF_CYCLE, CORRECTION = "admin:month_off_cycle", "admin:month_correction"


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[int]:
    """The jobs that a page published, instead of sending messages."""
    jobs: list[int] = []
    monkeypatch.setattr("payroll.admin.month.publish", jobs.append)
    return jobs


@pytest.fixture
def lawful(db) -> PostedCompany:
    return PostedCompany()


def form(held: PostedCompany, month=OCTOBER, **more: str) -> dict[str, str]:
    return {"company": str(held.company.pk), "month": str(month), **more}


def address(held: PostedCompany, month=OCTOBER, run: models.PayRun | None = None) -> str:
    return f"{reverse('admin:month')}?company={held.company.pk}&month={month}{f'&run={run.pk}' if run else ''}"


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"]) if answer.context else ""


def worked(held: PostedCompany, run: models.PayRun) -> models.PayRun:
    """A run that the page started, graded and calculated as the workers do it."""
    cycle = grading.AppraisalCycle.objects.get(company=held.company, month=run.month)
    while cycle_grade_chunk(cycle.job_id):
        pass
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    return held.calculated(run)


# --- who ---


@pytest.mark.parametrize("door", [OFF_CYCLE, CORRECTION])
def test_the_acts_are_posts_by_those_who_prepare(door, lawful, hr, boss, manager, agent_user, client, as_user):
    assert as_user(hr).get(reverse(door)).status_code == 405
    assert as_user(manager).post(reverse(door), form(lawful)).status_code == 403
    assert as_user(agent_user).post(reverse(door), form(lawful)).status_code == 302
    assert client.post(reverse(door), form(lawful)).status_code == 302
    answer = as_user(boss).post(reverse(door), form(lawful, agents="P1"), follow=True)
    assert "may not prepare a pay run" in told(answer)
    assert not models.PayRun.objects.exists()
    html = as_user(boss).get(address(lawful)).content.decode()
    assert reverse(door) not in html


# --- off-cycle ---


def test_somebody_is_paid_by_a_run_of_their_own(
    lawful, hr, boss, as_user, woken, assert_no_inline, django_capture_on_commit_callbacks
):
    client = as_user(hr)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse(OFF_CYCLE), form(lawful, agents=" P1，P2 ", pay_date="2026-10-20"))
    run = models.PayRun.objects.get()
    assert (run.kind, run.pay_date.isoformat()) == ("off_cycle", "2026-10-20")
    assert answer["Location"] == f"{address(lawful, run=run)}#work"
    assert woken == [grading.AppraisalCycle.objects.get().job_id]
    worked(lawful, run)
    page = client.get(address(lawful))
    html = page.content.decode()
    assert_no_inline(html)
    assert [step.state for step in page.context["steps"]][:3] == ["done", "done", "done"]
    assert page.context["review"].people == 2
    assert "off-cycle 1" in html
    assert "Only for: P1, P2." in html
    assert "Start the month" in html  # the regular run can still be started

    regular = lawful.prepare(OCTOBER)
    assert [item.subject_id for item in regular.job.items.all()] == [grading.Agent.objects.get(agent_no="P3").pk]
    names = [(each.name, each.people, each.is_chosen) for each in client.get(address(lawful)).context["other"].runs]
    assert names == [("off-cycle 1", 2, False), ("regular 1", 0, True)]
    chosen = client.get(address(lawful, run=run)).context
    assert chosen["run"] == run
    assert chosen["review"].people == 2
    assert [step.state for step in chosen["steps"]][4] == "now"


def test_an_off_cycle_run_goes_again_for_the_same_people(lawful, hr, as_user):
    client = as_user(hr)
    client.post(reverse(OFF_CYCLE), form(lawful, agents="P2", pay_date="2026-10-20"))
    run = worked(lawful, models.PayRun.objects.get())
    html = client.get(address(lawful, run=run)).content.decode()
    assert '<input type="hidden" name="agents" value="P2">' in html
    client.post(reverse(OFF_CYCLE), form(lawful, agents="P2"))
    run.refresh_from_db()
    assert (run.status, run.pay_date.isoformat()) == ("open", "2026-10-20")
    assert list(run.agents.values_list("agent_no", flat=True)) == ["P2"]


@pytest.mark.parametrize(
    ("agents", "day", "expected"),
    [
        ("P1, P9", "", "not employed in it: P9"),
        (" , ", "", "Nobody to pay in 2026-10"),
        ("P1", "20.10.2026", "is not a day"),
        ("P1", "2026-02-30", "is not a day"),
    ],
)
def test_what_cannot_be_paid_is_told_and_starts_nothing(agents, day, expected, lawful, hr, as_user, woken):
    answer = as_user(hr).post(reverse(OFF_CYCLE), form(lawful, agents=agents, pay_date=day), follow=True)
    assert expected in told(answer)
    assert not models.PayRun.objects.exists()
    assert woken == []


# --- correction ---


def test_nothing_recorded_late_is_nothing_to_correct(lawful, hr, as_user):
    client = as_user(hr)
    assert reverse(CORRECTION) not in client.get(address(lawful)).content.decode()  # nothing is posted yet
    lawful.post(SEPTEMBER)
    html = client.get(address(lawful, SEPTEMBER)).content.decode()
    assert "Nothing about a posted month was recorded late." in html
    assert reverse(CORRECTION) not in html
    answer = client.post(reverse(CORRECTION), form(lawful, SEPTEMBER), follow=True)
    assert "there is nothing to correct" in told(answer)


@pytest.mark.parametrize(("since", "offered"), [(date(2026, 9, 30), True), (date(2026, 10, 1), False)])
def test_a_notice_of_the_law_about_a_posted_month_is_something_to_correct(since, offered, lawful, hr, as_user):
    client = as_user(hr)
    lawful.post(SEPTEMBER)
    row = models.StatutoryRow(
        company=lawful.company,
        city="shanghai",
        parameter=models.StatutoryRow.Parameter.PENSION,
        first_day=since,
        last_day=date(2027, 6, 30),
        employee=Fraction("0.09"),
        employer=Fraction("0.17"),
        floor=Decimal("7546.00"),
        ceiling=Decimal("37731.00"),
        source="notice 1",
        checked_on=date(2026, 10, 2),
    )
    statutory_row_record(row=row, recorded_by=lawful.hr)
    assert (reverse(CORRECTION) in client.get(address(lawful, SEPTEMBER)).content.decode()) is offered
    assert reverse(CORRECTION) not in client.get(address(lawful, SEPTEMBER.plus(-1))).content.decode()
    assert not models.LateChange.objects.exists()  # looking marks nothing


def test_a_correction_stands_by_itself_from_the_list_to_the_files(
    lawful, hr, boss, as_user, woken, assert_no_inline, django_capture_on_commit_callbacks
):
    regular = lawful.post(SEPTEMBER)
    lawful.sell_late(SEPTEMBER, "P1", "20000.00")
    client, approver = as_user(hr), as_user(boss)
    page = client.get(address(lawful, SEPTEMBER))
    (change,) = page.context["other"].changes
    assert (change.agent, change.month, change.cause) == ("P1 赵一", SEPTEMBER, "sales.csv")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse(CORRECTION), form(lawful, SEPTEMBER))
    run = models.PayRun.objects.get(kind="correction")
    assert woken == [run.job_id]
    lawful.calculated(run)

    page = client.get(address(lawful, SEPTEMBER))
    html = page.content.decode()
    assert_no_inline(html)
    assert page.context["run"] == run
    # 1 % of the 20,000 that were entered late; below the yearly allowance nothing is taxed
    assert page.context["review"].net == "200.00"
    assert [step.state for step in page.context["steps"]] == ["done", "done", "done", "done", "now", "todo", "todo"]
    assert "Last month" not in html.partition('id="review"')[2].partition('id="approve"')[0]
    assert reverse("admin:month_variance", args=[run.pk]) not in html

    run.refresh_from_db()
    act = {"fingerprint": run.fingerprint, "seen": "yes"}
    answer = approver.post(reverse("admin:month_approve", args=[run.pk]), act)
    assert answer["Location"] == address(lawful, SEPTEMBER, run)
    approver.post(reverse("admin:month_pay", args=[run.pk]))
    run.refresh_from_db()
    assert run.status == "paid"
    regular.refresh_from_db()
    assert regular.status == "approved"
    assert client.get(address(lawful, SEPTEMBER)).context["other"].changes == ()
    files = client.post(reverse("admin:month_exports", args=[run.pk]), {"scope": "run"})
    assert "lawful-2026-09-correction-1.zip" in files["Content-Disposition"]
    assert AuditEntry.objects.filter(action="run.export", object_id=str(run.pk)).count() == 1


def test_whoever_a_correction_parks_is_shown_until_it_is_settled(lawful, hr, as_user, monkeypatch):
    class Broken(DomainError):
        code = "payroll.plan_missing"
        template = "Pay plan '{plan}' has no published version on {day}. Load the plan, or correct the agent."

    lawful.post(SEPTEMBER)
    lawful.sell_late(SEPTEMBER, "P1", "20000.00")
    run = runs.correction_start(company=lawful.company, month=SEPTEMBER, prepared_by=lawful.hr)

    def fails(*_args: object) -> None:
        raise Broken(plan="sales", day="2026-09-01")

    monkeypatch.setattr("payroll.services.calculation.compute_correction", fails)
    lawful.calculated(run)
    (parked,) = as_user(hr).get(address(lawful, SEPTEMBER)).context["parked_shown"]
    assert (parked.person.agent_no, parked.code) == ("P1", "payroll.plan_missing")
    with thawed():
        models.LateChange.objects.update(settled_in=run)
    assert as_user(hr).get(address(lawful, SEPTEMBER)).context["parked_shown"] == []


def test_late_changes_have_a_list_of_their_own(lawful, hr, boss, manager, as_user):
    lawful.post(SEPTEMBER)
    lawful.sell_late(SEPTEMBER, "P1", "20000.00")
    listed = reverse("admin:payroll_latechange_changelist")
    assert "sales.csv" in as_user(hr).get(f"{listed}?settled_in__isempty=1").content.decode()
    assert "sales.csv" not in as_user(hr).get(f"{listed}?settled_in__isempty=0").content.decode()
    assert as_user(boss).get(listed).status_code == 200
    assert as_user(manager).get(listed).status_code == 403


def test_many_late_changes_are_counted(lawful, hr, as_user, monkeypatch):
    monkeypatch.setattr("payroll.admin.other_runs.CHANGES_SHOWN", 1)
    lawful.post(SEPTEMBER)
    lawful.sell_late(SEPTEMBER, "P1", "20000.00")
    lawful.sell_late(SEPTEMBER, "P2", "20000.00")
    page = as_user(hr).get(address(lawful, SEPTEMBER))
    assert (len(page.context["other"].changes), page.context["other"].hidden) == (1, 1)
    assert "and 1 more" in page.content.decode()


def test_runs_are_told_apart_by_their_names(lawful):
    regular = lawful.post(SEPTEMBER)
    lawful.sell_late(SEPTEMBER, "P1", "20000.00")
    assert (str(regular), str(lawful.correct(SEPTEMBER))) == ("2026-09 #1", "2026-09 correction #1")


def test_whose_month_is_paid_elsewhere_is_not_missed_by_the_regular_run(lawful, hr, as_user):
    lawful.post(SEPTEMBER)
    run = runs.off_cycle_start(company=lawful.company, month=OCTOBER, agent_nos=["P1"], prepared_by=lawful.hr)
    lawful.approve(worked(lawful, run))
    lawful.prepare(OCTOBER)
    findings = as_user(hr).get(address(lawful)).context["review"].findings
    assert [each.text for each in findings if "were paid last month" in each.text] == []
