"""The tables of grading, one file per noun."""

from grading.models.appraisals import Appraisal, AppraisalCycle
from grading.models.company import Agent, AgentFact, Company, Shop, Team, TeamManager
from grading.models.promotions import PromotionRequest
from grading.models.results import AttendanceDay, KpiResult, MonthlyAttendance, QaFinding, TeamMetric
from grading.models.rules import LadderVersion, ScorecardVersion

__all__ = [
    "Agent",
    "AgentFact",
    "Appraisal",
    "AppraisalCycle",
    "AttendanceDay",
    "Company",
    "KpiResult",
    "LadderVersion",
    "MonthlyAttendance",
    "PromotionRequest",
    "QaFinding",
    "ScorecardVersion",
    "Shop",
    "Team",
    "TeamManager",
    "TeamMetric",
]
