"""Bonuses and the gate before them (RQ-047, A-19, A-43; formats §3 and §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from payroll.domain.errors import GateMeasureMissing
from payroll.domain.facts import PoolShare
from payroll.domain.payslip import Payslip
from payroll.domain.rules import BonusBy, BonusRule, Gate, Standard

Lines = list[tuple[str, str]]
Pay = Callable[..., Payslip]
Printed = Callable[[Payslip], Lines]
MakeGate = Callable[..., Gate]
GATED = BonusRule("metric_bonus", amount=Decimal("500.00"), gate="gate")
OPEN: Lines = [("metric_bonus", "500.00")]
SHUT: Lines = [("metric_bonus", "0.00")]
AT_THE_STANDARD = {
    "refund_rate": "0.05",
    "refund_duration_h": "24",
    "dispute_rate": "0.005",
    "dsr_score": "4.7",
    "internal_complaint_count": "2",
}


@pytest.fixture(scope="session")
def gated(pay: Pay, printed: Printed) -> Callable[..., Lines]:
    """What a plan of one gated bonus of 500 prints."""

    def gated(gate: Gate, **facts: Any) -> Lines:
        return printed(pay(facts, {"guarantee": (), "bonuses": (GATED,), "gates": {"gate": gate}}))

    return gated


@pytest.mark.parametrize(
    ("metric", "better", "worse"),
    [
        ("refund_rate", "0.049999", "0.050001"),
        ("refund_duration_h", "23.99", "24.01"),
        ("dispute_rate", "0", "0.00500001"),
        ("dsr_score", "4.8", "4.69999"),
        ("internal_complaint_count", "1", "3"),
    ],
)
def test_one_standard_missed_is_enough(
    metric: str, better: str, worse: str, gated: Callable[..., Lines], make_gate: MakeGate
) -> None:
    gate = make_gate()
    assert gated(gate, team=AT_THE_STANDARD) == OPEN
    assert gated(gate, team=AT_THE_STANDARD | {metric: better}) == OPEN
    assert gated(gate, team=AT_THE_STANDARD | {metric: worse}) == SHUT


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("<=", True, True, False),
        ("<", True, False, False),
        (">=", False, True, True),
        (">", False, False, True),
        ("==", False, True, False),
    ],
)
def test_operators(operator: str, below: bool, at: bool, above: bool) -> None:
    standard = Standard("m", operator, Fraction("0.05"))
    assert [standard.holds(Fraction(measure)) for measure in ("0.0499", "0.05", "0.0501")] == [below, at, above]


def test_m_11_raw_compare() -> None:
    """1700/1900 is above 89.47 %; the rounded 0.8947 would not be (A-19)."""
    above = Standard("ks_timely_ship_rate", ">", Fraction("0.8947"))
    assert above.holds(Fraction(1700, 1900))
    assert not above.holds(Fraction("0.8947"))


def test_a_third_is_not_0_3333(gated: Callable[..., Lines], make_gate: MakeGate) -> None:
    gate = make_gate({"refund_rate": ("<=", "0.3333")})
    assert gated(gate, team={"refund_rate": "1/3"}) == SHUT
    assert gated(gate, team={"refund_rate": "0.3333"}) == OPEN


WITHOUT_DSR = {metric: value for metric, value in AT_THE_STANDARD.items() if metric != "dsr_score"}


def test_missing_block_parks(gated: Callable[..., Lines], make_gate: MakeGate) -> None:
    with pytest.raises(GateMeasureMissing) as parked:
        gated(make_gate(missing="block"), team=WITHOUT_DSR)
    assert parked.value.values == {"gate": "gate", "metrics": "dsr_score", "scope": "team"}


def test_missing_block_parks_even_when_another_metric_fails(gated: Callable[..., Lines], make_gate: MakeGate) -> None:
    with pytest.raises(GateMeasureMissing):
        gated(make_gate(missing="block"), team=WITHOUT_DSR | {"refund_rate": "0.9"})


def test_missing_block_parks_a_person_in_probation_with_the_team(
    gated: Callable[..., Lines], make_gate: MakeGate
) -> None:
    """A-43: the department's people are parked."""
    with pytest.raises(GateMeasureMissing):
        gated(make_gate(missing="block"), team=WITHOUT_DSR, hire="2024-06-01")


@pytest.mark.parametrize(
    ("missing", "team", "lines"),
    [
        ("fail", WITHOUT_DSR, SHUT),
        ("pass", WITHOUT_DSR, OPEN),
        ("pass", WITHOUT_DSR | {"refund_rate": "0.0501"}, SHUT),
        ("fail", AT_THE_STANDARD, OPEN),
        ("pass", {}, OPEN),
    ],
)
def test_missing_fail_and_pass(
    missing: str, team: Mapping[str, str], lines: Lines, gated: Callable[..., Lines], make_gate: MakeGate
) -> None:
    assert gated(make_gate(missing=missing), team=team) == lines


GOOD, BAD = {"refund_rate": "0.05"}, {"refund_rate": "0.06"}


@pytest.mark.parametrize(
    ("scope", "team", "department", "lines"),
    [
        pytest.param("team", GOOD, [GOOD, BAD], OPEN, id="team: another team's failure does not matter"),
        pytest.param("team", BAD, [GOOD, GOOD], SHUT, id="team: its own does"),
        pytest.param("department", GOOD, [GOOD, BAD], SHUT, id="department: any team's failure counts"),
        pytest.param("department", GOOD, [GOOD, GOOD], OPEN, id="department: every team passes"),
    ],
)
def test_scope(
    scope: str,
    team: Mapping[str, str],
    department: Sequence[Mapping[str, str]],
    lines: Lines,
    gated: Callable[..., Lines],
    make_gate: MakeGate,
) -> None:
    gate = make_gate({"refund_rate": ("<=", "0.05")}, scope=scope)
    assert gated(gate, team=team, department=department) == lines


def test_department_scope_blocks_when_one_team_lacks_the_metric(
    gated: Callable[..., Lines], make_gate: MakeGate
) -> None:
    gate = make_gate({"refund_rate": ("<=", "0.05")}, scope="department")
    with pytest.raises(GateMeasureMissing) as parked:
        gated(gate, team=GOOD, department=[GOOD, {}])
    assert parked.value.values["scope"] == "department"


def test_a_gate_without_any_team_in_scope_never_passes_silently(
    gated: Callable[..., Lines], make_gate: MakeGate
) -> None:
    """A-43: “metric missing = not assessed → parked (never silently pass)”."""
    gate = make_gate({"refund_rate": ("<=", "0.05")}, scope="department")
    with pytest.raises(GateMeasureMissing):
        gated(gate, team=GOOD, department=[])


def test_a_failed_gate_is_explained(pay: Pay, make_gate: MakeGate) -> None:
    team = AT_THE_STANDARD | {"refund_rate": "0.0501", "dsr_score": "4.6"}
    plan = {"guarantee": (), "bonuses": (GATED,), "gates": {"gate": make_gate()}}
    (line,) = pay({"team": team}, plan).lines
    assert [(step.code, dict(step.values)) for step in line.steps] == [
        ("gate.failed", {"metric": "refund_rate", "measure": "0.0501", "operator": "<=", "standard": "0.05"}),
        ("gate.failed", {"metric": "dsr_score", "measure": "4.6", "operator": ">=", "standard": "4.7"}),
    ]


def test_a_missing_metric_that_fails_is_explained(pay: Pay, make_gate: MakeGate) -> None:
    plan = {"guarantee": (), "bonuses": (GATED,), "gates": {"gate": make_gate(missing="fail")}}
    (line,) = pay({"team": WITHOUT_DSR}, plan).lines
    assert [(step.code, dict(step.values)) for step in line.steps] == [("gate.missing", {"metric": "dsr_score"})]


def test_a_gate_shuts_only_the_bonus_behind_it(pay: Pay, printed: Printed, make_gate: MakeGate) -> None:
    other = BonusRule("skill_bonus", amount=Decimal("80.00"))
    plan = {"guarantee": (), "bonuses": (GATED, other), "gates": {"gate": make_gate()}}
    slip = pay({"team": AT_THE_STANDARD | {"refund_rate": "1"}, "sales": "10000.00"}, plan)
    assert printed(slip) == [("commission", "30.00"), ("metric_bonus", "0.00"), ("skill_bonus", "80.00")]


FLAT = BonusRule("metric_bonus", amount=Decimal("500.00"))
BY_SCORE = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.SCORE)
BY_GRADE = BonusRule("performance_pay", amount=Decimal("600.00"), by=BonusBy.GRADE)
FULL = BonusRule("full_attendance_bonus", amount=Decimal("100.00"), full_attendance=True)
MID_JUNE = {"hire": "2024-06-11", "employment": "probation_waived"}
"""20 of 30 days, all regular."""


@pytest.mark.parametrize(
    ("rule", "facts", "lines"),
    [
        pytest.param(FLAT, {}, [("metric_bonus", "500.00")], id="fixed"),
        # 500 × 20/30
        pytest.param(FLAT, MID_JUNE, [("metric_bonus", "333.33")], id="fixed, 20 of 30 days"),
        # regular 06-20 … 06-30: 500 × 11/30
        pytest.param(FLAT, {"hire": "2024-05-20"}, [("probation_pay", "1013.33"), ("metric_bonus", "183.33")],
                     id="fixed, regular for 11 days"),
        pytest.param(FLAT, {"hire": "2024-06-01"}, [("probation_pay", "1600.00")], id="none in probation"),
        pytest.param(BY_SCORE, {"score": "61.175"}, [("performance_pay", "367.05")], id="by score"),
        # 600 × 61.175 % × 20/30 = 244.70
        pytest.param(BY_SCORE, MID_JUNE | {"score": "61.175"}, [("performance_pay", "244.70")],
                     id="by score, 20 of 30 days"),
        pytest.param(BY_SCORE, {"score": "200/3"}, [("performance_pay", "400.00")], id="by score, two thirds exactly"),
        pytest.param(BY_SCORE, {"score": "120"}, [("performance_pay", "720.00")], id="by score, above 100"),
        pytest.param(BY_SCORE, {"score": "0"}, [], id="by score, zero: no line"),
        pytest.param(BY_GRADE, {"grade": "A", "coefficient": "1.2"}, [("performance_pay", "720.00")], id="by grade"),
        pytest.param(BY_GRADE, MID_JUNE | {"grade": "C", "coefficient": "0.8"}, [("performance_pay", "320.00")],
                     id="by grade, 600 x 0.8 x 20/30"),
        pytest.param(BY_GRADE, {"grade": "D", "coefficient": "0"}, [], id="by grade, coefficient 0: no line"),
        pytest.param(FULL, {"full": True}, [("full_attendance_bonus", "100.00")], id="full attendance"),
        pytest.param(FULL, {"absent": "0", "full": False}, [], id="not full: late, or on leave"),
        pytest.param(FULL, MID_JUNE | {"full": True}, [], id="full attendance of a part month: none"),
        pytest.param(FULL, {"leave": "2024-06-29", "full": True}, [], id="a leaver on the last but one day: none"),
        pytest.param(FULL, {"leave": "2024-06-30", "full": True}, [("full_attendance_bonus", "100.00")],
                     id="a leaver on the last day"),
        pytest.param(FULL, {"hire": "2024-05-02", "full": True}, [("probation_pay", "53.33")],
                     id="probation until the first of the month: none"),
        pytest.param(FULL, MID_JUNE, [], id="a part month does not ask for attendance"),
    ],
)  # fmt: skip
def test_bonus(rule: BonusRule, facts: Mapping[str, Any], lines: Lines, pay: Pay, printed: Printed) -> None:
    assert printed(pay(facts, {"guarantee": (), "bonuses": (rule,)})) == lines


def test_a_part_month_bonus_is_rounded_once(pay: Pay, printed: Printed) -> None:
    # 100 × 50.005 % × 15/30 = 25.0025 → 25.00; rounded twice it would be 50.01 ÷ 2 = 25.005 → 25.01
    rule = BonusRule("performance_pay", amount=Decimal("100.00"), by=BonusBy.SCORE)
    facts = {"hire": "2024-06-16", "employment": "probation_waived", "score": "50.005"}
    assert printed(pay(facts, {"guarantee": (), "bonuses": (rule,)})) == [("performance_pay", "25.00")]


def test_bonuses_in_probation_with_the_switch(pay: Pay, printed: Printed) -> None:
    slip = pay({"hire": "2024-06-01"}, {"bonuses": (FLAT,), "probation_bonus": True})
    assert printed(slip) == [("probation_pay", "1600.00"), ("metric_bonus", "500.00")]


def test_a_pool_share_is_not_prorated_again(pay: Pay, printed: Printed) -> None:
    rule = BonusRule("team_bonus", pool=Decimal("3000.00"))
    share = PoolShare(Decimal("480.00"), Fraction(80), Fraction(500), 6)
    slip = pay(MID_JUNE | {"pools": {"team_bonus": share}}, {"guarantee": (), "bonuses": (rule,)})
    assert printed(slip) == [("team_bonus", "480.00")]


@pytest.mark.parametrize(
    ("counts", "top_up"),
    [
        # year 2: 2200 − 500 − 100 of bonuses
        pytest.param(None, "1600.00", id="left out: every bonus counts"),
        pytest.param(["base_pay", "metric_bonus"], "1700.00", id="only metric_bonus listed"),
        pytest.param(["base_pay"], "2200.00", id="only base pay"),
        pytest.param([], "2200.00", id="nothing"),
    ],
)
def test_what_counts_towards_the_floor(counts: list[str] | None, top_up: str, pay: Pay, printed: Printed) -> None:
    slip = pay({"full": True}, {"bonuses": (FLAT, FULL), "counts": counts})
    assert printed(slip) == [
        ("metric_bonus", "500.00"),
        ("full_attendance_bonus", "100.00"),
        ("guarantee_top_up", top_up),
    ]
