"""The commands as HR's scripts call them: real processes, real settings, a database of their own; a company of ten."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.processes]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OURS = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "JIXIN_VAR", "BROKER_URL", "LANGUAGE_CODE", "DEBUG", "TZ")
SEPTEMBER, OCTOBER = "2026-09", "2026-10"
PARKED = "CS02"


def beside(name):
    known = f"scenarios_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


companies, harness, oracle = beside("companies"), beside("harness"), beside("oracle")

# ── the company ──────────────────────────────────────────────────────────────────────────────────────────────────────

GRADES = [dict(zip(("grade", "from", "coefficient"), grade, strict=True)) for grade in companies.GRADES]
PLANS = {
    "after": {
        "probation": {"months": 1, "pay": "1600.00", "commission": False, "bonus": False, "month_end": "clamp"},
        "base_pay": {"by": "tier", "amounts": {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00"}},
        "guarantee": {"by": "service_year", "amounts": ["2000.00", "2200.00", "2500.00"]},
        "commission": [{"code": "commission", "basis": "returning_order_amount", "rate": "0.003"}],
        "bonuses": [
            {"code": "metric_bonus", "amount": "500.00", "gate": "gate"},
            {"code": "performance_pay", "amount": "600.00", "by": "score"},
            {"code": "full_attendance_bonus", "amount": "100.00", "when": "full_attendance"},
        ],
        "gates": {"gate": {"scope": "team", "metrics": {"refund_rate": {"op": "<=", "value": "0.05"}}}},
    },
    "pre": {
        "base_pay": {"by": "fixed", "amount": "2600.00"},
        "bonuses": [{"code": "team_bonus", "pool": "1000.00", "share_by": "score"}],
    },
    "temp": {"base_pay": {"by": "daily", "amount": "188.88", "unit": "days"}},
}
PEOPLE = (
    ("CS01", "欧阳春晓", "after_sales", "甲组", "2024-03-01", "intermediate", "after", "regular"),
    (PARKED, "钱二", "after_sales", "甲组", "2023-01-31", "junior", "after", "regular"),
    ("CS03", "孙三", "after_sales", "乙组", "2026-08-16", "junior", "after", "regular"),
    ("CS04", "李四", "after_sales", "乙组", "2022-05-05", "senior", "after", "regular"),
    ("CS05", "周五", "pre_sales", "丙组", "2024-02-29", "junior", "pre", "regular"),
    ("CS06", "吴六", "pre_sales", "丙组", "2025-06-30", "junior", "pre", "probation_waived"),
    ("CS07", "郑七", "pre_sales", "丙组", "2025-09-16", "senior", "pre", "regular"),
    ("CS08", "Anna Wang", "pre_sales", "丙组", "2026-09-10", "junior", "pre", "regular"),
    ("CS09", "冯九", "comprehensive", "丙组", "2026-09-01", "", "temp", "temp"),
    ("CS10", "陈十", "after_sales", "甲组", "2023-09-16", "senior", "after", "regular"),
)
EMPLOYED = [person[0] for person in PEOPLE]


def kpi(metric, weight, threshold, target):
    low_is_good = float(target) < float(threshold)
    direction = "lower" if low_is_good else "higher"
    return {"metric": metric, "weight": weight, "direction": direction, "threshold": threshold, "target": target}


def company():
    """CS02 lacks a measure in September; CS04 owes more than September can bear."""
    made = companies.Company()
    made.documents["company.yaml"] = {"code": "ten", "name_zh": "十人公司", "statutory": "none", "pay_day": 10}
    for code, plan in PLANS.items():
        named = {"plan": code, "name_zh": code, "name_en": code, "effective_from": "2020-01-01"}
        made.documents[f"plans/{code}.yaml"] = named | deepcopy(plan)
    for role, missing, kpis in (
        ("after_sales", "block", [kpi("deal_rate", "0.4", "0.1", "0.3"), kpi("response_speed", "0.6", "60", "20")]),
        ("pre_sales", "reweight", [kpi("deal_rate", "0.35", "0.1", "0.3"), kpi("attendance_rate", "0.65", "0.8", "1")]),
    ):
        card = {"scorecard": role, "effective_from": "2020-01-01", "roles": [role], "missing": missing}
        made.documents[f"scorecards/{role}.yaml"] = card | {"kpis": kpis, "grades": GRADES}
    teams = [{"team": team, "name": team, "department": "客服部"} for team in ("甲组", "乙组", "丙组")]
    made.add("teams", ("team", "name", "department"), teams)
    columns = ("agent_no", "name", "role", "team", "hire_date", "tier", "plan", "employment")
    people = [dict(zip(columns, person, strict=True)) for person in PEOPLE]
    made.add("agents", companies.AGENT_COLUMNS, people)
    for month in (SEPTEMBER, OCTOBER):
        add_month(made, month)
    made.rows(f"{SEPTEMBER}/adjustments").append(
        {"agent_no": "CS04", "code": "loss_recovery", "amount": "5000.00", "reason": "赔付", "requested_by": "主管"}
    )
    kpis = made.rows(f"{SEPTEMBER}/kpi")
    kpis[:] = [row for row in kpis if (row["agent_no"], row["metric"]) != (PARKED, "response_speed")]
    return made


def add_month(made, month):
    measures, days = [], []
    for place, no in enumerate(EMPLOYED):
        measures.append({"agent_no": no, "metric": "deal_rate", "value": f"0.{17 + place}3"})
        measures.append({"agent_no": no, "metric": "response_speed", "value": str(25 + place)})
        lost = place % 3
        days.append(dict.fromkeys(companies.ATTENDANCE_COLUMNS, "0") | {"agent_no": no, "due_days": "22"})
        days[-1] |= {"present_days": str(22 - lost), "unpaid_leave_days": str(lost)}
    made.add(f"{month}/kpi", ("agent_no", "metric", "value"), measures)
    made.add(f"{month}/attendance", companies.ATTENDANCE_COLUMNS, days)
    rates = (("甲组", "0.04"), ("乙组", "0.0500001"), ("丙组", "0.01"))
    gate = [{"team": team, "metric": "refund_rate", "value": value} for team, value in rates]
    made.add(f"{month}/team_metrics", ("team", "metric", "value"), gate)
    sold = [{"agent_no": no, "basis": "returning_order_amount", "amount": "52135.00"} for no in ("CS01", "CS04")]
    made.add(f"{month}/sales", ("agent_no", "basis", "amount"), sold)
    made.add(
        f"{month}/units", ("agent_no", "unit", "quantity"), [{"agent_no": "CS09", "unit": "days", "quantity": "12.5"}]
    )
    made.add(f"{month}/adjustments", ("agent_no", "code", "amount", "reason", "requested_by"), [])


# ── an office: a database, a var directory, and the commands on them ────────────────────────────────────────────────


@dataclass
class Ran:
    status: int
    out: str
    err: str
    seconds: float


@dataclass
class Office:
    home: Path

    @property
    def database(self) -> Path:
        return self.home / "db.sqlite3"

    def environment(self, **extra):
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        mine = {"DATABASE_URL": f"sqlite:///{self.database}", "JIXIN_VAR": str(self.home / "var")}
        return kept | mine | extra

    def start(self, *arguments, **extra) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments, **extra) -> Ran:
        began = time.monotonic()
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=120)
        return Ran(process.returncode, out.decode(), err.decode(), time.monotonic() - began)

    def load(self, folder, *options) -> Ran:
        return self.run("load_company", folder, *options)

    def close(self, month, out, *options, **extra) -> Ran:
        return self.run("close_month", month, "--out", out, *options, **extra)

    def copy(self, home) -> Office:
        """Another office with the same database."""
        other = Office(home)
        home.mkdir(parents=True)
        with closing(sqlite3.connect(self.database)) as mine, closing(sqlite3.connect(other.database)) as theirs:
            mine.backup(theirs)
        return other

    def query(self, sql):
        with closing(sqlite3.connect(self.database, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def rows(self):
        """Every row of every table but those of the audit."""
        tables = [name for (name,) in self.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if "audit" not in name and not name.startswith("sqlite_")]
        return {name: sorted(map(repr, self.query(f'SELECT * FROM "{name}"'))) for name in kept}  # noqa: S608

    def processes(self):
        """The processes that run on this office's var directory: the command's workers."""
        mark, found = f"JIXIN_VAR={self.home / 'var'}".encode(), []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def read(out, name="payslips"):
    return json.loads((out / f"{name}.json").read_text(encoding="utf-8"))


def by_agent(rows):
    return {row["agent_no"]: row for row in rows}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return company().write_plain(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("empty"))
    assert office.run("migrate", "-v0").status == 0
    return office


@pytest.fixture(scope="module")
def loaded(empty, folder, tmp_path_factory):
    office = empty.copy(tmp_path_factory.mktemp("loaded") / "office")
    ran = office.load(folder)
    assert ran.status == 0, ran.err
    return office


@pytest.fixture(scope="module")
def closed(loaded, tmp_path_factory):
    """The office after September, the run that closed it, and its --out."""
    office = loaded.copy(tmp_path_factory.mktemp("closed") / "office")
    out = office.home / "out"
    return office, office.close(SEPTEMBER, out), out


# ── load_company ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_loading_prints_a_difference_and_a_second_time_none(empty, folder, tmp_path):
    office = empty.copy(tmp_path / "office")
    before = office.rows()

    dry = office.load(folder, "--dry-run")
    assert (dry.status, office.rows()) == (0, before), dry.err
    assert "agents.csv: 10 added" in dry.out

    one = office.load(folder, "--month", OCTOBER)
    assert one.status == 0, one.err
    assert "agents.csv: 10 added" in one.out
    assert f"{OCTOBER}/kpi.csv" in one.out
    assert SEPTEMBER not in one.out

    rest = office.load(folder)
    assert rest.status == 0, rest.err
    assert f"{SEPTEMBER}/kpi.csv: 19 added, 0 changed, 0 removed, 0 unchanged" in rest.out
    assert f"{OCTOBER}/kpi.csv" not in rest.out

    loaded, again = office.rows(), office.load(folder)
    assert again.status == 0
    assert "no difference" in again.out.lower()
    assert "added" not in again.out
    assert office.rows() == loaded


def test_a_broken_file_is_refused_line_by_line(loaded, tmp_path):
    office, made = loaded.copy(tmp_path / "office"), company()
    made.rows("agents")[3]["hire_date"] = "2026-02-30"
    made.rows(f"{SEPTEMBER}/kpi")[0]["value"] = "90%"
    made.rows(f"{OCTOBER}/sales")[1]["amount"] = "1.234"
    made.rows("agents")[0]["name"] = "改名"
    made.documents["plans/pre.yaml"]["base_pay"]["amount"] = "-5"
    before = office.rows()

    ran = office.load(made.write_plain(tmp_path / "broken"))

    assert ran.status == 1
    places = re.findall(r"^(\S+?:\d+:\S+?): .+, found .+, expected .+$", ran.err, re.MULTILINE)
    assert sorted(places) == [
        f"{SEPTEMBER}/kpi.csv:2:value",
        f"{OCTOBER}/sales.csv:3:amount",
        "agents.csv:5:hire_date",
        "plans/pre.yaml:7:base_pay.amount",
    ]
    assert office.rows() == before
    assert office.query("SELECT count(*) FROM jobs_auditentry WHERE action = 'company.refused'") == [(1,)]


# ── close_month ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_with_a_parked_person_pays_the_others(closed, folder):
    _office, ran, out = closed

    assert ran.status == 3, ran.err
    assert re.search(rf"parked: {PARKED} .*grading\.measure_missing.*应答时速", ran.out)
    said = read(out)
    assert (said["company"], said["period"]) == ("ten", SEPTEMBER)
    (parked,) = said["parked"]
    assert {"agent_no": PARKED, "code": "grading.measure_missing"}.items() <= parked.items()
    assert "应答时速" in parked["message"]
    assert list(by_agent(said["payslips"])) == [no for no in EMPLOYED if no != PARKED]
    expected = oracle.MonthBook(oracle.CompanyBook(folder), SEPTEMBER).close()
    assert harness.differences(said | {"appraisals": read(out, "appraisals")}, expected) == []
    steps = [step for slip in said["payslips"] for line in slip["lines"] for step in line["steps"]]
    assert steps
    assert all(step["code"] and step["text_zh"] and step["text_en"] for step in steps)


def test_documents_name_their_person(closed):
    _office, _ran, out = closed
    names = {no: name for no, name, *_rest in PEOPLE}

    assert sorted(path.stem for path in (out / "payslips").glob("*.pdf")) == [no for no in EMPLOYED if no != PARKED]
    judged = [row["agent_no"] for row in read(out, "appraisals")]
    assert sorted(path.stem for path in (out / "appraisals").glob("*.pdf")) == judged
    for path in out.rglob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF")
        text = "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
        assert names[path.stem].replace(" ", "") in re.sub(r"\s", "", text), path


def test_running_again_changes_nothing_and_a_mended_file_adds_one_payslip(closed, tmp_path):
    office, first = closed[0].copy(tmp_path / "office"), files(closed[2])
    out = tmp_path / "out"

    assert office.close(SEPTEMBER, out).status == 3
    again = files(out)
    assert {name: again[name] for name in again if name.endswith(".json")} == {
        name: first[name] for name in first if name.endswith(".json")
    }

    mended = company()
    mended.rows(f"{SEPTEMBER}/kpi").append({"agent_no": PARKED, "metric": "response_speed", "value": "30"})
    folder = mended.write_plain(tmp_path / "mended")
    assert f"{SEPTEMBER}/kpi.csv: 1 added, 0 changed, 0 removed" in office.load(folder).out
    ran = office.close(SEPTEMBER, out)
    assert ran.status == 0, ran.err
    before, after = by_agent(json.loads(first["payslips.json"])["payslips"]), by_agent(read(out)["payslips"])
    assert read(out)["parked"] == []
    assert list(after) == EMPLOYED
    assert {no: slip for no, slip in after.items() if no != PARKED} == before

    third = files(out)
    assert office.close(SEPTEMBER, out).status == 0
    assert files(out) == third

    # October takes back what September could not bear.
    assert carried(after["CS04"])[0] < 0
    assert after["CS04"]["net"] == "0.00"
    ran = office.close(OCTOBER, tmp_path / "october")
    assert ran.status == 0, ran.err
    assert carried(by_agent(read(tmp_path / "october")["payslips"])["CS04"])[0] > 0
    book, owed = oracle.CompanyBook(folder), {}
    for month, where in ((SEPTEMBER, out), (OCTOBER, tmp_path / "october")):
        expected = oracle.MonthBook(book, month, owed).close()
        assert harness.pay_differences(read(where), expected) == []
        owed = oracle.left_over(expected, owed)
    assert office.query("SELECT DISTINCT status FROM payroll_payrun") == [("paid",)]


def carried(slip):
    return [float(line["amount"]) for line in slip["lines"] if line["code"] == "carry_forward"]


def test_every_stage_stops_there_and_writes_what_there_is(loaded, closed, tmp_path):
    office = loaded.copy(tmp_path / "office")
    slips, said = read(closed[2])["payslips"], {}

    for stage in ("graded", "calculated", "approved", "paid"):
        out = tmp_path / stage
        ran = office.close(SEPTEMBER, out, "--until", stage)
        assert ran.status == 3, ran.err
        assert office.query("SELECT status FROM payroll_payrun WHERE sequence = 1") == [(stage,)]
        assert {each["agent_no"] for each in read(out)["parked"]} == {PARKED}
        assert {"payslips.json", "appraisals.json"} <= set(files(out))
        said[stage] = read(out)["payslips"]
        paid_files = [name for name, data in files(out / "exports").items() if b"CS01" in data]
        assert bool(paid_files) == (stage in ("approved", "paid")), (stage, paid_files)

    assert said == {"graded": [], "calculated": slips, "approved": slips, "paid": slips}
    for stage in ("graded", "calculated", "approved", "paid"):
        assert read(tmp_path / stage, "appraisals") == read(closed[2], "appraisals")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((SEPTEMBER, "--as", "jixin-approver"), "payroll.same_person_twice"),
        ((SEPTEMBER, "--company", "nope"), "payroll.unknown_company"),
        ((SEPTEMBER, "--as", "nobody"), "payroll.unknown_user"),
        ((SEPTEMBER, "--approver", "nobody"), "payroll.unknown_user"),
        (("2026-13",), "kernel.bad_month"),
        (("2019-01",), "payroll.nobody_employed"),
    ],
)
def test_a_close_that_cannot_be_is_refused_before_any_work(loaded, arguments, code):
    before = loaded.rows()

    ran = loaded.run("close_month", *arguments)

    assert ran.status == 1
    assert f"{code}: " in ran.err
    assert "Traceback" not in ran.err
    assert loaded.rows() == before


@pytest.mark.parametrize("arguments", [("nowhere",), ("FOLDER", "--month", "2026-12"), ("FOLDER", "--as", "nobody")])
def test_a_load_that_cannot_be_is_refused(loaded, folder, tmp_path, arguments):
    before = loaded.rows()

    ran = loaded.load(*(folder if word == "FOLDER" else word for word in arguments))

    assert ran.status == 1
    assert ran.err
    assert "Traceback" not in ran.err
    assert loaded.rows() == before


def test_neither_locale_nor_time_zone_changes_a_byte(loaded, closed, tmp_path):
    office = loaded.copy(tmp_path / "office")

    ran = office.close(SEPTEMBER, tmp_path / "out", LC_ALL="C", LANG="C", TZ="America/New_York")

    assert ran.status == 3, ran.err
    here, there = files(tmp_path / "out"), files(closed[2])
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []


# ── killed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_killed_close_leaves_nobody_behind_and_is_taken_up_again(loaded, closed, tmp_path):
    """Killed when the run has started, and again when the first document is there: the main process alone."""
    office, out = loaded.copy(tmp_path / "office"), tmp_path / "out"
    under_way = (
        lambda: office.query("SELECT 1 FROM jobs_runitem LIMIT 1"),
        lambda: any(out.glob("payslips/*.pdf")),
    )

    for is_under_way in under_way:
        process = office.start("close_month", SEPTEMBER, "--out", out)
        wait_for(is_under_way, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            pipe.close()
        assert process.returncode == -signal.SIGKILL
        deadline = time.monotonic() + 25
        while office.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert office.processes() == []

    ran = office.close(SEPTEMBER, out)

    assert ran.status == 3, ran.err
    assert ran.seconds < 60
    whole, left = files(closed[2]), files(out)
    assert [name for name in whole if left.get(name) != whole[name]] == []


def wait_for(is_so, process, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_two_closes_at_once_both_end_and_pay_once(loaded, closed, tmp_path):
    """Started twice, by a person and by a timer: whoever comes second says the same, or why not, and does not hang."""
    office = loaded.copy(tmp_path / "office")
    commands = [office.start("close_month", SEPTEMBER, "--out", tmp_path / name) for name in "ab"]
    try:
        deadline = time.monotonic() + 60
        while all(command.poll() is None for command in commands) and time.monotonic() < deadline:
            time.sleep(0.1)
        said = [command.communicate(timeout=15) for command in commands]
    finally:
        for command in commands:
            command.kill()
            command.communicate()

    for command, (_out, err) in zip(commands, said, strict=True):
        assert command.returncode == 3 or (command.returncode == 1 and b"CommandError: payroll." in err), err
    assert 3 in [command.returncode for command in commands]
    assert office.close(SEPTEMBER, tmp_path / "a").status == 3
    assert files(tmp_path / "a")["payslips.json"] == files(closed[2])["payslips.json"]
    assert office.query("SELECT count(*), count(DISTINCT agent_id) FROM payroll_payslip") == [(9, 9)]
