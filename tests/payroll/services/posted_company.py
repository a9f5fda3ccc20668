"""A company under the law with months that are really posted, and a way to change rows behind the product's back."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import connection

from grading import public as grading
from grading.imports.folder import CompanyFolder
from grading.jobs.models import Job
from grading.kernel.period import Month
from grading.services.cycles import cycle_grade_chunk
from payroll import models
from payroll.services import calculation, runs
from payroll.services.loading import company_load
from payroll.services.variance import VARIANCE_TASK, variance_settled, variance_write_chunk
from tests.superuser import thawed

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)
FILES = {
    "company.yaml": "code: lawful\nname_zh: 守法公司\nname_en: Lawful\npay_day: 15\nstatutory: cn\ncity: 上海\n",
    "plans/sales.yaml": (
        'plan: sales\neffective_from: 2024-01-01\nbase_pay: {by: fixed, amount: "8000.00"}\n'
        'commission: [{code: commission, basis: sales_amount, rate: "0.01"}]\n'
    ),
    "plans/head.yaml": 'plan: head\neffective_from: 2024-01-01\nbase_pay: {by: fixed, amount: "70000.00"}\n',
    "teams.csv": "team,name,department\nt1,一组,售前部\n",
    "agents.csv": (
        "agent_no,name,role,team,hire_date,plan,contribution_base,housing_fund_rate\n"
        "P1,赵一,pre_sales,t1,2023-02-10,sales,8000.00,0.07\n"
        "P2,钱二,pre_sales,t1,2023-02-10,head,40000.00,0.07\n"
        "P3,孙三,pre_sales,t1,2023-02-10,sales,,0.07\n"
    ),
    "2026-09/sales.csv": "agent_no,basis,amount\nP1,sales_amount,100000.00\n",
    "2026-10/sales.csv": "agent_no,basis,amount\nP1,sales_amount,50000.00\n",
}
"""P3 has no contribution base, so the law parks them."""


class PostedCompany:
    """The company, loaded; ``post`` takes a month from grading to approval in this process."""

    def __init__(self) -> None:
        self.hr = User.objects.get(username="jixin-preparer")
        self.boss = User.objects.get(username="jixin-approver")
        files = {path: text.encode() for path, text in FILES.items()}
        assert company_load(CompanyFolder.from_files("lawful", files), loaded_by=self.hr).problems == ()
        self.company = grading.Company.objects.get(code="lawful")

    def post(self, month: Month) -> models.PayRun:
        """The month's regular run, compared with the month before and approved."""
        run = self.prepare(month)
        compare_with_last_month(run)
        return self.approve(run)

    def prepare(self, month: Month) -> models.PayRun:
        """The month's regular run, calculated."""
        run = runs.run_start(company=self.company, month=month, prepared_by=self.hr)
        cycle = grading.AppraisalCycle.objects.get(company=self.company, month=month)
        while cycle_grade_chunk(cycle.job_id):
            pass
        runs.runs_graded(cycle.job_id)
        runs.run_calculate(run.pk)
        return self.calculated(run)

    def calculated(self, run: models.PayRun) -> models.PayRun:
        """A run that was enqueued, worked to its end."""
        while calculation.run_calculate_chunk(run.job_id):
            pass
        done = runs.run_calculated(run.job_id)
        assert done is not None
        return done

    def approve(self, run: models.PayRun) -> models.PayRun:
        """The run, approved by the second person."""
        return runs.run_approve(run_id=run.pk, approved_by=self.boss, reviewed=run.fingerprint)

    def correct(self, month: Month) -> models.PayRun:
        """A correction run of what was recorded late, approved."""
        return self.approve(
            self.calculated(runs.correction_start(company=self.company, month=month, prepared_by=self.hr))
        )

    def sell_late(self, month: Month, agent_no: str, amount: str) -> None:
        """Sales of a posted month that are entered after it."""
        agent = grading.Agent.objects.get(company=self.company, agent_no=agent_no)
        models.SalesEntry.objects.create(agent=agent, month=month, basis="sales_amount", amount=amount)
        models.LateChange.objects.create(agent=agent, month=month, cause="sales.csv")

    def slip(self, agent_no: str, month: Month = OCTOBER) -> models.Payslip:
        """A person's payslip of the month's regular run."""
        return models.Payslip.objects.get(agent__agent_no=agent_no, month=month, kind="regular")


@thawed()
def tamper(sql: str, *values: object) -> None:
    """Change rows as somebody with a database tool would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount > 0


def compare_with_last_month(run: models.PayRun) -> int:
    """Work out why the run's people get more or less than last month, as the workers do; for how many."""
    job_id, done = Job.objects.get(task=VARIANCE_TASK, key=str(run.pk)).pk, 0
    while settled := variance_write_chunk(job_id):
        done += settled
    variance_settled(job_id)
    return done
