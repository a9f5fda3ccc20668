"""What changes inside a month, who is who, and what is counted from QA findings: small companies, exact amounts."""

from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import pytest

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
MONTH = "2026-10"  # 31 days


def beside(name):
    known = f"scenarios_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


companies, harness, oracle = beside("companies"), beside("harness"), beside("oracle")

TIERS = {"by": "tier", "amounts": {"junior": "1800.00", "intermediate": "2000.00"}}
PROBATION = {"months": 1, "pay": "1600.00"}
COLUMNS = {
    "kpi": ("agent_no", "metric", "value"),
    "team_metrics": ("team", "metric", "value"),
    "attendance": companies.ATTENDANCE_COLUMNS,
    "sales": ("agent_no", "basis", "amount"),
    "units": ("agent_no", "unit", "quantity"),
    "qa_findings": companies.QA_COLUMNS,
}
SCORED = {
    "metric": "chat_audit_score",
    "weight": "1",
    "direction": "higher",
    "threshold": "0",
    "target": "100",
}
GRADES = [{"grade": "A", "from": "50", "coefficient": "1.2"}, {"grade": "D", "from": "0", "coefficient": "0"}]


def plan(code="p", since="2020-01-01", **parts):
    return {"plan": code, "name_zh": code, "effective_from": since, **parts}


def agent(no="A", **facts):
    usual = {"name": no, "role": "after_sales", "team": "t1", "hire_date": "2023-01-01", "tier": "junior", "plan": "p"}
    return {"agent_no": no, **usual, **facts}


def card(*kpis, **more):
    usual = {"scorecard": "s", "effective_from": "2020-01-01", "roles": ["after_sales"], "grades": GRADES}
    return usual | {"kpis": list(kpis) or [SCORED]} | more


def changed(no, kind, value, since):
    return {"agent_no": no, "kind": kind, "value": value, "effective_from": since}


def company(plans, agents, *, changes=(), cards=(), statutory="none", months=(MONTH,), **tables):
    made = companies.Company()
    made.documents["company.yaml"] = {"code": "small", "name_zh": "小", "statutory": statutory}
    for place, each in enumerate(plans):
        made.documents[f"plans/{place}.yaml"] = each
    for place, each in enumerate(cards):
        made.documents[f"scorecards/{place}.yaml"] = each
    teams = [{"team": team, "name": team, "department": team} for team in ("t1", "t2")]
    made.add("teams", ("team", "name", "department"), teams)
    made.add("agents", companies.AGENT_COLUMNS, agents)
    made.add("agent_changes", ("agent_no", "kind", "value", "effective_from"), list(changes))
    for month in months:
        for name, rows in tables.items():
            made.add(f"{month}/{name}", COLUMNS[name], [dict(zip(COLUMNS[name], row, strict=False)) for row in rows])
    return made


def closed(made, folder, month=MONTH):
    """The month's JSON; the oracle agrees with all of it."""
    made.write_plain(folder)
    said = harness.in_process(folder, (month,))[month]
    expected = oracle.MonthBook(oracle.CompanyBook(folder), month).close()
    assert harness.differences(said, expected) == []
    return said


def lines(said, no="A"):
    (slip,) = [each for each in said["payslips"] if each["agent_no"] == no]
    return [(line["code"], line["amount"]) for line in slip["lines"]]


def parked(said):
    return {each["agent_no"]: each["code"] for each in said["parked"]}


# ── a plan, a team, a version, a tier in mid-month ───────────────────────────────────────────────────────────────────


def test_a_new_plan_in_mid_month_splits_base_and_decides_the_rest(tmp_path):
    plans = [
        plan(
            "p", base_pay=TIERS, commission=[{"code": "commission", "basis": "returning_order_amount", "rate": "0.5"}]
        ),
        plan(
            "q",
            base_pay={"by": "fixed", "amount": "3100.00"},
            commission=[{"code": "commission", "basis": "returning_order_amount", "rate": "0.003"}],
            bonuses=[{"code": "metric_bonus", "amount": "500.00"}],
        ),
    ]
    made = company(
        plans,
        [agent()],
        changes=[changed("A", "plan", "q", "2026-10-11")],
        sales=[("A", "returning_order_amount", "52135.00")],
    )

    said = closed(made, tmp_path)

    # 10/31 × 1800, 21/31 × 3100, 0.003 × the whole month's sales, the whole bonus
    assert lines(said) == [
        ("base_pay", "580.65"),
        ("base_pay", "2100.00"),
        ("commission", "156.41"),
        ("metric_bonus", "500.00"),
    ]


def test_a_new_plan_after_the_last_paid_day_decides_nothing(tmp_path):
    plans = [plan("p", base_pay={"by": "fixed", "amount": "3100.00"}), plan("q")]
    made = company(plans, [agent(leave_date="2026-10-10")], changes=[changed("A", "plan", "q", "2026-10-11")])

    assert lines(closed(made, tmp_path)) == [("base_pay", "1000.00")]


def test_the_team_of_the_last_paid_day_stands_behind_the_gate(tmp_path):
    gate = {"scope": "team", "metrics": {"refund_rate": {"op": "<=", "value": "0.05"}}}
    gated = plan(bonuses=[{"code": "metric_bonus", "amount": "500.00", "gate": "g"}], gates={"g": gate})
    people = [agent("A"), agent("B"), agent("C", leave_date="2026-10-19"), agent("D")]
    made = company(
        [gated],
        people,
        changes=[changed(no, "team", "t2", "2026-10-20") for no in "AC"],
        team_metrics=[("t1", "refund_rate", "0.05"), ("t2", "refund_rate", "0.0500001")],
    )

    said = closed(made, tmp_path)

    # 19/31 × 500 for C, who left before moving
    assert [lines(said, no) for no in "ABCD"] == [
        [("metric_bonus", "0.00")],
        [("metric_bonus", "500.00")],
        [("metric_bonus", "306.45")],
        [("metric_bonus", "500.00")],
    ]


def test_a_pool_is_shared_by_the_team_of_the_last_paid_day(tmp_path):
    pooled = plan(bonuses=[{"code": "team_bonus", "pool": "1000.00", "share_by": "score"}])
    made = company(
        [pooled],
        [agent("A"), agent("B"), agent("C", team="t2")],
        cards=[card()],
        changes=[changed("B", "team", "t2", "2026-10-31")],
        kpi=[("A", "chat_audit_score", "50"), ("B", "chat_audit_score", "60"), ("C", "chat_audit_score", "90")],
    )

    said = closed(made, tmp_path)

    assert [lines(said, no) for no in "ABC"] == [
        [("team_bonus", "1000.00")],
        [("team_bonus", "400.00")],
        [("team_bonus", "600.00")],
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_versions_of_a_plan_within_the_month(tmp_path, order):
    """Base by the days of each version, the rest by the version of the last paid day, in whatever order files come."""
    versions = [
        plan(
            base_pay={"by": "fixed", "amount": "1550.00"},
            commission=[{"code": "commission", "basis": "sales_amount", "rate": "0.1"}],
            guarantee={"by": "fixed", "amount": "1860.00"},
        ),
        plan(
            since="2026-10-17",
            base_pay={"by": "fixed", "amount": "3100.00"},
            commission=[{"code": "commission", "basis": "sales_amount", "rate": "0.01"}],
            guarantee={"by": "fixed", "amount": "3720.00"},
        ),
    ]
    made = company(
        [versions[place] for place in order],
        [agent("A"), agent("B", leave_date="2026-10-16"), agent("C", hire_date="2026-10-17")],
        sales=[(no, "sales_amount", "1000.00") for no in "ABC"],
    )

    said = closed(made, tmp_path)

    # The floor: 16/31 × 1860 + 15/31 × 3720 = 2760.00, less 800 + 1500 + 10
    assert lines(said, "A") == [
        ("base_pay", "800.00"),
        ("base_pay", "1500.00"),
        ("commission", "10.00"),
        ("guarantee_top_up", "450.00"),
    ]
    assert lines(said, "B") == [("base_pay", "800.00"), ("commission", "100.00"), ("guarantee_top_up", "60.00")]
    assert lines(said, "C") == [("base_pay", "1500.00"), ("commission", "10.00"), ("guarantee_top_up", "290.00")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_basis_of_an_older_version_is_still_a_basis(tmp_path, order):
    """formats.md §9: an error is a basis that no published plan uses; the old version is published and holds here."""
    versions = [
        plan(commission=[{"code": "commission", "basis": "sales_amount", "rate": "0.01"}]),
        plan(
            since="2026-11-01", commission=[{"code": "commission", "basis": "returning_order_amount", "rate": "0.003"}]
        ),
    ]
    made = company([versions[place] for place in order], [agent()], sales=[("A", "sales_amount", "1000.00")])

    assert lines(closed(made, tmp_path)) == [("commission", "10.00")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_own_metric_of_an_older_versions_gate_is_still_known(tmp_path, order):
    def version(since, metric):
        gate = {"scope": "team", "metrics": {metric: {"op": ">=", "value": "5"}}}
        bonus = {"code": "metric_bonus", "amount": "500.00", "gate": "g"}
        return plan(since=since, bonuses=[bonus], gates={"g": gate})

    versions = [version("2020-01-01", "our_old_index"), version("2026-11-01", "our_new_index")]
    made = company([versions[place] for place in order], [agent()], team_metrics=[("t1", "our_old_index", "5")])

    assert lines(closed(made, tmp_path)) == [("metric_bonus", "500.00")]


def test_what_an_older_version_uses_may_be_loaded_after_the_newer_one(tmp_path):
    """The plans, scorecards and people first; then an older month by itself, as the page's upload of single files."""
    old, new = (
        plan(since=since, commission=[{"code": "commission", "basis": basis, "rate": "0.01"}])
        for since, basis in (("2020-01-01", "sales_amount"), ("2026-11-01", "returning_order_amount"))
    )
    cards = [
        card(SCORED | {"metric": metric}, effective_from=since)
        for since, metric in (("2020-01-01", "our_old_index"), ("2026-11-01", "our_new_index"))
    ]
    company([old, new], [agent()], cards=cards).write_plain(tmp_path / "rules")
    known = harness.load(tmp_path / "rules")
    month = company([], [], sales=[("A", "sales_amount", "1000.00")], kpi=[("A", "our_old_index", "80")])
    month.documents = {}
    for table in ("teams", "agents", "agent_changes"):
        month.tables.pop(table)
    month.write_plain(tmp_path / "month")

    report = harness.load_files(tmp_path / "month", known)

    assert [str(problem) for problem in report.problems] == []


def test_the_pool_of_two_versions_does_not_depend_on_whose_number_comes_first(tmp_path):
    got = {}
    for leaver in "AB":
        made = company(
            [
                plan(bonuses=[{"code": "team_bonus", "pool": "1000.00", "share_by": "equal"}]),
                plan(since="2026-10-17", bonuses=[{"code": "team_bonus", "pool": "2000.00", "share_by": "equal"}]),
            ],
            [agent(no, leave_date="2026-10-16" if no == leaver else "") for no in "AB"],
        )
        made.documents["company.yaml"]["code"] = f"leaver-{leaver}"
        made.write_plain(tmp_path / leaver)
        said = harness.in_process(tmp_path / leaver, (MONTH,))[MONTH]
        got[leaver] = {"leaver" if no == leaver else "stayer": lines(said, no) for no in "AB"}

    assert got["A"] == got["B"]


def test_no_tier_is_known_before_tier_from(tmp_path):
    plans = [
        plan("p", base_pay=TIERS, probation=PROBATION),
        plan("q", base_pay={"by": "fixed", "amount": "3100.00"}),
    ]
    made = company(
        plans,
        [
            agent("A", tier_from="2026-10-12"),
            agent("B", tier_from="2026-10-12", plan="q"),
            agent("C", tier_from="2026-10-12", hire_date="2026-10-12", employment="part_time"),
            agent("D", tier_from="2026-10-12", hire_date="2026-09-12"),
            agent("E", tier_from="2026-10-01"),
        ],
    )

    said = closed(made, tmp_path)

    assert parked(said) == {"A": "kernel.no_rule_in_force"}
    assert lines(said, "B") == [("base_pay", "3100.00")]
    assert lines(said, "C") == [("base_pay", "1161.29")]  # 20/31 × 1800
    assert lines(said, "D") == [("probation_pay", "567.74"), ("base_pay", "1161.29")]  # probation asks for no tier
    assert lines(said, "E") == [("base_pay", "1800.00")]


def test_a_team_mate_without_a_tier_holds_up_nobodys_share(tmp_path):
    pooled = plan(base_pay=TIERS, bonuses=[{"code": "team_bonus", "pool": "1000.00", "share_by": "score"}])
    made = company(
        [pooled],
        [agent("A", tier_from="2026-10-12"), agent("B")],
        cards=[card()],
        kpi=[("A", "chat_audit_score", "40"), ("B", "chat_audit_score", "60")],
    )

    said = closed(made, tmp_path)

    assert parked(said) == {"A": "kernel.no_rule_in_force"}
    assert lines(said, "B") == [("base_pay", "1800.00"), ("team_bonus", "600.00")]


@pytest.mark.parametrize("by", ["score", "grade"])
def test_behind_a_failed_gate_nobody_needs_a_score(tmp_path, by):
    gate = {"scope": "team", "metrics": {"refund_rate": {"op": "<=", "value": "0.05"}}}
    bonuses = [
        {"code": "team_bonus", "pool": "1000.00", "share_by": "score", "gate": "g"},
        {"code": "performance_pay", "amount": "600.00", "by": by, "gate": "g"},
    ]
    made = company(
        [plan(bonuses=bonuses, gates={"g": gate})],
        [agent("A"), agent("B", team="t2")],
        team_metrics=[("t1", "refund_rate", "0.06"), ("t2", "refund_rate", "0.05")],
    )

    said = closed(made, tmp_path)

    assert lines(said, "A") == [("team_bonus", "0.00"), ("performance_pay", "0.00")]
    assert list(parked(said)) == ["B"]


# ── who is who ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("employment", ["regular", "", "probation_waived", "part_time", "pensioner", "temp"])
def test_only_regular_employment_has_a_probation(tmp_path, employment):
    plans = [
        plan(
            base_pay=TIERS,
            probation=PROBATION,
            commission=[{"code": "commission", "basis": "sales_amount", "rate": "0.01"}],
            guarantee={"by": "service_year", "amounts": ["2000.00"]},
        )
    ]
    hired = agent(hire_date="2026-10-01", employment=employment)

    said = closed(company(plans, [hired], sales=[("A", "sales_amount", "1000.00")]), tmp_path)

    if employment in ("regular", ""):
        assert lines(said) == [("probation_pay", "1600.00")]
    else:
        assert lines(said) == [("base_pay", "1800.00"), ("commission", "10.00"), ("guarantee_top_up", "190.00")]


def test_under_the_law_a_person_whose_base_nobody_entered_is_parked(tmp_path):
    made = company([plan(base_pay={"by": "fixed", "amount": "30000.00"})], [agent()], statutory="cn")
    made.documents["company.yaml"]["city"] = "昆明"
    made.write_plain(tmp_path)

    report = harness.load_files(tmp_path)

    assert report.problems == ()
    said = harness.close(report.company, MONTH)
    assert said["payslips"] == []
    assert [parked["code"] for parked in said["parked"]] == ["payroll.contribution_fact_missing"]


# ── QA findings ──────────────────────────────────────────────────────────────────────────────────────────────────────


def found(no, *codes):
    return [(no, f"{MONTH}-{day:02}", f"s{day}", code, "random", "质检") for day, code in enumerate(codes, start=1)]


def counted(said, no, metric):
    (judged,) = [each for each in said["appraisals"] if each["agent_no"] == no]
    (value,) = [kpi["value"] for kpi in judged["kpis"] if kpi["metric"] == metric]
    return value if value is None else Fraction(value)


QA_CARD = card(
    {"metric": "qa_fatal_count", "weight": "0.5", "direction": "lower", "threshold": "4", "target": "0"},
    {"metric": "qa_nonfatal_count", "weight": "0.5", "direction": "lower", "threshold": "10", "target": "0"},
)
FINDINGS = {
    # who: codes in order of day → fatal, other
    "A": (("N1", "N1"), 0, 2),
    "B": (("N1", "N2", "N1", "N1", "N1"), 2, 3),
    "C": (("F3", "N6", "F3", "F3"), 3, 1),
    "D": (("N1", "N2", "N3"), 0, 3),
    "E": ((), 0, 0),
}


def test_the_third_same_finding_of_a_month_is_fatal(tmp_path):
    findings = [row for no, (codes, _fatal, _other) in FINDINGS.items() for row in found(no, *codes)]
    made = company([plan()], [agent(no) for no in FINDINGS], cards=[QA_CARD], qa_findings=findings[::-1])

    said = closed(made, tmp_path)

    got = {no: tuple(counted(said, no, f"qa_{kind}_count") for kind in ("fatal", "nonfatal")) for no in FINDINGS}
    assert got == {no: (fatal, other) for no, (_codes, fatal, other) in FINDINGS.items()}


def test_an_entered_count_wins_over_the_findings(tmp_path):
    made = company(
        [plan()],
        [agent()],
        cards=[QA_CARD],
        qa_findings=found("A", "F1", "N1"),
        kpi=[("A", "qa_fatal_count", "0")],
    )

    said = closed(made, tmp_path)

    assert (counted(said, "A", "qa_fatal_count"), counted(said, "A", "qa_nonfatal_count")) == (0, 1)


def test_the_count_starts_anew_each_month(tmp_path):
    made = company([plan()], [agent()], cards=[QA_CARD], qa_findings=found("A", "N4", "N4"))
    made.add("2026-11/qa_findings", COLUMNS["qa_findings"], [
        dict(zip(COLUMNS["qa_findings"], (*row[:1], "2026-11-05", *row[2:]), strict=True)) for row in found("A", "N4")
    ])  # fmt: skip
    made.write_plain(tmp_path)

    said = harness.in_process(tmp_path, (MONTH, "2026-11"))

    assert [counted(said[month], "A", "qa_fatal_count") for month in said] == [0, 0]
    assert [counted(said[month], "A", "qa_nonfatal_count") for month in said] == [2, 1]


def test_a_month_in_which_nothing_was_found_at_all_measures_nothing(tmp_path):
    said = closed(company([plan()], [agent()], cards=[QA_CARD]), tmp_path)

    assert counted(said, "A", "qa_fatal_count") is None
    assert said["appraisals"][0]["total_score"] is None
