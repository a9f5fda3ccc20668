"""What is true of every payslip, whatever it pays: asked of computed ones in tests and of stored ones by the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.errors import DomainError
from grading.kernel.money import ZERO, total
from grading.kernel.period import Month
from payroll.domain.arrears import PREFIX as ARREARS
from payroll.domain.contributions import EMPLOYER_PREFIX
from payroll.domain.deductions import ENTERED_DEDUCTIONS
from payroll.domain.income_tax import CODE as INCOME_TAX
from payroll.domain.lines import Kind, Line
from payroll.domain.payslip import Payslip

CARRY_FORWARD = "carry_forward"
DEDUCTIONS = ENTERED_DEDUCTIONS | {CARRY_FORWARD}
"""Codes that are always deductions, besides the employer's."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A payslip as it is kept: its lines, and beside them the totals, which must be what the lines come to.

    ``follows_law``: computed under the law, so that income tax is withheld, or shown to be zero.
    """

    number: str
    month: Month
    lines: tuple[Line, ...]
    gross: Decimal
    deductions: Decimal
    net: Decimal
    employer_cost: Decimal
    carried_forward: Decimal
    loss_balance: Decimal
    follows_law: bool

    @classmethod
    def of(cls, result: Payslip, number: str, month: Month, *, follows_law: bool) -> Printed:
        """A payslip that was just computed."""
        return cls(
            number=number,
            month=month,
            lines=result.lines,
            gross=result.gross,
            deductions=result.deductions,
            net=result.net,
            employer_cost=result.employer_cost,
            carried_forward=result.carried_forward,
            loss_balance=result.loss_balance,
            follows_law=follows_law,
        )


class TotalIsNotTheSum(DomainError):
    """A total that its lines do not come to."""

    code = "payroll.total_is_not_the_sum"
    template = (
        "Payslip {payslip}: {total} is {stored}, and its lines come to {lines}. "
        "The rows were changed outside the product: restore them from a backup."
    )


class NetBelowZero(DomainError):
    """A net below zero, or deductions left for later although something is still paid."""

    code = "payroll.net_below_zero"
    template = (
        "Payslip {payslip}: net is {net} with {carried} left for later months; it may never be below zero, and "
        "something is left only when it is zero. Do not pay it out; report it."
    )


class BalanceBelowZero(DomainError):
    """A negative balance for later months."""

    code = "payroll.balance_below_zero"
    template = "Payslip {payslip}: {total} is {stored}; a balance is never negative. Do not pay it out; report it."


class WrongKind(DomainError):
    """A line in the wrong part of the payslip."""

    code = "payroll.wrong_kind"
    template = "Payslip {payslip}: '{line}' stands among '{kind}', where that code never stands. Report it."


class WrongSign(DomainError):
    """A negative deduction or employer's share."""

    code = "payroll.wrong_sign"
    template = (
        "Payslip {payslip}: '{line}' is {amount}. Only a carry-forward and amounts for earlier months may be negative "
        "there. Report it."
    )


class TaxLineMissing(DomainError):
    """A payslip under the law that says nothing of income tax."""

    code = "payroll.tax_line_missing"
    template = "Payslip {payslip} follows the law and has no line of income tax, not even one of zero. Report it."


class WrongPeriod(DomainError):
    """A line for a month that the payslip cannot pay."""

    code = "payroll.wrong_period"
    template = (
        "Payslip {payslip}: '{line}' is for {period}. A payslip pays its own month, and earlier ones only by lines of "
        "arrears. Report it."
    )


class LineWithoutSteps(DomainError):
    """An amount that nothing explains."""

    code = "payroll.line_without_steps"
    template = "Payslip {payslip}: nothing says how '{line}' of {amount} came about. Report it."


def broken_invariants(slip: Printed) -> tuple[DomainError, ...]:
    """Everything that should be true of a payslip and is not; empty for a sound one. Raises nothing."""
    return tuple(broken for invariant in INVARIANTS for broken in invariant(slip))


def _totals(slip: Printed) -> Iterator[DomainError]:
    sums = {kind: total(line.amount for line in slip.lines if line.kind is kind) for kind in Kind}
    expected = {
        "gross": sums[Kind.EARNING],
        "deductions": sums[Kind.DEDUCTION],
        "net": sums[Kind.EARNING] - sums[Kind.DEDUCTION],
        "employer_cost": sums[Kind.EARNING] + sums[Kind.EMPLOYER],
    }
    for name, amount in expected.items():
        if getattr(slip, name) != amount:
            yield TotalIsNotTheSum(payslip=slip.number, total=name, stored=getattr(slip, name), lines=amount)


def _net(slip: Printed) -> Iterator[DomainError]:
    carried = total(line.amount for line in slip.lines if line.code == CARRY_FORWARD)
    if slip.net < ZERO or (carried < ZERO and slip.net != ZERO):
        yield NetBelowZero(payslip=slip.number, net=slip.net, carried=-min(carried, ZERO))


def _balances(slip: Printed) -> Iterator[DomainError]:
    for name in ("carried_forward", "loss_balance"):
        if getattr(slip, name) < ZERO:
            yield BalanceBelowZero(payslip=slip.number, total=name, stored=getattr(slip, name))


def _kinds(slip: Printed) -> Iterator[DomainError]:
    for line in slip.lines:
        if not _may_stand(line):
            yield WrongKind(payslip=slip.number, line=line.code, kind=line.kind.value)


def _may_stand(line: Line) -> bool:
    """Whether the code may stand in that part. HR may enter arrears of any name as earnings."""
    code = line.code.removeprefix(ARREARS)
    if line.kind is Kind.EARNING:
        return line.code.startswith(ARREARS) or not (code in DEDUCTIONS or code.startswith(EMPLOYER_PREFIX))
    if line.kind is Kind.EMPLOYER:
        return code.startswith(EMPLOYER_PREFIX)
    return not code.startswith((EMPLOYER_PREFIX, "adjustment."))


def _signs(slip: Printed) -> Iterator[DomainError]:
    for line in slip.lines:
        may_be_negative = line.kind is Kind.EARNING or line.code == CARRY_FORWARD or line.code.startswith(ARREARS)
        if line.amount < ZERO and not may_be_negative:
            yield WrongSign(payslip=slip.number, line=line.code, amount=line.amount)


def _tax(slip: Printed) -> Iterator[DomainError]:
    if slip.follows_law and not any(line.code == INCOME_TAX for line in slip.lines):
        yield TaxLineMissing(payslip=slip.number)


def _periods(slip: Printed) -> Iterator[DomainError]:
    for line in slip.lines:
        is_of_its_month = line.period == slip.month
        is_arrears = line.period < slip.month and line.code.startswith(ARREARS)
        if not (is_of_its_month or is_arrears):
            yield WrongPeriod(payslip=slip.number, line=line.code, period=line.period)


def _steps(slip: Printed) -> Iterator[DomainError]:
    for line in slip.lines:
        if not line.steps:
            yield LineWithoutSteps(payslip=slip.number, line=line.code, amount=line.amount)


INVARIANTS: tuple[Callable[[Printed], Iterator[DomainError]], ...] = (
    _totals,
    _net,
    _balances,
    _kinds,
    _signs,
    _tax,
    _periods,
    _steps,
)
"""Each asks one thing and says what is not so."""
