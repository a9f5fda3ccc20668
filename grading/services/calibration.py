"""Calibration: open a session, move grades with reasons, undo, publish. Quotas suggest, people decide.

Grades may be moved while nobody relies on them: until the session is published or the pay run is approved. The cycle's
row is locked by every act, so that a move and a grading of the same person cannot pass each other unseen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from grading import models, selectors
from grading.domain.calibration import (
    Drift,
    GradeCount,
    Graded,
    HeldGrade,
    Move,
    QuotaCheck,
    Ties,
    UnknownGrade,
    distribution,
    drift,
    grade_held,
    grade_on,
    grade_order,
    grades_of,
    quota_check,
    quota_places,
)
from grading.domain.person import Person
from grading.domain.scorecard import Grade
from grading.domain.scorecard_document import scorecard_from
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
from grading.jobs import services as jobs
from grading.kernel.bands import Bands
from grading.kernel.exact import exact, exact_store
from grading.services.cycles import appraisals_publish, computed_grade, grade_hold

Session = models.CalibrationSession


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One graded person of the group. ``total`` is exact; ``grades`` are those of the own card, best first.

    ``suggested_grade`` is what the quotas ask for; ``edge`` names the quotas whose places end after this row.
    ``is_to_decide``: a move was made, but the computed grade is another one by now. ``moves`` are newest first.
    """

    agent_id: int
    agent_no: str
    name: str
    team: str
    user_id: int | None
    total: Fraction
    computed: Grade
    held: Grade
    grades: tuple[str, ...]
    is_moved: bool
    is_to_decide: bool
    is_tied: bool
    is_published: bool
    suggested_grade: Grade | None
    edge: tuple[str, ...]
    moves: tuple[models.CalibrationMove, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """A session with everything that is decided on it. ``rows`` are ordered by total, ``order`` is best grade first.

    ``ungraded`` counts people of the group without a grade: they are in no quota.
    """

    session: models.CalibrationSession
    order: tuple[str, ...]
    rows: tuple[DeskRow, ...]
    ungraded: int
    before: tuple[GradeCount, ...]
    after: tuple[GradeCount, ...]
    check: QuotaCheck
    manager_drift: tuple[Drift, ...]
    qa_drift: tuple[Drift, ...]


def sessions_visible(user: User) -> QuerySet[models.CalibrationSession]:
    """The sessions a user may look at: all, or those of the teams managed today."""
    rows = Session.objects.select_related("cycle__company", "team", "opened_by", "published_by")
    if user.has_perm("grading.calibrate_any"):
        return rows
    if not user.has_perm("grading.calibrate"):
        return rows.none()
    wanted = Q(pk__in=())
    for company_id, code in selectors.teams_managed(user, timezone.localdate()):
        wanted |= Q(team__company_id=company_id, team__code=code)
    return rows.filter(wanted)


def may_calibrate(user: User, team: models.Team | None) -> bool:
    """Whether a user may move grades of a team today, or (no team) of the whole company."""
    if user.has_perm("grading.calibrate_any"):
        return True
    if team is None or not user.has_perm("grading.calibrate"):
        return False
    return (team.company_id, team.code) in selectors.teams_managed(user, timezone.localdate())


@transaction.atomic
def calibration_open(
    *, cycle_id: int, team: models.Team | None, quotas: Mapping[str, Fraction], ties: Ties, opened_by: User
) -> models.CalibrationSession:
    """Open the calibration of a team or (None) of the whole company; called again, change its quotas.

    ``quotas`` are shares of the group by grade, from 0 to 1. Raises MayNotCalibrate, StillGrading, BrokenQuota,
    UnknownGrade, NothingToCalibrate, CalibrationPublished.
    """
    if not may_calibrate(opened_by, team):
        raise MayNotCalibrate
    cycle = _graded_cycle(cycle_id)
    session = Session.objects.filter(cycle=cycle, team=team).first() or Session(
        cycle=cycle, team=team, opened_by=opened_by
    )
    if session.state == Session.State.PUBLISHED:
        raise CalibrationPublished(month=cycle.month)
    group = _Group(cycle, team)
    if all(row.published_at is not None for row in group.rows):
        raise NothingToCalibrate(month=cycle.month)
    quota_places(quotas, len(group.rows))
    known = grade_order(group.cards_used())
    for grade in quotas:
        if grade not in known:
            raise UnknownGrade(grade=grade, known=", ".join(known))
    session.quotas = {grade: exact_store(share) for grade, share in quotas.items()}
    session.ties = ties.value
    session.save()
    _note(session, opened_by, action="calibration.open", detail={"quotas": session.quotas, "ties": session.ties})
    return session


@transaction.atomic
def grade_move(*, session_id: int, agent_id: int, to_grade: str, reason: str, moved_by: User) -> models.CalibrationMove:
    """Move one person to another grade of the own scorecard; the coefficient follows the card.

    Raises MayNotCalibrate, CalibrationPublished, StillGrading, NotInGroup, OwnGrade, GradeIsFrozen, MoveWithoutReason,
    UnknownGrade, AlreadyThatGrade.
    """
    session, row, card = _movable(session_id, agent_id, moved_by)
    wanted = grade_on(card, to_grade)
    is_dropped = _held(row, card).is_dropped
    if wanted.grade == row.grade and not is_dropped:
        raise AlreadyThatGrade(agent=row.agent.agent_no, grade=to_grade)
    move = _moved(session, row, card, wanted.grade, reason, moved_by)
    detail = {"agent": row.agent.agent_no, "from": move.from_grade, "to": move.to_grade}
    _note(session, moved_by, action="calibration.move", detail=detail)
    return move


@transaction.atomic
def move_undo(*, session_id: int, agent_id: int, reason: str, moved_by: User) -> models.CalibrationMove:
    """Go back to the computed grade, by a move that says so. Raises what ``grade_move`` raises."""
    session, row, card = _movable(session_id, agent_id, moved_by)
    now = _held(row, card)
    computed = computed_grade(row)
    assert computed is not None  # noqa: S101  only graded people are in the group
    if not (now.is_moved or now.is_dropped):
        raise AlreadyThatGrade(agent=row.agent.agent_no, grade=computed.grade)
    move = _moved(session, row, card, computed.grade, reason, moved_by)
    _note(session, moved_by, action="calibration.undo", detail={"agent": row.agent.agent_no, "to": move.to_grade})
    return move


@transaction.atomic
def calibration_publish(*, session_id: int, published_by: User) -> models.CalibrationSession:
    """Publish a session and with it its group's graded appraisals: no move and no grading anew changes them any more.

    Publishing the whole company's closes the cycle's open team sessions too. Raises MayNotCalibrate,
    CalibrationPublished, StillGrading, MovesToDecide.
    """
    if not published_by.has_perm("grading.calibrate_any"):
        raise MayNotCalibrate
    session = _open_session(session_id)
    cycle = session.cycle
    group = _Group(cycle, session.team)
    dropped = [row.agent.agent_no for row in group.rows if group.held(row).is_dropped and row.published_at is None]
    if dropped:
        raise MovesToDecide(count=len(dropped), agents=", ".join(dropped))
    agent_ids = [row.agent_id for row in group.rows]
    appraisals_publish(company_id=cycle.company_id, month=cycle.month, agent_ids=agent_ids)
    closed = Session.objects.filter(cycle=cycle, state=Session.State.OPEN)
    if session.team is not None:
        closed = closed.filter(pk=session.pk)
    closed.update(state=Session.State.PUBLISHED, published_by=published_by, published_at=timezone.now())
    session.refresh_from_db()
    moved = sum(group.held(row).is_moved for row in group.rows)
    _note(session, published_by, action="calibration.publish", detail={"people": len(agent_ids), "moved": moved})
    return session


def calibration_desk(session: models.CalibrationSession) -> Desk:
    """Everything that is decided on in a session. A constant number of queries."""
    group = _Group(session.cycle, session.team)
    order = grade_order(group.cards_used())
    quotas = {grade: exact(share) for grade, share in session.quotas.items()}
    quotas = {grade: quotas[grade] for grade in (*order, *quotas) if grade in quotas}
    graded = [group.graded(row) for row in group.rows]
    check = quota_check(graded, quotas, order, Ties(session.ties))
    judged, managers, qa = _evaluators(group)
    return Desk(
        session=session,
        order=order,
        rows=_desk_rows(group, check),
        ungraded=len(group.everybody) - len(group.rows),
        before=distribution([computed.grade for _row, computed in group.computed()], order),
        after=distribution([row.grade for row in group.rows], order),
        check=check,
        manager_drift=drift(judged, managers, order),
        qa_drift=drift(judged, qa, order),
    )


def grades_in_group(cycle: models.AppraisalCycle, team: models.Team | None) -> tuple[str, ...]:
    """The grades that the cards of a group give, best first; of the whole company without a team."""
    return grade_order(_Group(cycle, team).cards_used())


class _Group:
    """The appraisals of a cycle, and which of them belong to the group: graded ones in ``rows``, by total."""

    def __init__(self, cycle: models.AppraisalCycle, team: models.Team | None) -> None:
        found = cycle.appraisals.select_related("agent", "scorecard").defer("kpis", "qa").order_by("agent__agent_no")
        self.cycle = cycle
        self.company = list(found)
        self.people = selectors.people([row.agent_id for row in self.company], cycle.month)
        self.moves = selectors.latest_moves(cycle.pk, [row.agent_id for row in self.company])
        self._cards: dict[int, Bands[Grade] | None] = {}
        self.everybody = [row for row in self.company if team is None or self.person(row).team == team.code]
        rows = [row for row in self.everybody if self.is_graded(row)]
        self.rows = sorted(rows, key=lambda row: (-self.total(row), row.agent.agent_no))

    def person(self, row: models.Appraisal) -> Person:
        return self.people[row.agent_id]

    def card(self, row: models.Appraisal) -> Bands[Grade] | None:
        if row.scorecard_id not in self._cards:
            self._cards[row.scorecard_id] = scorecard_from(row.scorecard.body).scorecard.grades
        return self._cards[row.scorecard_id]

    def is_graded(self, row: models.Appraisal) -> bool:
        return row.total_score is not None and computed_grade(row) is not None and self.card(row) is not None

    def total(self, row: models.Appraisal) -> Fraction:
        return row.total_score or Fraction(0)

    def grade(self, row: models.Appraisal, grade: str | None) -> Grade | None:
        """A grade of the card that a row was judged by."""
        card = self.card(row)
        return grade_on(card, grade) if card is not None and grade is not None else None

    def cards_used(self) -> list[Bands[Grade]]:
        return [card for card in (self.card(row) for row in self.rows) if card is not None]

    def computed(self, rows: Sequence[models.Appraisal] | None = None) -> list[tuple[models.Appraisal, Grade]]:
        pairs = ((row, computed_grade(row)) for row in (self.rows if rows is None else rows))
        return [(row, computed) for row, computed in pairs if computed is not None]

    def held(self, row: models.Appraisal) -> HeldGrade:
        return grade_held(computed_grade(row), self.card(row), self.moves.get(row.agent_id))

    def graded(self, row: models.Appraisal) -> Graded:
        card = self.card(row)
        return Graded(row.agent.agent_no, self.total(row), row.grade, grades_of(card) if card else ())


def _desk_rows(group: _Group, check: QuotaCheck) -> tuple[DeskRow, ...]:
    suggested = {each.agent_no: each.to_grade for each in check.suggestions}
    ends: dict[int, list[str]] = defaultdict(list)
    for line, end in zip(check.lines, accumulate(line.places for line in check.lines), strict=True):
        ends[end].append(line.grade)
    moves: dict[int, list[models.CalibrationMove]] = defaultdict(list)
    agent_ids = [row.agent_id for row in group.rows]
    for move in models.CalibrationMove.objects.filter(
        session__cycle=group.cycle, agent_id__in=agent_ids
    ).select_related("moved_by"):
        moves[move.agent_id].append(move)
    totals = [group.total(row) for row in group.rows]
    times = Counter(totals)
    found = []
    for place, (row, computed) in enumerate(group.computed(), start=1):
        held = group.held(row)
        person = group.person(row)
        found.append(
            DeskRow(
                agent_id=row.agent_id,
                agent_no=person.agent_no,
                name=person.name,
                team=person.team_name,
                user_id=row.agent.user_id,
                total=group.total(row),
                computed=computed,
                held=Grade(row.grade, row.coefficient if row.coefficient is not None else computed.coefficient),
                grades=group.graded(row).grades,
                is_moved=bool(row.computed_grade),
                is_to_decide=held.is_dropped and row.published_at is None,
                is_tied=times[group.total(row)] > 1,
                is_published=row.published_at is not None,
                suggested_grade=group.grade(row, suggested.get(person.agent_no)),
                edge=tuple(ends.get(place, ())),
                moves=tuple(moves[row.agent_id]),
            )
        )
    return tuple(found)


Judged = Mapping[str, tuple[Fraction, str]]
Judges = Mapping[str, Collection[str]]


def _evaluators(group: _Group) -> tuple[Judged, Judges, Judges]:
    """Everybody's total and computed grade; and who manages, and who evaluated contacts of, the people of the group.

    Evaluators are compared with the company by their people in this group only: a manager learns nothing of others'.
    """
    company = [row for row in group.company if group.is_graded(row)]
    judged = {row.agent.agent_no: (group.total(row), grade.grade) for row, grade in group.computed(company)}
    month = group.cycle.month
    by_team: dict[str, list[str]] = defaultdict(list)
    for row in group.rows:
        by_team[group.person(row).team].append(row.agent.agent_no)
    managers: dict[str, list[str]] = defaultdict(list)
    held = (
        models.TeamManager.objects.filter(
            team__company_id=group.cycle.company_id, team__code__in=by_team, first_day__lte=month.last_day
        )
        .filter(Q(last_day=None) | Q(last_day__gte=month.last_day))
        .select_related("team", "user")
    )
    for manager in held:
        managers[_name(manager.user)] += by_team[manager.team.code]
    qa: dict[str, list[str]] = defaultdict(list)
    evaluations = models.QaEvaluation.objects.filter(
        sample__agent_id__in=[row.agent_id for row in group.rows],
        sample__day__gte=month.first_day,
        sample__day__lte=month.last_day,
    ).select_related("evaluator", "sample__agent")
    for evaluation in evaluations:
        qa[_name(evaluation.evaluator)].append(evaluation.sample.agent.agent_no)
    return judged, managers, qa


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _graded_cycle(cycle_id: int) -> models.AppraisalCycle:
    """The cycle under lock. Raises StillGrading while somebody of it is being judged."""
    cycle = models.AppraisalCycle.objects.select_for_update().get(pk=cycle_id)
    if cycle.status == models.AppraisalCycle.Status.OPEN or not jobs.progress(cycle.job_id).is_settled:
        raise StillGrading(month=cycle.month)
    return cycle


def _open_session(session_id: int) -> models.CalibrationSession:
    """The session, its cycle locked and graded. Raises StillGrading, CalibrationPublished."""
    session = Session.objects.select_related("team", "cycle").get(pk=session_id)
    session.cycle = _graded_cycle(session.cycle_id)
    if Session.objects.filter(pk=session_id, state=Session.State.PUBLISHED).exists():
        raise CalibrationPublished(month=session.cycle.month)
    return session


def _movable(
    session_id: int, agent_id: int, moved_by: User
) -> tuple[models.CalibrationSession, models.Appraisal, Bands[Grade]]:
    """The session, the person's appraisal under lock, and the card it was judged by, if this user may move it now."""
    session = _open_session(session_id)
    if not may_calibrate(moved_by, session.team):
        raise MayNotCalibrate
    month = session.cycle.month
    row = (
        session.cycle.appraisals.select_for_update(of=("self",))
        .select_related("agent", "scorecard")
        .filter(agent_id=agent_id)
        .first()
    )
    card = scorecard_from(row.scorecard.body).scorecard.grades if row is not None else None
    if row is None or card is None or row.total_score is None or computed_grade(row) is None:
        raise NotInGroup(month=month)
    if session.team is not None and selectors.people([agent_id], month)[agent_id].team != session.team.code:
        raise NotInGroup(month=month)
    if row.agent.user_id == moved_by.pk:
        raise OwnGrade(agent=row.agent.agent_no)
    if row.published_at is not None:
        raise GradeIsFrozen(agent=row.agent.agent_no)
    return session, row, card


def _held(row: models.Appraisal, card: Bands[Grade]) -> HeldGrade:
    latest = selectors.latest_moves(row.cycle_id, [row.agent_id]).get(row.agent_id)
    return grade_held(computed_grade(row), card, latest)


def _moved(
    session: models.CalibrationSession,
    row: models.Appraisal,
    card: Bands[Grade],
    to_grade: str,
    reason: str,
    moved_by: User,
) -> models.CalibrationMove:
    computed = computed_grade(row)
    assert computed is not None  # noqa: S101  only graded people are in the group
    move = Move.checked(row.agent.agent_no, computed.grade, to_grade, reason, moved_by.get_username())
    made = models.CalibrationMove(
        session=session,
        agent=row.agent,
        from_grade=move.from_grade,
        to_grade=move.to_grade,
        reason=move.reason,
        moved_by=moved_by,
    )
    made.save()
    grade_hold(row, card, move)
    row.save(update_fields=["grade", "coefficient", "computed_grade", "computed_coefficient"])
    return made


def _note(session: models.CalibrationSession, user: User, *, action: str, detail: Mapping[str, object]) -> None:
    jobs.audit(actor=user, action=action, object_type="calibration_session", object_id=session.pk, detail=detail)
