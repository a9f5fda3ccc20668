"""Explaining a person's pay of a month: every line, its steps and the rules, or the coded reason why there is none."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payroll import models
from payroll.services.explanation import payslips_explain
from tests.payroll.services.posted_company import OCTOBER, SEPTEMBER, PostedCompany, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted() -> PostedCompany:
    """September of the company, approved, and October calculated."""
    company = PostedCompany()
    company.post(SEPTEMBER)
    return company


def explain(*arguments: str) -> str:
    out = StringIO()
    call_command("explain_payslip", *arguments, stdout=out)
    return out.getvalue()


def explained(*arguments: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(explain(*arguments, "--json"))
    return data


def test_every_line_with_its_steps_totals_and_rules(posted: PostedCompany) -> None:
    data = explained("P1", "2026-09", "--company", "lawful")
    assert (data["company"], data["period"]) == ("lawful", "2026-09")
    [slip] = data["payslips"]
    assert (slip["number"], slip["kind"], slip["status"], slip["draft"]) == (
        *("LAWFUL-2026-09-P1", "regular", "approved"),
        False,
    )
    # 8000 + 1 % of 100,000; of the base of 8000: pension 640, medical 160, unemployment 40, housing fund 560
    assert [slip[name] for name in ("gross", "deductions", "net")] == ["9000.00", "1400.00", "7600.00"]
    lines = {line["code"]: line for line in slip["lines"]}
    assert {code: lines[code]["amount"] for code in ("commission", "pension", "income_tax")} == {
        "commission": "1000.00",
        "pension": "640.00",
        "income_tax": "0.00",
    }
    assert all(line["steps"] for line in slip["lines"])
    assert {"code", "text_zh", "text_en", "amount"} <= lines["commission"]["steps"][0].keys()


def test_the_rules_are_those_of_the_day_with_their_sources(posted: PostedCompany) -> None:
    rules = {rule["code"]: rule for rule in explained("P1", "2026-09")["payslips"][0]["rules"]}
    assert rules.keys() == {"cn", "cn.calendar.2026", "cn.city.shanghai", "sales"}
    plan = rules["sales"]
    assert (plan["effective_from"], plan["held_from"], plan["revision"]) == ("2024-01-01", "2026-09-01", 1)
    assert plan["published_by"] == "jixin-preparer"
    city = {row["parameter"]: row for row in rules["cn.city.shanghai"]["rows"]}
    assert (city["pension"]["from"], city["pension"]["to"], city["pension"]["verified"]) == (
        *("2026-07-01", "2027-06-30"),
        True,
    )
    assert city["minimum_wage"] == {
        "parameter": "minimum_wage",
        "from": "2025-07-01",
        "to": None,
        "source": "沪人社规〔2025〕10号",
        "checked_on": "2026-11-01",
        "verified": True,
    }
    assert [row["from"] for row in rules["cn"]["rows"] if row["parameter"] == "income_tax.allowance"] == ["2019-01-01"]


def test_a_draft_is_marked_and_a_correction_shows_both_computations(posted: PostedCompany) -> None:
    assert not explained("P1", "2026-09")["payslips"][0]["draft"]
    posted.prepare(OCTOBER)
    assert explained("P1", "2026-10")["payslips"][0]["draft"]
    assert "[草稿 / draft]" in explain("P1", "2026-10")
    posted.approve(models.PayRun.objects.get(month=OCTOBER))
    posted.sell_late(SEPTEMBER, "P1", "20000.00")
    posted.correct(OCTOBER)
    regular, correction = explained("P1", "2026-10")["payslips"]
    assert (regular["kind"], correction["kind"]) == ("regular", "correction")
    [arrears] = [line for line in correction["lines"] if line["code"] == "arrears.commission"]
    assert (arrears["amount"], arrears["period"]) == ("200.00", "2026-09")
    codes = [step["code"] for step in arrears["steps"]]
    assert [code for code in codes if code.startswith("arrears.")] == ["arrears.then", "arrears.now"]
    assert codes.count("commission.basis") == 2


def test_the_text_says_it_in_the_language_asked_for(posted: PostedCompany) -> None:
    english = explain("P1", "2026-09", "--lang", "en").splitlines()
    assert english[0].startswith("LAWFUL-2026-09-P1  P1 赵一  2026-09  regular-1")
    rows = [line.strip() for line in english]
    assert {"1000.00  commission  Commission", "100000 × 1%", "7600.00  Net pay", "Rules used:"} <= set(rows)
    chinese = explain("P1", "2026-09", "--lang", "zh")
    assert "实发工资" in chinese
    assert "Net pay" not in chinese
    both = explain("P1", "2026-09")
    assert "实发工资 / Net pay" in both


def test_somebody_parked_is_told_why(posted: PostedCompany) -> None:
    with pytest.raises(CommandError, match=r"^payroll\.contribution_fact_missing: .*(pension|Pension)"):
        explain("P3", "2026-09", "--lang", "en")


@pytest.mark.parametrize(
    ("agent_no", "month", "code"),
    [
        ("P9", "2026-09", "payroll.unknown_agent"),
        ("P1", "2026-08", "payroll.no_payslip"),
        ("P1", "2026-9", "kernel.bad_month"),
    ],
)
def test_what_cannot_be_explained_is_a_coded_error(posted: PostedCompany, agent_no: str, month: str, code: str) -> None:
    with pytest.raises(CommandError, match=f"^{code}: "):
        explain(agent_no, month)


def test_rules_that_are_kept_no_longer_still_leave_the_payslip(posted: PostedCompany) -> None:
    tamper("DELETE FROM payroll_planversion WHERE code = 'sales'")
    tamper("DELETE FROM payroll_lawdocument WHERE code = 'cn.city.shanghai'")
    [found] = payslips_explain(posted.company, "P1", SEPTEMBER)
    told = {rule.code: rule for rule in found.rules}
    assert told["sales"].plan is None
    assert told["cn.city.shanghai"].rows == ()
    assert told["cn"].rows
    assert told["sales"].fingerprint[:12] in explain("P1", "2026-09")
