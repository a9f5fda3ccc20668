"""The tables of payroll, one file per noun."""

from payroll.models.billing import (
    BillingContract,
    BillingMeasure,
    BillingStatement,
    BillingStatementLine,
    ShopAssignment,
)
from payroll.models.inputs import Adjustment, OpeningBalance, SalesEntry, TaxDeduction, UnitEntry
from payroll.models.payments import ExportSettings, Payment, PaymentFile
from payroll.models.people import PayFact, PayProfile
from payroll.models.rules import PlanVersion
from payroll.models.runs import (
    LateChange,
    PayRun,
    Payslip,
    PayslipComparison,
    PayslipLine,
    PayslipVariance,
    ReplacedLine,
    RunFinding,
    RunReview,
)
from payroll.models.statutory import LawDocument, StatutoryRow, WorkCalendarYear

__all__ = [
    "Adjustment",
    "BillingContract",
    "BillingMeasure",
    "BillingStatement",
    "BillingStatementLine",
    "ExportSettings",
    "LateChange",
    "LawDocument",
    "OpeningBalance",
    "PayFact",
    "PayProfile",
    "PayRun",
    "Payment",
    "PaymentFile",
    "Payslip",
    "PayslipComparison",
    "PayslipLine",
    "PayslipVariance",
    "PlanVersion",
    "ReplacedLine",
    "RunFinding",
    "RunReview",
    "SalesEntry",
    "ShopAssignment",
    "StatutoryRow",
    "TaxDeduction",
    "UnitEntry",
    "WorkCalendarYear",
]
