"""Approved is what was reviewed: anything that changed since is refused, with whose pay and which lines."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grading import public as grading
from grading.models import CalibrationMove, CalibrationSession, MetricComputation
from grading.services import cycles
from payroll import models
from payroll.domain.review import LineChange, PersonChange
from payroll.errors import GradesChanged, InputsChanged, RecordedSince, RunChanged
from payroll.services import calculation, review, runs
from tests.payroll.services.conftest import FILES, MONTH, Tiny

KPI = "agent_no,metric,value\n"
SALES = "agent_no,basis,amount\n"


def refused(tiny: Tiny, run: models.PayRun, reviewed: str, error: type[Any]) -> Any:
    with pytest.raises(error) as caught:
        runs.run_approve(run_id=run.pk, approved_by=tiny.approver, reviewed=reviewed)
    run.refresh_from_db()
    assert not run.is_posted
    return caught.value


def test_sales_that_came_after_the_calculation(tiny: Tiny) -> None:
    """A1: 268,400 × 0.003 = 805.20 instead of 505.20; 2925.20 + 300 = 3225.20 net."""
    run = tiny.prepare()
    tiny.load({"2024-06/sales.csv": f"{SALES}A1,returning_order_amount,268400.00\n"})
    error = refused(tiny, run, run.fingerprint, InputsChanged)
    assert error.changes == (
        PersonChange(
            "A1", "甲", Decimal("2925.20"), Decimal("3225.20"),
            (LineChange("commission", MONTH, Decimal("505.20"), Decimal("805.20")),),
        ),
    )  # fmt: skip
    assert error.values["agents"] == "A1"
    again = tiny.prepare()
    assert tiny.approve(again).is_posted


def test_a_measure_that_came_after_the_grading(tiny: Tiny) -> None:
    """A1: (0.85 − 0.80) ÷ 0.10 = 50 points: 600 × 0.50 = 300 instead of 420."""
    run = tiny.prepare()
    tiny.load({"2024-06/kpi.csv": f"{KPI}A1,satisfaction_rate,0.85\n"})
    [change] = refused(tiny, run, run.fingerprint, InputsChanged).changes
    assert change.lines == (LineChange("performance_pay", MONTH, Decimal("420.00"), Decimal("300.00")),)


def test_a_plan_that_was_published_after_the_calculation(tiny: Tiny) -> None:
    """B-18: the rule changed after the review. A3 gets 3300 instead of 3000; it holds the whole month."""
    run = tiny.prepare()
    plan = 'plan: plain\neffective_from: 2024-02-01\nbase_pay: {by: fixed, amount: "3300.00"}\n'
    tiny.load({"plans/plain.yaml": plan})
    [change] = refused(tiny, run, run.fingerprint, InputsChanged).changes
    assert (change.agent_no, change.net_before, change.net_after) == ("A3", Decimal("3000.00"), Decimal("3300.00"))


def test_somebody_who_could_not_be_computed_any_more(tiny: Tiny) -> None:
    run = tiny.prepare()
    tiny.load({"2024-06/kpi.csv": f"{KPI}A2,satisfaction_rate,0.90\n"})
    [change] = refused(tiny, run, run.fingerprint, InputsChanged).changes
    assert (change.agent_no, change.net_after, change.because) == ("A1", None, "grading.measure_missing")


def test_a_grade_that_was_changed_by_hand(tiny: Tiny) -> None:
    run = tiny.prepare()
    grading.Appraisal.objects.filter(agent__agent_no="A1").update(total_score="80")
    refused(tiny, run, run.fingerprint, GradesChanged)


def test_a_run_that_was_calculated_again_tells_what_the_reviewer_did_not_see(tiny: Tiny) -> None:
    """Reviewed; then calculated twice more: A1's commission went from 505.20 over 805.20 to 1105.20, and A2 came."""
    reviewed = tiny.prepare().fingerprint
    tiny.load({"2024-06/sales.csv": f"{SALES}A1,returning_order_amount,268400.00\n"})
    tiny.prepare()
    kpi = f"{KPI}A1,satisfaction_rate,0.87\nA2,satisfaction_rate,0.90\n"
    tiny.load({"2024-06/sales.csv": f"{SALES}A1,returning_order_amount,368400.00\n", "2024-06/kpi.csv": kpi})
    run = tiny.prepare()
    first, second = refused(tiny, run, reviewed, RunChanged).changes
    assert (first.agent_no, first.net_before, first.net_after) == ("A1", Decimal("2925.20"), Decimal("3525.20"))
    assert first.lines == (LineChange("commission", MONTH, Decimal("505.20"), Decimal("1105.20")),)
    assert (second.agent_no, second.net_before, second.net_after) == ("A2", None, Decimal("2600.00"))
    assert {line.code: line.after for line in second.lines} == {
        "base_pay": Decimal("2000.00"),
        "performance_pay": Decimal("600.00"),
    }
    assert tiny.approve(run).is_posted
    assert not models.ReplacedLine.objects.exists()


def test_somebody_who_left_the_run_is_told(tiny: Tiny) -> None:
    reviewed = tiny.prepare().fingerprint
    tiny.load({"2024-06/kpi.csv": f"{KPI}A2,satisfaction_rate,0.90\n"})
    run = tiny.prepare()
    changes = {change.agent_no: change for change in refused(tiny, run, reviewed, RunChanged).changes}
    assert (changes["A1"].net_before, changes["A1"].net_after) == (Decimal("2925.20"), None)
    assert changes["A2"].net_before is None


def test_a_fingerprint_that_the_run_never_had_is_refused_without_differences(tiny: Tiny) -> None:
    run = tiny.prepare()
    assert refused(tiny, run, "f" * 64, RunChanged).changes == ()


def test_what_changes_nobodys_pay_hinders_nobody(tiny: Tiny) -> None:
    """Loading the same files again, and a row of somebody who is not in the run."""
    run = tiny.prepare()
    tiny.load(FILES)
    tiny.load({"2024-05/sales.csv": f"{SALES}A1,returning_order_amount,1.00\n"})
    assert tiny.approve(run).is_posted


def test_where_nothing_was_recorded_since_nobody_is_computed_again(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny.prepare()
    monkeypatch.setattr(review, "changed_since_calculated", None)
    assert tiny.approve(run).is_posted


@pytest.mark.parametrize(
    ("files", "table"),
    [
        ({"2024-06/sales.csv": f"{SALES}A1,returning_order_amount,268400.00\n"}, "payroll.salesentry"),
        ({"2024-06/kpi.csv": f"{KPI}A1,satisfaction_rate,0.85\n"}, "grading.kpiresult"),
        ({"company.yaml": FILES["company.yaml"].replace("31", "30")}, "grading.company"),
    ],
)
def test_too_many_people_to_wait_for_are_told_where_something_was_recorded(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], table: str
) -> None:
    run = tiny.prepare()
    monkeypatch.setattr(review, "RECHECKED", 1)
    tiny.load(files)
    error = refused(tiny, run, run.fingerprint, RecordedSince)
    assert (error.values["tables"], error.changes) == (table, ())
    assert tiny.approve(tiny.prepare()).is_posted


def test_a_law_that_changed_meanwhile_was_recorded(tiny: Tiny) -> None:
    run = tiny.prepare()
    grading.Company.objects.update(statutory="cn")
    run.refresh_from_db()
    assert review.recorded_since_calculated(run) == ["grading.company", "law"]


def test_what_a_chunk_reads_is_what_the_checksums_are_of(tiny: Tiny) -> None:
    """Whatever judging and calculating read is watched, but for what runs write themselves."""
    run = tiny.prepare()
    cycle = grading.AppraisalCycle.objects.get()
    runs.run_start(company=tiny.company, month=MONTH, prepared_by=tiny.preparer)
    grading.Company.objects.update(statutory="cn")
    with CaptureQueriesContext(connection) as queries:
        cycles.cycle_grade_chunk(cycle.job_id)
        runs.runs_graded(cycle.job_id)
        runs.run_calculate(run.pk)
        calculation.run_calculate_chunk(run.job_id)
    text = " ".join(query["sql"] for query in queries if query["sql"].startswith("SELECT"))
    tables = {table._meta.db_table: table for table in apps.get_models(include_auto_created=True)}
    read = {tables[name] for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', text)}
    own = {models.PayRun, models.Payslip, models.PayslipLine, models.RunFinding, models.LawDocument}
    own |= {models.PayRun.agents.through}  # whom an off-cycle run takes out
    own |= {models.Payment, models.PaymentFile}  # a draft that is dropped is asked whether it was paid
    own |= {grading.AppraisalCycle, MetricComputation, *apps.get_app_config("jobs").get_models()}
    moved = {CalibrationSession, CalibrationMove}  # a session that is published writes the appraisals
    assert read - {*cycles.JUDGED_FROM, *review.PAID_FROM} - own - moved == set()
    assert {grading.Agent, models.PayFact, models.SalesEntry, models.StatutoryRow} <= read
