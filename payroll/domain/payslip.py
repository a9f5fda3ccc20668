"""A payslip (工资条): one person's month, computed from facts and rules and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import total
from payroll.domain.base_pay import base_pay
from payroll.domain.bonuses import bonuses
from payroll.domain.commission import commissions, piece_pay
from payroll.domain.deductions import adjustments, carry_forward, entered_deductions, penalties
from payroll.domain.facts import Facts
from payroll.domain.guarantee import guarantee_top_up
from payroll.domain.lines import Kind, Line
from payroll.domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Payslip:
    """The month's lines in printed order. Totals are sums of the printed lines, never stored beside them."""

    lines: tuple[Line, ...]
    carried_forward: Decimal
    """What is left for later months to take back; never negative."""

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

    Raises a DomainError when a rule cannot be applied; the caller parks the person.
    """
    earned = (
        *base_pay(facts, rules),
        *commissions(facts, rules),
        *piece_pay(facts, rules),
        *bonuses(facts, rules),
    )
    penalised = penalties(facts)
    top_up = guarantee_top_up(facts, rules, (*earned, *penalised))
    earnings = (*earned, *top_up, *penalised, *adjustments(facts))
    deducted = entered_deductions(facts)

    bearable = total(line.amount for line in earnings) - total(line.amount for line in deducted)
    carried = carry_forward(facts, bearable)
    left = facts.carried_forward - total(line.amount for line in carried)
    return Payslip((*earnings, *deducted, *carried), left)
