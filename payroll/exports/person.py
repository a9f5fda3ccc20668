"""One person as the export files need them: plain values, no tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from grading.kernel.money import ZERO, total
from payroll.domain.facts import Employment
from payroll.domain.income_tax import ANNUAL_BONUS
from payroll.domain.lines import Kind
from payroll.exports.errors import ExportDoesNotAddUp


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One payslip line without its steps. Earnings are signed; deductions are positive amounts taken from gross."""

    code: str
    kind: Kind
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Whom the runs being exported pay, how much, and to which account.

    Texts are as they were entered, not yet made safe for a file; empty means unknown.
    """

    agent_no: str
    name: str
    net: Decimal
    """What is paid out by these runs (实发工资); not what may already have been paid by earlier runs."""
    bank_name: str = ""
    bank_account: str = ""
    alipay: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPerson(Payee):
    """One person's pay in the runs being exported, all their payslips added up."""

    gross: Decimal
    """Sum of the earning lines (应发工资)."""
    lines: tuple[ExportLine, ...]
    id_type: str = ""
    """The code of ``agents.csv`` (``resident_id``) or the document's Chinese name."""
    id_no: str = ""
    phone: str = ""
    department: str = ""
    employment: Employment = Employment.REGULAR
    is_resident: bool = True
    """Tax resident. Somebody whose payslip has no tax facts counts as one."""
    taxable: Decimal | None = None
    """The wages that tax was computed from, without a bonus taxed apart. None: no tax was computed; all of gross is."""
    declared: Mapping[str, Decimal] = field(default_factory=dict)
    """Deductions by kind as the tax client wants them: the year so far, annuity and health insurance of the month."""

    @property
    def annual_bonus(self) -> Decimal:
        """The annual bonus that is taxed apart (全年一次性奖金). Labour remuneration and non-residents have none."""
        if self.employment is Employment.TEMP or not self.is_resident:
            return ZERO
        return total(line.amount for line in self.lines if line.kind is Kind.EARNING and line.code == ANNUAL_BONUS)

    @property
    def income(self) -> Decimal:
        """Taxable income before deductions (本期收入), without a bonus that is taxed apart."""
        return self.gross - self.annual_bonus if self.taxable is None else self.taxable

    @property
    def employer_cost(self) -> Decimal:
        """Gross pay and the employer's contributions."""
        return self.gross + self.sum_of(Kind.EMPLOYER)

    def sum_of(self, kind: Kind) -> Decimal:
        """The sum of the lines of one kind."""
        return total(line.amount for line in self.lines if line.kind is kind)

    def amount_of(self, code: str) -> Decimal | None:
        """The sum of the deduction lines of one code and of its arrears; None when there is no such line, which is
        not zero.
        """
        codes = (code, f"arrears.{code}")
        amounts = [line.amount for line in self.lines if line.kind is Kind.DEDUCTION and line.code in codes]
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
