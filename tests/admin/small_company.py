"""A company of any number of people as files, and its month run as the workers do it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from grading import models as grading_models
from grading.kernel.period import Month
from grading.services import cycles
from payroll import models
from payroll.services import calculation, runs

MONTH = Month.of(timezone.localdate()).plus(-1)
"""Last month: managers judge people of today, and the month on the page is the newest with data."""
HIRED = (timezone.localdate() - timedelta(days=400)).isoformat()
AGENT_COLUMNS = (
    "agent_no,name,role,team,hire_date,leave_date,tier,tier_from,plan,id_no,bank_name,bank_account,employment"
)


def files(agents: int, months: tuple[Month, ...] = (MONTH,)) -> dict[str, bytes]:
    """A company folder. The first agent's account is the one the masking tests know; the last has none."""
    numbers = [f"A{number:03d}" for number in range(1, agents + 1)]
    people = [AGENT_COLUMNS]
    for place, number in enumerate(numbers):
        account = "6222020200012340123" if place == 0 else "" if place == agents - 1 else f"62220202000{place:08d}"
        bank = "工商银行" if account else ""
        team = "one" if place % 2 == 0 else "two"
        people.append(
            f"{number},客服{number},pre_sales,{team},{HIRED},,intermediate,{HIRED},pre,11010519491231002X,{bank},"
            f"{account},regular"
        )
    folder = {
        "company.yaml": "code: small\nname_zh: 小公司\nname_en: Small\ncity: 昆明\nstatutory: none\npay_day: 10\n",
        "teams.csv": "team,name,department,platform,shop\none,一组,售前部,pdd,甲店\ntwo,二组,售前部,pdd,甲店\n",
        "agents.csv": "\n".join(people) + "\n",
        "plans/pre.yaml": (
            "plan: pre\nname_zh: 方案\nname_en: Plan\neffective_from: 2020-01-01\n"
            'base_pay: {by: fixed, amount: "3000.00"}\n'
            'bonuses:\n  - {code: performance_pay, amount: "600.00", by: score}\n'
        ),
        "scorecards/pre.yaml": (
            "scorecard: pre\neffective_from: 2020-01-01\nroles: [pre_sales]\nmissing: block\nkpis:\n"
            '  - {metric: deal_rate, weight: "1", direction: higher, threshold: "0", target: "0.5", scoring: linear}\n'
            'grades: [{grade: A, from: "50", coefficient: "1.2"}, {grade: D, from: "0", coefficient: "0"}]\n'
        ),
    }
    for month in months:
        folder |= {
            f"{month}/kpi.csv": "agent_no,metric,value\n" + "".join(f"{number},deal_rate,0.25\n" for number in numbers),
            f"{month}/attendance.csv": "agent_no,due_days,present_days\n"
            + "".join(f"{number},22,22\n" for number in numbers),
            f"{month}/adjustments.csv": "agent_no,code,amount,reason,requested_by\n"
            "A001,adjustment.meals,50.00,餐补,HR\nA002,penalty,20.00,迟到,HR\n",
        }
    return {path: text.encode() for path, text in folder.items()}


def month_run(company: grading_models.Company, month: Month, prepared_by: User) -> models.PayRun:
    """The month graded and calculated, as the workers do it."""
    run = runs.run_start(company=company, month=month, prepared_by=prepared_by)
    job_id = grading_models.AppraisalCycle.objects.get(company=company, month=month).job_id
    while cycles.cycle_grade_chunk(job_id):
        pass
    runs.runs_graded(job_id)
    runs.run_calculate(run.pk)
    while calculation.run_calculate_chunk(run.job_id):
        pass
    runs.run_calculated(run.job_id)
    run.refresh_from_db()
    return run
