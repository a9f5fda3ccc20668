"""Bank files: exact headings, one row typed by hand, how a file is cut, and that a folder never keeps an old one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from grading.kernel.period import Month
from payroll.exports.errors import PayerMissing
from payroll.exports.files import Contents, render_exports, write_exports
from payroll.exports.layouts import BANKS, Layout
from payroll.exports.options import ENCODINGS, TAX_LAYOUTS, ExportOptions, Payer, needs_payer
from payroll.exports.payments import is_payment_file, payment_files, payments
from payroll.exports.person import ExportPerson
from payroll.exports.rows import Channel, PaymentRow
from payroll.models import ExportSettings

OCTOBER = Month(2026, 10)
PAY_DAY = date(2026, 11, 10)
PAYER = Payer("0200001009876543210", "演示公司", "工商银行昆明支行")

HEADINGS = {
    "generic": "序号,户名,账号,开户行,金额,备注",
    "cmb": "收款账号,收款户名,金额,用途",
    "cmb_web": "*账号,*户名,*金额",
    "icbc": (
        "币种,日期,明细标志,顺序号,付款账号开户行,付款账号/卡号,付款账号名称/卡名称,收款账号开户行,收款账号省份,收款账号地市,"
        "收款账号地区码,收款账号,收款账号名称,金额,汇款用途,备注信息,汇款方式,收款账户短信通知手机号码,自定义序号"
    ),
    "mybank": "收款方名称,收款方账号,收款方开户行名称,收款行联行号,金额,附言/用途",
}
ROWS = {
    "generic": "1,王小明,0222000000000000001,演示银行,100.00,2026年10月工资",
    "cmb": "0222000000000000001,王小明,100.00,2026年10月工资",
    "cmb_web": "0222000000000000001,王小明,100.00",
    "icbc": (
        "RMB,20261110,,1,工商银行昆明支行,0200001009876543210,演示公司,演示银行,,,,0222000000000000001,王小明,100.00,"
        "2026年10月工资,,0,,"
    ),
    "mybank": "王小明,0222000000000000001,演示银行,,100.00,2026年10月工资",
}


def options(bank: str, **values: object) -> ExportOptions:
    return replace(ExportOptions(bank=bank, encoding="utf-8", payer=PAYER), **values)


def files(people: list[ExportPerson], chosen: ExportOptions) -> dict[str, bytes]:
    return dict(render_exports(people, company="demo", month=OCTOBER, pay_date=PAY_DAY, options=chosen).files)


def row(number: int, amount: str = "1.00") -> PaymentRow:
    return PaymentRow(f"A{number:05d}", Channel.BANK, "客服", f"62220000{number:08d}", "演示银行", Decimal(amount))


@pytest.mark.parametrize("bank", HEADINGS)
def test_headings_and_a_row_by_hand(bank: str, simple: Callable[..., ExportPerson]) -> None:
    # the leading zero of the account stays: accounts are text from end to end
    person = simple(bank_account="0222 0000-0000 0000 001")
    data = files([person], options(bank))[BANKS[bank].file]
    assert data.decode().split("\r\n") == [HEADINGS[bank], ROWS[bank], ""]


def test_icbc_has_nineteen_columns() -> None:
    assert HEADINGS["icbc"].count(",") == ROWS["icbc"].count(",") == 18


@pytest.mark.parametrize(("amount", "transfer"), [("50000.00", "0"), ("50000.01", "1"), ("0.01", "0")])
def test_icbc_sends_more_than_fifty_thousand_another_way(amount: str, transfer: str) -> None:
    [bank, _alipay] = payment_files([row(1, amount)], month=OCTOBER, pay_date=PAY_DAY, options=options("icbc"))
    [line] = list(csv.DictReader(bank.data.decode().splitlines()))
    assert (line["金额"], line["汇款方式"]) == (amount, transfer)


def test_without_a_pay_date_the_cell_is_empty(simple: Callable[..., ExportPerson]) -> None:
    found = payments([simple()], month=OCTOBER, pay_date=None, options=options("icbc"))
    assert found.files[0].data.decode().splitlines()[1].startswith("RMB,,,1,")


def test_icbc_without_the_paying_account_is_refused(simple: Callable[..., ExportPerson]) -> None:
    with pytest.raises(PayerMissing):
        files([simple()], ExportOptions(bank="icbc"))
    assert files([simple()], ExportOptions(bank="cmb"))["bank_cmb.csv"]


@pytest.mark.parametrize("bank", HEADINGS)
def test_there_is_one_bank_file_and_it_is_proved(bank: str, simple: Callable[..., ExportPerson]) -> None:
    people = [simple("A1"), simple("A2"), simple("A3", bank_account="", alipay="a@example.com")]
    exports = render_exports(people, company="demo", month=OCTOBER, pay_date=PAY_DAY, options=options(bank))
    assert {name for name in exports.files if is_payment_file(name)} == {BANKS[bank].file, "alipay.csv"}
    assert [(total.file, total.rows, total.amount) for total in exports.report.files[:2]] == [
        (BANKS[bank].file, 2, Decimal("200.00")),
        ("alipay.csv", 1, Decimal("100.00")),
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (0, {"bank_cmb.csv": 0}),
        (3000, {"bank_cmb.csv": 3000}),
        (3001, {"bank_cmb-1.csv": 3000, "bank_cmb-2.csv": 1}),
        (6001, {"bank_cmb-1.csv": 3000, "bank_cmb-2.csv": 3000, "bank_cmb-3.csv": 1}),
    ],
)
def test_a_file_with_too_many_rows_is_cut_into_numbered_ones(rows: int, expected: dict[str, int]) -> None:
    made = payment_files(
        [row(number) for number in range(rows)], month=OCTOBER, pay_date=PAY_DAY, options=options("cmb")
    )
    assert {file.file: len(file.rows) for file in made} == {**expected, "alipay.csv": 0}
    assert {file.file: file.data.count(b"\r\n") - 1 for file in made[:-1]} == expected
    assert sum(file.amount for file in made) == rows
    agents = [each.agent_no for file in made for each in file.rows]
    assert len(set(agents)) == len(agents) == rows


def test_each_part_counts_from_one_and_the_withheld_are_counted_once(
    simple: Callable[..., ExportPerson], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BANKS, "icbc", replace(BANKS["icbc"], most_rows=2))
    people = [simple(f"A{number}") for number in range(1, 4)]
    people.append(simple("A4", bank_account="", alipay=""))
    exports = render_exports(people, company="demo", month=OCTOBER, pay_date=PAY_DAY, options=options("icbc"))
    serials = [
        [line["顺序号"] for line in csv.DictReader(exports.files[f"bank_icbc-{part}.csv"].decode().splitlines())]
        for part in (1, 2)
    ]
    assert serials == [["1", "2"], ["1"]]
    assert [(total.file, total.rows, total.withheld_people) for total in exports.report.files[:3]] == [
        ("bank_icbc-1.csv", 2, 1),
        ("bank_icbc-2.csv", 1, 0),
        ("alipay.csv", 0, 0),
    ]


def test_payment_files_of_an_earlier_export_do_not_stay_behind(
    tmp_path: Path, simple: Callable[..., ExportPerson]
) -> None:
    (tmp_path / "my own.csv").write_bytes(b"kept")
    (tmp_path / "bank_icbc-2.csv").write_bytes(b"a second part that is no more")
    for bank in ("generic", "icbc", "generic"):
        write_exports(tmp_path, [simple()], company="demo", month=OCTOBER, pay_date=PAY_DAY, options=options(bank))
        assert {path.name for path in tmp_path.iterdir() if is_payment_file(path.name)} == {
            BANKS[bank].file,
            "alipay.csv",
        }
    write_exports(tmp_path, [simple()], company="demo", month=OCTOBER, pay_date=PAY_DAY, contents=Contents.BOOKS)
    assert not [path for path in tmp_path.iterdir() if is_payment_file(path.name)]
    assert (tmp_path / "my own.csv").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bank_generic.csv", True),
        ("bank_icbc-12.csv", True),
        ("alipay.csv", True),
        ("tax_wages.csv", False),
        ("bank_icbc-x.csv", False),
        ("bank_icbc.xlsx", False),
        ("my-1.csv", False),
    ],
)
def test_what_is_a_payment_file(name: str, expected: bool) -> None:
    assert is_payment_file(name) is expected


def test_a_bank_file_without_a_bank_column_asks_for_no_bank(simple: Callable[..., ExportPerson]) -> None:
    person = simple(bank_name="")
    for bank, layout in BANKS.items():
        found = payments([person], month=OCTOBER, pay_date=PAY_DAY, options=options(bank))
        assert [each.reason.code for each in found.withheld] == (
            [] if bank in {"cmb", "cmb_web"} else ["bank_name_missing"]
        ), bank
        assert all(each.file == layout.file for each in found.withheld)


def test_what_a_company_may_choose_is_what_there_is() -> None:
    assert list(BANKS) == ExportSettings.Bank.values == list(HEADINGS)
    assert {bank for bank in BANKS if needs_payer(bank)} == set(ExportSettings.NAMES_PAYER)
    assert set(ExportSettings.Encoding.values) < set(ENCODINGS)
    assert list(TAX_LAYOUTS) == ExportSettings.TaxLayout.values
    assert all(isinstance(layout, Layout) for layout in BANKS.values())
