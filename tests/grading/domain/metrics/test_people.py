"""Attendance, conduct, training, exams and QA findings, worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grading.domain.metrics.values import By
from grading.kernel.exact import shown
from grading.rulebook import metric_definitions, qa_codes, qa_escalates_on
from tests.grading.domain.metrics.tables import events_of, value

JUNE = ("2024-06-01", "2024-06-30")
TEAMS = "agent_no | team\nA | north\nB | north\nC | south"


def rows(head: str, *lines: str) -> str:
    return "\n".join((head, *lines))


def test_examples_m_17_attendance() -> None:
    """20 of 22 due days: 20/22 = 90.91 %. Late and early leave are present; holidays and rest are not due."""
    statuses = ["present"] * 18 + ["late", "early_leave", "absent", "paid_leave"] + ["rest"] * 7 + ["holiday"]
    days = [f"A | 2024-06-{day:02} | {status}" for day, status in enumerate(statuses, start=1)]
    events = events_of(JUNE, attendance_daily=rows("agent_id | date | status", *days, "A | 2024-05-31 | absent"))
    rate = value(events, "attendance_rate", "A")
    assert rate == Fraction(20, 22)
    assert shown(Fraction(20, 22) * 100) == "90.91"


def test_attendance_of_a_team_and_of_rest_alone() -> None:
    """A 1 of 2, B 0 of 1: 1 of 3. C only rested: nothing was due."""
    events = events_of(
        JUNE,
        agents=TEAMS,
        attendance_daily=rows(
            "agent_id | date | status",
            "A | 2024-06-03 | present",
            "A | 2024-06-04 | unpaid_leave",
            "B | 2024-06-03 | sick",
            "C | 2024-06-03 | rest",
        ),
    )
    assert value(events, "attendance_rate", "north", By.TEAM) == Fraction(1, 3)
    assert value(events, "attendance_rate", "C") == "not_applicable"


@pytest.mark.parametrize("metric", ["discipline_score", "onsite_work_score"])
def test_conduct(metric: str) -> None:
    """A: 100 − 2.5 − 1 = 96.5; the 50 are deducted from pay instead. B: 100 − 120 = −20. C: nothing. North: −23.5."""
    events = events_of(
        JUNE,
        agents=TEAMS,
        discipline_events=rows(
            "agent_id | at | points | mode",
            "A | 2024-06-01 00:00:00 | 2.5 | score",
            "A | 2024-06-30 23:59:59 | 1 |",
            "A | 2024-06-03 10:00:00 | 50 | deduct",
            "A | 2024-07-01 00:00:00 | 9 | score",
            "B | 2024-06-03 10:00:00 | 120 | score",
            "C | 2024-06-03 10:00:00 | | score",
        ),
    )
    assert value(events, metric, "A") == Fraction("96.5")
    assert value(events, metric, "B") == -20
    assert value(events, metric, "C") == 100
    assert value(events, metric, "north", By.TEAM) == Fraction("-23.5")


def test_without_a_mode_every_event_is_scored() -> None:
    events = events_of(JUNE, discipline_events=rows("agent_id | at | points", "A | 2024-06-03 10:00:00 | 4"))
    assert value(events, "discipline_score", "A") == 96


M_16 = rows(
    "agent_id | date | present | score",
    *(f"A | 2024-06-{day:02} | yes | {score}" for day, score in enumerate((80, 82, 84, 88, 90, 92), start=1)),
    "A | 2024-06-10 | no |",
    "A | 2024-06-11 | no | 10",
)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        # mean (80 + 82 + 84 + 88 + 90 + 92) / 6 = 86; 86 − 2 × 5
        pytest.param({"training_index.coefficient": "5"}, 76, id="examples M_16 coefficient"),
        # 86 − 2 absences × 6 attended
        pytest.param({"training_index.method": "literal"}, 74, id="examples M_16 literal"),
        # 86 − 2 / 8 × 100
        pytest.param({"training_index.method": "ratio"}, 61, id="examples M_16 ratio"),
        pytest.param({"training_index.coefficient": "43.5"}, 0, id="not below 0"),
        pytest.param({}, "missing: readings.training_index.coefficient", id="the coefficient must be set"),
    ],
)
def test_m_16_training(readings: dict[str, str], expected: int | str) -> None:
    events = events_of(JUNE, training_attendance=M_16)
    assert value(events, "training_index", "A", readings=readings) == expected
    assert value(events, "training_pass_score", "A") == 86


def test_training_of_a_team_and_without_a_score() -> None:
    """North: (90 + 70) / 2 = 80, one absence × 5: 75. C was only absent: no mean to take anything from."""
    events = events_of(
        JUNE,
        agents=TEAMS,
        training_attendance=rows(
            "agent_id | date | present | score",
            "A | 2024-06-03 | yes | 90",
            "B | 2024-06-03 | yes | 70",
            "B | 2024-06-04 | no |",
            "B | 2024-06-05 | yes |",
            "C | 2024-06-03 | no |",
        ),
    )
    set_to_5 = {"training_index.coefficient": "5"}
    assert value(events, "training_pass_score", "north", By.TEAM) == 80
    assert value(events, "training_index", "north", By.TEAM, set_to_5) == 75
    assert value(events, "training_index", "C", readings=set_to_5) == "not_applicable"
    assert value(events, "training_pass_score", "C") == "not_applicable"


def test_evaluations() -> None:
    """A: 90 and 81 and one without a score: (90 + 81) / 2 = 85.5; 3 on 2 days = 3/2. North: 5 on 3 agent-days."""
    events = events_of(
        JUNE,
        agents=TEAMS,
        qa_evaluations=rows(
            "agent_id | checked_on | score",
            "A | 2024-06-03 | 90",
            "A | 2024-06-03 | 81",
            "A | 2024-06-30 |",
            "A | 2024-07-01 | 0",
            "B | 2024-06-03 | 100",
            "B | 2024-06-03 | 100",
            "C | 2024-06-03 |",
        ),
    )
    assert value(events, "chat_audit_score", "A") == Fraction("85.5")
    assert value(events, "chat_audit_score", "C") == "not_applicable"
    assert value(events, "chat_audit_score", "north", By.TEAM) == Fraction(371, 4)  # (90 + 81 + 100 + 100) / 4
    assert value(events, "qa_sample_count", "A") == Fraction(3, 2)
    assert value(events, "qa_sample_count", "north", By.TEAM) == Fraction(5, 3)


EXAMS = rows(
    "agent_id | exam | at | right | questions",
    "A | onboarding | 2024-06-03 10:00:00 | 8 | 16",
    "A | onboarding | 2024-06-05 10:00:00 | 14 | 16",
    "A | onboarding | 2024-06-04 10:00:00 | 2 | 16",
    "A | onboarding | 2024-07-01 00:00:00 | 16 | 16",
    "A | product | 2024-06-03 10:00:00 | 7 | 10",
    "B | onboarding | 2024-06-03 10:00:00 | 4 | 8",
    "B | onboarding | 2024-06-03 10:00:00 | 6 | 8",
)


def test_exams() -> None:
    """The latest in the span. A: 14/16 = 87.5; B: the later row of one instant, 6/8 = 75. North: 20/24 = 250/3."""
    events = events_of(JUNE, agents=TEAMS, exam_attempts=EXAMS)
    assert value(events, "onboarding_exam_score", "A") == Fraction("87.5")
    assert value(events, "onboarding_exam_score", "B") == 75
    assert value(events, "onboarding_exam_score", "north", By.TEAM) == Fraction(250, 3)
    assert value(events, "product_knowledge_score", "A") == 70
    assert value(events, "product_knowledge_score", "B") == "not_applicable"


def test_examples_m_18_typing() -> None:
    """420 characters in 6 minutes, in two tests: 70 a minute; not the mean of 60 and 90."""
    tests = rows(
        "agent_id | date | characters | minutes",
        "A | 2024-06-03 | 240 | 4",
        "A | 2024-06-04 | 180 | 2",
        "A | 2024-07-01 | 900 | 1",
        "B | 2024-06-03 | 100 | 1.5",
        "C | 2024-06-03 | 100 | 0",
    )
    events = events_of(JUNE, typing_tests=tests, agents=TEAMS)
    assert value(events, "typing_speed_cpm", "A") == 70
    assert value(events, "typing_speed_cpm", "B") == Fraction(200, 3)
    assert value(events, "typing_speed_cpm", "C") == "not_applicable"
    assert value(events, "typing_speed_cpm", "north", By.TEAM) == Fraction(520, 1) / Fraction("7.5")


def test_scores_that_people_give() -> None:
    """Efficiency (90 + 85) / 2 = 87.5, the module's rating is another metric's; mystery shoppers (80 + 95) / 2."""
    events = events_of(
        JUNE,
        manual_scores=rows(
            "agent_id | metric | date | score",
            "A | efficiency_score | 2024-06-03 | 90",
            "A | efficiency_score | 2024-06-30 | 85",
            "A | module_rating | 2024-06-03 | 10",
            "B | module_rating | 2024-06-03 | 10",
        ),
        mystery_shopper=rows("agent_id | date | score", "A | 2024-06-22 | 80", "A | 2024-06-23 | 95"),
    )
    assert value(events, "efficiency_score", "A") == Fraction("87.5")
    assert value(events, "efficiency_score", "B") == "not_applicable"
    assert value(events, "mystery_shopper_score", "A") == Fraction("87.5")
    assert value(events, "mystery_shopper_score", "B") == "not_applicable"


FINDINGS = rows(
    "agent_id | checked_on | session | code",
    "A | 2024-06-12 | s5 | N2",
    "A | 2024-06-03 | s1 | N2",
    "A | 2024-06-05 | s2 | N2",
    "A | 2024-06-05 | s2 | N1",
    "A | 2024-06-20 | s6 | N2",
    "A | 2024-06-20 | s7 | F1",
    "A | 2024-05-31 | s0 | N1",
    "A | 2024-05-30 | s0 | N1",
    "B | 2024-06-20 | s9 | N2",
)


@pytest.mark.parametrize(
    ("days", "fatal", "others"),
    [
        # N2 on the 3rd, 5th | 12th, 20th fatal; F1 fatal; N1 once in June
        pytest.param(JUNE, 3, 3, id="the month: the third N2, the fourth and F1"),
        pytest.param(("2024-06-10", "2024-06-15"), 1, 0, id="the third N2; the first two lie before the span"),
        pytest.param(("2024-05-01", "2024-06-05"), 0, 5, id="N1 twice in May and once in June is not three in a month"),
        pytest.param(("2024-06-21", "2024-06-30"), 0, 0, id="nothing was found"),
    ],
)
def test_findings(days: tuple[str, str], fatal: int, others: int) -> None:
    present = rows("agent_id | date | status", f"A | {days[0]} | present")
    events = events_of(days, qa_findings=FINDINGS, attendance_daily=present)
    assert value(events, "qa_fatal_count", "A") == fatal
    assert value(events, "qa_nonfatal_count", "A") == others


def test_a_team_shares_findings_but_not_repetitions() -> None:
    """B's N2 is B's first: north has A's 3 fatal and 3 others, and B's one more."""
    events = events_of(JUNE, qa_findings=FINDINGS, agents=TEAMS)
    assert value(events, "qa_fatal_count", "north", By.TEAM) == 3
    assert value(events, "qa_nonfatal_count", "north", By.TEAM) == 4


def test_findings_are_judged_by_the_qa_codes() -> None:
    severity = metric_definitions()["qa_fatal_count"].severity
    assert severity is not None
    assert severity.fatal == {code for code, held in qa_codes().items() if held.is_fatal}
    assert severity.escalate_on == qa_escalates_on() == 3


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("attendance_rate", "missing: attendance_daily.status"),
        ("discipline_score", "missing: discipline_events.agent_id"),
        ("training_index", "missing: training_attendance.agent_id"),
        ("qa_fatal_count", "missing: qa_findings.agent_id"),
        ("typing_speed_cpm", "missing: typing_tests.agent_id"),
        ("onboarding_exam_score", "missing: exam_attempts.agent_id"),
    ],
)
def test_a_missing_column_is_named(metric: str, reason: str) -> None:
    events = events_of(JUNE, attendance_daily=rows("agent_id | date", "A | 2024-06-03"))
    assert value(events, metric, "A") == reason


@pytest.mark.parametrize(
    "metric", [each.id for each in metric_definitions().values() if each.family in ("people", "calls")]
)
def test_a_shop_has_no_people_metrics(metric: str) -> None:
    events = events_of(JUNE, chat_sessions="session_id | store_id\ns1 | S")
    assert value(events, metric, "S", By.SHOP) == "not_applicable"
