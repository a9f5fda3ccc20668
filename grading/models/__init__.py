"""The tables of grading, one file per noun."""

from grading.models.appraisals import Appraisal, AppraisalCycle
from grading.models.calibration import CalibrationMove, CalibrationSession
from grading.models.company import Agent, AgentFact, Company, Shop, Team, TeamManager
from grading.models.metrics import MetricComputation, MetricTally, RawExport
from grading.models.promotions import PromotionRequest
from grading.models.quality import QaAppeal, QaEvaluation, QaFormVersion, QaReport, QaSample
from grading.models.results import AttendanceDay, KpiResult, MonthlyAttendance, QaFinding, TeamMetric
from grading.models.rules import LadderVersion, ScorecardVersion
from grading.models.standards import Benchmark, PlatformViolation, ShopStandard
from grading.models.training import (
    ExamAttempt,
    ExamVersion,
    MysteryShopping,
    Onboarding,
    TrainingAttendance,
    TrainingSession,
)

__all__ = [
    "Agent",
    "AgentFact",
    "Appraisal",
    "AppraisalCycle",
    "AttendanceDay",
    "Benchmark",
    "CalibrationMove",
    "CalibrationSession",
    "Company",
    "ExamAttempt",
    "ExamVersion",
    "KpiResult",
    "LadderVersion",
    "MetricComputation",
    "MetricTally",
    "MonthlyAttendance",
    "MysteryShopping",
    "Onboarding",
    "PlatformViolation",
    "PromotionRequest",
    "QaAppeal",
    "QaEvaluation",
    "QaFinding",
    "QaFormVersion",
    "QaReport",
    "QaSample",
    "RawExport",
    "ScorecardVersion",
    "Shop",
    "ShopStandard",
    "Team",
    "TeamManager",
    "TeamMetric",
    "TrainingAttendance",
    "TrainingSession",
]
