"""Reads of grading: plain values for chunks of people, each in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Q

from grading import models
from grading.domain.attendance import Attendance, DayStatus, attendance_of_days
from grading.domain.ladder import Eligibility, Ladder, UnknownTier, eligibility
from grading.domain.ladder_document import ladder_from
from grading.domain.person import Person, employed_span
from grading.domain.quality import Finding, JudgedFinding, judged_findings
from grading.domain.scorecard import Scorecard
from grading.domain.scorecard_document import scorecard_from
from grading.kernel.dated import Dated
from grading.kernel.period import Month
from grading.kernel.snapshot import plain
from grading.rulebook import qa_codes, qa_escalates_on, seed_ladder_document
from grading.tables import VersionedDocument


@dataclass(frozen=True, slots=True)
class ScorecardInForce:
    """A published scorecard version and its value. ``kpis_plain``: of each KPI, what every appraisal stores of it."""

    version_id: int
    fingerprint: str
    scorecard: Scorecard
    kpis_plain: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LadderInForce:
    """The ladder of a company: a published version, or the seed ladder (``version_id`` None)."""

    version_id: int | None
    ladder: Ladder


def agents_employed_in(company_id: int, month: Month) -> list[int]:
    """The ids of agents with at least one paid day in the month."""
    return list(
        models.Agent.objects.filter(company_id=company_id, hire_date__lte=month.last_day)
        .filter(Q(leave_date=None) | Q(leave_date__gte=month.first_day))
        .order_by("agent_no")
        .values_list("pk", flat=True)
    )


def agents_by_team(company_id: int, agent_ids: Collection[int], day: date) -> list[int]:
    """The same agents, those of one team on a day together. One query."""
    rows = models.AgentFact.objects.filter(
        agent__company_id=company_id, kind=models.AgentFact.Kind.TEAM, effective_from__lte=day
    ).order_by("effective_from")
    teams = dict(rows.values_list("agent_id", "value"))
    return sorted(agent_ids, key=lambda agent_id: (teams.get(agent_id, ""), agent_id))


def agents_ever_in_teams(company_id: int, teams: Collection[str]) -> set[int]:
    """The agents who were on one of these teams at any time. One query; none for no teams."""
    if not teams:
        return set()
    rows = models.AgentFact.objects.filter(
        agent__company_id=company_id, kind=models.AgentFact.Kind.TEAM, value__in=teams
    )
    return set(rows.values_list("agent_id", flat=True))


def people(agent_ids: Collection[int], month: Month) -> dict[int, Person]:
    """Agent id → person as of the month. Three queries."""
    agents = list(models.Agent.objects.filter(pk__in=agent_ids).order_by("agent_no"))
    facts: dict[tuple[int, str], list[tuple[date, str]]] = defaultdict(list)
    rows = models.AgentFact.objects.filter(agent_id__in=agent_ids).values_list(
        "agent_id", "kind", "effective_from", "value"
    )
    for agent_id, kind, since, value in rows:
        facts[agent_id, kind].append((since, value))
    codes = {value for (_agent_id, kind), values in facts.items() if kind == "team" for _since, value in values}
    rows_of_teams = models.Team.objects.filter(company_id__in={agent.company_id for agent in agents}, code__in=codes)
    teams = {(team.company_id, team.code): team for team in rows_of_teams}

    found = {}
    for agent in agents:
        last_day = employed_span(agent.hire_date, agent.leave_date, month)
        day = last_day.last_day if last_day.days else month.last_day
        held = Dated.of("team", facts[agent.pk, models.AgentFact.Kind.TEAM])
        code = held.on(day) if held.values and held.values[0][0] <= day else ""
        team = teams.get((agent.company_id, code))
        found[agent.pk] = Person(
            agent_id=agent.pk,
            agent_no=agent.agent_no,
            name=agent.name,
            role=agent.role,
            hire_date=agent.hire_date,
            leave_date=agent.leave_date,
            tiers=Dated.of("tier", facts[agent.pk, models.AgentFact.Kind.TIER]),
            team=code,
            team_name=team.name if team else code,
            department=(team.department or team.code) if team else "",
        )
    return found


def scorecards_in_force(company_id: int, day: date) -> dict[str, ScorecardInForce]:
    """Role → the published scorecard in force on a day. One query."""
    in_force: dict[str, ScorecardInForce] = {}
    latest: dict[str, date] = {}
    for version in _published(models.ScorecardVersion, company_id, day):
        document = scorecard_from(version.body)
        kpis = tuple(
            {"metric": kpi.metric, "weight": plain(kpi.weight), "scoring": plain(kpi.scoring)}
            for kpi in document.scorecard.kpis
        )
        held = ScorecardInForce(version.pk, version.fingerprint, document.scorecard, kpis)
        for role in document.scorecard.roles:
            if role not in latest or version.effective_from > latest[role]:
                latest[role], in_force[role] = version.effective_from, held
    return in_force


def scorecard_metrics(company_id: int) -> frozenset[str]:
    """The metric ids of every published scorecard version. One query."""
    rows = models.ScorecardVersion.objects.filter(
        company_id=company_id, status=VersionedDocument.Status.PUBLISHED
    ).values_list("body", flat=True)
    return frozenset(kpi.metric for body in rows for kpi in scorecard_from(body).scorecard.kpis)


def ladder_in_force(company_id: int, day: date) -> LadderInForce:
    """The published ladder in force on a day, else the ladder that ships with the product. One query."""
    versions = _published(models.LadderVersion, company_id, day)
    if not versions:
        return LadderInForce(None, ladder_from(seed_ladder_document()).ladder)
    newest = max(versions, key=lambda version: version.effective_from)
    return LadderInForce(newest.pk, ladder_from(newest.body).ladder)


V = TypeVar("V", bound=VersionedDocument)


def _published(model: type[V], company_id: int, day: date) -> list[V]:
    """The newest published revision of every document whose first day has come, one per code."""
    rows = model._default_manager.filter(
        company_id=company_id, status=VersionedDocument.Status.PUBLISHED, effective_from__lte=day
    ).order_by("code", "-effective_from", "-revision")
    newest: dict[str, V] = {}
    for version in rows:
        newest.setdefault(version.code, version)
    return list(newest.values())


def measures(company_id: int, agent_ids: Collection[int], month: Month) -> dict[int, dict[str, Fraction]]:
    """Agent id → metric → value: entered KPI results, else what attendance and QA findings give."""
    found: dict[int, dict[str, Fraction]] = {agent_id: {} for agent_id in agent_ids}
    for agent_id, held in attendance(agent_ids, month).items():
        if held.rate is not None:
            found[agent_id]["attendance_rate"] = held.rate
    if models.QaFinding.objects.filter(month=month, agent__company_id=company_id).exists():
        judged = quality(agent_ids, month)
        for agent_id in agent_ids:
            findings = judged.get(agent_id, ())
            fatal = sum(1 for finding in findings if finding.is_fatal)
            found[agent_id]["qa_fatal_count"] = Fraction(fatal)
            found[agent_id]["qa_nonfatal_count"] = Fraction(len(findings) - fatal)
    rows = models.KpiResult.objects.filter(month=month, agent_id__in=agent_ids)
    for agent_id, metric, value in rows.values_list("agent_id", "metric", "value"):
        found[agent_id][metric] = value
    return found


def quality(agent_ids: Collection[int], month: Month) -> dict[int, tuple[JudgedFinding, ...]]:
    """Agent id → the month's QA findings with their severity. One query."""
    fatal = frozenset(code for code, held in qa_codes().items() if held.is_fatal)
    findings: dict[int, list[Finding]] = defaultdict(list)
    rows = models.QaFinding.objects.filter(month=month, agent_id__in=agent_ids)
    for agent_id, checked_on, session, code in rows.values_list("agent_id", "checked_on", "session", "code"):
        findings[agent_id].append(Finding(checked_on, session, code))
    return {agent_id: judged_findings(held, fatal, qa_escalates_on()) for agent_id, held in findings.items()}


def attendance(agent_ids: Collection[int], month: Month) -> dict[int, Attendance]:
    """Agent id → the month's attendance, from monthly totals, else from daily rows. Two queries."""
    found = {
        row.agent_id: Attendance(
            due_days=row.due_days,
            present_days=row.present_days,
            paid_leave_days=row.paid_leave_days,
            unpaid_leave_days=row.unpaid_leave_days,
            sick_days=row.sick_days,
            absent_days=row.absent_days,
            late_count=row.late_count,
            early_leave_count=row.early_leave_count,
            overtime_workday_hours=row.overtime_workday_hours,
            overtime_restday_hours=row.overtime_restday_hours,
            overtime_holiday_hours=row.overtime_holiday_hours,
        )
        for row in models.MonthlyAttendance.objects.filter(month=month, agent_id__in=agent_ids)
    }
    days: dict[int, list[DayStatus]] = defaultdict(list)
    rows = models.AttendanceDay.objects.filter(
        agent_id__in=agent_ids, day__gte=month.first_day, day__lte=month.last_day
    ).values_list("agent_id", "status")
    for agent_id, status in rows:
        days[agent_id].append(DayStatus(status))
    return {agent_id: attendance_of_days(held) for agent_id, held in days.items()} | found


def team_metrics(
    company_id: int, month: Month, *, teams: Collection[str], departments: Collection[str]
) -> dict[str, dict[str, dict[str, Fraction]]]:
    """Department → team → metric → value, of these teams and of every team of these departments. Two queries.

    A team without a department is its own.
    """
    asked = Q(code__in=teams) | Q(department__in=departments) | Q(department="", code__in=departments)
    rows = models.Team.objects.filter(asked, company_id=company_id).values_list("pk", "code", "department")
    by_id = {pk: (department or code, code) for pk, code, department in rows}
    found: dict[str, dict[str, dict[str, Fraction]]] = defaultdict(dict)
    for department, code in by_id.values():
        found[department][code] = {}
    measured = models.TeamMetric.objects.filter(month=month, team_id__in=by_id)
    for team_id, metric, value in measured.values_list("team_id", "metric", "value"):
        department, code = by_id[team_id]
        found[department][code][metric] = value
    return dict(found)


@dataclass(frozen=True, slots=True)
class Judged:
    """What others need of an appraisal: the exact total, the grade, the coefficient, and what it was judged from."""

    total_score: Fraction | None
    grade: str
    coefficient: Fraction | None
    input_hash: str


def judged(agent_ids: Iterable[int], company_id: int, month: Month) -> dict[int, Judged]:
    """Agent id → what the month's appraisal came to. One query."""
    rows = models.Appraisal.objects.filter(
        cycle__company_id=company_id, cycle__month=month, agent_id__in=list(agent_ids)
    ).values_list("agent_id", "total_score", "grade", "coefficient", "input_hash")
    return {
        agent_id: Judged(total, grade, coefficient, input_hash)
        for agent_id, total, grade, coefficient, input_hash in rows
    }


def recent_scores(agent_ids: Collection[int], before: Month, months: int) -> dict[int, tuple[Fraction, ...]]:
    """Agent id → totals of the latest months up to and including ``before``, newest first. One query."""
    rows = (
        models.Appraisal.objects.filter(
            agent_id__in=agent_ids,
            cycle__month__lte=before,
            cycle__month__gt=before.plus(-months),
            total_score__isnull=False,
        )
        .order_by("-cycle__month")
        .values_list("agent_id", "total_score")
    )
    found: dict[int, list[Fraction]] = defaultdict(list)
    for agent_id, total in rows:
        if total is not None:
            found[agent_id].append(total)
    return {agent_id: tuple(totals) for agent_id, totals in found.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an agent stands on the ladder on a day. ``next`` is None at the top."""

    person: Person
    tier: str | None
    ladder: Ladder
    ladder_version_id: int | None
    next: Eligibility | None


def standings(company_id: int, agent_ids: list[int], day: date) -> dict[int, Standing]:
    """Agent id → standing on a day. A constant number of queries."""
    held = ladder_in_force(company_id, day)
    lookback = held.ladder.lookback_months
    scores = recent_scores(agent_ids, Month.of(day), lookback) if lookback else {}
    return {
        agent_id: Standing(
            person,
            person.tier_on(day),
            held.ladder,
            held.version_id,
            _eligibility(held.ladder, person, day, scores.get(agent_id, ())),
        )
        for agent_id, person in people(agent_ids, Month.of(day)).items()
    }


def _eligibility(ladder: Ladder, person: Person, day: date, scores: tuple[Fraction, ...]) -> Eligibility | None:
    """Somebody on a tier that the ladder no longer has stands on no rung: there is no next one to speak of."""
    try:
        return eligibility(ladder, person.tiers, person.hire_date, day, scores)
    except UnknownTier:
        return None


def ladder_of(request: models.PromotionRequest) -> Ladder:
    """The ladder a request was made under."""
    document = seed_ladder_document() if request.ladder is None else request.ladder.body
    return ladder_from(document).ladder


def teams_managed(user: User, day: date) -> list[tuple[int, str]]:
    """(company id, team code) of the teams a user manages on a day: assigned, or as the manager of their agents."""
    assigned = models.TeamManager.objects.filter(user=user, first_day__lte=day).filter(
        Q(last_day=None) | Q(last_day__gte=day)
    )
    return list(assigned.values_list("team__company_id", "team__code"))


def agents_managed(user: User, day: date) -> set[int]:
    """The agents a manager may judge on a day: those of the managed teams, and those who name them as manager."""
    month = Month.of(day)
    found: set[int] = set()
    for company_id, team in teams_managed(user, day):
        in_company = agents_employed_in(company_id, month)
        found |= {pk for pk, person in people(in_company, month).items() if person.team == team}
    own = models.Agent.objects.filter(user=user).first()
    if own is not None:
        rows = models.AgentFact.objects.filter(
            kind=models.AgentFact.Kind.MANAGER, agent__company_id=own.company_id, effective_from__lte=day
        ).order_by("effective_from")
        latest = dict(rows.values_list("agent_id", "value"))
        found |= {agent_id for agent_id, manager_no in latest.items() if manager_no == own.agent_no}
        found.discard(own.pk)
    return found


def may_decide_promotion(user: User, agent: models.Agent, day: date) -> bool:
    """Whether a user may decide an agent's promotion: the company's HR, or a manager of the agent on that day."""
    if user.has_perm("grading.decide_any_promotion"):
        return True
    return user.has_perm("grading.decide_promotion") and agent.pk in agents_managed(user, day)
