"""What payroll refuses, and why."""

from __future__ import annotations

from grading.kernel.errors import DomainError


class SamePersonTwice(DomainError):
    """The preparer of a run tried to approve it."""

    code = "payroll.same_person_twice"
    template = "{user} prepared run {run}; somebody else must approve it. Name another approver."


class RunNotReady(DomainError):
    """A transition asked of a run in another status."""

    code = "payroll.run_not_ready"
    template = "Run {run} is {status}; to {act} it must be {needed} first."


class NothingToApprove(DomainError):
    """A run in which everybody is parked."""

    code = "payroll.nothing_to_approve"
    template = "Run {run} has no payslip: everybody in it is parked. Mend what the reasons say, then run it again."


class RunChanged(DomainError):
    """The run is not what the approver reviewed."""

    code = "payroll.run_changed"
    template = "Run {run} changed since it was reviewed (reviewed {reviewed}, now {now}). Review it again."


class GradesChanged(DomainError):
    """Payslips of a run that were computed from grades that no longer count."""

    code = "payroll.grades_changed"
    template = (
        "The grades of {count} people changed after run {run} was calculated: {agents}. Run it again, then review it."
    )


class MonthIsClosed(DomainError):
    """Everybody of the month is posted; there is nothing left to run."""

    code = "payroll.month_is_closed"
    template = "Everybody employed in {month} already has a posted payslip."


class NobodyEmployed(DomainError):
    """A month without agents."""

    code = "payroll.nobody_employed"
    template = "Nobody of '{company}' is employed in {month}. Load agents.csv first, or correct the month."


class UnknownCompany(DomainError):
    """A company code that is not loaded, or several companies and none named."""

    code = "payroll.unknown_company"
    template = "Company '{company}' is not known; known: {known}. Name one with --company, or load it."


class UnknownUser(DomainError):
    """A user name that does not exist."""

    code = "payroll.unknown_user"
    template = "There is no user '{user}'. Create the login first, or leave the option out."


class MayNot(DomainError):
    """A user without the right to act."""

    code = "payroll.may_not"
    template = "{user} may not {act}. An administrator can grant the right."


class PlanMissing(DomainError):
    """An agent whose plan is not published on a day it is needed."""

    code = "payroll.plan_missing"
    template = "Pay plan '{plan}' has no published version on {day}. Load the plan, or correct the agent."
