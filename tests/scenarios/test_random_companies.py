"""Random companies through the product's own services, against the oracle, to the fen."""

from __future__ import annotations

import importlib.util
import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HERE = Path(__file__).parent
MONTHS = (("2026-09", "2026-10"), ("2024-01", "2024-02"), ("2025-02", "2025-03"), ("2026-12", "2027-01"))


def beside(name):
    known = f"scenarios_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


companies, harness, oracle = beside("companies"), beside("harness"), beside("oracle")


def disagreements(plain, given, months):
    said = harness.in_process(given, months)
    book, carried, found = oracle.CompanyBook(plain), {}, []
    for month in months:
        expected = oracle.MonthBook(book, month, carried).close()
        found += [f"{month} {each}" for each in harness.differences(said[month], expected)]
        carried = oracle.left_over(expected, carried)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_two_months_of_a_random_company(tmp_path, seed):
    months = MONTHS[seed % len(MONTHS)]
    company = companies.Draw(seed, months=months).company_of(f"s{seed}")
    plain = company.write_plain(tmp_path / "plain")
    given = company.write_as_hr(tmp_path / "hr", random.Random(seed))

    assert disagreements(plain, given, months) == []


# ── the worked examples of requirements.md §4.3 as companies of one ──────────────────────────────────────────────────

SEED_GUARANTEE = {"by": "service_year", "amounts": ["2000.00", "2200.00", "2500.00"]}
TIER_BASE = {
    "by": "tier",
    "amounts": {"junior": "1800.00", "intermediate": "2000.00", "senior": "2300.00", "expert": "2600.00"},
}
PROBATION = {"months": 1, "pay": "1600.00", "commission": False, "bonus": False, "month_end": "clamp"}
COMMISSION = [{"code": "commission", "basis": "returning_order_amount", "rate": "0.003"}]


def close_one(
    folder, month, hired, plan, *, tier="junior", left="", sales=(), absent="0", entered=(), changes=(), units=()
):
    """Gross and net of one agent on one plan."""
    company = companies.Company()
    company.documents["company.yaml"] = {"code": "one", "name_zh": "一", "statutory": "none"}
    company.documents["plans/p.yaml"] = {"plan": "p", "name_zh": "p", "effective_from": "2020-01-01", **plan}
    company.add("teams", ("team", "name", "department"), [{"team": "t", "name": "t", "department": "d"}])
    company.add(
        "agents",
        companies.AGENT_COLUMNS,
        [
            {
                "agent_no": "A",
                "name": "甲",
                "role": "after_sales",
                "team": "t",
                "hire_date": hired,
                "leave_date": left,
                "tier": tier,
                "plan": "p",
                "employment": "regular",
            },
        ],
    )
    company.add(
        "agent_changes",
        ("agent_no", "kind", "value", "effective_from"),
        [{"agent_no": "A", "kind": kind, "value": value, "effective_from": since} for kind, value, since in changes],
    )
    company.add(
        f"{month}/attendance",
        companies.ATTENDANCE_COLUMNS,
        [
            {"agent_no": "A", "due_days": "22", "present_days": "20", "unpaid_leave_days": absent},
        ],
    )
    company.add(
        f"{month}/sales",
        ("agent_no", "basis", "amount"),
        [{"agent_no": "A", "basis": "returning_order_amount", "amount": amount} for amount in sales],
    )
    company.add(
        f"{month}/units",
        ("agent_no", "unit", "quantity"),
        [{"agent_no": "A", "unit": unit, "quantity": quantity} for unit, quantity in units],
    )
    company.add(
        f"{month}/adjustments",
        ("agent_no", "code", "amount", "reason"),
        [{"agent_no": "A", "code": code, "amount": amount, "reason": "因"} for code, amount in entered],
    )
    company.write_plain(folder)
    said = harness.in_process(folder, (month,))[month]
    assert said["parked"] == []
    expected = oracle.MonthBook(oracle.CompanyBook(folder), month).close()
    assert harness.differences(said, expected) == []
    return said["payslips"][0]


EXAMPLES = {
    "E-01": (("2024-03", "2024-03-01", {"probation": PROBATION}), {}, "1600.00"),
    "E-02": (
        ("2024-03", "2024-03-01", {"probation": PROBATION, "commission": COMMISSION}),
        {"sales": ["60000"]},
        "1600.00",
    ),
    "E-02 paid": (
        ("2024-03", "2024-03-01", {"probation": PROBATION | {"commission": True}, "commission": COMMISSION}),
        {"sales": ["60000"]},
        "1780.00",
    ),
    "E-03": (("2024-04", "2024-04-15", {"probation": PROBATION}), {}, "853.33"),
    "E-03 21.75": (
        ("2024-04", "2024-04-15", {"probation": PROBATION, "proration": {"method": "paid_days"}}),
        {},
        "882.76",
    ),
    "E-03 workdays": (
        ("2024-04", "2024-04-15", {"probation": PROBATION, "proration": {"method": "workdays"}}),
        {},
        "872.73",
    ),
    "E-04": (("2024-05", "2024-04-15", {"probation": PROBATION, "guarantee": SEED_GUARANTEE}), {}, "1819.35"),
    "E-05 January": (("2024-01", "2024-01-31", {"probation": PROBATION, "guarantee": SEED_GUARANTEE}), {}, "51.61"),
    "E-05": (("2024-02", "2024-01-31", {"probation": PROBATION, "guarantee": SEED_GUARANTEE}), {}, "1613.80"),
    "E-05 overflow": (
        ("2024-02", "2024-01-31", {"probation": PROBATION | {"month_end": "overflow"}, "guarantee": SEED_GUARANTEE}),
        {},
        "1600.00",
    ),
    "E-06": (("2024-03", "2024-02-29", {"probation": PROBATION, "guarantee": SEED_GUARANTEE}), {}, "1638.71"),
    "E-07": (
        ("2024-06", "2023-12-10", {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE, "commission": COMMISSION}),
        {"sales": ["95000"]},
        "2085.00",
    ),
    "E-08 base": (
        (
            "2024-06",
            "2023-12-10",
            {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE | {"counts": ["base_pay"]}, "commission": COMMISSION},
        ),
        {"sales": ["40000"]},
        "2120.00",
    ),
    "E-08": (
        ("2024-06", "2023-12-10", {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE, "commission": COMMISSION}),
        {"sales": ["40000"]},
        "2000.00",
    ),
    "E-12": (
        ("2024-06", "2021-12-10", {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE}),
        {"tier": "senior"},
        "2500.00",
    ),
    "E-13": (
        ("2024-06", "2020-12-10", {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE, "commission": COMMISSION}),
        {"tier": "expert", "sales": ["30000"]},
        "2690.00",
    ),
    "E-14": (("2024-06", "2023-06-16", {"guarantee": SEED_GUARANTEE}), {}, "2100.00"),
    "E-14 first_of_month": (
        ("2024-06", "2023-06-16", {"guarantee": SEED_GUARANTEE | {"anniversary": "first_of_month"}}),
        {},
        "2000.00",
    ),
    "E-14 whole_month_new": (
        ("2024-06", "2023-06-16", {"guarantee": SEED_GUARANTEE | {"anniversary": "whole_month_new"}}),
        {},
        "2200.00",
    ),
    "E-14 next_month": (
        ("2024-06", "2023-06-16", {"guarantee": SEED_GUARANTEE | {"anniversary": "next_month"}}),
        {},
        "2000.00",
    ),
    "E-15": (("2025-02", "2024-02-29", {"guarantee": SEED_GUARANTEE}), {}, "2007.14"),
    "E-16": (("2024-06", "2023-06-01", {"commission": COMMISSION}), {"sales": ["100000", "-3456.78"]}, "289.63"),
    "E-17": (("2024-06", "2023-06-01", {"commission": COMMISSION}), {"sales": ["52135.00"]}, "156.41"),
    "E-17 float": (("2024-06", "2023-06-01", {"commission": COMMISSION}), {"sales": ["1015.00"]}, "3.05"),
    "E-18": (("2024-06", "2023-06-01", {"commission": COMMISSION}), {"sales": ["149.50"] * 7}, "3.14"),
    "E-20": (
        ("2024-07", "2023-06-01", {"base_pay": {"by": "fixed", "amount": "100.00"}, "commission": COMMISSION}),
        {"sales": ["8000", "-12000"]},
        "88.00",
    ),
    "E-21": (("2024-06", "2022-12-01", {"guarantee": SEED_GUARANTEE}), {"absent": "2"}, "1997.70"),
    "E-22": (("2024-02", "2021-12-01", {"guarantee": SEED_GUARANTEE}), {"left": "2024-02-20"}, "1724.14"),
    "E-25 same day": (
        ("2024-07", "2023-01-01", {"base_pay": TIER_BASE}),
        {"changes": [("tier", "intermediate", "2024-07-11")]},
        "1935.49",
    ),
    "E-28": (("2024-07", "2023-11-15", {"guarantee": SEED_GUARANTEE}), {}, "2000.00"),
    "E-28 calendar": (
        ("2024-07", "2023-11-15", {"guarantee": SEED_GUARANTEE | {"service_year_from": "calendar_year"}}),
        {},
        "2200.00",
    ),
    "E-30": (
        ("2024-06", "2022-12-01", {"base_pay": {"by": "fixed", "amount": "2100.00"}, "guarantee": SEED_GUARANTEE}),
        {"entered": [("penalty", "150.00")]},
        "2050.00",
    ),
    "E-30 before": (
        (
            "2024-06",
            "2022-12-01",
            {
                "base_pay": {"by": "fixed", "amount": "2100.00"},
                "guarantee": SEED_GUARANTEE,
                "penalties": {"order": "before_floor"},
            },
        ),
        {"entered": [("penalty", "150.00")]},
        "2200.00",
    ),
    "E-31": (
        ("2024-06", "2022-12-01", {"base_pay": TIER_BASE, "guarantee": SEED_GUARANTEE, "commission": COMMISSION}),
        {"tier": "intermediate", "sales": ["30000"], "absent": "3"},
        "1896.55",
    ),
    "E-32": (("2024-03", "2024-03-04", {"probation": PROBATION}), {"left": "2024-03-15"}, "619.35"),
    "E-32 21.75": (
        ("2024-03", "2024-03-04", {"probation": PROBATION, "proration": {"method": "paid_days"}}),
        {"left": "2024-03-15"},
        "735.63",
    ),
    "E-33": (
        (
            "2024-07",
            "2023-01-01",
            {"base_pay": {"by": "fixed", "amount": "2000.00"}, "proration": {"method": "paid_days"}},
        ),
        {},
        "2000.00",
    ),
    "E-38": (
        ("2024-06", "2023-01-01", {"base_pay": {"by": "daily", "amount": "200.00", "unit": "days"}}),
        {"units": [("days", "3")]},
        "600.00",
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_example_of_the_requirements(tmp_path, name):
    arguments, more, gross = EXAMPLES[name]

    assert close_one(tmp_path, *arguments, **more)["gross"] == gross


def test_a_month_that_cannot_bear_its_deductions_leaves_net_at_zero(tmp_path):
    slip = close_one(
        tmp_path,
        "2024-06",
        "2023-01-01",
        {"base_pay": {"by": "fixed", "amount": "1000.00"}},
        entered=[("loss_recovery", "1200.00")],
    )

    assert (slip["gross"], slip["deductions"], slip["net"]) == ("1000.00", "1000.00", "0.00")
    assert ("carry_forward", "deduction", "-200.00") in harness.lines_of(slip)


@pytest.mark.parametrize("pool", [("1000.00", [80, 80, 80]), ("3000.00", [80, 90, 70, 100, 60, 100])])
def test_a_pool_is_shared_to_the_fen(tmp_path, pool):
    amount, scores = pool
    company = companies.Company()
    company.documents["company.yaml"] = {"code": "pool", "name_zh": "池", "statutory": "none"}
    company.documents["plans/p.yaml"] = {
        "plan": "p",
        "name_zh": "p",
        "effective_from": "2020-01-01",
        "bonuses": [{"code": "team_bonus", "pool": amount, "share_by": "score"}],
    }
    company.documents["scorecards/s.yaml"] = {
        "scorecard": "s",
        "effective_from": "2020-01-01",
        "roles": ["after_sales"],
        "kpis": [
            {
                "metric": "chat_audit_score",
                "weight": "1",
                "direction": "higher",
                "threshold": "0",
                "target": "100",
                "scoring": "linear",
            }
        ],
        "grades": [{"grade": "A", "from": "0", "coefficient": "1"}],
    }
    people = [f"P{place}" for place in range(len(scores))]
    company.add("teams", ("team", "name", "department"), [{"team": "t", "name": "t", "department": "d"}])
    company.add(
        "agents",
        companies.AGENT_COLUMNS,
        [
            {"agent_no": no, "name": no, "role": "after_sales", "team": "t", "hire_date": "2020-01-01", "plan": "p"}
            for no in people
        ],
    )
    company.add(
        "2024-06/kpi",
        ("agent_no", "metric", "value"),
        [
            {"agent_no": no, "metric": "chat_audit_score", "value": str(score)}
            for no, score in zip(people, scores, strict=True)
        ],
    )
    company.write_plain(tmp_path)
    said = harness.in_process(tmp_path, ("2024-06",))["2024-06"]

    paid = [Fraction(slip["gross"]) for slip in said["payslips"]]
    assert sum(paid) == Fraction(amount)
    if len(scores) == 6:
        assert paid == [480, 540, 420, 600, 360, 600]
    else:
        assert sorted(paid) == [Fraction("333.33"), Fraction("333.33"), Fraction("333.34")]


def test_a_tier_change_while_a_promotion_is_open_does_not_stop_the_month(tmp_path):
    """The ladder proposes a promotion in September; HR then enters another tier. October must close all the same."""
    company = companies.Company()
    company.documents["company.yaml"] = {"code": "up", "name_zh": "升", "statutory": "none"}
    company.documents["plans/p.yaml"] = {
        "plan": "p",
        "name_zh": "p",
        "effective_from": "2020-01-01",
        "base_pay": TIER_BASE,
    }
    company.add("teams", ("team", "name", "department"), [{"team": "t", "name": "t", "department": "d"}])
    company.add(
        "agents",
        companies.AGENT_COLUMNS,
        [
            {
                "agent_no": "A",
                "name": "甲",
                "role": "after_sales",
                "team": "t",
                "hire_date": "2022-01-01",
                "tier": "junior",
                "plan": "p",
            },
        ],
    )
    company.add(
        "agent_changes",
        ("agent_no", "kind", "value", "effective_from"),
        [
            {"agent_no": "A", "kind": "tier", "value": "senior", "effective_from": "2026-10-01"},
        ],
    )
    company.write_plain(tmp_path)

    said = harness.in_process(tmp_path, ("2026-09", "2026-10"))

    assert [said[month]["payslips"][0]["gross"] for month in said] == ["1800.00", "2300.00"]
