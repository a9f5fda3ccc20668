"""How fast work goes: plain arithmetic over when items were settled. No clock and no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

WINDOW = timedelta(seconds=60)
"""What is looked at: long enough for a few chunks, short enough to notice that half of the workers are gone."""


def per_second(settled: Sequence[tuple[datetime, int]], now: datetime) -> Fraction | None:
    """Items a second, from how many were settled at which moments; None where fewer than two moments are known.

    The items of the first moment are not counted: when their work began is not known. The time ends ``now`` and not
    with the last of them, so that work which stands still gets slower and slower.
    """
    if len(settled) < 2:
        return None
    moments = sorted(settled)
    microseconds = (now - moments[0][0]) // timedelta(microseconds=1)
    if microseconds <= 0:
        return None
    return Fraction(sum(count for _at, count in moments[1:]) * 1_000_000, microseconds)


def seconds_left(waiting: int, pace: Fraction | None) -> int | None:
    """Whole seconds, rounded up, until that many items are settled at that pace; None where nobody can say."""
    if not waiting:
        return 0
    return ceil(waiting / pace) if pace else None


def percent(settled: int, total: int) -> int:
    """Whole percent, rounded down: 100 is said when everything is settled and not before. Of nothing, 0."""
    return settled * 100 // total if total else 0
