"""What a metric comes to for one subject."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

NOT_APPLICABLE = "not_applicable"
"""The reason of a value whose denominator is zero: nothing happened that could be measured."""


class By(StrEnum):
    """Whose metrics are asked for."""

    AGENT = "agent"
    TEAM = "team"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One metric of one subject, exact and in the metric's own unit. No value has a reason, never a 0.

    ``reason`` is None, ``not_applicable`` or ``missing: table.column``. ``is_sum``: a count or amount, over 1; values
    of two stores add up by their numerators alone.
    """

    metric: str
    by: By
    subject: str
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    reason: str | None = None
    is_sum: bool = False

    @property
    def value(self) -> Fraction | None:
        """Numerator ÷ denominator; None where there is a reason."""
        if self.reason is not None or self.numerator is None or not self.denominator:
            return None
        return self.numerator / self.denominator
