"""The demo company: the committed folder is what the generator writes, its stories are in the files, any size holds."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from payroll.management.demo_company import MONTH_FILES, bank_account, fixed, identity_number, write_demo_company
from payroll.management.demo_stories import (
    add_months,
    first_day,
    last_day,
    leap_day,
    month_name,
    month_number,
    natural_tiers,
    on_the_31st,
)

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "demo" / "company"
NEWEST = "2026-10"
Rows = list[dict[str, str]]


@cache
def rows(path: Path) -> Rows:
    """A CSV file as dictionaries; a row with too many or too few cells fails."""
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in found)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def documents(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (folder / kind).glob("*.yaml")}


def months_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if re.fullmatch(r"\d{4}-\d{2}", path.name))


def agents_of(folder: Path) -> dict[str, dict[str, str]]:
    return {row["agent_no"]: row for row in rows(folder / "agents.csv")}


def of_agent(name: str, agent_no: str, month: str = NEWEST) -> Rows:
    return [row for row in rows(COMMITTED / month / name) if row["agent_no"] == agent_no]


# --- The same bytes every time ----------------------------------------------------------------------------------------


def test_the_committed_folder_is_what_the_generator_writes(tmp_path: Path) -> None:
    write_demo_company(tmp_path / "company")
    assert contents(tmp_path / "company") == contents(COMMITTED)


def test_the_committed_folder_is_small() -> None:
    assert sum(map(len, contents(COMMITTED).values())) < 2_000_000


def test_locale_and_time_zone_change_nothing(tmp_path: Path) -> None:
    code = "import sys, pathlib; from payroll.management.demo_company import write_demo_company as w; "
    environment = {**os.environ, "LC_ALL": "C", "TZ": "America/St_Johns", "PYTHONUTF8": "0", "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-c", code + "w(pathlib.Path(sys.argv[1]))", str(tmp_path / "company")],
        check=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert contents(tmp_path / "company") == contents(COMMITTED)


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    write_demo_company(tmp_path / "one", agents=12, months=1, seed=1)
    write_demo_company(tmp_path / "two", agents=12, months=1, seed=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one.keys() == two.keys()
    assert one["agents.csv"] != two["agents.csv"]
    assert one["2026-10/kpi.csv"] != two["2026-10/kpi.csv"]


# --- Any size holds together ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[(1, 1), (60, 6), (500, 14)], ids=lambda size: f"{size[0]}x{size[1]}")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    agents, months = request.param
    folder = tmp_path_factory.mktemp("demo") / "company"
    write_demo_company(folder, agents, months)
    assert len(agents_of(folder)) == agents
    assert len(months_of(folder)) == months
    return folder


def test_every_reference_exists(company: Path) -> None:
    agents = agents_of(company)
    teams = {row["team"] for row in rows(company / "teams.csv")}
    plans = documents(company, "plans")
    roles = {role for card in documents(company, "scorecards").values() for role in card["roles"]}
    assert len(rows(company / "agents.csv")) == len(agents)
    assert all(document["plan"] == stem for stem, document in plans.items())
    for no, agent in agents.items():
        assert agent["team"] in teams
        assert agent["plan"] in plans
        assert agent["role"] in roles
        assert agent["manager_no"] == "" or (agent["manager_no"] in agents and agent["manager_no"] != no)
    known = {"team": teams, "plan": set(plans), "tier": {"junior", "intermediate", "senior", "expert"}}
    for change in rows(company / "agent_changes.csv"):
        assert change["agent_no"] in agents
        assert change["value"] in known.get(change["kind"], set(agents))


def test_people_have_valid_dates_and_numbers(company: Path) -> None:
    oldest = first_day(month_number(months_of(company)[0]))
    for agent in agents_of(company).values():
        hire = date.fromisoformat(agent["hire_date"])
        assert not agent["leave_date"] or date.fromisoformat(agent["leave_date"]) >= hire
        if agent["plan"] != "temp_daily":
            assert hire <= date.fromisoformat(agent["tier_from"]) <= max(hire, oldest)
        assert agent["bank_account"] == "" or luhn(agent["bank_account"])
        assert re.fullmatch(r"99\d{4}[12]\d{10}[\dX]", agent["id_no"])
        assert agent["phone"] == ""
        assert agent["email"].endswith("@example.com")
    agents = agents_of(company)
    for change in rows(company / "agent_changes.csv"):
        agent = agents[change["agent_no"]]
        assert date.fromisoformat(change["effective_from"]) > date.fromisoformat(agent["hire_date"])


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def test_months_hold_exactly_the_people_employed_in_them(company: Path) -> None:
    for month in months_of(company):
        start, end = first_day(month_number(month)), last_day(month_number(month))
        employed = {
            no: (
                max(start, date.fromisoformat(agent["hire_date"])),
                min(end, date.fromisoformat(agent["leave_date"] or "9999-12-31")),
            )
            for no, agent in agents_of(company).items()
        }
        employed = {no: stay for no, stay in employed.items() if stay[0] <= stay[1]}
        attendance = {row["agent_no"]: row for row in rows(company / month / "attendance.csv")}
        assert attendance.keys() == employed.keys()
        for name in MONTH_FILES:
            for row in rows(company / month / name):
                assert row.get("agent_no", next(iter(employed), "")) in employed or name == "team_metrics.csv"
        for no, row in attendance.items():
            first, last = employed[no]
            assert 1 <= int(row["due_days"]) <= (last - first).days + 1
            absences = sum(int(row[f"{kind}_days"]) for kind in ("paid_leave", "unpaid_leave", "sick", "absent"))
            assert int(row["present_days"]) == int(row["due_days"]) - absences >= 0
        for finding in rows(company / month / "qa_findings.csv"):
            first, last = employed[finding["agent_no"]]
            assert first <= date.fromisoformat(finding["checked_on"]) <= last


def test_files_of_a_month_name_only_what_the_rules_know(company: Path) -> None:
    agents = agents_of(company)
    plans = documents(company, "plans").values()
    bases = {line["basis"] for plan in plans for line in plan.get("commission", [])}
    units = {line["unit"] for plan in plans for line in plan.get("piece", [])} | {
        plan["base_pay"]["unit"] for plan in plans if "unit" in plan["base_pay"]
    }
    cards = {role: card for card in documents(company, "scorecards").values() for role in card["roles"]}
    metrics = {role: {kpi["metric"] for kpi in card["kpis"]} for role, card in cards.items()}
    gates = {metric for plan in plans for gate in plan.get("gates", {}).values() for metric in gate["metrics"]}
    teams = {row["team"] for row in rows(company / "teams.csv")}
    for month in months_of(company):
        folder = company / month
        assert {row["basis"] for row in rows(folder / "sales.csv")} <= bases
        assert {row["unit"] for row in rows(folder / "units.csv")} <= units
        assert all(row["metric"] in metrics[agents[row["agent_no"]]["role"]] for row in rows(folder / "kpi.csv"))
        for row in rows(folder / "team_metrics.csv"):
            assert row["team"] in teams
            assert row["metric"] in gates
        for row in rows(folder / "adjustments.csv"):
            assert re.fullmatch(r"adjustment\.[a-z_]+|penalty|loss_recovery", row["code"])
            assert row["requested_by"] in agents
        for row in rows(folder / "qa_findings.csv"):
            assert re.fullmatch(r"F[1-5]|N[1-6]", row["code"])
            assert row["reviewer"] in agents
            assert row["reviewer"] not in (row["agent_no"], agents[row["agent_no"]]["manager_no"])


def test_one_value_a_metric_and_money_has_two_decimals_at_most(company: Path) -> None:
    for month in months_of(company):
        for name, key in (("kpi.csv", "agent_no"), ("team_metrics.csv", "team")):
            found = rows(company / month / name)
            assert len({(row[key], row["metric"]) for row in found}) == len(found)
            assert all(re.fullmatch(r"\d+(\.\d{1,4})?", row["value"]) for row in found)
        for name in ("sales.csv", "adjustments.csv"):
            assert all(re.fullmatch(r"-?\d+\.\d{2}", row["amount"]) for row in rows(company / month / name))


def test_weights_add_up_to_exactly_one(company: Path) -> None:
    for card in documents(company, "scorecards").values():
        assert sum(Fraction(kpi["weight"]) for kpi in card["kpis"]) == 1
        assert min(Fraction(grade["from"]) for grade in card["grades"]) == 0


def test_rules_hold_from_the_first_month_on(company: Path) -> None:
    oldest = first_day(month_number(months_of(company)[0]))
    for kind in ("plans", "scorecards"):
        assert all(document["effective_from"] <= oldest for document in documents(company, kind).values())


def test_fatal_counts_agree_with_the_findings(company: Path) -> None:
    for month in months_of(company):
        codes: dict[str, list[str]] = {}
        for row in rows(company / month / "qa_findings.csv"):
            codes.setdefault(row["agent_no"], []).append(row["code"])
        for row in rows(company / month / "kpi.csv"):
            if row["metric"] == "qa_fatal_count":
                found = codes.get(row["agent_no"], [])
                fatal = sum(code[0] == "F" or found[:place].count(code) >= 2 for place, code in enumerate(found))
                assert int(row["value"]) == fatal


def test_any_month_can_be_the_newest(tmp_path: Path) -> None:
    for newest in ("2024-02", "2025-12", "2028-02"):
        folder = tmp_path / newest
        write_demo_company(folder, months=3, newest=newest)
        hired = {agent["hire_date"] for agent in agents_of(folder).values()}
        number = month_number(newest)
        assert {leap_day(number).isoformat(), on_the_31st(2)(number).isoformat()} <= hired
        assert months_of(folder) == [month_name(number - 2), month_name(number - 1), newest]


# --- The stories of the committed company -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agents() -> dict[str, dict[str, str]]:
    return agents_of(COMMITTED)


def test_the_company_is_plainly_made_up() -> None:
    company = yaml.safe_load((COMMITTED / "company.yaml").read_text(encoding="utf-8"))
    assert (company["code"], company["statutory"], company["pay_day"]) == ("demo", "none", 10)
    assert "演示" in company["name_zh"]
    assert {row["platform"] for row in rows(COMMITTED / "teams.csv")} == {"pdd", "taobao", "tmall", "call_centre"}


def test_joiners_and_leavers(agents: dict[str, dict[str, str]]) -> None:
    hired = {no: agent["hire_date"] for no, agent in agents.items()}
    assert (hired["CS0009"], hired["CS0010"], hired["CS0011"]) == ("2026-08-31", "2025-12-31", "2024-02-29")
    assert (hired["CS0012"], hired["CS0016"], hired["CS0017"]) == ("2026-10-31", "2026-10-01", "2026-09-16")
    left = {no: agents[no]["leave_date"] for no in ("CS0013", "CS0014", "CS0015")}
    assert left == {"CS0013": "2026-10-15", "CS0014": "2026-10-31", "CS0015": "2026-08-20"}
    assert of_agent("attendance.csv", "CS0015", "2026-08")
    assert not of_agent("attendance.csv", "CS0015", "2026-09")
    assert not of_agent("attendance.csv", "CS0009", "2026-07")
    assert of_agent("attendance.csv", "CS0009", "2026-08")
    assert agents["CS0018"]["employment"] == "probation_waived"
    assert agents["CS0018"]["hire_date"] == "2026-10-12"


def test_one_after_sales_team_fails_its_gate() -> None:
    gate = documents(COMMITTED, "plans")["after_sales"]["gates"]["after_sales_gate"]["metrics"]
    failed: dict[str, list[str]] = {"after-1": [], "after-2": []}
    for row in rows(COMMITTED / NEWEST / "team_metrics.csv"):
        if row["team"] in failed:
            limit, value = Decimal(gate[row["metric"]]["value"]), Decimal(row["value"])
            passed = value <= limit if gate[row["metric"]]["op"] == "<=" else value >= limit
            failed[row["team"]] += [] if passed else [row["metric"]]
    assert failed == {"after-1": [], "after-2": ["refund_duration_h"]}


@pytest.mark.parametrize(
    ("agent_no", "team", "tier", "hire", "total"),
    [
        ("CS0017", "after-1", "junior", "2026-09-16", "36000.00"),
        ("CS0019", "after-1", "intermediate", "2025-02-10", "168400.00"),
        ("CS0020", "after-2", "intermediate", "2025-02-10", "168400.00"),
        ("CS0021", "after-2", "junior", "2026-08-03", "40000.00"),
        ("CS0022", "after-2", "intermediate", "2025-10-16", "20000.00"),
        ("CS0023", "after-1", "intermediate", "2025-04-01", "-4000.00"),
        ("CS0024", "after-2", "intermediate", "2025-06-10", "30000.00"),
        ("CS0025", "after-2", "intermediate", "2025-05-20", "33333.33"),
    ],
)
def test_after_sales_stories_have_their_figures(
    agents: dict[str, dict[str, str]], agent_no: str, team: str, tier: str, hire: str, total: str
) -> None:
    agent = agents[agent_no]
    assert (agent["team"], agent["tier"], agent["hire_date"]) == (team, tier, hire)
    assert sum(Decimal(row["amount"]) for row in of_agent("sales.csv", agent_no)) == Decimal(total)
    assert not [row for row in rows(COMMITTED / "agent_changes.csv") if row["agent_no"] == agent_no]
    (attendance,) = of_agent("attendance.csv", agent_no)
    assert attendance["unpaid_leave_days"] == ("3" if agent_no == "CS0024" else "0")


def test_adjustments_of_the_stories() -> None:
    (penalty,) = of_agent("adjustments.csv", "CS0025")
    assert (penalty["code"], penalty["amount"]) == ("penalty", "150.00")
    (loss,) = of_agent("adjustments.csv", "CS0031")
    assert (loss["code"], loss["amount"]) == ("loss_recovery", "400.00")
    others = [row for row in rows(COMMITTED / NEWEST / "adjustments.csv") if row["code"].startswith("adjustment.")]
    assert others


def test_missing_figures_and_parked_people() -> None:
    cards = documents(COMMITTED, "scorecards")
    found = {no: {row["metric"] for row in of_agent("kpi.csv", no)} for no in ("CS0026", "CS0027", "CS0028")}
    whole = {role: {kpi["metric"] for kpi in cards[role]["kpis"]} for role in cards}
    assert (cards["pre_sales"]["missing"], cards["call_centre"]["missing"]) == ("reweight", "block")
    assert whole["pre_sales"] - found["CS0026"] == {"satisfaction_rate"}
    assert found["CS0027"] == set()
    assert whole["call_centre"] - found["CS0028"] == {"call_completion_rate", "attendance_rate"}
    assert of_agent("kpi.csv", "CS0027", "2026-09")


def test_nobody_else_misses_a_figure() -> None:
    cards = documents(COMMITTED, "scorecards")
    whole = {role: {kpi["metric"] for kpi in cards[role]["kpis"]} - {"attendance_rate"} for role in cards}
    agents = agents_of(COMMITTED)
    for month in months_of(COMMITTED):
        for row in rows(COMMITTED / month / "attendance.csv"):
            no = row["agent_no"]
            if month != NEWEST or no not in ("CS0026", "CS0027", "CS0028"):
                role = agents[no]["role"]
                assert {found["metric"] for found in of_agent("kpi.csv", no, month)} == whole[role]


def test_promotions_due_in_the_newest_month(agents: dict[str, dict[str, str]]) -> None:
    for no, months, tier in (("CS0029", 3, "junior"), ("CS0030", 24, "senior")):
        due = add_months(date.fromisoformat(agents[no]["hire_date"]), months)
        assert month_name(due.year * 12 + due.month - 1) == NEWEST
        assert agents[no]["tier"] == tier


def test_changes_over_the_months() -> None:
    changes = {tuple(row.values()) for row in rows(COMMITTED / "agent_changes.csv")}
    assert changes >= {
        ("CS0041", "tier", "intermediate", "2026-10-01"),
        ("CS0042", "tier", "intermediate", "2026-10-12"),
        ("CS0043", "team", "after-1", "2026-10-01"),
        ("CS0043", "manager", "CS0003", "2026-10-01"),
        ("CS0044", "plan", "pre_sales_pilot", "2026-08-01"),
    }


def test_names_and_accounts(agents: dict[str, dict[str, str]]) -> None:
    names = "".join(agents[no]["name"] for no in ("CS0032", "CS0033", "CS0034"))
    assert {"䶮", "𠮷", "㛃"} <= set(names)
    assert agents["CS0035"]["name"] == "阿卜杜拉·买买提"
    accounts = {no: (agent["bank_account"] != "", agent["alipay"] != "") for no, agent in agents.items()}
    assert accounts.pop("CS0036") == (False, False)
    assert accounts.pop("CS0037") == (False, True)
    assert set(accounts.values()) == {(True, False)}


def test_a_temp_returns(agents: dict[str, dict[str, str]]) -> None:
    first, second = agents["CS0038"], agents["CS0039"]
    assert (first["leave_date"], second["hire_date"]) == ("2026-07-31", "2026-10-09")
    assert all(first[column] == second[column] for column in ("name", "id_no", "bank_account", "plan"))
    assert second["plan"] == "temp_daily"
    assert [row["unit"] for row in of_agent("units.csv", "CS0039")] == ["days"]
    assert not of_agent("units.csv", "CS0038", "2026-08")


def test_quality_and_attendance_stories() -> None:
    assert [row["code"] for row in of_agent("qa_findings.csv", "CS0040")] == ["N4", "N4", "N4"]
    assert [row["late_count"] for row in of_agent("attendance.csv", "CS0045")] == ["1"]


def test_the_readme_tells_every_story(agents: dict[str, dict[str, str]]) -> None:
    told = set(re.findall(r"CS\d{4}", (ROOT / "demo" / "README.md").read_text(encoding="utf-8")))
    assert told <= set(agents)
    assert told >= {f"CS{number:04d}" for number in range(9, 46)}


# --- The parts --------------------------------------------------------------------------------------------------------


def test_tiers_follow_the_table_of_month_ends() -> None:
    assert [day.isoformat() for day, _ in natural_tiers(date(2024, 2, 29))] == [
        "2024-02-29", "2024-06-01", "2025-03-01", "2026-03-01",
    ]  # fmt: skip
    assert add_months(date(2024, 8, 31), 3) == date(2024, 11, 30)


def test_numbers() -> None:
    assert [fixed(5, 4), fixed(-1250, 2), fixed(-5, 2), fixed(7, 0)] == ["0.0005", "-12.50", "-0.05", "7"]
    assert luhn(bank_account(123456))
    assert identity_number(date(1990, 1, 1), 7)[:17] == "99000019900101007"
    assert identity_number(date(1990, 1, 1), 12_007)[:17] == "99001219900101007"
    assert last_day(month_number("2024-02")) - first_day(month_number("2024-02")) == timedelta(days=28)


@pytest.mark.parametrize("wrong", [{"agents": 0}, {"months": 0}, {"newest": "2026-13"}, {"newest": "October"}])
def test_senseless_sizes_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="month"):
        write_demo_company(tmp_path / "company", **wrong)
    assert not (tmp_path / "company").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("code: real\n", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_demo_company(tmp_path)
    assert contents(tmp_path) == {"company.yaml": b"code: real\n"}


def test_an_earlier_demo_company_is_replaced(tmp_path: Path) -> None:
    write_demo_company(tmp_path / "company", agents=30, months=4)
    write_demo_company(tmp_path / "company", agents=9, months=1)
    write_demo_company(tmp_path / "fresh", agents=9, months=1)
    assert contents(tmp_path / "company") == contents(tmp_path / "fresh")


def test_the_command_writes_and_says_what_to_type_next(tmp_path: Path) -> None:
    out = StringIO()
    call_command("seed_demo", str(tmp_path / "new"), agents=3, months=2, newest="2026-09", stdout=out)
    assert months_of(tmp_path / "new") == ["2026-08", "2026-09"]
    assert f"load_company {tmp_path / 'new'}" in out.getvalue()
    assert "close_month 2026-09" in out.getvalue()


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CommandError, match="not empty"):
        call_command("seed_demo", str(tmp_path), stdout=StringIO())
