"""One person as the export files need them: plain values, no tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import total
from payroll.domain.facts import Employment
from payroll.domain.lines import Kind
from payroll.exports.errors import ExportDoesNotAddUp


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One payslip line without its steps. Earnings are signed; deductions are positive amounts taken from gross."""

    code: str
    kind: Kind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """One person's pay in the runs being exported, all their payslips added up.

    Texts are as they were entered, not yet made safe for a file; empty means unknown.
    """

    agent_no: str
    name: str
    gross: Decimal
    """Sum of the earning lines (应发工资). All of it is taxable income: there is no untaxed earning code."""
    net: Decimal
    """What is paid out by these runs (实发工资); not what may already have been paid by earlier runs."""
    lines: tuple[ExportLine, ...]
    id_type: str = ""
    """The code of ``agents.csv`` (``resident_id``) or the document's Chinese name."""
    id_no: str = ""
    bank_name: str = ""
    bank_account: str = ""
    alipay: str = ""
    phone: str = ""
    department: str = ""
    employment: Employment = Employment.REGULAR

    @property
    def employer_cost(self) -> Decimal:
        """Gross pay and the employer's contributions."""
        return self.gross + self.sum_of(Kind.EMPLOYER)

    def sum_of(self, kind: Kind) -> Decimal:
        """The sum of the lines of one kind."""
        return total(line.amount for line in self.lines if line.kind is kind)

    def amount_of(self, code: str) -> Decimal | None:
        """The sum of the deduction lines of one code; None when the payslip has no such line, which is not zero."""
        amounts = [line.amount for line in self.lines if line.kind is Kind.DEDUCTION and line.code == code]
        return total(amounts) if amounts else None

    def require_adds_up(self) -> None:
        """Raises ExportDoesNotAddUp unless gross and net are what the lines say, and net is not negative."""
        earned, deducted = self.sum_of(Kind.EARNING), self.sum_of(Kind.DEDUCTION)
        if self.gross != earned:
            raise ExportDoesNotAddUp(what=f"Gross pay of {self.agent_no}", expected=earned, found=self.gross)
        if self.net != self.gross - deducted:
            raise ExportDoesNotAddUp(what=f"Net pay of {self.agent_no}", expected=earned - deducted, found=self.net)
        if self.net < 0:
            raise ExportDoesNotAddUp(what=f"Net pay of {self.agent_no}", expected="0.00 or more", found=self.net)
