"""What keeps the pages of a large run quick: figures counted once, lists in pages, searches by people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grading.jobs.models import Job
from grading.models import KpiResult
from payroll import models, selectors
from payroll.admin import reading
from payroll.services import run_figures, runs, variance
from tests.admin.small_company import MONTH, month_run

pytestmark = pytest.mark.django_db
BEFORE = MONTH.plus(-1)


def month_page(run: models.PayRun, more: str = "") -> str:
    return f"{reverse('admin:month')}?company={run.company_id}&month={run.month}{more}"


@pytest.fixture
def parked(company, hr) -> models.PayRun:
    """A run of five that parks two: no KPI result of them is known, and the scorecard blocks."""
    KpiResult.objects.filter(agent__agent_no__in=("A002", "A004"), month=MONTH).delete()
    return month_run(company, MONTH, hr)


def test_the_figures_are_counted_when_the_run_is_calculated_and_read_from_there(run):
    kept = models.RunReview.objects.get(run=run)
    assert kept.fingerprint == run.fingerprint
    with CaptureQueriesContext(connection) as queries:
        figures = run_figures.review_of(run)
    assert len(queries) == 1
    # five of 3,000 base and 600 × 50 ÷ 100, A001 with 50 for meals, A002 with a penalty of 20
    assert (figures.people, figures.now.gross, figures.now.net) == (5, Decimal("16530.00"), Decimal("16530.00"))
    assert figures.before == type(figures.before)()
    assert {(item.kind, item.code, item.now) for item in figures.items} == {
        ("earning", "base_pay", Decimal("15000.00")),
        ("earning", "performance_pay", Decimal("1500.00")),
        ("earning", "adjustment.meals", Decimal("50.00")),
        ("earning", "penalty", Decimal("-20.00")),
    }
    assert [slip.who.agent_no for slip in figures.slips] == ["A001", "A003", "A004", "A005", "A002"]


def test_figures_of_another_calculation_are_not_shown(run, company, hr):
    KpiResult.objects.filter(agent__agent_no="A004", month=MONTH).update(value="0.50")
    again = month_run(company, MONTH, hr)
    assert again.fingerprint != run.fingerprint
    assert run_figures.review_of(again).now.net == Decimal("16830.00")  # A004 scores 100: 300 more
    models.RunReview.objects.filter(run=run).update(fingerprint="0" * 64)
    assert run_figures.review_of(again).now.net == Decimal("16830.00")
    assert models.RunReview.objects.get(run=run).fingerprint == again.fingerprint


def test_an_adjustment_entered_later_is_listed(run, hr, as_user):
    """A001 and A002 have one each; what is entered after the calculation must be seen before it is approved."""
    assert run_figures.review_of(run).entries == 2
    agent = run.payslips.get(agent__agent_no="A005").agent
    models.Adjustment.objects.create(agent=agent, month=MONTH, code="adjustment.meals", amount=1, reason="found later")
    review = as_user(hr).get(month_page(run)).context["review"]
    assert [(entry.person.agent_no, entry.reason) for entry in review.entries][2:] == [("A005", "found later")]
    assert (review.entry_count, review.unlisted) == (3, 0)


def test_many_adjustments_are_cut_and_counted_with_the_figures(run, hr, as_user, monkeypatch):
    monkeypatch.setattr("payroll.selectors.review.WHOLE", 1)
    monkeypatch.setattr("payroll.selectors.review.FIRST", 1)
    review = as_user(hr).get(month_page(run)).context["review"]
    assert [entry.person.agent_no for entry in review.entries] == ["A001"]
    assert (review.entry_count, review.unlisted) == (2, 1)


def test_a_run_without_kept_figures_is_counted_when_it_is_looked_at(run, hr, as_user):
    models.RunReview.objects.all().delete()
    assert as_user(hr).get(month_page(run)).context["review"].net == "16,530.00"
    assert models.RunReview.objects.filter(run=run).exists()


def test_who_is_gone_and_who_is_new(load, hr, boss):
    company = load(5, (BEFORE, MONTH))
    company.agents.filter(agent_no="A005").update(hire_date=MONTH.first_day)
    first = month_run(company, BEFORE, hr)
    runs.run_approve(run_id=first.pk, approved_by=boss, reviewed=first.fingerprint)
    company.agents.filter(agent_no="A001").update(leave_date=BEFORE.last_day)
    figures = run_figures.review_of(month_run(company, MONTH, hr))
    named = {pointed.point.value: [who.agent_no for who in pointed.people] for pointed in figures.points}
    assert named == {"gone": ["A001"], "new": ["A005"]}
    assert (figures.people, figures.people_before) == (4, 4)


def test_the_readiness_of_a_large_calculated_run_is_counted_when_asked(run, hr, as_user, monkeypatch):
    monkeypatch.setattr(reading, "COUNTED_AGAIN", 4)
    answer = as_user(hr).get(month_page(run))
    assert not answer.context["ready"].is_counted
    assert answer.context["steps"][1].state == "done"
    assert "5 people are in the run." in answer.content.decode()
    asked = as_user(hr).get(month_page(run, "&readiness=1"))
    assert (asked.context["ready"].is_counted, asked.context["ready"].with_kpi) == (True, 5)


def test_parked_people_beyond_the_first_are_on_pages_of_their_own(
    parked, hr, manager, agent_user, client, as_user, monkeypatch, assert_no_inline
):
    monkeypatch.setattr(reading, "PARKED_ON_A_PAGE", 1)
    monkeypatch.setattr("payroll.selectors.review.WHOLE", 1)
    monkeypatch.setattr("payroll.selectors.review.FIRST", 1)
    listed = reverse("admin:month_parked", args=[parked.pk])
    html = as_user(hr).get(month_page(parked)).content.decode()
    assert ("A002" in html, listed in html, "and 1 more" in html) == (True, True, True)
    second = as_user(hr).get(f"{listed}?page=2").content.decode()
    assert_no_inline(second)
    assert ("A004" in second, "A002" in second, "grading.measure_missing" in second) == (True, False, True)
    assert as_user(manager).get(listed).status_code == 403
    assert as_user(agent_user).get(listed).status_code == 302
    assert client.get(listed).status_code == 302


@pytest.mark.parametrize("name", ["payslip", "payslipline", "runfinding", "payslipvariance", "latechange"])
def test_lists_are_searched_by_person(run, hr, as_user, name):
    address = reverse(f"admin:payroll_{name}_changelist")
    found = as_user(hr).get(f"{address}?q=A003")
    assert found.status_code == 200
    rows = found.context["cl"].queryset
    people = {getattr(row, "agent", None) or row.payslip.agent for row in rows}
    assert {person.agent_no for person in people} <= {"A003"}
    assert as_user(hr).get(f"{address}?q=nobody").context["cl"].result_count == 0


def test_payslips_are_found_by_number_and_by_month(run, hr, as_user):
    address = reverse("admin:payroll_payslip_changelist")
    number = run.payslips.get(agent__agent_no="A004").number
    assert [slip.number for slip in as_user(hr).get(f"{address}?q={number.lower()}").context["cl"].queryset] == [number]
    assert as_user(hr).get(f"{address}?month={MONTH}").context["cl"].result_count == 5
    assert as_user(hr).get(f"{address}?month={BEFORE}").context["cl"].result_count == 0


def test_the_list_of_runs_says_what_was_counted(run, hr, as_user):
    html = as_user(hr).get(reverse("admin:payroll_payrun_changelist")).content.decode()
    assert "16,530.00" in html


REVIEWED = {
    "month page": month_page,
    "payslips of the run": lambda run: f"{reverse('admin:payroll_payslip_changelist')}?run__id__exact={run.pk}",
    "search": lambda run: f"{reverse('admin:payroll_payslip_changelist')}?run__id__exact={run.pk}&q=A00",
    "parked": lambda run: reverse("admin:month_parked", args=[run.pk]),
    "findings": lambda run: reverse("admin:month_findings", args=[run.pk]),
    "variance": lambda run: reverse("admin:month_variance", args=[run.pk]),
    "changes": lambda run: reverse("admin:month_changes", args=[run.pk]),
    "runs": lambda run: reverse("admin:payroll_payrun_changelist"),
}
"""What a run is reviewed on."""


def compare(run: models.PayRun) -> None:
    """The run held against the month before, as the workers do it."""
    job_id = Job.objects.get(task=variance.VARIANCE_TASK, key=str(run.pk)).pk
    while variance.variance_write_chunk(job_id):
        pass
    variance.variance_settled(job_id)


@pytest.mark.parametrize("page", REVIEWED)
def test_a_page_asks_as_many_questions_for_many_people_as_for_few(load, hr, as_user, page):
    """Django keeps nothing between requests: what is counted here is what every look costs."""
    counts = []
    for people in (3, 12):
        company = load(people)
        KpiResult.objects.filter(agent__agent_no="A002", month=MONTH).delete()
        month_run(company, MONTH, hr)
        KpiResult.objects.filter(agent__agent_no="A001", month=MONTH).update(value="0.50")
        run = month_run(company, MONTH, hr)
        compare(run)
        browser, address = as_user(hr), REVIEWED[page](run)
        assert browser.get(address).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


COUNTING = {
    '"jobs_runitem"': "GROUP BY",
    '"payroll_payslip"': "COUNT(",
    '"payroll_runfinding"': "COUNT(",
}
"""Counts that would go through everybody of a run again."""


def test_the_page_of_a_calculated_month_counts_nobody_again(parked, hr, boss, as_user):
    for act in (
        lambda: None,
        lambda: runs.run_approve(run_id=parked.pk, approved_by=boss, reviewed=parked.fingerprint),
    ):
        act()
        with CaptureQueriesContext(connection) as queries:
            assert as_user(hr).get(month_page(parked)).status_code == 200
        again = [
            each["sql"]
            for each in queries
            for table, counted in COUNTING.items()
            if f"FROM {table}" in each["sql"] and counted in each["sql"] and "parked" not in each["sql"]
        ]
        assert again == []


def test_how_a_job_ended_is_counted_when_it_is_finished_and_forgotten_when_it_starts_again(parked, company, hr):
    assert (parked.job.done, parked.job.parked) == (3, 2)
    progress = selectors.progress_of(parked)
    ended = progress.of(selectors.Phase.CALCULATE)
    assert (ended.done, ended.parked, ended.total) == (3, 2, 5)
    assert progress.of(selectors.Phase.PUBLISH).total == 3
    runs.run_calculate(parked.pk)
    parked.refresh_from_db()
    waiting = selectors.progress_of(parked).of(selectors.Phase.CALCULATE)
    assert (waiting.queued, waiting.done, waiting.parked) == (5, 0, 0)


def test_people_are_named_with_the_address_of_their_own_page(run):
    named = [slip.person for slip in reading.review_of(run).slips]
    agents = {agent.agent_no: agent.pk for agent in run.company.agents.all()}
    expected = {number: reverse("admin:grading_agent_change", args=[pk]) for number, pk in agents.items()}
    assert {person.agent_no: person.address for person in named} == expected


def test_parked_people_are_read_by_number_and_only_those_who_are_asked_for(parked):
    people = selectors.parked_of_run(parked)
    with CaptureQueriesContext(connection) as queries:
        assert (len(people), people.reasons) == (2, [("grading.measure_missing", 2)])
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as queries:
        [(agent, item)] = people[1:2]
    assert len(queries) == 2
    assert (agent.agent_no, item.subject_id) == ("A004", agent.pk)
    assert [agent.agent_no for agent, _item in people] == ["A002", "A004"]
    assert people[0][0].agent_no == "A002"


def test_somebody_who_is_worked_on_again_while_the_parked_are_read_is_left_out(parked):
    people = selectors.parked_of_run(parked)

    def meanwhile(execute, sql, params, many, context):
        if sql.startswith('SELECT "jobs_runitem"."id"'):
            parked.job.items.filter(subject_id=people_of["A002"]).update(state="queued", error_code="")
        return execute(sql, params, many, context)

    people_of = dict(parked.company.agents.values_list("agent_no", "pk"))
    with connection.execute_wrapper(meanwhile):
        assert [agent.agent_no for agent, _item in people[:2]] == ["A004"]


def test_payslips_are_listed_by_an_index_and_without_what_they_were_computed_from(run, hr, as_user):
    with CaptureQueriesContext(connection) as queries:
        as_user(hr).get(REVIEWED["payslips of the run"](run))
    [listed] = [each["sql"] for each in queries if '"payroll_payslip"."net"' in each["sql"]]
    assert '"payroll_payslip"."facts"' not in listed
    assert 'ORDER BY "payroll_payslip"."agent_id" ASC' in listed


def test_a_list_that_is_not_long_is_shown_whole():
    assert [selectors.shown_of(count) for count in (0, 25, 200, 201, 100_000)] == [0, 25, 200, 25, 25]
