"""A payslip (工资条): one person's month, computed from facts and rules and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import ZERO, total
from payroll.domain.annual_settlement import settlement_line
from payroll.domain.base_pay import base_pay
from payroll.domain.bonuses import bonuses
from payroll.domain.commission import commissions, piece_pay
from payroll.domain.contributions import contributions
from payroll.domain.deductions import adjustments, carry_forward, entered_deductions, loss_recovery, penalties
from payroll.domain.facts import Facts, GuaranteeMonth
from payroll.domain.guarantee import guarantee_top_up
from payroll.domain.guards import require_legal_pay
from payroll.domain.income_tax import Taxed, income_tax
from payroll.domain.lines import Kind, Line
from payroll.domain.overtime import overtime
from payroll.domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Payslip:
    """The month's lines in printed order. Totals are sums of the printed lines, never stored beside them."""

    lines: tuple[Line, ...]
    carried_forward: Decimal
    """What is left for later months to take back; never negative."""
    loss_balance: Decimal = ZERO
    """Claims for losses that are left for later months; never negative."""
    taxed: Taxed = Taxed.nothing()  # noqa: RUF009  a value, frozen like the rest
    """What the payment adds to the person's tax year."""
    guarantee: GuaranteeMonth | None = None
    """The month as the annual settlement needs it; None where it promises nothing."""

    @property
    def gross(self) -> Decimal:
        return self._total(Kind.EARNING)

    @property
    def deductions(self) -> Decimal:
        return self._total(Kind.DEDUCTION)

    @property
    def net(self) -> Decimal:
        return self.gross - self.deductions

    @property
    def employer_cost(self) -> Decimal:
        return self.gross + self._total(Kind.EMPLOYER)

    def _total(self, kind: Kind) -> Decimal:
        return total(line.amount for line in self.lines if line.kind is kind)


def compute_payslip(facts: Facts, rules: Rules) -> Payslip:
    """The whole month, top to bottom, in the order it is printed.

    Raises a DomainError when a rule cannot be applied, or when the law forbids what comes out; the caller parks the
    person.
    """
    earned = (
        *base_pay(facts, rules),
        *commissions(facts, rules),
        *piece_pay(facts, rules),
        *bonuses(facts, rules),
    )
    penalised = penalties(facts)
    topped_up = guarantee_top_up(facts, rules, (*earned, *penalised))
    earnings = (
        *earned,
        *topped_up.lines,
        *overtime(facts, rules),
        *penalised,
        *settlement_line(facts, rules, topped_up.month),
        *adjustments(facts),
        *past_lines(facts, Kind.EARNING),
    )
    gross = _sum(earnings)

    paid_in = (*contributions(facts, rules.law), *past_lines(facts, Kind.DEDUCTION), *past_lines(facts, Kind.EMPLOYER))
    tax, taxed = income_tax(facts, rules.law, (*earnings, *paid_in))
    deducted = (
        *(line for line in (*paid_in, *tax) if line.kind is Kind.DEDUCTION),
        *entered_deductions(facts, rules),
    )
    recovered = loss_recovery(facts, rules, gross, gross - _sum(deducted))
    carried = carry_forward(facts, gross - _sum((*deducted, *recovered.lines)))
    employer = tuple(line for line in paid_in if line.kind is Kind.EMPLOYER)
    require_legal_pay(facts, rules, (*earnings, *deducted))
    return Payslip(
        lines=(*earnings, *deducted, *recovered.lines, *carried, *employer),
        carried_forward=facts.carried_forward - _sum(carried),
        loss_balance=recovered.balance,
        taxed=taxed,
        guarantee=topped_up.month,
    )


def compute_correction(facts: Facts, rules: Rules) -> Payslip:
    """A payslip of nothing but the differences of posted months: they are taxed now, and a minus is carried forward.

    Raises a DomainError when a rule cannot be applied.
    """
    earnings = past_lines(facts, Kind.EARNING)
    paid_in, employer = past_lines(facts, Kind.DEDUCTION), past_lines(facts, Kind.EMPLOYER)
    tax, taxed = income_tax(facts, rules.law, (*earnings, *paid_in))
    deducted = (*paid_in, *tax)
    carried = carry_forward(facts, _sum(earnings) - _sum(deducted))
    return Payslip(
        lines=(*earnings, *deducted, *carried, *employer),
        carried_forward=facts.carried_forward - _sum(carried),
        loss_balance=facts.loss_balance,
        taxed=taxed,
    )


def past_lines(facts: Facts, kind: Kind) -> tuple[Line, ...]:
    """The differences of earlier months that are settled now, of one kind."""
    return tuple(
        Line(past.code, past.kind, past.amount, past.steps, past.period) for past in facts.past if past.kind is kind
    )


def _sum(lines: Iterable[Line]) -> Decimal:
    return total(line.amount for line in lines)
