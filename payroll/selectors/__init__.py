"""Reads of payroll, one file per question; each in a constant number of queries per chunk of people."""

from payroll.selectors.differences import Difference, difference_of, net_before, payslips_by_surprise
from payroll.selectors.inputs import Inputs, PlansInForce, RuleUsed, inputs_of, plans_published
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
    "PlansInForce",
    "RuleUsed",
    "difference_of",
    "inputs_of",
    "net_before",
    "overtaken",
    "own_appraisals",
    "own_payslips",
    "parked_of_cycle",
    "parked_of_run",
    "pay_date_of",
    "payslips_by_surprise",
    "payslips_fingerprint",
    "payslips_of_month",
    "plans_published",
    "posted_agents",
    "regraded",
    "runs_of_month",
]
