"""Why a payslip could not be computed. Each parks the person; none ever becomes 0."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class TierHasNoAmount(DomainError):
    """The plan pays by tier but names no amount for this one."""

    code = "payroll.tier_has_no_amount"
    template = "Plan '{plan}' names no base pay for tier '{tier}'. Add it to the plan, or correct the agent's tier."


class RatingMissing(DomainError):
    """The plan pays by score or grade, and there is none."""

    code = "payroll.rating_missing"
    template = "'{line}' is paid by {by}, but the month has no {by}. Enter the KPI values, or add a scorecard."


class GateMeasureMissing(DomainError):
    """A gate that blocks on missing metrics lacks some."""

    code = "payroll.gate_measure_missing"
    template = "Gate '{gate}' has no value of {metrics} for the {scope}. Enter it in team_metrics.csv."


class AttendanceMissing(DomainError):
    """A full-attendance bonus without attendance."""

    code = "payroll.attendance_missing"
    template = "'{line}' depends on full attendance, but the month has no attendance of this agent. Enter it."


class UnitsMissing(DomainError):
    """Daily pay without a count of days."""

    code = "payroll.units_missing"
    template = "'{line}' is paid per unit '{unit}', but the month has no quantity of it. Enter it in units.csv."


class PoolIncomplete(DomainError):
    """A pool cannot be shared while a member has no score."""

    code = "payroll.pool_incomplete"
    template = "Pool '{line}' is shared by score, but {agents} have none. Enter their KPI values."


class UnknownGate(DomainError):
    """A bonus that names a gate the plan does not have."""

    code = "payroll.unknown_gate"
    template = "Plan '{plan}' has no gate '{gate}'. Add it under gates, or correct the bonus."


class SettlementNotMonthly(DomainError):
    """Pay by yearly advance cannot be computed from one month alone."""

    code = "payroll.advance_needs_year"
    template = (
        "Plan '{plan}' pays the guarantee as an advance on the year, which a single month cannot settle. "
        "Choose annual_settlement: none or floor_year."
    )
