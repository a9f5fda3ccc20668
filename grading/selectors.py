"""Reads of grading: plain values for chunks of people, each in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from grading import models
from grading.domain.attendance import Attendance, DayStatus, attendance_of_days
from grading.domain.calibration import Move
from grading.domain.exam import ExamKind, Taken, counting, mean, verdict
from grading.domain.exam_document import ExamDocument, exam_from
from grading.domain.ladder import Eligibility, Ladder, UnknownTier, eligibility
from grading.domain.ladder_document import ladder_from
from grading.domain.metrics.definition import Level
from grading.domain.person import Person, employed_span
from grading.domain.qa_form_document import qa_form_from
from grading.domain.quality import Finding, JudgedFinding, QaForm, judged_findings, mean_score
from grading.domain.scorecard import Scorecard
from grading.domain.scorecard_document import scorecard_from
from grading.domain.training import Allowance, Plan, PlannedStage, Progress, plan, training_index
from grading.domain.training_document import TrainingReadings, training_readings_from
from grading.jobs.models import RunItem
from grading.kernel.dated import Dated
from grading.kernel.period import Month
from grading.kernel.snapshot import plain
from grading.rulebook import (
    metric_definitions,
    qa_codes,
    qa_escalates_on,
    seed_exam_documents,
    seed_ladder_document,
    seed_qa_form_document,
    training_track,
)
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
    columns = ("pk", "company_id", "agent_no", "name", "role", "hire_date", "leave_date")
    agents = list(models.Agent.objects.filter(pk__in=agent_ids).order_by("agent_no").values_list(*columns))
    facts: dict[tuple[int, str], list[tuple[date, str]]] = defaultdict(list)
    rows = models.AgentFact.objects.filter(agent_id__in=agent_ids).values_list(
        "agent_id", "kind", "effective_from", "value"
    )
    for agent_id, kind, since, value in rows:
        facts[agent_id, kind].append((since, value))
    codes = {value for (_agent_id, kind), values in facts.items() if kind == "team" for _since, value in values}
    rows_of_teams = models.Team.objects.filter(company_id__in={row[1] for row in agents}, code__in=codes)
    teams = {(team.company_id, team.code): team for team in rows_of_teams}

    found = {}
    for agent_id, company_id, agent_no, name, role, hire_date, leave_date in agents:
        employed = employed_span(hire_date, leave_date, month)
        day = employed.last_day if employed.days else month.last_day
        held = Dated.of("team", facts[agent_id, models.AgentFact.Kind.TEAM])
        code = held.on(day) if held.values and held.values[0][0] <= day else ""
        team = teams.get((company_id, code))
        found[agent_id] = Person(
            agent_id=agent_id,
            agent_no=agent_no,
            name=name,
            role=role,
            hire_date=hire_date,
            leave_date=leave_date,
            tiers=Dated.of("tier", facts[agent_id, models.AgentFact.Kind.TIER]),
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
    """Agent id → metric → value: entered KPI results, else what attendance, QA, training and exams give, else what the
    platform exports come to.
    """
    found: dict[int, dict[str, Fraction]] = {agent_id: {} for agent_id in agent_ids}
    for agent_id, computed in computed_measures(company_id, agent_ids, month).items():
        found[agent_id] |= computed
    for agent_id, held in attendance(agent_ids, month).items():
        if held.rate is not None:
            found[agent_id]["attendance_rate"] = held.rate
    evaluated = evaluations(agent_ids, month)
    is_found_any = models.QaFinding.objects.filter(month=month, agent__company_id=company_id).exists()
    judged = quality(agent_ids, month) if is_found_any else {}
    for agent_id in agent_ids:
        checked = evaluated.get(agent_id)
        if is_found_any or (checked and checked.scores):
            findings = judged.get(agent_id, ())
            fatal = sum(1 for finding in findings if finding.is_fatal)
            found[agent_id]["qa_fatal_count"] = Fraction(fatal)
            found[agent_id]["qa_nonfatal_count"] = Fraction(len(findings) - fatal)
        if checked is not None:
            found[agent_id]["qa_sample_count"] = Fraction(len(checked.scores), checked.days)
            audit_score = mean_score(checked.scores)
            if audit_score is not None:
                found[agent_id]["chat_audit_score"] = audit_score
    for agent_id, values in training_measures(company_id, agent_ids, month).items():
        found[agent_id] |= values
    rows = models.KpiResult.objects.filter(month=month, agent_id__in=agent_ids)
    for agent_id, metric, value in rows.values_list("agent_id", "metric", "value"):
        found[agent_id][metric] = value
    return found


def computed_measures(company_id: int, agent_ids: Collection[int], month: Month) -> dict[int, dict[str, Fraction]]:
    """Agent id → metric → value, from the platform exports. Two queries."""
    ids = dict(models.Agent.objects.filter(pk__in=agent_ids).values_list("agent_no", "pk"))
    rows = models.MetricTally.objects.filter(
        company_id=company_id, month=month, by=models.MetricTally.By.AGENT, subject__in=ids
    )
    found: dict[int, dict[str, Fraction]] = defaultdict(dict)
    for (agent_no, metric), value in _tallied(rows).items():
        found[ids[agent_no]][metric] = value
    return found


def _is_of_shop(metric: str) -> bool:
    definition = metric_definitions().get(metric)
    return definition is not None and definition.level is Level.SHOP


def _tallied(rows: QuerySet[models.MetricTally]) -> dict[tuple[str, str], Fraction]:
    """(subject, metric) → value: the numerators of every shop over their denominators; of a sum, over 1."""
    sums: dict[tuple[str, str], tuple[Fraction, Fraction]] = {}
    columns = ("subject", "metric", "numerator", "denominator", "is_sum")
    for subject, metric, numerator, denominator, is_sum in rows.values_list(*columns):
        above, below = sums.get((subject, metric), (Fraction(0), Fraction(0)))
        sums[subject, metric] = above + numerator, denominator if is_sum else below + denominator
    return {key: above / below for key, (above, below) in sums.items() if below}


def quality(agent_ids: Collection[int], month: Month) -> dict[int, tuple[JudgedFinding, ...]]:
    """Agent id → the month's QA findings with their severity; void ones count nowhere. One query."""
    fatal = _fatal_codes()
    findings: dict[int, list[Finding]] = defaultdict(list)
    rows = models.QaFinding.objects.filter(month=month, agent_id__in=agent_ids, is_void=False)
    for agent_id, checked_on, session, code in rows.values_list("agent_id", "checked_on", "session", "code"):
        findings[agent_id].append(Finding(checked_on, session, code))
    return {agent_id: judged_findings(held, fatal, qa_escalates_on()) for agent_id, held in findings.items()}


def judged_rows(agent_ids: Collection[int], month: Month) -> list[tuple[models.QaFinding, JudgedFinding]]:
    """The same findings as rows, each with its severity, in order of agent and day. One query."""
    rows: dict[int, list[models.QaFinding]] = defaultdict(list)
    held = models.QaFinding.objects.filter(month=month, agent_id__in=agent_ids, is_void=False)
    for row in held.order_by("agent_id", "pk"):
        rows[row.agent_id].append(row)
    found = []
    for mine in rows.values():
        findings = [Finding(row.checked_on, row.session, row.code) for row in mine]
        paired = sorted(zip(findings, mine, strict=True), key=lambda pair: pair[0])  # as judged_findings orders them
        judged = judged_findings(findings, _fatal_codes(), qa_escalates_on())
        found += [(row, one) for (_finding, row), one in zip(paired, judged, strict=True)]
    return found


def _fatal_codes() -> frozenset[str]:
    return frozenset(code for code, held in qa_codes().items() if held.is_fatal)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An agent's QA of a month: the days with a sample, and the score of every evaluated contact of those days."""

    days: int
    scores: tuple[Fraction | None, ...]


def evaluations(agent_ids: Collection[int], month: Month) -> dict[int, Evaluated]:
    """Agent id → the month's evaluations, by the day of the contact; only agents with a sample. One query."""
    days: dict[int, set[date]] = defaultdict(set)
    scores: dict[int, list[Fraction | None]] = defaultdict(list)
    rows = models.QaSample.objects.filter(agent_id__in=agent_ids, day__gte=month.first_day, day__lte=month.last_day)
    for agent_id, day, evaluation, score in rows.order_by("pk").values_list(
        "agent_id", "day", "evaluation__pk", "evaluation__score"
    ):
        days[agent_id].add(day)
        if evaluation is not None:
            scores[agent_id].append(score)
    return {agent_id: Evaluated(len(held), tuple(scores[agent_id])) for agent_id, held in days.items()}


@dataclass(frozen=True, slots=True)
class QaFormInForce:
    """The QA form of a company: a published version, or the form that ships (``version_id`` None)."""

    version_id: int | None
    form: QaForm


def qa_form_in_force(company_id: int, day: date) -> QaFormInForce:
    """The published QA form in force on a day, else the form that ships with the product. One query."""
    versions = _published(models.QaFormVersion, company_id, day)
    if not versions:
        return QaFormInForce(None, qa_form_of(seed_qa_form_document()))
    newest = max(versions, key=lambda version: version.effective_from)
    return QaFormInForce(newest.pk, qa_form_of(newest.body))


def qa_form_of(body: Mapping[str, Any]) -> QaForm:
    """The value of a stored QA form."""
    return qa_form_from(body, [code for code, held in qa_codes().items() if not held.is_fatal]).form


def attendance(agent_ids: Collection[int], month: Month) -> dict[int, Attendance]:
    """Agent id → the month's attendance, from monthly totals, else from daily rows. Two queries."""
    columns = [field.name for field in fields(Attendance)]
    totals = models.MonthlyAttendance.objects.filter(month=month, agent_id__in=agent_ids)
    found = {agent_id: Attendance(*values) for agent_id, *values in totals.values_list("agent_id", *columns)}
    days: dict[int, list[DayStatus]] = defaultdict(list)
    rows = models.AttendanceDay.objects.filter(
        agent_id__in=agent_ids, day__gte=month.first_day, day__lte=month.last_day
    ).values_list("agent_id", "status")
    for agent_id, status in rows:
        days[agent_id].append(DayStatus(status))
    return {agent_id: attendance_of_days(held) for agent_id, held in days.items()} | found


def worked(agent_ids: Collection[int], month: Month) -> set[int]:
    """Those of the agents of whom the month has a KPI result or attendance. Three queries."""
    mine = {"agent_id__in": agent_ids}
    rows = (
        models.KpiResult.objects.filter(month=month, **mine),
        models.MonthlyAttendance.objects.filter(month=month, **mine),
        models.AttendanceDay.objects.filter(day__gte=month.first_day, day__lte=month.last_day, **mine),
    )
    return {agent_id for each in rows for agent_id in each.order_by().values_list("agent_id", flat=True).distinct()}


def newest_month(company_id: int) -> Month | None:
    """The newest month with a KPI result or a month's attendance; None without any. Two queries.

    The first row of an index by month: the largest month of a join would read all of it.
    """
    tables = (models.KpiResult.objects, models.MonthlyAttendance.objects)
    latest = (rows.filter(agent__company=company_id).order_by("-month") for rows in tables)
    return max((month for rows in latest for month in rows.values_list("month", flat=True)[:1]), default=None)


def judged_since(company_id: int, month: Month, instant: datetime) -> bool:
    """Whether anybody of a month was graded, or moved by calibration, after an instant. Two queries."""
    # A job that was finished before the instant has settled nobody since: its items need not be looked through.
    working = Q(job__finished_at=None) | Q(job__finished_at__gt=instant)
    settled = RunItem.objects.filter(
        working, job__cycle__company=company_id, job__cycle__month=month, updated_at__gt=instant
    )
    moves = models.CalibrationMove.objects.filter(
        session__cycle__company=company_id, session__cycle__month=month, moved_at__gt=instant
    )
    return settled.exists() or moves.exists()


def team_metrics(
    company_id: int, month: Month, *, teams: Collection[str], departments: Collection[str]
) -> dict[str, dict[str, dict[str, Fraction]]]:
    """Department → team → metric → value, of these teams and of every team of these departments. Four queries.

    What was entered for a team wins; else a shop's metric is that of the team's shop, any other one the team's own,
    as the platform exports give them. A team without a department is its own.
    """
    asked = Q(code__in=teams) | Q(department__in=departments) | Q(department="", code__in=departments)
    rows = models.Team.objects.filter(asked, company_id=company_id).values_list(
        "pk", "code", "department", "shop__code"
    )
    by_id = {pk: (department or code, code) for pk, code, department, _shop in rows}
    found: dict[str, dict[str, dict[str, Fraction]]] = defaultdict(dict)
    computed = models.MetricTally.objects.filter(company_id=company_id, month=month)
    of_team = _tallied(computed.filter(by=models.MetricTally.By.TEAM, subject__in=[row[1] for row in rows]))
    of_shop = _tallied(computed.filter(by=models.MetricTally.By.SHOP, subject__in=[row[3] for row in rows if row[3]]))
    for _pk, code, department, shop in rows:
        mine = {metric: value for (subject, metric), value in of_team.items() if subject == code}
        shops = {metric: value for (subject, metric), value in of_shop.items() if subject == shop}
        found[department or code][code] = {
            metric: value
            for metric in mine.keys() | shops.keys()
            if (value := (shops if _is_of_shop(metric) else mine).get(metric)) is not None
        }
    measured = models.TeamMetric.objects.filter(month=month, team_id__in=by_id)
    for team_id, metric, value in measured.values_list("team_id", "metric", "value"):
        department, code = by_id[team_id]
        found[department][code][metric] = value
    return dict(found)


@dataclass(frozen=True, slots=True)
class Judged:
    """What others need of an appraisal: the exact total, the grade, the coefficient, and what it was judged from.

    Grade and coefficient are those that count: after calibration, if there was any.
    """

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


def latest_moves(cycle_id: int, agent_ids: Collection[int]) -> dict[int, Move]:
    """Agent id → the newest calibration move of the cycle. One query."""
    rows = models.CalibrationMove.objects.filter(session__cycle_id=cycle_id, agent_id__in=agent_ids).order_by("pk")
    columns = ("agent_id", "agent__agent_no", "from_grade", "to_grade", "reason", "moved_by__username")
    return {agent_id: Move(*values) for agent_id, *values in rows.values_list(*columns)}


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


def managers_of(agent: models.Agent, day: date) -> set[int]:
    """The users who manage an agent on a day: of the team, or named as manager. Three queries."""
    held: dict[str, str] = {}
    facts = models.AgentFact.objects.filter(agent=agent, effective_from__lte=day).order_by("effective_from")
    held.update(facts.values_list("kind", "value"))
    of_team = models.TeamManager.objects.filter(
        team__company_id=agent.company_id, team__code=held.get(models.AgentFact.Kind.TEAM, ""), first_day__lte=day
    ).filter(Q(last_day=None) | Q(last_day__gte=day))
    named = models.Agent.objects.filter(
        company_id=agent.company_id, agent_no=held.get(models.AgentFact.Kind.MANAGER, ""), user__isnull=False
    )
    return {*of_team.values_list("user_id", flat=True), *named.values_list("user_id", flat=True)}


def may_decide_promotion(user: User, agent: models.Agent, day: date) -> bool:
    """Whether a user may decide an agent's promotion: the company's HR, or a manager of the agent on that day."""
    if user.has_perm("grading.decide_any_promotion"):
        return True
    return user.has_perm("grading.decide_promotion") and agent.pk in agents_managed(user, day)


# --- On-boarding, training, exams -------------------------------------------------------------------------------------

EXAM_METRICS: Mapping[ExamKind, str] = {
    ExamKind.ONBOARDING: "onboarding_exam_score",
    ExamKind.PRODUCT: "product_knowledge_score",
}
"""The metric that each kind of exam feeds."""


@dataclass(frozen=True, slots=True)
class ExamInForce:
    """An exam that agents may take: a published version, or the one that ships (``version_id`` None)."""

    version_id: int | None
    document: ExamDocument


@dataclass(frozen=True, slots=True)
class OnboardingStanding:
    """Where an on-boarding is on a day.

    ``exams`` is each kind of exam taken since its first day; ``shopping`` the latest mystery shopping since then;
    ``overdue`` what should have happened by now: ``mystery_shopper``, ``product_exam``.
    """

    plan: Plan
    progress: Progress
    stage: PlannedStage | None
    day_number: int
    allowance: Allowance
    exams: Mapping[ExamKind, Fraction]
    shopping: models.MysteryShopping | None
    overdue: tuple[str, ...]


def training_readings(company_id: int) -> TrainingReadings:
    """What the company's readings say about training. One query. Raises BrokenDocument."""
    return training_readings_from(models.Company.objects.values_list("readings", flat=True).get(pk=company_id))


def exams_in_force(company_id: int, day: date) -> dict[str, ExamInForce]:
    """Exam code → what agents take on a day: published versions, else the exams that ship. One query."""
    shipped = (exam_from(document) for document in seed_exam_documents().values())
    found = {document.code: ExamInForce(None, document) for document in shipped if document.effective_from <= day}
    for version in _published(models.ExamVersion, company_id, day):
        found[version.code] = ExamInForce(version.pk, exam_from(version.body))
    return found


def exam_kinds_in_force(company_ids: Collection[int], day: date) -> dict[int, frozenset[ExamKind]]:
    """Company id → the kinds of its exams on a day, the exams that ship included. One query."""
    shipped = frozenset(ExamKind(document["kind"]) for document in seed_exam_documents().values())
    kinds = dict.fromkeys(company_ids, shipped)
    rows = models.ExamVersion.objects.filter(
        company_id__in=company_ids, status=VersionedDocument.Status.PUBLISHED, effective_from__lte=day
    )
    for company_id, kind in rows.values_list("company_id", "body__kind"):
        kinds[company_id] |= {ExamKind(kind)}
    return kinds


def training_measures(company_id: int, agent_ids: Collection[int], month: Month) -> dict[int, dict[str, Fraction]]:
    """Agent id → what exams, trainings and the mystery shopper of the month come to, by metric. Four queries.

    An exam counts in the month it was submitted in. A metric without anything to go by is left out, never 0.
    """
    readings = training_readings(company_id)
    found: dict[int, dict[str, Fraction]] = defaultdict(dict)
    taken: dict[tuple[int, ExamKind], list[Taken]] = defaultdict(list)
    attempts = models.ExamAttempt.objects.filter(
        agent_id__in=agent_ids, submitted_at__gte=_start(month.first_day), submitted_at__lt=_start(month.next.first_day)
    ).values_list("agent_id", "exam__body__kind", "exam__code", "submitted_at", "score")
    for agent_id, kind, exam, at, score in attempts:
        if at is not None and score is not None:
            taken[agent_id, ExamKind(kind)].append(Taken(exam, at, score))
    for (agent_id, kind), held in taken.items():
        average = mean([each.score for each in counting(held, readings.counted).values()])
        if average is not None:
            found[agent_id][EXAM_METRICS[kind]] = average

    trained: dict[int, list[tuple[bool, Fraction | None]]] = defaultdict(list)
    for agent_id, present, score in models.TrainingAttendance.objects.filter(
        agent_id__in=agent_ids, session__day__gte=month.first_day, session__day__lte=month.last_day
    ).values_list("agent_id", "present", "score"):
        trained[agent_id].append((present, score))
    for agent_id, sessions in trained.items():
        average = mean([score for _present, score in sessions if score is not None])
        if average is None:
            continue
        found[agent_id]["training_pass_score"] = average
        if readings.index_rule is not None:
            attended = sum(present for present, _score in sessions)
            found[agent_id]["training_index"] = training_index(
                average, len(sessions) - attended, attended, readings.index_rule, readings.index_coefficient
            )

    shoppings = models.MysteryShopping.objects.filter(
        agent_id__in=agent_ids, day__gte=month.first_day, day__lte=month.last_day
    ).order_by("day")
    for agent_id, score in shoppings.values_list("agent_id", "score"):
        found[agent_id]["mystery_shopper_score"] = score
    return dict(found)


def training_evidence(company_id: int, agent_ids: Collection[int], day: date) -> dict[int, dict[str, Any]]:
    """Agent id → what a promotion is told of exams, trainings and the mystery shopper up to a day. Four queries.

    Plain data with exact texts. Whoever has nothing of the kind is left out.
    """
    counted = training_readings(company_id).counted
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    taken: dict[int, list[Taken]] = defaultdict(list)
    said: dict[tuple[int, Taken], dict[str, Any]] = {}
    until = _start(day + timedelta(days=1))
    for row in models.ExamAttempt.objects.filter(agent_id__in=agent_ids, submitted_at__lt=until).select_related("exam"):
        if row.submitted_at is None or row.score is None:
            continue
        attempt = Taken(row.exam.code, row.submitted_at, row.score)
        taken[row.agent_id].append(attempt)
        said[row.agent_id, attempt] = {
            "exam": row.exam.code,
            "name_zh": row.exam.name_zh,
            "name_en": row.exam.name_en,
            "day": timezone.localtime(row.submitted_at).date().isoformat(),
            "score": plain(row.score),
            "verdict": verdict(row.score, exam_from(row.exam.body).exam.pass_mark).value,
        }
    for agent_id, attempts in taken.items():
        counting_ones = counting(attempts, counted).values()
        found[agent_id]["exams"] = [said[agent_id, attempt] for attempt in counting_ones]

    trained: dict[int, list[tuple[bool, Fraction | None]]] = defaultdict(list)
    for agent_id, present, score in models.TrainingAttendance.objects.filter(
        agent_id__in=agent_ids, session__day__lte=day
    ).values_list("agent_id", "present", "score"):
        trained[agent_id].append((present, score))
    for agent_id, sessions in trained.items():
        found[agent_id]["sessions"] = {
            "attended": sum(present for present, _score in sessions),
            "expected": len(sessions),
            "score": plain(mean([score for _present, score in sessions if score is not None])),
        }

    shoppings = models.MysteryShopping.objects.filter(agent_id__in=agent_ids, day__lte=day).order_by("day")
    for agent_id, on, score, passed in shoppings.values_list("agent_id", "day", "score", "passed"):
        found[agent_id]["mystery_shopping"] = {"day": on.isoformat(), "score": plain(score), "passed": passed}
    return dict(found)


def onboarding_standings(rows: Collection[models.Onboarding], day: date) -> dict[int, OnboardingStanding]:
    """On-boarding id → where it is on a day. The rows come with ``agent``. Four queries."""
    company_ids = {row.agent.company_id for row in rows}
    companies = models.Company.objects.filter(pk__in=company_ids).values_list("pk", "readings")
    readings = {company_id: training_readings_from(held) for company_id, held in companies}
    kinds = exam_kinds_in_force(company_ids, day)
    agent_ids = [row.agent_id for row in rows]
    taken: dict[int, list[tuple[ExamKind, Taken]]] = defaultdict(list)
    attempts = models.ExamAttempt.objects.filter(
        agent_id__in=agent_ids, submitted_at__lt=_start(day + timedelta(days=1))
    ).values_list("agent_id", "exam__body__kind", "exam__code", "submitted_at", "score")
    for agent_id, kind, exam, at, score in attempts:
        if at is not None and score is not None:
            taken[agent_id].append((ExamKind(kind), Taken(exam, at, score)))
    shoppings: dict[int, list[models.MysteryShopping]] = defaultdict(list)
    for shopping in models.MysteryShopping.objects.filter(agent_id__in=agent_ids, day__lte=day).order_by("day"):
        shoppings[shopping.agent_id].append(shopping)
    return {
        row.pk: _onboarding_standing(
            row,
            day,
            readings[row.agent.company_id],
            kinds[row.agent.company_id],
            taken[row.agent_id],
            [held for held in shoppings[row.agent_id] if held.day >= row.first_day],
        )
        for row in rows
    }


def _onboarding_standing(
    row: models.Onboarding,
    day: date,
    readings: TrainingReadings,
    kinds: frozenset[ExamKind],
    taken: list[tuple[ExamKind, Taken]],
    shoppings: list[models.MysteryShopping],
) -> OnboardingStanding:
    held = plan(training_track(row.track), row.first_day, row.lengths, readings.day_count)
    shopping = shoppings[-1] if shoppings else None
    progress = held.progress_on(day, passed=None if shopping is None else shopping.passed)
    exams = {}
    for kind in ExamKind:
        of_kind = [attempt for each, attempt in taken if each is kind and attempt.submitted_at >= _start(row.first_day)]
        average = mean([attempt.score for attempt in counting(of_kind, readings.counted).values()])
        if average is not None:
            exams[kind] = average
    missed = [
        f"{kind.value}_exam"
        for kind in ExamKind
        if kind in kinds
        and kind not in exams
        and any(stage.stage.exam is kind and stage.span.end <= day for stage in held.stages)
    ]
    overdue = [
        *(["mystery_shopper"] if progress is Progress.MYSTERY_SHOPPER_OVERDUE else []),
        *missed,
    ]
    return OnboardingStanding(
        plan=held,
        progress=progress,
        stage=held.stage_on(day),
        day_number=held.day_number(day),
        allowance=held.allowance_on(day),
        exams=exams,
        shopping=shopping,
        overdue=tuple(overdue),
    )


def _start(day: date) -> datetime:
    """The first instant of a day on our clock."""
    return timezone.make_aware(datetime.combine(day, time.min))
