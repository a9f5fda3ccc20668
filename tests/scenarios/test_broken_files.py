"""Every kind of bad cell in every file: one line ``file:row:column: …`` each, all at once, and nothing else changes."""

from __future__ import annotations

import copy
import importlib.util
import sys
from pathlib import Path

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
