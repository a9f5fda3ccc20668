"""What is not as it was reviewed: whose pay would be, or is, another one, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from grading.kernel.money import ZERO, total
from grading.kernel.period import Month
from payroll.domain.lines import Kind


@dataclass(frozen=True, slots=True)
class Amount:
    """One printed amount as a review compares it."""

    code: str
    kind: Kind
    period: Month
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineChange:
    """What lines of one code and period came to before and come to now; 0.00 where there was or is none."""

    code: str
    period: Month
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One person whose pay is not as it was reviewed.

    A net is None where there was no payslip, or is none. ``lines`` is empty where only what it was computed from
    changed; ``because`` is the code of what parks the person now.
    """

    agent_no: str
    name: str
    net_before: Decimal | None
    net_after: Decimal | None
    lines: tuple[LineChange, ...]
    because: str = ""


def net_of(lines: Iterable[Amount]) -> Decimal:
    """What lines pay out: earnings less deductions."""
    signs = {Kind.EARNING: 1, Kind.DEDUCTION: -1, Kind.EMPLOYER: 0}
    return total(signs[line.kind] * line.amount for line in lines)


def line_changes(before: Iterable[Amount], after: Iterable[Amount]) -> tuple[LineChange, ...]:
    """Where two payslips differ, in the order in which their lines stand. Lines of one code and period are one."""
    sums: dict[tuple[str, Month], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for side, lines in enumerate((before, after)):
        for line in lines:
            sums[line.code, line.period][side] += line.amount
    return tuple(LineChange(code, period, was, now) for (code, period), (was, now) in sums.items() if was != now)
