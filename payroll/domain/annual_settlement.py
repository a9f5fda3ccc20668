"""Settling monthly guarantees over a year (seed A-03, E-23, E-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import ZERO, total
from payroll.domain.rules import AnnualSettlement


@dataclass(frozen=True, slots=True)
class YearSettled:
    """What the months paid together, and the signed difference due at the year's end (negative: overpaid)."""

    paid_monthly: Decimal
    settlement: Decimal

    @property
    def due(self) -> Decimal:
        """What the year comes to when the difference is settled."""
        return self.paid_monthly + self.settlement


def annual_settlement(mode: AnnualSettlement, earned: Sequence[Decimal], guaranteed: Sequence[Decimal]) -> YearSettled:
    """The year of one person from each month's counted earnings and guaranteed amount, in the same order.

    ``none``: each month stands alone. ``floor_year``: due is the larger of the two yearly sums; the months paid the
    larger of each month. ``advance``: the months paid the guarantee, the excess follows at the year's end.
    """
    monthly_floor = total(max(one, other) for one, other in zip(earned, guaranteed, strict=True))
    if mode is AnnualSettlement.NONE:
        return YearSettled(monthly_floor, ZERO)
    due = max(total(earned), total(guaranteed))
    paid = monthly_floor if mode is AnnualSettlement.FLOOR_YEAR else total(guaranteed)
    return YearSettled(paid, due - paid)
