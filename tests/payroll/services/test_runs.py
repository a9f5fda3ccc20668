"""A month's life: prepared, approved by somebody else, paid, and mended by the next run."""

from __future__ import annotations

import gc
import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from grading import public as grading
from grading.imports.folder import CompanyFolder
from grading.jobs.models import AuditEntry, RunItem
from grading.jobs.services import Outcome
from grading.services import cycles
from grading.services.cycles import cycle_grade_chunk
from payroll import models, selectors
from payroll.errors import (
    MayNot,
    MonthIsClosed,
    NobodyEmployed,
    NothingToApprove,
    RunChanged,
    RunNotReady,
    SamePersonTwice,
)
from payroll.services import calculation, runs
from payroll.services.loading import company_load

A2_KPI = "agent_no,metric,value\nA1,satisfaction_rate,0.87\nA2,satisfaction_rate,0.90\n"


def nets(run: models.PayRun) -> dict[str, Decimal]:
    return dict(run.payslips.order_by("agent__agent_no").values_list("agent__agent_no", "net"))


def test_a_month_pays_whom_it_can_and_parks_the_rest_with_a_reason(tiny: Any) -> None:
    run = tiny.prepare()

    # A1: 2000 + 168,400 × 0.003 = 505.20, score (0.87 − 0.80) ÷ 0.10 = 70 → 600 × 0.70 = 420
    assert nets(run) == {"A1": Decimal("2925.20"), "A3": Decimal("3000.00")}
    [(agent, item)] = selectors.parked_of_run(run)
    assert (agent.agent_no, item.error_code) == ("A2", "grading.measure_missing")
    assert run.status == "calculated"
    assert run.pay_date.isoformat() == "2024-07-31"


def test_after_the_fix_a_next_run_pays_only_the_mended_and_a_third_has_nothing_to_do(tiny: Any) -> None:
    first = tiny.approve(tiny.prepare())
    runs.run_pay(run_id=first.pk, paid_by=tiny.approver)
    before = list(models.Payslip.objects.values())

    tiny.load({"2024-06/kpi.csv": A2_KPI})
    second = tiny.approve(tiny.prepare())

    assert second.sequence == 2
    assert nets(second) == {"A2": Decimal("2600.00")}  # 2000 + 600 × 1.00; above the guarantee of 2200
    assert list(models.Payslip.objects.filter(run=first).values()) == before
    with pytest.raises(MonthIsClosed):
        tiny.prepare()


def test_running_again_before_approval_rewrites_only_what_changed(tiny: Any) -> None:
    run = tiny.prepare()
    before = {slip.agent.agent_no: slip.pk for slip in run.payslips.select_related("agent")}

    tiny.load({"2024-06/kpi.csv": A2_KPI})
    again = tiny.prepare()

    after = {slip.agent.agent_no: slip.pk for slip in again.payslips.select_related("agent")}
    assert again.pk == run.pk
    assert {no: after[no] for no in before} == before
    assert set(after) == {"A1", "A2", "A3"}
    assert again.fingerprint != run.fingerprint


def test_a_person_who_breaks_before_approval_loses_the_draft(tiny: Any) -> None:
    tiny.prepare()

    tiny.load({"2024-06/kpi.csv": "agent_no,metric,value\nA2,satisfaction_rate,0.90\n"})
    again = tiny.prepare()

    assert set(nets(again)) == {"A2", "A3"}
    assert [agent.agent_no for agent, _item in selectors.parked_of_run(again)] == ["A1"]


def test_somebody_who_turns_out_not_to_be_employed_leaves_the_run(tiny: Any) -> None:
    tiny.prepare()
    agents = (
        "agent_no,name,role,team,hire_date,leave_date,tier,plan\n"
        "A1,甲,after_sales,t1,2023-02-10,2024-05-31,intermediate,after\n"
        "A3,丙,pre_sales,t1,2023-02-10,,,plain\n"
    )
    tiny.load({"agents.csv": agents})

    assert set(nets(tiny.prepare())) == {"A3"}
    assert not grading.Appraisal.objects.exists()


def test_the_preparer_cannot_approve_by_service_or_by_sql(tiny: Any) -> None:
    run = tiny.prepare()
    tiny.preparer.groups.add(Group.objects.get(name="HR approver"))
    both = User.objects.get(pk=tiny.preparer.pk)

    with pytest.raises(SamePersonTwice):
        runs.run_approve(run_id=run.pk, approved_by=both, reviewed=run.fingerprint)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payroll_payrun SET status = 'approved', approved_at = prepared_at, approved_by_id = prepared_by_id"
        )
    assert models.PayRun.objects.get().status == "calculated"


def test_a_second_preparer_does_not_free_the_first_to_approve(tiny: Any) -> None:
    tiny.prepare()
    second = User.objects.create(username="second")
    second.groups.add(Group.objects.get(name="HR"))
    runs.run_start(company=tiny.company, month=models.PayRun.objects.get().month, prepared_by=second)
    run = tiny.prepare()
    models.PayRun.objects.update(prepared_by=second)
    tiny.preparer.groups.add(Group.objects.get(name="HR approver"))

    with pytest.raises(SamePersonTwice):
        runs.run_approve(run_id=run.pk, approved_by=User.objects.get(pk=tiny.preparer.pk), reviewed=run.fingerprint)


def test_a_run_in_which_everybody_is_parked_is_not_approved(tiny: Any) -> None:
    first = tiny.approve(tiny.prepare())
    second = tiny.prepare()
    assert (second.sequence, second.payslips.count(), first.payslips.count()) == (2, 0, 2)
    with pytest.raises(NothingToApprove):
        tiny.approve(second)


def test_files_of_another_company_are_refused(tiny: Any) -> None:
    other = grading.Company.objects.create(code="other", name_zh="别家")
    report = company_load(
        CompanyFolder.from_files("tiny", {"company.yaml": b"code: tiny\nname_zh: x\n"}),
        loaded_by=tiny.preparer,
        company=other,
    )
    assert [problem.code for problem in report.problems] == ["import.other_company"]


def test_approval_is_of_exactly_what_was_reviewed(tiny: Any) -> None:
    run = tiny.prepare()
    tiny.load({"2024-06/kpi.csv": A2_KPI})
    tiny.prepare()

    with pytest.raises(RunChanged):
        tiny.approve(run)


def test_steps_cannot_be_skipped_or_done_by_just_anybody(tiny: Any) -> None:
    run = runs.run_start(company=tiny.company, month=tiny.prepare().month, prepared_by=tiny.preparer)

    with pytest.raises(RunNotReady):
        runs.run_approve(run_id=run.pk, approved_by=tiny.approver, reviewed="")
    with pytest.raises(RunNotReady):
        runs.run_pay(run_id=run.pk, paid_by=tiny.approver)
    stranger = User.objects.create(username="stranger")
    with pytest.raises(MayNot):
        runs.run_start(company=tiny.company, month=run.month, prepared_by=stranger)
    with pytest.raises(MayNot):
        runs.run_approve(run_id=run.pk, approved_by=tiny.preparer, reviewed="")
    with pytest.raises(MayNot):
        runs.run_pay(run_id=run.pk, paid_by=stranger)


def test_a_month_before_anybody_was_hired_is_refused(tiny: Any) -> None:
    with pytest.raises(NobodyEmployed):
        runs.run_start(company=tiny.company, month=tiny.prepare().month.plus(-24), prepared_by=tiny.preparer)


def test_approval_publishes_the_appraisals_it_paid_by_and_leaves_the_parked_open(tiny: Any) -> None:
    tiny.approve(tiny.prepare())

    [appraisal] = grading.Appraisal.objects.select_related("agent")
    assert appraisal.agent.agent_no == "A1"
    assert appraisal.published_at is not None
    tiny.load({"2024-06/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.80\nA2,satisfaction_rate,0.90\n"})
    tiny.prepare()
    appraisal.refresh_from_db()
    assert appraisal.total_score == 70


def test_who_did_what_is_in_the_audit_log_without_amounts(tiny: Any) -> None:
    run = tiny.approve(tiny.prepare())
    runs.run_pay(run_id=run.pk, paid_by=tiny.approver)

    entries = AuditEntry.objects.filter(object_type="pay_run").order_by("pk")
    assert [(entry.action, entry.actor.username) for entry in entries] == [
        ("run.start", "jixin-preparer"),
        ("run.approve", "jixin-approver"),
        ("run.pay", "jixin-approver"),
    ]
    assert "2925.20" not in str(list(AuditEntry.objects.values()))


def test_what_one_month_cannot_bear_is_taken_back_by_the_next(tiny: Any) -> None:
    tiny.load({"2024-06/adjustments.csv": "agent_no,code,amount,reason\nA3,loss_recovery,3500.00,损坏设备\n"})
    tiny.approve(tiny.prepare())

    slip = models.Payslip.objects.get(agent__agent_no="A3")
    assert (slip.net, slip.deductions, slip.carried_forward) == (
        Decimal("0.00"),
        Decimal("3000.00"),
        Decimal("500.00"),
    )
    inputs = selectors.inputs_of(models.PayRun(company=tiny.company, month=slip.month.next), [slip.agent_id])[
        slip.agent_id
    ]
    assert inputs.facts.carried_forward == Decimal("500.00")


@pytest.mark.parametrize("people", [10, 40])
def test_a_chunk_costs_the_same_number_of_statements_however_many_people_it_has(tiny: Any, people: int) -> None:
    rows = "".join(f"B{number:03d},某,after_sales,t1,2023-02-10,intermediate,after\n" for number in range(people))
    kpis = "".join(f"B{number:03d},satisfaction_rate,0.87\n" for number in range(people))
    tiny.load(
        {
            "agents.csv": "agent_no,name,role,team,hire_date,tier,plan\n" + rows,
            "2024-06/kpi.csv": "agent_no,metric,value\n" + kpis,
            "2024-06/sales.csv": None,
        }
    )
    run = runs.run_start(company=tiny.company, month=tiny.prepare().month, prepared_by=tiny.preparer)
    models.Payslip.objects.all().delete()
    cycle = grading.AppraisalCycle.objects.get()
    grading.Appraisal.objects.all().delete()

    with CaptureQueriesContext(connection) as grade:
        cycle_grade_chunk(cycle.job_id)
    runs.runs_graded(cycle.job_id)
    runs.run_calculate(run.pk)
    with CaptureQueriesContext(connection) as calculate:
        calculation.run_calculate_chunk(run.job_id)

    reads = [query for query in (*grade, *calculate) if query["sql"].startswith("SELECT")]
    assert len(reads) == READS
    assert RunItem.objects.filter(job=run.job, state="done").count() == people + 1  # and A3


def test_a_chunk_leaves_nothing_of_its_people_for_the_collector(tiny: Any) -> None:
    """It rests meanwhile (grading/jobs/memory.py), so that a cycle would keep the whole chunk in memory."""
    run = tiny.prepare()  # A2 is parked: errors are what could hold frames, and frames errors
    runs.run_calculate(run.pk)

    gc.collect()
    gc.disable()
    try:
        settled = calculation.run_calculate_chunk(run.job_id)
        kept = [held for held in gc.get_objects() if type(held) in (selectors.Inputs, Outcome)]
    finally:
        gc.enable()
    assert (settled, kept) == (3, [])


def test_nothing_of_a_month_asks_who_is_not_among_the_people_of_a_query(tiny: Any) -> None:
    """NOT IN (SELECT …) is quadratic once the inner rows do not fit into memory: five minutes for 100,000 people."""
    with CaptureQueriesContext(connection) as queries:
        run = tiny.approve(tiny.prepare())
        runs.run_pay(run_id=run.pk, paid_by=tiny.approver)
    assert len(queries) > 100
    assert [each["sql"] for each in queries if re.search(r"NOT \([^()]* IN \(SELECT", each["sql"])] == []


def test_rows_are_counted_before_everybody_is_gone_through(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or PostgreSQL compares each with each: 10 s for 4,000 people whose tables it had last counted empty."""
    asked: list[str] = []

    def count(*columns: tuple[type[Model], str]) -> None:
        asked.append(f"count {' '.join(model._meta.db_table for model, _column in columns)}")

    def note(execute: Any, sql: str, *how: Any) -> Any:
        if sql.startswith("DELETE") and "EXISTS" in sql:
            asked.append(sql.partition(" WHERE")[0])
        return execute(sql, *how)

    for module in (cycles, runs):
        monkeypatch.setattr(module, "analyze", count)
    with connection.execute_wrapper(note):
        tiny.prepare()

    assert asked == [
        "count jobs_runitem grading_appraisal",
        'DELETE FROM "grading_appraisal"',
        "count jobs_runitem payroll_payslip payroll_runfinding",
        'DELETE FROM "payroll_payslipline"',
        'DELETE FROM "payroll_runfinding"',
    ]


@pytest.mark.parametrize("kind", models.PayRun.Kind.values)
def test_nobody_stands_in_a_run_twice(tiny: Any, kind: str) -> None:
    slip = tiny.prepare().payslips.first()
    slip.pk, slip.kind, slip.number = None, kind, f"{slip.number}-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        slip.save()


READS = 48
"""What grading and calculating one chunk read, whatever its size; writes grow by batches of rows, not by people."""
