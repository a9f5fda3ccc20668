"""Every kind of bad cell in every file: one line ``file:row:column: …`` each, all at once, and nothing else changes."""

from __future__ import annotations

import copy
import importlib.util
import io
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.apps import apps
from django.contrib.auth.models import User

from grading.imports.folder import CompanyFolder
from payroll.services.loading import company_load

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
BAD_NUMBERS = ("", "abc", "90%", "１", "1e3", "NaN", "1,000")
BAD_MONEY = ("", "1.234", "¥5", "1,000.00", "１２", "0x10", "1e5", "--5")
CELLS = {
    "agents": {
        "name": ("", "x" * 51),
        "role": ("", "boss"),
        "team": ("", "nowhere"),
        "hire_date": ("", "2026-02-30", "2026/01/01", "01-02-2026", "２０２６-０１-０１"),
        "leave_date": ("2026-13-01", "1999-01-01"),
        "tier": ("ghost",),
        "tier_from": ("x",),
        "plan": ("", "noplan"),
        "manager_no": ("a b",),
        "id_no": ("!!",),
        "bank_account": ("12 3",),
        "phone": ("abc",),
        "email": ("nope",),
        "employment": ("slave",),
    },
    "agent_changes": {
        "agent_no": ("", "NOBODY"),
        "kind": ("", "mood"),
        "value": ("", "noplan"),
        "effective_from": ("", "2026-02-30"),
    },
    "2026-09/kpi": {"agent_no": ("", "NOBODY"), "metric": ("", "no_such_metric"), "value": (*BAD_NUMBERS, "-0.5")},
    "2026-09/team_metrics": {"team": ("", "nowhere"), "metric": ("", "bogus"), "value": (*BAD_NUMBERS, "Infinity")},
    "2026-09/attendance": {
        "agent_no": ("", "NOBODY"),
        "due_days": ("", "x", "-1", "32"),
        "present_days": ("", "40"),
        "paid_leave_days": ("a",),
        "unpaid_leave_days": ("-1",),
        "sick_days": ("32",),
        "absent_days": ("x",),
        "late_count": ("1.5", "-1"),
        "early_leave_count": ("x",),
        "overtime_workday_hours": ("x",),
        "overtime_restday_hours": ("x",),
        "overtime_holiday_hours": ("-1",),
    },
    "2026-09/attendance_daily": {
        "agent_no": ("", "NOBODY"),
        "date": ("", "2026-10-01", "x"),
        "status": ("", "asleep"),
        "hours": ("25", "x"),
    },
    "2026-09/sales": {"agent_no": ("", "NOBODY"), "basis": ("", "nobasis"), "amount": BAD_MONEY},
    "2026-09/units": {"agent_no": ("", "NOBODY"), "unit": ("",), "quantity": ("", "-1", "x", "1e3")},
    "2026-09/adjustments": {
        "agent_no": ("", "NOBODY"),
        "code": ("", "salary", "adjustment.", "base_pay"),
        "amount": ("", "1.234", "x"),
        "reason": ("",),
    },
    "2026-09/qa_findings": {
        "agent_no": ("", "NOBODY"),
        "checked_on": ("", "2026-10-01", "x"),
        "code": ("", "F9"),
        "source": ("gossip",),
    },
    "opening_balances": {
        "agent_no": ("", "NOBODY"),
        "tax_year": ("", "abcd"),
        "months_employed": ("", "13"),
        "cumulative_income": ("", "x"),
        "cumulative_contributions": ("x",),
        "cumulative_additional_deductions": ("-1",),
        "tax_withheld": ("1.999",),
    },
    "tax_deductions": {
        "agent_no": ("", "NOBODY"),
        "kind": ("", "pets"),
        "amount": ("", "x"),
        "from": ("", "x"),
        "to": ("x", "1999-01-01"),
    },
}
CASES = [
    (table, column, value) for table, columns in CELLS.items() for column, values in columns.items() for value in values
]


def beside(name):
    known = f"scenarios_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


companies = beside("companies")
FILES = {
    "teams": [{"team": "t", "name": "t", "department": "d"}],
    "agents": [
        {
            "agent_no": "A",
            "name": "甲",
            "role": "after_sales",
            "team": "t",
            "hire_date": "2024-01-01",
            "tier": "junior",
            "plan": "p",
        }
    ],
    "agent_changes": [{"agent_no": "A", "kind": "plan", "value": "p", "effective_from": "2026-09-01"}],
    "2026-09/kpi": [{"agent_no": "A", "metric": "deal_rate", "value": "0.2"}],
    "2026-09/team_metrics": [{"team": "t", "metric": "refund_rate", "value": "0.05"}],
    "2026-09/attendance": [dict.fromkeys(companies.ATTENDANCE_COLUMNS, "0") | {"agent_no": "A"}],
    "2026-09/attendance_daily": [{"agent_no": "A", "date": "2026-09-03", "status": "present", "hours": "8"}],
    "2026-09/sales": [{"agent_no": "A", "basis": "sales_amount", "amount": "8.00"}],
    "2026-09/units": [{"agent_no": "A", "unit": "calls", "quantity": "8"}],
    "2026-09/adjustments": [
        {"agent_no": "A", "code": "penalty", "amount": "8.00", "reason": "因", "requested_by": "乙"}
    ],
    "2026-09/qa_findings": [
        {
            "agent_no": "A",
            "checked_on": "2026-09-03",
            "session": "s",
            "code": "N1",
            "source": "random",
            "reviewer": "乙",
        }
    ],
    "opening_balances": [
        {
            "agent_no": "A",
            "tax_year": "2026",
            "months_employed": "8",
            "cumulative_income": "1",
            "cumulative_contributions": "1",
            "cumulative_additional_deductions": "1",
            "tax_withheld": "1",
        }
    ],
    "tax_deductions": [{"agent_no": "A", "kind": "rent", "amount": "1500", "from": "2026-01-01", "to": ""}],
}


def company(*, without=()):
    made = companies.Company()
    made.documents["company.yaml"] = {"code": "broken", "name_zh": "坏", "statutory": "none"}
    made.documents["plans/p.yaml"] = {
        "plan": "p",
        "name_zh": "p",
        "effective_from": "2020-01-01",
        "commission": [{"code": "commission", "basis": "sales_amount", "rate": "0.01"}],
        "piece": [{"code": "piece_pay", "unit": "calls", "mode": "marginal", "bands": [{"from": "0", "price": "1"}]}],
    }
    for path, rows in FILES.items():
        if path not in without:
            columns = companies.AGENT_COLUMNS if path == "agents" else tuple(rows[0])
            made.add(path, columns, copy.deepcopy(rows))
    return made


def loaded(made, folder):
    made.write_plain(folder)
    report = company_load(CompanyFolder.from_directory(folder), loaded_by=User.objects.get(username="jixin-preparer"))
    return [str(problem) for problem in report.problems]


def other_of(table):
    """The one of the two attendance files that must not stand beside the table."""
    return "2026-09/attendance" if table.endswith("daily") else "2026-09/attendance_daily"


def counts():
    return {
        model._meta.label: model.objects.count() for model in apps.get_models() if "audit" not in model._meta.db_table
    }


def test_the_unbroken_folder_loads(tmp_path):
    assert loaded(company(without=["2026-09/attendance_daily"]), tmp_path) == []


@pytest.mark.parametrize(("table", "column", "value"), CASES)
def test_a_bad_cell_is_one_line_and_changes_nothing(tmp_path, table, column, value):
    made, before = company(without=[other_of(table)]), counts()
    made.rows(table)[0][column] = value

    problems = loaded(made, tmp_path)

    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{table}.csv:2:{column}: ")
    assert counts() == before


def test_all_bad_cells_are_reported_at_once(tmp_path):
    made = company(without=["2026-09/attendance_daily"])
    broken = {
        "agents": ("role", "boss"),
        "2026-09/kpi": ("value", "x"),
        "2026-09/sales": ("amount", "1.234"),
        "2026-09/attendance": ("due_days", "-1"),
        "tax_deductions": ("kind", "pets"),
    }
    for table, (column, value) in broken.items():
        made.rows(table)[0][column] = value

    problems = loaded(made, tmp_path)

    assert sorted(problem.split(": ")[0] for problem in problems) == sorted(
        f"{table}.csv:2:{column}" for table, (column, _value) in broken.items()
    )


@pytest.mark.parametrize("table", [table for table in FILES if table not in ("teams", "agents")])
def test_a_missing_required_column_is_a_problem_and_not_a_crash(tmp_path, table):
    for column in FILES[table][0]:
        made, before = company(without=[other_of(table)]), counts()
        columns, rows = made.tables[table]
        made.tables[table] = (tuple(each for each in columns if each != column), rows)
        problems = loaded(made, tmp_path / column)

        assert all(problem.startswith((f"{table}.csv:1:{column}: ", f"{table}.csv:1:-: ")) for problem in problems), (
            problems
        )
        if problems:
            assert counts() == before


def test_the_value_of_a_change_may_be_headed_in_chinese_like_every_value(tmp_path):
    made = company(without=["2026-09/attendance_daily"])
    made.write_plain(tmp_path)
    text = (tmp_path / "agent_changes.csv").read_text().replace("agent_no,kind,value", "工号,kind,数值")
    made.tables.pop("agent_changes")
    (tmp_path / "agent_changes.csv").write_text(text)

    assert loaded(made, tmp_path) == []


# ── the same cells in a workbook, and what only workbooks have ───────────────────────────────────────────────────────


def as_workbook(folder, table, put=None):
    """The table as XLSX instead of CSV; ``put``: a column and what to put into its first cell as it is."""
    made = company(without=[other_of(table)])
    columns, rows = made.tables.pop(table)
    book = openpyxl.load_workbook(io.BytesIO(companies.workbook(columns, rows, chinese=False)))
    if put is not None:
        column, value = put
        book.active.cell(row=2, column=columns.index(column) + 1).value = value
    target = folder / f"{table}.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return made


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in CELLS.items() for column in columns]
)
def test_a_bad_cell_of_a_workbook_is_one_line_too(tmp_path, table, column):
    value, before = CELLS[table][column][-1], counts()

    problems = loaded(as_workbook(tmp_path, table, (column, value or None)), tmp_path)

    assert len(problems) == 1, problems
    assert problems[0].startswith(f"{table}.xlsx:2:{column}: ")
    assert counts() == before


NATIVE = {
    "a number of three decimals": ("2026-09/sales", "amount", 1.234),
    "a day as money": ("2026-09/sales", "amount", date(2026, 9, 1)),
    "a formula": ("2026-09/sales", "amount", "=1+1"),
    "an error": ("2026-09/kpi", "value", "#DIV/0!"),
    "a truth value as a measure": ("2026-09/kpi", "value", True),
    "a bank account as a number": ("agents", "bank_account", 6222021234567890),
    "a number as a day": ("agents", "hire_date", 45292.5),
    "half a count": ("2026-09/attendance", "late_count", 1.5),
    "too many days": ("2026-09/attendance", "due_days", 32),
}


@pytest.mark.parametrize("case", NATIVE)
def test_a_bad_native_cell_of_a_workbook(tmp_path, case):
    table, column, value = NATIVE[case]

    problems = loaded(as_workbook(tmp_path, table, (column, value)), tmp_path)

    assert [problem.split(": ")[0] for problem in problems] == [f"{table}.xlsx:2:{column}"], problems


GOOD_NATIVE = {
    "a day as a day": ("agents", "hire_date", date(2024, 1, 1)),
    "money as a number": ("2026-09/sales", "amount", 8.1),
    "a whole number": ("2026-09/attendance", "due_days", 22),
    "a rate as a number": ("2026-09/kpi", "value", 0.1),
}


@pytest.mark.parametrize("case", GOOD_NATIVE)
def test_native_cells_of_a_workbook_are_values(tmp_path, case):
    table, column, value = GOOD_NATIVE[case]

    assert loaded(as_workbook(tmp_path, table, (column, value)), tmp_path) == []


# ── the wide form ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("value", ["abc", "90%", "NaN", "1,000", "-0.5"])
@pytest.mark.parametrize(
    ("table", "subject", "metric"), [("kpi", "agent_no", "deal_rate"), ("team_metrics", "team", "refund_rate")]
)
def test_a_bad_cell_of_a_wide_table_is_named_by_its_metric(tmp_path, form, value, table, subject, metric):
    made, before = company(without=["2026-09/attendance_daily"]), counts()
    path = f"2026-09/{table}"
    (row,) = made.rows(path)
    wide = {subject: row[subject], metric: value, "attendance_rate" if table == "kpi" else "dsr_score": "1"}
    made.tables.pop(path)
    columns = tuple(wide)
    if form == "xlsx":
        companies.write_bytes(tmp_path / f"{path}.xlsx", companies.workbook(columns, [wide], chinese=True))
    else:
        companies.write_bytes(tmp_path / f"{path}.csv", companies.csv_text(columns, [wide], chinese=True).encode())

    problems = loaded(made, tmp_path)

    assert [problem.split(": ")[0] for problem in problems] == [f"{path}.{form}:2:{metric}"], problems
    assert counts() == before


def test_an_empty_cell_of_a_wide_table_is_unknown_and_an_unknown_column_is_said(tmp_path):
    made = company(without=["2026-09/attendance_daily"])
    made.tables.pop("2026-09/kpi")
    text = "工号,deal_rate,mood,response_speed\nA,,happy,30\n"
    companies.write_bytes(tmp_path / "2026-09/kpi.csv", text.encode())
    made.write_plain(tmp_path)

    report = company_load(CompanyFolder.from_directory(tmp_path), loaded_by=User.objects.get(username="jixin-preparer"))

    said = [str(each) for each in (*report.problems, *report.notices)]
    assert [each for each in said if "2026-09/kpi.csv:1:mood: " in each], said
    if not report.is_refused:
        results = apps.get_model("grading", "KpiResult").objects.values_list("metric", flat=True)
        assert list(results) == ["response_speed"]


# ── documents: file:line:key.path ────────────────────────────────────────────────────────────────────────────────────

PLAN = """\
plan: p
name_zh: 方案
effective_from: 2020-01-01
probation: {months: 1, pay: "1600.00", commission: false, month_end: clamp}
base_pay: {by: tier, amounts: {junior: "1800.00"}}
guarantee:
  by: service_year
  amounts: ["2000.00", "2200.00"]
  counts: [base_pay, commission]
  anniversary: split_by_day
commission:
  - {code: commission, basis: sales_amount, rate: "0.01"}
  - code: sales_commission
    basis: sales_amount
    mode: whole
    bands: [{from: "0", rate: "0.01"}, {from: "50", rate: "0.02"}]
piece:
  - {code: piece_pay, unit: calls, mode: marginal, bands: [{from: "0", price: "1"}]}
bonuses:
  - {code: metric_bonus, amount: "500.00", gate: five}
  - {code: team_bonus, pool: "3000.00", share_by: score}
gates:
  five:
    scope: team
    metrics:
      refund_rate: {op: "<=", value: "0.05"}
    missing: block
proration: {method: calendar_days, absence_divisor: "21.75"}
penalties: {order: after_floor}
"""
CARD = """\
scorecard: s
effective_from: 2020-01-01
roles: [after_sales]
missing: reweight
kpis:
  - {metric: deal_rate, weight: "0.4", direction: higher, threshold: "0.15", target: "0.30", scoring: linear}
  - {metric: response_speed, weight: "0.6", direction: lower, threshold: "60", target: "20"}
grades: [{grade: A, from: "60", coefficient: "1.2"}, {grade: D, from: "0", coefficient: "0"}]
"""
LADDER = """\
ladder: l
tiers:
  - {tier: junior, name_zh: 初级}
  - {tier: senior, name_zh: 高级, tenure_months: 12, tenure: total, previous: junior}
month_end: clamp
pay_effective: first_of_month
"""
COMPANY = """\
code: broken
name_zh: 坏
statutory: none
pay_day: 10
timezone: Asia/Shanghai
languages: [zh, en]
"""
TEXTS = {"plans/p.yaml": PLAN, "scorecards/s.yaml": CARD, "ladders/l.yaml": LADDER, "company.yaml": COMPANY}
DOCUMENTS = [
    # file, what stands there, what is put there, line, key
    ("plans/p.yaml", "plan: p", "plan: ''", 1, "plan"),
    ("plans/p.yaml", "2020-01-01", "2020-02-30", 3, "effective_from"),
    ("plans/p.yaml", "months: 1", "months: one", 4, "probation.months"),
    ("plans/p.yaml", '"1600.00"', '"1600.001"', 4, "probation.pay"),
    ("plans/p.yaml", "commission: false", "commission: maybe", 4, "probation.commission"),
    ("plans/p.yaml", "month_end: clamp}", "month_end: never}", 4, "probation.month_end"),
    ("plans/p.yaml", '"1800.00"', '"¥1800"', 5, "base_pay.amounts.junior"),
    ("plans/p.yaml", "by: tier", "by: mood", 5, "base_pay.by"),
    ("plans/p.yaml", "by: service_year", "by: age", 7, "guarantee.by"),
    ("plans/p.yaml", '"2200.00"', '"1e3"', 8, "guarantee.amounts.1"),
    ("plans/p.yaml", "[base_pay, commission]", "[base_pay, comission]", 9, "guarantee.counts.1"),
    ("plans/p.yaml", "split_by_day", "by_halves", 10, "guarantee.anniversary"),
    ("plans/p.yaml", 'sales_amount, rate: "0.01"', 'sales_amount, rate: "1%"', 12, "commission.0.rate"),
    ("plans/p.yaml", "mode: whole", "mode: all", 15, "commission.1.mode"),
    ("plans/p.yaml", '{from: "0", rate', '{from: "10", rate', 16, "commission.1.bands.0.from"),
    ("plans/p.yaml", 'from: "50", rate: "0.02"', 'from: "x", rate: "0.02"', 16, "commission.1.bands.1.from"),
    ("plans/p.yaml", 'from: "50"', 'from: "0"', 16, "commission.1.bands.1.from"),
    ("plans/p.yaml", 'price: "1"', 'price: "-1"', 18, "piece.0.bands.0.price"),
    ("plans/p.yaml", "code: metric_bonus", "code: income_tax", 20, "bonuses.0.code"),
    ("plans/p.yaml", "code: metric_bonus", "code: team_bonus", 21, "bonuses.1.code"),
    ("plans/p.yaml", "gate: five", "gate: six", 20, "bonuses.0.gate"),
    ("plans/p.yaml", '"3000.00"', '"３０００"', 21, "bonuses.1.pool"),
    ("plans/p.yaml", "scope: team", "scope: company", 24, "gates.five.scope"),
    ("plans/p.yaml", '"<="', '"=<"', 26, "gates.five.metrics.refund_rate.op"),
    ("plans/p.yaml", '"0.05"', '"5%"', 26, "gates.five.metrics.refund_rate.value"),
    ("plans/p.yaml", "missing: block", "missing: ignore", 27, "gates.five.missing"),
    ("plans/p.yaml", "calendar_days", "moon_days", 28, "proration.method"),
    ("plans/p.yaml", '"21.75"', '"0"', 28, "proration.absence_divisor"),
    ("plans/p.yaml", "after_floor", "sometimes", 29, "penalties.order"),
    ("scorecards/s.yaml", "[after_sales]", "[after_sale]", 3, "roles.0"),
    ("scorecards/s.yaml", "reweight", "forget", 4, "missing"),
    ("scorecards/s.yaml", '"0.6"', '"0.5"', 5, "kpis"),
    ("scorecards/s.yaml", '"0.4"', '"40%"', 6, "kpis.0.weight"),
    ("scorecards/s.yaml", "direction: higher", "direction: up", 6, "kpis.0.direction"),
    ("scorecards/s.yaml", "scoring: linear", "scoring: curve", 6, "kpis.0.scoring"),
    ("scorecards/s.yaml", "metric: response_speed", "metric: deal_rate", 7, "kpis.1.metric"),
    ("scorecards/s.yaml", 'target: "20"', 'target: "fast"', 7, "kpis.1.target"),
    ("scorecards/s.yaml", '"1.2"', '"good"', 8, "grades.0.coefficient"),
    ("scorecards/s.yaml", 'D, from: "0"', 'D, from: "5"', 8, "grades.1.from"),
    ("ladders/l.yaml", "tenure_months: 12", "tenure_months: year", 4, "tiers.1.tenure_months"),
    ("ladders/l.yaml", "previous: junior", "previous: boss", 4, "tiers.1.previous"),
    ("ladders/l.yaml", "month_end: clamp", "month_end: days", 5, "month_end"),
    ("ladders/l.yaml", "first_of_month", "last_of_month", 6, "pay_effective"),
    ("company.yaml", "code: broken", "code: ''", 1, "code"),
    ("company.yaml", "statutory: none", "statutory: us", 3, "statutory"),
    ("company.yaml", "pay_day: 10", "pay_day: 32", 4, "pay_day"),
    ("company.yaml", "Asia/Shanghai", "Asia/Atlantis", 5, "timezone"),
    ("company.yaml", "[zh, en]", "[zh, xx]", 6, "languages.1"),
    # what YAML itself makes of it
    ("plans/p.yaml", "name_zh: 方案", "name_zh: 方案\nplan: q", 3, "plan"),
    ("plans/p.yaml", "gates:", "bonuses: []\ngates:", 22, "bonuses"),
    ("plans/p.yaml", "  five:", "  five: [", None, "-"),
    ("plans/p.yaml", "name_zh: 方案", "name_zh: !!python/object:os.system 方案", 2, "-"),
    ("plans/p.yaml", "name_zh: 方案", "name_zh: &a 方案\nname_en: *a", 2, "-"),
]


def documents(folder, **changed):
    made = company(without=["2026-09/attendance_daily"])
    made.documents.clear()
    for path, text in (TEXTS | changed).items():
        companies.write_bytes(folder / path, text.encode())
    return made


def test_the_unbroken_documents_load(tmp_path):
    assert loaded(documents(tmp_path), tmp_path) == []


@pytest.mark.parametrize(("path", "old", "new", "line", "key"), DOCUMENTS)
def test_a_bad_value_of_a_document_is_named_by_line_and_key(tmp_path, path, old, new, line, key):
    before = counts()
    assert TEXTS[path].count(old) >= 1

    problems = loaded(documents(tmp_path, **{path: TEXTS[path].replace(old, new, 1)}), tmp_path)

    own = [problem for problem in problems if problem.startswith(f"{path}:")]
    assert len(own) == 1, problems
    _file, row, place = own[0].split(": ")[0].split(":")
    assert place == key, own
    assert line is None or int(row) == line, own
    assert ", found " in own[0]
    assert ", expected " in own[0]
    assert counts() == before
