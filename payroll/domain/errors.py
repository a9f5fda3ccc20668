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


class CityUnknown(DomainError):
    """A city of insurance whose rules are not held."""

    code = "payroll.city_unknown"
    template = (
        "The rules of city '{city}' are not known; known: {known}. "
        "Add the city's rows with their source, or correct the agent's city."
    )


class SchemeUnknown(DomainError):
    """A city without rows for one of the schemes that everybody must pay."""

    code = "payroll.scheme_unknown"
    template = "City '{city}' has no rows for {scheme}. Add them with their source."


class CalendarMissing(DomainError):
    """A day of a year whose holidays and make-up workdays are not known."""

    code = "payroll.calendar_missing"
    template = "The working calendar of {year} is not known. Load it as calendar.csv once it is published."


class ContributionFactMissing(DomainError):
    """Somebody to be insured whose city, base or rate nobody entered."""

    code = "payroll.contribution_fact_missing"
    template = (
        "'{line}' needs the agent's {fact}, which is not entered. Enter it in agents.csv; "
        "a base is last year's average monthly wage, for a new hire the first month's."
    )


class FundRateOutOfRange(DomainError):
    """A housing fund rate that the city does not allow."""

    code = "payroll.fund_rate_out_of_range"
    template = "The housing fund rate {rate} is not between {least} and {most}, as {city} asks. Correct it."


class TaxYearMissing(DomainError):
    """Income tax cannot be withheld without the year so far."""

    code = "payroll.tax_year_missing"
    template = "Income tax needs the person's tax year so far, which was not read."


class SecondSeparateBonus(DomainError):
    """An annual bonus taxed apart, twice in a year."""

    code = "payroll.second_separate_bonus"
    template = (
        "An annual bonus was already taxed separately in {year}; the law allows it once a person and year "
        "(国税发〔2005〕9号). Enter this one as adjustment.bonus, taxed with the wage."
    )


class EnteredStatutory(DomainError):
    """A contribution or tax entered by hand where the software works it out."""

    code = "payroll.entered_statutory"
    template = (
        "'{line}' is worked out for this company and cannot also be entered. "
        "Remove the entry; correct the agent's base, rate or city instead."
    )


class FineNotAllowed(DomainError):
    """A fine as a deduction from the wage."""

    code = "payroll.fine_not_allowed"
    template = (
        "A fine may not be deducted from a wage: no law in force authorises it, and 工资支付暂行规定 arts. 15 and 18 "
        "treat it as unlawful withholding. Use variable pay that was not earned (penalty), or a loss_recovery."
    )


class OvertimeBaseMissing(DomainError):
    """Overtime hours of somebody whose plan gives no amount an hour can be reckoned from."""

    code = "payroll.overtime_base_missing"
    template = "Plan '{plan}' has no base pay that overtime hours can be paid from. Give it an overtime amount."


class BelowMinimumWage(DomainError):
    """Pay that the local minimum wage forbids."""

    code = "payroll.below_minimum_wage"
    template = (
        "Pay that counts towards the minimum wage is {counted}, less than the {minimum} that {city} asks for these "
        "days (劳动法 art. 48). Raise base pay or the guarantee by {short}."
    )


class BelowHourlyMinimum(DomainError):
    """A price an hour that the local hourly minimum wage forbids."""

    code = "payroll.below_hourly_minimum"
    template = (
        "An hour is paid {price}, less than the {minimum} that {city} asks for part-time work (劳动合同法 art. 72). "
        "Raise the amount in the plan by {short}."
    )


class ProbationBelowFloor(DomainError):
    """Probation pay below 80 % of the agreed wage."""

    code = "payroll.probation_below_floor"
    template = (
        "Probation pay {pay} a month is less than {floor}, {percent} of the agreed {agreed} (劳动合同法 art. 20). "
        "Raise it by {short}."
    )
