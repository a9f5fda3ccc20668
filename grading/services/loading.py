"""Loading the grading part of a company folder: checks between files, then syncs that know their difference."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from grading import models, selectors
from grading.imports import wording
from grading.imports.company_files import CompanyDocument, Findings, GradingFiles, MonthFiles, Versioned
from grading.imports.problem import Problem
from grading.imports.raw import unknown_agents
from grading.imports.table import Row, Table
from grading.kernel.period import Month
from grading.kernel.snapshot import fingerprint
from grading.services import evidence
from grading.services.quality import evaluations_rescore
from grading.services.table_sync import Change, Key, TableSync, numbered
from grading.tables import VersionedDocument

ALWAYS = date(2000, 1, 1)
"""The first day of a ladder that names none."""


@dataclass(frozen=True, slots=True)
class KnownGrading:
    """What the company already has, and what the files add to it."""

    agents: frozenset[str]
    teams: frozenset[str]
    tiers: tuple[str, ...]


def known_grading(company: models.Company | None, files: GradingFiles) -> KnownGrading:
    """Agents, teams and tiers that rows may refer to; rows with a bad cell count, so that one error stays one."""
    agents: set[str] = set()
    teams: set[str] = set()
    if company is not None:
        agents |= set(company.agents.values_list("agent_no", flat=True))
        teams |= set(company.teams.values_list("code", flat=True))
    agents |= files.agents.every("agent_no") if files.agents else set()
    teams |= files.teams.every("team") if files.teams else set()
    ladders = [version.value.ladder for version in files.ladders]
    if not ladders:
        ladders = [selectors.ladder_in_force(company.pk if company else 0, date.max).ladder]
    return KnownGrading(
        frozenset(agents), frozenset(teams), tuple(tier.tier for ladder in ladders for tier in ladder.tiers)
    )


def check_grading_files(files: GradingFiles, known: KnownGrading, findings: Findings) -> None:
    """References between the grading files."""
    if files.agents is not None:
        _check(files.agents, "team", known.teams, wording.UNKNOWN_TEAM, findings)
        _check(files.agents, "tier", known.tiers, wording.UNKNOWN_TIER, findings)
    if files.agent_changes is not None:
        check_agents(files.agent_changes, known, findings)
        for kind, options, fault in (
            ("tier", known.tiers, wording.UNKNOWN_TIER),
            ("team", known.teams, wording.UNKNOWN_TEAM),
        ):
            for row in files.agent_changes.rows:
                if row["kind"] == kind and row["value"] is not None and row["value"] not in options:
                    findings.problems.append(
                        files.agent_changes.problem(row, "value", fault, row["value"], known=_list(options))
                    )
    _check_months(files, known, findings)


def _check_months(files: GradingFiles, known: KnownGrading, findings: Findings) -> None:
    for month in files.months.values():
        for table in (month.kpi, month.attendance, month.attendance_daily, month.qa_findings):
            if table is not None:
                check_agents(table, known, findings)
        if month.team_metrics is not None:
            _check(month.team_metrics, "team", known.teams, wording.UNKNOWN_TEAM, findings)
    for exports in files.exports.values():
        findings.problems += unknown_agents(exports.read, known.agents)


def check_agents(table: Table, known: KnownGrading, findings: Findings) -> None:
    """Every row of the table names a known agent."""
    for row in table.rows:
        if row["agent_no"] is not None and row["agent_no"] not in known.agents:
            findings.problems.append(table.problem(row, "agent_no", wording.UNKNOWN_AGENT, row["agent_no"]))


def _check(table: Table, column: str, known: Collection[str], fault: wording.Fault, findings: Findings) -> None:
    for row in table.rows:
        if row[column] is not None and row[column] not in known:
            findings.problems.append(table.problem(row, column, fault, row[column], known=_list(known)))


def _list(known: Collection[str]) -> str:
    return ", ".join(sorted(known)[:20]) or "—"


@dataclass(slots=True)
class AgentIds:
    """Agent number → id, asked when rows are written, so that agents made before are found."""

    company: models.Company
    _ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, agent_no: str) -> int:
        if agent_no not in self._ids:
            self._ids = dict(self.company.agents.values_list("agent_no", "pk"))
        return self._ids[agent_no]


def company_save(document: CompanyDocument | None, company: models.Company | None) -> tuple[models.Company, Change]:
    """The company row as its file says; the row itself when there is no file.

    Locked until the transaction ends: two loads at once would each add the rows that the other does not see yet.
    """
    locked = models.Company.objects.select_for_update(no_key=True)
    if document is None:
        assert company is not None  # noqa: S101  the caller has refused a folder without either
        return locked.get(pk=company.pk), Change("company.yaml", 0, 0, 0, 1)
    values = {
        "name_zh": document.name_zh,
        "name_en": document.name_en,
        "city": document.city,
        "timezone": document.timezone,
        "statutory": document.statutory,
        "pay_day": document.pay_day,
        "languages": list(document.languages),
        "readings": dict(document.readings),
    }
    row, is_new = locked.get_or_create(code=document.code, defaults=values)
    if is_new:
        return row, Change("company.yaml", 1, 0, 0, 0)
    changed = any(getattr(row, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row, Change("company.yaml", 0, int(changed), 0, int(not changed))


def versions_sync(
    company: models.Company, model: type[VersionedDocument], versions: Iterable[Versioned[Any]], published_by: User
) -> Iterable[tuple[Change, Callable[[], None]]]:
    """One change per document, and how to publish it. An unchanged document publishes nothing."""
    for version in versions:
        since = version.value.effective_from or ALWAYS
        print_ = fingerprint(version.body)
        newest = (
            model._default_manager.filter(
                company=company, code=version.value.code, effective_from=since, status=model.Status.PUBLISHED
            )
            .order_by("-revision")
            .first()
        )
        if newest is not None and newest.fingerprint == print_:
            yield Change(version.file, 0, 0, 0, 1), lambda: None
            continue
        row = model(
            company=company,
            code=version.value.code,
            name_zh=version.value.name_zh,
            name_en=version.value.name_en,
            effective_from=since,
            revision=1 if newest is None else newest.revision + 1,
            status=model.Status.PUBLISHED,
            body=version.body,
            fingerprint=print_,
            published_by=published_by,
            published_at=timezone.now(),
        )
        yield Change(version.file, int(newest is None), int(newest is not None), 0, 0), row.save


def teams_save(company: models.Company, table: Table) -> TableSync[models.Team]:
    """Shops are made at once, because teams point at them; the sync of the teams is returned."""
    shops = {(row["shop"], row["platform"] or "") for row in table.rows if row["shop"]}
    for code, platform in sorted(shops):
        models.Shop.objects.update_or_create(company=company, code=code, defaults={"platform": platform})
    shop_ids = dict(company.shops.values_list("code", "pk"))
    return TableSync(
        table.file,
        existing=(((team.code,), team) for team in company.teams.all()),
        wanted={
            (row["team"],): {
                "name": row["name"] or row["team"],
                "department": row["department"] or "",
                "platform": row["platform"] or "",
                "shop_id": shop_ids.get(row["shop"]),
            }
            for row in table.rows
        },
        make=lambda key, values: models.Team(company=company, code=str(key[0]), **values),
        removes=False,
    )


def agents_sync(company: models.Company, table: Table) -> TableSync[models.Agent]:
    """The agents themselves. Agents missing from the file stay as they are."""
    return TableSync(
        table.file,
        existing=(((agent.agent_no,), agent) for agent in company.agents.all()),
        wanted={
            (row["agent_no"],): {
                "name": row["name"],
                "role": row["role"],
                "hire_date": row["hire_date"],
                "leave_date": row["leave_date"],
                "phone": row["phone"] or "",
                "email": row["email"] or "",
            }
            for row in table.rows
        },
        make=lambda key, values: models.Agent(company=company, agent_no=str(key[0]), **values),
        removes=False,
    )


GRADING_KINDS = {"tier": "tier", "team": "team", "manager_no": "manager"}


def facts_of_agents(rows: Iterable[Row], columns: Mapping[str, str]) -> dict[Key, dict[str, Any]]:
    """(agent number, kind, first day) → value of the filled cells of agents.csv; a tier may name its own first day."""
    return {
        (row["agent_no"], kind, (row["tier_from"] or row["hire_date"]) if kind == "tier" else row["hire_date"]): {
            "value": fact_text(row[column])
        }
        for row in rows
        for column, kind in columns.items()
        if row[column] is not None
    }


def facts_of_changes(rows: Iterable[Row], kinds: Collection[str]) -> dict[Key, dict[str, Any]]:
    """(agent number, kind, first day) → value of agent_changes.csv, of these kinds."""
    return {
        (row["agent_no"], row["kind"], row["effective_from"]): {"value": fact_text(row["value"])}
        for row in rows
        if row["kind"] in kinds
    }


def fact_text(value: object) -> str:
    """A typed cell as a dated fact keeps it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def facts_wanted(
    agents: Table | None, changes: Table | None, columns: Mapping[str, str], kinds: Collection[str]
) -> dict[Key, dict[str, Any]]:
    """What both files say of dated facts, with their source; a change wins over the first value of the same day."""
    first = facts_of_agents(agents.rows if agents else (), columns)
    later = facts_of_changes(changes.rows if changes else (), kinds)
    return {key: {**values, "source": "agents"} for key, values in first.items()} | {
        key: {**values, "source": "changes"} for key, values in later.items()
    }


def comes_from_files(row: Any, agents: Table | None, changes: Table | None) -> bool:
    """Whether a dated fact was loaded from a file that is here again, so that it goes when the file drops it."""
    if row.source == "agents":
        return agents is not None and row.agent.agent_no in agents.every("agent_no")
    return row.source == "changes" and changes is not None


def facts_sync(
    company: models.Company, agents: Table | None, changes: Table | None, ids: AgentIds
) -> TableSync[models.AgentFact]:
    """The dated facts of both files. Facts from elsewhere, such as a promotion, stay unless a file names their day."""
    wanted = facts_wanted(agents, changes, GRADING_KINDS, set(GRADING_KINDS.values()))
    rows = models.AgentFact.objects.filter(agent__company=company).select_related("agent")
    existing = [((row.agent.agent_no, row.kind, row.effective_from), row) for row in rows]
    return TableSync(
        "tiers, teams, managers",
        existing=[(key, row) for key, row in existing if key in wanted or comes_from_files(row, agents, changes)],
        wanted=wanted,
        make=lambda key, values: models.AgentFact(
            agent_id=ids[str(key[0])], kind=key[1], effective_from=key[2], **values
        ),
    )


def month_syncs(company: models.Company, month: Month, files: MonthFiles, ids: AgentIds) -> list[TableSync[Any]]:
    """The month's tables, each made equal to its file."""
    syncs: list[TableSync[Any]] = []
    if files.kpi is not None:
        syncs.append(_kpi_sync(company, month, files.kpi, ids))
    if files.team_metrics is not None:
        syncs.append(_team_metrics_sync(company, month, files.team_metrics))
    if files.attendance is not None:
        syncs.append(_attendance_sync(company, month, files.attendance, ids))
    if files.attendance_daily is not None:
        syncs.append(_attendance_daily_sync(company, month, files.attendance_daily, ids))
    if files.qa_findings is not None:
        syncs.append(_qa_sync(company, month, files.qa_findings, ids))
    return syncs


def _kpi_sync(company: models.Company, month: Month, table: Table, ids: AgentIds) -> TableSync[models.KpiResult]:
    rows = models.KpiResult.objects.filter(agent__company=company, month=month).select_related("agent")
    return TableSync(
        table.file,
        existing=(((row.agent.agent_no, row.metric), row) for row in rows),
        wanted={(row["agent_no"], row["metric"]): {"value": row["value"]} for row in table.rows},
        make=lambda key, values: models.KpiResult(agent_id=ids[str(key[0])], month=month, metric=key[1], **values),
    )


def _team_metrics_sync(company: models.Company, month: Month, table: Table) -> TableSync[models.TeamMetric]:
    teams: dict[str, int] = {}

    def team_id(code: str) -> int:
        if code not in teams:
            teams.update(company.teams.values_list("code", "pk"))
        return teams[code]

    rows = models.TeamMetric.objects.filter(team__company=company, month=month).select_related("team")
    return TableSync(
        table.file,
        existing=(((row.team.code, row.metric), row) for row in rows),
        wanted={(row["team"], row["metric"]): {"value": row["value"]} for row in table.rows},
        make=lambda key, values: models.TeamMetric(team_id=team_id(str(key[0])), month=month, metric=key[1], **values),
    )


_DAYS = ("due_days", "present_days", "paid_leave_days", "unpaid_leave_days", "sick_days", "absent_days")
_COUNTS = ("late_count", "early_leave_count")
_HOURS = ("overtime_workday_hours", "overtime_restday_hours", "overtime_holiday_hours")


def _attendance_sync(
    company: models.Company, month: Month, table: Table, ids: AgentIds
) -> TableSync[models.MonthlyAttendance]:
    rows = models.MonthlyAttendance.objects.filter(agent__company=company, month=month).select_related("agent")
    return TableSync(
        table.file,
        existing=(((row.agent.agent_no,), row) for row in rows),
        wanted={(row["agent_no"],): {name: row[name] for name in (*_DAYS, *_COUNTS, *_HOURS)} for row in table.rows},
        make=lambda key, values: models.MonthlyAttendance(agent_id=ids[str(key[0])], month=month, **values),
    )


def _attendance_daily_sync(
    company: models.Company, month: Month, table: Table, ids: AgentIds
) -> TableSync[models.AttendanceDay]:
    rows = models.AttendanceDay.objects.filter(
        agent__company=company, day__gte=month.first_day, day__lte=month.last_day
    ).select_related("agent")
    return TableSync(
        table.file,
        existing=(((row.agent.agent_no, row.day), row) for row in rows),
        wanted={(row["agent_no"], row["date"]): {"status": row["status"], "hours": row["hours"]} for row in table.rows},
        make=lambda key, values: models.AttendanceDay(agent_id=ids[str(key[0])], day=key[1], **values),
    )


class _FindingsSync(TableSync[models.QaFinding]):
    """Findings from a file, after which the scores of the month's evaluations follow: a third of a kind is fatal."""

    def __init__(self, company: models.Company, month: Month, file: str, **rows: Any) -> None:
        super().__init__(file, **rows)
        self._company, self._month = company, month

    def apply(self) -> None:
        had_any = self._has_any()
        super().apply()
        if had_any != self._has_any():  # whoever has no finding is measured as having none, or is not measured
            first_day, last_day = self._month.first_day, self._month.last_day
            evidence.tell(self._company.agents.all(), since=first_day, until=last_day, cause=self.change.file)
        evaluated = models.QaEvaluation.objects.filter(
            sample__agent__company=self._company,
            sample__day__gte=self._month.first_day,
            sample__day__lte=self._month.last_day,
        )
        agents = set(evaluated.values_list("sample__agent_id", flat=True))
        if agents and not self.change.is_none:
            evaluations_rescore(agent_ids=agents, month=self._month)

    def _has_any(self) -> bool:
        return models.QaFinding.objects.filter(agent__company=self._company, month=self._month).exists()


def _qa_sync(company: models.Company, month: Month, table: Table, ids: AgentIds) -> TableSync[models.QaFinding]:
    """Findings may repeat (the same error twice in one contact), so equal rows are counted.

    Findings of evaluations are not the file's. A finding that was appealed is never deleted: it is void where the
    file no longer has it, or where the appeal was upheld.
    """
    fields = ("checked_on", "session", "code", "source", "reviewer")
    rows = models.QaFinding.objects.filter(agent__company=company, month=month, evaluation=None)
    held = sorted(rows.select_related("agent", "appeal"), key=lambda row: (not hasattr(row, "appeal"), row.pk))
    keys = numbered((row.agent.agent_no, *(getattr(row, name) for name in fields)) for row in held)
    in_file = numbered((row["agent_no"], *(_blank(row[name]) for name in fields)) for row in table.rows)
    wanted: dict[Key, dict[str, Any]] = {key: {} for key in in_file}
    for key, row in zip(keys, held, strict=True):
        if hasattr(row, "appeal"):
            wanted[key] = {"is_void": key not in wanted or row.appeal.state == models.QaAppeal.State.UPHELD}
    return _FindingsSync(
        company,
        month,
        table.file,
        existing=zip(keys, held, strict=True),
        wanted=wanted,
        make=lambda key, _values: models.QaFinding(
            agent_id=ids[str(key[0])], month=month, **dict(zip(fields, key[1:-1], strict=True))
        ),
    )


def _blank(value: object) -> object:
    return "" if value is None else value


def not_employed(company: models.Company, month: Month, table: Table) -> list[Problem]:
    """Notices for rows of agents who have no paid day in the month; they are kept and pay nothing."""
    employed = set(
        models.Agent.objects.filter(pk__in=selectors.agents_employed_in(company.pk, month)).values_list(
            "agent_no", flat=True
        )
    )
    return [
        table.problem(row, "agent_no", wording.NOT_EMPLOYED, row["agent_no"], month=month)
        for row in table.rows
        if row["agent_no"] not in employed
    ]


def not_in_file(company: models.Company, table: Table) -> list[Problem]:
    """One notice when agents of the company are missing from agents.csv."""
    missing = set(company.agents.values_list("agent_no", flat=True)) - set(table.every("agent_no"))
    if not missing:
        return []
    return [
        Problem.of(table.file, 1, "agent_no", wording.NOT_IN_FILE, ", ".join(sorted(missing)[:10]), count=len(missing))
    ]
