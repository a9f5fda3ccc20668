"""All that payroll may know of grading, besides kernel, jobs, tables and the document style."""

from grading.domain.attendance import Attendance
from grading.domain.ladder import Eligibility, Lack, Ladder
from grading.domain.person import Person, employed_span
from grading.imports.company_files import Versioned
from grading.models import Agent, Appraisal, AppraisalCycle, Company, LadderVersion, ScorecardVersion, Team
from grading.rulebook import MetricDefinition, metric_definitions
from grading.selectors import (
    agents_employed_in,
    agents_managed,
    appraisals,
    attendance,
    ladder_in_force,
    people,
    scorecards_in_force,
    team_metrics,
)
from grading.services.cycles import GRADE_TASK, appraisals_publish, cycle_finish, cycle_open
from grading.services.loading import (
    AgentIds,
    KnownGrading,
    agents_sync,
    check_agents,
    check_grading_files,
    comes_from_files,
    company_save,
    facts_sync,
    facts_wanted,
    known_grading,
    month_syncs,
    not_employed,
    not_in_file,
    teams_save,
    versions_sync,
)
from grading.services.promotions import Standing, promotions_propose, standings
from grading.services.table_sync import Change, Key, TableSync, numbered

__all__ = [
    "GRADE_TASK",
    "Agent",
    "AgentIds",
    "Appraisal",
    "AppraisalCycle",
    "Attendance",
    "Change",
    "Company",
    "Eligibility",
    "Key",
    "KnownGrading",
    "Lack",
    "Ladder",
    "LadderVersion",
    "MetricDefinition",
    "Person",
    "ScorecardVersion",
    "Standing",
    "TableSync",
    "Team",
    "Versioned",
    "agents_employed_in",
    "agents_managed",
    "agents_sync",
    "appraisals",
    "appraisals_publish",
    "attendance",
    "check_agents",
    "check_grading_files",
    "comes_from_files",
    "company_save",
    "cycle_finish",
    "cycle_open",
    "employed_span",
    "facts_sync",
    "facts_wanted",
    "known_grading",
    "ladder_in_force",
    "metric_definitions",
    "month_syncs",
    "not_employed",
    "not_in_file",
    "numbered",
    "people",
    "promotions_propose",
    "scorecards_in_force",
    "standings",
    "team_metrics",
    "teams_save",
    "versions_sync",
]
