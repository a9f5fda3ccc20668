"""The pay part of a company folder as typed values, with everything that is wrong in any of its files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from grading.imports.company_files import Findings, GradingFiles, Versioned, read_table_of, read_versions
from grading.imports.folder import CompanyFolder
from grading.imports.problem import Problem
from grading.imports.table import Table
from grading.kernel.exact import exact_text
from grading.kernel.period import Month
from payroll.domain.deductions import ENTERED_DEDUCTIONS, FINE, STATUTORY
from payroll.domain.income_tax import ANNUAL_BONUS
from payroll.domain.plan_document import PlanDocument, plan_from
from payroll.domain.rules import BasePayBy, PayPlan
from payroll.imports import files, wording
from payroll.imports.billing_files import BillingFiles, read_billing_files
from payroll.imports.calendar_file import CalendarFile, read_calendar
from payroll.imports.export_settings import ExportsDocument, read_exports

_OVERTIME = ("overtime_workday_hours", "overtime_restday_hours", "overtime_holiday_hours")
ENTERED_CODES = frozenset({"penalty", ANNUAL_BONUS}) | ENTERED_DEDUCTIONS


@dataclass(slots=True)
class MonthPayFiles:
    """One month's pay tables; None where the folder has no such file."""

    sales: Table | None = None
    units: Table | None = None
    adjustments: Table | None = None


@dataclass(slots=True)
class PayFiles:
    """What a folder says about pay; None and empty where it says nothing."""

    plans: tuple[Versioned[PlanDocument], ...] = ()
    opening_balances: Table | None = None
    tax_deductions: Table | None = None
    months: dict[Month, MonthPayFiles] = field(default_factory=dict)
    billing: BillingFiles = field(default_factory=BillingFiles)
    exports: ExportsDocument | None = None
    calendar: CalendarFile | None = None


def read_plans(folder: CompanyFolder, findings: Findings) -> tuple[Versioned[PlanDocument], ...]:
    """The pay plans of the folder."""
    return read_versions(folder, "plans", plan_from, findings)


def read_pay_files(
    folder: CompanyFolder,
    plans: tuple[Versioned[PlanDocument], ...],
    months: Collection[Month],
    findings: Findings,
) -> PayFiles:
    """Every pay file of the folder, of these months."""
    found = PayFiles(plans=plans)
    found.opening_balances = read_table_of(folder, "opening_balances", files.OPENING_BALANCES, findings)
    found.tax_deductions = read_table_of(folder, "tax_deductions", files.TAX_DEDUCTIONS, findings)
    found.billing = read_billing_files(folder, months, findings)
    found.exports = read_exports(folder, findings)
    found.calendar = read_calendar(folder, findings)
    for month in months:
        tables = MonthPayFiles(
            sales=read_table_of(folder, "sales", files.SALES, findings, month),
            units=read_table_of(folder, "units", files.UNITS_DONE, findings, month),
            adjustments=read_table_of(folder, "adjustments", files.ADJUSTMENTS, findings, month),
        )
        _check_pay_codes(tables.adjustments, findings)
        found.months[month] = tables
    return found


def gate_metrics(plans: Collection[PayPlan]) -> frozenset[str]:
    """The metric ids that the gates of plans ask for."""
    return frozenset(standard.metric for plan in plans for gate in plan.gates.values() for standard in gate.standards)


def check_plans_used(
    pay: PayFiles,
    agents: Table | None,
    changes: Table | None,
    plans: Mapping[str, Sequence[PayPlan]],
    findings: Findings,
) -> None:
    """What the files ask of plans: agents' plans and their tiers, and the bases and units that plans pay by.

    ``plans`` holds every version of each code, the latest last: a month before the latest one pays by an older one.
    """
    if agents is not None:
        _check_agents_plans(agents, plans, findings)
    if changes is not None:
        for row in changes.rows:
            if row["kind"] == "plan" and row["value"] is not None and row["value"] not in plans:
                findings.problems.append(
                    changes.problem(row, "value", wording.UNKNOWN_PLAN, row["value"], known=_list(plans))
                )
    versions = [plan for held in plans.values() for plan in held]
    bases = {rule.basis for plan in versions for rule in plan.commissions}
    units = {rule.unit for plan in versions for rule in plan.piece}
    units |= {plan.base_pay.unit for plan in versions if plan.base_pay.by is BasePayBy.DAILY}
    for month in pay.months.values():
        if month.sales is not None:
            findings.problems += [
                month.sales.problem(row, "basis", wording.UNKNOWN_BASIS, row["basis"], known=_list(bases))
                for row in month.sales.rows
                if row["basis"] is not None and row["basis"] not in bases
            ]
        if month.units is not None:
            first = {row["unit"]: row for row in reversed(month.units.rows) if row["unit"] and row["unit"] not in units}
            findings.notices += [
                month.units.problem(row, "unit", wording.UNUSED_UNIT, unit, known=_list(units))
                for unit, row in first.items()
            ]


def check_under_law(pay: PayFiles, plans: Mapping[str, Sequence[PayPlan]], findings: Findings) -> None:
    """What a company under the law may not enter: what is worked out for it, and fines that no plan answers for."""
    allows_fines = any(plan.allows_fines for held in plans.values() for plan in held)
    for month in pay.months.values():
        table = month.adjustments
        for row in table.rows if table is not None else ():
            if table is not None and row["code"] in STATUTORY:
                findings.problems.append(table.problem(row, "code", wording.ENTERED_STATUTORY, row["code"]))
            elif table is not None and row["code"] == FINE and not allows_fines:
                findings.problems.append(table.problem(row, "code", wording.FINE_BLOCKED, row["code"]))


def note_what_pays_nothing(files: GradingFiles, plans: Mapping[str, Sequence[PayPlan]], findings: Findings) -> None:
    """Notices for overtime hours that neither a plan nor the law pays, so that nobody relies on them unseen."""
    if any(plan.overtime is not None for held in plans.values() for plan in held):
        return
    for month in files.months.values():
        if month.attendance is None:
            continue
        for column in _OVERTIME:
            first = next((row for row in month.attendance.rows if row[column]), None)
            if first is not None:
                shown = exact_text(first[column])
                findings.notices.append(
                    month.attendance.problem(first, column, wording.NOT_PAID_BY_PLAN, shown, part="overtime")
                )


def note_below_minimum(pay: PayFiles, city: str, minimum: Decimal, findings: Findings) -> None:
    """A notice for every monthly amount of the folder's plans that lies below the local minimum wage."""
    for version in pay.plans:
        for path, amount in _monthly_amounts(version.value.plan):
            if amount < minimum:
                findings.notices.append(
                    Problem.of(version.file, 1, path, wording.BELOW_MINIMUM_WAGE, amount, minimum=minimum, city=city)
                )


def _monthly_amounts(plan: PayPlan) -> Iterator[tuple[str, Decimal]]:
    """Every monthly amount somebody may be paid by, with its place in the document; 0 pays nobody."""
    if plan.probation is not None and plan.probation.pay:
        yield "probation.pay", plan.probation.pay
    if plan.base_pay.by is BasePayBy.FIXED and plan.base_pay.amount:
        yield "base_pay.amount", plan.base_pay.amount
    for tier, amount in plan.base_pay.amounts.items():
        if amount:
            yield f"base_pay.amounts.{tier}", amount
    if plan.guarantee is not None:
        for place, amount in enumerate(plan.guarantee.amounts):
            yield f"guarantee.amounts.{place}", amount


def _check_agents_plans(agents: Table, plans: Mapping[str, Sequence[PayPlan]], findings: Findings) -> None:
    for row in agents.rows:
        if row["plan"] is None:
            continue
        plan = plans[row["plan"]][-1] if row["plan"] in plans else None
        if plan is None:
            findings.problems.append(agents.problem(row, "plan", wording.UNKNOWN_PLAN, row["plan"], known=_list(plans)))
        elif plan.base_pay.by is BasePayBy.TIER and plan.base_pay.amounts and row["tier"] is None:
            known = ", ".join(plan.base_pay.amounts)
            findings.problems.append(agents.problem(row, "tier", wording.TIER_NEEDED, plan=plan.code, known=known))


def _list(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or "—"


def _check_pay_codes(table: Table | None, findings: Findings) -> None:
    if table is None:
        return
    for row in table.rows:
        code, amount = row["code"], row["amount"]
        if code is None or amount is None:
            continue
        named = code.startswith(("adjustment.", "arrears.")) and not code.endswith(".")
        if not named and code not in ENTERED_CODES:
            known = ", ".join(sorted(ENTERED_CODES))
            findings.problems.append(table.problem(row, "code", wording.UNKNOWN_PAY_CODE, code, known=known))
        elif code in ENTERED_DEDUCTIONS and amount < 0:
            findings.problems.append(table.problem(row, "amount", wording.NEGATIVE_DEDUCTION, amount))
