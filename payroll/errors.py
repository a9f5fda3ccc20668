"""What payroll refuses, and why."""

from __future__ import annotations

from typing import Any

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


class ReviewOutdated(DomainError):
    """A run that is not as it was reviewed. ``changes`` are the ``PersonChange`` of those whose pay is another one."""

    def __init__(self, *, changes: tuple[Any, ...] = (), **values: object) -> None:
        super().__init__(**values)
        self.changes = changes


class RunChanged(ReviewOutdated):
    """The run was calculated again since the approver looked."""

    code = "payroll.run_changed"
    template = "Run {run} changed since it was reviewed (reviewed {reviewed}, now {now}). Review it again."


class GradesChanged(ReviewOutdated):
    """Payslips of a run that were computed from grades that no longer count."""

    code = "payroll.grades_changed"
    template = (
        "The grades of {count} people changed after run {run} was calculated: {agents}. Run it again, then review it."
    )


class HistoryChanged(ReviewOutdated):
    """Payslips of a run that were computed before another payslip of the same people was posted."""

    code = "payroll.history_changed"
    template = (
        "Another payslip of {count} people was posted after run {run} was calculated: {agents}. Their tax year, "
        "balances and arrears are others by now. Run it again, then review it."
    )


class InputsChanged(ReviewOutdated):
    """Payslips of a run whose facts or rules changed after they were computed."""

    code = "payroll.inputs_changed"
    template = (
        "What {count} people are paid by changed after run {run} was calculated: {agents}. "
        "Run it again, then review it."
    )


class RecordedSince(ReviewOutdated):
    """A run of so many people that whose pay changed is told by running it again, not by the refusal."""

    code = "payroll.recorded_since"
    template = (
        "Since run {run} was calculated, something it is calculated from was recorded: {tables}. Run it again: "
        "whoever is unchanged stays as is, and the page then tells whose pay changed."
    )


class NothingToStop(DomainError):
    """A run that nobody works on was to be stopped."""

    code = "payroll.nothing_to_stop"
    template = "Run {run} is not being worked on: there is nothing to stop."


class NotStopped(DomainError):
    """A run that was not stopped was to go on."""

    code = "payroll.not_stopped"
    template = "Run {run} was not stopped, so there is nothing to go on with. Start it to go over everybody again."


class MonthIsClosed(DomainError):
    """Everybody of the month is posted; there is nothing left to run."""

    code = "payroll.month_is_closed"
    template = "Everybody employed in {month} already has a posted payslip."


class NobodyEmployed(DomainError):
    """A month without agents."""

    code = "payroll.nobody_employed"
    template = "Nobody of '{company}' is employed in {month}. Load agents.csv first, or correct the month."


class NotEmployed(DomainError):
    """Agents named for a run who are not employed in its month."""

    code = "payroll.not_employed"
    template = "Nobody to pay in {month}, or not employed in it: {agents}. Correct the agent numbers or the month."


class NothingToCorrect(DomainError):
    """A correction run without anything that was recorded late."""

    code = "payroll.nothing_to_correct"
    template = "Nothing about posted months up to {month} was recorded late, so there is nothing to correct."


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


class StatementIsFrozen(DomainError):
    """An issued billing statement was about to change."""

    code = "payroll.statement_is_frozen"
    template = "Statement {number} is issued and never changes. Cancel it with a reason, then issue it anew."


class StatementIssued(DomainError):
    """A contract's month that has a statement in force."""

    code = "payroll.statement_issued"
    template = "Contract '{contract}' has statement {number} for {month}. Cancel that one first, with a reason."


class StatementChanged(DomainError):
    """The statement is not what was looked at."""

    code = "payroll.statement_changed"
    template = "The statement of contract '{contract}' for {month} changed meanwhile. Look at it again, then issue it."


class StatementCancelled(DomainError):
    """A statement that was cancelled before."""

    code = "payroll.statement_cancelled"
    template = "Statement {number} is cancelled already. Reload the page."


class CancelledWithoutReason(DomainError):
    """A cancellation without its reason."""

    code = "payroll.cancelled_without_reason"
    template = "Statement {number} is cancelled only with a reason. Write why."


class PaymentNotSent(DomainError):
    """A payment that cannot be returned: of another run, or returned before."""

    code = "payroll.payment_not_sent"
    template = "Of these payments of run {run} some are not on their way: they were returned before. Reload the page."


class ReturnedWithoutReason(DomainError):
    """A returned payment without the reason that the bank gave."""

    code = "payroll.returned_without_reason"
    template = "A payment is returned for a reason. Write what the bank said."
