"""A company of six people in two files' worth of text, and ways to take it through a month in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User

from grading import public as grading
from grading.imports.folder import CompanyFolder
from grading.kernel.period import Month
from grading.services.cycles import cycle_grade_chunk
from payroll import models
from payroll.services import calculation, runs
from payroll.services.loading import LoadReport, company_load

MONTH = Month(2024, 6)

FILES: dict[str, str] = {
    "company.yaml": "code: tiny\nname_zh: 小公司\nname_en: Tiny\npay_day: 31\n",
    "plans/after.yaml": """
plan: after
effective_from: 2024-01-01
probation: {months: 1, pay: "1600.00"}
base_pay: {by: tier, amounts: {junior: "1800.00", intermediate: "2000.00"}}
guarantee: {by: service_year, amounts: ["2000.00", "2200.00", "2500.00"]}
commission: [{code: commission, basis: returning_order_amount, rate: "0.003"}]
bonuses:
  - {code: performance_pay, amount: "600.00", by: score}
""",
    "plans/plain.yaml": 'plan: plain\neffective_from: 2024-01-01\nbase_pay: {by: fixed, amount: "3000.00"}\n',
    "scorecards/after.yaml": """
scorecard: after
effective_from: 2024-01-01
roles: [after_sales]
missing: block
kpis: [{metric: satisfaction_rate, weight: "1", direction: higher, threshold: "0.80", target: "0.90", scoring: linear}]
grades: [{grade: A, from: "60", coefficient: "1.2"}, {grade: D, from: "0", coefficient: "0"}]
""",
    "teams.csv": "team,name,department\nt1,一组,售后部\n",
    "agents.csv": (
        "agent_no,name,role,team,hire_date,tier,plan\n"
        "A1,甲,after_sales,t1,2023-02-10,intermediate,after\n"
        "A2,乙,after_sales,t1,2023-02-10,intermediate,after\n"
        "A3,丙,pre_sales,t1,2023-02-10,,plain\n"
    ),
    "2024-06/kpi.csv": "agent_no,metric,value\nA1,satisfaction_rate,0.87\n",
    "2024-06/sales.csv": "agent_no,basis,amount\nA1,returning_order_amount,168400.00\n",
}


@dataclass(frozen=True, slots=True)
class Tiny:
    """The company and the two people of its month."""

    load: Callable[..., LoadReport]
    preparer: User
    approver: User

    @property
    def company(self) -> grading.Company:
        return grading.Company.objects.get(code="tiny")

    def prepare(self) -> models.PayRun:
        """Grade and calculate as the workers do, until nothing is left to claim."""
        run = runs.run_start(company=self.company, month=MONTH, prepared_by=self.preparer)
        cycle = grading.AppraisalCycle.objects.get(company=self.company, month=MONTH)
        while cycle_grade_chunk(cycle.job_id):
            pass
        graded = runs.runs_graded(cycle.job_id)
        assert graded is not None
        runs.run_calculate(run.pk)
        while calculation.run_calculate_chunk(run.job_id):
            pass
        done = runs.run_calculated(run.job_id)
        assert done is not None
        return done

    def approve(self, run: models.PayRun) -> models.PayRun:
        return runs.run_approve(run_id=run.pk, approved_by=self.approver, reviewed=run.fingerprint)


@pytest.fixture
def tiny(db: None) -> Tiny:
    """The tiny company, loaded."""
    preparer = User.objects.get(username="jixin-preparer")

    def load(changed: Mapping[str, str | None] = {}, *, dry_run: bool = False) -> LoadReport:
        files = {path: text.encode() for path, text in {**FILES, **changed}.items() if text is not None}
        return company_load(CompanyFolder.from_files("tiny", files), loaded_by=preparer, dry_run=dry_run)

    assert load().problems == ()
    return Tiny(load, preparer, User.objects.get(username="jixin-approver"))
