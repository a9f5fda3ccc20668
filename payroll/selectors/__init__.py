"""Reads of payroll, one file per question; each in a constant number of queries per chunk of people."""

from payroll.selectors.differences import Difference, comparisons_by_surprise, difference_of, net_before
from payroll.selectors.inputs import Inputs, Judge, PlansInForce, RuleUsed, inputs_of, plans_published
from payroll.selectors.progress import Phase, PhaseProgress, RunProgress, jobs_of, progress_of
from payroll.selectors.review import ItemSum, Point, Pointed, ReviewFigures, SlipFigures, Sums, Who, review_figures
from payroll.selectors.runs import (
    overtaken,
    own_appraisals,
    own_payslips,
    parked_of_cycle,
    parked_of_run,
    pay_date_of,
    payslips_fingerprint,
    payslips_of_month,
    posted_agents,
    regraded,
    runs_of_month,
)

__all__ = [
    "Difference",
    "Inputs",
    "ItemSum",
    "Judge",
    "Phase",
    "PhaseProgress",
    "PlansInForce",
    "Point",
    "Pointed",
    "ReviewFigures",
    "RuleUsed",
    "RunProgress",
    "SlipFigures",
    "Sums",
    "Who",
    "comparisons_by_surprise",
    "difference_of",
    "inputs_of",
    "jobs_of",
    "net_before",
    "overtaken",
    "own_appraisals",
    "own_payslips",
    "parked_of_cycle",
    "parked_of_run",
    "pay_date_of",
    "payslips_fingerprint",
    "payslips_of_month",
    "plans_published",
    "posted_agents",
    "progress_of",
    "regraded",
    "review_figures",
    "runs_of_month",
]
