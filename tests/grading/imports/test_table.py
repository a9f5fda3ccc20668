"""Tabular files: good cells, hostile cells (abuse cases D-01 to D-13, C-01, C-02, C-11), encodings and headings."""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import openpyxl
import pytest

from grading.imports import cells
from grading.imports.cells import BadCell, Choice, Form, Kind, Number, Text, Whole
from grading.imports.files import AGENT_CHANGES, AGENTS, ATTENDANCE, read_attendance_daily, read_kpi, read_qa_findings
from grading.imports.table import Column, Table, read_table
from grading.imports.wording import Lang
from grading.kernel.period import Month
from payroll.imports.files import ADJUSTMENTS, SALES, TAX_DEDUCTIONS

ROLE = Choice({"pre_sales": ("售前客服",), "after_sales": ("售后客服",)})


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (cells.money, "8000", Decimal("8000.00")),
        (cells.money, "-12.5", Decimal("-12.50")),
        (cells.money, "-0.00", Decimal("0.00")),
        (cells.money, "007.10", Decimal("7.10")),
        (cells.unsigned_money, "0", Decimal("0.00")),
        (cells.number, "0.8947368421052631578947368", Fraction(8947368421052631578947368, 10**25)),
        (cells.number, "-3", Fraction(-3)),
        (cells.rate, "0.05", Fraction(1, 20)),
        (cells.rate, "1", Fraction(1)),
        (cells.count, "12", 12),
        (cells.day, "2024-02-29", date(2024, 2, 29)),
        (cells.day, "1950-01-01", date(1950, 1, 1)),
        (cells.day, "2100-01-01", date(2100, 1, 1)),
        (cells.month, "2026-10", Month(2026, 10)),
        (cells.boolean, "是", True),
        (cells.boolean, "NO", False),
        (cells.boolean, "1", True),
        (cells.code, "00123", "00123"),
        (cells.code, "客服-01", "客服-01"),
        (cells.document_no, "11010519491231002X", "11010519491231002X"),
        (cells.bank_account, "6222021234567890123", "6222021234567890123"),
        (cells.email, "zhang.san@example.com.cn", "zhang.san@example.com.cn"),
        (ROLE, "售前客服", "pre_sales"),
        (ROLE, "After_Sales", "after_sales"),
        (Text(50), "阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        (Text(50), "𠮷田", "𠮷田"),
        (Text(50), '=HYPERLINK("http://x")', '=HYPERLINK("http://x")'),
        (Text(50), "{0.__class__} %s <b>", "{0.__class__} %s <b>"),
    ],
)
def test_a_good_cell_becomes_its_value(kind: Kind, text: str, value: object) -> None:
    found = kind(text, Form.TEXT)
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        *(
            pytest.param(kind, text, code, id=f"{code}: {text}")
            for kind, code in ((cells.money, "import.not_money"), (cells.number, "import.not_number"))
            for text in (
                "NaN",
                "Infinity",
                "-inf",
                "1e400",
                "1E3",
                "1_000",
                "１２",
                "١٢",
                "1,000.00",
                "¥8000",
                "8千",
                "95%",
                "+5",
                ".5",
                "5.",
                "- 5",
                "0x10",
                "--5",
                "N/A",
                "-",
                "null",
                "9" * 999,
                "1.2.3",
                "20/22",
            )
        ),
        (cells.money, "12.345", "import.not_money"),
        (cells.unsigned_money, "-0.01", "import.not_unsigned_money"),
        (cells.rate, "5", "import.not_rate"),
        (cells.rate, "95%", "import.not_rate"),
        (cells.rate, "-0.1", "import.not_rate"),
        (cells.count, "-1", "import.too_small"),
        (cells.count, "3.0", "import.not_whole"),
        (Whole(0, 12), "13", "import.too_great"),
        (Number(minimum=Fraction(0)), "-0.5", "import.too_small"),
        (cells.day, "2026-02-30", "import.not_date"),
        (cells.day, "0001-01-01", "import.date_out_of_range"),
        (cells.day, "9999-12-31", "import.date_out_of_range"),
        (cells.day, "1949-12-31", "import.date_out_of_range"),
        (cells.day, "2100-01-02", "import.date_out_of_range"),
        (cells.day, "45000", "import.not_date"),
        (cells.day, "20260228", "import.not_date"),
        (cells.day, "2026-2-8", "import.not_date"),
        (cells.day, "2026/02/28", "import.not_date"),
        (cells.day, "2026年2月28日", "import.not_date"),
        (cells.day, "3/4/26", "import.not_date"),
        (cells.day, "2026-02-28T00:00:00Z", "import.not_date"),
        (cells.day, "２０２６-02-28", "import.not_date"),
        (cells.month, "2026-13", "import.not_month"),
        (cells.boolean, "2", "import.not_boolean"),
        (cells.boolean, "对", "import.not_boolean"),
        (cells.code, "A 001", "import.not_code"),
        (cells.code, "../etc", "import.not_code"),
        (cells.code, "-A1", "import.not_code"),
        (cells.code, "Ａ001", "import.not_code"),
        (cells.code, "\u0410001", "import.not_code"),
        (cells.code, "A\u200b1", "import.invisible_character"),
        (cells.bank_account, "6222 0212 3456", "import.not_bank_account"),
        (cells.document_no, "证件1", "import.not_document_no"),
        (cells.email, "zhang", "import.not_email"),
        (cells.phone, "call me", "import.not_phone"),
        (ROLE, "janitor", "import.not_choice"),
        (Text(50), "张\u202e三", "import.invisible_character"),
        (Text(50), "张\x00三", "import.invisible_character"),
        (Text(50), "张\n三", "import.invisible_character"),
        (Text(50), "寮犱\ufffd", "import.invisible_character"),
        (Text(50), "王" * 51, "import.too_long"),
    ],
)
def test_a_hostile_cell_is_refused_with_a_stable_code(kind: Kind, text: str, code: str) -> None:
    with pytest.raises(BadCell) as refused:
        kind(text, Form.TEXT)
    assert refused.value.fault.code == code


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = (
    Column("agent_no", ("工号",), cells.code, required=True),
    Column("name", ("姓名",), Text(50), required=True),
    Column("amount", ("金额",), cells.money),
    Column("days", ("天数",), cells.quantity, default=Fraction(0)),
)


def read(text: str | bytes, name: str = "people.csv", **options: Any) -> Table:
    return read_table(name, text if isinstance(text, bytes) else text.encode(), COLUMNS, **options)


def lines(table: Table) -> list[str]:
    return [str(problem) for problem in table.problems]


def codes(table: Table) -> list[str]:
    return [problem.code for problem in table.problems]


def test_headings_in_either_language_any_order_spaces_and_full_width() -> None:
    table = read(" 金额 ,ＡＧＥＮＴ＿ＮＯ,\u3000姓名\u3000\n12.30,007,张三\n")
    assert table.problems == []
    assert table.rows[0].number == 2
    assert table.rows[0].values == {"agent_no": "007", "name": "张三", "amount": Decimal("12.30"), "days": Fraction(0)}


def test_an_empty_optional_cell_is_unknown_or_the_default_of_its_column() -> None:
    row = read("agent_no,name,amount,days\nA1,张三,,\n").rows[0]
    assert row["amount"] is None
    assert row["days"] == 0


def test_every_bad_cell_is_reported_at_once_in_order_as_one_line_each() -> None:
    table = read('agent_no,name,amount\nA1,张三,"1,000.00"\n,"王\n五",95%\nA3,李四,1.5\n')
    assert lines(table) == [
        (
            "people.csv:2:amount: not an amount of money, found '1,000.00', "
            "expected plain digits with at most two after the point, for example 1600.00"
        ),
        "people.csv:3:agent_no: a required cell is empty, found nothing, expected a value",
        (
            "people.csv:3:name: the text contains the invisible or unreadable character U+000A, found '王\\n五', "
            "expected visible characters only"
        ),
        (
            "people.csv:3:amount: not an amount of money, found '95%', "
            "expected plain digits with at most two after the point, for example 1600.00"
        ),
    ]
    assert [row["agent_no"] for row in table.rows] == ["A3"]
    assert table.every("agent_no") == {"A1", "A3"}


def test_a_problem_reads_in_chinese_too() -> None:
    problem = read("agent_no,name,amount\nA1,张三,¥8000\n").problems[0]
    assert problem.text(Lang.ZH) == (
        "people.csv:2:amount: 不是有效的金额，实际为“¥8000”，应为：纯数字，最多两位小数，例如 1600.00"
    )


def test_blank_lines_are_ignored_and_counted() -> None:
    table = read("agent_no,name\n\nA1,张三\n,\nA2,李四\n")
    assert [row.number for row in table.rows] == [3, 5]


def test_unknown_columns_are_reported_and_stop_nothing() -> None:
    table = read("agent_no,name,备注\nA1,张三,x\n")
    assert table.problems == []
    assert [str(notice) for notice in table.notices] == [
        (
            "people.csv:1:备注: the column is not known and was not read, found '备注', "
            "expected one of agent_no, name, amount, days"
        )
    ]


def test_a_column_without_a_heading_is_reported() -> None:
    table = read("agent_no,name,\nA1,张三,x\n")
    assert [(notice.code, notice.row, notice.found) for notice in table.notices] == [("import.unnamed_column", 2, "x")]


@pytest.mark.parametrize("heading", ["agent_no,name,工号", "agent_no,name, AGENT_NO "])
def test_the_same_column_twice_names_both_positions(heading: str) -> None:
    table = read(f"{heading}\nA1,张三,A2\n")
    assert codes(table) == ["import.repeated_column"]
    assert "columns 1 and 3" in lines(table)[0]


def test_a_missing_required_column_is_one_problem() -> None:
    table = read("agent_no,amount\nA1,1\nA2,x\n")
    assert [(problem.row, problem.column, problem.code) for problem in table.problems] == [
        (1, "name", "import.missing_column"),
        (3, "amount", "import.not_money"),
    ]


def test_a_repeated_key_names_both_rows() -> None:
    table = read("agent_no,name\nA1,张三\nA2,李四\nA1,王五\n", key=("agent_no",))
    assert lines(table) == [
        "people.csv:4:agent_no: the row repeats row 2, found 'A1', expected each agent_no once",
    ]


def test_a_number_that_was_cut_by_its_separator_has_too_many_cells() -> None:
    table = read("agent_no,name,amount\nA1,张三,1,000.00\n")
    assert codes(table) == ["import.too_many_cells"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.empty_file"),
        (b"  \r\n", "import.empty_file"),
        (b"\xef\xbb\xbf", "import.empty_file"),
        (b"\xef\xbb\xbfagent_no,name\n", "import.no_rows"),
        (b"\nagent_no,name\nA1,B\n", "import.no_heading"),
        (b"agent_no;name\nA1;B\n", "import.wrong_separator"),
        (b"agent_no\tname\nA1\tB\n", "import.wrong_separator"),
        ("agent_no,name\nA1,张三\n".encode("utf-16"), "import.utf_16"),
        ("agent_no,name\nA1,张三\n".encode("utf-16-le"), "import.utf_16"),
        (b"agent_no,name\nA1,\xff\xff\xff\n", "import.unreadable_text"),
        ("agent_no,name\nA1,张三\n".encode() + "A2,李四\n".encode("gb18030"), "import.mixed_encodings"),
        ("agent_no,name\nA1,张三\nA2,李四".encode()[:-1], "import.mixed_encodings"),
        (b'agent_no,name\nA1,"B\n', "import.broken_csv"),
        (b"agent_no,name\nA1," + b"x" * 140_000 + b"\n", "import.broken_csv"),
        (b"PK\x03\x04rest", "import.workbook_named_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "import.old_workbook"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_exact_reason(data: bytes, code: str) -> None:
    table = read(data)
    assert codes(table) == [code]
    assert table.rows == []
    assert str(table.problems[0]).startswith("people.csv:")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_utf_8_and_gb18030(encoding: str) -> None:
    table = read(
        "工号,姓名\r\nA1,联通\r\nA2,张䶮\r\n".replace("䶮", "三" if encoding == "gbk" else "䶮").encode(encoding)
    )
    assert table.problems == []
    assert table.rows[0]["name"] == "联通"


def test_another_ending_is_refused() -> None:
    assert codes(read("agent_no,name\n", name="people.txt")) == ["import.unknown_form"]
    assert codes(read("agent_no,name\n", name="people.xlsm")) == ["import.unknown_form"]


def test_a_file_name_cannot_break_a_report_into_two_lines() -> None:
    assert "\n" not in str(read("", name="a\nb.csv").problems[0])


def test_a_hundred_thousand_rows_are_read_in_seconds() -> None:
    data = "agent_no,metric,value\n" + "".join(f"A{number:06d},deal_rate,0.25\n" for number in range(100_000))
    started = time.perf_counter()
    table = read_kpi("kpi.csv", data.encode())
    assert len(table.rows) == 100_000
    assert time.perf_counter() - started < 15


# ── the wide form ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "agent_no,metric,value\nA1,deal_rate,0.3\nA1,response_speed,31.25\nA2,deal_rate,0\n",
        "工号,指标,数值\nA1,成交率,0.3\nA1,应答时速,31.25\nA2,deal_rate,0\n",
        "agent_no,deal_rate,response_speed\nA1,0.3,31.25\nA2,0,\n",
        "应答时速,工号,成交率\n31.25,A1,0.3\n,A2,0\n",
    ],
)
def test_long_and_wide_kpis_give_the_same_rows(text: str) -> None:
    table = read_kpi("kpi.csv", text.encode())
    assert table.problems == []
    assert sorted((row["agent_no"], row["metric"], row["value"]) for row in table.rows) == [
        ("A1", "deal_rate", Fraction(3, 10)),
        ("A1", "response_speed", Fraction(125, 4)),
        ("A2", "deal_rate", Fraction(0)),
    ]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("agent_no,metric,value\nA1,deal_rat,0.3\n", (2, "metric"), "import.unknown_metric"),
        ("agent_no,metric,value\nA1,deal_rate,\n", (2, "value"), "import.missing_cell"),
        ("agent_no,metric,value\nA1,deal_rate,N/A\n", (2, "value"), "import.not_number"),
        ("agent_no,metric,value\nA1,deal_rate,95\n", (2, "value"), "import.metric_out_of_range"),
        ("agent_no,metric,value\nA1,response_speed,-1\n", (2, "value"), "import.metric_out_of_range"),
        ("agent_no,deal_rate\nA1,1.01\n", (2, "deal_rate"), "import.metric_out_of_range"),
        ("agent_no,metric,value\nA1,成交率,0.3\nA1,deal_rate,0.3\n", (3, "agent_no"), "import.repeated_row"),
        ("agent_no,deal_rate\nA1,0.3\nA1,0.4\n", (3, "agent_no"), "import.repeated_row"),
        ("agent_no,成交率,deal_rate\nA1,0.3,0.3\n", (1, "deal_rate"), "import.repeated_column"),
        ("agent_no,note\nA1,x\n", (1, "-"), "import.no_metric_column"),
    ],
)
def test_a_bad_kpi_is_named(text: str, place: tuple[int, str], code: str) -> None:
    problem = read_kpi("kpi.csv", text.encode()).problems[0]
    assert (problem.row, problem.column) == place
    assert problem.code == code


def test_a_metric_of_the_companys_own_is_read_when_named() -> None:
    assert read_kpi("kpi.csv", b"agent_no,metric,value\nA1,smiles,7\n", also=["smiles"]).rows[0]["metric"] == "smiles"
    assert read_kpi("kpi.csv", b"agent_no,smiles\nA1,7\n", also=["smiles"]).rows[0]["value"] == 7


def test_a_traffic_index_may_pass_one() -> None:
    assert read_kpi("kpi.csv", b"agent_no,metric,value\nA1,call_traffic_index,1.1556\n").problems == []


# ── XLSX ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def workbook(*rows: list[Any], text_columns: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for column in text_columns:
        for cell in sheet[column]:
            cell.number_format = "@"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_typed_cells_of_a_workbook() -> None:
    data = workbook(
        ["工号", "岗位", "姓名", "部门", "入职日期", "薪酬方案", "社保缴费基数", "公积金缴存比例", "首次就业(当年)"],
        [1001, "售前客服", "张三", "一组", date(2024, 1, 31), "seed", 8000.1, 0.07, True],
        ["0012", "售后客服", "李四", "一组", "2024-02-29", "seed", 8000, "0.07", "否"],
    )
    table = AGENTS.read("agents.xlsx", data)
    assert table.problems == []
    first, second = table.rows
    assert (first["agent_no"], second["agent_no"]) == ("1001", "0012")
    assert (first["hire_date"], second["hire_date"]) == (date(2024, 1, 31), date(2024, 2, 29))
    assert (first["contribution_base"], second["contribution_base"]) == (Decimal("8000.10"), Decimal("8000.00"))
    assert first["housing_fund_rate"] == second["housing_fund_rate"] == Fraction(7, 100)
    assert (first["first_job_of_year"], second["first_job_of_year"]) == (True, False)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("id_no", 110105194912310021, "import.number_for_text"),
        ("bank_account", 6222021234567890123, "import.number_for_text"),
        ("bank_account", 62220212, "import.number_for_text"),
        ("agent_no", 12345678901234567, "import.number_for_text"),
        ("agent_no", 1.5, "import.number_for_text"),
        ("agent_no", datetime(2026, 3, 1), "import.not_text"),  # noqa: DTZ001
        ("hire_date", 45000, "import.not_date"),
        ("hire_date", datetime(2026, 3, 1, 8, 30), "import.not_date"),  # noqa: DTZ001
        ("hire_date", datetime(1900, 3, 5), "import.date_out_of_range"),  # noqa: DTZ001
        ("contribution_base", 1234.567, "import.not_unsigned_money"),
        ("contribution_base", True, "import.not_unsigned_money"),
        ("contribution_base", "8,000", "import.not_unsigned_money"),
        ("contribution_base", "=1+1", "import.formula_cell"),
        ("name", "=HYPERLINK(1)", "import.formula_cell"),
        ("name", "#N/A", "import.error_cell"),
        ("name", True, "import.not_text"),
    ],
)
def test_a_bad_cell_of_a_workbook(column: str, cell: object, code: str) -> None:
    good = {
        "agent_no": "A1",
        "name": "张三",
        "role": "pre_sales",
        "team": "一组",
        "hire_date": "2024-01-31",
        "plan": "seed",
        "id_no": "",
        "bank_account": "",
        "contribution_base": "",
    }
    table = AGENTS.read("agents.xlsx", workbook(list(good), list({**good, column: cell}.values())))
    assert [(problem.row, problem.column, problem.code) for problem in table.problems] == [(2, column, code)]


def test_a_formula_is_named_by_its_address() -> None:
    table = read(workbook(["agent_no", "name", "amount"], ["A1", "张三", "=1+1"]), name="people.xlsx")
    assert lines(table) == [
        (
            "people.xlsx:2:amount: cell C2 holds a formula, found '=1+1', "
            "expected a plain value: copy, then paste as values"
        )
    ]


def test_the_days_of_1904_workbooks_and_of_chinese_formats() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["agent_no", "date", "status", "hours"])
    sheet.append(["A1", date(2026, 3, 1), "present", 8])
    sheet.append(["A1", date(2026, 3, 2), "出勤", 7.5])
    sheet["B3"].number_format = 'yyyy"年"m"月"d"日";@'
    table = read_attendance_daily("attendance_daily.xlsx", saved(book), Month(2026, 3))
    assert table.problems == []
    assert [row["date"] for row in table.rows] == [date(2026, 3, 1), date(2026, 3, 2)]


# ── rows that contradict themselves ──────────────────────────────────────────────────────────────────────────────────

AGENT_HEADING = "agent_no,name,role,team,hire_date,leave_date,plan\n"


def test_nobody_leaves_before_the_hire_date() -> None:
    data = AGENT_HEADING + "A1,张三,pre_sales,一组,2026-03-02,2026-03-01,seed\n"
    assert lines(AGENTS.read("agents.csv", data.encode())) == [
        (
            "agents.csv:2:leave_date: the end lies before the start, 2026-03-02, found '2026-03-01', "
            "expected 2026-03-02 or later"
        )
    ]
    same_day = AGENT_HEADING + "A1,张三,pre_sales,一组,2026-03-02,2026-03-02,seed\n"
    assert AGENTS.read("agents.csv", same_day.encode()).problems == []


def test_a_department_stands_for_the_team_only_where_there_is_no_team() -> None:
    data = "工号,姓名,岗位,部门,入职日期,薪酬方案\nA1,张三,售前,一部,2026-03-02,seed\n"
    assert AGENTS.read("agents.csv", data.encode()).rows[0]["team"] == "一部"
    both = "工号,姓名,岗位,部门,班组,入职日期,薪酬方案\nA1,张三,售前,一部,一组,2026-03-02,seed\n"
    table = AGENTS.read("agents.csv", both.encode())
    assert (table.problems, table.rows[0]["team"]) == ([], "一组")
    assert [(notice.code, notice.found) for notice in table.notices] == [("import.unknown_column", "部门")]


def test_presence_beyond_the_due_days_is_refused_and_empty_attendance_is_zero() -> None:
    assert codes(ATTENDANCE.read("attendance.csv", b"agent_no,due_days,present_days\nA1,22,22.5\n")) == [
        "import.more_than_due"
    ]
    row = ATTENDANCE.read("attendance.csv", b"agent_no,due_days,present_days,late_count\nA1,22,21.5,\n").rows[0]
    assert (row["present_days"], row["late_count"], row["absent_days"]) == (Fraction(43, 2), 0, Fraction(0))


def test_a_day_outside_its_month_is_refused() -> None:
    data = b"agent_no,checked_on,session,code\nA1,2026-04-01,s1,f2\nA1,2026-03-31,s1,N1\n"
    table = read_qa_findings("qa_findings.csv", data, Month(2026, 3))
    assert [(problem.row, problem.code) for problem in table.problems] == [(2, "import.other_month")]
    assert table.rows[0]["code"] == "N1"


def test_a_change_has_a_value_of_its_kind() -> None:
    data = (
        "agent_no,kind,value,effective_from\nA1,tier,中级客服,2026-03-01\nA1,contribution_base,8000,2026-03-01\n"
        "A1,housing_fund_rate,7,2026-03-01\nA1,薪酬方案,seed,2026-03-01\n"
    )
    table = AGENT_CHANGES.read("agent_changes.csv", data.encode())
    assert [(problem.row, problem.column, problem.code) for problem in table.problems] == [
        (4, "value", "import.not_rate")
    ]
    assert [row["value"] for row in table.rows] == ["intermediate", Decimal("8000.00"), "seed"]


def test_refunds_are_negative_sales_rows_and_months_without_adjustments_are_fine() -> None:
    table = SALES.read("sales.csv", "agent_no,basis,amount\nA1,老客成交额,100\nA1,老客成交额,-20.5\n".encode())
    assert [(row["basis"], row["amount"]) for row in table.rows] == [
        ("returning_order_amount", Decimal("100.00")),
        ("returning_order_amount", Decimal("-20.50")),
    ]
    assert ADJUSTMENTS.read("adjustments.csv", b"agent_no,code,amount,reason,requested_by\n").problems == []


def test_a_declared_deduction_ends_after_it_starts() -> None:
    data = "agent_no,kind,amount,from,to\nA1,子女教育,2000,2026-01-01,\nA1,rent,1500,2026-03-01,2026-02-28\n"
    table = TAX_DEDUCTIONS.read("tax_deductions.csv", data.encode())
    assert [(problem.row, problem.column, problem.code) for problem in table.problems] == [
        (3, "to", "import.ends_before_start")
    ]
    assert table.rows[0]["kind"] == "child_education"
