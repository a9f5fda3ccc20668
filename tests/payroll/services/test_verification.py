"""Posted runs computed again: the same to the fen, and every row changed behind the product's back is named."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from payroll import models
from payroll.selectors import kept
from payroll.services.verification import run_verify
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted() -> PostedCompany:
    """September and October of the company, approved."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    company.post(OCTOBER)
    return company


def found(run: models.PayRun) -> list[tuple[str, str]]:
    """Code and column or line of everything that differs."""
    return [
        (error.code, error.values.get("column") or error.values.get("position") or error.values.get("document", ""))
        for error in run_verify(run).differences
    ]


def october() -> models.PayRun:
    return models.PayRun.objects.get(month=OCTOBER, kind="regular")


def test_what_was_posted_comes_out_again(posted: PostedCompany) -> None:
    # P2: base 37,731 at the ceiling: pension 3018.48, medical 754.62, unemployment 188.66, fund 2641 → 6602.76.
    # The September pay of 70,000 was paid in October: 10 × 5000 allowance, taxable 13,397.24 × 3 % = 401.92.
    assert posted.slip("P2", SEPTEMBER).net == Decimal("62995.32")
    for run in models.PayRun.objects.all():
        verified = run_verify(run)
        assert (verified.payslips, verified.differences) == (2, ())


def test_a_correction_comes_out_again_and_so_does_a_correction_of_it(posted: PostedCompany) -> None:
    posted.sell_late(OCTOBER, "P1", "20000.00")
    first = posted.correct(OCTOBER)
    posted.sell_late(OCTOBER, "P1", "-70000.00")
    second = posted.correct(OCTOBER)
    assert [run.payslips.get().gross for run in (first, second)] == [Decimal("200.00"), Decimal("-700.00")]
    assert [run_verify(run).differences for run in (first, second)] == [(), ()]


def test_a_changed_line_is_told_with_both_amounts(posted: PostedCompany) -> None:
    slip = posted.slip("P1")
    tamper("UPDATE payroll_payslipline SET amount = amount + 1 WHERE payslip_id = %s AND code = 'commission'", slip.pk)
    verified = run_verify(october())
    assert [error.code for error in verified.differences] == ["payroll.hash_differs", "payroll.line_differs"]
    assert verified.differences[1].values == {
        "payslip": slip.number,
        "position": "2",
        "stored": "commission earning 500.01 2026-10",
        "computed": "commission earning 500.00 2026-10",
    }


def changed(sql: str, *values: object) -> list[tuple[str, str]]:
    """What is told of October while a change stands; it is taken back afterwards."""
    point = transaction.savepoint()
    tamper(sql, *values)
    told = found(october())
    transaction.savepoint_rollback(point)
    return told


def test_whatever_is_changed_of_a_line_is_told(posted: PostedCompany) -> None:
    changes = {
        "DELETE FROM payroll_payslipline": "payroll.line_differs",
        "UPDATE payroll_payslipline SET code = 'bonus'": "payroll.line_differs",
        "UPDATE payroll_payslipline SET kind = 'deduction'": "payroll.line_differs",
        "UPDATE payroll_payslipline SET period = '2026-09'": "payroll.line_differs",
        "UPDATE payroll_payslipline SET steps = '[]'": "payroll.steps_differ",
    }
    for change, expected in changes.items():
        told = changed(f"{change} WHERE payslip_id = %s AND position = 2", posted.slip("P1").pk)
        assert [code for code, _where in told][:2] == ["payroll.hash_differs", expected]


def test_a_changed_figure_is_told_by_its_column(posted: PostedCompany) -> None:
    columns = (
        *("employer_cost", "carried_forward", "loss_balance", "taxable_income", "tax_contributions", "tax_withheld"),
        *("tax_year", "guarantee_counted", "guarantee_amount", "guarantee_topped_up"),
    )
    for column in columns:
        sql = f"UPDATE payroll_payslip SET {column} = COALESCE({column}, 0) + 1 WHERE id = %s"  # noqa: S608
        assert changed(sql, posted.slip("P1").pk) == [("payroll.value_differs", column)]
    assert found(october()) == []


def test_gross_and_net_raised_together_are_told(posted: PostedCompany) -> None:
    tamper("UPDATE payroll_payslip SET gross = gross + 100, net = net + 100 WHERE id = %s", posted.slip("P1").pk)
    assert found(october()) == [("payroll.value_differs", "gross"), ("payroll.value_differs", "net")]


def test_another_pay_date_is_told(posted: PostedCompany) -> None:
    tamper("UPDATE payroll_payslip SET pay_date = '2026-12-15' WHERE id = %s", posted.slip("P1").pk)
    assert found(october()) == [("payroll.value_differs", "pay_date")]


def test_changed_facts_are_told_and_nothing_is_computed_from_them(posted: PostedCompany) -> None:
    slip = posted.slip("P1")
    tamper(
        "UPDATE payroll_payslip SET facts = %s WHERE id = %s",
        json.dumps({**slip.facts, "sales": {"sales_amount": "90000.00"}}),
        slip.pk,
    )
    assert found(october()) == [("payroll.hash_differs", "input_hash")]


def test_other_rules_are_told(posted: PostedCompany) -> None:
    slip, other = posted.slip("P1"), posted.slip("P2")
    tamper("UPDATE payroll_payslip SET rules = %s WHERE id = %s", json.dumps(other.rules), slip.pk)
    assert ("payroll.hash_differs", "rules_fingerprint") in found(october())


def test_a_payslip_that_vanished_is_told(posted: PostedCompany) -> None:
    slip = posted.slip("P1")
    tamper("DELETE FROM payroll_payslipline WHERE payslip_id = %s", slip.pk)
    tamper("DELETE FROM payroll_payslipcomparison WHERE payslip_id = %s", slip.pk)
    tamper("DELETE FROM payroll_payslipvariance WHERE payslip_id = %s", slip.pk)
    tamper("DELETE FROM payroll_payslip WHERE id = %s", slip.pk)
    assert [code for code, _where in found(october())] == ["payroll.posted_run_changed"]


def test_a_plan_that_was_changed_or_deleted_is_told_once_with_how_many_it_concerns(posted: PostedCompany) -> None:
    tamper("UPDATE payroll_planversion SET body = %s WHERE code = 'sales'", json.dumps({"plan": "sales"}))
    tamper("DELETE FROM payroll_planversion WHERE code = 'head'")
    assert sorted(found(october())) == [("payroll.document_changed", "sales"), ("payroll.document_gone", "head")]
    assert {error.values["people"] for error in run_verify(october()).differences} == {"1"}


def test_a_document_of_the_law_that_was_changed_or_deleted_is_told(posted: PostedCompany) -> None:
    body = models.LawDocument.objects.get(code="cn.city.shanghai").body
    body["parameters"]["pension"][1]["ceiling"] = "40000.00"
    tamper("UPDATE payroll_lawdocument SET body = %s WHERE code = 'cn.city.shanghai'", json.dumps(body))
    tamper("DELETE FROM payroll_lawdocument WHERE code = 'cn'")
    [gone, changed] = run_verify(october()).differences
    assert (gone.code, gone.values["document"], gone.values["people"]) == ("payroll.document_gone", "cn", "2")
    assert (changed.code, changed.values["document"]) == ("payroll.document_changed", "cn.city.shanghai")


def test_rules_of_today_are_not_looked_at(posted: PostedCompany) -> None:
    models.StatutoryRow.objects.create(
        company=posted.company, city="shanghai", parameter="minimum_wage", first_day="2026-07-01",
        monthly=Decimal(90000), source="x", checked_on="2026-11-01", recorded_by=posted.hr,
    )  # fmt: skip
    models.SalesEntry.objects.all().delete()
    models.PayFact.objects.all().delete()
    assert run_verify(october()).differences == ()


def test_chunks_cost_the_same_number_of_queries(posted: PostedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            run_verify(october())
        return len(captured)

    whole = queries()
    monkeypatch.setattr(kept, "CHUNK", 1)
    assert queries() == whole + 4  # one chunk more: its payslips, its lines, and two for the one plan it adds


def run_command(*arguments: str) -> tuple[int, str]:
    out, status = StringIO(), 0
    try:
        call_command("verify_run", *arguments, stdout=out)
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    return status, out.getvalue()


def test_the_command_says_that_all_is_equal(posted: PostedCompany) -> None:
    status, out = run_command("2026-10")
    assert status == 0
    assert "2" in out


def test_the_command_prints_a_line_for_each_difference(posted: PostedCompany) -> None:
    tamper("UPDATE payroll_payslip SET tax_withheld = 7 WHERE id = %s", posted.slip("P1").pk)
    status, out = run_command("2026-10", "--company", "lawful")
    assert status == 1
    [line] = [line for line in out.splitlines() if "payroll.value_differs" in line]
    assert "LAWFUL-2026-10-P1" in line
    status, out = run_command("2026-10", "--json")
    data = json.loads(out)
    assert status == 1
    assert (data["company"], data["period"], data["equal"]) == ("lawful", "2026-10", False)
    [run] = data["runs"]
    assert (run["kind"], run["sequence"], run["payslips"]) == ("regular", 1, 2)
    assert [each["code"] for each in run["differences"]] == ["payroll.value_differs"]


def test_a_month_without_a_posted_run_is_an_error(posted: PostedCompany) -> None:
    with pytest.raises(CommandError, match=r"payroll\.nothing_posted"):
        run_command("2026-11")
