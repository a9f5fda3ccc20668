"""The daily report adds up: agents to teams, teams to the day."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from grading.domain.qa_report import AgentDay, QaCounts, qa_day

DAY = date(2026, 10, 5)
WANG = AgentDay(
    "A2",
    "王",
    "一组",
    QaCounts(40, 3, 1, 4, 1, 2, 1, 3, 1, (Fraction(100), Fraction(0), Fraction(95))),
    ("N1", "N1", "F2"),
)
LI = AgentDay("A1", "李", "一组", QaCounts(contacts=2, drawn=2), ())
ZHAO = AgentDay("B1", "赵", "二组", QaCounts(10, 3, 0, 1, 0, 1, 0, 0, 0, (None,)), ("N1",))


def test_nothing_happened() -> None:
    report = qa_day(DAY, [])
    assert (report.teams, report.errors, report.counts) == ((), (), QaCounts())
    assert report.counts.mean is None


def test_sums_and_means() -> None:
    report = qa_day(DAY, [ZHAO, WANG, LI])
    one = next(team for team in report.teams if team.team == "一组")
    assert [agent.agent_no for agent in one.agents] == ["A1", "A2"]
    assert (one.counts.contacts, one.counts.sampled, one.counts.evaluated) == (42, 6, 4)
    assert one.counts.mean == 65  # (100 + 0 + 95) ÷ 3
    assert (report.counts.contacts, report.counts.sampled, report.counts.fatal) == (52, 9, 1)
    assert report.counts.mean is None  # one contact has no score
    assert report.errors == (("N1", 3), ("F2", 1))


def test_at_most_five_errors_the_most_frequent_first() -> None:
    codes = ("N6", "N6", "N5", "N4", "N3", "N2", "N1")
    report = qa_day(DAY, [AgentDay("A1", "李", "一组", QaCounts(), codes)])
    assert report.errors == (("N6", 2), ("N1", 1), ("N2", 1), ("N3", 1), ("N4", 1))
