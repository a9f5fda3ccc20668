"""Who is held back from which file, and why; and that nobody's money is lost or paid twice on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from grading.kernel.period import Month
from payroll.domain.lines import Kind
from payroll.exports.errors import ExportDoesNotAddUp, ExportedTwice
from payroll.exports.files import ExportReport, render_exports, write_exports
from payroll.exports.options import ExportOptions
from payroll.exports.person import ExportLine, ExportPerson

Maker = Callable[..., ExportPerson]
OCTOBER = Month(2026, 10)


def report_of(*people: ExportPerson) -> ExportReport:
    return render_exports(people, company="demo", month=OCTOBER, pay_date=None).report


def text_of(name: str, *people: ExportPerson) -> str:
    files = render_exports(
        people, company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(encoding="utf-8")
    ).files
    return files[name].decode()


def fates(*people: ExportPerson) -> list[tuple[str, str, str]]:
    return [(row.agent_no, row.file, row.reason.code) for row in report_of(*people).withheld]


BANK, ALIPAY, TAX = "bank_generic.csv", "alipay.csv", "tax_wages.csv"


@pytest.mark.parametrize(
    ("values", "file", "reason"),
    [
        pytest.param({"bank_account": ""}, BANK, "no_account", id="neither bank nor Alipay"),
        pytest.param({"bank_account": "  ", "alipay": " "}, BANK, "no_account", id="blanks are no account"),
        pytest.param({"bank_name": ""}, BANK, "bank_name_missing", id="no bank"),
        pytest.param({"bank_name": "", "alipay": "a@b.cn"}, BANK, "bank_name_missing", id="no fallback to Alipay"),
        pytest.param({"bank_account": "=1+123456"}, BANK, "account_unusable", id="a formula as account"),
        pytest.param({"bank_account": "６２２２０００００００"}, BANK, "account_unusable", id="full-width digits"),
        pytest.param({"bank_account": "6.2222E+18"}, BANK, "account_unusable", id="an account a spreadsheet ate"),
        pytest.param({"bank_account": "", "alipay": "+8613800000000"}, ALIPAY, "alipay_unusable", id="Alipay with +"),
        pytest.param({"bank_account": "", "alipay": "@SUM(A1)"}, ALIPAY, "alipay_unusable", id="Alipay formula"),
        pytest.param({"id_no": ""}, TAX, "id_missing", id="no identity number"),
        pytest.param({"id_no": "=110101"}, TAX, "id_unusable", id="identity number as formula"),
        pytest.param({"id_type": "", "id_no": "E12345678"}, TAX, "id_type_missing", id="a passport without its kind"),
        pytest.param({"id_type": "library_card"}, TAX, "id_type_unknown", id="a document the tax client lacks"),
    ],
)
def test_reason(simple: Maker, values: dict[str, str], file: str, reason: str) -> None:
    person = simple(**values)
    assert fates(person) == [("A1", file, reason)]
    assert "100.00" not in text_of(file, person)
    [row] = report_of(person).withheld
    assert row.amount == Decimal("100.00")
    assert row.text("zh") != row.text("en")
    assert "{" not in row.text("zh") + row.text("en")


def test_no_name_is_in_no_file(simple: Maker) -> None:
    assert fates(simple(name=" ")) == [("A1", BANK, "name_missing"), ("A1", TAX, "name_missing")]


def test_a_bank_account_goes_before_alipay_and_blanks_between_its_digits_do_not_count(simple: Maker) -> None:
    person = simple(bank_account=" 6222 0000-0001\u30001 ", alipay="a@b.cn")
    assert fates(person) == []
    assert text_of(BANK, person).splitlines()[1] == "1,王小明,6222000000011,演示银行,100.00,2026年10月工资"
    assert text_of(ALIPAY, person).count("\n") == 2


@pytest.mark.parametrize("alipay", ["13800000000", "a.b-c+d@example.com", "86-13800000000"])
def test_alipay_accounts(simple: Maker, alipay: str) -> None:
    person = simple(bank_account="", alipay=f" {alipay}")
    assert text_of(ALIPAY, person).splitlines()[2] == f"1,{alipay},王小明,100.00,2026年10月工资"


def test_one_bank_account_of_two_people_pays_neither(simple: Maker) -> None:
    people = [simple("A1", bank_account="6222000099"), simple("A2", bank_account="6222 0000 99"), simple("A3")]
    assert fates(*people) == [("A1", BANK, "account_shared"), ("A2", BANK, "account_shared")]
    first, second = report_of(*people).withheld
    assert first.text("en") == "The same bank account is also that of A2."
    assert second.text("zh") == "银行账号与 A1 相同。"
    assert [line.split(",")[0] for line in text_of(BANK, *people).splitlines()] == ["序号", "1"]


def test_a_shared_account_counts_even_if_the_other_has_nothing_to_be_paid(simple: Maker) -> None:
    unpaid = replace(simple("A2", bank_account="6222000099"), gross=Decimal("0.00"), net=Decimal("0.00"), lines=())
    assert fates(simple("A1", bank_account="6222000099"), unpaid) == [("A1", BANK, "account_shared")]


def test_one_alipay_account_of_three_people_pays_none(simple: Maker) -> None:
    accounts = ["a@b.cn", "A@b.cn", "a@B.cn"]
    people = [simple(f"A{n}", bank_account="", alipay=alipay) for n, alipay in enumerate(accounts)]
    assert {reason for _no, file, reason in fates(*people) if file == ALIPAY} == {"alipay_shared"}
    assert report_of(*people).withheld[0].text("en") == "The same Alipay account is also that of A1, A2."


def test_one_identity_of_two_people_declares_neither(simple: Maker) -> None:
    people = [simple("A1", id_no="11010119900307002x"), simple("A2", id_no="11010119900307002X")]
    assert fates(*people) == [("A1", TAX, "id_shared"), ("A2", TAX, "id_shared")]


def test_net_zero_has_no_payment_row_and_is_not_withheld_but_is_declared(simple: Maker) -> None:
    person = replace(simple(bank_account=""), gross=Decimal("0.00"), net=Decimal("0.00"), lines=())
    report = report_of(person)
    assert (report.withheld, report.nothing_to_pay) == ((), ("A1",))
    assert text_of(BANK, person).count("\n") == 1
    assert text_of(TAX, person).splitlines()[1].startswith("A1,王小明,居民身份证,110101199003070001,0.00,,,")


def test_negative_income_is_declared_by_hand(simple: Maker) -> None:
    minus_50 = Decimal("-50.00")
    lines = (
        ExportLine("sales_commission", Kind.EARNING, minus_50),
        ExportLine("carry_forward", Kind.DEDUCTION, minus_50),
    )
    person = replace(simple(), gross=minus_50, net=Decimal("0.00"), lines=lines)
    assert fates(person) == [("A1", TAX, "income_negative")]


def test_every_yuan_is_in_a_file_or_withheld(company: list[ExportPerson]) -> None:
    report = report_of(*company)
    pay = [total for total in report.files if total.file in {BANK, ALIPAY}]
    tax = [total for total in report.files if total.file.startswith("tax_")]
    assert sum(total.amount + total.withheld_amount for total in pay) == report.net == Decimal("10825.10")
    assert sum(total.rows + total.withheld_people for total in pay) + len(report.nothing_to_pay) == report.people
    assert sum(total.amount + total.withheld_amount for total in tax) == report.gross == Decimal("12700.10")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gross": Decimal("100.01")}, "Gross pay of A1 should be 100.00 but is 100.01"),
        ({"net": Decimal("99.99")}, "Net pay of A1 should be 100.00 but is 99.99"),
    ],
)
def test_totals_that_are_not_their_lines_stop_everything(
    simple: Maker, tmp_path: Path, wrong: dict[str, Decimal], message: str
) -> None:
    folder = tmp_path / "exports"
    with pytest.raises(ExportDoesNotAddUp, match=message) as found:
        write_exports(folder, [replace(simple(), **wrong)], company="demo", month=OCTOBER, pay_date=None)
    assert found.value.code == "payroll.export_does_not_add_up"
    assert not folder.exists()


def test_a_negative_net_is_never_paid(simple: Maker) -> None:
    minus_1 = Decimal("-1.00")
    lines = (ExportLine("base_pay", Kind.EARNING, minus_1),)
    person = replace(simple(), gross=minus_1, net=minus_1, lines=lines)
    with pytest.raises(ExportDoesNotAddUp, match=r"Net pay of A1 should be 0\.00 or more"):
        report_of(person)


def test_the_same_agent_twice_is_refused(simple: Maker) -> None:
    with pytest.raises(ExportedTwice, match="A1 would be exported twice"):
        report_of(simple("A1"), simple("A2"), simple("A1"))
