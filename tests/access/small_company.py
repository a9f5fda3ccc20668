"""A tiny company for the tests of the doors: rows made directly, so that a door is tested and nothing else.

Two agents with logins (one of them much like the other), a third who has left, a manager of their team, HR and an
approver; a posted run with two payslips, a run that is not posted yet, and published and unpublished appraisals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.contrib.auth.models import Group, User
from django.utils import timezone

from grading import models as grading
from grading.jobs.models import Job, RunItem
from grading.kernel.period import Month
from payroll import models
from tests.superuser import thawed

POSTED, DRAFT = Month(2026, 9), Month(2026, 10)
PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class SmallCompany:
    """The rows by name."""

    company: grading.Company
    team: grading.Team
    mine: User
    other: User
    leaver: User
    manager: User
    hr: User
    approver: User
    posted_run: models.PayRun
    draft_run: models.PayRun
    my_slip: models.Payslip
    other_slip: models.Payslip
    leaver_slip: models.Payslip
    my_draft: models.Payslip
    my_finding: grading.QaFinding
    my_appeal: grading.QaAppeal
    my_attempt: grading.ExamAttempt


@thawed()  # it is made in no order that the product would make it in
def small_company() -> SmallCompany:
    """Make it. Needs the migrations, which make the groups."""
    company = grading.Company.objects.create(code="tiny", name_zh="微型电商", name_en="Tiny Shop", pay_day=10)
    team = grading.Team.objects.create(company=company, code="t1", name="售前一组", department="d1")
    hr, approver = user("hr", "HR", is_staff=True), user("approver", "HR approver", is_staff=True)
    manager = user("manager", "manager", is_staff=True)
    grading.TeamManager.objects.create(team=team, user=manager, first_day=date(2020, 1, 1))
    mine, other = agent(company, "A001", "王伟", "mine"), agent(company, "A002", "王薇", "other")
    leaver = agent(company, "A003", "李娜", "leaver", leave_date=timezone.localdate() - timedelta(days=1))
    card = grading.ScorecardVersion.objects.create(
        company=company,
        code="pre_sales",
        effective_from=date(2024, 1, 1),
        status="published",
        published_at=timezone.now(),
        body={},
        fingerprint="f" * 64,
    )
    for month, is_published in ((POSTED, True), (DRAFT, False)):
        cycle = grading.AppraisalCycle.objects.create(
            company=company, month=month, status="published" if is_published else "graded", job=job("grade", month, hr)
        )
        for each in (mine, other):
            appraisal(cycle, each.agent, card, is_published=is_published)
    posted_run = models.PayRun.objects.create(
        company=company,
        month=POSTED,
        status="paid",
        job=job("calculate", POSTED, hr),
        pay_date=date(2026, 10, 10),
        fingerprint="a" * 64,
        prepared_by=hr,
        approved_by=approver,
        approved_at=timezone.now(),
    )
    draft_run = models.PayRun.objects.create(
        company=company, month=DRAFT, status="calculated", job=job("calculate", DRAFT, hr), prepared_by=hr
    )
    RunItem.objects.create(job=draft_run.job, subject_id=mine.agent.pk, state="done")
    RunItem.objects.create(
        job=draft_run.job,
        subject_id=other.agent.pk,
        state="parked",
        error_code="payroll.plan_missing",
        error_values={"plan": "pre_sales", "day": "2026-10-01"},
        error_message="as recorded",
    )
    return SmallCompany(
        company=company,
        team=team,
        mine=mine,
        other=other,
        leaver=leaver,
        manager=manager,
        hr=hr,
        approver=approver,
        posted_run=posted_run,
        draft_run=draft_run,
        my_slip=payslip(posted_run, mine.agent, base="5000.00"),
        other_slip=payslip(posted_run, other.agent, base="6789.00"),
        leaver_slip=payslip(posted_run, leaver.agent, base="4321.00"),
        my_draft=payslip(draft_run, mine.agent, base="5100.00"),
        my_finding=finding(mine.agent, "N1"),
        my_appeal=grading.QaAppeal.objects.create(finding=finding(mine.agent, "N4"), reason="没有"),
        my_attempt=attempt(mine.agent),
    )


def user(name: str, group: str, *, is_staff: bool = False) -> User:
    made = User.objects.create_user(name, password=PASSWORD, is_staff=is_staff)
    made.groups.add(Group.objects.get(name=group))
    return made


def agent(
    company: grading.Company, agent_no: str, name: str, username: str | None, leave_date: date | None = None
) -> User:
    """An agent's login; the agent is its ``agent``."""
    login = user(username, "agent") if username else None
    row = grading.Agent.objects.create(
        company=company,
        agent_no=agent_no,
        name=name,
        role="pre_sales",
        hire_date=date(2026, 2, 1),
        leave_date=leave_date,
        user=login,
    )
    for kind, value in (("team", "t1"), ("tier", "junior")):
        grading.AgentFact.objects.create(agent=row, kind=kind, value=value, effective_from=row.hire_date)
    assert login is not None
    login.agent = row
    return login


def job(task: str, month: Month, requested_by: User) -> Job:
    return Job.objects.create(task=task, key=str(month), requested_by=requested_by)


def appraisal(
    cycle: grading.AppraisalCycle, who: grading.Agent, card: grading.ScorecardVersion, *, is_published: bool
) -> grading.Appraisal:
    return grading.Appraisal.objects.create(
        cycle=cycle,
        agent=who,
        scorecard=card,
        total_score=Fraction("87.5"),
        grade="A",
        coefficient=Fraction("1.2"),
        kpis=[
            {
                "metric": "deal_rate",
                "value": "20/22",
                "score": "87.5",
                "weight": "1",
                "weighted": "87.5",
                "scoring": {"threshold": "0.15", "target": "0.30", "max_score": "100", "saturation_cap": None},
            }
        ],
        qa={"fatal": 0, "non_fatal": 2, "escalated": 0, "by_code": {"N1": 2}},
        rank=1,
        ranked_among=2,
        input_hash="i" * 64,
        published_at=timezone.now() if is_published else None,
    )


def finding(who: grading.Agent, code: str) -> grading.QaFinding:
    return grading.QaFinding.objects.create(
        agent=who, month=POSTED, checked_on=date(2026, 9, 15), session="c1", code=code
    )


def attempt(who: grading.Agent) -> grading.ExamAttempt:
    """An open attempt at an exam of one question, whose right answer is B."""
    options = [{"key": "A", "zh": "二十四小时", "en": "24 hours"}, {"key": "B", "zh": "四十八小时", "en": "48 hours"}]
    question = {"type": "single", "zh": "多久发货？", "en": "How long?", "options": options, "answer": ["B"]}
    version = grading.ExamVersion.objects.create(
        company=who.company,
        code="shipping",
        name_zh="发货考试",
        name_en="Shipping exam",
        effective_from=date(2026, 1, 1),
        status="published",
        published_at=timezone.now(),
        body={
            "exam": "shipping",
            "kind": "product",
            "name_zh": "发货考试",
            "name_en": "Shipping exam",
            "version": "1",
            "effective_from": "2026-01-01",
            "questions": [question],
        },
        fingerprint="e" * 64,
    )
    return grading.ExamAttempt.objects.create(agent=who, exam=version, started_at=timezone.now(), questions=1)


def payslip(run: models.PayRun, who: grading.Agent, base: str) -> models.Payslip:
    """A payslip of base pay, an absence and a recovered loss, each with its steps."""
    earned, absence, loss = Decimal(base), Decimal("-229.89"), Decimal("100.00")
    gross = earned + absence
    slip = models.Payslip.objects.create(
        run=run,
        agent=who,
        month=run.month,
        number=f"TINY-{run.month}-{who.agent_no}",
        gross=gross,
        deductions=loss,
        net=gross - loss,
        employer_cost=gross,
        carried_forward=Decimal("0.00"),
        facts={},
        rules=[{"code": "pre_sales", "since": "2024-01-01", "fingerprint": "p" * 64, "held_from": "2024-01-01"}],
        input_hash="i" * 64,
        rules_fingerprint="r" * 64,
        output_hash=f"{who.pk:064d}",
    )
    lines = (
        ("base_pay", "earning", earned, ("base_pay.tier", {"monthly": base, "tier": "junior"}, base)),
        (
            "absence_deduction",
            "earning",
            absence,
            ("absence_deduction", {"monthly": base, "divisor": "21.75", "days": "1"}, "-229.885057"),
        ),
        ("loss_recovery", "deduction", loss, ("entered", {"reason": "<b>破损</b> {0}"}, None)),
    )
    for position, (code, kind, amount, (step, values, at)) in enumerate(lines, start=1):
        models.PayslipLine.objects.create(
            payslip=slip,
            position=position,
            code=code,
            kind=kind,
            amount=amount,
            period=run.month,
            steps=[{"code": step, "values": values, "amount": at}],
        )
    return slip
