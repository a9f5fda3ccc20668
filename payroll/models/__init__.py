"""The tables of payroll, one file per noun."""

from payroll.models.inputs import Adjustment, OpeningBalance, SalesEntry, TaxDeduction, UnitEntry
from payroll.models.people import PayFact, PayProfile
from payroll.models.rules import PlanVersion
from payroll.models.runs import PayRun, Payslip, PayslipLine

__all__ = [
    "Adjustment",
    "OpeningBalance",
    "PayFact",
    "PayProfile",
    "PayRun",
    "Payslip",
    "PayslipLine",
    "PlanVersion",
    "SalesEntry",
    "TaxDeduction",
    "UnitEntry",
]
