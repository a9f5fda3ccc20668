"""People read from payslips: only posted runs, one person a row, a constant number of queries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grading.jobs.models import Job
from grading.kernel.period import Month
from grading.models import Agent, AgentFact, Company, Team
from payroll.domain.facts import Employment
from payroll.domain.lines import Kind
from payroll.exports.files import render_exports
from payroll.exports.options import ExportOptions
from payroll.exports.people import export_options, export_payees, export_people
from payroll.exports.person import ExportLine, ExportPerson, Payee
from payroll.exports.rows import payable
from payroll.models import ExportSettings, OpeningBalance, PayProfile, PayRun, Payslip, PayslipLine
from tests.superuser import thawed

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


class Office:
    """A company in the database, and a short way to pay somebody."""

    def __init__(self) -> None:
        self.company = Company.objects.create(code="demo", name_zh="演示公司")
        Team.objects.create(company=self.company, code="pre-1", name="一班", department="售前部")
        self.clerk, self.boss = (User.objects.create_user(name) for name in ("clerk", "boss"))

    def run(self, sequence: int = 1, status: str = "approved", month: Month = OCTOBER, kind: str = "regular") -> PayRun:
        job = Job.objects.create(task="payroll.calculate", key=f"{month}/{kind}/{sequence}", requested_by=self.clerk)
        posted = {"approved_by": self.boss, "approved_at": timezone.now()} if status in {"approved", "paid"} else {}
        return PayRun.objects.create(
            company=self.company, month=month, sequence=sequence, kind=kind, status=status, job=job,
            prepared_by=self.clerk, **posted,
        )  # fmt: skip

    def agent(self, agent_no: str, **profile: str) -> Agent:
        agent = Agent.objects.create(
            company=self.company, agent_no=agent_no, name=f"员工{agent_no}", role="pre_sales",
            hire_date=date(2024, 1, 1), phone="13800000000",
        )  # fmt: skip
        AgentFact.objects.create(agent=agent, kind="team", value="pre-1", effective_from=date(2024, 1, 1))
        if profile:
            PayProfile.objects.create(agent=agent, **profile)
        return agent

    def pay(
        self, run: PayRun, agent: Agent, amount: str, employment: str = "regular", tax: dict[str, object] | None = None
    ) -> None:
        with thawed():
            self._pay(run, agent, Decimal(amount), employment, tax)

    def _pay(self, run: PayRun, agent: Agent, gross: Decimal, employment: str, tax: dict[str, object] | None) -> None:
        slip = Payslip.objects.create(
            run=run, agent=agent, month=run.month, kind=run.kind,
            number=f"{run.month}-{run.kind}-{run.sequence}-{agent.agent_no}",
            gross=gross, deductions=Decimal("1.00"), net=gross - 1, employer_cost=gross + 2,
            carried_forward=Decimal("0.00"), facts={"employment": employment, "tax": tax}, rules=[],
            tax_year=tax["year"] if tax else None, taxable_income=gross - 30 if tax else Decimal("0.00"),
        )  # fmt: skip
        rows = [
            ("base_pay", "earning", gross),
            ("pension", "deduction", Decimal(1)),
            ("employer_pension", "employer", Decimal(2)),
        ]
        for position, (code, kind, line) in enumerate(rows):
            PayslipLine.objects.create(
                payslip=slip, position=position, code=code, kind=kind, amount=line, period=run.month, steps=[]
            )


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def test_whom_a_run_pays_is_one_query_and_what_the_files_say(
    office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = office.run()
    rich = {"bank_name": "银行", "bank_account": "0062220000", "alipay": "a@b.cn"}
    office.pay(run, office.agent("A2", **rich), "100.00", "temp")
    office.pay(run, office.agent("A1"), "50.00", "regular")
    with django_assert_num_queries(1):
        payees = export_payees(run)
    assert payees == (
        Payee(agent_no="A1", name="员工A1", net=Decimal("49.00")),
        Payee(agent_no="A2", name="员工A2", net=Decimal("99.00"), **rich),
    )
    people = export_people(office.company.pk, OCTOBER, [run.pk])
    layout = ExportOptions().bank_layout
    assert payable(payees, layout) == payable(people, layout)


def test_person_by_hand(office: Office) -> None:
    agent = office.agent(
        "A1", id_type="passport", id_no="E1", bank_name="银行", bank_account="0062220000", alipay="a@b.cn"
    )
    office.pay(office.run(), agent, "100.00", "temp")
    assert export_people(office.company.pk, OCTOBER) == (
        ExportPerson(
            agent_no="A1",
            name="员工A1",
            gross=Decimal("100.00"),
            net=Decimal("99.00"),
            lines=(
                ExportLine("base_pay", Kind.EARNING, Decimal("100.00")),
                ExportLine("pension", Kind.DEDUCTION, Decimal("1.00")),
                ExportLine("employer_pension", Kind.EMPLOYER, Decimal("2.00")),
            ),
            id_type="passport",
            id_no="E1",
            bank_name="银行",
            bank_account="0062220000",
            alipay="a@b.cn",
            phone="13800000000",
            department="售前部",
            employment=Employment.TEMP,
        ),
    )


def test_without_a_profile_everything_is_unknown_and_nobody_is_lost(office: Office) -> None:
    office.pay(office.run(), office.agent("A1"), "100.00")
    [person] = export_people(office.company.pk, OCTOBER)
    assert (person.id_no, person.bank_account, person.alipay) == ("", "", "")
    report = render_exports([person], company="demo", month=OCTOBER, pay_date=None).report
    assert [row.reason.code for row in report.withheld] == ["no_account", "id_missing"]


def test_only_posted_runs_of_the_month(office: Office) -> None:
    paid, approved, other = office.agent("A2"), office.agent("A1"), office.agent("A3")
    office.pay(office.run(1, "paid"), paid, "100.00")
    office.pay(office.run(2, "approved"), approved, "200.00")
    draft = office.run(3, "in_review")
    office.pay(draft, other, "400.00")
    office.pay(office.run(1, "paid", Month(2026, 9)), other, "800.00")
    assert [person.agent_no for person in export_people(office.company.pk, OCTOBER)] == ["A1", "A2"]
    assert export_people(office.company.pk, OCTOBER, [draft.pk]) == ()
    assert export_people(office.company.pk + 1, OCTOBER) == ()


def test_the_second_run_pays_only_its_own_people(office: Office) -> None:
    first, second = office.run(1, "paid"), office.run(2, "approved")
    office.pay(first, office.agent("A1"), "100.00")
    office.pay(second, office.agent("A2"), "200.00")
    assert [person.agent_no for person in export_people(office.company.pk, OCTOBER, [second.pk])] == ["A2"]
    assert export_people(office.company.pk, OCTOBER, []) == ()


def test_two_payslips_of_one_person_are_one_row(office: Office) -> None:
    agent = office.agent("A1", bank_name="银行", bank_account="0062220000", id_no="11010119900307002X")
    office.pay(office.run(), agent, "100.00")
    office.pay(office.run(kind="correction"), agent, "50.50")
    people = export_people(office.company.pk, OCTOBER)
    assert [(person.gross, person.net, len(person.lines)) for person in people] == [
        (Decimal("150.50"), Decimal("148.50"), 6)
    ]
    files = render_exports(
        people, company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="utf-8")
    ).files
    assert files["bank_generic.csv"].decode().splitlines()[1:] == ["1,员工A1,0062220000,银行,148.50,2026年10月工资"]
    assert (
        files["tax_wages.csv"]
        .decode()
        .splitlines()[1]
        .startswith("A1,员工A1,居民身份证,11010119900307002X,150.50,,2.00,,")
    )


def test_queries_do_not_grow_with_people(office: Office, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    run = office.run()
    for number in range(20):
        office.pay(run, office.agent(f"A{number:02d}", id_no=f"E{number}"), "100.00")
        if number in {0, 19}:
            with django_assert_num_queries(5):
                assert len(export_people(office.company.pk, OCTOBER)) == number + 1


def tax_of(month: int, year: int = 2026, **declared: str) -> dict[str, object]:
    return {"year": year, "month": month, "declared": declared, "is_resident": True}


def test_income_and_deductions_are_those_that_tax_was_computed_from(office: Office) -> None:
    agent = office.agent("A1")
    office.pay(office.run(), agent, "1000.00", tax=tax_of(11, rent="16500.00", child_education="22000.00"))
    [person] = export_people(office.company.pk, OCTOBER)
    assert (person.income, person.is_resident) == (Decimal("970.00"), True)
    assert person.declared == {"rent": Decimal(16500), "child_education": Decimal(22000)}


def test_annuity_and_health_insurance_are_the_difference_to_the_payment_before(office: Office) -> None:
    agent = office.agent("A1")
    earlier = {"year": 2026, "enterprise_annuity": "3200.00", "commercial_health": "1800.00"}
    office.pay(office.run(month=Month(2026, 8)), agent, "1000.00", tax=tax_of(9, commercial_health="1600.00"))
    office.pay(office.run(month=Month(2026, 9)), agent, "1000.00", tax=tax_of(10, **earlier))
    office.pay(
        office.run(),
        agent,
        "1000.00",
        tax=tax_of(11, rent="16500.00", enterprise_annuity="3680.00", commercial_health="2000.00"),
    )
    [person] = export_people(office.company.pk, OCTOBER)
    assert person.declared == {
        "rent": Decimal(16500),
        "enterprise_annuity": Decimal(480),
        "commercial_health": Decimal(200),
    }


def test_a_payment_of_the_year_before_is_no_payment_before(office: Office) -> None:
    agent = office.agent("A1")
    office.pay(office.run(month=Month(2026, 9)), agent, "1000.00", tax=tax_of(12, 2025, commercial_health="2400.00"))
    office.pay(office.run(), agent, "1000.00", tax=tax_of(1, commercial_health="200.00"))
    [person] = export_people(office.company.pk, OCTOBER)
    assert person.declared == {"commercial_health": Decimal(200)}


def test_whoever_was_taken_over_in_the_year_has_no_difference_yet(office: Office) -> None:
    agent = office.agent("A1")
    OpeningBalance.objects.create(
        agent=agent, tax_year=2026, months_employed=10, cumulative_income=0, cumulative_contributions=0,
        cumulative_additional_deductions=0, tax_withheld=0,
    )  # fmt: skip
    office.pay(office.run(), agent, "1000.00", tax=tax_of(11, rent="16500.00", commercial_health="2200.00"))
    [person] = export_people(office.company.pk, OCTOBER)
    assert person.declared == {"rent": Decimal(16500)}


def test_declared_deductions_cost_two_more_queries_however_many_people(
    office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = office.run()
    for number in range(10):
        tax = tax_of(11, commercial_health="200.00")
        office.pay(run, office.agent(f"A{number:02d}", id_no=f"E{number}"), "100.00", tax=tax)
    with django_assert_num_queries(7):
        assert len(export_people(office.company.pk, OCTOBER)) == 10


def test_a_company_that_says_nothing_has_the_generic_file(office: Office) -> None:
    assert export_options(office.company.pk) == ExportOptions()
    ExportSettings.objects.create(company=office.company, bank="icbc", encoding="gbk", tax_layout="24")
    options = export_options(office.company.pk)
    assert (options.bank_layout.file, options.encoding, len(options.wages.columns)) == ("bank_icbc.csv", "gbk", 24)
