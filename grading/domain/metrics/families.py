"""Every family of metrics, imported so that its calculations are registered."""

from grading.domain.metrics import (
    calls,
    conversion,
    kuaishou,
    online,
    orders,
    people,
    ratings,
    reception,
    refunds,
    replies,
    returning,
    wording,
)
from grading.domain.metrics.registry import CALCULATIONS

FAMILIES = (
    replies,
    reception,
    online,
    conversion,
    orders,
    returning,
    ratings,
    refunds,
    kuaishou,
    calls,
    wording,
    people,
)

__all__ = ["CALCULATIONS", "FAMILIES"]
