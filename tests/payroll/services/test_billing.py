"""Billing from files to margins: what is loaded, billed, issued and cancelled, and what people cost each shop."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from grading.jobs.models import AuditEntry
from grading.kernel.period import Month
from payroll import models
from payroll.domain.billing import BilledTwice, BillingMeasureMissing, ContractNotInForce
from payroll.errors import (
    CancelledWithoutReason,
    MayNot,
    StatementCancelled,
    StatementChanged,
    StatementIsFrozen,
    StatementIssued,
)
from payroll.services.billing import BillingMonth, ContractMonth, billing_month, statement_cancel, statement_issue
from payroll.sheets import statement_pdf

D = Decimal
MONTH = Month(2024, 6)
JIA = (
    "contract: jia\nclient_zh: 甲方商贸\nclient_en: Jia Trading\nshop: 甲店\neffective_from: 2024-01-01\n"
    'model: base_commission\nbase: "1800.00"\nrate: "0.015"\n'
)
YI = 'contract: yi\nclient_zh: 乙方电器\nshop: 乙店\neffective_from: 2024-01-01\nmodel: fixed\nfee: "3500.00"\n'
ASSIGNED = (
    "工号,店铺,开始日期,结束日期,计费\nA1,甲店,2024-01-01,,\nA3,甲店,2024-06-01,2024-06-20,是\nA3,乙店,2024-06-11,,是\n"
)
FILES: dict[str, str | None] = {
    "billing/jia.yaml": JIA,
    "billing/yi.yaml": YI,
    "assignments.csv": ASSIGNED,
    "2024-06/billing.csv": "店铺,计费项目,数值\n甲店,销售额,450000.00\n甲店,销售额,-30000.00\n",
}


def load(tiny: Any, changed: dict[str, str | None] | None = None) -> Any:
    return tiny.load({**FILES, **(changed or {})})


def month_of(tiny: Any) -> BillingMonth:
    return billing_month(tiny.company, MONTH)


def contracts(found: BillingMonth) -> dict[str, ContractMonth]:
    return {each.contract.code: each for each in found.contracts}


def issued(tiny: Any, code: str = "jia") -> models.BillingStatement:
    found = contracts(month_of(tiny))[code]
    return statement_issue(
        company=tiny.company, month=MONTH, contract=code, issued_by=tiny.preparer, reviewed=found.fingerprint
    )


# --- Files ------------------------------------------------------------------------------------------------------------


def test_the_files_are_loaded_once_and_a_second_time_changes_nothing(tiny: Any) -> None:
    first = {change.file: (change.added, change.changed, change.removed) for change in load(tiny).changes}
    assert first["billing/jia.yaml"] == first["billing/yi.yaml"] == (1, 0, 0)
    assert first["assignments.csv"] == (3, 0, 0)
    assert first["2024-06/billing.csv"] == (2, 0, 0)
    assert all(change.is_none for change in load(tiny).changes)


def test_rows_follow_their_file(tiny: Any) -> None:
    load(tiny)
    report = load(
        tiny,
        {
            "assignments.csv": "agent_no,shop,from,to,billed\nA1,甲店,2024-01-01,2024-06-15,no\n",
            "2024-06/billing.csv": "shop,measure,amount\n甲店,sales,450000.00\n",
        },
    )
    changes = {change.file: (change.added, change.changed, change.removed) for change in report.changes}
    assert changes["assignments.csv"] == (0, 1, 2)
    assert changes["2024-06/billing.csv"] == (0, 0, 1)
    [row] = models.ShopAssignment.objects.all()
    assert (row.last_day.isoformat(), row.is_billed) == ("2024-06-15", False)


def test_a_new_version_is_published_beside_the_old_one(tiny: Any) -> None:
    load(tiny)
    load(tiny, {"billing/yi-2.yaml": YI.replace("2024-01-01", "2024-07-01").replace("3500", "4000")})
    assert models.BillingContract.objects.filter(code="yi").count() == 2
    assert contracts(month_of(tiny))["yi"].statement.total == D("2333.33")  # 3500 × 20 ÷ 30
    july = contracts(billing_month(tiny.company, Month(2024, 7)))["yi"]
    assert july.statement.total == D("4000.00")


@pytest.mark.parametrize(
    ("changed", "problems"),
    [
        (
            {"assignments.csv": "agent_no,shop,from\nA9,甲店,2024-06-01\n"},
            ["assignments.csv:2:agent_no import.unknown_agent"],
        ),
        (
            {"assignments.csv": "agent_no,shop,from\nA1,丙店,2024-06-01\n"},
            ["assignments.csv:2:shop import.unknown_shop"],
        ),
        (
            {"assignments.csv": "agent_no,shop,from,to\nA1,甲店,2024-06-02,2024-06-01\n"},
            ["assignments.csv:2:to import.ends_before_start"],
        ),
        (
            {"assignments.csv": "agent_no,shop,from\nA1,甲店,2024-06-02\nA1,甲店,2024-06-02\n"},
            ["assignments.csv:3:agent_no import.repeated_row"],
        ),
        (
            {"2024-06/billing.csv": "shop,measure,value\n丙店,sales,1\n"},
            ["2024-06/billing.csv:2:shop import.unknown_shop"],
        ),
        (
            {"2024-06/billing.csv": "shop,measure,value\n甲店,sales,0.001\n甲店,inquiries,-1\n甲店,visits,1\n"},
            [
                "2024-06/billing.csv:2:value import.not_money",
                "2024-06/billing.csv:3:value import.too_small",
                "2024-06/billing.csv:4:measure import.not_choice",
            ],
        ),
        ({"billing/yi.yaml": YI.replace("3500.00", "-1")}, ["billing/yi.yaml:6:fee import.bad_value"]),
        (
            {"billing/yi-2.yaml": YI.replace("2024-01-01", "2024-07-01").replace("乙店", "甲店")},
            ["billing/yi.yaml:1:shop import.contract_moves", "billing/yi-2.yaml:1:shop import.contract_moves"],
        ),
        ({"billing/again.yaml": YI}, ["billing/yi.yaml:1:- import.same_document"]),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_and_changes_nothing(
    tiny: Any, changed: dict[str, str | None], problems: list[str]
) -> None:
    report = load(tiny, changed)
    found = [f"{each.file}:{each.row}:{each.column} {each.code}" for each in report.problems]
    assert sorted(found) == sorted(problems)
    assert not models.BillingContract.objects.exists()
    assert not models.ShopAssignment.objects.exists()


def test_a_contract_whose_first_version_named_the_wrong_shop_can_be_corrected(tiny: Any) -> None:
    load(tiny)
    report = load(
        tiny,
        {
            "billing/yi.yaml": YI.replace("乙店", "丁店"),
            "assignments.csv": ASSIGNED.replace("乙店", "丁店"),
        },
    )
    assert report.problems == ()
    assert contracts(month_of(tiny))["yi"].contract.shop == "丁店"


# --- The month --------------------------------------------------------------------------------------------------------


def test_bill_cost_and_margin_of_each_shop(tiny: Any) -> None:
    load(tiny)
    tiny.approve(tiny.prepare())
    found = month_of(tiny)
    # 甲店: A1 1800.00, A3 1800 × 20 ÷ 30 = 1200.00, 420,000 × 1.5 % = 6300.00
    # 乙店: A3 3500 × 20 ÷ 30 = 2333.33
    assert {each.contract.code: str(each.statement.total) for each in found.contracts} == {
        "jia": "9300.00",
        "yi": "2333.33",
    }
    # A1 costs 2925.20 and is at 甲店 only; A3 costs 3000.00: ten days at 甲店, ten at both, ten at 乙店: half and half
    margins = {each.shop: (str(each.billed), str(each.cost), str(each.margin)) for each in found.shops}
    assert margins == {
        "甲店": ("9300.00", "4425.20", "4874.80"),
        "乙店": ("2333.33", "1500.00", "833.33"),
    }
    assert [each.people for each in found.shops] == [1, 2]  # 乙店 sorts before 甲店


def test_without_posted_payslips_there_is_no_margin(tiny: Any) -> None:
    load(tiny)
    tiny.prepare()
    assert [(each.shop, each.margin, each.unpaid) for each in month_of(tiny).shops] == [
        ("乙店", None, ("A3",)),
        ("甲店", None, ("A1", "A3")),
    ]


def test_days_that_are_not_billed_still_cost(tiny: Any) -> None:
    load(tiny, {"assignments.csv": "agent_no,shop,from,billed\nA1,甲店,2024-01-01,no\nA3,乙店,2024-01-01,yes\n"})
    tiny.approve(tiny.prepare())
    found = month_of(tiny)
    assert str(contracts(found)["jia"].statement.total) == "6300.00"
    assert {each.shop: str(each.margin) for each in found.shops} == {"甲店": "3374.80", "乙店": "500.00"}


def test_whoever_has_left_is_not_billed_any_more(tiny: Any) -> None:
    agents = (
        "agent_no,name,role,team,hire_date,leave_date,tier,plan\n"
        "A1,甲,after_sales,t1,2023-02-10,2024-06-15,intermediate,after\n"
        "A2,乙,after_sales,t1,2023-02-10,,intermediate,after\nA3,丙,pre_sales,t1,2023-02-10,,,plain\n"
    )
    load(
        tiny, {"agents.csv": agents, "assignments.csv": "agent_no,shop,from\nA1,乙店,2024-01-01\nA2,乙店,2024-06-16\n"}
    )
    lines = contracts(month_of(tiny))["yi"].lines
    assert [(line.agent_no, str(line.amount)) for line in lines] == [("A1", "1750.00"), ("A2", "1750.00")]


def test_a_contract_that_cannot_be_billed_hides_no_other(tiny: Any) -> None:
    load(tiny, {"2024-06/billing.csv": "shop,measure,value\n"})
    found = contracts(month_of(tiny))
    assert isinstance(found["jia"].problem, BillingMeasureMissing)
    assert found["jia"].statement is None
    assert found["yi"].problem is None
    assert {each.shop: each.billed for each in month_of(tiny).shops} == {"甲店": None, "乙店": D("2333.33")}


def test_two_contracts_for_the_same_are_both_refused(tiny: Any) -> None:
    load(tiny, {"billing/again.yaml": YI.replace("contract: yi", "contract: yi_2")})
    found = contracts(month_of(tiny))
    assert isinstance(found["yi"].problem, BilledTwice)
    assert isinstance(found["yi_2"].problem, BilledTwice)


def test_a_month_is_read_in_as_many_queries_for_many_shops_as_for_one(tiny: Any) -> None:
    load(tiny)
    with CaptureQueriesContext(connection) as few:
        month_of(tiny)
    more = {
        f"billing/c{number}.yaml": YI.replace("contract: yi", f"contract: c{number}").replace("乙店", f"店{number}")
        for number in range(20)
    }
    rows = ASSIGNED + "".join(f"A2,店{number},2024-06-01,,\n" for number in range(20))
    load(tiny, {**more, "assignments.csv": rows})
    with CaptureQueriesContext(connection) as many:
        assert len(month_of(tiny).contracts) == 22
    assert len(many) == len(few)


# --- Issuing ----------------------------------------------------------------------------------------------------------


def test_an_issued_statement_stays_as_it_is_whatever_is_loaded(tiny: Any) -> None:
    load(tiny)
    statement = issued(tiny)
    assert statement.number == "tiny-2024-06-jia-1"
    before = list(statement.lines.values("code", "agent_no", "agent_name", "amount", "steps"))
    assert [(line["agent_no"], line["agent_name"], str(line["amount"])) for line in before] == [
        ("A1", "甲", "1800.00"),
        ("A3", "丙", "1200.00"),
        ("", "", "6300.00"),
    ]
    assert not contracts(month_of(tiny))["jia"].is_outdated

    load(tiny, {"2024-06/billing.csv": "shop,measure,value\n甲店,sales,1.00\n"})

    found = contracts(month_of(tiny))["jia"]
    assert (found.is_issued, found.is_outdated, found.statement.total) == (True, True, D("9300.00"))
    assert list(statement.lines.values("code", "agent_no", "agent_name", "amount", "steps")) == before


def test_issuing_is_noted_with_who_did_it(tiny: Any) -> None:
    load(tiny)
    statement = issued(tiny)
    entry = AuditEntry.objects.get(action="billing.issue")
    assert (entry.actor, entry.object_id, entry.detail["number"]) == (
        tiny.preparer,
        str(statement.pk),
        statement.number,
    )
    assert "total" not in json.dumps(entry.detail)


def test_what_changed_since_it_was_looked_at_is_not_issued(tiny: Any) -> None:
    load(tiny)
    seen = contracts(month_of(tiny))["jia"].fingerprint
    load(tiny, {"2024-06/billing.csv": "shop,measure,value\n甲店,sales,1.00\n"})
    with pytest.raises(StatementChanged):
        statement_issue(company=tiny.company, month=MONTH, contract="jia", issued_by=tiny.preparer, reviewed=seen)
    assert not models.BillingStatement.objects.exists()


def test_a_statement_is_issued_once_and_only_where_it_can_be(tiny: Any) -> None:
    load(tiny, {"billing/again.yaml": YI.replace("contract: yi", "contract: yi_2")})
    issued(tiny)
    with pytest.raises(StatementIssued):
        issued(tiny)
    with pytest.raises(BilledTwice):
        issued(tiny, "yi")
    with pytest.raises(ContractNotInForce):
        statement_issue(company=tiny.company, month=MONTH, contract="no", issued_by=tiny.preparer, reviewed="")


def test_a_cancelled_statement_is_kept_and_the_next_one_has_its_own_number(tiny: Any) -> None:
    load(tiny)
    first = issued(tiny)
    with pytest.raises(CancelledWithoutReason):
        statement_cancel(statement_id=first.pk, cancelled_by=tiny.preparer, reason="  ")
    statement_cancel(statement_id=first.pk, cancelled_by=tiny.preparer, reason="客户更正销售额")
    with pytest.raises(StatementCancelled):
        statement_cancel(statement_id=first.pk, cancelled_by=tiny.preparer, reason="again")
    assert not contracts(month_of(tiny))["jia"].is_issued

    second = issued(tiny)

    assert second.number == "tiny-2024-06-jia-2"
    first.refresh_from_db()
    assert (first.total, first.reason, first.lines.count()) == (D("9300.00"), "客户更正销售额", 3)
    assert AuditEntry.objects.filter(action="billing.cancel", object_id=str(first.pk)).exists()


def test_only_those_with_the_right_issue_and_cancel(tiny: Any) -> None:
    load(tiny)
    found = contracts(month_of(tiny))["jia"]
    for user in (tiny.approver, User.objects.create_user("somebody")):
        with pytest.raises(MayNot):
            statement_issue(
                company=tiny.company, month=MONTH, contract="jia", issued_by=user, reviewed=found.fingerprint
            )
    statement = issued(tiny)
    with pytest.raises(MayNot):
        statement_cancel(statement_id=statement.pk, cancelled_by=tiny.approver, reason="no")


def test_a_statement_refuses_to_change_or_go(tiny: Any) -> None:
    load(tiny)
    statement = issued(tiny)
    statement.total = D("1.00")
    with pytest.raises(StatementIsFrozen):
        statement.save()
    with pytest.raises(StatementIsFrozen):
        statement.save(update_fields=["total"])
    with pytest.raises(StatementIsFrozen):
        statement.delete()


def test_the_database_keeps_two_statements_of_a_month_apart(tiny: Any) -> None:
    load(tiny)
    statement = issued(tiny)
    statement.pk, statement.number, statement.sequence = None, "another", 2
    with pytest.raises(IntegrityError), transaction.atomic():
        statement.save(force_insert=True)


# --- On paper and by command ------------------------------------------------------------------------------------------


def test_a_statement_prints_what_the_client_owes_and_nothing_of_what_people_cost(tiny: Any) -> None:
    from tests.documents.test_payslip_pdf import text_of

    load(tiny)
    tiny.approve(tiny.prepare())
    draft = contracts(month_of(tiny))["jia"]
    assert "草稿" in text_of(statement_pdf(draft.statement, draft.lines, "zh"))
    issued(tiny)
    found = contracts(month_of(tiny))["jia"]
    text = text_of(statement_pdf(found.statement, found.lines, "both"))
    for expected in ("tiny-2024-06-jia-1", "甲方商贸", "Jia Trading", "甲店", "A3 丙", "1,200.00", "9,300.00"):
        assert expected in text
    assert "人民币玖仟叁佰元整" in text
    for secret in ("2,925.20", "4,425.20", "4,874.80", "草稿"):
        assert secret not in text


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("bill_shops", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_writes_drafts_statements_and_margins(tiny: Any, tmp_path: Path) -> None:
    load(tiny)
    tiny.approve(tiny.prepare())
    status, said = run("2024-06", "--out", str(tmp_path), "--json", str(tmp_path / "billing.json"))
    assert status == 0
    assert "shop 甲店: billed 9300.00, cost 4425.20, margin 4874.80" in said
    assert {path.name for path in tmp_path.iterdir()} == {
        "draft-jia-2024-06.pdf",
        "draft-yi-2024-06.pdf",
        "billing.json",
    }
    written = json.loads((tmp_path / "billing.json").read_text(encoding="utf-8"))
    assert [(each["contract"], each["number"], each["total"]) for each in written["statements"]] == [
        ("jia", None, "9300.00"),
        ("yi", None, "2333.33"),
    ]
    assert written["shops"][1] == {
        "shop": "甲店",
        "billed": "9300.00",
        "cost": "4425.20",
        "margin": "4874.80",
        "people": 2,
        "unpaid": [],
    }

    status, _said = run("2024-06", "--company", "tiny", "--issue", "--out", str(tmp_path / "issued"))
    assert status == 0
    assert {path.name for path in (tmp_path / "issued").iterdir()} == {
        "tiny-2024-06-jia-1.pdf",
        "tiny-2024-06-yi-1.pdf",
    }


def test_the_command_says_what_cannot_be_billed(tiny: Any, tmp_path: Path) -> None:
    load(tiny, {"2024-06/billing.csv": None})
    status, said = run("2024-06", "--issue", "--json", str(tmp_path / "b.json"))
    assert status == 3
    assert "not billed: jia: payroll.billing_measure_missing" in said
    written = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert [each["code"] for each in written["problems"]] == ["payroll.billing_measure_missing"]
    assert [each["contract"] for each in written["statements"]] == ["yi"]
    with pytest.raises(CommandError, match=r"kernel\.bad_month"):
        call_command("bill_shops", "June")
    with pytest.raises(CommandError, match=r"payroll\.unknown_user"):
        call_command("bill_shops", "2024-06", "--issue", "--as", "nobody")
