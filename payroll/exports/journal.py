"""The month's pay as a balanced journal: costs by department and pay code against what is owed to whom.

A line keeps its side whatever its sign, and a negative amount is a red entry (红字): unpaid absence lowers the cost
on the debit side, a carry-forward lowers what staff owe on the credit side. So the debit total is the employer's cost.
The payment itself, and any split of costs other than by department, are the bookkeeper's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import ZERO, total
from grading.kernel.period import Month
from payroll.domain.lines import Kind
from payroll.exports.csv_text import Record
from payroll.exports.errors import ExportDoesNotAddUp
from payroll.exports.layouts import Fill
from payroll.exports.person import ExportPerson
from payroll.exports.rows import wages_of


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account: number and name of 企业会计准则. A company with another chart maps them when it imports."""

    number: str
    name: str


EXPENSE = Account("6601", "销售费用—职工薪酬")
WAGES_PAYABLE = Account("2211", "应付职工薪酬—工资")

DEDUCTIONS: Mapping[str, Account] = {
    "income_tax": Account("2221", "应交税费—应交个人所得税"),
    "pension": Account("2241", "其他应付款—社会保险费（个人）"),
    "medical": Account("2241", "其他应付款—社会保险费（个人）"),
    "unemployment": Account("2241", "其他应付款—社会保险费（个人）"),
    "housing_fund": Account("2241", "其他应付款—住房公积金（个人）"),
    "loss_recovery": Account("1221", "其他应收款—员工"),
    "carry_forward": Account("1221", "其他应收款—员工"),
}
OTHER_DEDUCTION = Account("2241", "其他应付款—其他扣款")

EMPLOYER: Mapping[str, Account] = {"employer_housing_fund": Account("2211", "应付职工薪酬—住房公积金（单位）")}
OTHER_EMPLOYER = Account("2211", "应付职工薪酬—社会保险费（单位）")

NET = "net"
"""What stands in the pay code column for net pay, which is no payslip line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the journal; one of ``debit`` and ``credit`` is None. Amounts that add up to zero have no row."""

    account: Account
    code: str
    department: str = ""
    debit: Decimal | None = None
    credit: Decimal | None = None


def journal(people: Iterable[ExportPerson]) -> tuple[Entry, ...]:
    """Debits by department and pay code, then net pay, then the other credits by pay code, each in sorted order.

    Raises ExportDoesNotAddUp unless debits and credits are the same.
    """
    costs: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    deducted: dict[str, Decimal] = defaultdict(lambda: ZERO)
    employer: dict[str, Decimal] = defaultdict(lambda: ZERO)
    net = ZERO
    for person in people:
        net += person.net
        for line in person.lines:
            if line.kind is Kind.DEDUCTION:
                deducted[line.code] += line.amount
                continue
            costs[person.department, line.code] += line.amount
            if line.kind is Kind.EMPLOYER:
                employer[line.code] += line.amount
    entries = (
        *(Entry(EXPENSE, code, department, debit=sum_) for (department, code), sum_ in sorted(costs.items())),
        Entry(WAGES_PAYABLE, NET, credit=net),
        *(Entry(DEDUCTIONS.get(code, OTHER_DEDUCTION), code, credit=sum_) for code, sum_ in sorted(deducted.items())),
        *(Entry(EMPLOYER.get(code, OTHER_EMPLOYER), code, credit=sum_) for code, sum_ in sorted(employer.items())),
    )
    debits, credits_ = debit_total(entries), credit_total(entries)
    if debits != credits_:
        raise ExportDoesNotAddUp(what="The credit side of the journal", expected=debits, found=credits_)
    return tuple(entry for entry in entries if entry.debit or entry.credit)


def debit_total(entries: Iterable[Entry]) -> Decimal:
    return total(entry.debit for entry in entries if entry.debit is not None)


def credit_total(entries: Iterable[Entry]) -> Decimal:
    return total(entry.credit for entry in entries if entry.credit is not None)


def journal_records(entries: Iterable[Entry], month: Month) -> list[Record]:
    """The journal as rows of its file."""
    return [_record(entry, month) for entry in entries]


def _record(entry: Entry, month: Month) -> Record:
    sides = {Fill.DEBIT: entry.debit, Fill.CREDIT: entry.credit}
    return Record(
        who=entry.department or entry.code,
        cells={
            Fill.MONTH: str(month),
            Fill.REMARK: wages_of(month),
            Fill.ACCOUNT_NO: entry.account.number,
            Fill.ACCOUNT_NAME: entry.account.name,
            Fill.DEPARTMENT: entry.department,
            Fill.CODE: entry.code,
            **{side: amount for side, amount in sides.items() if amount is not None},
        },
    )
