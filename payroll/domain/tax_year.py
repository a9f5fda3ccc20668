"""The person's tax year (纳税年度) up to a payment: months employed, and what may be deducted by declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from grading.kernel.money import total
from grading.kernel.period import Month
from payroll.domain.law import DeductionLimit

RENT = "rent"
UNITEMISED = "unitemised"
"""A monthly total that was declared without its items."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared deduction (专项附加扣除): a month's amount from a day until a day, both included."""

    kind: str
    amount: Decimal
    first_day: date
    last_day: date | None = None

    def holds_in(self, month: Month) -> bool:
        """Whether any day of the month is covered."""
        return self.first_day <= month.last_day and (self.last_day is None or self.last_day >= month.first_day)


def months_of_year(paid_in: Month, hired: date, left: date | None) -> tuple[Month, ...]:
    """The months of the tax year employed here, up to and with the month of payment (61号 art. 6: 在本单位).

    They stop at the month of leaving; a payment after that still finds at least its own month.
    """
    months = [Month(paid_in.year, number) for number in range(1, paid_in.month + 1)]
    employed = tuple(month for month in months if hired <= month.last_day and (left is None or left >= month.first_day))
    return employed or (paid_in,)


def declared_through(
    months: Iterable[Month],
    declarations: Iterable[Declaration],
    limits: Mapping[str, DeductionLimit],
    rent_limit: Decimal | None,
) -> dict[str, Decimal]:
    """Kind → the cumulative deduction over the months, each month held to its limit, the year to its own.

    What is declared late counts from the month it became due: the sum runs over the whole year so far. Of rent the
    city's limit holds where it has one.
    """
    covered = tuple(months)
    by_kind: dict[str, list[Declaration]] = {}
    for declaration in declarations:
        by_kind.setdefault(declaration.kind, []).append(declaration)
    found = {}
    for kind, declared in by_kind.items():
        limit = limits.get(kind, DeductionLimit())
        monthly = rent_limit if kind == RENT and rent_limit is not None else limit.monthly
        amount = total(_held(_declared_in(month, declared), monthly) for month in covered)
        found[kind] = _held(amount, limit.yearly)
    return {kind: amount for kind, amount in found.items() if amount}


def _declared_in(month: Month, declared: Iterable[Declaration]) -> Decimal:
    return total(each.amount for each in declared if each.holds_in(month))


def _held(amount: Decimal, limit: Decimal | None) -> Decimal:
    return amount if limit is None else min(amount, limit)
