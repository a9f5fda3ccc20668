"""Files for the tax client: which income stands where, what is cumulative, and templates of the user's own."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from grading.kernel.period import Month
from payroll.domain.facts import Employment
from payroll.exports.errors import ExportDoesNotAddUp, TemplateUnknown
from payroll.exports.files import render_exports
from payroll.exports.options import TAX_LAYOUTS, ExportOptions
from payroll.exports.person import ExportPerson
from payroll.exports.rows import Sheet, TaxSheets, tax_sheets
from payroll.exports.templates import read_template, unfilled
from tests.payroll.exports.conftest import person_of

OCTOBER = Month(2026, 10)
BONUS = "工号,*姓名,*证件类型,*证件号码,*全年一次性奖金额,免税收入,其他,准予扣除的捐赠额,减免税额,协定减免,备注"
ID = "110101199003070011"


def paid(**values: object) -> ExportPerson:
    """12,000 of wages, 6,000 of bonus taxed apart, and 300 of a refund that is no income."""
    return person_of(
        "A1", "王小明", "18300.00", "16290.00",
        "+base_pay 12000.00, +annual_bonus 6000.00, +adjustment.travel 300.00, -pension 960.00, -arrears.pension 80.00,"
        "-medical 240.00, -arrears.medical -30.00, -unemployment 60.00, -housing_fund 600.00, -income_tax 100.00",
        **{"id_no": ID, "bank_name": "演示银行", "bank_account": "6222000000000001", **values},
    )  # fmt: skip


def lines(person: ExportPerson, options: ExportOptions | None = None) -> dict[str, list[dict[str, str]]]:
    exports = render_exports([person], company="demo", month=OCTOBER, pay_date=None, options=options or ExportOptions())
    return {
        name: list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        for name, data in exports.files.items()
        if name.startswith("tax_")
    }


def test_wages_and_a_bonus_taxed_apart_are_two_rows() -> None:
    found = lines(paid(taxable=Decimal("12000.00")))
    [wages], [bonus] = found["tax_wages.csv"], found["tax_bonus.csv"]
    assert wages["本期收入"] == "12000.00"
    assert bonus["*全年一次性奖金额"] == "6000.00"
    assert (bonus["*姓名"], bonus["*证件号码"]) == ("王小明", ID)
    assert ",".join(bonus) == BONUS
    assert found["tax_labour.csv"] == []


def test_contributions_are_this_months_with_what_is_paid_late() -> None:
    [wages] = lines(paid())["tax_wages.csv"]
    columns = ("基本养老保险费", "基本医疗保险费", "失业保险费", "住房公积金")
    # 960 + 80; 240 − 30
    assert [wages[column] for column in columns] == ["1040.00", "210.00", "60.00", "600.00"]


def test_without_computed_tax_everything_but_the_bonus_is_income() -> None:
    [wages] = lines(paid())["tax_wages.csv"]
    assert wages["本期收入"] == "12300.00"


def test_a_bonus_of_a_temp_is_labour_remuneration() -> None:
    found = lines(paid(employment=Employment.TEMP))
    assert [row["*收入"] for row in found["tax_labour.csv"]] == ["18300.00"]
    assert found["tax_bonus.csv"] == found["tax_wages.csv"] == []


@pytest.mark.parametrize("layout", ["29", "24"])
def test_declared_deductions_stand_in_their_columns(layout: str) -> None:
    declared = {
        "child_education": "20000.00", "continuing_education": "4000.00", "housing_loan_interest": "10000.00",
        "rent": "15000.00", "elderly_support": "30000.00", "infant_care": "2000.00", "personal_pension": "12000.00",
        "enterprise_annuity": "480.00", "commercial_health": "200.00", "serious_illness": "99.00",
    }  # fmt: skip
    person = paid(declared={kind: Decimal(amount) for kind, amount in declared.items()})
    [wages] = lines(person, ExportOptions(wages=TAX_LAYOUTS[layout]))["tax_wages.csv"]
    expected = {
        "累计子女教育": "20000.00",
        "累计继续教育": "4000.00",
        "累计住房贷款利息": "10000.00",
        "累计住房租金": "15000.00",
        "累计赡养老人": "30000.00",
        "累计3岁以下婴幼儿照护": "2000.00",
        "累计个人养老金": "12000.00",
        "企业(职业)年金": "480.00",
        "商业健康保险": "200.00",
        "税延养老保险": "",
    }
    assert {column: wages[column] for column in expected} == expected
    assert "99.00" not in wages.values()  # serious illness is for the yearly return alone


def test_whoever_is_no_tax_resident_is_not_declared_as_one() -> None:
    report = render_exports(
        [paid(is_resident=False, taxable=Decimal("18000.00"))], company="demo", month=OCTOBER, pay_date=None
    ).report
    [held] = report.withheld
    assert (held.file, held.reason.code, held.amount) == ("tax_wages.csv", "not_resident", Decimal("18000.00"))


def test_a_bonus_of_somebody_without_an_identity_number_waits_too() -> None:
    report = render_exports([paid(id_no="")], company="demo", month=OCTOBER, pay_date=None).report
    assert [(held.file, held.reason.code, str(held.amount)) for held in report.withheld] == [
        ("tax_wages.csv", "id_missing", "12300.00"),
        ("tax_bonus.csv", "id_missing", "6000.00"),
    ]


def test_income_that_gets_lost_stops_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_bonus(people: Sequence[ExportPerson], options: ExportOptions) -> TaxSheets:
        found = tax_sheets(people, options)
        return replace(found, bonus=Sheet(options.bonus))

    monkeypatch.setattr("payroll.exports.files.tax_sheets", without_bonus)
    with pytest.raises(ExportDoesNotAddUp):
        lines(paid())


# --- Templates of the user's own --------------------------------------------------------------------------------------


def test_a_template_is_filled_in_its_own_order() -> None:
    text = "证件号码,＊姓名, * 证件类型,工号,本期收入,企业（职业）年金,新的栏目,累计住房租金\n"
    template = read_template("模板.csv", text.encode())
    assert template.unknown == ("新的栏目",)
    person = paid(taxable=Decimal("12000.00"), declared={"rent": Decimal(15000), "enterprise_annuity": Decimal(480)})
    exports = render_exports(
        [person], company="demo", month=OCTOBER, pay_date=None, options=template.put_into(ExportOptions())
    )
    assert exports.files["tax_wages.csv"].decode("utf-8-sig").split("\r\n") == [
        "证件号码,＊姓名,* 证件类型,工号,本期收入,企业（职业）年金,新的栏目,累计住房租金",
        f"{ID},王小明,居民身份证,A1,12000.00,480.00,,15000.00",
        "",
    ]
    assert unfilled([template], "utf-8").decode() == "file,heading\r\ntax_wages.csv,新的栏目\r\n"


def test_headings_may_stand_under_lines_of_instructions() -> None:
    text = f"填表说明：带*为必填,,,,,,,,,,\n,,,,,,,,,,\n{BONUS}\n"
    template = read_template("奖金.csv", text.encode("gb18030"))
    assert (template.layout.file, template.layout.headers) == ("tax_bonus.csv", tuple(BONUS.split(",")))
    assert template.put_into(ExportOptions()).bonus is template.layout


def test_a_labour_template_is_known_by_its_item() -> None:
    text = "工号,*姓名,*证件类型,*证件号码,*所得项目,*收入\n"
    template = read_template("劳务.csv", text.encode())
    assert template.layout.file == "tax_labour.csv"
    found = lines(paid(employment=Employment.TEMP), template.put_into(ExportOptions()))
    assert found["tax_labour.csv"][0]["*收入"] == "18300.00"


def workbook(*rows: list[str]) -> bytes:
    """A minimal XLSX with these rows as inline strings."""
    cells = "".join(
        f"<row r='{number}'>"
        + "".join(
            f"<c r='{chr(64 + at)}{number}' t='inlineStr'><is><t>{text}</t></is></c>"
            for at, text in enumerate(row, start=1)
        )
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>"
            "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
            "<Default Extension='xml' ContentType='application/xml'/></Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f"<Relationships xmlns='{relations}'><Relationship Id='r1' Type='{office}/officeDocument' "
            "Target='xl/workbook.xml'/></Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f"<workbook xmlns='{main}' xmlns:r='{office}'><sheets><sheet name='a' sheetId='1' r:id='r1'/></sheets>"
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f"<Relationships xmlns='{relations}'><Relationship Id='r1' Type='{office}/worksheet' "
            "Target='worksheets/sheet1.xml'/></Relationships>",
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet xmlns='{main}'><sheetData>{cells}</sheetData></worksheet>"
        )
    return packed.getvalue()


def test_a_template_may_be_a_workbook() -> None:
    data = workbook(["工号", "*姓名", "*证件类型", "*证件号码", "本期收入"])
    template = read_template("模板.xlsx", data)
    assert template.layout.headers == ("工号", "*姓名", "*证件类型", "*证件号码", "本期收入")
    [wages] = lines(paid(), template.put_into(ExportOptions()))["tax_wages.csv"]
    assert wages["本期收入"] == "12300.00"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("工号,姓名\n".encode(), "no row has the headings"),
        ("证件号码,本期收入\n".encode(), "*姓名 is missing"),
        ("*姓名,*证件类型,*证件号码,本期收入,姓名\n".encode(), "twice"),
        ("*姓名,*证件类型,*证件号码,本期收入,=1+1\n".encode(), "would compute"),
        (b"PK\x03\x04 no workbook", "cannot be filled|can be filled"),
        (b"\xff\xfe\x00", "can be filled"),
        (b"a," * 1_000_001, "more than 2000000 bytes"),
        (b"", "can be filled"),
    ],
)
def test_what_is_no_template_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(TemplateUnknown, match=why if "|" in why else re.escape(why)):
        read_template("x.csv", data)


def test_money_of_everybody_is_declared_or_waits(simple: Callable[..., ExportPerson]) -> None:
    people = [paid(), simple("A2", id_no=""), simple("A3", employment=Employment.TEMP)]
    report = render_exports(people, company="demo", month=OCTOBER, pay_date=None).report
    tax = [total for total in report.files if total.file.startswith("tax_")]
    assert sum(total.amount + total.withheld_amount for total in tax) == report.gross == Decimal("18500.00")
