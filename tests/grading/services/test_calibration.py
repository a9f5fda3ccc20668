"""Calibration as a service: who may move whom, what a move changes, what survives a new grading, and the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grading import models, selectors
from grading.domain.calibration import BrokenQuota, MoveWithoutReason, Ties, UnknownGrade
from grading.errors import (
    AlreadyThatGrade,
    CalibrationPublished,
    GradeIsFrozen,
    MayNotCalibrate,
    MovesToDecide,
    NothingToCalibrate,
    NotInGroup,
    OwnGrade,
    StillGrading,
)
from grading.jobs.models import AuditEntry, RunItem
from grading.kernel.period import Month
from grading.models.calibration import MoveIsKept
from grading.services import calibration, cycles

pytestmark = pytest.mark.django_db
MONTH = Month(2026, 9)
CARD = {
    "scorecard": "pre",
    "effective_from": "2020-01-01",
    "roles": ["pre_sales"],
    "kpis": [
        {"metric": "deal_rate", "weight": "1", "direction": "higher", "threshold": "0", "target": "1"},
    ],
    "grades": [
        {"grade": "S", "from": "95", "coefficient": "1.5"},
        {"grade": "A", "from": "85", "coefficient": "1.2"},
        {"grade": "B", "from": "70", "coefficient": "1.0"},
        {"grade": "C", "from": "0", "coefficient": "0.8"},
    ],
}
RATES = {"A1": "0.99", "A2": "0.98", "A3": "0.98", "A4": "0.90", "B1": "0.96", "B2": "0.50"}


@dataclass(frozen=True)
class Small:
    """Six people of two teams, graded: S S S A and S C."""

    company: models.Company
    cycle: models.AppraisalCycle
    one: models.Team
    hr: User
    manager: User

    def agent(self, agent_no: str) -> models.Agent:
        return self.company.agents.get(agent_no=agent_no)

    def row(self, agent_no: str) -> models.Appraisal:
        return self.cycle.appraisals.get(agent__agent_no=agent_no)

    def rate(self, agent_no: str, rate: str) -> None:
        self.company.agents.get(agent_no=agent_no).kpi_results.update(value=rate)

    def grade(self) -> None:
        """Grade the month as the workers do."""
        cycle = cycles.cycle_open(company_id=self.company.pk, month=MONTH, requested_by=self.hr)
        while cycles.cycle_grade_chunk(cycle.job_id):
            pass
        cycles.cycle_finish(cycle.job_id)

    def session(self, *, team: bool = True, **quotas: str) -> models.CalibrationSession:
        return calibration.calibration_open(
            cycle_id=self.cycle.pk,
            team=self.one if team else None,
            quotas={grade: Fraction(share) for grade, share in quotas.items()},
            ties=Ties.KEEP,
            opened_by=self.hr,
        )

    def move(
        self, session: models.CalibrationSession, agent_no: str, to_grade: str, by: User | None = None
    ) -> models.CalibrationMove:
        return calibration.grade_move(
            session_id=session.pk,
            agent_id=self.agent(agent_no).pk,
            to_grade=to_grade,
            reason="面谈后调整",
            moved_by=by or self.hr,
        )


def user(name: str, group: str) -> User:
    made = User.objects.create_user(name, password="a-long-password", is_staff=True)
    made.groups.add(Group.objects.get(name=group))
    return User.objects.get(pk=made.pk)


@pytest.fixture
def small() -> Small:
    company = models.Company.objects.create(code="small", name_zh="小公司")
    one = models.Team.objects.create(company=company, code="one", name="一组")
    models.Team.objects.create(company=company, code="two", name="二组")
    models.ScorecardVersion.objects.create(
        company=company,
        code="pre",
        effective_from=date(2020, 1, 1),
        status="published",
        published_at=timezone.now(),
        body=CARD,
        fingerprint="f" * 64,
    )
    for agent_no, rate in RATES.items():
        agent = models.Agent.objects.create(
            company=company, agent_no=agent_no, name=f"客服{agent_no}", role="pre_sales", hire_date=date(2025, 1, 1)
        )
        team = "one" if agent_no.startswith("A") else "two"
        models.AgentFact.objects.create(agent=agent, kind="team", value=team, effective_from=date(2025, 1, 1))
        models.KpiResult.objects.create(agent=agent, month=MONTH, metric="deal_rate", value=rate)
    hr, manager = user("hr", "HR"), user("manager", "manager")
    models.TeamManager.objects.create(team=one, user=manager, first_day=date(2025, 1, 1))
    cycle = cycles.cycle_open(company_id=company.pk, month=MONTH, requested_by=hr)
    made = Small(company, cycle, one, hr, manager)
    made.grade()
    cycle.refresh_from_db()
    return made


def test_a_move_changes_what_counts_and_keeps_what_was_computed(small: Small) -> None:
    session = small.session()
    before = small.row("A3").input_hash
    small.move(session, "A3", "B")
    row = small.row("A3")
    assert (row.grade, row.coefficient, row.computed_grade, row.computed_coefficient) == (
        "B",
        Fraction(1),
        "S",
        Fraction("1.5"),
    )
    assert (row.total_score, row.input_hash) == (Fraction(98), before)
    judged = selectors.judged([row.agent_id], small.company.pk, MONTH)[row.agent_id]
    assert (judged.grade, judged.coefficient, judged.total_score) == ("B", Fraction(1), Fraction(98))
    entry = AuditEntry.objects.get(action="calibration.move")
    assert (entry.actor, entry.detail) == (small.hr, {"agent": "A3", "from": "S", "to": "B"})


def test_undoing_is_another_move(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "B")
    undo = {"session_id": session.pk, "agent_id": small.agent("A3").pk, "moved_by": small.hr}
    with pytest.raises(MoveWithoutReason):
        calibration.move_undo(**undo, reason="  ")
    calibration.move_undo(**undo, reason="看错了")
    row = small.row("A3")
    assert (row.grade, row.coefficient, row.computed_grade, row.computed_coefficient) == (
        "S",
        Fraction("1.5"),
        "",
        None,
    )
    assert list(session.moves.order_by("pk").values_list("from_grade", "to_grade")) == [("S", "B"), ("S", "S")]
    with pytest.raises(AlreadyThatGrade):
        calibration.move_undo(**undo, reason="again")


def test_a_second_move_starts_from_the_computed_grade(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "B")
    move = small.move(session, "A3", "A")
    assert (move.from_grade, small.row("A3").grade, small.row("A3").computed_grade) == ("S", "A", "S")


def test_moves_are_kept_as_they_were_made(small: Small) -> None:
    move = small.move(small.session(), "A3", "B")
    move.reason = "changed"
    with pytest.raises(MoveIsKept):
        move.save()
    with pytest.raises(MoveIsKept):
        move.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        models.CalibrationMove.objects.update(reason="")


@pytest.mark.parametrize(
    ("agent_no", "to_grade", "reason", "error"),
    [
        ("A3", "S", "why", AlreadyThatGrade),
        ("A3", "D", "why", UnknownGrade),
        ("A3", "B", " ", MoveWithoutReason),
        ("B1", "A", "why", NotInGroup),  # of the other team
    ],
)
def test_moves_that_make_no_sense(small: Small, agent_no: str, to_grade: str, reason: str, error: type) -> None:
    session = small.session()
    with pytest.raises(error):
        calibration.grade_move(
            session_id=session.pk,
            agent_id=small.agent(agent_no).pk,
            to_grade=to_grade,
            reason=reason,
            moved_by=small.hr,
        )
    assert not models.CalibrationMove.objects.exists()


def test_nobody_moves_their_own_grade(small: Small) -> None:
    session = small.session()
    agent = small.agent("A4")
    agent.user = small.manager
    agent.save()
    with pytest.raises(OwnGrade):
        small.move(session, "A4", "S", by=small.manager)
    small.move(session, "A4", "S", by=small.hr)


def test_a_manager_calibrates_the_own_team_today_and_nothing_else(small: Small) -> None:
    own, company = small.session(), small.session(team=False)
    small.move(own, "A3", "A", by=small.manager)
    assert list(calibration.sessions_visible(small.manager)) == [own]
    assert set(calibration.sessions_visible(small.hr)) == {own, company}
    with pytest.raises(MayNotCalibrate):
        small.move(company, "A3", "B", by=small.manager)
    with pytest.raises(MayNotCalibrate):
        calibration.calibration_publish(session_id=own.pk, published_by=small.manager)
    models.TeamManager.objects.update(last_day=date(2026, 1, 1))
    with pytest.raises(MayNotCalibrate):
        small.move(own, "A3", "B", by=small.manager)
    assert list(calibration.sessions_visible(small.manager)) == []


def test_opening_needs_a_graded_group_and_quotas_that_are_shares(small: Small) -> None:
    with pytest.raises(BrokenQuota):
        small.session(S="0.6", A="0.6")
    with pytest.raises(UnknownGrade):
        small.session(X="0.1")
    first = small.session(S="0.1")
    assert (small.session(S="0.25").pk, models.CalibrationSession.objects.get().quotas) == (first.pk, {"S": "0.25"})
    RunItem.objects.filter(job=small.cycle.job).update(state="queued")
    with pytest.raises(StillGrading):
        small.session(team=False)
    RunItem.objects.filter(job=small.cycle.job).update(state="done")
    small.cycle.appraisals.all().delete()
    with pytest.raises(NothingToCalibrate):
        small.session(team=False)


def test_the_desk_shows_quota_tie_and_distribution(small: Small) -> None:
    # team one: S S S A; S ≤ 50 % of 4 people: 2 places, the second and third are equal
    session = small.session(S="0.5")
    desk = calibration.calibration_desk(session)
    assert [(row.agent_no, row.total, row.is_tied) for row in desk.rows] == [
        ("A1", Fraction(99), False),
        ("A2", Fraction(98), True),
        ("A3", Fraction(98), True),
        ("A4", Fraction(90), False),
    ]
    assert (desk.check.lines[0].places, desk.check.lines[0].tied_over) == (2, 1)
    assert [row.edge for row in desk.rows] == [(), ("S",), (), ()]
    small.move(session, "A3", "B")
    after = calibration.calibration_desk(session)
    assert [(count.grade, count.people) for count in after.before] == [("S", 3), ("A", 1), ("B", 0), ("C", 0)]
    assert [(count.grade, count.people) for count in after.after] == [("S", 2), ("A", 1), ("B", 1), ("C", 0)]
    # manager of one: (99 + 98 + 98 + 90) ÷ 4 = 96.25; company: (385 + 96 + 50) ÷ 6 = 88.5
    [row] = after.manager_drift
    assert (row.evaluator, row.people, row.mean, row.difference) == (
        "manager",
        4,
        Fraction("96.25"),
        Fraction("7.75"),
    )
    assert after.qa_drift == ()


def test_the_desk_costs_the_same_however_many_people_it_has(small: Small) -> None:
    session, company = small.session(), small.session(team=False)
    counts = []
    for each in (session, company):
        with CaptureQueriesContext(connection) as queries:
            calibration.calibration_desk(each)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


# --- Graded anew ------------------------------------------------------------------------------------------------------


def test_a_move_survives_a_new_grading_that_comes_to_the_same_grade(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "A")
    small.rate("A3", "0.97")  # still S
    small.grade()
    row = small.row("A3")
    assert (row.total_score, row.grade, row.coefficient, row.computed_grade) == (
        Fraction(97),
        "A",
        Fraction("1.2"),
        "S",
    )


def test_a_move_for_another_grade_falls_and_is_to_be_decided_again(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "A")
    small.rate("A3", "0.75")  # B now
    small.grade()
    row = small.row("A3")
    assert (row.grade, row.coefficient, row.computed_grade) == ("B", Fraction(1), "")
    assert [each.agent_no for each in calibration.calibration_desk(session).rows if each.is_to_decide] == ["A3"]
    with pytest.raises(MovesToDecide):
        calibration.calibration_publish(session_id=session.pk, published_by=small.hr)
    calibration.move_undo(
        session_id=session.pk, agent_id=row.agent_id, reason="the computed one is right", moved_by=small.hr
    )
    assert not any(each.is_to_decide for each in calibration.calibration_desk(session).rows)
    calibration.calibration_publish(session_id=session.pk, published_by=small.hr)


def test_a_mended_file_brings_the_move_back(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "A")
    for rate, grade in (("0.75", "B"), ("0.98", "A")):
        small.rate("A3", rate)
        small.grade()
        assert small.row("A3").grade == grade


def test_a_move_to_the_same_grade_as_computed_anew_may_confirm_it(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "A")
    small.rate("A3", "0.75")
    small.grade()
    move = small.move(session, "A3", "B")
    assert (move.from_grade, move.to_grade) == ("B", "B")


# --- The end ----------------------------------------------------------------------------------------------------------


def test_publishing_freezes_moves_and_grading(small: Small) -> None:
    session = small.session()
    small.move(session, "A3", "A")
    calibration.calibration_publish(session_id=session.pk, published_by=small.hr)
    session.refresh_from_db()
    assert (session.state, session.published_by) == ("published", small.hr)
    assert AuditEntry.objects.get(action="calibration.publish").detail == {"people": 4, "moved": 1}
    with pytest.raises(CalibrationPublished):
        small.move(session, "A3", "B")
    with pytest.raises(CalibrationPublished):
        small.session()
    small.rate("A3", "0.10")
    small.rate("B2", "0.99")
    small.grade()
    assert (small.row("A3").grade, small.row("A3").total_score) == ("A", Fraction(98))
    assert small.row("B2").grade == "S"  # the other team is not published


def test_a_published_appraisal_is_moved_by_no_other_session(small: Small) -> None:
    calibration.calibration_publish(session_id=small.session().pk, published_by=small.hr)
    company = small.session(team=False)
    with pytest.raises(GradeIsFrozen):
        small.move(company, "A3", "B")
    small.move(company, "B1", "A")


def test_publishing_the_company_closes_its_teams(small: Small) -> None:
    team, company = small.session(), small.session(team=False)
    calibration.calibration_publish(session_id=company.pk, published_by=small.hr)
    team.refresh_from_db()
    assert team.state == "published"
    assert not small.cycle.appraisals.filter(published_at=None).exists()


def test_payroll_approval_freezes_too(small: Small) -> None:
    session = small.session()
    cycles.appraisals_publish(company_id=small.company.pk, month=MONTH, agent_ids=[small.agent("A3").pk])
    with pytest.raises(GradeIsFrozen):
        small.move(session, "A3", "B")
    small.move(session, "A1", "A")
