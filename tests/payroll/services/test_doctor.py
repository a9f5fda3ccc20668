"""The doctor: a sound house is told nothing, and each thing that was broken on purpose is told by its code."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from reportlab.pdfbase.ttfonts import TTFError

from grading.jobs import frozen
from grading.jobs.models import Job, RunItem
from grading.models import Agent
from payroll import models
from payroll.domain.lines import Kind
from payroll.selectors import kept
from payroll.services import doctor, payments, runs
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany, tamper
from tests.superuser import thawed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 28, 12, tzinfo=timezone.get_fixed_timezone(480))
"""Before October's pay date, and more than 60 days before the year's end."""
KNOWN = {"payroll.person_parked", "payroll.rule_unverified"}
"""P3 is parked, and nobody has verified Shanghai's unemployment rate."""


@pytest.fixture
def posted() -> PostedCompany:
    """September and October of the company, approved."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    company.post(OCTOBER)
    return company


def told(company: PostedCompany, now: datetime = NOW) -> dict[str, list[doctor.Found]]:
    """What is found besides what is known, by code. Jobs are as old as the test."""
    found: dict[str, list[doctor.Found]] = {}
    for each in doctor.doctor([company.company], now):
        if each.error.code not in KNOWN:
            found.setdefault(each.error.code, []).append(each)
    return found


def codes(company: PostedCompany, now: datetime = NOW) -> list[str]:
    return sorted(told(company, now))


def after(company: PostedCompany, *changes: tuple[str, object]) -> list[str]:
    """The codes while changes stand; they are taken back afterwards."""
    point = transaction.savepoint()
    for sql, value in changes:
        tamper(sql, value)
    found = codes(company)
    transaction.savepoint_rollback(point)
    return found


def test_a_sound_company_is_told_only_what_is_known(posted: PostedCompany) -> None:
    found = list(doctor.doctor([posted.company], NOW))
    parked, *unverified = [(each.severity, each.error.code, each.where) for each in found]
    assert parked == ("warning", "payroll.person_parked", "lawful 2026-10 P3")
    assert set(unverified) == {("info", "payroll.rule_unverified", "lawful cn.city.shanghai")}


def test_a_changed_line_is_told_in_every_way(posted: PostedCompany) -> None:
    slip = posted.slip("P1")
    tamper("UPDATE payroll_payslipline SET amount = amount + 1 WHERE payslip_id = %s AND code = 'commission'", slip.pk)
    found = told(posted)
    assert sorted(found) == [
        "payroll.hash_differs",
        "payroll.run_does_not_add_up",
        "payroll.total_is_not_the_sum",
    ]
    assert {each.where for each in found["payroll.total_is_not_the_sum"]} == {slip.number}
    assert {each.error.values["total"] for each in found["payroll.total_is_not_the_sum"]} == {
        *("gross", "net", "employer_cost")
    }


def test_changed_payslips_are_told(posted: PostedCompany) -> None:
    slip = posted.slip("P1")
    line = "UPDATE payroll_payslipline SET {} WHERE payslip_id = %s AND position = 2"
    sums = ["payroll.run_does_not_add_up", "payroll.total_is_not_the_sum"]
    assert after(posted, (line.format("steps = '[]'"), slip.pk)) == [
        "payroll.hash_differs",
        "payroll.line_without_steps",
    ]
    assert after(posted, (line.format("period = '2026-11'"), slip.pk)) == [
        "payroll.hash_differs",
        "payroll.wrong_period",
    ]
    assert after(posted, (line.format("code = 'pension'"), slip.pk)) == ["payroll.hash_differs", "payroll.wrong_kind"]
    assert after(posted, (line.format("steps = '[7]'"), slip.pk)) == ["payroll.hash_differs"]
    assert after(
        posted, ("DELETE FROM payroll_payslipline WHERE payslip_id = %s AND code = 'income_tax'", slip.pk)
    ) == [
        "payroll.hash_differs",
        "payroll.tax_line_missing",
    ]
    assert after(
        posted, ("UPDATE payroll_payslip SET gross = gross + 5, net = net + 5 WHERE id = %s", slip.pk)
    ) == sums  # fmt: skip
    assert after(
        posted, ("UPDATE payroll_payslip SET input_hash = 'x' WHERE id = %s", slip.pk)
    ) == ["payroll.hash_differs", "payroll.posted_run_changed"]  # fmt: skip
    assert codes(posted) == []


def test_what_one_payslip_left_the_next_takes_up(posted: PostedCompany) -> None:
    slip = posted.slip("P1", SEPTEMBER)
    tamper("UPDATE payroll_payslip SET carried_forward = 100 WHERE id = %s", slip.pk)
    [broken] = told(posted)["payroll.carry_broken"]
    assert broken.where == posted.slip("P1").number
    assert (broken.error.values["left"], broken.error.values["taken"]) == ("1.00", "0.00")
    assert broken.error.values["before"] == slip.number


def test_somebody_paid_twice_is_told(posted: PostedCompany) -> None:
    october, september = posted.slip("P1"), posted.slip("P1", SEPTEMBER)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX payslip_one_full_a_month")
    tamper("UPDATE payroll_payslip SET month = '2026-10' WHERE id = %s", september.pk)
    [twice] = told(posted)["payroll.person_twice"]
    assert twice.error.values == {"agent": "P1", "month": "2026-10", "count": "2"}
    assert october.month == OCTOBER


def test_payments_that_came_back_wait_until_they_are_sent_again(posted: PostedCompany) -> None:
    run = models.PayRun.objects.get(month=OCTOBER)
    for agent in Agent.objects.all():
        models.PayProfile.objects.update_or_create(
            agent=agent, defaults={"bank_name": "招商银行", "bank_account": f"62220000{agent.pk}", "id_no": "E1"}
        )
    assert payments.payments_open(run_id=run.pk, made_by=posted.hr) == 2
    assert codes(posted) == []
    payment = models.Payment.objects.get(payslip=posted.slip("P1"))
    payments.payments_returned(run_id=run.pk, payment_ids=[payment.pk], reason="账号错误", recorded_by=posted.hr)
    [returned] = told(posted)["payroll.payment_returned"]
    assert returned.error.values["agents"] == "P1"
    models.PayProfile.objects.filter(agent__agent_no="P1").update(bank_account="6222000099")
    assert payments.payments_again(run_id=run.pk, made_by=posted.hr) == 1
    assert codes(posted) == []
    tamper(
        "UPDATE payroll_payment SET amount = amount + 1 WHERE payslip_id = %s AND status = 'sent'", payment.payslip_id
    )
    assert codes(posted) == ["payroll.payment_file_does_not_add_up"]


def test_what_was_recorded_late_waits_for_a_run(posted: PostedCompany) -> None:
    posted.sell_late(SEPTEMBER, "P1", "20000.00")
    [late] = told(posted)["payroll.changes_open"]
    assert late.error.values == {"month": "2026-09", "people": "1"}
    posted.correct(OCTOBER)
    assert codes(posted) == []


def test_runs_and_jobs_that_nothing_happens_to(posted: PostedCompany) -> None:
    runs.run_start(company=posted.company, month=OCTOBER, prepared_by=posted.hr)
    with thawed():
        models.PayRun.objects.update(prepared_at=NOW)
    Job.objects.update(created_at=NOW)
    RunItem.objects.update(updated_at=NOW)
    assert codes(posted, NOW + timedelta(minutes=50)) == []
    found = told(posted, NOW + timedelta(minutes=70))
    assert sorted(found) == ["payroll.job_unfinished", "payroll.run_stuck"]
    assert found["payroll.run_stuck"][0].error.values["status"] == "open"


def test_a_run_past_its_pay_date_is_told(posted: PostedCompany) -> None:
    run = posted.prepare(OCTOBER)
    assert run.status == "calculated"
    assert codes(posted) == []
    assert run.pay_date == date(2026, 11, 13)  # the 15th is a Sunday
    assert "payroll.run_stuck" not in codes(posted, NOW.replace(month=11, day=13))
    assert "payroll.run_stuck" in codes(posted, NOW.replace(month=11, day=14))


def test_law_that_ended_or_ends_soon(posted: PostedCompany) -> None:
    year_end = NOW.replace(day=5, month=12)
    assert codes(posted, year_end) == ["payroll.calendar_unknown"]  # 2027's is not there yet
    later = told(posted, NOW.replace(year=2028))
    assert {"payroll.rule_ended", "payroll.rule_not_checked", "payroll.calendar_unknown"} <= later.keys()
    ended = {each.error.values["parameter"] for each in later["payroll.rule_ended"]}
    assert ended >= {"pension", "medical", "housing_fund"}
    assert "minimum_wage" not in ended


def test_the_law_of_a_company_under_none_is_not_looked_at(posted: PostedCompany) -> None:
    posted.company.statutory = "none"
    found = {each.error.code for each in doctor.doctor([posted.company], NOW.replace(year=2028))}
    assert not {code for code in found if code.startswith("payroll.rule_")}


def test_a_name_that_no_document_can_show(posted: PostedCompany) -> None:
    Agent.objects.filter(agent_no="P2").update(name="钱𰻝")
    tamper("UPDATE grading_agent SET name = %s WHERE agent_no = 'P1'", "赵\U0003134a")
    assert {each.where for each in told(posted)["payroll.glyphs_missing"]} >= {"lawful P1"}


def test_fonts_that_cannot_be_read(posted: PostedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_text: str) -> tuple[str, ...]:
        raise TTFError("not a font")

    monkeypatch.setattr(doctor, "missing_glyphs", broken)
    [found] = list(doctor.doctor([], NOW))
    assert (found.error.code, found.severity) == ("payroll.font_broken", "error")


def test_missing_migrations_stop_every_other_question() -> None:
    tamper("DELETE FROM django_migrations WHERE app = %s AND name <> '0001_initial'", "payroll")
    [found] = list(doctor.doctor(iter([None]), NOW))  # type: ignore[list-item]
    assert found.error.code == "payroll.migrations_missing"
    assert "payroll." in found.error.values["names"]


def test_more_chunks_cost_two_queries_each(posted: PostedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(doctor.doctor([posted.company], NOW))
        return len(captured)

    whole = queries()
    monkeypatch.setattr(kept, "CHUNK", 2)
    assert queries() == whole + 2  # four payslips: one chunk more


def test_a_stored_payslip_is_looked_at_as_it_stands(posted: PostedCompany) -> None:
    slip = posted.slip("P2")
    held = doctor.printed(slip)
    assert (held.number, held.net, held.follows_law) == (slip.number, slip.net, True)
    assert [line.kind for line in held.lines][:2] == [Kind.EARNING, Kind.DEDUCTION]
    assert sum(line.amount for line in held.lines if line.kind is Kind.DEDUCTION) == Decimal(slip.deductions)


def run_command(*arguments: str) -> tuple[int, str]:
    out, status = StringIO(), 0
    try:
        call_command("payroll_doctor", *arguments, stdout=out)
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    return status, out.getvalue()


def test_the_command_without_anything_to_find() -> None:
    assert run_command() == (0, "Nothing found.\n")
    status, out = run_command("--json")
    assert (status, json.loads(out)) == (0, {"sound": True, "findings": []})


def test_the_command_with_findings(posted: PostedCompany) -> None:
    status, out = run_command("--company", "lawful", "--lang", "en")
    assert status == 1
    assert "warning: payroll.person_parked: lawful 2026-10 P3: Agent P3 is parked" in out
    status, out = run_command("--json")
    data = json.loads(out)
    assert (status, data["sound"]) == (1, False)
    [parked] = [each for each in data["findings"] if each["code"] == "payroll.person_parked"]
    assert {"severity", "where", "message_zh", "message_en", "values"} < parked.keys()


def test_information_alone_is_no_finding(posted: PostedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    known = [each for each in doctor.doctor([posted.company], NOW) if each.severity is doctor.Severity.INFO]
    assert known
    monkeypatch.setattr("payroll.management.commands.payroll_doctor.doctor", lambda _companies, _now: iter(known))
    status, out = run_command()
    assert status == 0
    assert out.startswith("info: payroll.rule_unverified")


def test_an_unknown_company_is_an_error() -> None:
    with pytest.raises(CommandError, match=r"payroll\.unknown_company"):
        run_command("--company", "nobody")


def test_an_audit_log_that_was_tampered_with_and_guards_that_are_gone(posted: PostedCompany) -> None:
    """The log's end is held against the head stored with October's run."""
    last = posted.slip("P1", OCTOBER).run.audit_head
    assert after(posted, ("UPDATE jobs_auditentry SET object_id = 'x' WHERE hash = %s", last)) == [
        "jobs.audit_entry_changed"
    ]
    assert after(posted, ("DELETE FROM jobs_auditentry WHERE hash = %s", last)) == ["jobs.audit_entries_cut"]
    frozen.thaw(connection)
    assert "payroll.guards_missing" in codes(posted)


def test_the_command_prints_the_head_and_finds_a_cut(posted: PostedCompany) -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    head = posted.slip("P1", OCTOBER).run.audit_head
    assert out.getvalue().endswith(f"head {head}\n")
    tamper("DELETE FROM jobs_auditentry WHERE hash = %s", head)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--head", head, "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["whole"], [each["code"] for each in found["problems"]]) == (False, ["jobs.audit_entries_cut"])
