"""All that payroll may know of grading, besides kernel, jobs, tables and the document style."""

from grading.domain.attendance import Attendance
from grading.domain.ladder import Eligibility, Lack, Ladder
from grading.domain.person import Person, employed_span
from grading.models import Agent, Appraisal, AppraisalCycle, Company, Team
from grading.rulebook import MetricDefinition, metric_definitions
from grading.selectors import (
    agents_employed_in,
    agents_managed,
    appraisals,
    attendance,
    ladder_in_force,
    people,
    team_metrics,
)
from grading.services.cycles import GRADE_TASK, appraisals_publish, cycle_finish, cycle_open
from grading.services.promotions import Standing, promotions_propose, standings

__all__ = [
    "GRADE_TASK",
    "Agent",
    "Appraisal",
    "AppraisalCycle",
    "Attendance",
    "Company",
    "Eligibility",
    "Lack",
    "Ladder",
    "MetricDefinition",
    "Person",
    "Standing",
    "Team",
    "agents_employed_in",
    "agents_managed",
    "appraisals",
    "appraisals_publish",
    "attendance",
    "cycle_finish",
    "cycle_open",
    "employed_span",
    "ladder_in_force",
    "metric_definitions",
    "people",
    "promotions_propose",
    "standings",
    "team_metrics",
]
